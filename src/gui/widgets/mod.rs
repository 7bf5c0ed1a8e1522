//! The controls of the window, painted from the tokens.
//!
//! Each is a small builder with `show(ui)`; each gives its accessible name, its size from the tokens and the same focus ring.
//! They know texts of their own (a row's place, "hidden") but nothing of filters and runs.

mod boxes;
mod button;
mod card;
mod combo;
mod diff;
pub mod drafts;
mod dropdown;
mod editor;
mod ends;
mod field;
mod header_grid;
mod list;
mod menu;
mod moving;
mod order_list;
mod paint;
mod paragraph;
mod rich;
mod section;
mod small;
mod tabs;
mod toggle;
mod tooltip;
mod viewer;

pub use boxes::{pairs_box, text_box};
pub use button::{Button, IconButton, command_button, command_icon_button};
pub use card::{Card, Notice, NoticeOutput, empty_state};
pub use combo::ComboField;
pub use diff::{DiffHit, DiffKind, DiffRow, DiffSide, Gutter, Provenance, paint_halves, paint_unified};
pub use dropdown::Dropdown;
pub use editor::{BodyEditor, EDIT_LIMIT};
pub use ends::ends;
pub use field::{ParsedField, TextField, parse_duration};
pub use header_grid::{GridHeader, GridKind, HeaderGrid, HeaderGridOutput, takes_letters};
pub use list::{ListOutput, Row, VirtualList};
pub use menu::{MenuButton, MenuLine, context_menu};
pub use moving::takes_moves;
pub use order_list::{OrderChange, OrderList, OrderRow};
pub use paint::{
    elided, focus_ring, focused, galley, hairline_above, hairline_below, leave_focus, reveal_focus, seen,
    text_at, text_left, text_right, wrapped,
};
pub use paragraph::paragraph;
pub use rich::{rich, rich_galley, rich_line, rich_small, rich_title};
pub use section::SectionHead;
pub use small::{
    code_label, elided_label, key_cap, key_cap_width, label, link, mark, name_button, paint_key_cap,
    paint_tag, plain_label, prose, quiet_button, strong_label, tag, title,
};
pub use tabs::{Tab, TabRow};
pub use toggle::{CheckBox, Chip, Segmented};
pub use tooltip::{tooltip, tooltip_lines, tooltip_reason};
pub use viewer::{LineIndex, TextViewer};
