//! What the system and the readers of files say, which is English, in the language of the window.

use std::io::{Error, ErrorKind};

use super::say;
use crate::scenario::FileError;
use crate::view::{Language, code};

/// Why the system did not do something. What is not known here stays as it is.
pub fn system(language: Language, error: &Error) -> String {
    if language == Language::English {
        return error.to_string();
    }
    let words = match error.kind() {
        ErrorKind::NotFound => "文件或文件夹不存在",
        ErrorKind::PermissionDenied => "没有访问权限",
        ErrorKind::AlreadyExists => "已经存在",
        ErrorKind::IsADirectory => "这是一个文件夹",
        ErrorKind::NotADirectory => "路径中有一部分不是文件夹",
        ErrorKind::DirectoryNotEmpty => "文件夹不是空的",
        ErrorKind::ReadOnlyFilesystem => "文件系统是只读的",
        ErrorKind::StorageFull => "磁盘空间不足",
        ErrorKind::QuotaExceeded => "磁盘配额已用完",
        ErrorKind::FileTooLarge => "文件太大",
        ErrorKind::InvalidFilename => "文件名不可用",
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => "文件正被占用",
        ErrorKind::UnexpectedEof => "文件在中途结束",
        ErrorKind::TimedOut => "操作超时",
        ErrorKind::WriteZero => "无法继续写入",
        _ => {
            let said = error.to_string();
            return fill("byte {} is not UTF-8", "第 {} 个字节不是 UTF-8", &said).unwrap_or(said);
        }
    };
    words.to_owned()
}

/// Why a scenario file could not be read or written, in one line.
pub fn scenario_file(language: Language, error: &FileError) -> String {
    if language == Language::English {
        return error.to_string();
    }
    match error {
        FileError::Read { path, reason } => {
            format!("无法读取 {}：{}", path.display(), system(language, reason))
        }
        FileError::Write { path, reason } => {
            format!("无法写入 {}：{}", path.display(), system(language, reason))
        }
        FileError::Syntax { line, column, path, reason } => {
            let field = if path.is_empty() { String::new() } else { format!("{path}：") };
            format!("第 {line} 行，第 {column} 列：{field}{}", reader(language, reason))
        }
        other => {
            let card = super::scenario::file_error(language, other);
            let (title, what) = (card.title.to_string(), card.what.to_string());
            format!("{title}：{}", what.trim_end_matches('。'))
        }
    }
}

/// What a reader of JSON, YAML and the like says about a text. In Chinese, what is not known here is marked as its words.
pub fn reader(language: Language, said: &str) -> String {
    if language == Language::English {
        return code(said);
    }
    let known = KNOWN.iter().find_map(|(english, chinese)| fill(english, chinese, said));
    known.or_else(|| wrong_type(said)).unwrap_or_else(|| {
        let said = code(said);
        say!(language, "The reader says: {said}", "解析器提示：{said}")
    })
}

