use filterlab::host::*;
use filterlab::run::*;
use filterlab::samples;
fn main() {
    let engine = Engine::new(Compiler::Cranelift).unwrap();
    let s = samples::find("add_headers").unwrap();
    let m = Module::compile(&engine, s.module).unwrap();
    let mut sc = s.scenario.clone();
    sc.repeat = std::env::args().nth(1).unwrap().parse().unwrap();
    let plan = Plan::new(&sc, vec![m]).unwrap();
    let t = std::time::Instant::now();
    let tr = execute(&plan, &StopHandle::default());
    eprintln!(
        "{:?} per request, {} events {} calls",
        t.elapsed() / sc.repeat,
        tr.events().len() / sc.repeat as usize,
        tr.call_count() / sc.repeat as usize
    );
    if let Some(n) = std::env::args().nth(2) {
        let t = std::time::Instant::now();
        for _ in 0..n.parse::<u32>().unwrap() {
            std::hint::black_box(execute(&plan, &StopHandle::default()));
        }
        eprintln!("{:?}", t.elapsed() / n.parse::<u32>().unwrap() / sc.repeat);
    }
}
