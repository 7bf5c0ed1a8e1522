fn main() {
    let path = std::env::args().nth(1).expect("path");
    let p = std::path::PathBuf::from(&path);
    let s = filterlab::scenario::Scenario::load(&p).expect("scenario");
    let t = filterlab::run::run_scenario(&s, &filterlab::scenario::Source { file: Some(p) }).expect("runs");
    for (id, e) in t.numbered() {
        println!("{} {:?} {:?}", id.index(), e.kind, t.args(id));
    }
    for l in t.logs() {
        println!("{:?} {}", l.level, String::from_utf8_lossy(l.message));
    }
    println!("{:?}", t.outcome);
    println!("{:#?}", t.exchanges[0].downstream);
}
