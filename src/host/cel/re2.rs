//! Regular expressions in the syntax of RE2, which Envoy uses, put into that of the `regex` crate.
//!
//! The two look alike and differ in places: RE2 takes `\Q…\E`, `\C` and octal escapes, and `{` as a letter where no
//! count follows; its `\d`, `\w`, `\s` and `\b` know ASCII only; it refuses counts above 1000, `a**`, sets inside of
//! sets, the flags `x` and `u`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use regex::bytes::{Regex, RegexBuilder};

/// Largest program of a regular expression, in bytes, as in RE2.
const MAX_REGEX: usize = 8 << 20;
/// Highest count of a repetition, also of those that are inside of each other together.
const MAX_REPEAT: u32 = 1000;
/// Longest text of a count: `{123456789,123456789}`.
const MAX_COUNT: usize = 21;
/// Deepest nesting of repetitions, choices and sequences. RE2 has no such limit, but the `regex` crate compiles by
/// recursion. Groups alone make nothing deeper.
const MAX_DEPTH: usize = 100;
/// A set without members.
const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// A regular expression in the syntax of RE2; `None` where RE2 refuses it. It finds its text anywhere in bytes.
pub fn regex(pattern: &str) -> Option<Regex> {
    let pattern = translate(pattern)?;
    let mut builder = RegexBuilder::new(&pattern);
    builder.size_limit(MAX_REGEX).dfa_size_limit(MAX_REGEX).nest_limit(u32::MAX).build().ok()
}

/// The same expression for the `regex` crate; `None` where RE2 refuses it.
pub(super) fn translate(pattern: &str) -> Option<String> {
    let mut reader = Reader { rest: pattern, out: String::with_capacity(pattern.len() * 2), no_names: false };
    let mut groups = vec![Group::default()];
    while let Some(c) = reader.rest.chars().next() {
        let group = groups.last_mut()?;
        let begin = reader.out.len();
        match c {
            '(' => {
                reader.rest = &reader.rest[1..];
                match reader.open()? {
                    Opened::Group => groups.push(Group { begin, ..Group::default() }),
                    // Flags are no atom: what stands before them may still be repeated.
                    Opened::Flags => {}
                }
                continue;
            }
            ')' => {
                reader.take(')');
                let inner = groups.pop()?;
                let depth = inner.depth();
                if depth > MAX_DEPTH {
                    return None;
                }
                groups.last_mut()?.put(inner.begin, inner.heaviest, depth);
                continue;
            }
            '|' => {
                reader.take('|');
                group.atom = None;
                group.parts += 1;
                continue;
            }
            '*' | '+' | '?' => {
                reader.rest = &reader.rest[1..];
                group.repeat(&mut reader, &c.to_string(), 1)?;
                continue;
            }
            '{' => {
                if let Some((low, high)) = reader.count() {
                    if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || high < low) {
                        return None;
                    }
                    let text = match high {
                        None => format!("{{{low},}}"),
                        Some(high) => format!("{{{low},{high}}}"),
                    };
                    group.repeat(&mut reader, &text, high.unwrap_or(low))?;
                    continue;
                }
                reader.rest = &reader.rest[1..];
                reader.literal('{'.into());
            }
            '[' => reader.class()?,
            '^' | '$' | '.' => reader.take(c),
            '\\' => {
                // Only the last letter of a quotation is repeated.
                if let Some(Quoted { last, is_empty }) = reader.escape()? {
                    if !is_empty {
                        group.put(last, 1, 1);
                    }
                    continue;
                }
            }
            c => {
                reader.rest = &reader.rest[c.len_utf8()..];
                reader.literal(c.into());
            }
        }
        group.put(begin, 1, 1);
    }
    let whole = groups.pop()?;
    (groups.is_empty() && whole.depth() <= MAX_DEPTH).then_some(reader.out)
}

