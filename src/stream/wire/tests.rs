//! What the codecs take and what they refuse. The recorded cases 29-038, 29-039, 29-052 and 29-053 show each rule.

use super::*;

type Lines<'a> = &'a [(&'a str, &'a str)];

fn lines(lines: Lines) -> Vec<(Bytes, Bytes)> {
    let copy = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    lines.iter().map(|(name, value)| (copy(name), copy(value))).collect()
}

fn refused(method: &str, path: &str, headers: Lines, protocol: Protocol, ends: bool) -> Option<Refusal> {
    let headers = lines(headers);
    let head = RequestHead { method, scheme: "http", authority: "a", path, headers: &headers };
    let map = decoded_request(&head, protocol, None);
    refusal(&head, &map, protocol, ends, false)
}

fn received(headers: Lines, protocol: Protocol) -> HeaderMap {
    let headers = lines(headers);
    let head = RequestHead { method: "GET", scheme: "http", authority: "a", path: "/", headers: &headers };
    admitted_request(decoded_request(&head, protocol, None), protocol, false)
}

#[test]
fn http2_closes_the_connection_over_what_concerns_a_connection() {
    for name in ["connection", "Proxy-Connection", "keep-alive", "transfer-encoding", "upgrade"] {
        assert_eq!(
            refused("GET", "/", &[(name, "x")], Protocol::Http2, true),
            Some(Refusal::Close),
            "{name}"
        );
    }
    for (te, is_good) in
        [("trailers", true), ("Trailers", true), ("gzip", false), ("trailers, gzip", false), ("", false)]
    {
        let refusal = refused("GET", "/", &[("te", te)], Protocol::Http2, true);
        assert_eq!(refusal.is_none(), is_good, "{te}");
    }
}

#[test]
fn http2_takes_one_number_as_length_that_can_be_true() {
    for (headers, ends, is_good) in [
        (&[("content-length", "5")][..], false, true),
        (&[("content-length", "5")], true, false),
        (&[("content-length", "0")], true, true),
        (&[("content-length", "5"), ("content-length", "5")], false, false),
        (&[("content-length", "+5")], false, false),
        (&[("content-length", "")], false, false),
        (&[("content-length", "99999999999999999999999")], false, false),
    ] {
        let refusal = refused("POST", "/", headers, Protocol::Http2, ends);
        assert_eq!(refusal.is_none(), is_good, "{headers:?} {ends}");
    }
}

#[test]
fn http2_takes_neither_a_connect_with_a_path_nor_a_path_without_a_slash() {
    assert_eq!(refused("CONNECT", "/", &[], Protocol::Http2, true), Some(Refusal::Close));
    assert_eq!(refused("GET", "x", &[], Protocol::Http2, true), Some(Refusal::Close));
    assert_eq!(refused("GET", "*", &[], Protocol::Http2, true), Some(Refusal::Close));
    let all = refused("OPTIONS", "*", &[], Protocol::Http2, true);
    assert!(matches!(all, Some(Refusal::Reply { status: 404, .. })));
}

#[test]
fn http1_answers_what_it_refuses() {
    for (path, headers, wanted) in [
        ("/", &[("content-length", "abc")][..], Some((400, "http1.codec_error"))),
        ("x", &[], Some((400, "http1.codec_error"))),
        ("/", &[("connection", "X-Forwarded-Host")], Some((400, "http1.connection_header_rejected"))),
        ("/", &[("transfer-encoding", "gzip")], Some((501, "http1.invalid_transfer_encoding"))),
        ("/", &[("connection", "Upgrade"), ("upgrade", "websocket")], Some((403, "upgrade_failed"))),
        ("/", &[("connection", "upgrade"), ("upgrade", "h2c")], None),
        ("/", &[("upgrade", "websocket")], None),
        ("/a#b", &[], Some((400, "path_normalization_failed"))),
    ] {
        let found = match refused("GET", path, headers, Protocol::Http1, true) {
            Some(Refusal::Reply { status, details, .. }) => Some((status, details)),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, wanted, "{path} {headers:?}");
    }
}

