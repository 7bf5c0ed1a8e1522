//! `expr_create`, `expr_evaluate` and `expr_delete`.

use super::{Cx, Output};
use crate::abi::Status;
use crate::host::cel::{self, Evaluated, Expressions, Refusal};
use crate::host::context::Context;
use crate::host::properties::{Budget, View};
use crate::trace::{Finding, LimitKind, Unknown};

/// Memory that an expression may take for each byte of its text.
const BYTES_PER_BYTE: usize = 64;

/// The expressions of the plugin whose code runs.
fn expressions<'a>(cx: &'a mut Cx) -> Option<&'a mut Expressions> {
    let state = cx.state();
    match state.contexts.get(&state.current)? {
        Context::Vm => None,
        Context::Root(root) | Context::Stream { root, .. } | Context::Connection { root, .. } => {
            let root = *root;
            state.roots.get_mut(root).map(|root| &mut root.expressions)
        }
    }
}

pub(super) fn create(cx: &mut Cx, text: Vec<u8>) -> Output {
    let text = String::from_utf8(text).map_err(|_| Status::BadArgument)?;
    let held = text.len() * BYTES_PER_BYTE;
    if held > cx.state().world.trace.room() {
        return Err(cx.over(LimitKind::TraceBytes));
    }
    let compiled = cel::compile(&text);
    cx.check_time()?;
    if matches!(compiled, Err(Refusal::Syntax)) {
        return Err(Status::BadArgument.into());
    }
    let token = expressions(cx).ok_or(Status::NotFound)?.next_token();
    match compiled {
        Ok(expression) => {
            cx.state().world.trace.hold(held);
            expressions(cx).ok_or(Status::NotFound)?.insert(token, expression);
            Ok(Some(token.to_le_bytes().to_vec()))
        }
        Err(refusal) => {
            if refusal == Refusal::NotSimulated {
                cx.state().world.trace.finding(Finding::NotKnownHere { what: Unknown::MessageType });
            }
            Err(Status::BadArgument.into())
        }
    }
}

fn token(args: &[u8]) -> Result<u32, Status> {
    args.try_into().map(u32::from_le_bytes).map_err(|_| Status::BadArgument)
}

/// Evaluates on the context whose callback runs, whatever the effective one is.
pub(super) fn evaluate(cx: &mut Cx, args: &[u8]) -> Output {
    let token = token(args)?;
    let expression = expressions(cx).and_then(|all| all.get(token)).ok_or(Status::NotFound)?;
    let state = cx.state();
    let context = state.contexts.get(&state.current).copied().unwrap_or(Context::Vm);
    let view = View::new(state, context);
    let Evaluated { value, missing } = cel::evaluate(&expression, &view, Budget::new(state));
    if let Some(removed) = missing.and_then(|name| state.removed_name(&name)) {
        let finding = Finding::RemovedProperty { name: removed.name, now: removed.now };
        cx.state().world.trace.finding(finding);
    }
    match value {
        Ok(bytes) => Ok(Some(bytes.to_vec())),
        Err(stop) => Err(cx.stopped(stop)),
    }
}

pub(super) fn delete(cx: &mut Cx, args: &[u8]) -> Output {
    let token = token(args)?;
    if let Some(all) = expressions(cx) {
        all.remove(token);
    }
    Ok(None)
}
