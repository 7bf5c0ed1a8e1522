//! Words for the rows of the timeline.

use super::{Text, pick, say};
use crate::abi::{Callback, HostCall};
use crate::trace::{ClosedBy, Direction, EventId, EventKind, Step, StreamAction, Trace};
use crate::view::timeline::Totals;
use crate::view::{Language, code, units};

pub fn start_group(language: Language) -> &'static str {
    pick(language, "Start", "开始")
}

pub fn end_group(language: Language) -> &'static str {
    pick(language, "End", "结束")
}

/// `4 callbacks, 4 host calls`
pub fn group(language: Language, totals: Totals) -> Text {
    let (callbacks, calls) = (totals.callbacks, totals.calls);
    let (callbacks_en, calls_en) = (
        units::count(callbacks as usize, "callback", "callbacks"),
        units::count(calls as usize, "host call", "host calls"),
    );
    Text::from(say!(language, "{callbacks_en}, {calls_en}", "{callbacks} 个回调，{calls} 次宿主调用"))
}

/// What a callback was given: `7 headers, end of stream`.
pub fn callback_args(language: Language, callback: Callback, args: &[u64]) -> Text {
    let arg = |index: usize| args.get(index).copied().unwrap_or_default();
    let end = |index: usize| match arg(index) {
        0 => "",
        _ => pick(language, ", end of stream", "，流结束"),
    };
    let number = |index: usize| units::number(arg(index));
    let counted = |index: usize, one: &str, many: &str| {
        units::count(usize::try_from(arg(index)).unwrap_or(usize::MAX), one, many)
    };
    Text::from(match callback {
        Callback::RequestHeaders | Callback::ResponseHeaders => {
            let (en, n, end) = (counted(1, "header", "headers"), number(1), end(2));
            say!(language, "{en}{end}", "{n} 个头部{end}")
        }
        Callback::RequestBody
        | Callback::ResponseBody
        | Callback::DownstreamData
        | Callback::UpstreamData => {
            let (size, end) = (units::bytes(arg(1)), end(2));
            say!(language, "{size}{end}", "{size}{end}")
        }
        Callback::RequestTrailers | Callback::ResponseTrailers => {
            let (en, n) = (counted(1, "trailer", "trailers"), number(1));
            say!(language, "{en}", "{n} 个尾部")
        }
        Callback::ContextCreate if arg(1) == 0 => {
            let id = arg(0);
            say!(language, "plugin {id}", "插件 {id}")
        }
        Callback::ContextCreate => {
            let (id, parent) = (arg(0), arg(1));
            say!(language, "stream {id} of plugin {parent}", "流 {id}，属于插件 {parent}")
        }
        Callback::DownstreamConnectionClose | Callback::UpstreamConnectionClose => match arg(1) {
            1 => pick(language, "closed by the proxy", "由代理关闭").to_owned(),
            2 => pick(language, "closed by the other end", "由对端关闭").to_owned(),
            _ => pick(language, "no more data", "不再有数据").to_owned(),
        },
        Callback::VmStart | Callback::Configure => {
            let size = units::bytes(arg(1));
            say!(language, "{size} of configuration", "配置 {size}")
        }
        Callback::QueueReady => {
            let queue = arg(1);
            say!(language, "queue {queue}", "队列 {queue}")
        }
        Callback::HttpCallResponse => {
            let (token, en, n, size) =
                (arg(1), counted(2, "header", "headers"), number(2), units::bytes(arg(3)));
            say!(language, "token {token}, {en}, {size}", "token {token}，{n} 个头部，{size}")
        }
        Callback::GrpcReceiveInitialMetadata
        | Callback::GrpcReceive
        | Callback::GrpcReceiveTrailingMetadata
        | Callback::GrpcClose => {
            let token = arg(1);
            say!(language, "token {token}", "token {token}")
        }
        Callback::Malloc | Callback::MemoryAllocate => units::bytes(arg(0)),
        _ => String::new(),
    })
}

