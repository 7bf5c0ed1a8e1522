//! Properties: what filters may ask about streams and the proxy (`host-spec`, sections 4.2 to 4.6).
//!
//! One tree of typed values serves `proxy_get_property` and expressions alike. Nothing is computed before somebody
//! asks for it; groups such as `request` are [`Object`]s that know how to find their members.

mod connection;
mod facts;
mod hints;
pub(super) mod proto;
mod state;
mod stream;
mod value;

pub use facts::{FixedProperties, ProxyFacts};
pub use state::FilterState;
pub(super) use state::{LifeSpan, Prototype, StateKind, envoy_object};
pub(super) use stream::{Object, forwarded_for};
pub(super) use value::{Map, Value, exact_int, exact_uint};

use bytes::Bytes;

use self::connection::ConnectionView;
use self::stream::{StreamView, joined_headers};
use super::context::{Context, Root};
use super::trap::Halt;
use super::vm::VmState;
use crate::abi::attributes::{REMOVED_IN, RemovedAttribute, find_in_group, find_removed};
use crate::abi::{MapType, Status};

/// Why a value cannot be handed out.
#[derive(Debug)]
pub(super) enum Stop {
    /// The guest gets this status.
    Status(Status),
    /// It has more bytes than the run may still keep.
    Room,
    /// The guest must not go on.
    Halt(Halt),
}

impl From<Status> for Stop {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

/// Bounds the work that a guest may cause in the host by one call.
pub(super) struct Budget<'a> {
    state: &'a VmState,
    /// Bytes that may still be made.
    room: usize,
    /// Steps since the last look at the guest's time.
    steps: usize,
}

/// Steps between two looks at the guest's time: some microseconds.
const STEPS_BETWEEN_CHECKS: usize = 1024;

impl<'a> Budget<'a> {
    pub fn new(state: &'a VmState) -> Self {
        Self { state, room: state.world.trace.room(), steps: 0 }
    }

    /// Counts one step of work; now and then asks whether the guest's time is over.
    pub fn step(&mut self) -> Result<(), Stop> {
        self.work(1)
    }

    /// Counts several steps at once.
    pub fn work(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps >= STEPS_BETWEEN_CHECKS {
            self.steps = 0;
            return self.check();
        }
        Ok(())
    }

    /// Asks whether the guest's time is over.
    pub fn check(&self) -> Result<(), Stop> {
        self.state.halt().map_or(Ok(()), |halt| Err(Stop::Halt(halt)))
    }

    /// Counts bytes that are made.
    pub fn take(&mut self, bytes: usize) -> Result<(), Stop> {
        self.room = self.room.checked_sub(bytes).ok_or(Stop::Room)?;
        Ok(())
    }
}

/// What one context sees.
pub(super) struct View<'a> {
    state: &'a VmState,
    root: Option<&'a Root>,
    stream: Option<StreamView<'a>>,
    connection: Option<ConnectionView<'a>>,
}

impl<'a> View<'a> {
    pub fn new(state: &'a VmState, context: Context) -> Self {
        let world = &state.world;
        let (root, stream, connection) = match context {
            Context::Vm => (None, None, None),
            Context::Root(root) => (Some(root), None, None),
            Context::Stream { root, stream, filter } => (Some(root), Some((stream, filter)), None),
            Context::Connection { root, connection, .. } => (Some(root), None, Some(connection)),
        };
        let connection = connection.and_then(|connection| {
            let facts = world.connections.get(connection)?;
            Some(ConnectionView { facts, proxy: &world.facts, started: world.started.0 })
        });
        let stream = stream.and_then(|(stream, filter)| {
            Some(StreamView {
                facts: world.stream(stream)?,
                filter,
                proxy: &world.facts,
                now: world.now(),
                started: world.started.0,
                has_connection: world.has_connection(),
            })
        });
        Self { state, root: root.and_then(|root| state.roots.get(root)), stream, connection }
    }

