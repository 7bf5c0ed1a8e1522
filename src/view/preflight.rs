//! What a module is, before any run: where it would run, what it imports, what a trap in it could tell.

use super::sentences::{Severity, load_error, meaning, pick, say};
use super::{Language, Text, code, units};
use crate::abi::near;
use crate::abi::{AbiVersion, Callback, HostCall, Import, Namespace, Peer, Support};
use crate::host::{ExportFact, LoadError, ModuleFacts, SectionFact, refusals};

/// Everything on the page about a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    pub severity: Severity,
    pub verdict: Text,
    pub facts: Vec<Fact>,
    pub hosts: Vec<Host>,
    pub checks: Vec<Check>,
    /// The parts of the file, largest first, and last what is small.
    pub sizes: Vec<(String, usize)>,
    pub custom_sections: Vec<String>,
    /// Host calls that it imports, in file order, and what else it imports.
    pub imports: Vec<Name>,
    /// WASI functions that it imports.
    pub wasi: Vec<Name>,
    /// What it exports for the host to call when something happens.
    pub callbacks: Vec<Name>,
    /// Its memories, and the functions with which the host asks for some of it.
    pub memory: Vec<Name>,
    /// Its other exports.
    pub others: Vec<String>,
}

/// One fact about the file: `Language`, `Rust`, `rustc 1.95.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

/// A host and what it would do with the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub name: &'static str,
    /// Its version, or the product that it is part of.
    pub note: &'static str,
    pub severity: Severity,
    pub verdict: &'static str,
    pub reason: String,
    /// The imports behind the reason, by the names they have in [`Preflight::imports`] and [`Preflight::wasi`].
    pub imports: Vec<String>,
}

/// One thing that was looked at, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub severity: Severity,
    pub title: Text,
    pub detail: Text,
}

/// An import or export with what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub name: String,
    pub meaning: String,
    /// Whether Envoy takes the module with it.
    pub severity: Severity,
}

/// The parts of a file that get a name of their own; all others are small.
const LARGE_PARTS: usize = 4;

impl Preflight {
    /// The page about a module; `refused` is why it could not be loaded or started, as far as that was tried.
    pub fn new(language: Language, file: &str, facts: &ModuleFacts, refused: Option<&LoadError>) -> Self {
        let mut problems = refusals(facts);
        match refused {
            // V8 looks at the code before anybody looks at imports and exports.
            Some(reason @ LoadError::Invalid { .. }) => problems.insert(0, reason.clone()),
            // What only compiling or starting shows comes after what the file shows by itself.
            Some(reason) if problems.is_empty() && !is_about_the_file(reason) => {
                problems.push(reason.clone())
            }
            _ => {}
        }
        let file = code(file);
        let verdict = match problems.as_slice() {
            [] => say!(language, "{file} is ready to run", "{file} 可以运行"),
            [LoadError::VmStartRefused | LoadError::ConfigureRefused | LoadError::StartTrapped(_)] => {
                say!(language, "{file} is a filter, but does not start", "{file} 是过滤器，但无法启动")
            }
            [LoadError::Compile { .. }] => {
                say!(language, "{file} cannot be run here", "{file} 无法在这里运行")
            }
            _ => say!(language, "Envoy refuses {file}", "Envoy 会拒绝 {file}"),
        };
        let (imports, wasi) = imports(language, facts, &problems);
        let [callbacks, memory] = exports(language, facts, &problems);
        Self {
            severity: if problems.is_empty() { Severity::Ok } else { Severity::Error },
            verdict: verdict.into(),
            facts: file_facts(language, facts),
            hosts: hosts(language, facts, &problems),
            checks: checks(language, facts, &problems),
            sizes: sizes(language, facts),
            custom_sections: facts.custom_sections().map(str::to_owned).collect(),
            imports,
            wasi,
            callbacks,
            memory,
            others: others(facts),
        }
    }

