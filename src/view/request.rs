//! The request of a scenario for the clipboard: a `curl` command, and HTTP/1.1, with credentials hidden where they are hidden
//! in the window.

use super::secrets;
use crate::convert::curl::{self, Style};
use crate::convert::http as message;
use crate::scenario::Request;

pub use crate::convert::curl::quoted;

/// A text to be copied, and whether credentials in it were hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub text: String,
    pub is_masked: bool,
}

/// The request as a command for a POSIX shell.
pub fn curl(request: &Request, masks: bool) -> Copied {
    let (request, is_masked) = masked(request, masks);
    Copied { text: curl::command(&request, Style::Line), is_masked }
}

/// The request as HTTP/1.1 would carry it (RFC 9112), with its line ends. Bytes that are no UTF-8 become U+FFFD, since
/// a clipboard holds text.
pub fn http(request: &Request, masks: bool) -> Copied {
    let (request, is_masked) = masked(request, masks);
    let text = String::from_utf8_lossy(&message::request(&request)).into_owned();
    Copied { text, is_masked }
}

/// Hides credentials, and says whether there were any.
fn masked(request: &Request, masks: bool) -> (Request, bool) {
    let (mut request, mut is_masked) = (request.clone(), false);
    for line in request.headers.iter_mut().filter(|line| masks && line.on) {
        let name = line.name.to_ascii_lowercase();
        if secrets::is_secret(name.as_bytes()) {
            let value = String::from_utf8_lossy(&line.value.0);
            line.value = secrets::mask(name.as_bytes(), &value).into();
            is_masked = true;
        }
    }
    (request, is_masked)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{curl, *};
    use crate::convert::curl::USER_AGENT;
    use crate::scenario::{Chunks, HeaderLine};

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

    /// With the headers that curl adds by itself, so that no option speaks of them.
    fn request() -> Request {
        let headers = vec![HeaderLine::new("user-agent", USER_AGENT), HeaderLine::new("accept", "*/*")];
        Request { url: "https://api.example.com/v1".into(), headers, ..Request::default() }
    }

    #[test]
    fn a_plain_request_is_a_plain_command() {
        let mut plain = request();
        plain.headers[1] = HeaderLine::new("accept", "application/json");
        assert_eq!(curl(&plain, true).text, "curl https://api.example.com/v1 -H 'accept: application/json'");
        plain.headers[1].on = false;
        assert_eq!(
            curl(&plain, true).text,
            "curl https://api.example.com/v1 -H accept:",
            "a line that is off is not sent, and curl adds nothing in its place"
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
            HeaderLine::new("user-agent", USER_AGENT),
            HeaderLine::new("accept", "*/*"),
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
        odd.headers.push(HeaderLine::new("x-raw", b"a\xff7'\\z".to_vec()));
        let (words, _) = in_shell("bash", &curl(&odd, false).text);
        assert_eq!(words[2], b"x-raw: a\xff7'\\z");

        odd.headers.pop();
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
