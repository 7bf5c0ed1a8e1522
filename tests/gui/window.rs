//! The whole window in a harness: a shell with dialogs of our own, no settings file, and a worker that is waited for.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};

use egui::{Context, Key, Modifiers, accesskit};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use filterlab::gui::{
    commands::Command,
    dialogs::{Dialogs, Picked, Purpose},
    keeping::Keeping,
    settings::SettingsFile,
    shell::{Shell, Start},
};
use filterlab::{
    abi::Callback,
    scenario::Scenario,
    trace::{EventId, EventKind, Trace},
};

use crate::soft_renderer::SoftRenderer;

/// Dialogs that answer what a test put in.
#[derive(Clone, Default)]
pub struct FakeDialogs {
    pub answers: Arc<Mutex<VecDeque<Picked>>>,
    shown: Arc<Mutex<Option<Purpose>>>,
}

impl Dialogs for FakeDialogs {
    fn show(&mut self, purpose: Purpose, wake: Box<dyn Fn() + Send>) {
        *self.shown.lock().expect("no test panics with it") = Some(purpose);
        wake();
    }

    fn poll(&mut self) -> Option<(Purpose, Picked)> {
        let purpose = self.shown.lock().expect("no test panics with it").take()?;
        let answer = self.answers.lock().expect("no test panics with it").pop_front();
        Some((purpose, answer.unwrap_or(Picked::Unavailable)))
    }
}

/// Seconds of egui's clock between two frames.
pub const FRAME: f32 = 0.02;

/// The window and what a person does with it.
pub struct Window {
    pub harness: Harness<'static, Option<Shell>>,
    pub dialogs: FakeDialogs,
}

impl Window {
    /// An English, dark window of 1280 × 800.
    pub fn new(start: Start) -> Self {
        Self::sized([1280.0, 800.0], start)
    }

    pub fn sized(size: [f32; 2], start: Start) -> Self {
        Self::made(size, start, |ctx, start, dialogs| {
            let mut shell = shell(ctx, start, SettingsFile::nowhere(), Keeping::nowhere(), dialogs);
            for command in [Command::English, Command::ThemeDark, Command::ToggleReducedMotion] {
                shell.apply(command, ctx);
            }
            shell.model.settings.recent_commands.clear();
            shell
        })
    }

    /// A window that begins with what is in a settings file, and keeps its settings there.
    pub fn kept_at(settings: &Path, start: Start) -> Self {
        let settings = settings.to_owned();
        Self::made([1280.0, 800.0], start, move |ctx, start, dialogs| {
            shell(ctx, start, SettingsFile::at(settings.clone()), Keeping::nowhere(), dialogs)
        })
    }

    /// A window that keeps settings and session below a folder, and begins with what is there.
    pub fn at_home(home: &Path, start: Start) -> Self {
        let home = home.to_owned();
        Self::made([1280.0, 800.0], start, move |ctx, start, dialogs| {
            let settings = SettingsFile::at(home.join("settings.json"));
            let mut shell = shell(ctx, start, settings, Keeping::at(home.join("sessions")), dialogs);
            shell.apply(Command::English, ctx);
            shell
        })
    }

