//! The words of a command line for the command prompt of Windows, as browsers copy them ("Copy as cURL (cmd)").
//!
//! Two programs read it: `cmd` takes carets and looks for its own signs, then the C library of curl splits what is left
//! (Microsoft, "Parsing C command-line arguments"). Each has its own idea of where a quotation ends.

use super::shell::{Word, Wrong};
use super::{Shell, Unsupported};

/// Whether a text is written for it: it has carets before it has any quote of another shell.
pub fn is_meant(text: &str) -> bool {
    let mut chars = text.char_indices();
    let first = chars.find(|(at, c)| match c {
        '\'' | '"' => true,
        '\\' => text[at + 1..].starts_with(['\n', '\r']),
        '^' => text[at + 1..].starts_with(['"', '\n', '\r']),
        _ => false,
    });
    first.is_some_and(|(_, c)| c == '^')
}

/// The words of the only command in `text`.
pub fn words(text: &str) -> Result<Vec<Word>, Wrong> {
    Ok(split(&without_carets(text)?))
}

/// What `cmd` hands on, each byte with its place.
fn without_carets(text: &str) -> Result<Vec<(u8, usize)>, Wrong> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    // Where the quotation began.
    let mut quoted = None;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let shell = |shell| Err((Unsupported::Shell(shell), at));
        match byte {
            0 => return shell(Shell::Nul),
            b'\n' if quoted.is_some() => break,
            b'\n' if bytes[at..].iter().all(u8::is_ascii_whitespace) => break,
            b'\n' if out.iter().all(|(byte, _): &(u8, usize)| byte.is_ascii_whitespace()) => {}
            b'\n' => {
                let next = bytes[at..].iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
                return Err((Unsupported::Shell(Shell::Several), at + next));
            }
            b'"' => {
                quoted = if quoted.is_some() { None } else { Some(at) };
                out.push((byte, at));
            }
            b'%' if is_variable(rest) => return shell(Shell::Variable),
            _ if quoted.is_some() => out.push((byte, at)),
            b'^' => {
                at += 1;
                let broken = line_break(&bytes[at.min(bytes.len())..]);
                if broken > 0 {
                    at += broken;
                    // The line goes on, and what comes next is taken as it is: so a line break is written.
                    let again = line_break(&bytes[at.min(bytes.len())..]);
                    if again > 0 {
                        out.push((b'\n', at));
                        at += again;
                    }
                    continue;
                }
                out.extend(bytes.get(at).map(|byte| (*byte, at)));
            }
            b'|' => return shell(Shell::Pipe),
            b'&' => return shell(Shell::Several),
            b'<' | b'>' => return shell(Shell::Redirect),
            b'\r' if line_break(rest) > 0 => {}
            byte => out.push((byte, at)),
        }
        at += 1;
    }
    match quoted {
        Some(begin) => Err((Unsupported::NotClosed, begin)),
        None => Ok(out),
    }
}

fn line_break(rest: &[u8]) -> usize {
    match rest {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// `%NAME%`, and not two bytes of a URL (`%E4%BD`): a prompt leaves names that it does not know as they are.
fn is_variable(rest: &[u8]) -> bool {
    let name = rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let is_byte = rest[1..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count() >= 2;
    rest.get(name + 1) == Some(&b'%') && name > 2 && rest[1].is_ascii_alphabetic() && !is_byte
}

/// The arguments that a program makes of it.
fn split(line: &[(u8, usize)]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quoted = false;
    let mut index = 0;
    while let Some(&(byte, at)) = line.get(index) {
        let is = |ahead: usize, byte: u8| line.get(index + ahead).is_some_and(|(found, _)| *found == byte);
        if !quoted && matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            words.extend(word.take());
            index += 1;
            continue;
        }
        let open = word.get_or_insert_with(|| Word { bytes: Vec::new(), at });
        match byte {
            b'\\' => {
                let count = line[index..].iter().take_while(|(byte, _)| *byte == b'\\').count();
                let before_quote = is(count, b'"');
                // Before a quote two of them stand for one, and one that is left over takes the quote along.
                let kept = if before_quote { count / 2 } else { count };
                open.bytes.extend(std::iter::repeat_n(b'\\', kept));
                index += count;
                if before_quote && count % 2 == 1 {
                    open.bytes.push(b'"');
                    index += 1;
                }
                continue;
            }
            b'"' if quoted && is(1, b'"') => {
                open.bytes.push(b'"');
                index += 1;
            }
            b'"' => quoted = !quoted,
            byte => open.bytes.push(byte),
        }
        index += 1;
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str, expected: &[&str]) {
        let words = words(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(&word.bytes)).collect();
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn carets_and_quotes_are_those_of_windows() {
        read(
            "curl ^\"https://a/?b=1^&c=2^\" ^\r\n  -H ^\"x: y^\"",
            &["curl", "https://a/?b=1&c=2", "-H", "x: y"],
        );
        read("-d ^\"^{^\\^\"a^\\^\":1^}^\"", &["-d", "{\"a\":1}"]);
        read("\"a & b\" \"c^d\" ^\"e^^f^\"", &["a & b", "c^d", "e^f"]);
        read("\"{\"\"a\"\":1}\"", &["{\"a\":1}"]);
        read("^\"a^\n\nb^\" ^\"c^\r\n\r\nd^\"", &["a\nb", "c\nd"]);
        read(r#""a\\" "b\"c" d\e \\\"f"#, &["a\\", "b\"c", "d\\e", "\\\"f"]);
        read("^\"%^20x%^41^\" a%20b%E4%BD%A0", &["%20x%41", "a%20b%E4%BD%A0"]);
        read("\r\n curl \"\" a\r\n\r\n", &["curl", "", "a"]);
    }

    #[test]
    fn what_the_prompt_would_do_is_an_error_with_its_place() {
        let refused = |text: &str, what, at| assert_eq!(words(text), Err((what, at)), "{text}");
        refused("curl a & b", Unsupported::Shell(Shell::Several), 7);
        refused("curl a | b", Unsupported::Shell(Shell::Pipe), 7);
        refused("curl a > b", Unsupported::Shell(Shell::Redirect), 7);
        refused("curl %USERNAME%", Unsupported::Shell(Shell::Variable), 5);
        refused("curl a\r\ncurl b", Unsupported::Shell(Shell::Several), 8);
        refused("curl \"a", Unsupported::NotClosed, 5);
        refused("curl \"a\n\"", Unsupported::NotClosed, 5);
        refused("curl \0", Unsupported::Shell(Shell::Nul), 5);
    }

    #[test]
    fn it_is_told_apart_from_other_shells() {
        assert!(is_meant("curl ^\"https://a^\""));
        assert!(is_meant("curl --request GET ^\r\n --url \"https://a\""));
        assert!(!is_meant("curl 'https://a' -d 'x^\"y'"));
        assert!(!is_meant("curl \\\n -d \"x^\ny\""));
        assert!(!is_meant("curl https://a/^b"));
    }
}
