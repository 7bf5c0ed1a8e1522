//! The enumerations that cross the boundary as plain numbers (`host-spec`, sections 0.3 and 0.4).

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($variant = $number,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The value with this number, if there is one.
            pub fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            pub fn number(self) -> u32 {
                u32::from(self as u8)
            }

            /// The name as shown to people and used in `--json`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

numbered! {
    /// What every host call answers. Envoy never returns 5, 9 and 11.
    Status {
        Ok = 0, "Ok";
        NotFound = 1, "NotFound";
        BadArgument = 2, "BadArgument";
        SerializationFailure = 3, "SerializationFailure";
        ParseFailure = 4, "ParseFailure";
        BadExpression = 5, "BadExpression";
        InvalidMemoryAccess = 6, "InvalidMemoryAccess";
        Empty = 7, "Empty";
        CasMismatch = 8, "CasMismatch";
        ResultMismatch = 9, "ResultMismatch";
        InternalFailure = 10, "InternalFailure";
        BrokenConnection = 11, "BrokenConnection";
        Unimplemented = 12, "Unimplemented";
    }
}

numbered! {
    /// Severity of a log line, least severe first.
    LogLevel {
        Trace = 0, "trace";
        Debug = 1, "debug";
        Info = 2, "info";
        Warn = 3, "warn";
        Error = 4, "error";
        Critical = 5, "critical";
    }
}

impl LogLevel {
    /// The level with this name, as in scenario files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|level| level.name() == name)
    }
}

numbered! {
    /// Which header map a call means.
    MapType {
        RequestHeaders = 0, "request headers";
        RequestTrailers = 1, "request trailers";
        ResponseHeaders = 2, "response headers";
        ResponseTrailers = 3, "response trailers";
        GrpcInitialMetadata = 4, "gRPC initial metadata";
        GrpcTrailingMetadata = 5, "gRPC trailing metadata";
        CalloutHeaders = 6, "callout response headers";
        CalloutTrailers = 7, "callout response trailers";
    }
}

numbered! {
    /// Which buffer a call means.
    BufferType {
        RequestBody = 0, "request body";
        ResponseBody = 1, "response body";
        DownstreamData = 2, "downstream data";
        UpstreamData = 3, "upstream data";
        CalloutBody = 4, "callout response body";
        GrpcMessage = 5, "gRPC message";
        VmConfiguration = 6, "VM configuration";
        PluginConfiguration = 7, "plugin configuration";
        CallData = 8, "call data";
    }
}

numbered! {
    /// Which half of a stream or connection a call means.
    StreamType {
        Request = 0, "request";
        Response = 1, "response";
        Downstream = 2, "downstream";
        Upstream = 3, "upstream";
    }
}

numbered! {
    /// Kind of a metric; also the low two bits of its id.
    MetricKind {
        Counter = 0, "counter";
        Gauge = 1, "gauge";
        Histogram = 2, "histogram";
    }
}
