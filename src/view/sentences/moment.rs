//! What a filter can reach at a moment and why not, and why a host call failed, in words.

use super::{Text, filter_name, pick, say};
use crate::abi::{AttributeSpec, BufferType, Callback, HostCall, MapType, Status, StreamType, attributes};
use crate::scenario::Scenario;
use crate::trace::{Area, Direction, EventId, Trace};
use crate::view::call::{CallView, DecodedValue};
use crate::view::detail::{Field, Shown};
use crate::view::moment::{self, Answers, Beyond, Can, WhyNot, Within};
use crate::view::{Language, code, units};

pub fn message(language: Language) -> &'static str {
    pick(language, "message", "消息")
}

pub fn trapped(language: Language) -> &'static str {
    pick(language, "trapped", "崩溃")
}

/// What the guest returned, where it means something else than what it says.
pub fn converted(language: Language, number: u32, answer: &str, acts_as: &str) -> Text {
    let (answer, acts_as) = (code(answer), code(acts_as));
    Text::new(say!(
        language,
        "It returned {number}, {answer}; Envoy acts on it as {acts_as}.",
        "它返回了 {number}，即 {answer}；Envoy 按 {acts_as} 处理。"
    ))
}

/// The name of an area.
pub fn area(language: Language, area: Area) -> &'static str {
    match area {
        Area::RequestHeaders => pick(language, "request headers", "请求头"),
        Area::RequestBody => pick(language, "request body", "请求体"),
        Area::RequestTrailers => pick(language, "request trailers", "请求尾部"),
        Area::ResponseHeaders => pick(language, "response headers", "响应头"),
        Area::ResponseBody => pick(language, "response body", "响应体"),
        Area::ResponseTrailers => pick(language, "response trailers", "响应尾部"),
        Area::CalloutHeaders => pick(language, "callout response", "外部调用的响应"),
        Area::CalloutBody => pick(language, "callout body", "外部调用的响应体"),
        Area::CalloutTrailers => pick(language, "callout trailers", "外部调用的响应尾部"),
        Area::GrpcInitialMetadata => pick(language, "gRPC initial metadata", "gRPC 初始元数据"),
        Area::GrpcMessage => pick(language, "gRPC message", "gRPC 消息"),
        Area::GrpcTrailingMetadata => pick(language, "gRPC trailing metadata", "gRPC 尾部元数据"),
        Area::DownstreamData => pick(language, "client's data", "客户端数据"),
        Area::UpstreamData => pick(language, "upstream's data", "上游数据"),
        Area::PluginConfiguration => pick(language, "plugin configuration", "插件配置"),
        Area::VmConfiguration => pick(language, "VM configuration", "VM 配置"),
    }
}

/// `7 · read and write`
pub fn within(language: Language, within: &Within) -> String {
    let can = match within.can {
        Can::Read => pick(language, "read", "只读"),
        Can::ReadAndWrite => pick(language, "read and write", "可读写"),
        Can::Create => pick(language, "none yet; the first write creates them", "尚无；第一次写入时创建"),
    };
    let is_buffer = matches!(
        within.area,
        Area::RequestBody | Area::ResponseBody | Area::DownstreamData | Area::UpstreamData
    );
    match within.size {
        _ if within.can == Can::Create => can.to_owned(),
        Some(size) if is_buffer => format!("{} · {can}", units::bytes(size)),
        Some(size) => format!("{} · {can}", units::number(size)),
        None => can.to_owned(),
    }
}

/// `the filter has passed it on · BadArgument`
pub fn beyond(language: Language, beyond: &Beyond) -> Text {
    let why = why_not(language, beyond.why);
    let gets = match beyond.answers {
        Answers::Empty => pick(language, "Ok with 0 bytes", "Ok，0 字节"),
        answers => answers.name(),
    };
    Text::new(format!("{why} · {gets}"))
}

/// Why a filter cannot reach something.
pub fn why_not(language: Language, why: WhyNot) -> String {
    match why {
        WhyNot::NoContext => pick(language, "no context exists yet", "还没有任何上下文").to_owned(),
        WhyNot::RootContext => {
            let call = code("set_effective_context");
            say!(
                language,
                "this callback belongs to the plugin; {call} chooses a stream",
                "这个回调属于插件；用 {call} 选定一个流"
            )
        }
        WhyNot::None => pick(language, "the message has none", "消息中没有").to_owned(),
        WhyNot::NotYet => pick(language, "not here yet", "尚未到达").to_owned(),
        WhyNot::LetGo => pick(language, "the filter has passed it on", "过滤器已放行").to_owned(),
        WhyNot::NotLent => {
            pick(language, "held, but not accessible in this callback", "已暂存，但在这个回调中不可访问")
                .to_owned()
        }
        WhyNot::Over => pick(language, "the stream is over", "流已结束").to_owned(),
        WhyNot::OnlyIn(callback) => {
            let name = code(callback.short_name());
            say!(language, "only in {name}", "仅在 {name} 中")
        }
    }
}

