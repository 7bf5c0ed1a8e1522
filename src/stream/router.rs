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
    /// gone or empty (recorded cases 01-010, 01-020 and 29-211).
    pub fn find(&self, headers: &HeaderMap) -> Option<&Arc<Route>> {
        headers.get("x-forwarded-proto").filter(|proto| !proto.is_empty())?;
        let path = headers.get(":path").filter(|path| !path.is_empty())?;
        self.0.iter().find(|route| path.starts_with(route.prefix.as_bytes()))
    }
}

/// Headers by which a request speaks to the router; they do not reach the upstream (recorded case 29-200).
/// `x-envoy-is-timeout-retry` is not one of them.
const ROUTER_HEADERS: &[&str] = &[
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-max-retries",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-timeout-alt-response",
];

/// What a request says to the router about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// How long the upstream may take for its whole answer, in nanoseconds.
    pub whole: Option<u64>,
    /// How long it may take until its answer begins, in nanoseconds.
    pub one_try: Option<u64>,
    /// A time-out is answered by 204 without a body, not by 504.
    pub quietly: bool,
}

impl Timeouts {
    /// Takes out of a request what it says to the router. `default`: the time-out of a request that says nothing, in
    /// nanoseconds. `tells`: the upstream is told how long it has (recorded case 29-202).
    pub fn take(headers: &mut HeaderMap, default: Option<u64>, tells: bool) -> Self {
        let speaks = speaks_to_router(headers);
        let time = |name| {
            let text = if speaks { headers.text(name) } else { None };
            let ms: u64 = text?.trim_ascii().parse().ok()?;
            Some(ms.saturating_mul(1_000_000))
        };
        let has_limit = |time: &u64| *time > 0;
        let whole = time("x-envoy-upstream-rq-timeout-ms").or(default).filter(has_limit);
        let one_try = time("x-envoy-upstream-rq-per-try-timeout-ms").filter(has_limit);
        let timeouts = Self {
            whole,
            // One that is no shorter than the whole says nothing.
            one_try: one_try.filter(|one_try| whole.is_none_or(|whole| *one_try < whole)),
            quietly: speaks && headers.get("x-envoy-upstream-rq-timeout-alt-response").is_some(),
        };
        if speaks {
            for name in ROUTER_HEADERS {
                headers.remove(name);
            }
        }
        if let Some(time) = timeouts.one_try.or(whole).filter(|_| tells) {
            let ms = (time / 1_000_000).to_string();
            headers.set_in_place(b"x-envoy-expected-rq-timeout-ms", ms.as_bytes());
        }
        timeouts
    }

    /// How long the upstream may take until its answer begins, and which one that is, in Envoy's words.
    pub fn first(&self) -> Option<(u64, &'static str)> {
        let one_try = self.one_try.map(|time| (time, "upstream_per_try_timeout"));
        one_try.or(self.whole.map(|time| (time, RESPONSE_TIMEOUT)))
    }

    /// The answer in place of one that did not come in time (recorded cases 29-203 and 29-204).
    pub fn reply(&self, details: &str) -> LocalReply {
        match self.quietly {
            true => LocalReply::from_host(204, details),
            false => LocalReply::from_host(504, details).with_body("upstream request timeout"),
        }
    }
}

/// Whether any header may be for the router.
fn speaks_to_router(headers: &HeaderMap) -> bool {
    headers.entries().iter().any(|entry| entry.name.starts_with(b"x-envoy-"))
}

/// `response.code_details` of an answer that took too long.
pub const RESPONSE_TIMEOUT: &str = "response_timeout";

