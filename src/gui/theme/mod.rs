//! The look of the window: tokens, fonts, icons, and how widgets get at them.
//!
//! [`apply`] sets egui's styles and remembers the choice in the context; [`of`] hands widgets a small [`Theme`] by value,
//! which costs one map lookup. Nothing outside `theme/` names a colour or a size.

pub mod fonts;
pub mod icons;
mod style;
pub mod tokens;

use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Id, Stroke};
use serde::{Deserialize, Serialize};

pub use icons::Icon;
pub use tokens::{Palette, Sizes, space};

/// What the user chose in the theme menu.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// Light or dark, as the system says.
    #[default]
    System,
    Light,
    Dark,
    HighContrast,
}

impl ThemeChoice {
    pub const ALL: [Self; 4] = [Self::System, Self::Light, Self::Dark, Self::HighContrast];
}

/// Everything that decides how the window looks, apart from its zoom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Appearance {
    pub choice: ThemeChoice,
    /// Larger type and rows, for the back of a room.
    pub presentation: bool,
    /// Changes happen at once instead of over 120 ms.
    pub reduced_motion: bool,
}

/// The colour roles text and icons can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    #[default]
    Text,
    Muted,
    Accent,
    OnAccent,
    Ok,
    Warn,
    Error,
    /// The mark of the "after" side.
    Added,
    /// The mark of the "before" side.
    Removed,
}

/// The current look, small enough to pass by value.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub colors: &'static Palette,
    pub sizes: &'static Sizes,
    pub presentation: bool,
}

impl Theme {
    #[must_use]
    pub fn color(&self, tone: Tone) -> Color32 {
        let p = self.colors;
        match tone {
            Tone::Text => p.text,
            Tone::Muted => p.muted,
            Tone::Accent => p.accent,
            Tone::OnAccent => p.on_accent,
            Tone::Ok => p.ok,
            Tone::Warn => p.warn,
            Tone::Error => p.error,
            Tone::Added => p.added.mark,
            Tone::Removed => p.removed.mark,
        }
    }

    #[must_use]
    pub fn small(&self) -> FontId {
        FontId::new(self.sizes.small, FontFamily::Proportional)
    }

    #[must_use]
    pub fn small_strong(&self) -> FontId {
        FontId::new(self.sizes.small, fonts::strong_family())
    }

    #[must_use]
    pub fn body(&self) -> FontId {
        FontId::new(self.sizes.body, FontFamily::Proportional)
    }

    #[must_use]
    pub fn body_strong(&self) -> FontId {
        FontId::new(self.sizes.body, fonts::strong_family())
    }

    /// Headings of sections.
    #[must_use]
    pub fn section(&self) -> FontId {
        FontId::new(self.sizes.section, fonts::strong_family())
    }

    #[must_use]
    pub fn title(&self) -> FontId {
        FontId::new(self.sizes.title, fonts::strong_family())
    }

    #[must_use]
    pub fn code(&self) -> FontId {
        FontId::new(self.sizes.code, FontFamily::Monospace)
    }

    #[must_use]
    pub fn code_strong(&self) -> FontId {
        FontId::new(self.sizes.code, fonts::code_strong_family())
    }

    /// Numbers and names in small print.
    #[must_use]
    pub fn small_code(&self) -> FontId {
        FontId::new(self.sizes.small, FontFamily::Monospace)
    }

    /// How much larger type is than at first: widths that hold text are multiplied by it.
    #[must_use]
    pub fn type_scale(&self) -> f32 {
        self.sizes.code / tokens::NORMAL.code
    }

    /// A hairline: decoration, never the sole border of a control.
    #[must_use]
    pub fn hairline(&self) -> Stroke {
        Stroke::new(tokens::LINE, self.colors.line)
    }

    /// The border of fields and boxes.
    #[must_use]
    pub fn edge(&self) -> Stroke {
        Stroke::new(tokens::LINE, self.colors.edge)
    }

    #[must_use]
    pub fn ring(&self) -> Stroke {
        Stroke::new(tokens::RING, self.colors.focus)
    }

