//! Every control of the left panel edits the scenario in one step that is undone and redone from anywhere.

use egui::{Key, Modifiers, accesskit::Action, accesskit::Role};
use egui_kittest::kittest::NodeT;
use filterlab::gui::{commands::Command, shell::Start};
use filterlab::scenario::{FailurePolicy, HeaderLine, Scenario, Then};

use crate::window::Window;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
/// The tabs, each with another one.
const TABS: [(Command, Command); 4] = [
    (Command::ShowRequest, Command::ShowResponse),
    (Command::ShowResponse, Command::ShowConfig),
    (Command::ShowConfig, Command::ShowEnvironment),
    (Command::ShowEnvironment, Command::ShowRequest),
];

/// A control of the left panel: its role, its name, and which of that name it is.
#[derive(Clone, Debug, PartialEq)]
struct Control {
    role: Role,
    name: String,
    turn: usize,
}

/// A window that is high enough for all controls, with something in every list.
fn full() -> Window {
    let mut window = Window::sized([1280.0, 2600.0], Start::Sample);
    window.does(Command::ToggleLive);
    let mut scenario = window.scenario();
    scenario.request.method = "POST".into();
    scenario.request.body = "{\"a\": 1}".into();
    scenario.request.trailers = vec![HeaderLine::new("x-sum", "1")];
    scenario.reply.trailers = vec![HeaderLine::new("x-sum", "2")];
    scenario.chain[0].env.insert("REGION".into(), "eu".into());
    scenario.chain[0].failure_policy = Some(FailurePolicy::FailReload);
    scenario.chain.push(scenario.chain[0].clone());
    scenario.then = vec![Then { wait_ms: 5, ..Then::default() }, Then::default()];
    scenario.callouts = serde_json::from_str(MOCKS).expect("they are mocks");
    scenario.properties = serde_json::from_str(r#"{"request.size":5,"own":"text"}"#).expect("they are right");
    window.does(Command::Edit(Box::new(scenario), false));
    window
}

const MOCKS: &str = r#"[{"upstream":"auth","method":"GET","headers":[["x-a","1"]],"answers":[
    {"status":403,"messages":["a"],"headers":[["x-b","2"]],"trailers":[["x-c","3"]],"body":"b"},{}]},
    {"upstream":"users"}]"#;

/// They lead somewhere, or ask for something first, and edit nothing by themselves.
const NO_EDITS: [&str; 3] = ["What to do with the module", "Show in the run", "Reply to"];

fn controls(window: &Window) -> Vec<Control> {
    let mut found: Vec<Control> = Vec::new();
    for node in window.harness.root().children_recursive().map(|node| node.accesskit_node()) {
        let in_panel = node.raw_bounds().is_some_and(|bounds| bounds.x1 < 330.0 && bounds.y0 > 74.0);
        let takes_keyboard = node.data().supports_action(Action::Focus) && !node.is_disabled();
        if !in_panel || !takes_keyboard {
            continue;
        }
        let name = node.label().unwrap_or_default();
        let turn = found.iter().filter(|other| other.name == name && other.role == node.role()).count();
        found.push(Control { role: node.role(), name, turn });
    }
    found
}

fn focus(window: &mut Window, control: &Control) {
    let all: Vec<_> = window
        .harness
        .root()
        .children_recursive()
        .filter(|node| {
            let node = node.accesskit_node();
            // A field with something wrong in it says so after its name.
            let label = node.label().unwrap_or_default();
            let rest = label.strip_prefix(control.name.as_str());
            node.role() == control.role && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        })
        .collect();
    all.get(control.turn).unwrap_or_else(|| panic!("{control:?} is gone")).focus();
    drop(all);
    window.harness.run();
}

/// Unfolds what is folded, so that all controls are there.
fn unfold(window: &mut Window) {
    while let Some(folded) = controls(window).into_iter().find(|control| control.name.starts_with("Unfold "))
    {
        focus(window, &folded);
        window.press(Key::Enter);
    }
}

/// Uses a control in the ways that there are for its kind until the scenario is another one.
fn edit(window: &mut Window, control: &Control, before: &Scenario) {
    let is_done = |window: &Window| window.scenario() != *before;
    let in_grid = control.name.starts_with("Name of ") || control.name.starts_with("Value of ");
    match control.role {
        Role::TextInput | Role::MultilineTextInput => {
            // What is right for one field is wrong for another, and then it is not taken.
            for text in ["7", "x-7", "404", "2027-01-01T00:00:00Z", "{\"b\": 2}"] {
                focus(window, control);
                if in_grid && !window.harness.ctx.text_edit_focused() {
                    window.press(Key::Enter);
                }
                window.replaces(text);
                window.press(Key::Escape);
                if is_done(window) {
                    return;
                }
            }
        }
        Role::CheckBox => {
            focus(window, control);
            window.press(Key::Space);
        }
        Role::ListBox => {
            focus(window, control);
            for key in [Key::ArrowDown, Key::ArrowUp] {
                window.press_with(Modifiers::ALT, key);
            }
            if !is_done(window) {
                window.press(Key::Delete);
            }
        }
        Role::RadioButton | Role::Link => {
            focus(window, control);
            window.press(Key::Enter);
        }
        Role::ComboBox => choose(window, control, before),
        Role::Button if control.name.starts_with("Choose: ") => choose(window, control, before),
        Role::Button => {
            focus(window, control);
            window.press(Key::Enter);
            window.types("x-new");
            window.press(Key::Escape);
        }
        role => panic!("nobody has said how to use {role:?}, {}", control.name),
    }
}

