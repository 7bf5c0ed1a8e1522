//! Why a filter could not be loaded or started, and what to do about it.

mod imports;

use super::{ErrorCard, Text, pick, say, texts, trap};
use crate::host::LoadError;
use crate::scenario::Scenario;
use crate::trace::{Outcome, Trace};
use crate::view::{Language, code, units};

/// The card for a filter that cannot run. `file` is the filter's file or name.
pub fn card(language: Language, error: &LoadError, file: &str) -> ErrorCard {
    if let LoadError::StartTrapped(found) = error {
        let callback = code(found.callback.short_name());
        return ErrorCard {
            title: title(language, error),
            means: trap::card(language, found, file).means.map(|means| {
                let start = say!(
                    language,
                    "The filter failed in {callback}, before any request. ",
                    "过滤器在任何请求之前就在 {callback} 中失败。"
                );
                Text::from(start).joined(means)
            }),
            ..trap::card(language, found, file)
        };
    }
    let (means, next_steps) = advice(language, error);
    let envoy_says = error.envoy_says("").lines().next().unwrap_or_default().to_owned();
    ErrorCard {
        title: title(language, error),
        what: Text::from(what(language, error)),
        place: Text::from(place(language, error, file)),
        envoy_says,
        means,
        next_steps,
    }
}

/// The card for the filter that a run refused; what Envoy says may be about a host call before the refusal.
pub fn card_of_run(
    language: Language,
    trace: &Trace,
    scenario: &Scenario,
    reason: &LoadError,
    file: &str,
) -> ErrorCard {
    let filter = match &trace.outcome {
        Outcome::Refused { filter, .. } => scenario.chain.get(usize::from(*filter)),
        _ => None,
    };
    let says = trace.envoy_refuses(filter.map_or("", |filter| &filter.name)).unwrap_or_default();
    ErrorCard {
        envoy_says: says.lines().next().unwrap_or_default().to_owned(),
        ..card(language, reason, file)
    }
}

/// One line that says what is wrong.
pub fn title(language: Language, error: &LoadError) -> Text {
    Text::from(match error {
        LoadError::Unreadable { .. } => say!(language, "The filter cannot be read", "无法读取过滤器"),
        LoadError::TooLarge { .. } => {
            say!(language, "The file is too large for a filter", "文件太大，不可能是过滤器")
        }
        LoadError::NotFound { .. } => {
            say!(language, "The module that the scenario names is not here", "找不到场景指定的模块")
        }
        LoadError::OtherModule { .. } => {
            say!(language, "This is another module than the scenario names", "模块与场景指定的不同")
        }
        LoadError::Empty => say!(language, "The file is empty", "文件是空的"),
        LoadError::NotWasm { .. } => {
            say!(language, "This is not a WebAssembly file", "这不是 WebAssembly 文件")
        }
        LoadError::Component { .. } => say!(
            language,
            "This is a WebAssembly component; Proxy-Wasm takes core modules",
            "这是 WebAssembly 组件，而 Proxy-Wasm 只接受核心模块"
        ),
        LoadError::HeaderCut { .. } | LoadError::Corrupt { .. } => {
            say!(language, "The module is cut off or damaged", "模块不完整或已损坏")
        }
        LoadError::Invalid { .. } => {
            say!(
                language,
                "Envoy would refuse this module: it is not valid",
                "Envoy 会拒绝这个模块：它不是有效的模块"
            )
        }
        LoadError::NoAbiVersion { .. } => {
            say!(language, "This module is not a Proxy-Wasm filter", "这个模块不是 Proxy-Wasm 过滤器")
        }
        LoadError::MissingImport { kind: "function", .. } | LoadError::ImportOfOtherVersion { .. } => say!(
            language,
            "Envoy would refuse this filter: one import does not exist",
            "Envoy 会拒绝这个过滤器：有一个导入不存在"
        ),
        LoadError::MissingImport { kind, .. } => say!(
            language,
            "Envoy would refuse this filter: it imports a {kind}",
            "Envoy 会拒绝这个过滤器：它导入了 {kind}"
        ),
        LoadError::ImportType { .. } => say!(
            language,
            "Envoy would refuse this filter: one import has another type",
            "Envoy 会拒绝这个过滤器：有一个导入的类型不符"
        ),
        LoadError::ImportedMemory { .. } => say!(
            language,
            "Envoy would refuse this filter: it imports too much memory",
            "Envoy 会拒绝这个过滤器：它导入的内存太大"
        ),
        LoadError::CallbackType { name, .. } => {
            let name = code(name);
            say!(
                language,
                "Envoy would refuse this filter: {name} has another type",
                "Envoy 会拒绝这个过滤器：{name} 的类型不符"
            )
        }
        LoadError::NoAllocator => say!(
            language,
            "Envoy would refuse this filter: it has no allocator",
            "Envoy 会拒绝这个过滤器：它没有分配器"
        ),
        LoadError::Compile { .. } => {
            say!(language, "Filterlab cannot compile this module", "Filterlab 无法编译这个模块")
        }
        LoadError::Instantiate { .. } => {
            say!(language, "The module cannot be instantiated", "模块无法实例化")
        }
        LoadError::StartTrapped(found) => {
            let callback = code(found.callback.short_name());
            say!(
                language,
                "The filter trapped while it started, in {callback}",
                "过滤器在启动时崩溃，位于 {callback}"
            )
        }
        LoadError::VmStartRefused => {
            say!(language, "The filter refused its VM configuration", "过滤器拒绝了 VM 配置")
        }
        LoadError::ConfigureRefused => {
            say!(language, "The filter refused its configuration", "过滤器拒绝了配置")
        }
    })
}

