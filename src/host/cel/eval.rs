//! Evaluation of expressions.

use std::rc::Rc;

use bytes::Bytes;
use regex::bytes::Regex;

use super::compile::{Expr, Loop};
use super::functions::{self, Function};
use super::re2;
use crate::abi::Status;
use crate::host::properties::{Budget, Map, Object, Stop, Value, View, proto};

/// Rounds of all loops of one evaluation together at which `cel-cpp` gives up.
const MAX_ROUNDS: u32 = 10_000;

/// What came of an evaluation.
pub(in crate::host) struct Evaluated {
    /// The value's bytes, or why there are none.
    pub value: Result<Bytes, Stop>,
    /// A name in it that was not found.
    pub missing: Option<Bytes>,
}

/// Evaluates an expression as this view sees the world, and gives the value's bytes.
pub(in crate::host) fn evaluate(expression: &Expr, view: &View, budget: Budget) -> Evaluated {
    let mut run = Evaluation { view, budget, scope: Vec::new(), rounds: 0, regex: None, missing: None };
    let value = run.eval(expression).and_then(|value| match value {
        Value::Error => Err(Status::InternalFailure.into()),
        value => value.encode(view, &mut run.budget),
    });
    Evaluated { value, missing: run.missing }
}

/// An evaluation under way.
pub(super) struct Evaluation<'a> {
    pub view: &'a View<'a>,
    pub budget: Budget<'a>,
    /// Variables of loops, innermost last.
    scope: Vec<(&'a str, Value)>,
    rounds: u32,
    /// The last regular expression with its text.
    regex: Option<(Bytes, Option<Regex>)>,
    /// The first name that was not found.
    missing: Option<Bytes>,
}

impl<'a> Evaluation<'a> {
    fn eval(&mut self, expr: &'a Expr) -> Result<Value, Stop> {
        self.budget.step()?;
        Ok(match expr {
            Expr::Literal(literal) => literal.into(),
            Expr::Type(name) => Value::Type(name),
            Expr::Name(name) => self.named(name),
            Expr::Select { operand, field, test, path } => {
                if let Some(value) = self.fixed(path) {
                    return Ok(if *test { Value::Bool(true) } else { value });
                }
                let operand = self.eval(operand)?;
                if *test { self.has(&operand, field) } else { self.select(&operand, field) }
            }
            Expr::List(items) => {
                self.budget.take(items.len() * size_of::<Value>())?;
                match self.eval_all(items)? {
                    Some(items) => Value::List(Rc::new(items)),
                    None => Value::Error,
                }
            }
            Expr::Map(entries) => {
                let mut map = Map::default();
                for (key, value) in entries {
                    let (key, value) = (self.eval(key)?, self.eval(value)?);
                    self.budget.take(4 * size_of::<Value>())?;
                    if matches!(value, Value::Error) || !map.insert(key, value) {
                        return Ok(Value::Error);
                    }
                }
                Value::Map(Rc::new(map))
            }
            Expr::Message(descriptor, fields) => {
                let mut bytes = Vec::new();
                for (number, value) in fields {
                    let value = self.eval(value)?;
                    match proto::put_value(descriptor, *number, &value) {
                        Some(field) => bytes.extend(field),
                        None => return Ok(Value::Error),
                    }
                }
                self.budget.take(bytes.len())?;
                proto::value(descriptor, &bytes.into())
            }
            Expr::And(pair) => self.logical(pair, false)?,
            Expr::Or(pair) => self.logical(pair, true)?,
            Expr::Conditional(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match self.eval(condition)? {
                    Value::Bool(true) => self.eval(yes)?,
                    Value::Bool(false) => self.eval(no)?,
                    _ => Value::Error,
                }
            }
            Expr::NotStrictlyFalse(operand) => {
                Value::Bool(!matches!(self.eval(operand)?, Value::Bool(false)))
            }
            Expr::Call(function, args) => self.call(function, args)?,
            Expr::Loop(inner) => self.run_loop(inner)?,
        })
    }

    /// All values, unless one is an error.
    fn eval_all(&mut self, all: &'a [Expr]) -> Result<Option<Vec<Value>>, Stop> {
        let mut values = Vec::with_capacity(all.len());
        for expr in all {
            match self.eval(expr)? {
                Value::Error => return Ok(None),
                value => values.push(value),
            }
        }
        Ok(Some(values))
    }

    fn call(&mut self, function: &'a Function, args: &'a [Expr]) -> Result<Value, Stop> {
        if let Function::IndexPath(path) = function
            && let Some(value) = self.fixed(path)
        {
            return Ok(value);
        }
        // A loop that makes a list appends to its own result, which nobody else has: in place.
        if let (Function::Add, [Expr::Name(name), more]) = (function, args)
            && let Some(place) = self.scope.iter().rposition(|(known, _)| known == name)
            && matches!(self.scope[place].1, Value::List(_))
            && name.starts_with('@')
        {
            let Value::List(items) = self.eval(more)? else { return Ok(Value::Error) };
            self.budget.take(items.len() * size_of::<Value>())?;
            let list = std::mem::replace(&mut self.scope[place].1, Value::Error);
            let Value::List(mut list) = list else { return Ok(Value::Error) };
            Rc::make_mut(&mut list).extend(items.iter().cloned());
            return Ok(Value::List(list));
        }
        match self.eval_all(args)? {
            Some(args) => functions::call(self, function, &args),
            None => Ok(Value::Error),
        }
    }

