//! Header maps (`host-spec`, section 2.5).

use std::collections::HashMap;

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::{AbiVersion, MapType, Status, pairs};
use crate::host::vm::VmState;
use crate::http::{HeaderMap, KeptName};
use crate::stream::MapAccess;
use crate::trace::{Change, ChangeOp, Direction, Finding, Part};

fn map_type(cx: &Cx) -> Result<MapType, Status> {
    MapType::from_number(cx.number(0)).ok_or(Status::BadArgument)
}

impl VmState {
    /// A map for reading, as the acting context finds it.
    fn map(&self, map: MapType) -> MapAccess<'_> {
        if let Some(answered) = self.answer_part().map(map) {
            return MapAccess::Held(answered);
        }
        let found = self
            .acting_stream()
            .and_then(|(stream, filter)| Some(self.world.stream(stream)?.stream.map(filter, map)));
        found.unwrap_or(MapAccess::Absent)
    }

    /// A map for writing, with the number of its exchange.
    fn map_mut(&mut self, map: MapType) -> Result<(&mut HeaderMap, u16), Status> {
        let (stream, filter) = self.acting_stream().ok_or(Status::BadArgument)?;
        let facts = self.world.streams.get_mut(stream as usize).ok_or(Status::BadArgument)?;
        let exchange = facts.exchange;
        let map = facts.stream.map_mut(filter, map).ok_or(Status::BadArgument)?;
        Ok((map, exchange))
    }
}

pub(super) fn get_pairs(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    note_late_read(cx, map);
    let encoded = match cx.state().map(map).map() {
        Some(map) if !map.is_empty() => {
            pairs::encode(map.entries().iter().map(|entry| (entry.name.as_ref(), entry.value.as_ref())))
        }
        _ => Vec::new(),
    };
    cx.give(1, &encoded)?;
    OK
}

pub(super) fn get_value(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let name = cx.header_bytes(1)?;
    let absent_is_empty = cx.state().abi == AbiVersion::V0_1_0;
    note_late_read(cx, map);
    let value = match cx.state().map(map) {
        MapAccess::Absent => return Err(Status::BadArgument.into()),
        access => access.map().and_then(|map| map.get(&name)).cloned(),
    };
    match value {
        Some(value) => cx.give(2, &value)?,
        None if absent_is_empty => cx.give(2, &[])?,
        None => return Err(Status::NotFound.into()),
    }
    OK
}

pub(super) fn get_size(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let (map, _) = cx.state().map_mut(map)?;
    let size = u32::try_from(map.byte_size()).unwrap_or(u32::MAX);
    cx.put_u32(1, size)?;
    OK
}

pub(super) fn set_pairs(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let encoded = cx.bytes(1)?;
    let pairs = pairs::decode(&encoded).unwrap_or_default();
    change(cx, map, |map| {
        map.clear();
        for (name, value) in &pairs {
            map.add(name, value);
        }
    })
}

pub(super) fn add(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let (name, value) = (cx.header_bytes(1)?, cx.header_bytes(2)?);
    change_one(cx, map, name, |map, name| map.add_kept(name, value))
}

pub(super) fn replace(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let (name, value) = (cx.header_bytes(1)?, cx.header_bytes(2)?);
    change_one(cx, map, name, |map, name| map.replace_kept(name, value))
}

pub(super) fn remove(cx: &mut Cx) -> Answer {
    let map = map_type(cx)?;
    let name = cx.header_bytes(1)?;
    change_one(cx, map, name, |map, name| map.remove_kept(&name))
}

/// A map for writing; one whose headers have gone on is a mistake, whether Envoy refuses the call or not.
fn writable<'a>(cx: &'a mut Cx, kind: MapType) -> Result<(&'a mut HeaderMap, u16), Status> {
    let state = cx.state();
    if let Some(direction) = gone(state, kind) {
        state.world.trace.finding(Finding::HeaderWrittenTooLate { direction });
    }
    state.map_mut(kind)
}

