//! HTTP archives as browsers save them.

use filterlab::convert::{Format, Place, Reason};
use filterlab::http::Protocol;
use filterlab::scenario::{CalloutFailure, Scenario};

use crate::{left_out, lines, read, refused, write};

/// As Chrome saves it, with its fields and their order.
const CHROME: &str = r#"{
  "log": {
    "version": "1.2",
    "creator": {"name": "WebInspector", "version": "537.36"},
    "pages": [{"startedDateTime": "2026-03-01T10:00:00.000Z", "id": "page_1", "title": "https://shop.example.com/",
      "pageTimings": {"onContentLoad": 12.5, "onLoad": 40}}],
    "entries": [
      {
        "_connectionId": "12", "_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch",
        "cache": {}, "connection": "443", "pageref": "page_1",
        "request": {
          "method": "POST", "url": "https://shop.example.com/api/cart?item=7#top", "httpVersion": "http/2.0",
          "headers": [
            {"name": ":authority", "value": "shop.example.com"}, {"name": ":method", "value": "POST"},
            {"name": ":path", "value": "/api/cart?item=7"}, {"name": ":scheme", "value": "https"},
            {"name": "accept", "value": "*/*"}, {"name": "content-length", "value": "7"},
            {"name": "content-type", "value": "application/json"}],
          "queryString": [{"name": "item", "value": "7"}], "cookies": [], "headersSize": -1, "bodySize": 7,
          "postData": {"mimeType": "application/json", "text": "{\"n\":1}"}},
        "response": {
          "status": 200, "statusText": "", "httpVersion": "http/2.0",
          "headers": [
            {"name": "content-encoding", "value": "gzip"}, {"name": "content-length", "value": "31"},
            {"name": "content-type", "value": "application/json"},
            {"name": "set-cookie", "value": "a=1; Path=/\nb=2"}],
          "cookies": [], "content": {"size": 11, "mimeType": "application/json", "compression": -20, "text": "{\"ok\":true}"},
          "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 31, "_error": null},
        "serverIPAddress": "93.184.216.34", "startedDateTime": "2026-03-01T10:00:00.250Z", "time": 50.4,
        "timings": {"blocked": 1, "dns": -1, "ssl": -1, "connect": -1, "send": 0.2, "wait": 42.6, "receive": 1, "_blocked_queueing": 0.5}
      },
      {
        "cache": {}, "request": {"method": "GET", "url": "data:image/png;base64,AAAA", "httpVersion": "data", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 3, "mimeType": "image/png"}},
        "startedDateTime": "2026-03-01T10:00:00.300Z", "time": 0, "timings": {}
      },
      {
        "cache": {}, "request": {"method": "GET", "url": "https://shop.example.com/logo.png", "httpVersion": "h3", "headers": []},
        "response": {"status": 200, "headers": [{"name": "content-type", "value": "image/png"}],
          "content": {"size": 3, "mimeType": "image/png", "text": "iVBO", "encoding": "base64"}},
        "serverIPAddress": "93.184.216.34", "startedDateTime": "2026-03-01T12:00:01.300+02:00", "time": 9, "timings": {"wait": -1}
      },
      {
        "cache": {}, "request": {"method": "GET", "url": "https://shop.example.com/gone", "httpVersion": "", "headers": []},
        "response": {"status": 0, "statusText": "", "headers": [], "content": {"size": 0, "mimeType": "x-unknown"},
          "_error": "net::ERR_CONNECTION_REFUSED"},
        "startedDateTime": "2026-03-01T10:00:02.000Z", "time": 1, "timings": null
      }
    ]
  }
}"#;

