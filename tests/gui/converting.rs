//! Files of other tools in the window: pasted, dropped, and exported.

use egui::{Event, Key};
use egui_kittest::kittest::Queryable;
use filterlab::convert::{self, Format};
use filterlab::gui::commands::Command;
use filterlab::gui::dialogs::Picked;
use filterlab::gui::looking::FileKind;
use filterlab::gui::model::Overlay;
use filterlab::gui::shell::Start;
use filterlab::gui::theme::Tone;
use filterlab::scenario::Scenario;

use crate::filters::{bytes, copy_of};
use crate::support::picture;
use crate::window::Window;

const CURL: &str = "curl 'https://api.example.com/v2?a=1' -H 'x-a: 1' --cert me.pem -d '{\"n\":1}'";

fn paste(window: &mut Window, text: &str) {
    window.harness.input_mut().events.push(Event::Paste(text.to_owned()));
    window.harness.step();
    window.settle();
}

#[test]
fn a_pasted_curl_command_takes_the_place_of_the_request_in_one_step() {
    let mut window = Window::sample("mask_pii");
    let before = window.scenario();
    paste(&mut window, CURL);
    let after = window.scenario();
    assert_eq!(
        (after.request.method.as_str(), after.request.url.as_str()),
        ("POST", "https://api.example.com/v2?a=1")
    );
    assert_eq!((&after.chain, &after.reply), (&before.chain, &before.reply), "the rest stays");
    assert!(window.has("Request taken from the curl command"));
    assert!(window.has("curl command: 1 thing was not carried over"));
    window.harness.get_by_label("Show").click();
    window.settle();
    assert!(matches!(&window.model().overlay, Overlay::LeftOut { lines, .. } if lines.len() == 1));
    assert!(window.has_part("line 1, column 51: --cert: there is nothing that means the same"));
    window.press(Key::Escape);
    window.does(Command::Undo);
    assert_eq!(window.scenario(), before);
}

#[test]
fn a_curl_command_pasted_into_the_url_is_a_whole_request_and_other_text_is_text() {
    let mut window = Window::sample("mask_pii");
    window.focus("URL");
    paste(&mut window, CURL);
    assert_eq!(window.scenario().request.method, "POST");
    let before = window.scenario();
    window.focus("URL");
    paste(&mut window, "GET https://other.test/");
    let after = window.scenario();
    assert_ne!(after.request.url, before.request.url, "it was typed into the field");
    assert_eq!(after.request.method, before.request.method);
    assert!(after.request.url.contains("GET https://other.test/"), "{}", after.request.url);
}

#[test]
fn a_text_that_is_no_request_changes_nothing_and_says_so() {
    let mut window = Window::sample("mask_pii");
    let before = window.scenario();
    paste(&mut window, "hello");
    assert!(window.has_part("Pasted text is no request"));
    paste(&mut window, "curl https://a | jq .");
    assert!(matches!(window.model().overlay, Overlay::NotDone(_, None)));
    assert!(!window.has("Choose another file…"), "there is none to choose");
    assert!(window.has("This command line cannot be read") && window.has_part("line 1, column 16"));
    window.press(Key::Escape);
    assert_eq!(window.scenario(), before);
}

#[test]
fn why_a_file_cannot_be_opened_names_the_file_and_the_place_in_it() {
    let mut window = Window::sample("mask_pii");
    for (name, contents, place) in [
        ("shop.hurl", "GET\n", "shop.hurl, line 1"),
        ("shop.har", "{\"log\": 1}", "shop.har, "),
        ("envoy.yaml", "static_resources:\n  listeners: [", "envoy.yaml, line"),
        ("broken.scenario.json", "{\n  \"request\": 1}", "broken.scenario.json, "),
        ("broken.filterlab", "PK\x03\x04", "broken.filterlab"),
    ] {
        let file = bytes(name, contents.as_bytes());
        window.drop_file(&file.path);
        let Overlay::FileError(card) = window.model().overlay.clone() else { panic!("{name} is opened") };
        assert!(card.place.as_str().starts_with(place), "{name}: {}", card.place.as_str());
        assert!(window.has("Choose another file…"));
        window.press(Key::Escape);
    }
}

