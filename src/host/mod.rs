//! Runs Proxy-Wasm modules the way Envoy does. The only place that names wasmtime.
//!
//! A [`Module`] is a compiled file with the facts found in it. A [`Proxy`] holds the VMs of a run and the [`World`]
//! they share: streams, shared data, queues, metrics, the virtual clock and the trace. The world travels: it lies in
//! the proxy between callbacks, and in the VM's store while a guest runs, so host calls reach it without locks.
//!
//! What a guest does wrong is data: a trap fails its VM and is recorded, and the stream rules do with it what Envoy
//! does. Host calls never enter the guest, except through its allocator (`host-spec`, section 3.8).

mod bytecode;
mod callouts;
mod calls;
mod cel;
mod context;
mod crypto;
mod engine;
mod error;
mod facts;
mod metrics;
mod module;
mod moments;
mod properties;
mod proxy;
mod recent;
mod schedule;
mod shared;
mod stopwatch;
mod trap;
mod vm;
mod world;

pub use callouts::{Answer, AnswerKind, Callouts, Mock, Names, Pattern, Reply};
pub use cel::re2;
pub use engine::{Compiler, Engine, StopHandle, Watch};
pub use error::{LoadError, Signature};
pub use facts::{ExportFact, ImportFact, ModuleFacts, SectionFact};
pub use module::{Module, refusals};
pub use properties::proto::json_struct as protobuf_struct;
pub use properties::{FilterState, FixedProperties, ProxyFacts};
pub use proxy::{FilterSetup, Proxy, VmSetup};
pub use schedule::Due;
pub use world::{ConnectionFacts, Outgoing, PeerFacts, StreamFacts, StreamId, World};
