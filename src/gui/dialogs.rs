//! File dialogs, on a thread of their own so that the window stays live.
//!
//! Where no dialog can be shown (no portal, no zenity) the system's answer is the same as for Cancel. An answer of
//! nothing that comes at once, faster than a person can press Cancel, is taken as "there are no dialogs here".

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::model::Side;
use super::sharing::Share;

/// What a dialog is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Open,
    /// A folder of scenarios.
    Folder,
    /// A file whose contents become a body.
    Body(Side),
    /// With the file name to offer.
    SaveAs(String),
    /// The same.
    Share(Share, String),
    /// A module for the end of the chain.
    AddFilter,
    /// Another module for the filter at this place in the chain.
    ReplaceModule(usize),
    /// Where to write the module of the filter at this place, with the file name to offer.
    TakeModuleOut(usize, String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    File(PathBuf),
    Cancelled,
    /// No dialog can be shown here.
    Unavailable,
}

/// Who shows dialogs; tests put their own in its place.
pub trait Dialogs {
    /// Shows a dialog. Called on the thread of the window, which macOS demands.
    fn show(&mut self, purpose: Purpose, wake: Box<dyn Fn() + Send>);
    /// What came of the dialog, once.
    fn poll(&mut self) -> Option<(Purpose, Picked)>;
}

/// Answers of nothing within this time were not given by a person.
const TOO_FAST: Duration = Duration::from_millis(100);

/// The dialogs of the operating system.
#[derive(Debug, Default)]
pub struct SystemDialogs {
    open: Option<(Purpose, Receiver<Picked>)>,
}

fn dialog() -> rfd::AsyncFileDialog {
    rfd::AsyncFileDialog::new()
}

impl Dialogs for SystemDialogs {
    fn show(&mut self, purpose: Purpose, wake: Box<dyn Fn() + Send>) {
        if self.open.is_some() {
            return;
        }
        let (sender, receiver) = channel();
        let began = Instant::now();
        // The future is made here, on the window's thread, and waited for elsewhere.
        let future: std::pin::Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>> = match &purpose {
            Purpose::Open => {
                Box::pin(dialog().add_filter("Filters and scenarios", &["wasm", "json"]).pick_file())
            }
            Purpose::AddFilter | Purpose::ReplaceModule(_) => {
                Box::pin(dialog().add_filter("Filters", &["wasm"]).pick_file())
            }
            Purpose::TakeModuleOut(_, name) => {
                Box::pin(dialog().add_filter("Filter", &["wasm"]).set_file_name(name).save_file())
            }
            Purpose::Folder => Box::pin(dialog().pick_folder()),
            Purpose::Body(_) => Box::pin(dialog().pick_file()),
            Purpose::Share(what, name) => {
                let end = what.format().extension().trim_start_matches('.');
                Box::pin(dialog().add_filter(end, &[end]).set_file_name(name).save_file())
            }
            Purpose::SaveAs(name) => {
                Box::pin(dialog().add_filter("Scenario", &["json"]).set_file_name(name).save_file())
            }
        };
        let wait = move || {
            let picked = match wait_for(future) {
                Some(file) => Picked::File(file.path().to_owned()),
                None if began.elapsed() < TOO_FAST => Picked::Unavailable,
                None => Picked::Cancelled,
            };
            // The window may be gone by now; then nobody wants to know.
            let _ = sender.send(picked);
            wake();
        };
        let thread = std::thread::Builder::new().name("filterlab-dialog".into());
        if thread.spawn(wait).is_ok() {
            self.open = Some((purpose, receiver));
        }
    }

    fn poll(&mut self) -> Option<(Purpose, Picked)> {
        let (purpose, receiver) = self.open.as_ref()?;
        let picked = match receiver.try_recv() {
            Ok(picked) => picked,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Picked::Unavailable,
        };
        let purpose = purpose.clone();
        self.open = None;
        Some((purpose, picked))
    }
}

/// Waits for a future on this thread.
fn wait_for<T>(mut future: std::pin::Pin<Box<dyn Future<Output = T> + Send>>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::task::Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
