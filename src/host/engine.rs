//! The wasm engine: how modules are compiled, and how a running guest is stopped.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use wasmtime::{Config, OperatorCost, Strategy, VariableOperatorCost, WasmBacktraceDetails};

use super::LoadError;

/// Which compiler translates modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compiler {
    /// One pass, ready at once. Not on every processor; [`Engine::new`] falls back to Cranelift.
    #[default]
    Winch,
    /// Slower to compile, faster to run.
    Cranelift,
}

/// How often a running guest looks whether it must stop.
const TICK: Duration = Duration::from_millis(2);

/// Stack of a guest in bytes: V8's own `stack-size`. Frames of usual functions are about as large as there (recorded cases
/// 27-155 and 27-156); of tiny ones more fit in Envoy, because V8 inlines them (recorded case 27-157).
pub(super) const GUEST_STACK: usize = 984 << 10;

/// An instruction that copies or fills counts as one, however much it does. By default Cranelift counts each byte and Winch
/// does not, and a count would depend on the processor.
const FLAT: VariableOperatorCost = VariableOperatorCost {
    memory_copy_per_byte: 0,
    memory_fill_per_byte: 0,
    memory_init_per_byte: 0,
    memory_grow_per_page: 0,
    table_copy_per_element: 0,
    table_fill_per_element: 0,
    table_init_per_element: 0,
    table_grow_per_element: 0,
    array_copy_per_element: 0,
    array_fill_per_element: 0,
    array_new_data_per_element: 0,
    array_init_data_per_element: 0,
    array_new_elem_per_element: 0,
    array_init_elem_per_element: 0,
    array_new_default_per_element: 0,
    array_new_per_element: 0,
};

/// Compiles modules and watches guests. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    guests: Arc<AtomicUsize>,
    /// Counts the threads that were started; only the last one goes on.
    tickers: Arc<AtomicUsize>,
    /// Cranelift, for modules with instructions that Winch does not know; made when the first one comes.
    fallback: Arc<OnceLock<Option<Engine>>>,
    /// Its code counts the instructions that it executes.
    counts: bool,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with the compiler that is asked for, or with Cranelift where Winch does not work.
    pub fn new(compiler: Compiler) -> Result<Self, LoadError> {
        Self::make(compiler, false)
    }

    /// The same, but its code counts instructions: the "fuel" of wasmtime, 1 for nearly every instruction of wasm. Code that
    /// counts is slower, and compiled apart. Fuel never ends a run.
    pub fn counting(compiler: Compiler) -> Result<Self, LoadError> {
        Self::make(compiler, true)
    }

    fn make(compiler: Compiler, counts: bool) -> Result<Self, LoadError> {
        let config = |strategy| {
            let mut config = Config::new();
            config
                .strategy(strategy)
                .epoch_interruption(true)
                .consume_fuel(counts)
                .max_wasm_stack(GUEST_STACK)
                .wasm_backtrace_details(WasmBacktraceDetails::Enable)
                .memory_init_cow(true);
            if counts {
                config.operator_cost(OperatorCost { variable: FLAT, ..OperatorCost::default() });
            }
            config
        };
        let inner = match compiler {
            Compiler::Winch => wasmtime::Engine::new(&config(Strategy::Winch))
                .or_else(|_| wasmtime::Engine::new(&config(Strategy::Cranelift))),
            Compiler::Cranelift => wasmtime::Engine::new(&config(Strategy::Cranelift)),
        };
        let inner = inner.map_err(|error| LoadError::Compile { reason: format!("{error:#}") })?;
        Ok(Self { inner, guests: Arc::default(), tickers: Arc::default(), fallback: Arc::default(), counts })
    }

    /// The engine to try when this one cannot compile a module that is valid.
    pub(super) fn fallback(&self) -> Option<Self> {
        self.fallback.get_or_init(|| Self::make(Compiler::Cranelift, self.counts).ok()).clone()
    }

    /// Whether its code counts the instructions that it executes.
    pub fn counts_instructions(&self) -> bool {
        self.counts
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }

    /// Keeps guests of this engine interruptible for as long as the returned guard lives.
    ///
    /// A named thread advances the engine's epoch meanwhile; without guests there is no thread and no wake-up.
    pub fn watch(&self) -> Watch {
        if self.guests.fetch_add(1, Ordering::SeqCst) == 0 {
            let engine = self.clone();
            let number = self.tickers.fetch_add(1, Ordering::SeqCst) + 1;
            // A run may end and the next begin while a thread sleeps: without the number both would live on.
            let is_needed = move |engine: &Self| {
                engine.guests.load(Ordering::SeqCst) > 0 && engine.tickers.load(Ordering::SeqCst) == number
            };
            let ticker = thread::Builder::new().name("filterlab-epoch".into()).spawn(move || {
                while is_needed(&engine) {
                    thread::sleep(TICK);
                    engine.inner.increment_epoch();
                }
            });
            // Without the thread guests still run; only limits of time cannot be kept.
            drop(ticker);
        }
        Watch { guests: self.guests.clone() }
    }
}

/// See [`Engine::watch`].
#[derive(Debug)]
pub struct Watch {
    guests: Arc<AtomicUsize>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.guests.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Stops a run from another thread.
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<AtomicBool>);

impl StopHandle {
    /// Makes the guest stop within a few milliseconds.
    pub fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
