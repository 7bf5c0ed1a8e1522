//! Bodies in the changes view: how they are shown, copied and cut.

use super::texts;

texts! {
    BodiesText {
        /// The ways of a body's switch.
        whole: "Whole", "整体";
        chunks: "Chunks", "分块";
        bytes: "Bytes", "字节";
        switch_name(part: &str): format!("{part}: how it is shown"), format!("{part}：显示方式");
        escapes_ignored: "escapes ignored", "已忽略转义差异";
        /// At a value of which only the beginning is shown.
        cut(size: &str): format!("cut, {size} in total"), format!("已截断，共 {size}");
        not_utf8: "not UTF-8", "非 UTF-8";
        picture: "Picture", "图片";
        broken_picture(reason: &str):
            format!("The picture cannot be decoded: {reason}"),
            format!("无法解码图片：{reason}");
        large_picture:
            "The picture is too large for a preview; its bytes are shown below",
            "图片太大，无法预览；下方显示其字节";
        copied(what: &str): format!("Copied {what}"), format!("已复制 {what}");
        no_row: "Choose a row of the changes first", "请先在改动中选择一行";
    }
}
