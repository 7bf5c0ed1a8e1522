//! The empty screen.

use super::texts;

texts! {
    EmptyText {
        drop_here: "Drop a .wasm filter here", "把 .wasm 过滤器拖到这里";
        or: "or", "或";
        also_accepts:
            "Or a scenario, curl, HAR, envoy.yaml, Istio …, also pasted. It runs at once, on this machine, without a proxy",
            "也接受场景、curl、HAR、envoy.yaml、Istio 等，可以直接粘贴。过滤器会在本机立即运行，无需代理";
        try_a_sample: "Try a sample", "试试示例";
        samples_hint:
            "each with source and a scenario; its digit opens and runs it",
            "每个都带源码和场景，按数字键打开并立即运行";
        sample_card(title: &str, sentence: &str): format!("{title}. {sentence}"), format!("{title}。{sentence}");
        recent: "Recent", "最近打开";
        no_recent: "Files you open appear here", "打开过的文件会显示在这里";
        remove(name: &str): format!("Remove {name} from the list"), format!("从列表中移除 {name}");
        open_recent(name: &str, folder: &str, outcome: &str):
            format!("Open {name} in {folder}, {outcome}"),
            format!("打开 {folder} 中的 {name}，{outcome}");
        finished: "finished", "已完成";
        replied: "replied itself", "直接回复";
        paused: "paused forever", "永久暂停";
        trapped: "trapped", "已崩溃";
        stopped: "stopped at a limit", "达到限制而停止";
        refused: "refused", "被拒绝";
        not_run: "not run yet", "尚未运行";
        file_gone: "no longer there", "文件已不在";
    }
}
