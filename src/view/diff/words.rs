//! Which words of two lines differ.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Byte ranges that differ, in the text before and in the text after. What lies outside them is equal on both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub before: Vec<Range<usize>>,
    pub after: Vec<Range<usize>>,
}

/// Most comparisons for one pair of lines; beyond it only what both share at their ends is left unmarked.
const MOST_WORK: usize = 1 << 18;

/// A stretch that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    before: Range<usize>,
    after: Range<usize>,
}

/// Compares two lines by words: runs of letters and digits, single characters of Chinese, Japanese and Korean text,
/// single punctuation marks. A word that only differs in its middle is marked only there.
pub fn marks(before: &str, after: &str) -> Marks {
    if before == after {
        return Marks::default();
    }
    let (old, new) = (tokens(before), tokens(after));
    // What both share at their ends costs nothing: a long line with one change in it is compared exactly.
    let same = |pair: &(&Range<usize>, &Range<usize>)| before[pair.0.clone()] == after[pair.1.clone()];
    let prefix = old.iter().zip(&new).take_while(same).count();
    let suffix = old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(same).count();
    let place = |tokens: &[Range<usize>], index: usize, text: &str| {
        tokens.get(index).map_or(text.len(), |token| token.start)
    };
    let inner = Hunk {
        before: place(&old, prefix, before)..place(&old, old.len() - suffix, before),
        after: place(&new, prefix, after)..place(&new, new.len() - suffix, after),
    };
    let (old, new) = (&old[prefix..old.len() - suffix], &new[prefix..new.len() - suffix]);
    let is_wholesale = old.len().saturating_mul(new.len()) > MOST_WORK;
    let hunks = match is_wholesale {
        true => vec![inner],
        false => hunks(before, after, old, new, &inner),
    };
    let mut marks = Marks::default();
    for hunk in join_close(before, hunks) {
        let hunk = narrow(before, after, hunk, is_wholesale);
        if !hunk.before.is_empty() {
            marks.before.push(hunk.before);
        }
        if !hunk.after.is_empty() {
            marks.after.push(hunk.after);
        }
    }
    marks
}

/// Compares words one by one; `inner` is where they stand.
fn hunks(before: &str, after: &str, old: &[Range<usize>], new: &[Range<usize>], inner: &Hunk) -> Vec<Hunk> {
    let words = |text: &'_ str, tokens: &[Range<usize>]| -> Vec<String> {
        tokens.iter().map(|token| text[token.clone()].to_owned()).collect()
    };
    let (old_words, new_words) = (words(before, old), words(after, new));
    let place = |tokens: &[Range<usize>], index: usize, end: usize| {
        tokens.get(index).map_or(end, |token| token.start)
    };
    let span = |tokens: &[Range<usize>], index: usize, len: usize, end: usize| {
        place(tokens, index, end)..place(tokens, index + len, end)
    };
    let ops = capture_diff_slices(Algorithm::Myers, &old_words, &new_words);
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in ops {
        let (old_index, old_len, new_index, new_len) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => (old_index, old_len, new_index, 0),
            DiffOp::Insert { old_index, new_index, new_len } => (old_index, 0, new_index, new_len),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                (old_index, old_len, new_index, new_len)
            }
        };
        let hunk = Hunk {
            before: span(old, old_index, old_len, inner.before.end),
            after: span(new, new_index, new_len, inner.after.end),
        };
        match hunks.last_mut() {
            Some(last) if last.before.end == hunk.before.start && last.after.end == hunk.after.start => {
                last.before.end = hunk.before.end;
                last.after.end = hunk.after.end;
            }
            _ => hunks.push(hunk),
        }
    }
    hunks
}

/// Joins stretches with hardly anything between them: `public, max-age=60` against `private, no-store` is one change,
/// not two around a comma.
fn join_close(before: &str, hunks: Vec<Hunk>) -> Vec<Hunk> {
    let mut joined: Vec<Hunk> = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        match joined.last_mut() {
            Some(last) if is_slight(&before[last.before.end..hunk.before.start]) => {
                last.before.end = hunk.before.end;
                last.after.end = hunk.after.end;
            }
            _ => joined.push(hunk),
        }
    }
    joined
}

fn is_slight(between: &str) -> bool {
    between.chars().count() <= 2 && between.chars().all(|c| c.is_whitespace() || c.is_ascii_punctuation())
}

