//! How long guests run, in real time.

use std::sync::LazyLock;

use quanta::Clock;

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::new);

/// Runs since it was started. Reading it costs a few nanoseconds: host calls are short.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(u64);

impl Stopwatch {
    pub fn start() -> Self {
        Self(CLOCK.raw())
    }

    /// Nanoseconds since the start.
    pub fn nanos(self) -> u64 {
        CLOCK.delta_as_nanos(self.0, CLOCK.raw())
    }
}
