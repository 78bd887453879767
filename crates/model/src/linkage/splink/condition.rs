//! Condition: SQL of Splink as a small tree, and what it says of pairs.
//!
//! Flow     text ─ sqlparser (DuckDB dialect) ─ `Tree` ─ a test of a field, or a part of a key
//!
//! Invariants
//! - A condition is read as a whole or not at all.

use sqlparser::ast::{self, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::Parser;

use super::written;
use crate::linkage::{FieldKind, Form, Test};

/// SQL, cut down to what conditions are made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    /// A column of the left (`true`) or right record.
    Column(String, bool),
    Number(f64),
    Text(String),
    /// A function by its name in lower case.
    Call(String, Vec<Tree>),
    Binary(BinaryOperator, Box<Tree>, Box<Tree>),
    IsNull(Box<Tree>),
    /// Anything else.
    Other,
}

/// Reads a condition; `None` when it is no SQL.
pub(super) fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new(&DuckDbDialect {}).with_recursion_limit(100).try_with_sql(text).ok()?;
    let tree = parser.parse_expr().ok()?;
    (parser.peek_token().token == sqlparser::tokenizer::Token::EOF).then(|| Tree::of(&tree))
}

impl Tree {
    fn of(expr: &ast::Expr) -> Self {
        let one = |expr: &ast::Expr| Box::new(Self::of(expr));
        match expr {
            ast::Expr::Nested(inner) | ast::Expr::Cast { expr: inner, .. } => Self::of(inner),
            ast::Expr::Identifier(name) => column(&name.value),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [side, name] if side.value.eq_ignore_ascii_case("l") => Self::Column(name.value.clone(), true),
                [side, name] if side.value.eq_ignore_ascii_case("r") => Self::Column(name.value.clone(), false),
                _ => Self::Other,
            },
            ast::Expr::Value(value) => match &value.value {
                ast::Value::Number(number, _) => number.parse().map_or(Self::Other, Self::Number),
                ast::Value::SingleQuotedString(text) => Self::Text(text.clone()),
                _ => Self::Other,
            },
            ast::Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match Self::of(expr) {
                Self::Number(number) => Self::Number(-number),
                _ => Self::Other,
            },
            ast::Expr::BinaryOp { left, op, right } => Self::Binary(op.clone(), one(left), one(right)),
            ast::Expr::Case { conditions, else_result, .. } => {
                let branches = conditions.iter().flat_map(|branch| [&branch.condition, &branch.result]);
                Self::Call("case".to_owned(), branches.chain(else_result.as_deref()).map(Self::of).collect())
            }
            ast::Expr::IsNull(inner) => Self::IsNull(one(inner)),
            ast::Expr::Lambda(lambda) => Self::Call("lambda".to_owned(), vec![Self::of(&lambda.body)]),
            ast::Expr::Trim { expr, .. } => Self::of(expr),
            ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
                let parts = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                Self::Call("substr".to_owned(), parts.into_iter().flatten().map(|part| Self::of(part)).collect())
            }
            ast::Expr::Function(call) => {
                let name = call.name.to_string().to_lowercase();
                let FunctionArguments::List(list) = &call.args else { return Self::Other };
                let args = list.args.iter().map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Self::of(expr),
                    _ => Self::Other,
                });
                Self::Call(if name == "substring" { "substr".to_owned() } else { name }, args.collect())
            }
            _ => Self::Other,
        }
    }

    /// The parts of a chain of one operator.
    pub(super) fn chain(&self, operator: &BinaryOperator) -> Vec<&Self> {
        match self {
            Self::Binary(op, left, right) if op == operator => {
                let mut all = left.chain(operator);
                all.extend(right.chain(operator));
                all
            }
            other => vec![other],
        }
    }

    /// Whether it only asks whether values are missing.
    pub(super) fn is_missing(&self) -> bool {
        match self {
            Self::Binary(BinaryOperator::Or | BinaryOperator::And, left, right) => {
                left.is_missing() && right.is_missing()
            }
            Self::IsNull(_) => true,
            _ => false,
        }
    }

    /// Columns that it names, in order, each once.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    /// Columns that are read as dates.
    pub(super) fn dates(&self) -> Vec<&str> {
        match self {
            Self::Call(name, _) if name.ends_with("strptime") || name == "epoch" => self.columns(),
            Self::Call(_, args) => args.iter().flat_map(Self::dates).collect(),
            Self::Binary(_, left, right) => left.dates().into_iter().chain(right.dates()).collect(),
            Self::IsNull(inner) => inner.dates(),
            _ => Vec::new(),
        }
    }

    fn collect<'a>(&'a self, all: &mut Vec<&'a str>) {
        match self {
            Self::Column(name, _) if !all.contains(&name.as_str()) => all.push(name),
            Self::Call(_, args) => args.iter().for_each(|arg| arg.collect(all)),
            Self::Binary(_, left, right) => {
                left.collect(all);
                right.collect(all);
            }
            Self::IsNull(inner) => inner.collect(all),
            _ => {}
        }
    }

    /// Functions that it calls, the outermost first.
    fn calls(&self) -> Vec<&str> {
        match self {
            Self::Call(name, args) => std::iter::once(name.as_str()).chain(args.iter().flat_map(Self::calls)).collect(),
            Self::Binary(_, left, right) => left.calls().into_iter().chain(right.calls()).collect(),
            Self::IsNull(inner) => inner.calls(),
            _ => Vec::new(),
        }
    }

    /// The same without functions that a field's own normalising stands for.
    fn bare(&self) -> &Self {
        match self {
            Self::Call(name, args)
                if ["lower", "upper", "trim", "nullif", "try_strptime", "strptime", "try_cast", "epoch", "date"]
                    .contains(&name.as_str()) =>
            {
                args.first().map_or(self, Self::bare)
            }
            other => other,
        }
    }

    /// The one column that both are of, one of them the left's and one the right's.
    fn same<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        match (self.bare(), other.bare()) {
            (Self::Column(a, left), Self::Column(b, other)) if left != other && a == b => Some(a),
            _ => None,
        }
    }

    /// The part of a column that it is, and whether the left's.
    fn part(&self) -> Option<(&str, FieldKind, bool)> {
        let Self::Call(name, args) = self.bare() else { return None };
        let Self::Column(column, left) = args.first()?.bare() else { return None };
        let kind = match (name.as_str(), args.get(1..)?) {
            ("regexp_extract", [Self::Text(pattern), ..]) => written::part(pattern)?,
            ("split_part", [Self::Text(at), Self::Number(1.0)]) if at == "@" => FieldKind::EmailUser,
            _ => return None,
        };
        Some((column, kind, *left))
    }

    /// The one part of one column that both are, one of the left's and one of the right's.
    fn same_part(&self, other: &Self) -> Option<(&str, FieldKind)> {
        let (one, other) = (self.part()?, other.part()?);
        (one.0 == other.0 && one.1 == other.1 && one.2 != other.2).then_some((one.0, one.1))
    }

    /// A test of the column, or the part of one, that both are.
    fn of_same(&self, other: &Self, test: Test) -> Option<Said> {
        match self.same(other) {
            Some(column) => Some(Said::Of(column.to_owned(), test)),
            None => self.same_part(other).map(|(column, kind)| Said::OfPart(column.to_owned(), kind, test)),
        }
    }
}

