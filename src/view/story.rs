//! What the filters did, in one sentence made from the trace alone.

use super::changes::{By, Changes, HeaderRow, Origin, Section};
use super::diff::{Layout, RowKind};
use super::sentences::{list, pick, say};
use super::{Language, Text, code, units};
use crate::trace::{ClosedBy, Direction, EventKind, Outcome, Part, Step, StreamAction, Trace};

/// Headers that are named; further ones are counted.
const NAMED: usize = 3;

/// The story of one exchange, counted from 0. `changes` are those of the same exchange.
pub fn story(language: Language, trace: &Trace, changes: &Changes, exchange: usize) -> Text {
    if trace.connection().is_some() {
        return connection_story(language, trace, changes);
    }
    let facts = Facts::new(trace, exchange);
    let mut request = Vec::new();
    let mut reply = Vec::new();
    let [headers, body, trailers] = [Part::RequestHeaders, Part::RequestBody, Part::RequestTrailers]
        .map(|part| changes.section(part).map(|(_, section)| section));
    request.extend(held(language, facts.held_request));
    request.extend(header_clauses(language, headers));
    request.extend(body_clause(language, body));
    request.extend(trailer_clause(language, trailers));
    let [headers, body, trailers] = [Part::ResponseHeaders, Part::ResponseBody, Part::ResponseTrailers]
        .map(|part| changes.section(part).map(|(_, section)| section));
    let answered =
        headers.is_some_and(|section| section.origin == Origin::Filter) || facts.answered.is_some();
    if !answered {
        reply.extend(held(language, facts.held_reply));
        reply.extend(header_clauses(language, headers));
        reply.extend(body_clause(language, body));
        reply.extend(trailer_clause(language, trailers));
    }
    let mut sentence = join(language, &request, &reply);
    for clause in ending(language, trace, trace.outcome_of(exchange), facts.answered) {
        if !sentence.is_empty() {
            sentence += pick(language, "; ", "；");
        }
        sentence += &clause;
    }
    if sentence.is_empty() {
        sentence = pick(language, "made no change", "没有改动任何内容").into();
    }
    let stop = pick(language, ".", "。");
    Text::from(capitalized(&sentence) + stop)
}

/// What the filters did to a TCP connection.
fn connection_story(language: Language, trace: &Trace, changes: &Changes) -> Text {
    let clause = |part: Part| data_clause(language, changes.section(part).map(|(_, section)| section)?);
    let mut clauses: Vec<String> =
        [Part::DownstreamData, Part::UpstreamData].into_iter().filter_map(clause).collect();
    if let Outcome::Closed { by: ClosedBy::Filter(_) } = trace.outcome {
        clauses.push(pick(language, "closed the connection", "关闭了连接").into());
    }
    clauses.extend(ending(language, trace, &trace.outcome, None));
    if clauses.is_empty() {
        clauses.push(pick(language, "passed everything on as it came", "原样放行了所有数据").into());
    }
    let sentence = clauses.join(pick(language, "; ", "；"));
    Text::from(capitalized(&sentence) + pick(language, ".", "。"))
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

/// What the events of one exchange say about holding and answering.
#[derive(Default)]
struct Facts {
    /// Number of pieces of a body that arrived while it was held.
    held_request: usize,
    held_reply: usize,
    answered: Option<u32>,
}

impl Facts {
    fn new(trace: &Trace, exchange: usize) -> Self {
        let mut facts = Self::default();
        let mut current = None;
        // Pieces that arrived since the last one left, and whether one of them was held.
        let mut waiting = [(0usize, false); 2];
        for event in trace.events() {
            let side = |direction| if direction == Direction::Request { 0 } else { 1 };
            match event.kind {
                EventKind::Step(Step::RequestHeaders { exchange }) => current = Some(usize::from(exchange)),
                _ if current != Some(exchange) => {}
                EventKind::Step(Step::RequestBody { bytes, .. }) if bytes > 0 => waiting[0].0 += 1,
                EventKind::Step(Step::ResponseBody { bytes, .. }) if bytes > 0 => waiting[1].0 += 1,
                EventKind::Stream(StreamAction::Paused { direction, .. }) => {
                    waiting[side(direction)].1 = true
                }
                EventKind::Stream(StreamAction::BodySent { direction, .. }) => {
                    let (pieces, was_held) = std::mem::take(&mut waiting[side(direction)]);
                    if was_held {
                        match direction {
                            Direction::Request => facts.held_request += pieces,
                            Direction::Response => facts.held_reply += pieces,
                        }
                    }
                }
                EventKind::Stream(StreamAction::LocalReply { filter: Some(_), status }) => {
                    facts.answered = Some(status);
                }
                _ => {}
            }
        }
        facts
    }
}

fn held(language: Language, pieces: usize) -> Option<String> {
    let pieces_en = units::count(pieces, "chunk", "chunks");
    (pieces > 0).then(|| say!(language, "held {pieces_en}", "扣住 {pieces} 块"))
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
        (0, _) => say!(language, "added a body ({sizes})", "添加消息体（{sizes}）"),
        (_, 0) => say!(language, "removed the body ({sizes})", "删除消息体（{sizes}）"),
        _ if body.differs_in_formatting_only() => {
            say!(language, "rewrote the body with the same values ({sizes})", "重写消息体，值不变（{sizes}）")
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
        _ => say!(language, "rewrote the body ({sizes})", "重写消息体（{sizes}）"),
    })
}

