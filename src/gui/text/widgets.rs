//! What controls say to a screen reader, and their small words.

use super::{number, texts};

texts! {
    WidgetsText {
        /// Only visible rows of a long list exist for a screen reader, so each says where it stands.
        row_of(row: usize, rows: usize):
            format!("row {} of {}", number(row), number(rows)),
            format!("第 {} 行，共 {} 行", number(row), number(rows));
        list_of(name: &str, rows: usize):
            format!("{name}, {} rows", number(rows)),
            format!("{name}，共 {} 行", number(rows));
        tab(name: &str, count: &str): format!("{name} {count}"), format!("{name} {count}");
        unavailable(name: &str, reason: &str): format!("{name}: {reason}"), format!("{name}：{reason}");
        fold(name: &str): format!("Fold {name}"), format!("折叠 {name}");
        unfold(name: &str): format!("Unfold {name}"), format!("展开 {name}");
        /// Two sentences beside each other.
        sentences(first: &str, second: &str): format!("{first} {second}"), format!("{first}{second}");
        wrong_value(label: &str, reason: &str): format!("{label}: {reason}"), format!("{label}：{reason}");

        row_copy(name: &str): format!("Copy {name}"), format!("复制 {name}");
        row_off(name: &str): format!("{name}, off"), format!("{name}，已关闭");
        header_remove(name: &str): format!("Remove {name}"), format!("移除 {name}");
        header_move_up(name: &str): format!("Move {name} up"), format!("上移 {name}");
        header_move_down(name: &str): format!("Move {name} down"), format!("下移 {name}");
        header_on(name: &str): format!("Send {name}"), format!("发送 {name}");
        header_name(row: usize): format!("Name of header {row}"), format!("第 {row} 个头部的名称");
        header_value(name: &str): format!("Value of {name}"), format!("{name} 的值");
        header_name_hint: "name", "名称";
        header_value_hint: "value", "值";
        header_unnamed(row: usize): format!("header {row}"), format!("第 {row} 个头部");
        no_headers: "No headers yet", "还没有头部";
        no_variables: "No variables yet", "还没有变量";
        variable_name(row: usize): format!("Name of variable {row}"), format!("第 {row} 个变量的名称");
        variable_unnamed(row: usize): format!("variable {row}"), format!("第 {row} 个变量");
        no_names: "No names: none is found", "没有域名：均无法解析";
        address_name(row: usize): format!("Name {row}"), format!("第 {row} 个域名");
        address_unnamed(row: usize): format!("name {row}"), format!("第 {row} 个域名");
        addresses_hint: "addresses, with commas", "地址，以逗号分隔";
        choose(name: &str): format!("Choose: {name}"), format!("选择：{name}");
        hidden: "hidden", "已隐藏";
        hidden_value: "hidden value", "已隐藏的值";

        diff_same(text: &str): format!("unchanged: {text}"), format!("未改动：{text}");
        diff_added(text: &str): format!("added: {text}"), format!("新增：{text}");
        diff_removed(text: &str): format!("removed: {text}"), format!("删除：{text}");
        diff_changed(before: &str, after: &str):
            format!("changed: {before}, now {after}"),
            format!("修改：原为 {before}，现为 {after}");
        diff_written_by(row: &str, provenance: &str):
            format!("{row}, written by {provenance}"),
            format!("{row}，由 {provenance} 写入");
        moved_after(neighbour: &str): format!("after {neighbour}"), format!("移到 {neighbour} 之后");
        moved_first: "now first", "移到最前";

        viewer_line(line: usize, lines: usize):
            format!("line {} of {}", number(line), number(lines)),
            format!("第 {} 行，共 {} 行", number(line), number(lines));
    }
}