fn choose(window: &mut Window, control: &Control, before: &Scenario) {
    for key in [Key::ArrowDown, Key::ArrowUp] {
        for steps in 1..=3 {
            focus(window, control);
            window.press(Key::Enter);
            for _ in 0..steps {
                window.press(key);
            }
            window.press(Key::Enter);
            if window.scenario() != *before {
                return;
            }
        }
    }
}

#[test]
fn statement_08_every_edit_is_undone_and_redone_from_another_tab() {
    let mut window = full();
    let mut edited = Vec::new();
    for (tab, other) in TABS {
        window.does(tab.clone());
        unfold(&mut window);
        for control in controls(&window) {
            // It folds a section, which is no edit.
            let leads = NO_EDITS.iter().any(|name| control.name.starts_with(name));
            if leads || control.name.starts_with("Fold ") || control.name == "Request whose reply is edited" {
                continue;
            }
            let before = window.scenario();
            edit(&mut window, &control, &before);
            let after = window.scenario();
            assert_ne!(after, before, "{tab:?}: {control:?} edits nothing");
            window.does(other.clone());
            // The next edit is not joined to this one.
            window.wait(1.1);
            // A new line is there before it has a name, and a property with one that is typed over; a variable is not.
            let has_name = [" header", " trailer", " metadata", "property"]
                .iter()
                .any(|kind| control.name.contains(kind));
            let is_line = control.name.starts_with("Add ") && has_name;
            let steps = if is_line { 2 } else { 1 };
            for _ in 0..steps {
                assert_ne!(window.scenario(), before, "{tab:?}: {control:?} is {steps} steps back");
                window.press_with(CTRL, Key::Z);
            }
            assert_eq!(window.scenario(), before, "{tab:?}: {control:?} is {steps} steps back");
            for _ in 0..steps {
                window.press_with(Modifiers { shift: true, ..CTRL }, Key::Z);
            }
            assert_eq!(window.scenario(), after, "{tab:?}: {control:?} is {steps} steps forward");
            for _ in 0..steps {
                window.press_with(CTRL, Key::Z);
            }
            assert_eq!(window.scenario(), before);
            window.does(tab.clone());
            unfold(&mut window);
            edited.push(control.name);
        }
    }
    for name in [
        "Method",
        "URL",
        "Response body",
        "Status",
        "VM configuration",
        "Root id",
        "Add a variable",
        "What the upstream does",
        "Add a metadata entry",
        "Add a name that resolves",
    ] {
        assert!(edited.iter().any(|edited| edited == name), "{name} was not among {edited:?}");
    }
    assert!(edited.len() > 60, "{} controls are not all: {edited:?}", edited.len());
}

#[test]
fn statement_08_a_removed_line_comes_back_in_its_place() {
    let mut window = full();
    let lists = [
        (Command::ShowRequest, "Value of accept"),
        (Command::ShowResponse, "Value of cache-control"),
        (Command::ShowConfig, "Value of REGION"),
    ];
    for (tab, cell) in lists {
        window.does(tab.clone());
        unfold(&mut window);
        let before = window.scenario();
        window.focus(cell);
        window.press(Key::Delete);
        let after = window.scenario();
        assert_ne!(after, before, "{cell}: Delete takes the line away");
        window.does(Command::ShowEnvironment);
        window.press_with(CTRL, Key::Z);
        assert_eq!(window.scenario(), before, "{cell}");
        window.press_with(Modifiers { shift: true, ..CTRL }, Key::Z);
        assert_eq!(window.scenario(), after, "{cell}");
        window.press_with(CTRL, Key::Z);
    }
}

#[test]
fn an_offer_to_undo_ends_when_its_edit_is_not_the_last_step_in_front() {
    let edit = |window: &mut Window| {
        let mut scenario = window.scenario();
        scenario.request.url.push_str("/later");
        window.does(Command::Edit(Box::new(scenario), false));
    };
    let mut window = Window::sample("mask_pii");
    edit(&mut window);
    let before = window.scenario();
    let later: [fn(&mut Window); 3] = [
        |window| window.press_with(CTRL, Key::Z),
        |window| window.does(Command::OpenSample("add_headers".into())),
        |window| window.does(Command::ToggleLive),
    ];
    for (case, later) in later.into_iter().enumerate() {
        window.does(Command::UseTemplate(0));
        assert_ne!(window.scenario(), before);
        assert!(window.model().notices.iter().any(|notice| notice.edit.is_some()), "it is offered");
        later(&mut window);
        assert_eq!(window.model().notices.iter().any(|notice| notice.edit.is_some()), case == 2);
        if case == 1 {
            window.does(Command::ShowTab(0));
            window.does(Command::Undo);
        }
    }
    edit(&mut window);
    assert!(window.model().notices.iter().all(|notice| notice.edit.is_none()), "another edit came after it");
}
