//! Bytes in a document, and how a body is cut into pieces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

/// Any bytes. In a file: text where they are UTF-8, else `{"base64": "…"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body(pub Bytes);

impl Body {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes as text, if they are UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.text() {
            Some(text) => serializer.serialize_str(text),
            None => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &STANDARD.encode(&self.0))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Body;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("text, or {\"base64\": \"…\"}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Body, E> {
                Ok(text.into())
            }

            // Large bodies are not copied once more.
            fn visit_string<E: de::Error>(self, text: String) -> Result<Body, E> {
                Ok(text.into())
            }

            fn visit_unit<E: de::Error>(self) -> Result<Body, E> {
                Ok(Body::default())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
                let mut bytes = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "base64" {
                        return Err(de::Error::unknown_field(&key, &["base64"]));
                    }
                    let text: String = map.next_value()?;
                    bytes = Some(STANDARD.decode(text).map_err(|error| {
                        de::Error::custom(format!("this is not base64 (RFC 4648): {error}"))
                    })?);
                }
                bytes.map(Body::from).ok_or_else(|| de::Error::missing_field("base64"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How a body arrives. In a file: absent, a size in bytes, or a list of sizes (what is left is one more piece).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Chunks {
    #[default]
    Whole,
    /// Pieces of this many bytes.
    Every(u64),
    /// Pieces of these sizes; a zero is an empty piece.
    Sizes(Vec<u64>),
}

impl Chunks {
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }

    /// `count` pieces of nearly equal size for a body of `length` bytes.
    pub fn evenly(count: u64, length: usize) -> Self {
        match count {
            0 | 1 => Self::Whole,
            _ => Self::Every((length as u64).div_ceil(count).max(1)),
        }
    }

    /// The pieces of `body`; none for an empty body that is not asked to have empty pieces.
    pub fn split(&self, body: &Bytes) -> Vec<Bytes> {
        let mut rest = body.clone();
        let mut pieces = Vec::new();
        match self {
            Self::Whole | Self::Every(0) => {}
            Self::Every(size) => {
                let size = usize::try_from(*size).unwrap_or(usize::MAX);
                while rest.len() > size {
                    pieces.push(rest.split_to(size));
                }
            }
            Self::Sizes(sizes) => {
                for size in sizes {
                    pieces.push(rest.split_to(usize::try_from(*size).unwrap_or(usize::MAX).min(rest.len())));
                }
            }
        }
        if !rest.is_empty() {
            pieces.push(rest);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(chunks: Chunks) -> Vec<Bytes> {
        chunks.split(&Bytes::from_static(b"abcdefg"))
    }

    #[test]
    fn a_body_is_cut_as_asked_and_nothing_is_lost() {
        assert_eq!(pieces(Chunks::Whole), ["abcdefg"]);
        assert_eq!(pieces(Chunks::Every(3)), ["abc", "def", "g"]);
        assert_eq!(pieces(Chunks::Sizes(vec![2, 0, 3])), ["ab", "", "cde", "fg"]);
        assert_eq!(pieces(Chunks::Sizes(vec![7, 0])), ["abcdefg", ""]);
        assert_eq!(pieces(Chunks::Sizes(vec![100])), ["abcdefg"]);
        assert_eq!(pieces(Chunks::evenly(2, 7)), ["abcd", "efg"]);
    }

    #[test]
    fn an_empty_body_has_no_pieces() {
        assert_eq!(Chunks::Every(3).split(&Bytes::new()), Vec::<Bytes>::new());
    }

    #[test]
    fn bytes_that_are_not_text_are_kept_as_base64() {
        let body = Body::from(vec![0xff, 0]);
        let json = serde_json::to_string(&body).expect("serializes");
        assert_eq!(json, r#"{"base64":"/wA="}"#);
        assert_eq!(serde_json::from_str::<Body>(&json).expect("parses"), body);
        let error = serde_json::from_str::<Body>(r#"{"base64":"*"}"#).expect_err("is not base64");
        assert!(error.to_string().contains("not base64"), "{error}");
    }
}
