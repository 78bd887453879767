//! Aliases: tables of other names for values, and of values that mean nothing, as rules name them.
//!
//! Reads    the tables that `alias` and `bypass` of `unify.yaml` name, as they are published
//!
//! Invariants
//! - Values of a list go through the steps before it, like the values they are looked up for; of several canonical
//!   values the first in the order of texts counts. It is what the step `unify.match` does in SQL.
//!
//! Not here: the other steps (`onefold_kernels::normalize`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use onefold_api::Problem;
use onefold_kernels::normalize;
use onefold_model::define::{Condition, ConditionSide, Normalize, Unify};
use onefold_model::sql::{cast, id, join};
use onefold_model::{DataType, Spanned, TableName, sql};
use serde_json::Value;

use super::look::Look;

/// Rows of lists: a value, and what stands for it; none in a list of values to pass by.
type Rows = Vec<(String, Option<String>)>;
/// What a list says of values that have gone through some steps.
type Known = Arc<HashMap<String, Option<String>>>;

/// The lists that rules name.
#[derive(Default)]
pub(crate) struct Lists {
    /// By name of the table in lower case, and whether it is a list of aliases.
    rows: HashMap<(String, bool), Rows>,
    /// The same after steps.
    known: Mutex<HashMap<String, Known>>,
}

impl Lists {
    /// Reads the lists of all rules of a project.
    pub(crate) async fn read(look: &Look) -> Result<Self, Problem> {
        let mut lists = Self::default();
        for step in look.project().unify.iter().flat_map(steps) {
            let (name, aliases) = match &step.value {
                Normalize::Alias(name) => (name, true),
                Normalize::Bypass(name) => (name, false),
                _ => continue,
            };
            let place = (name.value.to_lowercase(), aliases);
            if let Entry::Vacant(empty) = lists.rows.entry(place) {
                empty.insert(rows(look, name, aliases).await?);
            }
        }
        Ok(lists)
    }

    /// A text after steps; none where a list says that it means nothing.
    pub(crate) fn normal(&self, steps: &[Spanned<Normalize>], text: &str) -> Option<String> {
        let mut text = text.to_owned();
        for (place, step) in steps.iter().enumerate() {
            text = match &step.value {
                Normalize::Alias(name) => match self.known(name, true, &steps[..place]).get(&text) {
                    Some(Some(canonical)) => canonical.clone(),
                    _ => text,
                },
                Normalize::Bypass(name) if self.known(name, false, &steps[..place]).contains_key(&text) => return None,
                Normalize::Bypass(_) => text,
                step => plain(step, &text),
            };
        }
        Some(text)
    }

    fn known(&self, name: &str, aliases: bool, before: &[Spanned<Normalize>]) -> Known {
        let place = (name.to_lowercase(), aliases);
        let words: Vec<String> = before.iter().map(|step| format!("{:?}", step.value)).collect();
        let key = format!("{} {aliases} {}", place.0, words.join(" "));
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let made = all.entry(key).or_insert_with(|| {
            // As the plan does it: lists before this one are not looked up for its own values.
            let after = |text: &str| before.iter().fold(text.to_owned(), |text, step| plain(&step.value, &text));
            let mut known: HashMap<String, Option<String>> = HashMap::new();
            for (value, canonical) in self.rows.get(&place).into_iter().flatten() {
                let canonical = canonical.as_deref().map(after);
                let entry = known.entry(after(value)).or_insert_with(|| canonical.clone());
                if canonical.is_some() && (entry.is_none() || canonical < *entry) {
                    *entry = canonical;
                }
            }
            Arc::new(known)
        });
        Arc::clone(made)
    }
}

