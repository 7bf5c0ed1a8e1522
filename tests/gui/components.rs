//! Every control in the three themes, to compare with `mocks/12` by eye.

use std::{ops::Range, slice::from_ref};

use egui::{Rect, RichText, Ui, Vec2, vec2};
use filterlab::gui::{
    theme::{self, Icon, ThemeChoice, Tone, space, tokens},
    widgets::{
        Button, CheckBox, Chip, DiffKind, DiffRow, DiffSide, Notice, Provenance, Row, Segmented, Tab, TabRow,
        TextField, VirtualList, focus_ring, key_cap, label, mark, paint_halves, text_left, text_right,
    },
};

use crate::support::{harness, picture};

#[derive(Default)]
struct Sheet {
    fields: [String; 3],
    boxes: [bool; 4],
}

#[test]
fn the_components_can_be_drawn_in_three_themes() {
    let sheet =
        Sheet { fields: ["200".into(), "20".into(), "2o0".into()], boxes: [true, false, true, false] };
    let mut harness = harness([1280.0, 800.0], sheet, |ui, sheet| {
        let all = ui.max_rect();
        let width = all.width() / 3.0;
        let themes = [
            (ThemeChoice::Dark, "Dark"),
            (ThemeChoice::Light, "Light"),
            (ThemeChoice::HighContrast, "High contrast"),
        ];
        for (index, (choice, name)) in themes.into_iter().enumerate() {
            let column =
                Rect::from_min_size(all.min + vec2(index as f32 * width, 0.0), vec2(width, all.height()));
            theme::scope(ui, choice, |ui| {
                let theme = theme::of(ui.ctx());
                ui.painter().rect_filled(column.expand(8.0), 0.0, theme.colors.bg);
                let mut ui = ui.new_child(
                    egui::UiBuilder::new().id_salt(name).max_rect(column.shrink2(vec2(16.0, 8.0))),
                );
                column_of(&mut ui, name, sheet);
            });
        }
    });
    harness.run();
    picture(&mut harness, "components");
}

fn heading(ui: &mut Ui, words: &str) {
    ui.add_space(space::S);
    label(ui, words, Tone::Muted);
}

fn column_of(ui: &mut Ui, name: &str, sheet: &mut Sheet) {
    let theme = theme::of(ui.ctx());
    ui.label(RichText::new(name).font(theme.title()).color(theme.colors.text));

    heading(ui, "Button: rest, focus, off, main");
    ui.horizontal(|ui| {
        Button::new("Open…").show(ui);
        let focused = Button::new("Open…").show(ui);
        focus_ring(ui.painter(), &theme, focused.rect, tokens::RADIUS);
        Button::new("Open…").unavailable(Some("pin a run first")).show(ui);
        Button::new("Run").icon(Icon::Play).main().show(ui);
    });
    heading(ui, "Field: rest, focus, wrong");
    ui.horizontal(|ui| {
        let [rest, focused, wrong] = &mut sheet.fields;
        TextField::new(rest, "Status").width(110.0).show(ui);
        let response = TextField::new(focused, "Status").width(110.0).show(ui);
        focus_ring(ui.painter(), &theme, response.rect.expand2(vec2(8.0, 0.0)), tokens::RADIUS);
        TextField::new(wrong, "Status").width(110.0).error(Some("not a number")).show(ui);
    });
    heading(ui, "Check boxes, chips, switch");
    ui.horizontal(|ui| {
        let [on, off, warn, trace] = &mut sheet.boxes;
        CheckBox::new(on, "Live").show(ui);
        CheckBox::new(off, "Live").show(ui);
        Chip::new(warn, "Warn", "Show level Warn").show(ui);
        Chip::new(trace, "Trace", "Show level Trace").show(ui);
        Segmented::new("Scale", &["Time", "Steps"], 0).show(ui);
        key_cap(ui, "Ctrl+K");
    });
    heading(ui, "Tabs");
    let tabs = [
        Tab { count: Some("10".into()), ..Tab::new("Changes") },
        Tab::new("Timeline"),
        Tab::new("Stream"),
        Tab { count: Some("19".into()), ..Tab::new("Host calls") },
    ];
    TabRow::new(&tabs, Some(0)).show(ui);

    heading(ui, "List row: rest, selected");
    let area = ui.allocate_exact_size(vec2(ui.available_width(), 66.0), egui::Sense::hover()).0;
    let mut list = ui.new_child(egui::UiBuilder::new().max_rect(area));
    let calls = ["get_header_map_value", "get_property", "http_call"];
    VirtualList::new(egui::Id::unique(("calls", name)), "Host calls", calls.len()).selected(Some(2)).show(
        &mut list,
        |row| calls[row].to_owned(),
        |row| paint_call(row, calls[row.index]),
    );

    heading(ui, "Diff row: same, removed, added, changed, current");
    diff_rows(ui);

    heading(ui, "Marks: always a shape and a word");
    ui.horizontal(|ui| {
        mark(ui, Icon::Check, "Finished", Tone::Ok, true);
        mark(ui, Icon::Pause, "Paused", Tone::Warn, true);
        mark(ui, Icon::Cross, "Trapped", Tone::Error, true);
        mark(ui, Icon::Ring, "Not run", Tone::Muted, true);
        mark(ui, Icon::Pencil, "wrote", Tone::Accent, false);
    });
    heading(ui, "Notice, icons");
    Notice {
        icon: Icon::Check,
        tone: Tone::Ok,
        text: "reloaded 10:42:03, 2 changes differ",
        action: Some("Compare"),
        close: Some("Close"),
    }
    .show(ui);
    icons(ui);
}

