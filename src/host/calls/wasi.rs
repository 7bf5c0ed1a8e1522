//! WASI as Envoy has it: file descriptors 1 and 2 are logs, there are no files, the clock is the run's
//! (`host-spec`, section 1.5).

use super::logging::log_output;
use super::{Answer, Cx, Fault, OK};
use crate::abi::{HostCall, LogLevel};
use crate::trace::{Channel, Finding, LimitKind};

/// Errno of a function that the embedding does not allow.
pub(super) const NOT_CAPABLE: u32 = 76;

const BADF: u32 = 8;
const NOTDIR: u32 = 20;
const FAULT: u32 = 21;
const INVAL: u32 = 28;
const NOENT: u32 = 44;
const NOSYS: u32 = 52;
const NOTSUP: u32 = 58;

/// What the monotonic clock shows when a run begins, in nanoseconds. Go's runtime takes a zero for a broken clock.
const MONOTONIC_START: u64 = 3_600_000_000_000;

/// Longest answer of `random_get` in bytes.
const MAX_RANDOM: u32 = 65536;

pub(super) fn run(call: HostCall, cx: &mut Cx) -> Answer {
    use HostCall::*;
    match call {
        FdWrite => write(cx, 3),
        FdPwrite => write(cx, 4),
        FdRead | FdPread | FdFdstatSetFlags | FdPrestatDirName => Ok(NOSYS),
        FdSeek | FdClose | FdAdvise | SchedYield | ArgsGet => OK,
        FdTell => {
            output_only(cx)?;
            store(cx, 1, &0u64.to_le_bytes())
        }
        FdSync | FdDatasync | FdFdstatSetRights | FdFilestatSetSize | FdFilestatSetTimes | FdAllocate => {
            output_only(cx)?;
            OK
        }
        FdFdstatGet => {
            output_only(cx)?;
            let mut stat = [0; 24];
            // rights: fd_write
            stat[8] = 64;
            let address = cx.number(1);
            cx.write(address, &stat);
            OK
        }
        FdFilestatGet | FdPrestatGet => Ok(BADF),
        FdReaddir => store(cx, 4, &0u32.to_le_bytes()).and(Ok(NOTDIR)),
        FdRenumber => {
            let known = |fd| matches!(fd, 1 | 2);
            Ok(if known(cx.number(0)) && known(cx.number(1)) { NOTSUP } else { BADF })
        }
        PathOpen => Ok(NOENT),
        PathReadlink => store(cx, 4, &0u32.to_le_bytes()).and(Ok(NOTSUP)),
        SockAccept => store(cx, 2, &0u64.to_le_bytes()).and(Ok(NOTSUP)),
        SockRecv => {
            store(cx, 4, &0u32.to_le_bytes())?;
            let flags = cx.number(5);
            if cx.write(flags, &0u16.to_le_bytes()) { Ok(NOTSUP) } else { Ok(FAULT) }
        }
        SockSend => store(cx, 4, &0u32.to_le_bytes()).and(Ok(NOTSUP)),
        EnvironSizesGet => {
            let variables = &cx.state().env;
            let count = variables.len() as u32;
            let size =
                variables.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>() as u32;
            store(cx, 0, &count.to_le_bytes())?;
            store(cx, 1, &size.to_le_bytes())
        }
        EnvironGet => environment(cx),
        ArgsSizesGet => {
            store(cx, 0, &0u32.to_le_bytes())?;
            store(cx, 1, &0u32.to_le_bytes())
        }
        ClockTimeGet => {
            let clock = cx.number(0);
            let world = &mut cx.state().world;
            let time = match clock {
                // Envoy's clock moves in steps of a microsecond.
                0 => world.started.0.saturating_add(world.read_clock()) / 1000 * 1000,
                1 => MONOTONIC_START.saturating_add(world.read_clock()),
                _ => return Ok(NOTSUP),
            };
            store(cx, 2, &time.to_le_bytes())
        }
        ClockResGet => match cx.number(0) {
            0 | 1 => store(cx, 1, &1u64.to_le_bytes()),
            _ => Ok(NOTSUP),
        },
        RandomGet => random(cx),
        PollOneoff => store(cx, 3, &0u32.to_le_bytes()),
        ProcExit => {
            // It returns to the guest; guests trap right after it, and the report names the code.
            let code = cx.number(0);
            let state = cx.state();
            state.exit_code = Some(code);
            state.world.trace.finding(Finding::ExitInCallback { code });
            OK
        }
        _ => Ok(NOTSUP),
    }
}

/// Lets only file descriptors 1 and 2 pass.
fn output_only(cx: &Cx) -> Result<(), Fault> {
    if matches!(cx.number(0), 1 | 2) { Ok(()) } else { Err(Fault::Answer(BADF)) }
}

fn store(cx: &mut Cx, param: usize, bytes: &[u8]) -> Answer {
    cx.put(param, bytes).map_err(|_| Fault::Answer(FAULT))?;
    OK
}

fn write(cx: &mut Cx, written_param: usize) -> Answer {
    let (level, channel) = match cx.number(0) {
        1 => (LogLevel::Info, Channel::Stdout),
        2 => (LogLevel::Error, Channel::Stderr),
        _ => return Ok(BADF),
    };
    let (vectors, count) = (cx.number(1), cx.number(2));
    let message = gather(cx, vectors, count)?;
    let written = message.len() as u32;
    if !message.is_empty() {
        let line = message.strip_suffix(b"\n").unwrap_or(&message);
        log_output(cx, level, channel, line)?;
    }
    store(cx, written_param, &written.to_le_bytes())
}

/// The bytes of all vectors. Vectors may overlap, so a small memory can name more bytes than any machine has: what goes
/// beyond the log's limit ends the run.
fn gather(cx: &mut Cx, vectors: u32, count: u32) -> Result<Vec<u8>, Fault> {
    const BAD: Fault = Fault::Answer(FAULT);
    let most = cx.state().world.trace.log_room();
    let mut message = Vec::new();
    for index in 0..count {
        let vector = index.checked_mul(8).and_then(|offset| vectors.checked_add(offset)).ok_or(BAD)?;
        let length_at = vector.checked_add(4).ok_or(BAD)?;
        let (address, length) = (cx.read_u32(vector).ok_or(BAD)?, cx.read_u32(length_at).ok_or(BAD)?);
        if length > 0 {
            let bytes = cx.slice(address, length).ok_or(BAD)?;
            if message.len() + bytes.len() > most {
                return Err(cx.over(LimitKind::LogBytes));
            }
            message.extend_from_slice(bytes);
        }
    }
    Ok(message)
}

fn environment(cx: &mut Cx) -> Answer {
    let (mut array, mut buffer) = (cx.number(0), cx.number(1));
    for (name, value) in cx.state().env.clone() {
        let line = format!("{name}={value}\0");
        if !cx.write(array, &buffer.to_le_bytes()) || !cx.write(buffer, line.as_bytes()) {
            return Ok(FAULT);
        }
        array = array.wrapping_add(4);
        buffer = buffer.wrapping_add(line.len() as u32);
    }
    OK
}

fn random(cx: &mut Cx) -> Answer {
    let (address, length) = (cx.number(0), cx.number(1));
    if length > MAX_RANDOM {
        return Ok(INVAL);
    }
    let mut bytes = Vec::with_capacity(length as usize + 8);
    while bytes.len() < length as usize {
        bytes.extend(cx.state().world.next_random().to_le_bytes());
    }
    bytes.truncate(length as usize);
    if length == 0 || cx.write(address, &bytes) { OK } else { Ok(FAULT) }
}
