//! The table of host calls: every function that a module may import from a host of the Envoy family.
//!
//! One row says the import's name, the ABI versions that have it, its parameters with their meaning, and its result.
//! Wasm signatures, decoding for people and the checks at load time all derive from it
//! (`host-spec`, sections 1.2, 1.3, 1.5 and 2).

use super::AbiVersion;

/// The module name under which an import is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// `env`
    Env,
    /// `wasi_snapshot_preview1`, and its older name `wasi_unstable`: both have the same functions.
    Wasi,
}

impl Namespace {
    /// The module names that stand for this namespace.
    pub fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Env => &["env"],
            Self::Wasi => &["wasi_snapshot_preview1", "wasi_unstable"],
        }
    }
}

/// A wasm value type as far as the ABI uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    I32,
    I64,
}

/// What a parameter means, and so how many wasm parameters it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamKind {
    LogLevel,
    MapType,
    BufferType,
    StreamType,
    MetricKind,
    U32,
    I32,
    Bool,
    I64,
    U64,
    /// A bare guest address.
    Address,
    /// Address and length of bytes to read.
    Bytes,
    /// Address and length of a property path: segments joined by NUL.
    Path,
    /// Address and length of a serialized header map.
    Pairs,
    /// Two addresses: where to store the address and the length of a result that the guest's allocator holds.
    OutBytes,
    /// The same for a serialized header map.
    OutPairs,
    /// Address of a u32 to store.
    OutU32,
    /// Address of a u64 to store.
    OutU64,
}

impl ParamKind {
    /// Types of the wasm parameters.
    pub fn value_types(self) -> &'static [ValueType] {
        use ValueType::{I32, I64};
        match self {
            Self::I64 | Self::U64 => &[I64],
            Self::Bytes | Self::Path | Self::Pairs | Self::OutBytes | Self::OutPairs => &[I32, I32],
            _ => &[I32],
        }
    }

    /// Whether the host writes through this parameter.
    pub fn is_output(self) -> bool {
        matches!(self, Self::OutBytes | Self::OutPairs | Self::OutU32 | Self::OutU64)
    }
}

/// One parameter of a host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    pub name: &'static str,
    pub kind: ParamKind,
}

/// One row of the table.
#[derive(Debug)]
pub struct CallSpec {
    pub call: HostCall,
    pub namespace: Namespace,
    /// Name of the import within its namespace.
    pub name: &'static str,
    pub versions: &'static [AbiVersion],
    pub params: &'static [Param],
    /// The wasm result; `None` for a call without one.
    pub result: Option<ValueType>,
}

const ALL: &[AbiVersion] = &AbiVersion::ALL;
const V010: &[AbiVersion] = &[AbiVersion::V0_1_0];
const V021: &[AbiVersion] = &[AbiVersion::V0_2_1];
const SINCE_V020: &[AbiVersion] = &[AbiVersion::V0_2_0, AbiVersion::V0_2_1];

macro_rules! calls {
    (@result None) => { None };
    (@result I32) => { Some(ValueType::I32) };
    ($($variant:ident $namespace:ident $name:literal $versions:ident $result:ident [$($kind:ident $param:ident),*];)*) => {
        /// A function that a module may import.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum HostCall { $($variant,)* }

        const TABLE: &[CallSpec] = &[$(CallSpec {
            call: HostCall::$variant,
            namespace: Namespace::$namespace,
            name: $name,
            versions: $versions,
            params: &[$(Param { name: stringify!($param), kind: ParamKind::$kind }),*],
            result: calls!(@result $result),
        },)*];
    };
}