    #[must_use]
    pub fn radius(&self) -> CornerRadius {
        CornerRadius::same(tokens::RADIUS)
    }

    #[must_use]
    pub fn card_radius(&self) -> CornerRadius {
        CornerRadius::same(tokens::CARD_RADIUS)
    }
}

/// Kept in the context's data: the choice, and the theme it means while egui is dark or light.
#[derive(Clone, Copy)]
struct Current {
    appearance: Appearance,
    forced: Option<&'static Palette>,
    sizes: &'static Sizes,
}

fn current_id() -> Id {
    Id::unique("filterlab theme")
}

/// Installs the bundled fonts and the default appearance. Once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    apply(ctx, Appearance::default());
}

/// Sets the styles of both of egui's themes. Cheap, but not meant for every frame: call it when the choice changes.
pub fn apply(ctx: &Context, appearance: Appearance) {
    let sizes = if appearance.presentation { &tokens::PRESENTATION } else { &tokens::NORMAL };
    let forced = match appearance.choice {
        ThemeChoice::System => None,
        ThemeChoice::Light => Some(&tokens::LIGHT),
        ThemeChoice::Dark => Some(&tokens::DARK),
        ThemeChoice::HighContrast => Some(&tokens::HIGH_CONTRAST),
    };
    let (light, dark) = match forced {
        Some(palette) => (palette, palette),
        None => (&tokens::LIGHT, &tokens::DARK),
    };
    ctx.set_style_of(egui::Theme::Light, style::style(light, sizes, appearance.reduced_motion));
    ctx.set_style_of(egui::Theme::Dark, style::style(dark, sizes, appearance.reduced_motion));
    ctx.set_theme(match appearance.choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark | ThemeChoice::HighContrast => egui::ThemePreference::Dark,
    });
    ctx.data_mut(|data| data.insert_temp(current_id(), Current { appearance, forced, sizes }));
}

/// What was last given to [`apply`].
#[must_use]
pub fn appearance(ctx: &Context) -> Appearance {
    ctx.data(|data| data.get_temp::<Current>(current_id())).map_or_else(Appearance::default, |c| c.appearance)
}

/// The look to paint with now.
#[must_use]
pub fn of(ctx: &Context) -> Theme {
    let current = ctx.data(|data| data.get_temp::<Current>(current_id()));
    let (forced, sizes, presentation) = match current {
        Some(c) => (c.forced, c.sizes, c.appearance.presentation),
        None => (None, &tokens::NORMAL, false),
    };
    let colors = forced.unwrap_or_else(|| match ctx.theme() {
        egui::Theme::Light => &tokens::LIGHT,
        egui::Theme::Dark => &tokens::DARK,
    });
    Theme { colors, sizes, presentation }
}

/// Paints `contents` in another theme than the window's: for previews in the theme menu and for pictures of all three.
pub fn scope<R>(ui: &mut egui::Ui, choice: ThemeChoice, contents: impl FnOnce(&mut egui::Ui) -> R) -> R {
    let before = ui.ctx().data(|data| data.get_temp::<Current>(current_id()));
    let palette = match choice {
        ThemeChoice::Light => &tokens::LIGHT,
        ThemeChoice::Dark => &tokens::DARK,
        ThemeChoice::HighContrast => &tokens::HIGH_CONTRAST,
        ThemeChoice::System => of(ui.ctx()).colors,
    };
    let appearance = Appearance { choice, ..appearance(ui.ctx()) };
    let sizes = of(ui.ctx()).sizes;
    ui.ctx().data_mut(|data| {
        data.insert_temp(current_id(), Current { appearance, forced: Some(palette), sizes })
    });
    let result = ui
        .scope(|ui| {
            ui.set_style(style::style(palette, sizes, appearance.reduced_motion));
            contents(ui)
        })
        .inner;
    ui.ctx().data_mut(|data| match before {
        Some(before) => {
            data.insert_temp(current_id(), before);
        }
        None => data.remove::<Current>(current_id()),
    });
    result
}
