//! `fastedge-config.test.json`: a request with properties for one module, as Gcore's FastEdge tester reads it.

use serde_json::{Map, Value, json};

use super::rest::{rest, rest_of_scenario};
use super::{Error, Export, Exported, Files, Format, Imported, Input, LeftOut, Place, Reason, Why};
use crate::scenario::{Body, Filter, HeaderLine, Property, Reply, Request, Scenario};

/// Stands for the tester's own upstream, which sends the request back.
const BUILT_IN: &str = "built-in";
const PROXY_WASM: &str = "proxy-wasm";

/// Reads a test: a scenario with one filter.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, Error> {
    let config: Map<String, Value> =
        serde_json::from_str(input.text()?).map_err(|error| Error::of_json(&error))?;
    let mut reader =
        Reader { scenario: Scenario::default(), filter: Filter::default(), left_out: Vec::new() };
    for (name, value) in &config {
        reader.field(name, value)?;
    }
    let Reader { mut scenario, filter, left_out } = reader;
    if !filter.path.is_empty() {
        scenario.chain = vec![filter];
    }
    Ok(Imported { format: Format::FastEdge, scenarios: vec![scenario], left_out })
}

struct Reader {
    scenario: Scenario,
    filter: Filter,
    left_out: Vec<LeftOut>,
}

fn wrong(place: &str, what: &str) -> Error {
    Error::new(Reason::Syntax(what.to_owned())).at(Place::Field(place.to_owned()))
}

fn text<'a>(place: &str, value: &'a Value) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| wrong(place, "this is text, in quotes"))
}

fn object<'a>(place: &str, value: &'a Value) -> Result<&'a Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| wrong(place, "this is an object, in braces"))
}

impl Reader {
    fn leave_out(&mut self, place: impl Into<String>, why: Why) {
        self.left_out.push(LeftOut { place: Place::Field(place.into()), why });
    }

    fn field(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        match name {
            "$schema" => {}
            "description" => text(name, value)?.clone_into(&mut self.scenario.name),
            "appType" => match text(name, value)? {
                PROXY_WASM => {}
                _ => {
                    return Err(wrong(
                        name,
                        "only proxy-wasm apps are filters; an http-wasm app answers requests itself",
                    ));
                }
            },
            "wasm" => {
                for (inner, value) in object(name, value)? {
                    match inner.as_str() {
                        "path" => text("wasm.path", value)?.clone_into(&mut self.filter.path),
                        "description" => self.leave_out("wasm.description", Why::NoCounterpart),
                        _ => self.leave_out(format!("wasm.{inner}"), Why::Unknown),
                    }
                }
            }
            "request" => self.request(object(name, value)?)?,
            "properties" => {
                for (path, value) in object(name, value)? {
                    self.property(path, value);
                }
            }
            "dotenv" => {
                let is_on = value.get("enabled").and_then(Value::as_bool).unwrap_or_default();
                if is_on {
                    self.leave_out(name, Why::NoCounterpart);
                }
            }
            "httpPort" => self.leave_out(name, Why::NoCounterpart),
            _ => self.leave_out(name, Why::Unknown),
        }
        Ok(())
    }

    fn request(&mut self, request: &Map<String, Value>) -> Result<(), Error> {
        let (mut url, mut path) = (None, None);
        for (name, value) in request {
            let place = format!("request.{name}");
            match name.as_str() {
                "method" => text(&place, value)?.clone_into(&mut self.scenario.request.method),
                "url" => url = Some(text(&place, value)?),
                "path" => path = Some(text(&place, value)?),
                "body" => self.scenario.request.body = Body::from(text(&place, value)?),
                "headers" => {
                    for (name, value) in object(&place, value)? {
                        let value = text(&format!("{place}.{name}"), value)?;
                        self.scenario.request.headers.push(HeaderLine::new(name.clone(), value));
                    }
                }
                _ => self.leave_out(place, Why::Unknown),
            }
        }
        let request = &mut self.scenario.request;
        match (url, path) {
            (Some(BUILT_IN), path) => {
                request.url = format!("https://example.com{}", path.unwrap_or("/"));
                self.leave_out("request.url", Why::NoCounterpart);
            }
            (Some(url), _) => url.clone_into(&mut request.url),
            (None, Some(path)) => request.url = format!("https://example.com{path}"),
            (None, None) => {}
        }
        Ok(())
    }

