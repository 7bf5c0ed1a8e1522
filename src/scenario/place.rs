//! Finds a field in the text of a JSON document.

use serde_path_to_error::{Path, Segment};

/// Byte at which the value of a field begins, or as near as the path leads: a field that is missing is looked for in the
/// object that should have it. The text is valid JSON up to there.
pub fn value_at(text: &str, path: &Path) -> usize {
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    reader.white_space();
    for segment in path.iter() {
        let before = reader.at;
        let found = match segment {
            Segment::Map { key } => reader.enter(key),
            Segment::Seq { index } => reader.enter_item(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        if found.is_none() {
            return before;
        }
    }
    reader.at
}

/// Line and column of a byte, both from 1; columns count characters.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_begin = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_begin..].chars().count() + 1)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn white_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        self.white_space();
        (self.peek() == Some(expected)).then(|| self.at += 1)
    }

    /// Goes to the value of a member of the object that begins here; of several with that name, to the last.
    fn enter(&mut self, name: &str) -> Option<()> {
        self.take(b'{')?;
        let mut found = None;
        loop {
            self.white_space();
            let key = self.string()?;
            self.take(b':')?;
            self.white_space();
            if serde_json::from_slice::<String>(key).is_ok_and(|key| key == name) {
                found = Some(self.at);
            }
            if self.skip().is_none() || self.take(b',').is_none() {
                self.at = found?;
                return Some(());
            }
        }
    }

    /// Goes to an item of the array that begins here.
    fn enter_item(&mut self, index: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..index {
            self.skip()?;
            self.take(b',')?;
        }
        self.white_space();
        Some(())
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return self.text.get(begin..self.at);
                }
                _ => self.at += 1,
            }
        }
    }

    /// Passes a value by. Nesting is counted, not followed: it may be deep.
    fn skip(&mut self) -> Option<()> {
        self.white_space();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return Some(()),
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' if depth == 0 => return Some(()),
                _ => self.at += 1,
            }
            if depth == 0 && matches!(self.text.get(self.at - 1), Some(b'}' | b']' | b'"')) {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the first error of this text is when it is read as a scenario.
    fn place(text: &str) -> (usize, usize) {
        let mut reader = serde_json::Deserializer::from_str(text);
        let error = serde_path_to_error::deserialize::<_, crate::scenario::Scenario>(&mut reader)
            .expect_err("it is no scenario");
        line_and_column(text, value_at(text, error.path()))
    }

    #[test]
    fn the_place_of_an_error_is_its_value() {
        assert_eq!(place("{\n \"name\": \"a, \\\"b\",\n \"seed\":  \"x\"}"), (3, 11));
        assert_eq!(place("{\"chain\": [{\"env\": {\"a\": [1, {}]}}, {\n\"vm_id\": 5}]}"), (2, 10));
        assert_eq!(place("{\"request\": {\"headers\": [[\"é\", \"b\"], 7]}}"), (1, 38));
    }

    #[test]
    fn what_is_missing_is_looked_for_in_the_object_that_should_have_it() {
        assert_eq!(place("{\"connection\": {\"steps\": [{\"send\": \"a\"}]}}"), (1, 27));
    }
}
