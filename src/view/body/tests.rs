//! Bodies read by their headers: what is shown, and what is said about it.

use super::decode::tests::{brotli, gzip};
use super::*;
use crate::view::Language;
use crate::view::diff::RowKind;
use crate::view::sentences::bodies;

fn declared(headers: &[(&'static str, &'static str)]) -> Declared {
    let headers: Vec<Header> = headers.iter().map(|(name, value)| Header::new(*name, *value)).collect();
    Declared::of(&headers)
}

type Headers<'a> = &'a [(&'static str, &'static str)];

fn reading(before: (&[u8], Headers), after: (&[u8], Headers)) -> Reading {
    let bytes = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    read((&bytes(before.0), &declared(before.1)), (&bytes(after.0), &declared(after.1)))
}

fn said(reading: &Reading) -> Vec<String> {
    reading.notes.iter().map(|note| bodies::note(Language::English, note).1.with_backticks()).collect()
}

/// Changed rows as `sign before | after`.
fn changed(reading: &Reading) -> Vec<String> {
    let rows = reading.diff.changed_runs().flat_map(|(rows, kind)| rows.map(move |row| (row, kind)));
    rows.map(|(row, kind)| {
        let row = reading.diff.row(row).expect("it is there");
        let sign = match kind {
            RowKind::Removed => '-',
            RowKind::Added => '+',
            _ => '~',
        };
        let text = |cell: Option<crate::view::diff::LineCell>| cell.map(|cell| cell.text).unwrap_or_default();
        format!("{sign} {} | {}", text(row.before).trim(), text(row.after).trim())
    })
    .collect()
}

