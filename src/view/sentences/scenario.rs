//! What is wrong with a scenario or its file, and where.

use super::{ErrorCard, Text, said, say, texts};
use crate::http::TargetError;
use crate::run::{MAX_REQUESTS, Place, Problem, Reason};
use crate::scenario::{FileError, HeaderProblem, MAX_FILE, StepProblem};
use crate::view::{Language, code, units};

/// Why a scenario cannot be run as it stands.
pub fn problem(language: Language, problem: &Problem) -> ErrorCard {
    ErrorCard {
        title: Text::from(say!(language, "The scenario cannot be run as it stands", "场景目前无法运行")),
        what: Text::from(reason(language, &problem.reason)),
        place: Text::from(place(language, problem)),
        next_steps: texts([step(language, &problem.reason)]),
        ..ErrorCard::default()
    }
}

/// Where in a scenario: in its own request, or in one that follows.
fn place(language: Language, problem: &Problem) -> String {
    let place = field(language, problem.place);
    match problem.exchange {
        0 => place,
        later => say!(language, "request {later} of `then`: {place}", "`then` 的第 {later} 个请求：{place}"),
    }
}

fn field(language: Language, place: Place) -> String {
    let line = |index: usize| units::number(index + 1);
    match place {
        Place::Chain => say!(language, "the chain of filters", "过滤器链"),
        Place::Method => say!(language, "the request's method", "请求方法"),
        Place::Url => say!(language, "the request's URL", "请求 URL"),
        Place::RequestHeader(index) => {
            let line = line(index);
            say!(language, "request headers, line {line}", "请求头，第 {line} 行")
        }
        Place::RequestTrailer(index) => {
            let line = line(index);
            say!(language, "request trailers, line {line}", "请求尾部，第 {line} 行")
        }
        Place::ReplyStatus => say!(language, "the upstream's status", "上游状态码"),
        Place::ReplyHeader(index) => {
            let line = line(index);
            say!(language, "response headers, line {line}", "响应头，第 {line} 行")
        }
        Place::ReplyTrailer(index) => {
            let line = line(index);
            say!(language, "response trailers, line {line}", "响应尾部，第 {line} 行")
        }
        Place::ReplyAgain(index) => {
            let answer = line(index);
            say!(language, "answer {answer} to a repeated request", "对重试请求的第 {answer} 个应答")
        }
        Place::ConnectionStep(index) => {
            let step = line(index);
            say!(language, "step {step} of the connection", "连接的第 {step} 步")
        }
        Place::Repeat => say!(language, "the number of requests", "请求的数量"),
        Place::CalloutAnswer(mock, answer) => {
            let (mock, answer) = (line(mock), line(answer));
            say!(
                language,
                "mock {mock} of `callouts`, answer {answer}",
                "`callouts` 的第 {mock} 个模拟，第 {answer} 个应答"
            )
        }
    }
}

fn reason(language: Language, reason: &Reason) -> String {
    match reason {
        Reason::NoFilter => say!(language, "The scenario has no filter.", "场景中没有过滤器。"),
        Reason::NoMethod => say!(language, "The method is empty.", "请求方法是空的。"),
        Reason::Method { position, found } => {
            let found = code(found.to_string());
            say!(
                language,
                "Character {position} of the method ({found}) is not allowed.",
                "请求方法的第 {position} 个字符（{found}）不允许使用。"
            )
        }
        Reason::Url(error) => url(language, error),
        Reason::Header { problem, .. } => header(language, problem),
        Reason::Step(problem) => connection_step(language, *problem).0,
        Reason::Status { status } => say!(
            language,
            "{status} is not a status that an upstream can answer with.",
            "上游不能以状态码 {status} 回复。"
        ),
        Reason::TooManyRequests { count } => {
            let count = units::number(*count);
            say!(language, "{count} requests are too many for one run.", "一次运行不能发送 {count} 个请求。")
        }
        Reason::GrpcStatus { status } => {
            say!(language, "{status} is not a gRPC status.", "{status} 不是 gRPC 状态码。")
        }
    }
}

