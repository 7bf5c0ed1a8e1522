//! What the controls do, with the keyboard and for a screen reader.

use std::time::{Duration, Instant};

use egui::{Id, Key, Modifiers, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use filterlab::gui::{
    text::{self, Language},
    widgets::{
        BodyEditor, Button, CheckBox, Dropdown, GridHeader, HeaderGrid, LineIndex, ParsedField, Segmented,
        Tab, TabRow, TextField, TextViewer, VirtualList, text_left,
    },
};

use crate::support::{harness, picture};

fn focused<State>(harness: &Harness<'_, State>) -> String {
    let node = harness.root().children_recursive().find(|node| node.accesskit_node().is_focused());
    node.map(|node| {
        let node = node.accesskit_node();
        node.label().or(node.value()).unwrap_or_default()
    })
    .unwrap_or_default()
}

#[test]
fn a_button_that_cannot_be_used_says_why() {
    let mut harness = harness([300.0, 60.0], 0, |ui, clicks: &mut i32| {
        *clicks += i32::from(Button::new("Compare").unavailable(Some("pin a run first")).show(ui).clicked());
        *clicks += 10 * i32::from(Button::new("Run").main().show(ui).clicked());
    });
    harness.run();
    harness.get_by_label("Compare: pin a run first").click();
    harness.run();
    assert_eq!(*harness.state(), 0);
    harness.key_press(Key::Tab);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(*harness.state(), 10, "Tab reaches the usable button, Enter presses it");
}

#[test]
fn tab_leaves_the_body_editor_and_nothing_is_typed() {
    struct State {
        body: String,
        next: bool,
    }
    let state = State { body: "{}".into(), next: false };
    let mut harness = harness([400.0, 300.0], state, |ui, state| {
        BodyEditor::new(Id::unique("body"), "Request body", &mut state.body).show(ui);
        CheckBox::new(&mut state.next, "Live").show(ui);
    });
    harness.run();
    harness.get_by_label("Request body").focus();
    harness.run();
    harness.get_by_label("Request body").type_text("中");
    harness.run();
    assert!(harness.state().body.contains('中'));
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(focused(&harness), "Live");
    assert!(!harness.state().body.contains('\t'));
    harness.key_press(Key::Space);
    harness.run();
    assert!(harness.state().next);
}

struct ListState {
    rows: usize,
    selected: Option<usize>,
    activated: Option<usize>,
}

fn list<'a>(rows: usize) -> Harness<'a, ListState> {
    let state = ListState { rows, selected: None, activated: None };
    harness([400.0, 440.0], state, |ui, state| {
        let output =
            VirtualList::new(Id::unique("calls"), "Host calls", state.rows).selected(state.selected).show(
                ui,
                |row| format!("call {row}"),
                |row| {
                    let text = format!("call {}", row.index);
                    let (font, color) = (row.theme.code(), row.theme.colors.text);
                    text_left(row.painter, row.rect.left() + 8.0, row.rect.center().y, text, font, color);
                },
            );
        state.selected = output.selected.or(state.selected);
        state.activated = output.activated.or(state.activated);
    })
}

#[test]
fn a_list_is_one_stop_for_the_keyboard_and_its_rows_say_where_they_are() {
    let mut harness = list(10_000);
    harness.run();
    let rows = harness
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == Role::ListBoxOption);
    assert!(rows.count() < 30, "only visible rows exist");
    harness.get_by_label("call 11, row 12 of 10,000");

    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(focused(&harness), "Host calls, 10,000 rows");
    let mut press = |key| {
        harness.key_press(key);
        harness.run();
        harness.state().selected
    };
    assert_eq!(press(Key::ArrowDown), Some(0));
    assert_eq!(press(Key::ArrowDown), Some(1));
    let page = press(Key::PageDown).expect("a row");
    assert!((15..=21).contains(&page), "{page}");
    assert_eq!(press(Key::End), Some(9_999));
    assert_eq!(press(Key::ArrowDown), Some(9_999));
    harness.get_by_label("call 9999, row 10,000 of 10,000");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().activated, Some(9_999));
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(harness.state().selected, Some(0));
    assert_eq!(
        focused(&harness),
        "call 0, row 1 of 10,000",
        "the list keeps the keyboard and its row is spoken"
    );
}

#[test]
fn a_click_selects_the_row_under_it() {
    let mut harness = list(50);
    harness.run();
    harness.get_by_label("call 3, row 4 of 50").click();
    harness.run();
    assert_eq!(harness.state().selected, Some(3));
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().selected, Some(4), "the click gave the list the keyboard");
}

