//! Which workloads an object is for, so that objects for the same ones share a chain.

use serde_json::Value;

use super::Resource;
use crate::convert::fields::Object;

/// Istio's namespace for what concerns all others.
const ROOT: &str = "istio-system";

/// The workloads that an object chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Targets {
    namespace: String,
    /// Labels and references; empty: all of the namespace.
    chosen: Vec<Value>,
}

impl Targets {
    pub fn of(resource: &Resource<'_>, spec: &Object<'_>) -> Self {
        let names = ["selector", "workloadSelector", "targetRef", "targetRefs"];
        let found = names.into_iter().filter_map(|name| Some(chosen_by(name, spec.get(name)?.value)));
        let chosen = found.filter(|value| !is_empty(value)).collect();
        Self { namespace: resource.namespace.clone(), chosen }
    }

    pub fn are_of_root(&self) -> bool {
        self.namespace == ROOT
    }

    /// Whether everything that `other` chooses is chosen by these, too.
    fn include(&self, other: &Self) -> bool {
        (self.are_of_root() || self.namespace == other.namespace)
            && (self.chosen.is_empty() || self.chosen == other.chosen)
    }
}

/// What a field chooses, the same for all kinds: each has its own words for it.
fn chosen_by(name: &str, value: &Value) -> Value {
    let labels = match name {
        "selector" => value.get("matchLabels"),
        "workloadSelector" => value.get("labels"),
        "targetRef" => return Value::Array(vec![value.clone()]),
        _ => None,
    };
    labels.unwrap_or(value).clone()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

/// The narrowest sets of workloads, each with those of `all` that concern it, in their order.
pub(super) fn groups<T>(all: &[T], targets: impl Fn(&T) -> &Targets) -> Vec<Vec<&T>> {
    let mut distinct: Vec<&Targets> = Vec::new();
    for item in all {
        if !distinct.contains(&targets(item)) {
            distinct.push(targets(item));
        }
    }
    let narrow =
        distinct.iter().filter(|found| !distinct.iter().any(|other| other != *found && found.include(other)));
    narrow.map(|found| all.iter().filter(|item| targets(item).include(found)).collect()).collect()
}
