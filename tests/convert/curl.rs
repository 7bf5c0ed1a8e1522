//! curl's command lines. What is expected of one is what curl 7.88 sent to a server that wrote it down.

use filterlab::convert::curl::{self, Shell, Style, Unsupported};
use filterlab::convert::{self, Format, Place, Reason};
use filterlab::http::Protocol;
use filterlab::scenario::{HeaderLine, Request, Scenario, Then};

use crate::{left_out, lines, read, refused, write};

fn scenario(command: &str) -> Scenario {
    let imported = read(Format::Curl, command);
    assert_eq!(left_out(&imported), [""; 0], "{command}");
    imported.scenarios.into_iter().next().expect("there is one")
}

fn request(command: &str) -> Request {
    scenario(command).request
}

/// Method, URL and headers of a command, one a line, and its body.
#[track_caller]
fn sends(command: &str, expected: &[&str], body: &str) {
    let request = request(command);
    let mut found = vec![format!("{} {}", request.method, request.url)];
    found.extend(lines(&request));
    assert_eq!(found, expected, "{command}");
    assert_eq!(request.body.text(), Some(body), "{command}");
}

const AGENT: &str = "user-agent: curl/8.5.0";
const ALL: &str = "accept: */*";
const FORM: &str = "content-type: application/x-www-form-urlencoded";

#[test]
fn the_headers_are_those_that_curl_sends_in_its_order() {
    sends("curl http://h", &["GET http://h/", AGENT, ALL], "");
    sends(
        "curl -s 'http://h/a/../b/./c?x=1#frag' -H 'X-A: 1' -H 'X-E;' -H 'Accept:' -A me -e http://r \
         -b 'a=1' -b 'b=2' -u u:p --compressed",
        &[
            "GET http://h/b/c?x=1",
            "authorization: Basic dTpw",
            "user-agent: me",
            "accept-encoding: deflate, gzip, br, zstd",
            "referer: http://r",
            "cookie: a=1;b=2",
            "x-a: 1",
            "x-e: ",
        ],
        "",
    );
    sends(
        "curl http://h/x -d a=1 -d b=2 -H 'X-B: 2'",
        &["POST http://h/x", AGENT, ALL, "x-b: 2", "content-length: 7", FORM],
        "a=1&b=2",
    );
    sends(
        r#"curl http://h/x --json '{"a":1}' --json '{"b":2}'"#,
        &[
            "POST http://h/x",
            AGENT,
            "content-type: application/json",
            "accept: application/json",
            "content-length: 14",
        ],
        r#"{"a":1}{"b":2}"#,
    );
    sends(
        "curl http://h/x -H 'Host: example.org' -H 'User-Agent: z' -H ' Sp : v'",
        &["GET http://h/x", ALL, "host: example.org", "user-agent: z", "sp: v"],
        "",
    );
    sends("curl http://h/x -H 'Accept;' -A ''", &["GET http://h/x", "accept: "], "");
    sends("curl http://h/x -H 'Cookie: h=1' -b c=2", &["GET http://h/x", AGENT, ALL, "cookie: h=1"], "");
    sends(
        "curl 'http://us%40er:p%3aw@h/x'",
        &["GET http://h/x", "authorization: Basic dXNAZXI6cDp3", AGENT, ALL],
        "",
    );
    sends(
        "curl 'http://h/x?q=1' -r 0-10 --oauth2-bearer tok --url-query 'z=1 2' --url-query '+raw=1'",
        &["GET http://h/x?q=1&z=1+2&raw=1", "authorization: Bearer tok", "range: bytes=0-10", AGENT, ALL],
        "",
    );
}

