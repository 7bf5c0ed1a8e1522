//! What lies over the window: palette, shortcut sheet, drop overlay, dialog for a typed path.

use super::{number, texts};

texts! {
    OverlaysText {
        palette_name: "Commands", "命令";
        palette_hint: "Type a command, a header, a callback or a file", "输入命令、头部、回调或文件名";
        palette_recent: "Recent", "最近使用";
        palette_commands: "Commands", "命令";
        palette_headers_and_callbacks: "Headers and callbacks", "头部与回调";
        palette_samples: "Samples", "示例";
        palette_files: "Files", "文件";
        palette_choose: "choose", "选择";
        palette_run: "run", "执行";
        palette_commands_only: "commands only", "只看命令";
        palette_events: "events", "事件";
        palette_event_group: "Events", "事件";
        /// How a command that switches something stands.
        palette_on: "on", "已开";
        palette_off: "off", "已关";
        palette_languages: "also in 中文 and pinyin", "也可输入拼音或英文";
        palette_nothing: "Nothing matches. Try fewer letters", "没有匹配项，试试少输几个字";
        palette_of(shown: usize, all: usize):
            format!("{} of {}", number(shown), number(all)),
            format!("{} / {}", number(shown), number(all));
        palette_file_gone: "the file is no longer there", "文件已不在";
        header_added(part: &str, event: &str): format!("{part}, added by {event}"), format!("{part}，由 {event} 添加");
        header_removed(part: &str, event: &str): format!("{part}, removed by {event}"), format!("{part}，由 {event} 删除");
        header_replaced(part: &str, event: &str): format!("{part}, changed by {event}"), format!("{part}，由 {event} 修改");
        in_event(event: &str): format!("in {event}"), format!("位于 {event}");
        callback: "callback", "回调";
        request_header: "request header", "请求头";
        request_trailer: "request trailer", "请求尾部";
        response_header: "response header", "响应头";
        response_trailer: "response trailer", "响应尾部";
        go_to(what: &str): format!("Go to {what}"), format!("转到 {what}");

        secrets_title: "Show secrets to the audience?", "向观众显示敏感值？";
        secrets_why:
            "Values of authorization, cookie and set-cookie become readable on this screen. H hides them again",
            "authorization、cookie、set-cookie 的值会显示在屏幕上。按 H 可再次隐藏";
        secrets_keep: "Keep them hidden", "保持隐藏";
        secrets_show: "Show them", "显示";
        secrets_hidden: "secrets hidden", "敏感值已隐藏";
        secrets_shown: "secrets shown", "敏感值可见";
        hidden: "hidden", "已隐藏";
        pressed(keys: &str): format!("Pressed {keys}"), format!("按下 {keys}");

        sheet_title: "Keyboard shortcuts", "快捷键";
        sheet_fixed: "In lists and fields", "列表与输入框";
        sheet_move: "Move in a list", "在列表中移动";
        sheet_ends: "First and last row", "第一行与最后一行";
        sheet_follow: "Go from a change to its cause, or back", "在改动与原因之间跳转";
        sheet_unfold: "Fold and unfold", "折叠与展开";
        sheet_reorder: "Move a row of an editor", "移动编辑器中的行";
        sheet_switch: "Switch a row on or off, run a scenario", "开关某一行，运行场景";
        sheet_remove: "Remove a row, delete a scenario", "移除某一行，删除场景";
        sheet_rename: "Edit a cell, rename a scenario", "编辑单元格，重命名场景";
        sheet_leave: "Close, leave a field, or stop", "关闭、离开输入框或停止";
        sheet_digits: "Open a sample, show or hide a log level", "打开示例，显示或隐藏日志级别";
        sheet_search: "Find a shortcut", "查找快捷键";

        drop_open(name: &str): format!("Open the filter {name}"), format!("打开过滤器 {name}");
        drop_folder(name: &str): format!("Open the scenarios in {name}"), format!("打开 {name} 中的场景");
        drop_scenario(name: &str): format!("Open the scenario {name}"), format!("打开场景 {name}");
        drop_add(name: &str): format!("Add {name} to the chain"), format!("将 {name} 添加到链中");
        drop_unknown(name: &str):
            format!("{name} is neither a filter nor a scenario"),
            format!("{name} 既不是过滤器也不是场景");
        drop_unnamed: "Open what you drop", "打开拖入的文件";
        drop_several(n: usize):
            format!("Open {} files, each in a tab of its own", number(n)),
            format!("打开 {} 个文件，每个一个标签页", number(n));
        drop_too_many(first: usize, n: usize):
            format!("Open the first {} of {} files, each in a tab of its own", number(first), number(n)),
            format!("打开 {} 个文件中的前 {} 个，每个一个标签页", number(n), number(first));
        drop_accepts: "a filter ends with .wasm, a scenario with .json", "过滤器以 .wasm 结尾，场景以 .json 结尾";
        drop_in_a_tab: "In a tab of its own", "在新标签页中打开";
        drop_is_open: "It is open already: its tab is shown", "它已打开，将切换到对应标签页";

        path_title: "Open by path", "按路径打开";
        path_label: "Path of a .wasm filter or a scenario", ".wasm 过滤器或场景文件的路径";
        path_hint: "/home/me/filter.wasm", "/home/me/filter.wasm";
        samples_title: "Samples", "示例";
        path_share_title: "Save a file to share", "保存分享文件";
        path_share_label: "Path of the file", "文件路径";
        path_export_label: "Path of the file to write", "要写入的文件路径";
        path_save_title: "Save as", "另存为";
        path_body_title: "Body from a file", "用文件作为消息体";
        path_save_label: "Path of the scenario file to write", "要写入的场景文件路径";
        path_body_label: "Path of the file", "文件路径";
        path_module_title: "Module by path", "按路径选择模块";
        path_module_label: "Path of a .wasm filter", ".wasm 过滤器的路径";
        path_save: "Save", "保存";
        path_use: "Use", "使用";
        path_empty: "Type a path first", "请先输入路径";
        path_why:
            "Type or paste it; ~/ is the home folder. Dropping the file on the window works too",
            "输入或粘贴路径，~/ 表示主目录。也可以把文件拖到窗口上";
        path_why_to_write: "Type or paste it; ~/ is the home folder", "输入或粘贴路径，~/ 表示主目录";
        path_open: "Open", "打开";
        path_missing: "There is no file at this path", "该路径下没有文件";
    }
}
