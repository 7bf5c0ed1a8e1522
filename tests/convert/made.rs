//! Made-up input: nothing that is read panics, and what is written is the same when it is read again.

use filterlab::convert::{self, Format};
use filterlab::http::Protocol;
use filterlab::scenario::{HeaderLine, Reply, Request, Scenario, Then};
use proptest::prelude::*;

use crate::{read, write};

const TRAFFIC: [Format; 4] = [Format::Curl, Format::Har, Format::Hurl, Format::Http];

/// A value as HTTP carries it: no control characters, no space around it.
fn value() -> impl Strategy<Value = String> {
    let any = prop_oneof![
        "[ -~]{0,20}",
        "[a-z张#\\\\\"'`$%{}\\[\\];:|&<>!*?~^ ]{0,12}",
        Just("{{a}}".to_owned()),
        Just("@file".to_owned()),
    ];
    any.prop_map(|text| text.trim().to_owned())
}

fn headers() -> impl Strategy<Value = Vec<HeaderLine>> {
    let names = prop_oneof![
        Just("user-agent"),
        Just("accept"),
        Just("cookie"),
        Just("x-a"),
        Just("x-b"),
        Just("authorization")
    ];
    let line = (names, value()).prop_map(|(name, value)| HeaderLine::new(name, value));
    proptest::collection::vec(line, 0..5)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        "[ -~\n\r\t张{}`'\"\\\\#]{0,40}".prop_map(String::into_bytes),
        "[a-z\n]{0,20}\n".prop_map(String::into_bytes),
        proptest::collection::vec(1_u8.., 0..30),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("POST"), Just("HEAD"), Just("PURGE"), Just("OPTIONS")];
    let url = prop_oneof![
        "https://[a-z]{1,8}\\.test/[a-z/.~]{0,10}(\\?[a-z=&%0-9\\[\\]{}+]{0,10})?",
        Just("http://localhost:8080/".to_owned()),
        Just("http://example.com/a/../b".to_owned()),
        Just("https://127.0.0.1:443/?".to_owned()),
    ];
    (method, url, headers(), body()).prop_map(|(method, url, mut headers, body)| {
        if !body.is_empty() {
            // Every format says how long a body is.
            headers.push(HeaderLine::new("content-length", body.len().to_string()));
            headers.push(HeaderLine::new("content-type", "text/plain"));
        }
        Request { method: method.into(), url, headers, body: body.into(), ..Request::default() }
    })
}

/// A request as a proxy gets it: it does not matter how the URL was typed.
fn as_sent(request: &Request) -> Request {
    let target = filterlab::http::Target::parse(&request.url).expect("it is a URL");
    let url = format!("{}://{}{}", target.scheme, target.authority, target.path);
    let mut headers = request.headers.clone();
    // Where it stands does not matter.
    headers.sort_by_key(|line| line.name == "content-length");
    Request { url, headers, ..request.clone() }
}

fn scenario(requests: &[Request], reply: Option<Reply>) -> Scenario {
    let mut requests = requests.iter().cloned();
    let request = requests.next().expect("there is one");
    let then =
        requests.map(|request| Then { request: Some(request), reply: reply.clone(), ..Then::default() });
    Scenario {
        request,
        reply: reply.clone().unwrap_or_default(),
        then: then.collect(),
        ..Scenario::default()
    }
}