    /// `&&` with `decisive` false, `||` with true: one decisive side is enough, whatever the other is.
    fn logical(&mut self, pair: &'a [Expr; 2], decisive: bool) -> Result<Value, Stop> {
        let is_decisive = |value: &Value| matches!(value, Value::Bool(truth) if *truth == decisive);
        let [left, right] = pair;
        let left = self.eval(left)?;
        if is_decisive(&left) {
            return Ok(left);
        }
        let right = self.eval(right)?;
        Ok(match (left, right) {
            (_, right) if is_decisive(&right) => right,
            (Value::Bool(_), Value::Bool(_)) => Value::Bool(!decisive),
            _ => Value::Error,
        })
    }

    fn run_loop(&mut self, inner: &'a Loop) -> Result<Value, Stop> {
        let range = self.eval(&inner.range)?;
        let items = match &range {
            Value::List(items) => items.clone(),
            Value::Map(_) | Value::Object(_) => {
                Rc::new(self.entries(&range)?.into_iter().map(|(key, _)| key).collect())
            }
            _ => return Ok(Value::Error),
        };
        let start = self.eval(&inner.start)?;
        let place = self.scope.len();
        self.scope.push((&inner.result_name, start));
        self.scope.push((&inner.variable, Value::Null));
        for item in items.iter() {
            self.rounds += 1;
            if self.rounds >= MAX_ROUNDS {
                return Err(Status::InternalFailure.into());
            }
            self.scope[place + 1].1 = item.clone();
            if matches!(self.eval(&inner.condition)?, Value::Bool(false)) {
                break;
            }
            let step = self.eval(&inner.step)?;
            // The condition and the macro's own parts see the result under its name.
            self.scope[place].1 = step;
        }
        self.scope.truncate(place + 1);
        let result = self.eval(&inner.result);
        self.scope.truncate(place);
        result
    }

    fn named(&mut self, name: &str) -> Value {
        let attribute = name.trim_start_matches('.');
        if attribute.len() == name.len()
            && let Some((_, value)) = self.scope.iter().rev().find(|(known, _)| *known == name)
        {
            return value.clone();
        }
        let path = [attribute.as_bytes()];
        let value = self.view.fixed(&path).or_else(|| self.view.named(path[0], false));
        value.unwrap_or_else(|| {
            self.missing.get_or_insert_with(|| Bytes::copy_from_slice(path[0]));
            Value::Error
        })
    }

    /// What the scenario says for these names, unless the first is a variable here.
    fn fixed(&self, path: &[Bytes]) -> Option<Value> {
        let first = path.first()?;
        if !self.view.has_fixed() || self.scope.iter().any(|(known, _)| known.as_bytes() == first) {
            return None;
        }
        self.view.fixed(&path.iter().map(Bytes::as_ref).collect::<Vec<_>>())
    }

    fn select(&self, operand: &Value, field: &Bytes) -> Value {
        let value = match operand {
            Value::Map(map) => map.get(&Value::String(field.clone())).cloned(),
            Value::Object(object) => self.view.get(object, field),
            Value::Message(descriptor, bytes) => proto::field(descriptor, bytes, field),
            _ => None,
        };
        value.unwrap_or(Value::Error)
    }

    fn has(&self, operand: &Value, field: &Bytes) -> Value {
        let truth = match operand {
            Value::Map(map) => Some(map.get(&Value::String(field.clone())).is_some()),
            Value::Object(object) => Some(self.view.get(object, field).is_some()),
            Value::Message(descriptor, bytes) => proto::has_field(descriptor, bytes, field),
            _ => None,
        };
        truth.map_or(Value::Error, Value::Bool)
    }

    /// Entries of a map; groups of attributes tell none.
    pub fn entries(&mut self, map: &Value) -> Result<Vec<(Value, Value)>, Stop> {
        let entries: Vec<_> = match map {
            Value::Map(map) => map.entries().to_vec(),
            Value::Object(object) => {
                let entries = self.view.entries(object).into_iter().flatten();
                entries.map(|(key, value)| (Value::String(key), Value::String(value))).collect()
            }
            _ => Vec::new(),
        };
        self.budget.take(entries.len() * 2 * size_of::<Value>())?;
        Ok(entries)
    }

    /// Keys of a group or map.
    pub fn keys(&self, object: &Object) -> Vec<Bytes> {
        if !functions::tells_members(object) {
            return Vec::new();
        }
        self.view.entries(object).into_iter().flatten().map(|(key, _)| key).collect()
    }

    /// Whether a regular expression matches anywhere; `None`: it is none.
    pub fn matches(&mut self, text: &[u8], pattern: &Bytes) -> Result<Option<bool>, Stop> {
        let known = self.regex.as_ref().is_some_and(|(known, _)| known == pattern);
        if !known {
            self.budget.check()?;
            let compiled = std::str::from_utf8(pattern).ok().and_then(re2::regex);
            self.regex = Some((pattern.clone(), compiled));
        }
        self.budget.check()?;
        let regex = self.regex.as_ref().and_then(|(_, regex)| regex.as_ref());
        Ok(regex.map(|regex| regex.is_match(text)))
    }
}