#[test]
fn an_archive_of_chrome_is_one_scenario_with_all_its_requests() {
    let imported = read(Format::Har, CHROME);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.name, "POST shop.example.com/api/cart");
    assert_eq!(scenario.request.url, "https://shop.example.com/api/cart?item=7");
    assert_eq!(
        lines(&scenario.request),
        ["accept: */*", "content-length: 7", "content-type: application/json"]
    );
    assert_eq!(scenario.request.body.text(), Some("{\"n\":1}"));
    assert_eq!(scenario.proxy.downstream, Protocol::Http2);
    assert_eq!(scenario.clock.to_string(), "2026-03-01T10:00:00.25Z");
    let reply = &scenario.reply;
    assert_eq!((reply.status, reply.delay_ms, reply.body.text()), (200, 43, Some("{\"ok\":true}")));
    let headers: Vec<_> = reply
        .headers
        .iter()
        .map(|line| (line.name.as_str(), line.value.text().expect("it is text")))
        .collect();
    assert_eq!(
        headers,
        [
            ("content-length", "11"),
            ("content-type", "application/json"),
            ("set-cookie", "a=1; Path=/"),
            ("set-cookie", "b=2")
        ]
    );
    assert_eq!(scenario.then.len(), 2, "a data: URL passes no proxy");
    let logo = &scenario.then[0];
    assert_eq!(logo.wait_ms, 1_000, "from 300.4 ms to 1,300 ms, less a rounded millisecond");
    assert_eq!(&logo.reply.as_ref().expect("it has one").body.0[..], b"\x89PN");
    let gone = scenario.then[1].reply.as_ref().expect("it has one");
    assert_eq!(gone.fails, Some(CalloutFailure::Reset));
    assert_eq!(
        left_out(&imported),
        [
            "log.pages: there is nothing that means the same",
            "log.entries[0].serverIPAddress and 1 more: there is nothing that means the same",
            "log.entries[0].timings besides wait: there is nothing that means the same",
            "log.entries[0].response.headers.content-encoding: the body in the file is decoded, so the header would not be true",
            "log.entries[0].response.headers.content-length: the body in the file has another length; the header says that one now",
            "log.entries[1]: it is not an http or https request",
            "log.entries[3].response: the file does not have it",
        ]
    );
}

/// As Firefox saves it.
const FIREFOX: &str = r#"{"log":{"version":"1.2","creator":{"name":"Firefox","version":"128.0"},"browser":{"name":"Firefox","version":"128.0"},
"pages":[],"entries":[{"startedDateTime":"2026-03-01T11:00:00.000+01:00","request":{"bodySize":13,"method":"POST","url":"http://localhost:8000/form",
"httpVersion":"HTTP/1.1","headers":[{"name":"Host","value":"localhost:8000"},{"name":"Content-Type","value":"application/x-www-form-urlencoded"},
{"name":"Content-Length","value":"13"},{"name":"Connection","value":"keep-alive"}],"cookies":[],"queryString":[],"headersSize":400,
"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"1 2"},{"name":"b","value":"张"}]}},
"response":{"status":304,"statusText":"Not Modified","httpVersion":"HTTP/1.1","headers":[{"name":"Transfer-Encoding","value":"chunked"}],
"cookies":[],"content":{"mimeType":"text/html","size":5,"text":"hello"},"redirectURL":"","headersSize":100,"bodySize":105},
"cache":{"afterRequest":{"lastAccess":"2026-03-01"}},"timings":{"blocked":0,"dns":0,"connect":0,"ssl":0,"send":0,"wait":7,"receive":0},"time":7,
"_securityState":"insecure","serverIPAddress":"127.0.0.1","connection":"8000","pageref":"page_1","_x":1}]}}"#;

#[test]
fn an_archive_of_firefox_is_read() {
    let imported = read(Format::Har, FIREFOX);
    let scenario = &imported.scenarios[0];
    assert_eq!(scenario.proxy.downstream, Protocol::Http1);
    assert_eq!(scenario.clock.to_string(), "2026-03-01T10:00:00Z");
    assert_eq!(scenario.request.body.text(), Some("a=1+2&b=%E5%BC%A0"));
    assert_eq!(
        lines(&scenario.request),
        ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 17", "Connection: keep-alive"]
    );
    assert_eq!((scenario.reply.status, scenario.reply.body.text()), (304, Some("")), "a 304 has no body");
    assert_eq!(
        left_out(&imported),
        [
            "log.entries[0].cache: there is nothing that means the same",
            "log.entries[0].serverIPAddress: there is nothing that means the same",
            "log.entries[0]._x: Filterlab does not know it",
            "log.entries[0].request.headers.content-length: the body in the file has another length; the header says that one now",
            "log.entries[0].response.content.text: there is nothing that means the same",
        ]
    );
}