/// Sentences with holes, each `{}`, in the order of both languages.
const KNOWN: &[(&str, &str)] = &[
    // JSON, as serde_json says it.
    ("EOF while parsing {}", "内容在中途结束，还不完整"),
    ("expected value", "这里应当是一个值"),
    ("expected ident", "这里应当是 `true`、`false` 或 `null`"),
    ("expected {} or {}", "这里应当是 {} 或 {}"),
    ("expected `{}`", "这里应当是 `{}`"),
    ("trailing comma", "最后一项后面多了一个逗号"),
    ("trailing characters", "内容结束之后还有多余的字符"),
    ("key must be a string", "键必须是带双引号的字符串"),
    ("invalid number", "数字的写法不对"),
    ("number out of range", "数字超出范围"),
    ("invalid escape", "转义序列的写法不对"),
    ("control character (\\u0000-\\u001F) found while parsing a string", "字符串中有未转义的控制字符"),
    ("recursion limit exceeded", "嵌套太深"),
    ("lone leading surrogate in hex escape", "转义序列中的代理对不完整"),
    // What fields say, as serde and the fields of scenarios say it.
    ("missing field {}", "缺少字段 {}"),
    ("duplicate field {}", "字段 {} 重复"),
    ("unknown variant {}, expected one of {}", "{} 不是可用的值，可以是 {}"),
    ("unknown variant {}, expected {} or {}", "{} 不是可用的值，可以是 {} 或 {}"),
    ("unknown variant {}, expected {}", "{} 不是可用的值，应为 {}"),
    ("unknown field {}, expected {}", "没有字段 {}，应为 {}"),
    ("this is not base64 (RFC 4648): {}", "这不是 base64（RFC 4648）：`{}`"),
    (
        "the third element of a header is \"off\" or nothing, not \"{}\"",
        "头部的第三项只能是 `\"off\"`，或者不写，不能是 `\"{}\"`",
    ),
    ("{} is not a log level; use {}", "{} 不是日志级别，可以是 `{}`"),
    ("{} is not a protocol; use http1 or http2", "{} 不是协议，请使用 `http1` 或 `http2`"),
    ("{} is not a time; write it as {}", "{} 不是时间，请写成 `{}`"),
    ("{} is not an Envoy that can be simulated; use {} to {}", "不能模拟 Envoy {}，请使用 {} 到 {}"),
    ("metadata of {} is not an object; write {}", "{} 的元数据不是对象，请写成 `{}`"),
    // Requests as text.
    ("an entry begins with a line such as `{}`", "每一项以 `{}` 这样的一行开始"),
    ("the text between ``` does not end", "``` 之间的文本没有结束"),
    ("it cannot be decoded", "无法解码"),
    ("[{}] is no section of a request", "请求中没有 [{}] 这一节"),
    ("[{}] is no section of a response", "响应中没有 [{}] 这一节"),
    ("there are too many header lines", "头部的行数太多"),
    ("a chunk begins with its size in hexadecimal", "每个分块以十六进制的长度开始"),
    ("the chunk should have {} bytes, there are {}", "分块应有 {} 字节，实际有 {} 字节"),
    ("a line break ends each chunk", "每个分块以换行结束"),
    ("this is no HTTP/1 message: {}", "这不是 HTTP/1 消息：`{}`"),
    // Test suites.
    ("{} belongs here, not {}", "这里应当是 `{}`，而不是 `{}`"),
    ("there are more than {} values", "值的数量超过了 {}"),
    ("messages are nested more than {} deep", "消息的嵌套超过了 {} 层"),
    ("the string that begins here does not end in its line", "从这里开始的字符串没有在本行结束"),
    ("the file ends within an escape", "文件在转义序列中途结束"),
    ("{} has no field {}", "`{}` 没有字段 `{}`"),
    ("{} is no log level", "`{}` 不是日志级别"),
    ("{} is no escape", "`{}` 不是转义序列"),
    ("{} is one value", "`{}` 是单个值"),
    ("{} is true or false", "`{}` 只能是 `true` 或 `false`"),
    ("{} is a whole number, not {}", "`{}` 应为整数，而不是 `{}`"),
    ("{} is not negative", "`{}` 不能是负数"),
    ("{} is a message: write its fields in braces", "`{}` 是消息，请把它的字段写在花括号中"),
    ("a header needs a key", "头部需要 `key`"),
    ("a matcher needs exact, regex or file", "匹配器需要 `exact`、`regex` 或 `file`"),
    ("this is text, in quotes", "这里应当是带引号的文本"),
    ("this is an object, in braces", "这里应当是花括号中的对象"),
    // Archives.
    ("the archive is cut off", "归档不完整，在中途结束"),
];

/// The second sentence with what stands in the holes of the first, if `said` is such a sentence.
fn fill(english: &str, chinese: &str, said: &str) -> Option<String> {
    let mut parts = english.split("{}");
    let mut rest = said.strip_prefix(parts.next()?)?;
    let mut holes = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last part ends the sentence; a hole at the end takes what is left.
        let at = match parts.peek() {
            None if part.is_empty() => rest.len(),
            None => rest.len().checked_sub(part.len()).filter(|at| rest.get(*at..) == Some(part))?,
            Some(_) => rest.find(part)?,
        };
        holes.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    if !rest.is_empty() || holes.iter().any(|hole| hole.is_empty()) {
        return None;
    }
    let mut words = String::new();
    let mut holes = holes.into_iter();
    for (place, part) in chinese.split("{}").enumerate() {
        if place > 0 {
            words += holes.next().unwrap_or_default();
        }
        words += part;
    }
    Some(words)
}

/// `invalid type: integer 5, expected a string`.
fn wrong_type(said: &str) -> Option<String> {
    let rest = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    if let Some((found, wanted)) = rest.and_then(|rest| rest.rsplit_once(", expected ")) {
        return Some(format!("这里是{}，应为{}", found_thing(found), wanted_thing(wanted)));
    }
    let (count, wanted) = said.strip_prefix("invalid length ")?.split_once(", expected ")?;
    Some(format!("这里有 {count} 项，应为{}", wanted_thing(wanted)))
}

