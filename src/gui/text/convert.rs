//! What is said of files of other tools: read, pasted, exported.

use super::{count, texts};

texts! {
    ConvertText {
        export_title: "Export as", "导出为";
        export_hint: "Writes a file for another tool; the scenario stays as it is", "为其他工具写出文件；场景保持不变";
        left_out_title: "Not carried over", "未能保留的内容";
        left_out_hint: "Everything else was", "其余内容均已保留";
        left_out(of: &str, n: usize):
            format!("{of}: {} not carried over", count(n, "thing was", "things were")),
            format!("{of}：有 {n} 处内容未能保留");
        show: "Show", "查看";
        copy_all: "Copy all", "全部复制";
        request_replaced(what: &str): format!("Request taken from the {what}"), format!("已采用请求（{what}）");
        opened(what: &str): format!("Opened from the {what}"), format!("已打开（{what}）");
        drop_a_filter: "There is no filter yet. Drop a .wasm on the window", "还没有过滤器。请把 .wasm 拖到窗口中";
        not_pasted:
            "Pasted text is no request or configuration that Filterlab knows",
            "粘贴的文本不是 Filterlab 认识的请求或配置";
        drop_traffic(name: &str, what: &str):
            format!("Take the request from {name} ({what})"),
            format!("采用 {name}（{what}）中的请求");
        drop_foreign(name: &str, what: &str): format!("Open {name} ({what})"), format!("打开 {name}（{what}）");
        path_folder: "Path of the folder to write", "要写入的文件夹路径";
        path_title: "Export to a path", "导出到路径";
    }
}