#[test]
fn bodies_and_methods_are_those_of_curl() {
    sends(
        "curl -XPOST -HX-A:1 -dabc -A=x h",
        &["POST http://h/", "user-agent: =x", ALL, "x-a: 1", "content-length: 3", FORM],
        "abc",
    );
    sends("curl -sSLX DELETE h", &["DELETE http://h/", AGENT, ALL], "");
    sends("curl --url h -X POST -d a -X PUT", &["PUT http://h/", AGENT, ALL, "content-length: 1", FORM], "a");
    sends("curl h -d ''", &["POST http://h/", AGENT, ALL, "content-length: 0", FORM], "");
    sends("curl h -d a=1 -H Content-Type:", &["POST http://h/", AGENT, ALL, "content-length: 3"], "a=1");
    sends(
        "curl h -d abc -H 'Content-Length: 99'",
        &["POST http://h/", AGENT, ALL, "content-length: 99", FORM],
        "abc",
    );
    sends("curl -I 'h/x?q=1'", &["HEAD http://h/x?q=1", AGENT, ALL], "");
    sends("curl -sIXGET h", &["GET http://h/", AGENT, ALL], "");
    sends("curl -d a -G -X POST 'http://h?y#z'", &["POST http://h/?y&a", AGENT, ALL], "");
    sends(
        "curl -e 'http://a;auto' h/x -G -I -d q=1",
        &["HEAD http://h/x?q=1", AGENT, ALL, "referer: http://a"],
        "",
    );
    sends("curl -e ';auto' HTTPS://h", &["GET https://h/", AGENT, ALL], "");
    sends("curl -g 'http://[::1]:80/?a=[1]&b={x}'", &["GET http://[::1]:80/?a=[1]&b={x}", AGENT, ALL], "");
    sends("curl h/a/../b --path-as-is", &["GET http://h/a/../b", AGENT, ALL], "");
    sends(
        "curl h --data-urlencode 'b=c d&é~-_.*' --data-urlencode '=x y' --data-urlencode 'plain text' --data-raw @f",
        &["POST http://h/", AGENT, ALL, "content-length: 39", FORM],
        "b=c+d%26%C3%A9~-_.%2A&x+y&plain+text&@f",
    );
}

#[test]
fn forms_are_written_as_curl_writes_them() {
    let request = request(
        "curl http://h/x -F 'a=1;type=text/plain' -F 'd=\"x;y\\\"z\"' -F 'f=a;filename=z.json' -F 'g\"h=2' -F '=noname' \
         --form-string 'h=@x;type=y' -F 'i=a;type=text/html;charset=utf-8'",
    );
    let kind = lines(&request).pop().expect("the content type is last");
    let boundary = kind.strip_prefix("content-type: multipart/form-data; boundary=").expect("it is a form");
    let body = request.body.text().expect("it is text");
    assert!(lines(&request).contains(&format!("content-length: {}", body.len())));
    let expected = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain\r\n\r\n1\r\n\
        --B\r\nContent-Disposition: form-data; name=\"d\"\r\n\r\nx;y\"z\r\n\
        --B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"z.json\"\r\n\r\na\r\n\
        --B\r\nContent-Disposition: form-data; name=\"g%22h\"\r\n\r\n2\r\n\
        --B\r\nContent-Disposition: form-data\r\n\r\nnoname\r\n\
        --B\r\nContent-Disposition: form-data; name=\"h\"\r\n\r\n@x;type=y\r\n\
        --B\r\nContent-Disposition: form-data; name=\"i\"\r\nContent-Type: text/html;charset=utf-8\r\n\r\na\r\n--B--\r\n";
    assert_eq!(body, expected.replace("--B", &format!("--{boundary}")));
    let told = self::request("curl h -F f=a -H 'Content-Type: multipart/form-data'");
    assert!(lines(&told)[3].starts_with("content-type: multipart/form-data; boundary=---"), "{told:?}");
}

