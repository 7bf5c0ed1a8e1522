//! Bodies in the changes view: compressed, forms, parts, pictures, chunks, bytes, and what is copied out of them.

use std::io::Write;

use egui::Key;
use filterlab::abi::Callback;
use filterlab::gui::commands::Command;
use filterlab::scenario::{Chunks, HeaderLine};
use filterlab::trace::EventKind;
use filterlab::view::changes::BodyMode;
use flate2::{Compression, write::GzEncoder};

use crate::filters::{Filter, filter};
use crate::support::picture;
use crate::window::Window;

/// Holds the reply's body to its end and puts these bytes in its place; `headers`: host calls in the response headers.
pub fn replacing(body: &[u8], headers: &str) -> Filter {
    let data: String = body.iter().map(|byte| format!("\\{byte:02x}")).collect();
    let length = body.len();
    filter(
        "replace.wasm",
        &format!(
            r#"(import "env" "proxy_set_buffer_bytes" (func $set (param i32 i32 i32 i32 i32) (result i32)))
               (import "env" "proxy_remove_header_map_value" (func $remove (param i32 i32 i32) (result i32)))
               (data (i32.const 4096) "{data}")
               (data (i32.const 64) "content-encoding")
               (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
                 {headers} (i32.const 0))
               (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
                 (if (result i32) (local.get 2)
                   (then
                     (drop (call $set (i32.const 1) (i32.const 0) (i32.const 0x7fffffff) (i32.const 4096) (i32.const {length})))
                     (i32.const 0))
                   (else (i32.const 1))))"#
        ),
    )
}

/// The call that removes `content-encoding` from the response headers.
pub const REMOVE_ENCODING: &str = "(drop (call $remove (i32.const 2) (i32.const 64) (i32.const 16)))";

/// A window in which the filter got this reply.
pub fn window(filter: &Filter, headers: &[(&str, &str)], body: Vec<u8>, chunks: Chunks) -> Window {
    let mut window = Window::new(filterlab::gui::shell::Start::Path(filter.path.clone()));
    let mut scenario = window.scenario();
    scenario.reply.headers = headers.iter().map(|(name, value)| HeaderLine::new(*name, *value)).collect();
    scenario.reply.body = body.into();
    scenario.reply.chunks = chunks;
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    window
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(text).expect("memory takes it");
    writer.finish().expect("memory takes it")
}

/// A picture of one colour.
fn png(width: u32, height: u32, color: [u8; 4]) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba(if (x / 8 + y / 8) % 2 == 0 { color } else { [240, 240, 240, 255] })
    })
    .write_to(&mut out, image::ImageFormat::Png)
    .expect("memory takes it");
    out.into_inner()
}

