//! The end of the request path: Envoy's router, so far as filters can tell.

use std::sync::Arc;

use super::retry::Retries;
use super::wire::{is_valid_name, is_valid_value};
use super::{LocalReply, Passed, Stream, Surroundings, UpstreamFailure, flags, reply};
use crate::http::{Header, HeaderMap};
use crate::trace::{Direction, Finding, StreamAction};

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub name: String,
    /// Beginning of the paths that this route serves.
    pub prefix: String,
    /// Answer without asking the upstream: status and body.
    pub direct: Option<(u32, String)>,
}

/// The routes of the proxy, in order; the first that fits is taken. Cheap to clone: every stream has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes(Arc<[Arc<Route>]>);

impl Default for Routes {
    /// One route that sends everything to the upstream.
    fn default() -> Self {
        Self::new([Route { name: "default".into(), prefix: "/".into(), direct: None }])
    }
}

impl Routes {
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        Self(routes.into_iter().map(Arc::new).collect())
    }

    /// The route for these request headers. Envoy finds none without a path, and none when `x-forwarded-proto` is
    /// gone (recorded cases 01-010 and 01-020).
    pub fn find(&self, headers: &HeaderMap) -> Option<&Arc<Route>> {
        headers.get("x-forwarded-proto")?;
        let path = headers.get(":path").filter(|path| !path.is_empty())?;
        self.0.iter().find(|route| path.starts_with(route.prefix.as_bytes()))
    }
}

/// Headers by which a request speaks to the router; they do not reach the upstream.
const OWN_HEADERS: &[&str] = &[
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-max-retries",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-is-timeout-retry",
];

impl Stream {
    /// Looks for the route, unless it is known. Envoy does when a request begins and when it goes to the upstream.
    pub(super) fn find_route(&mut self) {
        if self.route.is_none() {
            self.route = self.request.headers.as_ref().and_then(|headers| self.routes.find(headers).cloned());
            self.route_found.clone_from(&self.route);
        }
    }
}

/// The request headers passed the last filter.
pub(super) fn route_request(host: &mut impl Surroundings, end: bool) {
    let stream = host.stream();
    stream.find_route();
    let Some(headers) = &stream.request.headers else { return };
    let direct = stream.route.as_ref().map(|route| route.direct.clone());
    let refused = match (direct, refusal(headers)) {
        (None, _) => {
            stream.flags |= flags::NO_ROUTE;
            Some(LocalReply::from_host(404, "route_not_found"))
        }
        (Some(Some((status, body))), _) => {
            Some(LocalReply::from_host(status, "direct_response").with_body(body))
        }
        (Some(None), _) if stream.upstream_failure == Some(UpstreamFailure::NoEndpoint) => {
            stream.attempts += 1;
            Some(no_endpoint(&mut stream.flags))
        }
        (Some(None), Some(text)) => {
            stream.attempts += 1;
            // A host was chosen, and yet nothing begins there.
            stream.upstream_started = true;
            stream.upstream_over = true;
            stream.flags |= flags::PROTOCOL_ERROR;
            let reason = text.replace(' ', "_");
            let details = format!("filter_removed_required_request_headers{{{reason}}}");
            Some(LocalReply::from_host(503, &details).with_body(text))
        }
        (Some(None), None) => None,
    };
    if let Some(local) = refused {
        // It answers from its own callback.
        stream.request.aborted = true;
        reply(host, local);
        // The router is the last filter: nothing above it sees the reply before its own callback is done.
        if !host.stream().is_in_callback(Direction::Request) {
            super::reply::run_prepared_reply(host);
        }
        return;
    }
    let timeout = headers.text("x-envoy-upstream-rq-timeout-ms").and_then(|text| text.parse::<u64>().ok());
    let retries = Retries::new(headers);
    let headers = sent_headers(headers);
    stream.retries = retries;
    let adds_encoding = headers.get("transfer-encoding").is_some();
    stream.upstream_started = true;
    stream.attempts += 1;
    stream.upstream_timeout = timeout.filter(|ms| *ms > 0).map(|ms| ms.saturating_mul(1_000_000));
    stream.request.headers_sent = true;
    stream.request.end_sent |= end;
    host.record(StreamAction::HeadersSent { direction: Direction::Request, end_of_stream: end });
    if adds_encoding && end {
        host.report(Finding::TransferEncodingAdded);
    }
    host.to_upstream(Passed::Headers { headers, end_of_stream: end });
}

/// The headers as they go to the upstream.
pub(super) fn sent_headers(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    if headers.get(":scheme").is_none_or(|scheme| scheme.is_empty()) {
        headers.set_in_place(b":scheme", b"http");
    }
    if headers.entries().iter().any(|entry| entry.name.starts_with(b"x-envoy-")) {
        for name in OWN_HEADERS {
            headers.remove(name);
        }
    }
    headers
}

/// What Envoy answers where the cluster has no endpoint.
pub(super) fn no_endpoint(response_flags: &mut i64) -> LocalReply {
    *response_flags |= flags::NO_HEALTHY_UPSTREAM;
    LocalReply::from_host(503, "no_healthy_upstream").with_body("no healthy upstream")
}

/// Why the codec towards the upstream refuses these headers, in Envoy's words.
fn refusal(headers: &HeaderMap) -> Option<String> {
    if headers.get(":method").is_none() {
        return Some("missing required header: :method".into());
    }
    headers.entries().iter().find_map(|Header { name, value }| {
        let shown = || String::from_utf8_lossy(name).into_owned();
        if !is_valid_name(name) {
            Some(format!("invalid header name: {}", shown()))
        } else if !is_valid_value(value) {
            Some(format!("invalid header value for: {}", shown()))
        } else {
            None
        }
    })
}
