//! What is wrong with a `.filterlab` file, and how its run differs from the one that was made of it.

use super::{Text, pick, say};
use crate::convert::bundle::{Difference, Problem};
use crate::view::{Language, code, units};

/// Title, what is wrong, what to do.
pub fn problem(language: Language, problem: &Problem) -> (String, String, String) {
    let title = pick(language, "This shared file cannot be opened", "无法打开这个分享文件").to_owned();
    let again = || {
        pick(
            language,
            "Ask for the file anew: it was damaged on its way, or it was not made by Filterlab.",
            "请向对方重新索取文件：它可能在传输中损坏，或者不是 Filterlab 生成的。",
        )
        .to_owned()
    };
    let unpack = || {
        pick(
            language,
            "Do not open files like this from people whom you do not know.",
            "请不要打开来源不明的此类文件。",
        )
        .to_owned()
    };
    let (what, step) = match problem {
        Problem::Broken(said) => {
            let said = code(said);
            (
                say!(
                    language,
                    "It is no zip file, or a broken one: {said}",
                    "它不是 zip 文件，或者已损坏：{said}"
                ),
                again(),
            )
        }
        Problem::NoBundle => (
            say!(
                language,
                "It is a zip file without `manifest.json`, so it is no `.filterlab` file.",
                "它是 zip 文件，但没有 `manifest.json`，不是 `.filterlab` 文件。"
            ),
            pick(
                language,
                "Unpack it first, then open the scenario or module in it.",
                "请先解压，再打开其中的场景或模块。",
            )
            .to_owned(),
        ),
        Problem::Newer { found } => (
            say!(
                language,
                "It has version {found} of the format, which is newer than this Filterlab.",
                "它的格式版本是 {found}，比当前的 Filterlab 新。"
            ),
            pick(language, "Update Filterlab.", "请更新 Filterlab。").to_owned(),
        ),
        Problem::Missing => {
            (say!(language, "Something that it needs is not in it.", "其中缺少必需的内容。"), again())
        }
        Problem::UnsafeName => (
            say!(
                language,
                "A name in it leads out of the file. Nothing was unpacked.",
                "其中有文件名指向外部路径。没有解压任何内容。"
            ),
            unpack(),
        ),
        Problem::Duplicates => (
            say!(
                language,
                "Two parts of it have the same name, or its directory is wrong.",
                "其中有两个同名的部分，或者目录有误。"
            ),
            again(),
        ),
        Problem::Encrypted => (
            say!(language, "It is encrypted.", "它已加密。"),
            pick(language, "Ask for a file without a password.", "请索取没有密码的文件。").to_owned(),
        ),
        Problem::Method { number } => (
            say!(
                language,
                "It is compressed with method {number}; only deflate is read.",
                "它使用了压缩方法 {number}，只支持 deflate。"
            ),
            again(),
        ),
        Problem::Zip64 => (
            say!(
                language,
                "It is in zip64, which no file of this size needs.",
                "它使用了 zip64，而这样大小的文件并不需要。"
            ),
            again(),
        ),
        Problem::TooMany { count, limit } => {
            let (count, limit) = (units::number(*count), units::number(*limit));
            (
                say!(
                    language,
                    "It has {count} parts; at most {limit} are read.",
                    "它有 {count} 个部分，最多读取 {limit} 个。"
                ),
                unpack(),
            )
        }
        Problem::OtherSize { declared } => {
            let declared = units::bytes(*declared);
            (
                say!(
                    language,
                    "It unpacks to another size than the {declared} that it declares.",
                    "解压后的大小与它声明的 {declared} 不符。"
                ),
                unpack(),
            )
        }
        Problem::Checksum => (say!(language, "Its checksum is wrong.", "校验和不符。"), again()),
        Problem::OtherModule { found } => {
            let found = code(&found[..found.len().min(12)]);
            (
                say!(
                    language,
                    "It is another module than the file says: its SHA-256 begins with {found}.",
                    "模块与文件所述不符：其 SHA-256 以 {found} 开头。"
                ),
                again(),
            )
        }
    };
    (title, what, step)
}

/// How the run that was made differs from the one in the file.
pub fn other_run(language: Language, found: &Difference) -> Text {
    let place = code(&found.place);
    let value = |text: &str| match text.is_empty() {
        true => pick(language, "nothing", "无").to_owned(),
        false => code(text),
    };
    let (recorded, now) = (value(&found.recorded), value(&found.now));
    Text::from(match found.place.is_empty() {
        true => say!(
            language,
            "the run in the file is written otherwise than the one that was made here",
            "文件中的运行结果与在此处的运行写法不同"
        ),
        false => say!(
            language,
            "the run in the file differs from the one that was made here: {place} was {recorded} and is {now}",
            "文件中的运行结果与在此处的运行不同：{place} 原为 {recorded}，现为 {now}"
        ),
    })
}
