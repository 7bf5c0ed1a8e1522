//! Words of the report that is read in a browser.

use super::{Severity, pick, say};
use crate::scenario::{Filter, Scenario};
use crate::view::summary::Summary;
use crate::view::{Language, units};

/// The language as HTML names it (BCP 47).
pub fn html_language(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::SimplifiedChinese => "zh-CN",
    }
}

pub fn title(language: Language) -> &'static str {
    pick(language, "Filterlab report", "Filterlab 报告")
}

pub fn skip(language: Language) -> &'static str {
    pick(language, "Skip to the story", "跳到经过")
}

pub fn sections(language: Language) -> &'static str {
    pick(language, "Sections", "目录")
}

pub fn colon(language: Language) -> &'static str {
    pick(language, ": ", "：")
}

/// The name of a section by its anchor.
pub fn section(language: Language, anchor: &str) -> &'static str {
    match anchor {
        "story" => pick(language, "Story", "经过"),
        "expectations" => pick(language, "Expectations", "预期"),
        "changes" => pick(language, "Changes", "改动"),
        "timeline" => pick(language, "Timeline", "时间线"),
        "callouts" => pick(language, "Callouts", "外部调用"),
        "calls" => pick(language, "Host calls", "宿主调用"),
        "logs" => pick(language, "Logs", "日志"),
        "findings" => pick(language, "Findings", "发现"),
        "scenario" => pick(language, "Scenario", "场景"),
        _ => pick(language, "Module", "模块"),
    }
}

/// What the file is, beneath the list of sections.
pub fn about(language: Language, masks: bool, scenario: &Scenario) -> Vec<String> {
    let (version, program) = (scenario.proxy.envoy_version, env!("CARGO_PKG_VERSION"));
    let secrets = match masks {
        true => pick(language, "Secrets are masked.", "敏感信息已遮盖。"),
        false => pick(language, "Secrets are shown.", "包含敏感信息。"),
    };
    vec![
        pick(language, "One file, no network.", "单个文件，不访问网络。").to_owned(),
        secrets.to_owned(),
        say!(language, "Envoy {version} rules.", "按 Envoy {version} 的规则运行。"),
        say!(language, "Made by Filterlab {program}", "由 Filterlab {program} 生成"),
    ]
}

/// Name of the switch of themes, its two words, and the other button.
pub fn switches(language: Language) -> [&'static str; 4] {
    [("Theme", "主题"), ("Light", "浅色"), ("Dark", "深色"), ("Print", "打印")]
        .map(|(english, chinese)| pick(language, english, chinese))
}

/// What the row of figures is made of.
pub struct Figures<'a> {
    /// Sign and word.
    pub outcome: (&'static str, &'static str),
    /// Expectations that are met, of how many.
    pub met: Option<(usize, usize)>,
    /// Status and bytes of the first reply.
    pub client: Option<(String, usize)>,
    pub requests: usize,
    pub summary: &'a Summary,
    /// Changes on the way to the upstream and back.
    pub sides: (usize, usize),
    pub findings: usize,
    pub worst: Option<Severity>,
}

/// Label, figure and what is said beneath it.
pub type Figure = (String, String, String);