/// Leaves out what both sides of a stretch share at their ends, if that is a good part of it: `138` and `5678` of
/// `13812345678` against `138****5678`.
fn narrow(before: &str, after: &str, hunk: Hunk, always: bool) -> Hunk {
    let (old, new) = (&before[hunk.before.clone()], &after[hunk.after.clone()]);
    let prefix = common_prefix(old, new);
    let suffix = common_suffix(&old[prefix..], &new[prefix..]);
    let shared = old[..prefix].chars().count() + old[old.len() - suffix..].chars().count();
    let shorter = old.chars().count().min(new.chars().count());
    if !always && (shared < 2 || shared * 3 < shorter) {
        return hunk;
    }
    Hunk {
        before: hunk.before.start + prefix..hunk.before.end - suffix,
        after: hunk.after.start + prefix..hunk.after.end - suffix,
    }
}

/// Length in bytes of what both begin with, in whole characters.
pub(super) fn common_prefix(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(l, r)| l == r).map(|(c, _)| c.len_utf8()).sum()
}

/// Length in bytes of what both end with, in whole characters.
pub(super) fn common_suffix(left: &str, right: &str) -> usize {
    left.chars().rev().zip(right.chars().rev()).take_while(|(l, r)| l == r).map(|(c, _)| c.len_utf8()).sum()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Space,
    /// Stands for itself.
    Single,
}

fn class(c: char) -> Class {
    if is_ideographic(c) {
        Class::Single
    } else if c.is_alphanumeric() || c == '_' {
        Class::Word
    } else if c.is_whitespace() {
        Class::Space
    } else {
        Class::Single
    }
}

/// Scripts that are written without spaces between words.
fn is_ideographic(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The words of a text as byte ranges, without gaps. Marks that combine with the character before stay with it.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens: Vec<Range<usize>> = Vec::new();
    let mut last = Class::Single;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let kind = class(c);
        match tokens.last_mut() {
            Some(token) if combines(c) => token.end = end,
            Some(token) if kind != Class::Single && kind == last => token.end = end,
            _ => {
                tokens.push(at..end);
                last = kind;
            }
        }
    }
    tokens
}

fn combines(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{200d}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with its marked stretches in brackets.
    fn bracketed(text: &str, marks: &[Range<usize>]) -> String {
        let mut out = String::new();
        let mut at = 0;
        for mark in marks {
            out += &text[at..mark.start];
            out += &format!("[{}]", &text[mark.clone()]);
            at = mark.end;
        }
        out + &text[at..]
    }

    fn check(before: &str, after: &str, expected: (&str, &str)) {
        let found = marks(before, after);
        let shown = (bracketed(before, &found.before), bracketed(after, &found.after));
        assert_eq!((shown.0.as_str(), shown.1.as_str()), expected);
    }

    #[test]
    fn words_are_marked_whole() {
        check("public, max-age=60", "private, no-store", ("[public, max-age=60]", "[private, no-store]"));
        check("accept gzip and br", "accept zstd and br", ("accept [gzip] and br", "accept [zstd] and br"));
        check("a b", "a b c", ("a b", "a b[ c]"));
    }

    #[test]
    fn a_masked_middle_is_marked_alone() {
        check("\"13812345678\",", "\"138****5678\",", ("\"138[1234]5678\",", "\"138[****]5678\","));
        check("110101199001011234", "110101********1234", ("110101[19900101]1234", "110101[********]1234"));
    }

    #[test]
    fn chinese_is_compared_by_characters() {
        check("\"name\": \"张伟\",", "\"name\": \"张*\",", ("\"name\": \"张[伟]\",", "\"name\": \"张[*]\","));
        check(
            "北京市朝阳区建国路8号",
            "北京市朝阳区*****",
            ("北京市朝阳区[建国路8号]", "北京市朝阳区[*****]"),
        );
    }

    #[test]
    fn combining_marks_stay_with_their_letter() {
        check("e\u{301}", "e", ("[e\u{301}]", "[e]"));
    }

    #[test]
    fn long_lines_are_narrowed_from_both_ends() {
        let before = "a,".repeat(3000) + "X" + &"b,".repeat(3000);
        let after = "a,".repeat(3000) + "YZ" + &"b,".repeat(3000);
        let found = marks(&before, &after);
        let ends =
            |marks: &[Range<usize>]| marks.iter().map(|mark| (mark.start, mark.end)).collect::<Vec<_>>();
        assert_eq!(
            (ends(&found.before), ends(&found.after)),
            (vec![(6000, 6002)], vec![(6000, 6003)]),
            "the whole word"
        );
    }

    #[test]
    fn lines_with_very_many_other_words_are_marked_as_one_stretch() {
        let words =
            |first: usize| -> String { (first..first + 700).map(|word| format!("{word} ")).collect() };
        let (before, after) = (format!("same {}end", words(10_000)), format!("same {}end", words(20_000)));
        let found = marks(&before, &after);
        let last = before.len() - " end".len();
        let stretch = 5..last - 4;
        assert_eq!((&found.before[..], &found.after[..]), (&[stretch.clone()][..], &[stretch][..]));
    }
}
