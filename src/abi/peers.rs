//! What other hosts do with each host call: the table behind "where does this module run?".
//!
//! Read from the sources of these hosts in the summer of 2026; their names are those of their repositories.

use super::HostCall;

/// A host that is not of the Envoy family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Kong's module for nginx.
    NgxWasmModule,
    /// API7's module for nginx, part of APISIX.
    WasmNginxModule,
    /// The test runner of Google's service-extensions.
    ServiceExtensions,
    /// Gcore's runner and debugger.
    FastEdgeTest,
    /// The emulator of the Go SDK, in its wasm mode.
    Proxytest,
    /// MOSN's host in Go, version 1.
    MosnGoHost,
}

/// What a host does when a filter makes a host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Support {
    Works,
    /// Answers Ok and does nothing.
    Pretends,
    /// Answers Unimplemented, unless whoever embeds the host adds it.
    Unimplemented,
    Traps,
    /// There is no such function: a module that imports it is refused.
    Missing,
}

/// Rows of the table; a column for each of [`Peer::ALL`].
macro_rules! support {
    ($($call:ident $ngx:ident $apisix:ident $google:ident $fastedge:ident $proxytest:ident $mosn:ident;)*) => {
        fn row(call: HostCall) -> Option<[Support; 6]> {
            use Support::{Missing as M, Pretends as P, Traps as T, Unimplemented as U, Works as W};
            match call {
                $(HostCall::$call => Some([$ngx, $apisix, $google, $fastedge, $proxytest, $mosn]),)*
                _ => None,
            }
        }

        /// The calls that the table knows.
        #[cfg(test)]
        const LISTED: &[HostCall] = &[$(HostCall::$call),*];
    };
}

support! {
    Log W W W W W U;
    GetLogLevel T M W W M M;
    GetCurrentTime W U W W M U;
    SetTickPeriod W U P P W U;
    GetBufferBytes W W W W W U;
    SetBufferBytes W U W W W U;
    GetBufferStatus M M W W M M;
    GetHeaderMapSize M M W W M M;
    GetHeaderMapPairs W W W W W U;
    SetHeaderMapPairs W U W W W U;
    GetHeaderMapValue W W W W W U;
    AddHeaderMapValue W W W W W U;
    ReplaceHeaderMapValue W W W W W U;
    RemoveHeaderMapValue W W W W W U;
    GetProperty W W W W W U;
    SetProperty W W U W W U;
    ContinueStream W P U P W M;
    CloseStream T P U W P M;
    SendLocalResponse W W W W W M;
    GetStatus T U P P M M;
    HttpCall W W U W W U;
    GrpcCall T U U P M U;
    GrpcStream T U U P M M;
    GrpcSend T U U P M M;
    GrpcCancel T U U P M M;
    GrpcClose T U U P M M;
    SetSharedData W U W P W U;
    GetSharedData W U W P W U;
    RegisterSharedQueue W U W P W U;
    ResolveSharedQueue T U W P P U;
    EnqueueSharedQueue W U W P W U;
    DequeueSharedQueue W U W P W U;
    DefineMetric W P U M W U;
    RecordMetric W P U M W U;
    IncrementMetric W P U M W U;
    GetMetric W P U M W U;
    SetEffectiveContext W P W W W U;
    Done T U W P P U;
    CallForeignFunction W U U P W U;
    GetConfiguration W W W M M M;
    ContinueRequest W P U M M M;
    ContinueResponse T P U M M M;
    ClearRouteCache T U U M M M;
}

impl Peer {
    pub const ALL: [Self; 6] = [
        Self::NgxWasmModule,
        Self::WasmNginxModule,
        Self::ServiceExtensions,
        Self::FastEdgeTest,
        Self::Proxytest,
        Self::MosnGoHost,
    ];

    /// The name of its repository.
    pub fn name(self) -> &'static str {
        match self {
            Self::NgxWasmModule => "ngx_wasm_module",
            Self::WasmNginxModule => "wasm-nginx-module",
            Self::ServiceExtensions => "service-extensions",
            Self::FastEdgeTest => "FastEdge-test",
            Self::Proxytest => "proxytest",
            Self::MosnGoHost => "proxy-wasm-go-host",
        }
    }

    /// What it does with a host call of the specification; nothing is known of others, such as WASI's.
    pub fn support(self, call: HostCall) -> Option<Support> {
        row(call).map(|row| row[self as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{AbiVersion, Namespace};

    #[test]
    fn each_call_of_the_specification_has_a_row() {
        let specified = HostCall::all()
            .filter(|call| call.spec().namespace == Namespace::Env && call.spec().name.starts_with("proxy_"));
        let absent: Vec<HostCall> = specified.filter(|call| !LISTED.contains(call)).collect();
        assert_eq!(absent, []);
    }

    #[test]
    fn the_table_says_how_much_of_0_2_1_each_host_does() {
        let works = |peer: Peer| {
            let calls = LISTED.iter().filter(|call| call.exists_in(AbiVersion::V0_2_1));
            calls.filter(|call| peer.support(**call) == Some(Support::Works)).count()
        };
        assert_eq!(Peer::ALL.map(works), [27, 11, 23, 19, 26, 0]);
    }
}