fn what(language: Language, error: &LoadError) -> String {
    match error {
        LoadError::Unreadable { reason, .. } => {
            let reason = code(reason);
            say!(language, "The system says: {reason}", "系统提示：{reason}")
        }
        LoadError::TooLarge { size, limit, .. } => {
            let (size, limit) = (units::bytes(*size), units::bytes(*limit));
            say!(language, "It is {size}; at most {limit} are read.", "大小为 {size}，最多读取 {limit}。")
        }
        LoadError::NotFound { sha256 } => {
            let sha256 = code(sha256);
            say!(
                language,
                "Neither the scenario's folder nor the samples have a module with the SHA-256 {sha256}.",
                "场景所在的文件夹和示例中都没有 SHA-256 为 {sha256} 的模块。"
            )
        }
        LoadError::OtherModule { expected, found } => {
            let (expected, found) = (code(expected), code(found));
            say!(
                language,
                "Its SHA-256 is {found}; the scenario asks for {expected}.",
                "它的 SHA-256 是 {found}，而场景要求的是 {expected}。"
            )
        }
        LoadError::Empty => say!(language, "It has 0 bytes.", "它有 0 个字节。"),
        LoadError::NotWasm { found, .. } => {
            let found = code(found);
            say!(
                language,
                "It begins with {found}; a module begins with `00 61 73 6d`.",
                "它以 {found} 开头，而模块以 `00 61 73 6d` 开头。"
            )
        }
        LoadError::Component { .. } => say!(
            language,
            "Its header says layer 1, a component. Envoy and the other Proxy-Wasm hosts load layer 0, a core module.",
            "文件头标明第 1 层（组件）。Envoy 和其他 Proxy-Wasm 宿主只加载第 0 层（核心模块）。"
        ),
        LoadError::HeaderCut { size } => say!(
            language,
            "It has {size} bytes; the header of a module alone has 8.",
            "它有 {size} 个字节，而模块的文件头就有 8 个字节。"
        ),
        LoadError::ImportedMemory { module, name, pages } => {
            let import = code(format!("{module}.{name}"));
            let bytes = units::bytes(pages.saturating_mul(65536));
            say!(
                language,
                "The module imports {import} with {bytes} at the start; Envoy gives at most 1 GiB.",
                "模块导入的 {import} 初始为 {bytes}，而 Envoy 最多提供 1 GiB。"
            )
        }
        LoadError::Corrupt { reason, .. }
        | LoadError::Invalid { reason, .. }
        | LoadError::Compile { reason }
        | LoadError::Instantiate { reason, .. } => {
            let reason = code(reason);
            say!(language, "The engine says: {reason}", "引擎提示：{reason}")
        }
        LoadError::NoAbiVersion { found: Some(found), .. } => {
            let found = code(found);
            say!(
                language,
                "It exports {found}, a version that Envoy does not know. Envoy knows 0.1.0, 0.2.0 and 0.2.1.",
                "它导出了 {found}，Envoy 不认识这个版本。Envoy 认识 0.1.0、0.2.0 和 0.2.1。"
            )
        }
        LoadError::NoAbiVersion { found: None, .. } => say!(
            language,
            "It exports none of the functions `proxy_abi_version_0_1_0`, `proxy_abi_version_0_2_0` and \
             `proxy_abi_version_0_2_1`, by which a filter declares its ABI.",
            "它没有导出 `proxy_abi_version_0_1_0`、`proxy_abi_version_0_2_0`、`proxy_abi_version_0_2_1` 中的任何一个，\
             过滤器用这些函数声明 ABI 版本。"
        ),
        LoadError::MissingImport { module, name, kind } => {
            let import = code(format!("{module}.{name}"));
            match *kind {
                "function" => say!(
                    language,
                    "The module imports {import}. No ABI version has it.",
                    "模块导入了 {import}，任何 ABI 版本都没有它。"
                ),
                kind => say!(
                    language,
                    "The module imports the {kind} {import}. Hosts give functions, memory and tables only.",
                    "模块导入了 {kind} {import}。宿主只提供函数、内存和表。"
                ),
            }
        }
        LoadError::ImportOfOtherVersion { module, call, version } => {
            let import = code(format!("{module}.{}", call.name()));
            let has: Vec<String> =
                call.spec().versions.iter().map(|version| version.number().to_owned()).collect();
            let (has, version) = (super::list(language, &has), version.number());
            say!(
                language,
                "The module imports {import}. ABI {has} has it; this module declares ABI {version}, which does not.",
                "模块导入了 {import}。ABI {has} 有它；而这个模块声明的是 ABI {version}，没有它。"
            )
        }
        LoadError::ImportType { module, name, want, have } => {
            let import = code(format!("{module}.{name}"));
            let (want, have) = (code(want.to_string()), code(have.to_string()));
            say!(
                language,
                "The module imports {import} as {want}; the host has {have}.",
                "模块以 {want} 导入 {import}，而宿主提供的是 {have}。"
            )
        }
        LoadError::CallbackType { name, want, found } => {
            let (name, want, found) = (code(name), code(want.to_string()), code(found.to_string()));
            say!(
                language,
                "The module exports {name} as {found}; the host calls it as {want}.",
                "模块以 {found} 导出 {name}，而宿主以 {want} 调用它。"
            )
        }
        LoadError::NoAllocator => say!(
            language,
            "It exports neither `malloc` nor `proxy_on_memory_allocate`, so the host cannot hand it any data.",
            "它既没有导出 `malloc`，也没有导出 `proxy_on_memory_allocate`，宿主无法向它传递数据。"
        ),
        LoadError::StartTrapped(found) => code(found.last_words.as_ref().unwrap_or(&found.message)),
        LoadError::VmStartRefused => {
            say!(language, "`on_vm_start` answered false.", "`on_vm_start` 返回了 false。")
        }
        LoadError::ConfigureRefused => {
            say!(language, "`on_configure` answered false.", "`on_configure` 返回了 false。")
        }
    }
}

