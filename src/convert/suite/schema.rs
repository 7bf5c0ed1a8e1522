//! The messages of `plugins/test/runner.proto` (package `service_extensions_samples.pb`), with the place of each.

use super::tree::{Field, Node, wrong};
use crate::abi::LogLevel;
use crate::convert::{Error, Place};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Suite {
    pub env: Env,
    pub tests: Vec<Test>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Env {
    pub wasm_path: String,
    pub config_path: Option<At<String>>,
    /// `None`: what the tester takes by itself.
    pub log_level: Option<LogLevel>,
    pub time_secs: Option<u64>,
    /// Fields that are about the tester only.
    pub others: Vec<At<String>>,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Test {
    pub place: Place,
    pub name: String,
    pub benchmark: Option<Place>,
    pub request_headers: Option<Invocation>,
    pub request_body: Vec<Invocation>,
    pub response_headers: Option<Invocation>,
    pub response_body: Vec<Invocation>,
    pub plugin_init: Option<Expectation>,
    pub stream_init: Option<Expectation>,
    pub stream_destroy: Option<Expectation>,
    pub plan: Plan,
    pub properties: Vec<Property>,
}

/// How bodies are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Plan {
    #[default]
    None,
    Count(u64),
    Size(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Invocation {
    pub place: Place,
    pub input: Input,
    pub result: Expectation,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Input {
    pub headers: Vec<Header>,
    pub content: Option<At<Vec<u8>>>,
    pub file: Option<At<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    pub place: Place,
    pub key: String,
    pub value: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Property {
    pub place: Place,
    pub path: String,
    pub value: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expectation {
    pub has_header: Vec<Header>,
    pub no_header: Vec<Header>,
    pub headers: Vec<Matcher>,
    pub body: Vec<Matcher>,
    pub immediate: Option<Immediate>,
    pub log: Vec<Matcher>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Immediate {
    pub place: Place,
    pub http_status: Option<u64>,
    pub grpc_status: Option<u64>,
    pub details: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matcher {
    pub place: Place,
    pub invert: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Exact(Vec<u8>),
    Regex(String),
    File(String),
}

impl Suite {
    pub(super) fn read(node: Node) -> Result<Self, Error> {
        let mut suite = Self::default();
        for field in node.fields("a test suite")? {
            match field.name.as_str() {
                // It was called `runtime` at first.
                "env" | "runtime" => suite.env = Env::read(field.node)?,
                "test" => {
                    for node in field.node.elements() {
                        suite.tests.push(Test::read(node)?);
                    }
                }
                _ => return Err(unknown(field, "TestSuite")),
            }
        }
        Ok(suite)
    }
}

fn unknown(field: Field, message: &str) -> Error {
    wrong(field.place, format!("{message} has no field {}", field.name))
}

impl Env {
    fn read(node: Node) -> Result<Self, Error> {
        let mut env = Self::default();
        for field in node.fields("env")? {
            let place = field.place.clone();
            match field.name.as_str() {
                "wasm_path" => env.wasm_path = field.node.text("wasm_path")?,
                "config_path" => {
                    env.config_path = Some(At { value: field.node.text("config_path")?, place });
                }
                "log_level" | "min_log_level" => env.log_level = log_level(field.node)?,
                "time_secs" => {
                    let at = field.node.place.clone();
                    let seconds = field.node.number("time_secs")?;
                    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds <= MAX_SECONDS);
                    env.time_secs = Some(
                        seconds.ok_or_else(|| wrong(at, "time_secs is not between 1970 and 2500".into()))?,
                    );
                }
                "test_path" | "log_path" | "num_additional_streams" | "additional_stream_advance_rate" => {
                    env.others.push(At { value: field.name, place });
                }
                _ => return Err(unknown(field, "Env")),
            }
        }
        Ok(env)
    }
}

/// The end of the year 2500, where a scenario's clock ends.
const MAX_SECONDS: u64 = 16_756_761_599;

fn log_level(node: Node) -> Result<Option<LogLevel>, Error> {
    let place = node.place.clone();
    let text = node.text("log_level")?;
    if let Ok(number) = text.parse::<u32>()
        && number <= 6
    {
        return Ok(number.checked_sub(1).and_then(LogLevel::from_number));
    }
    match text.as_str() {
        "UNDEFINED" => Ok(None),
        name => {
            let level =
                LogLevel::from_name(&name.to_ascii_lowercase()).filter(|_| name.to_ascii_uppercase() == name);
            level.map(Some).ok_or_else(|| wrong(place, format!("{name} is no log level")))
        }
    }
}

impl Test {
    fn read(node: Node) -> Result<Self, Error> {
        let mut test = Self {
            place: node.place.clone(),
            name: String::new(),
            benchmark: None,
            request_headers: None,
            request_body: Vec::new(),
            response_headers: None,
            response_body: Vec::new(),
            plugin_init: None,
            stream_init: None,
            stream_destroy: None,
            plan: Plan::None,
            properties: Vec::new(),
        };
        for field in node.fields("a test")? {
            let place = field.place.clone();
            let count = |node: Node, what: &str| {
                let at = node.place.clone();
                let count = u64::try_from(node.number(what)?).ok();
                count
                    .filter(|count| (1..=MAX_CHUNKS).contains(count))
                    .ok_or_else(|| wrong(at, format!("{what} is from 1 to {MAX_CHUNKS}")))
            };
            match field.name.as_str() {
                "name" => test.name = field.node.text("name")?,
                "benchmark" => test.benchmark = field.node.truth("benchmark")?.then_some(place),
                "request_headers" => test.request_headers = Some(Invocation::read(field.node)?),
                "request_body" => read_all(field.node, &mut test.request_body, Invocation::read)?,
                "response_headers" => test.response_headers = Some(Invocation::read(field.node)?),
                "response_body" => read_all(field.node, &mut test.response_body, Invocation::read)?,
                "plugin_init" => test.plugin_init = Some(Expectation::read(field.node)?),
                "stream_init" => test.stream_init = Some(Expectation::read(field.node)?),
                "stream_destroy" => test.stream_destroy = Some(Expectation::read(field.node)?),
                "num_chunks" => test.plan = Plan::Count(count(field.node, "num_chunks")?),
                "chunk_size" => test.plan = Plan::Size(count(field.node, "chunk_size")?),
                "properties" => read_all(field.node, &mut test.properties, Property::read)?,
                _ => return Err(unknown(field, "Test")),
            }
        }
        Ok(test)
    }
}

/// More pieces than that are no test.
const MAX_CHUNKS: u64 = 1_000_000;

fn read_all<T>(node: Node, into: &mut Vec<T>, read: impl Fn(Node) -> Result<T, Error>) -> Result<(), Error> {
    for element in node.elements() {
        into.push(read(element)?);
    }
    Ok(())
}

impl Invocation {
    fn read(node: Node) -> Result<Self, Error> {
        let mut invocation =
            Self { place: node.place.clone(), input: Input::default(), result: Expectation::default() };
        for field in node.fields("an invocation")? {
            match field.name.as_str() {
                "input" => invocation.input = Input::read(field.node)?,
                "result" => invocation.result = Expectation::read(field.node)?,
                _ => return Err(unknown(field, "Invocation")),
            }
        }
        Ok(invocation)
    }
}

impl Input {
    fn read(node: Node) -> Result<Self, Error> {
        let mut input = Self::default();
        for field in node.fields("input")? {
            let place = field.node.place.clone();
            match field.name.as_str() {
                "header" => read_all(field.node, &mut input.headers, Header::read)?,
                "content" => input.content = Some(At { value: field.node.bytes("content")?, place }),
                "file" => input.file = Some(At { value: field.node.text("file")?, place }),
                _ => return Err(unknown(field, "Input")),
            }
        }
        Ok(input)
    }
}

impl Header {
    fn read(node: Node) -> Result<Self, Error> {
        let mut header = Self { place: node.place.clone(), key: String::new(), value: Vec::new() };
        for field in node.fields("a header")? {
            match field.name.as_str() {
                "key" => header.key = field.node.text("key")?,
                "value" => header.value = field.node.bytes("value")?,
                _ => return Err(unknown(field, "Header")),
            }
        }
        match header.key.is_empty() {
            true => Err(wrong(header.place, "a header needs a key".to_owned())),
            false => Ok(header),
        }
    }
}

impl Property {
    fn read(node: Node) -> Result<Self, Error> {
        let mut property = Self { place: node.place.clone(), path: String::new(), value: Vec::new() };
        for field in node.fields("a property")? {
            match field.name.as_str() {
                "path" => property.path = field.node.text("path")?,
                "value" => property.value = field.node.bytes("value")?,
                _ => return Err(unknown(field, "Property")),
            }
        }
        Ok(property)
    }
}

impl Expectation {
    fn read(node: Node) -> Result<Self, Error> {
        let mut expectation = Self::default();
        for field in node.fields("an expectation")? {
            match field.name.as_str() {
                "has_header" => read_all(field.node, &mut expectation.has_header, Header::read)?,
                "no_header" => read_all(field.node, &mut expectation.no_header, Header::read)?,
                "headers" => read_all(field.node, &mut expectation.headers, Matcher::read)?,
                "body" => read_all(field.node, &mut expectation.body, Matcher::read)?,
                "immediate" => expectation.immediate = Some(Immediate::read(field.node)?),
                "log" => read_all(field.node, &mut expectation.log, Matcher::read)?,
                _ => return Err(unknown(field, "Expectation")),
            }
        }
        Ok(expectation)
    }
}

impl Immediate {
    fn read(node: Node) -> Result<Self, Error> {
        let mut immediate =
            Self { place: node.place.clone(), http_status: None, grpc_status: None, details: None };
        for field in node.fields("immediate")? {
            let at = field.node.place.clone();
            let number = |node: Node, what: &str| {
                u64::try_from(node.number(what)?).map_err(|_| wrong(at, format!("{what} is not negative")))
            };
            match field.name.as_str() {
                "http_status" => immediate.http_status = Some(number(field.node, "http_status")?),
                "grpc_status" => immediate.grpc_status = Some(number(field.node, "grpc_status")?),
                "details" => immediate.details = Some(field.node.text("details")?),
                _ => return Err(unknown(field, "Immediate")),
            }
        }
        Ok(immediate)
    }
}

impl Matcher {
    fn read(node: Node) -> Result<Self, Error> {
        let place = node.place.clone();
        let (mut invert, mut what) = (false, None);
        for field in node.fields("a matcher")? {
            match field.name.as_str() {
                "invert" => invert = field.node.truth("invert")?,
                "exact" => what = Some(What::Exact(field.node.bytes("exact")?)),
                "regex" => what = Some(What::Regex(field.node.text("regex")?)),
                "file" => what = Some(What::File(field.node.text("file")?)),
                _ => return Err(unknown(field, "StringMatcher")),
            }
        }
        match what {
            Some(what) => Ok(Self { place, invert, what }),
            None => Err(wrong(place, "a matcher needs exact, regex or file".to_owned())),
        }
    }
}
