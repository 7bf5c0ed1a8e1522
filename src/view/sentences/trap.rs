//! A guest that failed: what it said, where it was, what that usually means.

use std::ops::Range;

use super::{ErrorCard, Text, pick, say, texts};
use crate::abi::Callback;
use crate::scenario::FailurePolicy;
use crate::trace::{Backtrace, Frame, Trap};
use crate::view::{Language, code};

/// The card for a trap. `file` is the filter's file or name.
pub fn card(language: Language, trap: &Trap, file: &str) -> ErrorCard {
    let callback = code(trap.callback.short_name());
    let file = code(file);
    let own = own_frame(&trap.backtrace).map(frame_place);
    let place = match own {
        Some(own) => {
            say!(language, "{file}, {own}, called from {callback}", "{file}，{own}，由 {callback} 调用")
        }
        None => say!(language, "{file}, in {callback}", "{file}，位于 {callback}"),
    };
    let mut next_steps = steps(language, trap);
    if trap.backtrace.frames.iter().any(|frame| frame.name.is_none()) {
        next_steps.push(Text::from(say!(
            language,
            "Keep function names to see where: `strip = \"debuginfo\"` in the Cargo profile, `-g` for C++ and TinyGo.",
            "保留函数名以便看清位置：Cargo 配置中设 `strip = \"debuginfo\"`，C++ 和 TinyGo 用 `-g`。"
        )));
    }
    ErrorCard {
        title: Text::from(say!(language, "The filter trapped in {callback}", "过滤器在 {callback} 中崩溃")),
        what: Text::verbatim(what(trap)),
        place: Text::from(place),
        envoy_says: first_line(&trap.envoy_log()),
        means: Some(Text::from(meaning(language, trap))),
        next_steps,
    }
}

/// Where it happened, for one line: the callback and the innermost function of the filter's own.
pub fn place(language: Language, trap: &Trap) -> String {
    let callback = code(trap.callback.short_name());
    match own_frame(&trap.backtrace).map(frame_place) {
        Some(own) => say!(language, "in {callback} at {own}", "位于 {callback}，{own}"),
        None => {
            let message = code(&trap.message);
            say!(language, "in {callback}: {message}", "位于 {callback}：{message}")
        }
    }
}

/// The guest's last words, else the message of the engine.
fn what(trap: &Trap) -> String {
    trap.last_words.clone().unwrap_or_else(|| trap.message.clone())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Causes that can be told from a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    CharBoundary,
    Index,
    SliceRange,
    UnwrapNone,
    UnwrapErr,
    Borrowed,
    Overflow,
    DivideByZero,
    NotUtf8,
    Status,
    UnknownContext,
    Exit(u32),
    Panic,
    StackOverflow,
    MemoryBounds,
    OutOfMemory,
    Restricted,
    BadPointer,
    Unreachable,
    Other,
}

fn cause(trap: &Trap) -> Cause {
    let words = trap.last_words.as_deref().unwrap_or_default();
    let says = |part: &str| words.contains(part);
    if says("is not a char boundary") {
        Cause::CharBoundary
    } else if says("index out of bounds") || says("index out of range") {
        Cause::Index
    } else if says("out of range for slice")
        || says("slice index starts at")
        || says("slice bounds out of range")
    {
        Cause::SliceRange
    } else if says("on a `None` value") || says("nil pointer dereference") {
        Cause::UnwrapNone
    } else if says("already borrowed") || says("already mutably borrowed") || says("BorrowMutError") {
        Cause::Borrowed
    } else if says("unexpected status") {
        Cause::Status
    } else if says("invalid context_id") || says("duplicate context_id") || says("invalid token_id") {
        Cause::UnknownContext
    } else if says("Utf8Error") || says("FromUtf8Error") || says("invalid utf-8") {
        Cause::NotUtf8
    } else if says("on an `Err` value") {
        Cause::UnwrapErr
    } else if says("attempt to divide by zero") || trap.message.contains("divide by zero") {
        Cause::DivideByZero
    } else if says("with overflow") {
        Cause::Overflow
    } else if says("memory allocation of") || says("out of memory") {
        Cause::OutOfMemory
    } else if let Some(code) = trap.exit_code {
        Cause::Exit(code)
    } else if says("panicked at") || says("panic:") {
        Cause::Panic
    } else if trap.message.contains("call stack size") {
        Cause::StackOverflow
    } else if trap.message.contains("memory access out of bounds") {
        Cause::MemoryBounds
    } else if trap.message.contains("restricted_callback") {
        Cause::Restricted
    } else if trap.message.contains("signature mismatch") || trap.message.contains("table index") {
        Cause::BadPointer
    } else if trap.message.contains("unreachable") {
        Cause::Unreachable
    } else {
        Cause::Other
    }
}