    /// The page as Markdown, for a chat or an issue.
    pub fn markdown(&self, language: Language) -> String {
        let mut lines = vec![format!("## {}", self.verdict.with_backticks()), String::new()];
        for Fact { label, value, note } in &self.facts {
            lines.push(format!("- {label}: {value} {note}").trim_end().to_owned());
        }
        let heads = pick(language, "| host | | |", "| 宿主 | | |");
        lines.extend([String::new(), heads.to_owned(), "|---|---|---|".to_owned()]);
        for Host { name, note, verdict, reason, .. } in &self.hosts {
            lines.push(format!("| {} | {verdict} | {reason} |", format!("{name} {note}").trim_end()));
        }
        lines.push(String::new());
        for Check { severity, title, detail } in &self.checks {
            let mark = match severity {
                Severity::Ok => "✓",
                Severity::Note => "·",
                Severity::Warning => "!",
                Severity::Error => "✗",
            };
            let (title, detail) = (title.with_backticks(), detail.with_backticks());
            lines.push(format!("- {mark} {title}: {detail}").trim_end_matches(": ").to_owned());
        }
        let mut list = |title: &str, names: &[Name]| {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.name)).collect();
                lines.extend([String::new(), format!("{title}: {}", names.join(", "))]);
            }
        };
        list(pick(language, "Host calls", "宿主调用"), &self.imports);
        list("WASI", &self.wasi);
        list(pick(language, "Callbacks", "回调"), &self.callbacks);
        lines.push(String::new());
        lines.join("\n")
    }
}

/// Whether the file alone shows it, so that [`refusals`] has it already.
fn is_about_the_file(reason: &LoadError) -> bool {
    !matches!(
        reason,
        LoadError::Compile { .. }
            | LoadError::Instantiate { .. }
            | LoadError::StartTrapped(_)
            | LoadError::VmStartRefused
            | LoadError::ConfigureRefused
    )
}

/// The host call that an import stands for, in whatever version.
fn call_of(module: &str, name: &str, facts: &ModuleFacts) -> Option<HostCall> {
    match Import::look_up(module, name, facts.abi?) {
        Import::Known(call) | Import::OtherVersion(call) => Some(call),
        Import::Unknown => None,
    }
}

/// How an import is called on the page.
fn shown(module: &str, name: &str, facts: &ModuleFacts) -> String {
    match call_of(module, name, facts) {
        Some(call) => call.short_name().to_owned(),
        None => format!("{module}.{name}"),
    }
}

fn imported_calls(facts: &ModuleFacts) -> Vec<HostCall> {
    facts.imports.iter().filter_map(|import| call_of(&import.module, &import.name, facts)).collect()
}

fn file_facts(language: Language, facts: &ModuleFacts) -> Vec<Fact> {
    let unknown = || pick(language, "unknown", "未知").to_owned();
    let fact = |label, value: String, note: String| Fact { label, value, note };
    let compiler = facts
        .producers
        .iter()
        .find(|producer| ["rustc", "Go cmd/compile", "TinyGo"].iter().any(|tool| producer.starts_with(tool)));
    let digest: Vec<String> = facts.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut list = vec![
        fact("ABI", facts.abi.map_or_else(unknown, |abi| abi.number().to_owned()), String::new()),
        fact(
            pick(language, "Language", "语言"),
            facts.language().map_or_else(unknown, str::to_owned),
            compiler.map(|name| name.split(" (").next().unwrap_or(name).to_owned()).unwrap_or_default(),
        ),
        fact(
            "SDK",
            facts.sdk.clone().unwrap_or_else(unknown),
            facts.sdk.as_ref().map_or("", |_| pick(language, "likely", "很可能")).to_owned(),
        ),
        fact(pick(language, "Size", "大小"), units::bytes(facts.size as u64), String::new()),
        fact(
            pick(language, "Functions", "函数"),
            units::number(facts.functions),
            match facts.has_names {
                true => pick(language, "with names", "有名称"),
                false => pick(language, "without names", "没有名称"),
            }
            .to_owned(),
        ),
    ];
    if !facts.memory_pages.is_empty() {
        let bytes = units::bytes(facts.memory_pages.iter().sum::<u64>().saturating_mul(65536));
        let at_start = pick(language, "at the start", "初始");
        list.push(fact(pick(language, "Memory", "内存"), bytes, at_start.to_owned()));
    }
    let short = format!("{}…{}", digest[..3].concat(), digest[30..].concat());
    list.push(fact("SHA-256", short, String::new()));
    list
}