#[test]
fn files_beside_a_command_are_read_and_no_others() {
    let scratch = tempfile::tempdir().expect("a folder can be made");
    let file = |name: &str, bytes: &str| std::fs::write(scratch.path().join(name), bytes).expect("written");
    file("f.txt", "abc\r\n");
    file("h.txt", "X-A: 1\nX-B;\n");
    let open = |command: &str| {
        file("x.curl", command);
        convert::open(&scratch.path().join("x.curl"), None).expect("it is a command").imported
    };
    let imported = open("curl h -d @f.txt --data-binary @f.txt --data-urlencode n@f.txt -H @h.txt");
    let request = &imported.scenarios[0].request;
    assert_eq!(request.body.text(), Some("abc&abc\r\n&n=abc%0D%0A"));
    assert_eq!(lines(request)[2..4], ["x-a: 1", "x-b: "]);
    assert_eq!(imported.left_out, []);
    let imported = open("curl h/dir/ -T f.txt");
    let request = &imported.scenarios[0].request;
    assert_eq!((request.method.as_str(), request.url.as_str()), ("PUT", "http://h/dir/f.txt"));
    assert_eq!(request.body.text(), Some("abc\r\n"));
    let imported = open("curl h -F 'a=@f.txt' -F 'b=<f.txt'");
    let body = imported.scenarios[0].request.body.text().expect("it is text").to_owned();
    assert!(
        body.contains("name=\"a\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n"),
        "{body}"
    );

    for outside in ["/etc/hostname", "../x", "none", "-"] {
        let imported = open(&format!("curl h -d @{outside}"));
        let [line] = &left_out(&imported)[..] else { panic!("it is listed") };
        assert!(line.starts_with(&format!("line 1, column 8: -d: it is in the file {outside},")), "{line}");
        assert_eq!(imported.scenarios[0].request.method, "POST");
    }
    let pasted = read(Format::Curl, "curl h -d @f.txt");
    assert_eq!(pasted.left_out.len(), 1, "nothing lies beside what was pasted");
}

#[test]
fn several_urls_and_next_are_requests_that_follow() {
    let made = scenario("curl http://h/a http://h/b -d x=1 --next http://h/c --http1.1");
    assert_eq!((made.request.url.as_str(), made.request.method.as_str()), ("http://h/a", "POST"));
    let then: Vec<_> = made.then.iter().map(|then| then.request.as_ref().expect("it has one")).collect();
    assert_eq!((then[0].url.as_str(), then[0].method.as_str()), ("http://h/b", "POST"));
    assert_eq!((then[1].url.as_str(), then[1].method.as_str()), ("http://h/c", "GET"));
    assert_eq!(made.proxy.downstream, Protocol::Http1);
    assert_eq!(made.name, "POST h/a");
}

#[test]
fn what_cannot_be_carried_over_is_listed_with_its_place() {
    let imported = read(
        Format::Curl,
        "curl https://h \\\n  --cert me.pem --digest \\\n  --frobnicate -b jar.txt ftp://x -k -x p:1 --resolve a:1:2 -o f",
    );
    let mut listed = left_out(&imported);
    listed.sort();
    let file = "it is in the file jar.txt, which is not there or may not be read; files are read only from the folder of the \
                input";
    assert_eq!(
        listed,
        [
            "line 2, column 17: --digest: there is nothing that means the same",
            "line 2, column 3: --cert: there is nothing that means the same",
            &format!("line 3, column 16: -b: {file}"),
            "line 3, column 27: ftp: it is not an http or https request",
            "line 3, column 3: --frobnicate: Filterlab does not know it",
        ]
    );
}

#[test]
fn what_only_a_shell_or_curl_can_do_is_an_error_with_its_place() {
    let check = |command: &str, line: usize, column: usize, expected: Unsupported| {
        let error = refused(Format::Curl, command);
        assert_eq!(error.place, Some(Place::Line { line, column }), "{command}");
        assert!(
            matches!(&error.reason, Reason::Command(found) if *found == expected),
            "{command}: {error:?}"
        );
    };
    check("curl https://h \\\n | jq .", 2, 2, Unsupported::Shell(Shell::Pipe));
    check("curl https://h -H \"authorization: Bearer $TOKEN\"", 1, 42, Unsupported::Shell(Shell::Variable));
    check("curl https://h\n\ncurl https://i", 3, 1, Unsupported::Shell(Shell::Several));
    check("curl 'https://例/' -d \"$(cat x)\"", 1, 23, Unsupported::Shell(Shell::Substitution));
    check("curl 'https://h/a", 1, 6, Unsupported::NotClosed);
    check("wget https://h", 1, 1, Unsupported::NotCurl { found: "wget".into() });
    check("curl https://h -H", 1, 16, Unsupported::NoValue { option: "-H".into() });
    check("curl -v", 1, 6, Unsupported::NoUrl);
    check("curl 'https://h/[1-9]'", 1, 6, Unsupported::Pattern);
    check("curl h -I -d a", 1, 11, Unsupported::Both { first: "-I".into(), second: "-d".into() });
    check("curl h -d a --form b=c", 1, 13, Unsupported::Both { first: "-d".into(), second: "--form".into() });
    check("curl -K x h", 1, 6, Unsupported::Config { option: "-K".into() });
    assert!(matches!(refused(Format::Curl, "# nothing").reason, Reason::NoRequest));
    let ftp = refused(Format::Curl, "curl ftp://h/x");
    assert_eq!(ftp.place.map(|place| place.to_string()).as_deref(), Some("line 1, column 6: ftp"));
    assert!(matches!(ftp.reason, Reason::Command(Unsupported::Scheme)));
}

