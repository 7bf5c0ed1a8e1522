//! HTTP/1.1 as text.

use filterlab::convert::{Format, Place, Reason};
use filterlab::http::Protocol;
use filterlab::scenario::{Chunks, HeaderLine, Reply, Request, Scenario};

use crate::{left_out, lines, read, refused, write};

#[test]
fn a_request_with_its_answer_is_a_scenario() {
    let text = "POST /v1/orders?x=1 HTTP/1.1\r\nHost: api.example.com\r\nX-A:  1 \r\nContent-Length: 4\r\n\r\na\0\u{e9}\
                HTTP/1.1 201 Created\r\nServer: x\r\nContent-Length: 2\r\n\r\nok";
    let imported = read(Format::Http, text);
    let scenario = &imported.scenarios[0];
    assert_eq!(left_out(&imported), [""; 0]);
    assert_eq!(scenario.request.url, "https://api.example.com/v1/orders?x=1");
    assert_eq!(lines(&scenario.request), ["X-A: 1", "Content-Length: 4"]);
    assert_eq!(&scenario.request.body.0[..], "a\0\u{e9}".as_bytes());
    assert_eq!((scenario.reply.status, scenario.reply.body.text()), (201, Some("ok")));
    assert_eq!(scenario.proxy.downstream, Protocol::Http1);
}

#[test]
fn bodies_are_bytes() {
    let text = b"POST http://h/ HTTP/1.1\r\ncontent-length: 5\r\n\r\n\xff\r\n\0G";
    let request = &read(Format::Http, text).scenarios[0].request;
    assert_eq!(&request.body.0[..], b"\xff\r\n\0G");
    assert_eq!(request.url, "http://h/");
}

#[test]
fn chunks_and_trailers_are_kept() {
    let text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                4\r\nwiki\r\n5;x=y\r\npedia\r\n0\r\nX-Sum: 9\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n";
    let imported = read(Format::Http, text);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.request.body.text(), Some("wikipedia"));
    assert_eq!(scenario.request.chunks, Chunks::Sizes(vec![4, 5]));
    assert_eq!(scenario.request.trailers, [HeaderLine::new("X-Sum", "9")]);
    assert_eq!(lines(&scenario.request), [""; 0], "how it was sent is no header of its own");
    assert_eq!(scenario.then[0].request.as_ref().expect("it has one").url, "https://h/b");
    assert_eq!(left_out(&imported), ["line 7, column 1: ;: there is nothing that means the same"]);
    let (written, lost) = write(Format::Http, &Scenario { then: Vec::new(), ..scenario.clone() });
    assert_eq!(lost, ["proxy"]);
    assert!(String::from_utf8_lossy(&written).starts_with(
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n4\r\nwiki\r\n5\r\npedia\r\n0\r\nX-Sum: 9\r\n\r\nHTTP/1.1 200 OK\r\n"
    ));
}

#[test]
fn what_people_write_by_hand_is_read() {
    let text = "### first\nPOST https://h/a HTTP/2\n:authority: h\naccept: */*\n\n{\"a\": 1}\n\n### second\n\nGET /b HTTP/1.1\nhost: localhost:80\n\n\
                HTTP/1.1 200\ncontent-type: text/plain\n\nhello\n";
    let imported = read(Format::Http, text);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.request.body.text(), Some("{\"a\": 1}\n"));
    assert_eq!(lines(&scenario.request), ["accept: */*"]);
    let then = &scenario.then[0];
    assert_eq!(then.request.as_ref().expect("it has one").url, "http://localhost:80/b");
    assert_eq!(then.reply.as_ref().expect("it has one").body.text(), Some("hello\n"));
    // A tool shows the body put together, and leaves the header.
    let text = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n\
                HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nHello world";
    let imported = read(Format::Http, text);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.reply.body.text(), Some(""), "after HEAD there is none");
    let reply = scenario.then[0].reply.as_ref().expect("it has one");
    assert_eq!((reply.status, reply.body.text()), (200, Some("Hello world")));
    assert_eq!(imported.left_out.len(), 1, "the interim answer");
}

#[test]
fn what_is_wrong_has_its_place() {
    let check = |text: &str, line: usize, said: &str| {
        let error = refused(Format::Http, text);
        let Some(Place::Line { line: found, .. }) = error.place else { panic!("{text}: {error:?}") };
        assert_eq!(found, line, "{text}: {error:?}");
        assert!(matches!(&error.reason, Reason::Syntax(found) if found.contains(said)), "{error:?}");
    };
    check("GET / HTTP/1.1\r\nno colon\r\n\r\n", 2, "name: value");
    check("GET / HTTP/1.1\r\na b: c\r\n\r\n", 2, "name: value");
    check("hello\r\n", 1, "a message begins with");
    check("GET / HTTP/1.1\nhost: h\ncontent-length: 1\n\nxmore", 5, "a message begins with");
    let chunked = "POST / HTTP/1.1\nhost: h\ntransfer-encoding: chunked\n\n";
    check(&format!("{chunked}9\nabc"), 5, "the chunk should have 9 bytes, there are 3");
    check(&format!("{chunked}3\nabcd\n0\n\n"), 6, "");
    let short = read(Format::Http, "POST / HTTP/1.1\nhost: h\ncontent-length: 9\n\nabc");
    assert_eq!(left_out(&short), ["line 5, column 1: content-length: the file does not have it"]);
    assert!(matches!(refused(Format::Http, "HTTP/1.1 200 OK\n\n").reason, Reason::NoRequest));
}

#[test]
fn what_was_written_by_filterlab_is_http() {
    let request = Request { method: "POST".into(), body: "ab".into(), ..Request::default() };
    let reply = Reply { status: 404, body: "no".into(), ..Reply::default() };
    let scenario = Scenario { request, reply, ..Scenario::default() };
    let (file, lost) = write(Format::Http, &scenario);
    assert_eq!(
        String::from_utf8_lossy(&file),
        "POST / HTTP/1.1\r\nhost: example.com\r\ncontent-length: 2\r\n\r\nabHTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno"
    );
    assert_eq!(lost, [""; 0]);
}
