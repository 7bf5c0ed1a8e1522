//! The left panel: what goes in.

use super::{count, number, texts};

texts! {
    /// Request and response: headers, body, trailers.
    MessageText {
        method: "Method", "方法";
        url: "URL", "URL";
        connection: "A TCP connection", "TCP 连接";
        connection_hint:
            "This scenario opens a TCP connection instead of sending a request.",
            "此场景建立 TCP 连接，而不是发送请求。";
        request_instead: "Send a request instead", "改为发送请求";
        steps: "Steps of the connection", "连接的步骤";
        no_steps: "No steps: the client closes at once", "没有步骤：客户端立即关闭";
        add_step: "Add a step", "添加步骤";
        client_sends: "The client sends", "客户端发送";
        upstream_sends: "The upstream sends", "上游发送";
        upstream_answers: "takes the connection", "接受连接";
        upstream_refuses: "nobody listens", "无人监听";
        upstream_has_none: "has no endpoint", "没有端点";
        step_from: "Who", "由谁";
        step_client_short: "Client", "客户端";
        step_upstream_short: "Upstream", "上游";
        step_after: "Time since the step before", "距上一步的时间";
        step_then: "Then", "之后";
        step_goes_on: "goes on", "继续";
        step_bytes: "Bytes sent", "发送的字节";
        step(n: usize, who: &str, after: u64, what: &str):
            match after {
                0 => format!("{n}. {who} {what}"),
                _ => format!("{n}. after {} ms, {who} {what}", number(after)),
            },
            match after {
                0 => format!("{n}. {who}{what}"),
                _ => format!("{n}. {} ms 后，{who}{what}", number(after)),
            };
        step_client: "the client", "客户端";
        step_upstream: "the upstream", "上游";
        step_sends(size: &str, shown: &str): format!("sends {size}: {shown}"), format!("发送 {size}：{shown}");
        step_ends: "has nothing more to send", "结束发送";
        step_closes: "closes its socket", "关闭套接字";
        step_resets: "aborts the connection", "中止连接";
        step_and: ", then ", "，然后";
        connection_refused: "Nobody listens at the upstream's address.", "上游地址无人监听。";
        connection_no_endpoint: "The upstream's cluster has no endpoint.", "上游集群没有端点。";
        url_hint: "https://api.example.com/path", "https://api.example.com/path";
        headers: "Headers", "头部";
        trailers: "Trailers", "尾部";
        body: "Body", "消息体";
        no_body: "No body", "无消息体";
        request_body: "Request body", "请求体";
        response_body: "Response body", "响应体";
        upstream: "Upstream", "上游";
        status: "Status", "状态码";
        after: "after", "延迟";
        delay: "Delay of the upstream's reply", "上游应答的延迟";
        chunks(n: usize): count(n, "chunk", "chunks"), format!("{} 个分块", number(n));
        chunking: "How the body is cut into chunks", "消息体如何分块";
        chunk_ends(n: usize, byte: usize):
            format!("chunk {} ends at byte {}", number(n), number(byte)),
            format!("第 {} 块止于第 {} 字节", number(n), number(byte));
        body_kind: "Kind of body", "消息体类型";
        json: "JSON", "JSON";
        plain_text: "Text", "文本";
        form: "Form", "表单";
        valid_json: "valid JSON", "JSON 有效";
        invalid_status: "A status is a number from 200 to 599", "状态码是 200 到 599 之间的数";
        invalid_duration: "Write a time in whole milliseconds, such as 12 ms or 1.5 s", "请写成整毫秒的时间，例如 12 ms 或 1.5 s";
        invalid_number: "Write a whole number", "请输入整数";
        invalid_optional: "Write a whole number, or nothing", "请输入整数，或留空";
        too_big_to_edit(size: &str):
            format!("{size} is too big to edit here. Edit the file in another program, then replace the body"),
            format!("{size} 太大，无法在此编辑。请用其他程序编辑文件，再替换消息体");
        not_text(size: &str):
            format!("{size} that are not text. Replace them from a file"),
            format!("{size}，不是文本。可以用文件替换");
        chunk_every: "every … bytes", "每若干字节";
        chunk_own(n: usize):
            format!("{}, own sizes", count(n, "chunk", "chunks")),
            format!("{} 个分块，大小各异", number(n));
        chunk_size: "Bytes in a chunk", "每块字节数";
        invalid_chunk: "Write a number of bytes above 0", "请输入大于 0 的字节数";
        json_error(line: usize, column: usize, reason: &str):
            format!("Not JSON at line {line}, column {column}: {reason}"),
            format!("第 {line} 行第 {column} 列不是有效的 JSON：{reason}");
        length_differs(declared: &str, real: &str):
            format!("content-length says {declared}, the body has {real}"),
            format!("content-length 为 {declared}，消息体实际为 {real}");
        correct_length: "Correct it", "改正";
        add_request_header: "Add a request header", "添加请求头";
        add_request_trailer: "Add a request trailer", "添加请求尾部";
        add_response_header: "Add a response header", "添加响应头";
        add_response_trailer: "Add a response trailer", "添加响应尾部";
        metadata_title: "Metadata", "元数据";
        add_metadata: "Add a metadata entry", "添加元数据条目";
        metadata_note: "Filters are told only how many entries there are.", "过滤器只能得知条目的数量。";
        metadata_not_sent: "HTTP/1.1 has no metadata: nothing of it is sent.", "HTTP/1.1 没有元数据，不会发送。";
        replace_from_file: "Replace from file…", "用文件替换…";
    }
}

