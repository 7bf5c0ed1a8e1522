//! The request of a scenario as text for other tools: a `curl` command, and HTTP/1.1.

use super::secrets;
use crate::http::Target;
use crate::scenario::{HeaderLine, Request};

/// A text to be copied, and whether credentials in it were hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub text: String,
    pub is_masked: bool,
}

/// The request as a command for a POSIX shell. Trailers cannot be sent with curl and are left out. Bytes that are no UTF-8
/// need a shell with `$'…'` (bash, zsh, ksh, and every shell of POSIX.1-2024).
pub fn curl(request: &Request, masks: bool) -> Copied {
    let mut copied = Copying { masks, is_masked: false };
    let mut words: Vec<String> = vec!["curl".into()];
    let has_body = !request.body.is_empty();
    match request.method.as_str() {
        "GET" if !has_body => {}
        "POST" if has_body => {}
        // With -X curl would wait for the body that the answer announces.
        "HEAD" => words.push("--head".into()),
        method => words.extend(["-X".into(), quoted(method.as_bytes())]),
    }
    let url = url(request);
    // Else curl takes brackets and braces for a list of URLs.
    if url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".into());
    }
    words.push(quoted(url.as_bytes()));
    for line in request.headers.iter().filter(|line| line.on) {
        let is = |name: &str| line.name.eq_ignore_ascii_case(name);
        // curl declares the true length by itself.
        if is("content-length") && line.value.text() == Some(request.body.len().to_string().as_str()) {
            continue;
        }
        let value = copied.value(line);
        let header = match value.is_empty() {
            // How curl is told to send a header without a value.
            true => format!("{};", line.name).into_bytes(),
            false => [line.name.as_bytes(), b": ", &value].concat(),
        };
        words.extend(["-H".into(), quoted(&header)]);
    }
    let mut before = String::new();
    if has_body {
        let body = &request.body.0[..];
        if !has(&request.headers, "content-type") {
            // Else curl says it is a form.
            words.extend(["-H".into(), quoted(b"content-type:")]);
        }
        if body.contains(&0) {
            // No argument can hold a NUL.
            before = format!("printf {} | ", octal(body));
            words.extend(["--data-binary".into(), "@-".into()]);
        } else {
            words.extend(["--data-raw".into(), quoted(body)]);
        }
    }
    Copied { text: before + &words.join(" "), is_masked: copied.is_masked }
}