/// `"surname_l"`
fn column(name: &str) -> Tree {
    if let Some(name) = name.strip_suffix("_l") {
        Tree::Column(name.to_owned(), true)
    } else if let Some(name) = name.strip_suffix("_r") {
        Tree::Column(name.to_owned(), false)
    } else {
        Tree::Other
    }
}

/// What a condition says: a test of a column, or of several.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// Of one column.
    Of(String, Test),
    /// Of a part of a column.
    OfPart(String, FieldKind, Test),
    /// The values of two columns stand crosswise.
    Crosswise(String, String),
    /// Latitude, longitude, kilometres.
    Near(String, String, f64),
    /// All hold.
    All(Vec<Said>),
    /// One holds.
    Any(Vec<Said>),
}

const SECONDS_A_DAY: f64 = 86_400.0;

/// What a condition says, if a model can say it.
pub(super) fn said(tree: &Tree) -> Option<Said> {
    if let Some(crosswise) = crosswise(tree) {
        return Some(crosswise);
    }
    if let [column] = tree.columns().as_slice()
        && let Some(test) = written::whole(column, tree)
    {
        return Some(Said::Of((*column).to_owned(), test));
    }
    if let Tree::Binary(operator @ (BinaryOperator::And | BinaryOperator::Or), ..) = tree {
        let parts = tree.chain(operator).into_iter().map(said).collect::<Option<Vec<_>>>()?;
        return Some(if *operator == BinaryOperator::And { Said::All(parts) } else { Said::Any(parts) });
    }
    let Tree::Binary(operator, left, right) = tree else { return None };
    match (operator, right.as_ref()) {
        (BinaryOperator::Eq, _) => equal(left, right),
        (BinaryOperator::GtEq, Tree::Number(limit)) => similar(left, Limit { at: *limit, open: false }),
        (BinaryOperator::Gt, Tree::Number(limit)) => similar(left, Limit { at: *limit, open: true }),
        (BinaryOperator::LtEq, Tree::Number(limit)) => distant(left, Limit { at: *limit, open: false }),
        (BinaryOperator::Lt, Tree::Number(limit)) => distant(left, Limit { at: *limit, open: true }),
        _ => None,
    }
}

