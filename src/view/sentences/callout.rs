//! What became of calls to other upstreams.

use super::say;
use crate::trace::{Callout, CalloutEnd, CalloutKind};
use crate::view::Language;

/// How a callout ended, such as `answered 403`.
pub fn end(language: Language, callout: &Callout) -> String {
    match callout.end {
        CalloutEnd::Answered { status } => match callout.kind {
            CalloutKind::Http => say!(language, "answered {status}", "应答 {status}"),
            CalloutKind::GrpcCall | CalloutKind::GrpcStream => {
                say!(language, "ended with gRPC status {status}", "以 gRPC 状态 {status} 结束")
            }
        },
        CalloutEnd::Malformed { status } => {
            say!(language, "answered without gRPC: status {status}", "应答不是 gRPC：状态 {status}")
        }
        CalloutEnd::Unanswered if callout.unmatched => {
            say!(language, "not answered: no mock matches it", "未应答：没有匹配的模拟应答")
        }
        CalloutEnd::Unanswered => say!(language, "not answered", "未应答"),
        CalloutEnd::TimedOut => say!(language, "timed out", "超时"),
        CalloutEnd::Reset => say!(language, "reset by the upstream", "被上游重置"),
        CalloutEnd::ConnectionFailed => say!(language, "could not connect", "无法连接"),
        CalloutEnd::NoEndpoint => {
            say!(language, "refused: the upstream has no endpoint", "被拒绝：上游没有端点")
        }
        CalloutEnd::Unsendable => {
            say!(language, "not sent: Envoy refuses its headers", "未发送：Envoy 拒绝其头部")
        }
        CalloutEnd::TooLarge => say!(language, "its response was too large", "应答过大"),
        CalloutEnd::Cancelled => say!(language, "cancelled by the filter", "被过滤器取消"),
        CalloutEnd::Dropped => say!(language, "answered when the filter was gone", "应答到达时过滤器已不在"),
    }
}