/// An open group.
#[derive(Default)]
struct Group {
    /// Where it begins in the result.
    begin: usize,
    /// What a repetition would repeat.
    atom: Option<Atom>,
    /// The atom has been repeated already.
    repeated: bool,
    /// Most counts inside of each other, multiplied.
    heaviest: u32,
    /// The deepest part, and how many there are.
    deepest: usize,
    parts: usize,
}

#[derive(Clone, Copy)]
struct Atom {
    /// Where it begins in the result.
    begin: usize,
    /// The counts in it, multiplied.
    weight: u32,
    depth: usize,
}

impl Group {
    fn put(&mut self, begin: usize, weight: u32, depth: usize) {
        let atom = Atom { begin, weight: weight.max(1), depth };
        self.atom = Some(atom);
        self.repeated = false;
        self.heaviest = self.heaviest.max(weight);
        self.deepest = self.deepest.max(depth);
        self.parts += 1;
    }

    fn depth(&self) -> usize {
        self.deepest + usize::from(self.parts > 1)
    }

    /// Repeats the last atom `times`; `text` says how.
    fn repeat(&mut self, reader: &mut Reader, text: &str, times: u32) -> Option<()> {
        let Atom { begin, weight, depth } = self.atom?;
        if self.repeated {
            return None;
        }
        let weight = weight * times.max(1);
        if weight > MAX_REPEAT {
            return None;
        }
        // An assertion or a quoted letter is wrapped: here it may be repeated.
        reader.out.insert_str(begin, "(?:");
        reader.out.push(')');
        reader.out.push_str(text);
        if reader.rest.starts_with('?') {
            reader.take('?');
        }
        self.put(begin, weight, depth + 1);
        // It is the same part as before.
        self.parts -= 1;
        self.repeated = true;
        Some(())
    }
}

enum Opened {
    Group,
    Flags,
}

/// A `\Q…\E`: where its last letter begins in the result.
struct Quoted {
    last: usize,
    is_empty: bool,
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
    /// No name such as `[:alpha:]` ends in what follows.
    no_names: bool,
}

