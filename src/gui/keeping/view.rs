//! What was shown of a document, as it is kept.

use serde::{Deserialize, Serialize};

use crate::gui::model::{BodyKind, CenterTab, DiffMode, LeftTab, LowerTab, View};
use crate::trace::EventId;
use crate::view::changes::BodyMode;
use crate::view::guide;
use crate::view::state::Section;

/// What is kept of a [`View`] and of what was looked at in the run. Events by their place in the trace, from 0: the run is
/// made again, and is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptView {
    left: LeftTab,
    center: CenterTab,
    lower: LowerTab,
    diff: DiffMode,
    bodies: BodyMode,
    body_kinds: [Option<BodyKind>; 2],
    /// The request that was looked at.
    exchange: Option<usize>,
    change: Option<usize>,
    row: Option<usize>,
    event: Option<usize>,
    story_unfolded: bool,
    levels: [bool; 6],
    log_filter: String,
    calls_filter: String,
    timeline_filter: String,
    calls_grouped: bool,
    calls_group: Option<usize>,
    timeline_steps: bool,
    detail: bool,
    detail_raw: bool,
    state_section: Option<Section>,
    state_row: Option<usize>,
    state_version: Option<usize>,
    preflight: usize,
    preflight_host: Option<usize>,
    /// The page of the guide by the name of its file, and the part of it.
    guide: Option<(String, u16)>,
    open_findings: Vec<usize>,
    folded: Vec<usize>,
    unfolded: Vec<(usize, usize)>,
    folded_sections: Vec<usize>,
    all_frames: bool,
}

impl Default for KeptView {
    fn default() -> Self {
        Self::of(&View::default(), None, BodyMode::default())
    }
}

impl KeptView {
    pub fn of(view: &View, exchange: Option<usize>, bodies: BodyMode) -> Self {
        Self {
            left: view.left,
            center: view.center,
            lower: view.lower,
            diff: view.diff,
            bodies,
            body_kinds: view.body_kinds,
            exchange,
            change: view.change,
            row: view.row,
            event: view.event.map(EventId::index),
            story_unfolded: view.story_unfolded,
            levels: view.levels,
            log_filter: view.log_filter.clone(),
            calls_filter: view.calls_filter.clone(),
            timeline_filter: view.timeline_filter.clone(),
            calls_grouped: view.calls_grouped,
            calls_group: view.calls_group,
            timeline_steps: view.timeline_steps,
            detail: view.detail,
            detail_raw: view.detail_raw,
            state_section: view.state_section,
            state_row: view.state_row,
            state_version: view.state_version,
            preflight: view.preflight,
            preflight_host: view.preflight_host,
            guide: Some((view.guide.page.slug().to_owned(), view.guide.section)),
            open_findings: view.open_findings.iter().copied().collect(),
            folded: view.folded.iter().map(|event| event.index()).collect(),
            unfolded: view.unfolded.iter().copied().collect(),
            folded_sections: view.folded_sections.iter().copied().collect(),
            all_frames: view.all_frames,
        }
    }

    /// The view, the request that was looked at, and how bodies were shown.
    pub fn restore(self) -> (View, Option<usize>, BodyMode) {
        let first = View::default();
        let page = self.guide.and_then(|(slug, section)| {
            let page = *guide::Page::ALL.iter().find(|page| page.slug() == slug)?;
            Some(guide::Place { page, section })
        });
        let view = View {
            left: self.left,
            center: self.center,
            lower: self.lower,
            diff: self.diff,
            body_kinds: self.body_kinds,
            change: self.change,
            row: self.row,
            event: self.event.map(EventId::from_index),
            story_unfolded: self.story_unfolded,
            levels: self.levels,
            log_filter: self.log_filter,
            calls_filter: self.calls_filter,
            timeline_filter: self.timeline_filter,
            calls_grouped: self.calls_grouped,
            calls_group: self.calls_group,
            timeline_steps: self.timeline_steps,
            detail: self.detail,
            detail_raw: self.detail_raw,
            state_section: self.state_section,
            state_row: self.state_row,
            state_version: self.state_version,
            preflight: self.preflight,
            preflight_host: self.preflight_host,
            guide: page.unwrap_or(first.guide),
            open_findings: self.open_findings.into_iter().collect(),
            folded: self.folded.into_iter().map(EventId::from_index).collect(),
            unfolded: self.unfolded.into_iter().collect(),
            folded_sections: self.folded_sections.into_iter().collect(),
            all_frames: self.all_frames,
            reveal_run: true,
            ..first
        };
        (view, self.exchange, self.bodies)
    }
}
