//! Turns wasmtime's errors into trap reports in the words of Envoy's V8.

use wasmtime::{ThrownException, Trap as Cause, WasmBacktrace};

use crate::abi::Callback;
use crate::trace::{Backtrace, Frame, LimitKind, Trap};

/// Why the host itself stopped a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Halt {
    /// A call that is forbidden while the module starts or allocates.
    #[error("restricted_callback")]
    Restricted,
    #[error("stopped at a limit")]
    Limit(LimitKind),
}

/// Most frames that Envoy prints.
const ENVOY_FRAMES: usize = 20;

/// The limit that stopped the guest, if one did.
pub(super) fn limit_of(error: &wasmtime::Error) -> Option<LimitKind> {
    match error.downcast_ref::<Halt>() {
        Some(Halt::Limit(limit)) => Some(*limit),
        _ => None,
    }
}

/// A report of what made the guest fail in `callback`.
pub(super) fn report(error: &wasmtime::Error, filter: u16, callback: Callback) -> Trap {
    let frames = error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default();
    Trap {
        filter,
        callback,
        message: message(error),
        backtrace: Backtrace { frames },
        last_words: None,
        exit_code: None,
        last_calls: Vec::new(),
    }
}

fn frames(backtrace: &WasmBacktrace) -> Vec<Frame> {
    let frame = |frame: &wasmtime::FrameInfo| {
        let symbol = frame.symbols().first();
        let place = symbol.and_then(|symbol| Some((symbol.file()?.to_owned(), symbol.line()?)));
        Frame {
            function: frame.func_index(),
            name: frame.func_name().map(|name| rustc_demangle::demangle(name).to_string()),
            offset: frame.module_offset().unwrap_or_default() as u64,
            source: place.map(|(file, line)| {
                (file, line, symbol.and_then(|symbol| symbol.column()).unwrap_or_default())
            }),
        }
    };
    backtrace.frames().iter().map(frame).collect()
}

fn message(error: &wasmtime::Error) -> String {
    if let Some(halt) = error.downcast_ref::<Halt>() {
        return format!("Uncaught Error: {halt}");
    }
    if error.is::<ThrownException>() {
        return "Uncaught #<Exception>".into();
    }
    let Some(cause) = error.downcast_ref::<Cause>() else { return format!("Uncaught Error: {error:#}") };
    let text = match cause {
        Cause::StackOverflow => return OUT_OF_STACK.into(),
        Cause::UnreachableCodeReached => "unreachable",
        Cause::MemoryOutOfBounds => "memory access out of bounds",
        Cause::TableOutOfBounds => "table index is out of bounds",
        Cause::IndirectCallToNull | Cause::BadSignature => "null function or function signature mismatch",
        Cause::IntegerDivisionByZero => "divide by zero",
        Cause::IntegerOverflow => "divide result unrepresentable",
        Cause::BadConversionToInteger => "float unrepresentable in integer range",
        Cause::AtomicWaitNonSharedMemory => "Atomics.wait cannot be called in this context",
        Cause::HeapMisaligned => "operation does not support unaligned accesses",
        other => return format!("Uncaught RuntimeError: {other}"),
    };
    format!("Uncaught RuntimeError: {text}")
}

/// V8's words for a guest that recursed too deep.
const OUT_OF_STACK: &str = "Uncaught RangeError: Maximum call stack size exceeded";

impl Trap {
    /// Whether the guest recursed too deep.
    pub fn is_out_of_stack(&self) -> bool {
        self.message == OUT_OF_STACK
    }

    /// The line that Envoy logs at level error about this trap.
    pub fn envoy_log(&self) -> String {
        let mut text = format!("Function: {} failed: {}", self.callback.name(), self.message);
        if !self.backtrace.frames.is_empty() {
            text.push_str("\nProxy-Wasm plugin in-VM backtrace:");
        }
        for (index, frame) in self.backtrace.frames.iter().take(ENVOY_FRAMES).enumerate() {
            text.push_str(&format!("\n  {index}:  {:#x} - {}", frame.offset, frame.label()));
        }
        text
    }
}

impl Frame {
    /// The function's name, or its index where the module has no names.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("unknown(function index:{})", self.function))
    }
}
