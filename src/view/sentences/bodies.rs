//! Words beneath the head of a body: how it is shown, what is wrong with it, how its pieces came and went.

use super::{Severity, pick, say};
use crate::view::body::decode::{DecodeError, MOST_CODINGS, Problem};
use crate::view::body::{Note, PictureKind, Side, What};
use crate::view::changes::Section;
use crate::view::changes::chunks::{Batch, Fate, Heard, Left, Piece};
use crate::view::diff::multipart::{Broken, Why};
use crate::view::{Language, Text, code, units};

/// Number of lines beneath a section's head.
pub fn count(section: &Section) -> usize {
    let pieces = section.batch.as_ref().map_or(0, |batch| batch.arrived.len() + batch.left.len().max(1));
    section.notes.len() + pieces
}

/// One of them, counted from 0.
pub fn line(language: Language, section: &Section, index: usize) -> Option<(Severity, Text)> {
    if let Some(found) = section.notes.get(index) {
        return Some(note(language, found));
    }
    let batch = section.batch.as_ref()?;
    let index = index - section.notes.len();
    let text = match batch.arrived.get(index) {
        Some(piece) => arrived(language, batch, piece),
        None => match batch.left.get(index - batch.arrived.len()) {
            Some(piece) => left(language, piece),
            None => pick(language, "nothing of it was sent", "没有发出任何内容").into(),
        },
    };
    Some((Severity::Note, Text::from(text)))
}

/// What a section of chunks is called: `chunk 2 of 5`.
pub fn chunks(language: Language, batch: &Batch) -> String {
    let of = units::number(batch.of);
    match (batch.arrived.first(), batch.arrived.last()) {
        (Some(first), Some(last)) if first.number == last.number => {
            let number = units::number(first.number);
            say!(language, "chunk {number} of {of}", "第 {number} 块，共 {of} 块")
        }
        (Some(first), Some(last)) => {
            let (first, last) = (units::number(first.number), units::number(last.number));
            say!(language, "chunks {first} to {last} of {of}", "第 {first} 至 {last} 块，共 {of} 块")
        }
        _ => pick(language, "nothing arrived", "没有收到内容").into(),
    }
}

fn arrived(language: Language, batch: &Batch, piece: &Piece) -> String {
    let (number, size, at) = (piece.number, units::bytes(piece.bytes as u64), time(piece.at));
    let end = if piece.is_end { pick(language, ", the last", "，最后一块") } else { "" };
    let several = batch.arrived.iter().flat_map(|piece| &piece.heard).any(|heard| heard.filter != 0);
    let mut words: Vec<String> = Vec::new();
    for heard in piece.heard.iter().take(MOST_HEARD) {
        words.push(fate(language, heard, several));
    }
    if words.is_empty() {
        words.push(pick(language, "no callback saw it", "没有回调收到它").into());
    }
    let words = words.join(pick(language, ", ", "，"));
    say!(
        language,
        "chunk {number} arrived at {at}: {size}{end} · {words}",
        "第 {number} 块于 {at} 到达：{size}{end} · {words}"
    )
}

/// When something happened on the virtual clock, as beside log lines.
fn time(nanos: u64) -> String {
    format!("{} ms", units::number(nanos / 1_000_000))
}

/// Callbacks of one piece that are named; a longer chain is cut.
const MOST_HEARD: usize = 8;

fn fate(language: Language, heard: &Heard, several: bool) -> String {
    let callback = code(heard.callback.short_name());
    let filter = match several {
        true => {
            let number = heard.filter + 1;
            say!(language, " of filter {number}", "（过滤器 {number}）")
        }
        false => String::new(),
    };
    match heard.fate {
        Fate::Passed => say!(language, "{callback}{filter} passed it on", "{callback}{filter} 放行"),
        Fate::Held => say!(language, "{callback}{filter} held it", "{callback}{filter} 暂存"),
        Fate::Failed => say!(language, "{callback}{filter} failed", "{callback}{filter} 失败"),
    }
}

