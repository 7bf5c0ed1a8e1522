//! Log lines and the clock (`host-spec`, section 2.1).

use super::{Answer, Cx, Fault, OK};
use crate::abi::{LogLevel, Status};
use crate::trace::Channel;

pub(super) fn log(cx: &mut Cx) -> Answer {
    let level = LogLevel::from_number(cx.number(0)).ok_or(Status::BadArgument)?;
    // Unlike other calls, an empty message at a bad address is refused.
    let (address, length) = (cx.number(1), cx.second_arg(1));
    let (message, state) = cx.lend(address, length)?;
    let (filter, context) = (state.acting_filter(), state.current);
    state.world.trace.log(level, Channel::Log, filter, context, message);
    OK
}

pub(super) fn get_log_level(cx: &mut Cx) -> Answer {
    let level = cx.state().world.log_level.unwrap_or(LogLevel::Info);
    cx.put_u32(0, level.number())?;
    OK
}

pub(super) fn get_current_time(cx: &mut Cx) -> Answer {
    let world = &mut cx.state().world;
    let time = world.started.0.saturating_add(world.read_clock());
    cx.put_u64(0, time)?;
    OK
}

/// What file descriptors 1 and 2 write.
pub(super) fn log_output(
    cx: &mut Cx,
    level: LogLevel,
    channel: Channel,
    message: &[u8],
) -> Result<(), Fault> {
    let state = cx.state();
    let (filter, context) = (state.acting_filter(), state.current);
    state.world.trace.log(level, channel, filter, context, message);
    Ok(())
}
