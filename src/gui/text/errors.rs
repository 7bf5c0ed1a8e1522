//! Error cards: what happened, where, and what to do next.

use super::{bytes, number, texts};

texts! {
    ErrorsText {
        what: "What", "问题";
        whereabouts: "Where", "位置";
        envoy_says: "Envoy says", "Envoy 的说法";
        means: "Means", "含义";
        what_to_do: "What to do", "怎么办";

        choose_another: "Choose another file…", "选择其他文件…";
        see_exports: "See what it exports", "查看它的导出";
        see_imports: "See all imports", "查看全部导入";
        copy_details: "Copy details", "复制详情";
        copy_report: "Copy report", "复制报告";
        copy_markdown: "Copy as Markdown", "复制为 Markdown";
        show_configuration: "Show the configuration", "查看配置";
        run_again: "Run again", "再次运行";
        show_in_timeline: "Show in timeline", "在时间线中显示";
        open_source(place: &str): format!("Open {place}"), format!("打开 {place}");
        try_again: "Try again", "重试";
        raise_limit: "Raise the limit…", "提高上限…";
        fix_scenario: "Show the line", "显示这一行";

        not_wasm(name: &str): format!("{name} is not a WebAssembly module"), format!("{name} 不是 WebAssembly 模块");
        not_wasm_what(bytes: &str):
            format!("It starts with {bytes} instead of 00 61 73 6D"),
            format!("文件开头是 {bytes}，而不是 00 61 73 6D");
        broken_wasm(name: &str): format!("{name} is damaged"), format!("{name} 已损坏");
        component:
            "This is a WebAssembly component; Proxy-Wasm needs a core module",
            "这是 WebAssembly 组件；Proxy-Wasm 需要核心模块";
        not_a_filter: "This file is not a Proxy-Wasm filter", "这个文件不是 Proxy-Wasm 过滤器";
        not_a_filter_what(found: &str):
            format!("It exports none of proxy_on_request_headers, proxy_on_context_create … (found: {found})"),
            format!("它没有导出 proxy_on_request_headers、proxy_on_context_create 等函数（只有：{found}）");
        plain_wasi: "It may be a plain WASI program", "它可能是普通的 WASI 程序";
        missing_abi: "No ABI marker: Envoy needs one of proxy_abi_version_0_1_0, 0_2_0 or 0_2_1", "没有 ABI 标记：Envoy 需要 proxy_abi_version_0_1_0、0_2_0 或 0_2_1 之一";
        missing_allocator: "It exports neither malloc nor proxy_on_memory_allocate", "它既没有导出 malloc 也没有导出 proxy_on_memory_allocate";
        missing_imports(n: usize):
            if n == 1 { "Envoy would refuse this filter: one import does not exist".to_owned() } else { format!("Envoy would refuse this filter: {} imports do not exist", number(n)) },
            format!("Envoy 会拒绝这个过滤器：有 {} 个导入不存在", number(n));
        import_position(i: usize, n: usize): format!("import {i} of {n}"), format!("第 {i} 个导入，共 {n} 个");
        rebuild: "Rebuild. The file is watched, the run starts by itself", "重新构建即可。文件在监视之中，会自动运行";

        trapped(callback: &str): format!("The filter trapped in {callback}"), format!("过滤器在 {callback} 中崩溃");
        refused_start: "The filter refused to start", "过滤器拒绝启动";
        refused_configuration: "The filter refused its configuration", "过滤器拒绝了它的配置";
        time_limit(callback: &str): format!("The filter did not return from {callback}"), format!("过滤器没有从 {callback} 返回");
        time_limit_what(limit: &str): format!("It was stopped after {limit}. In Envoy this worker thread would hang, with every connection on it"), format!("运行 {limit} 后被停止。在 Envoy 中，这个工作线程会挂起，它上面的所有连接也一样");
        memory_limit: "The filter ran out of memory", "过滤器内存耗尽";
        stack_overflow: "The filter recursed until its stack was full", "过滤器递归过深，栈已满";
        last_calls: "Host calls before it", "此前的宿主调用";
        frames: "Frames", "调用栈";
        only_my_code: "only my code", "只看我的代码";
        runtime_frames(n: usize): format!("{} frames of the runtime", number(n)), format!("{} 个运行时的栈帧", number(n));
        sdk_frames(n: usize): format!("{} frames of the SDK", number(n)), format!("{} 个 SDK 的栈帧", number(n));
        unknown_function(index: u32): format!("unknown (function index {index})"), format!("未知（函数序号 {index}）");
        keep_names: "Build without stripping to see names here", "构建时不要去除符号，这里就会显示名称";
        in_production: "What this does in production", "在生产环境中会怎样";
        policy: "policy", "策略";
        own_policy: "the policy of this scenario", "本场景的策略";
        copy_place(place: &str): format!("Copy {place}"), format!("复制 {place}");
        this_request: "this request", "这个请求";
        next_requests: "the next requests", "之后的请求";
        last_host_calls: "Last host calls", "最后的宿主调用";
        before_the_trap: "before the trap", "崩溃之前";

        at_line(line: usize, column: usize): format!("line {line}, column {column}"), format!("第 {line} 行第 {column} 列");
        newer_scenario: "It was written by a newer Filterlab: update to open it", "它由更新版本的 Filterlab 写成：请更新后再打开";
        body_too_large(name: &str, limit: u64):
            format!("{name} is too large: a body may have at most {}. Choose a smaller file", bytes(limit)),
            format!("{name} 太大：消息体最多 {}，请选择更小的文件", bytes(limit));
        cannot_read(name: &str, reason: &str): format!("{name} cannot be read: {reason}"), format!("无法读取 {name}：{reason}");
        module_not_found(path: &str): format!("The scenario names {path}, which is not there"), format!("场景指定的 {path} 不存在");
        no_opengl:
            "The window needs OpenGL 2.1 or newer. Use `filterlab run`, or a build with the wgpu feature",
            "窗口需要 OpenGL 2.1 或更新版本。可使用 `filterlab run`，或启用 wgpu 功能的构建";
    }
}