fn requests_of(scenario: &Scenario) -> Vec<Request> {
    let then = scenario.then.iter().filter_map(|then| then.request.as_ref());
    std::iter::once(&scenario.request).chain(then).map(as_sent).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_the_same_request_when_it_is_read(
        requests in proptest::collection::vec(request(), 1..4), http1 in any::<bool>()
    ) {
        for format in TRAFFIC {
            let mut requests = requests.clone();
            for request in &mut requests {
                // Listed, since a URL has no other way to say it there.
                if format == Format::Hurl {
                    request.url = request.url.replace("{{", "%7B%7B");
                }
                // A header that is no text cannot be written there, nor a body to HEAD in what curl sends.
                if format == Format::Http && request.method == "HEAD" {
                    request.body = Default::default();
                    request.headers.retain(|line| !line.name.starts_with("content-"));
                }
            }
            let mut scenario = scenario(&requests, None);
            scenario.proxy.downstream = if http1 { Protocol::Http1 } else { Protocol::Http2 };
            let (file, _) = write(format, &scenario);
            let again = &read(format, &file).scenarios[0];
            prop_assert_eq!(
                requests_of(again), requests.iter().map(as_sent).collect::<Vec<_>>(),
                "{:?}: {}", format, String::from_utf8_lossy(&file)
            );
            if format != Format::Http {
                prop_assert_eq!(again.proxy.downstream, scenario.proxy.downstream);
            }
            prop_assert_eq!(Format::of("", &file), Some(format), "{}", String::from_utf8_lossy(&file));
        }
    }

    #[test]
    fn replies_come_back_from_the_formats_that_have_them(
        request in request(), headers in headers(), body in body(), status in prop_oneof![Just(200_u16), Just(404), Just(503)]
    ) {
        let request = Request { method: "GET".into(), ..request };
        let mut reply = Reply { status, headers, body: body.clone().into(), ..Reply::default() };
        reply.headers.push(HeaderLine::new("content-length", body.len().to_string()));
        let scenario = scenario(&[request.clone(), request], Some(reply.clone()));
        for format in [Format::Har, Format::Http] {
            let (file, _) = write(format, &scenario);
            let again = &read(format, &file).scenarios[0];
            prop_assert_eq!(&again.reply, &reply, "{:?}", format);
            prop_assert_eq!(again.then[0].reply.as_ref(), Some(&reply), "{:?}", format);
        }
    }

    #[test]
    fn no_text_panics(text in ".{0,200}", format in 0..4_usize) {
        let _ = convert::open_bytes(text.as_bytes(), Some(TRAFFIC[format]));
        let _ = convert::open_bytes(text.as_bytes(), None);
    }

    #[test]
    fn no_text_that_begins_well_panics(
        begin in prop_oneof![
            Just("curl "), Just("curl ^\""), Just("GET / HTTP/1.1\r\n"), Just("HTTP/1.1 200 OK\n"), Just("GET https://a/\n"),
            Just("POST https://a/\n[Form]\n"), Just("GET https://a\nHTTP 200\n[Asserts]\n"), Just("{\"log\": {\"entries\": ["),
            Just("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n"), Just("POST https://a/\n```"), Just("curl h -F "),
        ],
        parts in proptest::collection::vec(
            prop_oneof![
                Just("'".to_owned()), Just("\"".to_owned()), Just("\\".to_owned()), Just("$'".to_owned()), Just("^".to_owned()), Just("\n".to_owned()),
                Just("\r\n".to_owned()), Just(" -d @".to_owned()), Just(" --next ".to_owned()), Just("\0".to_owned()), Just("{{a".to_owned()),
                Just("ffffffffffffffff\r\n".to_owned()), Just("5;x\n".to_owned()), Just("{}".to_owned()), Just("a: b\n".to_owned()),
                Just("```".to_owned()), Just("header \"a\" ".to_owned()), Just("== ".to_owned()), Just("base64,".to_owned()), Just("a=\"b;type=".to_owned()),
                "\\PC{0,6}",
            ], 0..12)
    ) {
        let text = format!("{begin}{}", parts.concat());
        for format in TRAFFIC {
            let _ = convert::open_bytes(text.as_bytes(), Some(format));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in TRAFFIC {
            let _ = convert::open_bytes(&bytes, Some(format));
        }
        let _ = Format::of("", &bytes);
    }
}

#[test]
fn deep_and_long_input_is_an_error_and_not_the_end() {
    let deep = format!("{{\"log\": {{\"entries\": [{}", "[".repeat(1_000_000));
    assert!(convert::open_bytes(deep.as_bytes(), Some(Format::Har)).is_err());
    let deep = format!("POST https://a/\n{}", "[".repeat(1_000_000));
    assert!(convert::open_bytes(deep.as_bytes(), Some(Format::Hurl)).is_err());
    let many = format!("curl {}", "h ".repeat(30_000));
    let imported = convert::open_bytes(many.as_bytes(), Some(Format::Curl)).expect("they are URLs");
    assert_eq!(imported.scenarios[0].then.len(), 9_999, "as many as one run sends");
    assert_eq!(imported.left_out.len(), 1);
    let lines = format!("GET / HTTP/1.1\r\n{}", "a: b\r\n".repeat(50_000));
    assert!(convert::open_bytes(lines.as_bytes(), Some(Format::Http)).is_err());
    let utf16: Vec<u8> = "\u{feff}curl https://a".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = convert::open_bytes(&utf16, Some(Format::Curl)).expect_err("it is no UTF-8");
    assert!(matches!(error.reason, convert::Reason::NotText), "{error:?}");
}
