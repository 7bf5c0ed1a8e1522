//! Reads a HAR field by field: what a scenario can hold is kept, what others there are is noted by name. Entries are handed on
//! one by one, so that a file takes no more memory than what is made of it.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Reader;
use super::notes::Notes;
use crate::convert::Why;

/// Most fields of one object, and most header lines or parts of a form in one message: more of them are no traffic.
const MOST_FIELDS: usize = 1_000;
const MOST_ITEMS: usize = 10_000;

/// Reads a file into `reader`, and gives what was noted outside of entries.
pub fn read(text: &str, reader: &mut Reader) -> Result<Notes, serde_json::Error> {
    let mut notes = Notes::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let file = Object { begun: Some(File { reader }), notes: &mut notes };
    file.deserialize(&mut json)?;
    json.end()?;
    Ok(notes)
}

/// An object whose fields are read as they come.
trait Fields: Sized {
    /// Takes the value of a field: reads it, passes over it, or notes it.
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error>;
}

/// The value of a field.
struct Next<'m, A> {
    map: &'m mut A,
    name: &'m str,
    notes: &'m mut Notes,
}

impl<'de, A: MapAccess<'de>> Next<'_, A> {
    /// `null` is what some tools write for nothing.
    fn read<T: Default + Deserialize<'de>>(self) -> Result<T, A::Error> {
        Ok(self.map.next_value::<Option<T>>()?.unwrap_or_default())
    }

    /// What only repeats other fields, or what has no meaning for a proxy.
    fn skip(self) -> Result<(), A::Error> {
        self.map.next_value::<IgnoredAny>().map(drop)
    }

    /// What a scenario has no place for. Nothing is lost where it is empty.
    fn note(self, why: Why) -> Result<(), A::Error> {
        if self.map.next_value::<Filled>()?.0 {
            self.notes.add(self.name, why);
        }
        Ok(())
    }

    /// A field that the format does not have, or a comment, which every object may have.
    fn other(self) -> Result<(), A::Error> {
        let why = if self.name == "comment" { Why::NoCounterpart } else { Why::Unknown };
        self.note(why)
    }

    fn object<T: Fields + Default>(self) -> Result<Option<T>, A::Error> {
        self.within(T::default())
    }

    /// An object that goes on with one that has begun.
    fn within<T: Fields>(self, begun: T) -> Result<Option<T>, A::Error> {
        let depth = self.notes.enter(self.name);
        let read = self.map.next_value_seed(Object { begun: Some(begun), notes: &mut *self.notes });
        self.notes.leave(depth);
        read
    }

    fn list<T: Fields + Default>(self) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        let depth = self.notes.enter(self.name);
        let take = |item, _: &mut Notes| {
            items.push(item);
            if items.len() > MOST_ITEMS {
                Err(format!("more than {MOST_ITEMS} are in one list"))
            } else {
                Ok(())
            }
        };
        self.map.next_value_seed(List { of: PhantomData::<T>, take, notes: &mut *self.notes })?;
        self.notes.leave(depth);
        Ok(items)
    }

    /// Hands on each item, with what was noted of it.
    fn each<T: Fields + Default>(
        self,
        mut take: impl FnMut(T, Notes) -> Result<(), String>,
    ) -> Result<(), A::Error> {
        let take = |item, notes: &mut Notes| take(item, std::mem::take(notes));
        self.map.next_value_seed(List { of: PhantomData::<T>, take, notes: &mut Notes::default() })
    }
}

/// Reads an object.
struct Object<'n, T> {
    begun: Option<T>,
    notes: &'n mut Notes,
}

impl<'de, T: Fields> DeserializeSeed<'de> for Object<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fields> Visitor<'de> for Object<'_, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if let Some(object) = &mut self.begun {
                object.field(&name, Next { map: &mut map, name: &name, notes: &mut *self.notes })?;
            }
            if names.len() == MOST_FIELDS {
                return Err(de::Error::custom(format!("more than {MOST_FIELDS} fields are in one object")));
            }
            if let Some(name) = names.replace(name) {
                return Err(de::Error::custom(format!("duplicate field `{name}`")));
            }
        }
        Ok(self.begun)
    }
}

/// Reads a list of objects; what is `null` in it is nothing.
struct List<'n, T, F> {
    of: PhantomData<T>,
    take: F,
    notes: &'n mut Notes,
}

impl<'de, T: Fields + Default, F: FnMut(T, &mut Notes) -> Result<(), String>> DeserializeSeed<'de>
    for List<'_, T, F>
{
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Fields + Default, F: FnMut(T, &mut Notes) -> Result<(), String>> Visitor<'de>
    for List<'_, T, F>
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        loop {
            let item = Object { begun: Some(T::default()), notes: &mut *self.notes };
            match list.next_element_seed(item)? {
                None => return Ok(()),
                Some(None) => {}
                Some(Some(item)) => (self.take)(item, self.notes).map_err(de::Error::custom)?,
            }
        }
    }
}

/// Whether a value is something: no `null`, nothing empty. The value is not kept.
struct Filled(bool);

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = bool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<bool, E> {
                Ok(false)
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<bool, E> {
                Ok(true)
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<bool, E> {
                Ok(true)
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<bool, E> {
                Ok(true)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<bool, E> {
                Ok(true)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<bool, E> {
                Ok(!text.is_empty())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
                let mut filled = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    filled = true;
                }
                Ok(filled)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
                let mut filled = false;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    filled = true;
                }
                Ok(filled)
            }
        }
        deserializer.deserialize_any(Any).map(Filled)
    }
}