/// What happened to a stream: a title and what belongs to it.
pub fn action(language: Language, action: StreamAction) -> (String, Text) {
    let of = |direction: Direction,
              request: (&'static str, &'static str),
              response: (&'static str, &'static str)| {
        let (english, chinese) = match direction {
            Direction::Request => request,
            Direction::Response => response,
        };
        pick(language, english, chinese).to_owned()
    };
    let end = |is_end: bool| match is_end {
        true => pick(language, ", end of stream", "，流结束"),
        false => "",
    };
    match action {
        StreamAction::Paused { direction, callback, .. } => {
            let name = code(callback.short_name());
            let is_network = callback >= Callback::NewConnection && callback <= Callback::UpstreamData;
            if is_network {
                let title = of(
                    direction,
                    ("Client's side held", "客户端一侧已暂停"),
                    ("Upstream's side held", "上游一侧已暂停"),
                );
                return (title, Text::from(say!(language, "by {name}", "由 {name} 暂停")));
            }
            let callback = name;
            (
                of(direction, ("Request paused", "请求已暂停"), ("Response paused", "响应已暂停")),
                Text::from(say!(language, "by {callback}", "由 {callback} 暂停")),
            )
        }
        StreamAction::Resumed { direction, .. } => (
            of(direction, ("Request resumed", "请求已恢复"), ("Response resumed", "响应已恢复")),
            Text::default(),
        ),
        StreamAction::HeadersSent { direction, end_of_stream } => (
            of(
                direction,
                ("Headers to the upstream", "头部已发往上游"),
                ("Headers to the client", "头部已发往客户端"),
            ),
            Text::from(end(end_of_stream).trim_start_matches([',', ' ', '，'])),
        ),
        StreamAction::BodySent { direction, bytes, end_of_stream } => (
            of(
                direction,
                ("Body to the upstream", "消息体已发往上游"),
                ("Body to the client", "消息体已发往客户端"),
            ),
            Text::from(format!("{}{}", units::bytes(bytes.into()), end(end_of_stream))),
        ),
        StreamAction::TrailersSent { direction } => (
            of(
                direction,
                ("Trailers to the upstream", "尾部已发往上游"),
                ("Trailers to the client", "尾部已发往客户端"),
            ),
            Text::default(),
        ),
        StreamAction::LocalReply { filter, status } => (
            match filter {
                Some(_) => say!(language, "Local reply {status}", "本地回复 {status}"),
                None => say!(language, "The proxy answers {status}", "代理回复 {status}"),
            },
            Text::default(),
        ),
        StreamAction::Reset { by_filter } => (
            pick(language, "Stream reset", "流被重置").to_owned(),
            Text::from(match by_filter {
                true => pick(language, "by the filter", "由过滤器重置"),
                false => pick(language, "by the proxy", "由代理重置"),
            }),
        ),
        StreamAction::UpstreamConnected => {
            (pick(language, "Upstream connected", "已连接上游").to_owned(), Text::default())
        }
        StreamAction::DataSent { direction, bytes, end_of_stream } => (
            of(
                direction,
                ("Data to the upstream", "数据已发往上游"),
                ("Data to the client", "数据已发往客户端"),
            ),
            Text::from(format!("{}{}", units::bytes(bytes.into()), end(end_of_stream))),
        ),
        StreamAction::ConnectionClosed { by } => {
            let why = match by {
                ClosedBy::Client => pick(language, "aborted by the client", "由客户端中止"),
                ClosedBy::Upstream => pick(language, "aborted by the upstream", "由上游中止"),
                ClosedBy::NoUpstream => pick(language, "no upstream", "没有上游"),
                ClosedBy::BothEnds => pick(language, "both ends have ended", "两端都已结束"),
                ClosedBy::Filter(_) => pick(language, "by the filter", "由过滤器关闭"),
                ClosedBy::Failure(_) => pick(language, "because the filter had failed", "因为过滤器已失效"),
                ClosedBy::Shutdown => pick(language, "the proxy shuts down", "代理关闭"),
            };
            (pick(language, "Connection closed", "连接已关闭").to_owned(), Text::from(why))
        }
        StreamAction::Retried { attempt, most, wait } => {
            let wait = units::nanos(wait);
            (
                pick(language, "Upstream to be asked again", "将再次请求上游").to_owned(),
                Text::from(say!(
                    language,
                    "attempt {attempt} of {most}, after {wait}",
                    "第 {attempt} 次，最多 {most} 次，{wait} 后"
                )),
            )
        }
        StreamAction::RouteChosen => {
            (pick(language, "Route chosen anew", "重新选择路由").to_owned(), Text::default())
        }
    }
}

/// The end of a TCP connection that sends bytes of this direction.
fn peer(language: Language, direction: Direction) -> &'static str {
    match direction {
        Direction::Request => pick(language, "the client", "客户端"),
        Direction::Response => pick(language, "the upstream", "上游"),
    }
}