fn copied(window: &Window) -> String {
    window
        .harness
        .output()
        .platform_output
        .commands
        .iter()
        .find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The same window at the size of a small screen, in light and Chinese.
fn small(window: &mut Window, name: &str) {
    window.harness.set_size(egui::vec2(900.0, 600.0));
    window.does(Command::ThemeLight);
    picture(&mut window.harness, &format!("{name}-900-light"));
    window.does(Command::SimplifiedChinese);
    picture(&mut window.harness, &format!("{name}-900-zh-light"));
}

#[test]
fn a_compressed_body_is_shown_decoded_and_one_that_lost_its_encoding_is_warned_of() {
    let before = gzip(b"{\"name\":\"Alice\",\"age\":30}");
    let after = gzip(b"{\"name\":\"***\",\"age\":30}");
    let filter = replacing(&after, REMOVE_ENCODING);
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let mut window = window(&filter, &headers, before, Chunks::Whole);
    assert!(window.has_part("Before: gzip, shown decoded: "));
    assert!(window.has_part("After: compressed with gzip, but no content-encoding says so"));
    assert!(window.has_part("\"name\": \"***\""));
    picture(&mut window.harness, "body-gzip-en-dark");
    window.does(Command::SimplifiedChinese);
    window.does(Command::ThemeLight);
    assert!(window.has_part("没有 content-encoding 说明"));
    picture(&mut window.harness, "body-gzip-zh-light");
    window.does(Command::English);
    small(&mut window, "body-gzip");
}

#[test]
fn a_form_is_shown_as_names_and_values() {
    let filter = replacing(b"user=%E5%BC%A0%E4%B8%89&note=a+c&new=1", "");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut window = window(&filter, &headers, b"user=%e5%bc%a0%e4%b8%89&note=a%20b".to_vec(), Chunks::Whole);
    assert!(window.has_part("form, shown decoded"));
    assert!(window.has_part("changed from note = a b to note = a c") || window.has_part("note = a c"));
    window.press(Key::F7);
    window.press(Key::F7);
    picture(&mut window.harness, "body-form-en-dark");
    window.does(Command::Unified);
    picture(&mut window.harness, "body-form-unified-en-dark");
    let names: Vec<_> = {
        let changes = &window.model().runs.current.as_ref().expect("it has run").changes;
        (0..changes.items().len()).filter_map(|item| changes.label(item)).collect()
    };
    assert!(names.contains(&filterlab::view::changes::Label::Field("note".into())), "{names:?}");
}

const PARTS: &str = "--frontier\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nAlice\r\n--frontier\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"me.png\"\r\nContent-Type: image/png\r\n\r\n";

#[test]
fn the_parts_of_a_multipart_body_are_told_apart() {
    let part = |name: &str| {
        let head = PARTS.replace("Alice", name);
        [head.as_bytes(), &png(8, 8, [200, 30, 30, 255]), b"\r\n--frontier--\r\n"].concat()
    };
    let filter = replacing(&part("Bob"), "");
    let headers = [("content-type", "multipart/form-data; boundary=frontier")];
    let mut window = window(&filter, &headers, part("Alice"), Chunks::Whole);
    assert!(window.has_part("multipart, 2 parts"));
    assert!(window.has_part("\"pic\" · me.png · image/png"));
    assert!(window.has_part("changed") && window.has_part("Bob"));
    picture(&mut window.harness, "body-multipart-en-dark");
}

#[test]
fn pictures_are_previewed_beside_each_other_with_their_bytes_below() {
    let filter = replacing(&png(96, 64, [60, 160, 60, 255]), "");
    let headers = [("content-type", "image/png")];
    let mut window = window(&filter, &headers, png(160, 120, [60, 60, 200, 255]), Chunks::Whole);
    assert!(window.has_part("Before: PNG, 160 × 120"));
    assert!(window.has_part("After: PNG, 96 × 64"));
    assert!(window.has_part("89504e47"), "its bytes");
    picture(&mut window.harness, "body-picture-en-dark");
    // The pixels are given to the graphics card once, not in every frame.
    for _ in 0..5 {
        window.harness.step();
        let set = &window.harness.output().textures_delta.set;
        assert!(set.values().all(|deltas| deltas.iter().all(|delta| delta.pos.is_some())), "no new texture");
    }
    window.does(Command::ThemeLight);
    window.does(Command::Unified);
    picture(&mut window.harness, "body-picture-unified-light");
}

#[test]
fn chunks_are_shown_as_they_came_and_went() {
    let filter = replacing(b"second\n", "");
    let mut window =
        window(&filter, &[("content-type", "text/plain")], b"first\nagain\n".to_vec(), Chunks::Every(6));
    window.press(Key::K);
    assert_eq!(window.model().runs.current.as_ref().map(|run| run.bodies), Some(BodyMode::Chunks));
    assert!(window.has_part("chunks 1 to 2 of 2"));
    assert!(window.has_part("chunk 1 arrived at") && window.has_part("on_response_body held it"));
    assert!(window.has_part("on_response_body passed it on"));
    assert!(window.has_part("sent at") && window.has_part("7 B, the end"));
    picture(&mut window.harness, "body-chunks-en-dark");
    window.does(Command::SimplifiedChinese);
    picture(&mut window.harness, "body-chunks-zh-dark");
    // Enter on the words about a piece goes to the callback that was given it.
    window.does(Command::English);
    window.clicks_row("chunk 1 arrived at");
    window.press(Key::Enter);
    assert_eq!(window.model().view.center, filterlab::gui::model::CenterTab::Timeline);
    let event =
        window.model().view.event.and_then(|event| window.trace().event(event)).map(|event| event.kind);
    assert!(matches!(event, Some(EventKind::Callback { callback: Callback::ResponseBody, .. })), "{event:?}");
    window.does(Command::Back);
    window.press(Key::X);
    assert!(window.has_part("66697273 74"), "the bytes that arrived");
    window.press(Key::W);
    assert_eq!(window.model().runs.bodies(), BodyMode::Whole);
}

#[test]
fn the_switch_of_a_body_is_used_with_keyboard_and_pointer() {
    let mut window = Window::sample("mask_pii");
    assert!(window.has("Response body: how it is shown"));
    window.focus("Chunks");
    window.press(Key::Space);
    assert_eq!(window.model().runs.bodies(), BodyMode::Chunks);
    window.clicks("Bytes");
    assert_eq!(window.model().runs.bodies(), BodyMode::Bytes);
    picture(&mut window.harness, "body-bytes-en-dark");
    let changes = &window.model().runs.current.as_ref().expect("it has run").changes;
    assert!(window.has(&format!("{} changes", changes.items().len())) || !changes.items().is_empty());
}

#[test]
fn ctrl_c_copies_the_value_of_a_row_masked_as_it_is_shown() {
    let mut window = Window::sample("mask_pii");
    let find = |window: &Window, part: &str| {
        let rows = window.model().runs.current.as_ref().expect("it has run");
        (0..rows.changes.items().len())
            .find(|item| rows.changes.label(*item).is_some_and(|label| format!("{label:?}").contains(part)))
            .expect("it is there")
    };
    let phone = find(&window, "$.data.phone");
    window.does(Command::RevealChange(phone));
    // What a window sends when Ctrl+C is pressed.
    window.harness.event(egui::Event::Copy);
    window.harness.step();
    assert_eq!(copied(&window), "\"138****5678\"");
    window.settle();
    assert!(window.has("Copied $.data.phone"));
    let ctx = window.harness.ctx.clone();
    window.shell().apply(Command::CopyPart, &ctx);
    window.harness.step();
    assert!(copied(&window).starts_with('{') && copied(&window).contains("138****5678"));
}

#[test]
fn nothing_is_copied_where_no_row_is_chosen_or_somebody_types() {
    let mut window = Window::sample("mask_pii");
    window.harness.event(egui::Event::Copy);
    window.harness.step();
    assert_eq!(copied(&window), "");
    window.press(Key::F7);
    window.does(Command::ShowRequest);
    window.focus("URL");
    window.harness.event(egui::Event::Copy);
    window.harness.step();
    assert!(!copied(&window).contains("gzip"), "the field copies for itself");
}

#[test]
fn statement_12_a_moved_header_is_one_row_and_differing_words_are_marked_on_both_sides() {
    let mut window = Window::sample("mask_pii");
    let spoken = |window: &Window, part: &str| -> Vec<String> {
        use egui_kittest::kittest::NodeT;
        let all = window.harness.root().children_recursive();
        let labels = all.filter_map(|node| node.accesskit_node().label());
        labels.filter(|label| label.contains(part) && label.contains(", row ")).collect()
    };
    for view in [Command::SideBySide, Command::Unified] {
        window.does(view.clone());
        let cache = spoken(&window, "cache-control");
        assert!(!cache.is_empty(), "{view:?}");
        for row in &cache {
            let is_one = "changed: cache-control: public, max-age=60, now cache-control: private, no-store";
            assert!(row.contains(is_one) && row.contains("after set-cookie"), "{view:?}: {row}");
            assert!(!row.contains("removed: ") && !row.contains("added: "), "{view:?}: {row}");
        }
        assert_eq!(cache.len(), if view == Command::SideBySide { 1 } else { 2 });
        let fills = crate::looks::fills(&window);
        let palette = &filterlab::gui::theme::tokens::DARK;
        for (side, word) in [("before", palette.removed.word), ("after", palette.added.word)] {
            assert!(fills.contains(&word), "{view:?}: no words are marked {side}");
        }
    }
}

#[test]
fn statement_12_a_header_that_only_moved_has_no_sign() {
    let moving = filter(
        "move.wasm",
        r#"(import "env" "proxy_replace_header_map_value" (func $replace (param i32 i32 i32 i32 i32) (result i32)))
           (data (i32.const 64) "x-awhy")
           (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
             (drop (call $replace (i32.const 0) (i32.const 64) (i32.const 3) (i32.const 67) (i32.const 3)))
             (i32.const 0))"#,
    );
    let mut window = Window::new(filterlab::gui::shell::Start::Path(moving.path.clone()));
    let mut scenario = window.scenario();
    scenario.request.headers = vec![HeaderLine::new("x-a", "why"), HeaderLine::new("x-b", "1")];
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
    assert!(window.has_part("Request headers, 1 moved"));
    assert!(window.has_part("unchanged: x-a: why, after "));
    assert!(!window.has_part("removed: x-a") && !window.has_part("added: x-a"));
}
