//! What an exporter leaves out: every field that says something, but for those that the format carries.

use serde::Serialize;
use serde_json::Value;

use super::envoy::URL;
use super::{LeftOut, Place, Why};
use crate::scenario::{Filter, Scenario};

/// The fields of an object, unknown ones among them, that are not as they are by themselves, but for those that a format
/// `carries`. `at` is the place of the object; empty for the scenario.
pub(super) fn rest<T: Serialize + Default>(object: &T, at: &str, carries: &[&str]) -> Vec<LeftOut> {
    let (Ok(Value::Object(fields)), Ok(Value::Object(plain))) =
        (serde_json::to_value(object), serde_json::to_value(T::default()))
    else {
        return Vec::new();
    };
    let is_lost =
        |(name, value): &(String, Value)| !carries.contains(&name.as_str()) && plain.get(name) != Some(value);
    let place = |name: String| if at.is_empty() { name } else { format!("{at}.{name}") };
    let lost = fields.into_iter().filter(is_lost);
    lost.map(|(name, _)| LeftOut::new(Place::Field(place(name)), Why::NoCounterpart)).collect()
}

/// The same of a scenario whose filters and messages are looked at one by one.
pub(super) fn rest_of_scenario(scenario: &Scenario, carries: &[&str]) -> Vec<LeftOut> {
    let Scenario { chain, request, reply, .. } = Scenario::default();
    // Modules and bodies need not be written down for this.
    let bare = Scenario { chain, request, reply, ..scenario.clone() };
    rest(&bare, "", &[&["version", "name"], carries].concat())
}

/// Fields of a filter that nobody knows, but for the address that an import has kept.
pub(super) fn unknown(filter: &Filter, place: &str) -> impl Iterator<Item = LeftOut> {
    let names = filter.unknown.keys().filter(|name| *name != URL);
    names.map(move |name| LeftOut::new(Place::Field(format!("{place}.{name}")), Why::NoCounterpart))
}
