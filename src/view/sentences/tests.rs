//! Every sentence exists in both languages, names a next step, and keeps code as it is.

use super::*;
use crate::abi::{AbiVersion, Callback, HostCall};
use crate::host::{LoadError, Signature};
use crate::http::TargetError;
use crate::run::{Place, Problem, Reason};
use crate::scenario::{FileError, HeaderProblem, StepProblem};
use crate::trace::{
    Backtrace, ClosedBy, Direction, Finding, Frame, LimitKind, NotHere, Outcome, Trace, Trap, Unknown,
};

fn trap(last_words: Option<&str>, message: &str) -> Trap {
    let frame = |name: &str, source| Frame { function: 3, name: Some(name.into()), offset: 0xb3c1, source };
    Trap {
        filter: 0,
        callback: Callback::ResponseBody,
        message: message.into(),
        backtrace: Backtrace {
            frames: vec![
                frame("rust_begin_unwind", None),
                frame("core::panicking::panic_fmt", None),
                frame(
                    "mask_pii::mask::keep_edges::h0123456789abcdef",
                    Some(("/home/me/mask/src/mask.rs".into(), 41, 22)),
                ),
                frame("proxy_wasm::dispatcher::Dispatcher::on_http_response_body", None),
                frame("proxy_on_response_body", None),
            ],
        },
        last_words: last_words.map(str::to_owned),
        last_calls: Vec::new(),
        exit_code: None,
    }
}

