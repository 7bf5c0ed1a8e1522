//! Test suites of Google's service extensions, as `tests.textpb` or in YAML.
//!
//! `docs/convert.md` says what a test becomes, and where the tester differs from Envoy.

mod export;
mod import;
mod schema;
mod textproto;
mod tree;
mod yaml;

use self::schema::Suite;
use super::{Error, Export, Exported, Files, Format, Imported, Input, Reason};

/// Most tests of a suite: each becomes a scenario.
const MOST_TESTS: usize = 10_000;

/// Reads a suite: one scenario for each test.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let text = input.text()?;
    let node = match is_yaml(input.name) {
        Some(true) => yaml::parse(text)?,
        Some(false) => textproto::parse(text)?,
        // Whichever it is; what is neither is most likely text with a mistake in it.
        None => textproto::parse(text).or_else(|error| yaml::parse(text).map_err(|_| error))?,
    };
    let suite = Suite::read(node)?;
    if suite.tests.is_empty() {
        return Err(Error::new(Reason::NoRequest));
    }
    if suite.tests.len() > MOST_TESTS {
        return Err(Error::new(Reason::TooMany { limit: MOST_TESTS }));
    }
    let (scenarios, left_out) = import::import(&suite, input)?;
    Ok(Imported { format: Format::Suite, scenarios, left_out })
}

/// Writes a suite of one test, as text.
pub(super) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let (text, left_out) = export::export(export.scenario);
    Ok(Exported { files: Files::One(text.into()), left_out })
}

/// By the name; `None`: it does not say.
fn is_yaml(name: &str) -> Option<bool> {
    const NAMES: [(&str, bool); 5] =
        [(".yaml", true), (".yml", true), (".textpb", false), (".txtpb", false), (".textproto", false)];
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, is_yaml)| *is_yaml)
}

#[cfg(test)]
mod tests;
