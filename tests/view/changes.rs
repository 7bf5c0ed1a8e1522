//! Before and after, side by side.

use std::path::Path;

use filterlab::run::run_scenario;
use filterlab::scenario::{Scenario, Source};
use filterlab::trace::{EventId, Part};
use filterlab::view::changes::{By, Changes, Label, Moved};
use filterlab::view::diff::RowKind;
use filterlab::view::sentences::changes as words;
use filterlab::view::{Language, diff::Layout};

use crate::support::{rows, run, run_edited};

#[test]
fn a_masked_reply_is_shown_by_header_and_by_json_value() {
    assert_eq!(
        rows(&run("mask_pii/mask_pii")),
        [
            "request_headers (1 removed, 1 added) After · to the upstream",
            "- accept-encoding: gzip, br |  · #4 remove_header_map_value",
            "  x-forwarded-proto: https | x-forwarded-proto: https · host",
            "+  | x-mask-policy: v3 · #5 add_header_map_value",
            "response_headers (1 removed, 1 added, 1 changed) After · to the client",
            "- content-length: 346 |  · #9 remove_header_map_value",
            "~ cache-control: [public, max-age=60] | cache-control: [private, no-store] (now after set-cookie) · #10 replace_header_map_value",
            "+  | x-masked-by: mask_pii/0.4.1 · #11 add_header_map_value",
            "+  | date: Thu, 01 Jan 2026 00:00:00 GMT · host",
            "response_body (5 changed · JSON · 346 → 235 B) After · to the client",
            "~ \"name\": \"张[伟]\", | \"name\": \"张[*]\", · $.data.name",
            "~ \"phone\": \"138[1234]5678\", | \"phone\": \"138[****]5678\", · $.data.phone",
            "~ \"id_card\": \"110101[19900101]1234\", | \"id_card\": \"110101[********]1234\", · $.data.id_card",
            "~ \"address\": \"北京市朝阳区[建国路8号]\", | \"address\": \"北京市朝阳区[*****]\", · $.data.address",
            "~ \"phone\": \"139[0011]2233\" | \"phone\": \"139[****]2233\" · $.data.orders[0].phone",
        ]
    );
}

#[test]
fn a_filters_own_reply_is_added_by_the_call_that_sent_it() {
    assert_eq!(
        rows(&run("access_check/forbidden")),
        [
            "request_headers (nothing changed) After · never sent",
            "  x-forwarded-proto: https | x-forwarded-proto: https · host",
            "response_headers (2 added) After · to the client",
            "+  | :status: 403 · #9 send_local_response",
            "+  | content-type: application/json; charset=utf-8 · #9 send_local_response",
            "+  | content-length: 66 · host",
            "+  | date: Thu, 01 Jan 2026 00:00:00 GMT · host",
            "response_body (1 added · JSON · 0 → 66 B) After · to the client",
            "+  | { · $",
            "+  | \"code\": \"FORBIDDEN\", · $.code",
            "+  | \"message\": \"当前角色无权执行此操作\" · $.message",
            "+  | } · $",
        ]
    );
}

#[test]
fn several_writes_to_one_header_are_listed_in_order() {
    let run = run("access_check/access_check");
    let (_, section) = run.changes.section(Part::RequestHeaders).expect("the request has headers");
    let row = section
        .header_rows()
        .iter()
        .find(|row| row.after.as_ref().is_some_and(|cell| cell.name == "x-user"))
        .expect("x-user is sent on");
    let calls: Vec<&str> = row.writers.iter().map(|writer| writer.call.short_name()).collect();
    assert_eq!(calls, ["remove_header_map_value", "add_header_map_value"]);
    let callback = row.writers[0].callback.map(|(callback, _)| callback.short_name());
    assert_eq!(callback, Some("on_request_headers"));
    assert_eq!((row.kind, &row.moved), (RowKind::Changed, &Some(Moved::After("x-forwarded-proto".into()))));
}

#[test]
fn adding_a_second_cookie_does_not_move_the_first() {
    let run = run("add_headers/add_headers");
    let (_, section) = run.changes.section(Part::ResponseHeaders).expect("the reply has headers");
    let cookies: Vec<(RowKind, bool)> = section
        .header_rows()
        .iter()
        .filter(|row| row.after.as_ref().is_some_and(|cell| cell.name == "set-cookie"))
        .map(|row| (row.kind, row.moved.is_some()))
        .collect();
    assert_eq!(cookies, [(RowKind::Same, false), (RowKind::Added, false)]);
}

