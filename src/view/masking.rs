//! Scenarios without their credentials, for files that leave the house.
//!
//! What the window masks is masked: the values of headers that carry credentials, wherever a scenario has such lines, and
//! properties that stand for them. Configurations, variables of the environment and bodies stay as they are.

use serde_json::Value;

use super::secrets;
use crate::scenario::{Body, HeaderLine, Property, Reply, Scenario};

/// Masks the credentials of a scenario. A run of it is another run.
pub fn mask(scenario: &mut Scenario) {
    lines(&mut scenario.request.headers);
    lines(&mut scenario.request.trailers);
    reply(&mut scenario.reply);
    for then in &mut scenario.then {
        if let Some(request) = &mut then.request {
            lines(&mut request.headers);
            lines(&mut request.trailers);
        }
        then.reply.iter_mut().for_each(reply);
    }
    for callout in &mut scenario.callouts {
        lines(&mut callout.headers);
        for answer in &mut callout.answers {
            lines(&mut answer.headers);
            lines(&mut answer.trailers);
        }
    }
    for property in &mut scenario.properties.0 {
        mask_property(property);
    }
    for expectation in &mut scenario.expect {
        let name = expectation.name.to_ascii_lowercase();
        if !secrets::is_secret(name.as_bytes()) {
            continue;
        }
        if let Some(Value::String(value)) = &mut expectation.is {
            *value = secrets::mask(name.as_bytes(), value);
        }
        for value in [&mut expectation.contains, &mut expectation.starts_with, &mut expectation.ends_with] {
            if let Some(value) = value {
                *value = secrets::mask(name.as_bytes(), value);
            }
        }
    }
}

fn reply(reply: &mut Reply) {
    lines(&mut reply.headers);
    lines(&mut reply.trailers);
    reply.again.iter_mut().for_each(self::reply);
}

fn lines(lines: &mut [HeaderLine]) {
    for line in lines {
        let name = line.name.to_ascii_lowercase();
        if secrets::is_secret(name.as_bytes()) {
            let shown = secrets::mask(name.as_bytes(), &String::from_utf8_lossy(&line.value.0));
            line.value = Body::from(shown);
        }
    }
}

fn mask_property(property: &mut Property) {
    let Some(last) = property.path.last() else { return };
    let name = last.to_ascii_lowercase();
    if !secrets::is_secret(&name) {
        return;
    }
    let masked = match &property.json {
        Value::String(value) => secrets::mask(&name, value),
        _ => secrets::mask(&name, ""),
    };
    if let Ok(replaced) = Property::parse(&property.text, Value::String(masked)) {
        *property = replaced;
    }
}
