//! The frame of the window: top bar, tabs, status bar, notices, regions.

use super::{count, number, texts};

texts! {
    /// Top bar, regions, and words that appear in many places.
    FrameText {
        app: "Filterlab", "Filterlab";
        no_filter: "No filter open", "还没有打开过滤器";
        open: "Open…", "打开…";
        samples: "Samples", "示例";
        commands: "Commands", "命令";
        live: "Live", "实时";
        run: "Run", "运行";
        stop: "Stop", "停止";
        running: "Running", "正在运行";
        nothing_runs: "nothing is running", "没有正在运行的任务";
        nothing_to_undo: "nothing to undo", "没有可撤销的操作";
        nothing_to_redo: "nothing to redo", "没有可重做的操作";
        nothing_closed: "no tab was closed", "没有关闭过的标签页";
        only_tab: "only one tab is open", "只打开了一个标签页";
        first_tab: "it is the first tab", "已经是第一个标签页";
        last_tab: "it is the last tab", "已经是最后一个标签页";
        tabs: "Open scenarios", "打开的场景";
        close_tab(name: &str): format!("Close {name}"), format!("关闭 {name}");
        /// A tab with edits that are not in its file, as a screen reader says it.
        tab_not_saved(name: &str): format!("{name}, not saved"), format!("{name}，未保存");
        nowhere_to_go: "no place to go to", "没有可前往的位置";
        abi(version: &str): format!("ABI {version}"), format!("ABI {version}");
        filters(n: usize): count(n, "filter", "filters"), format!("{} 个过滤器", number(n));
        /// The module's name opens the preflight view.
        open_preflight(module: &str):
            format!("{module}: what it is and where it runs"),
            format!("{module}：模块内容与适用的宿主");
        scenario(name: &str): format!("Scenario: {name}"), format!("场景：{name}");
        resize_left: "Width of the left panel", "左侧面板的宽度";
        resize_lower: "Height of the logs", "日志的高度";
        unfold: "Show the left panel", "展开左侧面板";
        fold: "Hide the left panel", "折叠左侧面板";
        copy: "Copy", "复制";
        copied: "Copied", "已复制";
        cancel: "Cancel", "取消";
        close: "Close", "关闭";
        none: "none", "无";
        empty: "empty", "空";
        more(n: usize): format!("{} more", number(n)), format!("另有 {} 项", number(n));
        n_of_m(n: usize, m: usize):
            format!("{} of {}", number(n), number(m)),
            format!("{} / {}", number(n), number(m));
    }
}

texts! {
    /// Tabs at the left and in the centre.
    TabsText {
        scenarios: "Scenarios", "场景列表";
        request: "Request", "请求";
        response: "Response", "响应";
        config: "Config", "配置";
        environment: "Env", "环境";
        changes: "Changes", "改动";
        timeline: "Timeline", "时间线";
        stream: "Stream", "数据流";
        host_calls: "Host calls", "宿主调用";
        state: "State", "状态";
        logs: "Logs", "日志";
        findings: "Findings", "发现";
        preflight: "Preflight", "预检";
        compare: "Compare two builds", "比较两个构建";
        views: "Views", "视图";
    }
}

texts! {
    /// The sentence in the status bar: a word for how it ended, then the facts.
    StatusText {
        ready: "Ready", "就绪";
        ready_hint: "open a filter or a sample and it runs at once", "打开一个过滤器或示例，就会立即运行一次";
        running: "Running", "正在运行";
        finished: "Finished", "已完成";
        replied: "Replied", "已直接回复";
        paused: "Paused", "已暂停";
        trapped: "Trapped", "已崩溃";
        stopped: "Stopped", "已停止";
        refused: "Refused", "被拒绝";
        not_run: "Not run", "未运行";
        run(n: usize): format!("run {}", number(n)), format!("第 {} 次运行", number(n));
        callbacks(n: usize): count(n, "callback", "callbacks"), format!("{} 个回调", number(n));
        host_calls(n: usize): count(n, "host call", "host calls"), format!("{} 次宿主调用", number(n));
        changes(n: usize): count(n, "change", "changes"), format!("{} 处改动", number(n));
        findings(n: usize): count(n, "finding", "findings"), format!("{} 个发现", number(n));
        in_callback(callback: &str): format!("in {callback}"), format!("在 {callback} 中");
        saved_now: "Saved", "已保存";
        not_saved: "Not saved", "未保存";
        not_saved_since(reason: &str): format!("Not saved: {reason}"), format!("未保存：{reason}");
        zoom(percent: u32): format!("{percent} %"), format!("{percent} %");
        zoom_name(percent: u32): format!("Zoom {percent} %"), format!("缩放 {percent} %");
        language_name(name: &str): format!("Language: {name}"), format!("语言：{name}");
        shortcuts: "shortcuts", "快捷键";
    }
}