fn hosts(language: Language, facts: &ModuleFacts, problems: &[LoadError]) -> Vec<Host> {
    let refuses = |name, note, reason: String, imports| Host {
        name,
        note,
        severity: Severity::Error,
        verdict: pick(language, "Refuses", "拒绝"),
        reason,
        imports,
    };
    let runs = |name, note, reason: String| Host {
        name,
        note,
        severity: Severity::Ok,
        verdict: pick(language, "Runs", "可运行"),
        reason,
        imports: Vec::new(),
    };
    let istio = ("Istio", pick(language, "Envoy inside", "内含 Envoy"));
    let as_envoy = pick(language, "as its Envoy", "与其中的 Envoy 相同").to_owned();
    let mut list = Vec::new();
    if problems.first().is_some_and(|first| !matches!(first, LoadError::Compile { .. })) {
        let reason = match language {
            Language::English => {
                units::count(problems.len(), "problem, see the checks", "problems, see the checks")
            }
            Language::SimplifiedChinese => format!("{} 个问题，见检查", problems.len()),
        };
        let bad = facts.imports.iter().filter(|import| is_bad(problems, &import.name));
        let imports: Vec<String> = bad.map(|import| shown(&import.module, &import.name, facts)).collect();
        list.push(refuses("Envoy", "1.40", reason, imports.clone()));
        list.push(refuses(istio.0, istio.1, as_envoy, imports));
    } else {
        let calls = imported_calls(facts);
        let own = calls.iter().filter(|call| call.spec().namespace == Namespace::Env).count();
        let all = match language {
            Language::English if own == 1 => "its one host call does real work".to_owned(),
            _ => say!(language, "all {own} host calls do real work", "全部 {own} 个宿主调用都真正有效"),
        };
        list.push(runs("Envoy", "1.39, 1.40", all));
        let new: Vec<String> = calls
            .iter()
            .filter(|call| call.is_new_in_envoy_1_39())
            .map(|call| call.short_name().to_owned())
            .collect();
        let older = pick(language, "1.36 to 1.38", "1.36 至 1.38");
        list.push(match new.len() {
            0 => runs("Envoy", older, pick(language, "nothing that it lacks", "没有它缺少的函数").to_owned()),
            count => refuses("Envoy", older, missing(language, count), new),
        });
        list.push(runs(istio.0, istio.1, as_envoy));
    }
    list.extend(Peer::ALL.iter().map(|peer| peer_row(language, *peer, facts)));
    list
}

fn missing(language: Language, count: usize) -> String {
    match language {
        Language::English => units::count(count, "import does not exist there", "imports do not exist there"),
        Language::SimplifiedChinese => format!("有 {count} 个导入在那里不存在"),
    }
}

