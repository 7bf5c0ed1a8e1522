//! How a run ended, in a word and a sentence.

use std::time::Duration;

use super::{Severity, Text, filter_name, limit, load_error, pick, say, trap};
use crate::abi::Callback;
use crate::scenario::Scenario;
use crate::trace::{CalloutEnd, ClosedBy, Direction, FAILED_FILTER, Outcome, Trace};
use crate::view::{Language, code, units};

/// An outcome for a status bar or a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeText {
    pub severity: Severity,
    /// One word.
    pub word: &'static str,
    /// What follows the word, without a full stop.
    pub sentence: Text,
}

/// The outcome of a run of this scenario.
pub fn text(language: Language, trace: &Trace, scenario: &Scenario) -> OutcomeText {
    let asked = trace.exchanges.last().is_none_or(|exchange| exchange.upstream.is_some());
    let OutcomeText { severity, word, sentence } = of(language, &trace.outcome, asked, scenario);
    let mut sentence = sentence.to_marked();
    if let Some(place) = trace.culprit().filter(|_| trace.exchanges.len() > 1) {
        let (number, count) = (units::number(place + 1), units::number(trace.exchanges.len()));
        sentence +=
            &say!(language, ", in request {number} of {count}", "，第 {number} 个请求（共 {count} 个）");
    }
    let unanswered = trace.callouts.iter().filter(|callout| callout.end == CalloutEnd::Unanswered).count();
    if unanswered > 0 {
        let count = units::number(unanswered);
        sentence += &match unanswered {
            1 => say!(language, "; a callout was not answered", "；一次外部调用未得到应答"),
            _ => say!(language, "; {count} callouts were not answered", "；{count} 次外部调用未得到应答"),
        };
    }
    OutcomeText { severity, word, sentence: Text::from(sentence) }
}

/// The outcome of one request of it, counted from 0.
pub fn of_request(language: Language, trace: &Trace, scenario: &Scenario, exchange: usize) -> OutcomeText {
    let asked = trace.exchanges.get(exchange).is_some_and(|exchange| exchange.upstream.is_some());
    of(language, trace.outcome_of(exchange), asked, scenario)
}

/// `asked`: the upstream got the request, or some of it.
fn of(language: Language, outcome: &Outcome, asked: bool, scenario: &Scenario) -> OutcomeText {
    let (severity, english, chinese) = word(outcome);
    let sentence = Text::from(sentence(language, outcome, asked, scenario));
    OutcomeText { severity, word: pick(language, english, chinese), sentence }
}

fn word(outcome: &Outcome) -> (Severity, &'static str, &'static str) {
    match outcome {
        Outcome::Finished { status: 0 } => (Severity::Warning, "Ended", "已结束"),
        Outcome::Finished { .. } => (Severity::Ok, "Finished", "已完成"),
        Outcome::LocalReply { filter: Some(_), .. } => (Severity::Ok, "Answered", "已自行回复"),
        Outcome::LocalReply { filter: None, .. } => {
            (Severity::Warning, "Answered by the proxy", "由代理回复")
        }
        Outcome::Reset { .. } => (Severity::Warning, "Reset", "已重置"),
        Outcome::Closed { by: ClosedBy::BothEnds | ClosedBy::Client } => (Severity::Ok, "Finished", "已完成"),
        Outcome::Closed { by: ClosedBy::Filter(_) } => (Severity::Ok, "Closed", "已关闭"),
        Outcome::Closed { .. } => (Severity::Warning, "Closed", "已关闭"),
        Outcome::Paused { .. } => (Severity::Warning, "Paused", "已暂停"),
        Outcome::Trapped(_) => (Severity::Error, "Trapped", "已崩溃"),
        Outcome::Limit { limit: crate::trace::LimitKind::Stopped, .. } => {
            (Severity::Warning, "Stopped", "已停止")
        }
        Outcome::Limit { .. } => (Severity::Error, "Limit reached", "达到上限"),
        Outcome::Refused { .. } => (Severity::Error, "Not loaded", "未加载"),
    }
}

