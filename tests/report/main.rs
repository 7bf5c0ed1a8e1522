//! Reports for a browser: what is in them, that nothing foreign gets out of its place, and that they stay small.
//!
//! Some of them are written to `target/tmp/reports`, where `check.sh` looks at them in a real browser.

use filterlab::convert::{Export, Files, Format, write};
use filterlab::run::{ModuleSource, run_modules};
use filterlab::samples;
use filterlab::scenario::{Body, Expectation, HeaderLine, Scenario, Subject, Then};
use filterlab::view::Language;

/// A sample's scenario with its modules.
fn sample(id: &str) -> (Scenario, Vec<ModuleSource>) {
    let sample = samples::find(id).expect("it is there");
    (sample.scenario.clone(), sample.modules(&sample.scenario))
}

fn report_with(
    scenario: &Scenario,
    modules: &[ModuleSource],
    language: Language,
    with_secrets: bool,
) -> String {
    let trace = run_modules(scenario, modules).expect("it runs");
    let export = Export { scenario, modules, trace: Some(&trace), with_secrets, language };
    let made = write(Format::Report, &export).expect("it can be written");
    let Files::One(bytes) = made.files else { panic!("it is one file") };
    String::from_utf8(bytes.to_vec()).expect("it is text")
}

fn report(scenario: &Scenario, modules: &[ModuleSource]) -> String {
    report_with(scenario, modules, Language::English, false)
}

/// Keeps a report for the check in a browser.
fn keep(name: &str, html: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    std::fs::write(folder.join(name), html).expect("it can be written");
}

/// The names of elements that are open at the end, and those that were closed without having been opened.
fn unbalanced(html: &str) -> Vec<String> {
    const VOID: [&str; 4] = ["meta", "col", "br", "!DOCTYPE"];
    let body = without_code(html);
    let (mut open, mut wrong) = (Vec::new(), Vec::new());
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            match open.pop() {
                Some(last) if last == name => {}
                last => wrong.push(format!("{name} closes {last:?}")),
            }
        } else if !VOID.contains(&name) && !tag.ends_with('/') {
            open.push(name);
        }
    }
    wrong.extend(open.into_iter().map(|name| format!("{name} stays open")));
    wrong
}

/// Without the contents of style sheet and script, which are the report's own.
fn without_code(html: &str) -> String {
    let mut html = html.to_owned();
    for (begin, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let from = html.find(begin).expect("it has one") + begin.len();
        let to = html[from..].find(end).expect("it ends") + from;
        html.replace_range(from..to, "");
    }
    html
}

fn sections(html: &str) -> Vec<&str> {
    html.split("<section id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

const ALL: [&str; 8] = ["story", "changes", "timeline", "calls", "logs", "findings", "scenario", "module"];

#[test]
fn every_sample_makes_a_whole_report_in_both_languages() {
    for sample in samples::all() {
        for (number, scenario) in sample.scenarios.iter().map(|named| &named.scenario).enumerate() {
            let modules = sample.modules(scenario);
            for language in Language::ALL {
                let html = report_with(scenario, &modules, language, false);
                let place = format!("{} {number} {language:?}", sample.id);
                assert_eq!(unbalanced(&html), Vec::<String>::new(), "{place}");
                for section in ALL {
                    assert!(sections(&html).contains(&section), "{place} has no {section}");
                }
                assert!(html.len() < 2 << 20, "{place}: {} bytes", html.len());
                if number == 0 {
                    keep(&format!("{}-{}.html", sample.id, language.code()), &html);
                }
            }
        }
    }
}

#[test]
fn links_within_the_report_lead_somewhere_and_none_leads_out_of_it() {
    let (scenario, modules) = sample("mask_pii");
    let html = report(&scenario, &modules);
    let body = without_code(&html);
    let targets: Vec<&str> =
        body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 20, "{targets:?}");
    for target in targets {
        let anchor = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads out"));
        assert!(body.contains(&format!("id=\"{anchor}\"")), "{target} leads nowhere");
    }
    for outside in ["src=", "url(", "@import", "<link", "<iframe", "<img", "<form", "style=\"", "onclick"] {
        assert!(!body.contains(outside), "{outside}");
    }
}

#[test]
fn the_policy_lets_the_browser_load_nothing_and_run_this_script_only() {
    let (scenario, modules) = sample("mask_pii");
    let html = report(&scenario, &modules);
    let policy = html.split("Content-Security-Policy\" content=\"").nth(1).expect("there is one");
    let policy = policy.split('"').next().unwrap_or_default().replace("&#39;", "'");
    let begin = "default-src 'none'; style-src 'sha256-";
    assert!(policy.starts_with(begin) && !policy.contains("unsafe"), "{policy}");
    let first = html.find("<style>").expect("there is a style sheet");
    assert!(html.find("Content-Security-Policy").is_some_and(|at| at < first), "it comes before all else");
}

#[test]
fn a_change_has_its_sides_its_words_and_a_link_to_its_call() {
    let (scenario, modules) = sample("mask_pii");
    let html = report(&scenario, &modules);
    let row =
        html.lines().find(|line| line.contains("x-mask-policy: v3") && line.contains("class=\"added\""));
    let row = row.expect("the filter adds it");
    assert!(row.contains("<a href=\"#call-") && row.contains("add_header_map_value"), "{row}");
    let row = html.lines().find(|line| line.contains("class=\"changed\"") && line.contains("phone"));
    let row = row.expect("the filter masks it");
    assert!(row.contains("<mark class=\"old\">") && row.contains("<mark class=\"new\">"), "{row}");
}

#[test]
fn credentials_are_masked_everywhere_unless_somebody_asks_for_them() {
    let (mut scenario, modules) = sample("mask_pii");
    scenario.request.headers.retain(|line| !line.name.eq_ignore_ascii_case("authorization"));
    scenario.request.headers.push(HeaderLine::new("authorization", "Bearer s3cr3t-token"));
    scenario.request.headers.push(HeaderLine::new("cookie", "sid=s3cr3t-cookie"));
    scenario.expect.push(Expectation {
        that: Subject::UpstreamHeader,
        name: "authorization".into(),
        is: Some("Bearer s3cr3t-other".into()),
        ..Expectation::default()
    });
    scenario.expect.push(Expectation {
        that: Subject::UpstreamHeader,
        contains: Some("nothing like this".into()),
        ..Expectation::default()
    });
    let masked = report(&scenario, &modules);
    assert!(!masked.contains("s3cr3t"), "{:?}", masked.lines().find(|line| line.contains("s3cr3t")));
    assert!(masked.contains("authorization: Bearer ••••••••"));
    let open = report_with(&scenario, &modules, Language::English, true);
    assert!(open.contains("authorization: Bearer s3cr3t-token"));
}

#[test]
fn expectations_are_told_with_what_was_found() {
    let (mut scenario, modules) = sample("mask_pii");
    let status = |status: u16| Expectation {
        that: Subject::Status,
        is: Some(status.into()),
        ..Expectation::default()
    };
    scenario.expect = vec![status(200), status(201), Expectation { off: true, ..status(202) }];
    let html = report(&scenario, &modules);
    keep("expectations-en.html", &html);
    assert!(sections(&html).contains(&"expectations"));
    assert!(html.contains("1 of 2 expectations met"));
    let verdicts = html.matches("not met</span>").count();
    assert_eq!(verdicts, 1);
}

/// What an attacker would put into a message.
const HOSTILE: [&str; 7] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "<!--",
    "&lt;b&gt;",
    "\u{202e}evil\u{2066}\u{200b}",
    "]]>{{7*7}}${x}",
];

