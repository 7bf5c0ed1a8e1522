//! HTTP messages as Envoy's filters see them: header multi-maps in order, bodies as cheap shared bytes.
//!
//! Nothing here knows about filters. The rules are those of Envoy's header map implementation, described in
//! `host-spec` section 2.5: names in lower case, pseudo-headers in front, well-known names joined with a comma.

mod headers;
mod inline;
mod message;
mod target;

pub use headers::{Header, HeaderMap, KeptName, MapKind};
pub use message::{Message, Protocol};
pub use target::{Target, TargetError};