calls! {
    Log Env "proxy_log" ALL I32 [LogLevel level, Bytes message];
    GetLogLevel Env "proxy_get_log_level" V021 I32 [OutU32 level];
    GetCurrentTime Env "proxy_get_current_time_nanoseconds" ALL I32 [OutU64 time];
    SetTickPeriod Env "proxy_set_tick_period_milliseconds" ALL I32 [U32 milliseconds];
    GetConfiguration Env "proxy_get_configuration" V010 I32 [OutBytes configuration];
    GetStatus Env "proxy_get_status" ALL I32 [OutU32 code, OutBytes message];
    GetProperty Env "proxy_get_property" ALL I32 [Path path, OutBytes value];
    SetProperty Env "proxy_set_property" ALL I32 [Path path, Bytes value];
    ContinueStream Env "proxy_continue_stream" SINCE_V020 I32 [StreamType stream];
    CloseStream Env "proxy_close_stream" SINCE_V020 I32 [StreamType stream];
    ContinueRequest Env "proxy_continue_request" V010 I32 [];
    ContinueResponse Env "proxy_continue_response" V010 I32 [];
    ClearRouteCache Env "proxy_clear_route_cache" V010 I32 [];
    SendLocalResponse Env "proxy_send_local_response" ALL I32 [U32 status_code, Bytes details, Bytes body, Pairs headers, I32 grpc_status];
    GetHeaderMapPairs Env "proxy_get_header_map_pairs" ALL I32 [MapType map, OutPairs pairs];
    SetHeaderMapPairs Env "proxy_set_header_map_pairs" ALL I32 [MapType map, Pairs pairs];
    GetHeaderMapValue Env "proxy_get_header_map_value" ALL I32 [MapType map, Bytes name, OutBytes value];
    AddHeaderMapValue Env "proxy_add_header_map_value" ALL I32 [MapType map, Bytes name, Bytes value];
    ReplaceHeaderMapValue Env "proxy_replace_header_map_value" ALL I32 [MapType map, Bytes name, Bytes value];
    RemoveHeaderMapValue Env "proxy_remove_header_map_value" ALL I32 [MapType map, Bytes name];
    GetHeaderMapSize Env "proxy_get_header_map_size" ALL I32 [MapType map, OutU32 size];
    GetBufferBytes Env "proxy_get_buffer_bytes" ALL I32 [BufferType buffer, U32 start, U32 max_size, OutBytes bytes];
    GetBufferStatus Env "proxy_get_buffer_status" ALL I32 [BufferType buffer, OutU32 size, OutU32 flags];
    SetBufferBytes Env "proxy_set_buffer_bytes" ALL I32 [BufferType buffer, U32 start, U32 size, Bytes bytes];
    HttpCall Env "proxy_http_call" ALL I32 [Bytes upstream, Pairs headers, Bytes body, Pairs trailers, I32 timeout_ms, OutU32 token];
    GrpcCall Env "proxy_grpc_call" ALL I32 [Bytes service, Bytes service_name, Bytes method, Pairs metadata, Bytes message, I32 timeout_ms, OutU32 token];
    GrpcStream Env "proxy_grpc_stream" ALL I32 [Bytes service, Bytes service_name, Bytes method, Pairs metadata, OutU32 token];
    GrpcSend Env "proxy_grpc_send" ALL I32 [U32 token, Bytes message, Bool end_of_stream];
    GrpcClose Env "proxy_grpc_close" ALL I32 [U32 token];
    GrpcCancel Env "proxy_grpc_cancel" ALL I32 [U32 token];
    GetSharedData Env "proxy_get_shared_data" ALL I32 [Bytes key, OutBytes value, OutU32 cas];
    SetSharedData Env "proxy_set_shared_data" ALL I32 [Bytes key, Bytes value, U32 cas];
    RegisterSharedQueue Env "proxy_register_shared_queue" ALL I32 [Bytes name, OutU32 queue];
    ResolveSharedQueue Env "proxy_resolve_shared_queue" ALL I32 [Bytes vm_id, Bytes name, OutU32 queue];
    EnqueueSharedQueue Env "proxy_enqueue_shared_queue" ALL I32 [U32 queue, Bytes item];
    DequeueSharedQueue Env "proxy_dequeue_shared_queue" ALL I32 [U32 queue, OutBytes item];
    DefineMetric Env "proxy_define_metric" ALL I32 [MetricKind kind, Bytes name, OutU32 metric];
    IncrementMetric Env "proxy_increment_metric" ALL I32 [U32 metric, I64 delta];
    RecordMetric Env "proxy_record_metric" ALL I32 [U32 metric, U64 value];
    GetMetric Env "proxy_get_metric" ALL I32 [U32 metric, OutU64 value];
    SetEffectiveContext Env "proxy_set_effective_context" ALL I32 [U32 context];
    Done Env "proxy_done" ALL I32 [];
    CallForeignFunction Env "proxy_call_foreign_function" ALL I32 [Bytes function, Bytes arguments, OutBytes result];
    PthreadEqual Env "pthread_equal" ALL I32 [U32 left, U32 right];
    ResolveDns Env "envoy_resolve_dns" ALL I32 [Bytes name, OutU32 token];
    NotifyMemoryGrowth Env "emscripten_notify_memory_growth" ALL None [U32 memory];
    FdWrite Wasi "fd_write" ALL I32 [U32 fd, Address iovs, U32 iovs_len, OutU32 written];
    FdPwrite Wasi "fd_pwrite" ALL I32 [U32 fd, Address iovs, U32 iovs_len, U64 offset, OutU32 written];
    FdRead Wasi "fd_read" ALL I32 [U32 fd, Address iovs, U32 iovs_len, OutU32 read];
    FdPread Wasi "fd_pread" ALL I32 [U32 fd, Address iovs, U32 iovs_len, U64 offset, OutU32 read];
    FdSeek Wasi "fd_seek" ALL I32 [U32 fd, I64 offset, U32 whence, OutU64 position];
    FdTell Wasi "fd_tell" ALL I32 [U32 fd, OutU64 position];
    FdClose Wasi "fd_close" ALL I32 [U32 fd];
    FdSync Wasi "fd_sync" ALL I32 [U32 fd];
    FdDatasync Wasi "fd_datasync" ALL I32 [U32 fd];
    FdFdstatGet Wasi "fd_fdstat_get" ALL I32 [U32 fd, Address stat];
    FdFdstatSetFlags Wasi "fd_fdstat_set_flags" ALL I32 [U32 fd, U32 flags];
    FdFdstatSetRights Wasi "fd_fdstat_set_rights" ALL I32 [U32 fd, U64 rights_base, U64 rights_inheriting];
    FdFilestatGet Wasi "fd_filestat_get" ALL I32 [U32 fd, Address stat];
    FdFilestatSetSize Wasi "fd_filestat_set_size" ALL I32 [U32 fd, U64 size];
    FdFilestatSetTimes Wasi "fd_filestat_set_times" ALL I32 [U32 fd, U64 atime, U64 mtime, U32 flags];
    FdPrestatGet Wasi "fd_prestat_get" ALL I32 [U32 fd, Address prestat];
    FdPrestatDirName Wasi "fd_prestat_dir_name" ALL I32 [U32 fd, Address path, U32 path_len];
    FdReaddir Wasi "fd_readdir" ALL I32 [U32 fd, Address buffer, U32 buffer_len, U64 cookie, OutU32 read];
    FdRenumber Wasi "fd_renumber" ALL I32 [U32 fd, U32 to];
    FdAdvise Wasi "fd_advise" ALL I32 [U32 fd, U64 offset, U64 len, U32 advice];
    FdAllocate Wasi "fd_allocate" ALL I32 [U32 fd, U64 offset, U64 len];
    PathOpen Wasi "path_open" ALL I32 [U32 fd, U32 dirflags, Bytes path, U32 oflags, U64 rights_base, U64 rights_inheriting, U32 fdflags, OutU32 opened];
    PathFilestatGet Wasi "path_filestat_get" ALL I32 [U32 fd, U32 flags, Bytes path, Address stat];
    PathFilestatSetTimes Wasi "path_filestat_set_times" ALL I32 [U32 fd, U32 flags, Bytes path, U64 atime, U64 mtime, U32 fst_flags];
    PathCreateDirectory Wasi "path_create_directory" ALL I32 [U32 fd, Bytes path];
    PathRemoveDirectory Wasi "path_remove_directory" ALL I32 [U32 fd, Bytes path];
    PathUnlinkFile Wasi "path_unlink_file" ALL I32 [U32 fd, Bytes path];
    PathRename Wasi "path_rename" ALL I32 [U32 fd, Bytes old_path, U32 new_fd, Bytes new_path];
    PathReadlink Wasi "path_readlink" ALL I32 [U32 fd, Bytes path, Address buffer, U32 buffer_len, OutU32 read];
    PathLink Wasi "path_link" ALL I32 [U32 old_fd, U32 old_flags, Bytes old_path, Bytes new_path];
    PathSymlink Wasi "path_symlink" ALL I32 [Bytes old_path, Bytes new_path];
    SockAccept Wasi "sock_accept" ALL I32 [U32 fd, U32 flags, OutU64 accepted];
    SockRecv Wasi "sock_recv" ALL I32 [U32 fd, Address buffers, U32 buffers_len, U32 flags, OutU32 read, Address out_flags];
    SockSend Wasi "sock_send" ALL I32 [U32 fd, Address buffers, U32 buffers_len, U32 flags, OutU32 sent];
    SockShutdown Wasi "sock_shutdown" ALL I32 [U32 fd, U32 how];
    EnvironSizesGet Wasi "environ_sizes_get" ALL I32 [OutU32 count, OutU32 size];
    EnvironGet Wasi "environ_get" ALL I32 [Address array, Address buffer];
    ArgsSizesGet Wasi "args_sizes_get" ALL I32 [OutU32 count, OutU32 size];
    ArgsGet Wasi "args_get" ALL I32 [Address array, Address buffer];
    ClockTimeGet Wasi "clock_time_get" ALL I32 [U32 clock, U64 precision, OutU64 time];
    ClockResGet Wasi "clock_res_get" ALL I32 [U32 clock, OutU64 resolution];
    RandomGet Wasi "random_get" ALL I32 [Address buffer, U32 buffer_len];
    SchedYield Wasi "sched_yield" ALL I32 [];
    PollOneoff Wasi "poll_oneoff" ALL I32 [Address subscriptions, Address events, U32 count, OutU32 ready];
    ProcExit Wasi "proc_exit" ALL None [U32 code];
}