#[test]
fn next_and_previous_go_through_all_sections_and_around() {
    let run = run("mask_pii/mask_pii");
    let changes = &run.changes;
    assert_eq!(changes.items().len(), 10);
    let labels: Vec<String> = (0..10)
        .filter_map(|item| changes.label(item))
        .map(|label| words::label(Language::English, &label).to_string())
        .collect();
    assert_eq!(
        labels,
        [
            "accept-encoding",
            "x-mask-policy",
            "content-length",
            "cache-control",
            "x-masked-by",
            "$.data.name",
            "$.data.phone",
            "$.data.id_card",
            "$.data.address",
            "$.data.orders[0].phone",
        ]
    );
    assert_eq!(
        (changes.next(None), changes.next(Some(0)), changes.next(Some(9))),
        (Some(0), Some(1), Some(0))
    );
    assert_eq!((changes.previous(None), changes.previous(Some(0))), (Some(9), Some(9)));
    for (index, item) in changes.items().iter().enumerate() {
        assert_eq!(changes.item_at(usize::from(item.section), item.row as usize), Some(index));
    }
    assert_eq!(changes.item_at(0, 0), None, "an unchanged row is no change");
}

#[test]
fn a_change_leads_to_its_call_and_the_call_back_to_the_change() {
    let run = run("mask_pii/mask_pii");
    let changes = &run.changes;
    for item in 0..6 {
        let writer = changes.writers(item)[0];
        assert_eq!(changes.item_of(writer.event), Some(item));
    }
    let body = changes.writers(6);
    assert_eq!((body.len(), body[0].call.short_name(), body[0].turn), (1, "set_buffer_bytes", (2, 2)));
    assert_eq!(changes.item_of(EventId::from_index(0)), None);
}

#[test]
fn what_the_proxy_adds_is_no_change_of_the_filter() {
    let run = run("access_check/access_check");
    let (_, section) = run.changes.section(Part::ResponseHeaders).expect("the reply has headers");
    let date = section.header_rows().last().expect("there are rows");
    assert_eq!((date.kind, date.by), (RowKind::Added, By::Host));
    assert_eq!(section.counts.total(), 0);
    let fold = section.folds().first().expect("nothing changed, so all folds");
    assert_eq!((fold.start, fold.end as usize), (0, section.len()));
}

#[test]
fn secrets_are_flagged_and_can_be_masked() {
    let run = run("access_check/access_check");
    let (_, section) = run.changes.section(Part::RequestHeaders).expect("the request has headers");
    let cells: Vec<_> = section.header_rows().iter().filter_map(|row| row.before.as_ref()).collect();
    let secret: Vec<String> = cells.iter().filter(|cell| cell.is_secret).map(|cell| cell.masked()).collect();
    assert_eq!(secret, ["Bearer ••••••••"]);
}

#[test]
fn a_text_body_is_named_by_its_lines_and_an_untouched_one_has_no_changes() {
    let run = run("mask_pii/not_json");
    let (_, section) = run.changes.section(Part::ResponseBody).expect("the reply has a body");
    let body = section.body().expect("it is a body");
    assert_eq!((body.layout(), body.is_same(), section.counts.total()), (Layout::Text, true, 0));
    assert_eq!(words::summary(Language::English, section), "nothing changed · 112 B");
    assert_eq!(words::label(Language::English, &Label::Lines(3..6)).to_string(), "lines 3 to 5");
    assert_eq!(words::label(Language::SimplifiedChinese, &Label::Lines(3..4)).to_string(), "第 3 行");
}

#[test]
fn the_views_of_equal_runs_are_equal() {
    assert_eq!(rows(&run("mask_pii/trailers")), rows(&run("mask_pii/trailers")));
}

#[test]
fn http1_framing_is_the_proxys_work() {
    let run = run_edited("mask_pii/mask_pii", |scenario| {
        scenario.proxy.downstream = filterlab::http::Protocol::Http1;
    });
    let found = rows(&run);
    assert!(found.contains(&"+  | transfer-encoding: chunked · host".to_owned()), "{found:#?}");
}

#[test]
fn of_several_lines_with_one_name_each_tells_the_call_that_added_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pain_points/p16_order.scenario.json");
    let scenario = Scenario::load(&file).expect("the scenario loads");
    let trace = run_scenario(&scenario, &Source { file: Some(file) }).expect("it runs");
    let changes = Changes::new(&trace, &scenario, 0);
    let request = &changes.sections[0];
    let added: Vec<(String, usize)> = request
        .header_rows()
        .iter()
        .filter(|row| row.kind == RowKind::Added)
        .map(|row| (row.after.as_ref().map_or(String::new(), |cell| cell.value.clone()), row.writers.len()))
        .collect();
    assert_eq!(added, [("first".to_owned(), 1), ("second".to_owned(), 1)]);
    let numbers: Vec<u32> =
        request.header_rows().iter().flat_map(|row| &row.writers).map(|writer| writer.number).collect();
    assert!(numbers[0] < numbers[1], "{numbers:?}");
}