/// Gives a request a scheme that upstreams know, if it has none: that of `x-forwarded-proto`, or `http` (recorded cases
/// 21-103 and 29-210).
pub fn set_scheme(headers: &mut HeaderMap) {
    let is_known =
        |scheme: &[u8]| [&b"http"[..], b"https"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    if headers.get(":scheme").is_some_and(|scheme| is_known(scheme)) {
        return;
    }
    let forwarded = headers.get("x-forwarded-proto").filter(|proto| is_known(proto)).cloned();
    headers.set_in_place(b":scheme", forwarded.as_deref().unwrap_or(b"http"));
}

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
    // It was chosen when the request began; a filter has changed the headers or cleared the choice since.
    let is_again = stream.route.is_none() && stream.route_found.is_some();
    stream.find_route();
    if is_again {
        host.record(StreamAction::RouteChosen);
    }
    let stream = host.stream();
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
        (Some(None), Some(refused)) => {
            stream.attempts += 1;
            // A host was chosen, and yet nothing begins there.
            stream.upstream_started = true;
            if !stream.has_connection {
                stream.refused_upstream = Some(refused);
                return;
            }
            note_refusal(stream);
            Some(refused)
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
    let Some(headers) = &stream.request.headers else { return };
    let retries = speaks_to_router(headers).then(|| Retries::new(headers)).flatten();
    let (headers, timeouts) = sent_headers(headers, stream.adds_headers);
    stream.timeouts = timeouts;
    stream.retries = retries;
    let adds_encoding = headers.get("transfer-encoding").is_some();
    stream.upstream_started = true;
    stream.attempts += 1;
    stream.request.headers_sent = true;
    stream.request.end_sent |= end;
    host.record(StreamAction::HeadersSent { direction: Direction::Request, end_of_stream: end });
    if adds_encoding && end {
        host.report(Finding::TransferEncodingAdded);
    }
    host.to_upstream(Passed::Headers { headers, end_of_stream: end });
}

/// The headers as they go to the upstream, and what they said of time.
pub(super) fn sent_headers(headers: &HeaderMap, adds_headers: bool) -> (HeaderMap, Timeouts) {
    let mut headers = headers.clone();
    set_scheme(&mut headers);
    let timeouts = Timeouts::take(&mut headers, None, adds_headers);
    (headers, timeouts)
}

/// What Envoy answers where the cluster has no endpoint.
pub(super) fn no_endpoint(response_flags: &mut i64) -> LocalReply {
    *response_flags |= flags::NO_HEALTHY_UPSTREAM;
    LocalReply::from_host(503, "no_healthy_upstream").with_body("no healthy upstream")
}

/// The codec towards the upstream takes nothing of the request.
fn note_refusal(stream: &mut Stream) {
    stream.upstream_over = true;
    stream.flags |= flags::PROTOCOL_ERROR;
}

/// There is a connection now: the codec refuses what waited for it.
pub fn refuse_waiting(host: &mut impl Surroundings) {
    let stream = host.stream();
    if let Some(refused) = stream.refused_upstream.take() {
        note_refusal(stream);
        reply(host, refused);
    }
}

/// Envoy's answer where the codec towards an upstream refuses these headers.
pub fn refusal(headers: &HeaderMap) -> Option<LocalReply> {
    let reason = refusal_reason(headers)?;
    let details = format!("filter_removed_required_request_headers{{{}}}", reason.replace(' ', "_"));
    Some(LocalReply::from_host(503, &details).with_body(reason))
}

/// Why it refuses them, in Envoy's words. CONNECT with a path is an upgrade, which needs a protocol (recorded cases
/// 21-102 and 29-230).
fn refusal_reason(headers: &HeaderMap) -> Option<String> {
    match headers.get(":method") {
        None => return Some("missing required header: :method".into()),
        Some(method) if method == "CONNECT" => {
            if headers.get(":path").is_some() && headers.get(":protocol").is_none() {
                return Some("missing required header: :protocol".into());
            }
        }
        Some(_) => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::MapKind;

    const MS: u64 = 1_000_000;

    fn taken(pairs: &[(&str, &str)], default: Option<u64>) -> (Timeouts, Option<String>) {
        let mut map = HeaderMap::from_pairs(MapKind::RequestHeaders, pairs.iter().copied());
        let timeouts = Timeouts::take(&mut map, default, true);
        let told = map.text("x-envoy-expected-rq-timeout-ms").map(str::to_owned);
        map.remove("x-envoy-expected-rq-timeout-ms");
        assert!(map.is_empty(), "{map:?} is for the router");
        (timeouts, told)
    }

    #[test]
    fn a_request_says_how_long_it_waits() {
        let whole = "x-envoy-upstream-rq-timeout-ms";
        let one_try = "x-envoy-upstream-rq-per-try-timeout-ms";
        for (pairs, default, wanted, told) in [
            (&[][..], None, (None, None), None),
            (&[], Some(5 * MS), (Some(5 * MS), None), Some("5")),
            (&[(whole, "7")], Some(5 * MS), (Some(7 * MS), None), Some("7")),
            (&[(whole, "0")], Some(5 * MS), (None, None), None),
            (&[(whole, "x")], Some(5 * MS), (Some(5 * MS), None), Some("5")),
            (&[(whole, "7"), (one_try, "3")], None, (Some(7 * MS), Some(3 * MS)), Some("3")),
            (&[(whole, "7"), (one_try, "7")], None, (Some(7 * MS), None), Some("7")),
            (&[(one_try, "3")], None, (None, Some(3 * MS)), Some("3")),
        ] {
            let (timeouts, found) = taken(pairs, default);
            assert_eq!((timeouts.whole, timeouts.one_try), wanted, "{pairs:?}");
            assert_eq!(found.as_deref(), told, "{pairs:?}");
        }
        let (timeouts, _) = taken(&[("x-envoy-upstream-rq-timeout-alt-response", "")], None);
        assert_eq!((timeouts.reply("late").status, timeouts.reply("late").body.len()), (204, 0));
    }

    #[test]
    fn upstreams_know_two_schemes() {
        for (pairs, wanted) in [
            (&[][..], "http"),
            (&[(":scheme", "HTTPS")], "HTTPS"),
            (&[(":scheme", "ftp"), ("x-forwarded-proto", "https")], "https"),
            (&[(":scheme", ""), ("x-forwarded-proto", "ws")], "http"),
        ] {
            let mut map = HeaderMap::from_pairs(MapKind::RequestHeaders, pairs.iter().copied());
            set_scheme(&mut map);
            assert_eq!(map.text(":scheme"), Some(wanted), "{pairs:?}");
        }
    }
}
