//! Walks a document field by field, knows the place of each, and what nobody asked for.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::{Error, Expected, LeftOut, Place, Reason, Why};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub value: &'a Value,
    /// As in `static_resources.listeners[0].name`; empty for a whole document.
    pub path: String,
}

impl<'a> At<'a> {
    pub fn root(value: &'a Value, path: impl Into<String>) -> Self {
        Self { value, path: path.into() }
    }

    pub fn error(&self, reason: Reason) -> Error {
        match self.path.as_str() {
            "" => Error::new(reason),
            path => Error::new(reason).at(Place::Field(path.to_owned())),
        }
    }

    pub fn left(&self, why: Why) -> LeftOut {
        LeftOut { place: Place::Field(self.path.clone()), why }
    }

    fn expected(&self, what: Expected) -> Error {
        self.error(Reason::Expected(what))
    }

    pub fn object(&self) -> Result<Object<'a>, Error> {
        match self.value {
            Value::Object(map) => Ok(Object { map, path: self.path.clone(), taken: RefCell::default() }),
            _ => Err(self.expected(Expected::Object)),
        }
    }

    pub fn list(&self) -> Result<Vec<At<'a>>, Error> {
        let Value::Array(items) = self.value else { return Err(self.expected(Expected::List)) };
        let at = |(index, value)| At { value, path: format!("{}[{index}]", self.path) };
        Ok(items.iter().enumerate().map(at).collect())
    }

    pub fn text(&self) -> Result<String, Error> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(self.expected(Expected::Text)),
        }
    }

    pub fn truth(&self) -> Result<bool, Error> {
        match self.value {
            Value::Bool(truth) => Ok(*truth),
            Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
            _ => Err(self.expected(Expected::Truth)),
        }
    }

    pub fn whole(&self) -> Result<u64, Error> {
        let number = match self.value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.expected(Expected::Whole))
    }

    /// A duration as protobuf writes it in JSON, such as `0.5s`, in milliseconds.
    pub fn millis(&self) -> Result<u64, Error> {
        let wrong = || self.expected(Expected::Duration);
        let seconds: f64 =
            self.value.as_str().and_then(|text| text.strip_suffix('s')?.parse().ok()).ok_or_else(wrong)?;
        // Protobuf's own bound is ten thousand years.
        if (0.0..=315_576_000_000.0).contains(&seconds) {
            Ok((seconds * 1e3).round() as u64)
        } else {
            Err(wrong())
        }
    }
}

/// An object whose fields are asked for by name.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub map: &'a Map<String, Value>,
    pub path: String,
    taken: RefCell<Vec<&'a str>>,
}

impl<'a> Object<'a> {
    /// A field by its name in protobuf; `vm_config` is also found as `vmConfig`. `None`: it is not there, or null.
    pub fn get(&self, name: &str) -> Option<At<'a>> {
        let (name, value) = self.map.get_key_value(name).or_else(|| self.map.get_key_value(&camel(name)))?;
        self.taken.borrow_mut().push(name);
        (!value.is_null()).then(|| At { value, path: self.path_of(name) })
    }

    /// What is wrong with a field, or with its absence.
    pub fn error(&self, name: &str, reason: Reason) -> Error {
        Error::new(reason).at(Place::Field(self.path_of(name)))
    }

    pub fn path_of(&self, name: &str) -> String {
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        match (self.path.as_str(), is_plain) {
            ("", true) => name.to_owned(),
            (path, true) => format!("{path}.{name}"),
            (path, false) => format!("{path}[{name:?}]"),
        }
    }

    /// The text of a field; empty where it is not there.
    pub fn text(&self, name: &str) -> Result<String, Error> {
        self.get(name).map_or(Ok(String::new()), |at| at.text())
    }

    pub fn truth(&self, name: &str) -> Result<bool, Error> {
        self.get(name).map_or(Ok(false), |at| at.truth())
    }

    /// The items of a field; none where it is not there.
    pub fn list(&self, name: &str) -> Result<Vec<At<'a>>, Error> {
        self.get(name).map_or(Ok(Vec::new()), |at| at.list())
    }

    pub fn object(&self, name: &str) -> Result<Option<Object<'a>>, Error> {
        self.get(name).map(|at| at.object()).transpose()
    }

    /// Every field, as if it were asked for.
    pub fn all(&self) -> Vec<(&'a str, At<'a>)> {
        let names: Vec<&'a str> = self.map.keys().map(String::as_str).collect();
        names.into_iter().filter_map(|name| Some((name, self.get(name)?))).collect()
    }

    /// Lists what was not asked for, but for what does not matter.
    pub fn rest(&self, harmless: &[&str], why: Why, left: &mut Vec<LeftOut>) {
        let taken = self.taken.borrow();
        for (name, value) in self.map {
            let is_known = taken.contains(&name.as_str())
                || harmless.iter().any(|known| name == known || *name == camel(known));
            if !is_known && !value.is_null() {
                left.push(LeftOut { place: Place::Field(self.path_of(name)), why: why.clone() });
            }
        }
    }
}

/// `vm_config` as `vmConfig`, which protobuf's JSON also takes.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
