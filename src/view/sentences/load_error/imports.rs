//! Imports that the host does not have, by where they usually come from (`host-spec`, sections 1.2 and 1.3).

use super::super::{Text, say, texts};
use crate::abi::{AbiVersion, HostCall};
use crate::view::{Language, code};

type Advice = (Option<Text>, Vec<Text>);

fn with<const N: usize>(means: String, steps: [String; N]) -> Advice {
    (Some(Text::from(means)), texts(steps))
}

/// An import that no ABI version has.
pub(super) fn missing(language: Language, module: &str, name: &str, kind: &str) -> Advice {
    if kind != "function" {
        return with(
            say!(
                language,
                "Modules built as dynamic libraries expect a loader that gives them such things.",
                "以动态库方式构建的模块需要加载器提供这些内容。"
            ),
            [say!(
                language,
                "Build a module that stands alone: without `-shared` and `-fPIC`, for Rust as a `cdylib` for \
                 `wasm32-wasip1`.",
                "构建独立的模块：不要用 `-shared` 和 `-fPIC`，Rust 用 `cdylib` 并以 `wasm32-wasip1` 为目标。"
            )],
        );
    }
    match module {
        "env" => of_env(language, name),
        "go" | "gojs" => with(
            say!(language, "The Go program was built for a browser.", "这个 Go 程序是为浏览器构建的。"),
            [
                say!(
                    language,
                    "Go 1.24 or newer: `GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared`.",
                    "Go 1.24 或更新：`GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared`。"
                ),
                say!(
                    language,
                    "TinyGo: `tinygo build -target=wasi -scheduler=none`.",
                    "TinyGo：`tinygo build -target=wasi -scheduler=none`。"
                ),
            ],
        ),
        "wbg" | "__wbindgen_placeholder__" | "__wbindgen_externref_xform__" => browser(language),
        module if module.ends_with("_bg.js") => browser(language),
        "wasi_snapshot_preview1" | "wasi_unstable" => of_wasi(language, name),
        module if module.starts_with("wasi:") || module.starts_with("wasix") => with(
            say!(
                language,
                "The module was built for another generation of WASI than the hosts have.",
                "模块是为另一代 WASI 构建的，宿主没有提供。"
            ),
            [say!(
                language,
                "Build for WASI preview 1: for Rust `--target wasm32-wasip1`.",
                "以 WASI preview 1 为目标构建：Rust 用 `--target wasm32-wasip1`。"
            )],
        ),
        module => {
            let module = code(module);
            with(
                say!(
                    language,
                    "Envoy gives modules the namespaces `env` and `wasi_snapshot_preview1` only; {module} belongs to \
                     another host or to a linker setting.",
                    "Envoy 只提供 `env` 和 `wasi_snapshot_preview1` 两个命名空间；{module} 属于别的宿主或链接设置。"
                ),
                [remove(language)],
            )
        }
    }
}

fn remove(language: Language) -> String {
    say!(
        language,
        "Find who declares it: `wasm-tools print` shows which functions call the import.",
        "找出是谁声明了它：`wasm-tools print` 可以显示哪些函数调用了这个导入。"
    )
}

fn browser(language: Language) -> Advice {
    with(
        say!(
            language,
            "A Rust dependency expects a browser: `wasm-bindgen` came in with it.",
            "某个 Rust 依赖需要浏览器环境：它带来了 `wasm-bindgen`。"
        ),
        [
            say!(
                language,
                "Find it with `cargo tree -i wasm-bindgen`; it is often a feature named `js`, `wasmbind` or `wasm-bindgen`.",
                "用 `cargo tree -i wasm-bindgen` 找到它，常见于名为 `js`、`wasmbind` 或 `wasm-bindgen` 的特性。"
            ),
            say!(
                language,
                "Build for `wasm32-wasip1`, where such crates use WASI instead.",
                "以 `wasm32-wasip1` 为目标构建，这些 crate 在那里会改用 WASI。"
            ),
        ],
    )
}

fn of_wasi(language: Language, name: &str) -> Advice {
    if name.starts_with("sock_") {
        return with(
            say!(
                language,
                "Sockets are an extension of WasmEdge and WASIX. Proxy-Wasm filters have no network of their own.",
                "套接字是 WasmEdge 和 WASIX 的扩展。Proxy-Wasm 过滤器没有自己的网络。"
            ),
            [say!(
                language,
                "Ask another service through the host instead: `proxy_http_call` (`dispatch_http_call` in Rust).",
                "改为通过宿主请求其他服务：`proxy_http_call`（Rust 中是 `dispatch_http_call`）。"
            )],
        );
    }
    with(
        say!(
            language,
            "WASI preview 1 has no such function; it is an extension of some runtime.",
            "WASI preview 1 没有这个函数，它是某个运行时的扩展。"
        ),
        [remove(language)],
    )
}

