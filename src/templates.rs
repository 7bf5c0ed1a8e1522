//! Ready-made parts of scenarios for the common cases: requests with what is expected of them, and answers to callouts.
//!
//! `assets/templates/` has a file for each: names and notes in both languages, and a scenario of which only the parts that
//! it gives are taken over.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::scenario::Scenario;
use crate::view::Language;

macro_rules! files {
    ($($id:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("../assets/templates/", $id, ".json")))),*];
    };
}

files! {
    "bearer_pass", "bearer_fail", "json_post", "grpc_unary", "form_login", "cors_preflight", "rate_limit", "auth_service",
    "large_body", "upstream_503", "gzip_reply", "upgrade_refused", "tcp_echo",
}

#[derive(Clone, Debug, Deserialize)]
struct Words {
    en: String,
    zh: String,
}

impl Words {
    fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::SimplifiedChinese => &self.zh,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Words,
    note: Words,
    scenario: Map<String, Value>,
}

/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name of its file without `.json`.
    pub id: &'static str,
    name: Words,
    note: Words,
    given: Vec<String>,
    scenario: Scenario,
}

impl Template {
    /// What it is called.
    pub fn name(&self, language: Language) -> &str {
        self.name.of(language)
    }

    /// What it is for, in a few words.
    pub fn note(&self, language: Language) -> &str {
        self.note.of(language)
    }

    fn gives(&self, part: &str) -> bool {
        self.given.iter().any(|given| given == part)
    }

    /// The scenario with the parts of this template. Requests come as a whole: with another first request, what followed the
    /// old one goes. Mocks for upstreams that the template has no mock for stay, and so do properties of other names. What
    /// was expected of the old messages is not expected of the new ones.
    pub fn apply(&self, scenario: &Scenario) -> Scenario {
        let mut made = scenario.clone();
        let from = &self.scenario;
        if self.gives("request") {
            made.request = from.request.clone();
            (made.repeat, made.then, made.settle_ms) = (from.repeat, from.then.clone(), from.settle_ms);
        }
        if self.gives("reply") {
            made.reply = from.reply.clone();
        }
        made.connection = from.connection.clone();
        let has_mock = |upstream: &str| from.callouts.iter().any(|mock| mock.upstream == upstream);
        made.callouts.retain(|mock| !has_mock(&mock.upstream));
        made.callouts.splice(0..0, from.callouts.iter().cloned());
        let own = &from.properties.0;
        made.properties.0.retain(|property| own.iter().all(|own| own.path != property.path));
        made.properties.0.extend(own.iter().cloned());
        made.expect = from.expect.clone();
        made
    }
}

/// All templates, in the order in which they are offered.
pub fn all() -> &'static [Template] {
    static ALL: LazyLock<Vec<Template>> = LazyLock::new(read);
    &ALL
}

/// What cannot be read is left out; that nothing is left out is what the tests below are for.
fn read() -> Vec<Template> {
    let template = |(id, text): &(&'static str, &str)| {
        let file: File = serde_json::from_str(text).ok()?;
        let given = file.scenario.keys().cloned().collect();
        let scenario = serde_json::from_value(Value::Object(file.scenario)).ok()?;
        Some(Template { id, name: file.name, note: file.note, given, scenario })
    };
    FILES.iter().filter_map(template).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Callout;

    fn template(id: &str) -> &'static Template {
        all().iter().find(|template| template.id == id).expect("it is there")
    }

    #[test]
    fn every_file_is_a_template_and_every_template_has_a_file() {
        assert_eq!(all().len(), FILES.len());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/templates");
        let files = std::fs::read_dir(folder).expect("the folder is there");
        assert_eq!(files.count(), FILES.len());
    }

    #[test]
    fn every_template_can_be_run_and_gives_only_what_is_taken_over() {
        const PARTS: [&str; 8] =
            ["request", "reply", "repeat", "then", "connection", "callouts", "properties", "expect"];
        for template in all() {
            let made = template.apply(&Scenario::default());
            assert_eq!(crate::run::problems(&made), [], "{}", template.id);
            assert!(template.gives("expect") && !made.expect.is_empty(), "{}", template.id);
            for given in &template.given {
                assert!(PARTS.contains(&given.as_str()), "{} gives {given}", template.id);
            }
            assert!(made.unknown.is_empty() && made.request.unknown.is_empty(), "{}", template.id);
            assert!(made.expect.iter().all(|one| one.unknown.is_empty()), "{}", template.id);
            let declared = made.request.headers.iter().find(|line| line.name == "content-length");
            if let Some(line) = declared {
                assert_eq!(line.value.text(), Some(made.request.body.len().to_string().as_str()));
            }
        }
    }

    #[test]
    fn a_template_leaves_alone_what_it_is_not_about() {
        let mut scenario = Scenario { name: "mine".into(), seed: 7, repeat: 3, ..Scenario::default() };
        scenario.callouts =
            ["auth*", "users"].map(|name| Callout { upstream: name.into(), ..Callout::default() }).into();
        let made = template("auth_service").apply(&scenario);
        assert_eq!((made.name.as_str(), made.seed), ("mine", 7));
        let upstreams: Vec<&str> = made.callouts.iter().map(|mock| mock.upstream.as_str()).collect();
        assert_eq!(upstreams, ["auth*", "users"]);
        assert_eq!(made.callouts[0].answers.len(), 3, "the template's own");
        let made = template("upstream_503").apply(&scenario);
        assert_eq!((made.request, made.repeat, made.reply.status), (scenario.request, 3, 503));
    }
}