fn found_thing(found: &str) -> String {
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    let kind = match kind {
        "integer" => "整数",
        "floating" => "小数",
        "boolean" => "布尔值",
        "string" => "字符串",
        "null" | "unit" => return "空值 `null`".to_owned(),
        "map" => "对象",
        "sequence" => "列表",
        _ => return code(found),
    };
    let value = value.trim_start_matches("point").trim().trim_matches('`');
    if value.is_empty() { kind.to_owned() } else { format!("{kind} {}", code(value)) }
}

fn wanted_thing(wanted: &str) -> String {
    let known = match wanted {
        "a string" | "a borrowed string" | "a string key" => "字符串",
        "a boolean" => "布尔值",
        "a sequence" | "a list" => "列表",
        "a map" => "对象",
        "i8" | "i16" | "i32" | "i64" | "isize" => "整数",
        "u8" | "u16" | "u32" | "u64" | "usize" => "范围之内的非负整数",
        "f32" | "f64" => "数字",
        structure if structure.starts_with("struct ") || structure.starts_with("internally tagged") => "对象",
        _ => return format!(" {}", code(wanted)),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert;
    use crate::scenario::Scenario;

    const CHINESE: Language = Language::SimplifiedChinese;

    #[test]
    fn what_a_reader_says_is_said_in_chinese() {
        for (said, expected) in [
            ("invalid type: integer `5`, expected a string", "这里是整数 `5`，应为字符串"),
            ("invalid type: map, expected a sequence", "这里是对象，应为列表"),
            ("invalid value: integer `-1`, expected u16", "这里是整数 `-1`，应为范围之内的非负整数"),
            ("missing field `filter`", "缺少字段 `filter`"),
            ("unknown variant `x`, expected `a` or `b`", "`x` 不是可用的值，可以是 `a` 或 `b`"),
            ("unknown variant `x`, expected one of `a`, `b`, `c`", "`x` 不是可用的值，可以是 `a`, `b`, `c`"),
            ("expected `,` or `}`", "这里应当是 `,` 或 `}`"),
            ("expected `:`", "这里应当是 `:`"),
            ("EOF while parsing an object", "内容在中途结束，还不完整"),
            ("the chunk should have 5 bytes, there are 3", "分块应有 5 字节，实际有 3 字节"),
        ] {
            let words = crate::view::Text::from(reader(CHINESE, said)).to_string();
            let expected = crate::view::Text::from(expected.to_owned()).to_string();
            assert_eq!(words, expected, "{said}");
        }
        assert!(reader(CHINESE, "something new").starts_with("解析器提示："));
    }

    #[test]
    fn every_reader_is_understood() {
        let mut looked_at = 0;
        for text in [
            "GET https://a.test/\nHTTP 200\n[Nothing]\n",
            "GET https://a.test/\n[Nothing]\n",
            "GET https://a.test/\nHTTP 200\n[Asserts]\nstatus == 200\n\nGET\n",
            "POST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
            "{\"log\": {\"entries\": 1}}",
        ] {
            if let Err(error) = convert::open_bytes(text.as_bytes(), None)
                && let convert::Reason::Syntax(said) = &error.reason
            {
                assert!(!reader(CHINESE, said).contains("解析器提示"), "{text:?}: {said}");
                looked_at += 1;
            }
        }
        for json in [
            "{\"request\": {\"method\": 5}}",
            "{\"chain\": {}}",
            "{\"request\": {\"headers\": [[\"a\", \"b\", \"c\"]]}}",
            "{\"request\": {\"body\": {\"base64\": \"%\"}}}",
            "{\"version\": 4294967296}",
            "{\"log_level\": \"loud\"}",
            "{\"expect\": [{\"that\": \"nothing\"}]}",
            "{\"a\": }",
            "{\"a\": 1,}",
            "{} x",
            "[",
        ] {
            let Err(FileError::Syntax { reason, .. }) = Scenario::from_json(json) else {
                panic!("{json} is a scenario")
            };
            assert!(!reader(CHINESE, &reason).contains("解析器提示"), "{json}: {reason}");
        }
        assert!(looked_at > 2, "{looked_at}");
    }

    #[test]
    fn why_the_system_refused_is_said_in_chinese_with_the_file() {
        let reason = Error::from(ErrorKind::PermissionDenied);
        let error = FileError::Write { path: "/a/x.scenario.json".into(), reason };
        assert_eq!(scenario_file(CHINESE, &error), "无法写入 /a/x.scenario.json：没有访问权限");
        assert_eq!(scenario_file(Language::English, &error), error.to_string());
    }
}