fn meaning(language: Language, trap: &Trap) -> String {
    match cause(trap) {
        Cause::CharBoundary => say!(
            language,
            "The filter cut a character in half: it counts bytes where it should count characters. Chinese characters \
             take three bytes in UTF-8.",
            "过滤器把一个字符从中间切断了：本该按字符计数，却按字节计数。汉字在 UTF-8 中占三个字节。"
        ),
        Cause::Index => {
            say!(language, "The filter read beyond the end of a list.", "过滤器读到了列表末尾之外。")
        }
        Cause::SliceRange => say!(
            language,
            "The filter cut out a piece that lies beyond the end of the data, perhaps because the body came in more or \
             smaller chunks than expected.",
            "过滤器截取的范围超出了数据末尾，可能是因为消息体分块到达，块数更多或更小。"
        ),
        Cause::UnwrapNone => say!(
            language,
            "The filter assumed that a value is there which is not, such as a header the request does not have.",
            "过滤器以为某个值一定存在，实际上没有，例如请求中没有的请求头。"
        ),
        Cause::UnwrapErr => say!(
            language,
            "The filter assumed that something succeeds; its last words say what failed.",
            "过滤器以为某个操作一定成功；它最后的输出说明了失败原因。"
        ),
        Cause::Borrowed => say!(
            language,
            "The filter borrowed a `RefCell` that was borrowed already: it was entered again while it held the borrow, \
             often inside a host call.",
            "过滤器再次借用了已被借用的 `RefCell`：持有借用期间又被进入，常常发生在宿主调用中。"
        ),
        Cause::Overflow => say!(
            language,
            "A calculation left the range of its type. Release builds wrap silently instead.",
            "计算结果超出了类型范围。release 构建会静默回绕。"
        ),
        Cause::DivideByZero => say!(language, "The filter divided by zero.", "过滤器除以了零。"),
        Cause::NotUtf8 => say!(
            language,
            "The filter read bytes as text that are not UTF-8. Headers and bodies may hold any bytes.",
            "过滤器把不是 UTF-8 的字节当作文本读取。请求头和消息体可以包含任意字节。"
        ),
        Cause::Status => say!(
            language,
            "A host call answered with a status the SDK does not expect, and the SDK panics then. The last host call \
             shows which.",
            "宿主调用返回了 SDK 没有预料到的状态，SDK 因此 panic。最后一个宿主调用就是它。"
        ),
        Cause::UnknownContext => say!(
            language,
            "The SDK does not know the context or token it was called for.",
            "SDK 不认识这次调用的上下文或 token。"
        ),
        Cause::Exit(exit) => say!(
            language,
            "The filter asked to exit with code {exit}. In Envoy `proc_exit` returns, and the code after it is \
             `unreachable`.",
            "过滤器请求以代码 {exit} 退出。在 Envoy 中 `proc_exit` 会返回，其后的代码是 `unreachable`。"
        ),
        Cause::Panic => say!(
            language,
            "The filter panicked; its last words say why.",
            "过滤器发生 panic，它最后的输出说明了原因。"
        ),
        Cause::StackOverflow => say!(
            language,
            "The stack is used up, most often by a function that calls itself without an end.",
            "栈已用尽，多半是某个函数无休止地调用自己。"
        ),
        Cause::MemoryBounds => say!(
            language,
            "The filter used an address outside its memory: a null or dangling pointer, or a length that is wrong.",
            "过滤器使用了内存之外的地址：空指针、悬空指针，或长度有误。"
        ),
        Cause::OutOfMemory => say!(language, "The filter ran out of memory.", "过滤器内存耗尽。"),
        Cause::Restricted => say!(
            language,
            "While it starts or allocates memory a filter may make hardly any host call. Global initializers, \
             `init()` functions and the body of `main!` run then.",
            "启动或分配内存期间，过滤器几乎不能进行宿主调用。全局初始化、`init()` 函数和 `main!` 的内容都在此时运行。"
        ),
        Cause::BadPointer => say!(
            language,
            "The filter called a function pointer that is null or of another type, as after memory corruption.",
            "过滤器调用了为空或类型不符的函数指针，可能是内存被破坏。"
        ),
        Cause::Unreachable => say!(
            language,
            "The filter reached code that must never be reached: a panic without a message, an abort, or a failed \
             assertion.",
            "过滤器执行到了不应到达的代码：没有消息的 panic、abort，或断言失败。"
        ),
        Cause::Other => say!(language, "The engine stopped the filter.", "引擎停止了过滤器。"),
    }
}

