//! Written: SQL of Splink and of our export that stands for one test as a whole.
//!
//! Invariants
//! - What [`condition`] writes, [`whole`] reads.
//!
//! Not here: conditions that are read by their parts (`condition`).

use sqlparser::ast::BinaryOperator;

use super::condition::{Tree, parse};
use crate::linkage::{FieldKind, Test};

/// What is before the `@`, as Splink has it.
const USER: &str = "^[^@]+";
/// What is after it.
pub(super) const DOMAIN: &str = "@([^@]+)$";

/// Patterns of Splink and the parts that they cut out.
const PARTS: &[(&str, FieldKind)] = &[
    (USER, FieldKind::EmailUser),
    ("^[A-Za-z]{1,2}", FieldKind::PostalArea),
    ("^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?", FieldKind::PostalDistrict),
    ("^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]", FieldKind::PostalSector),
];

/// The kind of the part that a pattern cuts out.
pub(super) fn part(pattern: &str) -> Option<FieldKind> {
    PARTS.iter().find(|(known, _)| *known == pattern).map(|(_, kind)| *kind)
}

/// A part of a column, and what it is called beside the column.
pub(super) fn part_of(side: &str, kind: FieldKind) -> Option<String> {
    let (pattern, _) = PARTS.iter().find(|(_, known)| *known == kind)?;
    Some(cut(side, pattern))
}

/// What a pattern cuts out of a text; nothing is missing.
pub(super) fn cut(side: &str, pattern: &str) -> String {
    format!("NULLIF(regexp_extract({side}, '{pattern}', 0), '')")
}

/// The word for a part, after the name of its column.
pub(super) fn word(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::PostalArea => "area",
        FieldKind::PostalDistrict => "district",
        FieldKind::PostalSector => "sector",
        _ => "user",
    }
}

/// Tests whose SQL is read as a whole.
const WHOLE: [Test; 3] = [Test::Initial, Test::DayMonthSwapped, Test::TwoPartsEqual];

/// The SQL of a test that is read as a whole, of the left's and the right's column.
pub(super) fn condition(test: &Test, left: &str, right: &str) -> Option<String> {
    let part = |side: &str, from: u32, length: u32| format!("substr({side}, {from}, {length})");
    let equal = |from: u32, length: u32| format!("{} = {}", part(left, from, length), part(right, from, length));
    Some(match test {
        Test::Initial => format!("{} AND (length({left}) = 1 OR length({right}) = 1)", equal(1, 1)),
        Test::DayMonthSwapped => {
            let crossed = |a: u32, b: u32| format!("{} = {}", part(left, a, 2), part(right, b, 2));
            format!("{} AND {} AND {}", equal(1, 4), crossed(6, 9), crossed(9, 6))
        }
        Test::TwoPartsEqual => {
            let [year, month, day] = [equal(1, 4), equal(6, 2), equal(9, 2)];
            format!("(({year}) AND ({month})) OR (({year}) AND ({day})) OR (({month}) AND ({day}))")
        }
        _ => return None,
    })
}

/// The test of a column whose SQL this is.
pub(super) fn whole(column: &str, tree: &Tree) -> Option<Test> {
    let side = |side: &str| format!("\"{}_{side}\"", column.replace('"', "\"\""));
    let is =
        |test: &&Test| condition(test, &side("l"), &side("r")).and_then(|text| parse(&text)).as_ref() == Some(tree);
    WHOLE.iter().find(is).cloned()
}

/// `abs(l - r)`: its two sides.
pub(super) fn difference(tree: &Tree) -> Option<(&Tree, &Tree)> {
    let Tree::Call(name, args) = tree else { return None };
    match args.as_slice() {
        [Tree::Binary(BinaryOperator::Minus, a, b)] if name == "abs" => Some((a, b)),
        _ => None,
    }
}

/// `abs(l - r) / (the larger)`: the column.
pub(super) fn share_apart(tree: &Tree) -> Option<String> {
    let Tree::Binary(BinaryOperator::Divide, apart, larger) = tree else { return None };
    difference(apart)?;
    let is_larger = matches!(larger.as_ref(), Tree::Call(name, _) if name == "greatest" || name == "case");
    match tree.columns().as_slice() {
        [column] if is_larger => Some((*column).to_owned()),
        _ => None,
    }
}

/// `1 - levenshtein(l, r) / greatest(length(l), length(r))`: the column.
pub(super) fn share_of_edits(tree: &Tree) -> Option<String> {
    let Tree::Binary(BinaryOperator::Minus, one, share) = tree else { return None };
    let Tree::Binary(BinaryOperator::Divide, edits, longer) = share.as_ref() else { return None };
    let called = |tree: &Tree, wanted: &str| matches!(tree, Tree::Call(name, _) if name == wanted);
    let is = **one == Tree::Number(1.0) && called(edits, "levenshtein") && called(longer, "greatest");
    match tree.columns().as_slice() {
        [column] if is => Some((*column).to_owned()),
        _ => None,
    }
}