impl Reader<'_> {
    /// Takes a character over as it stands.
    fn take(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
        self.out.push(c);
    }

    fn literal(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(c) if c.is_ascii_alphanumeric() => self.out.push(c),
            Some(_) => write_code(&mut self.out, code),
            // Half of a pair of UTF-16: RE2 takes it, and no text has it.
            None => self.out.push_str(NOTHING),
        }
    }

    /// What follows an opening bracket.
    fn open(&mut self) -> Option<Opened> {
        let Some(rest) = self.rest.strip_prefix('?') else {
            self.out.push_str("(?:");
            return Some(Opened::Group);
        };
        if let Some(rest) = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<')) {
            let (name, rest) = rest.split_once('>')?;
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if !is_name {
                return None;
            }
            self.rest = rest;
            self.out.push_str("(?:");
            return Some(Opened::Group);
        }
        let end = rest.find([':', ')'])?;
        let (flags, rest) = rest.split_at(end);
        let (on, off) = flags.split_once('-').map_or((flags, None), |(on, off)| (on, Some(off)));
        let are_flags = |flags: &str| flags.chars().all(|flag| matches!(flag, 'i' | 'm' | 's' | 'U'));
        let is_group = rest.starts_with(':');
        if !are_flags(on) || off.is_some_and(|off| off.is_empty() || !are_flags(off)) {
            return None;
        }
        self.rest = &rest[1..];
        // A flag may be said twice here.
        let unique = |flags: &str| flags.chars().collect::<BTreeSet<char>>().into_iter().collect::<String>();
        let off = unique(off.unwrap_or_default());
        let on: String = unique(on).chars().filter(|flag| !off.contains(*flag)).collect();
        let minus = if off.is_empty() { "" } else { "-" };
        let end = if is_group { ":" } else { ")" };
        if is_group || !on.is_empty() || !off.is_empty() {
            let _ = write!(self.out, "(?{on}{minus}{off}{end}");
        }
        Some(if is_group { Opened::Group } else { Opened::Flags })
    }

    /// A count such as `{2}`, `{2,}` or `{2,3}`; everything else is no count.
    fn count(&mut self) -> Option<(u32, Option<u32>)> {
        let end = self.rest.bytes().take(MAX_COUNT).position(|byte| byte == b'}')?;
        let (inner, rest) = (self.rest.get(1..end)?, &self.rest[end + 1..]);
        let number = |text: &str| {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=9).contains(&text.len());
            let has_zeros = text.len() > 1 && text.starts_with('0');
            (is_number && !has_zeros).then(|| text.parse().ok())?
        };
        let count = match inner.split_once(',') {
            None => number(inner).map(|count| (count, Some(count)))?,
            Some((low, "")) => (number(low)?, None),
            Some((low, high)) => (number(low)?, Some(number(high)?)),
        };
        self.rest = rest;
        Some(count)
    }

    /// An escape outside of a set. A quotation tells where its last letter is.
    fn escape(&mut self) -> Option<Option<Quoted>> {
        let kind = self.rest.chars().nth(1)?;
        let plain = match kind {
            'b' => Some(r"(?-u:\b)"),
            'B' => Some(r"(?-u:\B)"),
            'A' => Some(r"\A"),
            'z' => Some(r"\z"),
            'C' => Some("(?s-u:.)"),
            _ => None,
        };
        if let Some(plain) = plain {
            self.rest = &self.rest[2..];
            self.out.push_str(plain);
            return Some(None);
        }
        if kind == 'Q' {
            let quoted = &self.rest[2..];
            let (quoted, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            self.rest = rest;
            let mut last = self.out.len();
            for c in quoted.chars() {
                last = self.out.len();
                self.literal(c.into());
            }
            return Some(Some(Quoted { last, is_empty: quoted.is_empty() }));
        }
        if let Some(set) = self.named_set()? {
            self.out.push_str(&set);
            return Some(None);
        }
        let c = self.escaped()?;
        self.literal(c);
        Some(None)
    }

    /// A set with a name such as `\d` or `\p{Greek}`, if one comes. The outer `None`: there is no such set.
    fn named_set(&mut self) -> Option<Option<String>> {
        let Some(kind) = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
            return Some(None);
        };
        let ascii = match kind.to_ascii_lowercase() {
            'd' => Some("0-9"),
            's' => Some(r"\t\n\x0c\r\x20"),
            'w' => Some("0-9A-Za-z_"),
            _ => None,
        };
        let not = kind.is_ascii_uppercase();
        if let Some(ascii) = ascii {
            self.rest = &self.rest[2..];
            return Some(Some(format!("[{}{ascii}]", if not { "^" } else { "" })));
        }
        if kind != 'p' && kind != 'P' {
            return Some(None);
        }
        let rest = &self.rest[2..];
        let first = rest.chars().next()?;
        let (name, rest) = match rest.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?,
            None => rest.split_at(first.len_utf8()),
        };
        let (name, not) = name.strip_prefix('^').map_or((name, not), |name| (name, !not));
        self.rest = rest;
        let (letter, caret) = if not { ('P', "^") } else { ('p', "") };
        Some(Some(match name {
            "Any" if not => NOTHING.into(),
            "Any" => r"[\x{0}-\x{10FFFF}]".into(),
            // Without what is not assigned.
            "C" => format!(r"[{caret}\p{{Cc}}\p{{Cf}}\p{{Co}}]"),
            "Cs" if not => r"[\x{0}-\x{10FFFF}]".into(),
            "Cs" => NOTHING.into(),
            name if CATEGORIES.contains(&name) => format!(r"\{letter}{{gc={name}}}"),
            name if is_script(name) => format!(r"\{letter}{{sc={name}}}"),
            _ => return None,
        }))
    }

    /// A single character that is written with a backslash.
    fn escaped(&mut self) -> Option<u32> {
        let mut chars = self.rest.strip_prefix('\\')?.chars();
        let kind = chars.next()?;
        let code = match kind {
            '0'..='7' => {
                let first = kind.to_digit(8)?;
                let digits = chars.as_str().chars().take(2).take_while(|c| c.is_digit(8)).count();
                // One digit alone would refer to a group.
                if digits == 0 && kind != '0' {
                    return None;
                }
                let digits = chars.by_ref().take(digits).filter_map(|c| c.to_digit(8));
                digits.fold(first, |code, digit| code * 8 + digit)
            }
            'x' => {
                let rest = chars.as_str();
                let (digits, rest) = match rest.strip_prefix('{') {
                    Some(rest) => rest.split_once('}')?,
                    None => rest.split_at_checked(2)?,
                };
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                chars = rest.chars();
                // However many zeros come first.
                let code = u32::from_str_radix(&format!("0{}", digits.trim_start_matches('0')), 16).ok()?;
                (code <= u32::from(char::MAX)).then_some(code)?
            }
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'a' => 0x07,
            'f' => 0x0c,
            'v' => 0x0b,
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => other.into(),
            _ => return None,
        };
        self.rest = chars.as_str();
        Some(code)
    }

    /// A set in square brackets.
    fn class(&mut self) -> Option<()> {
        self.rest = &self.rest[1..];
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.take('^');
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            let named = self.rest.strip_prefix("[:").filter(|_| !self.no_names);
            self.no_names |= named.is_some_and(|rest| !rest.contains(":]"));
            if let Some((name, rest)) = named.and_then(|rest| rest.split_once(":]")) {
                let known = name.strip_prefix('^').unwrap_or(name);
                if !NAMED.contains(&known) {
                    return None;
                }
                self.rest = rest;
                let _ = write!(self.out, "[:{name}:]");
                continue;
            }
            if let Some(set) = self.named_set()? {
                self.out.push_str(&set);
                continue;
            }
            let low = self.class_letter()?;
            let high = match self.rest.strip_prefix('-') {
                Some(rest) if !rest.starts_with(']') => {
                    self.rest = rest;
                    self.class_letter()?
                }
                _ => low,
            };
            if high < low {
                return None;
            }
            // Halves of pairs of UTF-16 are in no text.
            let is_half = |code| char::from_u32(code).is_none();
            let low = if is_half(low) { 0xe000 } else { low };
            let high = if is_half(high) { 0xd7ff } else { high };
            if high < low {
                self.out.push_str(NOTHING);
                continue;
            }
            write_code(&mut self.out, low);
            self.out.push('-');
            write_code(&mut self.out, high);
        }
        self.take(']');
        Some(())
    }

    fn class_letter(&mut self) -> Option<u32> {
        let c = self.rest.chars().next()?;
        if c == '\\' {
            return self.escaped();
        }
        self.rest = &self.rest[c.len_utf8()..];
        Some(c.into())
    }
}