fn place(language: Language, error: &LoadError, file: &str) -> String {
    let file = code(file);
    match error {
        LoadError::Unreadable { path, .. } | LoadError::TooLarge { path, .. } => code(path),
        LoadError::Corrupt { offset, .. } | LoadError::Invalid { offset, .. } => {
            let offset = units::number(offset);
            say!(language, "{file}, at byte {offset}", "{file}，第 {offset} 字节处")
        }
        LoadError::MissingImport { module, name, .. }
        | LoadError::ImportType { module, name, .. }
        | LoadError::ImportedMemory { module, name, .. } => {
            let import = code(format!("{module}.{name}"));
            say!(language, "{file}, import {import}", "{file}，导入 {import}")
        }
        LoadError::ImportOfOtherVersion { module, call, .. } => {
            let import = code(format!("{module}.{}", call.name()));
            say!(language, "{file}, import {import}", "{file}，导入 {import}")
        }
        LoadError::CallbackType { name, .. } => {
            let name = code(name);
            say!(language, "{file}, export {name}", "{file}，导出 {name}")
        }
        LoadError::VmStartRefused => say!(language, "{file}, `vm_config`", "{file}，`vm_config`"),
        LoadError::ConfigureRefused => say!(language, "{file}, `plugin_config`", "{file}，`plugin_config`"),
        _ => file,
    }
}