/// A limit, and whether it is itself out.
#[derive(Clone, Copy)]
struct Limit {
    at: f64,
    open: bool,
}

impl Limit {
    /// The most of whole numbers.
    fn most(self) -> Option<u32> {
        whole(if self.open { self.at.ceil() - 1.0 } else { self.at.floor() })
    }
    /// The least of whole numbers.
    fn least(self) -> Option<u32> {
        whole(if self.open { self.at.floor() + 1.0 } else { self.at.ceil() })
    }
}

/// `"fn_l" = "sn_r" and "fn_r" = "sn_l"`
fn crosswise(tree: &Tree) -> Option<Said> {
    let parts = tree.chain(&BinaryOperator::And);
    let [one, two] = parts.as_slice() else { return None };
    let ends = |tree: &Tree| match tree {
        Tree::Binary(BinaryOperator::Eq, left, right) => match (left.bare(), right.bare()) {
            (Tree::Column(a, true), Tree::Column(b, false)) | (Tree::Column(b, false), Tree::Column(a, true)) => {
                Some((a.clone(), b.clone()))
            }
            _ => None,
        },
        _ => None,
    };
    let ((a, b), (c, d)) = (ends(one)?, ends(two)?);
    (a != b && a == d && b == c).then_some(Said::Crosswise(a, b))
}

fn equal(left: &Tree, right: &Tree) -> Option<Said> {
    if let Some(name) = left.same(right) {
        return Some(Said::Of(name.to_owned(), Test::Exact));
    }
    let (Tree::Call(one, a), Tree::Call(two, b)) = (left.bare(), right.bare()) else { return None };
    if let Some((column, kind)) = left.same_part(right).filter(|(_, kind)| *kind != FieldKind::EmailUser) {
        return Some(Said::OfPart(column.to_owned(), kind, Test::Exact));
    }
    let name = a.first()?.same(b.first()?)?.to_owned();
    let test = match (one.as_str(), a.get(1..)?, b.get(1..)?) {
        _ if one != two => return None,
        ("substr", [Tree::Number(1.0), Tree::Number(length)], rest) if rest == &a[1..] => Test::Prefix(whole(*length)?),
        ("left", [Tree::Number(length)], rest) if rest == &a[1..] => Test::Prefix(whole(*length)?),
        ("right", [Tree::Number(length)], rest) if rest == &a[1..] => Test::Suffix(whole(*length)?),
        ("substr", [Tree::Number(from)], rest) if *from < 0.0 && rest == &a[1..] => Test::Suffix(whole(-from)?),
        _ if left.same_part(right).is_some() => Test::EmailUser,
        ("regexp_extract", [Tree::Text(pattern), ..], rest) if rest == &a[1..] && pattern == written::DOMAIN => {
            Test::EmailDomain
        }
        ("split_part", [Tree::Text(at), Tree::Number(2.0)], rest) if rest == &a[1..] && at == "@" => Test::EmailDomain,
        ("year", [], []) => Test::WithinYears(0),
        ("soundex" | "dmetaphone" | "double_metaphone" | "metaphone", [], []) => Test::Phonetic,
        _ => return None,
    };
    Some(Said::Of(name, test))
}

