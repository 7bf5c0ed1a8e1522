//! What the filters did, in one paragraph made from the trace alone: what they read, whom they asked and what came back,
//! what they changed and wrote, and how it ended.

mod facts;

use self::facts::{Facts, ReadCounts, Side};
use super::changes::{By, Changes, HeaderRow, Origin, Section};
use super::diff::{Layout, RowKind};
use super::sentences::{list, pick, say};
use super::{Language, Text, code, units};
use crate::abi::Callback;
use crate::trace::{Callout, CalloutEnd, CalloutKind, ClosedBy, Direction, Outcome, Part, Trace};

/// Headers and callouts that are named; further ones are counted.
const NAMED: usize = 3;

/// The story of one exchange, counted from 0. `changes` are those of the same exchange.
pub fn story(language: Language, trace: &Trace, changes: &Changes, exchange: usize) -> Text {
    told(language, trace, changes, exchange, &Facts::new(trace, exchange))
}

/// The story in every language, in the order of [`Language::ALL`].
pub fn stories(trace: &Trace, changes: &Changes, exchange: usize) -> [Text; 2] {
    let facts = Facts::new(trace, exchange);
    Language::ALL.map(|language| told(language, trace, changes, exchange, &facts))
}

fn told(language: Language, trace: &Trace, changes: &Changes, exchange: usize, facts: &Facts<'_>) -> Text {
    let is_connection = trace.connection().is_some();
    let outcome = if is_connection { &trace.outcome } else { trace.outcome_of(exchange) };
    let parts: [&[Part]; 2] = match is_connection {
        true => [&[Part::DownstreamData], &[Part::UpstreamData]],
        false => [
            &[Part::RequestHeaders, Part::RequestBody, Part::RequestTrailers],
            &[Part::ResponseHeaders, Part::ResponseBody, Part::ResponseTrailers],
        ],
    };
    // A reply that a filter made is told by its status; what was changed of it is in the tables.
    let answered = facts.answered.is_some()
        || changes.section(Part::ResponseHeaders).is_some_and(|(_, found)| found.origin == Origin::Filter);
    let [mut request, mut reply] = [0, 1].map(|place| {
        let shown = if place == 1 && answered { &[] } else { parts[place] };
        side(language, trace, changes, &facts.sides[place], shown)
    });
    let beside = facts.beside.iter().map(|beside| {
        let told = side(language, trace, changes, &beside.side, &[]);
        (beside.replying, beside.callback, told)
    });
    let beside: Vec<(bool, Callback, Told)> = beside.collect();
    let mut after = Vec::new();
    if let Some(status) = facts.answered {
        let last = say!(language, "answered {status} itself", "自行回复 {status}");
        if facts.upstream_asked {
            reply.add(last);
        } else {
            request.take(&mut reply);
            request.add(last);
            // The request went nowhere: there is no need to say what of it was changed where.
            request.names_place = false;
            after.push(pick(language, "the upstream was never contacted", "没有联系上游").to_owned());
        }
    }
    let is_bare = request.clauses.is_empty() && reply.clauses.is_empty();
    if facts.answered.is_none() && is_bare && ends_well(outcome) {
        // What was read of both sides is one list.
        request.take(&mut reply);
        request.names_place = false;
        if beside.is_empty() || request.reads != ReadCounts::default() {
            let nothing = match is_connection {
                true => pick(language, "passed everything on as it came", "原样放行了所有数据"),
                false => pick(language, "changed nothing", "没有改动任何内容"),
            };
            request.add(nothing.to_owned());
        }
    }
    // What was changed has the point; what was only read is in the list of host calls.
    let edits = request.edits || reply.edits;
    // The clauses of a connection say themselves which way the data went.
    let words = |told: &Told, place: &Place| {
        let shows_reads = !edits || (!told.edits && told.first_asked.is_some());
        told.words(language, shows_reads, is_connection, (!is_connection).then_some(place))
    };
    let beside = |replying: bool| {
        let of_part = beside.iter().filter(move |(late, ..)| *late == replying);
        of_part.map(|(_, callback, told)| {
            let callback = code(callback.short_name());
            let place = Place { after: format!("in {callback}"), before: format!("{callback} 中") };
            told.words(language, !edits || told.first_asked.is_some(), false, Some(&place))
        })
    };
    let on_request = Place { after: "on the request".to_owned(), before: "请求".to_owned() };
    let on_response = Place { after: "on the response".to_owned(), before: "响应".to_owned() };
    let told = [words(&request, &on_request)].into_iter().chain(beside(false));
    let told = told.chain([words(&reply, &on_response)]).chain(beside(true));
    let told: Vec<String> = told.filter(|words| !words.is_empty()).collect();
    let mut sentence = told.join(pick(language, "; ", "；"));
    for clause in ending(language, trace, outcome).into_iter().chain(after) {
        if !sentence.is_empty() {
            sentence += pick(language, "; ", "；");
        }
        sentence += &clause;
    }
    Text::from(capitalized(&sentence) + pick(language, ".", "。"))
}

