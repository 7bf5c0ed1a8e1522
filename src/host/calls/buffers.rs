//! Buffers: bodies and configurations (`host-spec`, sections 2.6 and 5.4).

use std::ops::Range;

use bytes::Bytes;

use super::{Answer, Cx, OK};
use crate::abi::{BufferType, Status};
use crate::host::context::{AnswerPart, Context};
use crate::host::vm::VmState;
use crate::http::HeaderMap;
use crate::trace::{Change, ChangeOp, Direction, Finding, Part};

fn buffer_type(cx: &Cx) -> Result<BufferType, Status> {
    BufferType::from_number(cx.number(0)).ok_or(Status::BadArgument)
}

impl VmState {
    /// A buffer for reading. Most that are not there now behave as empty ones; some as missing.
    fn buffer(&mut self, buffer: BufferType) -> Result<&[u8], Status> {
        let context = self.acting_id();
        let repeats = buffer == BufferType::CallData;
        let buffer = match buffer {
            BufferType::CallData if !matches!(self.answer_part(), AnswerPart::CallData(_)) => {
                self.last_buffers.get(&context).copied().unwrap_or(buffer)
            }
            BufferType::CallData => buffer,
            BufferType::CalloutBody if !matches!(self.answer_part(), AnswerPart::Http { .. }) => buffer,
            BufferType::PluginConfiguration if !self.reads_configuration() => buffer,
            _ => {
                self.last_buffers.insert(context, buffer);
                buffer
            }
        };
        match buffer {
            BufferType::RequestBody | BufferType::ResponseBody => match self.acting_stream() {
                Some((stream, filter)) => {
                    let facts = self.world.stream(stream);
                    Ok(facts.map(|facts| facts.stream.body(filter, buffer)).unwrap_or_default())
                }
                None => Ok(&[]),
            },
            BufferType::DownstreamData | BufferType::UpstreamData => Ok(self.data(buffer)),
            BufferType::VmConfiguration => Ok(&self.vm_config),
            BufferType::PluginConfiguration => match self.acting_root() {
                Some(root) if root.config_readable || repeats => Ok(&root.plugin_config),
                _ => Err(Status::NotFound),
            },
            BufferType::CalloutBody => match self.answer_part() {
                AnswerPart::Http { body, .. } => Ok(body),
                _ if repeats => Ok(&[]),
                _ => Err(Status::NotFound),
            },
            BufferType::GrpcMessage => match self.answer_part() {
                AnswerPart::GrpcMessage(message) => Ok(message),
                _ => Ok(&[]),
            },
            BufferType::CallData => match self.answer_part() {
                AnswerPart::CallData(data) => Ok(data),
                _ => Ok(&[]),
            },
        }
    }
}

impl VmState {
    fn reads_configuration(&mut self) -> bool {
        self.acting_root().is_some_and(|root| root.config_readable)
    }

    /// Bytes that may be changed, with the number of their exchange.
    fn writable(&mut self, buffer: BufferType) -> Option<(&mut Vec<u8>, u16)> {
        if let Some(direction) = direction(buffer) {
            let (connection, filter) = self.acting_connection()?;
            let facts = self.world.connections.get_mut(connection)?;
            let number = u16::try_from(connection).unwrap_or(u16::MAX);
            return Some((facts.connection.data_mut(filter, direction)?, number));
        }
        let (stream, filter) = self.acting_stream()?;
        let facts = self.world.streams.get_mut(stream as usize)?;
        let exchange = facts.exchange;
        Some((facts.stream.body_mut(filter, buffer)?, exchange))
    }

    /// The direction of a body that is none: its message has none, nor can get one.
    fn bodiless(&self, buffer: BufferType) -> Option<Direction> {
        let direction = match buffer {
            BufferType::RequestBody => Direction::Request,
            BufferType::ResponseBody => Direction::Response,
            _ => return None,
        };
        let (stream, _) = self.acting_stream()?;
        self.world.stream(stream)?.stream.is_bodiless(direction).then_some(direction)
    }

    /// What the acting filter has in hands of a TCP connection.
    fn data(&self, buffer: BufferType) -> &[u8] {
        let found = self.acting_connection().and_then(|(connection, filter)| {
            let facts = self.world.connections.get(connection)?;
            Some(facts.connection.data(filter, direction(buffer)?))
        });
        found.unwrap_or_default()
    }
}

/// The direction of a TCP connection whose bytes a buffer holds.
fn direction(buffer: BufferType) -> Option<Direction> {
    match buffer {
        BufferType::DownstreamData => Some(Direction::Request),
        BufferType::UpstreamData => Some(Direction::Response),
        _ => None,
    }
}

/// Reports a body whose last piece the filter let go without a buffer.
fn note_lost(state: &mut VmState, buffer: BufferType) {
    let Some((stream, filter)) = state.acting_stream() else { return };
    if state.world.stream(stream).is_some_and(|facts| facts.stream.has_lost_piece(filter, buffer)) {
        state.world.trace.finding(Finding::PieceIsGone);
    }
}

pub(super) fn get_bytes(cx: &mut Cx) -> Answer {
    let buffer = buffer_type(cx)?;
    note_lost(cx.state(), buffer);
    let (start, max) = (cx.number(1) as usize, cx.number(2) as usize);
    let bytes = cx.state().buffer(buffer)?;
    let end = start.saturating_add(max).min(bytes.len());
    let part = bytes.get(start..end).unwrap_or_default().to_vec();
    if !part.is_empty() {
        note_read(cx.state(), buffer, start..end);
    }
    cx.give(3, &part)?;
    OK
}