#[test]
fn a_frame_costs_the_same_for_a_hundred_rows_and_for_two_hundred_thousand() {
    let time = |rows| {
        let mut harness = list(rows);
        harness.run();
        harness.key_press(Key::Tab);
        harness.key_press(Key::End);
        harness.run();
        let start = Instant::now();
        for _ in 0..20 {
            harness.step();
        }
        start.elapsed()
    };
    let (few, many) = (time(100), time(200_000));
    assert!(many < few * 3 + Duration::from_millis(20), "{few:?} for 100 rows, {many:?} for 200,000");
}

#[test]
fn headers_are_edited_with_the_keyboard_alone() {
    let header = |name: &str, value: &str| GridHeader {
        on: true,
        name: name.into(),
        value: value.into(),
        masked: None,
    };
    let state = vec![header("accept", "*/*"), header("x-user", "张三"), header("x-user", "李四")];
    let id = Id::unique("request headers");
    let mut harness = harness([320.0, 200.0], state, move |ui, headers: &mut Vec<GridHeader>| {
        let output = HeaderGrid::new(id, headers).show(ui);
        if output.wants_row {
            headers.push(GridHeader { on: true, ..GridHeader::default() });
            HeaderGrid::edit_name(ui.ctx(), id, headers.len() - 1);
        }
    });
    harness.run();
    let press = |harness: &mut Harness<'_, Vec<GridHeader>>, key| {
        harness.key_press(key);
        harness.run();
    };
    let order = |harness: &Harness<'_, Vec<GridHeader>>| {
        harness.state().iter().map(|header| header.value.clone()).collect::<Vec<_>>()
    };
    press(&mut harness, Key::Tab);
    assert_eq!(focused(&harness), "Send accept");
    press(&mut harness, Key::Space);
    assert!(!harness.state()[0].on);
    press(&mut harness, Key::Tab);
    assert_eq!(focused(&harness), "Name of header 1");
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    harness.run();
    assert_eq!(order(&harness), ["张三", "*/*", "李四"]);
    assert_eq!(focused(&harness), "Name of header 2", "the keyboard follows the row");

    press(&mut harness, Key::Tab);
    assert_eq!(focused(&harness), "Value of accept");
    press(&mut harness, Key::Enter);
    harness.event(egui::Event::Text("text/html".into()));
    harness.run();
    assert!(harness.state()[1].value.contains("text/html"), "{:?}", harness.state()[1]);
    press(&mut harness, Key::Escape);
    assert_eq!(focused(&harness), "Value of accept", "Esc leaves the field and stays on the cell");
}

#[test]
fn enter_walks_the_grid_and_asks_for_a_row_at_its_end() {
    let state = vec![GridHeader { on: true, name: "accept".into(), value: "*/*".into(), masked: None }];
    let id = Id::unique("request headers");
    let mut harness = harness([320.0, 200.0], state, move |ui, headers: &mut Vec<GridHeader>| {
        let output = HeaderGrid::new(id, headers).show(ui);
        if output.wants_row {
            headers.push(GridHeader { on: true, ..GridHeader::default() });
            HeaderGrid::edit_name(ui.ctx(), id, headers.len() - 1);
        }
    });
    harness.run();
    harness.get_by_label("Value of accept").click();
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.event(egui::Event::Text("x-new".into()));
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.event(egui::Event::Text("1".into()));
    harness.run();
    assert_eq!(harness.state().len(), 2);
    assert_eq!((harness.state()[1].name.as_str(), harness.state()[1].value.as_str()), ("x-new", "1"));
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Delete);
    harness.run();
    assert_eq!(harness.state().len(), 1);
}

#[test]
fn hidden_values_are_neither_shown_nor_spoken_until_they_are_edited() {
    let state = vec![GridHeader {
        on: true,
        name: "authorization".into(),
        value: "Bearer s3cret".into(),
        masked: Some("Bearer ••••••••".into()),
    }];
    let mut harness = harness([320.0, 100.0], state, |ui, headers: &mut Vec<GridHeader>| {
        HeaderGrid::new(Id::unique("headers"), headers).show(ui);
    });
    harness.run();
    let shows_secret = |harness: &Harness<'_, Vec<GridHeader>>| {
        harness.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            node.value().is_some_and(|value| value.contains("s3cret"))
                || node.label().is_some_and(|label| label.contains("s3cret"))
        })
    };
    assert!(!shows_secret(&harness));
    harness.get_by_label("Value of authorization").click();
    harness.run();
    assert!(shows_secret(&harness), "who edits a value must see it");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(!shows_secret(&harness));
}