fn similar(left: &Tree, limit: Limit) -> Option<Said> {
    if let Some(column) = written::share_of_edits(left) {
        return Some(Said::Of(column, Test::Similarity(limit.at)));
    }
    let Tree::Call(name, args) = left else { return None };
    if name == "list_max" {
        return of_lists(left, limit);
    }
    let [a, b] = args.as_slice() else {
        // `array_length(list_intersect(l, r)) >= n`
        let [Tree::Call(inner, args)] = args.as_slice() else { return None };
        let [a, b] = args.as_slice() else { return None };
        let counts = ["array_length", "len", "size", "cardinality"].contains(&name.as_str());
        let meets = ["list_intersect", "array_intersect"].contains(&inner.as_str());
        let column = a.same(b).filter(|_| counts && meets)?;
        return Some(Said::Of(column.to_owned(), Test::Shared(limit.least()?)));
    };
    a.of_same(b, of_texts(name, limit)?)
}

fn distant(left: &Tree, limit: Limit) -> Option<Said> {
    if let Tree::Call(name, args) = left
        && let [a, b] = args.as_slice()
    {
        return a.of_same(b, of_texts(name, limit)?);
    }
    if let Some(place) = great_circle(left) {
        return Some(Said::Near(place.0, place.1, limit.at));
    }
    if let Some(column) = written::share_apart(left) {
        return Some(Said::Of(column, Test::WithinShare(limit.at)));
    }
    let Tree::Call(name, _) = left else { return None };
    if name == "list_min" {
        return of_lists(left, limit);
    }
    let (a, b) = written::difference(left)?;
    let called = |tree: &Tree, wanted: &str| matches!(tree, Tree::Call(name, _) if name == wanted);
    if called(a, "year") && called(b, "year") {
        let inner = |tree: &Tree| match tree {
            Tree::Call(_, args) => args.first().cloned(),
            _ => None,
        };
        let (a, b) = (inner(a)?, inner(b)?);
        return Some(Said::Of(a.same(&b)?.to_owned(), Test::WithinYears(limit.most()?)));
    }
    let column = a.same(b)?.to_owned();
    if called(a, "epoch") {
        // What is nearer than a day is asked of times, and dates have none.
        let days = Limit { at: limit.at / SECONDS_A_DAY, ..limit };
        return (days.at >= 1.0).then(|| days.most().map(|days| Said::Of(column, Test::WithinDays(days))))?;
    }
    Some(Said::Of(column, Test::Within(limit.at)))
}

/// A test by the name of a function of two texts.
fn of_texts(name: &str, limit: Limit) -> Option<Test> {
    Some(match name {
        // Jaro without Winkler's prefix is a little lower for the same values.
        "jaro_winkler_similarity" | "jaro_winkler" | "jaro_similarity" => Test::JaroWinkler(limit.at),
        "jaccard" => Test::Jaccard(limit.at),
        "levenshtein" => Test::Levenshtein(limit.most()?),
        "damerau_levenshtein" => Test::Damerau(limit.most()?),
        _ => return None,
    })
}

/// `list_max(list_transform(flatten(…), pair -> jaro_winkler_similarity(pair[1], pair[2])))`: of all pairs of the values of two
/// lists the nearest, as of several values here.
fn of_lists(tree: &Tree, limit: Limit) -> Option<Said> {
    let [column] = tree.columns()[..] else { return None };
    let (known, measures): (Vec<&str>, Vec<&str>) = tree
        .calls()
        .into_iter()
        .partition(|name| ["list_max", "list_min", "list_transform", "flatten", "lambda"].contains(name));
    let [measure] = measures[..] else { return None };
    let whole = known.iter().filter(|name| **name == "list_transform").count() == 3;
    whole.then(|| of_texts(measure, limit).map(|test| Said::Of(column.to_owned(), test)))?
}

