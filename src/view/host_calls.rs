//! All host calls of a run, with a small language to filter them.
//!
//! Plain words match the name of a call and what its arguments say. `status:!ok`, `status:notfound`, `kind:write`,
//! `fn:get` and `in:on_request_headers` match one property; `-` in front turns any of them around; `#12` is the call
//! of that number. A word with an unknown key is a plain word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::logs::Needle;
use crate::abi::{Callback, HostCall, Namespace, Status};
use crate::trace::{EventId, EventKind, Returned, Trace};

/// What a host call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallKind {
    Read,
    /// Changes a message, a property or shared state.
    Write,
    Log,
    /// Lets a stream go on or end, or asks somebody else.
    Control,
    /// Clock, randomness, environment, files.
    System,
}

impl CallKind {
    pub fn of(call: HostCall) -> Self {
        use HostCall::*;
        match call {
            call if call.is_write() => Self::Write,
            Log | FdWrite | FdPwrite => Self::Log,
            ContinueStream | CloseStream | ContinueRequest | ContinueResponse | ClearRouteCache
            | HttpCall | GrpcCall | GrpcStream | GrpcSend | GrpcClose | GrpcCancel | SetTickPeriod
            | SetEffectiveContext | Done | CallForeignFunction => Self::Control,
            call if call.spec().namespace == Namespace::Wasi => Self::System,
            GetCurrentTime | GetLogLevel | PthreadEqual | NotifyMemoryGrowth => Self::System,
            _ => Self::Read,
        }
    }

    /// As in the filter text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Log => "log",
            Self::Control => "control",
            Self::System => "system",
        }
    }
}

/// One host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRow {
    pub event: EventId,
    /// As shown: `#7`.
    pub number: u32,
    pub call: HostCall,
    pub returned: Returned,
    /// The callback in which it was made.
    pub callback: Option<(Callback, EventId)>,
}

impl CallRow {
    pub fn kind(&self) -> CallKind {
        CallKind::of(self.call)
    }

    /// Whether it did what it was asked to; calls without a result did, calls that never returned did not.
    pub fn is_ok(&self) -> bool {
        matches!(self.returned, Returned::Nothing | Returned::Number(0))
    }

    /// The result as a word: a status of the ABI, an error number of WASI, or a dash for a call that never returned.
    pub fn status(&self) -> Cow<'static, str> {
        match self.returned {
            Returned::Never => "—".into(),
            Returned::Nothing => "".into(),
            Returned::Number(0) => Status::Ok.name().into(),
            Returned::Number(number) if self.call.spec().namespace == Namespace::Wasi => {
                format!("errno {number}").into()
            }
            Returned::Number(number) => match Status::from_number(number) {
                Some(status) => status.name().into(),
                None => number.to_string().into(),
            },
        }
    }
}

/// All host calls of a run in order.
#[derive(Clone, Debug, Default)]
pub struct HostCalls {
    pub rows: Vec<CallRow>,
}

/// Calls of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub call: HostCall,
    pub count: usize,
    /// How many of them did not answer Ok.
    pub failed: usize,
    /// Measured time of all of them, in nanoseconds.
    pub nanos: u64,
    /// Bytes that they read from and wrote to the guest's memory.
    pub bytes: u64,
}

/// Bytes that a host call read from or wrote to the guest's memory.
pub fn bytes_of(trace: &Trace, event: EventId) -> u64 {
    trace.payloads(event).map(|(payload, _)| u64::from(payload.full_len)).sum()
}

impl HostCalls {
    pub fn new(trace: &Trace) -> Self {
        let mut rows = Vec::with_capacity(trace.call_count());
        // The callback around an event is that of its parent, which comes before it.
        let mut around: Vec<Option<(Callback, EventId)>> = Vec::with_capacity(trace.events().len());
        for (event, entry) in trace.numbered() {
            let outer = entry.parent.and_then(|parent| around.get(parent.index()).copied().flatten());
            around.push(match entry.kind {
                EventKind::Callback { callback, .. }
                    if !matches!(callback, Callback::Malloc | Callback::MemoryAllocate) =>
                {
                    Some((callback, event))
                }
                _ => outer,
            });
            if let EventKind::Call { call, number, returned, .. } = entry.kind {
                rows.push(CallRow { event, number, call, returned, callback: outer });
            }
        }
        Self { rows }
    }

    /// The chosen rows by name, in the order in which the names first came.
    pub fn groups(&self, trace: &Trace, chosen: impl IntoIterator<Item = u32>) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut places: BTreeMap<HostCall, usize> = BTreeMap::new();
        for row in chosen.into_iter().filter_map(|index| self.rows.get(index as usize)) {
            let place = *places.entry(row.call).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Group { call: row.call, count: 0, failed: 0, nanos: 0, bytes: 0 });
            }
            let group = &mut groups[place];
            group.count += 1;
            group.failed += usize::from(!row.is_ok());
            group.bytes += bytes_of(trace, row.event);
            group.nanos += u64::try_from(trace.duration(row.event).as_nanos()).unwrap_or(u64::MAX);
        }
        groups
    }
}

/// One condition of a filter text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Word(Needle),
    Number(u32),
    Status { name: String, is_not: bool },
    Kind(String),
    Function(Needle),
    Callback(Needle),
}

/// A filter text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Conditions that all have to hold; with `true`, that must not hold.
    conditions: Vec<(Condition, bool)>,
}

