//! Metrics (`host-spec`, section 2.10).

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::{MetricKind, Status};
use crate::host::metrics::Update;
use crate::host::world::World;
use crate::trace::{ChangeOp, Finding, Part};

pub(super) fn define(cx: &mut Cx) -> Answer {
    // Envoy reads the name before it looks at the kind.
    let mut name = Bytes::from(cx.bytes(1)?);
    // Dots separate parts of a name; at its end they mean nothing.
    name.truncate(name.len() - name.iter().rev().take_while(|byte| **byte == b'.').count());
    let kind = MetricKind::from_number(cx.number(0)).ok_or(Status::BadArgument)?;
    let state = cx.state();
    state.world.trace.hold(name.len());
    state.world.metrics.define(kind, &name);
    let id = state.metric_ids.define(kind, name);
    cx.put_u32(2, id)?;
    OK
}

/// An id that was never defined is judged by its low two bits.
fn look_up(cx: &mut Cx, unknown_histogram: Status) -> Result<(MetricKind, Bytes), Status> {
    let id = cx.number(0);
    let unknown = match id % 4 {
        0 | 1 => Status::NotFound,
        _ => unknown_histogram,
    };
    cx.state().metric_ids.look_up(id).ok_or(unknown)
}

pub(super) fn increment(cx: &mut Cx) -> Answer {
    let (kind, name) = look_up(cx, Status::BadArgument)?;
    let delta = cx.arg(1) as i64;
    let world = &mut cx.state().world;
    let update = world.metrics.increment(kind, &name, delta)?;
    note(world, name, update);
    OK
}

pub(super) fn record(cx: &mut Cx) -> Answer {
    let (kind, name) = look_up(cx, Status::NotFound)?;
    let value = cx.arg(1);
    let world = &mut cx.state().world;
    let update = world.metrics.record(kind, &name, value);
    note(world, name, update);
    OK
}

pub(super) fn get(cx: &mut Cx) -> Answer {
    let (kind, name) = look_up(cx, Status::BadArgument)?;
    let value = cx.state().world.metrics.get(kind, &name)?;
    cx.put_u64(1, value)?;
    OK
}

fn note(world: &mut World, name: Bytes, update: Update) {
    if update.wrapped {
        world.trace.finding(Finding::GaugeWrapped);
    }
    let shown = |value: u64| Some(Bytes::from(value.to_string()));
    world.note(None, Part::Metric, ChangeOp::Replace, name, shown(update.before), shown(update.after));
}
