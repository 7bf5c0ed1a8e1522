//! The state of the filters in words: what stands in each column of each list, and in a thing's history.

use super::{
    At, CalloutState, ContextState, Entry, Missing, PropertyUse, QueueStep, Section, State, Verdict, Versions,
};
use crate::abi::{AttributeSpec, AttributeType, MetricKind, Status, attributes};
use crate::scenario::Scenario;
use crate::trace::{CalloutEnd, EventId, EventKind, Trace};
use crate::view::call::{self, DecodedValue};
use crate::view::diff::visible;
use crate::view::sentences::{Severity, callout as callouts, filter_name, pick, say, state as words};
use crate::view::{Language, call_line, secrets, units};

/// Most bytes of a value that a row shows.
const SHOWN: usize = 256;

/// What a cell is, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellRole {
    /// A name or value of the filter's.
    Code,
    /// Words of ours.
    Note,
    /// A number that is compared with those above and below.
    Number,
    /// The event that wrote it.
    Event,
    /// Words that say how it stands.
    State(Severity),
}

/// One column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub role: CellRole,
}

impl Cell {
    fn code(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: CellRole::Code }
    }

    fn note(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: CellRole::Note }
    }

    fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: CellRole::Number }
    }

    fn event(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: CellRole::Event }
    }

    fn state(text: impl Into<String>, severity: Severity) -> Self {
        Self { text: text.into(), role: CellRole::State(severity) }
    }
}

/// What a list is called.
pub fn section_name(language: Language, section: Section) -> &'static str {
    match section {
        Section::Contexts => pick(language, "Contexts", "上下文"),
        Section::SharedData => pick(language, "Shared data", "共享数据"),
        Section::Queues => pick(language, "Queues", "队列"),
        Section::Metrics => pick(language, "Metrics", "指标"),
        Section::Timers => pick(language, "Timers", "定时器"),
        Section::Callouts => pick(language, "Callouts", "外部调用"),
        Section::Properties => pick(language, "Properties", "属性"),
        Section::Missed => pick(language, "Not found", "未找到"),
        Section::Memory => pick(language, "Memory", "内存"),
    }
}

/// The heads of a list's columns; a row has as many cells.
pub fn heads(language: Language, section: Section) -> [&'static str; 5] {
    let words = |english: [&'static str; 5], chinese: [&'static str; 5]| match language {
        Language::English => english,
        Language::SimplifiedChinese => chinese,
    };
    match section {
        Section::Contexts => words(
            ["context", "filter", "belongs to", "state", "since"],
            ["上下文", "过滤器", "属于", "状态", "始于"],
        ),
        Section::SharedData => words(
            ["key", "value", "VM id", "cas", "last written by"],
            ["键", "值", "VM id", "cas", "最后写入者"],
        ),
        Section::Queues => words(
            ["queue", "next item", "id", "items", "last changed by"],
            ["队列", "下一项", "id", "项数", "最后改动者"],
        ),
        Section::Metrics => words(
            ["metric", "samples", "kind", "value", "last written by"],
            ["指标", "样本", "类型", "值", "最后写入者"],
        ),
        Section::Timers => words(
            ["plugin", "period", "next tick", "ticks", "last set or ticked by"],
            ["插件", "周期", "下次触发", "次数", "最后设置或触发者"],
        ),
        Section::Callouts => words(
            ["upstream", "state", "kind", "token", "sent by"],
            ["上游", "状态", "类型", "token", "发起者"],
        ),
        Section::Properties => words(
            ["path", "value", "type", "reads", "last read or written by"],
            ["路径", "值", "类型", "读取次数", "最后读写者"],
        ),
        Section::Missed => words(
            ["path", "why", "status", "times", "last read by"],
            ["路径", "原因", "状态", "次数", "最后读取者"],
        ),
        Section::Memory => words(
            ["VM", "verdict", "at start", "now", "last grown in"],
            ["VM", "结论", "开始时", "当前", "最后增长于"],
        ),
    }
}

/// Everything that words are made from.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    pub language: Language,
    pub state: &'a State,
    pub trace: &'a Trace,
    pub scenario: &'a Scenario,
    /// Values of credentials are hidden.
    pub masks: bool,
}

