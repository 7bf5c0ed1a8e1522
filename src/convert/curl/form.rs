//! Bodies of `-F`: `multipart/form-data` (RFC 7578) as curl writes it.

use super::super::boundary;

/// The parts of a form.
#[derive(Debug, Default)]
pub struct Form {
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    name: Vec<u8>,
    file_name: Option<Vec<u8>>,
    kind: Option<Vec<u8>>,
    headers: Vec<Vec<u8>>,
    content: Vec<u8>,
    /// Quotes and backslashes get a backslash, as curl did before 7.81.
    escapes: bool,
}

impl Form {
    /// `--form-string`: everything after the sign is the content.
    pub fn add_text(&mut self, given: &[u8]) {
        let (name, content) = split(given);
        self.parts.push(Part { name: name.to_vec(), content: content.to_vec(), ..Part::default() });
    }

    /// `-F`: `name=content`, `name=@file`, `name=<file`, each with `;type=`, `;filename=`, `;headers=`. `true`: something of it
    /// could not be carried over.
    pub fn add(&mut self, given: &[u8], escapes: bool, read: &mut dyn FnMut(&[u8]) -> Vec<u8>) -> bool {
        let (name, value) = split(given);
        let mut fields = fields(value).into_iter();
        let content = fields.next().unwrap_or_default();
        let mut part = Part { name: name.to_vec(), escapes, ..Part::default() };
        // Groups of parts within parts.
        let mut lost = matches!(value, [b'(' | b')', ..]);
        match value {
            [b'@', ..] => {
                let path = unquoted(&content[1..]);
                let file = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
                part.kind = Some(kind_of(file).into());
                part.file_name = Some(file.to_vec());
                part.content = read(&path);
            }
            [b'<', ..] => part.content = read(&unquoted(&content[1..])),
            _ => part.content = unquoted(&content),
        }
        for field in fields {
            let trimmed = field.trim_ascii_start();
            let value = |name: &str| trimmed.strip_prefix(name.as_bytes());
            if let Some(kind) = value("type=") {
                part.kind = Some(kind.trim_ascii().to_vec());
            } else if let Some(name) = value("filename=") {
                part.file_name = Some(unquoted(name));
            } else if let Some(header) = value("headers=").filter(|header| !header.starts_with(b"@")) {
                part.headers.push(unquoted(header));
            } else {
                lost = true;
            }
        }
        self.parts.push(part);
        lost
    }

    /// The body, and its boundary.
    pub fn encoded(&self) -> (Vec<u8>, String) {
        let boundary = boundary(self.parts.iter().map(|part| &part.content[..]));
        let mut body = Vec::new();
        for part in &self.parts {
            body.extend([b"--", boundary.as_bytes(), b"\r\nContent-Disposition: form-data"].concat());
            if !part.name.is_empty() {
                body.extend([b"; name=\"", &part.quoted(&part.name)[..], b"\""].concat());
            }
            if let Some(name) = &part.file_name {
                body.extend([b"; filename=\"", &part.quoted(name)[..], b"\""].concat());
            }
            body.extend(b"\r\n");
            if let Some(kind) = &part.kind {
                body.extend([b"Content-Type: ", &kind[..], b"\r\n"].concat());
            }
            for header in &part.headers {
                body.extend([&header[..], b"\r\n"].concat());
            }
            body.extend([b"\r\n", &part.content[..], b"\r\n"].concat());
        }
        body.extend([b"--", boundary.as_bytes(), b"--\r\n"].concat());
        (body, boundary)
    }
}

impl Part {
    fn quoted(&self, text: &[u8]) -> Vec<u8> {
        let mut quoted = Vec::with_capacity(text.len());
        for byte in text {
            match (byte, self.escapes) {
                (b'"' | b'\\', true) => quoted.extend([b'\\', *byte]),
                (b'"', false) => quoted.extend(b"%22"),
                (b'\r', false) => quoted.extend(b"%0D"),
                (b'\n', false) => quoted.extend(b"%0A"),
                (byte, _) => quoted.push(*byte),
            }
        }
        quoted
    }
}

fn split(given: &[u8]) -> (&[u8], &[u8]) {
    match given.iter().position(|byte| *byte == b'=') {
        Some(sign) => (&given[..sign], &given[sign + 1..]),
        None => (&[], given),
    }
}

/// The content and what follows it, cut at semicolons outside of quotes; a semicolon of a content type is a part of it.
fn fields(value: &[u8]) -> Vec<Vec<u8>> {
    let mut fields: Vec<Vec<u8>> = vec![Vec::new()];
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in value.iter().enumerate() {
        let Some(field) = fields.last_mut() else { break };
        let begins = field.is_empty() || matches!(field[..], [b'@' | b'<']) || field.ends_with(b"=");
        match byte {
            b'"' if !escaped && (quoted || begins) => quoted = !quoted,
            b';' if !quoted => {
                let rest = value[at + 1..].trim_ascii_start();
                let is_field = ["type=", "filename=", "headers=", "encoder="];
                let is_field = is_field.iter().any(|name| rest.starts_with(name.as_bytes()));
                if is_field || !field.trim_ascii_start().starts_with(b"type=") {
                    fields.push(Vec::new());
                    escaped = false;
                    continue;
                }
            }
            _ => {}
        }
        escaped = quoted && *byte == b'\\' && !escaped;
        field.push(*byte);
    }
    fields
}

/// The text between quotes, in which a backslash takes the meaning from quotes and backslashes.
fn unquoted(text: &[u8]) -> Vec<u8> {
    let Some(inside) = text.strip_prefix(b"\"") else { return text.to_vec() };
    let mut plain = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' if matches!(bytes.peek(), Some(b'"' | b'\\')) => plain.extend(bytes.next()),
            byte => plain.push(byte),
        }
    }
    plain
}

/// What curl takes a file for by its name.
fn kind_of(file: &[u8]) -> &'static str {
    let name = String::from_utf8_lossy(file).to_ascii_lowercase();
    let kinds = [
        (".gif", "image/gif"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".png", "image/png"),
        (".svg", "image/svg+xml"),
        (".txt", "text/plain"),
        (".htm", "text/html"),
        (".html", "text/html"),
        (".pdf", "application/pdf"),
        (".xml", "application/xml"),
    ];
    kinds.iter().find(|(end, _)| name.ends_with(end)).map_or("application/octet-stream", |(_, kind)| kind)
}