fn load_errors() -> Vec<LoadError> {
    let signature =
        |params: &[&'static str]| Box::new(Signature { params: params.to_vec(), results: vec!["i32"] });
    let missing = |module: &str, name: &str| LoadError::MissingImport {
        module: module.into(),
        name: name.into(),
        kind: "function",
    };
    let other = |call, version| LoadError::ImportOfOtherVersion { module: "env".into(), call, version };
    let mut errors = vec![
        LoadError::Unreadable { path: "a/b.wasm".into(), reason: "No such file".into() },
        LoadError::TooLarge { path: "a/b.wasm".into(), size: 1 << 40, limit: 1 << 29 },
        LoadError::NotFound { sha256: "ab".repeat(32) },
        LoadError::OtherModule { expected: "ab".repeat(32), found: "cd".repeat(32) },
        LoadError::Empty,
        LoadError::Component { corrupt: false },
        LoadError::HeaderCut { size: 4 },
        LoadError::Corrupt { offset: 77, reason: "unexpected end-of-file".into() },
        LoadError::Invalid { offset: 77, reason: "unknown operator".into() },
        LoadError::Invalid { offset: 77, reason: "threads must be enabled for shared memories".into() },
        LoadError::ImportedMemory { module: "env".into(), name: "memory".into(), pages: 20_000 },
        LoadError::NoAbiVersion { found: None, exports_start: true },
        LoadError::NoAbiVersion { found: None, exports_start: false },
        LoadError::NoAbiVersion { found: Some("proxy_abi_version_0_3_0".into()), exports_start: false },
        LoadError::MissingImport { module: "env".into(), name: "g".into(), kind: "global" },
        missing("GOT.mem", "x"),
        other(HostCall::ClearRouteCache, AbiVersion::V0_2_1),
        other(HostCall::GetConfiguration, AbiVersion::V0_2_1),
        other(HostCall::ContinueRequest, AbiVersion::V0_2_0),
        other(HostCall::ContinueStream, AbiVersion::V0_1_0),
        other(HostCall::GetLogLevel, AbiVersion::V0_2_0),
        LoadError::CallbackType {
            name: "proxy_on_log".into(),
            want: signature(&["i32"]),
            found: signature(&["i32", "i32"]),
        },
        LoadError::NoAllocator,
        LoadError::Compile { reason: "x".into() },
        LoadError::Instantiate { reason: "x".into(), trap: None },
        LoadError::Instantiate {
            reason: "x".into(),
            trap: Some(Box::new(trap(None, "Uncaught RuntimeError: unreachable"))),
        },
        LoadError::StartTrapped(trap(None, "Uncaught Error: restricted_callback")),
        LoadError::VmStartRefused,
        LoadError::ConfigureRefused,
    ];
    for found in [
        "7f 45 4c 46",
        "50 4b 03 04",
        "1f 8b 08 00",
        "28 6d 6f 64",
        "3c 21 64 6f",
        "76 65 72 73",
        "21 3c 61 72",
        "00",
    ] {
        errors.push(LoadError::NotWasm { found: found.into(), corrupt: true });
    }
    for name in [
        "abort",
        "seed",
        "console.log",
        "__cxa_throw",
        "invoke_vii",
        "__assert_fail",
        "emscripten_resize_heap",
        "proxy_get_secret",
        "proxy_dictionary_get",
        "proxy_redis_call",
        "proxy_nonsense",
        "foo",
    ] {
        errors.push(missing("env", name));
    }
    for (module, name) in [
        ("gojs", "runtime.wasmExit"),
        ("go", "debug"),
        ("wbg", "__wbg_x"),
        ("./filter_bg.js", "x"),
        ("wasi_snapshot_preview1", "sock_open"),
        ("wasi_snapshot_preview1", "thread_spawn"),
        ("wasi:cli/environment@0.2.0", "get-environment"),
    ] {
        errors.push(missing(module, name));
    }
    for name in ["path_link", "proxy_grpc_call", "proxy_log"] {
        let (want, have) = (signature(&["i32"; 7]), signature(&["i32"; 6]));
        errors.push(LoadError::ImportType { module: "env".into(), name: name.into(), want, have });
    }
    errors
}

fn findings() -> Vec<Finding> {
    let direction = Direction::Response;
    vec![
        Finding::ContinueWithoutPause { direction },
        Finding::ContinueThenPause { direction },
        Finding::LocalReplyAfterEnd,
        Finding::CloseAfterEnd,
        Finding::PieceIsGone,
        Finding::StaleContentLength { direction, declared: 346, sent: 235 },
        Finding::StaleContentLength { direction: Direction::Request, declared: 1, sent: 2 },
        Finding::InvalidStatus { status: 99 },
        Finding::GaugeWrapped,
        Finding::NoCallback { filter: 0, connection: false, meant: None },
        Finding::NoCallback { filter: 0, connection: true, meant: Some("proxy_on_downstream_data") },
        Finding::HeldTooMuch { filter: 0, direction, limit: 1 << 20 },
        Finding::HeldTooMuch { filter: 0, direction: Direction::Request, limit: 16 },
        Finding::MemoryRefused { limit: 4 << 20 },
        Finding::TrapAtShutdown,
        Finding::EmptyGrpcService,
        Finding::ExitInCallback { code: 1 },
        Finding::TransferEncodingAdded,
        Finding::UnknownUpstream,
        Finding::StackDepth,
        Finding::UnknownName,
        Finding::ClosedAndAnswered,
        Finding::ClosedAndContinued,
        Finding::AnsweredAndContinued,
        Finding::TrailersWithoutBody,
        Finding::AnsweredTwice,
        Finding::BodySentTwice,
        Finding::CalloutNotRetried,
        Finding::NoMemory,
        Finding::UnmatchedCallout,
        Finding::NestedGrpcFailure,
        Finding::BodyForBodiless { direction },
        Finding::BodyForBodiless { direction: Direction::Request },
        Finding::HeaderWrittenTooLate { direction },
        Finding::NeverResumed { direction, unseen_body: false },
        Finding::NeverResumed { direction, unseen_body: true },
        Finding::NeverPassedOn { direction },
        Finding::NeverPassedOn { direction: Direction::Request },
        Finding::LocalReplyOnConnection,
        Finding::RemovedProperty { name: "cluster_name", now: "xds.cluster_name" },
        Finding::NotKnownHere { what: Unknown::Schema },
        Finding::NotKnownHere { what: Unknown::MessageType },
        Finding::NotKnownHere { what: Unknown::Curve },
        Finding::HeaderReadTooLate { direction },
        Finding::DottedProperty { meant: "request.path" },
        Finding::MisspeltProperty { meant: "request.useragent" },
        Finding::PropertyNotHere { name: "response.code", why: NotHere::NotYet },
        Finding::PropertyNotHere { name: "request.path", why: NotHere::NotHeld },
        Finding::PropertyNotHere { name: "request.path", why: NotHere::NoRequest },
        Finding::StaleContentEncoding { direction },
        Finding::StaleContentEncoding { direction: Direction::Request },
        Finding::CompressedBody { direction },
        Finding::CompressedBody { direction: Direction::Request },
        Finding::BodyReadAgain { direction },
        Finding::PartOfBody { direction },
        Finding::IncompleteCallout { missing: ":path" },
        Finding::NoStream,
        Finding::TicksInEachWorker,
        Finding::CasMismatch,
        Finding::PassedBy,
    ]
}

fn traps() -> Vec<Trap> {
    let words = [
        "panicked at src/mask.rs:41:22:\nbyte index 4 is not a char boundary; it is inside '京'",
        "panicked at src/lib.rs:9:5:\nindex out of bounds: the len is 2 but the index is 5",
        "panicked at src/lib.rs:9:5:\nrange end index 9 out of range for slice of length 3",
        "panicked at src/lib.rs:9:5:\ncalled `Option::unwrap()` on a `None` value",
        "panicked at src/lib.rs:9:5:\ncalled `Result::unwrap()` on an `Err` value: Error(\"x\")",
        "panicked at src/lib.rs:9:5:\nalready borrowed: BorrowMutError",
        "panicked at src/lib.rs:9:5:\nattempt to subtract with overflow",
        "panicked at src/lib.rs:9:5:\nattempt to divide by zero",
        "panicked at hostcalls.rs:9:5:\nunexpected status: 2",
        "panicked at dispatcher.rs:9:5:\ninvalid context_id",
        "panicked at src/lib.rs:9:5:\ncalled `Result::unwrap()` on an `Err` value: Utf8Error { valid_up_to: 3 }",
        "panicked at src/lib.rs:9:5:\nno idea",
        "memory allocation of 99 bytes failed",
    ];
    let mut traps: Vec<Trap> =
        words.iter().map(|words| trap(Some(words), "Uncaught RuntimeError: unreachable")).collect();
    for message in [
        "Uncaught RuntimeError: unreachable",
        "Uncaught RuntimeError: memory access out of bounds",
        "Uncaught RangeError: Maximum call stack size exceeded",
        "Uncaught Error: restricted_callback",
        "Uncaught RuntimeError: null function or function signature mismatch",
        "Uncaught RuntimeError: divide by zero",
        "Uncaught Error: something",
    ] {
        traps.push(trap(None, message));
    }
    traps.push(Trap { exit_code: Some(3), ..trap(None, "Uncaught RuntimeError: unreachable") });
    traps
}

fn problems() -> Vec<Problem> {
    let name = || "x y".to_owned();
    let header = |problem| Reason::Header { line: 2, problem };
    let reasons = vec![
        Reason::NoFilter,
        Reason::NoMethod,
        Reason::Method { position: 2, found: ' ' },
        Reason::Url(TargetError::Empty),
        Reason::Url(TargetError::Scheme { scheme: "ftp".into() }),
        Reason::Url(TargetError::NoHost),
        Reason::Url(TargetError::Host { position: 9, found: "` `".into() }),
        Reason::Url(TargetError::Control { position: 1, found: "'\\n'".into(), code: 10 }),
        header(HeaderProblem::NoName),
        header(HeaderProblem::Name { name: name(), position: 2, found: ' ' }),
        header(HeaderProblem::Pseudo { name: ":path".into() }),
        header(HeaderProblem::Value { name: "x".into(), position: 2, byte: 10 }),
        Reason::Status { status: 99 },
        Reason::Step(StepProblem::Nothing),
        Reason::Step(StepProblem::SeveralEnds),
        Reason::Step(StepProblem::AfterEnd { ended: 2 }),
        Reason::TooManyRequests { count: 20_000 },
        Reason::GrpcStatus { status: 17 },
    ];
    let places = [
        Place::Chain,
        Place::Method,
        Place::Url,
        Place::RequestHeader(1),
        Place::RequestTrailer(1),
        Place::ReplyStatus,
        Place::ReplyHeader(1),
        Place::ReplyTrailer(1),
        Place::ReplyAgain(1),
        Place::ConnectionStep(1),
        Place::Repeat,
        Place::CalloutAnswer(0, 1),
    ];
    reasons
        .into_iter()
        .enumerate()
        .map(|(index, reason)| Problem { exchange: index % 2, place: places[index % places.len()], reason })
        .collect()
}

fn file_errors() -> Vec<FileError> {
    let refused = || std::io::Error::other("refused");
    vec![
        FileError::Read { path: "s.json".into(), reason: refused() },
        FileError::Write { path: "s.json".into(), reason: refused() },
        FileError::TooLarge { path: "s.json".into() },
        FileError::Syntax {
            line: 3,
            column: 26,
            path: "request.method".into(),
            reason: "expected a string".into(),
        },
        FileError::Newer { found: 7 },
    ]
}

/// All cards with a name for messages.
fn cards(language: Language) -> Vec<(String, ErrorCard)> {
    let mut cards: Vec<(String, ErrorCard)> = Vec::new();
    for error in load_errors() {
        cards.push((format!("{error:?}"), load_error::card(language, &error, "filter.wasm")));
    }
    for found in traps() {
        cards.push((format!("{found:?}"), trap::card(language, &found, "filter.wasm")));
    }
    for found in problems() {
        cards.push((format!("{found:?}"), scenario::problem(language, &found)));
    }
    for found in file_errors() {
        cards.push((format!("{found:?}"), scenario::file_error(language, &found)));
    }
    cards
}

fn is_chinese(text: &Text) -> bool {
    text.as_str().chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

fn code_of(text: &Text) -> Vec<String> {
    let mut code: Vec<String> =
        text.pieces().filter(|(_, is_code)| *is_code).map(|(piece, _)| piece.to_owned()).collect();
    code.sort();
    code
}

/// The same text in both languages: English has no Chinese in its prose, Chinese has some, and code is the same.
fn check_pair(name: &str, english: &Text, chinese: &Text) {
    let prose: String = english.pieces().filter(|(_, is_code)| !is_code).map(|(piece, _)| piece).collect();
    assert!(!is_chinese(&Text::from(prose)), "{name}: {english}");
    assert_eq!(code_of(english), code_of(chinese), "{name}: {english} / {chinese}");
    // Names of languages and tools are the same everywhere.
    let is_name = |word: &str| {
        !word.chars().any(|c| c.is_ascii_lowercase()) || ["TinyGo:", "Rust:", "Go:"].contains(&word)
    };
    let words =
        english.pieces().filter(|(_, is_code)| !is_code).flat_map(|(piece, _)| piece.split_whitespace());
    if words.into_iter().any(|word| !is_name(word)) {
        assert!(is_chinese(chinese), "{name}: {english} / {chinese}");
    }
    for text in [english, chinese] {
        assert!(!text.as_str().contains("  "), "{name}: {text}");
        assert!(!text.as_str().contains(['`', '{', '}']) || !text.code().is_empty(), "{name}: {text}");
    }
}

#[test]
fn every_card_says_what_where_and_what_to_do_in_both_languages() {
    let (english, chinese) = (cards(Language::English), cards(Language::SimplifiedChinese));
    for ((name, en), (_, zh)) in english.iter().zip(&chinese) {
        assert!(!en.title.is_empty() && !en.what.is_empty(), "{name}");
        assert!(!en.place.is_empty(), "{name}");
        assert!(!en.next_steps.is_empty(), "{name}");
        assert_eq!(en.next_steps.len(), zh.next_steps.len(), "{name}");
        assert_eq!(en.envoy_says, zh.envoy_says, "{name}");
        check_pair(name, &en.title, &zh.title);
        check_pair(name, &en.what, &zh.what);
        check_pair(name, &en.place, &zh.place);
        match (&en.means, &zh.means) {
            (Some(en), Some(zh)) => check_pair(name, en, zh),
            (None, None) => {}
            _ => panic!("{name}: only one language says what it means"),
        }
        for (en, zh) in en.next_steps.iter().zip(&zh.next_steps) {
            check_pair(name, en, zh);
        }
    }
}

#[test]
fn every_finding_says_why_it_matters_and_what_to_do_in_both_languages() {
    let mut ids = Vec::new();
    for found in findings() {
        let (en, zh) =
            (finding::text(Language::English, found), finding::text(Language::SimplifiedChinese, found));
        let name = format!("{found:?}");
        check_pair(&name, &en.title, &zh.title);
        check_pair(&name, &en.why, &zh.why);
        check_pair(&name, &en.what_to_do, &zh.what_to_do);
        assert!(!en.why.is_empty() && !en.what_to_do.is_empty());
        assert_eq!((en.id, en.severity), (zh.id, zh.severity));
        ids.push(en.id);
    }
    ids.dedup();
    let kinds: std::collections::HashSet<_> = findings().iter().map(std::mem::discriminant).collect();
    assert_eq!(ids.len(), kinds.len(), "one id for each kind, in the order in which they are told");
}

#[test]
fn every_outcome_has_a_word_and_a_sentence_in_both_languages() {
    let limit =
        |limit| Outcome::Limit { limit, filter: Some(0), callback: Some(Callback::Tick), allowed: 2_000 };
    let outcomes = [
        Outcome::Finished { status: 200 },
        Outcome::Finished { status: 0 },
        Outcome::LocalReply { filter: Some(0), status: 403, details: String::new() },
        Outcome::LocalReply { filter: None, status: 503, details: "wasm_fail_stream".into() },
        Outcome::LocalReply { filter: None, status: 404, details: "route_not_found".into() },
        Outcome::LocalReply { filter: None, status: 500, details: "something_else".into() },
        Outcome::LocalReply { filter: None, status: 500, details: String::new() },
        Outcome::Reset { by_filter: true },
        Outcome::Reset { by_filter: false },
        Outcome::Paused { direction: Direction::Request, filter: 0, callback: Callback::RequestHeaders },
        Outcome::Paused { direction: Direction::Response, filter: 0, callback: Callback::ResponseBody },
        Outcome::Paused { direction: Direction::Request, filter: 0, callback: Callback::NewConnection },
        Outcome::Paused { direction: Direction::Response, filter: 0, callback: Callback::UpstreamData },
        Outcome::Closed { by: ClosedBy::Client },
        Outcome::Closed { by: ClosedBy::Upstream },
        Outcome::Closed { by: ClosedBy::NoUpstream },
        Outcome::Closed { by: ClosedBy::BothEnds },
        Outcome::Closed { by: ClosedBy::Filter(0) },
        Outcome::Closed { by: ClosedBy::Failure(0) },
        Outcome::Closed { by: ClosedBy::Shutdown },
        Outcome::Trapped(trap(None, "Uncaught RuntimeError: unreachable")),
        Outcome::Refused { filter: 0, reason: LoadError::ConfigureRefused },
        limit(LimitKind::RequestTime),
        limit(LimitKind::StartTime),
        limit(LimitKind::Events),
        limit(LimitKind::TraceBytes),
        limit(LimitKind::LogBytes),
        limit(LimitKind::Memory),
        limit(LimitKind::ClientTime),
        limit(LimitKind::Stopped),
    ];
    for outcome in outcomes {
        let name = format!("{outcome:?}");
        let trace = Trace::empty(outcome);
        let text = |language| outcome::text(language, &trace, &Scenario::default());
        let (en, zh) = (text(Language::English), text(Language::SimplifiedChinese));
        assert!(en.word.is_ascii() && !zh.word.is_ascii(), "{name}");
        check_pair(&name, &en.sentence, &zh.sentence);
    }
}

#[test]
fn what_happens_on_a_connection_has_words_in_both_languages() {
    use crate::trace::{Step, StreamAction};

    let both = [Direction::Request, Direction::Response];
    let closers = [
        ClosedBy::Client,
        ClosedBy::Upstream,
        ClosedBy::NoUpstream,
        ClosedBy::BothEnds,
        ClosedBy::Filter(0),
        ClosedBy::Failure(0),
        ClosedBy::Shutdown,
    ];
    let callbacks = [Callback::NewConnection, Callback::DownstreamData, Callback::UpstreamData];
    let mut actions = vec![
        StreamAction::UpstreamConnected,
        StreamAction::Retried { attempt: 2, most: 3, wait: 12_500_000 },
    ];
    actions.extend(closers.map(|by| StreamAction::ConnectionClosed { by }));
    for direction in both {
        actions.push(StreamAction::DataSent { direction, bytes: 5, end_of_stream: true });
        actions.extend(callbacks.map(|callback| StreamAction::Paused { direction, filter: 0, callback }));
    }
    let mut seen = std::collections::BTreeSet::new();
    for action in actions {
        let [(en, en_more), (zh, zh_more)] = Language::ALL.map(|language| timeline::action(language, action));
        assert!(en.is_ascii() && !zh.is_ascii(), "{action:?}: {en} {zh}");
        assert_eq!(en_more.as_str().is_empty(), zh_more.as_str().is_empty(), "{action:?}");
        assert!(seen.insert((en, en_more.to_string())), "{action:?} has words of its own");
    }
    let mut steps = vec![Step::Connect];
    for direction in both {
        steps.extend([
            Step::PeerSends { direction, bytes: 5, end_of_stream: true },
            Step::PeerEnds { direction },
            Step::PeerCloses { direction },
            Step::PeerResets { direction },
        ]);
    }
    let words: Vec<[String; 2]> = steps
        .iter()
        .map(|step| Language::ALL.map(|language| timeline::step(language, *step).to_string()))
        .collect();
    for [en, zh] in &words {
        assert!(en.is_ascii() && !zh.is_ascii(), "{en} {zh}");
    }
    assert_eq!(words[1], ["the client sends 5 B, end of stream", "客户端发送 5 B，流结束"]);
    for close_type in 0..3 {
        let args = [2, close_type];
        let callback = Callback::DownstreamConnectionClose;
        let [en, zh] = Language::ALL.map(|language| timeline::callback_args(language, callback, &args));
        assert!(en.as_str().is_ascii() && !zh.as_str().is_ascii(), "{en} {zh}");
    }
}

#[test]
fn the_known_causes_of_traps_are_told_apart() {
    let means = |trap: &Trap| trap::card(Language::English, trap, "f").means.map(|text| text.to_string());
    let all: std::collections::BTreeSet<Option<String>> = traps().iter().map(means).collect();
    // An index and a slice, a panic with unknown words and an exit: each has its own sentence; division has two ways.
    assert_eq!(all.len(), traps().len() - 1);
}

#[test]
fn a_trap_names_the_innermost_function_of_the_filter() {
    let found = trap(Some("panicked"), "Uncaught RuntimeError: unreachable");
    let card = trap::card(Language::English, &found, "mask_pii.wasm");
    assert_eq!(card.title.to_string(), "The filter trapped in on_response_body");
    assert_eq!(
        card.place.to_string(),
        "mask_pii.wasm, mask_pii::mask::keep_edges src/mask.rs:41, called from on_response_body"
    );
    assert_eq!(
        card.envoy_says,
        "Function: proxy_on_response_body failed: Uncaught RuntimeError: unreachable"
    );
    let groups = trap::frame_groups(&found.backtrace);
    assert_eq!(groups, [(trap::Owner::Runtime, 0..2), (trap::Owner::Filter, 2..3), (trap::Owner::Sdk, 3..5)]);
    assert_eq!(trap::group_name(Language::English, trap::Owner::Sdk, 2), "2 frames of the SDK");
    let hashed = |name: &str| {
        trap::owner(&Frame { function: 0, name: Some(name.to_owned()), offset: 0, source: None })
    };
    assert_eq!(hashed("std[ea330b591063023a]::sys::abort_internal"), trap::Owner::Runtime);
    assert_eq!(hashed("<core[0011223344556677]::fmt::Arguments>::new"), trap::Owner::Runtime);
    assert_eq!(hashed("mine[0011223344556677]::handle"), trap::Owner::Filter);
}

#[test]
fn a_trap_costs_what_the_policy_says() {
    let found = trap(None, "Uncaught RuntimeError: unreachable");
    let this = |headers_sent, fail_open| {
        trap::consequences(Language::English, &found, headers_sent, fail_open).map(|row| row.this_request)
    };
    assert_eq!(this(true, false), ["the client's stream is reset"; 3]);
    assert_eq!(this(false, true)[1], "passes without this filter");
    let in_log = Trap { callback: Callback::Log, ..found.clone() };
    let rows = trap::consequences(Language::English, &in_log, true, false);
    assert_eq!(rows.map(|row| row.this_request), ["goes on unharmed"; 3]);
}

#[test]
fn memory_is_said_to_be_short_in_envoy_only_where_envoy_has_no_more() {
    let says = |allowed| limit::advice(Language::English, LimitKind::Memory, allowed).to_string();
    assert!(says(1 << 30).contains("the filter would fail there, too"), "{}", says(1 << 30));
    let small = says(4 << 20);
    assert!(
        small.starts_with("That is this scenario's limit; Envoy gives a VM up to 1 GiB. Handle"),
        "{small}"
    );
    let why = finding::text(Language::English, Finding::MemoryRefused { limit: 4 << 20 }).why.to_string();
    assert!(why.starts_with("That is this scenario's limit; Envoy gives a VM up to 1 GiB. Most"), "{why}");
}

#[test]
fn an_import_of_an_older_abi_is_explained() {
    let error = LoadError::ImportOfOtherVersion {
        module: "env".into(),
        call: HostCall::ClearRouteCache,
        version: AbiVersion::V0_2_1,
    };
    let card = load_error::card(Language::English, &error, "route_by_tenant.wasm");
    assert_eq!(card.title.to_string(), "Envoy would refuse this filter: one import does not exist");
    assert_eq!(
        card.what.to_string(),
        "The module imports env.proxy_clear_route_cache. ABI 0.1.0 has it; this module declares ABI 0.2.1, which does not."
    );
    assert_eq!(
        card.envoy_says,
        "Failed to load Wasm module due to a missing import: env.proxy_clear_route_cache"
    );
    assert!(card.next_steps[0].as_str().contains("proxy_call_foreign_function(\"clear_route_cache\", …)"));
}

#[test]
fn lists_are_joined_as_each_language_does() {
    let words: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
    assert_eq!(list(Language::English, &words), "a, b and c");
    assert_eq!(list(Language::SimplifiedChinese, &words), "a、b 和 c");
    assert_eq!(list(Language::English, &words[..1]), "a");
}

#[test]
fn words_of_chinese_stand_in_a_list_without_spaces_and_code_with_them() {
    let list = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        super::list(Language::SimplifiedChinese, &words)
    };
    assert_eq!(list(&["请求头", "响应头", "响应体"]), "请求头、响应头和响应体");
    assert_eq!(list(&["x-a", "响应体"]), "x-a 和响应体");
    assert_eq!(list(&["响应体", "x-a"]), "响应体和 x-a");
}