fn left(language: Language, piece: &Left) -> String {
    let (size, at) = (units::bytes(piece.bytes as u64), time(piece.at));
    let end = if piece.is_end { pick(language, ", the end", "，结束") } else { "" };
    match piece.attempt {
        None => say!(language, "sent at {at}: {size}{end}", "于 {at} 发出：{size}{end}"),
        Some(attempt) => say!(
            language,
            "sent again at {at}, attempt {attempt}: {size}{end}",
            "于 {at} 再次发出（第 {attempt} 次）：{size}{end}"
        ),
    }
}

/// A note, with the side that it is about.
pub fn note(language: Language, note: &Note) -> (Severity, Text) {
    let side = match note.side {
        None => "",
        Some(Side::Before) => pick(language, "Before: ", "之前："),
        Some(Side::After) => pick(language, "After: ", "之后："),
    };
    let severity = if note.what.is_warning() { Severity::Warning } else { Severity::Note };
    (severity, Text::from(format!("{side}{}", what(language, &note.what))))
}

fn what(language: Language, what: &What) -> String {
    match what {
        What::Decoded { codings, from, to } => {
            let (codings, sizes) = (code(codings), sizes(*from, *to));
            say!(language, "{codings}, shown decoded: {sizes}", "{codings}，已解码显示：{sizes}")
        }
        What::DecodedInPart { codings, from, limit } => {
            let (codings, from, limit) =
                (code(codings), units::bytes(*from as u64), units::bytes(*limit as u64));
            say!(
                language,
                "{codings}, {from} decode to more than {limit}: only that much is shown decoded",
                "{codings}，{from} 解码后超过 {limit}：只显示解码后的 {limit}"
            )
        }
        What::Trailing { at } => {
            let at = units::number(at);
            say!(
                language,
                "from byte {at} on there are bytes that are not part of the compressed data",
                "从第 {at} 字节起是不属于压缩数据的内容"
            )
        }
        What::NotDecoded { error } => not_decoded(language, error),
        What::UnknownCoding { coding } => {
            let coding = code(coding);
            say!(
                language,
                "{coding} cannot be decoded here: the bytes are shown as they are",
                "这里无法解码 {coding}：按原字节显示"
            )
        }
        What::TooManyCodings => say!(
            language,
            "more than {MOST_CODINGS} content codings: the bytes are shown as they are",
            "内容编码超过 {MOST_CODINGS} 层：按原字节显示"
        ),
        What::PlainDespite { codings } => {
            let codings = code(codings);
            say!(
                language,
                "`content-encoding` says {codings}, but the body is not compressed: the receiver cannot decode it",
                "`content-encoding` 写着 {codings}，但消息体没有压缩：接收方无法解码"
            )
        }
        What::Undeclared { codings, from, to } => {
            let (codings, sizes) = (code(codings), sizes(*from, *to));
            say!(
                language,
                "compressed with {codings}, but no `content-encoding` says so: the receiver sees garbage (shown decoded: {sizes})",
                "用 {codings} 压缩，但没有 `content-encoding` 说明：接收方看到的是乱码（已解码显示：{sizes}）"
            )
        }
        What::Form => pick(language, "form, shown decoded", "表单，已解码显示").into(),
        What::FormEscape { at } => {
            let at = units::number(at);
            say!(
                language,
                "the `%` at byte {at} starts no valid escape and is shown as it is",
                "第 {at} 字节的 `%` 不是有效的转义，按原样显示"
            )
        }
        What::Parts { count } => {
            let (parts, number) = (units::count(*count, "part", "parts"), units::number(count));
            say!(language, "multipart, {parts}", "multipart，{number} 个部分")
        }
        What::NotParts { broken } => not_parts(language, broken),
        What::NotJson { line, column, reason } => {
            let (line, column) = (units::number(line), units::number(column));
            say!(
                language,
                "not valid JSON at line {line}, column {column} ({reason}): shown as text",
                "第 {line} 行第 {column} 列不是有效的 JSON（{reason}）：按文本显示"
            )
        }
        What::DeepJson => pick(
            language,
            "JSON nested more than 128 levels deep: shown as text",
            "JSON 嵌套超过 128 层：按文本显示",
        )
        .into(),
        What::SeveralJson { count } => {
            let count = units::number(count);
            say!(
                language,
                "{count} JSON texts, one after another: shown as lines of text",
                "连续 {count} 段 JSON：按文本行显示"
            )
        }
        What::OnlyOrder => pick(
            language,
            "same values: only the order of members differs, which has no meaning in JSON",
            "值相同：只有成员的顺序不同，这在 JSON 中没有意义",
        )
        .into(),
        What::JsonDespite { media } => {
            let media = code(media);
            say!(
                language,
                "the body is JSON, although `content-type` says {media}",
                "消息体是 JSON，但 `content-type` 写着 {media}"
            )
        }
        What::Twice { line, name } => {
            let (line, name) = (units::number(line), code(name));
            say!(
                language,
                "{name} occurs twice (again in line {line}): parsers differ in which one they take",
                "{name} 出现两次（第 {line} 行再次出现）：不同的解析器取值不一致"
            )
        }
        What::NotUtf8 { count, at } => {
            let (places, number, at) =
                (units::count(*count, "place", "places"), units::number(count), units::number(at));
            say!(
                language,
                "not UTF-8 in {places}, first at byte {at}",
                "{number} 处不是 UTF-8，第一处在第 {at} 字节"
            )
        }
        What::KindsDiffer => pick(
            language,
            "before and after are of different kinds: compared as text",
            "前后类型不同：按文本比较",
        )
        .into(),
        What::Picture { kind, size, bytes } => picture(*kind, *size, *bytes),
    }
}

