//! The window or the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use filterlab::cli;

fn main() -> ExitCode {
    let asked = match cli::parse() {
        Ok(asked) => asked,
        Err(code) => return ExitCode::from(code),
    };
    let code = match &asked.command {
        Some(command) => cli::execute(command),
        None => match run_window(asked.path.clone(), asked.empty) {
            Ok(()) => cli::EXIT_OK,
            Err(reason) => cli::without_window(&reason, asked.path, asked.empty),
        },
    };
    ExitCode::from(code)
}

/// Opens the window and returns when it is closed, or says why there is none.
#[cfg(feature = "gui")]
fn run_window(path: Option<PathBuf>, empty: bool) -> Result<(), String> {
    use filterlab::gui::{app, shell::Start};

    app::run(match (path, empty) {
        (Some(path), _) => Start::Path(path),
        (None, true) => Start::Empty,
        (None, false) => Start::Sample,
    })
}

/// This build has no window.
#[cfg(not(feature = "gui"))]
fn run_window(_path: Option<PathBuf>, _empty: bool) -> Result<(), String> {
    Err("there is no window: this build has none".into())
}
