//! Functions and operators of expressions (`cel-cpp` with its default options, which Envoy uses here).

use std::cmp::Ordering;

use bytes::Bytes;
use cel::common::ast::operators;

use super::eval::Evaluation;
use super::{numbers, time};
use crate::host::properties::{Object, Stop, Value, exact_int, exact_uint};

/// A function or operator whose arguments are all evaluated first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Negate,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Index,
    /// An index by a fixed key, with the names that lead there.
    IndexPath(Vec<Bytes>),
    Size,
    Type,
    Dyn,
    ToInt,
    ToUint,
    ToDouble,
    ToString,
    ToBytes,
    ToBool,
    ToTimestamp,
    ToDuration,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Clock(Clock),
}

/// A part of a time or duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Clock {
    FullYear,
    Month,
    DayOfYear,
    DayOfMonth,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

impl Function {
    /// A function that is called by its name alone.
    pub fn global(name: &str, args: usize) -> Option<Self> {
        let (function, arity) = match name {
            operators::ADD => (Self::Add, 2),
            operators::SUBSTRACT => (Self::Subtract, 2),
            operators::MULTIPLY => (Self::Multiply, 2),
            operators::DIVIDE => (Self::Divide, 2),
            operators::MODULO => (Self::Modulo, 2),
            operators::NEGATE => (Self::Negate, 1),
            operators::LOGICAL_NOT => (Self::Not, 1),
            operators::EQUALS => (Self::Equal, 2),
            operators::NOT_EQUALS => (Self::NotEqual, 2),
            operators::LESS => (Self::Less, 2),
            operators::LESS_EQUALS => (Self::LessOrEqual, 2),
            operators::GREATER => (Self::Greater, 2),
            operators::GREATER_EQUALS => (Self::GreaterOrEqual, 2),
            operators::IN => (Self::In, 2),
            operators::INDEX => (Self::Index, 2),
            "size" => (Self::Size, 1),
            "type" => (Self::Type, 1),
            "dyn" => (Self::Dyn, 1),
            "int" => (Self::ToInt, 1),
            "uint" => (Self::ToUint, 1),
            "double" => (Self::ToDouble, 1),
            "string" => (Self::ToString, 1),
            "bytes" => (Self::ToBytes, 1),
            "bool" => (Self::ToBool, 1),
            "timestamp" => (Self::ToTimestamp, 1),
            "duration" => (Self::ToDuration, 1),
            "matches" => (Self::Matches, 2),
            "contains" => (Self::Contains, 2),
            "startsWith" => (Self::StartsWith, 2),
            "endsWith" => (Self::EndsWith, 2),
            _ => return None,
        };
        (arity == args).then_some(function)
    }

    /// A function that is called on a value, with so many further arguments.
    pub fn method(name: &str, args: usize) -> Option<Self> {
        let clock = |part| (args <= 1).then_some(Self::Clock(part));
        match name {
            "size" if args == 0 => Some(Self::Size),
            "matches" | "contains" | "startsWith" | "endsWith" => Self::global(name, args + 1),
            "getFullYear" => clock(Clock::FullYear),
            "getMonth" => clock(Clock::Month),
            "getDayOfYear" => clock(Clock::DayOfYear),
            "getDayOfMonth" => clock(Clock::DayOfMonth),
            "getDate" => clock(Clock::Date),
            "getDayOfWeek" => clock(Clock::DayOfWeek),
            "getHours" => clock(Clock::Hours),
            "getMinutes" => clock(Clock::Minutes),
            "getSeconds" => clock(Clock::Seconds),
            "getMilliseconds" => clock(Clock::Milliseconds),
            _ => None,
        }
    }
}