/// Whether the run itself has nothing to say about how it ended.
fn ends_well(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Finished { .. }
            | Outcome::LocalReply { .. }
            | Outcome::Reset { by_filter: false }
            | Outcome::Closed {
                by: ClosedBy::BothEnds
                    | ClosedBy::Client
                    | ClosedBy::Upstream
                    | ClosedBy::NoUpstream
                    | ClosedBy::Shutdown
                    | ClosedBy::Failure(_)
            }
    )
}

/// What is told of one side, or of a callback beside the messages.
#[derive(Default)]
struct Told {
    reads: ReadCounts,
    /// Everything else.
    clauses: Vec<String>,
    /// Something of a message was changed.
    edits: bool,
    /// Which clause asks another upstream, and is the first to do so.
    first_asked: Option<usize>,
    /// The last clause says what came back from there.
    ends_with_answer: bool,
    /// The sentence says where this happened.
    names_place: bool,
}

/// Where something happened: English says it behind, Chinese before.
struct Place {
    after: String,
    before: String,
}

impl Told {
    fn add(&mut self, clause: String) {
        self.clauses.push(clause);
        self.ends_with_answer = false;
    }

    /// Takes over what another side has to tell.
    fn take(&mut self, other: &mut Self) {
        let Self { reads, mut clauses, edits, first_asked, ends_with_answer, .. } = std::mem::take(other);
        self.reads = self.reads.and(reads);
        self.first_asked = self.first_asked.or(first_asked.map(|place| self.clauses.len() + place));
        if !clauses.is_empty() {
            self.ends_with_answer = ends_with_answer;
        }
        self.clauses.append(&mut clauses);
        self.edits |= edits;
    }

    fn words(&self, language: Language, shows_reads: bool, of_data: bool, place: Option<&Place>) -> String {
        let place = place.filter(|_| self.names_place);
        let mut told: Vec<String> = Vec::new();
        told.extend(reads(language, &self.reads, of_data).filter(|_| shows_reads));
        told.extend(unreadable(language, self.reads.unreadable));
        let before = told.len();
        told.extend_from_slice(&self.clauses);
        match (language, place) {
            // What came back came back to the filter, not on the request.
            (Language::English, Some(place)) if self.ends_with_answer => {
                if let Some(asked) = self.first_asked.and_then(|asked| told.get_mut(before + asked)) {
                    *asked = format!("{asked} {}", place.after);
                }
                list(language, &told)
            }
            (Language::English, Some(place)) if !told.is_empty() => {
                format!("{} {}", list(language, &told), place.after)
            }
            (Language::English, _) => list(language, &told),
            (Language::SimplifiedChinese, Some(place)) if !told.is_empty() => {
                format!("{}：{}", place.before, told.join("，"))
            }
            (Language::SimplifiedChinese, _) => told.join("，"),
        }
    }
}

/// Callouts, edits, pauses and what was written beside the messages, in that order.
fn side(language: Language, trace: &Trace, changes: &Changes, side: &Side<'_>, parts: &[Part]) -> Told {
    let mut clauses = callouts(language, trace, &side.callouts);
    let asked = clauses.len();
    for part in parts {
        let section = changes.section(*part).map(|(_, section)| section);
        match part {
            Part::RequestHeaders | Part::ResponseHeaders => clauses.extend(header_clauses(language, section)),
            Part::RequestTrailers | Part::ResponseTrailers => {
                clauses.extend(trailer_clause(language, section))
            }
            Part::DownstreamData | Part::UpstreamData => {
                clauses.extend(section.and_then(|section| data_clause(language, section)))
            }
            _ => clauses.extend(body_clause(language, section)),
        }
    }
    let edits = clauses.len() > asked;
    clauses.extend(held(language, side));
    clauses.extend(written(language, &side.written));
    Told {
        reads: side.reads.counts(),
        edits,
        first_asked: (asked > 0).then_some(0),
        ends_with_answer: asked > 0 && clauses.len() == asked && side.callouts.len() <= NAMED,
        clauses,
        names_place: true,
    }
}

