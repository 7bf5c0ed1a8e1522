//! `filterlab run`: one run, printed as text or JSON.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::thread;

use clap::Args;

use super::input::Input;
use super::{EXIT_OK, EXIT_OUTCOME, Error, Printed, json, report};
use crate::files::read_any_at_most;
use crate::host::LoadError;
use crate::http::Target;
use crate::run::{ModuleSource, Problem, Reason, RunOptions, run_modules_with};
use crate::scenario::{Body, Chunks, HeaderLine, Scenario, is_token_character};
use crate::trace::{Outcome, Trace};
use crate::view::sentences::sharing;
use crate::view::{Language, expectations, units};

/// Options override what a scenario file says. Texts that may come from a file are written TEXT or @FILE.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Exit code: 0 the run finished or was answered by a filter, 1 it ended in another way (paused, trapped, stopped at a \
limit, refused), 2 something in the input is wrong. For a scenario that expects something: 0 all of it is met, 1 some is not.

Options override the scenario. A header given here replaces the scenario's lines of that name; a body given here \
corrects the scenario's content-length. The JSON format is described in docs/json.md.")]
pub struct Options {
    /// Filter (.wasm), scenario (.json), shared file (.filterlab), or sample (sample:mask_pii)
    #[arg(value_name = "FILTER|SCENARIO")]
    pub target: OsString,

    /// Request method
    #[arg(long, short = 'X', value_name = "M", value_parser = method, help_heading = "Request")]
    pub method: Option<String>,
    /// Request URL
    #[arg(long, value_name = "U", value_parser = url, help_heading = "Request")]
    pub url: Option<String>,
    /// Request header; may be repeated
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header, help_heading = "Request")]
    pub header: Vec<HeaderLine>,
    /// Request body
    #[arg(long, short = 'd', value_name = "TEXT|@FILE", help_heading = "Request")]
    pub body: Option<String>,
    /// Bytes in each piece of the request body, or several sizes: 16,100
    #[arg(long, value_name = "N", value_parser = chunks, help_heading = "Request")]
    pub chunk: Option<Chunks>,
    /// Request trailer; may be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header, help_heading = "Request")]
    pub trailer: Vec<HeaderLine>,

    /// Status that the upstream answers, 200 to 599
    #[arg(long, value_name = "S", value_parser = status, help_heading = "Reply of the upstream")]
    pub status: Option<u16>,
    /// Response header; may be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header, help_heading = "Reply of the upstream")]
    pub response_header: Vec<HeaderLine>,
    /// Response body
    #[arg(long, value_name = "TEXT|@FILE", help_heading = "Reply of the upstream")]
    pub response_body: Option<String>,
    /// Bytes in each piece of the response body, or several sizes: 16,100
    #[arg(long, value_name = "N", value_parser = chunks, help_heading = "Reply of the upstream")]
    pub response_chunk: Option<Chunks>,
    /// Response trailer; may be repeated
    #[arg(long, value_name = "NAME: VALUE", value_parser = header, help_heading = "Reply of the upstream")]
    pub response_trailer: Vec<HeaderLine>,

    /// Plugin configuration
    #[arg(long, value_name = "TEXT|@FILE", help_heading = "Filter")]
    pub config: Option<String>,
    /// VM configuration
    #[arg(long, value_name = "TEXT|@FILE", help_heading = "Filter")]
    pub vm_config: Option<String>,
    /// Root id
    #[arg(long, value_name = "R", help_heading = "Filter")]
    pub root_id: Option<String>,
    /// Environment variable of the VM; may be repeated
    #[arg(long, value_name = "K=V", value_parser = variable, help_heading = "Filter")]
    pub env: Vec<(String, String)>,

    /// Print the whole run as JSON (docs/json.md)
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Also print measured times, which differ from run to run
    #[arg(long, help_heading = "Output")]
    pub timings: bool,
    /// Count the WebAssembly instructions of each callback and print them. The filter is slower meanwhile
    #[arg(long, help_heading = "Output")]
    pub count_instructions: bool,
}

/// Stack of the thread that runs guests: a guest has a megabyte, host calls in a debug build some hundred kilobytes,
/// and the main thread of some systems has no more than one megabyte in all.
const STACK: usize = 16 << 20;

