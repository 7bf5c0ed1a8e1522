//! Why a file of another tool could not be read or written, and what of it was not carried over.

use super::{ErrorCard, Text, load_error, pick, said, say, scenario, sharing, texts};
use crate::convert::curl::{Shell, Unsupported};
use crate::convert::{Error, Expected, Format, LeftOut, Place, Reason, Why};
use crate::view::{Language, code, units};

/// A format as people know it.
pub fn format(language: Language, format: Format) -> &'static str {
    match format {
        Format::Scenario => pick(language, "scenario", "场景"),
        Format::Module => pick(language, "WebAssembly module", "WebAssembly 模块"),
        Format::Curl => pick(language, "curl command", "curl 命令"),
        Format::Har => pick(language, "HAR archive", "HAR 归档"),
        Format::Hurl => pick(language, "Hurl file", "Hurl 文件"),
        Format::Http => pick(language, "HTTP message", "HTTP 报文"),
        Format::Envoy => pick(language, "Envoy configuration", "Envoy 配置"),
        Format::WasmPlugin => pick(language, "Istio WasmPlugin", "Istio WasmPlugin"),
        Format::TrafficExtension => pick(language, "Istio TrafficExtension", "Istio TrafficExtension"),
        Format::EnvoyFilter => pick(language, "Istio EnvoyFilter", "Istio EnvoyFilter"),
        Format::Policy => {
            pick(language, "Envoy Gateway EnvoyExtensionPolicy", "Envoy Gateway EnvoyExtensionPolicy")
        }
        Format::Higress => pick(language, "Higress WasmPlugin", "Higress WasmPlugin"),
        Format::Oci => pick(language, "OCI image layout", "OCI 镜像布局"),
        Format::Suite => pick(language, "test suite for service extensions", "Service Extensions 测试集"),
        Format::FastEdge => pick(language, "FastEdge test", "FastEdge 测试"),
        Format::Bundle => pick(language, "Filterlab bundle", "Filterlab 打包文件"),
        Format::Report => pick(language, "HTML report", "HTML 报告"),
    }
}

/// Where in a file.
pub fn place(language: Language, place: &Place) -> Text {
    Text::from(match place {
        Place::Line { line, column } => {
            say!(language, "line {line}, column {column}", "第 {line} 行，第 {column} 列")
        }
        Place::Word { line, column, word } => {
            let word = code(word);
            say!(language, "line {line}, column {column}: {word}", "第 {line} 行，第 {column} 列：{word}")
        }
        Place::Byte(byte) => {
            let byte = units::number(byte.saturating_add(1));
            say!(language, "byte {byte}", "第 {byte} 个字节")
        }
        Place::Field(field) => code(field),
        Place::Fields { first, more } => {
            let (first, more) = (code(first), units::number(*more));
            say!(language, "{first} and {more} more", "{first} 及另外 {more} 处")
        }
    })
}

