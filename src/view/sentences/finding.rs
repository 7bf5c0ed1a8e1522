//! Mistakes that Envoy would punish or let pass in silence.

use super::{Severity, Text, say};
use crate::trace::{Direction, Finding, NotHere, Unknown};
use crate::view::{Language, code, units};

/// A finding in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingText {
    /// Short name, the same in all languages: for filters, links and `--json`.
    pub id: &'static str,
    pub severity: Severity,
    pub title: Text,
    /// Why it matters in production.
    pub why: Text,
    pub what_to_do: Text,
}

pub fn text(language: Language, finding: Finding) -> FindingText {
    FindingText {
        id: finding.name(),
        severity: severity(finding),
        title: title(language, finding),
        why: Text::from(why(language, finding)),
        what_to_do: Text::from(what_to_do(language, finding)),
    }
}

/// How serious a finding is: errors break requests in Envoy, warnings are mistakes that may show later, notes say what is
/// easily misread.
pub fn severity(finding: Finding) -> Severity {
    match finding {
        Finding::NotKnownHere { .. }
        | Finding::PropertyNotHere { .. }
        | Finding::CompressedBody { .. }
        | Finding::BodyReadAgain { .. }
        | Finding::TicksInEachWorker
        | Finding::CasMismatch
        | Finding::UnmatchedCallout
        | Finding::CalloutNotRetried
        | Finding::UnknownName
        | Finding::StackDepth => Severity::Note,
        Finding::GaugeWrapped
        | Finding::UnknownUpstream
        | Finding::RemovedProperty { .. }
        | Finding::HeaderReadTooLate { .. }
        | Finding::DottedProperty { .. }
        | Finding::MisspeltProperty { .. }
        | Finding::PassedBy
        | Finding::NoCallback { .. }
        | Finding::HeldTooMuch { .. }
        | Finding::ExitInCallback { .. }
        | Finding::MemoryRefused { .. }
        | Finding::TrapAtShutdown => Severity::Warning,
        _ => Severity::Error,
    }
}

/// Request or response, as a word inside a sentence.
fn message(language: Language, direction: Direction) -> &'static str {
    match direction {
        Direction::Request => super::pick(language, "request", "请求"),
        Direction::Response => super::pick(language, "response", "响应"),
    }
}

/// What only a real Envoy knows, as words inside a sentence.
fn unknown(language: Language, what: Unknown) -> &'static str {
    match what {
        Unknown::Schema => super::pick(language, "the fields of a message", "消息的字段"),
        Unknown::MessageType => super::pick(language, "a message type", "消息类型"),
        Unknown::Curve => super::pick(language, "the curve P-224", "P-224 曲线"),
    }
}

