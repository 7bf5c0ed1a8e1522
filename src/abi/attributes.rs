//! The table of attributes: every property that Envoy has by itself, with its type and when it is there.
//!
//! `proxy_get_property` and expressions look attributes up by these paths; what a scenario overrides gets the type
//! that stands here (`host-spec`, sections 4.4 and 4.5).

/// Type of an attribute's value, and so of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    String,
    Bytes,
    Int,
    Uint,
    Double,
    Bool,
    /// Nanoseconds.
    Duration,
    /// Nanoseconds since 1970.
    Timestamp,
    /// A protobuf message.
    Message,
    Map,
    /// A whole group of attributes; it has no bytes.
    Group,
    /// As the filter that set it declared.
    Any,
}

impl AttributeType {
    /// As in scenario files and documentation.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::Bool => "bool",
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::Message => "message",
            Self::Map => "map",
            Self::Group => "group",
            Self::Any => "any",
        }
    }
}

/// When an attribute is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Available {
    /// In every context, also without a stream.
    Always,
    /// In every callback of a stream.
    Stream,
    /// While the filter holds the request headers, and in the log phase.
    RequestHeaders,
    /// From the response headers on.
    Response,
    /// While the filter holds the response headers, and in the log phase.
    ResponseHeaders,
    /// While the filter holds the response trailers, and in the log phase.
    ResponseTrailers,
    /// Once the request was sent on to an upstream host.
    Upstream,
    /// Once the stream is over: in the log phase and in `on_done`.
    End,
    /// Where a route was found.
    Route,
    /// On TLS connections.
    Tls,
    /// On TLS connections to the upstream.
    UpstreamTls,
    /// When something went wrong and the proxy noted it.
    Failure,
    /// Once a filter has set it.
    WhenSet,
}

/// One row of the table.
#[derive(Debug)]
pub struct AttributeSpec {
    /// Segments joined by dots.
    pub path: &'static str,
    pub kind: AttributeType,
    pub available: Available,
    /// What it says, in one sentence.
    pub doc: &'static str,
}

impl AttributeSpec {
    /// Whether it needs a stream.
    pub fn needs_stream(&self) -> bool {
        self.available != Available::Always
    }
}

macro_rules! attributes {
    ($($path:literal $kind:ident $available:ident $doc:literal;)*) => {
        const TABLE: &[AttributeSpec] = &[$(AttributeSpec {
            path: $path,
            kind: AttributeType::$kind,
            available: Available::$available,
            doc: $doc,
        },)*];
    };
}

