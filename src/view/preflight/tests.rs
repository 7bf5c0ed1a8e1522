//! The page about a sample, about modules that hosts refuse, and about what a trap in one could tell.

use super::*;
use crate::samples;

fn page(bytes: &[u8]) -> Preflight {
    let facts = ModuleFacts::read(bytes).expect("it is a module");
    Preflight::new(Language::English, "filter.wasm", &facts, None)
}

fn page_of(wat: &str) -> Preflight {
    page(&wat::parse_str(wat).expect("the test's own module assembles"))
}

/// `Envoy 1.36 to 1.38: Refuses (1 import does not exist there)`
fn hosts(page: &Preflight) -> Vec<String> {
    let line = |host: &Host| format!("{} {}: {} ({})", host.name, host.note, host.verdict, host.reason);
    page.hosts.iter().map(line).collect()
}

fn check<'a>(page: &'a Preflight, title: &str) -> &'a Check {
    page.checks
        .iter()
        .find(|check| check.title.as_str() == title)
        .unwrap_or_else(|| panic!("{title} is missing"))
}

const FILTER: &str = r#"(memory (export "memory") 2) (func (export "proxy_abi_version_0_2_1"))
    (func (export "malloc") (param i32) (result i32) (i32.const 16))
    (func $h (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))"#;

#[test]
fn a_sample_is_ready_to_run_and_its_page_says_what_it_is() {
    let sample = samples::find("mask_pii").expect("it is bundled");
    let page = page(sample.module);
    assert_eq!((page.severity, page.verdict.as_str()), (Severity::Ok, "filter.wasm is ready to run"));
    let facts: Vec<String> =
        page.facts.iter().map(|fact| format!("{} {} {}", fact.label, fact.value, fact.note)).collect();
    assert_eq!(facts[0].trim_end(), "ABI 0.2.1");
    assert!(facts[1].starts_with("Language Rust rustc 1."), "{facts:?}");
    assert!(facts[2].starts_with("SDK proxy-wasm-rust-sdk 0.2."), "{facts:?}");
    assert_eq!(check(&page, "Allocator").detail.as_str(), "proxy_on_memory_allocate");
    assert_eq!(check(&page, "Changes bodies").severity, Severity::Note);
    assert!(
        page.imports.iter().any(|name| name.name == "set_buffer_bytes" && name.meaning == "change a body")
    );
    assert!(page.callbacks.iter().any(|name| name.name == "on_request_body"));
    let total: usize = page.sizes.iter().map(|(_, size)| size).sum();
    assert_eq!(total, sample.module.len(), "the parts make up the file");
}