fn of_env(language: Language, name: &str) -> Advice {
    match name {
        "abort" | "seed" | "trace" => assembly_script(language, name),
        name if name.starts_with("console.") || name.starts_with("Date.") || name.starts_with("Math.") => {
            assembly_script(language, name)
        }
        name if name.starts_with("__cxa_")
            || name.starts_with("invoke_")
            || name.starts_with("__resumeException") =>
        {
            with(
                say!(
                    language,
                    "The C++ code throws exceptions, which Emscripten hands to JavaScript by default.",
                    "C++ 代码使用了异常，Emscripten 默认把异常交给 JavaScript 处理。"
                ),
                [say!(
                    language,
                    "Compile everything, libraries included, with `-fno-exceptions`.",
                    "用 `-fno-exceptions` 编译全部代码，包括库。"
                )],
            )
        }
        "__assert_fail" => with(
            say!(language, "The C code was compiled with assertions.", "C 代码编译时启用了断言。"),
            [say!(language, "Compile with `-DNDEBUG`.", "用 `-DNDEBUG` 编译。")],
        ),
        name if name.starts_with("emscripten_")
            || name.starts_with("__syscall")
            || name.starts_with("_embind") =>
        {
            with(
                say!(
                    language,
                    "It is part of the JavaScript that Emscripten writes beside a module; a proxy has no JavaScript.",
                    "它属于 Emscripten 随模块生成的 JavaScript，而代理中没有 JavaScript。"
                ),
                [say!(
                    language,
                    "Link with `-sSTANDALONE_WASM=1` and without what needs a browser.",
                    "用 `-sSTANDALONE_WASM=1` 链接，并去掉需要浏览器的部分。"
                )],
            )
        }
        "proxy_get_secret" | "proxy_get_effective_secret" | "proxy_get_effective_at_secret" => with(
            say!(
                language,
                "It is an extension of G-Core's FastEdge; Envoy does not have it.",
                "它是 G-Core FastEdge 的扩展，Envoy 没有。"
            ),
            [say!(
                language,
                "For Envoy, pass secrets in the plugin configuration or as an environment variable of the VM.",
                "在 Envoy 中，请通过插件配置或 VM 环境变量传递密钥。"
            )],
        ),
        name if name.starts_with("proxy_dictionary_") || name.starts_with("proxy_kv_") => with(
            say!(
                language,
                "It is an extension of an edge platform such as G-Core's FastEdge; Envoy does not have it.",
                "它是 G-Core FastEdge 等边缘平台的扩展，Envoy 没有。"
            ),
            [say!(
                language,
                "For Envoy, keep the values in the plugin configuration or in shared data.",
                "在 Envoy 中，请把这些值放在插件配置或共享数据中。"
            )],
        ),
        name if name.starts_with("proxy_redis_") || name.starts_with("proxy_inject_") => with(
            say!(
                language,
                "It is an extension of Higress; Envoy itself does not have it.",
                "它是 Higress 的扩展，Envoy 本身没有。"
            ),
            [say!(
                language,
                "Run this filter in Higress, or leave the call out for Envoy.",
                "在 Higress 中运行这个过滤器，或去掉这个调用以用于 Envoy。"
            )],
        ),
        name if name.starts_with("proxy_") => with(
            say!(
                language,
                "The name looks like a host call, but no ABI version up to 0.2.1 has it: a misspelling, a draft, or an \
                 extension of another host.",
                "名字像是宿主调用，但 0.2.1 及之前的 ABI 版本都没有它：可能是拼写错误、草案，或别的宿主的扩展。"
            ),
            [remove(language)],
        ),
        _ => with(
            say!(
                language,
                "A function was declared but never defined; the linker left it to the host, as `--allow-undefined` makes \
                 it do.",
                "函数只有声明没有定义；链接器（例如使用了 `--allow-undefined`）把它留给了宿主。"
            ),
            [
                say!(
                    language,
                    "Link the library that defines it, or remove the call.",
                    "链接定义它的库，或去掉这个调用。"
                ),
                remove(language),
            ],
        ),
    }
}

fn assembly_script(language: Language, name: &str) -> Advice {
    let step = match name {
        "abort" => say!(
            language,
            "Build with `asc --use abort=abort_proc_exit`, as the SDK's README says.",
            "按 SDK 的 README 所说，用 `asc --use abort=abort_proc_exit` 构建。"
        ),
        "seed" => say!(
            language,
            "`Math.random` needs it: give your own with `asc --use seed=…`, or do not call `Math.random`.",
            "`Math.random` 需要它：用 `asc --use seed=…` 提供自己的实现，或不要调用 `Math.random`。"
        ),
        _ => say!(
            language,
            "Do not call it: use the SDK's `log` and `proxy_get_current_time_nanoseconds` instead.",
            "不要调用它：改用 SDK 的 `log` 和 `proxy_get_current_time_nanoseconds`。"
        ),
    };
    with(
        say!(
            language,
            "AssemblyScript leaves this function to the host, and Proxy-Wasm hosts do not have it.",
            "AssemblyScript 把这个函数留给宿主，而 Proxy-Wasm 宿主没有它。"
        ),
        [
            step,
            say!(
                language,
                "Or extend `@assemblyscript/wasi-shim/asconfig.json`, which gives all of them.",
                "或者扩展 `@assemblyscript/wasi-shim/asconfig.json`，它提供了全部这些函数。"
            ),
        ],
    )
}

