//! Parse: tokens to a tree, by binding power.
//!
//! Reads    FHIRPath text, and the constants of the view        Writes   a `Tree`
//!
//! Invariants
//! - What is unknown (function, constant, type) is found here, never while records are read.
//!
//! Not here: what functions do (`functions`).

use std::collections::HashMap;

use super::PathFault;
use super::decimal::Decimal;
use super::item::Item;
use super::moment::{Moment, Sort};
use super::token::{Token, tokens};
use super::tree::{Function, Operator, Tree};
use super::types;

/// The constants of a view, by name.
pub(crate) type Constants = HashMap<String, Item<'static>>;

/// Nested brackets beyond this are refused, so that no text can exhaust the stack.
const DEPTH: usize = 100;

/// Reads a path.
pub(crate) fn parse(text: &str, constants: &Constants) -> Result<Tree, PathFault> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, constants, depth: 0 };
    let tree = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(tree),
        _ => Err(parser.fault("the path should end here")),
    }
}

struct Parser<'a> {
    tokens: Vec<(Token, usize)>,
    at: usize,
    constants: &'a Constants,
    depth: usize,
}

/// Operators with what binds them, loosest first.
const OPERATORS: &[(&str, u8, Operator)] = &[
    ("implies", 1, Operator::Implies),
    ("or", 2, Operator::Or),
    ("xor", 2, Operator::Xor),
    ("and", 3, Operator::And),
    ("in", 4, Operator::In),
    ("contains", 4, Operator::Contains),
    ("=", 5, Operator::Equal),
    ("!=", 5, Operator::NotEqual),
    ("~", 5, Operator::Equivalent),
    ("!~", 5, Operator::NotEquivalent),
    ("<", 6, Operator::Less),
    ("<=", 6, Operator::LessOrEqual),
    (">", 6, Operator::More),
    (">=", 6, Operator::MoreOrEqual),
    ("|", 7, Operator::Union),
    ("+", 9, Operator::Plus),
    ("-", 9, Operator::Minus),
    ("&", 9, Operator::Join),
    ("*", 10, Operator::Times),
    ("/", 10, Operator::Over),
    ("div", 10, Operator::Div),
    ("mod", 10, Operator::Mod),
];
const TYPE_POWER: u8 = 8;
const SIGN_POWER: u8 = 11;

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }
    fn place(&self) -> usize {
        self.tokens[self.at].1
    }
    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }
    fn fault(&self, what: impl Into<String>) -> PathFault {
        PathFault::new(self.place(), what)
    }
    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }
    fn accept(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.next();
        }
        found
    }
    fn expect(&mut self, sign: &str) -> Result<(), PathFault> {
        if self.accept(sign) { Ok(()) } else { Err(self.fault(format!("`{sign}` was expected"))) }
    }

    fn expression(&mut self, power: u8) -> Result<Tree, PathFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault("too many levels of brackets"));
        }
        let mut left = self.unary()?;
        loop {
            let word = match self.peek() {
                Token::Word(word, false) => word.clone(),
                Token::Sign(sign) => (*sign).to_owned(),
                _ => break,
            };
            if matches!(word.as_str(), "is" | "as") && TYPE_POWER > power {
                self.next();
                let ty = self.type_name()?;
                left = if word == "is" { Tree::Is(Box::new(left), ty) } else { Tree::OfType(Box::new(left), ty, true) };
                continue;
            }
            let Some(&(_, binds, operator)) = OPERATORS.iter().find(|(sign, ..)| *sign == word) else { break };
            if binds <= power {
                break;
            }
            self.next();
            let right = self.expression(binds)?;
            left = Tree::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Tree, PathFault> {
        if self.accept("-") {
            return Ok(Tree::Negative(Box::new(self.expression(SIGN_POWER)?)));
        }
        if self.accept("+") {
            return self.expression(SIGN_POWER);
        }
        let mut tree = self.term()?;
        loop {
            if self.accept(".") {
                let place = self.place();
                tree = match self.next() {
                    Token::Word(name, _) if self.is("(") => self.call(tree, &name, place)?,
                    Token::Word(name, _) => step(tree, name),
                    Token::Variable(name) => self.variable(&name, place)?,
                    _ => return Err(PathFault::new(place, "a name was expected after `.`")),
                };
            } else if self.accept("[") {
                let index = self.expression(0)?;
                self.expect("]")?;
                tree = Tree::At(Box::new(tree), Box::new(index));
            } else {
                return Ok(tree);
            }
        }
    }

    fn variable(&self, name: &str, place: usize) -> Result<Tree, PathFault> {
        match name {
            "this" => Ok(Tree::This),
            "index" => Ok(Tree::Index),
            "total" => Ok(Tree::Total),
            _ => {
                Err(PathFault::new(place, format!("`${name}` does not exist"))
                    .hint("use `$this`, `$index` or `$total`"))
            }
        }
    }

    fn term(&mut self) -> Result<Tree, PathFault> {
        let place = self.place();
        Ok(match self.next() {
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                inner
            }
            Token::Sign("{") => {
                self.expect("}")?;
                Tree::Nothing
            }
            Token::Text(text) => Tree::Literal(Item::Text(text.into())),
            Token::Number(digits) => self.number(&digits, place)?,
            Token::Moment(text) => Tree::Literal(Item::Moment(moment(&text, place)?)),
            Token::Variable(name) => self.variable(&name, place)?,
            Token::Constant(name) => self.constant(&name, place)?,
            Token::Word(word, false) if word == "true" || word == "false" => {
                Tree::Literal(Item::Boolean(word == "true"))
            }
            Token::Word(name, _) if self.is("(") => self.call(Tree::This, &name, place)?,
            Token::Word(name, quoted) => {
                if !quoted && name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    Tree::Root(name.into())
                } else {
                    step(Tree::This, name)
                }
            }
            Token::End => return Err(PathFault::new(place, "the path ends too early")),
            _ => return Err(PathFault::new(place, "a name or value was expected")),
        })
    }

    fn number(&mut self, digits: &str, place: usize) -> Result<Tree, PathFault> {
        let number = Decimal::parse(digits).ok_or_else(|| PathFault::new(place, "a number that is too long"))?;
        const UNITS: &[&str] = &["year", "month", "week", "day", "hour", "minute", "second", "millisecond"];
        let unit = match self.peek() {
            Token::Text(unit) => Some(unit.clone()),
            Token::Word(word, false) if UNITS.contains(&word.strip_suffix('s').unwrap_or(word)) => Some(word.clone()),
            _ => None,
        };
        if let Some(unit) = unit {
            self.next();
            return Ok(Tree::Literal(Item::Quantity(number, unit.into())));
        }
        Ok(Tree::Literal(match digits.parse() {
            Ok(whole) => Item::Integer(whole),
            Err(_) => Item::Decimal(number),
        }))
    }

    fn constant(&self, name: &str, place: usize) -> Result<Tree, PathFault> {
        if let Some(value) = self.constants.get(name) {
            return Ok(Tree::Literal(value.clone()));
        }
        let text = |text: &'static str| Ok(Tree::Literal(Item::Text(text.into())));
        match name {
            "resource" | "rootResource" => Ok(Tree::Resource),
            "context" => Ok(Tree::Context),
            "rowIndex" => Ok(Tree::RowIndex),
            "ucum" => text("http://unitsofmeasure.org"),
            "sct" => text("http://snomed.info/sct"),
            "loinc" => text("http://loinc.org"),
            _ => {
                let fault = PathFault::new(place, format!("the constant `%{name}` is not declared"));
                let known = self.constants.keys().map(String::as_str).chain(["resource", "context", "rowIndex"]);
                let mut known: Vec<&str> = known.collect();
                known.sort_unstable();
                Err(match super::nearest(name, known.into_iter()) {
                    Some(near) => fault.hint(format!("did you mean `%{near}`?")),
                    None => fault.hint("add it to `constant` of the view"),
                })
            }
        }
    }

    /// A type, `Quantity`, `FHIR.Quantity`, `System.String`: its last name.
    fn type_name(&mut self) -> Result<Box<str>, PathFault> {
        let mut place = self.place();
        let Token::Word(mut name, _) = self.next() else {
            return Err(PathFault::new(place, "the name of a type was expected"));
        };
        if matches!(name.as_str(), "FHIR" | "System") && self.accept(".") {
            place = self.place();
            let Token::Word(last, _) = self.next() else {
                return Err(PathFault::new(place, "the name of a type was expected"));
            };
            name = last;
        }
        if name.starts_with(|c: char| c.is_lowercase()) && !types::is_primitive(&name) {
            let fault = PathFault::new(place, format!("`{name}` is not a type of FHIR"));
            let known = types::CHOICES.iter().map(|(_, ty)| *ty);
            return Err(match super::nearest(&name, known) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint("name a type as FHIR writes it: `string`, `dateTime`, `Quantity`"),
            });
        }
        Ok(name.into())
    }

    fn call(&mut self, on: Tree, name: &str, place: usize) -> Result<Tree, PathFault> {
        self.expect("(")?;
        let on = Box::new(on);
        if matches!(name, "ofType" | "as" | "is" | "getReferenceKey") {
            if name == "getReferenceKey" && self.accept(")") {
                return Ok(Tree::ReferenceKey(on, None));
            }
            let ty = self.type_name()?;
            self.expect(")")?;
            return Ok(match name {
                "ofType" => Tree::OfType(on, ty, false),
                "as" => Tree::OfType(on, ty, true),
                "is" => Tree::Is(on, ty),
                _ => Tree::ReferenceKey(on, Some(ty)),
            });
        }
        let Some((function, least, most)) = Function::find(name) else {
            let fault = PathFault::new(place, format!("the function `{name}` does not exist"));
            return Err(match super::nearest(name, Function::WORDS.iter().copied()) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint("use one of the functions of SQL on FHIR: `first`, `where`, `exists`, `ofType`, …"),
            });
        };
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                arguments.push(self.expression(0)?);
                if !self.accept(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        if !(least..=most).contains(&arguments.len()) {
            let count = if least == most { format!("{least}") } else { format!("{least} to {most}") };
            return Err(PathFault::new(place, format!("`{name}` takes {count} arguments, not {}", arguments.len())));
        }
        if matches!(function, Function::Matches | Function::MatchesFull | Function::ReplaceMatches)
            && let Tree::Literal(Item::Text(pattern)) = &arguments[0]
        {
            regex::Regex::new(pattern)
                .map_err(|_| PathFault::new(place, format!("`{pattern}` is not a regular expression")))?;
        }
        // Extensions are members first, so that those of plain values (`_birthDate`) are found on the way.
        let on = if function == Function::Extension { Box::new(step(*on, "extension".to_owned())) } else { on };
        Ok(Tree::Call(on, function, arguments))
    }
}

/// One more name: joined to those before it.
fn step(tree: Tree, name: String) -> Tree {
    match tree {
        Tree::Names(base, mut names) => {
            names.push(name.into());
            Tree::Names(base, names)
        }
        other => Tree::Names(Box::new(other), vec![name.into()]),
    }
}

fn moment(text: &str, place: usize) -> Result<Moment, PathFault> {
    let sort = match text.find('T') {
        Some(0) => Sort::Time,
        Some(_) => Sort::DateTime,
        None => Sort::Date,
    };
    Moment::parse(text, sort).ok_or_else(|| {
        PathFault::new(place, format!("`@{text}` is not a date or time"))
            .hint("write `@2026-01-31`, `@2026-01-31T12:00:00Z` or `@T12:00`")
    })
}
