//! Words of the picture of a stream.

use super::{Text, pick, say};
use crate::trace::Direction;
use crate::view::{Language, units};

macro_rules! plain {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        $(pub fn $name(language: Language) -> &'static str {
            pick(language, $english, $chinese)
        })*
    };
}

plain! {
    client: "Client", "客户端";
    upstream: "Upstream", "上游";
    all_sent: "All sent", "已全部发送";
    sending: "Sending", "正在发送";
    has_all: "Has all of it", "已全部收到";
    receiving: "Receiving", "正在接收";
    gone: "Gone", "已离开";
    no_reply: "No reply", "没有回复";
    no_reply_yet: "No reply yet", "尚未回复";
    waiting: "waiting", "等待中";
    not_contacted: "Not contacted", "未联系";
    waits_for_headers: "waits for headers", "等待请求头";
    answered_before: "answered before it", "请求到达之前已回复";
    not_reached: "Not reached", "未到达";
    no_callbacks: "no callbacks", "没有回调";
    running: "Running", "正在运行";
    trapped: "Trapped", "崩溃";
    itself: "itself, without the upstream", "未联系上游";
    passed_all: "passed all of it on", "已全部放行";
    passes: "passes on what comes", "收到即放行";
    over_before_connected: "over before the connection was made", "连接建立前请求已结束";
    not_called_at_all: "Not called", "未被调用";
    had_failed: "it had failed", "此前已失败";
    request_never_came: "no request came to it", "请求没有到达它";
    no_export: "exports no callback for it", "没有导出对应的回调";
    not_called: "not called while the headers are paused", "头部暂停期间不会调用";
}

/// `2 chunks`, `headers only`
pub fn pieces(language: Language, pieces: usize) -> String {
    let pieces_en = units::count(pieces, "chunk", "chunks");
    match pieces {
        0 => pick(language, "no body", "没有消息体").into(),
        _ => say!(language, "{pieces_en}", "{pieces} 块"),
    }
}

/// `10 headers, 1,284 B held`
pub fn held(language: Language, headers: Option<u32>, bytes: u64) -> String {
    let size = units::bytes(bytes);
    match (headers, bytes) {
        (Some(headers), 0) => {
            let en = units::count(headers as usize, "header", "headers");
            say!(language, "{en} held", "暂存 {headers} 个头部")
        }
        (Some(headers), _) => {
            let en = units::count(headers as usize, "header", "headers");
            say!(language, "{en}, {size} held", "暂存 {headers} 个头部、{size}")
        }
        (None, _) => say!(language, "{size} held", "暂存 {size}"),
    }
}

/// `9 headers · 1,284 B`
pub fn went(language: Language, headers: u32, bytes: u64) -> String {
    let en = units::count(headers as usize, "header", "headers");
    let headers = say!(language, "{en}", "{headers} 个头部");
    match bytes {
        0 => headers,
        _ => format!("{headers} · {}", units::bytes(bytes)),
    }
}

/// What stands over an arrow that nothing went along.
pub fn nothing(language: Language, direction: Direction, is_last: bool) -> &'static str {
    match (direction, is_last) {
        (Direction::Request, true) => pick(language, "nothing sent", "未发送"),
        _ => "",
    }
}

/// Why no more body comes.
pub fn no_more_body(language: Language, has_body: bool) -> &'static str {
    match has_body {
        true => pick(language, "no more of the body will come", "消息体不会再有内容"),
        false => pick(language, "the message has no body", "这条消息没有消息体"),
    }
}

/// `filter 1 of 2`
pub fn place(language: Language, place: usize, of: usize) -> String {
    say!(language, "filter {place} of {of}", "第 {place} 个过滤器，共 {of} 个")
}

/// What happens when as much is held as may be.
pub fn at_limit(language: Language, direction: Direction, is_streaming: bool, headers_sent: bool) -> Text {
    let text = match (is_streaming, direction, headers_sent) {
        (true, ..) => {
            pick(language, "at the limit: reading stops (back-pressure)", "达到上限时：停止读取（背压）")
        }
        (_, Direction::Request, _) => {
            pick(language, "beyond the limit: Envoy answers 413", "超过上限时：Envoy 回复 413")
        }
        (_, Direction::Response, false) => {
            pick(language, "beyond the limit: Envoy answers 500", "超过上限时：Envoy 回复 500")
        }
        (_, Direction::Response, true) => {
            pick(language, "beyond the limit: Envoy resets the stream", "超过上限时：Envoy 重置流")
        }
    };
    Text::from(text)
}
