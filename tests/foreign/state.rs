//! `declare_property`, `set_envoy_filter_state`, `clear_route_cache`, `compress` and `uncompress`.

use filterlab::trace::{Finding, Unknown};

use super::*;

const NOTHING: &str = r#"rc=0 len=0 ptr=0 """#;

/// The argument of `declare_property`.
fn declaration(name: &str, read_only: bool, kind: u8, schema: &str, span: u8) -> Vec<u8> {
    [field(1, name), vec![0x10, u8::from(read_only), 0x18, kind], field(4, schema), vec![0x28, span]].concat()
}

fn declare(event: &str, name: &str, read_only: bool, kind: u8, schema: &str) -> String {
    foreign(event, "declare_property", declaration(name, read_only, kind, schema, 0))
}

fn set(event: &str, name: &str, value: impl AsRef<[u8]>) -> String {
    format!("{event} setprop {} {}", quoted(name), quoted(value))
}

fn envoy_state(event: &str, name: &str, value: &str, span: u8) -> String {
    foreign(event, "set_envoy_filter_state", [field(1, name), field(2, value), vec![0x18, span]].concat())
}

#[test]
fn a_property_is_declared_once_by_its_plugin() {
    let lines = [
        declare("conf", "a", false, 0, ""),
        declare("conf", "a", false, 0, ""),
        declare("conf", "", false, 0, ""),
        declare("conf", "", false, 0, ""),
        foreign("conf", "declare_property", b"\x0a\xff"),
        foreign("conf", "declare_property", field(1, b"\xff")),
        // On a stream it is noted and changes nothing.
        declare("reqh", "late", true, 0, ""),
        declare("reqh", "late", true, 0, ""),
        set("reqh", "late", "1"),
        set("reqh", "late", "2"),
        declare("reqh", "a", false, 0, ""),
    ];
    let wanted = [NOTHING, "rc=2", NOTHING, "rc=2", "rc=2", "rc=2", NOTHING, "rc=2", "rc=0", "rc=0", NOTHING];
    assert_eq!(ask(&lines), wanted);
}