/// `PNG, 640 × 480, 3,204 B`
pub fn picture(kind: PictureKind, size: Option<(u32, u32)>, bytes: usize) -> String {
    let size = size.map_or_else(String::new, |(width, height)| format!("{width} × {height}, "));
    format!("{kind}, {size}{}", units::bytes(bytes as u64))
}

/// Both sizes with their units: they are not those of before and after.
fn sizes(from: usize, to: usize) -> String {
    format!("{} → {}", units::bytes(from as u64), units::bytes(to as u64))
}

fn not_decoded(language: Language, error: &DecodeError) -> String {
    let (coding, at) = (code(error.coding.name()), units::number(error.at));
    match error.problem {
        Problem::Invalid => say!(
            language,
            "{coding} cannot be decoded, it is invalid at byte {at}: the bytes are shown as they are",
            "{coding} 无法解码，第 {at} 字节无效：按原字节显示"
        ),
        Problem::EndsEarly => say!(
            language,
            "{coding} cannot be decoded, it ends too early at byte {at}: the bytes are shown as they are",
            "{coding} 无法解码，数据不完整，止于第 {at} 字节：按原字节显示"
        ),
        Problem::Checksum => say!(
            language,
            "{coding} cannot be decoded, its checksum at byte {at} does not match: the bytes are shown as they are",
            "{coding} 无法解码，第 {at} 字节处的校验和不符：按原字节显示"
        ),
    }
}

fn not_parts(language: Language, broken: &Broken) -> String {
    let at = units::number(broken.at);
    let why = match broken.why {
        Why::NoBoundary => {
            pick(language, "`content-type` names no boundary", "`content-type` 没有 boundary").into()
        }
        Why::NoPart => pick(language, "the boundary does not occur in it", "其中找不到 boundary").into(),
        Why::HeadNotEnded { part } => say!(
            language,
            "no empty line ends the headers of part {part}, from byte {at}",
            "第 {part} 部分的头部没有以空行结束，从第 {at} 字节起"
        ),
        Why::NotEnded { part } => say!(
            language,
            "no boundary ends part {part}, from byte {at}",
            "第 {part} 部分没有以 boundary 结束，从第 {at} 字节起"
        ),
        Why::TooMany => say!(language, "too many parts, from byte {at}", "部分太多，从第 {at} 字节起"),
    };
    say!(
        language,
        "not a valid multipart body, {why}: shown as it is",
        "不是有效的 multipart，{why}：按原样显示"
    )
}
