//! The limits that protect the user's machine.

use super::{Text, say};
use crate::trace::LimitKind;
use crate::view::{Language, code, units};

/// The limit's name.
pub fn name(language: Language, limit: LimitKind) -> &'static str {
    let (english, chinese) = match limit {
        LimitKind::RequestTime => ("time for one request", "单个请求的时间上限"),
        LimitKind::StartTime => ("time to start", "启动时间上限"),
        LimitKind::Events => ("events in the trace", "跟踪事件数上限"),
        LimitKind::TraceBytes => ("size of the trace", "跟踪大小上限"),
        LimitKind::LogBytes => ("size of the log", "日志大小上限"),
        LimitKind::Memory => ("memory of the filter", "过滤器内存上限"),
        LimitKind::ClientTime => ("time that the client waits", "客户端等待时间上限"),
        LimitKind::Stopped => ("stopped by you", "由你停止"),
    };
    super::pick(language, english, chinese)
}

/// The title of a card about it.
pub fn title(language: Language, limit: LimitKind) -> String {
    if limit == LimitKind::Stopped {
        return say!(language, "You stopped the run", "你停止了运行");
    }
    let name = name(language, limit);
    say!(language, "Limit reached: {name}", "达到上限：{name}")
}

/// The figure with its unit, as the limit is measured; empty for a stop by hand.
pub fn figure(language: Language, limit: LimitKind, allowed: u64) -> String {
    let number = units::number(allowed);
    match limit {
        LimitKind::RequestTime | LimitKind::StartTime | LimitKind::ClientTime => format!("{number} ms"),
        LimitKind::Events => say!(language, "{number} events", "{number} 个事件"),
        LimitKind::TraceBytes | LimitKind::LogBytes => units::bytes(allowed),
        LimitKind::Memory => units::binary(allowed),
        LimitKind::Stopped => String::new(),
    }
}

/// What happened, with the callback if one was under way.
pub fn sentence(language: Language, limit: LimitKind, allowed: u64, callback: Option<&str>) -> Text {
    let figure = figure(language, limit, allowed);
    let place = match callback {
        Some(callback) => {
            let callback = code(callback);
            say!(language, " in {callback}", "，位于 {callback}")
        }
        None => String::new(),
    };
    Text::from(match limit {
        LimitKind::RequestTime => say!(
            language,
            "the filter ran for more than {figure}{place} and was stopped",
            "过滤器运行超过 {figure}，已被停止{place}"
        ),
        LimitKind::StartTime => say!(
            language,
            "the filter took more than {figure} to start and was stopped{place}",
            "过滤器启动超过 {figure}，已被停止{place}"
        ),
        LimitKind::Events => say!(
            language,
            "the run made more than {figure} and was stopped{place}",
            "运行产生的事件超过 {figure}，已停止{place}"
        ),
        LimitKind::TraceBytes => say!(
            language,
            "the trace grew beyond {figure} and the run was stopped{place}",
            "跟踪超过 {figure}，运行已停止{place}"
        ),
        LimitKind::LogBytes => say!(
            language,
            "the filter wrote more than {figure} of log and was stopped{place}",
            "过滤器写入的日志超过 {figure}，已被停止{place}"
        ),
        LimitKind::Memory => say!(
            language,
            "the filter failed{place} after it asked for more memory than {figure}",
            "过滤器申请的内存超过 {figure} 后失败{place}"
        ),
        LimitKind::ClientTime => say!(
            language,
            "the client gave up after {figure}; no reply had reached it",
            "客户端在 {figure} 后放弃，没有收到任何回复"
        ),
        LimitKind::Stopped => say!(language, "you stopped the run{place}", "你停止了运行{place}"),
    })
}

/// Most memory of a VM in Envoy, in bytes.
pub const ENVOYS_MEMORY: u64 = 1 << 30;

/// What Envoy gives a filter that got no more memory than `allowed` here, in bytes.
pub fn envoys_memory(language: Language, allowed: u64) -> String {
    let envoys = units::binary(ENVOYS_MEMORY);
    if allowed < ENVOYS_MEMORY {
        return say!(
            language,
            "That is this scenario's limit; Envoy gives a VM up to {envoys}.",
            "这是本场景的上限；Envoy 最多给一个 VM {envoys}。"
        );
    }
    say!(
        language,
        "Envoy gives a VM no more than {envoys} either: the filter would fail there, too.",
        "Envoy 给一个 VM 的内存也不超过 {envoys}，过滤器在那里同样会失败。"
    )
}

/// What it would be in production, and what to do; `allowed` as in [`figure`].
pub fn advice(language: Language, limit: LimitKind, allowed: u64) -> Text {
    let field = format!("`{}`", field(limit));
    Text::from(match limit {
        LimitKind::RequestTime | LimitKind::StartTime => say!(
            language,
            "Envoy has no such limit: the worker thread would hang, with every connection on it. Look for a loop that \
             does not end, or raise {field} under Env.",
            "Envoy 没有这个上限：工作线程会挂起，它上面的所有连接也一样。请检查有没有不结束的循环，或在“环境”中提高 {field}。"
        ),
        LimitKind::Events => say!(
            language,
            "Envoy would go on. Look for a loop of host calls, or raise {field} under Env to see more.",
            "Envoy 会继续运行。请检查是否在循环中反复进行宿主调用，或在“环境”中提高 {field} 以查看更多。"
        ),
        LimitKind::LogBytes => say!(
            language,
            "Envoy would write it all to its log. Log less, or raise {field} under Env.",
            "Envoy 会把它们全部写入日志。请减少日志，或在“环境”中提高 {field}。"
        ),
        LimitKind::Memory => {
            let envoys = envoys_memory(language, allowed);
            say!(
                language,
                "{envoys} Handle large bodies in chunks, look for what is never freed, or raise {field} under Env.",
                "{envoys}请分块处理大的消息体，检查有没有从不释放的内存，或在“环境”中提高 {field}。"
            )
        }
        // This one is fixed: no field raises it.
        LimitKind::TraceBytes => say!(
            language,
            "Envoy would go on. Look for a loop of host calls with large values, or try a smaller body.",
            "Envoy 会继续运行。请检查是否在循环中反复传递很大的值，或改用较小的消息体。"
        ),
        LimitKind::ClientTime => say!(
            language,
            "Let the upstream answer sooner, or raise {field} under Env.",
            "让上游更早回复，或在“环境”中提高 {field}。"
        ),
        LimitKind::Stopped => say!(language, "Run again to see the rest.", "再次运行即可看到其余部分。"),
    })
}

/// The field of a scenario that sets the limit.
fn field(limit: LimitKind) -> &'static str {
    match limit {
        LimitKind::RequestTime => "limits.request_ms",
        LimitKind::StartTime => "limits.start_ms",
        LimitKind::Events => "limits.events",
        LimitKind::LogBytes => "limits.log_kib",
        LimitKind::Memory => "limits.memory_mib",
        LimitKind::ClientTime => "limits.client_ms",
        LimitKind::TraceBytes | LimitKind::Stopped => "",
    }
}