/// Calls a function. What it cannot do with these arguments is an error value.
pub(super) fn call(run: &mut Evaluation, function: &Function, args: &[Value]) -> Result<Value, Stop> {
    run.budget.work(1 + args.iter().map(work).sum::<usize>())?;
    if args.iter().any(|arg| matches!(arg, Value::Error)) {
        return Ok(Value::Error);
    }
    let value = match (function, args) {
        (Function::Add, [left, right]) => return add(run, left, right),
        (Function::Subtract, [left, right]) => subtract(left, right),
        (Function::Multiply, [left, right]) => match (left, right) {
            (Value::Int(a), Value::Int(b)) => a.checked_mul(*b).map(Value::Int),
            (Value::Uint(a), Value::Uint(b)) => a.checked_mul(*b).map(Value::Uint),
            (Value::Double(a), Value::Double(b)) => Some(double(a * b, *a, *b)),
            _ => None,
        },
        (Function::Divide, [left, right]) => match (left, right) {
            (Value::Int(a), Value::Int(b)) => a.checked_div(*b).map(Value::Int),
            (Value::Uint(a), Value::Uint(b)) => a.checked_div(*b).map(Value::Uint),
            (Value::Double(a), Value::Double(b)) => Some(double(a / b, *a, *b)),
            _ => None,
        },
        (Function::Modulo, [left, right]) => match (left, right) {
            (Value::Int(a), Value::Int(b)) => a.checked_rem(*b).map(Value::Int),
            (Value::Uint(a), Value::Uint(b)) => a.checked_rem(*b).map(Value::Uint),
            _ => None,
        },
        (Function::Negate, [Value::Int(a)]) => a.checked_neg().map(Value::Int),
        (Function::Negate, [Value::Double(a)]) => Some(Value::Double(-a)),
        (Function::Not, [Value::Bool(a)]) => Some(Value::Bool(!a)),
        (Function::Equal, [left, right]) => Some(Value::Bool(equal(run, left, right)?)),
        (Function::NotEqual, [left, right]) => Some(Value::Bool(!equal(run, left, right)?)),
        (Function::Less, [left, right]) => order(left, right, Ordering::is_lt),
        (Function::LessOrEqual, [left, right]) => order(left, right, Ordering::is_le),
        (Function::Greater, [left, right]) => order(left, right, Ordering::is_gt),
        (Function::GreaterOrEqual, [left, right]) => order(left, right, Ordering::is_ge),
        (Function::In, [item, list]) => return contains_item(run, item, list),
        (Function::Index | Function::IndexPath(_), [value, index]) => at_index(run, value, index),
        (Function::Size, [value]) => size(run, value).map(|size| Value::Int(size as i64)),
        (Function::Type, [value]) => Some(Value::Type(value.type_name())),
        (Function::Dyn, [value]) => Some(value.clone()),
        (Function::ToInt, [value]) => to_int(value).map(Value::Int),
        (Function::ToUint, [value]) => to_uint(value).map(Value::Uint),
        (Function::ToDouble, [value]) => to_double(value).map(Value::Double),
        (Function::ToString, [value]) => to_text(value),
        (Function::ToBytes, [Value::String(text) | Value::Bytes(text)]) => Some(Value::Bytes(text.clone())),
        (Function::ToBool, [Value::Bool(truth)]) => Some(Value::Bool(*truth)),
        (Function::ToBool, [Value::String(text)]) => match text.as_ref() {
            b"true" | b"True" | b"TRUE" | b"t" | b"1" => Some(Value::Bool(true)),
            b"false" | b"False" | b"FALSE" | b"f" | b"0" => Some(Value::Bool(false)),
            _ => None,
        },
        (Function::ToTimestamp, [Value::Timestamp(nanos)]) => Some(Value::Timestamp(*nanos)),
        (Function::ToTimestamp, [Value::Int(seconds)]) => {
            Some(Value::Timestamp(i128::from(*seconds) * 1_000_000_000))
        }
        (Function::ToTimestamp, [Value::String(text)]) => {
            text_of(text).and_then(time::parse_timestamp).map(Value::Timestamp)
        }
        (Function::ToDuration, [Value::Duration(nanos)]) => Some(Value::Duration(*nanos)),
        (Function::ToDuration, [Value::String(text)]) => {
            text_of(text).and_then(time::parse_duration).map(Value::Duration)
        }
        (Function::Matches, [Value::String(text), Value::String(pattern)]) => {
            return Ok(run.matches(text, pattern)?.map_or(Value::Error, Value::Bool));
        }
        (Function::Contains, [Value::String(text), Value::String(part)]) => {
            Some(Value::Bool(find(text, part)))
        }
        (Function::StartsWith, [Value::String(text), Value::String(part)]) => {
            Some(Value::Bool(text.starts_with(part)))
        }
        (Function::EndsWith, [Value::String(text), Value::String(part)]) => {
            Some(Value::Bool(text.ends_with(part)))
        }
        (Function::Clock(part), [Value::Duration(nanos)]) => part.of_duration(*nanos),
        (Function::Clock(part), [Value::Timestamp(nanos)]) => part.of_time(*nanos),
        (Function::Clock(part), [Value::Timestamp(nanos), Value::String(zone)]) => {
            let offset = text_of(zone).and_then(|zone| time::offset(zone, *nanos));
            offset.and_then(|offset| part.of_time(nanos.saturating_add(offset)))
        }
        _ => None,
    };
    Ok(value.unwrap_or(Value::Error))
}

/// Steps that reading a value as a whole takes.
fn work(value: &Value) -> usize {
    match value {
        Value::String(bytes) | Value::Bytes(bytes) | Value::Message(_, bytes) => bytes.len() / 64,
        // The map is made of the headers each time.
        Value::Object(object) if tells_members(object) => 64,
        _ => 0,
    }
}

