//! Expressions in the Common Expression Language, as Envoy's foreign functions `expr_*` run them.
//!
//! The `cel` crate reads the text, with its literals and macros. What an expression means is decided here, because a
//! filter must see the answers of Envoy's `cel-cpp`: attributes that are found lazily, its conversions and texts, errors
//! as one status, 10,000 rounds of all loops together. Work and bytes are bounded by the run's own limits.

mod compile;
mod eval;
mod functions;
mod numbers;
mod re2;
mod time;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use compile::{Expr, Refusal, compile};
pub(super) use eval::{Evaluated, evaluate};
pub use re2::regex as re2;

/// The expressions of one plugin, by token.
#[derive(Clone, Debug, Default)]
pub struct Expressions {
    all: BTreeMap<u32, Arc<Expr>>,
    next: u32,
}

impl Expressions {
    /// The next token. One is used up even when the expression turns out to be wrong, as in Envoy.
    pub(super) fn next_token(&mut self) -> u32 {
        let token = self.next;
        self.next = self.next.wrapping_add(1);
        token
    }

    pub(super) fn insert(&mut self, token: u32, expression: Expr) {
        self.all.insert(token, Arc::new(expression));
    }

    pub(super) fn get(&self, token: u32) -> Option<Arc<Expr>> {
        self.all.get(&token).cloned()
    }

    pub(super) fn remove(&mut self, token: u32) {
        self.all.remove(&token);
    }
}
