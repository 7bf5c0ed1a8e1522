//! The real window: eframe around the shell.

use eframe::egui::{self, Ui};

use super::dialogs::SystemDialogs;
use super::keeping::Keeping;
use super::settings::SettingsFile;
use super::shell::{Shell, Start};

/// Smallest and first size of the window, in points.
const MIN_SIZE: [f32; 2] = [640.0, 420.0];
const FIRST_SIZE: [f32; 2] = [1280.0, 800.0];

struct App {
    shell: Shell,
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.shell.frame(ui);
    }

    /// Some systems end the process with its last window.
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.shell.leave();
    }

    /// Only the window's place is eframe's to keep; everything else is in our own settings file.
    fn persist_egui_memory(&self) -> bool {
        false
    }
}

/// Opens the window and returns when it is closed.
///
/// An error says why there can be no window, such as a machine without a display.
pub fn run(start: Start) -> Result<(), String> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Filterlab")
        .with_app_id("filterlab")
        .with_inner_size(FIRST_SIZE)
        .with_min_inner_size(MIN_SIZE)
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let create: eframe::AppCreator<'_> = Box::new(move |context| {
        let dialogs = Box::new(SystemDialogs::default());
        let shell =
            Shell::new(&context.egui_ctx, start, SettingsFile::of_user(), Keeping::of_user(), dialogs)?;
        Ok(Box::new(App { shell }))
    });
    eframe::run_native("filterlab", options, create).map_err(|error| match error {
        // Its text names a line of winit's source, which helps nobody.
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            "there is no window: no display could be opened".into()
        }
        error => format!("there is no window: {error}"),
    })
}