texts! {
    /// Chain, configuration, host rules.
    ConfigText {
        chain: "Chain", "过滤器链";
        add_filter: "Add a filter to the chain", "在链中添加过滤器";
        plugin_configuration: "Plugin configuration", "插件配置";
        vm_configuration: "VM configuration", "VM 配置";
        module: "Module", "模块";
        no_filters: "No filters: add one with +", "没有过滤器：用 + 添加";
        add_file: "From a .wasm file…", "选择 .wasm 文件…";
        add_sample(title: &str): format!("Sample: {title}"), format!("示例：{title}");
        inside: "in the scenario", "在场景内";
        pinned: "pinned", "已固定";
        pinned_to(hash: &str): format!("Pinned to the build {hash}…"), format!("固定为构建 {hash}…");
        module_menu: "What to do with the module", "模块操作";
        replace_module: "Replace…", "替换…";
        put_inside: "Put into the scenario", "放入场景";
        take_out: "Take out into a file…", "取出为文件…";
        pin: "Pin to this build", "固定为此构建";
        unpin: "Take any build", "接受任何构建";
        backoff: "Back-off", "重载间隔";
        backoff_name: "Least time between two loads of the filter", "两次加载过滤器之间的最短时间";
        fail_open: "Let a failing request pass (fail_open)", "故障时放行请求（fail_open）";
        fail_open_note: "Deprecated in Envoy: the request during which the filter fails goes on, too", "Envoy 已弃用：过滤器故障时，当前请求也继续";
        capabilities: "Capabilities", "权限";
        all_capabilities: "all", "全部";
        unknown_capability(name: &str): format!("{name} is no name of the ABI"), format!("{name} 不是 ABI 中的名称");
        pinned_now(name: &str): format!("{name} is pinned to this build"), format!("{name} 已固定为此构建");
        inside_now(name: &str): format!("{name} is in the scenario now"), format!("{name} 已放入场景");
        taken_out(name: &str): format!("The module is in {name} now"), format!("模块已保存到 {name}");
        added(name: &str): format!("Added {name} to the chain"), format!("已将 {name} 添加到链中");
        module_not_read(name: &str, reason: &str): format!("{name} cannot be read: {reason}"), format!("无法读取 {name}：{reason}");
        is_inside: "The module is in the scenario", "模块在场景内";
        module_bundled: "A sample that is part of Filterlab", "Filterlab 自带的示例";
        name: "Name", "名称";
        root_id: "Root id", "Root id";
        vm_id: "VM id", "VM id";
        filter_of(place: usize, n: usize): format!("Filter {place} of {n}"), format!("第 {place} 个过滤器，共 {n} 个");
        allow_stop:
            "Allow on_headers to stop iteration",
            "允许 on_headers 停止迭代";
        allow_stop_note:
            "allow_on_headers_stop_iteration: StopIteration holds only the headers, as ABI 0.2.1 intends",
            "allow_on_headers_stop_iteration：StopIteration 只暂停头部，与 ABI 0.2.1 的本意一致";
        failure_policy: "Failure policy", "失败策略";
        limits: "Limits", "限制";
    }
}

