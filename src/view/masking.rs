//! Scenarios without their credentials, for files that leave the house.
//!
//! What the window masks is masked: the values of headers that carry credentials, wherever a scenario has such lines, and
//! properties that stand for them. Configurations, variables of the environment and bodies stay as they are.

use serde_json::Value;

use super::secrets;
use crate::scenario::{Body, Expectation, HeaderLine, Property, Reply, Scenario};

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
    scenario.expect.iter_mut().for_each(expectation);
}

/// Masks what is compared with a credential: a value of such a header, or a line `name: value`.
fn expectation(expectation: &mut Expectation) {
    let Expectation { name, is, contains, starts_with, ends_with, matches, .. } = expectation;
    let header = name.to_ascii_lowercase();
    let masked = |text: &str| match header.is_empty() {
        true => secrets::mask_row(text, text),
        false => secrets::is_secret(header.as_bytes()).then(|| secrets::mask(header.as_bytes(), text)),
    };
    if let Some(Value::String(text)) = is {
        *text = masked(text).unwrap_or_else(|| std::mem::take(text));
    }
    for text in [contains, starts_with, ends_with, matches].into_iter().flatten() {
        *text = masked(text).unwrap_or_else(|| std::mem::take(text));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_wherever_a_scenario_has_them() {
        let text = r#"{"chain": [{"filter": "f.wasm"}],
          "request": {"headers": [["Authorization", "Bearer s3cr3t"], ["cookie", "a=s3cr3t"], ["x-open", "1"]]},
          "reply": {"headers": [["set-cookie", "a=s3cr3t; Secure"]], "again": [{"headers": [["x-api-key", "s3cr3t"]]}]},
          "then": [{"request": {"trailers": [["x-api-key", "s3cr3t"]]}, "reply": {"headers": [["cookie", "s3cr3t"]]}}],
          "callouts": [{"headers": [["authorization", "s3cr3t"]], "answers": [{"headers": [["set-cookie", "b=s3cr3t"]]}]}],
          "properties": {"request.headers.authorization": "s3cr3t", "own": "1"},
          "expect": [{"that": "upstream.header", "name": "Authorization", "is": "s3cr3t"},
                     {"that": "upstream.header", "name": "cookie", "contains": "s3cr3t", "matches": "s3cr3t"},
                     {"that": "upstream.header", "is": "authorization: Bearer s3cr3t"},
                     {"that": "downstream.body", "contains": "open"}]}"#;
        let mut scenario = Scenario::from_json(text).expect("it is a scenario");
        mask(&mut scenario);
        let masked = scenario.to_json();
        assert!(!masked.contains("s3cr3t"), "{masked}");
        assert!(
            masked.contains("Bearer ••••••••") && masked.contains("\"open\"") && masked.contains("x-open")
        );
        let once = scenario.clone();
        mask(&mut scenario);
        assert_eq!(scenario, once, "what is masked stays as it is");
    }
}