fn steps(language: Language, trap: &Trap) -> Vec<Text> {
    let first = match cause(trap) {
        Cause::CharBoundary => say!(
            language,
            "Count with `char_indices`, or cut at `floor_char_boundary`.",
            "用 `char_indices` 计数，或在 `floor_char_boundary` 处切分。"
        ),
        Cause::Index | Cause::SliceRange => say!(
            language,
            "Use `get(…)` and handle the case that it is not there.",
            "用 `get(…)` 读取，并处理不存在的情况。"
        ),
        Cause::UnwrapNone | Cause::UnwrapErr | Cause::NotUtf8 => say!(
            language,
            "Handle the missing or failed case instead of `unwrap`; let the request pass or answer it with an error.",
            "不要 `unwrap`，处理缺失或失败的情况：放行请求，或回复错误。"
        ),
        Cause::Borrowed => say!(
            language,
            "End the borrow before the host call: copy what you need out of the `RefCell` first.",
            "在宿主调用之前结束借用：先把需要的内容从 `RefCell` 中复制出来。"
        ),
        Cause::Restricted => say!(
            language,
            "Move the call to `on_vm_start` or `on_configure`.",
            "把这个调用移到 `on_vm_start` 或 `on_configure`。"
        ),
        Cause::Status => say!(
            language,
            "Select the last host call in the timeline and see what was accessible there.",
            "在时间线中选中最后一个宿主调用，查看当时可以访问什么。"
        ),
        Cause::OutOfMemory => say!(
            language,
            "Handle large bodies in chunks, or raise `limits.memory_mib` under Env.",
            "分块处理大的消息体，或在“环境”中提高 `limits.memory_mib`。"
        ),
        Cause::Exit(_) => say!(
            language,
            "Do not exit in a filter: return an answer instead. Its last log lines often say why it gave up.",
            "过滤器中不要退出，改为返回结果。最后几行日志常常说明它为什么放弃。"
        ),
        _ => say!(
            language,
            "Open the trap in the timeline: the host calls before it show what the filter was doing.",
            "在时间线中查看崩溃处：之前的宿主调用说明过滤器当时在做什么。"
        ),
    };
    texts([first])
}

/// The innermost frame of the filter's own code.
pub fn own_frame(backtrace: &Backtrace) -> Option<&Frame> {
    let own = |frame: &&Frame| owner(frame) == Owner::Filter && frame.name.is_some();
    backtrace.frames.iter().find(own)
}

fn frame_place(frame: &Frame) -> String {
    let name = code(frame_name(frame));
    match &frame.source {
        Some((file, line, _)) => format!("{name} {}", code(format!("{}:{line}", short_path(file)))),
        None => name,
    }
}

/// The function's name without the compiler's hash; its index where the module has no names.
pub fn frame_name(frame: &Frame) -> String {
    let label = frame.label();
    let is_hash = |part: &str| {
        part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|b| b.is_ascii_hexdigit())
    };
    match label.rsplit_once("::") {
        Some((name, last)) if is_hash(last) => name.to_owned(),
        _ => label,
    }
}

/// A source path from the last `src/` on, or its last two parts: enough to find it.
pub fn short_path(path: &str) -> String {
    match path.rfind("/src/") {
        Some(at) => path[at + 1..].to_owned(),
        None => {
            let mut parts: Vec<&str> = path.rsplit(['/', '\\']).take(2).collect();
            parts.reverse();
            parts.join("/")
        }
    }
}

/// Whose code a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    Filter,
    /// The language's runtime and standard library.
    Runtime,
    /// The Proxy-Wasm SDK.
    Sdk,
}

/// A name of Rust's newer mangling without the hashes of its crates: `std[ea330b591063023a]::abort` is `std::abort`.
fn without_hashes(name: &str) -> String {
    let mut parts = name.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((hash, rest)) if hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                plain.push_str(rest);
            }
            _ => {
                plain.push('[');
                plain.push_str(part);
            }
        }
    }
    plain
}