attributes! {
    "request" Group Stream "Everything about the request.";
    "request.path" String RequestHeaders "The path with its query.";
    "request.url_path" String RequestHeaders "The path up to the question mark.";
    "request.query" String RequestHeaders "The query after the question mark; empty when there is none.";
    "request.host" String RequestHeaders "The authority that the request names.";
    "request.scheme" String RequestHeaders "The scheme, http or https.";
    "request.method" String RequestHeaders "The method.";
    "request.headers" Map RequestHeaders "The headers by name in lower case, values of one name joined with commas; an empty map while they are not held.";
    "request.referer" String RequestHeaders "The referer header.";
    "request.useragent" String RequestHeaders "The user-agent header.";
    "request.id" String RequestHeaders "The x-request-id header.";
    "request.time" Timestamp Stream "When the first byte of the request came.";
    "request.protocol" String Stream "The protocol of the request, such as HTTP/2.";
    "request.size" Int Stream "Length of the body: as declared while the headers are held, else as received so far.";
    "request.total_size" Int Stream "Bytes of body and headers together.";
    "request.headers_bytes" Int Stream "Bytes of the headers; 0 while they are not held.";
    "request.duration" Duration End "Time from the first byte of the request to the end of the stream.";
    "response" Group Stream "Everything about the response.";
    "response.code" Int Response "The status code.";
    "response.code_details" String Response "Why the status is what it is, such as via_upstream.";
    "response.flags" Int Stream "What went wrong on the way, as a set of bits.";
    "response.grpc_status" Int Response "The gRPC status: from the trailers, the headers, or made from the status code.";
    "response.headers" Map ResponseHeaders "The headers by name in lower case, values of one name joined with commas; an empty map while they are not held.";
    "response.trailers" Map ResponseTrailers "The trailers by name in lower case; an empty map while they are not held.";
    "response.size" Int Stream "Bytes of the body that were sent so far.";
    "response.total_size" Int Stream "Bytes of body, headers and trailers together.";
    "response.headers_bytes" Int Stream "Bytes of the headers; 0 while they are not held.";
    "response.backend_latency" Duration End "Time from the first byte to the upstream to the last byte from it.";
    "source" Group Stream "The client's end of the connection.";
    "source.address" String Stream "Address and port of the client.";
    "source.port" Int Stream "Port of the client.";
    "destination" Group Stream "The proxy's end of the client's connection.";
    "destination.address" String Stream "Address and port that the client connected to.";
    "destination.port" Int Stream "Port that the client connected to.";
    "connection" Group Stream "The client's connection.";
    "connection.id" Uint Stream "Number of the connection.";
    "connection.mtls" Bool Stream "Whether the client showed a certificate.";
    "connection.requested_server_name" String Stream "The server name of the TLS handshake; empty without TLS.";
    "connection.tls_version" String Tls "Version of TLS, such as TLSv1.3.";
    "connection.subject_local_certificate" String Tls "Subject of the proxy's certificate.";
    "connection.subject_peer_certificate" String Tls "Subject of the client's certificate.";
    "connection.dns_san_local_certificate" String Tls "First DNS name in the proxy's certificate.";
    "connection.dns_san_peer_certificate" String Tls "First DNS name in the client's certificate.";
    "connection.uri_san_local_certificate" String Tls "First URI in the proxy's certificate.";
    "connection.uri_san_peer_certificate" String Tls "First URI in the client's certificate, such as a SPIFFE identity.";
    "connection.sha256_peer_certificate_digest" String Tls "SHA-256 of the client's certificate, in hexadecimal digits.";
    "connection.peer_certificate" String Tls "The client's certificate as URL-encoded PEM.";
    "connection.termination_details" String Failure "Why the proxy closed the connection.";
    "connection.transport_failure_reason" String Failure "Why the TLS handshake with the client failed.";
    "connection_id" Uint Stream "Number of the connection, the same as connection.id.";
    "upstream" Group Stream "The upstream host and the connection to it.";
    "upstream.address" String Upstream "Address and port of the upstream host.";
    "upstream.port" Int Upstream "Port of the upstream host.";
    "upstream.local_address" String Upstream "The proxy's own address on the connection to the upstream.";
    "upstream.locality" Message Upstream "Where the upstream host is: region, zone and sub-zone.";
    "upstream.num_endpoints" Uint Stream "How many hosts the cluster has.";
    "upstream.request_attempt_count" Uint Stream "How often the request was sent to an upstream.";
    "upstream.cx_pool_ready_duration" Duration Upstream "Time until a connection to the upstream was ready.";
    "upstream.transport_failure_reason" String Upstream "Why the TLS handshake with the upstream failed; empty when it did not.";
    "upstream.tls_version" String UpstreamTls "Version of TLS towards the upstream.";
    "upstream.subject_local_certificate" String UpstreamTls "Subject of the proxy's certificate towards the upstream.";
    "upstream.subject_peer_certificate" String UpstreamTls "Subject of the upstream's certificate.";
    "upstream.dns_san_local_certificate" String UpstreamTls "First DNS name in the proxy's certificate towards the upstream.";
    "upstream.dns_san_peer_certificate" String UpstreamTls "First DNS name in the upstream's certificate.";
    "upstream.uri_san_local_certificate" String UpstreamTls "First URI in the proxy's certificate towards the upstream.";
    "upstream.uri_san_peer_certificate" String UpstreamTls "First URI in the upstream's certificate.";
    "upstream.sha256_peer_certificate_digest" String UpstreamTls "SHA-256 of the upstream's certificate, in hexadecimal digits.";
    "metadata" Message Stream "Dynamic metadata that filters of the proxy attached to the request.";
    "filter_state" Group Stream "Objects that filters stored for the request, by name.";
    "upstream_filter_state" Group Upstream "Objects that filters stored for the upstream connection, by name.";
    "xds" Group Always "The proxy's configuration.";
    "xds.node" Message Always "The proxy's own description: id, cluster, metadata, locality.";
    "xds.cluster_name" String Route "Name of the cluster that the route chose.";
    "xds.cluster_metadata" Message Route "Metadata of the cluster.";
    "xds.route_name" String Route "Name of the route.";
    "xds.route_metadata" Message Route "Metadata of the route.";
    "xds.virtual_host_name" String Route "Name of the virtual host.";
    "xds.virtual_host_metadata" Message Route "Metadata of the virtual host.";
    "xds.upstream_host_metadata" Message Upstream "Metadata of the upstream host; without bytes when it has none.";
    "xds.upstream_host_locality_metadata" Message Upstream "Metadata of the upstream host's locality; without bytes when it has none.";
    "xds.listener_direction" Int Stream "Direction of the listener: 0 unspecified, 1 inbound, 2 outbound.";
    "xds.listener_metadata" Message Stream "Metadata of the listener.";
    "xds.filter_chain_name" String Stream "Name of the listener's filter chain.";
    "plugin_name" String Always "Name of the plugin.";
    "plugin_root_id" String Always "Root id of the plugin.";
    "plugin_vm_id" String Always "VM id of the plugin.";
}

