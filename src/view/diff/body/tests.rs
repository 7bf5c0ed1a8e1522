//! Rows of two bodies: what they show, and that they are whole for any bytes.

use super::*;

/// Rows as `sign before | after`, folded rows left out.
fn rows(before: &str, after: &str) -> Vec<String> {
    let diff = BodyDiff::new(&before.to_owned().into(), &after.to_owned().into());
    (0..diff.len())
        .filter(|row| !diff.folds().iter().any(|fold| fold.contains(&(*row as u32))))
        .map(|row| {
            let row = diff.row(row).expect("exists");
            let sign = match row.kind {
                RowKind::Same => ' ',
                RowKind::Removed => '-',
                RowKind::Added => '+',
                RowKind::Changed => '~',
                RowKind::Moved => unreachable!("lines do not move"),
            };
            let text = |cell: Option<LineCell>| cell.map(|cell| cell.text).unwrap_or_default();
            format!("{sign} {} | {}", text(row.before), text(row.after))
        })
        .collect()
}

#[test]
fn json_is_compared_by_values_not_by_white_space() {
    let before = "{\n  \"code\": 0,\n  \"a\": 1,\n  \"data\": {\n    \"name\": \"张伟\"\n  }\n}";
    let after = r#"{"code":0,"a":1,"data":{"name":"张*"}}"#;
    let diff = BodyDiff::new(&before.into(), &after.into());
    assert_eq!(diff.layout(), Layout::Json);
    assert_eq!(
        rows(before, after),
        [
            "    \"data\": { |   \"data\": {",
            "~     \"name\": \"张伟\" |     \"name\": \"张*\"",
            "    } |   }",
            "  } | }",
        ]
    );
    let changed: Vec<_> = diff.changed_runs().collect();
    assert_eq!(changed, [(4..5, RowKind::Changed)]);
    assert_eq!(diff.path(4).as_deref(), Some("$.data.name"));
    let row = diff.row(4).expect("exists");
    let after = row.after.expect("is there");
    assert_eq!((after.number, &after.text[after.marks[0].clone()], after.marks.len()), (5, "*", 1));
}

#[test]
fn only_formatting_differs() {
    let diff = BodyDiff::new(&"{ \"a\": 1 }".into(), &"{\"a\":1}".into());
    assert!(diff.differs_in_formatting_only());
    assert!(!diff.is_same());
}

#[test]
fn an_element_added_at_the_end_does_not_change_the_one_before() {
    assert_eq!(rows("[1,2]", "[1,2,3]"), ["    2 |   2,", "+  |   3", "  ] | ]"]);
}

#[test]
fn a_changed_key_is_found_among_others() {
    let found = rows(r#"{"a":1,"b":2,"c":3}"#, r#"{"b":5,"x":1,"c":3}"#);
    assert_eq!(
        found,
        [
            "  { | {",
            "-   \"a\": 1, | ",
            "~   \"b\": 2, |   \"b\": 5,",
            "+  |   \"x\": 1,",
            "    \"c\": 3 |   \"c\": 3",
            "  } | }",
        ]
    );
}

#[test]
fn text_is_compared_by_lines() {
    let found = rows("one\ntwo\nthree\nfour\n", "one\n2\nthree\nfour\nfive\n");
    assert_eq!(found, ["  one | one", "~ two | 2", "  three | three", "  four | four", "+  | five"]);
}

#[test]
fn a_body_that_is_broken_json_on_one_side_is_text_on_both() {
    let diff = BodyDiff::new(&"{\"a\":1}".into(), &"{\"a\":1".into());
    assert_eq!(diff.layout(), Layout::Text);
    assert_eq!(diff.len(), 1);
}

#[test]
fn binary_bodies_are_compared_in_rows_of_sixteen_bytes() {
    let before: Vec<u8> = (0..40).collect();
    let mut after = before.clone();
    after[17] = 0xff;
    let diff = BodyDiff::new(&before.into(), &after.into());
    assert_eq!((diff.layout(), diff.len()), (Layout::Hex, 3));
    let row = diff.row(1).expect("exists");
    assert_eq!(row.kind, RowKind::Changed);
    let after = row.after.expect("is there");
    assert_eq!(after.number, 16);
    let marked: Vec<&str> = after.marks.iter().map(|mark| &after.text[mark.clone()]).collect();
    assert_eq!(marked, ["ff", "."]);
}

#[test]
fn a_long_line_is_cut_for_display_and_its_length_known() {
    let text = "x".repeat(10_000);
    let diff = BodyDiff::new(&Bytes::new(), &text.into());
    let cell = diff.row(0).and_then(|row| row.after).expect("exists");
    assert_eq!((cell.text.len(), cell.full_len, cell.is_cut), (SHOWN, 10_000, true));
}

#[test]
fn a_body_without_a_counterpart_is_added_or_removed() {
    assert_eq!(rows("", "a\nb\n"), ["+  | a", "+  | b"]);
    assert_eq!(rows("[1]", ""), ["- [ | ", "-   1 | ", "- ] | "]);
    assert!(BodyDiff::new(&Bytes::new(), &Bytes::new()).is_empty());
}

#[test]
fn a_line_feed_that_is_missing_at_the_end_is_a_change() {
    let diff = BodyDiff::new(&"a\nb\n".into(), &"a\nb".into());
    let row = diff.row(1).expect("exists");
    assert_eq!(row.kind, RowKind::Changed);
    assert!(row.after.expect("is there").is_unended);
}

/// Small numbers that look random and are the same on every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let alphabet: &[&[u8]] = &[
            b"a",
            b"b",
            b" ",
            b"\n",
            b"\"",
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"1",
            b"\\",
            b"\xff",
            b"\0",
            "张".as_bytes(),
            "é".as_bytes(),
        ];
        let kinds = 2 + self.roll(alphabet.len() as u64 - 1);
        (0..self.roll(most)).flat_map(|_| alphabet[self.roll(kinds) as usize].to_vec()).collect()
    }
}

