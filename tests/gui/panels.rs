//! A left panel and a piece of the centre built of the controls, to compare with `mocks/01` by eye, in both languages.

use std::{ops::Range, slice::from_ref, time::Duration};

use egui::{Ui, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use filterlab::gui::{
    commands::Command,
    text::{self, Language},
    theme::{self, Appearance, Icon, ThemeChoice, Tone, space},
    widgets::{
        BodyEditor, Button, Card, DiffKind, DiffRow, DiffSide, Dropdown, GridHeader, HeaderGrid, ParsedField,
        Provenance, SectionHead, Tab, TabRow, TextField, command_button, command_icon_button, empty_state,
        hairline_below, label, link, mark, paint_halves, paint_unified, tag,
    },
};

use crate::support::{harness, picture};

/// What the panel edits.
struct Panel {
    headers: Vec<GridHeader>,
    body: String,
    status: u16,
    delay: Duration,
    open: [bool; 2],
    filter: String,
}

fn panel() -> Panel {
    let header = |name: &str, value: &str| GridHeader {
        on: true,
        name: name.into(),
        value: value.into(),
        masked: None,
    };
    Panel {
        headers: vec![
            header("content-type", "application/json; charset=utf-8"),
            header("content-length", "346"),
            GridHeader { on: false, ..header("cache-control", "public, max-age=60") },
            GridHeader {
                masked: Some("sid=••••••••; HttpOnly".into()),
                ..header("set-cookie", "sid=1; HttpOnly")
            },
        ],
        body: "{\n  \"code\": 0,\n  \"message\": \"成功\",\n  \"data\": {\n    \"name\": \"张伟\"\n  }\n}"
            .into(),
        status: 200,
        delay: Duration::from_millis(12),
        open: [false, true],
        filter: String::new(),
    }
}

fn left(ui: &mut Ui, panel: &mut Panel) {
    let texts = text::of(ui.ctx());
    let theme = theme::of(ui.ctx());
    let tabs = [
        Tab { icon: Some(Icon::Folder), ..Tab::new(texts.tabs.scenarios()) },
        Tab::new(texts.tabs.request()),
        Tab::new(texts.tabs.response()),
        Tab::new(texts.tabs.config()),
        Tab::new(texts.tabs.environment()),
    ];
    TabRow::new(&tabs, Some(2)).show(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        label(ui, texts.message.upstream(), Tone::Muted);
        let parse = |text: &str| text.parse().ok().filter(|status| (100..600).contains(status));
        let wrong = texts.message.invalid_status();
        let id = egui::Id::unique("status");
        ParsedField::new(id, &mut panel.status, texts.message.status(), wrong, parse, u16::to_string)
            .width(72.0)
            .show(ui);
        label(ui, texts.message.after(), Tone::Muted);
        let wrong = texts.message.invalid_duration();
        ParsedField::duration(egui::Id::unique("delay"), &mut panel.delay, texts.message.delay(), wrong)
            .show(ui);
    });
    ui.add_space(space::S);
    SectionHead::new(texts.message.headers()).summary("4").show(ui);
    HeaderGrid::new(egui::Id::unique("headers"), &mut panel.headers).show(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        SectionHead::new(texts.message.body()).summary("346 B").show(ui);
    });
    ui.horizontal(|ui| {
        Dropdown::new(texts.message.body_kind(), &[texts.message.json(), texts.message.plain_text()], 0)
            .show(ui);
        Dropdown::new(texts.message.chunking(), &[&texts.message.chunks(2)], 0).show(ui);
        Dropdown::new(texts.message.method(), &["GET", "POST"], 0).field(72.0).code().show(ui);
    });
    BodyEditor::new(egui::Id::unique("body"), texts.message.response_body(), &mut panel.body).show(ui);
    ui.horizontal(|ui| mark(ui, Icon::Check, texts.message.valid_json(), Tone::Ok, false));
    ui.add_space(space::S);
    SectionHead::new(texts.message.trailers()).summary("0").foldable(&mut panel.open[0]).show(ui);
    hairline_below(ui, &theme, ui.min_rect());
    SectionHead::new(texts.expectations.title())
        .summary(&texts.expectations.summary(3, 3))
        .foldable(&mut panel.open[1])
        .show(ui);
}

