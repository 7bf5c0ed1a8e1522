//! What the window hands over to its session, and what it makes of the one before.
//!
//! Half a second after the first change that was not handed over yet, and when the window goes, the session gets a state of
//! everything that is open. Making one costs little: scenarios are shared, and only documents that changed are new in it.

mod view;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::document::{Document, DocumentId};
use super::model::{Model, View};
use super::runs::Results;
use super::shell::Start;
use super::tabs::Tab;
use super::theme::Tone;
use crate::session::{self, FileNow, Index, Kept, News, Problem, Restored, Session, State};
use crate::view::changes::BodyMode;
use view::KeptView;

/// Time after a change until it is handed over, in seconds. More changes do not put it off.
const AFTER: f64 = 0.5;
/// What was open is mostly read by then; the window waits that long, since showing something else in between would only
/// flash.
const SHORT: Duration = Duration::from_millis(200);

/// The session of this window.
#[derive(Debug, Default)]
pub struct Keeping {
    /// Where sessions lie; `None`: nothing is kept.
    root: Option<PathBuf>,
    session: Option<Session>,
    /// What to begin with, until it is known what was open.
    start: Option<Start>,
    /// Nobody has waited for that yet.
    is_first: bool,
    /// What was handed over last.
    documents: HashMap<DocumentId, Arc<Kept>>,
    index: Option<Index>,
    /// When the next state is handed over, in seconds of egui's clock.
    due: Option<f64>,
    /// Why edits would be lost with the window.
    failure: Option<String>,
    /// News that were waited for and not yet taken in.
    waited: Vec<News>,
}

impl Keeping {
    /// In the user's own data folder.
    pub fn of_user() -> Self {
        Self { root: session::root_of_user(), ..Self::default() }
    }

    /// Below this folder.
    pub fn at(root: PathBuf) -> Self {
        Self { root: Some(root), ..Self::default() }
    }

    /// Nothing is kept: for tests.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// Begins to read what was open. `start`: what is asked for beside it.
    pub(super) fn begin(&mut self, start: Start, wake: impl Fn() + Send + 'static) {
        self.start = Some(start);
        self.is_first = true;
        if let Some(root) = self.root.clone() {
            match Session::start(root, wake) {
                Ok(session) => self.session = Some(session),
                Err(error) => self.failure = Some(error.to_string()),
            }
        }
    }

    /// What the session says next, if it has said something. What was open is waited for once, for a moment.
    fn news(&mut self) -> Option<News> {
        let time = if std::mem::take(&mut self.is_first) { SHORT } else { Duration::ZERO };
        self.waited.pop().or_else(|| self.session.as_mut()?.wait_at_most(time))
    }

    /// Something may have changed.
    pub(super) fn touch(&mut self, now: f64) {
        self.due.get_or_insert(now + AFTER);
    }

    /// When the next state is handed over, in seconds of egui's clock.
    pub(super) fn due(&self) -> Option<f64> {
        self.due.filter(|_| self.session.is_some() && self.start.is_none())
    }

    /// Why edits would be lost with the window, if they would.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether what is open outlives the window.
    pub fn keeps(&self) -> bool {
        self.session.is_some() && self.failure.is_none()
    }

    /// Blocks until the session has answered; the next frame takes the answer in. For tests, which must not depend on time.
    /// `false`: nothing is waited for.
    #[doc(hidden)]
    pub fn wait(&mut self) -> bool {
        let is_waited_for = |session: &Session| self.start.is_some() || session.is_writing();
        let news = self.session.as_mut().filter(|session| is_waited_for(session)).and_then(Session::wait);
        self.waited.extend(news);
        !self.waited.is_empty()
    }
}

/// Takes in what the session says, and hands over what is due. Gives what is to be opened besides, once it is known what
/// was open.
pub(super) fn go_on(model: &mut Model) -> Option<Start> {
    let mut start = None;
    if model.keeping.session.is_none() {
        start = model.keeping.start.take();
    }
    while let Some(news) = model.keeping.news() {
        match news {
            News::Restored(restored) => {
                start = restore(model, *restored);
            }
            News::Kept { .. } => model.keeping.failure = None,
            News::Failed { reason, .. } => {
                if model.keeping.failure.is_none() {
                    let words = model.text().saving.not_kept(&reason);
                    model.notify(Tone::Error, words);
                }
                model.keeping.failure = Some(reason);
            }
        }
    }
    if model.keeping.due().is_some_and(|due| due <= model.now) {
        hand_over(model);
    }
    start
}

/// Hands over what is open, if it is not what was handed over last.
pub(super) fn hand_over(model: &mut Model) {
    model.keeping.due = None;
    if model.keeping.start.is_some() || model.keeping.session.is_none() {
        return;
    }
    let state = state_of(model);
    let keeping = &mut model.keeping;
    let is_new =
        |kept: &Arc<Kept>| !keeping.documents.get(&kept.id).is_some_and(|known| Arc::ptr_eq(known, kept));
    if keeping.index.as_ref() == Some(&state.index) && !state.documents.iter().any(is_new) {
        return;
    }
    keeping.documents = state.documents.iter().map(|kept| (kept.id, kept.clone())).collect();
    keeping.index = Some(state.index.clone());
    if let Some(session) = &mut keeping.session {
        session.keep(state);
    }
}