fn trailer_clause(language: Language, section: Option<&Section>) -> Option<String> {
    let section = section.filter(|section| section.counts.total() > 0)?;
    let changed =
        section.header_rows().iter().filter(|row| row.kind != RowKind::Same && row.by == By::Filter);
    let names = named(language, changed)?;
    Some(say!(language, "changed the trailers {names}", "改动尾部 {names}"))
}

/// `removed a and added b on the request; on the reply held 2 chunks and removed c`
fn join(language: Language, request: &[String], reply: &[String]) -> String {
    let (request, reply) = (clauses(language, request), clauses(language, reply));
    match (request.is_empty(), reply.is_empty()) {
        (true, true) => String::new(),
        (false, true) => say!(language, "{request} on the request", "请求：{request}"),
        (true, false) => say!(language, "{reply} on the reply", "响应：{reply}"),
        (false, false) => {
            say!(language, "{request} on the request; {reply} on the reply", "请求：{request}；响应：{reply}")
        }
    }
}

fn clauses(language: Language, clauses: &[String]) -> String {
    match language {
        Language::English => list(language, clauses),
        Language::SimplifiedChinese => clauses.join("，"),
    }
}

/// How it ended, where that is not simply a finished reply.
fn ending(language: Language, trace: &Trace, outcome: &Outcome, answered: Option<u32>) -> Vec<String> {
    let mut clauses = Vec::new();
    if let Some(status) = answered {
        clauses.push(say!(language, "answered {status} itself", "自行回复 {status}"));
    }
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
                    "在 {callback} 中扣住客户端一侧，直到结束"
                ),
                Direction::Response => say!(
                    language,
                    "held the upstream's side in {callback} until the end",
                    "在 {callback} 中扣住上游一侧，直到结束"
                ),
            });
        }
        Outcome::Paused { direction, callback, .. } => {
            let callback = code(callback.short_name());
            clauses.push(match direction {
                Direction::Request => {
                    say!(
                        language,
                        "paused the request in {callback} for ever",
                        "在 {callback} 中暂停请求，再未恢复"
                    )
                }
                Direction::Response => {
                    say!(
                        language,
                        "paused the reply in {callback} for ever",
                        "在 {callback} 中暂停响应，再未恢复"
                    )
                }
            });
        }
        Outcome::Reset { by_filter: true } => {
            clauses.push(pick(language, "closed the stream", "关闭了流").into());
        }
        Outcome::Limit { limit, allowed, callback, .. } => {
            let callback = callback.map(crate::abi::Callback::short_name);
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
