//! What filters keep beside the messages: whether memory leaks, why a property is missing, what is going on.

use super::limit::ENVOYS_MEMORY;
use super::{Severity, pick, say};
use crate::abi::Available;
use crate::view::state::{CalloutState, ContextKind, ContextState, Missing, Verdict};
use crate::view::{Language, Text, units};

/// What was found about the memory of a VM: a word or two, the sentence, and what to do or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictText {
    pub severity: Severity,
    pub word: &'static str,
    pub sentence: Text,
    pub advice: Text,
}

/// Words for a verdict on a VM that has so many bytes.
pub fn verdict(language: Language, verdict: Verdict, bytes: u64) -> VerdictText {
    let (severity, word, sentence, advice) = match verdict {
        Verdict::TooFew { requests } => {
            let requests_en = units::count(requests, "request is", "requests are");
            let requests = units::number(requests);
            (
                Severity::Note,
                pick(language, "Unknown", "未知"),
                say!(
                    language,
                    "{requests_en} too few to detect a leak",
                    "{requests} 个请求太少，无法判断是否泄漏"
                ),
                say!(
                    language,
                    "Run more requests: a soak sends 100 or 1,000 to the same VM.",
                    "请发送更多请求：浸泡测试会向同一个 VM 发送 100 或 1,000 个请求。"
                ),
            )
        }
        Verdict::Steady { requests, hidden } => {
            let (requests, hidden) = (units::number(requests), units::memory(hidden.max(1)));
            (
                Severity::Ok,
                pick(language, "Steady", "稳定"),
                say!(
                    language,
                    "No growth in the last {requests} requests",
                    "最近 {requests} 个请求中没有增长"
                ),
                say!(
                    language,
                    "A leak of less than {hidden} per request would not show yet.",
                    "每个请求泄漏少于 {hidden} 时还看不出来。"
                ),
            )
        }
        Verdict::Unclear { request, bytes } => {
            let (request, bytes) = (units::number(request), units::memory(bytes));
            (
                Severity::Warning,
                pick(language, "Unclear", "不确定"),
                say!(
                    language,
                    "It last grew with request {request}, by {bytes}",
                    "最后一次增长在第 {request} 个请求，增加了 {bytes}"
                ),
                say!(
                    language,
                    "Send more requests to see whether it goes on. With a garbage collector, memory grows in steps and then stays level.",
                    "请发送更多请求，看是否继续增长。使用垃圾回收时，内存会阶梯式增长，之后保持不变。"
                ),
            )
        }
        Verdict::Grows { per_request } => {
            let left = ENVOYS_MEMORY.saturating_sub(bytes) / per_request.max(1);
            let (each, left) = (units::memory(per_request), units::number(left));
            (
                Severity::Error,
                pick(language, "Leaks", "泄漏"),
                say!(language, "It grows by {each} per request", "每个请求增长 {each}"),
                say!(
                    language,
                    "After about {left} more requests it reaches the 1 GiB that Envoy gives a VM, and fails. Look for what \
                     is kept after a context's `on_done`: maps by context id, buffers, values that are never freed.",
                    "再过约 {left} 个请求就会用满 Envoy 给一个 VM 的 1 GiB 内存而失败。请检查上下文在 `on_done` \
                     之后还保留了什么：按上下文 id 存放的 map、缓冲区、从不释放的值。"
                ),
            )
        }
        Verdict::Failed { request, per_request: Some(each) } => {
            let (request, each) = (units::number(request), units::memory(each));
            (
                Severity::Error,
                pick(language, "Leaks", "泄漏"),
                say!(
                    language,
                    "It grew by {each} per request until it failed in request {request}",
                    "每个请求增长 {each}，直到在第 {request} 个请求中失败"
                ),
                say!(
                    language,
                    "Requests after that did not reach it. Look for what a context keeps after `on_done`: maps by context \
                     id, buffers, values that are never freed.",
                    "之后的请求没有到达它。请检查上下文在 `on_done` 之后还保留了什么：按上下文编号存放的表、缓冲区、\
                     从不释放的值。"
                ),
            )
        }
        Verdict::Failed { request, per_request: None } => {
            let request = units::number(request);
            (
                Severity::Error,
                pick(language, "Failed", "已失败"),
                say!(
                    language,
                    "It failed in request {request}: no verdict on leaks",
                    "它在第 {request} 个请求中失败，无法判断是否泄漏"
                ),
                say!(
                    language,
                    "Requests after that did not reach it. See why it failed, mend that, and send them again.",
                    "之后的请求没有到达它。请查明失败的原因，修正后重新发送。"
                ),
            )
        }
    };
    VerdictText { severity, word, sentence: sentence.into(), advice: advice.into() }
}