/// The request as HTTP/1.1 would carry it (RFC 9112), with its line ends. Bytes that are no UTF-8 become U+FFFD, since
/// a clipboard holds text.
pub fn http(request: &Request, masks: bool) -> Copied {
    let mut copied = Copying { masks, is_masked: false };
    let target = Target::parse(&request.url).ok();
    let (host, path) =
        target.map_or_else(|| (String::new(), request.url.clone()), |target| (target.authority, target.path));
    let mut out = format!("{} {path} HTTP/1.1\r\n", request.method).into_bytes();
    let is_chunked = request.trailers.iter().any(|line| line.on);
    let push = |out: &mut Vec<u8>, name: &str, value: &[u8]| {
        out.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    if !has(&request.headers, "host") {
        push(&mut out, "host", host.as_bytes());
    }
    for line in request.headers.iter().filter(|line| line.on) {
        // A message with trailers is chunked, and then has no length (RFC 9112, section 6.2).
        if is_chunked && line.name.eq_ignore_ascii_case("content-length") {
            continue;
        }
        push(&mut out, &line.name, &copied.value(line));
    }
    let body = &request.body.0;
    if is_chunked {
        if !has(&request.headers, "transfer-encoding") {
            push(&mut out, "transfer-encoding", b"chunked");
        }
    } else if !body.is_empty() && !has(&request.headers, "content-length") {
        push(&mut out, "content-length", body.len().to_string().as_bytes());
    }
    out.extend(b"\r\n");
    if is_chunked {
        for piece in request.chunks.split(body).iter().filter(|piece| !piece.is_empty()) {
            out.extend([format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
        }
        out.extend(b"0\r\n");
        for line in request.trailers.iter().filter(|line| line.on) {
            push(&mut out, &line.name, &copied.value(line));
        }
        out.extend(b"\r\n");
    } else {
        out.extend_from_slice(body);
    }
    Copied { text: String::from_utf8_lossy(&out).into_owned(), is_masked: copied.is_masked }
}

/// Hides credentials, and remembers that it did.
struct Copying {
    masks: bool,
    is_masked: bool,
}

impl Copying {
    fn value(&mut self, line: &HeaderLine) -> Vec<u8> {
        let name = line.name.to_ascii_lowercase();
        if self.masks && secrets::is_secret(name.as_bytes()) {
            self.is_masked = true;
            let value = String::from_utf8_lossy(&line.value.0);
            return secrets::mask(name.as_bytes(), &value).into_bytes();
        }
        line.value.0.to_vec()
    }
}

fn has(lines: &[HeaderLine], name: &str) -> bool {
    lines.iter().any(|line| line.on && line.name.eq_ignore_ascii_case(name))
}

/// The URL as a client sends it, or as it was typed if it is none.
fn url(request: &Request) -> String {
    match Target::parse(&request.url) {
        Ok(target) => format!("{}://{}{}", target.scheme, target.authority, target.path),
        Err(_) => request.url.clone(),
    }
}

/// A word of a POSIX shell that means these bytes and nothing else; there must be no NUL among them.
pub fn quoted(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return escaped(bytes) };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    // Between single quotes everything is itself, line breaks included, but for the quote.
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same with escapes, for bytes that no text holds.
fn escaped(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => word.extend(['\\', c]),
                '\n' => word += "\\n",
                c => word.push(c),
            }
        }
        // Three octal digits: a digit that follows is no part of the escape.
        word.extend(chunk.invalid().iter().map(|byte| format!("\\{byte:03o}")));
    }
    word + "'"
}

