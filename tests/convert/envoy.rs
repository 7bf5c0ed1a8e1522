//! Envoy's bootstrap, in and out.

use filterlab::convert::{self, Export, Files, Format};
use filterlab::samples;

#[test]
fn exports() {
    for sample in samples::all() {
        for found in &sample.scenarios {
            let modules = sample.modules(&found.scenario);
            let export = Export {
                scenario: &found.scenario,
                modules: &modules,
                trace: None,
                with_secrets: true,
                language: filterlab::view::Language::English,
            };
            let written = convert::write(Format::Envoy, &export).expect("it can be written");
            println!("{} {:?}", found.name, written.left_out);
            let Files::One(bytes) = written.files else { panic!() };
            std::fs::write(format!("/tmp/yamlx/{}.envoy.yaml", found.name), bytes).expect("written");
        }
    }
}