fn advice(language: Language, error: &LoadError) -> (Option<Text>, Vec<Text>) {
    let rebuild = || {
        say!(
            language,
            "Rebuild. The file is watched, the run starts by itself.",
            "重新构建。文件受到监视，运行会自动开始。"
        )
    };
    let with = |means: String, steps: Vec<Text>| (Some(Text::from(means)), steps);
    match error {
        LoadError::Unreadable { .. } => (
            None,
            texts([
                say!(
                    language,
                    "Check that the file is there. A path in a scenario is relative to the scenario's file.",
                    "检查文件是否存在。场景中的路径相对于场景文件。"
                ),
                say!(language, "Or build the filter first.", "或者先构建过滤器。"),
            ]),
        ),
        LoadError::NotFound { .. } => with(
            say!(
                language,
                "A configuration for a module on a server names it by its address and its hash; nothing is fetched.",
                "引用远程模块的配置只给出地址和哈希；这里不会下载任何东西。"
            ),
            texts([
                say!(
                    language,
                    "Fetch the module, and put it (`.wasm`) into the folder of the scenario.",
                    "下载该模块（`.wasm`），放到场景所在的文件夹。"
                ),
                say!(
                    language,
                    "Or set `filter` of this filter to its path and remove `sha256`.",
                    "或者把该过滤器的 `filter` 设为模块的路径，并删除 `sha256`。"
                ),
            ]),
        ),
        LoadError::OtherModule { .. } => with(
            say!(
                language,
                "The file was built again, or it is the file of another version. Envoy, too, runs remote code only if its \
                 hash is right.",
                "文件被重新构建过，或者属于另一个版本。对于远程代码，Envoy 也只运行哈希正确的模块。"
            ),
            texts([
                say!(
                    language,
                    "Remove `sha256` of this filter from the scenario to run whatever the file holds.",
                    "从场景中删除该过滤器的 `sha256`，即可运行文件中的任何模块。"
                ),
                say!(language, "Or put the module with this hash there.", "或者把具有该哈希的模块放到那里。"),
            ]),
        ),
        LoadError::TooLarge { .. } => (
            None,
            texts([say!(
                language,
                "Choose the `.wasm` that the build made; a release build without debug information is much smaller.",
                "选择构建产生的 `.wasm`；不带调试信息的 release 构建要小得多。"
            )]),
        ),
        LoadError::Empty => with(
            say!(
                language,
                "A build that failed or is still under way leaves an empty file.",
                "构建失败或仍在进行时会留下空文件。"
            ),
            texts([rebuild()]),
        ),
        LoadError::NotWasm { found, .. } => not_wasm(language, found),
        LoadError::Component { .. } => with(
            say!(
                language,
                "Targets such as `wasm32-wasip2` and tools such as `jco` and `componentize-py` make components.",
                "`wasm32-wasip2` 等目标以及 `jco`、`componentize-py` 等工具生成的是组件。"
            ),
            texts([
                say!(
                    language,
                    "Rust: build with `cargo build --release --target wasm32-wasip1`.",
                    "Rust：用 `cargo build --release --target wasm32-wasip1` 构建。"
                ),
                say!(
                    language,
                    "TinyGo: use `-target=wasip1 -buildmode=c-shared`; Go: `GOOS=wasip1 GOARCH=wasm`.",
                    "TinyGo：使用 `-target=wasip1 -buildmode=c-shared`；Go：`GOOS=wasip1 GOARCH=wasm`。"
                ),
            ]),
        ),
        LoadError::Invalid { reason, .. } if reason.contains("enabled") || reason.contains("support") => {
            with(
                say!(
                    language,
                    "The module uses a WebAssembly feature that the hosts do not have switched on.",
                    "模块使用了宿主没有启用的 WebAssembly 特性。"
                ),
                texts([say!(
                    language,
                    "Build without it: for Rust leave out `-C target-feature=+…`, for C++ `-mthreads` and the like.",
                    "构建时不要启用它：Rust 去掉 `-C target-feature=+…`，C++ 去掉 `-mthreads` 之类的选项。"
                )]),
            )
        }
        LoadError::Invalid { .. } => with(
            say!(
                language,
                "The file is whole, but not what is in it: a tool wrote it wrongly, or bytes of it were changed.",
                "文件是完整的，但内容有误：某个工具写错了，或者其中的字节被改动过。"
            ),
            texts([
                say!(
                    language,
                    "`wasm-tools validate` names the same place; run it after each step of the build.",
                    "`wasm-tools validate` 会指出同一位置；在构建的每一步之后运行它。"
                ),
                rebuild(),
            ]),
        ),
        LoadError::HeaderCut { .. } | LoadError::Corrupt { .. } => with(
            say!(
                language,
                "Most often the file was copied or downloaded in part, or a build is still writing it.",
                "多半是文件没有复制或下载完整，或构建仍在写入。"
            ),
            texts([
                rebuild(),
                say!(
                    language,
                    "`wasm-tools validate` says the same with more detail.",
                    "`wasm-tools validate` 会给出更多细节。"
                ),
            ]),
        ),
        LoadError::NoAbiVersion { found, exports_start } => no_abi(language, found.is_some(), *exports_start),
        LoadError::MissingImport { module, name, kind } => imports::missing(language, module, name, kind),
        LoadError::ImportOfOtherVersion { call, version, .. } => {
            imports::other_version(language, *call, *version)
        }
        LoadError::ImportType { name, .. } => imports::other_type(language, name),
        LoadError::ImportedMemory { .. } => with(
            say!(
                language,
                "Envoy's V8 has 1 GiB for all memories of a VM.",
                "Envoy 的 V8 为一个 VM 的全部内存提供 1 GiB。"
            ),
            texts([
                say!(
                    language,
                    "Link with less initial memory (`-sINITIAL_MEMORY`, `--initial-memory`).",
                    "链接时减小初始内存（`-sINITIAL_MEMORY`、`--initial-memory`）。"
                ),
                rebuild(),
            ]),
        ),
        LoadError::CallbackType { .. } => with(
            say!(
                language,
                "The SDK is older or newer than the ABI version that the module declares, or the export was written by \
                 hand.",
                "SDK 比模块声明的 ABI 版本更旧或更新，或者这个导出是手写的。"
            ),
            texts([
                say!(
                    language,
                    "Use one SDK release for all of the filter; do not mix it with hand-written exports.",
                    "整个过滤器使用同一个 SDK 版本，不要混用手写的导出。"
                ),
                rebuild(),
            ]),
        ),
        LoadError::NoAllocator => with(
            say!(
                language,
                "The SDKs export one of them; the linker dropped it, or the module was written without an SDK.",
                "各 SDK 都会导出其中之一；它被链接器丢弃了，或者模块没有使用 SDK。"
            ),
            texts([
                say!(
                    language,
                    "C++: link with `-sEXPORTED_FUNCTIONS=_malloc`, as the SDK's build files do.",
                    "C++：像 SDK 的构建文件那样，用 `-sEXPORTED_FUNCTIONS=_malloc` 链接。"
                ),
                say!(
                    language,
                    "Rust: set `crate-type = [\"cdylib\"]` and depend on `proxy-wasm`.",
                    "Rust：设置 `crate-type = [\"cdylib\"]` 并依赖 `proxy-wasm`。"
                ),
                say!(
                    language,
                    "By hand: export `proxy_on_memory_allocate (i32) -> i32`.",
                    "手写：导出 `proxy_on_memory_allocate (i32) -> i32`。"
                ),
            ]),
        ),
        LoadError::Compile { .. } => with(
            say!(
                language,
                "Envoy may well take it: its V8 knows a few things that the engine here lacks, such as the first proposal \
                 for exceptions (`try` and `catch`).",
                "Envoy 也许能加载它：它的 V8 支持一些这里的引擎没有的特性，例如最初的异常提案（`try` 和 `catch`）。"
            ),
            texts([
                say!(
                    language,
                    "C++: build with `-fno-exceptions`, or with `-sWASM_LEGACY_EXCEPTIONS=0` for exceptions of today.",
                    "C++：用 `-fno-exceptions` 构建，或用 `-sWASM_LEGACY_EXCEPTIONS=0` 使用当前的异常指令。"
                ),
                say!(
                    language,
                    "`wasm-tools validate` shows whether the module itself is at fault.",
                    "用 `wasm-tools validate` 检查是不是模块本身的问题。"
                ),
                rebuild(),
            ]),
        ),
        LoadError::Instantiate { trap: Some(_), .. } => with(
            say!(
                language,
                "The `start` section of the module trapped; it runs before any callback.",
                "模块的 `start` 段崩溃了，它在任何回调之前运行。"
            ),
            texts([say!(
                language,
                "Look at global constructors and static initializers.",
                "检查全局构造函数和静态初始化。"
            )]),
        ),
        LoadError::Instantiate { .. } => with(
            say!(
                language,
                "Memory or tables are larger than allowed, or data lies outside them.",
                "内存或表超过允许的大小，或数据超出了它们的范围。"
            ),
            texts([say!(
                language,
                "Compare the module's initial memory with `limits.memory_mib` under Env.",
                "把模块的初始内存与“环境”中的 `limits.memory_mib` 比较一下。"
            )]),
        ),
        LoadError::StartTrapped(found) => {
            let card = trap::card(language, found, "");
            (card.means, card.next_steps)
        }
        LoadError::VmStartRefused | LoadError::ConfigureRefused => with(
            say!(
                language,
                "Envoy would reject the configuration that holds this filter, whatever its failure policy.",
                "无论失败策略如何，Envoy 都会拒绝包含这个过滤器的配置。"
            ),
            texts([
                say!(
                    language,
                    "Read the log: filters usually say there what they miss.",
                    "查看日志：过滤器通常会在那里说明缺少什么。"
                ),
                say!(
                    language,
                    "Compare the configuration in Config with what the filter's README asks for.",
                    "把“配置”中的内容与过滤器 README 的要求比较一下。"
                ),
            ]),
        ),
    }
}