/// Why a host call answered something else than Ok, as far as one can tell.
pub fn why_failed(language: Language, trace: &Trace, call: &CallView) -> Option<Text> {
    let access = moment::access(trace, call.event);
    let out_of_reach = |wanted: Area| {
        let beyond = access.as_ref()?.beyond.iter().find(|beyond| beyond.area == wanted)?;
        let (name, why) = (area(language, wanted), why_not(language, beyond.why));
        Some(Text::new(say!(
            language,
            "The {name} cannot be reached here: {why}.",
            "这里无法访问{name}：{why}。"
        )))
    };
    if call.status == Status::BadArgument.name()
        && let Some(wanted) = wanted_area(call)
        && let Some(text) = out_of_reach(wanted)
    {
        return Some(text);
    }
    if call.status == super::super::call::NOT_RETURNED {
        let text = pick(
            language,
            "The filter was stopped inside this call and never came back from it.",
            "过滤器在这次调用中被停止，没有返回。",
        );
        return Some(Text::from(text));
    }
    let text = match (call.call, call.status) {
        (HostCall::GetHeaderMapValue, "NotFound") => {
            pick(language, "There is no header of this name.", "没有这个名称的头部。")
        }
        (HostCall::GetSharedData, "NotFound") => pick(
            language,
            "No value is stored under this key for this VM id.",
            "在这个 VM id 下，这个键没有存储值。",
        ),
        (HostCall::SetSharedData, "CasMismatch") => pick(
            language,
            "The key was written since the filter read it: read it again, and write with the CAS it then has.",
            "过滤器读取之后，这个键又被写过：请重新读取，再用新的 CAS 写入。",
        ),
        (HostCall::HttpCall | HostCall::GrpcCall | HostCall::GrpcStream, _) => pick(
            language,
            "Nothing was sent: the upstream is unknown or has no endpoint, or a required header is missing. \
             No response will come, so the filter must go on by itself.",
            "没有发出任何请求：上游未知、没有端点，或缺少必需的头部。不会有应答，过滤器必须自行继续。",
        ),
        (HostCall::DequeueSharedQueue, "Empty") => pick(language, "The queue is empty.", "队列为空。"),
        (HostCall::ResolveSharedQueue | HostCall::EnqueueSharedQueue, "NotFound") => {
            pick(language, "No such queue is registered for this VM id.", "这个 VM id 下没有注册这样的队列。")
        }
        (HostCall::IncrementMetric | HostCall::RecordMetric | HostCall::GetMetric, "NotFound") => {
            pick(language, "No metric with this id was defined.", "没有定义过这个编号的指标。")
        }
        (HostCall::CallForeignFunction, "NotFound") => {
            pick(language, "Envoy has no foreign function of this name.", "Envoy 没有这个名称的外部函数。")
        }
        (_, "InvalidMemoryAccess") => pick(
            language,
            "An address lies outside the filter's memory, or the filter's allocator returned none.",
            "地址超出过滤器的内存，或过滤器的分配器没有分配到内存。",
        ),
        (_, "Unimplemented") => pick(language, "Envoy does not implement it.", "Envoy 没有实现它。"),
        _ => return None,
    };
    Some(Text::from(text))
}

/// The map or buffer that a call is about.
fn wanted_area(call: &CallView) -> Option<Area> {
    let named = |arg: &str| match call.arg(arg) {
        Some(DecodedValue::Name(name)) => area_of(name),
        _ => None,
    };
    named("map").or_else(|| named("buffer"))
}

/// The area that a map or buffer of the ABI means.
fn area_of(name: &str) -> Option<Area> {
    let maps = [
        (MapType::RequestHeaders, Area::RequestHeaders),
        (MapType::RequestTrailers, Area::RequestTrailers),
        (MapType::ResponseHeaders, Area::ResponseHeaders),
        (MapType::ResponseTrailers, Area::ResponseTrailers),
        (MapType::GrpcInitialMetadata, Area::GrpcInitialMetadata),
        (MapType::GrpcTrailingMetadata, Area::GrpcTrailingMetadata),
        (MapType::CalloutHeaders, Area::CalloutHeaders),
        (MapType::CalloutTrailers, Area::CalloutTrailers),
    ];
    let buffers = [
        (BufferType::RequestBody, Area::RequestBody),
        (BufferType::ResponseBody, Area::ResponseBody),
        (BufferType::DownstreamData, Area::DownstreamData),
        (BufferType::UpstreamData, Area::UpstreamData),
        (BufferType::CalloutBody, Area::CalloutBody),
        (BufferType::GrpcMessage, Area::GrpcMessage),
        (BufferType::VmConfiguration, Area::VmConfiguration),
        (BufferType::PluginConfiguration, Area::PluginConfiguration),
    ];
    let maps = maps.into_iter().map(|(kind, area)| (kind.name(), area));
    let mut all = maps.chain(buffers.into_iter().map(|(kind, area)| (kind.name(), area)));
    all.find(|(known, _)| *known == name).map(|(_, area)| area)
}

