//! Foreign functions: those of Envoy 1.40, one family a file (`host-spec`, sections 2.12 and 4.7).

mod arguments;
mod compression;
mod expressions;
mod signatures;
mod state;

use super::{Answer, Cx, Fault, OK};
use crate::abi::Status;
use crate::host::properties::Stop;
use crate::host::trap::Halt;
use crate::trace::LimitKind;

/// What a function gives: bytes for which the guest's allocator is asked, or nothing at all.
type Output = Result<Option<Vec<u8>>, Fault>;

pub(super) fn call(cx: &mut Cx) -> Answer {
    let name = cx.bytes(0)?;
    let args = cx.bytes(1)?;
    let output = match name.as_slice() {
        b"compress" => compression::compress(cx, &args),
        b"uncompress" => compression::uncompress(cx, &args),
        b"clear_route_cache" => state::clear_route_cache(cx),
        b"set_envoy_filter_state" => state::set_envoy_filter_state(cx, args),
        b"declare_property" => state::declare_property(cx, args),
        b"sign" => signatures::sign(cx, args),
        b"verify_signature" => signatures::verify(cx, args),
        b"expr_create" => expressions::create(cx, args),
        b"expr_evaluate" => expressions::evaluate(cx, &args),
        b"expr_delete" => expressions::delete(cx, &args),
        _ => return Err(Status::NotFound.into()),
    };
    match output {
        Ok(output) => {
            hand_over(cx, output.as_deref())?;
            OK
        }
        // Address and length are stored even then.
        Err(Fault::Answer(status)) => {
            hand_over(cx, None)?;
            Err(Fault::Answer(status))
        }
        Err(trap) => Err(trap),
    }
}

/// Stores address and length of the result where the guest wants them. The allocator is asked also for an empty
/// result, but not for none.
fn hand_over(cx: &mut Cx, output: Option<&[u8]>) -> Result<(), Fault> {
    let address = match output {
        None => 0,
        Some(bytes) => {
            cx.state().world.trace.payload(2, bytes);
            match cx.allocate(bytes) {
                Ok(address) => address,
                Err(Fault::Answer(_)) if bytes.is_empty() => 0,
                Err(fault) => return Err(fault),
            }
        }
    };
    let length = output.map_or(0, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    let (address_at, length_at) = (cx.number(2), cx.second_arg(2));
    for (at, number) in [(address_at, address), (length_at, length)] {
        if at != 0 && !cx.write(at, &number.to_le_bytes()) {
            return Err(Status::InvalidMemoryAccess.into());
        }
    }
    Ok(())
}

impl Cx<'_, '_> {
    /// The end of a call that could not make a value.
    pub(super) fn stopped(&mut self, stop: Stop) -> Fault {
        match stop {
            Stop::Status(status) => status.into(),
            Stop::Room => self.over(LimitKind::TraceBytes),
            Stop::Halt(halt) => Fault::Trap(wasmtime::Error::new(halt)),
        }
    }

    /// Ends the call when the guest's time is over.
    pub(super) fn check_time(&mut self) -> Result<(), Fault> {
        let halt: Option<Halt> = self.state().halt();
        halt.map_or(Ok(()), |halt| Err(Fault::Trap(wasmtime::Error::new(halt))))
    }
}
