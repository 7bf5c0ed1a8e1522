//! Names of commands, and what their tooltips say.

use std::borrow::Cow;

use super::{Language, Text};
use crate::gui::commands::{Command, Group};

impl Text {
    /// The command's name in menus, in the palette and on the shortcut sheet.
    #[must_use]
    pub fn command(self, command: &Command) -> Cow<'static, str> {
        let (en, zh): (&'static str, &'static str) = match command {
            Command::OpenDialog => ("Open…", "打开…"),
            Command::OpenTypedPath => ("Open by path…", "按路径打开…"),
            Command::ShowSamples => ("Samples", "示例"),
            Command::ReloadModule => ("Reload module", "重新加载模块"),
            Command::Save => ("Save scenario", "保存场景"),
            Command::SaveAs => ("Save scenario as…", "场景另存为…"),
            Command::TakeFile => ("Read the scenario again from its file", "从文件重新读取场景"),
            Command::Export => ("Export…", "导出…"),
            Command::ShareFile => ("Save a file to share…", "保存分享文件…"),
            Command::ShareMaskedFile => {
                ("Save a file to share without secrets…", "保存不含敏感信息的分享文件…")
            }
            Command::SaveReport => ("Save a report…", "保存报告…"),
            Command::CloseFilter => ("Close tab", "关闭标签页"),
            Command::ReopenClosed => ("Reopen closed tab", "重新打开已关闭的标签页"),
            Command::Quit => ("Quit", "退出"),
            Command::Run => ("Run", "运行"),
            Command::Stop => ("Stop", "停止"),
            Command::ToggleLive => ("Live", "实时"),
            Command::CountInstructions => ("Count instructions", "统计指令数"),
            Command::SoakHundred => ("Soak: send the request 100 times", "浸泡测试：发送请求 100 次"),
            Command::SoakThousand => ("Soak: send the request 1,000 times", "浸泡测试：发送请求 1,000 次"),
            Command::SoakTenThousand => {
                ("Soak: send the request 10,000 times", "浸泡测试：发送请求 10,000 次")
            }
            Command::ShowEnd => ("State at the end of the run", "运行结束时的状态"),
            Command::PutSoakAway => ("Back to the requests of the run", "返回本次运行的请求"),
            Command::Undo => ("Undo", "撤销"),
            Command::Redo => ("Redo", "重做"),
            Command::AddFilter => ("Add a filter to the chain…", "在链中添加过滤器…"),
            Command::ShowTemplates => ("Templates", "模板"),
            Command::ExpectThis => ("Expect this", "预期如此"),
            Command::MakeMock => ("Make a mock for the callout", "为外部调用创建模拟应答"),
            Command::EditLookedAt => ("Edit the request that is looked at", "编辑当前查看的请求"),
            Command::ShowExpectations => ("Show expectations", "显示预期"),
            Command::CopyCurl => ("Copy request as curl", "复制请求为 curl 命令"),
            Command::CopyHttp => ("Copy request as raw HTTP", "复制请求为 HTTP 原文"),
            Command::CopyStory => ("Copy story", "复制经过"),
            Command::CopyJson => ("Copy trace as JSON", "复制跟踪为 JSON"),
            Command::CopyCommandLine => ("Copy command line", "复制命令行"),
            Command::Palette => ("Commands", "命令"),
            Command::Filter => ("Filter", "筛选"),
            Command::NextChange => ("Next change", "下一处改动"),
            Command::PreviousChange => ("Previous change", "上一处改动"),
            Command::NextRequest => ("Next request", "下一个请求"),
            Command::PreviousRequest => ("Previous request", "上一个请求"),
            Command::NextEvent => ("Next event", "下一个事件"),
            Command::PreviousEvent => ("Previous event", "上一个事件"),
            Command::NextWrite => ("Next event that changed something", "下一个有改动的事件"),
            Command::PreviousWrite => ("Previous event that changed something", "上一个有改动的事件"),
            Command::Back => ("Back", "后退"),
            Command::Forward => ("Forward", "前进"),
            Command::NextTab => ("Next tab", "下一个标签页"),
            Command::PreviousTab => ("Previous tab", "上一个标签页"),
            Command::MoveTabLeft => ("Move tab to the left", "向左移动标签页"),
            Command::MoveTabRight => ("Move tab to the right", "向右移动标签页"),
            Command::NextRegion => ("Next part of the window", "下一个区域"),
            Command::PreviousRegion => ("Previous part of the window", "上一个区域"),
            Command::ShowRequest => ("Show request", "显示请求"),
            Command::ShowResponse => ("Show response", "显示响应"),
            Command::ShowConfig => ("Show configuration", "显示配置"),
            Command::ShowEnvironment => ("Show environment", "显示环境"),
            Command::ShowChanges => ("Show changes", "显示改动"),
            Command::ShowTimeline => ("Show timeline", "显示时间线"),
            Command::ShowStream => ("Show stream", "显示数据流"),
            Command::ShowHostCalls => ("Show host calls", "显示宿主调用"),
            Command::ShowState => ("Show state", "显示状态"),
            Command::ShowGuide => ("Open the guide", "打开指南"),
            Command::ShowPreflight => ("Show preflight: what the module is", "显示预检：模块概况"),
            Command::ShowLogs => ("Show logs", "显示日志"),
            Command::ShowFindings => ("Show findings", "显示发现"),
            Command::SideBySide => ("Before and after side by side", "前后并排"),
            Command::Unified => ("Before and after in one column", "合并为一列"),
            Command::Raw => ("Messages as HTTP text", "以 HTTP 原文显示消息"),
            Command::GroupCalls => ("Group host calls by name", "按名称分组宿主调用"),
            Command::BodiesWhole => ("Bodies as a whole", "消息体：整体"),
            Command::BodiesInChunks => {
                ("Bodies in chunks, as they came and went", "消息体：分块（到达与发出）")
            }
            Command::BodiesAsBytes => ("Bodies as bytes", "消息体：字节"),
            Command::CopyValue => ("Copy the value of the row", "复制所选行的值"),
            Command::CopyPart => ("Copy the part as it is after the filters", "复制过滤器处理后的部分"),
            Command::OnlyChanges => ("Only changes", "只看改动"),
            Command::TimelineSteps => ("Timeline: all events equally wide", "时间线：所有事件等宽"),
            Command::TimelineZoomIn => ("Timeline: zoom in", "时间线：放大"),
            Command::TimelineZoomOut => ("Timeline: zoom out", "时间线：缩小"),
            Command::TimelineFit => ("Timeline: show the whole run", "时间线：显示整个运行"),
            Command::CollapseAll => ("Fold or unfold all callbacks", "折叠或展开所有回调"),
            Command::ToggleDetail => ("Details of the event", "事件详情"),
            Command::ToggleRawArguments => ("Raw arguments", "原始参数"),
            Command::ToggleMask => ("Mask secrets", "隐藏敏感值"),
            Command::FoldLeftPanel => ("Fold the left panel", "折叠左侧面板"),
            Command::FoldLogs => ("Fold the logs", "折叠日志"),
            Command::ThemeSystem => ("Theme: as the system", "主题：跟随系统"),
            Command::ThemeLight => ("Theme: light", "主题：浅色"),
            Command::ThemeDark => ("Theme: dark", "主题：深色"),
            Command::ThemeHighContrast => ("Theme: high contrast", "主题：高对比度"),
            Command::ToggleReducedMotion => ("Reduce motion", "减少动画"),
            // Each in itself, so that whoever cannot read the present language finds the own one.
            Command::English => return "Language: English".into(),
            Command::SimplifiedChinese => return "语言：简体中文".into(),
            Command::ZoomIn => ("Zoom in", "放大"),
            Command::ZoomOut => ("Zoom out", "缩小"),
            Command::ZoomReset => ("Zoom 100 %", "缩放 100 %"),
            Command::Present => ("Presentation", "演示模式"),
            Command::OpenFolder => ("Open a folder of scenarios…", "打开场景文件夹…"),
            Command::CloseFolder => ("Close the folder of scenarios", "关闭场景文件夹"),
            Command::ShowScenarios => ("Show scenarios", "显示场景列表"),
            Command::RunFolder => {
                ("Run all scenarios of the folder, or stop", "运行文件夹中的全部场景，或停止")
            }
            Command::NewScenario => ("New scenario in the folder", "在文件夹中新建场景"),
            Command::DuplicateScenario => ("Duplicate the chosen scenario", "创建所选场景的副本"),
            Command::RenameScenario => ("Rename the chosen scenario…", "重命名所选场景…"),
            Command::DeleteScenario => ("Delete the chosen scenario", "删除所选场景"),
            Command::RunScenario => ("Run the chosen scenario of the folder", "运行文件夹中所选的场景"),
            Command::CopyComparison => ("Copy the comparison's sentence", "复制比较结论"),
            Command::CompareRuns => ("Compare two runs or builds", "比较两次运行或两个版本"),
            Command::PinRun => {
                ("Pin this run as the baseline, or let go of it", "将本次运行固定为基准，或取消固定")
            }
            Command::ShortcutSheet => ("Keyboard shortcuts", "快捷键"),
            Command::Dismiss => ("Close", "关闭"),
            Command::OpenPath(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                return self.sentence(format!("Open {name}"), format!("打开 {name}"));
            }
            Command::OpenSample(name) => {
                return self.sentence(format!("Open sample {name}"), format!("打开示例 {name}"));
            }
            Command::OpenSampleCard(index) => {
                let place = index + 1;
                return self.sentence(format!("Open sample {place}"), format!("打开第 {place} 个示例"));
            }
            Command::OpenRecent(index) => {
                let place = index + 1;
                return self
                    .sentence(format!("Open recent file {place}"), format!("打开第 {place} 个最近的文件"));
            }
            Command::ToggleLogLevel(level) => {
                let place = level + 1;
                return self.sentence(
                    format!("Show or hide log level {place}"),
                    format!("显示或隐藏第 {place} 级日志"),
                );
            }
            // Never shown: they come from the control that is used.
            Command::OpenPaths(_) => return Cow::Borrowed(""),
            Command::Edit(..)
            | Command::Choose(_)
            | Command::DropOnChain(_)
            | Command::ReplaceModule(_)
            | Command::UseModule(..)
            | Command::TakeModuleOut(_)
            | Command::LookAt(_)
            | Command::UseTemplate(_)
            | Command::Expect(_)
            | Command::SetBodyKind(..)
            | Command::BodyFromFile(_)
            | Command::SelectChange(_)
            | Command::RevealChange(_)
            | Command::SelectRow(..)
            | Command::FollowChange(_)
            | Command::FollowEvent(_)
            | Command::SelectEvent(_)
            | Command::RevealEvent(_)
            | Command::ShowEvent(_)
            | Command::ShowSpan(..)
            | Command::FilterLogs(_)
            | Command::FilterCalls(_)
            | Command::FilterTimeline(_)
            | Command::ShowStateSection(_)
            | Command::SelectState(_)
            | Command::SelectVersion(_)
            | Command::SelectGroup(_)
            | Command::ShowGroup(_)
            | Command::ShowPreflightOf(_)
            | Command::ShowGuideAt(_)
            | Command::FoldFindings(_)
            | Command::Try(..)
            | Command::SelectHost(_)
            | Command::Fold(_)
            | Command::FoldSection(_)
            | Command::FoldStory
            | Command::Unfold(..)
            | Command::OnlyMyCode
            | Command::UnfoldFrames(_)
            | Command::CopyPlace(_)
            | Command::RemoveRecent(_)
            | Command::ShowTab(_)
            | Command::CloseTab(_)
            | Command::MoveTab(..)
            | Command::SetOverlay(_)
            | Command::Overwrite
            | Command::UseTypedPath
            | Command::Folder(_)
            | Command::Compare(_)
            | Command::ShowSecrets
            | Command::ExportAs(_)
            | Command::Import(_)
            | Command::CloseNotice(_)
            | Command::ShareMasked(_) => return Cow::Borrowed(""),
        };
        self.pick(en, zh).into()
    }

    /// What the command does, where its name leaves a doubt; else nothing.
    #[must_use]
    pub fn command_note(self, command: &Command) -> Option<&'static str> {
        let (en, zh) = match command {
            Command::OpenDialog => ("A .wasm filter or a scenario", ".wasm 过滤器或场景文件"),
            Command::OpenTypedPath => ("Type or paste where the file is", "输入或粘贴文件所在路径"),
            Command::ShareFile => (
                "Scenario, modules and run in one .filterlab file, which runs the same anywhere",
                "场景、模块和运行结果合为一个 .filterlab 文件，在任何地方运行结果都相同",
            ),
            Command::SaveReport => (
                "The run as one HTML file for any browser",
                "把本次运行保存为一个 HTML 文件，可用任何浏览器查看",
            ),
            Command::ReloadModule => {
                ("Read the .wasm again from disk and run", "从磁盘重新读取 .wasm 并运行")
            }
            Command::ToggleLive => ("Run again after every edit", "每次修改后自动重新运行"),
            Command::CountInstructions => (
                "WebAssembly instructions of each callback; the filter is slower meanwhile",
                "每个回调执行的 WebAssembly 指令数；统计时过滤器会变慢",
            ),
            Command::SoakHundred | Command::SoakThousand | Command::SoakTenThousand => (
                "To the same VMs, separate from the run shown: does memory grow?",
                "发给同一组 VM，不影响当前显示的运行：看内存是否增长",
            ),
            Command::Run => ("Run the scenario now", "立即运行当前场景"),
            Command::Stop => {
                ("Stop the run, whatever the filter is doing", "无论过滤器在做什么，都停止本次运行")
            }
            Command::OnlyChanges => ("Fold what the filter left alone", "折叠过滤器没有改动的部分"),
            Command::ToggleMask => ("authorization, cookie, set-cookie", "authorization、cookie、set-cookie"),
            Command::ExpectThis => (
                "Adds an expectation of what is chosen: a header, a value, a log line, a metric",
                "为所选内容（头部、值、日志、指标等）添加预期",
            ),
            Command::ShowTemplates => {
                ("Requests, replies and mocks for the common cases", "常见情形的请求、应答与模拟应答")
            }
            Command::CopyStory => ("As Markdown, with tables of the changes", "Markdown 格式，附改动表格"),
            Command::CopyJson => ("As filterlab run --json prints it", "与 filterlab run --json 的输出相同"),
            Command::CopyCommandLine => ("Repeats this run in a terminal", "在终端中重现这次运行"),
            Command::Present => {
                ("Larger, with secrets hidden and pressed keys shown", "放大显示，隐藏敏感值，显示按键")
            }
            Command::ToggleReducedMotion => ("Changes appear at once", "变化立即呈现，不做动画"),
            _ => return None,
        };
        Some(self.pick(en, zh))
    }

    /// The heading of a group of commands.
    #[must_use]
    pub fn command_group(self, group: Group) -> &'static str {
        let (en, zh) = match group {
            Group::File => ("File", "文件"),
            Group::Run => ("Run", "运行"),
            Group::Edit => ("Edit", "编辑"),
            Group::Navigate => ("Go to", "转到"),
            Group::Show => ("Show", "显示"),
            Group::View => ("View", "视图"),
            Group::Help => ("Help", "帮助"),
        };
        self.pick(en, zh)
    }

    const fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        match self.language {
            Language::English => en,
            Language::SimplifiedChinese => zh,
        }
    }

    fn sentence(self, en: String, zh: String) -> Cow<'static, str> {
        match self.language {
            Language::English => en.into(),
            Language::SimplifiedChinese => zh.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::commands::COMMANDS;

    fn is_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c))
    }

    #[test]
    fn command_names_are_unique_and_in_their_language() {
        for language in Language::ALL {
            let text = Text::new(language);
            let mut names = std::collections::HashSet::new();
            for spec in COMMANDS {
                let name = text.command(&spec.command);
                // The names of languages are written in themselves.
                if ![Command::English, Command::SimplifiedChinese].contains(&spec.command) {
                    assert_eq!(is_chinese(&name), language == Language::SimplifiedChinese, "{name}");
                }
                assert!(!name.ends_with('.') && !name.ends_with('。'), "{name}: a name is no sentence");
                assert!(names.insert(name.clone()), "{name} stands for two commands");
            }
        }
    }
}