#[test]
fn what_no_header_can_be_is_listed() {
    let imported = read(Format::Curl, "curl https://h -H $'a: 1\\nb: 2' -H 'b c: d' -H 'e: f'");
    assert_eq!(
        left_out(&imported),
        [
            "line 1, column 16: -H: no header can have this name or value",
            "line 1, column 33: -H: no header can have this name or value"
        ]
    );
    assert!(lines(&imported.scenarios[0].request).contains(&"e: f".to_owned()));
}

#[test]
fn what_browsers_and_api_clients_copy_is_read() {
    // Chrome, "Copy as cURL (bash)".
    let chrome = r#"curl 'https://shop.example.com/api/cart?item=7&note=a%20b' \
  -X 'PUT' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: zh-CN,zh;q=0.9' \
  -H 'content-type: application/json' \
  -b 'sid=8f14e45f; theme=dark' \
  -H 'priority: u=1, i' \
  -H 'sec-ch-ua: "Chromium";v="126", "Not.A/Brand";v="24"' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'{"name":"it\'s \u0021 张三","n":1}' \
  --compressed ;"#;
    sends(
        chrome.trim_end_matches(" ;"),
        &[
            "PUT https://shop.example.com/api/cart?item=7&note=a%20b",
            "accept-encoding: deflate, gzip, br, zstd",
            "cookie: sid=8f14e45f; theme=dark",
            "accept: application/json, text/plain, */*",
            "accept-language: zh-CN,zh;q=0.9",
            "content-type: application/json",
            "priority: u=1, i",
            "sec-ch-ua: \"Chromium\";v=\"126\", \"Not.A/Brand\";v=\"24\"",
            "user-agent: Mozilla/5.0 (X11; Linux x86_64)",
            "content-length: 30",
        ],
        "{\"name\":\"it's ! 张三\",\"n\":1}",
    );
    assert_eq!(request(chrome), request(chrome.trim_end_matches(" ;")), "\"Copy all\" ends commands so");
    // Chrome, "Copy as cURL (cmd)".
    let cmd = "curl --request PUT ^\"https://shop.example.com/api?item=7^&q=%^20x^\" ^\r\n  -H ^\"accept: */*^\" ^\r\n  \
               -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"126^\\^\"^\" ^\r\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"b^\r\n\r\nc^\\^\"^}^\"";
    sends(
        cmd,
        &[
            "PUT https://shop.example.com/api?item=7&q=%20x",
            AGENT,
            "accept: */*",
            "sec-ch-ua: \"Chromium\";v=\"126\"",
            "content-length: 11",
            FORM,
        ],
        "{\"a\":\"b\nc\"}",
    );
    // Firefox, "Copy as cURL (POSIX)": bytes above ASCII as bash takes them.
    let firefox = request(
        "curl 'https://example.com/a' --compressed -X POST -H 'User-Agent: Mozilla/5.0 (X11; rv:128.0)' \
         -H 'Accept: */*' -H 'Accept-Encoding: gzip, deflate, br, zstd' -H 'Origin: https://example.com' \
         --data-raw $'caf\\xe9 \\u4e2d \\ud83d\\ude00'",
    );
    assert_eq!(&firefox.body.0[..], b"caf\xe9 \xe4\xb8\xad \xf0\x9f\x98\x80");
    assert_eq!(
        lines(&firefox),
        [
            "user-agent: Mozilla/5.0 (X11; rv:128.0)",
            "accept: */*",
            "accept-encoding: gzip, deflate, br, zstd",
            "origin: https://example.com",
            "content-length: 13",
            FORM,
        ]
    );
    // Postman.
    sends(
        "curl --location --request POST 'https://api.example.com/v1/login' \\\n--header 'Content-Type: application/json' \\\n\
         --header 'Authorization: Bearer abc' \\\n--data '{\n    \"user\": \"alice\"\n}'",
        &[
            "POST https://api.example.com/v1/login",
            AGENT,
            ALL,
            "content-type: application/json",
            "authorization: Bearer abc",
            "content-length: 23",
        ],
        "{\n    \"user\": \"alice\"\n}",
    );
    // Insomnia.
    sends(
        "curl --request POST \\\n  --url https://api.example.com/v1/login \\\n  --header 'Content-Type: multipart/form-data' \\\n  \
         --header 'User-Agent: insomnia/9.3.2' \\\n  --cookie 'a=1; b=2'",
        &[
            "POST https://api.example.com/v1/login",
            ALL,
            "cookie: a=1; b=2",
            "content-type: multipart/form-data",
            "user-agent: insomnia/9.3.2",
        ],
        "",
    );
    // Documentation, with its prompt.
    sends(
        "$ curl localhost:8001/get?show_env=1 -H foo:bar",
        &["GET http://localhost:8001/get?show_env=1", AGENT, ALL, "foo: bar"],
        "",
    );
}

