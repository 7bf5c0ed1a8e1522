//! Work on threads, each with one result that the window takes in when it is there.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Threads of one name. One that panics is one without a result.
#[derive(Debug)]
pub struct Threads<T> {
    name: &'static str,
    /// In bytes; `None`: as the system has it.
    stack: Option<usize>,
    under_way: Vec<Receiver<T>>,
    done: VecDeque<T>,
}

impl<T: Send + 'static> Threads<T> {
    pub fn new(name: &'static str) -> Self {
        Self { name, stack: None, under_way: Vec::new(), done: VecDeque::new() }
    }

    /// Threads with a stack of so many bytes.
    pub fn with_stack(self, bytes: usize) -> Self {
        Self { stack: Some(bytes), ..self }
    }

    /// Starts one; `wake` is called from it when its result is there. `false`: the system has no thread to spare.
    pub fn start(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> bool {
        let (sender, receiver) = channel();
        let work = move || {
            // The window may be gone by now; then nobody wants to know.
            let _ = sender.send(work());
            wake();
        };
        let mut builder = thread::Builder::new().name(self.name.into());
        if let Some(bytes) = self.stack {
            builder = builder.stack_size(bytes);
        }
        let is_started = builder.spawn(work).is_ok();
        if is_started {
            self.under_way.push(receiver);
        }
        is_started
    }

    pub fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// A result, once.
    pub fn poll(&mut self) -> Option<T> {
        self.wait_at_most(Some(Duration::ZERO));
        self.done.pop_front()
    }

    /// Waits for all that is under way, for each at most so long. `None`: as long as it takes.
    pub fn wait_at_most(&mut self, time: Option<Duration>) {
        let done = &mut self.done;
        self.under_way.retain(|receiver| {
            let received = match time {
                Some(time) => receiver.recv_timeout(time),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(result) => {
                    done.push_back(result);
                    false
                }
                Err(error) => error == RecvTimeoutError::Timeout,
            }
        });
    }

    /// Blocks until what is under way is done; [`Threads::poll`] gives it. For tests, which must not depend on time. `false`:
    /// there is nothing.
    pub fn wait(&mut self) -> bool {
        self.wait_at_most(None);
        !self.done.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_once_and_a_panic_is_none() {
        let mut threads = Threads::new("filterlab-test");
        threads.start(|| 1, || {});
        threads.start(|| std::panic::resume_unwind(Box::new("of the test")), || {});
        threads.start(|| 2, || {});
        assert!(threads.wait() && !threads.is_under_way());
        assert_eq!((threads.poll(), threads.poll(), threads.poll()), (Some(1), Some(2), None));
    }
}