pub fn figures(language: Language, figures: &Figures<'_>) -> Vec<Figure> {
    let Figures { outcome: (mark, word), met, client, requests, summary, sides, findings, worst } = figures;
    let label = |english, chinese| pick(language, english, chinese).to_owned();
    let met = met.map(|(met, of)| {
        let expectations = units::count(of, "expectation", "expectations");
        say!(language, "{met} of {expectations} met", "{of} 项预期中 {met} 项符合")
    });
    let client = match (client, requests) {
        (_, 2..) => {
            let requests_text = units::number(requests);
            (label("Requests", "请求"), requests_text, label("one after the other", "依次发送"))
        }
        (Some((status, bytes)), _) => {
            let bytes = units::bytes(*bytes as u64);
            (label("Client got", "客户端收到"), status.clone(), bytes)
        }
        (None, _) => (label("Client got", "客户端收到"), "—".to_owned(), label("nothing", "没有内容")),
    };
    let (there, back) = sides;
    let own = units::nanos(summary.guest_nanos);
    let clock = units::nanos(summary.virtual_nanos);
    let callbacks = units::count(summary.callbacks, "callback", "callbacks");
    let callbacks_zh = units::number(summary.callbacks);
    vec![
        (label("Outcome", "结果"), format!("{mark} {word}"), met.unwrap_or_default()),
        client,
        (
            label("Changes", "改动"),
            units::number(summary.changes),
            say!(language, "{there} request, {back} response", "请求 {there} 处，响应 {back} 处"),
        ),
        (
            label("In the filter", "过滤器用时"),
            own,
            say!(language, "{clock} on the virtual clock", "虚拟时钟 {clock}"),
        ),
        (
            label("Host calls", "宿主调用"),
            units::number(summary.host_calls),
            say!(language, "in {callbacks}", "分布在 {callbacks_zh} 个回调中"),
        ),
        (
            label("Findings", "发现"),
            units::number(*findings),
            match worst {
                None => label("nothing found", "没有发现问题"),
                Some(severity) => {
                    let word = severity.word(language);
                    match language {
                        Language::English => format!("worst: {}", word.to_lowercase()),
                        Language::SimplifiedChinese => format!("最严重：{word}"),
                    }
                }
            },
        ),
    ]
}

fn heads<const N: usize>(language: Language, words: [(&'static str, &'static str); N]) -> [&'static str; N] {
    words.map(|(en, zh)| pick(language, en, zh))
}

/// Heads of columns; figures begin with a space.
pub fn request_columns(language: Language) -> [&'static str; 5] {
    heads(
        language,
        [
            (" No.", " 序号"),
            ("Request", "请求"),
            ("Outcome", "结果"),
            ("What happened", "说明"),
            (" Changes", " 改动"),
        ],
    )
}

pub fn timeline_columns(language: Language) -> [&'static str; 4] {
    heads(
        language,
        [("What happened", "事件"), ("Answer", "返回"), ("Measured time", "实测时间"), (" Time", " 时间")],
    )
}

pub fn callout_columns(language: Language) -> [&'static str; 4] {
    heads(language, [("Upstream", "上游"), ("Request", "请求"), ("Result", "结果"), ("Made by", "发起者")])
}

pub fn call_columns(language: Language) -> [&'static str; 7] {
    heads(
        language,
        [
            (" No.", " 序号"),
            ("Call", "调用"),
            ("Arguments and result", "参数与结果"),
            ("Status", "状态"),
            ("Callback", "回调"),
            (" Bytes", " 字节"),
            (" Time", " 时间"),
        ],
    )
}

pub fn log_columns(language: Language) -> [&'static str; 4] {
    heads(language, [(" Time", " 时间"), ("Level", "级别"), ("Message", "内容"), (" Call", " 调用")])
}

pub fn expectation_columns(language: Language) -> [&'static str; 3] {
    heads(language, [("Verdict", "结论"), ("Expected", "预期"), ("Found", "实际")])
}

pub fn host_columns(language: Language) -> [&'static str; 3] {
    heads(language, [("Host", "宿主"), ("Verdict", "结论"), ("Why", "原因")])
}

/// Heads of a comparison: the left half, and who wrote what stands at the right.
pub fn columns(language: Language) -> [&'static str; 2] {
    [pick(language, "Before", "之前"), pick(language, ", written by", "，写入者")]
}

/// The words of the key: before, after, and the signs.
pub fn legend(language: Language) -> [&'static str; 3] {
    [
        pick(language, "before", "之前"),
        pick(language, "after", "之后"),
        pick(language, "− removed + added ~ changed", "− 删除 + 新增 ~ 修改"),
    ]
}

pub fn request(language: Language, number: usize) -> String {
    let number = units::number(number);
    say!(language, "Request {number}", "第 {number} 个请求")
}