#[test]
fn whatever_stands_in_an_entry_is_carried_over_or_listed() {
    let text = r#"{"comment": "c", "log": {"_extra": [1], "entries": [
        {"comment": "", "startedDateTime": "yesterday", "timings": {"send": -1, "wait": 5, "receive": 2, "_ssl_part": 1, "_blocked_proxy": 1},
         "request": {"method": "PUT", "url": "https://h/", "httpVersion": "HTTP/1.1", "headers": [{"name": "a", "value": "b", "comment": "c"},
            {"name": "", "value": "x"}], "cookies": [{"name": "k", "value": "v", "path": "/", "comment": "c"}, {"name": "l", "value": ""}],
            "queryString": [], "bodySize": 9, "_trailers": {"a": "b"}, "_empty": {}},
         "response": {"status": 200, "headers": [{"name": "transfer-encoding", "value": "chunked"}], "cookies": [{"name": "k", "value": "v"}],
            "content": {"text": "x", "_hash": "y"}, "_error": "net::ERR_ABORTED", "_serviceWorkerResponseSource": "network"}},
        {"request": {"url": "data:,", "_skipped": 1}},
        {"timings": {"dns": 0, "blocked": 3}, "request": {"url": "https://h/", "httpVersion": "h2", "_trailers": 1,
            "postData": {"text": "x", "params": [{"name": "p", "_y": 1}, {"name": "q", "_y": 1}], "_z": 1}}}]}}"#;
    let imported = read(Format::Har, text);
    assert_eq!(lines(&imported.scenarios[0].request), ["a: b", "cookie: k=v; l="]);
    let nothing = "there is nothing that means the same";
    let unknown = "Filterlab does not know it";
    let missing = "the file does not have it";
    let expected = [
        ("comment", nothing),
        ("log._extra", unknown),
        ("log.entries[0].timings._ssl_part", unknown),
        ("log.entries[0].request.headers.comment", nothing),
        ("log.entries[0].request.cookies.comment", nothing),
        ("log.entries[0].request._trailers and 1 more", unknown),
        ("log.entries[0].response.content._hash", unknown),
        ("log.entries[0].response._serviceWorkerResponseSource", unknown),
        ("log.entries[0].timings besides wait and 1 more", nothing),
        ("log.entries[0].startedDateTime", unknown),
        ("log.entries[0].request.headers", unknown),
        ("log.entries[0].request.postData.text", missing),
        ("log.entries[0].response._error", nothing),
        ("log.entries[0].response.cookies", nothing),
        ("log.entries[0].response.headers.transfer-encoding", nothing),
        ("log.entries[1]", "it is not an http or https request"),
        ("log.entries[2].request.postData.params._y", unknown),
        ("log.entries[2].request.postData._z", unknown),
        ("log.entries[2].request.httpVersion", nothing),
        ("log.entries[2].response", missing),
    ];
    assert_eq!(left_out(&imported), expected.map(|(place, why)| format!("{place}: {why}")));
}

#[test]
fn more_than_one_run_sends_is_listed_with_the_places_that_the_entries_have() {
    let entry = r#"{"request": {"url": "https://h/"}, "response": {"status": 200}}"#;
    let entries = vec![entry; 10_003].join(",");
    let imported = read(
        Format::Har,
        format!(r#"{{"log": {{"entries": [{{"request": {{"url": "blob:x"}}}}, {entries}]}}}}"#),
    );
    assert_eq!(imported.scenarios[0].then.len(), 9_999);
    let places: Vec<_> = imported.left_out.iter().map(|item| item.place.to_string()).collect();
    assert_eq!(places, ["log.entries[0]", "log.entries[10001], and 2 more"]);
}

#[test]
fn an_object_or_list_without_end_is_refused_and_so_is_a_field_that_is_there_twice() {
    let names: Vec<String> = (0..1_001).map(|number| format!("\"_{number}\": 1")).collect();
    let lines = vec!["{}"; 10_001].join(",");
    for (request, said) in [
        (names.join(","), "more than 1000 fields are in one object"),
        (format!("\"headers\": [{lines}]"), "more than 10000 are in one list"),
        ("\"url\": \"https://a/\", \"url\": \"https://b/\"".to_owned(), "duplicate field `url`"),
    ] {
        let error =
            refused(Format::Har, format!("{{\"log\": {{\"entries\": [{{\"request\": {{{request}}}}}]}}}}"));
        assert!(matches!(&error.reason, Reason::Syntax(found) if found == said), "{error:?}");
        assert!(matches!(error.place, Some(Place::Line { line: 1, .. })), "{error:?}");
    }
    // What is left out is counted, too, where it has no end.
    let entry = |number: usize| {
        format!(r#"{{"request": {{"url": "https://h/", "_{number}": 1}}, "response": {{"status": 200}}}}"#)
    };
    let entries: Vec<String> = (0..300).map(entry).collect();
    let imported = read(Format::Har, format!(r#"{{"log": {{"entries": [{}]}}}}"#, entries.join(",")));
    assert_eq!(imported.left_out.len(), 200);
    assert_eq!(imported.left_out[199].place.to_string(), "log.entries[199].request._199, and 100 more");
}

#[test]
fn parts_of_a_form_and_files_that_are_not_there() {
    let text = r#"{"log":{"entries":[{"request":{"method":"POST","url":"https://h/","postData":{"mimeType":"multipart/form-data; boundary=X",
        "params":[{"name":"a","value":"1"},{"name":"f","fileName":"p.png","contentType":"image/png","value":""}]}},"response":null}]}}"#;
    let imported = read(Format::Har, text);
    assert_eq!(
        imported.scenarios[0].request.body.text(),
        Some(
            "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; \
              name=\"f\"; filename=\"p.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--X--\r\n"
        )
    );
    let listed = left_out(&imported);
    assert_eq!(listed[0], "log.entries[0].request.postData.params: the file does not have it");
}