#[test]
fn hostile_values_stay_text() {
    let (mut scenario, modules) = sample("mask_pii");
    scenario.name = HOSTILE.join(" ");
    scenario.chain[0].name = HOSTILE[0].into();
    for (number, value) in HOSTILE.into_iter().enumerate() {
        scenario.request.headers.push(HeaderLine::new(format!("x-hostile-{number}"), value));
        scenario.reply.headers.push(HeaderLine::new(format!("x-hostile-{number}"), value));
        scenario.expect.push(Expectation { contains: Some(value.into()), ..Expectation::default() });
    }
    scenario.request.method = "POST".into();
    scenario.request.url = format!("https://example.com/{}", HOSTILE[1]);
    scenario.request.body = Body::from(format!("\0{}\0\u{1b}[31m", HOSTILE.join("\n")));
    scenario.reply.body = Body::from([HOSTILE.join("\n").as_bytes(), &[0xff, 0xfe, 0]].concat());
    for language in Language::ALL {
        let html = report_with(&scenario, &modules, language, true);
        keep(&format!("hostile-{}.html", language.code()), &html);
        let body = without_code(&html);
        assert_eq!(unbalanced(&html), Vec::<String>::new());
        for bad in
            ["<script>alert", "<img", "<!--", "<b>", "\0", "\u{1b}", "\u{202e}", "\u{2066}", "\u{200b}"]
        {
            assert!(!body.contains(bad), "{bad:?} got through");
        }
        assert_eq!(body.matches("<script>").count(), 1);
        assert!(body.contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(body.contains("\\u{202e}evil"));
    }
}

#[test]
fn several_requests_are_told_one_by_one() {
    let (mut scenario, modules) = sample("mask_pii");
    scenario.repeat = 2;
    let mut request = scenario.request.clone();
    request.url = "https://api.example.com/another".into();
    scenario.then.push(Then { request: Some(request), ..Then::default() });
    let html = report(&scenario, &modules);
    keep("several-en.html", &html);
    for request in 1..=3 {
        assert!(sections(&html).contains(&format!("request-{request}").as_str()), "request {request}");
    }
    assert!(html.contains("<code>GET /another</code>"));
    assert_eq!(unbalanced(&html), Vec::<String>::new());
}

#[test]
fn ten_thousand_requests_and_as_many_events_as_there_may_be_stay_a_small_file_that_says_what_it_leaves_out() {
    let (mut scenario, modules) = sample("add_headers");
    scenario.repeat = 10_000;
    let html = report(&scenario, &modules);
    keep("many-en.html", &html);
    assert!(html.len() < 4 << 20, "{} bytes", html.len());
    assert!(html.contains("These are the first 2,000 of "), "host calls");
    assert!(html.contains("These are the first 1,500 of "), "the timeline");
    assert!(html.contains("requests. Filterlab shows all of them."));
    assert!(html.contains("The changes are those of the first 20 of "));
}

#[test]
fn large_bodies_are_cut_with_words() {
    let (mut scenario, modules) = sample("add_headers");
    let line = |number: usize| format!("{number}: {}\n", "x".repeat(500));
    scenario.request.method = "POST".into();
    scenario.request.body = Body::from((0..20_000).map(line).collect::<String>());
    scenario.reply.headers = vec![HeaderLine::new("content-type", "application/octet-stream")];
    scenario.reply.body = Body::from((0..4_000_000_u32).map(|byte| (byte % 251) as u8).collect::<Vec<_>>());
    let html = report(&scenario, &modules);
    keep("large-en.html", &html);
    assert!(html.len() < 2 << 20, "{} bytes", html.len());
    assert!(html.contains("unchanged lines, not in this report"));
    assert!(html.contains("These are the first 262 KB of "), "the scenario's JSON");
}
