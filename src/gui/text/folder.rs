//! The folder of scenarios, files that are watched, and comparisons.

use super::{count, number, texts};

texts! {
    /// The list of scenarios and their files.
    FolderText {
        title: "Scenarios", "场景";
        in_folder(n: usize, name: &str):
            format!("{} in {name}", number(n)), format!("{name} 中有 {} 个", number(n));
        none_open: "No folder open", "还没有打开文件夹";
        none_open_hint:
            "Open a folder of .scenario.json files to run them all and see what a rebuild changes",
            "打开存放 .scenario.json 文件的文件夹，即可全部运行，并查看重新编译带来的变化";
        empty: "No scenarios in this folder", "这个文件夹里没有场景";
        empty_hint: "New makes one from what is open", "“新建”会根据当前内容创建一个场景";
        none_match: "No scenario matches the filter", "没有符合筛选条件的场景";
        open_folder: "Open folder…", "打开文件夹…";
        filter: "Filter", "筛选";
        filter_name: "Filter of the scenarios", "筛选场景";
        run_all: "Run all", "全部运行";
        stop: "Stop", "停止";
        new_scenario: "New scenario", "新建场景";
        new_name: "New scenario", "新场景";
        duplicate: "Duplicate", "创建副本";
        rename: "Rename", "重命名";
        delete: "Delete", "删除";
        name: "Name of the scenario", "场景的名称";
        list: "Scenarios of the folder", "文件夹中的场景";
        pass(n: usize): if n == 1 { "1 passes".to_owned() } else { format!("{} pass", number(n)) },
            format!("{} 个通过", number(n));
        fail(n: usize): if n == 1 { "1 fails".to_owned() } else { format!("{} fail", number(n)) },
            format!("{} 个失败", number(n));
        findings(n: usize): count(n, "finding", "findings"), format!("{} 个发现", number(n));
        of(n: usize, all: usize): format!("{} of {}", number(n), number(all)), format!("{} / {}", number(n), number(all));
        not_run: "not run", "未运行";
        running(n: usize, all: usize):
            format!("{} of {} run", number(n), number(all)), format!("已运行 {} / {}", number(n), number(all));
        word_pass: "passes", "通过";
        word_fails: "fails", "失败";
        word_finding: "passes with findings", "通过，但有发现";
        odd: "cannot be read", "无法读取";
        not_runnable: "cannot be run", "无法运行";
        fixed: "fixed", "变为通过";
        broken: "broken", "变为失败";
        output: "output", "输出不同";
        inside: "inside", "内部行为不同";
        same: "same", "相同";
        expectations: "Expectations", "预期";
        no_expectations: "Nothing is expected: the run passes if it ends well", "没有设置预期：运行正常结束即为通过";
        not_run_yet: "It has not run yet", "还没有运行";
        resize: "Height of the expectations", "预期区域的高度";
        compare: "Compare", "比较";
        cannot_list(reason: &str):
            format!("The folder cannot be read: {reason}"), format!("无法读取文件夹：{reason}");
        is_cut(n: usize):
            format!("Only the first {} scenarios are listed", number(n)),
            format!("只列出前 {} 个场景", number(n));
        name_taken: "there is a file of that name", "已有同名文件";
        not_done(name: &str, reason: &str):
            format!("{name} stays as it was: {reason}"), format!("{name} 保持不变：{reason}");
        deleted(name: &str, trash: &str):
            format!("{name} was deleted. Its file is kept in {trash}"),
            format!("已删除 {name}，文件保留在 {trash}");
        bring_back: "Undo", "撤销";
        no_folder: "no folder is open", "还没有打开文件夹";
        nothing_chosen: "no scenario is chosen", "没有选择场景";
        not_in_front: "open the scenario first", "请先打开该场景";
        /// At the foot of the window.
        some_fail(n: usize, all: usize):
            format!("{} of {} {}", number(n), number(all), if n == 1 { "fails" } else { "fail" }),
            format!("{} 个中有 {} 个失败", number(all), number(n));
        passed_before(name: &str): format!("{name} passed with the build before"), format!("{name} 在之前的版本中通过");
        some_broken(n: usize): format!("{} passed with the build before", number(n)), format!("{} 个在之前的版本中通过", number(n));
        some_fixed(n: usize): format!("{} fixed", number(n)), format!("{} 个变为通过", number(n));
        took(time: &str): format!("run in {time}"), format!("用时 {time}");
    }
}