    /// A value that fits the attribute of this path, or else the text that it is.
    fn property(&mut self, path: &str, value: &Value) {
        let plain = Property::parse(path, value.clone());
        let as_text = || Property::parse(path, json!({ "string": value.as_str()? })).ok();
        match plain.ok().or_else(as_text) {
            Some(property) => self.scenario.properties.0.push(property),
            None => self.leave_out(format!("properties.{path}"), Why::NoCounterpart),
        }
    }
}

/// Writes a test. The tester asks a real upstream, so nothing of the reply is in it.
pub(super) fn write(export: &Export<'_>) -> Result<Exported, Error> {
    let mut left_out = Vec::new();
    let mut leave_out = |place: String, why| left_out.push(LeftOut { place: Place::Field(place), why });
    let scenario = export.scenario;
    let mut config = Map::new();
    if !scenario.name.is_empty() {
        config.insert("description".into(), scenario.name.clone().into());
    }
    config.insert("appType".into(), PROXY_WASM.into());
    let mut filters = scenario.chain.iter().enumerate().filter(|(_, filter)| !filter.off);
    if let Some((place, filter)) = filters.next() {
        match &filter.module {
            None => {
                config.insert("wasm".into(), json!({ "path": filter.path }));
            }
            Some(_) => leave_out(format!("chain[{place}].module"), Why::OwnFile { field: "wasm.path" }),
        }
        let bare = Filter { path: filter.path.clone(), module: filter.module.clone(), ..Filter::default() };
        if *filter != bare {
            leave_out(format!("chain[{place}]"), Why::NoCounterpart);
        }
    }
    filters.for_each(|(place, _)| leave_out(format!("chain[{place}]"), Why::NoCounterpart));

    let Request { method, url, headers, body, .. } = &scenario.request;
    let mut lines: Map<String, Value> = Map::new();
    for (place, line) in headers.iter().enumerate() {
        let value = line.value.text().filter(|_| line.on);
        match (value, lines.get_mut(&line.name)) {
            (None, _) => leave_out(format!("request.headers[{place}]"), Why::NoCounterpart),
            // Several values of one name are one list (RFC 9110, section 5.3).
            (Some(value), Some(Value::String(known))) => *known += &format!(", {value}"),
            (Some(value), _) => {
                lines.insert(line.name.clone(), value.into());
            }
        }
    }
    let mut request = json!({ "method": method, "url": url, "headers": lines });
    match body.text() {
        Some(text) => request["body"] = text.into(),
        None => leave_out("request.body".into(), Why::NoCounterpart),
    }
    config.insert("request".into(), request);
    let properties: Map<String, Value> =
        scenario.properties.0.iter().map(|property| (property.text.clone(), plain(&property.json))).collect();
    if !properties.is_empty() {
        config.insert("properties".into(), properties.into());
    }
    left_out.extend(rest(&scenario.request, "request", &["method", "url", "headers", "body"]));
    if scenario.reply != Reply::default() {
        left_out.push(LeftOut::new(Place::Field("reply".into()), Why::NoCounterpart));
    }
    left_out.extend(rest_of_scenario(scenario, &["chain", "request", "reply", "properties"]));
    // Strings and maps always serialize.
    let mut text = serde_json::to_string_pretty(&config).unwrap_or_default();
    text.push('\n');
    Ok(Exported { files: Files::One(text.into()), left_out })
}