#[test]
fn a_value_that_cannot_be_read_keeps_the_old_one_and_says_why() {
    let wrong = "Write a time such as 12 ms or 1.5 s";
    let mut harness = harness([300.0, 60.0], Duration::from_millis(12), move |ui, delay: &mut Duration| {
        ParsedField::duration(Id::unique("delay"), delay, "Delay", wrong).show(ui);
    });
    harness.run();
    harness.get_by_label("Delay").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("soon".into()));
    harness.run();
    assert_eq!(*harness.state(), Duration::from_millis(12));
    harness.get_by_label(&format!("Delay: {wrong}"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.event(egui::Event::Text("1.5 s".into()));
    harness.run();
    assert_eq!(*harness.state(), Duration::from_millis(1500));
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.get_by_label("Delay").value().as_deref(), Some("1.5 s"));
}

#[test]
fn switches_tabs_and_dropdowns_work_from_the_keyboard() {
    let mut harness = harness([500.0, 300.0], [0_usize; 3], |ui, chosen: &mut [usize; 3]| {
        let tabs = [
            Tab { count: Some("10".into()), digit: Some("5".into()), ..Tab::new("Changes") },
            Tab { digit: Some("6".into()), ..Tab::new("Timeline") },
        ];
        chosen[0] = TabRow::new(&tabs, Some(chosen[0])).show(ui).unwrap_or(chosen[0]);
        chosen[1] = Segmented::new("Scale", &["Time", "Steps"], chosen[1]).show(ui).unwrap_or(chosen[1]);
        chosen[2] =
            Dropdown::new("Kind of body", &["JSON", "Text", "Hex"], chosen[2]).show(ui).unwrap_or(chosen[2]);
    });
    harness.run();
    let place = harness.get_by_label("Timeline").rect();
    harness.event(egui::Event::ModifiersChanged(Modifiers::COMMAND | Modifiers::CTRL));
    harness.run();
    assert_eq!(harness.get_by_label("Timeline").rect(), place, "key caps move nothing");
    picture(&mut harness, "tabs-with-ctrl");
    harness.event(egui::Event::ModifiersChanged(Modifiers::NONE));
    harness.run();

    let tab_to = |harness: &mut Harness<'_, [usize; 3]>, name: &str| {
        for _ in 0..10 {
            harness.key_press(Key::Tab);
            harness.run();
            if focused(harness) == name {
                return;
            }
        }
        panic!("Tab does not reach {name}");
    };
    tab_to(&mut harness, "Timeline");
    harness.key_press(Key::Enter);
    harness.run();
    tab_to(&mut harness, "Steps");
    harness.key_press(Key::Space);
    harness.run();
    tab_to(&mut harness, "Kind of body");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(focused(&harness), "JSON", "the present choice has the keyboard");
    picture(&mut harness, "dropdown");
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(*harness.state(), [1, 1, 1]);
    assert_eq!(focused(&harness), "Kind of body", "and gives it back");
}

#[test]
fn ten_megabytes_are_shown_at_once() {
    let text: Vec<u8> =
        (0..400_000).flat_map(|line| format!("{{\"line\": {line}}},\n").into_bytes()).collect();
    let index = LineIndex::new(&text);
    let mut harness = harness([600.0, 400.0], (text, index), |ui, (text, index)| {
        TextViewer::new(Id::unique("viewer"), "Response body", text, index).show(ui);
    });
    harness.run();
    harness.get_by_label_contains("line 3 of 400,001");
    let start = Instant::now();
    for _ in 0..10 {
        harness.step();
    }
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?} for ten frames", start.elapsed());
    picture(&mut harness, "viewer");
}

#[test]
fn the_language_changes_while_the_window_is_open() {
    let mut harness = harness([300.0, 100.0], String::new(), |ui, name: &mut String| {
        let texts = text::of(ui.ctx());
        TextField::new(name, texts.message.url()).hint(texts.message.url_hint()).show(ui);
        Button::new(texts.frame.run()).main().show(ui);
    });
    harness.run();
    harness.get_by_label("Run");
    text::apply(&harness.ctx, Language::SimplifiedChinese);
    harness.run();
    harness.get_by_label("运行");
}