pub fn unchanged(language: Language, is_body: bool, count: usize, can_unfold: bool) -> String {
    let count = units::number(count);
    let said = match is_body {
        true => say!(language, "{count} unchanged lines", "{count} 行未改动"),
        false => say!(language, "{count} unchanged", "{count} 项未改动"),
    };
    match (can_unfold, language) {
        (true, _) => said,
        (false, Language::English) => format!("{said}, not in this report"),
        (false, Language::SimplifiedChinese) => format!("{said}，不在本报告中"),
    }
}

pub fn more_rows(language: Language, count: &str) -> String {
    say!(language, "{count} more rows, not in this report", "另有 {count} 行，不在本报告中")
}

pub fn moved(language: Language, after: Option<&str>) -> String {
    match after {
        None => pick(language, "now first", "移到最前").to_owned(),
        Some(name) => say!(language, "after {name}", "移到 {name} 之后"),
    }
}

pub fn cut(language: Language, length: usize) -> String {
    let length = units::bytes(length as u64);
    say!(language, "cut, {length} in all", "已截断，共 {length}")
}

pub fn not_utf8(language: Language) -> &'static str {
    pick(language, "not UTF-8", "不是 UTF-8")
}

pub fn by_envoy(language: Language) -> &'static str {
    pick(language, "by Envoy", "由 Envoy")
}

pub fn written_by(language: Language) -> &'static str {
    pick(language, "Written by", "写入者：")
}

pub fn no_messages(language: Language) -> &'static str {
    pick(language, "No message came as far as a filter.", "没有消息到达过滤器。")
}

pub fn no_calls(language: Language) -> &'static str {
    pick(language, "The filters made no host calls.", "过滤器没有发起宿主调用。")
}

pub fn no_logs(language: Language) -> &'static str {
    pick(language, "The filters wrote no log lines.", "过滤器没有输出日志。")
}

pub fn no_findings(language: Language) -> &'static str {
    pick(language, "Nothing was found that Envoy would punish.", "没有发现会被 Envoy 处罚的问题。")
}

pub fn not_to_scale(language: Language) -> &'static str {
    pick(language, "waits on the virtual clock are not to scale", "虚拟时钟上的等待不按比例显示")
}

pub fn failed(language: Language) -> &'static str {
    pick(language, "failed", "失败")
}

pub fn what_to_do(language: Language) -> &'static str {
    pick(language, "What to do:", "怎么办：")
}

pub fn everywhere(language: Language) -> &'static str {
    pick(language, "Where it was found", "出现的位置")
}

pub fn met(language: Language) -> &'static str {
    pick(language, "met", "符合")
}

pub fn not_met(language: Language) -> &'static str {
    pick(language, "not met", "不符合")
}

pub fn off(language: Language) -> &'static str {
    pick(language, "off", "已关闭")
}

pub fn whole_scenario(language: Language) -> &'static str {
    pick(language, "The whole scenario as JSON", "完整的场景（JSON）")
}

pub fn unread(language: Language) -> &'static str {
    pick(language, "The module could not be read.", "无法读取该模块。")
}

pub fn imports(language: Language, count: &str) -> String {
    say!(language, "Imports: {count}", "导入：{count} 个")
}

pub fn left_out_rows(language: Language, shown: usize, count: usize) -> String {
    let (shown, count) = (units::number(shown), units::number(count));
    say!(
        language,
        "These are the first {shown} of {count}. Filterlab shows all of them.",
        "此处列出 {count} 条中的前 {shown} 条，全部内容请在 Filterlab 中查看。"
    )
}

pub fn left_out_requests(language: Language, shown: usize, count: usize) -> String {
    let (shown, count) = (units::number(shown), units::number(count));
    say!(
        language,
        "These are the first {shown} of {count} requests. Filterlab shows all of them.",
        "此处列出 {count} 个请求中的前 {shown} 个，全部内容请在 Filterlab 中查看。"
    )
}