impl HostCall {
    /// All host calls, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|spec| spec.call)
    }

    pub fn spec(self) -> &'static CallSpec {
        &TABLE[self as usize]
    }

    /// Name of the import within its namespace.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The name without `proxy_`, as people say it.
    pub fn short_name(self) -> &'static str {
        self.name().trim_start_matches("proxy_")
    }

    pub fn exists_in(self, version: AbiVersion) -> bool {
        self.spec().versions.contains(&version)
    }

    /// Whether Envoy has this call only since 1.39. Seen by loading modules in the releases 1.36.2, 1.37.0, 1.38.2 and
    /// 1.39.3; the other calls are in all of them.
    pub fn is_new_in_envoy_1_39(self) -> bool {
        use HostCall::*;
        matches!(
            self,
            FdPwrite
                | FdPread
                | FdTell
                | FdSync
                | FdDatasync
                | FdFdstatSetRights
                | FdFilestatGet
                | FdFilestatSetSize
                | FdFilestatSetTimes
                | FdReaddir
                | FdRenumber
                | FdAdvise
                | FdAllocate
                | PathFilestatGet
                | PathFilestatSetTimes
                | PathCreateDirectory
                | PathRemoveDirectory
                | PathUnlinkFile
                | PathRename
                | PathReadlink
                | PathLink
                | PathSymlink
                | SockAccept
                | SockRecv
                | SockSend
                | SockShutdown
                | ClockResGet
        )
    }

    /// Types of the wasm parameters.
    pub fn value_types(self) -> impl Iterator<Item = ValueType> {
        self.spec().params.iter().flat_map(|param| param.kind.value_types().iter().copied())
    }

    /// Whether the call changes a message, a property or shared state when it answers Ok.
    pub fn is_write(self) -> bool {
        use HostCall::*;
        matches!(
            self,
            SetProperty
                | SendLocalResponse
                | SetHeaderMapPairs
                | AddHeaderMapValue
                | ReplaceHeaderMapValue
                | RemoveHeaderMapValue
                | SetBufferBytes
                | SetSharedData
                | EnqueueSharedQueue
                | DequeueSharedQueue
                | DefineMetric
                | IncrementMetric
                | RecordMetric
        )
    }

    /// Whether the call is allowed while start functions run (`host-spec`, section 1.4).
    pub fn is_allowed_at_start(self) -> bool {
        use HostCall::*;
        match self.spec().namespace {
            Namespace::Env => matches!(self, Log | NotifyMemoryGrowth),
            Namespace::Wasi => !matches!(self, FdRead | FdSeek | FdClose | PathOpen | ProcExit | SchedYield),
        }
    }

    /// Whether the call is allowed while the guest's allocator runs (`host-spec`, section 1.4).
    pub fn is_allowed_in_allocator(self) -> bool {
        use HostCall::*;
        matches!(self, Log | FdWrite | ClockTimeGet | PollOneoff)
    }

    /// Whether an embedding may forbid this call (`host-spec`, section 8.6).
    pub fn is_restrictable(self) -> bool {
        !matches!(self, Self::PthreadEqual | Self::NotifyMemoryGrowth | Self::ResolveDns)
    }
}