/// Reports what is easily misread about a body that the filter reads: each once for a message.
fn note_read(state: &mut VmState, buffer: BufferType, range: Range<usize>) {
    let direction = match buffer {
        BufferType::RequestBody => Direction::Request,
        BufferType::ResponseBody => Direction::Response,
        _ => return,
    };
    let Some((stream, filter)) = state.acting_stream() else { return };
    let Some(facts) = state.world.streams.get_mut(stream as usize) else { return };
    let size = facts.stream.body(filter, buffer).len() as u64;
    let side = facts.stream.side(direction);
    let (received, is_compressed) = (side.received, side.headers.as_ref().is_some_and(is_compressed));
    let reads = facts.body_reads.entry((filter, direction)).or_default();
    let findings = [
        reads.read(received, size, range).then_some(Finding::BodyReadAgain { direction }),
        (is_compressed && !std::mem::replace(&mut reads.saw_compressed, true))
            .then_some(Finding::CompressedBody { direction }),
    ];
    findings.into_iter().flatten().for_each(|finding| {
        state.world.trace.finding(finding);
    });
}

/// Whether headers declare a body that is no plain text (RFC 9110, section 8.4).
fn is_compressed(headers: &HeaderMap) -> bool {
    headers.text("content-encoding").is_some_and(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
}

pub(super) fn get_status(cx: &mut Cx) -> Answer {
    let buffer = buffer_type(cx)?;
    note_lost(cx.state(), buffer);
    let size = cx.state().buffer(buffer)?.len();
    cx.put_u32(1, u32::try_from(size).unwrap_or(u32::MAX))?;
    cx.put_u32(2, 0)?;
    OK
}

pub(super) fn set_bytes(cx: &mut Cx) -> Answer {
    let buffer = buffer_type(cx)?;
    note_lost(cx.state(), buffer);
    cx.state().buffer(buffer)?;
    let data = cx.bytes(3)?;
    let (start, length) = (cx.number(1) as usize, cx.number(2) as usize);
    let part = match buffer {
        BufferType::RequestBody => Part::RequestBody,
        BufferType::ResponseBody => Part::ResponseBody,
        BufferType::DownstreamData => Part::DownstreamData,
        BufferType::UpstreamData => Part::UpstreamData,
        BufferType::GrpcMessage => return set_message(cx, start, length, &data),
        _ => return Err(Status::BadArgument.into()),
    };
    let state = cx.state();
    let Some((body, exchange)) = state.writable(buffer) else {
        if let Some(direction) = state.bodiless(buffer) {
            state.world.trace.finding(Finding::BodyForBodiless { direction });
        }
        return Err(Status::BadArgument.into());
    };
    let Ok(range) = replaced(body.len(), start, length) else {
        if let Some(direction) = part.direction() {
            state.world.trace.finding(Finding::PartOfBody { direction });
        }
        return Err(Status::BadArgument.into());
    };
    let offset = range.start as u64;
    let taken = Bytes::copy_from_slice(&body[range.clone()]);
    body.splice(range, data.iter().copied());
    let op = match (taken.is_empty(), data.is_empty()) {
        (true, true) => return OK,
        (true, false) => ChangeOp::Add,
        (false, true) => ChangeOp::Remove,
        (false, false) => ChangeOp::Replace,
    };
    if taken == data {
        return OK;
    }
    if let (Some((stream, filter)), Some(direction)) = (state.acting_stream(), part.direction())
        && let Some(facts) = state.world.streams.get_mut(stream as usize)
    {
        facts.body_reads.entry((filter, direction)).or_default().changed();
    }
    state.world.trace.change(|event| Change {
        event,
        exchange: Some(exchange),
        part,
        op,
        name: Bytes::new(),
        before: (!taken.is_empty()).then_some(taken),
        after: (!data.is_empty()).then(|| data.into()),
        offset,
    });
    OK
}

/// Which bytes of a buffer a write takes the place of: its head, or none at its end.
fn replaced(size: usize, start: usize, length: usize) -> Result<std::ops::Range<usize>, Status> {
    match start {
        0 => Ok(0..length.min(size)),
        start if start >= size => Ok(size..size),
        _ => Err(Status::BadArgument),
    }
}

/// The message of a gRPC callout can be written to, though nobody but the filter sees it (recorded case 20-001).
fn set_message(cx: &mut Cx, start: usize, length: usize, data: &[u8]) -> Answer {
    let root = cx.state().acting_root();
    let Some(AnswerPart::GrpcMessage(message)) = root.map(|root| &mut root.answer) else {
        return Err(Status::BadArgument.into());
    };
    let range = replaced(message.len(), start, length)?;
    let mut bytes = message.to_vec();
    bytes.splice(range, data.iter().copied());
    *message = bytes.into();
    OK
}

/// ABI 0.1.0 only: the plugin configuration while it is readable, else the VM configuration.
pub(super) fn get_configuration(cx: &mut Cx) -> Answer {
    let state = cx.state();
    let is_root = matches!(state.acting(), Context::Root(_));
    let plugin = state.acting_root().filter(|root| is_root && root.config_readable);
    let configuration = match plugin {
        Some(root) => root.plugin_config.clone(),
        None => state.vm_config.clone(),
    };
    cx.give(0, &configuration)?;
    OK
}