/// `could not read a header`
fn unreadable(language: Language, count: usize) -> Option<String> {
    let headers = counted(language, count, "a header", "headers", "个头部")?;
    Some(say!(language, "could not read {headers}", "未能读取 {headers}"))
}

/// `read 3 headers and a property`
fn reads(language: Language, reads: &ReadCounts, of_data: bool) -> Option<String> {
    let whole = |english, chinese| Some(pick(language, english, chinese).to_owned());
    let some = |count, one, many, chinese| counted(language, count, one, many, chinese);
    let read = [
        match reads.all_headers {
            true => whole("all headers", "全部头部"),
            false => some(reads.headers, "a header", "headers", "个头部"),
        },
        match (reads.body, of_data) {
            (false, _) => None,
            (true, true) => whole("the data", "数据"),
            (true, false) => whole("the body", "消息体"),
        },
        match reads.all_trailers {
            true => whole("all trailers", "全部尾部"),
            false => some(reads.trailers, "a trailer", "trailers", "个尾部"),
        },
        some(reads.properties, "a property", "properties", "个属性"),
        some(reads.shared, "a shared value", "shared values", "个共享值"),
    ];
    let read: Vec<String> = read.into_iter().flatten().collect();
    if read.is_empty() {
        return None;
    }
    let read = match language {
        Language::English => list(language, &read),
        Language::SimplifiedChinese => read.join("、"),
    };
    Some(say!(language, "read {read}", "读取 {read}"))
}

/// `a header`, `3 headers`; nothing of which there is none.
fn counted(language: Language, count: usize, one: &str, many: &str, chinese: &str) -> Option<String> {
    match (count, language) {
        (0, _) => None,
        (1, Language::English) => Some(one.to_owned()),
        (_, Language::English) => Some(format!("{} {many}", units::number(count))),
        (_, Language::SimplifiedChinese) => Some(format!("{} {chinese}", units::number(count))),
    }
}

/// `asked auth-service (POST /check)`, `got 403 after 42 ms`
fn callouts(language: Language, trace: &Trace, places: &[usize]) -> Vec<String> {
    let mut clauses = Vec::new();
    let named = if places.len() > NAMED { NAMED - 1 } else { places.len() };
    for callout in places.iter().take(named).filter_map(|place| trace.callouts.get(*place)) {
        let upstream = code(&callout.upstream);
        let of = |name: &[u8]| callout.request.headers.get(name);
        let line = match (of(b":method"), of(b":path")) {
            (Some(method), Some(path)) => [&method[..], b" ", &path[..]].concat(),
            _ => Vec::new(),
        };
        clauses.push(match line.is_empty() {
            true => say!(language, "asked {upstream}", "调用 {upstream}"),
            false => {
                let line = code(line);
                say!(language, "asked {upstream} ({line})", "调用 {upstream}（{line}）")
            }
        });
        let began = trace.event(callout.event).map_or(0, |event| event.at);
        let waited = callout.ended_at.map(|at| at.saturating_sub(began));
        clauses.push(answer(language, callout, waited));
    }
    let more = places.len() - named;
    if more > 0 {
        let more = units::number(more);
        clauses.push(say!(language, "made {more} more callouts", "另有 {more} 次外部调用"));
    }
    clauses
}

