//! The table of callbacks: what the host calls in a module, with which arguments, and what it expects back.

use super::{AbiVersion, ValueType};

/// What a callback's result means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallbackResult {
    /// No result.
    Nothing,
    /// A number whose meaning nobody asks for.
    Ignored,
    /// Non-zero is true.
    Truth,
    Headers,
    Data,
    Trailers,
    /// TCP: 0 continues, anything else stops.
    Network,
    /// An address in guest memory.
    Address,
}

/// One row of the table.
#[derive(Debug)]
pub struct CallbackSpec {
    pub callback: Callback,
    /// Name of the export.
    pub name: &'static str,
    /// Names of the arguments, all i32, in order.
    pub args: &'static [&'static str],
    pub result: CallbackResult,
}

macro_rules! callbacks {
    ($($variant:ident $name:literal [$($arg:literal),*] $result:ident;)*) => {
        /// A function that the host looks up among a module's exports and calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Callback { $($variant,)* }

        const TABLE: &[CallbackSpec] = &[$(CallbackSpec {
            callback: Callback::$variant,
            name: $name,
            args: &[$($arg),*],
            result: CallbackResult::$result,
        },)*];
    };
}

callbacks! {
    Initialize "_initialize" [] Nothing;
    Main "main" ["argc", "argv"] Ignored;
    MainVoid "__main_void" [] Ignored;
    Start "_start" [] Nothing;
    Malloc "malloc" ["size"] Address;
    MemoryAllocate "proxy_on_memory_allocate" ["size"] Address;
    ValidateConfiguration "proxy_validate_configuration" ["context", "plugin_configuration_size"] Truth;
    ContextCreate "proxy_on_context_create" ["context", "parent"] Nothing;
    VmStart "proxy_on_vm_start" ["context", "vm_configuration_size"] Truth;
    Configure "proxy_on_configure" ["context", "plugin_configuration_size"] Truth;
    Tick "proxy_on_tick" ["context"] Nothing;
    QueueReady "proxy_on_queue_ready" ["context", "queue"] Nothing;
    ForeignFunction "proxy_on_foreign_function" ["context", "function", "data_size"] Nothing;
    RequestHeaders "proxy_on_request_headers" ["context", "headers", "end_of_stream"] Headers;
    RequestBody "proxy_on_request_body" ["context", "body_size", "end_of_stream"] Data;
    RequestTrailers "proxy_on_request_trailers" ["context", "trailers"] Trailers;
    RequestMetadata "proxy_on_request_metadata" ["context", "elements"] Ignored;
    ResponseHeaders "proxy_on_response_headers" ["context", "headers", "end_of_stream"] Headers;
    ResponseBody "proxy_on_response_body" ["context", "body_size", "end_of_stream"] Data;
    ResponseTrailers "proxy_on_response_trailers" ["context", "trailers"] Trailers;
    ResponseMetadata "proxy_on_response_metadata" ["context", "elements"] Ignored;
    HttpCallResponse "proxy_on_http_call_response" ["context", "token", "headers", "body_size", "trailers"] Nothing;
    GrpcReceiveInitialMetadata "proxy_on_grpc_receive_initial_metadata" ["context", "token", "elements"] Nothing;
    GrpcReceive "proxy_on_grpc_receive" ["context", "token", "message_size"] Nothing;
    GrpcReceiveTrailingMetadata "proxy_on_grpc_receive_trailing_metadata" ["context", "token", "elements"] Nothing;
    GrpcClose "proxy_on_grpc_close" ["context", "token", "grpc_status"] Nothing;
    ResolvedDns "envoy_on_resolve_dns" ["context", "token", "results_size"] Nothing;
    NewConnection "proxy_on_new_connection" ["context"] Network;
    DownstreamData "proxy_on_downstream_data" ["context", "data_size", "end_of_stream"] Network;
    UpstreamData "proxy_on_upstream_data" ["context", "data_size", "end_of_stream"] Network;
    DownstreamConnectionClose "proxy_on_downstream_connection_close" ["context", "close_type"] Nothing;
    UpstreamConnectionClose "proxy_on_upstream_connection_close" ["context", "close_type"] Nothing;
    Done "proxy_on_done" ["context"] Truth;
    Log "proxy_on_log" ["context"] Nothing;
    Delete "proxy_on_delete" ["context"] Nothing;
    StatsUpdate "envoy_on_stats_update" ["context", "results_size"] Nothing;
}

use Callback::*;

/// All callbacks in the order in which Envoy looks them up, so in which it finds wrong types (recorded cases 27-121 to
/// 27-125).
const LOOKED_UP: [Callback; TABLE.len()] = [
    Initialize,
    Main,
    MainVoid,
    Start,
    Malloc,
    MemoryAllocate,
    ValidateConfiguration,
    VmStart,
    Configure,
    Tick,
    ContextCreate,
    NewConnection,
    DownstreamData,
    UpstreamData,
    DownstreamConnectionClose,
    UpstreamConnectionClose,
    RequestBody,
    RequestTrailers,
    RequestMetadata,
    ResponseBody,
    ResponseTrailers,
    ResponseMetadata,
    HttpCallResponse,
    GrpcReceive,
    GrpcClose,
    GrpcReceiveInitialMetadata,
    GrpcReceiveTrailingMetadata,
    QueueReady,
    Done,
    Log,
    Delete,
    RequestHeaders,
    ResponseHeaders,
    ForeignFunction,
    ResolvedDns,
    StatsUpdate,
];

impl Callback {
    /// All callbacks, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|spec| spec.callback)
    }

    /// All callbacks, in the order in which Envoy looks them up.
    pub fn in_lookup_order() -> impl Iterator<Item = Self> {
        LOOKED_UP.into_iter()
    }

    pub fn spec(self) -> &'static CallbackSpec {
        &TABLE[self as usize]
    }

    /// Name of the export.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The name without `proxy_`, as people say it.
    pub fn short_name(self) -> &'static str {
        self.name().trim_start_matches("proxy_")
    }

    /// Number of arguments in this ABI version; 0.1.0 has no end-of-stream argument for headers.
    pub fn arity(self, version: AbiVersion) -> usize {
        match self {
            Self::RequestHeaders | Self::ResponseHeaders if version == AbiVersion::V0_1_0 => 2,
            _ => self.spec().args.len(),
        }
    }

    /// The result types of the export.
    pub fn result_types(self) -> &'static [ValueType] {
        match self.spec().result {
            CallbackResult::Nothing => &[],
            _ => &[ValueType::I32],
        }
    }

    /// Whether a host for this version looks the export up at all.
    pub fn exists_in(self, version: AbiVersion) -> bool {
        self != Self::ForeignFunction || version >= AbiVersion::V0_2_0
    }

    /// Whether it brings something back from a callout, whose token is its first argument after the context.
    pub fn answers_callout(self) -> bool {
        (Self::HttpCallResponse..=Self::GrpcClose).contains(&self)
    }

    /// Whether an embedding may forbid this callback (`host-spec`, section 8.6). Those that Envoy added itself cannot be
    /// (recorded case 27-129).
    pub fn is_restrictable(self) -> bool {
        self > Self::MemoryAllocate && !matches!(self, Self::ResolvedDns | Self::StatsUpdate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, spec) in TABLE.iter().enumerate() {
            assert_eq!(spec.callback as usize, index);
        }
    }

    #[test]
    fn each_callback_is_looked_up_once() {
        let mut looked_up: Vec<Callback> = Callback::in_lookup_order().collect();
        looked_up.sort_unstable();
        assert!(looked_up.into_iter().eq(Callback::all()));
    }
}
