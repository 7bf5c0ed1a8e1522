//! The Proxy-Wasm vocabulary as data: statuses, enumerations, the tables of host calls and callbacks, wire encodings.
//!
//! Numbers and names come from the Proxy-Wasm specification 0.1.0 to 0.2.1; where Envoy 1.40 differs, Envoy wins
//! (`host-spec`, sections 0 to 4). Nothing here runs anything.

mod actions;
pub mod attributes;
mod callbacks;
mod calls;
mod enums;
mod errno;
pub mod near;
pub mod pairs;
mod peers;
mod version;

pub use actions::{DataStatus, HeadersStatus, TrailersStatus};
pub use attributes::{AttributeSpec, AttributeType, Available};
pub use callbacks::{Callback, CallbackResult, CallbackSpec};
pub use calls::{CallSpec, HostCall, Import, Namespace, Param, ParamKind, ValueType};
pub use enums::{BufferType, LogLevel, MapType, MetricKind, Status, StreamType};
pub use errno::errno_name;
pub use peers::{Peer, Support};
pub use version::AbiVersion;
