//! Shared data and queues (`host-spec`, section 2.9).

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::Status;
use crate::host::Due;
use crate::trace::{ChangeOp, Finding, Part};

pub(super) fn get_data(cx: &mut Cx) -> Answer {
    let key = Bytes::from(cx.bytes(0)?);
    let state = cx.state();
    let (value, cas) = state.world.shared_data.get(&state.vm_id, &key).cloned().ok_or(Status::NotFound)?;
    cx.give(1, &value)?;
    cx.put_u32(2, cas)?;
    OK
}

pub(super) fn set_data(cx: &mut Cx) -> Answer {
    let (key, value) = (Bytes::from(cx.bytes(0)?), Bytes::from(cx.bytes(1)?));
    let cas = cx.number(2);
    let state = cx.state();
    let stored = state.world.shared_data.set(&state.vm_id, key.clone(), value.clone(), cas);
    if matches!(stored, Err(Status::CasMismatch)) {
        state.world.trace.finding(Finding::CasMismatch);
    }
    let before = stored?;
    let op = if before.is_some() { ChangeOp::Replace } else { ChangeOp::Add };
    state.world.note(None, Part::SharedData, op, key, before, Some(value));
    OK
}

pub(super) fn register_queue(cx: &mut Cx) -> Answer {
    let name = Bytes::from(cx.bytes(0)?);
    let state = cx.state();
    let number = state.number;
    state.world.trace.hold(name.len());
    let root = state.acting_root().map_or(0, |root| root.id);
    let token = state.world.queues.register(&state.vm_id, name, (number, root));
    cx.put_u32(1, token)?;
    OK
}

pub(super) fn resolve_queue(cx: &mut Cx) -> Answer {
    let (vm_id, name) = (Bytes::from(cx.bytes(0)?), Bytes::from(cx.bytes(1)?));
    let state = cx.state();
    let vm_id = if vm_id.is_empty() { state.vm_id.clone() } else { vm_id };
    let token = state.world.queues.resolve(&vm_id, &name).ok_or(Status::NotFound)?;
    cx.put_u32(2, token)?;
    OK
}

pub(super) fn enqueue(cx: &mut Cx) -> Answer {
    let queue = cx.number(0);
    let item = Bytes::from(cx.bytes(1)?);
    let world = &mut cx.state().world;
    let (vm, root) = world.queues.enqueue(queue, item.clone())?;
    let name = world.queues.name(queue);
    world.note(None, Part::Queue, ChangeOp::Add, name, None, Some(item));
    // Told later, never inside this callback (host-spec, section 3.8).
    let now = world.now();
    world.schedule.plan(now, Due::QueueReady { vm, root, queue });
    OK
}

pub(super) fn dequeue(cx: &mut Cx) -> Answer {
    let queue = cx.number(0);
    let world = &mut cx.state().world;
    let item = world.queues.dequeue(queue)?;
    let name = world.queues.name(queue);
    world.note(None, Part::Queue, ChangeOp::Remove, name, Some(item.clone()), None);
    // A bad address loses the item, as in Envoy.
    cx.give(1, &item)?;
    OK
}