/// `acos(…) * 6371`: the columns of latitude and longitude.
fn great_circle(tree: &Tree) -> Option<(String, String)> {
    let Tree::Binary(BinaryOperator::Multiply, angle, radius) = tree else { return None };
    let is_angle = matches!(angle.as_ref(), Tree::Call(name, _) if name == "acos");
    let is_earth = matches!(radius.as_ref(), Tree::Number(radius) if (6370.0..6372.0).contains(radius));
    match tree.columns().as_slice() {
        [latitude, longitude] if is_angle && is_earth => Some(((*latitude).to_owned(), (*longitude).to_owned())),
        _ => None,
    }
}

fn whole(number: f64) -> Option<u32> {
    (number >= 0.0 && number <= f64::from(u32::MAX) && number.fract() == 0.0).then_some(number as u32)
}

/// The rules that a blocking rule says: each holds where all its conditions do. `or` makes several of one.
pub(super) fn alternatives(tree: &Tree) -> Vec<Vec<&Tree>> {
    let either = tree.chain(&BinaryOperator::Or);
    if either.len() > 1 {
        return either.into_iter().flat_map(alternatives).collect();
    }
    tree.chain(&BinaryOperator::And).into_iter().fold(vec![Vec::new()], |all, part| {
        let own = if part == tree { vec![vec![part]] } else { alternatives(part) };
        all.iter().flat_map(|one: &Vec<&Tree>| own.iter().map(move |own| [one.as_slice(), own].concat())).collect()
    })
}

/// Of two conditions, the columns that they want crosswise: `l.a = r.b and l.b = r.a`.
pub(super) fn crosswise_key(one: &Tree, other: &Tree) -> Option<(String, String)> {
    let both = Tree::Binary(BinaryOperator::And, Box::new(one.clone()), Box::new(other.clone()));
    match crosswise(&both)? {
        Said::Crosswise(one, other) => Some((one, other)),
        _ => None,
    }
}

/// A part of a blocking key: `l.surname = r.surname`, `substr(l.name, 1, 3) = substr(r.name, 1, 3)`; of a part of a column
/// which.
pub(super) fn key_part(tree: &Tree) -> Option<(String, Option<FieldKind>, Form)> {
    let Tree::Binary(BinaryOperator::Eq, left, right) = tree else { return None };
    if let (Tree::Call(one, a), Tree::Call(two, b)) = (left.as_ref(), right.as_ref())
        && one == two
        && let ("substr", [_, Tree::Number(from), Tree::Number(length)]) = (one.as_str(), a.as_slice())
        && a[1..] == b[1..]
        && let Some(name) = a[0].same(&b[0])
    {
        let form = match (*from as i64, *length as i64) {
            (1, length) => Form::Prefix(u32::try_from(length).ok()?),
            // Of dates as Splink has them: `1990-12-31`.
            (6, 5) => Form::MonthDay,
            _ => return None,
        };
        return Some((name.to_owned(), None, form));
    }
    let (name, form) = match equal(left, right)? {
        Said::Of(name, Test::Exact) => (name, Form::Exact),
        Said::Of(name, Test::Prefix(length)) => (name, Form::Prefix(length)),
        Said::Of(name, Test::Suffix(length)) => (name, Form::Suffix(length)),
        Said::Of(name, Test::EmailUser) => (name, Form::EmailUser),
        Said::Of(name, Test::Phonetic) => (name, Form::Phonetic),
        Said::Of(name, Test::WithinYears(0)) => (name, Form::Year),
        Said::OfPart(name, kind, Test::Exact) => return Some((name, Some(kind), Form::Exact)),
        _ => return None,
    };
    Some((name, None, form))
}