#[test]
fn a_chinese_window_says_in_chinese_why_a_file_is_not_read_or_written() {
    let mut window = Window::sample("mask_pii");
    window.does(Command::SimplifiedChinese);
    for (name, contents, what) in [
        ("a.scenario.json", "{\"request\": {\"method\": 5}}", "这里是整数 5，应为字符串"),
        (
            "a.hurl",
            "GET https://a.test/\nHTTP 200\n\nGET\n",
            "每一项以 GET https://example.com/ 这样的一行开始",
        ),
    ] {
        let file = bytes(name, contents.as_bytes());
        window.drop_file(&file.path);
        assert!(window.has(what), "{name}: {:?}", window.model().overlay);
        window.press(Key::Escape);
    }
    // No folder can be where a file is.
    let file = bytes("a.txt", b"text");
    let path = file.path.join("x.scenario.json");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path));
    window.does(Command::SaveAs);
    window.settle();
    let said = window.model().notices.iter().find(|notice| notice.text.contains("未能保存"));
    let said = said.expect("it was not saved").text.clone();
    assert!(said.contains("无法写入") && !said.contains("os error"), "{said}");
}

#[test]
fn what_was_done_carries_no_warning_sign() {
    let mut window = Window::sample("mask_pii");
    let tone = |window: &Window, words: &str| {
        let notice = window.model().notices.iter().find(|notice| notice.text.contains(words));
        notice.unwrap_or_else(|| panic!("{words} is said")).tone
    };
    paste(&mut window, CURL);
    assert_eq!(tone(&window, "Request taken from"), Tone::Ok);
    assert_eq!(tone(&window, "not carried over"), Tone::Warn, "this is one");
    window.does(Command::SelectChange(0));
    window.does(Command::ExpectThis);
    assert_eq!(tone(&window, "Expected from now on"), Tone::Ok);
    window.does(Command::ExpectThis);
    assert_eq!(tone(&window, "This is expected already"), Tone::Muted);
    let filter = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/add_headers/filter.wasm");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(filter.into()));
    window.does(Command::AddFilter);
    window.settle();
    assert_eq!(tone(&window, "Added filter.wasm"), Tone::Ok);
}

#[test]
fn an_export_that_failed_offers_another_place_and_not_another_file_to_open() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("mine.txt"), "mine").expect("it can be written");
    let mut window = Window::sample("mask_pii");
    let path = folder.path().to_owned();
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path));
    window.does(Command::ExportAs(Format::Oci));
    assert!(window.has("The folder is not empty") && !window.has("Choose another file…"));
    let again = tempfile::tempdir().expect("a folder can be made");
    let path = again.path().join("image");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path.clone()));
    window.harness.get_by_label("Choose another place…").click();
    window.settle();
    assert!(path.join("oci-layout").is_file());
}

#[test]
fn a_request_without_a_filter_is_shown_and_asks_for_one() {
    let mut window = Window::new(Start::Empty);
    paste(&mut window, "GET /a HTTP/1.1\r\nHost: h.test\r\n\r\n");
    let scenario = window.scenario();
    assert_eq!((scenario.request.url.as_str(), scenario.chain.len()), ("https://h.test/a", 0));
    assert!(window.has_part("Drop a .wasm"));
    let document = window.model().document.as_ref().expect("it is open");
    assert_eq!((document.title().as_str(), document.save_path()), ("GET h.test/a", None));
    assert!(window.has_part("the chain of filters: The scenario has no filter."));
    let filter = concat!(env!("CARGO_MANIFEST_DIR"), "/sample_filters/add_headers/filter.wasm");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(filter.into()));
    window.harness.get_by_label("Add a filter to the chain…").click();
    window.settle();
    assert_eq!(window.scenario().chain.len(), 1);
    window.does(Command::Undo);
    assert!(window.scenario().chain.is_empty());
    window.hover_file(filter.as_ref());
    assert!(window.has("Add filter.wasm to the chain"));
    window.drop_file(filter.as_ref());
    assert_eq!((window.model().tab_count(), window.scenario().chain.len()), (1, 1));
    assert_eq!(window.scenario().request, scenario.request);
    window.wait(0.5);
    assert_eq!(window.trace().outcome.kind(), "finished");
}

