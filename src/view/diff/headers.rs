//! Which header entries of two maps belong together.
//!
//! Entries of one name are matched one to one, equal values first. A header that only stands elsewhere is moved, not
//! removed and added again; of two that changed places, the one that somebody wrote is the one that moved.

use std::collections::{BTreeMap, VecDeque};

use super::align::RowKind;
use crate::http::Header;

/// Behind what a moved header stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// It is the first.
    First,
    /// Place, in the entries after, of the header in front of it.
    After(usize),
}

/// A row of a header comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderPair {
    pub kind: RowKind,
    /// Places in the entries before and after.
    pub before: Option<usize>,
    pub after: Option<usize>,
    /// For headers that stand elsewhere, changed ones included.
    pub moved: Option<Neighbour>,
}

/// Matches entries and puts them into one order: that of the entries before, with added ones in their places.
/// `may_move` says of a name whether somebody wrote it in a way that can move it.
pub fn align_headers(
    before: &[Header],
    after: &[Header],
    may_move: impl Fn(&[u8]) -> bool,
) -> Vec<HeaderPair> {
    let matched = matches(before, after);
    let heavy = before.len() as u64 + 1;
    let stays = unmoved(&matched, after.len(), |left, right| match may_move(&before[left].name) {
        false => heavy * heavy,
        true if before[left].value == after[right].value => heavy,
        true => 1,
    });
    let mut taken = vec![false; after.len()];
    for right in matched.iter().flatten() {
        taken[*right] = true;
    }
    let mut rows = Vec::with_capacity(before.len() + after.len());
    let mut next_after = 0;
    let mut add_until = |end: usize, rows: &mut Vec<HeaderPair>| {
        let is_free = |right: &usize| !taken[*right];
        for right in (next_after.min(end)..end).filter(is_free) {
            rows.push(HeaderPair { kind: RowKind::Added, before: None, after: Some(right), moved: None });
        }
        next_after = next_after.max(end);
    };
    for (left, right) in matched.iter().enumerate() {
        let Some(right) = *right else {
            rows.push(HeaderPair { kind: RowKind::Removed, before: Some(left), after: None, moved: None });
            continue;
        };
        let is_changed = before[left].value != after[right].value;
        let moved = (!stays[left]).then(|| right.checked_sub(1).map_or(Neighbour::First, Neighbour::After));
        if moved.is_none() {
            add_until(right, &mut rows);
        }
        let kind = match (is_changed, &moved) {
            (true, _) => RowKind::Changed,
            (false, Some(_)) => RowKind::Moved,
            (false, None) => RowKind::Same,
        };
        rows.push(HeaderPair { kind, before: Some(left), after: Some(right), moved });
    }
    add_until(after.len(), &mut rows);
    rows
}

/// For each entry before, the entry after that it became.
fn matches(before: &[Header], after: &[Header]) -> Vec<Option<usize>> {
    let mut equal: BTreeMap<(&[u8], &[u8]), VecDeque<usize>> = BTreeMap::new();
    for (index, header) in after.iter().enumerate() {
        equal.entry((&header.name, &header.value)).or_default().push_back(index);
    }
    let mut matched: Vec<Option<usize>> = before
        .iter()
        .map(|header| equal.get_mut(&(header.name.as_ref(), header.value.as_ref()))?.pop_front())
        .collect();
    let mut taken = vec![false; after.len()];
    for right in matched.iter().flatten() {
        taken[*right] = true;
    }
    let mut rest: BTreeMap<&[u8], VecDeque<usize>> = BTreeMap::new();
    for (index, header) in after.iter().enumerate().filter(|(index, _)| !taken[*index]) {
        rest.entry(&header.name).or_default().push_back(index);
    }
    for (header, right) in before.iter().zip(&mut matched).filter(|(_, right)| right.is_none()) {
        *right = rest.get_mut(header.name.as_ref()).and_then(VecDeque::pop_front);
    }
    matched
}

