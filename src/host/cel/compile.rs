//! From text to an expression that can be evaluated.

use bytes::Bytes;
use cel::common::ast::{CallExpr, EntryExpr, Expr as Ast, IdedExpr, LiteralValue, operators};
use cel::parser::PrattParser;
use cel::parser::pratt_parser::{Lexer, TokenKind};

use super::functions::Function;
use crate::host::properties::proto::{self, Descriptor};
use crate::scenario::PropertyValue;

/// Longest text, in characters.
const MAX_TEXT: usize = 100_000;
/// Deepest expression, and deepest nesting of brackets.
const MAX_DEPTH: usize = 32;
/// Deepest tree that is built at all before it is measured.
const MAX_TREE: usize = 1024;

/// A checked expression.
#[derive(Debug)]
pub(in crate::host) enum Expr {
    Literal(PropertyValue),
    Type(&'static str),
    /// A name: a variable of a loop, or an attribute.
    Name(String),
    Select {
        operand: Box<Expr>,
        field: Bytes,
        /// Only asks whether it is there.
        test: bool,
        /// The names that lead here from an attribute, if nothing else does.
        path: Vec<Bytes>,
    },
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Message(&'static Descriptor, Vec<(u32, Expr)>),
    And(Box<[Expr; 2]>),
    Or(Box<[Expr; 2]>),
    Conditional(Box<[Expr; 3]>),
    /// True unless its operand is false.
    NotStrictlyFalse(Box<Expr>),
    Call(Function, Vec<Expr>),
    Loop(Box<Loop>),
}

/// What a macro such as `all` or `map` becomes.
#[derive(Debug)]
pub(in crate::host) struct Loop {
    pub range: Expr,
    pub variable: String,
    pub result_name: String,
    pub start: Expr,
    pub condition: Expr,
    pub step: Expr,
    pub result: Expr,
}

/// Why a text is no expression for Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Refusal {
    /// It cannot be read: no token is used up.
    Syntax,
    /// It can be read, but calls what does not exist.
    Meaning,
    /// Envoy may take it, but Filterlab does not know this message type.
    NotSimulated,
}

/// Reads and checks an expression.
pub(in crate::host) fn compile(text: &str) -> Result<Expr, Refusal> {
    if text.chars().count() > MAX_TEXT || !may_be_parsed(text) {
        return Err(Refusal::Syntax);
    }
    let parser = PrattParser::new().max_recursion_depth(MAX_DEPTH as u16).enable_ident_escape_syntax(true);
    let tree = parser.parse(text).map_err(|_| Refusal::Syntax)?;
    if depth(&tree.expr) > MAX_DEPTH {
        return Err(Refusal::Syntax);
    }
    convert(&tree.expr)
}

/// Whether the parser may see the text: its tree has a bounded depth, and it has nothing that the parser takes but
/// `cel-cpp` does not.
fn may_be_parsed(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    // Operators since the last comma, and conditionals, by open bracket.
    let mut levels = vec![(0usize, 0usize)];
    let mut depth = 0usize;
    loop {
        let token = lexer.lex();
        let source = text.get(token.start..token.end).unwrap_or_default();
        let (operators, conditionals) = match levels.last_mut() {
            Some(level) => (&mut level.0, &mut level.1),
            None => return false,
        };
        match token.kind {
            TokenKind::TokEnd => return true,
            TokenKind::TokError => return false,
            TokenKind::TokString | TokenKind::TokBytes if !is_literal(source) => return false,
            TokenKind::TokLeftBracket | TokenKind::TokLeftBrace | TokenKind::TokLeftParen => {
                *operators += 1;
                depth += 1;
                levels.push((0, 0));
                if levels.len() > MAX_DEPTH + 1 {
                    return false;
                }
            }
            TokenKind::TokRightBracket | TokenKind::TokRightBrace | TokenKind::TokRightParen => {
                depth = depth.saturating_sub(*operators + *conditionals);
                levels.pop();
                if levels.is_empty() {
                    return false;
                }
            }
            TokenKind::TokComma => {
                depth = depth.saturating_sub(*operators + *conditionals);
                (*operators, *conditionals) = (0, 0);
            }
            TokenKind::TokLogicalAnd | TokenKind::TokLogicalOr => {
                depth = depth.saturating_sub(*operators);
                *operators = 0;
            }
            TokenKind::TokQuestion => {
                *conditionals += 1;
                depth += 1;
            }
            TokenKind::TokDot
            | TokenKind::TokPlus
            | TokenKind::TokAsterisk
            | TokenKind::TokSlash
            | TokenKind::TokPercent
            | TokenKind::TokEqualEqual
            | TokenKind::TokExclamationEqual
            | TokenKind::TokLess
            | TokenKind::TokLessEqual
            | TokenKind::TokGreater
            | TokenKind::TokGreaterEqual
            | TokenKind::TokIn => {
                *operators += 1;
                depth += 1;
            }
            // A minus before a minus is no operator of its own.
            TokenKind::TokMinus if !text[..token.start].trim_end().ends_with('-') => {
                *operators += 1;
                depth += 1;
            }
            _ => {}
        }
        if depth > MAX_TREE {
            return false;
        }
    }
}

/// Whether `cel-cpp` takes the literal: no line break outside three quotes, no prefix `rb`, no backslash at the end of a
/// raw one.
fn is_literal(source: &str) -> bool {
    let quoted = source.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = source[..source.len() - quoted.len()].to_ascii_lowercase();
    let long = quoted.starts_with("\"\"\"") || quoted.starts_with("'''");
    let ends_raw = prefix.contains('r') && quoted.trim_end_matches(['"', '\'']).ends_with('\\');
    prefix != "rb" && !ends_raw && (long || !quoted.contains(['\n', '\r']))
}

/// Depth of the tree as it was written, without what macros put around it.
fn depth(expr: &Ast) -> usize {
    let deepest = |inner: &mut dyn Iterator<Item = &IdedExpr>| {
        inner.map(|inner| depth(&inner.expr)).max().unwrap_or_default()
    };
    let inner = match expr {
        Ast::Unspecified | Ast::Ident(_) | Ast::Literal(_) => 0,
        Ast::Select(select) => depth(&select.operand.expr),
        Ast::List(list) => deepest(&mut list.elements.iter()),
        Ast::Map(map) => map.entries.iter().map(|entry| entry_depth(&entry.expr)).max().unwrap_or_default(),
        Ast::Struct(message) => {
            message.entries.iter().map(|entry| entry_depth(&entry.expr)).max().unwrap_or_default()
        }
        Ast::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Ast::Comprehension(inner) => {
            let step = depth_of_step(&inner.loop_step.expr, &inner.accu_var);
            depth(&inner.iter_range.expr).max(step)
        }
    };
    inner + 1
}

fn entry_depth(entry: &EntryExpr) -> usize {
    match entry {
        EntryExpr::StructField(field) => depth(&field.value.expr),
        EntryExpr::MapEntry(entry) => depth(&entry.key.expr).max(depth(&entry.value.expr)),
    }
}

/// Depth of what was written inside a macro: calls on the loop's result are the macro's own.
fn depth_of_step(step: &Ast, result: &str) -> usize {
    let is_result = |expr: &IdedExpr| matches!(&expr.expr, Ast::Ident(name) if name == result);
    match step {
        Ast::Call(call) if call.args.iter().any(is_result) => {
            let inner = call.args.iter().filter(|arg| !is_result(arg)).map(|arg| match &arg.expr {
                Ast::List(list) if call.func_name == operators::ADD => {
                    list.elements.iter().map(|item| depth(&item.expr)).max().unwrap_or_default()
                }
                other => depth_of_step(other, result),
            });
            inner.max().unwrap_or_default()
        }
        other => depth(other),
    }
}

/// Names of types, which are values too.
const TYPES: &[&str] =
    &["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

fn convert(expr: &Ast) -> Result<Expr, Refusal> {
    Ok(match expr {
        Ast::Unspecified => return Err(Refusal::Meaning),
        Ast::Literal(literal) => Expr::Literal(match literal {
            LiteralValue::Null => PropertyValue::Null,
            LiteralValue::Boolean(truth) => PropertyValue::Bool(*truth.inner()),
            LiteralValue::Int(number) => PropertyValue::Int(*number.inner()),
            LiteralValue::UInt(number) => PropertyValue::Uint(*number.inner()),
            LiteralValue::Double(number) => PropertyValue::Double(*number.inner()),
            LiteralValue::String(text) => {
                PropertyValue::String(Bytes::copy_from_slice(text.inner().as_bytes()))
            }
            LiteralValue::Bytes(bytes) => PropertyValue::Bytes(Bytes::copy_from_slice(bytes.inner())),
        }),
        Ast::Ident(name) => match TYPES.iter().find(|known| *known == name) {
            Some(known) => Expr::Type(known),
            None => Expr::Name(name.clone()),
        },
        Ast::Select(select) => Expr::Select {
            operand: Box::new(convert(&select.operand.expr)?),
            field: select.field.clone().into(),
            test: select.test,
            path: path(expr).unwrap_or_default(),
        },
        Ast::List(list) => Expr::List(convert_all(&list.elements)?),
        Ast::Map(map) => {
            let entries = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => Ok((convert(&entry.key.expr)?, convert(&entry.value.expr)?)),
                EntryExpr::StructField(_) => Err(Refusal::Meaning),
            });
            Expr::Map(entries.collect::<Result<_, _>>()?)
        }
        Ast::Struct(message) => {
            let name = message.type_name.trim_start_matches('.');
            let Some(descriptor) = proto::by_name(name) else {
                let is_known_to_envoy = name.starts_with("google.") || name.starts_with("envoy.");
                return Err(if is_known_to_envoy { Refusal::NotSimulated } else { Refusal::Meaning });
            };
            let fields = message.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::StructField(field) => {
                    let is_described = proto::has_fields(descriptor);
                    let refusal = if is_described { Refusal::Meaning } else { Refusal::NotSimulated };
                    let number = proto::field_number(descriptor, &field.field).ok_or(refusal)?;
                    Ok((number, convert(&field.value.expr)?))
                }
                EntryExpr::MapEntry(_) => Err(Refusal::Meaning),
            });
            Expr::Message(descriptor, fields.collect::<Result<_, _>>()?)
        }
        Ast::Call(call) => convert_call(call)?,
        Ast::Comprehension(inner) => Expr::Loop(Box::new(Loop {
            range: convert(&inner.iter_range.expr)?,
            variable: inner.iter_var.clone(),
            result_name: inner.accu_var.clone(),
            start: convert(&inner.accu_init.expr)?,
            condition: convert(&inner.loop_cond.expr)?,
            step: convert(&inner.loop_step.expr)?,
            result: convert(&inner.result.expr)?,
        })),
    })
}

