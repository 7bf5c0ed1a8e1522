//! The command line: one file per sub-command, and the printer of errors that they share.

mod convert;
mod error;
mod input;
mod json;
mod report;
mod reproduce;
mod run;
mod text;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::scenario::Scenario;
use crate::trace::Trace;

pub use error::Error;
pub use reproduce::command_line;
pub use run::{Options as RunOptions, run};

/// What goes to standard output and standard error, and the exit code that belongs to it.
pub struct Printed {
    pub out: Vec<u8>,
    pub err: String,
    pub exit_code: u8,
}

/// The run finished, or was answered by a filter.
pub const EXIT_OK: u8 = 0;
/// The run ended in another way.
pub const EXIT_OUTCOME: u8 = 1;
/// There was no run: something in the input is wrong.
pub const EXIT_INPUT: u8 = 2;

/// The JSON Schema of scenario files.
pub const SCHEMA: &str = include_str!("../../docs/scenario.schema.json");

/// What was asked for on the command line.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "filterlab",
    version,
    about = "A desktop playground for Proxy-Wasm HTTP filters",
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Filter (.wasm) or scenario (.scenario.json) to open in the window
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Open the window with nothing in it
    #[arg(long, conflicts_with = "path")]
    pub empty: bool,
}

/// The sub-commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run a filter once and print what it did
    Run(Box<run::Options>),
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// Write a file of another tool as a scenario, or a scenario for another tool
    Convert(Box<convert::Options>),
}

/// Reads the program's arguments. An error is the exit code, after help or what is wrong was printed.
pub fn parse() -> Result<Cli, u8> {
    Cli::try_parse().map_err(|error| {
        if !error.use_stderr() {
            // Help and version. A reader that closes the pipe has seen enough.
            let _ = error.print();
            return EXIT_OK;
        }
        complain(&wrong_arguments(&error));
        EXIT_INPUT
    })
}

/// Clap's error on two lines: what is wrong, and where the right form is shown.
fn wrong_arguments(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let said = rendered.lines().take_while(|line| !line.starts_with("Usage:"));
    let said = said.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("For more"));
    let said = said.collect::<Vec<_>>().join(" ").replace(" tip: ", "; ");
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    format!("{said}\nTry `filterlab --help`, `filterlab run --help` or `filterlab convert --help`.")
}

/// Runs a sub-command and gives the exit code.
pub fn execute(command: &Command) -> u8 {
    match command {
        Command::Run(options) => finish(run::run(options)),
        Command::Schema => finish(Ok(Printed { out: SCHEMA.into(), err: String::new(), exit_code: EXIT_OK })),
        Command::Convert(options) => finish(convert::convert(options)),
    }
}

/// What there is to see without a window: the run of a file, or of the default sample, as text.
///
/// `reason` says why there is no window, as the start of a sentence: `there is no window: this build has none`.
pub fn without_window(reason: &str, path: Option<PathBuf>, empty: bool) -> u8 {
    if empty {
        complain(&format!("{reason}, and --empty leaves nothing to print; try `filterlab run --help`"));
        return EXIT_OUTCOME;
    }
    let default = OsString::from(format!("sample:{}", crate::samples::DEFAULT));
    let target = path.map_or(default, PathBuf::into_os_string);
    complain(&format!("{reason}; here is the run of {} as text", target.to_string_lossy()));
    finish(run::run(&run::Options::of(target)))
}

/// A run as `--json` prints it (`docs/json.md`).
#[must_use]
pub fn as_json(trace: &Trace, scenario: &Scenario) -> String {
    json::print(trace, scenario, json::Figures::default().with_instructions())
}

/// The same with nothing that was measured or counted: equal for equal runs, whoever made them.
#[must_use]
pub fn as_recorded_json(trace: &Trace, scenario: &Scenario) -> String {
    json::print(trace, scenario, json::Figures::default())
}

fn finish(result: Result<Printed, Error>) -> u8 {
    match result {
        Ok(printed) => {
            // Without a standard error there is nobody to tell.
            let _ = std::io::stderr().lock().write_all(printed.err.as_bytes());
            // A reader that has seen enough, such as `head`, closes the pipe; that is no error of ours.
            let mut out = std::io::stdout().lock();
            match out.write_all(&printed.out).and_then(|()| out.flush()) {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    complain(&format!("the result could not be written: {error}"));
                    EXIT_OUTCOME
                }
                _ => printed.exit_code,
            }
        }
        Err(error) => {
            complain(&format!("{error}\n{}", error.next_step()));
            EXIT_INPUT
        }
    }
}

fn complain(text: &str) {
    // Without a standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "filterlab: {text}");
}