/// One line.
pub fn title(language: Language, finding: Finding) -> Text {
    Text::from(match finding {
        Finding::ContinueWithoutPause { direction } => {
            let message = message(language, direction);
            say!(language, "The {message} was resumed without being paused", "{message}并未暂停却被恢复")
        }
        Finding::ContinueThenPause { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "The {message} was resumed and paused in the same callback",
                "同一个回调中既恢复又暂停了{message}"
            )
        }
        Finding::LocalReplyAfterEnd => {
            say!(language, "A local reply was sent after the stream had ended", "流结束之后才发送本地回复")
        }
        Finding::CloseAfterEnd => {
            say!(language, "The stream was reset after it had ended", "流结束之后才重置流")
        }
        Finding::StaleContentLength { direction, declared, sent } => {
            let message = message(language, direction);
            let (declared, sent) = (units::number(declared), units::number(sent));
            say!(
                language,
                "The {message} declares `content-length: {declared}` but has {sent} bytes",
                "{message}声明 `content-length: {declared}`，实际有 {sent} 字节"
            )
        }
        Finding::InvalidStatus { status } => {
            say!(language, "{status} is not a valid status code", "{status} 不是有效的状态码")
        }
        Finding::GaugeWrapped => say!(language, "A gauge went below zero", "gauge 指标减到了零以下"),
        Finding::TrapAtShutdown => {
            say!(language, "The filter trapped while the proxy was shutting down", "代理关闭时过滤器崩溃")
        }
        Finding::MemoryRefused { limit } => {
            let limit = units::binary(limit);
            say!(
                language,
                "The filter asked for more memory than {limit} and got none",
                "过滤器申请的内存超过 {limit}，未能分配"
            )
        }
        Finding::EmptyGrpcService => say!(language, "The gRPC service is empty", "gRPC 服务为空"),
        Finding::ExitInCallback { code } => {
            say!(language, "The filter called `proc_exit({code})`", "过滤器调用了 `proc_exit({code})`")
        }
        Finding::TransferEncodingAdded => {
            say!(language, "`transfer-encoding` was added to the request", "给请求添加了 `transfer-encoding`")
        }
        Finding::StackDepth => say!(language, "The filter ran out of stack", "过滤器的栈已用尽"),
        Finding::ClosedAndAnswered => {
            say!(language, "The stream was both answered and reset", "同一个回调中既发送了本地回复又重置了流")
        }
        Finding::ClosedAndContinued => {
            say!(language, "The response was let go on after the stream was reset", "重置流之后又放行了响应")
        }
        Finding::AnsweredTwice => {
            say!(language, "One callback answered twice", "同一个回调中发送了两次本地回复")
        }
        Finding::TrailersWithoutBody => {
            say!(language, "The trailers went on without the body", "尾部先发出，消息体丢失")
        }
        Finding::AnsweredAndContinued => {
            say!(language, "A request was continued after it had been answered", "请求在回复之后又被放行")
        }
        Finding::BodySentTwice => {
            say!(
                language,
                "Part of the body was sent to the upstream twice",
                "消息体的一部分向上游发送了两次"
            )
        }
        Finding::CalloutNotRetried => {
            say!(
                language,
                "The callout asks for retries, which are not simulated",
                "此外部调用要求重试，但这里不模拟重试"
            )
        }
        Finding::NoMemory => {
            say!(language, "The module has no memory for its host calls", "模块没有内存，无法进行宿主调用")
        }
        Finding::UnknownName => {
            say!(language, "The scenario has no address for this name", "场景中没有这个域名的地址")
        }
        Finding::UnknownUpstream => {
            say!(language, "The upstream of this callout is unknown", "此外部调用的上游未知")
        }
        Finding::UnmatchedCallout => {
            say!(language, "No mock matches this callout", "没有与此外部调用匹配的模拟应答")
        }
        Finding::NestedGrpcFailure => {
            say!(language, "The gRPC stream has no endpoint to go to", "gRPC 流没有可用的端点")
        }
        Finding::BodyForBodiless { direction } => {
            let message = message(language, direction);
            say!(language, "The {message} has no body to write to", "{message}没有可写入的消息体")
        }
        Finding::HeaderWrittenTooLate { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "A {message} header was written after the headers had been sent",
                "{message}头发出之后才修改"
            )
        }
        Finding::NeverResumed { direction, .. } => {
            let message = message(language, direction);
            say!(language, "The {message} stayed paused forever", "{message}一直处于暂停状态")
        }
        Finding::NeverPassedOn { direction: Direction::Request } => say!(
            language,
            "The connection ended while what the client sent was still held",
            "连接结束时，客户端发来的数据仍未放行"
        ),
        Finding::NeverPassedOn { direction: Direction::Response } => say!(
            language,
            "The connection ended while data from the upstream was still held",
            "连接结束时，来自上游的数据仍未放行"
        ),
        Finding::LocalReplyOnConnection => {
            say!(language, "A local reply was sent on a TCP connection", "在 TCP 连接上发送了本地回复")
        }
        Finding::RemovedProperty { name, .. } => {
            let name = code(name);
            say!(language, "Envoy no longer has the property {name}", "Envoy 已不再提供属性 {name}")
        }
        Finding::HeaderReadTooLate { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "A {message} header was read after the headers had been sent",
                "{message}头发出之后才读取"
            )
        }
        Finding::DottedProperty { .. } => {
            say!(language, "A property path was given with dots", "属性路径使用了点号")
        }
        Finding::MisspeltProperty { meant } => {
            let meant = code(meant);
            say!(
                language,
                "There is no property of this name; the closest is {meant}",
                "没有这个名称的属性，最接近的是 {meant}"
            )
        }
        Finding::PropertyNotHere { name, why } => {
            let name = code(name);
            match why {
                NotHere::NotYet => say!(language, "{name} is not available yet", "{name} 此时还不可用"),
                NotHere::NotHeld => say!(
                    language,
                    "{name} needs headers that the filter does not hold",
                    "{name} 取自头部，而过滤器此时并未持有"
                ),
                NotHere::NoRequest => {
                    say!(
                        language,
                        "{name} was read where there is no request",
                        "在没有请求的上下文中读取了 {name}"
                    )
                }
            }
        }
        Finding::StaleContentEncoding { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "The {message} still declares `content-encoding`, but its new body is not encoded that way",
                "{message}仍声明 `content-encoding`，但新的消息体并未按此编码"
            )
        }
        Finding::CompressedBody { direction } => {
            let message = message(language, direction);
            say!(language, "The {message} body is compressed", "{message}体是压缩的")
        }
        Finding::BodyReadAgain { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "The {message} body was read again from its beginning",
                "又从头读取了一遍{message}体"
            )
        }
        Finding::PieceIsGone => {
            say!(
                language,
                "The body was touched after its last piece had gone",
                "最后一个数据块已不在之后又访问了消息体"
            )
        }
        Finding::PartOfBody { direction } => {
            let message = message(language, direction);
            say!(
                language,
                "A write into the middle of the {message} body was refused",
                "向{message}体中间写入被拒绝"
            )
        }
        Finding::IncompleteCallout { missing } => {
            let missing = code(missing);
            say!(language, "The callout has no {missing}", "此外部调用缺少 {missing}")
        }
        Finding::NoStream => say!(
            language,
            "The filter tried to answer, resume or close a stream where there is none",
            "在没有流的上下文中试图回复、恢复或关闭流"
        ),
        Finding::TicksInEachWorker => {
            say!(language, "The timer runs in each VM of Envoy", "定时器在 Envoy 的每个 VM 中各自运行")
        }
        Finding::CasMismatch => say!(
            language,
            "The shared value has changed since the filter read it",
            "过滤器读取之后，共享数据已被改写"
        ),
        Finding::PassedBy => {
            say!(language, "The request bypassed a filter that had failed", "请求绕过了已失效的过滤器")
        }
        Finding::NoCallback { connection: false, .. } => say!(
            language,
            "The filter exports no callback for HTTP: requests pass it untouched",
            "过滤器没有导出任何 HTTP 回调：请求会原样通过"
        ),
        Finding::NoCallback { connection: true, .. } => say!(
            language,
            "The filter exports no callback for connections: data passes it untouched",
            "过滤器没有导出任何连接回调：数据会原样通过"
        ),
        Finding::HeldTooMuch { direction, limit, .. } => {
            let (message, limit) = (message(language, direction), units::memory(limit));
            say!(
                language,
                "The filter held more of the {message} body than the buffer's {limit}",
                "过滤器暂存的{message}体超过了缓冲区的 {limit}"
            )
        }
        Finding::NotKnownHere { what } => {
            let what = unknown(language, what);
            say!(
                language,
                "The result depends on {what}, which only a real Envoy knows",
                "结果取决于{what}，只有真实的 Envoy 知道"
            )
        }
    })
}