/// Every line of both sides stands in exactly one row, in order; unmarked text is equal on both sides.
fn check_rows(before: &[u8], after: &[u8], budget: Budget) {
    let diff = BodyDiff::with_budget(&before.to_vec().into(), &after.to_vec().into(), budget);
    let (mut next_before, mut next_after) = (0, 0);
    for row in 0..diff.len() {
        let place = diff.place(row).expect("exists");
        let shown = diff.row(row).expect("exists");
        if let Some(line) = place.before {
            assert_eq!(line, next_before);
            next_before += 1;
        }
        if let Some(line) = place.after {
            assert_eq!(line, next_after);
            next_after += 1;
        }
        assert_eq!(
            (place.before.is_some(), place.after.is_some()),
            (shown.before.is_some(), shown.after.is_some())
        );
        if let (Some(old), Some(new)) = (&shown.before, &shown.after)
            && diff.layout() == Layout::Text
        {
            assert_eq!(unmarked(old), unmarked(new), "{before:?} {after:?}");
            if place.kind == RowKind::Same {
                assert_eq!(old.text, new.text);
            }
        }
        diff.path(row);
    }
    assert_eq!((next_before, next_after), (diff.before.len(), diff.after.len()));
    for fold in diff.folds() {
        assert!(
            fold.clone().all(|row| diff.place(row as usize).is_some_and(|place| place.kind == RowKind::Same))
        );
    }
}

fn unmarked(cell: &LineCell) -> String {
    let mut out = String::new();
    let mut at = 0;
    for mark in &cell.marks {
        out += &cell.text[at..mark.start];
        at = mark.end;
    }
    out + &cell.text[at..]
}

#[test]
fn random_bytes_give_whole_rows_and_marks_that_reconstruct_both_sides() {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3_000 {
        let before = dice.bytes(60);
        let after = match dice.roll(2) {
            0 => dice.bytes(60),
            _ => {
                let mut after = before.clone();
                for _ in 0..=dice.roll(3) {
                    let at = dice.roll(after.len() as u64 + 1) as usize;
                    after.splice(at..at, dice.bytes(5));
                }
                after
            }
        };
        check_rows(&before, &after, Budget::default());
        check_rows(&before, &after, Budget(0));
    }
}

#[test]
fn many_equal_lines_do_not_take_quadratic_work() {
    let before = "a\n".repeat(50_000) + &"b\n".repeat(50_000);
    let after = "b\n".repeat(50_000) + &"a\n".repeat(49_999);
    let diff = BodyDiff::new(&before.into(), &after.into());
    assert_eq!(diff.detail(), Detail::Blocks);
    assert!(diff.len() >= 100_000);
}

#[test]
fn very_many_lines_are_compared_by_blocks_and_then_by_lines() {
    let lines: Vec<String> = (0..900_000).map(|number| format!("{number}\n")).collect();
    let mut changed = lines.clone();
    changed[450_000] = "inserted\nchanged 450000\n".into();
    changed[800_000] = String::new();
    let diff = BodyDiff::new(&lines.concat().into(), &changed.concat().into());
    assert_eq!(diff.detail(), Detail::Lines);
    let changed: Vec<_> = diff.changed_runs().collect();
    let kinds: Vec<RowKind> = changed.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, [RowKind::Added, RowKind::Changed, RowKind::Removed]);
    assert!(diff.overhead() < 1 << 20, "{} bytes", diff.overhead());
}

#[test]
fn equal_input_gives_equal_rows() {
    let mut dice = Dice(7);
    let (before, after) = (dice.bytes(5_000), dice.bytes(5_000));
    let diff = || BodyDiff::new(&before.clone().into(), &after.clone().into()).runs;
    assert_eq!(diff(), diff());
}
