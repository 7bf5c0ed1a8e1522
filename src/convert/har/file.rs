//! The fields of a HAR that a scenario can hold. What others there are in an entry is noted by name.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

#[derive(serde::Deserialize)]
pub struct File {
    pub log: Log,
}

#[derive(serde::Deserialize)]
pub struct Log {
    #[serde(default, deserialize_with = "count")]
    pub pages: usize,
    pub entries: Vec<Entry>,
}

/// One request with its answer.
#[derive(Default)]
pub struct Entry {
    pub started: String,
    /// Milliseconds.
    pub time: Option<f64>,
    pub request: Message,
    pub response: Response,
    /// Milliseconds until the first byte of the answer (`timings.wait`).
    pub wait: Option<f64>,
    /// What else is in it, and whether its meaning is known.
    pub others: Vec<(String, bool)>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Message {
    #[serde(deserialize_with = "or_default")]
    pub method: String,
    #[serde(deserialize_with = "or_default")]
    pub url: String,
    #[serde(rename = "httpVersion", deserialize_with = "or_default")]
    pub version: String,
    #[serde(deserialize_with = "or_default")]
    pub headers: Vec<Line>,
    #[serde(rename = "postData")]
    pub post: Option<PostData>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Response {
    #[serde(deserialize_with = "or_default")]
    pub status: u16,
    #[serde(deserialize_with = "or_default")]
    pub headers: Vec<Line>,
    #[serde(deserialize_with = "or_default")]
    pub content: Content,
    #[serde(rename = "_error", deserialize_with = "or_default")]
    pub error: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Line {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub value: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct PostData {
    #[serde(rename = "mimeType", deserialize_with = "or_default")]
    pub kind: String,
    #[serde(deserialize_with = "or_default")]
    pub text: String,
    #[serde(deserialize_with = "or_default")]
    pub params: Vec<Param>,
    /// No part of HAR 1.2, in which only answers can be binary.
    #[serde(rename = "_encoding", alias = "encoding", deserialize_with = "or_default")]
    pub encoding: String,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Param {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub value: String,
    #[serde(rename = "fileName")]
    pub file: Option<String>,
    #[serde(rename = "contentType")]
    pub kind: Option<String>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Content {
    #[serde(deserialize_with = "or_default")]
    pub size: f64,
    #[serde(deserialize_with = "or_default")]
    pub text: String,
    #[serde(deserialize_with = "or_default")]
    pub encoding: String,
    /// The text is as it was on the wire, which only Filterlab writes.
    #[serde(rename = "_coded", deserialize_with = "or_default")]
    pub is_coded: bool,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Timings {
    wait: Option<f64>,
}

/// `null` is what some tools write for nothing.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// How many elements a list has.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    struct Count;
    impl<'de> Visitor<'de> for Count {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E: de::Error>(self) -> Result<usize, E> {
            Ok(0)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
            let mut count = 0;
            while list.next_element::<IgnoredAny>()?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }
    deserializer.deserialize_any(Count)
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

/// Fields that only repeat what others say, or that keep the books of a browser.
const OF_NO_MEANING: &[&str] = &[
    "pageref",
    "connection",
    "_initiator",
    "_priority",
    "_resourceType",
    "_connectionId",
    "_fromCache",
    "_securityState",
    "_fetchedViaServiceWorker",
    "_serverPort",
];
/// Fields that mean something for which a scenario has no place.
const KNOWN: &[&str] = &["cache", "serverIPAddress", "comment", "_webSocketMessages", "_eventSourceMessages"];

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut entry = Entry::default();
                let mut has_request = false;
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "startedDateTime" => {
                            entry.started = map.next_value::<Option<String>>()?.unwrap_or_default()
                        }
                        "time" => entry.time = map.next_value()?,
                        "request" => {
                            entry.request = map.next_value()?;
                            has_request = true;
                        }
                        "response" => {
                            entry.response = map.next_value::<Option<Response>>()?.unwrap_or_default()
                        }
                        "timings" => {
                            entry.wait = map.next_value::<Option<Timings>>()?.and_then(|times| times.wait)
                        }
                        name if OF_NO_MEANING.contains(&name) => {
                            map.next_value::<IgnoredAny>()?;
                        }
                        _ => {
                            // An empty cache is in every entry.
                            if map.next_value::<Filled>()?.0 {
                                let is_known = KNOWN.contains(&name.as_str());
                                entry.others.push((name, is_known));
                            }
                        }
                    }
                }
                if has_request { Ok(entry) } else { Err(de::Error::missing_field("request")) }
            }
        }
        deserializer.deserialize_map(Fields)
    }
}
