//! Names and summaries of the parts of a message.

use super::{pick, say};
use crate::trace::Part;
use crate::view::changes::{Counts, Delivery, Label, Section};
use crate::view::diff::{Detail, Layout};
use crate::view::{Language, Text, code, units};

/// The heading of a part.
pub fn part(language: Language, part: Part) -> &'static str {
    let (english, chinese) = match part {
        Part::RequestHeaders => ("Request headers", "请求头"),
        Part::RequestBody => ("Request body", "请求体"),
        Part::RequestTrailers => ("Request trailers", "请求尾部"),
        Part::ResponseHeaders => ("Response headers", "响应头"),
        Part::ResponseBody => ("Response body", "响应体"),
        Part::ResponseTrailers => ("Response trailers", "响应尾部"),
        Part::DownstreamData => ("Data from the client", "来自客户端的数据"),
        Part::UpstreamData => ("Data from the upstream", "来自上游的数据"),
        Part::Property => ("Properties", "属性"),
        Part::SharedData => ("Shared data", "共享数据"),
        Part::Queue => ("Queues", "队列"),
        Part::Metric => ("Metrics", "指标"),
    };
    pick(language, english, chinese)
}

/// What changed in a section: `1 removed, 1 added`, `5 changed · JSON · 346 → 235 B`.
pub fn summary(language: Language, section: &Section) -> String {
    let mut parts = vec![counts(language, section.counts)];
    if let Some(body) = section.body() {
        parts.push(match body.layout() {
            Layout::Json => "JSON".into(),
            Layout::Form => pick(language, "form", "表单").into(),
            Layout::Multipart => "multipart".into(),
            Layout::Hex => pick(language, "bytes", "字节").into(),
            Layout::Text => String::new(),
        });
        let (before, after) = body.sizes();
        parts.push(units::size_change(before, after));
        if body.detail() == Detail::Blocks {
            parts.push(pick(language, "compared in blocks", "按块比较").into());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// `1 removed, 2 added`; for no changes `nothing changed`.
pub fn counts(language: Language, counts: Counts) -> String {
    let Counts { removed, added, changed, moved } = counts;
    let [r, a, c, m] = [removed, added, changed, moved].map(units::number);
    let words = [
        (removed, say!(language, "{r} removed", "删除 {r} 处")),
        (added, say!(language, "{a} added", "新增 {a} 处")),
        (changed, say!(language, "{c} changed", "修改 {c} 处")),
        (moved, say!(language, "{m} moved", "移动 {m} 处")),
    ];
    let shown: Vec<String> =
        words.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    match shown.is_empty() {
        true => pick(language, "nothing changed", "没有改动").into(),
        false => shown.join(pick(language, ", ", "，")),
    }
}

/// What stands over the right side of a section.
pub fn after(language: Language, section: &Section) -> &'static str {
    let is_request = section.part.is_towards_upstream();
    match (section.delivery, is_request) {
        (Delivery::Sent, true) => pick(language, "After · to the upstream", "之后 · 发往上游"),
        (Delivery::Sent, false) => pick(language, "After · to the client", "之后 · 发往客户端"),
        (Delivery::Partly, _) => pick(language, "After · sent in part", "之后 · 只发送了一部分"),
        (Delivery::Held, _) => pick(language, "After · never sent", "之后 · 没有发出"),
    }
}

/// The name of a change.
pub fn label(language: Language, label: &Label) -> Text {
    Text::from(match label {
        Label::Header(name) | Label::JsonPath(name) | Label::Field(name) => code(name),
        Label::Part(name) => {
            let name = code(name);
            say!(language, "part {name}", "部分 {name}")
        }
        Label::Lines(lines) if lines.len() == 1 => {
            let line = units::number(lines.start);
            say!(language, "line {line}", "第 {line} 行")
        }
        Label::Lines(lines) => {
            let (first, last) = (units::number(lines.start), units::number(lines.end.saturating_sub(1)));
            say!(language, "lines {first} to {last}", "第 {first} 到 {last} 行")
        }
        Label::Bytes(bytes) => {
            let (first, last) =
                (format!("`{:#x}`", bytes.start), format!("`{:#x}`", bytes.end.saturating_sub(1)));
            say!(language, "bytes {first} to {last}", "字节 {first} 到 {last}")
        }
    })
}
