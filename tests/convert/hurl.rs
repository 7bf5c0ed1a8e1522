//! Hurl files, written as its documentation writes them.

use filterlab::convert::{Format, Place, Reason};
use filterlab::http::Protocol;
use filterlab::scenario::{Scenario, Subject};

use crate::{left_out, lines, read, refused, write};

const FILE: &str = r##"# Log in, then read an order.
POST https://api.example.com/login
User-Agent: tests/1.0   # ours
X-Note: a\#b "c"
[Query]
lang: zh CN
[Form]
user: alice
password: a&b
[Cookies]
theme: dark
[Options]
http1.1: true
delay: 2s
retry: 3
cert: me.pem
HTTP 302
Location: /home
[Captures]
csrf: xpath "string(//meta[@name='_csrf']/@content)"
[Asserts]
header "Set-Cookie" exists
cookie "sid" exists
duration < 1000   # fast


GET {{host}}/orders/7
[BasicAuth]
bob: se:cret
[Options]
variable: host=https://api.example.com
repeat: 2

HTTP/1.1 200
[Asserts]
status < 300
jsonpath "$.items[0].id" == 7
jsonpath "$.note" matches /^\d+$/
body not contains "secret"

{
  "id": 7
}

PUT https://api.example.com/orders/7
{
  "name": "}{",
  "tags": ["a", "b"]
}
HTTP *
[Asserts]
header "X-Count" count == 2

POST https://api.example.com/raw
```
line 1
line 2
```
HTTP 204

POST https://api.example.com/one
`a\n\u{4e2d}\``

POST https://api.example.com/hex
hex,c3 a9;

POST https://api.example.com/graph
```graphql
query { a }
```

POST https://api.example.com/xml
<a>
  <b/>
</a>
HTTP 200
"##;

