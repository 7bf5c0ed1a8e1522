//! A window without a screen, for figures.

use egui::{Context, Event, Pos2, RawInput, Rect, Vec2};
use filterlab::gui::commands::Command;
use filterlab::gui::dialogs::{Dialogs, Picked, Purpose};
use filterlab::gui::keeping::Keeping;
use filterlab::gui::settings::SettingsFile;
use filterlab::gui::shell::{Shell, Start};

/// Nobody picks files here.
struct NoDialogs;

impl Dialogs for NoDialogs {
    fn show(&mut self, _purpose: Purpose, _wake: Box<dyn Fn() + Send>) {}
    fn poll(&mut self) -> Option<(Purpose, Picked)> {
        None
    }
}

pub struct Window {
    ctx: Context,
    pub shell: Shell,
    time: f64,
}

impl Window {
    /// A window of 1280 x 800 with what was opened, and its first result.
    pub fn open(start: Start) -> Self {
        let ctx = Context::default();
        let shell = Shell::new(&ctx, start, SettingsFile::nowhere(), Keeping::nowhere(), Box::new(NoDialogs))
            .expect("the shell starts");
        let mut window = Self { ctx, shell, time: 0.0 };
        window.settle();
        window
    }

    /// Frames until nothing is read and nothing runs.
    pub fn settle(&mut self) {
        self.frame(Vec::new());
        while self.shell.model.reading.wait() || self.shell.model.runs.wait() {
            self.frame(Vec::new());
        }
    }

    pub fn apply(&mut self, command: Command) {
        self.shell.apply(command, &self.ctx.clone());
    }

    /// One frame, with what painting would need: the triangles.
    pub fn frame(&mut self, events: Vec<Event>) -> usize {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1280.0, 800.0))),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let shell = &mut self.shell;
        let mut output = self.ctx.run_ui(input, |ui| shell.frame(ui));
        output.textures_delta.clear();
        self.ctx.tessellate(output.shapes, output.pixels_per_point).len()
    }
}