fn text_of(bytes: &Bytes) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Whether `text` contains `part`, in time that grows with their lengths only.
fn find(text: &[u8], part: &[u8]) -> bool {
    // Through the standard library's search on text; bytes that are no text are escaped into some.
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    match (std::str::from_utf8(text), std::str::from_utf8(part)) {
        (Ok(text), Ok(part)) => text.contains(part),
        _ => latin(text).contains(&latin(part)),
    }
}

/// The result of arithmetic; a NaN that it makes has the sign that x86 gives it.
fn double(result: f64, left: f64, right: f64) -> Value {
    let made = result.is_nan() && !left.is_nan() && !right.is_nan();
    Value::Double(if made { f64::from_bits(0xfff8_0000_0000_0000) } else { result })
}

fn add(run: &mut Evaluation, left: &Value, right: &Value) -> Result<Value, Stop> {
    let value = match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => a.checked_add(*b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => Some(double(a + b, *a, *b)),
        (Value::String(a), Value::String(b)) => {
            run.budget.take(a.len() + b.len())?;
            Some(Value::String([a.as_ref(), b.as_ref()].concat().into()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            run.budget.take(a.len() + b.len())?;
            Some(Value::Bytes([a.as_ref(), b.as_ref()].concat().into()))
        }
        (Value::List(a), Value::List(b)) => {
            run.budget.take((a.len() + b.len()) * size_of::<Value>())?;
            Some(Value::List([a.as_slice(), b.as_slice()].concat().into()))
        }
        (Value::Duration(a), Value::Duration(b)) => Some(Value::Duration(a.saturating_add(*b))),
        (Value::Timestamp(a), Value::Duration(b)) | (Value::Duration(b), Value::Timestamp(a)) => {
            Some(Value::Timestamp(a.saturating_add(*b)))
        }
        _ => None,
    };
    Ok(value.unwrap_or(Value::Error))
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_sub(*b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => a.checked_sub(*b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => Some(double(a - b, *a, *b)),
        (Value::Duration(a), Value::Duration(b)) | (Value::Timestamp(a), Value::Timestamp(b)) => {
            Some(Value::Duration(a.saturating_sub(*b)))
        }
        (Value::Timestamp(a), Value::Duration(b)) => Some(Value::Timestamp(a.saturating_sub(*b))),
        _ => None,
    }
}

/// How two values of comparable types stand to each other; `None`: their types cannot be compared.
/// The inner `None`: one is not a number.
fn compare(left: &Value, right: &Value) -> Option<Option<Ordering>> {
    use Value::{Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};
    Some(match (left, right) {
        (Int(a), Int(b)) => Some(a.cmp(b)),
        (Uint(a), Uint(b)) => Some(a.cmp(b)),
        (Double(a), Double(b)) => a.partial_cmp(b),
        (Int(a), Uint(b)) => Some(u64::try_from(*a).map_or(Ordering::Less, |a| a.cmp(b))),
        (Uint(a), Int(b)) => Some(u64::try_from(*b).map_or(Ordering::Greater, |b| a.cmp(&b))),
        // Whole numbers against others lose their last digits, as in Envoy.
        (Int(a), Double(b)) => (*a as f64).partial_cmp(b),
        (Double(a), Int(b)) => a.partial_cmp(&(*b as f64)),
        (Uint(a), Double(b)) => (*a as f64).partial_cmp(b),
        (Double(a), Uint(b)) => a.partial_cmp(&(*b as f64)),
        (Bool(a), Bool(b)) => Some(a.cmp(b)),
        (String(a), String(b)) | (Bytes(a), Bytes(b)) => Some(a.cmp(b)),
        (Duration(a), Duration(b)) | (Timestamp(a), Timestamp(b)) => Some(a.cmp(b)),
        _ => return None,
    })
}

fn order(left: &Value, right: &Value, is: fn(Ordering) -> bool) -> Option<Value> {
    compare(left, right).map(|order| Value::Bool(order.is_some_and(is)))
}

/// Whether two values are equal; values of different types are not.
fn equal(run: &mut Evaluation, left: &Value, right: &Value) -> Result<bool, Stop> {
    run.budget.step()?;
    if let Some(order) = compare(left, right) {
        return Ok(order.is_some_and(Ordering::is_eq));
    }
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Message(a, first), Value::Message(b, second)) => a.name == b.name && first == second,
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(run, a, b)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(_) | Value::Object(_), Value::Map(_) | Value::Object(_)) => {
            let (entries, others) = (run.entries(left)?, size(run, right).unwrap_or_default());
            if entries.len() != others {
                return Ok(false);
            }
            for (key, value) in entries {
                let other = at_index(run, right, &key);
                match other {
                    Some(other) if equal(run, &value, &other)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        _ => false,
    })
}

fn contains_item(run: &mut Evaluation, item: &Value, list: &Value) -> Result<Value, Stop> {
    match list {
        Value::List(items) => {
            for found in items.iter() {
                if equal(run, item, found)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        Value::Map(_) | Value::Object(_) => Ok(match item {
            Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_) => {
                Value::Bool(at_index(run, list, item).is_some())
            }
            _ => Value::Error,
        }),
        _ => Ok(Value::Error),
    }
}

fn at_index(run: &Evaluation, value: &Value, index: &Value) -> Option<Value> {
    match (value, index) {
        (Value::List(items), _) => {
            let index = match index {
                Value::Int(index) => usize::try_from(*index).ok()?,
                Value::Uint(index) => usize::try_from(*index).ok()?,
                Value::Double(index) => usize::try_from(exact_int(*index)?).ok()?,
                _ => return None,
            };
            items.get(index).cloned()
        }
        (Value::Map(map), _) => map.get(index).cloned(),
        (Value::Object(object), Value::String(key)) => run.view.get(object, key),
        _ => None,
    }
}

fn size(run: &Evaluation, value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(String::from_utf8_lossy(text).chars().count()),
        Value::Bytes(bytes) => Some(bytes.len()),
        Value::List(items) => Some(items.len()),
        Value::Map(map) => Some(map.entries().len()),
        Value::Object(object) => Some(run.keys(object).len()),
        _ => None,
    }
}

fn to_int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Uint(number) => i64::try_from(*number).ok(),
        Value::Double(number) => {
            let whole = number.trunc();
            exact_int(whole).filter(|whole| *whole != i64::MIN)
        }
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::String(text) => numbers::read_int(text),
        Value::Timestamp(nanos) => i64::try_from(nanos.div_euclid(1_000_000_000)).ok(),
        _ => None,
    }
}

