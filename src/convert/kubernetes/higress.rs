//! What Higress hands a plugin: its default configuration, with the rules for routes, domains and services under `_rules_`.

use serde_json::{Map, Value};

use crate::convert::fields::Object;
use crate::convert::{Error, LeftOut, Reason, Why};

/// The condition of a rule, and the name that plugins know it by.
const CONDITIONS: [(&str, &str); 3] =
    [("ingress", "_match_route_"), ("service", "_match_service_"), ("domain", "_match_domain_")];

/// The configuration of a plugin. `None`: it is switched off everywhere, and Higress does not load it.
pub(super) fn config(
    spec: &Object<'_>,
    left: &mut Vec<LeftOut>,
) -> Result<Option<Map<String, Value>>, Error> {
    let (default, is_off) = (spec.object("defaultConfig")?, spec.truth("defaultConfigDisable")?);
    let rules = rules(spec, left)?;
    if let Some(given) = spec.object("pluginConfig")? {
        return Ok(Some(given.map.clone()));
    }
    let mut config = default.filter(|_| !is_off).map(|default| default.map.clone()).unwrap_or_default();
    if rules.is_empty() {
        return Ok((!is_off).then_some(config));
    }
    config.insert("_rules_".into(), rules.into());
    Ok(Some(config))
}

fn rules(spec: &Object<'_>, left: &mut Vec<LeftOut>) -> Result<Vec<Value>, Error> {
    let mut rules = Vec::new();
    for at in spec.list("matchRules")? {
        let rule = at.object()?;
        let config = rule.object("config")?;
        let mut written = config.map(|config| config.map.clone()).unwrap_or_default();
        let is_off = rule.truth("configDisable")?;
        let mut has_condition = false;
        for (name, known_as) in CONDITIONS {
            let found = rule.list(name)?;
            if !found.is_empty() {
                has_condition = true;
                let found = found.iter().map(|item| item.text().map(Value::from));
                written.insert(known_as.into(), found.collect::<Result<Vec<_>, _>>()?.into());
            }
        }
        rule.rest(&[], Why::Unknown, left);
        if is_off {
            continue;
        }
        if !has_condition {
            return Err(at.error(Reason::Missing("ingress, domain or service".into())));
        }
        rules.push(written.into());
    }
    Ok(rules)
}

/// The other way round: a configuration with `_rules_` as `defaultConfig` and `matchRules`. `None`: a rule has no condition
/// that Higress knows, or is no object.
pub(super) fn split(config: &Map<String, Value>) -> Option<(Map<String, Value>, Vec<Value>)> {
    let mut default = config.clone();
    let rules = match default.shift_remove("_rules_") {
        None => Vec::new(),
        Some(Value::Array(rules)) => rules,
        Some(_) => return None,
    };
    let rule = |rule: &Value| {
        let mut config = rule.as_object()?.clone();
        let mut written = Map::new();
        for (name, known_as) in CONDITIONS {
            if let Some(found) = config.shift_remove(known_as) {
                found.as_array().filter(|found| found.iter().all(Value::is_string))?;
                written.insert(name.into(), found);
            }
        }
        (!written.is_empty()).then_some(())?;
        written.insert("config".into(), config.into());
        Some(Value::from(written))
    };
    Some((default, rules.iter().map(rule).collect::<Option<_>>()?))
}