/// A top-level name that Envoy had up to 1.32.
#[derive(Debug)]
pub struct RemovedAttribute {
    pub name: &'static str,
    /// Where its value is now, segments joined by dots.
    pub now: &'static str,
    /// It could be read without a stream.
    pub always: bool,
}

/// First minor version of Envoy 1 that does not have [`RemovedAttribute`]s any more.
pub const REMOVED_IN: u32 = 33;

const REMOVED: &[RemovedAttribute] = &[
    RemovedAttribute { name: "node", now: "xds.node", always: true },
    RemovedAttribute { name: "cluster_name", now: "xds.cluster_name", always: false },
    RemovedAttribute { name: "cluster_metadata", now: "xds.cluster_metadata", always: false },
    RemovedAttribute { name: "route_name", now: "xds.route_name", always: false },
    RemovedAttribute { name: "route_metadata", now: "xds.route_metadata", always: false },
    RemovedAttribute { name: "listener_direction", now: "xds.listener_direction", always: true },
    RemovedAttribute { name: "listener_metadata", now: "xds.listener_metadata", always: true },
    RemovedAttribute { name: "upstream_host_metadata", now: "xds.upstream_host_metadata", always: false },
];

/// All attributes, groups before their members.
pub fn all() -> &'static [AttributeSpec] {
    TABLE
}

/// The attribute at this path.
pub fn find(path: &[&[u8]]) -> Option<&'static AttributeSpec> {
    TABLE.iter().find(|spec| spec.path.as_bytes() == path.join(&b'.').as_slice())
}

/// The attribute with this name in a group.
pub fn find_in_group(group: &str, name: &[u8]) -> Option<&'static AttributeSpec> {
    // Lengths first: few rows are as long.
    let length = group.len() + 1 + name.len();
    TABLE.iter().filter(|spec| spec.path.len() == length).find(|spec| {
        let rest = spec.path.strip_prefix(group).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| rest.as_bytes() == name)
    })
}

/// All top-level names that Envoy does not have any more.
pub fn removed() -> &'static [RemovedAttribute] {
    REMOVED
}

/// The top-level name that Envoy does not have any more.
pub fn find_removed(name: &[u8]) -> Option<&'static RemovedAttribute> {
    REMOVED.iter().find(|removed| removed.name.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(path: &str) -> Vec<&[u8]> {
        path.split('.').map(str::as_bytes).collect()
    }

    #[test]
    fn paths_are_unique_and_their_groups_are_there() {
        for (index, spec) in TABLE.iter().enumerate() {
            assert!(TABLE[..index].iter().all(|other| other.path != spec.path), "{}", spec.path);
            assert!(spec.doc.ends_with('.'), "{}", spec.path);
            if let Some((group, _)) = spec.path.rsplit_once('.') {
                let group = find(&segments(group)).map(|spec| spec.kind);
                assert_eq!(group, Some(AttributeType::Group), "{}", spec.path);
            }
        }
    }

    #[test]
    fn what_was_removed_lives_on_under_another_path() {
        for removed in REMOVED {
            assert!(find(&segments(removed.name)).is_none(), "{}", removed.name);
            assert!(find(&segments(removed.now)).is_some(), "{}", removed.name);
        }
    }
}
