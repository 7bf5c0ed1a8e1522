//! What an attribute says, and how its bytes are made.

use super::pick;
use crate::abi::{AttributeType, attributes::AttributeSpec};
use crate::view::Language;

/// What an attribute says, in one sentence.
pub fn doc(language: Language, spec: &AttributeSpec) -> &'static str {
    match language {
        Language::English => spec.doc,
        Language::SimplifiedChinese => chinese(spec.path).unwrap_or(spec.doc),
    }
}

/// How Envoy writes a value of a type for the filter.
pub fn encoding(language: Language, kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String | AttributeType::Bytes => pick(language, "the bytes as they are", "原样的字节"),
        AttributeType::Int => {
            pick(language, "a signed number of 64 bits, little-endian", "64 位有符号整数，小端序")
        }
        AttributeType::Uint => {
            pick(language, "an unsigned number of 64 bits, little-endian", "64 位无符号整数，小端序")
        }
        AttributeType::Double => {
            pick(language, "a floating-point number of 64 bits, little-endian", "64 位浮点数，小端序")
        }
        AttributeType::Bool => pick(language, "one byte, 0 or 1", "一个字节，0 或 1"),
        AttributeType::Duration => {
            pick(language, "nanoseconds in 64 bits, little-endian", "64 位纳秒数，小端序")
        }
        AttributeType::Timestamp => pick(
            language,
            "nanoseconds since 1970 in 64 bits, little-endian",
            "自 1970 年起的纳秒数，64 位，小端序",
        ),
        AttributeType::Message => pick(language, "a protobuf message", "protobuf 消息"),
        AttributeType::Map | AttributeType::Group | AttributeType::Any => pick(
            language,
            "serialized pairs: their number, their lengths, then names and values",
            "序列化的键值对：先是数量和各长度，再是名称与值",
        ),
    }
}

