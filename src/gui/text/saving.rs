//! Saving, what is kept until the next start, and files that others write to.

use super::texts;

texts! {
    SavingText {
        changed_title(name: &str):
            format!("{name} was changed by another program"),
            format!("{name} 已被其他程序修改");
        changed_why:
            "Nothing was written yet. With their version your edits stay one step back: undo brings them back",
            "尚未写入任何内容。若改用文件中的版本，你的修改仍可通过撤销找回";
        read_only(file: &str): format!("{file} is read-only"), format!("{file} 是只读文件");
        exists_title(name: &str): format!("{name} is there already"), format!("{name} 已存在");
        exists_why: "Nothing was written yet. What is in it would be lost", "尚未写入任何内容。覆盖后原有内容将丢失";
        leave_it: "Leave the file as it is", "保持文件不变";
        take_theirs: "Take their version", "改用文件中的版本";
        overwrite: "Overwrite", "覆盖";
        not_taken(fields: &[String]):
            format!("What stands in {} cannot be read, so the file keeps what was there", fields.join(", ")),
            format!("{}中的内容无法识别，文件中仍是原来的值", fields.iter().map(|name| format!("“{name}”")).collect::<String>());
        saving: "Saving…", "正在保存…";
        /// What is not in a file is there again at the next start.
        kept: "Kept until the next start. Saving puts it into a file", "下次启动时仍会恢复；保存后会写入文件";
        not_kept(reason: &str):
            format!("Edits would be lost with this window: {reason}. Save them to a file"),
            format!("关闭窗口后未保存的修改会丢失：{reason}。请保存到文件");
        changed_on_disk(name: &str):
            format!("{name} was changed by another program. Your edits are kept"),
            format!("{name} 已被其他程序修改，你的修改仍保留");
        read_anew(name: &str):
            format!("{name} was changed by another program and read again"),
            format!("{name} 已被其他程序修改，已重新读取");
        file_is_gone(name: &str):
            format!("{name} is no longer there. The scenario is kept; save it to have a file again"),
            format!("文件 {name} 已不在，场景仍保留；保存后会重新生成文件");
        cannot_read_anew(name: &str, reason: &str):
            format!("{name} cannot be read: {reason}"),
            format!("无法读取 {name}：{reason}");
        broken(kept: &str):
            format!("A scenario of the last session could not be read. Its file is kept as {kept}"),
            format!("上次会话中的一个场景无法读取，其文件保留为 {kept}");
        broken_index(kept: &str):
            format!("The order of the tabs could not be read. Its file is kept as {kept}"),
            format!("标签页的顺序无法读取，其文件保留为 {kept}");
        newer(path: &str):
            format!("A scenario of the last session was kept by a newer Filterlab; it stays in {path}"),
            format!("上次会话中的一个场景由更新版本的 Filterlab 保存，仍留在 {path}");
    }
}