fn peer_row(language: Language, peer: Peer, facts: &ModuleFacts) -> Host {
    let note = match peer {
        Peer::NgxWasmModule => "Kong",
        Peer::WasmNginxModule => "APISIX",
        Peer::ServiceExtensions => pick(language, "Google's tester", "Google 的测试工具"),
        Peer::FastEdgeTest => "Gcore",
        Peer::Proxytest => "Go SDK",
        Peer::MosnGoHost => "MOSN",
    };
    let with = |wanted: Support| -> Vec<String> {
        let calls = imported_calls(facts).into_iter().filter(|call| peer.support(*call) == Some(wanted));
        calls.map(|call| call.short_name().to_owned()).collect()
    };
    let unknown = facts.imports.iter().filter(|import| {
        import.module == "env" && import.kind == "function" && call_of("env", &import.name, facts).is_none()
    });
    let mut absent = with(Support::Missing);
    absent.extend(unknown.map(|import| shown("env", &import.name, facts)));
    let host = |severity, verdict, reason, imports| Host {
        name: peer.name(),
        note,
        severity,
        verdict,
        reason,
        imports,
    };
    if !absent.is_empty() {
        return host(
            Severity::Error,
            pick(language, "Refuses", "拒绝"),
            missing(language, absent.len()),
            absent,
        );
    }
    let lacking = [
        (Support::Traps, "traps", "trap", "会崩溃"),
        (Support::Unimplemented, "Unimplemented", "Unimplemented", "返回 Unimplemented"),
        (Support::Pretends, "does nothing", "do nothing", "什么也不做"),
    ];
    let mut reasons = Vec::new();
    let mut imports = Vec::new();
    for (support, one, many, chinese) in lacking {
        let calls = with(support);
        let count = calls.len();
        if count > 0 {
            reasons.push(match language {
                Language::English => units::count(count, one, many),
                Language::SimplifiedChinese => format!("{count} 个{chinese}"),
            });
            imports.extend(calls);
        }
    }
    if imports.is_empty() {
        let reason = match peer {
            Peer::NgxWasmModule => pick(language, "every property is a string", "所有属性都是字符串"),
            _ => pick(language, "every host call does real work", "每个宿主调用都真正有效"),
        };
        host(Severity::Ok, pick(language, "Runs", "可运行"), reason.to_owned(), imports)
    } else {
        let comma = pick(language, ", ", "，");
        host(Severity::Warning, pick(language, "Partly", "部分"), reasons.join(comma), imports)
    }
}

/// The import that a problem is about.
fn import_of(problem: &LoadError) -> Option<&str> {
    match problem {
        LoadError::MissingImport { name, .. }
        | LoadError::ImportType { name, .. }
        | LoadError::ImportedMemory { name, .. } => Some(name),
        LoadError::ImportOfOtherVersion { call, .. } => Some(call.name()),
        _ => None,
    }
}

fn is_bad(problems: &[LoadError], import: &str) -> bool {
    problems.iter().any(|problem| import_of(problem) == Some(import))
}

fn checks(language: Language, facts: &ModuleFacts, problems: &[LoadError]) -> Vec<Check> {
    let check = |severity, title: String, detail: String| Check {
        severity,
        title: title.into(),
        detail: detail.into(),
    };
    let mut list: Vec<Check> = Vec::new();
    if let Some(abi) = facts.abi {
        let (number, marker) = (abi.number(), abi.marker());
        let detail = say!(language, "marker `{marker}`", "标记 `{marker}`");
        list.push(check(Severity::Ok, format!("ABI {number}"), detail));
    }
    for problem in problems {
        let card = load_error::card(language, problem, "");
        let step = card.next_steps.first().cloned().unwrap_or_default();
        let detail = Text::from(format!("{} ", card.what.to_marked())).joined(step);
        list.push(Check { severity: Severity::Error, title: card.title, detail });
    }
    if facts.abi.is_some() {
        list.extend(good_parts(language, facts, problems));
    }
    list.extend(debugging(language, facts));
    if imported_calls(facts).contains(&HostCall::SetBufferBytes) {
        list.push(check(
            Severity::Note,
            say!(language, "Changes bodies", "会修改消息体"),
            say!(
                language,
                "`content-length` must be removed in the headers callback",
                "必须在头部回调中删除 `content-length`"
            ),
        ));
    }
    let streams = |names: &[Callback]| names.iter().any(|callback| facts.exports_function(callback.name()));
    let (is_http, is_tcp) = (streams(&near::HTTP), streams(&near::TCP));
    if facts.abi.is_some() && !is_http {
        let detail = match is_tcp {
            true => say!(
                language,
                "a network filter: give the scenario a `connection`",
                "这是网络过滤器：请在场景中加入 `connection`"
            ),
            false => say!(language, "requests pass it untouched", "请求会原样通过"),
        };
        let title = say!(language, "No callback for HTTP", "没有 HTTP 回调");
        list.push(check(if is_tcp { Severity::Note } else { Severity::Warning }, title, detail));
    }
    list
}

