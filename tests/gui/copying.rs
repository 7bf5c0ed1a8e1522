//! What is put on the clipboard, and that it does what it says.

use egui::{Event, Key, Modifiers, OutputCommand};
use egui_kittest::kittest::Queryable;
use filterlab::cli;
use filterlab::gui::{commands::Command, shell::Start};
use filterlab::scenario::HeaderLine;
use filterlab::view::Language;

use crate::filters::filter;
use crate::window::Window;

/// What a command copies; `None`: nothing.
fn copied(window: &mut Window, command: Command) -> Option<String> {
    let ctx = window.harness.ctx.clone();
    window.shell().apply(command, &ctx);
    next_copied(window)
}

/// What is copied in the next few frames.
fn next_copied(window: &mut Window) -> Option<String> {
    let mut copied = None;
    for _ in 0..4 {
        window.harness.step();
        for command in &window.harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    window.settle();
    copied
}

/// What a shell takes a line for.
fn words(line: &str) -> Vec<String> {
    let script = format!("filterlab() {{ printf '%s\\0' filterlab \"$@\"; }}\n{line}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("the line is text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// What the program prints for a copied line, as JSON.
fn printed(line: &str) -> String {
    use clap::Parser;
    let words = words(line);
    assert_eq!(words[0], "filterlab");
    let cli =
        cli::Cli::try_parse_from(words.into_iter().chain(["--json".into()])).expect("the line is right");
    let Some(cli::Command::Run(options)) = cli.command else { panic!("it runs something: {line}") };
    let printed = cli::run(&options).unwrap_or_else(|error| panic!("{line}: {error}"));
    String::from_utf8(printed.out).expect("it is text")
}

/// The copied line makes the run that the window shows.
fn assert_same_run(window: &mut Window, expected: &str) {
    let line = copied(window, Command::CopyCommandLine).expect("there is a line");
    assert_eq!(line, expected);
    let json = copied(window, Command::CopyJson).expect("there is a run");
    assert_eq!(printed(&line), json, "{line}");
}

fn edit(window: &mut Window, change: impl FnOnce(&mut filterlab::scenario::Scenario)) {
    let mut scenario = window.scenario();
    change(&mut scenario);
    window.does(Command::Edit(Box::new(scenario), false));
    window.does(Command::Run);
}

#[test]
fn statement_24_the_request_is_copied_as_curl() {
    let mut window = Window::sample("mask_pii");
    let line = copied(&mut window, Command::CopyCurl).expect("there is a request");
    assert!(line.starts_with("curl https://") && line.contains(" -H 'accept: application/json'"), "{line}");
    // Ctrl+Shift+C does it, too.
    let modifiers = Modifiers { ctrl: true, command: true, shift: true, ..Modifiers::NONE };
    let key = Event::Key { key: Key::C, physical_key: None, pressed: true, repeat: false, modifiers };
    // Straight into the next frame: the harness would give the release a frame of its own.
    window.harness.input_mut().events.push(key);
    assert_eq!(next_copied(&mut window), Some(line), "the key copies the same");
    assert!(window.has_part("Request as curl copied"));

    edit(&mut window, |scenario| {
        scenario.request.headers = vec![HeaderLine::new("authorization", "Bearer s3cret")];
    });
    let masked = copied(&mut window, Command::CopyCurl).expect("there is a request");
    assert!(masked.contains("Bearer ••••••••") && !masked.contains("s3cret"), "{masked}");
    assert!(window.has("Request as curl copied, secrets masked"));
    window.does(Command::ToggleMask);
    assert!(copied(&mut window, Command::CopyCurl).is_some_and(|text| text.contains("s3cret")));
    let http = copied(&mut window, Command::CopyHttp).expect("there is a request");
    assert!(http.starts_with("GET /") && http.contains("\r\nauthorization: Bearer s3cret\r\n"), "{http}");
}

#[test]
fn statement_24_the_command_line_of_a_sample_makes_the_same_run() {
    assert_same_run(&mut Window::sample("mask_pii"), "filterlab run sample:mask_pii");
    let mut window = Window::new(Start::Path("sample:access_check/forbidden".into()));
    assert_same_run(&mut window, "filterlab run sample:access_check/forbidden");
}

#[test]
fn statement_24_edits_that_have_options_are_in_the_command_line() {
    let mut window = Window::sample("mask_pii");
    edit(&mut window, |scenario| {
        scenario.request.method = "POST".into();
        scenario.request.url = "https://api.example.com/用户?a='b'&c=$d".into();
        scenario.request.headers.push(HeaderLine::new("x-user", "张三 \"x\""));
        scenario.request.body = "@a\n'b' 张".into();
        scenario.reply.status = 404;
        scenario.chain[0].plugin_config = "{\"rules\": []}".into();
    });
    let line = copied(&mut window, Command::CopyCommandLine).expect("options can say all of it");
    assert!(line.starts_with("filterlab run sample:mask_pii --method=POST "), "{line}");
    let json = copied(&mut window, Command::CopyJson).expect("there is a run");
    assert_eq!(printed(&line), json, "{line}");
}

#[test]
fn statement_24_a_filter_and_a_scenario_file_have_their_lines() {
    let note = filter(
        "it's a filter.wasm",
        r#"(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))"#,
    );
    let mut window = Window::new(Start::Path(note.path.clone()));
    let line = copied(&mut window, Command::CopyCommandLine).expect("options can say the first request");
    assert!(line.contains("'\\''") && line.contains(" '--header=accept: "), "{line}");
    let json = copied(&mut window, Command::CopyJson).expect("there is a run");
    assert_eq!(printed(&line), json, "{line}");

    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("mine.scenario.json");
    let mut window = Window::sample("mask_pii");
    window
        .dialogs
        .answers
        .lock()
        .expect("no test panics with it")
        .push_back(filterlab::gui::dialogs::Picked::File(file.clone()));
    edit(&mut window, |scenario| scenario.reply.delay_ms = 77);
    window.does(Command::SaveAs);
    window.does(Command::Run);
    assert_same_run(&mut window, &format!("filterlab run {}", file.display()));
}

#[test]
fn statement_24_what_no_option_says_has_to_be_saved_first() {
    let mut window = Window::sample("mask_pii");
    edit(&mut window, |scenario| scenario.reply.delay_ms = 77);
    assert_eq!(copied(&mut window, Command::CopyCommandLine), None);
    assert!(window.has("These edits have no command line. Save the scenario, then copy again"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("mine.scenario.json");
    window
        .dialogs
        .answers
        .lock()
        .expect("no test panics with it")
        .push_back(filterlab::gui::dialogs::Picked::File(file.clone()));
    window.harness.get_by_label("Save scenario").click();
    window.settle();
    assert!(file.exists(), "the notice offers to save");
    assert!(copied(&mut window, Command::CopyCommandLine).is_some());
}

#[test]
fn the_story_is_copied_in_the_language_of_the_window_and_with_its_mask() {
    let mut window = Window::sample("access_check");
    let text = copied(&mut window, Command::CopyStory).expect("there is a run");
    assert!(text.contains("Removed `authorization`") && text.contains("Bearer ••••••••"), "{text}");
    assert!(window.has("Story copied, secrets masked"));
    window.does(Command::SimplifiedChinese);
    assert!(
        copied(&mut window, Command::CopyStory).is_some_and(|text| text.contains("删除 `authorization`"))
    );
    window.does(Command::English);
    // The button beside the story does the same.
    window.harness.get_by_label("Copy the story").click();
    window.harness.run_steps(2);
    window.settle();
    assert!(window.has_part("Story copied"));
}

#[test]
fn a_long_story_is_cut_and_unfolds_with_the_keyboard() {
    let mut window = Window::sample("mask_pii");
    let run = window.model().runs.current.clone().expect("there is a result");
    let whole = run.story(Language::English).as_str().to_owned();
    assert!(window.has(&whole), "a screen reader hears all of it");
    let height = |window: &Window| window.harness.get_by_label(&whole).rect().height();
    let one_line = height(&window);
    window.focus("Show the whole story");
    window.press(Key::Enter);
    assert!(window.model().view.story_unfolded);
    assert!(height(&window) > 1.8 * one_line, "{} and {one_line}", height(&window));
    window.focus("Show one line of the story");
    window.press(Key::Enter);
    assert_eq!(height(&window), one_line);
}