/// Makes the run that the options ask for.
pub fn run(options: &Options) -> Result<Printed, Error> {
    let mut input = Input::open(&options.target)?;
    let recorded = input.recorded.take().map(|recorded| (recorded, input.scenario.clone()));
    options.apply(&mut input)?;
    // With other options it is another run.
    let recorded = recorded.filter(|(_, scenario)| *scenario == input.scenario);
    // What is printed speaks of the filters that ran.
    let whole = input.scenario.clone();
    ModuleSource::leave_out_what_is_off(&mut input.scenario, &mut input.modules);
    let trace = run_input(&input, RunOptions { count_instructions: options.count_instructions, soak: None })?;
    if let Outcome::Refused {
        filter,
        reason: reason @ (LoadError::Unreadable { .. } | LoadError::NotFound { .. }),
    } = &trace.outcome
    {
        let place = input.filter_place(whole.place_in_chain(*filter).unwrap_or_default());
        return Err(Error::Filter { place, reason: Box::new(reason.clone()) });
    }
    let exit_code = if is_as_wanted(&trace, &input.scenario) { EXIT_OK } else { EXIT_OUTCOME };
    let text = if options.json {
        let figures = json::Figures { timings: options.timings, instructions: options.count_instructions };
        json::print(&trace, &input.scenario, figures)
    } else {
        report::print(&trace, &input, options.timings)
    };
    let other = recorded.and_then(|(recorded, _)| recorded.difference(&trace, &input.scenario));
    let err = other.map_or_else(String::new, |found| {
        format!("filterlab: {}: {}\n", input.shown, sharing::other_run(Language::English, &found))
    });
    Ok(Printed { out: text.into_bytes(), err, exit_code })
}

/// A scenario that expects anything says itself what is good.
fn is_as_wanted(trace: &Trace, scenario: &Scenario) -> bool {
    let verdicts = expectations::check(trace, scenario);
    match expectations::tally(&verdicts) {
        (_, 0) => is_good(&trace.outcome),
        (met, of) => met == of,
    }
}

/// The filters did what they are there for: the client has an answer of the upstream or of a filter, or a filter closed the
/// stream on purpose. What the proxy had to answer or reset itself is for a script to stop at.
fn is_good(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Finished { status } => *status != 0,
        Outcome::LocalReply { filter, .. } => filter.is_some(),
        Outcome::Reset { by_filter } => *by_filter,
        Outcome::Closed { .. } => true,
        Outcome::Paused { .. } | Outcome::Trapped(_) | Outcome::Limit { .. } | Outcome::Refused { .. } => {
            false
        }
    }
}

fn run_input(input: &Input, options: RunOptions) -> Result<Trace, Error> {
    run_apart(&input.scenario, &input.modules, options)?.map_err(|problem| input.problem(problem))
}

