//! Why a scenario cannot be run as it stands, said at the field that is wrong.

use super::{Language, Text};
use crate::http::TargetError;
use crate::run::Reason;
use crate::scenario::HeaderProblem;

impl Text {
    /// One sentence: what is wrong, where, and what to write instead.
    #[must_use]
    pub fn reason(self, reason: &Reason) -> String {
        let (en, zh) = match reason {
            Reason::NoFilter => (
                "The scenario has no filter: open a .wasm file".to_owned(),
                "场景中没有过滤器：请打开一个 .wasm 文件".to_owned(),
            ),
            Reason::NoMethod => (
                "The method is empty: type one such as GET".to_owned(),
                "方法为空：请输入 GET 之类的方法".to_owned(),
            ),
            Reason::Method { position, found } => (
                format!(
                    "Character {position} of the method ({found:?}) is not allowed: use letters and digits"
                ),
                format!("方法的第 {position} 个字符 ({found:?}) 不允许：请使用字母和数字"),
            ),
            Reason::Url(error) => return self.target_error(error),
            Reason::Header { problem, .. } => return self.header_problem(problem),
            Reason::Status { status } => (
                format!("{status} is not a status that an upstream can answer with: use 200 to 599"),
                format!("上游不能以 {status} 回复：请使用 200 到 599"),
            ),
        };
        self.one_of(en, zh)
    }

    fn target_error(self, error: &TargetError) -> String {
        let (en, zh) = match error {
            TargetError::Empty => (
                "The URL is empty: type one such as https://example.com/path".to_owned(),
                "URL 为空：请输入 https://example.com/path 之类的地址".to_owned(),
            ),
            TargetError::Scheme { scheme } => (
                format!("{scheme}:// is nothing that a proxy serves: use http:// or https://"),
                format!("代理不处理 {scheme}://：请使用 http:// 或 https://"),
            ),
            TargetError::NoHost => (
                "The URL has no host: write it as https://host/path".to_owned(),
                "URL 没有主机名：请写成 https://host/path".to_owned(),
            ),
            TargetError::Host { position, found } => (
                format!("Character {position} ({found}) is not allowed in a host name"),
                format!("主机名中不允许第 {position} 个字符 ({found})"),
            ),
            TargetError::Control { position, found, code } => (
                format!("Character {position} ({found}) cannot be part of a URL: write it as %{code:02X}"),
                format!("URL 中不能有第 {position} 个字符 ({found})：请写成 %{code:02X}"),
            ),
        };
        self.one_of(en, zh)
    }

    fn header_problem(self, problem: &HeaderProblem) -> String {
        let (en, zh) = match problem {
            HeaderProblem::NoName => (
                "This line needs a name: type one, or switch the line off".to_owned(),
                "这一行缺少名称：请输入，或关闭这一行".to_owned(),
            ),
            HeaderProblem::Name { name, position, found } => (
                format!(
                    "Character {position} of {name} ({found:?}) is not allowed: use letters, digits and -"
                ),
                format!("{name} 的第 {position} 个字符 ({found:?}) 不允许：请使用字母、数字和 -"),
            ),
            HeaderProblem::Pseudo { name } => (
                format!("{name} comes from the method and the URL: change it there"),
                format!("{name} 由方法和 URL 决定：请在那里修改"),
            ),
            HeaderProblem::Value { name, position, byte } => (
                format!(
                    "Byte {position} of the value of {name} is 0x{byte:02X}: line breaks and NUL cannot be sent"
                ),
                format!("{name} 的值的第 {position} 个字节是 0x{byte:02X}：换行和 NUL 无法发送"),
            ),
        };
        self.one_of(en, zh)
    }

    fn one_of(self, en: String, zh: String) -> String {
        match self.language {
            Language::English => en,
            Language::SimplifiedChinese => zh,
        }
    }
}
