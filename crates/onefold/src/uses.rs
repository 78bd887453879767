//! Uses: which definition names which.
//!
//! Reads    the definitions alone
//!
//! Invariants
//! - A name counts though its file cannot be read; what is not there is left out of the answer only where no file could be it.
//! - Lists and single definitions say the same, for both ask here.
//!
//! Not here: whether it is right (diagnostics).

use std::collections::{BTreeMap, BTreeSet};

use onefold_api::{Kind, ObjectRef};
use onefold_model::define::{Activity, Export, Measure, Project, Segment, UsedTable};
use onefold_model::expr::{Literal, Node};
use onefold_model::{Expr, Spanned};

type Object = (Kind, String);

/// What each definition names.
pub(crate) struct Uses(BTreeMap<Object, BTreeSet<Object>>);

impl Uses {
    /// Those of a project.
    pub(crate) fn of(project: &Project) -> Self {
        let mut uses = Finder { project, found: BTreeMap::new() };
        uses.unify();
        uses.relationships();
        project.activities.iter().for_each(|activity| uses.activity(activity));
        project.measures.iter().for_each(|measure| uses.measure(measure));
        project.segments.iter().for_each(|segment| uses.segment(segment));
        project.exports.iter().for_each(|export| uses.export(export));
        let Finder { mut found, .. } = uses;
        for (object, named) in &mut found {
            named.remove(object);
        }
        Self(found)
    }

    /// The definitions that one names.
    pub(crate) fn depends_on(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let named = self.0.get(&(object.kind, object.name.clone()));
        named.into_iter().flatten().map(reference).collect()
    }

    /// The definitions that name one.
    pub(crate) fn used_by(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let key = (object.kind, object.name.clone());
        self.0.iter().filter(|(_, named)| named.contains(&key)).map(|(user, _)| reference(user)).collect()
    }
}

fn reference((kind, name): &Object) -> ObjectRef {
    ObjectRef { kind: *kind, name: name.clone() }
}

fn unify() -> Object {
    (Kind::Unify, "unify".to_owned())
}

fn relationships() -> Object {
    (Kind::Relationships, "relationships".to_owned())
}

struct Finder<'p> {
    project: &'p Project,
    found: BTreeMap<Object, BTreeSet<Object>>,
}