fn paint_call(row: &Row<'_>, name: &str) {
    let (theme, painter) = (row.theme, row.painter);
    let middle = row.rect.center().y;
    let number = format!("#{}", row.index + 5);
    text_right(painter, row.rect.left() + 34.0, middle, number, theme.code(), theme.colors.muted);
    text_left(painter, row.rect.left() + 42.0, middle, name, theme.code(), theme.colors.text);
    let left = text_right(painter, row.rect.right() - 8.0, middle, "3 µs", theme.code(), theme.colors.muted);
    text_right(painter, left - 8.0, middle, "Ok", theme.small_strong(), theme.colors.ok);
}

fn diff_rows(ui: &mut Ui) {
    let theme = theme::of(ui.ctx());
    let side = |text, words| DiffSide { line: None, text, words, note: None };
    let none: &[Range<usize>] = &[];
    let row = |kind, before, after| DiffRow {
        kind,
        before,
        after,
        provenance: None,
        badge: None,
        hidden: None,
        current: false,
        gutter: filterlab::gui::widgets::Gutter::None,
        pointer: None,
    };
    let (before, after, tier) = (8..14, 8..13, 8..12);
    let provenance = Provenance { short: "#7", full: "#7 add_header_map_value" };
    let rows = [
        row(DiffKind::Same, Some(side("accept: */*", none)), Some(side("accept: */*", none))),
        row(DiffKind::Removed, Some(side("authorization: …", none)), None),
        DiffRow {
            provenance: Some(Provenance { short: "#7", full: "#7 add_header" }),
            ..row(DiffKind::Added, None, Some(side("x-user-id: u-1024", none)))
        },
        DiffRow {
            provenance: Some(provenance),
            ..row(
                DiffKind::Changed,
                Some(side("x-user: 张三", from_ref(&before))),
                Some(side("x-user: 张**", from_ref(&after))),
            )
        },
        DiffRow {
            current: true,
            badge: Some("after x"),
            ..row(
                DiffKind::Changed,
                Some(side("x-tier: free", from_ref(&tier))),
                Some(side("x-tier: gold", from_ref(&tier))),
            )
        },
    ];
    for row in &rows {
        ui.spacing_mut().item_spacing.y = 0.0;
        let size = Vec2::new(ui.available_width(), theme.sizes.dense_row);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        paint_halves(ui.painter(), &theme, rect, row);
    }
    ui.spacing_mut().item_spacing.y = space::XS;
}

fn icons(ui: &mut Ui) {
    use Icon::*;
    let theme = theme::of(ui.ctx());
    let all = [
        ArrowDown,
        ArrowLeft,
        ArrowRight,
        ArrowUp,
        Book,
        Check,
        ChevronDown,
        ChevronLeft,
        ChevronRight,
        ChevronUp,
        Clock,
        Copy,
        Cross,
        CrossInRing,
        Dash,
        Dot,
        Dots,
        Download,
        Exchange,
        ExternalLink,
        Eye,
        EyeOff,
        File,
        Folder,
        Funnel,
        Gear,
        Globe,
        Info,
        List,
        Minus,
        Moved,
        Pause,
        Pencil,
        Pin,
        Play,
        Plus,
        Reload,
        Ring,
        Save,
        Search,
        Shield,
        Stop,
        Undo,
        Redo,
        Warning,
    ];
    ui.horizontal_wrapped(|ui| {
        for icon in all {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(14.0), egui::Sense::hover());
            icon.paint(ui.painter(), rect.center(), 14.0, theme.colors.text);
        }
    });
}
