use crate::support::{run, run_edited};
use filterlab::view::*;
#[test]
fn dump2() {
    for name in [
        "mask_pii/mask_pii",
        "mask_pii/trailers",
        "mask_pii/broken_json",
        "mask_pii/not_json",
        "access_check/forbidden",
        "access_check/access_check",
        "add_headers/add_headers",
        "add_headers/bad_config",
    ] {
        let run = run(name);
        for language in Language::ALL {
            println!("{}", story::story(language, &run.trace, &run.changes, 0).with_backticks());
            let s = summary::Summary::new(&run.trace, run.changes.items().len());
            let line = summary::status_line(language, &run.trace, &run.scenario, &s, 14);
            println!(
                "{} {}",
                line.word,
                line.parts.iter().map(|t| t.to_string()).collect::<Vec<_>>().join(" · ")
            );
            println!(
                "{:?}",
                phases::phases(&run.trace, &run.changes, 0)
                    .iter()
                    .map(|p| format!("{} {} {:?}", phases::name(language, p.kind), p.changes, p.state))
                    .collect::<Vec<_>>()
            );
        }
        let t = timeline::Timeline::new(&run.trace);
        for (i, row) in t.rows().iter().enumerate() {
            let (name, text) = timeline::describe(&run.trace, row, t.totals(i), Language::English);
            println!(
                "{}{name} {} {text} {:?} {:?} {}+{}",
                "  ".repeat(row.depth as usize),
                timeline::Answer::of(&run.trace, &run.scenario, row.event).word(),
                row.role,
                t.totals(i),
                row.begin,
                row.length
            );
        }
    }
    let _ = run_edited("mask_pii/mask_pii", |_| {});
}