fn to_uint(value: &Value) -> Option<u64> {
    match value {
        Value::Uint(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::Double(number) if *number >= 0.0 => exact_uint(number.trunc()),
        Value::String(text) => numbers::read_uint(text),
        _ => None,
    }
}

fn to_double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        Value::Uint(number) => Some(*number as f64),
        Value::String(text) => numbers::read_double(text),
        _ => None,
    }
}

fn to_text(value: &Value) -> Option<Value> {
    Some(match value {
        Value::String(text) => Value::String(text.clone()),
        Value::Bytes(bytes) => Value::String(text_of(bytes).map(|_| bytes.clone())?),
        Value::Int(number) => number.to_string().into(),
        Value::Uint(number) => number.to_string().into(),
        Value::Bool(truth) => truth.to_string().into(),
        Value::Double(number) => double_text(*number).into(),
        Value::Duration(nanos) => time::duration_text(*nanos)?.into(),
        Value::Timestamp(nanos) => time::timestamp_text(*nanos)?.into(),
        _ => return None,
    })
}

/// The shortest text that gives the same number back, with an exponent from a million on.
fn double_text(number: f64) -> String {
    if number.is_nan() {
        return if number.is_sign_negative() { "-nan(ind)" } else { "nan" }.into();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-inf" } else { "inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

impl Clock {
    fn of_duration(self, nanos: i128) -> Option<Value> {
        let whole = |unit: i128| i64::try_from(nanos / unit).ok();
        let number = match self {
            Self::Hours => whole(3_600_000_000_000)?,
            Self::Minutes => whole(60_000_000_000)?,
            Self::Seconds => whole(1_000_000_000)?,
            Self::Milliseconds => (nanos % 1_000_000_000 / 1_000_000) as i64,
            _ => return None,
        };
        Some(Value::Int(number))
    }

    fn of_time(self, nanos: i128) -> Option<Value> {
        let civil = time::civil(nanos)?;
        Some(Value::Int(match self {
            Self::FullYear => civil.year,
            Self::Month => civil.month,
            Self::DayOfYear => civil.day_of_year,
            Self::DayOfMonth => civil.day - 1,
            Self::Date => civil.day,
            Self::DayOfWeek => civil.day_of_week,
            Self::Hours => civil.second_of_day / 3600,
            Self::Minutes => civil.second_of_day / 60 % 60,
            Self::Seconds => civil.second_of_day % 60,
            Self::Milliseconds => civil.millisecond,
        }))
    }
}

/// Whether a group of attributes tells its members.
pub(super) fn tells_members(object: &Object) -> bool {
    matches!(object, Object::Headers(_))
}