/// An import that hosts of other ABI versions have.
pub(super) fn other_version(language: Language, call: HostCall, version: AbiVersion) -> Advice {
    let rebuild = || {
        say!(
            language,
            "Rebuild. The file is watched, the run starts by itself.",
            "重新构建。文件受到监视，运行会自动开始。"
        )
    };
    match call {
        HostCall::ClearRouteCache => with(
            say!(
                language,
                "It was removed after ABI 0.1.0. Some SDKs still declare it, which harms only filters that call it.",
                "它在 ABI 0.1.0 之后被移除。有些 SDK 仍然声明它，只有真正调用它的过滤器才受影响。"
            ),
            [
                say!(
                    language,
                    "Call the foreign function instead: `proxy_call_foreign_function(\"clear_route_cache\", …)`.",
                    "改用外部函数：`proxy_call_foreign_function(\"clear_route_cache\", …)`。"
                ),
                say!(
                    language,
                    "Or leave it out: changing a request header clears the route cache already.",
                    "或者去掉它：修改请求头本来就会清除路由缓存。"
                ),
                rebuild(),
            ],
        ),
        HostCall::GetConfiguration => with(
            say!(language, "It was removed after ABI 0.1.0.", "它在 ABI 0.1.0 之后被移除。"),
            [
                say!(
                    language,
                    "Read the buffer instead: `proxy_get_buffer_bytes` with `PluginConfiguration` (7) or \
                     `VmConfiguration` (6).",
                    "改为读取缓冲区：`proxy_get_buffer_bytes`，类型为 `PluginConfiguration`（7）或 `VmConfiguration`（6）。"
                ),
                rebuild(),
            ],
        ),
        HostCall::ContinueRequest | HostCall::ContinueResponse => with(
            say!(
                language,
                "ABI 0.2.0 replaced it by `proxy_continue_stream`.",
                "ABI 0.2.0 用 `proxy_continue_stream` 取代了它。"
            ),
            [
                say!(
                    language,
                    "Call `proxy_continue_stream` with 0 (request) or 1 (response), or update the SDK.",
                    "调用 `proxy_continue_stream`，参数为 0（请求）或 1（响应），或更新 SDK。"
                ),
                rebuild(),
            ],
        ),
        HostCall::GetLogLevel => with(
            say!(language, "It came with ABI 0.2.1.", "它从 ABI 0.2.1 开始提供。"),
            [
                say!(
                    language,
                    "Update the SDK so that the module declares ABI 0.2.1, or do not ask for the log level.",
                    "更新 SDK，让模块声明 ABI 0.2.1，或不要查询日志级别。"
                ),
                rebuild(),
            ],
        ),
        _ => {
            let version = version.number();
            with(
                say!(
                    language,
                    "The SDK is newer than ABI {version}, which the module declares.",
                    "SDK 比模块声明的 ABI {version} 更新。"
                ),
                [
                    say!(
                        language,
                        "Use one SDK release for all of the filter, best one for ABI 0.2.1.",
                        "整个过滤器使用同一个 SDK 版本，最好是支持 ABI 0.2.1 的版本。"
                    ),
                    rebuild(),
                ],
            )
        }
    }
}

/// An import of a known name with another type.
pub(super) fn other_type(language: Language, name: &str) -> Advice {
    match name {
        "path_link" | "path_symlink" => with(
            say!(
                language,
                "Envoy declares this function with one parameter fewer than WASI does, so every module that really uses \
                 it is refused.",
                "Envoy 声明的这个函数比 WASI 少一个参数，因此真正使用它的模块都会被拒绝。"
            ),
            [say!(
                language,
                "Avoid what makes links to files (`std::fs::hard_link`, `os.Link`, `os.Symlink`): a filter has no files.",
                "不要使用创建文件链接的功能（`std::fs::hard_link`、`os.Link`、`os.Symlink`）：过滤器没有文件。"
            )],
        ),
        "proxy_grpc_call" | "proxy_grpc_stream" => with(
            say!(
                language,
                "The AssemblyScript SDK declares it with too few parameters.",
                "AssemblyScript SDK 声明的参数太少。"
            ),
            [say!(
                language,
                "Do not use gRPC callouts with this SDK; `httpCall` works.",
                "使用这个 SDK 时不要进行 gRPC 调用，`httpCall` 可以使用。"
            )],
        ),
        _ => with(
            say!(
                language,
                "The declaration differs from the ABI: it was written by hand, or comes from an SDK for another version.",
                "声明与 ABI 不一致：可能是手写的，或来自其他版本的 SDK。"
            ),
            [say!(
                language,
                "Correct the declaration, or take it from an SDK for ABI 0.2.1.",
                "改正声明，或使用支持 ABI 0.2.1 的 SDK。"
            )],
        ),
    }
}