#[test]
fn what_a_dropped_file_of_another_tool_will_do_is_said_before() {
    let har = bytes("shop.har", br#"{"log": {"entries": [{"request": {"method": "PUT", "url": "https://shop.test/x"}, "response": {"status": 404}}]}}"#);
    let mut window = Window::sample("mask_pii");
    window.hover_file(&har.path);
    assert_eq!(window.model().hovered_kind(), Some(FileKind::Foreign(Format::Har)));
    assert!(window.has("Take the request from shop.har (HAR archive)"));
    window.drop_file(&har.path);
    let scenario = window.scenario();
    assert_eq!((scenario.request.method.as_str(), scenario.reply.status), ("PUT", 404));
}

#[test]
fn a_file_is_exported_and_what_it_cannot_say_is_listed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("out.curl");
    let mut window = Window::sample("mask_pii");
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(path.clone()));
    window.does(Command::Export);
    assert_eq!(window.model().overlay, Overlay::Export);
    window.harness.get_by_label("curl command  .curl").click();
    window.settle();
    let again = convert::open(&path, None).expect("it is a command").imported;
    assert_eq!(again.scenarios[0].request.url, window.scenario().request.url);
    assert!(window.has("saved as out.curl") && window.has_part("out.curl: "), "it says of what");
    assert!(window.has_part("not carried over"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 1, "nothing beside it");
    assert_eq!(
        window.scenario(),
        window.model().document.as_ref().map(|open| Scenario::clone(&open.scenario)).expect("it is open")
    );
}

#[test]
fn a_file_is_exported_to_a_typed_path_where_there_are_no_dialogs() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut window = Window::sample("mask_pii");
    window.does(Command::ExportAs(Format::Har));
    let Overlay::TypedPath { purpose, path, .. } = window.model().overlay.clone() else {
        panic!("it asks for a path")
    };
    assert!(path.ends_with(".har"), "{path}");
    assert!(window.has("Path of the file to write"), "it is not about a file to open");
    assert!(!window.has_part("Dropping the file"), "what is not there yet cannot be dropped");
    let path = folder.path().join("out").display().to_string();
    window.does(Command::SetOverlay(Overlay::TypedPath { path, purpose, problem: None }));
    window.does(Command::UseTypedPath);
    assert!(folder.path().join("out.har").is_file());
}

#[test]
fn what_is_exported_and_left_out_can_be_drawn() {
    for (language, name) in [(Command::English, "en"), (Command::SimplifiedChinese, "zh")] {
        for (theme, light) in [(Command::ThemeDark, "dark"), (Command::ThemeLight, "light")] {
            let mut window = Window::sized([900.0, 600.0], Start::Sample);
            window.does(language.clone());
            window.does(theme);
            window.does(Command::Export);
            picture(&mut window.harness, &format!("export-{name}-{light}"));
            window.press(Key::Escape);
            paste(&mut window, &CURL.replace("--cert", "--digest --frobnicate -b jar.txt --cert"));
            picture(&mut window.harness, &format!("imported-{name}-{light}"));
            let show = window.model().notices.iter().filter_map(|notice| notice.action.clone()).next_back();
            window.does(show.expect("what was left out can be shown").1);
            picture(&mut window.harness, &format!("left-out-{name}-{light}"));
        }
    }
    let mut window = Window::sized([1280.0, 800.0], Start::Empty);
    paste(&mut window, "GET /a HTTP/1.1\r\nHost: h.test\r\n\r\n");
    picture(&mut window.harness, "imported-without-filter");
}

#[test]
fn the_module_of_a_pasted_wasm_plugin_is_chosen_and_all_else_stays() {
    let mine = copy_of("mask_pii");
    let mut window = Window::sample("add_headers");
    paste(
        &mut window,
        "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: mask}\n\
         spec:\n  url: https://modules.test/mask.wasm\n  sha256: 77d1\n  pluginConfig: {policy: pasted, rules: [{path: data.name, kind: name}]}\n",
    );
    assert!(window.has("The module that the scenario names is not here"));
    window.dialogs.answers.lock().expect("no test panics with it").push_back(Picked::File(mine.path.clone()));
    assert_eq!(window.focused(), "Choose its module…");
    window.press(Key::Enter);
    window.settle();
    window.wait(0.3);
    assert_eq!(window.trace().outcome.kind(), "finished");
    assert!(window.has_part("x-mask-policy: pasted"), "it has the pasted configuration");
    window.does(Command::Undo);
    assert_eq!(window.scenario().chain[0].sha256, "77d1");
}
