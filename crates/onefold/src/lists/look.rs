//! Look: a project as lists see it: its definitions, what a run would do, what the published run holds, and what was
//! saved since.
//!
//! Invariants
//! - What a definition was when it last ran is told by the marks that the run left, not by times of files.
//!
//! Not here: what each list says.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use onefold_api::{AttributeView, Kind, ObjectRef, Problem, RunAsk};
use onefold_lake::{Published, TableEntry};
use onefold_model::{Column, DataType, Diagnostic, Project, Sql};

use super::runs;
use crate::opened::Opened;
use crate::platform::Onefold;
use crate::runner::figures::{self, Row};
use crate::runner::fresh;
use crate::runner::turns::Changes;
use crate::uses::Uses;

/// A project, looked at.
pub(crate) struct Look {
    pub(crate) opened: Opened,
    /// By definition: what its file held, for each step that came from it.
    ran: HashMap<String, Vec<String>>,
    /// By definition: what its file holds.
    holds: HashMap<String, String>,
    instants: OnceLock<BTreeMap<String, String>>,
    uses: Uses,
    changes: Changes,
}

impl Look {
    /// Looks at a project; wrong definitions are no error.
    pub(crate) async fn at(project: &Onefold) -> Result<Self, Problem> {
        let opened = Opened::new(project.root(), false, &RunAsk::default()).await?;
        let mut ran: HashMap<String, Vec<String>> = HashMap::new();
        let marks = opened.published.as_deref().map(fresh::marks).unwrap_or_default();
        let changes = Changes::of(marks.values());
        for mark in marks.into_values() {
            for (definition, held) in mark.definitions {
                ran.entry(definition).or_default().push(held);
            }
        }
        let holds = fresh::definition_files(&opened.project);
        let holds = holds.into_iter().map(|(definition, held)| (definition.to_owned(), held)).collect();
        let uses = Uses::of(&opened.project);
        Ok(Self { opened, ran, holds, instants: OnceLock::new(), uses, changes })
    }

    pub(crate) fn project(&self) -> &Project {
        &self.opened.project
    }

    /// The definitions that name one.
    pub(super) fn used_by(&self, kind: Kind, name: &str) -> Vec<ObjectRef> {
        self.uses.used_by(&ObjectRef { kind, name: name.to_owned() })
    }

    /// When time alone next changes a measure or segment, as of the published run.
    pub(super) fn next_change(&self, kind: Kind, name: &str) -> Option<String> {
        self.changes.next(&self.uses, &ObjectRef { kind, name: name.to_owned() }).map(|next| next.to_string())
    }

    pub(crate) fn published(&self) -> Option<&Arc<Published>> {
        self.opened.published.as_ref()
    }

    /// A table of the published run.
    pub(crate) fn table(&self, name: &str) -> Option<&Arc<TableEntry>> {
        self.published()?.table(name)
    }

    /// The rows of a query of ours over the published run.
    pub(crate) async fn ask(&self, sql: &Sql) -> Result<Vec<Row>, Problem> {
        let (lake, published) = self.opened.readable().await?;
        figures::ask(lake, &published, sql).await
    }

    /// What is wrong in a file.
    pub(super) fn errors(&self, file: &str) -> usize {
        let errors = self.opened.diagnostics.iter().filter(|found| found.is_error());
        errors.filter(|found| self.file_of(found) == Some(file)).count()
    }

    /// The file that a diagnostic is about.
    pub(super) fn file_of(&self, found: &Diagnostic) -> Option<&str> {
        let file = self.project().files.get(found.at?.file as usize)?;
        Some(file.path.as_str())
    }

