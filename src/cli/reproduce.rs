//! The command line that makes a run again.

use std::ffi::{OsStr, OsString};

use clap::Parser;

use super::input::Input;
use super::{Cli, Command};
use crate::scenario::{Body, Chunks, HeaderLine, Scenario};

/// The arguments, without the program's name, with which `filterlab run` makes the run of `scenario`: the target, and
/// options for what differs from it. `None`: options cannot say the difference, and the scenario has to be saved.
///
/// Nothing is believed: the arguments are read and applied as the program does it, and what comes out is compared.
#[must_use]
pub fn command_line(target: &OsStr, scenario: &Scenario) -> Option<Vec<OsString>> {
    let base = Input::open(target).ok()?.scenario;
    let mut args: Vec<OsString> = vec!["run".into(), target.to_owned()];
    args.extend(options(&base, scenario)?.into_iter().map(OsString::from));
    (effective(&applied(&args)?) == effective(scenario)).then_some(args)
}

/// What the program would make of these arguments.
fn applied(args: &[OsString]) -> Option<Scenario> {
    let program = OsString::from("filterlab");
    let cli = Cli::try_parse_from(std::iter::once(&program).chain(args)).ok()?;
    let Some(Command::Run(options)) = cli.command else { return None };
    let mut input = Input::open(&options.target).ok()?;
    options.apply(&mut input).ok()?;
    Some(input.scenario)
}

/// The scenario without what makes no difference to a run: lines that are off, its name, where its filters were found.
fn effective(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    let only_sent = |lines: &mut Vec<HeaderLine>| lines.retain(|line| line.on);
    only_sent(&mut scenario.request.headers);
    only_sent(&mut scenario.request.trailers);
    only_sent(&mut scenario.reply.headers);
    only_sent(&mut scenario.reply.trailers);
    scenario.name.clear();
    for filter in &mut scenario.chain {
        filter.path.clear();
    }
    scenario
}

/// Options for everything that has one and differs.
fn options(base: &Scenario, scenario: &Scenario) -> Option<Vec<String>> {
    let mut args = Vec::new();
    // Joined with `=`, so that a value may begin with a dash.
    let mut push = |option: &str, value: &str| args.push(format!("--{option}={value}"));
    let (request, reply) = (&scenario.request, &scenario.reply);
    if request.method != base.request.method {
        push("method", &request.method);
    }
    if request.url != base.request.url {
        push("url", &request.url);
    }
    let lines = [
        ("header", &request.headers, &base.request.headers),
        ("trailer", &request.trailers, &base.request.trailers),
        ("response-header", &reply.headers, &base.reply.headers),
        ("response-trailer", &reply.trailers, &base.reply.trailers),
    ];
    for (option, lines, of_base) in lines {
        for line in lines.iter().filter(|line| lines != of_base && line.on) {
            push(option, &format!("{}: {}", line.name, line.value.text()?));
        }
    }
    let bodies =
        [("body", &request.body, &base.request.body), ("response-body", &reply.body, &base.reply.body)];
    for (option, body, of_base) in bodies {
        if body != of_base {
            push(option, &as_text(body)?);
        }
    }
    let chunks = [
        ("chunk", &request.chunks, &base.request.chunks),
        ("response-chunk", &reply.chunks, &base.reply.chunks),
    ];
    for (option, chunks, of_base) in chunks {
        if chunks != of_base {
            push(option, &sizes(chunks)?);
        }
    }
    if reply.status != base.reply.status {
        push("status", &reply.status.to_string());
    }
    if let ([filter], [of_base]) = (&scenario.chain[..], &base.chain[..]) {
        if filter.plugin_config != of_base.plugin_config {
            push("config", &as_text(&filter.plugin_config)?);
        }
        if filter.vm_config != of_base.vm_config {
            push("vm-config", &as_text(&filter.vm_config)?);
        }
        if filter.root_id != of_base.root_id {
            push("root-id", &filter.root_id);
        }
        if filter.env != of_base.env {
            for (name, value) in filter.env_pairs() {
                push("env", &format!("{name}={value}"));
            }
        }
    }
    Some(args)
}

/// A text as an option takes it: an `@` in front would name a file. No argument can hold a NUL.
fn as_text(body: &Body) -> Option<String> {
    let text = body.text().filter(|text| !text.contains('\0'))?;
    Some(if text.starts_with('@') { format!("@{text}") } else { text.to_owned() })
}

fn sizes(chunks: &Chunks) -> Option<String> {
    match chunks {
        Chunks::Every(size) => Some(size.to_string()),
        Chunks::Sizes(sizes) => Some(sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        Chunks::Whole => None,
    }
}