    fn made(
        size: [f32; 2],
        start: Start,
        make: impl Fn(&Context, Start, FakeDialogs) -> Shell + 'static,
    ) -> Self {
        let dialogs = FakeDialogs::default();
        let given = dialogs.clone();
        let harness = Harness::builder()
            .with_size(size)
            .with_step_dt(FRAME)
            .with_max_steps(16)
            .with_os(egui::os::OperatingSystem::Nix)
            .renderer(SoftRenderer::default())
            // The fonts must be there in the first frame.
            .with_context_setup(filterlab::gui::theme::install)
            .build_ui_state(
                move |ui, shell: &mut Option<Shell>| match shell {
                    Some(shell) => {
                        // The harness leaves a margin around its contents, a window has none.
                        let window = ui.ctx().content_rect();
                        let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(window));
                        whole.set_clip_rect(window);
                        shell.frame(&mut whole);
                    }
                    None => *shell = Some(make(ui.ctx(), start.clone(), given.clone())),
                },
                None,
            );
        let mut window = Self { harness, dialogs };
        window.settle();
        window
    }

    /// The sample with that id, open and run.
    pub fn sample(id: &str) -> Self {
        let mut window = Self::new(Start::Empty);
        window.does(Command::OpenSample(id.to_owned()));
        window
    }

    pub fn shell(&mut self) -> &mut Shell {
        self.harness.state_mut().as_mut().expect("it is made in the first frame")
    }

    pub fn model(&self) -> &filterlab::gui::model::Model {
        &self.harness.state().as_ref().expect("it is made in the first frame").model
    }

    /// Frames until nothing moves, no file is being read and no run is under way.
    pub fn settle(&mut self) {
        self.harness.run();
        loop {
            let model = &mut self.shell().model;
            let is_done = !(model.reading.wait()
                || model.looking.wait()
                || model.saving.wait()
                || model.converting.wait()
                || model.sharing.wait());
            if is_done && !(model.keeping.wait() || model.runs.wait()) {
                break;
            }
            self.harness.run();
        }
    }

    /// Carries a command out, as a button would.
    pub fn does(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.shell().apply(command, &ctx);
        self.settle();
    }

    /// The scenario as it is edited now.
    pub fn scenario(&self) -> Scenario {
        (*self.model().document.as_ref().expect("something is open").scenario).clone()
    }

    /// The run that is shown.
    pub fn trace(&self) -> &Trace {
        &self.model().runs.current.as_ref().expect("there is a result").trace
    }

    /// Its number.
    pub fn run_number(&self) -> u64 {
        self.model().runs.current.as_ref().expect("there is a result").number
    }

    /// The scenario that it ran.
    pub fn ran(&self) -> &Scenario {
        &self.model().runs.current.as_ref().expect("there is a result").scenario
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn press_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// What a keyboard sends for text.
    pub fn types(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run();
    }

    /// Lets the clock run for that many seconds.
    pub fn wait(&mut self, seconds: f32) {
        self.harness.run_steps((seconds / FRAME).ceil() as usize);
        self.settle();
    }

    /// Replaces the text of the field that has the keyboard.
    pub fn replaces(&mut self, text: &str) {
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.types(text);
    }

    /// Gives the keyboard to the control of that name.
    pub fn focus(&mut self, name: &str) {
        let nodes: Vec<_> = self.harness.query_all_by_label(name).collect();
        let control =
            nodes.iter().find(|node| node.accesskit_node().data().supports_action(accesskit::Action::Focus));
        control.unwrap_or_else(|| panic!("there is no control {name}")).focus();
        self.harness.run();
    }

    /// A click with the pointer in the middle of the control of that name: press and release in frames of their own, as a
    /// hand does it.
    pub fn clicks(&mut self, name: &str) {
        let place = self.harness.query_all_by_label(name).next().map(|node| node.rect().center());
        let pos = place.unwrap_or_else(|| panic!("there is no control {name}"));
        self.harness.event(egui::Event::PointerMoved(pos));
        self.harness.step();
        for pressed in [true, false] {
            self.harness.event(egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            self.harness.step();
        }
        self.settle();
    }

    /// Turns the wheel over a place, by so many points; negative: downwards.
    pub fn scrolls(&mut self, place: egui::Pos2, points: f32) {
        self.harness.event(egui::Event::PointerMoved(place));
        self.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::Vec2::new(0.0, points),
            modifiers: egui::Modifiers::NONE,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
        });
        self.settle();
    }

    /// A click on the row of a list that says this.
    pub fn clicks_row(&mut self, part: &str) {
        let name = self.harness.query_all_by_label_contains(part).next();
        let name = name.and_then(|node| node.accesskit_node().label());
        self.clicks(&name.unwrap_or_else(|| panic!("there is no row {part}")));
    }

    /// The first callback of a kind in the run.
    pub fn callback(&self, wanted: Callback) -> EventId {
        let mut callbacks = self.trace().callbacks();
        let found = callbacks.find(
            |(_, event)| matches!(event.kind, EventKind::Callback { callback, .. } if callback == wanted),
        );
        found.expect("it was called").0
    }

    /// The accessible name of what has the keyboard; empty: nothing has it.
    pub fn focused(&self) -> String {
        self.focused_node().map(|(_, name)| name).unwrap_or_default()
    }

    /// The control that has the keyboard, and what is spoken of it: of a list, the row that is chosen in it.
    pub fn focused_node(&self) -> Option<(accesskit::NodeId, String)> {
        let control = self.harness.ctx.memory(|memory| memory.focused())?.accesskit_id();
        let all = self.harness.root().children_recursive();
        let node = all.map(|node| node.accesskit_node()).find(|node| node.is_focused())?;
        Some((control, node.label().or(node.value()).unwrap_or_default()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    pub fn has_part(&self, name: &str) -> bool {
        self.harness.query_all_by_label_contains(name).next().is_some()
    }

    pub fn hover_file(&mut self, path: &Path) {
        self.hover_files(&[path]);
    }

    pub fn hover_files(&mut self, paths: &[&Path]) {
        let hovered = |path: &&Path| egui::HoveredFile {
            path: Some((*path).to_owned()),
            ..egui::HoveredFile::default()
        };
        self.harness.input_mut().hovered_files = paths.iter().map(hovered).collect();
        self.harness.step();
        while self.shell().model.looking.wait() {}
        self.harness.step();
    }

    pub fn drop_file(&mut self, path: &Path) {
        self.drop_files(&[path]);
    }

    pub fn drop_files(&mut self, paths: &[&Path]) {
        self.harness.input_mut().hovered_files.clear();
        let dropped = paths.iter().map(|path| Arc::new(Dropped((*path).to_owned())) as _);
        self.harness.input_mut().dropped_files = dropped.collect();
        self.harness.step();
        self.harness.input_mut().dropped_files.clear();
        self.settle();
    }
}

fn shell(
    ctx: &Context,
    start: Start,
    settings: SettingsFile,
    keeping: Keeping,
    dialogs: FakeDialogs,
) -> Shell {
    Shell::new(ctx, start, settings, keeping, Box::new(dialogs)).expect("a thread can be started")
}

#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
