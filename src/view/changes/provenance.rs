//! Who wrote what: the host calls behind each difference.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::rebuild;
use crate::abi::{Callback, HostCall, MapType, Status, pairs};
use crate::trace::{Change, Event, EventId, EventKind, Part, Returned, Step, StreamAction, Trace};

/// A host call that wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    pub event: EventId,
    /// As shown: `#16`.
    pub number: u32,
    pub call: HostCall,
    /// The callback in which it was made, with its event.
    pub callback: Option<(Callback, EventId)>,
    /// Which of how many callbacks of this kind that was for the stream, from 1: the chunk of a body.
    pub turn: (u32, u32),
}

/// An index of all writes of one exchange.
pub(in crate::view) struct Provenance<'a> {
    trace: &'a Trace,
    changes: BTreeMap<Part, Vec<&'a Change>>,
    by_name: BTreeMap<(Part, Bytes), Vec<EventId>>,
    /// Headers that were added, by their value.
    added: BTreeMap<(Part, Bytes, Bytes), Vec<EventId>>,
    /// Writes that changed no value but may have moved a header.
    touched: BTreeMap<(Part, Bytes), Vec<EventId>>,
    /// Headers that were removed or replaced at some time.
    put_anew: BTreeSet<(Part, Bytes)>,
    turns: BTreeMap<EventId, (u32, u32)>,
    local_reply: Option<EventId>,
    local_names: BTreeSet<Bytes>,
    /// The local reply was made, not refused because the stream had ended.
    is_answered: bool,
}

impl<'a> Provenance<'a> {
    pub(in crate::view) fn new(trace: &'a Trace, exchange: usize) -> Self {
        let mut changes: BTreeMap<Part, Vec<&Change>> = BTreeMap::new();
        let mut by_name: BTreeMap<(Part, Bytes), Vec<EventId>> = BTreeMap::new();
        let mut added: BTreeMap<_, Vec<EventId>> = BTreeMap::new();
        let mut put_anew = BTreeSet::new();
        for change in
            trace.changes().iter().filter(|change| change.exchange.map(usize::from) == Some(exchange))
        {
            changes.entry(change.part).or_default().push(change);
            let value = match (&change.before, &change.after) {
                (Some(before), Some(after)) => {
                    rebuild::grown(before, after).map(|grown| after.slice_ref(grown))
                }
                (None, Some(after)) => Some(after.clone()),
                (_, None) => None,
            };
            match value {
                // Pieces of a body have no name.
                Some(_) if change.name.is_empty() => {}
                Some(value) => {
                    added.entry((change.part, change.name.clone(), value)).or_default().push(change.event);
                }
                None => {
                    put_anew.insert((change.part, change.name.clone()));
                }
            }
            let events = by_name.entry((change.part, change.name.clone())).or_default();
            if events.last() != Some(&change.event) {
                events.push(change.event);
            }
        }
        let mut found = Self {
            trace,
            changes,
            by_name,
            added,
            touched: BTreeMap::new(),
            put_anew,
            turns: turns(trace),
            local_reply: None,
            local_names: BTreeSet::new(),
            is_answered: false,
        };
        found.read_calls(exchange);
        found
    }

    /// Reads from the calls themselves what is not in the list of changes.
    fn read_calls(&mut self, exchange: usize) {
        let mut current = None;
        for (id, event) in self.trace.numbered() {
            match event.kind {
                EventKind::Step(Step::RequestHeaders { exchange }) => current = Some(usize::from(exchange)),
                EventKind::Stream(StreamAction::LocalReply { filter: Some(_), .. })
                    if current == Some(exchange) =>
                {
                    self.is_answered = true;
                }
                EventKind::Call { call, returned, .. } if current == Some(exchange) && is_ok(returned) => {
                    self.read_call(id, call);
                }
                _ => {}
            }
        }
    }

    fn read_call(&mut self, id: EventId, call: HostCall) {
        let payload =
            |param: usize| self.trace.payload(id, param).map(|(_, bytes)| bytes).unwrap_or_default();
        let part = || self.trace.args(id).first().and_then(|map| part_of(u32::try_from(*map).ok()?));
        match call {
            HostCall::ReplaceHeaderMapValue => {
                if let Some(part) = part() {
                    let name = canonical(part, payload(1));
                    self.touched.entry((part, name)).or_default().push(id);
                }
            }
            HostCall::SetHeaderMapPairs => {
                let Some(part) = part() else { return };
                for (name, _) in pairs::decode(payload(1)).unwrap_or_default() {
                    self.touched.entry((part, canonical(part, &name))).or_default().push(id);
                }
            }
            HostCall::SendLocalResponse if self.local_reply.is_none() => {
                let headers = pairs::decode(payload(3)).unwrap_or_default();
                self.local_names =
                    headers.iter().map(|(name, _)| canonical(Part::ResponseHeaders, name)).collect();
                self.local_names.insert(Bytes::from_static(b":status"));
                self.local_reply = Some(id);
            }
            _ => {}
        }
    }