/// Which matched entries keep their order: the heaviest rising choice. An entry that nobody wrote weighs more than all
/// that somebody wrote, and among those one that kept its value more than all that did not.
fn unmoved(matched: &[Option<usize>], after_len: usize, weight: impl Fn(usize, usize) -> u64) -> Vec<bool> {
    // A Fenwick tree over places after: the heaviest choice that ends at or before a place, and its last entry.
    let mut tree: Vec<(u64, usize)> = vec![(0, usize::MAX); after_len + 1];
    let mut previous = vec![usize::MAX; matched.len()];
    for (left, right) in matched.iter().enumerate() {
        let Some(right) = right else { continue };
        let mut best = (0, usize::MAX);
        let mut at = *right;
        while at > 0 {
            best = if tree[at].0 > best.0 { tree[at] } else { best };
            at &= at - 1;
        }
        previous[left] = best.1;
        let sum = best.0 + weight(left, *right);
        let mut at = right + 1;
        while at <= after_len {
            if sum > tree[at].0 {
                tree[at] = (sum, left);
            }
            at += at & at.wrapping_neg();
        }
    }
    let mut best = (0, usize::MAX);
    let mut at = after_len;
    while at > 0 {
        best = if tree[at].0 > best.0 { tree[at] } else { best };
        at &= at - 1;
    }
    let mut stays = vec![false; matched.len()];
    let mut next = best.1;
    while let Some(stay) = stays.get_mut(next) {
        *stay = true;
        next = previous[next];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Header> {
        let pair = |entry: &str| {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            Header::new(name.to_owned(), value.to_owned())
        };
        text.split_whitespace().map(pair).collect()
    }

    /// Rows as `sign before > after`, with `^` and the new neighbour for what moved.
    fn rows(before: &str, after: &str, written: &str) -> Vec<String> {
        let (before, after) = (entries(before), entries(after));
        let shown = |entries: &[Header], index: Option<usize>| {
            index.map_or(String::new(), |index| {
                let header = &entries[index];
                String::from_utf8_lossy(&[&header.name[..], b"=", &header.value[..]].concat()).into_owned()
            })
        };
        align_headers(&before, &after, |name| written.split(' ').any(|one| one.as_bytes() == name))
            .iter()
            .map(|row| {
                let sign = match row.kind {
                    RowKind::Same => ' ',
                    RowKind::Removed => '-',
                    RowKind::Added => '+',
                    RowKind::Changed => '~',
                    RowKind::Moved => '^',
                };
                let moved = match &row.moved {
                    None => String::new(),
                    Some(Neighbour::First) => " ^first".into(),
                    Some(Neighbour::After(index)) => format!(" ^{}", shown(&after, Some(*index))),
                };
                format!("{sign} {} > {}{moved}", shown(&before, row.before), shown(&after, row.after))
            })
            .collect()
    }

    #[test]
    fn removed_added_and_changed_headers_stand_where_they_were() {
        assert_eq!(
            rows("a=1 b=2 c=3", "x=0 a=1 c=4 y=5", ""),
            ["+  > x=0", "  a=1 > a=1", "- b=2 > ", "~ c=3 > c=4", "+  > y=5",]
        );
    }

    #[test]
    fn a_replaced_header_moves_to_the_end_and_stays_one_row() {
        assert_eq!(
            rows("t=1 cc=public sc=3", "t=1 sc=3 cc=private x=1", "cc x"),
            ["  t=1 > t=1", "~ cc=public > cc=private ^sc=3", "  sc=3 > sc=3", "+  > x=1",]
        );
    }

    #[test]
    fn of_two_that_changed_places_the_written_one_moved() {
        assert_eq!(rows("a=1 b=2", "b=2 a=1", "a"), ["^ a=1 > a=1 ^b=2", "  b=2 > b=2"]);
        assert_eq!(rows("a=1 b=2", "b=2 a=1", "b"), ["  a=1 > a=1", "^ b=2 > b=2 ^first"]);
        assert_eq!(
            rows("a=1 b=2 c=3 d=4", "d=4 a=1 b=2 c=3", "a b c"),
            ["^ a=1 > a=1 ^d=4", "^ b=2 > b=2 ^a=1", "^ c=3 > c=3 ^b=2", "  d=4 > d=4",]
        );
    }

    #[test]
    fn repeated_names_are_matched_one_to_one() {
        assert_eq!(
            rows("s=1 s=2 s=3", "s=2 s=3 s=4 s=5", "s"),
            ["~ s=1 > s=4 ^s=3", "  s=2 > s=2", "  s=3 > s=3", "+  > s=5",]
        );
        assert_eq!(rows("s=1 s=1", "s=1", "s"), ["  s=1 > s=1", "- s=1 > "]);
    }

    #[test]
    fn many_headers_take_little_time() {
        let many: Vec<Header> =
            (0..50_000).map(|n| Header::new(format!("h{}", n % 100), n.to_string())).collect();
        let mut turned = many.clone();
        turned.rotate_left(1);
        let rows = align_headers(&many, &turned, |_| true);
        assert_eq!(rows.iter().filter(|row| row.kind == RowKind::Moved).count(), 1);
    }
}
