//! The lines of a Hurl file, and what kinds there are.

use super::Place;

/// One line without its end, and the place of its beginning.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub text: &'a str,
    pub at: usize,
}

/// A text that is read line by line.
pub struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether nothing of a line has been read yet.
    pub fn is_at_begin(&self) -> bool {
        self.at == 0 || self.text[..self.at].ends_with('\n')
    }

    /// Goes on behind so many bytes of the rest.
    pub fn advance(&mut self, length: usize) {
        self.at += length;
    }

    pub fn place(&self, at: usize) -> Place {
        Place::in_text(self.text.as_bytes(), at)
    }

    pub fn peek(&self) -> Option<Line<'a>> {
        let rest = self.rest();
        let text = rest.split('\n').next().filter(|_| !rest.is_empty())?;
        Some(Line { text: text.strip_suffix('\r').unwrap_or(text), at: self.at })
    }

    pub fn next(&mut self) -> Option<Line<'a>> {
        let line = self.peek()?;
        let rest = self.rest();
        self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        Some(line)
    }

    /// Skips empty lines and comments. `false`: there is nothing more.
    pub fn skip_remarks(&mut self) -> bool {
        while let Some(line) = self.peek() {
            let text = line.text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                return true;
            }
            self.next();
        }
        false
    }
}

/// Method and URL.
pub fn request_line(line: &str) -> Option<(&str, &str)> {
    let (method, url) = line.trim_start().split_once([' ', '\t'])?;
    let is_method =
        !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    let url = without_remark(url).trim();
    let is_url = ["http://", "https://", "{{"].iter().any(|begin| url.starts_with(begin));
    (is_method && is_url).then_some((method, url))
}

/// Version, which may be empty, and status.
pub fn status_line(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("HTTP")?;
    let (version, status) = rest.split_once([' ', '\t'])?;
    let version = match version {
        "" => "",
        version => version.strip_prefix('/')?,
    };
    let status = without_remark(status).trim();
    let is_status = status == "*" || (status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit()));
    is_status.then_some((if version == "*" { "" } else { version }, status))
}

/// The name of a section.
pub fn section(line: &str) -> Option<&str> {
    let name = without_remark(line).trim().strip_prefix('[')?.strip_suffix(']')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    // A list of words is JSON.
    (is_name && name.starts_with(|c: char| c.is_ascii_uppercase())).then_some(name)
}

/// `name: value`, as written.
pub fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    if line.starts_with(['{', '[', '<', '`', '"'])
        || request_line(line).is_some()
        || status_line(line).is_some()
    {
        return None;
    }
    let colon = line.char_indices().find(|(at, c)| *c == ':' && !line[..*at].ends_with('\\'));
    let (at, _) = colon?;
    let (name, value) = (line[..at].trim(), without_remark(&line[at + 1..]).trim());
    (!name.is_empty()).then_some((name, value))
}

/// What stands before a comment.
pub fn without_remark(text: &str) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        // A fragment of a URL has no space before it.
        if c == '#' && !escaped && (at == 0 || text[..at].ends_with([' ', '\t'])) {
            return &text[..at];
        }
        escaped = c == '\\' && !escaped;
    }
    text
}

/// Takes away the backslashes: `\#`, `\n`, `\u{1F600}`. One that escapes nothing stays.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain += before;
        let mut chars = after.chars();
        let next = chars.next();
        rest = chars.as_str();
        match next {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('b') => plain.push('\u{8}'),
            Some('f') => plain.push('\u{c}'),
            Some(c @ ('#' | '\\' | '"' | '`' | ':' | '/' | ' ')) => plain.push(c),
            Some('u') => {
                let code = rest.strip_prefix('{').and_then(|digits| digits.split_once('}'));
                let found = code.and_then(|(digits, after)| {
                    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, after))
                });
                match found {
                    Some((c, after)) => {
                        plain.push(c);
                        rest = after;
                    }
                    None => plain += "\\u",
                }
            }
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain + rest
}

/// A time such as `500`, `500ms`, `2s` or `1m`, in milliseconds.
pub fn millis(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.trim().parse().ok()?;
    let factor = match &text[digits.len()..] {
        "" | "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(factor)
}