/// A format for `printf` that prints these bytes.
fn octal(bytes: &[u8]) -> String {
    let mut format = String::from("'");
    for byte in bytes {
        match byte {
            b'%' => format += "%%",
            b' '..=b'~' if !matches!(byte, b'\'' | b'\\') => format.push(char::from(*byte)),
            byte => format += &format!("\\{byte:03o}"),
        }
    }
    format + "'"
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::scenario::Chunks;

    /// What a shell takes a command for: the arguments of `curl`, and what it is given to read.
    fn in_shell(shell: &str, command: &str) -> (Vec<Vec<u8>>, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let given = folder.path().join("given");
        let catch = "curl() { printf '%s\\0' \"$@\"; cat > \"$GIVEN\"; }";
        let output = Command::new(shell)
            .args(["-c", &format!("{catch}\n{command}")])
            .env("GIVEN", &given)
            .stdin(std::process::Stdio::null())
            .output()
            .expect("there is a shell");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let mut words: Vec<Vec<u8>> = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        words.pop();
        (words, std::fs::read(&given).expect("it was read"))
    }

    fn words(shell: &str, request: &Request) -> Vec<String> {
        let (words, _) = in_shell(shell, &curl(request, false).text);
        words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    fn request() -> Request {
        Request { url: "https://api.example.com/v1".into(), ..Request::default() }
    }

    #[test]
    fn a_plain_request_is_a_plain_command() {
        let mut plain = request();
        plain.headers = vec![HeaderLine::new("accept", "application/json")];
        assert_eq!(curl(&plain, true).text, "curl https://api.example.com/v1 -H 'accept: application/json'");
        plain.headers[0].on = false;
        assert_eq!(
            curl(&plain, true).text,
            "curl https://api.example.com/v1",
            "a line that is off is not sent"
        );
    }

    #[test]
    fn quoting_survives_a_shell() {
        let mut hard = request();
        hard.url = "https://例.test/用户?a=[1]&b=$HOME`x`".into();
        hard.method = "PATCH".into();
        let body = "{\"name\": \"张三's\",\n\t\"cost\": \"$5 \\ `ls` !\"}\n";
        hard.body = body.into();
        hard.headers = vec![
            HeaderLine::new("x-quote", "it's \"so\" $(id) \\n"),
            HeaderLine::new("x-name", "张三"),
            HeaderLine::new("x-empty", ""),
            HeaderLine::new("content-length", body.len().to_string().as_str()),
            HeaderLine::new("content-type", "application/json"),
        ];
        for shell in ["sh", "bash"] {
            assert_eq!(
                words(shell, &hard),
                [
                    "-X",
                    "PATCH",
                    "--globoff",
                    "https://例.test/%E7%94%A8%E6%88%B7?a=[1]&b=$HOME`x`",
                    "-H",
                    "x-quote: it's \"so\" $(id) \\n",
                    "-H",
                    "x-name: 张三",
                    "-H",
                    "x-empty;",
                    "-H",
                    "content-type: application/json",
                    "--data-raw",
                    body,
                ]
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_arrive_too() {
        let mut odd = request();
        odd.headers = vec![HeaderLine::new("x-raw", b"a\xff7'\\z".to_vec())];
        let (words, _) = in_shell("bash", &curl(&odd, false).text);
        assert_eq!(words[2], b"x-raw: a\xff7'\\z");

        odd.headers.clear();
        odd.method = "POST".into();
        odd.body = b"\x80\x0a'%d\x01".to_vec().into();
        let (words, _) = in_shell("bash", &curl(&odd, false).text);
        assert_eq!(words.last().map(Vec::as_slice), Some(&b"\x80\x0a'%d\x01"[..]));

        odd.body = b"\x00\x01%s'\\\xfe9\n".to_vec().into();
        for shell in ["sh", "bash"] {
            let (words, given) = in_shell(shell, &curl(&odd, false).text);
            assert_eq!(
                words[1..],
                [b"-H".to_vec(), b"content-type:".to_vec(), b"--data-binary".to_vec(), b"@-".to_vec()]
            );
            assert_eq!(given, b"\x00\x01%s'\\\xfe9\n");
        }
    }

    #[test]
    fn a_body_makes_a_post_and_head_has_its_own_option() {
        let mut post = request();
        post.method = "POST".into();
        post.body = "@file".into();
        let text = curl(&post, true).text;
        assert_eq!(text, "curl https://api.example.com/v1 -H content-type: --data-raw @file");
        let head = Request { method: "HEAD".into(), ..request() };
        assert_eq!(curl(&head, true).text, "curl --head https://api.example.com/v1");
    }

    #[test]
    fn secrets_are_hidden_while_the_mask_is_on() {
        let mut secret = request();
        secret.headers = vec![HeaderLine::new("Authorization", "Bearer abc")];
        for copy in [curl, http] {
            let masked = copy(&secret, true);
            assert!(masked.is_masked && masked.text.contains("Bearer ••••••••"), "{}", masked.text);
            let open = copy(&secret, false);
            assert!(!open.is_masked && open.text.contains("Bearer abc"));
        }
        assert!(!curl(&request(), true).is_masked);
    }

    #[test]
    fn http_text_is_what_a_connection_would_carry() {
        let mut sent = request();
        sent.method = "POST".into();
        sent.body = "abcdef".into();
        sent.headers = vec![HeaderLine::new("x-a", "1")];
        assert_eq!(
            http(&sent, true).text,
            "POST /v1 HTTP/1.1\r\nhost: api.example.com\r\nx-a: 1\r\ncontent-length: 6\r\n\r\nabcdef"
        );
        sent.trailers = vec![HeaderLine::new("x-sum", "9")];
        sent.chunks = Chunks::Every(4);
        assert_eq!(
            http(&sent, true).text,
            "POST /v1 HTTP/1.1\r\nhost: api.example.com\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n\
             4\r\nabcd\r\n2\r\nef\r\n0\r\nx-sum: 9\r\n\r\n"
        );
    }
}