/// What became of a callout, as a clause; `waited` in nanoseconds on the virtual clock.
fn answer(language: Language, callout: &Callout, waited: Option<u64>) -> String {
    let time = waited.map(units::nanos).unwrap_or_default();
    let late = waited.is_some_and(|waited| waited > 0);
    let after = if late { format!(" after {time}") } else { String::new() };
    let then = if late { format!("{time} 后") } else { String::new() };
    match callout.end {
        CalloutEnd::Answered { status } => match callout.kind {
            CalloutKind::Http => say!(language, "got {status}{after}", "{then}得到 {status}"),
            CalloutKind::GrpcCall | CalloutKind::GrpcStream => {
                say!(language, "got gRPC status {status}{after}", "{then}得到 gRPC 状态 {status}")
            }
        },
        CalloutEnd::Malformed { status } => say!(
            language,
            "got a response that is not gRPC{after} (status {status})",
            "{then}得到的应答不是 gRPC（状态 {status}）"
        ),
        CalloutEnd::Unanswered => say!(language, "got no response", "没有得到应答"),
        CalloutEnd::TimedOut => say!(language, "timed out after {time}", "等待 {time} 后超时"),
        CalloutEnd::Reset => say!(language, "was reset by it{after}", "{then}被对方重置"),
        CalloutEnd::ConnectionFailed => {
            say!(language, "could not connect{after}", "{then}未能连接")
        }
        CalloutEnd::NoEndpoint => say!(language, "found no endpoint there", "该上游没有端点"),
        CalloutEnd::Unsendable => {
            say!(language, "could not send it: Envoy refuses its headers", "未能发出：Envoy 拒绝其头部")
        }
        CalloutEnd::TooLarge => say!(language, "got a response that is too large", "得到的应答过大"),
        CalloutEnd::Cancelled => say!(language, "cancelled it{after}", "{then}取消了调用"),
        CalloutEnd::Dropped => {
            say!(language, "was gone when the response came", "应答到达时过滤器已不在")
        }
    }
}

/// `held 2 chunks`, or for how long the message was paused where nothing else says so.
fn held(language: Language, side: &Side<'_>) -> Option<String> {
    let pieces = side.held;
    if pieces > 0 {
        let pieces_en = units::count(pieces, "chunk", "chunks");
        return Some(say!(language, "held {pieces_en}", "暂存 {pieces} 块"));
    }
    if side.paused == 0 || !side.callouts.is_empty() {
        return None;
    }
    let time = units::nanos(side.paused);
    Some(say!(language, "paused for {time}", "暂停 {time}"))
}

/// `wrote the shared value hits and counted requests_total`
fn written(language: Language, written: &[(Part, &[u8])]) -> Vec<String> {
    let names = |wanted: Part| {
        let names = written.iter().filter(|(part, _)| *part == wanted);
        let names: Vec<String> = names
            .map(|(_, name)| match wanted {
                Part::Property => code(crate::view::call::path(name)),
                _ => code(name),
            })
            .collect();
        few(language, names)
    };
    let mut clauses = Vec::new();
    if let Some(names) = names(Part::SharedData) {
        clauses.push(say!(language, "wrote shared data {names}", "写入共享数据 {names}"));
    }
    if let Some(names) = names(Part::Queue) {
        clauses.push(say!(language, "used the queue {names}", "使用队列 {names}"));
    }
    if let Some(names) = names(Part::Property) {
        clauses.push(say!(language, "set the property {names}", "设置属性 {names}"));
    }
    if let Some(names) = names(Part::Metric) {
        clauses.push(say!(language, "updated the metric {names}", "更新指标 {names}"));
    }
    clauses
}

/// `rewrote what the client sent (5 → 8 B)`
fn data_clause(language: Language, section: &Section) -> Option<String> {
    let body = section.body()?;
    if section.writers.is_empty() || body.is_same() {
        return None;
    }
    let (before, after) = body.sizes();
    let sizes = units::size_change(before, after);
    Some(match section.part {
        Part::DownstreamData => {
            say!(language, "rewrote what the client sent ({sizes})", "改写了客户端发送的数据（{sizes}）")
        }
        _ => say!(language, "rewrote what the upstream sent ({sizes})", "改写了上游发送的数据（{sizes}）"),
    })
}

fn header_clauses(language: Language, section: Option<&Section>) -> Vec<String> {
    let Some(section) = section else { return Vec::new() };
    let rows = section.header_rows();
    let clause = |kind: RowKind| {
        let names = named(language, rows.iter().filter(|row| row.kind == kind && row.by == By::Filter))?;
        Some(match kind {
            RowKind::Removed => say!(language, "removed {names}", "删除 {names}"),
            RowKind::Added => say!(language, "added {names}", "新增 {names}"),
            RowKind::Changed => say!(language, "replaced {names}", "改写 {names}"),
            RowKind::Moved => say!(language, "moved {names}", "移动 {names}"),
            RowKind::Same => return None,
        })
    };
    [RowKind::Removed, RowKind::Added, RowKind::Changed, RowKind::Moved]
        .into_iter()
        .filter_map(clause)
        .collect()
}