#[test]
fn each_host_says_what_it_would_do_with_the_imports() {
    let page = page_of(&format!(
        r#"(module
        (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
        (import "env" "proxy_define_metric" (func (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_grpc_cancel" (func (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_tell" (func (param i32 i32) (result i32)))
        {FILTER})"#
    ));
    assert_eq!(
        hosts(&page),
        [
            "Envoy 1.39, 1.40: Runs (all 3 host calls do real work)",
            "Envoy 1.36 to 1.38: Refuses (1 import does not exist there)",
            "Istio Envoy inside: Runs (as its Envoy)",
            "ngx_wasm_module Kong: Partly (1 traps)",
            "wasm-nginx-module APISIX: Partly (1 Unimplemented, 1 does nothing)",
            "service-extensions Google's tester: Partly (2 Unimplemented)",
            "FastEdge-test Gcore: Refuses (1 import does not exist there)",
            "proxytest Go SDK: Refuses (1 import does not exist there)",
            "proxy-wasm-go-host MOSN: Refuses (1 import does not exist there)",
        ]
    );
    assert_eq!(page.hosts[1].imports, ["fd_tell"]);
    assert_eq!(page.hosts[3].imports, ["grpc_cancel"]);
    assert_eq!(page.wasi[0].meaning, "on standard output and error only");
}

#[test]
fn all_reasons_to_refuse_a_module_are_told_at_once() {
    let page = page_of(
        r#"(module
        (import "env" "proxy_dictionary_get" (func (param i32) (result i32)))
        (import "env" "proxy_log" (func (param i32) (result i32)))
        (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
        (func (export "proxy_on_request_headers") (param i32) (result i32) (i32.const 0)))"#,
    );
    assert_eq!(page.verdict.as_str(), "Envoy refuses filter.wasm");
    let errors: Vec<&str> = page
        .checks
        .iter()
        .filter(|check| check.severity == Severity::Error)
        .map(|check| check.title.as_str())
        .collect();
    assert_eq!(
        errors,
        [
            "Envoy would refuse this filter: one import does not exist",
            "Envoy would refuse this filter: one import has another type",
            "Envoy would refuse this filter: it has no allocator",
            "Envoy would refuse this filter: proxy_on_request_headers has another type",
        ]
    );
    assert_eq!(hosts(&page)[0], "Envoy 1.40: Refuses (4 problems, see the checks)");
    assert_eq!(page.imports[1].meaning, "Envoy has it with another type");
    assert_eq!(page.hosts[0].imports, ["env.proxy_dictionary_get", "log"]);
    let bad: Vec<&str> = page
        .imports
        .iter()
        .chain(&page.callbacks)
        .filter(|name| name.severity == Severity::Error)
        .map(|name| name.name.as_str())
        .collect();
    assert_eq!(bad, ["env.proxy_dictionary_get", "log", "on_request_headers"]);
}

#[test]
fn a_module_that_is_no_filter_still_has_a_page() {
    let page = page_of(r#"(module (func (export "_start")) (func (export "add")))"#);
    assert_eq!(page.verdict.as_str(), "Envoy refuses filter.wasm");
    assert_eq!(page.facts[0].value, "unknown");
    assert_eq!(page.checks[0].title.as_str(), "This module is not a Proxy-Wasm filter");
    assert_eq!(page.others, ["add"]);
}

#[test]
fn memory_and_the_allocator_stand_apart_from_callbacks() {
    let page = page_of(&format!("(module {FILTER})"));
    let names = |names: &[Name]| names.iter().map(|name| name.name.clone()).collect::<Vec<_>>();
    assert!(!names(&page.callbacks).contains(&"malloc".to_owned()), "{:?}", page.callbacks);
    assert_eq!(names(&page.memory), ["memory", "malloc"]);
}

#[test]
fn names_and_lines_for_traps_are_looked_for() {
    let named = page_of(&format!("(module {FILTER})"));
    assert_eq!(check(&named, "No DWARF").severity, Severity::Note);
    let stripped = page_of(&format!("(module {})", FILTER.replace("$h ", "")));
    assert_eq!(check(&stripped, "No function names").severity, Severity::Warning);
    let lines = page_of(&format!(r#"(module {FILTER} (@custom ".debug_line" "x"))"#));
    assert_eq!(check(&lines, "Names and DWARF").severity, Severity::Ok);
    assert_eq!(lines.custom_sections, [".debug_line", "name"]);
}

#[test]
fn a_filter_without_http_callbacks_is_told_apart() {
    let head = r#"(memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) (i32.const 16))"#;
    let idle = page_of(&format!("(module {head})"));
    assert_eq!(check(&idle, "No callback for HTTP").severity, Severity::Warning);
    let network = r#"(func (export "proxy_on_new_connection") (param i32) (result i32) (i32.const 0))"#;
    let tcp = page_of(&format!("(module {head} {network})"));
    assert_eq!(check(&tcp, "No callback for HTTP").severity, Severity::Note);
}

#[test]
fn a_filter_that_does_not_start_is_still_a_filter() {
    let bytes = wat::parse_str(format!("(module {FILTER})")).expect("the test's own module assembles");
    let facts = ModuleFacts::read(&bytes).expect("it is a module");
    let refused = LoadError::ConfigureRefused;
    let page = Preflight::new(Language::English, "filter.wasm", &facts, Some(&refused));
    assert_eq!(page.verdict.as_str(), "filter.wasm is a filter, but does not start");
    assert_eq!(check(&page, "The filter refused its configuration").severity, Severity::Error);
}

#[test]
fn what_only_this_engine_refuses_is_not_said_of_envoy_and_what_v8_refuses_comes_first() {
    let facts_of = |text: &str| {
        let bytes = wat::parse_str(text).expect("the test's own module assembles");
        ModuleFacts::read(&bytes).expect("it is a module")
    };
    let missing = facts_of(&format!(r#"(module (import "env" "nope" (func)) {FILTER})"#));
    let invalid = LoadError::Invalid { offset: 9, reason: "type mismatch".into() };
    let page = Preflight::new(Language::English, "filter.wasm", &missing, Some(&invalid));
    assert_eq!(page.verdict.as_str(), "Envoy refuses filter.wasm");
    let first = page.checks.iter().find(|check| check.severity == Severity::Error).expect("it says why");
    assert_eq!(first.title.as_str(), "Envoy would refuse this module: it is not valid");
    let facts = facts_of(&format!("(module {FILTER})"));
    let own = LoadError::Compile { reason: "exceptions".into() };
    let page = Preflight::new(Language::English, "filter.wasm", &facts, Some(&own));
    assert_eq!(page.verdict.as_str(), "filter.wasm cannot be run here");
    assert_eq!(page.hosts[0].verdict, "Runs");
    assert_eq!(check(&page, "Filterlab cannot compile this module").severity, Severity::Error);
}

#[test]
fn the_page_is_copied_as_markdown_in_both_languages() {
    let facts = ModuleFacts::read(samples::find("add_headers").expect("it is bundled").module);
    let facts = facts.expect("it is a module");
    let copied = |language| Preflight::new(language, "add_headers.wasm", &facts, None).markdown(language);
    let english = copied(Language::English);
    assert!(english.starts_with("## `add_headers.wasm` is ready to run\n\n- ABI: 0.2.1\n"), "{english}");
    assert!(english.contains("| Envoy 1.39, 1.40 | Runs | all "), "{english}");
    assert!(english.contains("\nHost calls: `"), "{english}");
    let chinese = copied(Language::SimplifiedChinese);
    assert!(chinese.contains("| Envoy 1.39, 1.40 | 可运行 | "), "{chinese}");
}