impl Words<'_> {
    /// The cells of a row as it was then; none: it was not there yet.
    pub fn cells(&self, section: Section, index: usize, at: At) -> Option<[Cell; 5]> {
        let state = self.state;
        match section {
            Section::Contexts => self.context(state.contexts.get(index)?, at),
            Section::SharedData => {
                let entry = state.shared.get(index)?;
                let (event, version) = *entry.at(at)?;
                Some([
                    Cell::code(shown(&entry.id.key)),
                    Cell::code(self.after(version.change)),
                    Cell::note(entry.id.vm_id.clone()),
                    Cell::number(version.cas.to_string()),
                    Cell::event(self.event(event)),
                ])
            }
            Section::Queues => {
                let entry = state.queues.get(index)?;
                let (event, version) = *entry.at(at)?;
                Some([
                    Cell::code(shown(&entry.id.name)),
                    Cell::code(version.next.map_or_else(String::new, |change| self.after(change))),
                    Cell::number(entry.id.token.to_string()),
                    Cell::number(units::number(version.length)),
                    Cell::event(self.event(event)),
                ])
            }
            Section::Metrics => {
                let entry = state.metrics.get(index)?;
                let (event, version) = *entry.at(at)?;
                let samples = match entry.id.kind {
                    MetricKind::Histogram if version.value > 0 => {
                        let (min, max) =
                            (units::number(version.samples.min), units::number(version.samples.max));
                        let sum = units::number(version.samples.sum);
                        say!(self.language, "{min} to {max}, sum {sum}", "{min} 至 {max}，总和 {sum}")
                    }
                    _ => String::new(),
                };
                Some([
                    Cell::code(shown(&entry.id.name)),
                    Cell::note(samples),
                    Cell::note(entry.id.kind.name()),
                    Cell::number(units::number(version.value)),
                    Cell::event(self.event(event)),
                ])
            }
            Section::Timers => self.timer(index, at),
            Section::Callouts => self.callout(index, at),
            Section::Properties => {
                let entry = state.properties.get(index)?;
                let (event, version) = *entry.at(at)?;
                Some([
                    Cell::code(call::path(&entry.id)),
                    Cell::code(self.property(&entry.id, event, version.used)),
                    Cell::note(kind_of(&entry.id).map_or("", AttributeType::name)),
                    Cell::number(units::number(version.reads)),
                    Cell::event(self.event(event)),
                ])
            }
            Section::Missed => {
                let entry = state.missed.get(index)?;
                let (event, status) = *entry.at(at)?;
                let status_name = Status::from_number(status).map_or("?", Status::name);
                let why = words::missing(self.language, missing(&entry.id, status));
                Some([
                    Cell::code(call::path(&entry.id)),
                    Cell::note(why),
                    Cell::state(status_name, Severity::Warning),
                    Cell::number(units::number(entry.len_at(at))),
                    Cell::event(self.event(event)),
                ])
            }
            Section::Memory => {
                let vm = state.memory.vms.get(index)?;
                let version = vm.len_at(at).checked_sub(1)?;
                let (_, now) = *vm.versions.get(version)?;
                let verdict = words::verdict(self.language, vm.verdict, vm.end());
                Some([
                    Cell::code(filter_name(self.scenario, vm.filter)),
                    Cell::state(self.labelled(verdict.word, verdict.sentence.as_str()), verdict.severity),
                    Cell::number(units::memory(vm.start)),
                    Cell::number(units::memory(now.bytes)),
                    Cell::event(self.request(now.exchange)),
                ])
            }
        }
    }

    /// What a version of a thing was, and the event that made it: a row of its history.
    pub fn version(&self, section: Section, index: usize, version: usize) -> Option<(EventId, String)> {
        let state = self.state;
        let language = self.language;
        let (event, text) = match section {
            Section::Contexts => {
                let (event, context) = *state.contexts.get(index)?.versions.get(version)?;
                (event, words::context_state(language, context).to_owned())
            }
            Section::SharedData => {
                let (event, written) = *state.shared.get(index)?.versions.get(version)?;
                (event, self.after(written.change))
            }
            Section::Queues => {
                let (event, version) = *state.queues.get(index)?.versions.get(version)?;
                let text = match version.step {
                    QueueStep::Registered => pick(language, "registered", "已注册").to_owned(),
                    QueueStep::Put(change) => {
                        let item = self.after(change);
                        say!(language, "enqueued: {item}", "入队：{item}")
                    }
                    QueueStep::Taken(change) => {
                        let item = self.before(change);
                        say!(language, "dequeued: {item}", "出队：{item}")
                    }
                };
                (event, text)
            }
            Section::Metrics => {
                let entry = state.metrics.get(index)?;
                let (event, version) = *entry.versions.get(version)?;
                let text = match (version.recorded, entry.id.kind) {
                    (None, _) => pick(language, "defined", "已定义").to_owned(),
                    (Some(recorded), MetricKind::Histogram) => {
                        let recorded = units::number(recorded);
                        say!(language, "sample {recorded}", "样本 {recorded}")
                    }
                    (Some(_), _) => units::number(version.value),
                };
                (event, text)
            }
            Section::Timers => {
                let (event, version) = *state.timers.get(index)?.versions.get(version)?;
                let text = match version {
                    version if version.is_tick => {
                        let ticks = units::number(version.ticks);
                        say!(language, "tick {ticks}", "第 {ticks} 次触发")
                    }
                    version => period(language, version.period),
                };
                (event, text)
            }
            Section::Callouts => {
                let entry = state.callouts.get(index)?;
                let (event, callout) = *entry.versions.get(version)?;
                let ended = self.ended(entry.id.callout);
                let text = match (version, callout) {
                    (0, CalloutState::Pending) => pick(language, "sent", "已发送").to_owned(),
                    (_, callout) => words::callout_state(language, callout, &ended),
                };
                (event, text)
            }
            Section::Properties => {
                let entry = state.properties.get(index)?;
                let (event, version) = *entry.versions.get(version)?;
                let value = self.property(&entry.id, event, version.used);
                let text = match version.used {
                    PropertyUse::Read => say!(language, "read: {value}", "读取：{value}"),
                    PropertyUse::Written(_) => say!(language, "written: {value}", "写入：{value}"),
                };
                (event, text)
            }
            Section::Missed => {
                let (event, status) = *state.missed.get(index)?.versions.get(version)?;
                (event, Status::from_number(status).map_or("?", Status::name).to_owned())
            }
            Section::Memory => {
                let (event, now) = *state.memory.vms.get(index)?.versions.get(version)?;
                let request = self.request(now.exchange);
                (event, format!("{}, {request}", units::memory(now.bytes)))
            }
        };
        Some((event, text))
    }

    /// `#19 set_shared_data · on_request_headers`, or the callback alone where no host call did it.
    pub fn event(&self, event: EventId) -> String {
        let callback = self.callback(event);
        match (self.trace.call_of(event), callback) {
            (Some((call, number)), Some(callback)) => format!("#{number} {} · {callback}", call.short_name()),
            (Some((call, number)), None) => format!("#{number} {}", call.short_name()),
            (None, Some(callback)) => callback.to_owned(),
            (None, None) => {
                let place = units::number(event.index() + 1);
                say!(self.language, "event {place}", "事件 {place}")
            }
        }
    }

    /// When an event was, on the virtual clock.
    pub fn time(&self, event: EventId) -> String {
        units::nanos(self.trace.event(event).map_or(0, |event| event.at))
    }

    /// The callback that an event is, or in which it happened.
    fn callback(&self, event: EventId) -> Option<&'static str> {
        let mut event = event;
        loop {
            let found = self.trace.event(event)?;
            if let EventKind::Callback { callback, .. } = found.kind {
                return Some(callback.short_name());
            }
            event = found.parent?;
        }
    }

    fn labelled(&self, word: &str, sentence: &str) -> String {
        say!(self.language, "{word}: {sentence}", "{word}：{sentence}")
    }

    /// `request 37`, `connection 1`, or that it was before the first.
    fn request(&self, exchange: Option<u16>) -> String {
        match exchange {
            Some(exchange) => {
                let number = units::number(u32::from(exchange) + 1);
                match self.trace.connections.is_empty() {
                    true => say!(self.language, "request {number}", "第 {number} 个请求"),
                    false => say!(self.language, "connection {number}", "第 {number} 个连接"),
                }
            }
            None => pick(self.language, "start", "启动").to_owned(),
        }
    }

    fn context(&self, entry: &Entry<super::ContextId, ContextState>, at: At) -> Option<[Cell; 5]> {
        let (event, state) = *entry.at(at)?;
        let of = &entry.id;
        let belongs = match (of.exchange, of.parent) {
            (Some(exchange), parent) => {
                let request = self.request(Some(exchange));
                say!(self.language, "{request}, root {parent}", "{request}，根 {parent}")
            }
            (None, _) => String::new(),
        };
        let severity = match state {
            ContextState::Active => Severity::Ok,
            ContextState::AskedForTime => Severity::Warning,
            ContextState::Done | ContextState::Deleted => Severity::Note,
            ContextState::Failed => Severity::Error,
        };
        Some([
            Cell::code(words::context_name(self.language, of.kind, of.context)),
            Cell::note(filter_name(self.scenario, of.filter)),
            Cell::note(belongs),
            Cell::state(words::context_state(self.language, state), severity),
            Cell::event(self.event(event)),
        ])
    }

    fn timer(&self, index: usize, at: At) -> Option<[Cell; 5]> {
        let entry = self.state.timers.get(index)?;
        let (event, version) = *entry.at(at)?;
        let owner = entry.id.context.and_then(|place| self.state.contexts.get(place as usize)?.at(at));
        let is_over =
            owner.is_some_and(|(_, state)| matches!(state, ContextState::Deleted | ContextState::Failed));
        let next = match version.period {
            _ if is_over => pick(self.language, "none any more", "不再触发").to_owned(),
            0 => pick(self.language, "none", "无").to_owned(),
            period => {
                let last = self.trace.event(event).map_or(0, |event| event.at);
                let at = units::nanos(last.saturating_add(u64::from(period) * 1_000_000));
                say!(self.language, "at {at}", "{at} 时")
            }
        };
        let root = entry.id.root;
        let filter = filter_name(self.scenario, entry.id.filter);
        Some([
            Cell::code(say!(self.language, "{filter}, root {root}", "{filter}，根 {root}")),
            Cell::note(period(self.language, version.period)),
            Cell::note(next),
            Cell::number(units::number(version.ticks)),
            Cell::event(self.event(event)),
        ])
    }

    fn callout(&self, index: usize, at: At) -> Option<[Cell; 5]> {
        let entry = self.state.callouts.get(index)?;
        let (event, state) = *entry.at(at)?;
        let severity = match state {
            CalloutState::Pending | CalloutState::Answering => Severity::Warning,
            CalloutState::Ended => {
                match entry.id.callout.and_then(|place| self.trace.callouts.get(place as usize)) {
                    Some(callout) if !matches!(callout.end, CalloutEnd::Answered { .. }) => Severity::Error,
                    _ => Severity::Ok,
                }
            }
            CalloutState::Refused { .. } => Severity::Error,
        };
        let words = words::callout_state(self.language, state, &self.ended(entry.id.callout));
        let state = match (entry.versions.first(), state) {
            (Some((sent, _)), CalloutState::Ended) if *sent != event => {
                let at = self.time(event);
                say!(self.language, "{words} at {at}", "{at} 时{words}")
            }
            (Some((sent, _)), CalloutState::Pending) => {
                let since = self.time(*sent);
                say!(self.language, "{words} since {since}", "自 {since} 起{words}")
            }
            _ => words,
        };
        let sent = entry.versions.first().map(|(sent, _)| self.event(*sent)).unwrap_or_default();
        Some([
            Cell::code(visible(entry.id.upstream.as_bytes(), SHOWN).text),
            Cell::state(state, severity),
            Cell::note(entry.id.kind.replace('_', " ")),
            Cell::number(entry.id.token.map_or_else(String::new, |token| token.to_string())),
            Cell::event(sent),
        ])
    }

    /// How a callout ended; names have addresses or none.
    fn ended(&self, callout: Option<u32>) -> String {
        match callout.and_then(|place| self.trace.callouts.get(place as usize)) {
            Some(callout) => callouts::end(self.language, callout),
            None => pick(self.language, "answered", "已应答").to_owned(),
        }
    }

    fn property(&self, path: &[u8], event: EventId, used: PropertyUse) -> String {
        let name = path.rsplit(|byte| *byte == 0).next().unwrap_or_default().to_ascii_lowercase();
        let is_secret = self.masks && secrets::is_secret(&name);
        let value = match used {
            PropertyUse::Written(change) => self.after(change),
            PropertyUse::Read => {
                let decoded = call::decode(self.trace, event);
                match decoded.as_ref().and_then(|call| call.stored("value")) {
                    Some(DecodedValue::Bytes(blob)) if blob.text().is_some() => shown(&blob.bytes),
                    Some(value) => call_line::inline(self.language, value),
                    None => String::new(),
                }
            }
        };
        if is_secret { secrets::mask(&name, &value) } else { value }
    }

    fn after(&self, change: u32) -> String {
        let change = self.trace.changes().get(change as usize);
        change.and_then(|change| change.after.as_deref()).map(shown).unwrap_or_default()
    }

    fn before(&self, change: u32) -> String {
        let change = self.trace.changes().get(change as usize);
        change.and_then(|change| change.before.as_deref()).map(shown).unwrap_or_default()
    }
}