/// Something that was not carried over, without its place.
pub fn left_out(language: Language, left_out: &LeftOut) -> Text {
    Text::from(match &left_out.why {
        Why::NoCounterpart => say!(language, "there is nothing that means the same", "没有含义相同的设置"),
        Why::Remote { url } => {
            let url = code(url);
            say!(language, "it lies at {url}; nothing is fetched", "它在 {url}，不会从网络获取")
        }
        Why::OtherFile { path } => {
            let path = code(path);
            say!(
                language,
                "it is in the file {path}, which is not there or may not be read; files are read only from the folder of the input",
                "它在文件 {path} 中，该文件不存在或不能读取；只会读取输入文件所在文件夹中的文件"
            )
        }
        Why::EmptyPiece
        | Why::OtherSteps
        | Why::SeveralEnds
        | Why::OnePiece
        | Why::NeverPasses
        | Why::OwnFile { .. } => suite(language, &left_out.why),
        Why::OtherRun(found) => return sharing::other_run(language, found),
        Why::Unknown => say!(language, "Filterlab does not know it", "Filterlab 不认识它"),
        Why::Missing => say!(language, "the file does not have it", "文件中没有这部分内容"),
        Why::Decoded => say!(
            language,
            "the body in the file is decoded, so the header would not be true",
            "文件中的消息体已解码，这个头部与内容不符"
        ),
        Why::OtherLength => say!(
            language,
            "the body in the file has another length; the header says that one now",
            "文件中的消息体长度不同，头部已改为实际长度"
        ),
        Why::Variable => {
            say!(language, "its value is given when the file is used", "它的值要在使用文件时才给出")
        }
        Why::NoHeader => {
            say!(language, "no header can have this name or value", "头部不能有这样的名称或值")
        }
        Why::Scheme => {
            say!(language, "it is not an `http` or `https` request", "它不是 `http` 或 `https` 请求")
        }
        Why::TooMany { limit } => {
            let limit = units::number(*limit);
            say!(language, "a run sends at most {limit} requests", "一次运行最多发送 {limit} 个请求")
        }
        Why::Another => say!(
            language,
            "a file holds one scenario; write to a folder to get all",
            "一个文件只能保存一个场景；写入文件夹可得到全部场景"
        ),
        Why::OtherFilter { name } => {
            let name = code(name);
            say!(
                language,
                "the filter {name} is not run; it may change what the others see",
                "过滤器 {name} 不会运行；它可能改变其他过滤器看到的内容"
            )
        }
        Why::OtherWorkloads => say!(
            language,
            "it is for other workloads than the rest of the file, so it is in a scenario of its own",
            "它面向的工作负载与文件中其他内容不同，因此单独成为一个场景"
        ),
        Why::FromEnvironment => say!(
            language,
            "its value comes from the environment of the proxy; set it in `env` of the filter",
            "它的值来自代理进程的环境变量；请在过滤器的 `env` 中设置"
        ),
        Why::FoundBeside { name } => {
            let name = code(name);
            say!(
                language,
                "there is no such file here; {name} beside the input is taken",
                "这里没有该文件；已改用输入文件旁边的 {name}"
            )
        }
        Why::Placeholder { url } => {
            let url = code(url);
            say!(
                language,
                "the proxy has to find the module; {url} stands for its address",
                "代理需要能找到该模块；{url} 只是地址的占位"
            )
        }
        Why::OtherText => say!(
            language,
            "the filter gets the same JSON, written in another way",
            "过滤器得到的 JSON 内容相同，但文本写法不同"
        ),
    })
}

/// Where a tester and Envoy differ.
fn suite(language: Language, why: &Why) -> String {
    match why {
        Why::EmptyPiece => say!(
            language,
            "the tester never ends a message without a body; here an empty piece ends it, and the body callback is made",
            "测试工具不会结束没有消息体的消息；这里用一个空数据块结束它，并会调用消息体回调"
        ),
        Why::OtherSteps => say!(
            language,
            "the tester makes only the callbacks that are listed; here request and response take their whole way",
            "测试工具只调用列出的回调；这里请求和响应会走完整个流程"
        ),
        Why::SeveralEnds => say!(
            language,
            "the tester marks each body as the end of the stream; here only the last one is",
            "测试工具把每个消息体都标记为流的结束；这里只有最后一个是"
        ),
        Why::OnePiece => say!(
            language,
            "it is about one piece of a body; expectations look at the whole",
            "它针对消息体的一个数据块，而预期针对整个消息体"
        ),
        Why::NeverPasses => say!(
            language,
            "the tester never finds this in such a step, so the test cannot pass",
            "测试工具在这一步中不会有这项内容，测试不可能通过"
        ),
        Why::OwnFile { field } => {
            let field = code(field);
            say!(
                language,
                "it has to be in a file of its own; save it and name it in {field}",
                "它必须放在单独的文件中；请另存，并在 {field} 中指明"
            )
        }
        _ => String::new(),
    }
}

/// The same with its place: `line 2, column 7: --cert: there is nothing that means the same`.
pub fn left_out_line(language: Language, item: &LeftOut) -> Text {
    let (place, why) = (place(language, &item.place), left_out(language, item));
    let colon = Text::from(pick(language, ": ", "：").to_owned());
    place.joined(colon).joined(why)
}

/// Why a file could not be read or written.
pub fn error(language: Language, error: &Error) -> ErrorCard {
    if let Reason::Scenario(error) = &error.reason {
        return scenario::file_error(language, error);
    }
    if let Reason::Run(problem) = &error.reason {
        return scenario::problem(language, problem);
    }
    if let Reason::Module(reason) = &error.reason {
        let file = error.place.as_ref().map(ToString::to_string).unwrap_or_default();
        return load_error::card(language, reason, &file);
    }
    let (title, what, step) = words(language, &error.reason);
    ErrorCard {
        title: Text::from(title),
        what: Text::from(what),
        place: error.place.as_ref().map(|at| place(language, at)).unwrap_or_default(),
        next_steps: texts([step]),
        ..ErrorCard::default()
    }
}

