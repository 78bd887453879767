//! Print: an expression as text that parses to the same tree.
//!
//! Invariants
//! - Brackets stand only where the tree needs them, or where a reader would (`(a = b) is null`).
//!
//! Not here: SQL (`onefold-stages`, `condition`).

use std::fmt;

use super::tokens::RESERVED;
use super::{ColumnRef, Expr, Literal, Name, Node, Operator};

/// How tightly a form binds, as the parser has it.
mod binds {
    pub(super) const OR: u8 = 10;
    pub(super) const AND: u8 = 20;
    pub(super) const NOT: u8 = 30;
    pub(super) const IS: u8 = 40;
    pub(super) const COMPARE: u8 = 50;
    pub(super) const LIKE: u8 = 60;
    pub(super) const CONCAT: u8 = 70;
    pub(super) const ADD: u8 = 80;
    pub(super) const MULTIPLY: u8 = 90;
    pub(super) const SIGN: u8 = 95;
    pub(super) const POWER: u8 = 100;
    pub(super) const ALONE: u8 = 200;
}

/// A way to name a column that can be written down.
pub trait Spelled {
    /// Writes the name, quoted where it must be.
    ///
    /// # Errors
    /// Those of the formatter.
    fn spell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Spelled for Name {
    fn spell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            word(f, part, i == 0)?;
        }
        Ok(())
    }
}

impl Spelled for ColumnRef {
    fn spell(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.alias.is_empty();
        if !own {
            word(f, &self.alias, true)?;
            f.write_str(".")?;
        }
        let column = self.column.as_str();
        let first = column.split('.').next().unwrap_or_default();
        if column.split('.').all(is_plain) && !(own && is_reserved(first)) {
            return f.write_str(column);
        }
        word(f, column, own)
    }
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spell(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spell(f)
    }
}

fn is_plain(part: &str) -> bool {
    let mut letters = part.chars();
    letters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && letters.all(|c| c.is_alphabetic() || c.is_ascii_digit() || c == '_')
}

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn word(f: &mut fmt::Formatter<'_>, part: &str, first: bool) -> fmt::Result {
    if is_plain(part) && !(first && is_reserved(part)) {
        return f.write_str(part);
    }
    write!(f, "\"{}\"", part.replace('"', "\"\""))
}

impl Operator {
    /// The operator as it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Concat => "||",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
        }
    }
    /// Whether it compares two values.
    pub fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }
    fn binds(self) -> u8 {
        match self {
            Self::Or => binds::OR,
            Self::And => binds::AND,
            Self::Concat => binds::CONCAT,
            Self::Add | Self::Subtract => binds::ADD,
            Self::Multiply | Self::Divide | Self::Modulo => binds::MULTIPLY,
            Self::Power => binds::POWER,
            _ => binds::COMPARE,
        }
    }
}

impl<N: Spelled> Expr<N> {
    fn binds(&self) -> u8 {
        match &self.node {
            Node::Binary(_, operator, _) => operator.binds(),
            Node::Not(_) => binds::NOT,
            Node::IsNull { .. } => binds::IS,
            Node::Between { .. } | Node::In { .. } | Node::Like { .. } => binds::LIKE,
            Node::Negate(_) => binds::SIGN,
            Node::Literal(Literal::Integer(value)) if *value < 0 => binds::SIGN,
            Node::Literal(Literal::Number(value)) if value.is_sign_negative() => binds::SIGN,
            _ => binds::ALONE,
        }
    }

    /// Writes it, in brackets when it binds less tightly than its place needs.
    fn within(&self, f: &mut fmt::Formatter<'_>, needed: u8) -> fmt::Result {
        if self.binds() < needed { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl<N: Spelled> fmt::Display for Expr<N> {
    #[recursive::recursive]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: bool| if negated { "not " } else { "" };
        match &self.node {
            Node::Literal(literal) => write!(f, "{literal}"),
            Node::Column(name) => name.spell(f),
            Node::Not(value) => {
                f.write_str("not ")?;
                value.within(f, binds::NOT)
            }
            Node::Negate(value) => {
                f.write_str("-")?;
                // `-5` is a constant, so the negative of one needs brackets.
                let literal = matches!(&value.node, Node::Literal(Literal::Integer(_) | Literal::Number(_)));
                if literal { write!(f, "({value})") } else { value.within(f, binds::POWER) }
            }
            Node::Binary(left, operator, right) => {
                let binds = operator.binds();
                left.within(f, if operator.is_comparison() { binds + 1 } else { binds })?;
                write!(f, " {} ", operator.word())?;
                right.within(f, binds + 1)
            }
            Node::Between { value, low, high, negated } => {
                value.within(f, binds::LIKE + 1)?;
                write!(f, " {}between ", not(*negated))?;
                low.within(f, binds::LIKE + 1)?;
                f.write_str(" and ")?;
                high.within(f, binds::LIKE + 1)
            }
            Node::In { value, list, negated } => {
                value.within(f, binds::LIKE + 1)?;
                write!(f, " {}in (", not(*negated))?;
                commas(f, list)?;
                f.write_str(")")
            }
            Node::Like { value, pattern, negated, ignore_case } => {
                value.within(f, binds::LIKE + 1)?;
                write!(f, " {}{} ", not(*negated), if *ignore_case { "ilike" } else { "like" })?;
                pattern.within(f, binds::LIKE + 1)
            }
            Node::IsNull { value, negated } => {
                value.within(f, binds::LIKE + 1)?;
                write!(f, " is {}null", not(*negated))
            }
            Node::Case { operand, whens, otherwise } => {
                f.write_str("case")?;
                if let Some(operand) = operand {
                    write!(f, " {operand}")?;
                }
                for (when, then) in whens {
                    write!(f, " when {when} then {then}")?;
                }
                if let Some(otherwise) = otherwise {
                    write!(f, " else {otherwise}")?;
                }
                f.write_str(" end")
            }
            Node::Cast { value, to } => write!(f, "cast({value} as {to})"),
            Node::Call { function, args } => call(f, function.word(), args),
            Node::Aggregate { aggregate, args } if args.is_empty() => write!(f, "{}(*)", aggregate.word()),
            Node::Aggregate { aggregate, args } => call(f, aggregate.word(), args),
            Node::InSegment(name) => write!(f, "in_segment({})", quoted(name)),
            Node::InList { value, list, .. } => write!(f, "in_list({value}, {})", quoted(list)),
        }
    }
}

fn call<N: Spelled>(f: &mut fmt::Formatter<'_>, name: &str, args: &[Expr<N>]) -> fmt::Result {
    write!(f, "{name}(")?;
    commas(f, args)?;
    f.write_str(")")
}

fn commas<N: Spelled>(f: &mut fmt::Formatter<'_>, list: &[Expr<N>]) -> fmt::Result {
    for (i, item) in list.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value:?}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Date(text) => write!(f, "date {}", quoted(text)),
            Self::DateTime(text) => write!(f, "timestamp {}", quoted(text)),
        }
    }
}