const JSON: Headers = &[("content-type", "application/json")];
const FORM: Headers = &[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")];
const GZIP: Headers = &[("content-type", "text/plain"), ("content-encoding", "gzip")];
const TEXT: Headers = &[("content-type", "text/plain")];

#[test]
fn each_side_is_decoded_by_its_own_headers() {
    let before = gzip(b"one\ntwo\n");
    let found = reading((&before, GZIP), (b"one\n2\n", TEXT));
    assert_eq!(changed(&found), ["~ two | 2"]);
    assert_eq!(said(&found), [format!("Before: `gzip`, shown decoded: {} B → 8 B", before.len())]);
    assert_eq!(found.diff.sizes(), (before.len(), 6), "sizes are those that were sent");
}

#[test]
fn stacked_codings_are_taken_off_in_turn() {
    let both: Headers = &[("content-encoding", "gzip"), ("content-encoding", "BR, identity")];
    let body = brotli(&gzip(b"hello\n"));
    let found = reading((&body, both), (&body, both));
    assert!(found.diff.is_same());
    assert_eq!(said(&found), [format!("`gzip, br`, shown decoded: {} B → 6 B", body.len())]);
    assert_eq!(found.diff.shown_bytes()[1], &Bytes::from_static(b"hello\n"));
}

#[test]
fn a_body_that_lost_its_content_encoding_is_decoded_all_the_same_and_warned_of() {
    for (headers, body) in [(GZIP, gzip(b"text\n")), (&[("content-encoding", "br")], brotli(b"text\n"))] {
        let found = reading((&body, headers), (&body, TEXT));
        let warning = found.notes.iter().find(|note| note.what.is_warning()).expect("there is one");
        assert_eq!(warning.side, Some(Side::After));
        assert!(matches!(warning.what, What::Undeclared { to: 5, .. }), "{warning:?}");
        assert!(!found.diff.is_empty() && changed(&found).is_empty());
    }
    let archive: Headers = &[("content-type", "application/gzip")];
    let found = reading((&gzip(b"file"), archive), (&gzip(b"file"), archive));
    assert!(found.notes.is_empty() && found.diff.layout() == Layout::Hex, "a file is a file");
}

#[test]
fn a_plain_body_under_a_content_encoding_is_warned_of() {
    let found = reading((&gzip(b"{}"), GZIP), (b"{\"a\":1}", GZIP));
    let notes = said(&found);
    assert_eq!(
        notes[1],
        "After: `content-encoding` says `gzip`, but the body is not compressed: the receiver cannot decode it"
    );
}

#[test]
fn what_cannot_be_decoded_is_shown_as_it_is_with_its_place() {
    let whole = gzip(b"some text that is long enough to be compressed");
    let cut = &whole[..whole.len() - 10];
    let found = reading((&whole, GZIP), (cut, GZIP));
    let at = cut.len();
    let words = format!(
        "After: `gzip` cannot be decoded, it ends too early at byte {at}: the bytes are shown as they are"
    );
    assert!(said(&found).contains(&words), "{:?}", said(&found));
    assert_eq!(found.diff.layout(), Layout::Hex);
    let zstd: Headers = &[("content-encoding", "zstd")];
    let found = reading((b"\x28\xb5\x2f\xfd\0\0", zstd), (b"", zstd));
    assert_eq!(said(&found), ["Before: `zstd` cannot be decoded here: the bytes are shown as they are"]);
    let many: Headers = &[("content-encoding", "br,br,br,br,br,br,br,br,br")];
    assert_eq!(reading((b"x", many), (b"x", many)).notes[0].what, What::TooManyCodings);
}

#[test]
fn a_bomb_is_shown_up_to_the_limit() {
    let bomb = gzip(&vec![b'a'; MOST_DECODED + 10]);
    let found = reading((&bomb, GZIP), (b"", TEXT));
    assert_eq!(found.diff.shown_bytes()[0].len(), MOST_DECODED);
    assert!(said(&found)[0].contains("decode to more than 67 MB"), "{:?}", said(&found));
}

#[test]
fn a_form_is_compared_by_its_decoded_fields() {
    let found =
        reading((b"a=1&name=%E5%BC%A0%20x&e=&b=2", FORM), (b"a=1&name=%e5%bc%a0+x&e&b=3&c=%41", FORM));
    assert_eq!(found.diff.layout(), Layout::Form);
    assert_eq!(changed(&found), ["~ b = 2 | b = 3", "+  | c = A"]);
    let rows = 0..found.diff.len();
    let names: Vec<_> = rows.clone().filter_map(|row| found.diff.name(row)).collect();
    assert_eq!(names, ["a", "name", "e", "b", "c"]);
    assert_eq!(found.diff.value(1).as_deref(), Some("张 x".as_bytes()));
    assert_eq!(said(&found), ["form, shown decoded"]);
    let only = reading((b"a=b+c", FORM), (b"a=b%20c", FORM));
    assert!(only.diff.differs_in_formatting_only());
}

#[test]
fn a_form_with_a_broken_escape_says_where() {
    let found = reading((b"a=%4&b=%", FORM), (b"a=1", FORM));
    assert!(said(&found)[1].contains("the `%` at byte 2 starts no valid escape"), "{:?}", said(&found));
    assert_eq!(changed(&found).first().map(String::as_str), Some("~ a = %4 | a = 1"));
}

#[test]
fn json_that_is_called_a_form_is_json() {
    let found = reading((b"{\"a\":1}", FORM), (b"{\"a\":2}", FORM));
    assert_eq!(found.diff.layout(), Layout::Json);
    assert!(said(&found)[0].starts_with("the body is JSON, although"), "{:?}", said(&found));
}

const PARTS: Headers = &[("content-type", "multipart/form-data; charset=\"a;b\"; boundary=\"x y\"")];

#[test]
fn a_multipart_body_is_compared_part_by_part() {
    let body = |name: &str, last: &[u8]| {
        let head = format!(
            "--x y\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n{name}\r\n\
             --x y\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
        );
        [head.as_bytes(), last, b"\r\n--x y--\r\n"].concat()
    };
    let before = body("Alice", &(0..40).collect::<Vec<u8>>());
    let mut bytes: Vec<u8> = (0..40).collect();
    bytes[20] = 0xff;
    let after = body("Bob", &bytes);
    let found = reading((&before, PARTS), (&after, PARTS));
    assert_eq!(found.diff.layout(), Layout::Multipart);
    assert_eq!(said(&found), ["multipart, 2 parts"]);
    let rows = changed(&found);
    assert_eq!(rows[0], "~ Alice | Bob");
    assert!(rows[1].starts_with("~ 00000010") && rows[1].contains("ff151617"), "{rows:?}");
    assert_eq!(rows.len(), 2);
    let first = found.diff.changed_runs().next().map(|(rows, _)| rows.start).expect("there is one");
    assert_eq!(found.diff.name(first).as_deref(), Some("user"));
    let titles: Vec<String> = (0..found.diff.len())
        .filter_map(|row| Some(found.diff.row(row)?.after?.text))
        .filter(|text| text.starts_with('"'))
        .collect();
    assert_eq!(titles, ["\"user\" · 3 B", "\"file\" · a.bin · 40 B"]);
}

#[test]
fn a_broken_multipart_body_is_text_with_a_note_where_it_broke() {
    let whole = b"--x y\r\na: b\r\n\r\ntext\r\n--x y--\r\n";
    let found = reading((whole, PARTS), (&whole[..20], PARTS));
    assert_eq!(found.diff.layout(), Layout::Text);
    assert_eq!(
        said(&found),
        ["After: not a valid multipart body, no boundary ends part 1, from byte 0: shown as it is"]
    );
}

#[test]
fn json_that_only_stands_in_another_order_is_told_apart() {
    let found = reading((b"{\"a\":1,\"b\":[1,2]}", JSON), (b"{ \"b\": [1, 2], \"a\": 1 }", JSON));
    assert!(!found.diff.differs_in_formatting_only());
    assert!(said(&found)[0].starts_with("same values: only the order of members differs"));
    let found = reading((b"{\"a\":1}", JSON), (b"{ \"a\": 1 }", JSON));
    assert!(found.diff.differs_in_formatting_only() && found.notes.is_empty());
}

#[test]
fn an_element_that_is_put_in_the_middle_changes_nothing_else() {
    let element = |id: u32| format!("{{\"id\":{id},\"tags\":[\"x\",\"y\"]}}");
    let list = |ids: &[u32]| {
        let elements: Vec<String> = ids.iter().map(|id| element(*id)).collect();
        format!("[{}]", elements.join(",")).into_bytes()
    };
    let found = reading((&list(&[1, 2, 3]), JSON), (&list(&[1, 9, 2, 3]), JSON));
    let rows = changed(&found);
    assert!(rows.iter().all(|row| row.starts_with('+')) && rows.len() == 7, "{rows:?}");
}

#[test]
fn a_name_that_stands_twice_is_warned_of() {
    let found = reading((b"{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3}", JSON), (b"", JSON));
    assert_eq!(
        said(&found),
        ["Before: `$.a` occurs twice (again in line 6): parsers differ in which one they take"]
    );
    assert!(reading((b"[{\"a\":1},{\"a\":2}]", JSON), (b"", JSON)).notes.is_empty());
}

#[test]
fn broken_json_is_text_with_line_and_column() {
    let found = reading((b"{\n  \"a\": oops\n}", JSON), (b"{}", JSON));
    assert_eq!(found.diff.layout(), Layout::Text);
    assert_eq!(
        said(&found),
        [
            "Before: not valid JSON at line 2, column 8 (expected value): shown as text",
            "before and after are of different kinds: compared as text"
        ]
    );
}

#[test]
fn several_texts_deep_nesting_and_huge_numbers_do_no_harm() {
    let found = reading((b"{\"a\":1}\n{\"a\":2}\n", JSON), (b"{\"a\":1}\n{\"a\":3}\n", JSON));
    assert_eq!(said(&found), ["2 JSON texts, one after another: shown as lines of text"]);
    assert_eq!(changed(&found), ["~ {\"a\":2} | {\"a\":3}"]);
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let found = reading((deep.as_bytes(), JSON), (deep.as_bytes(), JSON));
    assert_eq!(said(&found), ["JSON nested more than 128 levels deep: shown as text"]);
    let open = "{\"a\":".repeat(10_000);
    assert!(matches!(reading((open.as_bytes(), JSON), (b"", JSON)).notes[0].what, What::NotJson { .. }));
    let found = reading(
        (b"[1e999,123456789012345678901234567890]", JSON),
        (b"[1e998,123456789012345678901234567891]", JSON),
    );
    assert_eq!(
        changed(&found),
        ["~ 1e999, | 1e998,", "~ 123456789012345678901234567890 | 123456789012345678901234567891"]
    );
}

#[test]
fn bytes_that_are_no_utf8_are_counted_and_placed() {
    let mut body = b"a long line of text that is nearly all right, ".to_vec();
    let at = body.len();
    body.extend(b"\xff and \xfe\xfd end");
    let found = reading((&body, TEXT), (b"", TEXT));
    assert_eq!(said(&found), [format!("Before: not UTF-8 in 3 places, first at byte {at}")]);
}

#[test]
fn pictures_say_what_they_are() {
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 0, 8, 0, 0, 0, 4, 8, 6]].concat();
    let found = reading((&png, &[]), (&gzip(&png), &[("content-encoding", "gzip")]));
    assert!(found.pictures.iter().all(Option::is_some));
    assert_eq!(said(&found)[0], "PNG, 8 × 4, 26 B");
    assert_eq!(found.diff.layout(), Layout::Hex);
}