texts! {
    /// Files that changed on the disk.
    WatchingText {
        reloaded(time: &str): format!("reloaded {time}"), format!("{time} 已重新加载");
        rebuilt(name: &str): format!("{name} was rebuilt"), format!("{name} 已重新编译");
        run: "Run", "运行";
        gone(name: &str):
            format!("{name} is gone from the disk; the last build is still there to run"),
            format!("{name} 已从磁盘上消失；仍可运行上一次的编译结果");
        broken(name: &str, why: &str):
            format!("The build of {name} on disk cannot be loaded: {why}. The last good one was run"),
            format!("磁盘上的 {name} 无法加载：{why}。已运行上一个可用的版本");
        broken_word: "broken on disk", "磁盘上的文件已损坏";
        show_why: "Show why", "查看原因";
        scenario_read(name: &str):
            format!("{name} was read again from the disk"), format!("已从磁盘重新读取 {name}");
        scenario_differs(name: &str):
            format!("{name} was changed by another program; your edits are still here"),
            format!("{name} 已被其他程序修改；你的修改仍保留在这里");
        take_it: "Take the file's", "采用文件内容";
        scenario_broken(name: &str, reason: &str):
            format!("{name} on disk is no scenario any more: {reason}"),
            format!("磁盘上的 {name} 已不是有效的场景：{reason}");
    }
}

texts! {
    /// Two runs, or two builds, side by side.
    CompareText {
        title: "Compare two builds", "比较两个版本";
        title_runs: "Compare two runs", "比较两次运行";
        note: "same scenarios, same host rules", "场景相同，宿主规则相同";
        note_runs: "any of the last runs with any other", "最近的任意两次运行";
        back: "Back to the run", "返回运行结果";
        not_compared: "nothing has been compared", "还没有比较结果";
        swap: "Swap A and B", "交换 A 与 B";
        order: "The build before always stands at the left", "之前的版本始终在左侧";
        choose_a: "Run at the left", "左侧的运行";
        choose_b: "Run at the right", "右侧的运行";
        run_number(n: u64): format!("run {n}"), format!("第 {n} 次运行");
        round_number(n: u64): format!("round {n}"), format!("第 {n} 轮");
        built(time: &str): format!("built {time}"), format!("编译于 {time}");
        ran(time: &str): format!("run at {time}"), format!("运行于 {time}");
        baseline: "before", "之前";
        pinned: "baseline, pinned", "基准，已固定";
        now: "on disk now", "磁盘上的当前版本";
        pin: "Pin as the baseline", "固定为基准";
        unpin: "Let the baseline follow", "让基准随之更新";
        pinned_now(n: u64): format!("Run {n} is pinned: others are compared with it"),
            format!("已固定第 {n} 次运行：其他运行将与它比较");
        unpinned(n: u64): format!("Run {n} is no longer pinned"), format!("已取消固定第 {n} 次运行");
        scenarios: "Scenarios", "场景";
        differ(n: usize, all: usize):
            format!("{} of {} differ", number(n), number(all)),
            format!("{} 个中有 {} 个不同", number(all), number(n));
        what_differs: "what differs", "不同之处";
        only_differences: "only differences", "只看不同";
        cost: "Cost per request", "每个请求的开销";
        measured(n: usize):
            format!("median of {} runs each, in turns", number(n)),
            format!("各运行 {} 次取中位数，交替进行", number(n));
        measuring: "being measured…", "正在测量…";
        no_costs: "One of both could not be loaded", "其中一个无法加载";
        no_difference: "Nothing differs", "没有不同";
        no_difference_hint: "Both got and did the same; only times can differ", "两者收到和执行的内容相同，只有时间可能不同";
        too_few: "There is only one run so far", "目前只有一次运行";
        too_few_hint: "Edit the scenario or rebuild the filter, and run again", "修改场景或重新编译过滤器，然后再次运行";
        comparing: "Comparing", "正在比较";
        made_again: "a large run was made again for this", "其中较大的运行已为此重新执行";
        unchanged_rows(n: usize): count(n, "unchanged row", "unchanged rows"), format!("{} 行未变", number(n));
        list: "What differs between A and B", "A 与 B 的不同之处";
    }
}