pub fn left_out_changes(language: Language, shown: usize, count: usize) -> String {
    let (shown, count) = (units::number(shown), units::number(count));
    say!(
        language,
        "The changes are those of the first {shown} of {count} requests.",
        "此处是 {count} 个请求中前 {shown} 个的改动。"
    )
}

pub fn left_out_bytes(language: Language, shown: usize, count: usize) -> String {
    let (shown, count) = (units::bytes(shown as u64), units::bytes(count as u64));
    say!(language, "These are the first {shown} of {count}.", "此处是 {count} 中的前 {shown}。")
}

pub fn left_out_part(language: Language, part: &str) -> String {
    say!(
        language,
        "{part}: not in this report, which would be too large with it.",
        "{part}：未收入本报告，否则报告过大。"
    )
}

/// What a scenario says, as label and value.
pub fn scenario_facts(language: Language, scenario: &Scenario) -> Vec<(String, String)> {
    let label = |english, chinese| pick(language, english, chinese).to_owned();
    let mut facts = Vec::new();
    if !scenario.name.trim().is_empty() {
        facts.push((label("Name", "名称"), scenario.name.trim().to_owned()));
    }
    match &scenario.connection {
        Some(connection) => {
            let steps = units::count(connection.steps.len(), "step", "steps");
            let steps_zh = units::number(connection.steps.len());
            let said = say!(language, "TCP, {steps}", "TCP，{steps_zh} 步");
            facts.push((label("Connection", "连接"), said));
        }
        None => {
            let (request, reply) = (&scenario.request, &scenario.reply);
            let size = units::bytes(request.body.len() as u64);
            let headers = units::count(request.headers.len(), "header", "headers");
            let headers_zh = units::number(request.headers.len());
            let said = say!(language, "{headers}, {size} of body", "{headers_zh} 个头，请求体 {size}");
            facts.push((label("Request", "请求"), format!("{} {} · {said}", request.method, request.url)));
            let size = units::bytes(reply.body.len() as u64);
            let headers = units::count(reply.headers.len(), "header", "headers");
            let headers_zh = units::number(reply.headers.len());
            let said = say!(language, "{headers}, {size} of body", "{headers_zh} 个头，响应体 {size}");
            facts.push((label("Upstream", "上游"), format!("{} · {said}", reply.status)));
        }
    }
    let count = scenario.chain.len();
    if count > 1 {
        facts.push((label("Filters", "过滤器"), units::number(count)));
    }
    if !scenario.callouts.is_empty() {
        facts.push((label("Mocks", "模拟应答"), units::number(scenario.callouts.len())));
    }
    if !scenario.properties.is_empty() {
        facts.push((label("Properties set", "设定的属性"), units::number(scenario.properties.0.len())));
    }
    facts.push((label("Clock", "时钟"), scenario.clock.to_string()));
    facts.push((label("Seed", "随机种子"), scenario.seed.to_string()));
    facts.push((label("Log level", "日志级别"), scenario.log_level.name().to_owned()));
    facts.push(("Envoy".to_owned(), scenario.proxy.envoy_version.to_string()));
    facts
}

/// How a filter is configured, as label and value.
pub fn filter_facts(language: Language, filter: &Filter) -> Vec<(String, String)> {
    let label = |english, chinese| pick(language, english, chinese).to_owned();
    let size = |length: usize| units::bytes(length as u64);
    let mut facts = vec![(label("File", "文件"), filter.module_name())];
    let named = [("root_id", &filter.root_id), ("vm_id", &filter.vm_id)];
    for (name, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
        facts.push((name.to_owned(), value.clone()));
    }
    if !filter.plugin_config.is_empty() {
        facts.push((label("Configuration", "插件配置"), size(filter.plugin_config.len())));
    }
    if !filter.vm_config.is_empty() {
        facts.push((label("VM configuration", "VM 配置"), size(filter.vm_config.len())));
    }
    if !filter.env.is_empty() {
        let names: Vec<&str> = filter.env.keys().map(String::as_str).collect();
        facts.push((label("Environment", "环境变量"), names.join(", ")));
    }
    facts
}