/// Sets such as `[:alpha:]`.
const NAMED: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// General categories of Unicode.
const CATEGORIES: &[&str] = &[
    "Cc", "Cf", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl", "No", "P",
    "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
];
/// Scripts whose names are as short as the abbreviations that RE2 does not know.
const SHORT_SCRIPTS: &[&str] =
    &["Ahom", "Cham", "Kawi", "Lao", "Lisu", "Modi", "Mro", "Nko", "Thai", "Toto", "Vai", "Yi"];

/// Whether this may be the name of a script, as RE2 spells them.
fn is_script(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        letters.next().is_some_and(|first| first.is_ascii_uppercase())
            && letters.all(|letter| letter.is_ascii_lowercase())
    };
    let is_name = name.split('_').all(is_word) || name == "SignWriting";
    is_name && (name.len() > 4 || SHORT_SCRIPTS.contains(&name))
}

fn write_code(out: &mut String, code: u32) {
    let _ = write!(out, r"\x{{{code:X}}}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> Option<bool> {
        let translated = translate(pattern)?;
        let regex =
            regex::bytes::Regex::new(&translated).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        Some(regex.is_match(text.as_bytes()))
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        let refused = [
            "a{1001}",
            "a{1,1001}",
            "(a{100}){11}",
            "((a{10}){10}){11}",
            "a{3,2}",
            "a**",
            "a*+",
            "a{2}{3}",
            "*",
            "a|*",
            "(*a)",
            "(a",
            "a)",
            "[a",
            "[z-a]",
            "[]",
            r"\",
            r"(a)\1",
            "(?=a)",
            "(?x)a",
            "(?u)a",
            "(?-)a",
            "(?P<>a)",
            r"\p{greek}",
            "[[:nope:]]",
            r"\Z",
            r"\p{Grek}",
            r"\p{LC}",
            r"\p{Cn}",
            r"\x",
            r"\x{110000}",
            r"\8",
        ];
        for pattern in refused {
            let built = translate(pattern).map(|text| regex::bytes::Regex::new(&text).is_ok());
            assert_ne!(built, Some(true), "{pattern}");
        }
    }

    #[test]
    fn what_re2_reads_in_its_own_way_is_read_so() {
        for (pattern, text, matches) in [
            (r"\d", "٣", false),
            (r"^\w$", "é", false),
            (r"^\W$", "é", true),
            (r"\bb", "éb", true),
            (r"^[\d\pL]+$", "4é", true),
            (r"\s", "\x0b", false),
            ("^a{$", "a{", true),
            ("^a{,2}$", "a{,2}", true),
            ("^[[a]$", "[", true),
            ("^[a&&b]$", "&", true),
            ("^[]a]+$", "]a", true),
            (r"^\Qa+\E+$", "a++", true),
            (r"^\Qa+\E+$", "a+a+", false),
            (r"^\C\C$", "é", true),
            (r"^\101\x42\x{43}$", "ABC", true),
            (r"^\0$", "\0", true),
            ("(?i)^STRASSE$", "strasse", true),
            ("^(?i:A)b$", "ab", true),
            ("^(?i:A)B$", "ab", false),
            ("^(?:^)*a$", "a", true),
            ("a(?i)*", "", true),
            ("(a{10}){100}", "", false),
            ("^(?P<1>a)$", "a", true),
            (r"^\p{^Greek}$", "a", true),
            (r"^\pL$", "é", true),
            ("a|", "", true),
            ("()", "", true),
            ("^a{0}$", "", true),
            (r"^\_$", "_", true),
            (r"^[\x{d800}-\x{dfff}]$", "a", false),
            (r"^[^\x{d800}]$", "a", true),
            (r"\x{d800}", "", false),
            ("a{9999999999}", "a{9999999999}", true),
            (r"^\pC$", "\u{378}", false),
        ] {
            assert_eq!(is_match(pattern, text), Some(matches), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn repetitions_are_as_deep_as_the_stack_of_a_thread_allows_and_groups_deeper() {
        let nested = |depth, close: &str| format!("{}a{}", "(".repeat(depth), close.repeat(depth));
        let is_match = |pattern: &str| {
            let mut builder = regex::bytes::RegexBuilder::new(pattern);
            builder.nest_limit(u32::MAX).build().is_ok_and(|regex| regex.is_match(b"abcb"))
        };
        for close in [")*", "|b)", "b)*", "|b)c"] {
            let depth = (1..=MAX_DEPTH).rev().find_map(|depth| translate(&nested(depth, close)));
            assert!(is_match(&depth.expect("some are not too deep")), "{close}");
            assert_eq!(translate(&nested(MAX_DEPTH + 1, close)), None, "{close}");
        }
        assert!(is_match(&translate(&nested(50_000, ")")).expect("groups alone are not deep")));
    }
}
