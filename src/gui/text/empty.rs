//! The empty screen.

use super::{number, texts};

texts! {
    EmptyText {
        drop_here: "Drop a .wasm filter here", "把 .wasm 过滤器拖到这里";
        or: "or", "或";
        also_accepts:
            "Scenarios, envoy.yaml, WasmPlugin, EnvoyFilter and HAR files work too; paste a curl command with Ctrl+V",
            "也接受场景文件、envoy.yaml、WasmPlugin、EnvoyFilter、HAR；curl 命令可以直接粘贴 (Ctrl+V)";
        try_a_sample: "Try a sample", "试试示例";
        samples_hint:
            "each with source and scenarios; its digit opens and runs it",
            "每个都带源码和场景，按数字键打开并立即运行";
        all_samples(n: usize): format!("All {} samples", number(n)), format!("全部 {} 个示例", number(n));
        sample_card(title: &str, sentence: &str): format!("{title}. {sentence}"), format!("{title}。{sentence}");
        recent: "Recent", "最近打开";
        no_recent: "Files you open appear here", "打开过的文件会显示在这里";
        remove_from_list: "Remove from the list", "从列表中移除";
        file_gone: "no longer there", "文件已不在";
        expectations_all_met(n: usize):
            if n == 1 { "1 expectation met".to_owned() } else { format!("all {} expectations met", number(n)) },
            format!("{} 条预期全部满足", number(n));
        today(time: &str): format!("today {time}"), format!("今天 {time}");
        yesterday(time: &str): format!("yesterday {time}"), format!("昨天 {time}");
        no_filter_yet: "No filter yet?", "还没有过滤器？";
        write_your_first: "Write your first filter", "编写第一个过滤器";
    }
}
