//! Error cards: what happened, where, and what to do next.

use super::{bytes, texts};

texts! {
    ErrorsText {
        what: "What", "问题";
        whereabouts: "Where", "位置";
        envoy_says: "Envoy says", "Envoy 的说法";
        means: "Means", "含义";
        what_to_do: "What to do", "怎么办";

        choose_another: "Choose another file…", "选择其他文件…";
        choose_place: "Choose another place…", "选择其他位置…";
        choose_module: "Choose its module…", "为它选择模块…";
        see_exports: "See what it exports", "查看它的导出";
        see_imports: "See all imports", "查看全部导入";
        copy_details: "Copy details", "复制详情";
        copy_report: "Copy report", "复制报告";
        copy_markdown: "Copy as Markdown", "复制为 Markdown";
        show_configuration: "Show the configuration", "查看配置";
        run_again: "Run again", "再次运行";
        show_in_timeline: "Show in timeline", "在时间线中显示";
        raise_limit: "Raise the limit…", "提高上限…";

        rebuild: "Rebuild. The file is watched, the run starts by itself", "重新构建即可。文件在监视之中，会自动运行";

        trapped(callback: &str): format!("The filter trapped in {callback}"), format!("过滤器在 {callback} 中崩溃");
        last_calls: "Host calls before it", "此前的宿主调用";
        frames: "Frames", "调用栈";
        only_my_code: "only my code", "只看我的代码";
        keep_names: "Build without stripping to see names here", "构建时不要去除符号，这里就会显示名称";
        in_production: "What this does in production", "在生产环境中会怎样";
        policy: "policy", "策略";
        own_policy: "the policy of this scenario", "本场景的策略";
        copy_place(place: &str): format!("Copy {place}"), format!("复制 {place}");
        this_request: "this request", "这个请求";
        next_requests: "the next requests", "之后的请求";
        last_host_calls: "Last host calls", "最后的宿主调用";
        before_the_trap: "before the trap", "崩溃之前";

        body_too_large(name: &str, limit: u64):
            format!("{name} is too large: a body may have at most {}. Choose a smaller file", bytes(limit)),
            format!("{name} 太大：消息体最多 {}，请选择更小的文件", bytes(limit));
        cannot_read(name: &str, reason: &str): format!("{name} cannot be read: {reason}"), format!("无法读取 {name}：{reason}");
    }
}
