//! Scenarios from and to the files of other tools: one module per format.

mod command_line;
mod curl;
mod envoy;
mod files;
mod har;
mod hostile;
mod http;
mod hurl;
mod kubernetes;
mod made;
mod oci;
mod sharing;
mod words;

use filterlab::convert::{self, Error, Export, Files, Format, Imported};
use filterlab::run::ModuleSource;
use filterlab::scenario::{Request, Scenario, Source};
use filterlab::view::Language;
use filterlab::view::sentences::convert::left_out_line;

/// Reads what was pasted, and says what is wrong if it cannot be read.
#[track_caller]
fn read(format: Format, text: impl AsRef<[u8]>) -> Imported {
    let text = text.as_ref();
    convert::open_bytes(text, Some(format))
        .unwrap_or_else(|error| panic!("{error:?}: {}", String::from_utf8_lossy(text)))
}

#[track_caller]
fn refused(format: Format, text: impl AsRef<[u8]>) -> Error {
    convert::open_bytes(text.as_ref(), Some(format)).expect_err("it cannot be read")
}

/// The file that a scenario becomes, and the places of what was left out.
#[track_caller]
fn write(format: Format, scenario: &Scenario) -> (Vec<u8>, Vec<String>) {
    let modules = ModuleSource::all(scenario, &Source::default());
    let export =
        Export { scenario, modules: &modules, trace: None, with_secrets: true, language: Language::English };
    let exported = convert::write(format, &export).unwrap_or_else(|error| panic!("{error:?}"));
    let Files::One(bytes) = exported.files else { panic!("it is one file") };
    (bytes.to_vec(), exported.left_out.iter().map(|item| item.place.to_string()).collect())
}

/// `name: value` of each header that is sent.
fn lines(request: &Request) -> Vec<String> {
    let on = request.headers.iter().filter(|line| line.on);
    on.map(|line| format!("{}: {}", line.name, String::from_utf8_lossy(&line.value.0))).collect()
}

/// What was left out, as the command line says it.
fn left_out(imported: &Imported) -> Vec<String> {
    let line = |item| left_out_line(Language::English, item).as_str().to_owned();
    imported.left_out.iter().map(line).collect()
}
