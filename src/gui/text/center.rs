//! The centre: what came out, and why.

use super::{count, number, texts};

texts! {
    /// Before and after.
    ChangesText {
        side_by_side: "Side by side", "并排";
        unified: "Unified", "合并";
        raw: "Raw", "原文";
        view_name: "How changes are shown", "改动的显示方式";
        only_changes: "Only changes", "只看改动";
        story_copy: "Copy the story", "复制经过";
        story_unfold: "Show the whole story", "展开全部经过";
        story_fold: "Show one line of the story", "只显示经过的第一行";
        phase_changed(phase: &str, n: usize):
            format!("{phase}, {}", count(n, "change", "changes")),
            format!("{phase}，{} 处改动", number(n));
        phase_unchanged(phase: &str): format!("{phase}, nothing changed"), format!("{phase}，没有改动");
        before: "Before", "之前";
        after: "After", "之后";
        no_changes: "The filter changed nothing", "过滤器没有改动任何内容";
        no_changes_hint:
            "Timeline shows what it read",
            "“时间线”显示它读了什么";
        unchanged(n: usize): format!("{} unchanged", number(n)), format!("{} 项未改动", number(n));
        unchanged_lines(n: usize): format!("{} unchanged lines", number(n)), format!("{} 行未改动", number(n));
        formatting_ignored: "formatting ignored", "已忽略格式差异";
        /// Which request of several is looked at; spoken as well as shown.
        request_of(i: usize, n: usize):
            format!("Request {} of {}", number(i), number(n)),
            format!("第 {} 个请求，共 {} 个", number(i), number(n));
        one_request: "The run has one request only", "本次运行只有一个请求";
        first_request: "This is the first request", "这是第一个请求";
        last_request: "This is the last request", "这是最后一个请求";
        /// Position among all changes of the request; spoken as well as shown.
        position(i: usize, n: usize):
            format!("Change {} of {}", number(i), number(n)),
            format!("第 {} 处改动，共 {} 处", number(i), number(n));
        written_by: "written by", "写入者";
        in_callback: "in", "位于";
        chunk(i: usize, n: usize): format!("chunk {i} of {n}"), format!("第 {i} 块，共 {n} 块");
        show_in_timeline: "Show in timeline", "在时间线中显示";
        status_line: "Status", "状态码";
        moved_first: "now first", "移到最前";
        moved_after(name: &str): format!("after {name}"), format!("移到 {name} 之后");
        by_envoy: "by Envoy", "由 Envoy";
        lines(from: usize, to: usize):
            if from == to { format!("line {from}") } else { format!("lines {from} to {to}") },
            if from == to { format!("第 {from} 行") } else { format!("第 {from} 至 {to} 行") };
        bytes_range(from: usize, to: usize): format!("bytes {from} to {to}"), format!("第 {from} 至 {to} 字节");
        not_run_yet: "No result yet. Press Run", "还没有结果，请按“运行”";
    }
}

texts! {
    TimelineText {
        time: "Time", "时间";
        steps: "Steps", "步骤";
        scale_name: "Scale of the timeline", "时间线的刻度";
        event_position(i: usize, n: usize):
            format!("Event {} of {}", number(i), number(n)),
            format!("第 {} 个事件，共 {} 个", number(i), number(n));
        events(n: usize): count(n, "event", "events"), format!("{} 个事件", number(n));
        made_name: "made", "内含";
        made(calls: usize, changes: usize):
            format!("{}, {}", count(calls, "host call", "host calls"), count(changes, "change", "changes")),
            format!("{} 次宿主调用，{} 处改动", number(calls), number(changes));
        at(time: &str): format!("at {time}"), format!("时刻 {time}");
        shares(own: &str, host: &str): format!("{own} in the filter, {host} in the host"), format!("过滤器 {own}，宿主 {host}");
        in_order(n: usize): format!("{}, in order", number(n)), format!("{} 个，按顺序", number(n));
        nothing_chosen: "No event is chosen", "没有选中的事件";
        nothing_chosen_hint: "Choose a row, or press ] for the next event", "选择一行，或按 ] 转到下一个事件";
        resize_detail: "Width of the details", "详情宽度";
        zoomed(percent: usize): format!("{percent} % of the run"), format!("运行的 {percent} %");
        collapse_all: "Collapse all", "全部折叠";
        expand_all: "Expand all", "全部展开";
        filter_hint: "Filter, e.g. status:!ok", "筛选，例如 status:!ok";
        filter_name: "Filter events", "筛选事件";
        column_name: "Callbacks and host calls", "回调与宿主调用";
        column_result: "Result · arguments", "结果 · 参数";
        column_time: "time", "耗时";
        column_instructions: "instructions", "指令数";
        legend_filter: "filter", "过滤器";
        legend_host: "host", "宿主";
        minimap: "Overview of all events", "全部事件概览";
        start(plugin: usize, stream: usize):
            format!("Start · plugin {plugin}, stream {stream}"),
            format!("开始 · 插件 {plugin}，流 {stream}");
        end: "End · on_log, on_done, on_delete", "结束 · on_log、on_done、on_delete";
        paused_by(callback: &str): format!("by {callback}"), format!("由 {callback}");
        resumes_on(call: &str): format!("resumes on {call}"), format!("由 {call} 恢复");
        arguments: "Arguments", "参数";
        decoded: "Decoded", "已解码";
        raw: "Raw", "原始";
        result: "Result", "结果";
        accessible_here: "Accessible here", "此处可访问";
        not_accessible: "Not accessible", "此处不可访问";
        as_of_event(n: usize): format!("as of event {}", number(n)), format!("截至事件 {}", number(n));
        instructions(n: u64): format!("{} instructions", number(n)), format!("{} 条指令", number(n));
        wrote: "wrote", "有写入";
        callbacks: "Callbacks", "回调";
        trapped: "trapped", "崩溃";
        pause_word: "Pause", "Pause";
        no_events_match: "No event matches the filter", "没有符合筛选的事件";
    }
}