/// What a step that needs no list makes of a text.
fn plain(step: &Normalize, text: &str) -> String {
    match step {
        Normalize::Lowercase => normalize::lowercase(text),
        Normalize::Whitespace => normalize::whitespace(text),
        Normalize::Symbols => normalize::symbols(text),
        Normalize::Trim => normalize::trim(text),
        Normalize::Digits => normalize::digits(text),
        Normalize::Numerals => normalize::numerals(text),
        Normalize::Phone(home) => normalize::phone(text, home.as_ref().map_or("", |home| home.value.as_str())),
        Normalize::Name => normalize::name(text),
        Normalize::Address => normalize::address(text),
        Normalize::Organization => normalize::organization(text),
        Normalize::Ascii => normalize::ascii(text),
        Normalize::Alias(_) | Normalize::Bypass(_) => text.to_owned(),
    }
}

/// The steps of all rules.
fn steps(unify: &Unify) -> impl Iterator<Item = &Spanned<Normalize>> {
    let of_match = unify.rules.iter().flat_map(|rule| rule.when.iter().chain(&rule.unless));
    let own = unify.tables.iter().flat_map(|table| &table.deduplicate.rules);
    let own = own.flat_map(|rule| rule.when.iter().chain(&rule.unless));
    of_match.chain(own).flat_map(sides).flat_map(|side| &side.normalize)
}

/// The sides of a condition that say what is done to values.
fn sides(condition: &Condition) -> impl Iterator<Item = &ConditionSide> {
    std::iter::once(&condition.column).chain(&condition.equals)
}

/// The rows of a list; none where it is not published or has too few columns.
async fn rows(look: &Look, name: &str, aliases: bool) -> Result<Rows, Problem> {
    let wanted: &[&str] = if aliases { &["value", "canonical"] } else { &["value"] };
    let Some(table) = look.table(name) else { return Ok(Rows::new()) };
    let of_name = |name: &&str| table.columns.iter().find(|column| column.name.as_str().eq_ignore_ascii_case(name));
    let mut columns: Vec<_> = wanted.iter().filter_map(of_name).collect();
    if columns.len() < wanted.len() {
        columns = table.columns.iter().take(wanted.len()).collect();
    }
    if columns.len() < wanted.len() {
        return Ok(Rows::new());
    }
    let texts = columns
        .iter()
        .zip(["v", "c"])
        .map(|(column, name)| sql!(cast(id(column.name.as_str()), DataType::Text), " as ", id(name)));
    let sql = sql!("select ", join(texts, ", "), " from ", TableName::from(table.name.as_str()));
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let rows = look.ask(&sql).await?;
    Ok(rows.iter().filter_map(|row| Some((text(row.get("v"))?, text(row.get("c"))))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spanned<T>(value: T) -> Spanned<T> {
        Spanned { value, at: None }
    }

    #[test]
    fn lists_are_looked_up_after_the_steps_before_them() {
        let pair = |value: &str, canonical: Option<&str>| (value.to_owned(), canonical.map(str::to_owned));
        let aliases = vec![pair("Acme Inc", Some("ACME")), pair("acme inc", Some("Acme")), pair("Bolt", None)];
        let rows = HashMap::from([
            (("names".to_owned(), true), aliases),
            (("nobody".to_owned(), false), vec![pair("N/A", None)]),
        ]);
        let lists = Lists { rows, ..Lists::default() };
        let alias = || spanned(Normalize::Alias(spanned("Names".to_owned())));
        let bypass = || spanned(Normalize::Bypass(spanned("Nobody".to_owned())));
        let lower = || spanned(Normalize::Lowercase);
        assert_eq!(lists.normal(&[alias()], "Acme Inc").as_deref(), Some("ACME"));
        assert_eq!(lists.normal(&[alias()], "ACME INC").as_deref(), Some("ACME INC"));
        assert_eq!(lists.normal(&[lower(), alias()], "ACME INC").as_deref(), Some("acme"));
        assert_eq!(lists.normal(&[alias(), lower()], "Bolt").as_deref(), Some("bolt"), "nothing stands for it");
        assert_eq!(lists.normal(&[lower(), bypass()], "n/a"), None);
        assert_eq!(lists.normal(&[bypass()], "n/a").as_deref(), Some("n/a"));
    }
}