/// Runs on a thread with a stack that is large enough.
pub(super) fn run_apart(
    scenario: &Scenario,
    modules: &[ModuleSource],
    options: RunOptions,
) -> Result<Result<Trace, Problem>, Error> {
    let result = thread::scope(|scope| {
        let builder = thread::Builder::new().name("filterlab-run".into()).stack_size(STACK);
        let handle = builder.spawn_scoped(scope, || run_modules_with(scenario, modules, options));
        handle.map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    result.map_err(|reason| Error::Thread { reason })
}

impl Options {
    /// The options of a plain run of `target`.
    pub fn of(target: OsString) -> Self {
        Self { target, ..Self::default() }
    }

    pub(super) fn apply(&self, input: &mut Input) -> Result<(), Error> {
        let request = &mut input.scenario.request;
        set(&mut request.method, &self.method);
        set(&mut request.url, &self.url);
        set(&mut request.chunks, &self.chunk);
        if let Some(body) = text_or_file("--body", self.body.as_deref())? {
            correct_length(&mut request.headers, &body);
            request.body = body;
        }
        override_lines(&mut request.headers, &self.header);
        override_lines(&mut request.trailers, &self.trailer);
        let reply = &mut input.scenario.reply;
        set(&mut reply.status, &self.status);
        set(&mut reply.chunks, &self.response_chunk);
        if let Some(body) = text_or_file("--response-body", self.response_body.as_deref())? {
            correct_length(&mut reply.headers, &body);
            reply.body = body;
        }
        override_lines(&mut reply.headers, &self.response_header);
        override_lines(&mut reply.trailers, &self.response_trailer);
        if let Some(config) = text_or_file("--config", self.config.as_deref())? {
            input.only_filter("--config")?.plugin_config = config;
        }
        if let Some(config) = text_or_file("--vm-config", self.vm_config.as_deref())? {
            input.only_filter("--vm-config")?.vm_config = config;
        }
        if let Some(root_id) = &self.root_id {
            input.only_filter("--root-id")?.root_id.clone_from(root_id);
        }
        for (key, value) in &self.env {
            input.only_filter("--env")?.env.insert(key.clone(), value.as_str().into());
        }
        Ok(())
    }
}

fn set<T: Clone>(field: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        field.clone_from(given);
    }
}

/// Puts the given lines where those of the same name stand, else at the end.
fn override_lines(lines: &mut Vec<HeaderLine>, given: &[HeaderLine]) {
    let same = |a: &HeaderLine, b: &HeaderLine| a.name.eq_ignore_ascii_case(&b.name);
    for (index, line) in given.iter().enumerate() {
        // A repeated name takes effect once, with all its lines.
        if given[..index].iter().any(|earlier| same(earlier, line)) {
            continue;
        }
        let place = lines.iter().position(|known| same(known, line)).unwrap_or(lines.len());
        lines.retain(|known| !same(known, line));
        lines.splice(place..place, given.iter().filter(|given| same(given, line)).cloned());
    }
}

/// A client that sends another body declares its length; a length that is meant to be wrong is given as a header.
fn correct_length(lines: &mut [HeaderLine], body: &Body) {
    for line in lines.iter_mut().filter(|line| line.name.eq_ignore_ascii_case("content-length")) {
        line.value = body.len().to_string().into();
    }
}

/// Largest file that an option may name, in bytes.
const MAX_OPTION_FILE: u64 = 256 << 20;

/// The bytes that an option means: its text, or the file that it names after `@`. `@@` stands for one `@`.
fn text_or_file(option: &'static str, given: Option<&str>) -> Result<Option<Body>, Error> {
    let Some(given) = given else { return Ok(None) };
    let Some(file) = given.strip_prefix('@') else { return Ok(Some(given.into())) };
    if file.starts_with('@') {
        return Ok(Some(file.into()));
    }
    let bytes = read_any_at_most(file.as_ref(), MAX_OPTION_FILE).map_err(|reason| {
        let reason = match reason.kind() {
            ErrorKind::FileTooLarge => {
                let limit = units::binary(MAX_OPTION_FILE);
                std::io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit}"))
            }
            _ => reason,
        };
        Error::OptionFile { option, file: file.to_owned(), reason }
    })?;
    Ok(Some(bytes.into()))
}

fn method(text: &str) -> Result<String, Reason> {
    match text.chars().enumerate().find(|(_, c)| !is_token_character(*c)) {
        Some((index, found)) => Err(Reason::Method { position: index + 1, found }),
        None if text.is_empty() => Err(Reason::NoMethod),
        None => Ok(text.to_owned()),
    }
}

fn url(text: &str) -> Result<String, Reason> {
    Target::parse(text)?;
    Ok(text.to_owned())
}

fn header(text: &str) -> Result<HeaderLine, String> {
    let line = HeaderLine::parse(text).ok_or("there is no colon; write it as 'name: value'")?;
    match line.problem() {
        Some(problem) => Err(problem.to_string()),
        None => Ok(line),
    }
}

fn status(text: &str) -> Result<u16, String> {
    let status = text.parse().map_err(|_| "it is not a number; use 200 to 599".to_owned())?;
    match status {
        200..=599 => Ok(status),
        _ => Err(Reason::Status { status }.to_string()),
    }
}

fn chunks(text: &str) -> Result<Chunks, String> {
    let wrong = |_| "it is not a size; use a number of bytes such as 16, or several: 16,100".to_owned();
    match text.split_once(',') {
        Some(_) => {
            let sizes = text.split(',').map(|size| size.trim().parse().map_err(wrong));
            sizes.collect::<Result<_, _>>().map(Chunks::Sizes)
        }
        None => match text.trim().parse().map_err(wrong)? {
            0 => Err("a piece has at least 1 byte".into()),
            size => Ok(Chunks::Every(size)),
        },
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the name is missing; write it as NAME=value".into()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no =; write it as NAME=value".into()),
    }
}