fn why(language: Language, finding: Finding) -> String {
    match finding {
        Finding::ContinueWithoutPause { .. } => say!(
            language,
            "Envoy does not check this: depending on the moment it sends the headers twice, or crashes and drops all its \
             connections. Here the call was ignored.",
            "Envoy 不会检查：视时机不同，它会把头部发送两次，或直接崩溃，断开所有连接。这里忽略了这次调用。"
        ),
        Finding::ContinueThenPause { .. } => say!(
            language,
            "Envoy resumes first and pauses afterwards. What comes next, such as the body, is then held and nothing \
             resumes it: most often the stream hangs.",
            "Envoy 先恢复再暂停。之后到达的内容（如消息体）会被暂停，再也不会恢复，流通常就此挂起。"
        ),
        Finding::LocalReplyAfterEnd => say!(
            language,
            "In `on_log` Envoy calls the filter again and again until its stack is used up; in `on_done` it crashes. \
             Here the call was ignored.",
            "在 `on_log` 中，Envoy 会反复调用过滤器直到栈耗尽；在 `on_done` 中会直接崩溃。这里忽略了这次调用。"
        ),
        Finding::CloseAfterEnd => say!(
            language,
            "Envoy resets a stream that it is just taking down: in `on_log` it calls the filter again and again until its \
             stack is used up, then it crashes, and drops all connections. Here the call was ignored.",
            "Envoy 会重置一个正在拆除的流：在 `on_log` 中反复调用过滤器直到栈耗尽，随后崩溃，断开所有连接。这里忽略了这次调用。"
        ),
        Finding::StaleContentLength { .. } => say!(
            language,
            "Envoy does not correct it. HTTP/1 peers cut a longer body at the declared length and wait for the rest of a \
             shorter one; HTTP/2 peers report a protocol error.",
            "Envoy 不会更正它。HTTP/1 对端会按声明的长度截断变长的消息体，或一直等待变短的消息体的剩余部分；HTTP/2 对端会报告协议错误。"
        ),
        Finding::InvalidStatus { .. } => say!(
            language,
            "Envoy sends the number as it is, and clients drop the connection because of it.",
            "Envoy 会原样发送这个数字，客户端会因此断开连接。"
        ),
        Finding::TrapAtShutdown => say!(
            language,
            "No request is harmed, but Envoy logs an error each time a worker ends or the configuration changes.",
            "不影响任何请求，但每当工作线程结束或配置更新，Envoy 都会记录一条错误。"
        ),
        Finding::MemoryRefused { limit } => {
            let envoys = super::limit::envoys_memory(language, limit);
            say!(
                language,
                "{envoys} Most languages abort when their allocator gets no memory.",
                "{envoys}多数语言的程序分配不到内存就会中止。"
            )
        }
        Finding::GaugeWrapped => say!(
            language,
            "Gauges are unsigned: the value wrapped to a huge number, and graphs and alerts follow it.",
            "gauge 是无符号数：数值回绕成了极大的数，图表和告警也随之出错。"
        ),
        Finding::EmptyGrpcService => say!(
            language,
            "Envoy aborts on it and drops all its connections.",
            "Envoy 会因此中止，所有连接随之断开。"
        ),
        Finding::ExitInCallback { .. } => say!(
            language,
            "In Envoy the call returns and the code after it runs, most often into `unreachable`: the filter traps and \
             its failure policy decides about all further requests.",
            "在 Envoy 中这个调用会返回，其后的代码继续运行，通常遇到 `unreachable`：过滤器崩溃，之后的请求由失败策略决定。"
        ),
        Finding::TransferEncodingAdded => say!(
            language,
            "HTTP/1 upstreams then wait for a body that never comes, and the request hangs.",
            "HTTP/1 上游会等待永远不会到来的消息体，请求就此挂起。"
        ),
        Finding::StackDepth => say!(
            language,
            "How deep calls may go depends on the engine and its compiler: Envoy's V8 may stop earlier or later than this \
             run did. What comes before is the same.",
            "调用能有多深取决于引擎及其编译器：Envoy 的 V8 可能比这次运行更早或更晚停止。在此之前的行为是一样的。"
        ),
        Finding::ClosedAndAnswered => say!(
            language,
            "The reset wins: the client gets no answer. And then Envoy calls `on_response_headers` of the context that it has \
             just deleted: Rust and Go filters panic on it, and all requests after that fail.",
            "重置生效，客户端得不到回复。之后 Envoy 还会对刚删除的上下文调用 `on_response_headers`：\
             Rust 和 Go 过滤器会因此 panic，此后的请求全部失败。"
        ),
        Finding::ClosedAndContinued => say!(
            language,
            "Envoy goes on with a response whose stream is gone: it calls filters that have logged already, clients get a cut \
             response that looks whole, and some requests crash Envoy. Here the reset counts.",
            "Envoy 会继续处理流已不存在的响应：它会调用已经记过日志的过滤器，客户端会收到看似完整、实则被截断的响应，\
             有些请求还会使 Envoy 崩溃。这里以重置为准。"
        ),
        Finding::AnsweredTwice => say!(
            language,
            "In a request callback Envoy sends the first reply, with the details of the second. In a response callback the \
             second one crashes Envoy and drops all its connections. Here the first one is sent.",
            "在请求回调中，Envoy 发送第一个回复，但使用第二个的 details。在响应回调中，第二个回复会使 Envoy 崩溃，\
             所有连接随之断开。这里发送的是第一个。"
        ),
        Finding::TrailersWithoutBody => say!(
            language,
            "The body callback added trailers to the request and then paused. Envoy sends the trailers at once, and with \
             them the end of the request: the chunk that was held never reaches the upstream.",
            "消息体回调为请求添加了尾部，随后又暂停。Envoy 会立即发出尾部并结束请求：暂存的那一块永远到不了上游。"
        ),
        Finding::AnsweredAndContinued => say!(
            language,
            "The client got the local reply, and yet `continue_stream` let the request pass: an upstream that is connected \
             gets it and acts on it, even if the reply denied it.",
            "客户端收到了本地回复，但 `continue_stream` 仍放行了请求：已建立连接的上游会收到并处理它，即使回复的是拒绝。"
        ),
        Finding::BodySentTwice => say!(
            language,
            "Because the request may be retried, Envoy keeps the part of the body that has passed, in the same buffer in which \
             filters hold theirs. The filter found it there when it held a later chunk, and let it go once more.",
            "由于请求可能重试，Envoy 会保留已放行的消息体，且与过滤器暂存的部分放在同一个缓冲区中。\
             过滤器暂存后面的块时，已放行的部分也在其中，于是被再次放行。"
        ),
        Finding::CalloutNotRetried => say!(
            language,
            "Envoy makes such a callout again when its answer is one that `x-envoy-retry-on` or `x-envoy-retry-grpc-on` names. \
             Here the filter gets the first answer.",
            "如果应答属于 `x-envoy-retry-on` 或 `x-envoy-retry-grpc-on` 所列的情况，Envoy 会重新发起此外部调用。\
             这里过滤器得到的是第一次的应答。"
        ),
        Finding::NoMemory => say!(
            language,
            "Envoy crashes at the first address that such a module passes, and drops all its connections. Here the call returned \
             InvalidMemoryAccess.",
            "这样的模块一传入地址，Envoy 就会崩溃，所有连接随之断开。这里的调用返回 InvalidMemoryAccess。"
        ),
        Finding::UnknownName => say!(
            language,
            "The filter is told that the lookup failed. A real Envoy asks the name servers of its machine.",
            "过滤器会得知解析失败。真实的 Envoy 会查询所在机器的域名服务器。"
        ),
        Finding::UnknownUpstream => say!(
            language,
            "Envoy refuses a callout to a cluster that its configuration does not have: the host call fails, and nothing is sent.",
            "如果配置中没有这个集群，Envoy 会拒绝调用：宿主调用失败，不会发出任何请求。"
        ),
        Finding::UnmatchedCallout => say!(
            language,
            "The call gets no response until its timeout, as with an upstream that hangs.",
            "这次调用在超时之前一直得不到应答，如同上游挂起。"
        ),
        Finding::NestedGrpcFailure => say!(
            language,
            "Envoy calls the filter back from inside the host call. SDKs do not expect that: Rust panics, Go looks for a \
             stream that it does not know yet. Here the filter only gets `on_grpc_close`, after the callback.",
            "Envoy 会在宿主调用内部回调过滤器。SDK 没有预料到这一点：Rust 会 panic，Go 会查找它还不认识的流。\
             这里过滤器只会在当前回调结束之后收到 `on_grpc_close`。"
        ),
        Finding::BodyForBodiless { .. } => say!(
            language,
            "Envoy refuses it with BadArgument: a message that came as headers alone cannot be given a body. The Rust SDK \
             panics on that status.",
            "Envoy 以 BadArgument 拒绝：只有头部的消息不能再添加消息体。Rust SDK 遇到这个状态会 panic。"
        ),
        Finding::HeaderWrittenTooLate { .. } => say!(
            language,
            "A callback that returns Continue sends the headers on. A write after that fails with BadArgument, or \
             succeeds and changes nothing.",
            "回调返回 Continue 后，头部就发出了。之后的修改会以 BadArgument 失败，或者成功却不起作用。"
        ),
        Finding::NeverResumed { unseen_body: true, .. } => say!(
            language,
            "A pause in the headers callback also stops the body callback, so a filter that waits there for the body is never \
             called again. Envoy has no timeout for it: the client waits until it gives up.",
            "在头部回调中暂停，消息体回调也不会再来，因此在那里等待消息体的过滤器再也不会被调用。\
             Envoy 对此没有超时：客户端一直等到放弃为止。"
        ),
        Finding::NeverResumed { .. } => say!(
            language,
            "Envoy has no timeout for it: the client waits until it gives up, and the stream holds its memory that long.",
            "Envoy 对此没有超时：客户端一直等到放弃为止，流占用的内存也一直不释放。"
        ),
        Finding::NeverPassedOn { .. } => say!(
            language,
            "What a filter holds is dropped when the connection ends; until then Envoy waits, and has no timeout of its own.",
            "连接结束时，过滤器暂存的数据会被丢弃；在此之前 Envoy 一直等待，自身没有超时。"
        ),
        Finding::LocalReplyOnConnection => say!(
            language,
            "Envoy returns Ok and does nothing: the client gets no reply, and the data goes on as the callback says.",
            "Envoy 返回 Ok 但什么也不做：客户端收不到回复，数据仍按回调的返回值处理。"
        ),
        Finding::RemovedProperty { .. } => say!(
            language,
            "Envoy 1.33 removed it. Since then reading it returns NotFound and nothing else; many filters then go on with an \
             empty value.",
            "Envoy 1.33 移除了它。此后读取只会得到 NotFound，没有其他提示，许多过滤器会因此使用空值继续运行。"
        ),
        Finding::HeaderReadTooLate { .. } => say!(
            language,
            "A callback that returns Continue sends the headers on. Reading one later fails with BadArgument, and reading all of \
             them gives an empty list. SDKs panic on that status or take it for a missing header.",
            "回调返回 Continue 后，头部就发出了。之后读取单个头部会得到 BadArgument，读取全部头部会得到空列表。\
             SDK 遇到这个状态会 panic，或误认为没有这个头部。"
        ),
        Finding::DottedProperty { meant } => {
            let meant = code(meant);
            say!(
                language,
                "A path is a list of segments with a NUL character between them. With dots it is one long name that Envoy does not \
                 have: it returns NotFound and nothing else. Perhaps {meant} is meant.",
                "属性路径的各段之间用 NUL 字符分隔。使用点号时它只是一个很长的名称，Envoy 中并不存在，只会返回 \
                 NotFound，没有其他提示。可能想读取 {meant}。"
            )
        }
        Finding::MisspeltProperty { .. } => say!(
            language,
            "Envoy returns NotFound and nothing else; many filters then go on with an empty value. Property names are \
             case-sensitive.",
            "Envoy 只会返回 NotFound，没有其他提示，许多过滤器会因此使用空值继续运行。属性名区分大小写。"
        ),
        Finding::PropertyNotHere { why: NotHere::NotYet, .. } => say!(
            language,
            "The name is right, but what it describes has not happened yet in this callback. Envoy returns NotFound.",
            "名称没有错，但在这个回调中，它所描述的事情还没有发生。Envoy 返回 NotFound。"
        ),
        Finding::PropertyNotHere { why: NotHere::NotHeld, .. } => say!(
            language,
            "It comes from headers, and those are accessible only while the filter holds them: in their own callback, while they \
             are paused, and in `on_log`. Envoy returns NotFound.",
            "它取自头部，而头部只有在过滤器持有时才可读取：在它们自己的回调中、暂停期间以及 `on_log` 中。Envoy 返回 NotFound。"
        ),
        Finding::PropertyNotHere { why: NotHere::NoRequest, .. } => say!(
            language,
            "Timers, queues, configuration and responses to callouts run in the root context, which belongs to no request. Envoy \
             returns NotFound.",
            "定时器、队列、配置以及外部调用的应答都在根上下文中运行，它不属于任何请求。Envoy 返回 NotFound。"
        ),
        Finding::StaleContentEncoding { .. } => say!(
            language,
            "Envoy does not correct it. The receiver tries to decode the body and fails.",
            "Envoy 不会更正它。接收方会尝试解码，然后失败。"
        ),
        Finding::CompressedBody { .. } => say!(
            language,
            "Its `content-encoding` says so, and Envoy passes bodies on as they came: a search for text in it finds nothing, and \
             text inserted into it breaks it.",
            "`content-encoding` 已经说明了这一点，而 Envoy 按原样传递消息体：在其中搜索文本什么也找不到，插入文本会破坏它。"
        ),
        Finding::BodyReadAgain { .. } => say!(
            language,
            "While a body is paused, its buffer keeps everything received so far, and the size that the callback gets is the \
             total. A filter that appends what it reads to what it read before gets the beginning twice.",
            "消息体暂停期间，缓冲区保留目前已收到的全部内容，回调得到的大小也是总大小。\
             如果过滤器把读到的内容拼到之前读到的后面，开头部分就会重复。"
        ),
        Finding::PieceIsGone => say!(
            language,
            "The body callback stopped the piece without buffering it for the filter. Envoy still points to where it was, and \
             that memory may belong to something else by now: it may crash. Here the body is empty.",
            "消息体回调停住了这个数据块，但没有为过滤器缓冲它。Envoy 仍指向它原来的位置，而那块内存可能已另作他用：Envoy 可能崩溃。这里读到的是空消息体。"
        ),
        Finding::PartOfBody { .. } => say!(
            language,
            "Envoy can replace the beginning of a body, or add bytes in front of it or at its end; for any other place it returns \
             BadArgument and changes nothing.",
            "Envoy 只能替换消息体的开头，或在其前后添加内容；其他位置一律返回 BadArgument，内容不变。"
        ),
        Finding::IncompleteCallout { .. } => say!(
            language,
            "Envoy refuses it: the host call returns BadArgument and nothing else, and no request is sent.",
            "Envoy 会拒绝：宿主调用只返回 BadArgument，没有其他提示，不会发出任何请求。"
        ),
        Finding::NoStream => say!(
            language,
            "Timers, queues, configuration and responses to callouts run in the root context. Envoy returns Ok there and does \
             nothing: the request stays as it is.",
            "定时器、队列、配置以及外部调用的应答都在根上下文中运行。Envoy 在那里返回 Ok，但什么也不做，请求保持原样。"
        ),
        Finding::TicksInEachWorker => say!(
            language,
            "Here the timer runs in one VM. Envoy has one VM for each worker and one for its main thread, and the timer runs in \
             all of them: its work is done once in each, and each VM has its own variables.",
            "这里只有一个 VM。Envoy 的每个工作线程和主线程各有一个 VM，定时器在所有 VM 中运行：\
             它所做的事会在每个 VM 中各做一次，并且每个 VM 有各自的变量。"
        ),
        Finding::CasMismatch => say!(
            language,
            "All workers share this data. `set_shared_data` with the CAS number of an older version returns CasMismatch and stores \
             nothing.",
            "所有工作线程共享这些数据。`set_shared_data` 如果带着旧版本的 CAS 编号，会返回 CasMismatch，不会保存。"
        ),
        Finding::PassedBy => say!(
            language,
            "Its policy lets requests pass after a failure. In production only the log shows it: what the filter should \
             enforce is not enforced.",
            "它的失败策略会在崩溃之后放行请求。在生产环境中，除了日志没有任何迹象：过滤器本该执行的检查没有执行。"
        ),
        Finding::NoCallback { .. } => say!(
            language,
            "Envoy looks up callbacks by name and calls those that are there. It says nothing about other exports, and the filter \
             looks healthy.",
            "Envoy 按名字查找回调，有则调用；对其他导出不作任何提示，过滤器看起来一切正常。"
        ),
        Finding::HeldTooMuch { direction: Direction::Request, .. } => say!(
            language,
            "Envoy answers 413 itself, or resets the stream if the response has begun. A filter that holds whole bodies fails \
             with every body that is larger.",
            "Envoy 会自行回复 413；如果响应已经开始，则重置流。暂存整个消息体的过滤器，遇到更大的消息体都会失败。"
        ),
        Finding::HeldTooMuch { direction: Direction::Response, .. } => say!(
            language,
            "Envoy answers 500 instead of the upstream's response, or resets the stream if its headers have been sent. A filter \
             that holds whole bodies fails with every body that is larger.",
            "Envoy 会用 500 代替上游的响应；如果响应头已经发出，则重置流。暂存整个消息体的过滤器，遇到更大的消息体都会失败。"
        ),
        Finding::NotKnownHere { .. } => say!(
            language,
            "Filterlab answered as if it did not exist. With a real Envoy the filter may behave differently \
             from here on.",
            "Filterlab 按“不存在”处理。在真实的 Envoy 中，过滤器从这里开始的行为可能不同。"
        ),
    }
}