fn step(language: Language, reason: &Reason) -> String {
    match reason {
        Reason::NoFilter => say!(
            language,
            "Open a `.wasm` file, or drop one on the window.",
            "打开一个 `.wasm` 文件，或把它拖到窗口中。"
        ),
        Reason::NoMethod => say!(language, "Type one such as `GET`.", "输入一个方法，例如 `GET`。"),
        Reason::Method { .. } => say!(language, "Use letters and digits.", "请使用字母和数字。"),
        Reason::Url(TargetError::Scheme { .. }) => {
            say!(language, "Use `http://` or `https://`.", "请使用 `http://` 或 `https://`。")
        }
        Reason::Url(TargetError::Control { code, .. }) => {
            let escaped = format!("`%{code:02X}`");
            say!(language, "Remove it, or write it as {escaped}.", "删除它，或写成 {escaped}。")
        }
        Reason::Url(_) => {
            say!(language, "Write it as `https://host/path`.", "写成 `https://host/path` 的形式。")
        }
        Reason::Header { problem, .. } => header_step(language, problem),
        Reason::Step(problem) => connection_step(language, *problem).1,
        Reason::Status { .. } => say!(language, "Use 200 to 599.", "请使用 200 到 599。"),
        Reason::TooManyRequests { .. } => {
            let most = units::number(MAX_REQUESTS);
            say!(language, "Send at most {most} in one run.", "一次运行最多发送 {most} 个。")
        }
        Reason::GrpcStatus { .. } => say!(language, "Use 0 to 16.", "请使用 0 到 16。"),
    }
}

/// What is wrong with a step of a TCP connection, and what to do.
fn connection_step(language: Language, problem: StepProblem) -> (String, String) {
    match problem {
        StepProblem::Nothing => (
            say!(language, "The step does nothing.", "这一步什么也没做。"),
            say!(
                language,
                "Give it `send`, `end`, `close` or `reset`.",
                "请写上 `send`、`end`、`close` 或 `reset`。"
            ),
        ),
        StepProblem::SeveralEnds => (
            say!(language, "The step ends in more than one way.", "这一步有不止一种结束方式。"),
            say!(
                language,
                "Keep one of `end`, `close` and `reset`.",
                "`end`、`close` 和 `reset` 中只保留一个。"
            ),
        ),
        StepProblem::AfterEnd { ended } => (
            say!(
                language,
                "This end has sent its last in step {ended}.",
                "这一端在第 {ended} 步已经结束发送。"
            ),
            say!(language, "Remove the step, or move it up.", "删除这一步，或把它移到前面。"),
        ),
    }
}

fn url(language: Language, error: &TargetError) -> String {
    match error {
        TargetError::Empty => say!(language, "The URL is empty.", "URL 是空的。"),
        TargetError::Scheme { scheme } => {
            let scheme = code(scheme);
            say!(language, "A proxy does not serve the scheme {scheme}.", "代理不处理 {scheme} 协议。")
        }
        TargetError::NoHost => say!(language, "The URL has no host.", "URL 中没有主机名。"),
        TargetError::Host { position, found } => {
            let found = code(found.trim_matches('`'));
            say!(
                language,
                "Character {position} of the URL ({found}) is not allowed in a host name.",
                "URL 的第 {position} 个字符（{found}）不能用在主机名中。"
            )
        }
        TargetError::Control { position, found, .. } => {
            let found = code(found);
            say!(
                language,
                "Character {position} of the URL ({found}) is a control character.",
                "URL 的第 {position} 个字符（{found}）是控制字符。"
            )
        }
    }
}