fn words(language: Language, reason: &Reason) -> (String, String, String) {
    let cannot_read = || say!(language, "This cannot be read", "无法读取");
    match reason {
        Reason::UnknownFormat => (
            say!(language, "This is no format that Filterlab knows", "Filterlab 不认识这种格式"),
            say!(
                language,
                "Neither what is in it nor its name tells what it is.",
                "内容和文件名都不能说明它是什么。"
            ),
            say!(
                language,
                "Use a `.wasm` module, a scenario, curl, HAR, Hurl or HTTP text, a configuration of Envoy, Istio, Envoy Gateway or Higress, an OCI layout, or a test suite.",
                "请使用 `.wasm` 模块、场景、curl、HAR、Hurl 或 HTTP 文本，Envoy、Istio、Envoy Gateway 或 Higress 的配置，OCI 镜像布局，或测试集。"
            ),
        ),
        Reason::CannotRead(found) => {
            let name = format(language, *found);
            (
                cannot_read(),
                say!(
                    language,
                    "It is of the kind “{name}”, which Filterlab only writes.",
                    "它属于“{name}”，Filterlab 只能写出这种格式。"
                ),
                say!(language, "Choose the file from which it was made.", "请选择生成它的原始文件。"),
            )
        }
        Reason::CannotWrite(wanted) => {
            let name = format(language, *wanted);
            (
                say!(language, "This cannot be written", "无法写出"),
                say!(
                    language,
                    "“{name}” is a kind that Filterlab only reads.",
                    "“{name}”是 Filterlab 只能读取的格式。"
                ),
                say!(language, "Choose another format.", "请选择其他格式。"),
            )
        }
        Reason::File(error) => {
            let error = code(said::system(language, error));
            (
                say!(language, "The file cannot be read or written", "无法读取或写入文件"),
                say!(language, "The system says: {error}", "系统提示：{error}"),
                say!(language, "Check that it is there and may be used.", "请确认文件存在，并且有访问权限。"),
            )
        }
        Reason::TooLarge { size, limit } => {
            let (size, limit) = (units::binary(*size), units::binary(*limit));
            (
                say!(language, "The file is too large", "文件太大"),
                say!(language, "It has {size}; at most {limit} are read.", "它有 {size}，最多读取 {limit}。"),
                say!(
                    language,
                    "Save a part of it, such as the requests in question.",
                    "请只保存其中一部分，例如相关的请求。"
                ),
            )
        }
        Reason::NotText => (
            cannot_read(),
            say!(language, "This byte is not UTF-8.", "这个字节不是 UTF-8。"),
            say!(language, "Save the file as UTF-8.", "请把文件保存为 UTF-8 编码。"),
        ),
        Reason::Syntax(said) => (
            cannot_read(),
            said::reader(language, said),
            say!(language, "Correct the file at this place.", "请在这个位置改正文件。"),
        ),
        Reason::Excess => (
            cannot_read(),
            say!(
                language,
                "It is nested too deep, or its aliases repeat too much.",
                "嵌套过深，或者别名展开后内容过多。"
            ),
            say!(language, "Write out what the aliases stand for.", "请直接写出别名所代表的内容。"),
        ),
        Reason::NoRequest => (
            cannot_read(),
            say!(language, "There is no request in it.", "其中没有请求。"),
            say!(language, "Choose a file with at least one request.", "请选择至少有一个请求的文件。"),
        ),
        Reason::NoFilter => (
            say!(language, "The scenario has no filter", "场景中没有过滤器"),
            say!(language, "This format is about filters.", "这种格式描述的是过滤器。"),
            say!(
                language,
                "Add one: drop a `.wasm` on the window, or use `--filter PATH` on the command line.",
                "请添加过滤器：把 `.wasm` 拖到窗口中，或在命令行使用 `--filter PATH`。"
            ),
        ),
        Reason::FolderTaken => (
            say!(language, "The folder is not empty", "文件夹不是空的"),
            say!(
                language,
                "There is something else in it, which is left as it is.",
                "其中有其他内容，不会改动它们。"
            ),
            say!(language, "Choose a new folder.", "请选择新的文件夹。"),
        ),
        Reason::Command(found) => command(language, found),
        Reason::Bundle(problem) => sharing::problem(language, problem),
        Reason::Expected(what) => {
            let what = expected(language, *what);
            (
                cannot_read(),
                say!(language, "Something else than {what} stands here.", "这里应当是{what}。"),
                say!(language, "Correct the file at this place.", "请在这个位置改正文件。"),
            )
        }
        Reason::NoWasm => (
            cannot_read(),
            say!(language, "There is no wasm filter in it.", "其中没有 Wasm 过滤器。"),
            say!(
                language,
                "Choose the file in which the filter is configured.",
                "请选择配置了该过滤器的文件。"
            ),
        ),
        Reason::Missing(name) => {
            let name = code(name);
            (
                cannot_read(),
                say!(language, "{name} is missing.", "缺少 {name}。"),
                say!(language, "Add it, or choose a complete file.", "请补上它，或选择完整的文件。"),
            )
        }
        Reason::Cycle => (
            cannot_read(),
            say!(language, "It refers to itself.", "它引用了自己。"),
            say!(language, "Give the name another meaning.", "请让这个名称指向别的内容。"),
        ),
        Reason::Digest { expected, found } => {
            let (expected, found) = (code(&**expected), code(&**found));
            (
                cannot_read(),
                say!(
                    language,
                    "Its digest is {found}; what refers to it says {expected}.",
                    "它的摘要是 {found}，而引用它的地方写的是 {expected}。"
                ),
                say!(language, "Fetch the image again.", "请重新获取该镜像。"),
            )
        }
        Reason::TooMany { limit } => {
            let limit = units::number(*limit);
            (
                cannot_read(),
                say!(
                    language,
                    "It has more parts than the {limit} that are looked at.",
                    "它的成员数超过了上限 {limit}。"
                ),
                say!(language, "Choose a smaller one.", "请选择更小的文件。"),
            )
        }
        Reason::Unsafe => (
            cannot_read(),
            say!(
                language,
                "This member is a link, or leads out of the archive.",
                "这个成员是链接，或指向归档之外。"
            ),
            say!(language, "Make the archive anew.", "请重新生成该归档。"),
        ),
        // They have cards of their own.
        Reason::Scenario(_) | Reason::Run(_) | Reason::Module(_) => {
            (cannot_read(), String::new(), String::new())
        }
    }
}