/// The last state is handed over and written.
pub(super) fn end(model: &mut Model) {
    hand_over(model);
    model.keeping.session = None;
}

fn state_of(model: &Model) -> State {
    let front = model.document.as_ref().map(|document| {
        let view = KeptView::of(&model.view, model.runs.chosen(), model.runs.bodies());
        kept(model, document, &view)
    });
    let of_tab = |tab: &Tab| {
        let view = KeptView::of(&tab.view, tab.results.exchange(), tab.results.bodies());
        kept(model, &tab.document, &view)
    };
    let (before, after) = model.tabs.behind().split_at(model.tabs.place());
    let front_id = front.as_ref().map(|kept| kept.id);
    let open: Vec<_> = before.iter().map(of_tab).chain(front).chain(after.iter().map(of_tab)).collect();
    let closed: Vec<_> = model.tabs.closed().iter().map(of_tab).collect();
    let ids = |documents: &[Arc<Kept>]| documents.iter().map(|kept| kept.id).collect();
    let index = Index {
        version: session::VERSION,
        open: ids(&open),
        front: front_id,
        closed: ids(&closed),
        window: window_of(model),
    };
    State { index, documents: open.into_iter().chain(closed).collect() }
}

/// How the window is divided, and the folder in its list; one whose name is no Unicode is not found again.
fn window_of(model: &Model) -> serde_json::Value {
    let mut window = serde_json::to_value(&model.layout).unwrap_or_default();
    if let Some(root) = model.folder.listing.as_ref().and_then(|listing| listing.root.to_str()) {
        window["folder"] = root.into();
    }
    window
}

/// The document as it is kept; the same allocation as before where nothing changed.
fn kept(model: &Model, document: &Document, view: &KeptView) -> Arc<Kept> {
    let kept = document.keep(serde_json::to_value(view).unwrap_or_default());
    match model.keeping.documents.get(&document.id) {
        Some(known) if known.is_same(&kept) => known.clone(),
        _ => kept.into(),
    }
}

/// Opens what was open. With what somebody else did to its files meanwhile nothing is overwritten, neither theirs nor ours.
fn restore(model: &mut Model, restored: Restored) -> Option<Start> {
    let start = model.keeping.start.take();
    model.layout.restore(&restored.window);
    if let Some(root) = restored.window.get("folder").and_then(serde_json::Value::as_str) {
        model.folder.list(Path::new(root));
        // It was open before: nothing of it is opened by itself.
        model.folder.is_new = false;
    }
    for problem in &restored.problems {
        let texts = model.text().saving;
        let words = match problem {
            Problem::Broken { kept } => texts.broken(&kept.display().to_string()),
            Problem::BrokenIndex { kept } => texts.broken_index(&kept.display().to_string()),
            Problem::Newer { path } => texts.newer(&path.display().to_string()),
        };
        model.notify_until_closed(Tone::Warn, words);
    }
    // Whoever asks for an empty window gets one; the tabs of the last time can be opened again.
    let is_empty = start == Some(Start::Empty);
    for (kept, _) in restored.closed {
        if let Some(tab) = tab_of(&kept) {
            model.tabs.keep_closed(tab);
        }
    }
    for (kept, file) in restored.open {
        let Some(mut tab) = tab_of(&kept) else { continue };
        note_file(model, &mut tab.document, file);
        match is_empty {
            true => model.tabs.keep_closed(tab),
            false => model.put_in_front(model.tab_count(), tab),
        }
    }
    let front = model.documents().position(|document| Some(document.id) == restored.front);
    if let Some(front) = front {
        model.bring_to_front(front);
    }
    let has_some = model.document.is_some();
    start.filter(|start| !(has_some && *start == Start::Sample))
}

fn tab_of(kept: &Kept) -> Option<Tab> {
    let document = Document::restore(kept)?;
    // A view that cannot be read costs only the view.
    let (view, exchange, bodies) = match serde_json::from_value::<KeptView>(kept.view.clone()) {
        Ok(view) => view.restore(),
        Err(_) => (View::default(), None, BodyMode::default()),
    };
    Some(Tab::new(document, view, Results::none(bodies).looking_at(exchange)))
}

/// Somebody else wrote to a document's file, or took it away.
fn note_file(model: &mut Model, document: &mut Document, file: FileNow) {
    let texts = model.text().saving;
    let name = document.file_path().and_then(|path| path.file_name());
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    match file {
        FileNow::Same => {}
        FileNow::Gone => {
            document.lost_file();
            model.notify_until_closed(Tone::Warn, texts.file_is_gone(&name));
        }
        FileNow::Changed(Some((scenario, hash))) if !document.is_changed() => {
            document.take_file(scenario, hash);
            model.notify_until_closed(Tone::Warn, texts.read_anew(&name));
        }
        // Theirs is offered when it would be overwritten.
        FileNow::Changed(_) => model.notify_until_closed(Tone::Warn, texts.changed_on_disk(&name)),
    }
}