fn sentence(language: Language, outcome: &Outcome, asked: bool, scenario: &Scenario) -> String {
    match outcome {
        Outcome::Finished { status: 0 } => {
            say!(language, "no reply reached the client", "客户端没有收到回复")
        }
        Outcome::Finished { status } => say!(language, "{status} to the client", "客户端收到 {status}"),
        Outcome::LocalReply { filter: Some(filter), status, .. } => {
            let name = code(filter_name(scenario, *filter));
            match asked {
                false => say!(
                    language,
                    "{status} by {name}; the upstream was not asked",
                    "{status}，由 {name} 回复，没有请求上游"
                ),
                true => say!(
                    language,
                    "{status} by {name}, in place of the upstream",
                    "{status}，由 {name} 回复，代替上游"
                ),
            }
        }
        Outcome::LocalReply { filter: None, status, details } => {
            let why = host_reason(language, details);
            say!(language, "{status} to the client: {why}", "客户端收到 {status}：{why}")
        }
        Outcome::Reset { by_filter: true } => say!(
            language,
            "a filter closed the stream; the client got no whole reply",
            "过滤器关闭了流，客户端没有收到完整的回复"
        ),
        Outcome::Reset { by_filter: false } => say!(
            language,
            "the proxy closed the stream; the client got no whole reply",
            "代理关闭了流，客户端没有收到完整的回复"
        ),
        Outcome::Closed { by } => closed(language, *by, scenario),
        Outcome::Paused { direction, filter, callback } if is_network(*callback) => {
            let (filter, callback) = (code(filter_name(scenario, *filter)), code(callback.short_name()));
            match direction {
                Direction::Request => say!(
                    language,
                    "{filter} held the client's side of the connection in {callback} and nobody resumed it",
                    "{filter} 在 {callback} 中暂停了连接的客户端一侧，之后一直没有恢复"
                ),
                Direction::Response => say!(
                    language,
                    "{filter} held data from the upstream in {callback} until the connection ended",
                    "{filter} 在 {callback} 中暂存了来自上游的数据，直到连接结束"
                ),
            }
        }
        Outcome::Paused { direction, filter, callback } => {
            let (filter, callback) = (code(filter_name(scenario, *filter)), code(callback.short_name()));
            let waited = units::duration(Duration::from_millis(scenario.limits.client_ms));
            match direction {
                Direction::Request => say!(
                    language,
                    "{filter} held the request in {callback} and nobody resumed it; the client left after {waited}",
                    "{filter} 在 {callback} 中暂停了请求，之后一直没有恢复；客户端在 {waited} 后离开"
                ),
                Direction::Response => say!(
                    language,
                    "{filter} held the response in {callback} and nobody resumed it; the client left after {waited}",
                    "{filter} 在 {callback} 中暂停了响应，之后一直没有恢复；客户端在 {waited} 后离开"
                ),
            }
        }
        Outcome::Trapped(found) => trap::place(language, found),
        Outcome::Limit { limit, callback, allowed, .. } => {
            let callback = callback.map(crate::abi::Callback::short_name);
            limit::sentence(language, *limit, *allowed, callback).to_marked()
        }
        Outcome::Refused { filter, reason } => {
            let name = code(filter_name(scenario, *filter));
            let title = load_error::title(language, reason).to_marked();
            say!(language, "{name}: {title}", "{name}：{title}")
        }
    }
}

/// A callback on a TCP connection.
fn is_network(callback: Callback) -> bool {
    matches!(callback, Callback::NewConnection | Callback::DownstreamData | Callback::UpstreamData)
}

/// How a TCP connection ended.
pub fn closed(language: Language, by: ClosedBy, scenario: &Scenario) -> String {
    match by {
        ClosedBy::Client => say!(language, "the client aborted the connection", "客户端中止了连接"),
        ClosedBy::Upstream => say!(language, "the upstream aborted the connection", "上游中止了连接"),
        ClosedBy::NoUpstream => {
            say!(language, "the proxy could not connect to the upstream", "代理无法连接上游")
        }
        ClosedBy::BothEnds => {
            say!(language, "the connection ended when both ends had", "连接两端都结束后，连接关闭")
        }
        ClosedBy::Filter(filter) => {
            let name = code(filter_name(scenario, filter));
            say!(language, "{name} closed the connection", "{name} 关闭了连接")
        }
        ClosedBy::Failure(filter) => {
            let name = code(filter_name(scenario, filter));
            say!(
                language,
                "the proxy closed the connection because {name} had failed",
                "{name} 已失效，代理关闭了连接"
            )
        }
        ClosedBy::Shutdown => say!(
            language,
            "the connection was still open at the end, and closed by the proxy",
            "运行结束时连接仍然打开，由代理关闭"
        ),
    }
}

/// Why the proxy answered by itself: Envoy's `response.code_details` in words.
fn host_reason(language: Language, details: &str) -> String {
    let known = match details.split('{').next().unwrap_or_default() {
        FAILED_FILTER => pick(language, "the filter had failed", "过滤器已失效"),
        "route_not_found" => pick(language, "no route matches the request", "没有匹配的路由"),
        "response_timeout" => pick(language, "the upstream took too long", "上游超时"),
        "upgrade_failed" => pick(
            language,
            "the request asks for an upgrade that the proxy does not allow",
            "请求要求升级协议，而代理不允许",
        ),
        "absolute_path_rejected" => {
            pick(language, "no route takes a request without a path", "没有接受无路径请求的路由")
        }
        "path_normalization_failed" => pick(language, "the path has a fragment", "路径中带有片段标识"),
        "http1.codec_error" => pick(language, "the request breaks HTTP's rules", "请求不符合 HTTP 规则"),
        "http1.connection_header_rejected" => pick(
            language,
            "its connection header names what must not be removed",
            "其 connection 头部列出了不可移除的头部",
        ),
        "http1.invalid_transfer_encoding" => {
            pick(language, "its transfer-encoding is not chunked", "其 transfer-encoding 不是 chunked")
        }
        _ if details.ends_with("{protocol_error}") => {
            pick(language, "the upstream's answer breaks HTTP's rules", "上游的回复不符合 HTTP 规则")
        }
        "upstream_reset_before_response_started" => {
            pick(language, "the upstream reset the connection", "上游重置了连接")
        }
        "request_payload_too_large" => pick(
            language,
            "the request body outgrew the buffer while it was held",
            "请求体在暂停期间超出缓冲上限",
        ),
        "response_payload_too_large" => pick(
            language,
            "the response body outgrew the buffer while it was held",
            "响应体在暂停期间超出缓冲上限",
        ),
        _ => "",
    };
    match (known, details) {
        ("", "") => pick(language, "the proxy answered by itself", "由代理自行回复").to_owned(),
        ("", details) => code(details),
        (known, details) => {
            let details = code(details);
            say!(language, "{known} ({details})", "{known}（{details}）")
        }
    }
}