/// What the scenario did.
pub fn step(language: Language, step: Step) -> Text {
    let end = |is_end: bool| match is_end {
        true => pick(language, ", end of stream", "，流结束"),
        false => "",
    };
    Text::from(match step {
        Step::Start { filter } => {
            let filter = filter + 1;
            say!(language, "filter {filter} starts", "过滤器 {filter} 启动")
        }
        Step::RequestHeaders { exchange: 0 } => {
            say!(language, "the client sends the request", "客户端发送请求")
        }
        Step::RequestHeaders { exchange } => {
            let exchange = exchange + 1;
            say!(language, "the client sends request {exchange}", "客户端发送第 {exchange} 个请求")
        }
        Step::RequestBody { bytes, end_of_stream } => {
            let (size, end) = (units::bytes(bytes.into()), end(end_of_stream));
            say!(language, "the client sends {size} of body{end}", "客户端发送请求体 {size}{end}")
        }
        Step::RequestTrailers => say!(language, "the client sends trailers", "客户端发送尾部"),
        Step::ResponseHeaders { status } => {
            say!(language, "the upstream answers {status}", "上游回复 {status}")
        }
        Step::ResponseBody { bytes, end_of_stream } => {
            let (size, end) = (units::bytes(bytes.into()), end(end_of_stream));
            say!(language, "the upstream sends {size} of body{end}", "上游发送响应体 {size}{end}")
        }
        Step::ResponseTrailers => say!(language, "the upstream sends trailers", "上游发送尾部"),
        Step::Connect => say!(language, "the client opens a TCP connection", "客户端建立 TCP 连接"),
        Step::PeerSends { direction, bytes, end_of_stream } => {
            let (who, size, end) =
                (peer(language, direction), units::bytes(bytes.into()), end(end_of_stream));
            say!(language, "{who} sends {size}{end}", "{who}发送 {size}{end}")
        }
        Step::PeerEnds { direction } => {
            let who = peer(language, direction);
            say!(language, "{who} has nothing more to send", "{who}结束发送")
        }
        Step::PeerCloses { direction } => {
            let who = peer(language, direction);
            say!(language, "{who} closes its socket", "{who}关闭套接字")
        }
        Step::PeerResets { direction } => {
            let who = peer(language, direction);
            say!(language, "{who} aborts the connection", "{who}中止连接")
        }
        Step::UpstreamReset => say!(language, "the upstream resets the stream", "上游重置流"),
        Step::ClientLeft => say!(language, "the client leaves", "客户端离开"),
        Step::Tick => say!(language, "a timer fires", "定时器触发"),
        Step::QueueReady => say!(language, "a queue has an item", "队列中有新条目"),
        Step::CalloutAnswered { token } => {
            say!(language, "the callout with token {token} is answered", "token {token} 的外部调用收到应答")
        }
        Step::Shutdown => say!(language, "the proxy shuts down", "代理关闭"),
    })
}

/// How long a direction was paused that goes on at an event, and which host call let it: `after 42 ms by #15
/// continue_stream`. `None`: the event is something else.
pub fn resumed(language: Language, trace: &Trace, event: EventId) -> Option<Text> {
    let entry = trace.event(event)?;
    let EventKind::Stream(StreamAction::Resumed { direction, filter }) = entry.kind else { return None };
    let before = || trace.events()[..event.index()].iter().enumerate().rev();
    let paused = before().find_map(|(_, earlier)| match earlier.kind {
        EventKind::Stream(StreamAction::Paused { direction: d, filter: f, .. })
            if (d, f) == (direction, filter) =>
        {
            Some(earlier.at)
        }
        _ => None,
    });
    let resumes = |call: HostCall| {
        matches!(call, HostCall::ContinueStream | HostCall::ContinueRequest | HostCall::ContinueResponse)
    };
    // What a host call asked for is done when its callback has returned: the last such call is the one.
    let call = before().take(MOST_BETWEEN).find_map(|(index, _)| {
        let (call, number) = trace.call_of(EventId::from_index(index))?;
        resumes(call).then(|| code(format!("#{number} {}", call.short_name())))
    });
    let waited = units::nanos(entry.at.saturating_sub(paused?));
    Some(Text::from(match (call, entry.at > paused?) {
        (Some(call), true) => say!(language, "after {waited} by {call}", "{waited} 后由 {call} 恢复"),
        (Some(call), false) => say!(language, "by {call}", "由 {call} 恢复"),
        (None, _) => say!(language, "after {waited}", "{waited} 后恢复"),
    }))
}

/// Events between a host call and what it asked for.
const MOST_BETWEEN: usize = 2_000;
