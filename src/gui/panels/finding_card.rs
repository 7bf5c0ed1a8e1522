//! One finding as a card: what is wrong, where, why it matters in production, what to do, and where to read on.

use egui::{Rect, Sense, Ui, UiBuilder, Vec2};

use super::{Cached, cached};
use crate::gui::commands::Command;
use crate::gui::editing::Chosen;
use crate::gui::model::Model;
use crate::gui::theme::{self, Icon, Tone, space};
use crate::gui::widgets::{self, Button, Card};
use crate::trace::{EventId, Finding};
use crate::view::findings::{self, Occurrence};
use crate::view::mocks;
use crate::view::sentences::Severity;

/// The setting that some cards offer to try; a name, the same in all languages.
const SETTING: &str = "allow_on_headers_stop_iteration";

/// Shows a finding of the current run in the whole width that is there. Returns its first button, which goes to the event.
pub fn show(
    ui: &mut Ui,
    model: &Model,
    found: (EventId, Finding),
    out: &mut Vec<Command>,
) -> Option<egui::Response> {
    let run = model.runs.current.clone()?;
    let card = card(ui, model, found)?;
    let text = model.text();
    // What can be done is seen without scrolling.
    let is_low = ui.clip_rect().height() < LOW;
    let (icon, tone) = mark(card.text.severity);
    let inner = Card::new().edge(tone).show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(space::S, space::S);
        head(ui, &card, icon, tone);
        if !is_low {
            prose(ui, &card);
        }
        let bar = ui.horizontal_wrapped(|ui| {
            let first = Button::new(text.findings.show_event()).key("Enter").show(ui);
            if first.clicked() {
                out.push(Command::FollowEvent(card.event));
            }
            let exchange = run.finding_groups.occurrence(card.event).and_then(|found| found.exchange);
            let occurrence = Occurrence { event: found.0, finding: found.1, exchange };
            if let Some(changed) = findings::remedy(&run.scenario, &run.trace, occurrence)
                && Button::new(text.findings.try_with(SETTING)).show(ui).clicked()
            {
                let words = text.findings.tried(SETTING);
                out.push(Command::Try(Box::new(changed), words));
            }
            // A mock for the document as it is now, which may have others than the run had.
            if let Some(upstream) = mocks::upstream(&run.trace, card.event)
                && Button::new(text.mocks.make()).show(ui).clicked()
                && let Some(document) = &model.document
                && let Some(made) = mocks::with_mock(&run.trace, &document.scenario, card.event)
            {
                out.push(Command::Choose(Chosen::Mock(0)));
                out.push(Command::Try(Box::new(made), text.mocks.made(&upstream)));
            }
            if Button::new(text.findings.copy_markdown()).icon(Icon::Copy).show(ui).clicked() {
                ui.ctx().copy_text(card.markdown(text.language));
            }
            let title = text.findings.guide(&card.guide_title);
            if widgets::link(ui, &title, Some(Icon::Book)).clicked() {
                out.push(Command::ShowGuideAt(card.guide));
            }
            first
        });
        if is_low {
            prose(ui, &card);
        }
        bar.inner
    });
    Some(inner.inner)
}

fn prose(ui: &mut Ui, card: &findings::Card) {
    widgets::rich(ui, &card.text.why, Tone::Text);
    widgets::rich(ui, &card.text.what_to_do, Tone::Text);
}

/// The words of a card, made anew when the run, the language or the finding is another.
fn card(ui: &Ui, model: &Model, (event, finding): (EventId, Finding)) -> Option<Cached<findings::Card>> {
    let run = model.runs.current.clone()?;
    let language = model.text().language;
    let name = format!("finding card {}", ui.scope_id().value());
    Some(cached(ui, &name, (run.number, language, event, finding), |_| {
        findings::Card::new(language, &run.trace, &run.scenario, event, finding)
    }))
}

/// The shape and tone of a severity.
pub fn mark(severity: Severity) -> (Icon, Tone) {
    match severity {
        Severity::Ok => (Icon::Check, Tone::Ok),
        Severity::Note => (Icon::Info, Tone::Accent),
        Severity::Warning => (Icon::Warning, Tone::Warn),
        Severity::Error => (Icon::CrossInRing, Tone::Error),
    }
}

/// Mark, title and id in one line, at the right how serious it is and when; the latter below where there is no room.
fn head(ui: &mut Ui, card: &findings::Card, icon: Icon, tone: Tone) {
    let theme = theme::of(ui.ctx());
    let title = widgets::rich_galley(ui, &card.text.title, theme.body_strong(), theme.colors.text);
    let facts = |ui: &mut Ui| {
        widgets::mark(ui, icon, card.word, tone, true);
        widgets::tag(ui, card.text.id);
        widgets::label(ui, &card.when, Tone::Muted);
        if !card.place.is_empty() {
            widgets::rich_small(ui, &card.place, Tone::Muted);
        }
    };
    let width = ui.available_width();
    if title.size().x + FACTS > width {
        widgets::rich_title(ui, &card.text.title);
        ui.horizontal_wrapped(facts);
        return;
    }
    let (bar, _) = ui.allocate_exact_size(Vec2::new(width, theme.sizes.control), Sense::hover());
    let mut none = ();
    let bar = Rect::from_min_size(bar.min, bar.size());
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::ends(
            ui,
            "finding head",
            &mut none,
            |ui, _| {
                widgets::rich_title(ui, &card.text.title);
            },
            |ui, _| facts(ui),
        );
    });
}

/// Room for what stands beside the title, in points.
const FACTS: f32 = 560.0;
/// Where less than this of a card is seen, in points, its buttons stand above its words.
const LOW: f32 = 200.0;
