//! Translates tokens into egui's [`Style`], for the parts egui paints itself: text fields, scroll bars, popups, selections.

use egui::{
    CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Vec2, Visuals,
    style::{
        Interaction, ScrollAnimation, ScrollFadeStyle, ScrollStyle, Selection, Spacing, TextCursorStyle,
        WidgetVisuals, Widgets,
    },
};

use egui::epaint::FontColorTransferFunction;

use super::tokens::{ANIMATION_SECONDS, CARD_RADIUS, LINE, Palette, RADIUS, Sizes, space};

/// The whole style of one theme. `override_text_color` stays unset: it would flatten hovered, weak and linked text.
pub(super) fn style(palette: &Palette, sizes: &Sizes, reduced_motion: bool) -> Style {
    let mut style = Style {
        text_styles: [
            (TextStyle::Small, FontId::new(sizes.small, FontFamily::Proportional)),
            (TextStyle::Body, FontId::new(sizes.body, FontFamily::Proportional)),
            (TextStyle::Button, FontId::new(sizes.body, FontFamily::Proportional)),
            (TextStyle::Heading, FontId::new(sizes.title, super::fonts::strong_family())),
            (TextStyle::Monospace, FontId::new(sizes.code, FontFamily::Monospace)),
        ]
        .into(),
        spacing: spacing(sizes),
        interaction: Interaction {
            // Only what is marked as selectable can be selected; dragging over labels should scroll and click, not mark.
            selectable_labels: false,
            tooltip_delay: 0.4,
            ..Interaction::default()
        },
        visuals: visuals(palette),
        animation_time: if reduced_motion { 0.0 } else { ANIMATION_SECONDS },
        ..Style::default()
    };
    if reduced_motion {
        style.scroll_animation = ScrollAnimation::none();
        style.visuals.text_cursor.blink = false;
    } else {
        style.scroll_animation = ScrollAnimation::duration(ANIMATION_SECONDS);
    }
    style
}

fn spacing(sizes: &Sizes) -> Spacing {
    Spacing {
        item_spacing: Vec2::new(space::S, space::XS),
        button_padding: Vec2::new(space::S, space::XXS),
        interact_size: Vec2::new(sizes.control, sizes.control),
        window_margin: Margin::same(space::M as i8),
        menu_margin: Margin::same(space::XS as i8),
        icon_width: sizes.icon,
        icon_spacing: space::S,
        tooltip_width: 420.0,
        scroll: ScrollStyle {
            bar_width: 8.0,
            floating_width: 4.0,
            // Text that fades at an edge would fall below the contrast the tokens promise.
            fade: ScrollFadeStyle { strength: 0.0, ..ScrollFadeStyle::default() },
            ..ScrollStyle::floating()
        },
        ..Spacing::default()
    }
}

fn visuals(p: &Palette) -> Visuals {
    let base = if p.is_dark { Visuals::dark() } else { Visuals::light() };
    let mut text_options = base.text_options;
    if p.is_dark {
        // egui's own choice for dark themes is close to 0.5, and makes regular type look semibold.
        text_options.color_transfer_function = FontColorTransferFunction::Gamma(0.8);
    }
    Visuals {
        text_options,
        weak_text_color: Some(p.muted),
        hyperlink_color: p.accent,
        faint_bg_color: p.hover,
        extreme_bg_color: p.sunk,
        text_edit_bg_color: Some(p.sunk),
        code_bg_color: p.sunk,
        warn_fg_color: p.warn,
        error_fg_color: p.error,
        panel_fill: p.bg,
        window_fill: p.panel,
        window_stroke: Stroke::new(LINE, p.edge),
        window_corner_radius: CornerRadius::same(CARD_RADIUS),
        menu_corner_radius: CornerRadius::same(RADIUS),
        // Flat: borders separate, shadows do not.
        window_shadow: Shadow::NONE,
        popup_shadow: Shadow::NONE,
        selection: Selection { bg_fill: p.added.word, stroke: Stroke::new(LINE, p.text) },
        text_cursor: TextCursorStyle { stroke: Stroke::new(LINE, p.text), ..TextCursorStyle::default() },
        widgets: Widgets {
            noninteractive: widget(p.panel, p.panel, p.line, p.text),
            inactive: widget(p.control, p.control, p.edge, p.text),
            hovered: widget(p.hover, p.hover, p.edge, p.text),
            active: widget(p.select, p.select, p.edge, p.text),
            open: widget(p.select, p.select, p.edge, p.text),
        },
        disabled_alpha: 1.0,
        ..base
    }
}

fn widget(
    bg: egui::Color32,
    weak: egui::Color32,
    border: egui::Color32,
    text: egui::Color32,
) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: bg,
        weak_bg_fill: weak,
        bg_stroke: Stroke::new(LINE, border),
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(LINE, text),
        expansion: 0.0,
    }
}