/// Whose code a frame is, by its name.
pub fn owner(frame: &Frame) -> Owner {
    const RUNTIME: &[&str] = &[
        "core::",
        "std::",
        "alloc::",
        "hashbrown::",
        "dlmalloc::",
        "<core::",
        "<std::",
        "<alloc::",
        "__rust",
        "rust_",
        "_rust",
        "runtime.",
        "internal/",
        "reflect.",
        "__wasm_call_ctors",
        "_initialize",
        "_start",
        "abort",
        "__assert",
        "std.",
        "~lib/rt",
        "__cxa",
        "__throw",
        "emscripten_",
        "wasi_",
        "__wasi",
        "memcpy",
        "memmove",
        "malloc",
    ];
    const SDK: &[&str] = &[
        "proxy_wasm::",
        "<proxy_wasm::",
        "proxy_on_",
        "github.com/proxy-wasm/",
        "proxywasm.",
        "github.com/tetratelabs/proxy-wasm",
        "~lib/@solo-io",
    ];
    let name = without_hashes(frame.name.as_deref().unwrap_or_default());
    let begins = |list: &[&str]| list.iter().any(|start| name.starts_with(start));
    if begins(SDK) {
        Owner::Sdk
    } else if begins(RUNTIME) {
        Owner::Runtime
    } else {
        Owner::Filter
    }
}

/// Frames of one owner that follow each other, as places in the backtrace. Frames of the filter come one by one.
pub fn frame_groups(backtrace: &Backtrace) -> Vec<(Owner, Range<usize>)> {
    let mut groups: Vec<(Owner, Range<usize>)> = Vec::new();
    for (index, frame) in backtrace.frames.iter().enumerate() {
        let owner = owner(frame);
        match groups.last_mut() {
            Some((last, range)) if *last == owner && owner != Owner::Filter => range.end = index + 1,
            _ => groups.push((owner, index..index + 1)),
        }
    }
    groups
}

/// `5 frames of the Rust runtime`
pub fn group_name(language: Language, owner: Owner, frames: usize) -> String {
    let frames_en = super::super::units::count(frames, "frame", "frames");
    match owner {
        Owner::Runtime => say!(language, "{frames_en} of the runtime", "{frames} 帧属于运行时"),
        Owner::Sdk => say!(language, "{frames_en} of the SDK", "{frames} 帧属于 SDK"),
        Owner::Filter => say!(language, "{frames_en} of the filter", "{frames} 帧属于过滤器"),
    }
}

/// What a trap does in production under one policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consequence {
    pub policy: FailurePolicy,
    /// Never translated: `FAIL_CLOSED`.
    pub name: &'static str,
    pub this_request: &'static str,
    pub next_requests: &'static str,
}

/// What Envoy does after this trap, by policy (`host-spec`, sections 8.2 and 8.3). `headers_sent`: the client had
/// response headers already. `fail_open`: the deprecated flag is set.
pub fn consequences(
    language: Language,
    trap: &Trap,
    headers_sent: bool,
    fail_open: bool,
) -> [Consequence; 3] {
    let unharmed = matches!(
        trap.callback,
        Callback::Log | Callback::Done | Callback::Delete | Callback::Tick | Callback::QueueReady
    );
    let hangs = matches!(
        trap.callback,
        Callback::HttpCallResponse
            | Callback::GrpcReceive
            | Callback::GrpcReceiveInitialMetadata
            | Callback::GrpcReceiveTrailingMetadata
            | Callback::GrpcClose
    );
    let this = |policy: FailurePolicy| {
        if unharmed {
            pick(language, "goes on unharmed", "不受影响")
        } else if fail_open && policy == FailurePolicy::FailOpen {
            pick(language, "passes without this filter", "绕过此过滤器放行")
        } else if hangs {
            pick(language, "stays paused forever", "一直暂停")
        } else if headers_sent {
            pick(language, "the client's stream is reset", "客户端的流被重置")
        } else {
            pick(language, "the client gets 503 without a body", "客户端收到没有响应体的 503")
        }
    };
    let row = |policy, name, english, chinese| Consequence {
        policy,
        name,
        this_request: this(policy),
        next_requests: pick(language, english, chinese),
    };
    [
        row(
            FailurePolicy::FailClosed,
            "FAIL_CLOSED",
            "503 until the filter is loaded again",
            "返回 503，直到过滤器重新加载",
        ),
        row(FailurePolicy::FailOpen, "FAIL_OPEN", "pass without this filter", "绕过此过滤器放行"),
        row(
            FailurePolicy::FailReload,
            "FAIL_RELOAD",
            "a new VM 1 to 1.5 s after its last load, 503 until then",
            "距上次加载 1 到 1.5 秒后换用新的 VM，之前返回 503",
        ),
    ]
}
