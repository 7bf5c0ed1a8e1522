//! The names that Envoy 1.40 keeps as *inline* headers: at most one entry each, a second value is joined with a comma.
//!
//! Membership was read off a running Envoy (recorded cases 08-001, 08-002, 08-004, 08-005 and 12-001).

use std::sync::LazyLock;

use super::MapKind;

/// The inline name of maps of this kind that `name` is, whatever its case.
pub(super) fn known(kind: MapKind, name: &[u8]) -> Option<&'static str> {
    let names = match kind {
        MapKind::RequestHeaders => &REQUEST_BY_LENGTH,
        MapKind::ResponseHeaders => &RESPONSE_BY_LENGTH,
        MapKind::ResponseTrailers => &RESPONSE_TRAILERS_BY_LENGTH,
        MapKind::RequestTrailers => return None,
    };
    // A few names at most have the same length, so this is quicker than any order.
    let candidates = names.get(name.len())?;
    candidates.iter().copied().find(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// Names by their length.
type ByLength = LazyLock<Vec<Vec<&'static str>>>;

static REQUEST_BY_LENGTH: ByLength = LazyLock::new(|| by_length(REQUEST));
static RESPONSE_BY_LENGTH: ByLength = LazyLock::new(|| by_length(RESPONSE));
static RESPONSE_TRAILERS_BY_LENGTH: ByLength = LazyLock::new(|| by_length(RESPONSE_TRAILERS));

fn by_length(names: &[&'static str]) -> Vec<Vec<&'static str>> {
    let longest = names.iter().map(|name| name.len()).max().unwrap_or_default();
    let mut found = vec![Vec::new(); longest + 1];
    for name in names {
        found[name.len()].push(*name);
    }
    found
}

const RESPONSE_TRAILERS: &[&str] = &["grpc-message", "grpc-status"];

const REQUEST: &[&str] = &[
    ":authority",
    ":method",
    ":path",
    ":protocol",
    ":scheme",
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "access-control-request-private-network",
    "authentication",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "origin",
    "pragma",
    "proxy-connection",
    "proxy-status",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-force-trace",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-internal",
    "x-envoy-ip-tags",
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-original-url",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-stream-duration-ms",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
];

const RESPONSE: &[&str] = &[
    ":status",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "age",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "expires",
    "grpc-message",
    "grpc-status",
    "keep-alive",
    "last-modified",
    "location",
    "proxy-connection",
    "proxy-status",
    "server",
    "transfer-encoding",
    "upgrade",
    "vary",
    "via",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-degraded",
    "x-envoy-immediate-health-check-fail",
    "x-envoy-ratelimited",
    "x-envoy-upstream-canary",
    "x-envoy-upstream-healthchecked-cluster",
    "x-envoy-upstream-service-time",
    "x-request-id",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [REQUEST, RESPONSE, RESPONSE_TRAILERS] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn membership_differs_between_requests_and_responses() {
        assert_eq!(known(MapKind::ResponseHeaders, b"ETag"), Some("etag"));
        assert_eq!(known(MapKind::RequestHeaders, b"etag"), None);
        assert_eq!(known(MapKind::RequestHeaders, b"cookie"), None);
        assert_eq!(known(MapKind::RequestTrailers, b"content-type"), None);
    }
}
