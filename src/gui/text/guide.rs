//! Findings and the guide.

use super::{number, texts};

texts! {
    FindingsText {
        show_event: "Show the event", "显示对应的事件";
        copy_markdown: "Copy as Markdown", "复制为 Markdown";
        copied: "The finding was copied as Markdown", "已将该发现复制为 Markdown";
        /// A button that runs the scenario with the setting.
        try_with(setting: &str): format!("Try with {setting}"), format!("试用 {setting}");
        tried(setting: &str):
            format!("{setting} was set in the scenario"),
            format!("已在场景中设置 {setting}");
        undo: "Undo", "撤销";
        guide(title: &str): format!("Guide: {title}"), format!("指南：{title}");
        previous: "Previous time", "上一次";
        next: "Next time", "下一次";
        place_of(n: usize, m: usize):
            format!("{} of {}", number(n), number(m)),
            format!("{} / {}", number(n), number(m));
    }
}

texts! {
    GuideText {
        title: "Guide", "指南";
        pages: "Pages of the guide", "指南页面";
        back: "Back", "返回";
        next(title: &str): format!("Next: {title}"), format!("下一页：{title}");
        copy_code: "Copy this code", "复制这段代码";
        opens_browser: "opens in the browser", "在浏览器中打开";
    }
}
