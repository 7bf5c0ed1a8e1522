//! Objects that filters store for a stream: Envoy's filter state (`host-spec`, section 4.6).

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;

use super::proto;
use super::stream::Object;
use super::value::Value;
use crate::abi::Status;

/// How long an object lives, as `declare_property` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LifeSpan {
    #[default]
    FilterChain,
    DownstreamRequest,
    DownstreamConnection,
}

impl LifeSpan {
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => Self::DownstreamRequest,
            2 => Self::DownstreamConnection,
            _ => Self::FilterChain,
        }
    }
}

/// What a filter declared of a property before setting it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prototype {
    pub read_only: bool,
    pub kind: StateKind,
    pub span: LifeSpan,
}

/// What an object's bytes are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StateKind {
    #[default]
    Bytes,
    String,
    /// With its schema, which is not read: parts of it are not found.
    FlatBuffers,
    /// With the URL of its type.
    Protobuf(Bytes),
    /// One of Envoy's own; the text by which it shows itself, if it does.
    Envoy(Option<Bytes>),
    /// One of Envoy's own that holds an address and shows its parts.
    Address(IpAddr, u16),
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StateObject {
    read_only: bool,
    kind: StateKind,
    span: LifeSpan,
    value: Bytes,
}

/// The objects of a stream, by their full name (`wasm.…` for those of filters).
#[derive(Clone, Debug, Default)]
pub struct FilterState(BTreeMap<Bytes, StateObject>);

impl FilterState {
    /// What `proxy_set_property` does: the first time with what was declared, then only the bytes change. Gives the
    /// bytes before; a read-only object refuses.
    pub fn set(
        &mut self,
        name: Bytes,
        value: Bytes,
        declared: Option<&Prototype>,
    ) -> Result<Option<Bytes>, Status> {
        match self.0.get_mut(&name) {
            Some(object) if object.read_only => Err(Status::BadArgument),
            Some(object) => Ok(Some(std::mem::replace(&mut object.value, value))),
            None => {
                let Prototype { read_only, kind, span } = declared.cloned().unwrap_or_default();
                self.0.insert(name, StateObject { read_only, kind, span, value });
                Ok(None)
            }
        }
    }

    /// Puts one of Envoy's own objects. One that lives longer or shorter stays as it is, as in Envoy. Gives the bytes
    /// before, or `None` when nothing changed.
    pub fn put(
        &mut self,
        name: Bytes,
        value: Bytes,
        kind: StateKind,
        span: LifeSpan,
    ) -> Option<Option<Bytes>> {
        if self.0.get(&name).is_some_and(|object| object.span != span) {
            return None;
        }
        let object = StateObject { read_only: false, kind, span, value };
        Some(self.0.insert(name, object).map(|before| before.value))
    }

    /// An object as a value. `whole` asks for what `proxy_get_property` gives for the object itself.
    pub fn value(&self, name: &[u8], whole: bool) -> Option<Value> {
        let object = self.0.get(name)?;
        let bytes = || object.value.clone();
        match &object.kind {
            StateKind::Bytes => Some(Value::Bytes(bytes())),
            StateKind::FlatBuffers | StateKind::Protobuf(_) if whole => Some(Value::Bytes(bytes())),
            StateKind::FlatBuffers => Some(Value::Error),
            StateKind::String => Some(Value::String(bytes())),
            StateKind::Protobuf(url) => Some(match proto::by_type_url(url) {
                Some(descriptor) if proto::is_message(descriptor, &object.value) => {
                    proto::value(descriptor, &object.value)
                }
                _ => Value::Error,
            }),
            StateKind::Envoy(shown) => shown.clone().map(Value::String),
            StateKind::Address(ip, port) => Some(Value::Object(Object::Address(*ip, *port))),
        }
    }

    /// Whether parts of this object cannot be read here although Envoy reads them.
    pub fn is_opaque(&self, name: &[u8]) -> bool {
        self.0.get(name).is_some_and(|object| match &object.kind {
            StateKind::FlatBuffers => true,
            StateKind::Protobuf(url) => proto::by_type_url(url).is_none(),
            _ => false,
        })
    }
}