fn convert_all(all: &[IdedExpr]) -> Result<Vec<Expr>, Refusal> {
    all.iter().map(|expr| convert(&expr.expr)).collect()
}

/// The names of a chain of selections that begins with a name.
fn path(expr: &Ast) -> Option<Vec<Bytes>> {
    match expr {
        Ast::Ident(name) => Some(vec![name.trim_start_matches('.').to_owned().into()]),
        Ast::Select(select) => {
            let mut path = path(&select.operand.expr)?;
            path.push(select.field.clone().into());
            Some(path)
        }
        Ast::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [operand, IdedExpr { expr: Ast::Literal(LiteralValue::String(key)), .. }] => {
                let mut path = path(&operand.expr)?;
                path.push(Bytes::copy_from_slice(key.inner().as_bytes()));
                Some(path)
            }
            _ => None,
        },
        _ => None,
    }
}

fn convert_call(call: &CallExpr) -> Result<Expr, Refusal> {
    let name = call.func_name.as_str();
    if let Some(target) = &call.target {
        let function = Function::method(name, call.args.len()).ok_or(Refusal::Meaning)?;
        let mut args = vec![convert(&target.expr)?];
        args.extend(convert_all(&call.args)?);
        return Ok(Expr::Call(function, args));
    }
    let args = convert_all(&call.args)?;
    let pair = |args: Vec<Expr>| <[Expr; 2]>::try_from(args).map(Box::new).map_err(|_| Refusal::Meaning);
    Ok(match name {
        operators::LOGICAL_AND => Expr::And(pair(args)?),
        operators::LOGICAL_OR => Expr::Or(pair(args)?),
        operators::CONDITIONAL => {
            Expr::Conditional(<[Expr; 3]>::try_from(args).map(Box::new).map_err(|_| Refusal::Meaning)?)
        }
        operators::NOT_STRICTLY_FALSE => {
            let operand = args.into_iter().next().ok_or(Refusal::Meaning)?;
            Expr::NotStrictlyFalse(Box::new(operand))
        }
        operators::INDEX => match path(&Ast::Call(call.clone())) {
            // `a["b"]` with a name that a scenario may have set.
            Some(path) => Expr::Call(Function::IndexPath(path), args),
            None => Expr::Call(Function::Index, args),
        },
        _ => Expr::Call(Function::global(name, args.len()).ok_or(Refusal::Meaning)?, args),
    })
}