fn chinese(path: &str) -> Option<&'static str> {
    Some(match path {
        "request.path" => "带查询串的路径。",
        "request.url_path" => "问号之前的路径。",
        "request.query" => "问号之后的查询串；没有时为空。",
        "request.host" => "请求所指的 authority。",
        "request.scheme" => "协议方案，http 或 https。",
        "request.method" => "请求方法。",
        "request.headers" => "按小写名称取得的请求头，同名的值以逗号相连；不持有请求头时为空映射。",
        "request.referer" => "referer 头部。",
        "request.useragent" => "user-agent 头部。",
        "request.id" => "x-request-id 头部。",
        "request.time" => "请求首字节到达的时间。",
        "request.protocol" => "请求的协议，例如 HTTP/2。",
        "request.size" => "请求体长度：持有请求头时为声明值，否则为已收到的字节数。",
        "request.total_size" => "请求体与请求头合计的字节数。",
        "request.headers_bytes" => "请求头的字节数；不持有请求头时为 0。",
        "request.duration" => "从请求首字节到流结束的时间。",
        "response.code" => "状态码。",
        "response.code_details" => "状态码的由来，例如 via_upstream。",
        "response.flags" => "途中出现的问题，以比特集合表示。",
        "response.grpc_status" => "gRPC 状态：取自尾部、头部，或由状态码换算。",
        "response.headers" => "按小写名称取得的响应头，同名的值以逗号相连；不持有响应头时为空映射。",
        "response.trailers" => "按小写名称取得的响应尾部；不持有时为空映射。",
        "response.size" => "目前已发送的响应体字节数。",
        "response.total_size" => "响应体、响应头与尾部合计的字节数。",
        "response.headers_bytes" => "响应头的字节数；不持有响应头时为 0。",
        "response.backend_latency" => "从首字节发往上游到收到其末字节的时间。",
        "source.address" => "客户端的地址与端口。",
        "source.port" => "客户端的端口。",
        "destination.address" => "客户端所连接的地址与端口。",
        "destination.port" => "客户端所连接的端口。",
        "connection.id" => "连接编号。",
        "connection.mtls" => "客户端是否出示了证书。",
        "connection.requested_server_name" => "TLS 握手中的服务器名称；没有 TLS 时为空。",
        "connection.tls_version" => "TLS 版本，例如 TLSv1.3。",
        "connection.subject_local_certificate" => "代理证书的 subject。",
        "connection.subject_peer_certificate" => "客户端证书的 subject。",
        "connection.dns_san_local_certificate" => "代理证书中的第一个 DNS 名称。",
        "connection.dns_san_peer_certificate" => "客户端证书中的第一个 DNS 名称。",
        "connection.uri_san_local_certificate" => "代理证书中的第一个 URI。",
        "connection.uri_san_peer_certificate" => "客户端证书中的第一个 URI，例如 SPIFFE 身份。",
        "connection.sha256_peer_certificate_digest" => "客户端证书的 SHA-256，十六进制。",
        "connection.peer_certificate" => "客户端证书，URL 编码的 PEM。",
        "connection.termination_details" => "代理关闭连接的原因。",
        "connection.transport_failure_reason" => "与客户端的 TLS 握手失败的原因。",
        "connection_id" => "连接编号，与 connection.id 相同。",
        "upstream.address" => "上游主机的地址与端口。",
        "upstream.port" => "上游主机的端口。",
        "upstream.local_address" => "代理在上游连接上的本地地址。",
        "upstream.locality" => "上游主机的位置：地域、可用区与子区。",
        "upstream.num_endpoints" => "集群的主机数。",
        "upstream.request_attempt_count" => "请求发往上游的次数。",
        "upstream.cx_pool_ready_duration" => "上游连接就绪所用的时间。",
        "upstream.transport_failure_reason" => "与上游的 TLS 握手失败的原因；没有失败时为空。",
        "upstream.tls_version" => "与上游之间的 TLS 版本。",
        "upstream.subject_local_certificate" => "代理面向上游的证书的 subject。",
        "upstream.subject_peer_certificate" => "上游证书的 subject。",
        "upstream.dns_san_local_certificate" => "代理面向上游的证书中的第一个 DNS 名称。",
        "upstream.dns_san_peer_certificate" => "上游证书中的第一个 DNS 名称。",
        "upstream.uri_san_local_certificate" => "代理面向上游的证书中的第一个 URI。",
        "upstream.uri_san_peer_certificate" => "上游证书中的第一个 URI。",
        "upstream.sha256_peer_certificate_digest" => "上游证书的 SHA-256，十六进制。",
        "metadata" => "代理的过滤器附加到请求上的动态元数据。",
        "xds.node" => "代理对自身的描述：id、集群、元数据、位置。",
        "xds.cluster_name" => "路由所选集群的名称。",
        "xds.cluster_metadata" => "集群的元数据。",
        "xds.route_name" => "路由的名称。",
        "xds.route_metadata" => "路由的元数据。",
        "xds.virtual_host_name" => "虚拟主机的名称。",
        "xds.virtual_host_metadata" => "虚拟主机的元数据。",
        "xds.upstream_host_metadata" => "上游主机的元数据；没有时不含字节。",
        "xds.upstream_host_locality_metadata" => "上游主机所在位置的元数据；没有时不含字节。",
        "xds.listener_direction" => "监听器方向：0 未指定，1 入站，2 出站。",
        "xds.listener_metadata" => "监听器的元数据。",
        "xds.filter_chain_name" => "监听器的过滤器链名称。",
        "plugin_name" => "插件名称。",
        "plugin_root_id" => "插件的 root id。",
        "plugin_vm_id" => "插件的 VM id。",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::attributes;

    #[test]
    fn every_attribute_is_explained_in_both_languages() {
        for spec in attributes::all().iter().filter(|spec| spec.kind != AttributeType::Group) {
            let words = doc(Language::SimplifiedChinese, spec);
            assert!(words.ends_with('。'), "{}: {words}", spec.path);
            assert!(doc(Language::English, spec).ends_with('.'));
        }
    }
}