/// Makes one of Envoy's own objects of the text that a filter gives: the kinds that the official build knows.
/// `NotFound`: no such object; `BadArgument`: the text does not fit.
pub fn envoy_object(name: &[u8], text: &str) -> Result<StateKind, Status> {
    let shown = |text: String| Ok(StateKind::Envoy(Some(text.into())));
    let refused = Err(Status::BadArgument);
    match name {
        b"envoy.string"
        | b"envoy.hashable_string"
        | b"envoy.tcp_proxy.cluster"
        | b"envoy.network.upstream_server_name"
        | b"envoy.network.upstream_subject_alt_names"
        | b"envoy.network.network_namespace"
        | b"envoy.upstream.dynamic_host" => shown(text.into()),
        b"envoy.ai.model.request" if text.is_empty() => refused,
        b"envoy.ai.model.request" => shown(text.into()),
        b"envoy.network.application_protocols" | b"envoy.router.debug_config" => Ok(StateKind::Envoy(None)),
        b"envoy.tcp_proxy.disable_tunneling" => shown((text == "true").to_string()),
        b"envoy.bool" => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => shown("true".into()),
            "false" | "f" | "no" | "n" | "0" => shown("false".into()),
            _ => refused,
        },
        b"envoy.ratelimit.hits_addend" | b"envoy.upstream.dynamic_port" => match number(text) {
            Some(number) if u32::try_from(number).is_ok() => shown(number.to_string()),
            _ => refused,
        },
        b"envoy.tcp_proxy.per_connection_idle_timeout_ms" => match number(text) {
            Some(number) => shown(number.to_string()),
            None => refused,
        },
        b"envoy.network.ip" => match text.split('%').next().unwrap_or_default().parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => shown(format!("{ip}:0")),
            Ok(IpAddr::V6(ip)) => shown(format!("[{ip}]:0")),
            Err(_) => refused,
        },
        b"envoy.network.transport_socket.original_dst_address"
        | b"envoy.filters.listener.original_dst.local_ip"
        | b"envoy.filters.listener.original_dst.remote_ip" => match address(text) {
            Some((ip, port)) => Ok(StateKind::Address(ip, port)),
            None => refused,
        },
        b"envoy.network.transport_socket.http_11_proxy.info" => match text.split_once(',') {
            Some((host, proxy)) if !host.is_empty() && address(proxy).is_some() => Ok(StateKind::Envoy(None)),
            _ => refused,
        },
        // Its accepted texts are not known; those that were tried were refused.
        b"envoy.ai.llm_protocol.request" => refused,
        _ => Err(Status::NotFound),
    }
}

/// A whole number as Envoy reads it: white space around and a plus sign are allowed.
fn number(text: &str) -> Option<u64> {
    text.trim_matches(|c: char| c.is_ascii_whitespace()).parse().ok()
}

/// `ip:port` or `[ip]:port`.
fn address(text: &str) -> Option<(IpAddr, u16)> {
    let (ip, port) = text.rsplit_once(':')?;
    let ip = match ip.strip_prefix('[') {
        Some(inner) => IpAddr::V6(inner.strip_suffix(']')?.parse().ok()?),
        None => IpAddr::V4(ip.parse().ok()?),
    };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((ip, port.parse().ok().filter(|_| digits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, text: &str) -> Result<Option<String>, Status> {
        let bytes = |bytes: Bytes| String::from_utf8(bytes.to_vec()).expect("is text");
        envoy_object(name.as_bytes(), text).map(|kind| match kind {
            StateKind::Envoy(shown) => shown.map(bytes),
            StateKind::Address(ip, port) => Some(format!("{ip} {port}")),
            other => panic!("{other:?} is not Envoy's own"),
        })
    }

    /// Asked of Envoy 1.40.
    #[test]
    fn envoys_own_objects_take_what_envoy_takes() {
        let refused = Err(Status::BadArgument);
        let is = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(shown("envoy.string", ""), is(""));
        assert_eq!(shown("envoy.bool", "TRUE"), is("true"));
        assert_eq!(shown("envoy.bool", "n"), is("false"));
        assert_eq!(shown("envoy.bool", " true"), refused);
        assert_eq!(shown("envoy.network.ip", "2001:DB8:0:0::1"), is("[2001:db8::1]:0"));
        assert_eq!(shown("envoy.network.ip", "::ffff:1.2.3.4"), is("[::ffff:1.2.3.4]:0"));
        assert_eq!(shown("envoy.network.ip", "1.2.3.4:80"), refused);
        assert_eq!(shown("envoy.ratelimit.hits_addend", "4294967296"), refused);
        assert_eq!(shown("envoy.upstream.dynamic_port", " 7 "), is("7"));
        assert_eq!(shown("envoy.upstream.dynamic_port", "+7"), is("7"));
        assert_eq!(shown("envoy.upstream.dynamic_port", "12a"), refused);
        assert_eq!(shown("envoy.network.application_protocols", "h2"), Ok(None));
        let destination = "envoy.network.transport_socket.original_dst_address";
        assert_eq!(shown(destination, "1.2.3.4:080"), is("1.2.3.4 80"));
        assert_eq!(shown(destination, "[::1]:0"), is("::1 0"));
        for text in ["1.2.3.4:", "1.2.3.4:99999", ":80", "::1:80", "1.2.3.4", "1.2.3.4:+8"] {
            assert_eq!(shown(destination, text), refused, "{text}");
        }
        let proxy = "envoy.network.transport_socket.http_11_proxy.info";
        assert_eq!(shown(proxy, "host:443,1.2.3.4:80"), Ok(None));
        assert_eq!(shown(proxy, ",1.2.3.4:5"), refused);
        assert_eq!(shown("envoy.nosuch", "x"), Err(Status::NotFound));
    }

    #[test]
    fn a_read_only_object_is_set_once() {
        let mut state = FilterState::default();
        let declared = Prototype { read_only: true, ..Prototype::default() };
        let name = || Bytes::from_static(b"wasm.x");
        assert_eq!(state.set(name(), "1".into(), Some(&declared)), Ok(None));
        assert_eq!(state.set(name(), "2".into(), Some(&declared)), Err(Status::BadArgument));
    }
}
