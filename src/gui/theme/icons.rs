//! The icons: a few lines, circles or rectangles each, in a box of 14 × 14 points with strokes of 1.4.
//!
//! They are data and one painter, not an icon font: a missing glyph would be a box on screen and a panic in tests, and lines
//! stay sharp at any zoom. Fills are kept for play, pause, stop and the dot.

use std::f32::consts::TAU;

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2};

/// Side of the box the shapes below are drawn in.
const SIDE: f32 = 14.0;
/// Stroke width in that box.
const STROKE: f32 = 1.4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Icon {
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
}

/// One shape of an icon, in the 14-point box.
enum Part {
    Line(&'static [(f32, f32)]),
    Closed(&'static [(f32, f32)]),
    Filled(&'static [(f32, f32)]),
    Frame(f32, f32, f32, f32),
    Ellipse(f32, f32, f32, f32),
    Disc(f32, f32, f32),
    /// Centre, radius, from and to in turns clockwise from three o'clock.
    Arc(f32, f32, f32, f32, f32),
}

use Part::{Arc, Closed, Disc, Ellipse, Filled, Frame, Line};

impl Icon {
    /// Paints the icon around `center`, in a box of `size` points.
    pub fn paint(self, painter: &Painter, center: Pos2, size: f32, color: Color32) {
        let scale = size / SIDE;
        let origin = center - Vec2::splat(size / 2.0);
        let at = |(x, y): (f32, f32)| origin + Vec2::new(x, y) * scale;
        let stroke = Stroke::new(STROKE * scale, color);
        for part in self.parts() {
            match part {
                Line(points) => capped_line(painter, points.iter().map(|p| at(*p)).collect(), stroke),
                Closed(points) => {
                    painter.add(Shape::closed_line(points.iter().map(|p| at(*p)).collect(), stroke));
                }
                Filled(points) => {
                    let points = points.iter().map(|p| at(*p)).collect();
                    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
                }
                Frame(x0, y0, x1, y1) => {
                    let rect = Rect::from_two_pos(at((*x0, *y0)), at((*x1, *y1)));
                    painter.rect_stroke(rect, 1.2 * scale, stroke, StrokeKind::Middle);
                }
                Ellipse(x, y, rx, ry) => {
                    let radius = Vec2::new(*rx, *ry) * scale;
                    painter.add(egui::epaint::EllipseShape::stroke(at((*x, *y)), radius, stroke));
                }
                Disc(x, y, radius) => {
                    painter.circle_filled(at((*x, *y)), radius * scale, color);
                }
                Arc(x, y, radius, from, to) => {
                    capped_line(painter, arc(at((*x, *y)), radius * scale, *from, *to), stroke);
                }
            }
        }
    }

    fn parts(self) -> &'static [Part] {
        match self {
            Self::ArrowDown => {
                &[Line(&[(7.0, 2.0), (7.0, 12.0)]), Line(&[(3.4, 8.4), (7.0, 12.0), (10.6, 8.4)])]
            }
            Self::ArrowLeft => {
                &[Line(&[(2.0, 7.0), (12.0, 7.0)]), Line(&[(5.6, 3.4), (2.0, 7.0), (5.6, 10.6)])]
            }
            Self::ArrowRight => {
                &[Line(&[(2.0, 7.0), (12.0, 7.0)]), Line(&[(8.4, 3.4), (12.0, 7.0), (8.4, 10.6)])]
            }
            Self::ArrowUp => {
                &[Line(&[(7.0, 2.0), (7.0, 12.0)]), Line(&[(3.4, 5.6), (7.0, 2.0), (10.6, 5.6)])]
            }
            Self::Book => &[Frame(1.7, 2.6, 12.3, 11.4), Line(&[(7.0, 3.0), (7.0, 11.0)])],
            Self::Check => &[Line(&[(2.4, 7.4), (5.6, 10.6), (11.8, 3.8)])],
            Self::ChevronDown => &[Line(&[(3.2, 5.2), (7.0, 9.0), (10.8, 5.2)])],
            Self::ChevronLeft => &[Line(&[(8.9, 3.2), (5.1, 7.0), (8.9, 10.8)])],
            Self::ChevronRight => &[Line(&[(5.1, 3.2), (8.9, 7.0), (5.1, 10.8)])],
            Self::ChevronUp => &[Line(&[(3.2, 9.0), (7.0, 5.2), (10.8, 9.0)])],
            Self::Clock => &[Ellipse(7.0, 7.0, 5.5, 5.5), Line(&[(7.0, 3.8), (7.0, 7.2), (9.4, 8.4)])],
            Self::Copy => &[
                Frame(4.8, 4.8, 12.3, 12.3),
                Line(&[(3.6, 9.2), (1.7, 9.2), (1.7, 1.7), (9.2, 1.7), (9.2, 3.6)]),
            ],
            Self::Cross => &[Line(&[(3.0, 3.0), (11.0, 11.0)]), Line(&[(11.0, 3.0), (3.0, 11.0)])],
            Self::CrossInRing => &[
                Ellipse(7.0, 7.0, 5.8, 5.8),
                Line(&[(4.9, 4.9), (9.1, 9.1)]),
                Line(&[(9.1, 4.9), (4.9, 9.1)]),
            ],
            Self::Dash => &[Line(&[(4.0, 7.0), (10.0, 7.0)])],
            Self::Dot => &[Disc(7.0, 7.0, 4.0)],
            Self::Dots => &[Disc(2.6, 7.0, 1.0), Disc(7.0, 7.0, 1.0), Disc(11.4, 7.0, 1.0)],
            Self::Download => &[
                Line(&[(7.0, 1.6), (7.0, 9.0)]),
                Line(&[(3.8, 5.8), (7.0, 9.0), (10.2, 5.8)]),
                Line(&[(1.8, 12.2), (12.2, 12.2)]),
            ],
            Self::Exchange => &[
                Line(&[(2.0, 4.4), (12.0, 4.4)]),
                Line(&[(9.4, 1.8), (12.0, 4.4), (9.4, 7.0)]),
                Line(&[(12.0, 9.6), (2.0, 9.6)]),
                Line(&[(4.6, 7.0), (2.0, 9.6), (4.6, 12.2)]),
            ],
            Self::ExternalLink => &[
                Line(&[(6.0, 2.6), (2.4, 2.6), (2.4, 11.6), (11.4, 11.6), (11.4, 8.0)]),
                Line(&[(6.4, 7.6), (12.0, 2.0)]),
                Line(&[(8.4, 2.0), (12.0, 2.0), (12.0, 5.6)]),
            ],
            Self::Eye => &[Ellipse(7.0, 7.0, 5.7, 3.7), Ellipse(7.0, 7.0, 1.5, 1.5)],
            Self::EyeOff => &[Ellipse(7.0, 7.0, 5.7, 3.7), Line(&[(2.4, 12.0), (11.6, 2.0)])],
            Self::File => &[
                Closed(&[(3.0, 1.4), (8.0, 1.4), (11.2, 4.6), (11.2, 12.6), (3.0, 12.6)]),
                Line(&[(7.8, 1.8), (7.8, 4.8), (10.8, 4.8)]),
            ],
            Self::Folder => {
                &[Closed(&[(1.4, 2.9), (5.2, 2.9), (6.7, 4.7), (12.6, 4.7), (12.6, 11.5), (1.4, 11.5)])]
            }
            Self::Funnel => {
                &[Closed(&[(1.2, 2.0), (12.8, 2.0), (8.7, 7.0), (8.7, 12.4), (5.3, 10.2), (5.3, 7.0)])]
            }
            Self::Gear => &[
                Ellipse(7.0, 7.0, 3.2, 3.2),
                Line(&[(7.0, 1.4), (7.0, 3.4)]),
                Line(&[(7.0, 10.6), (7.0, 12.6)]),
                Line(&[(1.4, 7.0), (3.4, 7.0)]),
                Line(&[(10.6, 7.0), (12.6, 7.0)]),
                Line(&[(3.0, 3.0), (4.4, 4.4)]),
                Line(&[(9.6, 9.6), (11.0, 11.0)]),
                Line(&[(11.0, 3.0), (9.6, 4.4)]),
                Line(&[(4.4, 9.6), (3.0, 11.0)]),
            ],
            Self::Globe => {
                &[Ellipse(7.0, 7.0, 5.5, 5.5), Ellipse(7.0, 7.0, 2.4, 5.5), Line(&[(1.7, 7.0), (12.3, 7.0)])]
            }
            Self::Info => {
                &[Ellipse(7.0, 7.0, 5.5, 5.5), Line(&[(7.0, 7.0), (7.0, 9.6)]), Disc(7.0, 4.3, 0.85)]
            }
            Self::List => &[
                Line(&[(1.8, 3.2), (12.2, 3.2)]),
                Line(&[(1.8, 7.0), (12.2, 7.0)]),
                Line(&[(1.8, 10.8), (12.2, 10.8)]),
            ],
            Self::Minus => &[Line(&[(2.6, 7.0), (11.4, 7.0)])],
            Self::Moved => &[
                Line(&[(4.4, 2.0), (4.4, 12.0)]),
                Line(&[(1.8, 9.4), (4.4, 12.0), (7.0, 9.4)]),
                Line(&[(9.6, 12.0), (9.6, 2.0)]),
                Line(&[(7.0, 4.6), (9.6, 2.0), (12.2, 4.6)]),
            ],
            Self::Pause => &[
                Filled(&[(3.9, 2.4), (5.7, 2.4), (5.7, 11.6), (3.9, 11.6)]),
                Filled(&[(8.3, 2.4), (10.1, 2.4), (10.1, 11.6), (8.3, 11.6)]),
            ],
            Self::Pencil => &[Closed(&[(2.2, 11.8), (3.0, 8.6), (9.6, 2.0), (12.0, 4.4), (5.4, 11.0)])],
            Self::Pin => &[
                Closed(&[(5.0, 1.8), (9.0, 1.8), (9.0, 5.4), (10.8, 8.0), (3.2, 8.0), (5.0, 5.4)]),
                Line(&[(7.0, 8.2), (7.0, 12.4)]),
            ],
            Self::Play => &[Filled(&[(3.4, 1.8), (12.2, 7.0), (3.4, 12.2)])],
            Self::Plus => &[Line(&[(2.6, 7.0), (11.4, 7.0)]), Line(&[(7.0, 2.6), (7.0, 11.4)])],
            Self::Reload => &[Arc(7.0, 7.0, 4.8, -0.06, 0.72), Line(&[(8.6, 0.6), (6.6, 2.6), (8.8, 4.4)])],
            Self::Ring => &[Ellipse(7.0, 7.0, 4.0, 4.0)],
            Self::Save => &[
                Closed(&[(1.8, 1.8), (9.8, 1.8), (12.2, 4.2), (12.2, 12.2), (1.8, 12.2)]),
                Line(&[(4.4, 12.0), (4.4, 8.0), (9.6, 8.0), (9.6, 12.0)]),
            ],
            Self::Search => &[Ellipse(5.9, 5.9, 4.1, 4.1), Line(&[(9.0, 9.0), (12.4, 12.4)])],
            Self::Shield => &[Closed(&[
                (7.0, 1.4),
                (12.0, 2.8),
                (12.0, 7.0),
                (10.4, 10.4),
                (7.0, 12.8),
                (3.6, 10.4),
                (2.0, 7.0),
                (2.0, 2.8),
            ])],
            Self::Stop => &[Filled(&[(3.0, 3.0), (11.0, 3.0), (11.0, 11.0), (3.0, 11.0)])],
            Self::Undo => &[
                Line(&[(5.2, 1.8), (2.0, 5.0), (5.2, 8.2)]),
                Line(&[(2.2, 5.0), (8.4, 5.0)]),
                Arc(8.4, 8.4, 3.4, -0.25, 0.25),
                Line(&[(8.4, 11.8), (5.0, 11.8)]),
            ],
            Self::Redo => &[
                Line(&[(8.8, 1.8), (12.0, 5.0), (8.8, 8.2)]),
                Line(&[(11.8, 5.0), (5.6, 5.0)]),
                Arc(5.6, 8.4, 3.4, 0.25, 0.75),
                Line(&[(5.6, 11.8), (9.0, 11.8)]),
            ],
            Self::Warning => &[
                Closed(&[(7.0, 1.8), (13.0, 12.2), (1.0, 12.2)]),
                Line(&[(7.0, 6.2), (7.0, 8.0)]),
                Disc(7.0, 10.3, 0.8),
            ],
        }
    }
}

/// A line that reaches half its width beyond its ends, as with round caps: egui's own lines end flat at the last point.
fn capped_line(painter: &Painter, mut points: Vec<Pos2>, stroke: Stroke) {
    let reach = stroke.width / 2.0;
    if let [first, second, ..] = points[..] {
        points[0] = first + (first - second).normalized() * reach;
    }
    if let [.., before, last] = points[..] {
        let end = points.len() - 1;
        points[end] = last + (last - before).normalized() * reach;
    }
    painter.line(points, stroke);
}

fn arc(center: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    const STEPS: u8 = 24;
    (0..=STEPS)
        .map(|step| {
            let turn = (from + (to - from) * f32::from(step) / f32::from(STEPS)) * TAU;
            pos2(center.x + radius * turn.cos(), center.y + radius * turn.sin())
        })
        .collect()
}

/// Three quarters of a ring, turning once a second. Asks for its own next frame, so show it only while something runs.
pub fn spinner(ui: &egui::Ui, center: Pos2, size: f32, color: Color32) {
    let turn = if super::appearance(ui.ctx()).reduced_motion {
        0.0
    } else {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(40));
        ui.input(|input| (input.time % 1.0) as f32)
    };
    let scale = size / SIDE;
    capped_line(
        ui.painter(),
        arc(center, 5.0 * scale, turn, turn + 0.75),
        Stroke::new(STROKE * scale, color),
    );
}
