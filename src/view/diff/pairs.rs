//! Which removed and added lines are one line that changed.

use std::ops::Range;

use super::lines::{Line, Lines};
use super::words::{common_prefix, common_suffix};

/// Least likeness of a pair, of 1000.
const ALIKE: u32 = 350;
/// Most of a line that is looked at, in bytes.
const LOOKED_AT: usize = 512;

/// A line as far as it is compared here.
struct Sketch {
    key: Option<String>,
    text: String,
}

/// Pairs of lines that are alike, in order on both sides, chosen so that the sum of their likeness is greatest.
/// A single line on each side is always a pair.
pub(super) fn alike(
    before: &Lines,
    after: &Lines,
    b: &Range<usize>,
    a: &Range<usize>,
) -> Vec<(usize, usize)> {
    if b.len() == 1 && a.len() == 1 {
        return vec![(b.start, a.start)];
    }
    let (old, new) = (sketches(before, b), sketches(after, a));
    let width = new.len() + 1;
    // best[i][j]: the greatest sum for the lines from i and from j on.
    let mut best = vec![0u32; (old.len() + 1) * width];
    let mut scores = vec![0u32; old.len() * new.len()];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let score = likeness(&old[i], &new[j]);
            scores[i * new.len() + j] = score;
            let both = if score >= ALIKE { score + best[(i + 1) * width + j + 1] } else { 0 };
            best[i * width + j] = both.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let score = scores[i * new.len() + j];
        let here = best[i * width + j];
        if score >= ALIKE && here == score + best[(i + 1) * width + j + 1] {
            pairs.push((b.start + i, a.start + j));
            (i, j) = (i + 1, j + 1);
        } else if here == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

fn sketches(lines: &Lines, range: &Range<usize>) -> Vec<Sketch> {
    lines.read_from(range.start).take(range.len()).map(|line| sketch(lines, &line)).collect()
}

fn sketch(lines: &Lines, line: &Line) -> Sketch {
    let text = |range: &Range<usize>| {
        let bytes = lines.bytes().get(range.clone()).unwrap_or_default();
        String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)]).trim().to_owned()
    };
    Sketch { key: line.key.as_ref().map(text), text: text(&line.value) }
}

/// How alike two lines are, of 1000: what they share at both ends, and for JSON above all the key.
fn likeness(left: &Sketch, right: &Sketch) -> u32 {
    let longer = left.text.len().max(right.text.len());
    let prefix = common_prefix(&left.text, &right.text);
    let suffix = common_suffix(&left.text[prefix..], &right.text[prefix..]);
    // Two empty lines share everything.
    let shared = ((prefix + suffix) * 1000).checked_div(longer).unwrap_or(1000);
    let shared = u32::try_from(shared).unwrap_or(1000);
    match (&left.key, &right.key) {
        (Some(l), Some(r)) if l == r => 700 + shared * 3 / 10,
        // Another key is another member, unless a value worth recognizing stayed as it was.
        (Some(_), Some(_)) if shared > 900 && longer > 3 => 500,
        (Some(_), _) | (_, Some(_)) => 0,
        (None, None) => shared,
    }
}