impl Finder<'_> {
    fn add(&mut self, user: &Object, named: impl IntoIterator<Item = Object>) {
        self.found.entry(user.clone()).or_default().extend(named);
    }

    /// The definition a table comes from.
    fn table(&self, name: &str) -> Option<Object> {
        let cut = |suffix: &str| name.strip_suffix(suffix).and_then(|name| self.project.source_table(name));
        let source = self.project.source_table(name).or_else(|| cut("_Corrupt")).or_else(|| cut("_Link"));
        if let Some((source, _)) = source {
            return Some((Kind::Source, source.name.value.clone()));
        }
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        let segment = self.project.segments.iter().find(|segment| same(&segment.name));
        if let Some(segment) = segment {
            return Some((Kind::Segment, segment.name.value.clone()));
        }
        let measure = self.project.measures.iter().find(|measure| same(&format!("Measure_{}", measure.name.value)));
        if let Some(measure) = measure {
            return Some((Kind::Measure, measure.name.value.clone()));
        }
        if ["Customer", "KeyRing", "ConflationMatchPairs"].into_iter().any(same) {
            return Some(unify());
        }
        // The source's file cannot be read, so nobody knows its tables but by their names.
        let folded = name.to_lowercase();
        let of_source = |source: &&str| folded.starts_with(&format!("{}_", source.to_lowercase()));
        let unread = self.files("sources").filter(of_source).max_by_key(|source| source.len());
        unread.map(|source| (Kind::Source, source.to_owned()))
    }

    /// The names of the definitions in a folder, whether their files can be read or not.
    fn files(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{folder}/");
        let files = self.project.files.iter();
        files.filter_map(move |file| file.path.strip_prefix(prefix.as_str())?.strip_suffix(".yaml"))
    }

    /// Whether there is a measure, or a file that was to be one.
    fn is_measure(&self, name: &str) -> bool {
        self.project.measure(name).is_some() || self.files("measures").any(|file| file == name)
    }

    fn tables(&mut self, user: &Object, tables: &[UsedTable]) {
        for used in tables {
            let table = self.table(&used.table);
            self.add(user, table);
            self.path(user, &used.path);
        }
    }

    fn path(&mut self, user: &Object, path: &[Spanned<String>]) {
        if !path.is_empty() {
            self.add(user, [relationships()]);
        }
    }

    /// What an expression names; `own` are the aliases of the definition's tables.
    fn expression(&mut self, user: &Object, expr: &Expr, own: &[&str]) {
        let mut named: BTreeSet<Object> = BTreeSet::new();
        for segment in expr.segments() {
            // Who is held out of a segment hangs on it.
            let segment = segment.strip_suffix("#holdout").unwrap_or(segment);
            let there = self.project.segments.iter().find(|known| known.name.eq_ignore_ascii_case(segment));
            let name = there.map_or(segment, |there| there.name.value.as_str());
            named.insert((Kind::Segment, name.to_owned()));
        }
        for column in expr.columns() {
            let Some((alias, rest)) = column.0.split_first() else { continue };
            match alias.as_str() {
                alias if own.contains(&alias) => {}
                "Customer_Measure" => {
                    named.insert((Kind::Measure, rest.join(".")));
                }
                "Customer" => {
                    named.insert(unify());
                }
                "UnifiedActivity" => named.extend(self.activities(expr)),
                alias if alias.starts_with("Activity_") => {
                    let of_type =
                        |activity: &&Activity| alias.strip_prefix("Activity_") == Some(activity.kind.as_str());
                    let all = self.project.activities.iter().filter(of_type);
                    named.extend(all.map(|activity| (Kind::Activity, activity.name.value.clone())));
                }
                alias if self.is_measure(alias) => {
                    named.insert((Kind::Measure, alias.to_owned()));
                }
                _ => {}
            }
        }
        named.retain(|(kind, name)| *kind != Kind::Measure || self.is_measure(name));
        self.add(user, named);
    }

    /// The activities whose type or name an expression asks for; all when it asks for none.
    fn activities(&self, expr: &Expr) -> Vec<Object> {
        let mut words: Vec<&str> = Vec::new();
        expr.walk(&mut |part| {
            if let Node::Literal(Literal::Text(text)) = &part.node {
                words.push(text);
            }
        });
        let all = &self.project.activities;
        let asked = |activity: &&Activity| {
            let is = |word: &&str| **word == *activity.kind || **word == *activity.name.value;
            words.iter().any(is)
        };
        let some: Vec<&Activity> = all.iter().filter(asked).collect();
        let chosen = if some.is_empty() { all.iter().collect() } else { some };
        chosen.into_iter().map(|activity| (Kind::Activity, activity.name.value.clone())).collect()
    }

    fn unify(&mut self) {
        let Some(definition) = &self.project.unify else { return };
        let merged = definition.merge.columns.iter().flat_map(|column| &column.from).chain(&definition.merge.exclude);
        let merged = merged.filter_map(|column| column.split_once('.').map(|(table, _)| table));
        let rules = definition.rules.iter().flat_map(|rule| [rule.from.value.as_str(), rule.to.value.as_str()]);
        let tables = definition.tables.iter().map(|mapped| mapped.table.value.as_str());
        let named: Vec<Object> = tables.chain(rules).chain(merged).filter_map(|table| self.table(table)).collect();
        self.add(&unify(), named);
    }

    fn relationships(&mut self) {
        let related = &self.project.relationships;
        let ends = related.iter().flat_map(|related| [&related.from.table, &related.to.table]);
        let named: Vec<Object> = ends.filter_map(|table| self.table(table)).collect();
        self.add(&relationships(), named);
    }

    fn activity(&mut self, activity: &Activity) {
        let user = (Kind::Activity, activity.name.value.clone());
        let table = self.table(&activity.table);
        self.add(&user, table);
        self.path(&user, &activity.path);
        activity.further_paths.iter().for_each(|path| self.path(&user, path));
    }

    fn measure(&mut self, measure: &Measure) {
        let user = (Kind::Measure, measure.name.value.clone());
        self.tables(&user, &measure.tables);
        let own: Vec<&str> = measure.tables.iter().map(|used| used.alias.value.as_str()).collect();
        for expr in measure.expressions() {
            self.expression(&user, &expr.value, &own);
        }
        if let Some(roll_up) = &measure.roll_up {
            let table = self.table(&roll_up.parent.value.table);
            self.add(&user, table);
            self.path(&user, &roll_up.path);
        }
    }

    fn segment(&mut self, segment: &Segment) {
        let user = (Kind::Segment, segment.name.value.clone());
        self.tables(&user, &segment.tables);
        for rule in &segment.rules {
            self.tables(&user, &rule.tables);
            let tables = segment.tables.iter().chain(&rule.tables);
            let own: Vec<&str> = tables.map(|used| used.alias.value.as_str()).collect();
            for expr in rule.expressions() {
                self.expression(&user, &expr.value, &own);
            }
        }
        for expr in segment.limit.iter().flat_map(|limit| [&limit.by].into_iter().chain(&limit.per)) {
            self.expression(&user, &expr.value, &[]);
        }
        for column in &segment.columns {
            self.tables(&user, &column.tables);
            let tables = segment.tables.iter().chain(&column.tables);
            let own: Vec<&str> = tables.map(|used| used.alias.value.as_str()).collect();
            self.expression(&user, &column.value.value, &own);
        }
    }

    fn export(&mut self, export: &Export) {
        let user = (Kind::Export, export.name.value.clone());
        self.add(&user, [(Kind::Connection, export.connection.value.clone())]);
        if export.key.is_some() || !export.segments.is_empty() {
            self.add(&user, [unify()]);
        }
        for segment in &export.segments {
            let there = self.project.segments.iter().find(|known| known.name.eq_ignore_ascii_case(segment));
            let name = there.map_or(&segment.value, |there| &there.name.value);
            self.add(&user, [(Kind::Segment, name.clone())]);
        }
        for table in &export.tables {
            let table = self.table(table);
            self.add(&user, table);
        }
        for column in &export.columns {
            let named = match column.split_once('.') {
                Some(("Customer_Measure", measure)) if self.is_measure(measure) => {
                    Some((Kind::Measure, measure.to_owned()))
                }
                Some((table, _)) => self.table(table),
                None => Some(unify()),
            };
            self.add(&user, named);
        }
    }
}