#[test]
fn what_is_no_archive_has_its_place() {
    let error = refused(Format::Har, "{\"log\": {\n \"entries\": [{\"request\": 5}]}}");
    assert_eq!(error.place, Some(Place::Line { line: 2, column: 26 }), "{error:?}");
    let error = refused(Format::Har, "{\"log\": {\"entries\": []}}");
    assert!(matches!(error.reason, Reason::NoRequest));
    let error = refused(Format::Har, "{\"log\": {\"entries\": [{}]}}");
    assert!(matches!(&error.reason, Reason::Syntax(said) if said == "missing field `request`"), "{error:?}");
}

#[test]
fn a_scenario_comes_back_from_an_archive_with_its_pauses() {
    let text = r#"{"request": {"url": "https://h/a?b=c&d", "headers": [["cookie", "a=1; b=2"]]},
        "reply": {"status": 201, "delay_ms": 30, "headers": [["content-encoding", "br"], ["content-length", "2"]], "body": {"base64": "/wA="}},
        "then": [{"wait_ms": 5000, "reply": {"fails": "connection_failure"}},
                 {"request": {"method": "PUT", "body": {"base64": "/wA="}, "headers": [["content-length", "2"], ["content-type", "a/b"]]},
                  "reply": {"headers": [["content-length", "0"]]}}], "clock": "2026-05-01T00:00:00.5Z"}"#;
    let scenario = Scenario::from_json(text).expect("it is a scenario");
    let (file, lost) = write(Format::Har, &scenario);
    assert_eq!(lost, [""; 0]);
    let imported = read(Format::Har, &file);
    assert_eq!(left_out(&imported), [""; 0]);
    let again = &imported.scenarios[0];
    assert_eq!(
        (&again.request, &again.reply, again.clock),
        (&scenario.request, &scenario.reply, scenario.clock)
    );
    assert_eq!(again.then[0].wait_ms, 5_000);
    assert_eq!(again.then[0].request.as_ref(), Some(&scenario.request));
    assert_eq!(again.then[0].reply, scenario.then[0].reply);
    assert_eq!(
        (&again.then[1].request, &again.then[1].reply),
        (&scenario.then[1].request, &scenario.then[1].reply)
    );
    let json: serde_json::Value = serde_json::from_slice(&file).expect("it is JSON");
    let entry = &json["log"]["entries"][0];
    assert_eq!(entry["request"]["queryString"][1], serde_json::json!({"name": "d", "value": ""}));
    assert_eq!(entry["request"]["cookies"][1]["name"], "b");
    assert_eq!(json["log"]["entries"][1]["startedDateTime"], "2026-05-01T00:00:05.53Z");
}

#[test]
fn what_an_archive_has_no_place_for_is_listed() {
    let text = r#"{"request": {"url": "https://h/", "headers": [["a", {"base64": "/w=="}], ["b", "c"]]}, "proxy": {"downstream": "http1"},
        "then": [{"note": "later"}], "reply": {"headers": [["d", {"base64": "/w=="}]]}}"#;
    let scenario = Scenario::from_json(text).expect("it is a scenario");
    for format in [Format::Har, Format::Hurl] {
        let (file, lost) = write(format, &scenario);
        let again = &read(format, &file).scenarios[0];
        assert_eq!(lines(&again.request), ["b: c"], "no letter is made up");
        assert_eq!(again.proxy.downstream, Protocol::Http1);
        let reply = if format == Format::Har { "reply.headers[0]" } else { "reply" };
        for place in ["request.headers[0]", "then[0].unknown fields", reply] {
            assert!(lost.iter().any(|found| found == place), "{place} is not in {lost:?}");
        }
        assert!(!lost.iter().any(|found| found == "proxy"), "the version is in the file: {lost:?}");
    }
}
