//! curl's command lines: what a shell hands to curl, what curl makes of it, and the other way round.
//!
//! Imported is what curl would send (tried with curl 7.88), in the order in which it sends it: also `user-agent`, `accept`,
//! `content-length` and the `content-type` of forms, which nobody writes. Exported is a command that sends this and
//! nothing else: it takes away the headers that curl would add.

mod cmd;
mod form;
mod options;
mod request;
mod shell;
mod write;

pub use write::{Style, command, quoted, write};

use super::traffic::{self, Exchange};
use super::{Error, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::http::Protocol;

/// What curl says it is. A version of its own would make other scenarios of the same line on each machine.
pub const USER_AGENT: &str = "curl/8.5.0";

/// What a command line asks for that only a shell or curl itself could do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsupported {
    Shell(Shell),
    /// A quotation has no end.
    NotClosed,
    NotCurl {
        found: String,
    },
    /// An option without its value.
    NoValue {
        option: String,
    },
    NoUrl,
    /// Neither `http` nor `https`.
    Scheme,
    /// Braces or brackets, of which curl makes several URLs.
    Pattern,
    /// Options that curl does not take together.
    Both {
        first: String,
        second: String,
    },
    /// An option that reads more options from a file.
    Config {
        option: String,
    },
}

/// What a shell would do with a command line before curl gets to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// `$NAME`, `${…}`, `%NAME%`.
    Variable,
    /// `$(…)`, backticks, `<(…)`.
    Substitution,
    /// `|`.
    Pipe,
    /// `<`, `>`.
    Redirect,
    /// `;`, `&`, or a second line.
    Several,
    /// `(` or `)`.
    Group,
    /// `*`, `?`, `[…]`, `{…}`.
    Glob,
    /// A NUL, which no argument can hold.
    Nul,
}

/// Reads one command. Several URLs, and what stands between `--next`, are requests that follow each other.
pub fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = input.text()?;
    let wrong = |(what, at): (Unsupported, usize)| {
        Error::new(Reason::Command(what)).at(Place::in_text(text.as_bytes(), at))
    };
    let words = match cmd::is_meant(text) {
        true => cmd::words(text),
        false => shell::words(text),
    };
    let words = words.map_err(wrong)?;
    // A prompt that was copied along.
    let prompts =
        words.iter().take_while(|word| matches!(&word.bytes[..], b"$" | b"%" | b">")).count().min(1);
    let words = &words[prompts..];
    let Some(name) = words.first() else { return Err(Error::new(Reason::NoRequest)) };
    if !is_curl(&name.bytes) {
        let found = String::from_utf8_lossy(&name.bytes).chars().take(60).collect();
        return Err(wrong((Unsupported::NotCurl { found }, name.at)));
    }
    let mut made = request::Made { input, text, left_out: Vec::new(), exchanges: Vec::new(), protocol: None };
    for group in options::read(&words[1..]).map_err(wrong)? {
        made.group(&group).map_err(wrong)?;
        if made.exchanges.len() > traffic::MOST {
            break;
        }
    }
    let request::Made { exchanges, mut left_out, protocol, .. } = made;
    if exchanges.is_empty() {
        let other_scheme = left_out.into_iter().find(|item| item.why == Why::Scheme);
        return Err(other_scheme.map_or(Error::new(Reason::NoRequest), |LeftOut { place, .. }| {
            Error::new(Reason::Command(Unsupported::Scheme)).at(place)
        }));
    }
    let mut scenario = traffic::scenario(exchanges, "then", &mut left_out);
    scenario.proxy.downstream = protocol.unwrap_or(Protocol::Http2);
    Ok(Imported { format: Format::Curl, scenarios: vec![scenario], left_out })
}

/// The name of the program, with the folder that people write before it.
fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    name.eq_ignore_ascii_case(b"curl") || name.eq_ignore_ascii_case(b"curl.exe")
}