/// A name of the ABI as a word: that of a map, a buffer or a direction. Those of levels, statuses and kinds of metrics are
/// what people type, and stay.
pub fn word(language: Language, name: &'static str) -> &'static str {
    if let Some(known) = area_of(name) {
        return area(language, known);
    }
    let directions = [
        (StreamType::Request, "请求"),
        (StreamType::Response, "响应"),
        (StreamType::Downstream, "下游"),
        (StreamType::Upstream, "上游"),
    ];
    if name == BufferType::CallData.name() {
        return pick(language, name, "调用数据");
    }
    let direction = directions.into_iter().find(|(direction, _)| direction.name() == name);
    direction.map_or(name, |(_, chinese)| pick(language, name, chinese))
}

/// When a property that was not found is there.
pub fn property_hint(language: Language, call: &CallView) -> Option<Text> {
    let Some(DecodedValue::Path(path)) = call.arg("path") else { return None };
    let segments: Vec<&[u8]> = path.split('.').map(str::as_bytes).collect();
    let found: &AttributeSpec = attributes::find(&segments)?;
    let when = available(language, found.available);
    let name = code(path);
    Some(Text::new(say!(language, "{name} is available {when}.", "{name} {when}。")))
}

/// When an attribute is there, as the end of a sentence.
pub fn available(language: Language, available: attributes::Available) -> &'static str {
    use attributes::Available::*;
    match available {
        Always => pick(language, "in every context", "在任何上下文中都可用"),
        Stream => pick(language, "in every callback of a stream", "在流的每个回调中可用"),
        RequestHeaders => pick(
            language,
            "while the filter holds the request headers, and in on_log",
            "在过滤器持有请求头时以及 on_log 中可用",
        ),
        Response => pick(language, "from the response headers on", "从响应头到达起可用"),
        ResponseHeaders => pick(
            language,
            "while the filter holds the response headers, and in on_log",
            "在过滤器持有响应头时以及 on_log 中可用",
        ),
        ResponseTrailers => pick(
            language,
            "while the filter holds the response trailers, and in on_log",
            "在过滤器持有响应尾部时以及 on_log 中可用",
        ),
        Upstream => {
            pick(language, "once the request has been sent to an upstream host", "在请求发往上游主机之后可用")
        }
        End => pick(
            language,
            "once the stream is over: in on_log and on_done",
            "在流结束后的 on_log 和 on_done 中可用",
        ),
        Route => pick(language, "when a route was found", "在找到路由时可用"),
        Tls => pick(language, "on TLS connections only", "仅在 TLS 连接上可用"),
        UpstreamTls => {
            pick(language, "on TLS connections to the upstream only", "仅在到上游的 TLS 连接上可用")
        }
        Failure => pick(
            language,
            "only when something went wrong and Envoy noted it",
            "仅在出错且 Envoy 有记录时可用",
        ),
        WhenSet => pick(language, "once a filter has set it", "在过滤器设置之后可用"),
    }
}

/// The answer to a callout: when it came, and in which callback.
pub fn answered_in(language: Language, trace: &Trace, call: EventId, answer: EventId) -> Field {
    let at = |event| trace.event(event).map_or(0, |event| event.at);
    let after = units::nanos(at(answer).saturating_sub(at(call)));
    let event = units::number(answer.index() + 1);
    Field {
        name: pick(language, "answered", "应答").into(),
        value: Shown::Line(say!(language, "after {after}, event {event}", "{after} 后，事件 {event}")),
        link: Some(answer),
    }
}

/// What would let a paused direction go on.
pub fn resumes_on(
    language: Language,
    scenario: &Scenario,
    direction: Direction,
    filter: u16,
    callback: Callback,
) -> Text {
    let filter = code(filter_name(scenario, filter));
    let call = match direction {
        Direction::Request => code("continue_stream(request)"),
        Direction::Response => code("continue_stream(response)"),
    };
    let is_body = matches!(callback, Callback::RequestBody | Callback::ResponseBody);
    Text::new(match is_body {
        true => say!(
            language,
            "Goes on when {filter} returns Continue for a later chunk or for the trailers, or calls {call}.",
            "当 {filter} 对后续数据块或尾部返回 Continue，或调用 {call} 时继续。"
        ),
        false => say!(language, "Goes on when {filter} calls {call}.", "当 {filter} 调用 {call} 时继续。"),
    })
}