/// What Envoy looks for and finds.
fn good_parts(language: Language, facts: &ModuleFacts, problems: &[LoadError]) -> Vec<Check> {
    let ok = |title: String, detail: String| Check {
        severity: Severity::Ok,
        title: title.into(),
        detail: detail.into(),
    };
    let first = |callbacks: &[Callback]| {
        callbacks.iter().map(|callback| callback.name()).find(|name| facts.exports_function(name))
    };
    let mut list = Vec::new();
    if let Some(name) = first(&[Callback::Malloc, Callback::MemoryAllocate]) {
        list.push(ok(say!(language, "Allocator", "分配器"), format!("`{name}`")));
    }
    let start = match first(&[Callback::Initialize, Callback::Start]) {
        Some(name) => format!("`{name}`"),
        None => say!(language, "nothing: it has no constructors to run", "无：没有需要运行的构造函数"),
    };
    list.push(ok(say!(language, "Starts with", "启动函数"), start));
    if !problems.iter().any(|problem| import_of(problem).is_some()) {
        let calls = imported_calls(facts);
        let wasi = calls.iter().filter(|call| call.spec().namespace == Namespace::Wasi).count();
        let own = calls.len() - wasi;
        let detail = match language {
            Language::English => format!(
                "{} and {}, all types match",
                units::count(own, "host call", "host calls"),
                units::count(wasi, "WASI function", "WASI functions")
            ),
            Language::SimplifiedChinese => format!("{own} 个宿主调用和 {wasi} 个 WASI 函数，类型全部相符"),
        };
        list.push(ok(say!(language, "Imports", "导入"), detail));
    }
    list
}

/// What a trap could tell.
fn debugging(language: Language, facts: &ModuleFacts) -> Option<Check> {
    let has_lines = facts.custom_sections().any(|name| name == ".debug_line");
    let (severity, title, detail) = match (facts.has_names, has_lines) {
        (false, _) => (
            Severity::Warning,
            say!(language, "No function names", "没有函数名"),
            say!(
                language,
                "a trap shows numbers only; build without stripping",
                "崩溃时只能显示编号；构建时请不要去除符号"
            ),
        ),
        (true, false) => (
            Severity::Note,
            say!(language, "No DWARF", "没有 DWARF"),
            say!(
                language,
                "a trap names functions, but no source lines",
                "崩溃时能显示函数名，但没有源码行号"
            ),
        ),
        (true, true) => (
            Severity::Ok,
            say!(language, "Names and DWARF", "有函数名和 DWARF"),
            say!(language, "a trap names functions and source lines", "崩溃时能显示函数名和源码行号"),
        ),
    };
    Some(Check { severity, title: title.into(), detail: detail.into() }).filter(|_| facts.functions > 0)
}

fn sizes(language: Language, facts: &ModuleFacts) -> Vec<(String, usize)> {
    let mut parts: Vec<(String, usize)> = Vec::new();
    for section in &facts.sections {
        let name = part_name(section);
        match parts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, size)) => *size += section.size,
            None => parts.push((name, section.size)),
        }
    }
    parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let small = parts.split_off(parts.len().min(LARGE_PARTS));
    let named: usize = parts.iter().map(|(_, size)| size).sum();
    // Headers of sections belong to no part.
    if !small.is_empty() || facts.size > named {
        parts.push((pick(language, "other", "其他").to_owned(), facts.size.saturating_sub(named)));
    }
    parts
}