fn center(ui: &mut Ui, panel: &mut Panel) {
    let texts = text::of(ui.ctx());
    let theme = theme::of(ui.ctx());
    ui.horizontal(|ui| {
        command_button(ui, &Command::OpenDialog, false, None);
        command_button(ui, &Command::Palette, false, None);
        command_button(ui, &Command::Save, false, Some("pin a run first"));
        command_button(ui, &Command::Run, true, None);
        command_icon_button(ui, &Command::ShowSamples, Icon::Copy, None);
    });
    SectionHead::new(texts.message.response_body())
        .summary(&format!("{} · JSON", "5 changed"))
        .right(texts.changes.formatting_ignored())
        .foldable(&mut panel.open[1])
        .show(ui);
    let before = "    \"phone\": \"13812345678\",";
    let after = "    \"phone\": \"138****5678\",";
    let words = 16..20;
    let long = format!("    \"address\": \"{}\",", "北京市朝阳区建国路8号".repeat(4));
    let none: &[Range<usize>] = &[];
    let numbered = |line, text, words| DiffSide { line: Some(line), text, words, note: None };
    let provenance = Provenance { short: "#16", full: "#16 set_buffer_bytes" };
    let base = DiffRow {
        kind: DiffKind::Same,
        before: Some(numbered(4, "  \"data\": {", none)),
        after: Some(numbered(4, "  \"data\": {", none)),
        provenance: None,
        badge: None,
        hidden: None,
        current: false,
        gutter: filterlab::gui::widgets::Gutter::Lines(1),
        pointer: None,
    };
    let changed = DiffRow {
        kind: DiffKind::Changed,
        before: Some(numbered(6, before, from_ref(&words))),
        after: Some(numbered(6, after, from_ref(&words))),
        provenance: Some(provenance),
        ..base
    };
    let tall = DiffRow {
        before: Some(numbered(8, &long, none)),
        after: Some(numbered(8, &long, from_ref(&words))),
        ..changed
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    for row in [base, changed, tall, DiffRow { current: true, badge: Some("after set-cookie"), ..changed }] {
        let size = Vec2::new(ui.available_width(), theme.sizes.dense_row);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        paint_halves(ui.painter(), &theme, rect, &row);
    }
    for side in [true, false] {
        let size = Vec2::new(ui.available_width(), theme.sizes.dense_row);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        let kind = if side { DiffKind::Removed } else { DiffKind::Added };
        let pointer = Some(rect.right_center() - Vec2::new(20.0, 0.0));
        paint_unified(ui.painter(), &theme, rect, &DiffRow { kind, pointer, ..changed }, side);
    }
    ui.spacing_mut().item_spacing.y = space::XS;
    ui.add_space(space::M);
    Card::new().edge(Tone::Error).show(ui, |ui| {
        ui.horizontal(|ui| {
            mark(ui, Icon::CrossInRing, &texts.errors.trapped("on_response_body"), Tone::Error, true);
            tag(ui, "stuck-request");
        });
        ui.horizontal(|ui| {
            Button::new(texts.errors.show_in_timeline()).main().show(ui);
            Button::new(texts.errors.choose_another()).show(ui);
            link(ui, texts.empty.try_a_sample(), Some(Icon::Book));
        });
    });
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let filter = TextField::new(&mut panel.filter, texts.logs.filter_name());
        filter
            .hint(texts.logs.filter())
            .icon(Icon::Search)
            .key("Ctrl+F")
            .width(200.0)
            .interface_font()
            .show(ui);
        label(ui, &texts.frame.n_of_m(5, 5), Tone::Muted);
    });
    empty_state(ui, texts.changes.no_changes(), texts.changes.no_changes_hint());
}

#[test]
fn panels_can_be_built_of_the_controls_in_both_languages_and_presented() {
    let looks = [
        ("panel-en-dark", Language::English, ThemeChoice::Dark, false),
        ("panel-zh-light", Language::SimplifiedChinese, ThemeChoice::Light, false),
        ("panel-zh-presented", Language::SimplifiedChinese, ThemeChoice::HighContrast, true),
    ];
    for (name, language, choice, presentation) in looks {
        let mut harness = harness([1100.0, 640.0], panel(), |ui, panel| {
            let all = ui.max_rect();
            let (west, east) = all.split_left_right_at_x(all.left() + 320.0);
            ui.painter().rect_filled(west.expand(8.0), 0.0, theme::of(ui.ctx()).colors.panel);
            let space = egui::UiBuilder::new().max_rect(west.shrink2(vec2(12.0, 0.0)));
            left(&mut ui.new_child(space.id_salt("left")), panel);
            ui.painter().rect_filled(east.expand(8.0), 0.0, theme::of(ui.ctx()).colors.bg);
            let space = egui::UiBuilder::new().max_rect(east.shrink2(vec2(12.0, 4.0)));
            center(&mut ui.new_child(space.id_salt("center")), panel);
        });
        text::apply(&harness.ctx, language);
        theme::apply(&harness.ctx, Appearance { choice, presentation, reduced_motion: true });
        harness.run();
        if choice == ThemeChoice::Dark {
            harness.get_by_label("Save scenario: pin a run first").hover();
            harness.run_steps(40);
        }
        picture(&mut harness, name);
    }
}