/// A property without the name of its type.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.values().next().cloned().unwrap_or_default(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::ModuleSource;
    use crate::view::Language;

    fn imported(text: &str) -> Result<Imported, Error> {
        read(&Input { bytes: text.as_bytes(), name: "fastedge-config.test.json", folder: None })
    }

    fn places(left_out: &[LeftOut]) -> Vec<String> {
        left_out.iter().map(|found| found.place.to_string()).collect()
    }

    const SAMPLE: &str = r#"{
      "$schema": "./node_modules/@gcoredev/fastedge-test/schemas/fastedge-config.test.schema.json",
      "description": "geo routing",
      "appType": "proxy-wasm",
      "wasm": {"path": "./build/app.wasm", "description": "built by cargo"},
      "request": {"method": "POST", "url": "https://shop.example/a?b=c", "headers": {"x-a": "1", "host": "h"}, "body": "text"},
      "properties": {"request.country": "DE", "request.size": "many", "response.code": 200, "request": "group"},
      "dotenv": {"enabled": true, "path": "."},
      "httpPort": 8080,
      "later": 1
    }"#;

    #[test]
    fn a_test_becomes_a_scenario_and_the_rest_is_listed() {
        let Imported { scenarios, left_out, .. } = imported(SAMPLE).expect("it is one");
        let scenario = &scenarios[0];
        assert_eq!(
            (scenario.name.as_str(), scenario.chain[0].path.as_str()),
            ("geo routing", "./build/app.wasm")
        );
        assert_eq!(
            (scenario.request.method.as_str(), scenario.request.url.as_str()),
            ("POST", "https://shop.example/a?b=c")
        );
        assert_eq!(scenario.request.headers, [HeaderLine::new("x-a", "1"), HeaderLine::new("host", "h")]);
        assert_eq!(scenario.request.body.text(), Some("text"));
        let properties = serde_json::to_value(&scenario.properties).expect("it is JSON");
        let expected =
            json!({"request.country": "DE", "request.size": {"string": "many"}, "response.code": 200});
        assert_eq!(properties, expected);
        assert_eq!(
            places(&left_out),
            ["wasm.description", "properties.request", "dotenv", "httpPort", "later"]
        );
    }

    #[test]
    fn the_testers_own_upstream_is_listed_and_a_path_is_enough() {
        let text = r#"{"request": {"url": "built-in", "path": "/x"}}"#;
        let Imported { scenarios, left_out, .. } = imported(text).expect("it is one");
        assert_eq!(scenarios[0].request.url, "https://example.com/x");
        assert_eq!(places(&left_out), ["request.url"]);
        let Imported { scenarios, left_out, .. } =
            imported(r#"{"request": {"path": "/y"}}"#).expect("it is one");
        assert_eq!((scenarios[0].request.url.as_str(), left_out.len()), ("https://example.com/y", 0));
    }

    #[test]
    fn mistakes_have_their_place() {
        let place = |text: &str| imported(text).expect_err(text).place.expect("there is one").to_string();
        assert_eq!(place(r#"{"appType": "http-wasm"}"#), "appType");
        assert_eq!(place(r#"{"request": {"headers": {"a": 1}}}"#), "request.headers.a");
        assert_eq!(place(r#"{"wasm": "x"}"#), "wasm");
        assert_eq!(place("{\n \"request\": }"), "line 2, column 13");
        let error = imported("{\n \"request\": }").expect_err("it does not end");
        assert!(matches!(&error.reason, Reason::Syntax(said) if said == "expected value"), "{error:?}");
    }

    #[test]
    fn what_is_exported_is_imported_again() {
        let mut scenario = imported(SAMPLE).expect("it is one").scenarios.remove(0);
        let text = |scenario: &Scenario| {
            let modules = [ModuleSource::File("x.wasm".into())];
            let export = Export {
                scenario,
                modules: &modules,
                trace: None,
                with_secrets: true,
                language: Language::English,
            };
            let made = write(&export).expect("it can be written");
            let Files::One(bytes) = made.files else { panic!("it is one file") };
            (String::from_utf8(bytes.to_vec()).expect("it is text"), places(&made.left_out))
        };
        let (json, left_out) = text(&scenario);
        assert_eq!(
            (imported(&json).expect("it is one").scenarios.remove(0), left_out.len()),
            (scenario.clone(), 0)
        );
        scenario.reply.status = 404;
        scenario.request.body = Body::from(vec![0xff]);
        scenario.request.headers.push(HeaderLine::new("x-a", "2"));
        let (json, left_out) = text(&scenario);
        assert_eq!(left_out, ["request.body", "reply"]);
        let again = imported(&json).expect("it is one").scenarios.remove(0);
        assert_eq!(again.request.headers[0], HeaderLine::new("x-a", "1, 2"));
    }
}