/// How far a context is.
pub fn context_state(language: Language, state: ContextState) -> &'static str {
    match state {
        ContextState::Active => pick(language, "active", "使用中"),
        ContextState::AskedForTime => pick(language, "asked for time", "请求延后结束"),
        ContextState::Done => pick(language, "done", "已结束"),
        ContextState::Deleted => pick(language, "deleted", "已删除"),
        ContextState::Failed => pick(language, "failed with its VM", "随 VM 一起失败"),
    }
}

/// What a context is called: `root 1`, `http 2`, `tcp 2`.
pub fn context_name(language: Language, kind: ContextKind, id: u32) -> String {
    match kind {
        ContextKind::Root => say!(language, "root {id}", "根 {id}"),
        ContextKind::Http => format!("http {id}"),
        ContextKind::Tcp => format!("tcp {id}"),
    }
}

/// How far a callout is; `ended` says how it ended.
pub fn callout_state(language: Language, state: CalloutState, ended: &str) -> String {
    match state {
        CalloutState::Pending => pick(language, "pending", "等待应答").to_owned(),
        CalloutState::Answering => pick(language, "answering", "正在应答").to_owned(),
        CalloutState::Ended => ended.to_owned(),
        CalloutState::Refused { status } => say!(language, "refused: {status}", "被拒绝：{status}"),
    }
}

/// Why a property has no value.
pub fn missing(language: Language, missing: Missing) -> String {
    match missing {
        Missing::Removed { now } => {
            say!(language, "removed in Envoy 1.33: now {now}", "Envoy 1.33 起已移除，现为 {now}")
        }
        Missing::OneSegment => pick(
            language,
            "the path is one segment with dots; put NUL between segments",
            "路径写成了带点号的一段；各段之间应以 NUL 分隔",
        )
        .to_owned(),
        Missing::NoKey { of } => {
            say!(language, "{of} has no such key here", "{of} 在这里没有这个键")
        }
        Missing::NotHere(available) => not_here(language, available).to_owned(),
        Missing::Unknown => pick(
            language,
            "Envoy has no such attribute, and no filter has set it",
            "Envoy 没有这个属性，此前也没有过滤器设置过它",
        )
        .to_owned(),
        Missing::Refused => pick(language, "the path is malformed", "路径格式不正确").to_owned(),
    }
}

/// When an attribute would have been there.
fn not_here(language: Language, available: Available) -> &'static str {
    match available {
        Available::Always => pick(language, "it has no value in this scenario", "在此场景中没有值"),
        Available::Stream => pick(language, "only in callbacks of a stream", "仅在流的回调中可用"),
        Available::RequestHeaders => pick(
            language,
            "only while the filter holds the request headers, and in on_log",
            "仅在过滤器持有请求头时以及 on_log 中可用",
        ),
        Available::Response => pick(language, "only from the response headers on", "仅从响应头起可用"),
        Available::ResponseHeaders => pick(
            language,
            "only while the filter holds the response headers, and in on_log",
            "仅在过滤器持有响应头时以及 on_log 中可用",
        ),
        Available::ResponseTrailers => pick(
            language,
            "only while the filter holds the response trailers, and in on_log",
            "仅在过滤器持有响应尾部时以及 on_log 中可用",
        ),
        Available::Upstream => pick(
            language,
            "only once the request has been sent to an upstream host",
            "仅在请求已发往上游主机之后可用",
        ),
        Available::End => pick(
            language,
            "only in on_log and on_done, when the stream is over",
            "仅在流结束后的 on_log 和 on_done 中可用",
        ),
        Available::Route => pick(language, "only when a route was found", "仅在找到路由时可用"),
        Available::Tls => pick(language, "only on TLS connections", "仅在 TLS 连接上可用"),
        Available::UpstreamTls => {
            pick(language, "only on TLS connections to the upstream", "仅在到上游的 TLS 连接上可用")
        }
        Available::Failure => pick(language, "only when something went wrong", "仅在出错时可用"),
        Available::WhenSet => pick(language, "only once a filter has set it", "仅在有过滤器设置之后可用"),
    }
}