/// What is wrong with one header line.
pub fn header(language: Language, problem: &HeaderProblem) -> String {
    match problem {
        HeaderProblem::NoName => say!(language, "The header has no name.", "这个头部没有名称。"),
        HeaderProblem::Name { name, position, found } => {
            let (name, found) = (code(name), code(found.to_string()));
            say!(
                language,
                "Character {position} of the name {name} ({found}) is not allowed.",
                "名字 {name} 的第 {position} 个字符（{found}）不允许使用。"
            )
        }
        HeaderProblem::Pseudo { name } => {
            let name = code(name);
            say!(language, "{name} is set by the method and the URL.", "{name} 由请求方法和 URL 决定。")
        }
        HeaderProblem::Value { name, position, byte } => {
            let (name, byte) = (code(name), format!("`0x{byte:02X}`"));
            say!(
                language,
                "Byte {position} of the value of {name} is {byte}; values hold no line breaks and no NUL.",
                "{name} 的值的第 {position} 个字节是 {byte}；值中不能有换行符和 NUL。"
            )
        }
    }
}

fn header_step(language: Language, problem: &HeaderProblem) -> String {
    match problem {
        HeaderProblem::NoName => {
            say!(language, "Type one, or switch the line off.", "输入名字，或关闭这一行。")
        }
        HeaderProblem::Name { .. } => {
            say!(language, "Use letters, digits and `-`.", "请使用字母、数字和 `-`。")
        }
        HeaderProblem::Pseudo { .. } => say!(language, "Change it there.", "请在那里修改。"),
        HeaderProblem::Value { .. } => say!(language, "Remove it.", "请删除它。"),
    }
}

/// Why a scenario file could not be read or written.
pub fn file_error(language: Language, error: &FileError) -> ErrorCard {
    let (title, what, place, step) = match error {
        FileError::Read { path, reason } => {
            let (path, reason) = (code(path.display().to_string()), code(said::system(language, reason)));
            (
                say!(language, "The scenario cannot be read", "无法读取场景"),
                say!(language, "The system says: {reason}", "系统提示：{reason}"),
                path,
                say!(language, "Check that the file is there and may be read.", "请确认文件存在且可以读取。"),
            )
        }
        FileError::Write { path, reason } => {
            let (path, reason) = (code(path.display().to_string()), code(said::system(language, reason)));
            (
                say!(language, "The scenario cannot be saved", "无法保存场景"),
                say!(language, "The system says: {reason}", "系统提示：{reason}"),
                path,
                say!(language, "Save it in another folder.", "请保存到其他文件夹。"),
            )
        }
        FileError::TooLarge { path } => {
            let (path, limit) = (code(path.display().to_string()), units::binary(MAX_FILE));
            (
                say!(language, "The scenario file is too large", "场景文件太大"),
                say!(language, "It has more than {limit}.", "它超过了 {limit}。"),
                path,
                say!(
                    language,
                    "Choose another file; a scenario is a JSON text of some kilobytes, bodies included.",
                    "请选择其他文件；场景是 JSON 文本，连同消息体通常只有几 KB。"
                ),
            )
        }
        FileError::Syntax { line, column, path, reason } => {
            let reason = said::reader(language, reason);
            let field = if path.is_empty() { String::new() } else { format!("{}: ", code(path)) };
            (
                say!(language, "This is not a scenario", "这不是场景文件"),
                reason,
                say!(language, "{field}line {line}, column {column}", "{field}第 {line} 行，第 {column} 列"),
                say!(
                    language,
                    "Correct the file at this place, or choose another one.",
                    "在这个位置改正文件，或选择其他文件。"
                ),
            )
        }
        FileError::Newer { found } => (
            say!(language, "The scenario is from a newer Filterlab", "场景来自更新版本的 Filterlab"),
            say!(language, "It has version {found}.", "它的版本是 {found}。"),
            "`version`".to_owned(),
            say!(language, "Get a newer Filterlab.", "请更新 Filterlab。"),
        ),
    };
    ErrorCard {
        title: Text::from(title),
        what: Text::from(what),
        place: Text::from(place),
        next_steps: texts([step]),
        ..ErrorCard::default()
    }
}