    fn facts(&self) -> &'a ProxyFacts {
        &self.state.world.facts
    }

    /// What the scenario says for exactly this path.
    pub fn fixed(&self, path: &[&[u8]]) -> Option<Value> {
        let (length, value) = self.facts().fixed.find(path)?;
        (length == path.len()).then(|| value.into())
    }

    /// Whether the scenario says anything instead of the proxy.
    pub fn has_fixed(&self) -> bool {
        !self.facts().fixed.is_empty()
    }

    /// The value at a path.
    fn at_path(&self, path: &[&[u8]]) -> Option<Value> {
        let (mut value, rest) = match self.facts().fixed.find(path) {
            Some((length, fixed)) => (Value::from(fixed), &path[length..]),
            None => (self.named(path.first()?, path.len() == 1)?, &path[1..]),
        };
        for segment in rest {
            value = value.at_segment(segment, self)?;
        }
        Some(value)
    }

    /// The value of a top-level name. `whole`: it is all that is asked for.
    pub fn named(&self, name: &[u8], whole: bool) -> Option<Value> {
        match name {
            b"plugin_name" => return self.root.map(|root| root.name.as_str().into()),
            b"plugin_root_id" => return self.root.map(|root| root.root_id.as_str().into()),
            b"plugin_vm_id" => return Some(Value::String(self.state.vm_id.clone())),
            b"xds" => return Some(Value::Object(Object::Xds)),
            _ => {}
        }
        if let Some(removed) = self.old_name(name) {
            return self.removed(removed);
        }
        if let Some(connection) = &self.connection {
            return connection.named(name, whole);
        }
        let stream = self.stream.as_ref()?;
        match name {
            b"connection_id" => Some(stream.connection_id()),
            b"metadata" => Some(Value::Message(&proto::METADATA, Bytes::new())),
            b"upstream_filter_state" if !stream.is_ready() => None,
            _ => match Object::by_name(name) {
                Some(object) => Some(Value::Object(object)),
                None => stream.facts.filter_state.value(&[b"wasm.", name].concat(), whole),
            },
        }
    }

    /// A name that the simulated Envoy still has.
    fn old_name(&self, name: &[u8]) -> Option<&'static RemovedAttribute> {
        find_removed(name).filter(|_| self.facts().envoy_minor < REMOVED_IN)
    }

    fn removed(&self, removed: &RemovedAttribute) -> Option<Value> {
        match removed.name {
            "listener_direction" => Some(Value::Int(self.facts().listener_direction)),
            "listener_metadata" => {
                let metadata = facts::metadata(&self.facts().listener_metadata);
                Some(Value::Message(&proto::METADATA, metadata.into()))
            }
            _ => self.get(&Object::Xds, removed.now.strip_prefix("xds.")?.as_bytes()),
        }
    }

    /// The value under a name in a group or map.
    pub fn get(&self, object: &Object, name: &[u8]) -> Option<Value> {
        if let Object::Headers(map) = object
            && let [first, second] = header_path(*map).map(str::as_bytes)
            && let Some(fixed) = self.fixed(&[first, second, name])
        {
            return Some(fixed);
        }
        if let Some(group) = object.group() {
            let known = find_in_group(group, name)?;
            if known.needs_stream() && self.stream.is_none() && self.connection.is_none() {
                return None;
            }
        }
        if *object == Object::Xds && name == b"node" {
            return Some(Value::Message(&proto::NODE, self.facts().node().into()));
        }
        match &self.connection {
            Some(connection) => connection.get(object, name),
            None => self.stream.as_ref()?.get(object, name),
        }
    }

    /// A map of headers, with what the scenario says instead.
    fn header_map(&self, map: MapType) -> Vec<(Bytes, Bytes)> {
        let mut entries = joined_headers(self.stream.as_ref().and_then(|stream| stream.map(map)));
        for (name, text) in self.facts().fixed.texts_in(header_path(map)) {
            match entries.iter_mut().find(|(known, _)| known == name) {
                Some((_, value)) => value.clone_from(text),
                None => entries.push((name.clone(), text.clone())),
            }
        }
        entries
    }

    /// All entries of a map; groups do not tell theirs.
    pub fn entries(&self, object: &Object) -> Option<impl Iterator<Item = (Bytes, Bytes)>> {
        match object {
            Object::Headers(map) => Some(self.header_map(*map).into_iter()),
            Object::Address(..) => Some(Vec::new().into_iter()),
            _ => None,
        }
    }

    /// Whether parts of a stored object cannot be read here although Envoy reads them.
    pub fn is_opaque(&self, path: &[&[u8]]) -> bool {
        let state = match (&self.stream, &self.connection) {
            (Some(stream), _) => &stream.facts.filter_state,
            (None, Some(connection)) => &connection.facts.filter_state,
            (None, None) => return false,
        };
        match path {
            [group, name, ..] if *group == b"filter_state" => state.is_opaque(name),
            [name, _, ..] => state.is_opaque(&[b"wasm.", *name].concat()),
            _ => false,
        }
    }
}

/// Where a map of headers is found.
fn header_path(map: MapType) -> [&'static str; 2] {
    match map {
        MapType::RequestTrailers => ["request", "trailers"],
        MapType::ResponseHeaders => ["response", "headers"],
        MapType::ResponseTrailers => ["response", "trailers"],
        _ => ["request", "headers"],
    }
}

/// The segments of a path, which NUL joins.
pub(super) fn segments(path: &[u8]) -> Vec<&[u8]> {
    path.strip_suffix(b"\0").unwrap_or(path).split(|byte| *byte == 0).collect()
}

impl VmState {
    /// The bytes of the property at `path`, segments joined by NUL.
    pub fn property(&self, path: &[u8]) -> Result<Bytes, Stop> {
        if path.is_empty() {
            return Err(Status::SerializationFailure.into());
        }
        let path = segments(path);
        let view = View::new(self, self.acting());
        let value = view.at_path(&path).ok_or(Status::NotFound)?;
        value.encode(&view, &mut Budget::new(self))
    }

    /// The name that this path has in an Envoy that does not know it any more, if that is so.
    pub fn removed_property(&self, path: &[u8]) -> Option<&'static RemovedAttribute> {
        self.removed_name(segments(path).first()?)
    }

    /// The same for a name in an expression.
    pub fn removed_name(&self, name: &[u8]) -> Option<&'static RemovedAttribute> {
        find_removed(name).filter(|_| self.world.facts.envoy_minor >= REMOVED_IN)
    }
}