texts! {
    StreamText {
        client: "Client", "客户端";
        upstream: "Upstream", "上游";
        request: "Request", "请求";
        response: "Response", "响应";
        all_sent: "All sent", "已全部发送";
        not_reached: "Not reached", "未到达";
        not_contacted: "Not contacted", "未联系";
        no_reply: "No reply", "无回复";
        no_reply_yet: "No reply yet", "尚未回复";
        no_callbacks: "no callbacks", "没有回调";
        waits_for_headers: "waits for headers", "等待头部";
        waiting: "waiting", "等待中";
        held(headers: usize, body: &str):
            format!("{}, {body} held", count(headers, "header", "headers")),
            format!("暂存 {} 个头部、{body}", number(headers));
        node(index: usize, stream: usize): format!("filter {index} · stream {stream}"), format!("过滤器 {index} · 流 {stream}");
        who_could_resume: "Who could resume it", "谁能恢复它";
        needs(call: &str): format!("needs {call}"), format!("需要 {call}");
        held_back: "Held back", "暂存内容";
        headers: "headers", "头部";
        body: "body", "消息体";
        trailers: "trailers", "尾部";
        state: "state", "状态";
        limit: "limit", "上限";
        could: "could", "可以";
        cannot: "cannot", "不能";
        request_at(filter: &str): format!("request, at {filter}"), format!("请求，位于 {filter}");
        response_at(filter: &str): format!("response, at {filter}"), format!("响应，位于 {filter}");
        not_sent_yet: "not sent yet", "尚未发出";
        sent_already: "sent", "已发出";
        none: "none", "无";
        since_event(n: usize): format!("since event {}", number(n)), format!("自事件 {} 起", number(n));
        of_limit(percent: &str, limit: &str): format!("{percent} % of {limit}"), format!("{limit} 的 {percent} %");
        messages: "The messages at this event", "此事件时的消息";
        position(i: usize, n: usize, clock: &str):
            format!("Event {} of {} · {clock} virtual", number(i), number(n)),
            format!("第 {} 个事件，共 {} 个 · 虚拟时钟 {clock}", number(i), number(n));
        of_connection: "This run opened a TCP connection and sent no request", "本次运行建立的是 TCP 连接，没有发送请求";
        of_connection_hint: "Changes and Timeline show what went each way", "“改动”和“时间线”显示双向的数据";
        no_request: "No request was sent", "没有发出请求";
        no_request_hint: "The filter did not start; Timeline shows how far it got", "过滤器没有启动；“时间线”显示它执行到了哪里";
        not_begun: "No request has begun at this event", "此事件时还没有请求";
        not_begun_hint: "Press ] to go on", "按 ] 继续";
        hint: "Enter on a lane goes to its event", "在泳道上按 Enter 转到对应的事件";
    }
}

texts! {
    HostCallsText {
        number: "#", "#";
        callback: "callback", "回调";
        call: "call", "调用";
        arguments: "arguments", "参数";
        result: "result", "结果";
        size: "bytes", "字节";
        time: "time", "耗时";
        group_by_name: "Group by name", "按名称分组";
        only_writes: "Only writes", "只看写入";
        only_failures: "Only failures", "只看失败";
        filter_hint: "Filter, e.g. status:!ok", "筛选，例如 status:!ok";
        filter_name: "Filter host calls", "筛选宿主调用";
        none: "The filter made no host calls", "过滤器没有进行宿主调用";
        none_match: "No call matches the filter", "没有符合筛选的调用";
        count: "count", "次数";
        failed(n: usize): format!("{} not Ok", number(n)), format!("{} 次失败", number(n));
        group_spoken(name: &str, n: usize, failed: usize):
            format!("{name}, {}, {failed} not Ok", count(n, "call", "calls")),
            format!("{name}，{} 次，{failed} 次失败", number(n));
    }
}

texts! {
    PreflightText {
        title: "Preflight", "预检";
        subtitle: "what the module is, before any run", "运行之前看清模块";
        which: "Module of the chain", "链中的模块";
        nothing: "Nothing is known about this module", "没有这个模块的信息";
        nothing_hint: "It cannot be read, or is not a WebAssembly module", "它无法读取，或不是 WebAssembly 模块";
        back: "Back to the run", "返回运行结果";
        copy_markdown: "Copy as Markdown", "复制为 Markdown";
        where_it_runs: "Where it runs", "在哪里能运行";
        hosts(yes: usize, partly: usize, no: usize): format!("{yes} yes, {partly} partly, {no} no"), format!("{yes} 个可以，{partly} 个部分可以，{no} 个不行");
        checks: "Checks", "检查";
        size_by_section: "Size by section", "各段大小";
        custom_sections: "custom sections", "自定义段";
        imports: "Imports", "导入";
        imports_of(all: usize, calls: usize, wasi: usize): format!("{} · {calls} of the host, {wasi} of WASI", number(all)), format!("{} 个 · 宿主 {calls} 个，WASI {wasi} 个", number(all));
        behind(n: usize, host: &str): format!("{} of them limit support by {host}", number(n)), format!("其中 {} 个，{host} 因此不完全支持", number(n));
        all_imports: "Show all imports", "显示全部导入";
        wasi(n: usize): count(n, "WASI function", "WASI functions"), format!("{} 个 WASI 函数", number(n));
        callbacks: "Callbacks", "回调";
        more(n: usize): format!("{} more", number(n)), format!("另有 {} 个", number(n));
        memory: "Memory and allocator", "内存与分配器";
        others: "Other exports", "其他导出";
    }
}