/// Bytes on one line.
fn shown(bytes: &[u8]) -> String {
    let shown = visible(bytes, SHOWN);
    if shown.is_cut { shown.text + "…" } else { shown.text }
}

fn period(language: Language, period: u32) -> String {
    match period {
        0 => pick(language, "stopped", "已停止").to_owned(),
        period => {
            let period = units::nanos(u64::from(period) * 1_000_000);
            say!(language, "every {period}", "每 {period} 一次")
        }
    }
}

fn segments(path: &[u8]) -> Vec<&[u8]> {
    path.split(|byte| *byte == 0).collect()
}

/// The type of a property that Envoy has by itself; of a value in one of its maps that of such values.
fn kind_of(path: &[u8]) -> Option<AttributeType> {
    let segments = segments(path);
    let known = find(&segments).map(|spec| spec.kind);
    let in_map = || {
        let map = find(&segments[..segments.len() - 1])?;
        (map.kind == AttributeType::Map).then_some(AttributeType::String)
    };
    known.or_else(in_map)
}

/// Why a property was not there.
pub fn missing(path: &[u8], status: u32) -> Missing {
    if status != Status::NotFound.number() {
        return Missing::Refused;
    }
    let segments = segments(path);
    if let Some(removed) = attributes::find_removed(segments[0]) {
        return Missing::Removed { now: removed.now };
    }
    if let Some(spec) = find(&segments) {
        return Missing::NotHere(spec.available);
    }
    let dotted: Vec<&[u8]> = segments[0].split(|byte| *byte == b'.').collect();
    if segments.len() == 1 && dotted.len() > 1 && (2..=dotted.len()).any(|len| find(&dotted[..len]).is_some())
    {
        return Missing::OneSegment;
    }
    let above = (1..segments.len()).rev().find_map(|length| find(&segments[..length]));
    match above {
        Some(spec) if spec.kind != AttributeType::Group => Missing::NoKey { of: spec.path },
        _ => Missing::Unknown,
    }
}

/// The attribute at a path; one whose segments hold dots themselves is another one.
fn find(path: &[&[u8]]) -> Option<&'static AttributeSpec> {
    attributes::find(path).filter(|_| !path.iter().any(|segment| segment.contains(&b'.')))
}

impl Verdict {
    /// As in `--json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_few",
            Self::Steady { .. } => "steady",
            Self::Unclear { .. } => "unclear",
            Self::Grows { .. } => "grows",
            Self::Failed { .. } => "failed",
        }
    }
}