/// Reports a look into headers that have gone on and cannot be read any more.
fn note_late_read(cx: &mut Cx, kind: MapType) {
    let state = cx.state();
    if state.map(kind) == MapAccess::Absent
        && let Some(direction) = gone(state, kind)
    {
        state.world.trace.finding(Finding::HeaderReadTooLate { direction });
    }
}

/// The direction of headers that the acting filter has let go.
fn gone(state: &VmState, kind: MapType) -> Option<Direction> {
    let direction = match kind {
        MapType::RequestHeaders => Direction::Request,
        MapType::ResponseHeaders => Direction::Response,
        _ => return None,
    };
    let (stream, filter) = state.acting_stream()?;
    state.world.stream(stream)?.stream.has_let_headers_go(filter, direction).then_some(direction)
}

/// Changes entries of one name and notes the difference.
fn change_one(
    cx: &mut Cx,
    kind: MapType,
    name: Bytes,
    write: impl FnOnce(&mut HeaderMap, KeptName),
) -> Answer {
    let (map, exchange) = writable(cx, kind)?;
    let name = map.keep_name(name);
    let before = values(map, &name);
    write(map, name.clone());
    let after = values(map, &name);
    if let Some(part) = part(kind) {
        note(cx, exchange, part, name.bytes, before, after);
    }
    OK
}

/// Changes a whole map and notes each difference.
fn change(cx: &mut Cx, kind: MapType, write: impl FnOnce(&mut HeaderMap)) -> Answer {
    let (map, exchange) = writable(cx, kind)?;
    let before = map.clone();
    write(map);
    let after = map.clone();
    let Some(part) = part(kind) else { return OK };
    // By name in one pass: a guest may give tens of thousands of them.
    let mut names: Vec<&Bytes> = Vec::new();
    let mut values: HashMap<&Bytes, [Vec<&[u8]>; 2]> = HashMap::new();
    for (side, map) in [&before, &after].into_iter().enumerate() {
        for entry in map.entries() {
            let found = values.entry(&entry.name).or_insert_with(|| {
                names.push(&entry.name);
                Default::default()
            });
            found[side].push(&entry.value);
        }
    }
    for name in names {
        let [old, new] = values.remove(name).unwrap_or_default().map(|values| joined(&values));
        note(cx, exchange, part, name.clone(), old, new);
    }
    OK
}

fn note(cx: &mut Cx, exchange: u16, part: Part, name: Bytes, before: Option<Bytes>, after: Option<Bytes>) {
    let op = match (&before, &after) {
        (None, None) => return,
        (Some(before), Some(after)) if before == after => return,
        (None, Some(_)) => ChangeOp::Add,
        (Some(_), None) => ChangeOp::Remove,
        (Some(_), Some(_)) => ChangeOp::Replace,
    };
    cx.state().world.trace.change(|event| Change {
        event,
        exchange: Some(exchange),
        part,
        op,
        name,
        before,
        after,
        offset: 0,
    });
}

/// All values of a name, joined as RFC 9110, section 5.2 joins them.
fn values(map: &HeaderMap, name: &KeptName) -> Option<Bytes> {
    let mut values = map.values_of(name);
    let first = values.next()?;
    let Some(second) = values.next() else { return Some(first.clone()) };
    let all: Vec<&[u8]> = [first, second].into_iter().chain(values).map(Bytes::as_ref).collect();
    joined(&all)
}

fn joined(values: &[&[u8]]) -> Option<Bytes> {
    match values {
        [] => None,
        [one] => Some(Bytes::copy_from_slice(one)),
        several => Some(several.join(b", ".as_slice()).into()),
    }
}

fn part(map: MapType) -> Option<Part> {
    match map {
        MapType::RequestHeaders => Some(Part::RequestHeaders),
        MapType::RequestTrailers => Some(Part::RequestTrailers),
        MapType::ResponseHeaders => Some(Part::ResponseHeaders),
        MapType::ResponseTrailers => Some(Part::ResponseTrailers),
        _ => None,
    }
}