fn what_to_do(language: Language, finding: Finding) -> String {
    match finding {
        Finding::ContinueWithoutPause { .. } => say!(
            language,
            "Resume only what the filter paused itself: return Pause first, and call `continue_stream` in a later callback.",
            "只恢复过滤器自己暂停的内容：先返回 Pause，再在之后的回调中调用 `continue_stream`。"
        ),
        Finding::ContinueThenPause { .. } => say!(
            language,
            "Return Continue instead of calling `continue_stream` and returning Pause.",
            "直接返回 Continue，不要一边调用 `continue_stream` 一边返回 Pause。"
        ),
        Finding::LocalReplyAfterEnd => say!(
            language,
            "Send the reply in a request or response callback; `on_log` and `on_done` are for logging only.",
            "请在请求或响应回调中回复；`on_log` 和 `on_done` 只用于记录日志。"
        ),
        Finding::CloseAfterEnd => say!(
            language,
            "Reset the stream in a request or response callback; `on_log`, `on_done` and `on_delete` come when it is over.",
            "请在请求或响应回调中重置流；`on_log`、`on_done` 和 `on_delete` 调用时流已经结束。"
        ),
        Finding::StaleContentLength { direction: Direction::Request, .. } => say!(
            language,
            "Remove `content-length` in `on_request_headers`, before the body is known.",
            "在 `on_request_headers` 中、消息体到达之前，删除 `content-length`。"
        ),
        Finding::StaleContentLength { direction: Direction::Response, .. } => say!(
            language,
            "Remove `content-length` in `on_response_headers`, before the body is known.",
            "在 `on_response_headers` 中、消息体到达之前，删除 `content-length`。"
        ),
        Finding::InvalidStatus { .. } => {
            say!(language, "Use a status from 200 to 599.", "使用 200 到 599 之间的状态码。")
        }
        Finding::TrapAtShutdown => say!(
            language,
            "See the log for its last words, and make sure that `on_done` and `on_delete` of the root context cannot trap.",
            "查看日志中它最后的输出，并确保根上下文的 `on_done` 和 `on_delete` 不会崩溃。"
        ),
        Finding::MemoryRefused { .. } => say!(
            language,
            "Handle large bodies in chunks, free what is no longer needed, or raise `limits.memory_mib` under Env.",
            "分块处理大的消息体，释放不再需要的内存，或在“环境”中提高 `limits.memory_mib`。"
        ),
        Finding::GaugeWrapped => say!(
            language,
            "Keep track of the value yourself, and never subtract more than there is.",
            "自行记录数值，减去的量不要超过现有的值。"
        ),
        Finding::EmptyGrpcService => say!(
            language,
            "Name a cluster or pass a serialized `GrpcService`; check whether the configuration has an empty name.",
            "指定集群名或传入序列化的 `GrpcService`；检查配置中的名称是否为空。"
        ),
        Finding::ExitInCallback { .. } => say!(
            language,
            "Do not exit in a filter. The cause may be a panic handler, `os.Exit` or a failed assertion; the last log \
             lines tell which.",
            "不要在过滤器中退出。可能是 panic 处理函数、`os.Exit` 或断言失败造成的，最后几行日志会说明原因。"
        ),
        Finding::TransferEncodingAdded => say!(
            language,
            "Leave `transfer-encoding` to Envoy: remove `content-length` and it chooses the framing itself.",
            "`transfer-encoding` 交给 Envoy 处理：删除 `content-length`，Envoy 会自行选择分帧方式。"
        ),
        Finding::StackDepth => say!(
            language,
            "Find the function that calls itself in the trap report, and bound its depth by the size of its input.",
            "在崩溃报告中找到调用自身的函数，并按输入大小限制其深度。"
        ),
        Finding::ClosedAndAnswered => say!(
            language,
            "Either reply with `send_local_response` or reset with `close_stream`, not both.",
            "要么用 `send_local_response` 回复，要么用 `close_stream` 重置，不要两者都做。"
        ),
        Finding::ClosedAndContinued => say!(
            language,
            "Return Pause from `on_response_trailers` after `close_stream`, and call no `continue_stream` behind it.",
            "在 `on_response_trailers` 中调用 `close_stream` 后返回 Pause；重置之后不要再调用 `continue_stream`。"
        ),
        Finding::AnsweredTwice => say!(
            language,
            "Return from the callback right after `send_local_response`.",
            "调用 `send_local_response` 之后立即从回调返回。"
        ),
        Finding::TrailersWithoutBody => say!(
            language,
            "Add trailers in a body callback that returns Continue, or in `on_request_trailers`.",
            "请在返回 Continue 的消息体回调中，或在 `on_request_trailers` 中添加尾部。"
        ),
        Finding::AnsweredAndContinued => say!(
            language,
            "After `send_local_response` in a callout's or timer's callback, return without continuing the request.",
            "在外部调用或定时器的回调中调用 `send_local_response` 之后直接返回，不要再放行请求。"
        ),
        Finding::BodySentTwice => say!(
            language,
            "With `x-envoy-retry-on`, hold the whole body from its first chunk on, or let all of it pass.",
            "使用 `x-envoy-retry-on` 时，要么从第一块起暂存整个消息体，要么全部放行。"
        ),
        Finding::CalloutNotRetried => say!(
            language,
            "Let the mock give the response that the last attempt would get.",
            "让模拟应答给出最后一次尝试会得到的结果。"
        ),
        Finding::NoMemory => say!(
            language,
            "Export or import a memory; every SDK and compiler does so by default.",
            "导出或导入内存；各 SDK 和编译器默认都会这样做。"
        ),
        Finding::UnknownName => say!(
            language,
            "Add the name with its addresses to `names` in the scenario.",
            "在场景的 `names` 中添加这个域名及其地址。"
        ),
        Finding::UnknownUpstream => say!(
            language,
            "Add a mock for this upstream to `callouts` in the scenario, or correct the name in the filter's configuration.",
            "在场景的 `callouts` 中为这个上游添加模拟应答，或更正过滤器配置中的名称。"
        ),
        Finding::UnmatchedCallout => say!(
            language,
            "Add a mock to `callouts` for this method, path and headers, or loosen an existing one.",
            "在 `callouts` 中为这个方法、路径和头部添加模拟应答，或放宽已有的匹配条件。"
        ),
        Finding::NestedGrpcFailure => say!(
            language,
            "Handle InternalFailure of `grpc_stream`, and make sure that the cluster has endpoints before the filter calls it.",
            "处理 `grpc_stream` 返回的 InternalFailure，并确保调用前该集群有端点。"
        ),
        Finding::BodyForBodiless { direction: Direction::Request, .. } => say!(
            language,
            "Check the end-of-stream argument of `on_request_headers`; to answer with a body of your own, send a local reply.",
            "检查 `on_request_headers` 的 end_of_stream 参数；若要返回自己的内容，请发送本地回复。"
        ),
        Finding::BodyForBodiless { direction: Direction::Response, .. } => say!(
            language,
            "Check the end-of-stream argument of `on_response_headers`; to answer with a body of your own, send a local \
             reply from there.",
            "检查 `on_response_headers` 的 end_of_stream 参数；若要返回自己的内容，请在那里发送本地回复。"
        ),
        Finding::HeaderWrittenTooLate { .. } => say!(
            language,
            "Change headers in the headers callback. If the change depends on the body, return Pause there, and continue after the \
             change.",
            "在头部回调中修改头部。如果修改取决于消息体，先在头部回调中返回 Pause，修改之后再继续。"
        ),
        Finding::NeverResumed { unseen_body: true, .. } => say!(
            language,
            "Set `allow_on_headers_stop_iteration` (Envoy 1.35 and later), or return Continue for the headers and Pause from the \
             body callback.",
            "设置 `allow_on_headers_stop_iteration`（Envoy 1.35 及以上），或在头部回调中返回 Continue，到消息体回调中再暂停。"
        ),
        Finding::NeverResumed { .. } => say!(
            language,
            "Call `continue_stream`, or send a local reply, on every path: also when a callout fails or times out.",
            "在每条路径上都调用 `continue_stream` 或发送本地回复，外部调用失败或超时的情况也不例外。"
        ),
        Finding::NeverPassedOn { direction: Direction::Request } => say!(
            language,
            "Call `continue_stream` for the downstream (type 2) on every path, or return Continue once there is enough, at \
             the latest at the end of the stream.",
            "在每条路径上对下游（类型 2）调用 `continue_stream`，或在数据足够时返回 Continue，最迟在流结束时返回。"
        ),
        Finding::NeverPassedOn { direction: Direction::Response } => say!(
            language,
            "Return Continue once there is enough, at the latest at the end of the stream: Envoy cannot resume this direction \
             (`continue_stream` with type 3 returns Unimplemented).",
            "数据足够时返回 Continue，最迟在流结束时返回：Envoy 无法恢复这个方向（`continue_stream` 类型 3 返回 Unimplemented）。"
        ),
        Finding::LocalReplyOnConnection => say!(
            language,
            "Close the connection with `close_stream` (type 2 or 3).",
            "用 `close_stream`（类型 2 或 3）关闭连接。"
        ),
        Finding::RemovedProperty { now, .. } => {
            let now = code(now);
            say!(
                language,
                "Read {now} instead. For an older Envoy set `proxy.envoy_version` of the scenario to `1.32`.",
                "改为读取 {now}。如需模拟旧版 Envoy，把场景的 `proxy.envoy_version` 设为 `1.32`。"
            )
        }
        Finding::HeaderReadTooLate { .. } => say!(
            language,
            "Read what is needed in the headers callback and keep it. If a header depends on the body, pause there.",
            "在头部回调中读取所需内容并保存下来。如果头部取决于消息体，就在头部回调中暂停。"
        ),
        Finding::DottedProperty { meant } => {
            let segments: Vec<String> = meant.split('.').map(code).collect();
            let segments = segments.join(super::pick(language, ", ", "、"));
            say!(
                language,
                "Give the segments {segments} one by one: SDKs take a list of them, such as `vec![\"request\", \"path\"]`.",
                "逐段给出路径：{segments}。SDK 接受由各段组成的列表，如 `vec![\"request\", \"path\"]`。"
            )
        }
        Finding::MisspeltProperty { meant } => {
            let meant = code(meant);
            say!(
                language,
                "If {meant} is meant, read that instead.",
                "如果想读的是 {meant}，请改用这个名称。"
            )
        }
        Finding::PropertyNotHere { why: NotHere::NotYet, .. } => say!(
            language,
            "Read it in a later callback: what describes the response in the response callbacks, what describes the whole stream \
             in `on_log`.",
            "在之后的回调中读取：与响应有关的在响应回调中，与整个流有关的在 `on_log` 中。"
        ),
        Finding::PropertyNotHere { why: NotHere::NotHeld, .. } => say!(
            language,
            "Read it in the headers callback and keep it for later.",
            "在头部回调中读取，并保存下来供以后使用。"
        ),
        Finding::PropertyNotHere { why: NotHere::NoRequest, .. } => say!(
            language,
            "Read it in a callback of the request, or choose the request first with `set_effective_context`.",
            "在请求的回调中读取，或先用 `set_effective_context` 选定请求。"
        ),
        Finding::StaleContentEncoding { direction: Direction::Request } => say!(
            language,
            "Remove `content-encoding` in `on_request_headers`, or encode the new body in the same way.",
            "在 `on_request_headers` 中删除 `content-encoding`，或用同样的方式编码新的消息体。"
        ),
        Finding::StaleContentEncoding { direction: Direction::Response } => say!(
            language,
            "Remove `content-encoding` in `on_response_headers`, or encode the new body in the same way.",
            "在 `on_response_headers` 中删除 `content-encoding`，或用同样的方式编码新的消息体。"
        ),
        Finding::CompressedBody { direction: Direction::Request } => say!(
            language,
            "Decode it in the filter, or leave requests with a `content-encoding` alone.",
            "在过滤器中解码，或者不处理带有 `content-encoding` 的请求。"
        ),
        Finding::CompressedBody { direction: Direction::Response } => say!(
            language,
            "Remove `accept-encoding` in `on_request_headers`, so that the upstream does not compress, or decode the body in the \
             filter.",
            "在 `on_request_headers` 中删除 `accept-encoding`，让上游不压缩，或在过滤器中解码。"
        ),
        Finding::BodyReadAgain { .. } => say!(
            language,
            "Return Pause until the end of the stream and read the whole body once, or start each read where the last one ended.",
            "在流结束之前一直返回 Pause，最后一次读取整个消息体；或者每次从上次结束的位置开始读取。"
        ),
        Finding::PieceIsGone => say!(
            language,
            "Return StopIterationAndBuffer (1, the Pause of SDKs) from the body callback to work on the body later.",
            "如果之后还要处理消息体，请在消息体回调中返回 StopIterationAndBuffer（1，即 SDK 的 Pause）。"
        ),
        Finding::PartOfBody { .. } => say!(
            language,
            "Read the whole body, change it in the filter, and write all of it from 0 on.",
            "读取整个消息体，在过滤器中修改，再从 0 开始整体写回。"
        ),
        Finding::IncompleteCallout { missing } => {
            let missing = code(missing);
            say!(
                language,
                "Add {missing} to the headers of the call; `:method`, `:path` and `:authority` are required.",
                "在调用的头部中给出 {missing}；`:method`、`:path` 和 `:authority` 都是必需的。"
            )
        }
        Finding::NoStream => say!(
            language,
            "Choose the stream first with `set_effective_context`, as SDKs do for responses to calls that a request's context made.",
            "先用 `set_effective_context` 选定流；对于由请求上下文发起的调用，SDK 在交付应答时会这样做。"
        ),
        Finding::TicksInEachWorker => say!(
            language,
            "Make its work safe to repeat; if only one VM may do it, let the VMs agree through shared data.",
            "确保多次执行也没有问题；如果只能由一个 VM 执行，就通过共享数据协调。"
        ),
        Finding::CasMismatch => say!(
            language,
            "Read the value again, apply the change to it, and write once more, a limited number of times.",
            "重新读取，在新值上应用修改，再次写入；重试次数要有上限。"
        ),
        Finding::PassedBy => say!(
            language,
            "Use `FAIL_CLOSED` or `FAIL_RELOAD` for filters that protect something, and set an alert on the log line of the failure.",
            "凡是起保护作用的过滤器，都使用 `FAIL_CLOSED` 或 `FAIL_RELOAD`，并对崩溃日志设置告警。"
        ),
        Finding::NoCallback { meant: Some(meant), .. } => {
            let meant = code(meant);
            say!(
                language,
                "Did you mean {meant}? An export has nearly that name. Preflight lists what the module exports.",
                "是否应为 {meant}？有一个导出的名字与它相近。预检页列出模块的导出。"
            )
        }
        Finding::NoCallback { connection, meant: None, .. } => {
            let names = if connection {
                ["proxy_on_new_connection", "proxy_on_downstream_data"]
            } else {
                ["proxy_on_request_headers", "proxy_on_response_headers"]
            };
            let [one, other] = names.map(code);
            say!(
                language,
                "Export a callback under the host's name, such as {one} or {other}. Preflight lists what the module exports.",
                "用宿主规定的名字导出回调，例如 {one} 或 {other}。预检页列出模块的导出。"
            )
        }
        Finding::HeldTooMuch { direction, .. } => {
            let callback = match direction {
                Direction::Request => code("on_request_headers"),
                Direction::Response => code("on_response_headers"),
            };
            say!(
                language,
                "Process chunks as they arrive and return Continue, or skip bodies whose `content-length` is too large in \
                 {callback}. For a larger `per_connection_buffer_limit_bytes` set `proxy.buffer_limit` of the scenario.",
                "逐块处理并返回 Continue，或在 {callback} 中按 `content-length` 跳过过大的消息体。更大的 \
                 `per_connection_buffer_limit_bytes` 对应场景的 `proxy.buffer_limit`。"
            )
        }
        Finding::NotKnownHere { .. } => say!(
            language,
            "Check this part of the filter with a real Envoy.",
            "请用真实的 Envoy 检查过滤器的这一部分。"
        ),
    }
}
