//! The messages before and after, side by side, as the window shows them.

use std::ops::Range;

use super::markup::Markup;
use super::{MOST_DIFFS, MOST_REQUESTS, Page, class, events, mark, rows_of};
use crate::view::changes::{By, HeaderCell, HeaderRow, Moved, Section, Writer};
use crate::view::diff::{BodyDiff, Layout, LineCell, RowKind};
use crate::view::sentences::{bodies, changes as parts, report as words};
use crate::view::units;

/// Most rows of one part of a message.
const MOST_ROWS: usize = 2_000;
/// Longest text, in characters, beside which the name of a call has room.
const MOST_BESIDE: usize = 32;
/// Longest run of unchanged rows that is there to be unfolded.
const MOST_FOLDED: usize = 200;

/// One side of a row.
struct Side {
    /// Number of its line, or offset of its bytes.
    number: String,
    text: String,
    marks: Vec<Range<usize>>,
    /// What the text does not show.
    more: String,
}

/// A row of either kind of part.
struct Row<'a> {
    kind: RowKind,
    before: Option<Side>,
    after: Option<Side>,
    badge: String,
    writers: &'a [Writer],
    by: By,
}

impl Page<'_> {
    pub(super) fn push_changes(&self, out: &mut Markup) {
        let name = words::section(self.language, "changes");
        out.raw("<section id=\"changes\">\n<h2>")
            .text(name)
            .raw("<span class=\"legend\"><mark class=\"old\">");
        let [before, after, signs] = words::legend(self.language);
        out.text(before).raw("</mark> <mark class=\"new\">").text(after).raw("</mark> ").text(signs);
        out.raw("</span></h2>\n");
        if self.changes.iter().all(|changes| changes.sections.is_empty()) {
            out.note(words::no_messages(self.language));
        }
        let begin = out.len();
        for (number, changes) in self.changes.iter().enumerate() {
            if self.has_several() {
                out.put(format_args!("<section id=\"request-{}\">\n<h3>", number + 1));
                out.text(&words::request(self.language, number + 1)).raw(" <small>");
                out.code(&self.request_line(number)).raw("</small></h3>\n<p class=\"story\">");
                out.prose(&self.story(number)).raw("</p>\n");
            }
            for section in &changes.sections {
                match out.len() - begin < MOST_DIFFS {
                    true => self.push_part(out, section),
                    false => {
                        out.note(&words::left_out_part(
                            self.language,
                            parts::part(self.language, section.part),
                        ));
                    }
                }
            }
            if self.has_several() {
                out.raw("</section>\n");
            }
        }
        let requests = self.report.trace.exchanges.len();
        self.push_left_out(out, requests, MOST_REQUESTS, words::left_out_changes);
        out.raw("</section>\n");
    }

    fn push_part(&self, out: &mut Markup, section: &Section) {
        let language = self.language;
        let title = parts::part(language, section.part);
        let is_body = section.body().is_some();
        let number = if is_body { "number" } else { "plain" };
        let [before, by] = words::columns(language);
        out.put(format_args!("<table class=\"diff{}\">\n", if is_body { "" } else { " headers" }));
        out.raw("<caption class=\"hidden\">")
            .text(title)
            .text(words::colon(language))
            .text(before)
            .raw(" | ");
        out.text(parts::after(language, section)).raw("</caption>\n");
        out.put(format_args!(
            "<colgroup><col class=\"{number}\"><col class=\"sign\"><col><col class=\"gap\">\
             <col class=\"{number}\"><col class=\"sign\"><col></colgroup>\n"
        ));
        out.raw("<thead><tr><td colspan=\"3\"><h3>").text(title).raw("<small>");
        out.text(&parts::summary(language, section))
            .raw("</small></h3></td><td class=\"gap\"></td><th scope=\"colgroup\" colspan=\"3\">")
            .text(parts::after(language, section));
        out.raw("<span class=\"hidden\">").text(by).raw("</span></th></tr></thead>\n");
        let notes = (0..bodies::count(section)).filter_map(|line| bodies::line(language, section, line));
        for (severity, note) in notes {
            out.put(format_args!(
                "<tbody><tr class=\"remark\"><td colspan=\"7\" class=\"{}\">",
                class(severity)
            ));
            out.text(mark(severity)).text(" ").prose(&note).raw("</td></tr></tbody>\n");
        }
        self.push_rows(out, section);
        out.raw("</table>\n");
        if is_body && !section.writers.is_empty() {
            out.raw("<p class=\"note\">").text(words::written_by(language)).raw(" ");
            self.push_writers(out, &section.writers, true);
            out.raw("</p>\n");
        }
    }

    /// The rows, unchanged ones folded away.
    fn push_rows(&self, out: &mut Markup, section: &Section) {
        let mut folds = section.folds().iter().map(rows_of).peekable();
        let (mut row, mut shown) = (0, 0);
        let begin = out.len();
        out.raw("<tbody>\n");
        while row < section.len() {
            if shown >= MOST_ROWS || out.len() - begin > MOST_DIFFS / 4 {
                let left = units::number(section.len() - row);
                self.push_fold(out, &words::more_rows(self.language, &left), false);
                break;
            }
            match folds.next_if(|fold| fold.start <= row) {
                Some(fold) => {
                    let is_body = section.body().is_some();
                    let can_unfold = fold.len() <= MOST_FOLDED;
                    let said = words::unchanged(self.language, is_body, fold.len(), can_unfold);
                    out.raw("</tbody>\n<tbody class=\"fold\">");
                    self.push_fold(out, &said, can_unfold);
                    out.raw("</tbody>\n");
                    if can_unfold {
                        out.raw("<tbody class=\"folded\">\n");
                        fold.clone().for_each(|row| self.push_row(out, section, row));
                        out.raw("</tbody>\n");
                    }
                    out.raw("<tbody>\n");
                    row = fold.end.max(row + 1);
                }
                None => {
                    self.push_row(out, section, row);
                    (row, shown) = (row + 1, shown + 1);
                }
            }
        }
        out.raw("</tbody>\n");
    }

    /// A row that stands for others; its words become a button where they can be unfolded.
    fn push_fold(&self, out: &mut Markup, said: &str, can_unfold: bool) {
        let (open, close) = if can_unfold { ("<span>", "</span>") } else { ("", "") };
        out.raw("<tr class=\"fold\"><td colspan=\"7\">… ").raw(open).text(said).raw(close).raw("</td></tr>");
    }

    fn push_row(&self, out: &mut Markup, section: &Section, place: usize) {
        let row = match section.body() {
            None => section.header_rows().get(place).map(|row| self.header_row(row)),
            Some(body) => body.row(place).map(|found| Row {
                kind: found.kind,
                before: found.before.map(|cell| line(self, body, cell)),
                after: found.after.map(|cell| line(self, body, cell)),
                badge: String::new(),
                writers: if found.kind == RowKind::Same { &[] } else { &section.writers },
                by: By::Nobody,
            }),
        };
        let Some(row) = row else { return };
        let name = match row.kind {
            RowKind::Same | RowKind::Moved => "same",
            RowKind::Removed => "removed",
            RowKind::Added => "added",
            RowKind::Changed => "changed",
        };
        out.put(format_args!("<tr class=\"{name}\">"));
        let (old, new) = match row.kind {
            RowKind::Same | RowKind::Moved => ("", ""),
            RowKind::Removed => ("−", ""),
            RowKind::Added => ("", "+"),
            RowKind::Changed => ("~", "~"),
        };
        // Where nothing stands after, who removed it stands there.
        let is_removed = row.after.is_none();
        self.push_side(out, row.before.as_ref(), "before", "old", old, None);
        out.raw("<td class=\"gap\"></td>");
        self.push_side(
            out,
            row.after.as_ref(),
            if is_removed { "gone" } else { "after" },
            "new",
            new,
            Some(&row),
        );
        out.raw("</tr>\n");
    }

    fn push_side(
        &self,
        out: &mut Markup,
        side: Option<&Side>,
        class: &str,
        hue: &str,
        sign: &str,
        row: Option<&Row<'_>>,
    ) {
        let none = if side.is_none() && row.is_none_or(|row| row.writers.is_empty()) { " none" } else { "" };
        out.put(format_args!("<td class=\"{class} number{none}\">"));
        out.text(side.map_or("", |side| &side.number));
        out.put(format_args!("</td><td class=\"{class} sign {hue}{none}\">")).text(sign);
        out.put(format_args!("</td><td class=\"{class} code{none}\">"));
        if let Some(row) = row {
            self.push_provenance(out, row);
        }
        if let Some(side) = side {
            push_marked(out, side, hue);
            if !side.more.is_empty() {
                out.raw("<span class=\"badge\">").text(&side.more).raw("</span>");
            }
        }
        if let Some(row) = row.filter(|row| !row.badge.is_empty()) {
            out.raw("<span class=\"badge\">⇅ ").text(&row.badge).raw("</span>");
        }
        out.raw("</td>");
    }

    fn push_provenance(&self, out: &mut Markup, row: &Row<'_>) {
        if row.writers.is_empty() && row.by != By::Host {
            return;
        }
        out.raw("<span class=\"by\">");
        match row.writers {
            [] => {
                out.text(words::by_envoy(self.language));
            }
            writers => {
                // Beside a long value there is room for the number only.
                let length = row.after.as_ref().map_or(0, |side| side.text.chars().count());
                let named = row.by == By::Filter && writers.len() == 1;
                self.push_writers(out, writers, named && length <= MOST_BESIDE && row.badge.is_empty());
            }
        }
        out.raw("</span>");
    }

    /// Links to the calls behind a change, with their names where there is room.
    fn push_writers(&self, out: &mut Markup, writers: &[Writer], named: bool) {
        const MOST: usize = 8;
        for (place, writer) in writers.iter().take(MOST).enumerate() {
            if place > 0 {
                out.raw(", ");
            }
            let name = if named { format!(" {}", writer.call.short_name()) } else { String::new() };
            self.push_call_link(out, writer.number, &name);
        }
        if writers.len() > MOST {
            out.raw(" …");
        }
    }

    /// `#6`, a link where the call is in the list.
    pub(super) fn push_call_link(&self, out: &mut Markup, number: u32, name: &str) {
        match (number as usize) <= events::MOST_CALLS {
            true => out.put(format_args!("<a href=\"#call-{number}\">#{number}")).text(name).raw("</a>"),
            false => out.put(format_args!("#{number}")).text(name),
        };
    }

    fn header_row<'a>(&self, row: &'a HeaderRow) -> Row<'a> {
        let side = |cell: &HeaderCell| {
            let offset = cell.name.len() + 2;
            let hides = self.report.masks && cell.is_secret;
            let value = if hides { cell.masked() } else { cell.value.clone() };
            let marks = cell.marks.iter().filter(|_| !hides);
            Side {
                number: String::new(),
                text: format!("{}: {value}", cell.name),
                marks: marks.map(|mark| mark.start + offset..mark.end + offset).collect(),
                more: self.more(cell.is_cut, cell.is_lossy, cell.full_len),
            }
        };
        Row {
            kind: row.kind,
            before: row.before.as_ref().map(side),
            after: row.after.as_ref().map(side),
            badge: match &row.moved {
                None => String::new(),
                Some(Moved::First) => words::moved(self.language, None),
                Some(Moved::After(name)) => words::moved(self.language, Some(name)),
            },
            writers: &row.writers,
            by: row.by,
        }
    }

    fn more(&self, is_cut: bool, is_lossy: bool, full_len: usize) -> String {
        match (is_cut, is_lossy) {
            (true, _) => words::cut(self.language, full_len),
            (false, true) => words::not_utf8(self.language).to_owned(),
            (false, false) => String::new(),
        }
    }
}

fn line(page: &Page<'_>, body: &BodyDiff, cell: LineCell) -> Side {
    Side {
        number: match body.layout() {
            Layout::Hex => format!("{:04x}", cell.number),
            _ => cell.number.to_string(),
        },
        more: page.more(cell.is_cut, cell.is_lossy, cell.full_len),
        text: cell.text,
        marks: cell.marks,
    }
}

fn push_marked(out: &mut Markup, side: &Side, hue: &str) {
    let mut at = 0;
    for mark in &side.marks {
        let (Some(plain), Some(word)) = (side.text.get(at..mark.start), side.text.get(mark.clone())) else {
            break;
        };
        out.text(plain).put(format_args!("<mark class=\"{hue}\">")).text(word).raw("</mark>");
        at = mark.end;
    }
    out.text(side.text.get(at..).unwrap_or_default());
}