fn expected(language: Language, what: Expected) -> String {
    match what {
        Expected::Object => say!(language, "an object", "对象"),
        Expected::List => say!(language, "a list", "列表"),
        Expected::Text => say!(language, "text in quotes", "带引号的文本"),
        Expected::Truth => say!(language, "`true` or `false`", " `true` 或 `false`"),
        Expected::Whole => say!(language, "a whole number", "非负整数"),
        Expected::Duration => say!(language, "a duration such as `0.5s`", "时长，例如 `0.5s`"),
        Expected::Base64 => say!(language, "base64 (RFC 4648)", " base64（RFC 4648）"),
        Expected::Type => say!(language, "a message with `@type`", "带有 `@type` 的消息"),
        Expected::TypeUrl => {
            say!(language, "a `TypedStruct` with `type_url`", "带有 `type_url` 的 `TypedStruct`")
        }
        Expected::FailurePolicy => say!(
            language,
            "`FAIL_CLOSED`, `FAIL_OPEN` or `FAIL_RELOAD`",
            " `FAIL_CLOSED`、`FAIL_OPEN` 或 `FAIL_RELOAD`"
        ),
        Expected::FailStrategy => say!(
            language,
            "`FAIL_CLOSE`, `FAIL_OPEN` or `FAIL_RELOAD`",
            " `FAIL_CLOSE`、`FAIL_OPEN` 或 `FAIL_RELOAD`"
        ),
        Expected::Phase => say!(language, "`AUTHN`, `AUTHZ` or `STATS`", " `AUTHN`、`AUTHZ` 或 `STATS`"),
        Expected::Digest => {
            say!(language, "a digest such as `sha256:e3b0c4…`", "摘要，例如 `sha256:e3b0c4…`")
        }
        Expected::Layer => {
            say!(language, "a layer that is a tar, or one packed with gzip", " tar 或 gzip 压缩的 tar 层")
        }
    }
}