impl Query {
    /// Reads a filter text; there is no wrong one. Words between double quotes are one word.
    pub fn parse(text: &str) -> Self {
        Self { conditions: words(text).filter_map(|word| condition(&word)).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether a call passes. `describe` gives what its arguments say; it is asked only where nothing else decides.
    pub fn matches<'a>(&self, row: &CallRow, describe: impl Fn(EventId) -> Cow<'a, str>) -> bool {
        // What costs nothing is asked first; the words of the arguments have to be made.
        let is_word = |condition: &&(Condition, bool)| matches!(condition.0, Condition::Word(_));
        let holds = |(condition, is_not): &(Condition, bool)| is_true(condition, row, &describe) != *is_not;
        self.conditions.iter().filter(|one| !is_word(one)).all(holds)
            && self.conditions.iter().filter(is_word).all(holds)
    }
}

fn is_true<'a>(condition: &Condition, row: &CallRow, describe: &impl Fn(EventId) -> Cow<'a, str>) -> bool {
    match condition {
        Condition::Word(word) => {
            word.is_in(row.call.name().as_bytes()) || word.is_in(describe(row.event).as_bytes())
        }
        Condition::Number(number) => row.number == *number,
        Condition::Status { name, is_not } => {
            let is_named = match name.as_str() {
                "ok" => row.is_ok(),
                name => row.status().to_ascii_lowercase().trim_start_matches("errno ") == name,
            };
            is_named != *is_not
        }
        Condition::Kind(kind) => row.kind().name() == kind,
        Condition::Function(name) => name.is_in(row.call.name().as_bytes()),
        Condition::Callback(name) => {
            row.callback.is_some_and(|(callback, _)| name.is_in(callback.name().as_bytes()))
        }
    }
}

fn condition(word: &str) -> Option<(Condition, bool)> {
    let (word, is_not) = match word.strip_prefix('-') {
        Some(rest) if !rest.is_empty() => (rest, true),
        _ => (word, false),
    };
    let condition = known(word).unwrap_or_else(|| Condition::Word(Needle::new(word)));
    (!word.is_empty()).then_some((condition, is_not))
}

/// A condition on one property; `None` for a plain word.
fn known(word: &str) -> Option<Condition> {
    if let Some(number) = word.strip_prefix('#') {
        return number.parse().ok().map(Condition::Number);
    }
    let (key, value) = word.split_once(':').filter(|(_, value)| !value.is_empty())?;
    let value = value.to_ascii_lowercase();
    Some(match key.to_ascii_lowercase().as_str() {
        "status" => {
            let (name, is_not) = value.strip_prefix('!').map_or((value.as_str(), false), |name| (name, true));
            Condition::Status { name: name.to_owned(), is_not }
        }
        "kind" => Condition::Kind(value),
        "fn" => Condition::Function(Needle::new(&value)),
        "in" => Condition::Callback(Needle::new(&value)),
        _ => return None,
    })
}

/// Words of a text; a double quote begins or ends a stretch in which spaces do not separate.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Leftovers, Outcome, Recorder};

    fn trace() -> Trace {
        let mut recorder = Recorder::default();
        let callback = recorder.begin_callback(Callback::RequestHeaders, 0, &[2, 7, 1]);
        let calls = [
            (HostCall::GetHeaderMapValue, Returned::Number(1)),
            (HostCall::GetHeaderMapValue, Returned::Number(0)),
            (HostCall::AddHeaderMapValue, Returned::Number(0)),
            (HostCall::FdRead, Returned::Number(52)),
            (HostCall::ProcExit, Returned::Nothing),
        ];
        for (call, returned) in calls {
            let id = recorder.begin_call(call, &[]).expect("calls are recorded");
            recorder.end_call(id, returned, 10);
        }
        recorder.end_callback(callback, Ok(Some(0)), 100);
        recorder.finish(Leftovers::default(), Outcome::Finished { status: 200 })
    }

    fn numbers(text: &str) -> Vec<u32> {
        let calls = HostCalls::new(&trace());
        let describe = |event: EventId| Cow::Owned(format!("arguments of event {}", event.index()));
        let query = Query::parse(text);
        let passing = calls.rows.iter().filter(|row| query.matches(row, describe));
        passing.map(|row| row.number).collect()
    }

    #[test]
    fn an_empty_text_lets_everything_through() {
        assert_eq!(numbers("  "), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn words_match_names_and_arguments() {
        assert_eq!(numbers("HEADER_map"), [1, 2, 3]);
        assert_eq!(numbers("\"event 4\""), [4]);
        assert_eq!(numbers("header -get"), [3]);
    }

    #[test]
    fn properties_are_matched_by_their_keys() {
        assert_eq!(numbers("status:!ok"), [1, 4]);
        assert_eq!(numbers("status:notfound"), [1]);
        assert_eq!(numbers("status:52"), [4]);
        assert_eq!(numbers("kind:write"), [3]);
        assert_eq!(numbers("-kind:system fn:get"), [1, 2]);
        assert_eq!(numbers("in:on_request_headers -status:ok"), [1, 4]);
        assert!(numbers("in:on_response").is_empty());
        assert_eq!(numbers("#2"), [2]);
    }

    #[test]
    fn an_unknown_key_is_a_plain_word() {
        assert_eq!(
            Query::parse("x:y"),
            Query { conditions: vec![(Condition::Word(Needle::new("x:y")), false)] }
        );
        assert!(numbers("-").is_empty());
        assert_eq!(Query::parse("status:").conditions.len(), 1);
    }

    #[test]
    fn calls_are_counted_by_name() {
        let trace = trace();
        let calls = HostCalls::new(&trace);
        let groups = calls.groups(&trace, 0..5);
        let expected = Group { call: HostCall::GetHeaderMapValue, count: 2, failed: 1, nanos: 20, bytes: 0 };
        assert_eq!((groups.len(), groups[0]), (4, expected));
    }
}