#[test]
fn every_note_is_said_in_both_languages() {
    let error = |problem| What::NotDecoded { error: DecodeError { coding: Coding::Gzip, at: 3, problem } };
    use super::decode::Problem;
    use crate::view::diff::multipart::Why;
    let broken = |why| What::NotParts { broken: Broken { at: 3, why } };
    let all = [
        error(Problem::Invalid),
        error(Problem::EndsEarly),
        error(Problem::Checksum),
        broken(Why::NoBoundary),
        broken(Why::NoPart),
        broken(Why::HeadNotEnded { part: 1 }),
        broken(Why::TooMany),
        What::Trailing { at: 3 },
        What::KindsDiffer,
        What::Parts { count: 2 },
    ];
    for what in all {
        let note = Note { side: Some(Side::After), what };
        let [english, chinese] = Language::ALL.map(|language| bodies::note(language, &note).1.to_string());
        assert!(english.starts_with("After: ") && english.len() > 12, "{english}");
        assert!(chinese.starts_with("之后：") && chinese != english, "{chinese}");
    }
}

#[test]
fn random_bodies_under_random_headers_never_panic_and_give_whole_rows() {
    let mut seed = 0x2545_F491_4F6C_DD1Du64;
    let mut dice = |sides: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % sides
    };
    let kinds: [Headers; 6] = [JSON, FORM, GZIP, TEXT, PARTS, &[("content-encoding", "deflate, br")]];
    let pieces: [&[u8]; 14] = [
        b"--x y\r\n",
        b"--x y--",
        b"\r\n\r\n",
        b"a=b&",
        b"%4",
        b"{\"a\":",
        b"}",
        b"[1,",
        b"]",
        b"\xff",
        b"\0",
        b"\x1f\x8b\x08",
        "张".as_bytes(),
        b"name: \"x\"\n",
    ];
    for _ in 0..4_000 {
        let mut body =
            || -> Vec<u8> { (0..dice(12)).flat_map(|_| pieces[dice(14) as usize].to_vec()).collect() };
        let (before, after) = (body(), body());
        let (old, new) = (kinds[dice(6) as usize], kinds[dice(6) as usize]);
        let found = reading((&before, old), (&after, new));
        for row in 0..found.diff.len() {
            assert!(found.diff.row(row).is_some());
            let _ = (found.diff.name(row), found.diff.value(row));
        }
        for note in &found.notes {
            bodies::note(Language::SimplifiedChinese, note);
        }
    }
}