#[test]
fn te_is_trailers_or_nothing() {
    for protocol in [Protocol::Http1, Protocol::Http2] {
        assert_eq!(received(&[("te", "trailers, gzip")], protocol).text("te"), Some("trailers"));
        assert_eq!(
            received(&[("te", "trailers"), ("te", "trailers")], protocol).text("te"),
            Some("trailers")
        );
        assert_eq!(received(&[("te", "Trailers")], protocol).text("te"), None);
    }
}

#[test]
fn http2_drops_a_host_beside_the_authority() {
    assert_eq!(received(&[("host", "other")], Protocol::Http2).text(":authority"), Some("a"));
}

#[test]
fn an_http1_connect_names_the_server_in_place_of_a_path() {
    let head = RequestHead { method: "CONNECT", scheme: "http", authority: "a", path: "b:80", headers: &[] };
    let map = decoded_request(&head, Protocol::Http1, None);
    assert_eq!((map.text(":authority"), map.text(":path")), (Some("b:80"), None));
}

#[test]
fn an_answer_of_http2_keeps_to_the_same_rules() {
    for (status, headers, ends, is_head, is_good) in [
        (200, &[("connection", "close")][..], false, false, false),
        (200, &[("te", "trailers")], false, false, true),
        (200, &[("content-length", "5")], true, false, false),
        (200, &[("content-length", "5")], true, true, true),
        (304, &[("content-length", "5")], true, false, true),
        (204, &[("content-length", "5")], true, false, false),
        (204, &[("content-length", "0")], true, false, true),
        (200, &[("content-length", "abc")], false, false, false),
    ] {
        let headers = lines(headers);
        assert_eq!(is_good_response(status, &headers, ends, is_head, true), is_good, "{status} {headers:?}");
    }
}

#[test]
fn lengths_that_nobody_looks_at_break_nothing() {
    let headers = lines(&[("content-length", "5")]);
    assert!(is_good_response(204, &headers, true, false, false));
    assert!(is_good_response(200, &headers, true, false, false));
}

#[test]
fn a_body_has_the_length_that_its_head_says() {
    assert_eq!(expected_length(&lines(&[("content-length", "5")]), false), Some(5));
    assert_eq!(expected_length(&lines(&[("content-length", "5")]), true), Some(0));
    assert_eq!(expected_length(&[], false), None);
    assert_eq!(expected_length(&[], true), Some(0));
}

#[test]
fn nothing_of_the_upstreams_connection_reaches_the_client() {
    let headers = [(":status", "200"), ("connection", "x-hop"), ("keep-alive", "x"), ("upgrade", "h2c")];
    let more = [("proxy-connection", "x"), ("x-hop", "1"), ("te", "x"), ("date", "now")];
    let map = HeaderMap::from_pairs(MapKind::ResponseHeaders, headers.into_iter().chain(more));
    let sent = sent_response(
        map,
        Finish { date: "", adds_headers: false, closes: false, request_id: None, protocol: Protocol::Http2 },
    );
    let names: Vec<&[u8]> = sent.entries().iter().map(|entry| entry.name.as_ref()).collect();
    assert_eq!(names, [&b":status"[..], b"x-hop", b"te", b"date"]);
}

#[test]
fn a_client_may_end_its_connection_with_the_answer() {
    assert!(closes_connection(&lines(&[("connection", "x-a, Close")])));
    assert!(!closes_connection(&lines(&[("connection", "keep-alive")])));
    let map = HeaderMap::from_pairs(MapKind::ResponseHeaders, [(":status", "200"), ("date", "now")]);
    assert_eq!(
        sent_response(
            map,
            Finish {
                date: "",
                adds_headers: false,
                closes: true,
                request_id: None,
                protocol: Protocol::Http1
            }
        )
        .text("connection"),
        Some("close")
    );
}