/// What a file is that begins with these bytes.
fn not_wasm(language: Language, found: &str) -> (Option<Text>, Vec<Text>) {
    let choose =
        || say!(language, "Choose the `.wasm` file that the build made.", "选择构建产生的 `.wasm` 文件。");
    let begins = |bytes: &str| found.starts_with(bytes);
    let (means, step) = if begins("7f 45 4c 46") || begins("4d 5a") || begins("cf fa ed fe") {
        (
            say!(
                language,
                "It is a program or library for this machine: the filter was built for the wrong target.",
                "它是本机的程序或库：过滤器构建时选错了目标平台。"
            ),
            say!(
                language,
                "Rust: build with `--target wasm32-wasip1`; C++: with Emscripten; Go: with `GOOS=wasip1 GOARCH=wasm`.",
                "Rust：加上 `--target wasm32-wasip1`；C++：使用 Emscripten；Go：设置 `GOOS=wasip1 GOARCH=wasm`。"
            ),
        )
    } else if begins("28") || begins("3b") {
        (
            say!(language, "It looks like WebAssembly in text form.", "它看起来是文本形式的 WebAssembly。"),
            say!(language, "Convert it: `wat2wasm filter.wat`.", "转换它：`wat2wasm filter.wat`。"),
        )
    } else if begins("1f 8b") {
        (
            say!(
                language,
                "It is compressed, as the layers of an OCI image are.",
                "它是压缩过的，OCI 镜像的层就是这样。"
            ),
            say!(
                language,
                "Unpack it (`tar xzf`) and choose the `plugin.wasm` inside.",
                "解压（`tar xzf`），然后选择其中的 `plugin.wasm`。"
            ),
        )
    } else if begins("50 4b") {
        (say!(language, "It is a zip archive.", "它是 zip 压缩包。"), choose())
    } else if begins("76 65 72 73") {
        (
            say!(
                language,
                "It looks like a Git LFS pointer, not the file itself.",
                "它看起来是 Git LFS 指针，不是文件本身。"
            ),
            say!(language, "Fetch the file: `git lfs pull`.", "获取文件：`git lfs pull`。"),
        )
    } else if begins("3c") {
        (
            say!(
                language,
                "It looks like a web page, perhaps the page of a download instead of the download.",
                "它看起来是网页，可能保存的是下载页面而不是文件。"
            ),
            say!(language, "Download the file itself.", "请下载文件本身。"),
        )
    } else if begins("21 3c 61 72") {
        (say!(language, "It is a static library.", "它是静态库。"), choose())
    } else {
        return (None, texts([choose()]));
    };
    (Some(Text::from(means)), texts([step]))
}