#[test]
fn a_read_only_property_is_set_once() {
    let lines = [
        declare("conf", "ro", true, 0, ""),
        set("reqh", "ro", "1"),
        set("reqh", "ro", "2"),
        property("log", "ro"),
    ];
    assert_eq!(ask(&lines), [NOTHING, "rc=0", "rc=2", r#"rc=0 len=1 "1""#]);
}

#[test]
fn types_decide_what_parts_a_property_has() {
    // A text and a number.
    let structure = [
        field(1, [field(1, "a"), field(2, field(3, "str"))].concat()),
        field(1, [field(1, "n"), field(2, b"\x11\0\0\0\0\0\0\x1c@")].concat()),
    ]
    .concat();
    let url = |name: &str| format!("type.googleapis.com/{name}");
    let lines = [
        declare("conf", "s", false, 1, ""),
        declare("conf", "pb", false, 3, &url("google.protobuf.Struct")),
        declare("conf", "bare", false, 3, "google.protobuf.Struct"),
        declare("conf", "d", false, 3, &url("google.protobuf.Duration")),
        declare("conf", "node", false, 3, &url("envoy.config.core.v3.Node")),
        set("reqh", "s", "text"),
        property("reqh", "s"),
        property("reqh", "s.x"),
        set("reqh", "pb", &structure),
        property("reqh", "pb.a"),
        property("reqh", "pb.n"),
        property("reqh", "pb.zz"),
        property("reqh", "pb.fields"),
        set("reqh", "bare", &structure),
        property("reqh", "bare.a"),
        format!("reqh prop {}", quoted("filter_state\0wasm.bare")),
        set("reqh", "d", b"\x08\x05"),
        property("reqh", "d"),
        property("reqh", "d.seconds"),
        format!("reqh prop {}", quoted("filter_state\0wasm.d")),
        set("reqh", "node", [field(1, "nid"), field(4, field(1, "reg"))].concat()),
        property("reqh", "node.locality.region"),
        format!("reqh prop {}", quoted("filter_state\0wasm.node\0id")),
        set("reqh", "pb", b"\xff\xff"),
        property("reqh", "pb"),
        property("reqh", "pb.a"),
        format!("reqh prop {}", quoted("filter_state\0wasm.pb")),
    ];
    let wanted = [
        r#"rc=0 len=4 "text""#,
        "rc=1",
        "rc=0",
        r#"rc=0 len=3 "str""#,
        r#"rc=0 len=8 "\x00\x00\x00\x00\x00\x00\x1c@""#,
        "rc=1",
        "rc=1",
        "rc=0",
        "rc=1",
        "rc=3",
        "rc=0",
        r#"rc=0 len=2 "\x08\x05""#,
        "rc=1",
        r#"rc=0 len=8 "\x00\xf2\x05*\x01\x00\x00\x00""#,
        "rc=0",
        r#"rc=0 len=3 "reg""#,
        r#"rc=0 len=3 "nid""#,
        "rc=0",
        r#"rc=0 len=2 "\xff\xff""#,
        "rc=1",
        "rc=3",
    ];
    let trace = run(&lines, scenario());
    assert_eq!(answers(&trace)[5..].iter().skip(1).collect::<Vec<_>>(), wanted);
    // Only the type that cannot be looked up may be known to Envoy.
    assert_eq!(findings(&trace), [Finding::NotKnownHere { what: Unknown::Schema }]);
}

#[test]
fn envoys_own_objects_are_put_and_shown() {
    let address = "envoy.network.transport_socket.original_dst_address";
    let shown = |event: &str, path: &[&str]| format!("{event} prop {}", quoted(path.join("\0")));
    let lines = [
        envoy_state("conf", "envoy.string", "x", 0),
        envoy_state("conf", "envoy.network.ip", "bad", 0),
        envoy_state("conf", "nosuch", "x", 0),
        envoy_state("reqh", address, "1.2.3.4:80", 0),
        shown("reqh", &["filter_state", address]),
        shown("reqh", &["filter_state", address, "ip"]),
        shown("reqh", &["filter_state", address, "port"]),
        shown("reqh", &["filter_state", address, "x"]),
        envoy_state("reqh", "envoy.network.application_protocols", "a,b", 0),
        shown("reqh", &["filter_state", "envoy.network.application_protocols"]),
        envoy_state("reqh", "envoy.string", "1", 0),
        envoy_state("reqh", "envoy.string", "2", 0),
        // One that lives longer does not take its place.
        envoy_state("reqh", "envoy.string", "3", 1),
        shown("log", &["filter_state", "envoy.string"]),
        foreign("reqh", "set_envoy_filter_state", field(1, b"\xff")),
    ];
    let answers = ask(&lines);
    assert_eq!(answers[..3], ["rc=1", "rc=2", "rc=1"]);
    assert_eq!(
        answers[3..14],
        [
            NOTHING,
            r#"rc=0 len=4 "\x00\x00\x00\x00""#,
            r#"rc=0 len=7 "1.2.3.4""#,
            r#"rc=0 len=8 "P\x00\x00\x00\x00\x00\x00\x00""#,
            "rc=1",
            NOTHING,
            "rc=1",
            NOTHING,
            NOTHING,
            NOTHING,
            "rc=2",
        ]
    );
    assert_eq!(answers[14], r#"rc=0 len=1 "2""#);
}

#[test]
fn bytes_are_packed_and_unpacked() {
    let packed = b"x\x9c\xcbH\xcd\xc9\xc9W\xc8@\x90\x00:.\x06}";
    let lines = [
        foreign("reqh", "uncompress", packed),
        foreign("reqh", "uncompress", [packed.as_slice(), b"trailing"].concat()),
        foreign("reqh", "uncompress", &packed[..8]),
        foreign("reqh", "uncompress", [&packed[..15], &b"\x01"[..]].concat()),
        foreign("reqh", "uncompress", "zz"),
        foreign("reqh", "uncompress", ""),
        // An empty result, for which the allocator is asked all the same.
        foreign("reqh", "uncompress", b"x\x9c\x03\0\0\0\0\x01"),
        foreign("reqh", "compress", ""),
        foreign("reqh", "clear_route_cache", "ignored"),
        foreign("reqh", "nosuch", ""),
        foreign("reqh", "", ""),
    ];
    let hello = r#"rc=0 len=17 "hello hello hello""#;
    let wanted = [
        hello,
        hello,
        "rc=3",
        "rc=3",
        "rc=3",
        "rc=3",
        r#"rc=0 len=0 """#,
        r#"rc=0 len=8 "x\x9c\x03\x00\x00\x00\x00\x01""#,
        NOTHING,
        "rc=1",
        "rc=1",
    ];
    assert_eq!(ask(&lines), wanted);
}
