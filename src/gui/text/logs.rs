//! Logs and findings.

use super::{number, texts};

texts! {
    LogsText {
        filter: "Filter", "筛选";
        filter_name: "Filter log lines", "筛选日志";
        levels: "Levels shown", "显示的级别";
        from_level(level: &str): format!("{level} and above"), format!("{level} 及以上");
        level_toggle(level: &str): format!("Show level {level}"), format!("显示 {level} 级别");
        /// The last row of a log that a limit cut off.
        cut: "The trace ends here, and more was written: raise the limit in Env",
            "跟踪到此为止，之后还有日志：可在“环境”中提高上限";
        none_yet: "The filter wrote no log lines", "过滤器没有写日志";
        none_match: "No line matches the filter", "没有符合筛选的日志";
        shown_of(n: usize, m: usize):
            format!("{} of {}", number(n), number(m)),
            format!("{} / {}", number(n), number(m));
        clear_filter: "Clear the filter", "清除筛选";
        /// The accessible name of a row, and what Enter does on it.
        row(time: &str, level: &str, text: &str):
            format!("{time}, {level}: {text}"),
            format!("{time}，{level}：{text}");
        no_findings: "Nothing suspicious was found in this run", "这次运行没有发现可疑之处";
        /// Beneath a run that did not end well.
        no_further_findings: "No further findings", "没有其他发现";
        run_ended(words: &str): format!("The run ended with: {words}"), format!("运行结果：{words}");
        /// Lines that Envoy would not write at the level of the scenario.
        below(n: usize, level: &str):
            format!("{} below {level}, not written", number(n)),
            format!("{} 行低于 {level}，不会写出", number(n));
        below_note(level: &str):
            format!("Envoy logs filters at level {level} here. Change “Log level” under Env to see these lines"),
            format!("此处 Envoy 的日志级别为 {level}。要看到这些行，请修改“环境”中的“日志级别”");
    }
}