    /// The changes of a part in order.
    pub(super) fn changes(&self, part: Part) -> &[&'a Change] {
        self.changes.get(&part).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a header was written in a way that can move it: replaced or removed, not only added to.
    pub(in crate::view) fn may_move(&self, part: Part, name: &[u8]) -> bool {
        let key = (part, Bytes::copy_from_slice(name));
        self.touched.contains_key(&key) || self.put_anew.contains(&key)
    }

    /// The calls that changed a header.
    pub(in crate::view) fn writers(&self, part: Part, name: &Bytes) -> Vec<Writer> {
        let events = self.by_name.get(&(part, name.clone()));
        events.map(Vec::as_slice).unwrap_or_default().iter().filter_map(|event| self.writer(*event)).collect()
    }

    /// The calls that added a header with this value. All that changed the name where they cannot be told apart: it was
    /// replaced or removed at some time, or none of them added just this.
    pub(super) fn writers_of_added(&self, part: Part, name: &Bytes, value: &[u8]) -> Vec<Writer> {
        if self.put_anew.contains(&(part, name.clone())) {
            return self.writers(part, name);
        }
        let key = (part, name.clone(), Bytes::copy_from_slice(value));
        let own = self.added.get(&key).map(Vec::as_slice).unwrap_or_default();
        match own {
            [] => self.writers(part, name),
            own => own.iter().filter_map(|event| self.writer(*event)).collect(),
        }
    }

    /// The calls that wrote a header, those included that left its value as it was.
    pub(super) fn touched(&self, part: Part, name: &Bytes) -> Vec<Writer> {
        let key = (part, name.clone());
        let both = [self.by_name.get(&key), self.touched.get(&key)];
        let mut events: Vec<EventId> = both.into_iter().flatten().flatten().copied().collect();
        events.sort_unstable();
        events.dedup();
        events.into_iter().filter_map(|event| self.writer(event)).collect()
    }

    /// All calls that changed a part.
    pub(in crate::view) fn all(&self, part: Part) -> Vec<Writer> {
        let mut events: Vec<EventId> = self.changes(part).iter().map(|change| change.event).collect();
        events.dedup();
        events.into_iter().filter_map(|event| self.writer(event)).collect()
    }

    /// The call by which a filter answered the request itself.
    pub(in crate::view) fn local_reply(&self) -> Option<Writer> {
        self.writer(self.local_reply.filter(|_| self.is_answered)?)
    }

    /// Whether that call wrote this header.
    pub(in crate::view) fn is_of_local_reply(&self, name: &Bytes) -> bool {
        self.local_names.contains(name)
    }

    fn writer(&self, event: EventId) -> Option<Writer> {
        let (call, number) = self.trace.call_of(event)?;
        let callback = callback_around(self.trace, event);
        let turn = callback.and_then(|(_, id)| self.turns.get(&id).copied()).unwrap_or((1, 1));
        Some(Writer { event, number, call, callback, turn })
    }
}

/// The innermost callback in which something happened, the allocator left out.
pub(in crate::view) fn callback_around(trace: &Trace, event: EventId) -> Option<(Callback, EventId)> {
    let mut at = trace.event(event)?.parent;
    while let Some(id) = at {
        let Event { kind, parent, .. } = trace.event(id)?;
        match kind {
            EventKind::Callback { callback, .. }
                if !matches!(callback, Callback::Malloc | Callback::MemoryAllocate) =>
            {
                return Some((*callback, id));
            }
            _ => at = *parent,
        }
    }
    None
}

/// For body callbacks: which of how many of its stream it is.
fn turns(trace: &Trace) -> BTreeMap<EventId, (u32, u32)> {
    let mut streams: BTreeMap<(Callback, u16, u64), Vec<EventId>> = BTreeMap::new();
    for (id, event) in trace.numbered() {
        if let EventKind::Callback {
            callback:
                callback @ (Callback::RequestBody
                | Callback::ResponseBody
                | Callback::DownstreamData
                | Callback::UpstreamData),
            filter,
            ..
        } = event.kind
        {
            let context = trace.args(id).first().copied().unwrap_or_default();
            streams.entry((callback, filter, context)).or_default().push(id);
        }
    }
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    streams
        .into_values()
        .flat_map(|ids| {
            let of = small(ids.len());
            ids.into_iter().enumerate().map(move |(index, id)| (id, (small(index + 1), of)))
        })
        .collect()
}

fn is_ok(returned: Returned) -> bool {
    returned == Returned::Number(Status::Ok.number())
}

fn part_of(map: u32) -> Option<Part> {
    match MapType::from_number(map)? {
        MapType::RequestHeaders => Some(Part::RequestHeaders),
        MapType::RequestTrailers => Some(Part::RequestTrailers),
        MapType::ResponseHeaders => Some(Part::ResponseHeaders),
        MapType::ResponseTrailers => Some(Part::ResponseTrailers),
        _ => None,
    }
}

/// The name under which a map keeps a header.
fn canonical(part: Part, name: &[u8]) -> Bytes {
    crate::http::HeaderMap::new(super::build::kind_of(part)).kept_name(name).bytes
}
