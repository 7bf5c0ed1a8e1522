//! The state of the filters in the window: what it was after any event, who wrote it, and whether memory leaks.

use std::path::PathBuf;

use egui::Key;
use filterlab::gui::{commands::Command, model::CenterTab, shell::Start};
use filterlab::view::state::Section;
use serde_json::{Value, json};

use crate::filters::{Filter, bytes, filter};
use crate::support::picture;
use crate::window::Window;

const PROBE: &[u8] = include_bytes!("../envoy_parity/filters/probe/probe.wasm");

/// What a gateway with a counter, a cache, a queue, a timer and a call to another service does.
const SCRIPT: &str = "conf shset \"hits\" \"0\" 0
conf qreg \"jobs\"
conf def 0 \"requests_total\"
conf def 2 \"body_bytes\"
conf tick 10
reqh shset \"hits\" \"14\" 1
reqh shset \"last/path\" \"/v1/users\" 0
reqh inc 4 1
reqh prop \"request\\0path\"
reqh prop \"request\\0headers\\0authorization\"
reqh prop \"response\\0code\"
reqh prop \"cluster_name\"
reqh call \"auth-service\" [\":method\" \"GET\" \":path\" \"/check\" \":authority\" \"auth\"] \"\" [] 1000
reqh ret 1
call eff 2
call cont 0
resh rec 6 346
resh prop \"response\\0code\"
resh qenq 1 \"audit\"
resh shset \"hits\" \"15\" 0
log shset \"hits\" \"16\" 0";

fn scenario(filter: &Filter, more: Value) -> PathBuf {
    let path = filter.path.with_file_name("s.scenario.json");
    let name = filter.path.file_name().expect("it has one").to_string_lossy().into_owned();
    let mut scenario = json!({ "chain": [{ "filter": name, "plugin_config": SCRIPT }] });
    let fields = scenario.as_object_mut().expect("it is a map");
    fields.extend(more.as_object().expect("it is a map").clone());
    std::fs::write(&path, scenario.to_string()).expect("the file can be written");
    path
}

fn gateway(size: [f32; 2]) -> (Filter, Window) {
    let filter = bytes("gateway.wasm", PROBE);
    let mocks = json!([{ "upstream": "auth-service", "answers": [{ "status": 200, "delay_ms": 42 }] }]);
    let headers = json!({ "url": "http://a/v1/users", "headers": [["authorization", "Bearer abc"]] });
    let path =
        scenario(&filter, json!({ "callouts": mocks, "request": headers, "reply": { "delay_ms": 30 } }));
    let mut window = Window::sized(size, Start::Path(path));
    window.does(Command::ShowState);
    (filter, window)
}

/// Takes so many bytes of memory with each request, until a request.
fn takes(bytes: u32, until: u32) -> Filter {
    let body = format!(
        r#"(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_increment_metric" (func $add (param i32 i64) (result i32)))
        (data (i32.const 8) "seen")
        (global $used (mut i32) (i32.const 65536)) (global $turn (mut i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $define (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 64))) (i32.const 1))
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
          (drop (call $add (i32.load (i32.const 64)) (i64.const 3)))
          (if (i32.lt_u (global.get $turn) (i32.const {until}))
            (then
              (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
              (global.set $used (i32.add (global.get $used) (i32.const {bytes})))
              (if (i32.gt_u (global.get $used) (i32.mul (memory.size) (i32.const 65536)))
                (then (drop (memory.grow (i32.const 1)))))))
          (i32.const 0))"#
    );
    filter("takes.wasm", &body)
}

#[test]
fn the_state_can_be_drawn() {
    let (_filter, mut window) = gateway([1280.0, 800.0]);
    for section in Section::ALL {
        window.does(Command::ShowStateSection(section));
        window.does(Command::SelectState(0));
        picture(&mut window.harness, &format!("state-{section:?}-dark"));
    }
    window.does(Command::ThemeLight);
    window.does(Command::SimplifiedChinese);
    for section in Section::ALL {
        window.does(Command::ShowStateSection(section));
        window.does(Command::SelectState(0));
        picture(&mut window.harness, &format!("state-{section:?}-zh-light"));
    }
    let (_filter, mut window) = gateway([900.0, 600.0]);
    window.does(Command::ShowStateSection(Section::SharedData));
    window.does(Command::SelectState(0));
    picture(&mut window.harness, "state-small");
    let leaks = takes(4096, u32::MAX);
    let mut window = Window::new(Start::Path(leaks.path.clone()));
    window.does(Command::ShowStateSection(Section::Memory));
    picture(&mut window.harness, "state-memory-one-request");
    window.does(Command::SoakThousand);
    picture(&mut window.harness, "state-soak-dark");
    window.does(Command::ThemeLight);
    window.does(Command::SimplifiedChinese);
    picture(&mut window.harness, "state-soak-zh-light");
    window.does(Command::English);
    window.does(Command::ShowStateSection(Section::Metrics));
    window.does(Command::SelectState(0));
    picture(&mut window.harness, "state-soak-metrics-light");
    let mut window = Window::sized([900.0, 600.0], Start::Path(takes(65536, 20).path.clone()));
    window.does(Command::SoakHundred);
    picture(&mut window.harness, "state-soak-small");
}
