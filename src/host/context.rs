//! Contexts: the numbers by which host and guest speak of plugins and streams.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::StreamId;
use super::cel::Expressions;
use super::properties::Prototype;
use crate::abi::MapType;
use crate::http::HeaderMap;

/// What a context id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Id 0: start functions and the allocator.
    Vm,
    /// A plugin; place in the VM's list of roots.
    Root(usize),
    /// One filter on one stream.
    Stream { root: usize, stream: StreamId, filter: usize },
    /// One filter on one TCP connection.
    Connection { root: usize, connection: usize, filter: usize },
}

/// One plugin in a VM.
#[derive(Clone, Debug)]
pub struct Root {
    pub id: u32,
    /// Place in the chain of the first filter that uses it.
    pub filter: u16,
    pub name: String,
    pub root_id: String,
    pub plugin_config: Bytes,
    /// Whether the guest may read the plugin configuration right now.
    pub config_readable: bool,
    /// Period of the timer in milliseconds; 0: none.
    pub tick_ms: u32,
    /// Counts how often the timer was set.
    pub tick_generation: u32,
    /// What `proxy_get_status` answers.
    pub status: (u32, Bytes),
    /// The part of an answer to a callout that the guest may read right now.
    pub answer: AnswerPart,
    pub state: RootState,
    /// Properties that the plugin declared before setting them.
    pub declared: BTreeMap<Bytes, Prototype>,
    pub expressions: Expressions,
}

/// What of an answer to a callout lies ready, during the callback that brings it.
#[derive(Clone, Debug, Default)]
pub enum AnswerPart {
    #[default]
    Nothing,
    Http {
        headers: HeaderMap,
        body: Bytes,
        trailers: HeaderMap,
    },
    GrpcInitialMetadata(HeaderMap),
    GrpcMessage(Bytes),
    GrpcTrailingMetadata(HeaderMap),
    /// What a name resolves to.
    CallData(Bytes),
}

impl AnswerPart {
    pub fn map(&self, map: MapType) -> Option<&HeaderMap> {
        match (self, map) {
            (Self::Http { headers, .. }, MapType::CalloutHeaders) => Some(headers),
            // An answer without trailers has no such map, not an empty one (recorded case 31-008).
            (Self::Http { trailers, .. }, MapType::CalloutTrailers) if !trailers.is_empty() => Some(trailers),
            (Self::GrpcInitialMetadata(map), MapType::GrpcInitialMetadata) => Some(map),
            (Self::GrpcTrailingMetadata(map), MapType::GrpcTrailingMetadata) => Some(map),
            _ => None,
        }
    }
}

/// How far the life of a plugin is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RootState {
    #[default]
    Alive,
    /// `on_done` answered false: it lives until the guest calls `proxy_done`.
    Parked,
    /// The guest called `proxy_done`; it goes when the callback returns.
    Finished,
    Deleted,
}