/// The first few names and how many more there are.
fn named<'a>(language: Language, rows: impl Iterator<Item = &'a HeaderRow>) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let cell = row.after.as_ref().or(row.before.as_ref())?;
        let name = code(&cell.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    few(language, names)
}

/// The first few of some words and how many more there are.
fn few(language: Language, mut names: Vec<String>) -> Option<String> {
    let all = names.len();
    let more = all.saturating_sub(NAMED);
    // One more is said as quickly as counted.
    if more < 2 {
        return (all > 0).then(|| list(language, &names));
    }
    names.truncate(NAMED);
    Some(match language {
        Language::English => {
            names.push(format!("{more} more"));
            list(language, &names)
        }
        Language::SimplifiedChinese => format!("{} 等 {all} 个", names.join("、")),
    })
}

fn body_clause(language: Language, section: Option<&Section>) -> Option<String> {
    let section = section?;
    let body = section.body()?;
    if section.writers.is_empty() || body.is_same() {
        return None;
    }
    let (before, after) = body.sizes();
    let sizes = units::size_change(before, after);
    Some(match (before, after) {
        (0, _) => say!(language, "added a body ({sizes})", "新增消息体（{sizes}）"),
        (_, 0) => say!(language, "removed the body ({sizes})", "删除消息体（{sizes}）"),
        _ if body.differs_in_formatting_only() => {
            say!(language, "rewrote the body with the same values ({sizes})", "改写消息体，值不变（{sizes}）")
        }
        _ if body.layout() == Layout::Json => {
            let places = section.counts.total();
            let places_en = units::count(places, "change", "changes");
            say!(
                language,
                "made {places_en} to the JSON body ({sizes})",
                "修改 JSON 消息体 {places} 处（{sizes}）"
            )
        }
        _ => say!(language, "rewrote the body ({sizes})", "改写消息体（{sizes}）"),
    })
}

fn trailer_clause(language: Language, section: Option<&Section>) -> Option<String> {
    let section = section.filter(|section| section.counts.total() > 0)?;
    let changed =
        section.header_rows().iter().filter(|row| row.kind != RowKind::Same && row.by == By::Filter);
    let names = named(language, changed)?;
    Some(say!(language, "changed the trailers {names}", "修改尾部 {names}"))
}

/// How it ended, where that is not simply a finished reply.
fn ending(language: Language, trace: &Trace, outcome: &Outcome) -> Vec<String> {
    let mut clauses = Vec::new();
    match outcome {
        Outcome::Trapped(trap) => {
            let callback = code(trap.callback.short_name());
            clauses.push(say!(language, "trapped in {callback}", "在 {callback} 中崩溃"));
        }
        Outcome::Paused { direction, callback, .. } if trace.connection().is_some() => {
            let callback = code(callback.short_name());
            clauses.push(match direction {
                Direction::Request => say!(
                    language,
                    "held the client's side in {callback} until the end",
                    "在 {callback} 中暂停客户端一侧，直到结束"
                ),
                Direction::Response => say!(
                    language,
                    "held the upstream's side in {callback} until the end",
                    "在 {callback} 中暂停上游一侧，直到结束"
                ),
            });
        }
        Outcome::Paused { direction, callback, .. } => {
            let callback = code(callback.short_name());
            clauses.push(match direction {
                Direction::Request => {
                    say!(
                        language,
                        "paused the request in {callback} forever",
                        "在 {callback} 中暂停请求，再未恢复"
                    )
                }
                Direction::Response => {
                    say!(
                        language,
                        "paused the response in {callback} forever",
                        "在 {callback} 中暂停响应，再未恢复"
                    )
                }
            });
        }
        Outcome::Closed { by: ClosedBy::Filter(_) } => {
            clauses.push(pick(language, "closed the connection", "关闭了连接").into());
        }
        Outcome::Reset { by_filter: true } => {
            clauses.push(pick(language, "closed the stream", "关闭了流").into());
        }
        Outcome::Limit { limit, allowed, callback, .. } => {
            let callback = callback.map(Callback::short_name);
            let text = super::sentences::limit::sentence(language, *limit, *allowed, callback);
            clauses.push(text.to_marked());
        }
        Outcome::Refused { .. } => clauses.push(pick(language, "was not started", "没有启动").into()),
        _ => {}
    }
    clauses
}

/// Only a sentence that begins with a word, not with code.
fn capitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