fn no_abi(language: Language, is_other_version: bool, exports_start: bool) -> (Option<Text>, Vec<Text>) {
    let means = match (is_other_version, exports_start) {
        (true, _) => pick(
            language,
            "Only the versions up to 0.2.1 are in use; 0.3.0 was never released.",
            "实际使用的只有 0.2.1 及之前的版本；0.3.0 从未发布。",
        ),
        (false, true) => pick(
            language,
            "It exports `_start`: it may be a plain WASI program.",
            "它导出了 `_start`：可能是普通的 WASI 程序。",
        ),
        (false, false) => pick(
            language,
            "It was built without a Proxy-Wasm SDK, or the linker dropped the SDK's exports.",
            "它没有使用 Proxy-Wasm SDK，或者链接器丢弃了 SDK 的导出。",
        ),
    };
    let steps = texts([
        say!(
            language,
            "Rust: `proxy_wasm::main! {{…}}` in a crate with `crate-type = [\"cdylib\"]` declares it.",
            "Rust：在 `crate-type = [\"cdylib\"]` 的 crate 中用 `proxy_wasm::main! {{…}}` 声明。"
        ),
        say!(
            language,
            "Go: import `proxy-wasm-go-sdk` and build with `-buildmode=c-shared`.",
            "Go：导入 `proxy-wasm-go-sdk`，用 `-buildmode=c-shared` 构建。"
        ),
        say!(
            language,
            "C++: link the SDK's `proxy_wasm_intrinsics`; AssemblyScript: `export * from \"@solo-io/proxy-runtime/proxy\"`.",
            "C++：链接 SDK 的 `proxy_wasm_intrinsics`；AssemblyScript：`export * from \"@solo-io/proxy-runtime/proxy\"`。"
        ),
        say!(
            language,
            "Without an SDK: export an empty function `proxy_abi_version_0_2_1`.",
            "不用 SDK：导出一个空函数 `proxy_abi_version_0_2_1`。"
        ),
    ]);
    (Some(Text::from(means)), steps)
}