texts! {
    /// Short messages above the status bar. Four seconds, and never the only place where something is said.
    NoticesText {
        region: "Notices", "通知";
        close: "Close this notice", "关闭这条通知";
        compare: "Compare", "比较";
        undo: "Undo", "撤销";
        copied(what: &str): format!("{what} copied"), format!("已复制 {what}");
        copied_masked(what: &str):
            format!("{what} copied, secrets masked"),
            format!("已复制 {what}，敏感值已隐藏");
        copied_request_curl: "Request as curl", "请求（curl）";
        copied_request_http: "Request as HTTP", "请求（HTTP 原文）";
        copied_story: "Story", "经过";
        copied_comparison: "Comparison", "比较结论";
        copied_json: "Trace as JSON", "跟踪（JSON）";
        copied_command_line: "Command line", "命令行";
        copied_place(place: &str): format!("{place} copied"), format!("已复制 {place}");
        command_line_needs_file:
            "These edits have no command line. Save the scenario, then copy again",
            "命令行无法表达这些修改。请先保存场景，再复制";
        json_too_large(size: u64):
            format!("The trace is too large for the clipboard ({}). Use filterlab run --json", super::bytes(size)),
            format!("跟踪太大，无法放入剪贴板（{}）。请使用 filterlab run --json", super::bytes(size));
        copied_with_secrets(what: &str):
            format!("{what} copied. It may contain secrets that the run needs"),
            format!("已复制 {what}，其中可能含有运行所需的敏感值");
        shared(name: &str, size: u64):
            format!("Saved as {name} ({})", super::bytes(size)),
            format!("已保存为 {name}（{}）", super::bytes(size));
        shared_with_secrets(name: &str, size: u64):
            format!("Saved as {name} ({}). It holds the request's credentials, so that it runs the same", super::bytes(size)),
            format!("已保存为 {name}（{}）。其中包含请求的凭据，以便得到相同的运行结果", super::bytes(size));
        share_without_secrets: "Save without them", "改为不含凭据";
        shared_masked(name: &str, size: u64):
            format!("Saved as {name} ({}). Credentials in headers are masked; configurations and bodies are as they are", super::bytes(size)),
            format!("已保存为 {name}（{}）。头部中的凭据已遮盖；配置和消息体保持原样", super::bytes(size));
        report_masked(name: &str, size: u64):
            format!("Saved as {name} ({}). Credentials are masked in it", super::bytes(size)),
            format!("已保存为 {name}（{}）。其中的凭据已遮盖", super::bytes(size));
        report_with_secrets(name: &str, size: u64):
            format!("Saved as {name} ({}). It shows credentials, as the window does now", super::bytes(size)),
            format!("已保存为 {name}（{}）。与当前窗口一样，其中显示了凭据", super::bytes(size));
        not_shared(name: &str, why: &str, place: Option<&str>):
            match place {
                Some(place) => format!("{name} was not saved: {why} ({place})"),
                None => format!("{name} was not saved: {why}"),
            },
            match place {
                Some(place) => format!("未能保存 {name}：{why}（{place}）"),
                None => format!("未能保存 {name}：{why}"),
            };
        shared_unknown(name: &str, n: usize):
            format!("{name} holds {} that this Filterlab does not know", super::count(n, "part", "parts")),
            format!("{name} 中有 {n} 个部分是当前 Filterlab 不认识的");
        other_run(what: &str):
            format!("This is not the run that was shared: {what}"),
            format!("这不是分享时的运行结果：{what}");
        saved_as(name: &str): format!("saved as {name}"), format!("已保存为 {name}");
        not_saved(reason: &str):
            format!("not saved: {reason}. Try Save as…"),
            format!("未能保存：{reason}。请试试另存为…");
        settings_reset(kept: &str):
            format!("Settings could not be read and were reset; scenarios are untouched. The old file is kept as {kept}"),
            format!("设置文件无法读取，已恢复默认；场景不受影响。原文件保留为 {kept}");
        no_file(name: &str):
            format!("{name} was not found. Check the path"),
            format!("找不到 {name}，请检查路径");
        reading(name: &str): format!("Reading {name}…"), format!("正在读取 {name}…");
        put_aside(name: &str):
            format!("{name} had unsaved edits"),
            format!("{name} 有尚未保存的修改");
        bring_back: "Bring it back", "重新打开";
        no_sample(name: &str):
            format!("There is no sample {name}. Choose one under Samples"),
            format!("没有名为 {name} 的示例，请在“示例”中选择");
    }
}
