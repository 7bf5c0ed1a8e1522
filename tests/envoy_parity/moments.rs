//! What a moment shows is what the filter found: each read and write of a recorded script is held against it.

use filterlab::abi::{BufferType, Callback, HostCall, MapType, Status};
use filterlab::trace::{Acting, Area, EventId, Trace};
use filterlab::view::call::{self, CallView, DecodedValue};
use filterlab::view::moment::{self, Access, Answers};

use crate::compare::{Difference, Differences};

pub fn check(trace: &Trace) -> Vec<Difference> {
    let mut found = Differences::at("moments");
    for (event, _) in trace.numbered() {
        let Some(call) = call::decode(trace, event) else { continue };
        let Some(access) = moment::access(trace, event) else { continue };
        let name = format!("#{} {}", call.number, call.name);
        match call.call {
            HostCall::GetHeaderMapPairs => pairs(&mut found, &name, trace, &call, &access),
            HostCall::GetHeaderMapValue => reach(&mut found, &name, trace, &call, &access),
            HostCall::GetBufferBytes => bytes(&mut found, &name, trace, &call, &access),
            HostCall::AddHeaderMapValue | HostCall::RemoveHeaderMapValue => {
                writes(&mut found, &name, trace, &call, &access);
            }
            _ => {}
        }
    }
    found.found
}

/// The area that the first argument means.
fn area(trace: &Trace, event: EventId, is_map: bool) -> Option<Area> {
    let number = u32::try_from(*trace.args(event).first()?).ok()?;
    Some(if is_map {
        match MapType::from_number(number)? {
            MapType::RequestHeaders => Area::RequestHeaders,
            MapType::RequestTrailers => Area::RequestTrailers,
            MapType::ResponseHeaders => Area::ResponseHeaders,
            MapType::ResponseTrailers => Area::ResponseTrailers,
            MapType::CalloutHeaders => Area::CalloutHeaders,
            MapType::CalloutTrailers => Area::CalloutTrailers,
            MapType::GrpcInitialMetadata => Area::GrpcInitialMetadata,
            MapType::GrpcTrailingMetadata => Area::GrpcTrailingMetadata,
        }
    } else {
        match BufferType::from_number(number)? {
            BufferType::RequestBody => Area::RequestBody,
            BufferType::ResponseBody => Area::ResponseBody,
            _ => return None,
        }
    })
}

fn exchange(access: &Access) -> Option<u16> {
    match access.acting {
        Acting::Stream { exchange } => Some(exchange),
        _ => None,
    }
}

fn can(access: &Access, area: Area) -> bool {
    access.within.iter().any(|within| within.area == area)
}

fn answers(access: &Access, area: Area) -> Option<Answers> {
    access.beyond.iter().find(|beyond| beyond.area == area).map(|beyond| beyond.answers)
}

fn pairs(found: &mut Differences, name: &str, trace: &Trace, call: &CallView, access: &Access) {
    let Some(DecodedValue::Pairs(got)) = call.stored("pairs") else { return };
    let Some(area) = area(trace, call.event, true).filter(|area| can(access, *area)) else {
        found.check(name, &true, &got.is_empty());
        return;
    };
    let Some(part) = area.part() else { return };
    let Some(exchange) = exchange(access) else { return };
    let map = moment::headers(trace, exchange, part, call.event);
    let shown: Vec<_> = map
        .iter()
        .flat_map(|map| map.entries())
        .map(|entry| (entry.name.clone(), entry.value.clone()))
        .collect();
    found.check(name, got, &shown);
}

fn reach(found: &mut Differences, name: &str, trace: &Trace, call: &CallView, access: &Access) {
    let Some(area) = area(trace, call.event, true) else { return };
    let says = answers(access, area).map(Answers::name);
    if call.status == Status::BadArgument.name() {
        // What is not listed is not there either.
        found.check(
            name,
            &true,
            &(says.is_none_or(|says| says == "BadArgument") && !can(access, area)
                || is_created(access, area)),
        );
    } else if call.status == Status::Ok.name() {
        // ABI 0.1.0 reads nothing with Ok while it logs.
        let is_empty = call.stored("value").is_none_or(|value| length(value) == 0);
        found.check(name, &true, &(can(access, area) || is_empty && access.callback == Callback::Log));
    }
}

/// Trailers that the first write would make cannot be read before.
fn is_created(access: &Access, area: Area) -> bool {
    access.within.iter().any(|within| within.area == area && within.can == moment::Can::Create)
}

fn bytes(found: &mut Differences, name: &str, trace: &Trace, call: &CallView, access: &Access) {
    let Some(area) = area(trace, call.event, false) else { return };
    let (Some(part), Some(exchange)) = (area.part(), exchange(access)) else { return };
    let Some(DecodedValue::Bytes(got)) = call.stored("bytes") else { return };
    if got.is_cut() || got.bytes.is_empty() {
        return;
    }
    let start = trace.args(call.event).get(1).map_or(0, |start| *start as usize);
    let whole = moment::body(trace, exchange, part, call.event);
    let shown = whole.get(start..start + got.bytes.len()).unwrap_or_default();
    found.check(name, &got.bytes.as_ref(), &shown);
    let size = moment::body_size(trace, exchange, part, call.event);
    found.check(name, &(whole.len() as u64), &size);
    found.check(name, &true, &can(access, area));
}

fn length(value: &DecodedValue) -> usize {
    match value {
        DecodedValue::Bytes(blob) => blob.full_len,
        _ => 0,
    }
}

fn writes(found: &mut Differences, name: &str, trace: &Trace, call: &CallView, access: &Access) {
    let Some(area) = area(trace, call.event, true).filter(|area| area.part().is_some()) else { return };
    if access.callback == Callback::Log {
        return;
    }
    if call.status == Status::Ok.name() {
        let is_writable =
            access.within.iter().any(|within| within.area == area && within.can != moment::Can::Read);
        found.check(name, &true, &is_writable);
    } else if call.status == Status::BadArgument.name() {
        let is_writable =
            access.within.iter().any(|within| within.area == area && within.can == moment::Can::ReadAndWrite);
        found.check(name, &false, &is_writable);
    }
}