struct File<'r> {
    reader: &'r mut Reader,
}

impl Fields for File<'_> {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "log" => value.within(Log { reader: &mut *self.reader }).map(drop),
            _ => value.other(),
        }
    }
}

struct Log<'r> {
    reader: &'r mut Reader,
}

impl Fields for Log<'_> {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "entries" => value.each(|entry, notes| self.reader.entry(entry, notes)),
            // Who wrote the file, and how.
            "version" | "creator" | "browser" => value.skip(),
            "pages" => value.note(Why::NoCounterpart),
            _ => value.other(),
        }
    }
}

/// One request with its answer.
#[derive(Default)]
pub struct Entry {
    pub started: String,
    /// Milliseconds.
    pub time: f64,
    pub request: Option<Message>,
    pub response: Response,
    pub timings: Timings,
}

impl Fields for Entry {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "startedDateTime" => self.started = value.read()?,
            "time" => self.time = value.read()?,
            "request" => self.request = value.object()?,
            "response" => self.response = value.object()?.unwrap_or_default(),
            "timings" => self.timings = value.object()?.unwrap_or_default(),
            // A browser's books.
            "pageref"
            | "connection"
            | "_initiator"
            | "_priority"
            | "_resourceType"
            | "_connectionId"
            | "_fromCache"
            | "_securityState"
            | "_fetchedViaServiceWorker"
            | "_serverPort" => value.skip()?,
            "cache" | "serverIPAddress" | "_webSocketMessages" | "_eventSourceMessages" => {
                value.note(Why::NoCounterpart)?;
            }
            _ => value.other()?,
        }
        Ok(())
    }
}

/// Milliseconds.
#[derive(Default)]
pub struct Timings {
    /// Until the first byte of the answer.
    pub wait: f64,
    /// The longest of the others.
    pub others: f64,
}

impl Fields for Timings {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "wait" => self.wait = value.read()?,
            "blocked" | "dns" | "connect" | "ssl" | "send" | "receive" => {
                self.others = self.others.max(value.read()?);
            }
            // Parts of the others.
            name if name.starts_with("_blocked_") || name.starts_with("_worker") => value.skip()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Message {
    pub method: String,
    pub url: String,
    pub version: String,
    pub headers: Vec<Line>,
    pub cookies: Vec<Line>,
    pub post: Option<PostData>,
    /// In bytes; browsers write -1 for what they do not know.
    pub body_size: f64,
}

impl Fields for Message {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "method" => self.method = value.read()?,
            "url" => self.url = value.read()?,
            "httpVersion" => self.version = value.read()?,
            "headers" => self.headers = value.list()?,
            "cookies" => self.cookies = value.list()?,
            "postData" => self.post = value.object()?,
            "bodySize" => self.body_size = value.read()?,
            "queryString" | "headersSize" => value.skip()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<Line>,
    pub cookies: Vec<Line>,
    pub content: Content,
    /// Why there is no answer, or not all of it.
    pub error: String,
}

impl Fields for Response {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "status" => self.status = value.read()?,
            "headers" => self.headers = value.list()?,
            "cookies" => self.cookies = value.list()?,
            "content" => self.content = value.object()?.unwrap_or_default(),
            "_error" => self.error = value.read()?,
            "statusText"
            | "httpVersion"
            | "redirectURL"
            | "headersSize"
            | "bodySize"
            | "_transferSize"
            | "_fetchedViaServiceWorker" => value.skip()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

/// A header, or a cookie.
#[derive(Default)]
pub struct Line {
    pub name: String,
    pub value: String,
}

impl Fields for Line {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.read()?,
            "value" => self.value = value.read()?,
            // They stand in the header.
            "path" | "domain" | "expires" | "httpOnly" | "secure" | "sameSite" => value.skip()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct PostData {
    pub kind: String,
    pub text: String,
    pub params: Vec<Param>,
    /// No part of HAR 1.2, in which only answers can be binary.
    pub encoding: String,
}

impl Fields for PostData {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "mimeType" => self.kind = value.read()?,
            "text" => self.text = value.read()?,
            "params" => self.params = value.list()?,
            "_encoding" | "encoding" => self.encoding = value.read()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Param {
    pub name: String,
    pub value: String,
    pub file: Option<String>,
    pub kind: Option<String>,
}

impl Fields for Param {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "name" => self.name = value.read()?,
            "value" => self.value = value.read()?,
            "fileName" => self.file = value.read()?,
            "contentType" => self.kind = value.read()?,
            _ => value.other()?,
        }
        Ok(())
    }
}

#[derive(Default)]
pub struct Content {
    pub size: f64,
    pub text: String,
    pub encoding: String,
    /// The text is as it was on the wire, which only Filterlab writes.
    pub is_coded: bool,
}

impl Fields for Content {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, value: Next<'_, A>) -> Result<(), A::Error> {
        match name {
            "size" => self.size = value.read()?,
            "text" => self.text = value.read()?,
            "encoding" => self.encoding = value.read()?,
            "_coded" => self.is_coded = value.read()?,
            "mimeType" | "compression" => value.skip()?,
            _ => value.other()?,
        }
        Ok(())
    }
}