/// A name that a module imports, looked up in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    /// The host of this ABI version has it.
    Known(HostCall),
    /// Only hosts of other ABI versions have it.
    OtherVersion(HostCall),
    Unknown,
}

impl Import {
    pub fn look_up(module: &str, name: &str, version: AbiVersion) -> Self {
        let row = TABLE.iter().find(|row| row.name == name && row.namespace.modules().contains(&module));
        match row {
            Some(row) if row.versions.contains(&version) => Self::Known(row.call),
            Some(row) => Self::OtherVersion(row.call),
            None => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, spec) in TABLE.iter().enumerate() {
            assert_eq!(spec.call as usize, index);
        }
    }

    #[test]
    fn each_version_has_as_many_calls_as_its_specification() {
        let count = |version| {
            HostCall::all()
                .filter(|call| call.name().starts_with("proxy_") && call.exists_in(version))
                .count()
        };
        assert_eq!(AbiVersion::ALL.map(count), [40, 38, 39]);
    }

    #[test]
    fn wasi_functions_are_found_under_both_module_names() {
        for module in ["wasi_snapshot_preview1", "wasi_unstable"] {
            let found = Import::look_up(module, "fd_write", AbiVersion::V0_1_0);
            assert_eq!(found, Import::Known(HostCall::FdWrite));
        }
        assert_eq!(Import::look_up("env", "fd_write", AbiVersion::V0_2_1), Import::Unknown);
    }

    #[test]
    fn a_call_of_another_version_is_told_apart_from_an_unknown_one() {
        let found = Import::look_up("env", "proxy_clear_route_cache", AbiVersion::V0_2_1);
        assert_eq!(found, Import::OtherVersion(HostCall::ClearRouteCache));
    }
}