fn command(language: Language, found: &Unsupported) -> (String, String, String) {
    let title = say!(language, "This command line cannot be read", "无法读取这条命令行");
    let (what, step) = match found {
        Unsupported::Shell(shell) => self::shell(language, *shell),
        Unsupported::NotClosed => (
            say!(language, "The quotation that begins here does not end.", "从这里开始的引号没有结束。"),
            say!(language, "Copy the whole command.", "请复制完整的命令。"),
        ),
        Unsupported::NotCurl { found } => {
            let found = code(found);
            (
                say!(language, "The command is {found}, not `curl`.", "命令是 {found}，不是 `curl`。"),
                say!(language, "Begin it with `curl`.", "请以 `curl` 开头。"),
            )
        }
        Unsupported::NoValue { option } => {
            let option = code(option);
            (
                say!(language, "The option {option} needs a value.", "选项 {option} 需要一个值。"),
                say!(language, "Write its value behind it.", "请在它后面写上值。"),
            )
        }
        Unsupported::NoUrl => (
            say!(language, "There is no URL.", "没有 URL。"),
            say!(
                language,
                "Add one such as `https://example.com/`.",
                "请加上 URL，例如 `https://example.com/`。"
            ),
        ),
        Unsupported::Scheme => (
            say!(language, "Only `http` and `https` pass a proxy.", "代理只转发 `http` 和 `https`。"),
            say!(
                language,
                "Write a URL such as `https://example.com/`.",
                "请写成 `https://example.com/` 这样的 URL。"
            ),
        ),
        Unsupported::Pattern => (
            say!(
                language,
                "curl makes several URLs of braces and brackets.",
                "curl 会把花括号和方括号展开成多个 URL。"
            ),
            say!(
                language,
                "Write the URLs one by one, or add `--globoff` to send it as it is.",
                "请逐个写出 URL，或加上 `--globoff` 原样发送。"
            ),
        ),
        Unsupported::Both { first, second } => {
            let (first, second) = (code(first), code(second));
            (
                say!(
                    language,
                    "curl takes either {first} or {second}.",
                    "curl 不能同时使用 {first} 和 {second}。"
                ),
                say!(language, "Keep one of them.", "请只保留一个。"),
            )
        }
        Unsupported::Config { option } => {
            let option = code(option);
            (
                say!(
                    language,
                    "{option} takes options from another file, which is not read.",
                    "{option} 从另一个文件读取选项，该文件不会被读取。"
                ),
                say!(language, "Write the options into the command.", "请把这些选项直接写进命令。"),
            )
        }
    };
    (title, what, step)
}

fn shell(language: Language, found: Shell) -> (String, String) {
    let one = || say!(language, "Paste one command at a time.", "请一次只粘贴一条命令。");
    let value = || say!(language, "Put its value in its place.", "请换成实际的值。");
    let quote = || {
        say!(
            language,
            "Put the word in single quotes if it is meant as it stands.",
            "如果就是字面内容，请用单引号括起来。"
        )
    };
    match found {
        Shell::Variable => (
            say!(language, "A shell would put the value of a variable here.", "shell 会在这里换上变量的值。"),
            value(),
        ),
        Shell::Substitution => (
            say!(language, "A shell would run another command here.", "shell 会在这里执行另一条命令。"),
            value(),
        ),
        Shell::Pipe => (
            say!(
                language,
                "A pipe connects two commands; no command is run.",
                "管道连接两条命令；这里不执行任何命令。"
            ),
            say!(language, "Keep only the command with `curl`.", "请只保留 `curl` 命令。"),
        ),
        Shell::Redirect => (
            say!(language, "A shell would read or write another file here.", "shell 会在这里读写其他文件。"),
            say!(language, "Remove it.", "请删除它。"),
        ),
        Shell::Several => (say!(language, "Another command begins here.", "这里开始了另一条命令。"), one()),
        Shell::Group => (
            say!(language, "A shell takes this for a group of commands.", "shell 会把这里当作一组命令。"),
            quote(),
        ),
        Shell::Glob => (
            say!(
                language,
                "A shell would look for files with such names here.",
                "shell 会在这里查找名字匹配的文件。"
            ),
            quote(),
        ),
        Shell::Nul => (
            say!(language, "No word of a command can hold NUL.", "命令中的词不能包含 NUL。"),
            say!(language, "Remove it.", "请删除它。"),
        ),
    }
}