/// The scenario with these requests.
fn of(requests: &[Request]) -> Scenario {
    let mut requests = requests.iter().cloned();
    let request = requests.next().expect("there is one");
    let then = requests.map(|request| Then { request: Some(request), ..Then::default() }).collect();
    Scenario { request, then, ..Scenario::default() }
}

#[test]
fn an_exported_command_is_the_same_request_again() {
    let mut first = Request { url: "https://h/a?b=[1]&c={d}/../e".into(), ..Request::default() };
    first.headers = vec![HeaderLine::new("x-empty", ""), HeaderLine::new("x-raw", b"a\xff'\\\n".to_vec())];
    first.headers[1].value = b"a\xff'\\$(id)`".to_vec().into();
    let body = "{\"a\": \"it's $HOME\"}\n@\r\n";
    let second = Request {
        method: "PATCH".into(),
        body: body.into(),
        headers: vec![
            HeaderLine::new("user-agent", curl::USER_AGENT),
            HeaderLine::new("accept", "*/*"),
            HeaderLine::new("content-length", body.len().to_string()),
        ],
        ..Request::default()
    };
    let head = Request { method: "HEAD".into(), url: "https://h/a/../b".into(), ..Request::default() };
    let mut all = of(&[first, second, head]);
    all.proxy.downstream = Protocol::Http1;
    let (file, lost) = write(Format::Curl, &all);
    assert_eq!(lost, [""; 0]);
    let again = scenario(std::str::from_utf8(&file).expect("it is text"));
    assert_eq!((again.request, again.then, again.proxy), (all.request, all.then, all.proxy));
}

#[test]
fn what_a_command_cannot_say_is_listed() {
    let text = r#"{"chain": [{"filter": "f.wasm"}], "request": {"body": "a", "chunks": 1, "trailers": [["a", "b"]],
        "headers": [["x", "1", "off"]]}, "reply": {"status": 404}, "then": [{"wait_ms": 5, "reply": {}}], "seed": 7,
        "expect": [{"that": "downstream.status", "is": 404}]}"#;
    let scenario = Scenario::from_json(text).expect("it is a scenario");
    let (_, mut lost) = write(Format::Curl, &scenario);
    lost.sort();
    assert_eq!(
        lost,
        [
            "chain",
            "expect",
            "reply",
            "request.chunks",
            "request.headers[0]",
            "request.trailers",
            "seed",
            "then[0].reply",
            "then[0].request.chunks",
            "then[0].request.headers[0]",
            "then[0].request.trailers",
            "then[0].wait_ms",
        ]
    );
}

#[test]
fn a_body_with_nul_is_piped_into_the_command() {
    let request = Request { body: b"a\0b".to_vec().into(), ..Request::default() };
    let command = curl::command(&request, Style::Line);
    assert!(command.starts_with("printf 'a\\000b' | curl "), "{command}");
}