texts! {
    /// Properties, mocks, clock, randomness.
    EnvironmentText {
        variables: "Environment", "环境变量";
        add_variable: "Add a variable", "添加变量";
        same_name(name: &str):
            format!("Two variables are called {name}: rename one, else the run keeps the earlier values"),
            format!("有两个变量都叫 {name}：请改名，否则运行仍使用之前的值");
        names: "DNS names", "域名解析";
        add_name: "Add a name that resolves", "添加可解析的域名";
        name_twice(name: &str):
            format!("{name} is here twice: put its addresses into one row, else the run keeps the earlier ones"),
            format!("{name} 重复：请把它的地址写在同一行，否则运行仍使用之前的地址");
        run: "Run", "运行";
        log_level: "Log level", "日志级别";
        proxy: "Proxy", "代理";
        downstream: "Client", "客户端";
        upstream: "Upstream", "上游";
        downstream_protocol: "Protocol of the client", "客户端协议";
        upstream_protocol: "Protocol of the upstream", "上游协议";
        adds_headers: "Envoy adds its own headers", "Envoy 添加自己的头部";
        adds_headers_note: "x-request-id, x-envoy-upstream-service-time, server", "x-request-id、x-envoy-upstream-service-time、server";
        buffer_limit: "Buffer", "缓冲区";
        buffer_limit_name: "Most bytes that a paused HTTP/1.1 body may hold", "HTTP/1.1 暂停时最多缓冲的字节数";
        limits: "Limits", "限制";
        request_time: "One request", "单个请求";
        request_time_name: "Time that filters may run for one request", "过滤器处理一个请求的时间上限";
        start_time: "Start", "启动";
        start_time_name: "Time that filters may take to start", "过滤器启动的时间上限";
        memory: "Memory", "内存";
        memory_name: "Memory of one VM in MiB", "单个 VM 的内存（MiB）";
        events: "Events", "事件";
        events_name: "Events in the trace", "跟踪中的事件数";
        log_text: "Log text", "日志文本";
        log_text_name: "Log text in KiB", "日志文本（KiB）";
        client_patience: "Client waits", "客户端等待";
        client_patience_name: "Time after which the client gives up", "客户端放弃前等待的时间";
        invalid_clock: "Write a time such as 2026-01-01T00:00:00Z", "请写成 2026-01-01T00:00:00Z 这样的时间";
        clock: "Clock", "时钟";
        clock_start: "The run starts at", "运行开始于";
        seed_short: "Seed", "种子";
        seed: "Random seed", "随机种子";
    }
}

texts! {
    /// The list of scenarios behind the folder.
    ScenariosText {
        rename: "Rename…", "重命名…";
        delete: "Delete…", "删除…";
        fail(n: usize): format!("{} {}", number(n), if n == 1 { "fails" } else { "fail" }), format!("{} 个失败", number(n));
        finding(n: usize): count(n, "finding", "findings"), format!("{} 个发现", number(n));
        not_run: "not run", "未运行";
    }
}