#[test]
fn entries_are_requests_and_their_asserts_are_expectations() {
    let imported = read(Format::Hurl, FILE);
    let scenario = &imported.scenarios[0];
    let request = &scenario.request;
    assert_eq!(request.url, "https://api.example.com/login?lang=zh+CN");
    assert_eq!(
        lines(request),
        [
            "User-Agent: tests/1.0",
            "X-Note: a#b \"c\"",
            "content-type: application/x-www-form-urlencoded",
            "cookie: theme=dark"
        ]
    );
    assert_eq!(request.body.text(), Some("user=alice&password=a%26b"));
    assert_eq!(scenario.proxy.downstream, Protocol::Http1);
    let then: Vec<_> = scenario.then.iter().map(|then| then.request.as_ref().expect("it has one")).collect();
    assert_eq!(then.len(), 8);
    assert_eq!((then[0].url.as_str(), then[0]), ("https://api.example.com/orders/7", then[1]));
    assert_eq!(lines(then[0]), ["authorization: Basic Ym9iOnNlOmNyZXQ="]);
    assert_eq!(then[2].body.text(), Some("{\n  \"name\": \"}{\",\n  \"tags\": [\"a\", \"b\"]\n}"));
    assert_eq!(lines(then[2]), ["content-type: application/json"]);
    assert_eq!(then[3].body.text(), Some("line 1\nline 2\n"));
    assert_eq!(lines(then[3]), [""; 0]);
    assert_eq!(then[4].body.text(), Some("a\n中`"));
    assert_eq!(then[5].body.text(), Some("é"));
    assert_eq!(then[6].body.text(), Some(r#"{"query":"query { a }\n"}"#));
    assert_eq!(then[7].body.text(), Some("<a>\n  <b/>\n</a>"));

    let expect: Vec<_> =
        scenario.expect.iter().map(|one| serde_json::to_string(one).expect("it is JSON")).collect();
    let of_second = [
        r#"{"that":"downstream.status","request":2,"is":200}"#,
        r#"{"that":"downstream.status","request":2,"at_least":300.0,"not":true}"#,
        r#"{"that":"downstream.body","request":2,"json":"$.items[0].id","is":7}"#,
        r#"{"that":"downstream.body","request":2,"json":"$.note","matches":"^\\d+$"}"#,
        r#"{"that":"downstream.body","request":2,"contains":"secret","not":true}"#,
        r#"{"that":"downstream.body","request":2,"json":"$","is":{"id":7}}"#,
    ];
    let mut expected = vec![
        r#"{"that":"downstream.status","request":1,"is":302}"#.to_owned(),
        r#"{"that":"downstream.header","request":1,"name":"Location","is":"/home"}"#.to_owned(),
        r#"{"that":"downstream.header","request":1,"name":"Set-Cookie","exists":true}"#.to_owned(),
    ];
    expected.extend(of_second.map(str::to_owned));
    expected.extend(of_second.map(|one| one.replace("\"request\":2", "\"request\":3")));
    expected.push(r#"{"that":"downstream.header","request":4,"name":"X-Count","count":2}"#.to_owned());
    expected.push(r#"{"that":"downstream.status","request":5,"is":204}"#.to_owned());
    expected.push(r#"{"that":"downstream.status","request":9,"is":200}"#.to_owned());
    assert_eq!(expect, expected);
    assert_eq!(
        left_out(&imported),
        [
            "line 16, column 1: cert: there is nothing that means the same",
            "line 20, column 1: csrf: there is nothing that means the same",
            "line 23, column 1: cookie \"sid\" exists: there is nothing that means the same",
            "line 24, column 1: duration < 1000   # fast: there is nothing that means the same",
            "line 34, column 1: HTTP/1.1: there is nothing that means the same",
        ]
    );
}

#[test]
fn variables_that_are_given_elsewhere_are_listed() {
    let imported = read(Format::Hurl, "GET https://{{host}}/a\nx: {{ token }}\n{\"a\": {{b}}}\n");
    assert_eq!(
        left_out(&imported),
        [
            "line 1, column 1: {{host}}: its value is given when the file is used",
            "line 2, column 1: {{ token }}: its value is given when the file is used",
            "line 3, column 1: {{…}}: its value is given when the file is used",
        ]
    );
}

#[test]
fn parts_of_a_form_are_read_from_the_folder() {
    let scratch = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(scratch.path().join("p.txt"), "abc").expect("written");
    let path = scratch.path().join("x.hurl");
    std::fs::write(&path, "POST https://h/\n[Multipart]\na: 1\nf: file,p.txt; text/plain\ng: file,../q;\n")
        .expect("written");
    let imported = filterlab::convert::open(&path, None).expect("it is read").imported;
    let request = &imported.scenarios[0].request;
    let body = request.body.text().expect("it is text");
    assert!(
        body.contains("name=\"f\"; filename=\"p.txt\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n"),
        "{body}"
    );
    let listed = left_out(&imported);
    assert!(
        listed.len() == 1 && listed[0].starts_with("line 5, column 1: g: it is in the file ../q"),
        "{listed:?}"
    );
}

#[test]
fn what_is_wrong_has_its_place() {
    let check = |text: &str, line: usize, column: usize, said: &str| {
        let error = refused(Format::Hurl, text);
        assert_eq!(error.place, Some(Place::Line { line, column }), "{text}: {error:?}");
        assert!(matches!(&error.reason, Reason::Syntax(found) if found.contains(said)), "{error:?}");
    };
    check("hello\n", 1, 1, "an entry begins");
    check("GET https://h/\n[Wrong]\na: b\n", 2, 1, "[Wrong] is no section of a request");
    check("GET https://h/\nHTTP 200\n[Form]\n", 3, 1, "no section of a response");
    check("POST https://h/\n```\nabc", 2, 1, "does not end");
    check("POST https://h/\n{\"a\": [1}", 2, 1, "the JSON does not end");
    check("POST https://h/\nhex,abc;", 2, 1, "cannot be decoded");
    assert!(matches!(refused(Format::Hurl, "# nothing\n").reason, Reason::NoRequest));
}

#[test]
fn expectations_are_written_back_as_asserts() {
    let text = r#"{"request": {"url": "https://h/a"}, "then": [{"wait_ms": 20, "request": {"url": "https://h/b"}}],
        "expect": [{"that": "downstream.status", "is": 200, "request": 1}, {"that": "downstream.header", "name": "x-a", "exists": true},
            {"that": "downstream.body", "json": "$.a", "is": null, "not": true, "request": 2}, {"that": "log", "contains": "x"},
            {"that": "downstream.status", "at_most": 299.0, "request": 2}]}"#;
    let scenario = Scenario::from_json(text).expect("it is a scenario");
    let (file, lost) = write(Format::Hurl, &scenario);
    assert_eq!(lost, ["expect[3]"]);
    assert_eq!(
        String::from_utf8_lossy(&file),
        "GET https://h/a\nHTTP 200\n[Asserts]\nheader \"x-a\" exists\n\nGET https://h/b\n[Options]\ndelay: 20ms\nHTTP *\n[Asserts]\n\
         header \"x-a\" exists\njsonpath \"$.a\" not == null\nstatus <= 299\n"
    );
    let again = &read(Format::Hurl, &file).scenarios[0];
    assert_eq!(again.then[0].wait_ms, 20);
    let subjects: Vec<_> = again.expect.iter().map(|one| (one.that, one.request)).collect();
    assert_eq!(
        subjects,
        [
            (Subject::Status, Some(1)),
            (Subject::DownstreamHeader, Some(1)),
            (Subject::DownstreamHeader, Some(2)),
            (Subject::DownstreamBody, Some(2)),
            (Subject::Status, Some(2)),
        ]
    );
}

#[test]
fn braces_of_a_url_that_would_begin_a_variable_are_listed() {
    let scenario =
        Scenario::from_json(r#"{"request": {"url": "https://h/?a={{b}}"}}"#).expect("it is a scenario");
    let (file, lost) = write(Format::Hurl, &scenario);
    assert_eq!(read(Format::Hurl, &file).scenarios[0].request.url, "https://h/?a=%7B%7Bb}}");
    assert_eq!(lost, ["request.url"]);
}