fn part_name(section: &SectionFact) -> String {
    match section.id {
        0 if section.name.starts_with(".debug_") => "DWARF",
        0 => section.name.as_str(),
        1 => "type",
        2 => "import",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        9 => "element",
        10 => "code",
        11 => "data",
        _ => "other",
    }
    .to_owned()
}

fn imports(language: Language, facts: &ModuleFacts, problems: &[LoadError]) -> (Vec<Name>, Vec<Name>) {
    let (mut own, mut wasi) = (Vec::new(), Vec::new());
    for import in &facts.imports {
        let is_bad = is_bad(problems, &import.name);
        let call = call_of(&import.module, &import.name, facts);
        let is_wasi =
            call.map_or(import.module.starts_with("wasi"), |call| call.spec().namespace == Namespace::Wasi);
        let name = shown(&import.module, &import.name, facts);
        let meaning = match (call, is_bad, import.kind) {
            (Some(call), false, _) => meaning::of_call(language, call),
            (Some(call), true, _) if call.exists_in(facts.abi.unwrap_or(AbiVersion::V0_2_1)) => {
                pick(language, "Envoy has it with another type", "Envoy 的这个函数类型不同")
            }
            (_, true, _) => pick(language, "Envoy has no such function", "Envoy 没有这样的函数"),
            (None, false, "function") => "",
            (None, false, kind) => kind,
        };
        let severity = if is_bad { Severity::Error } else { Severity::Ok };
        let row = Name { name, meaning: meaning.to_owned(), severity };
        if is_wasi { wasi.push(row) } else { own.push(row) }
    }
    (own, wasi)
}

/// The host calls it for memory, not for something that happened.
fn is_allocator(callback: Callback) -> bool {
    matches!(callback, Callback::Malloc | Callback::MemoryAllocate)
}

/// Exports that the host knows: callbacks in the order in which they are called, and what has to do with memory.
fn exports(language: Language, facts: &ModuleFacts, problems: &[LoadError]) -> [Vec<Name>; 2] {
    let is_bad = |wanted: &str| {
        problems
            .iter()
            .any(|problem| matches!(problem, LoadError::CallbackType { name, .. } if name == wanted))
    };
    let mut known: Vec<(Callback, Name)> = facts
        .exports
        .iter()
        .filter_map(|export| {
            let callback = callback_of(export)?;
            let severity = if is_bad(&export.name) { Severity::Error } else { Severity::Ok };
            let meaning = meaning::of_callback(language, callback).to_owned();
            Some((callback, Name { name: callback.short_name().to_owned(), meaning, severity }))
        })
        .collect();
    known.sort_by_key(|(callback, _)| *callback);
    let (allocators, callbacks): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(callback, _)| is_allocator(*callback));
    let memories = facts.exports.iter().filter(|export| export.kind == "memory").map(|export| Name {
        name: export.name.clone(),
        meaning: pick(language, "what the host reads and writes", "宿主在此读写").to_owned(),
        severity: Severity::Ok,
    });
    let names = |known: Vec<(Callback, Name)>| known.into_iter().map(|(_, name)| name);
    [names(callbacks).collect(), memories.chain(names(allocators)).collect()]
}

/// Exports that no host looks for.
fn others(facts: &ModuleFacts) -> Vec<String> {
    let is_known = |export: &&ExportFact| {
        export.kind == "memory"
            || callback_of(export).is_some()
            || AbiVersion::from_marker(&export.name).is_some()
    };
    facts.exports.iter().filter(|export| !is_known(export)).map(|export| export.name.clone()).collect()
}

fn callback_of(export: &ExportFact) -> Option<Callback> {
    let callback = || Callback::all().find(|callback| callback.name() == export.name);
    (export.kind == "function").then(callback).flatten()
}

#[cfg(test)]
mod tests;
