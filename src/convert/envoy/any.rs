//! Messages whose type is named beside them: `Any`, with the wrappers that carry untyped ones, and what becomes of a
//! plugin's configuration.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::convert::fields::{At, Object};
use crate::convert::{Error, Expected, LeftOut, Reason, Why};
use crate::host::protobuf_struct;
use crate::scenario::Body;

/// A message with its type.
#[derive(Debug)]
pub(in crate::convert) struct Typed<'a> {
    /// As in `envoy.extensions.filters.http.wasm.v3.Wasm`.
    pub name: String,
    /// Its fields; of an `Any` also `@type`.
    pub fields: At<'a>,
}

/// `TypedStruct` may hold another one; nobody writes more than two.
const MAX_WRAPPERS: usize = 8;

impl<'a> Typed<'a> {
    /// Reads an `Any`. What a `TypedStruct` wraps is unwrapped.
    pub fn read(any: &At<'a>) -> Result<Self, Error> {
        let object = any.object()?;
        let url = object.get("@type").ok_or_else(|| any.error(Reason::Expected(Expected::Type)))?;
        let mut name = name_of(&url.text()?);
        let mut fields = any.clone();
        for _ in 0..MAX_WRAPPERS {
            if !matches!(name.as_str(), "udpa.type.v1.TypedStruct" | "xds.type.v3.TypedStruct") {
                return Ok(Self { name, fields });
            }
            let wrapper = fields.object()?;
            let url =
                wrapper.get("type_url").ok_or_else(|| fields.error(Reason::Expected(Expected::TypeUrl)))?;
            name = name_of(&url.text()?);
            fields = wrapper.get("value").unwrap_or(At { value: &NOTHING, path: wrapper.path_of("value") });
        }
        Err(any.error(Reason::Cycle))
    }

    /// The configuration of an extension: `typed_config`, or the older `config` without a type.
    pub fn of_extension(extension: &Object<'a>) -> Result<Option<Self>, Error> {
        if let Some(config) = extension.get("typed_config") {
            return Self::read(&config).map(Some);
        }
        let Some(config) = extension.get("config") else { return Ok(None) };
        Ok(Some(Self { name: extension.text("name")?, fields: config }))
    }

    pub fn object(&self) -> Result<Object<'a>, Error> {
        let object = self.fields.object()?;
        object.get("@type");
        Ok(object)
    }

    pub fn is_http_wasm(&self) -> bool {
        self.name.contains("filters.http.wasm") || self.name == "envoy.config.filter.http.wasm.v2.Wasm"
    }

    pub fn is_network_wasm(&self) -> bool {
        self.name.contains("filters.network.wasm")
    }

    /// The HTTP connection manager, also by its old names.
    pub fn is_http_manager(&self) -> bool {
        self.name.ends_with("HttpConnectionManager") || self.name.ends_with("http_connection_manager")
    }

    pub fn is_router(&self) -> bool {
        self.name.ends_with(".Router") || self.name.ends_with("router")
    }

    pub fn is_tcp_proxy(&self) -> bool {
        self.name.ends_with(".TcpProxy") || self.name.ends_with("tcp_proxy")
    }
}

/// An object without fields, for messages that are left out because they are empty.
pub(in crate::convert) static NOTHING: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));

/// The type at the end of `type.googleapis.com/…`.
fn name_of(url: &str) -> String {
    url.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The bytes that a filter gets of its configuration: of a `StringValue` and a `BytesValue` what is in it, of a
/// `Struct` its protobuf. A text without a type is what files from before 2020 have.
pub(in crate::convert) fn configuration(any: &At<'_>, left: &mut Vec<LeftOut>) -> Result<Body, Error> {
    if let Value::String(text) = any.value {
        return Ok(text.as_str().into());
    }
    if any.value.as_object().is_some_and(Map::is_empty) {
        return Ok(Body::default());
    }
    let typed = Typed::read(any)?;
    let object = typed.object()?;
    let value = object.get("value");
    let body = match typed.name.as_str() {
        "google.protobuf.StringValue" => value.map_or(Ok(String::new()), |value| value.text())?.into(),
        "google.protobuf.BytesValue" => value.map_or(Ok(Vec::new()), |value| bytes(&value))?.into(),
        // In a `TypedStruct` the object itself is the value.
        "google.protobuf.Struct" => match &value {
            Some(At { value: Value::Object(fields), .. }) => protobuf_struct(fields).into(),
            None if typed.fields.path == any.path => Body::default(),
            _ => protobuf_struct(typed.object()?.map).into(),
        },
        _ => {
            left.push(any.left(Why::NoCounterpart));
            return Ok(Body::default());
        }
    };
    object.rest(&[], Why::Unknown, left);
    Ok(body)
}

/// Bytes as protobuf's JSON has them: base64 in either alphabet, with or without padding.
pub(in crate::convert) fn bytes(at: &At<'_>) -> Result<Vec<u8>, Error> {
    const LAX: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LAX);
    let text: String = at.text()?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let text = text.replace('-', "+").replace('_', "/");
    ANY_PADDING.decode(text).map_err(|_| at.error(Reason::Expected(Expected::Base64)))
}