    /// The names of files in a folder of definitions that could not be read as such.
    pub(super) fn broken(&self, folder: &str, known: &dyn Fn(&str) -> bool) -> Vec<String> {
        let names = self.project().files.iter().filter_map(|file| {
            let name = file.path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".yaml")?;
            (!name.contains('/') && !known(name)).then(|| name.to_owned())
        });
        names.collect()
    }

    /// `error`, `draft` (never ran), `changed` (saved since it ran) or `active`.
    pub(super) fn state(&self, definition: &str) -> &'static str {
        if self.errors(&format!("{definition}.yaml")) > 0 {
            "error"
        } else if !self.ran.contains_key(definition) {
            "draft"
        } else if self.changed(definition) {
            "changed"
        } else {
            "active"
        }
    }

    /// Whether a definition that ran was saved since.
    pub(crate) fn changed(&self, definition: &str) -> bool {
        let now = self.holds.get(definition);
        self.ran.get(definition).is_some_and(|ran| ran.iter().any(|held| Some(held) != now))
    }

    /// The definitions that a run would see for the first time or otherwise than the last one.
    pub(super) fn waiting(&self) -> Vec<&str> {
        let planned = self.opened.planned.plan.steps.iter();
        let planned = planned.filter(|step| !matches!(step.work, onefold_model::Work::Send { .. }));
        let mut all: Vec<&str> = planned.flat_map(|step| &step.because).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|definition| !self.ran.contains_key(*definition) || self.changed(definition));
        all
    }

    /// The instant that a run stood for.
    pub(super) fn instant(&self, run: &str) -> Option<String> {
        if let Some(published) = self.published().filter(|published| published.run_id == run) {
            return Some(published.at.to_string());
        }
        let instants = self.instants.get_or_init(|| {
            let lines = runs::lines(&self.project().root).unwrap_or_default();
            lines.into_iter().map(|line| (line.run, line.now)).collect()
        });
        instants.get(run).cloned()
    }

    /// The instant of the run that last wrote a table.
    pub(crate) fn written(&self, table: &str) -> Option<String> {
        self.instant(&self.table(table)?.written_by)
    }

    /// The columns of a table as a run will leave them; as the last one left them where the plan does not know them.
    pub(super) fn columns(&self, table: &str) -> Vec<Column> {
        let published = self.published();
        let there = published.and_then(|published| published.table(table)).map(|entry| entry.columns.as_slice());
        let there = there.or_else(|| published.and_then(|p| p.view(table)).map(|view| view.columns.as_slice()));
        let there = there.unwrap_or_default();
        let Some(planned) = self.opened.planned.catalog.get(table) else { return there.to_vec() };
        let known = |column: &Column| match column.ty {
            DataType::Any => there.iter().find(|known| known.name == column.name).map_or(DataType::Any, |c| c.ty),
            ty => ty,
        };
        let planned = planned.columns.iter();
        planned.map(|column| Column { ty: known(column), ..column.clone() }).collect()
    }

    /// The key of a table.
    pub(crate) fn key(&self, table: &str) -> Option<String> {
        let planned = self.opened.planned.catalog.get(table).and_then(|table| table.key.as_ref());
        planned.map(ToString::to_string).or_else(|| Some(self.project().source_table(table)?.1.key.value.clone()))
    }

    /// The columns of a table for people.
    pub(super) fn attributes(&self, table: &str) -> Vec<AttributeView> {
        let key = self.key(table);
        let of_measures = table.eq_ignore_ascii_case("Customer_Measure");
        let columns = self.columns(table);
        let view = |column: &Column| {
            let name = column.name.to_string();
            let measure = if of_measures { self.project().measure(&name) } else { None };
            AttributeView {
                title: measure.and_then(|measure| measure.title.clone()).unwrap_or_else(|| in_words(&name)),
                ty: column.ty.to_string(),
                semantic: column.semantic.clone(),
                key: key.as_deref() == Some(name.as_str()),
                searchable: false,
                facet: false,
                name,
            }
        };
        columns.iter().map(view).collect()
    }
}

/// The definition of a step: `measures/TotalSpent`, `unify`.
pub(super) fn object(definition: &str) -> Option<ObjectRef> {
    let (kind, name) = match definition.split_once('/') {
        Some(("sources", name)) => (Kind::Source, name),
        Some(("activities", name)) => (Kind::Activity, name),
        Some(("measures", name)) => (Kind::Measure, name),
        Some(("segments", name)) => (Kind::Segment, name),
        Some(("connections", name)) => (Kind::Connection, name),
        Some(("exports", name)) => (Kind::Export, name),
        Some(_) => return None,
        None => match definition {
            "unify" => (Kind::Unify, definition),
            "relationships" => (Kind::Relationships, definition),
            "onefold" => (Kind::Settings, "settings"),
            _ => return None,
        },
    };
    Some(ObjectRef { kind, name: name.to_owned() })
}

/// `meta.lastUpdated` as people read it: `Meta last updated`.
pub(crate) fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for letter in name.chars() {
        if matches!(letter, '.' | '_' | '-' | ' ') {
            if !words.is_empty() && before != ' ' {
                words.push(' ');
            }
            before = ' ';
            continue;
        }
        let begins = letter.is_uppercase() && before.is_lowercase();
        if begins {
            words.push(' ');
        }
        match (words.is_empty(), begins) {
            (true, _) => words.extend(letter.to_uppercase()),
            (false, true) => words.extend(letter.to_lowercase()),
            (false, false) => words.push(letter),
        }
        before = letter;
    }
    words.trim_end().to_owned()
}

/// A URL without what may be secret in it: user, password, query.
pub(super) fn place(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) => {
            // Refused only for addresses that cannot have them.
            let _ = (url.set_username(""), url.set_password(None));
            url.set_query(None);
            url.set_fragment(None);
            url.to_string()
        }
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_into_words() {
        for (name, words) in [
            ("meta.lastUpdated", "Meta last updated"),
            ("pct_no_show", "Pct no show"),
            ("CustomerId", "Customer id"),
            ("msemr_azurefhirid", "Msemr azurefhirid"),
            ("id", "Id"),
            ("", ""),
        ] {
            assert_eq!(in_words(name), words);
        }
    }

    #[test]
    fn places_hold_no_secrets() {
        assert_eq!(place("https://u:p@host/a?sig=x#y"), "https://host/a");
        assert_eq!(place("./data"), "./data");
    }
}
