//! Made of: the fields that a segment or a measure is worked out from, and measures worked out from the same.

use std::collections::BTreeSet;

use onefold_model::Project;
use onefold_model::expr::{Expr, Name};

/// Fields, as `Customer.city` and `Customer_Measure.TotalSpent`.
pub(super) type Fields = BTreeSet<String>;

/// The fields that the rules of a segment name, those of segments they name too, and what measures among them are made of.
pub(super) fn segment(project: &Project, name: &str) -> Fields {
    let (mut found, mut seen, mut open) = (Fields::new(), BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        for rule in project.segment(&name).iter().flat_map(|segment| &segment.rules) {
            named(&rule.filter.value, &mut found);
            open.extend(rule.filter.value.segments().into_iter().map(str::to_owned));
        }
    }
    closed(project, found)
}

/// A field, and what it is made of where it is a measure.
pub(super) fn field(project: &Project, field: &str) -> Fields {
    closed(project, Fields::from([field.to_owned()]))
}

/// Whether a field is one of some, or a measure made of one of them.
pub(super) fn touches(project: &Project, own: &str, some: &Fields) -> bool {
    !field(project, own).is_disjoint(some)
}

/// Some fields with all that measures among them are made of.
fn closed(project: &Project, mut found: Fields) -> Fields {
    let mut open: Vec<String> = found.iter().cloned().collect();
    while let Some(field) = open.pop() {
        let Some(measure) = field.strip_prefix("Customer_Measure.").and_then(|name| project.measure(name)) else {
            continue;
        };
        let mut own = Fields::new();
        measure.values.iter().for_each(|calculation| named(&calculation.value.value, &mut own));
        measure.filter.iter().for_each(|filter| named(&filter.value, &mut own));
        open.extend(own.into_iter().filter(|field| found.insert(field.clone())));
    }
    found
}

/// The fields that an expression names.
fn named(expr: &Expr, into: &mut Fields) {
    for Name(parts) in expr.columns() {
        if let [table, column @ ..] = parts.as_slice()
            && (table == "Customer" || table == "Customer_Measure")
        {
            into.insert(format!("{table}.{}", column.join(".")));
        }
    }
}
