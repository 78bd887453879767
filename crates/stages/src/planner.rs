//! Planner: steps so far, catalogue so far, diagnostics so far.
//!
//! Reads    nothing; stages hand it what they make
//! Flow     `step`, `view`, `say` while stages plan; `finish` puts the steps in an order in which they can run
//!
//! Invariants
//! - What a step reads is what its SQL names; a stage cannot forget a table.
//! - Every table a step writes is in the catalogue from then on.
//! - A table has one writer; a second one is a diagnostic.
//!
//! Not here: what any stage plans.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use onefold_model::define::TableColumn;
use onefold_model::expr::{Scope, ScopeTable, resolve};
use onefold_model::names::nearest;
use onefold_model::plan::{Check, Kernel, Stage, View};
use onefold_model::sql::Piece;
use onefold_model::{
    At, Catalog, Code, Column, DataType, Diagnostic, Expr, Output, Plan, Project, Spanned, Sql, Step, Table, TableName,
    Typed, Work,
};

use crate::relate::{Path, Relations};
use crate::resolved::{ResolvedTable, Resolver};
use crate::segments::explain::{BoundsExplanation, RuleExplanation};
use crate::turns::{Ask, Turns, by_calendar};
use crate::unify::{MergedColumn, PlannedLinkage, Unified};

/// What planning gives.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The steps and views.
    pub plan: Plan,
    /// All tables as the plan will leave them.
    pub catalog: Catalog,
    /// All that is wrong, or worth saying.
    pub diagnostics: Vec<Diagnostic>,
    /// By table: the ways that lead from it to Customer, shortest first.
    pub paths: BTreeMap<TableName, Vec<Path>>,
    /// The tables that were resolved to profiles.
    pub resolved: Vec<ResolvedTable>,
    /// The rules of all segments, as they can be looked at for one profile.
    pub rules: Vec<RuleExplanation>,
    /// What segments say beside their rules, by segment, as it can be looked at for one profile.
    pub bounds: BTreeMap<String, BoundsExplanation>,
    /// The columns of Customer and where their values come from.
    pub merge: Vec<MergedColumn>,
    /// What a model compares of the tables that are unified; none without a model.
    pub linkage: Option<PlannedLinkage>,
    /// What time alone changes, by step and definition. A step that asks for the instant of the run and is not among them may
    /// change at any time.
    pub turns: Vec<Turns>,
}

/// The plan under construction.
pub struct Planner<'a> {
    project: &'a Project,
    known: &'a Catalog,
    plan: Plan,
    catalog: Catalog,
    open: BTreeSet<String>,
    diagnostics: Vec<Diagnostic>,
    pub(crate) unified: Unified,
    pub(crate) relations: Relations,
    pub(crate) resolver: Resolver,
    pub(crate) rules: Vec<RuleExplanation>,
    pub(crate) bounds: BTreeMap<String, BoundsExplanation>,
    turns: Vec<Turns>,
    /// What time alone changes of tables of sources and of activities.
    of_tables: Vec<Ask>,
}

impl<'a> Planner<'a> {
    /// A planner with nothing in it.
    pub fn new(project: &'a Project, known: &'a Catalog) -> Self {
        Self {
            project,
            known,
            plan: Plan::default(),
            catalog: Catalog::default(),
            open: BTreeSet::new(),
            diagnostics: Vec::new(),
            unified: Unified::default(),
            relations: Relations::default(),
            resolver: Resolver::default(),
            rules: Vec::new(),
            bounds: BTreeMap::new(),
            turns: Vec::new(),
            of_tables: Vec::new(),
        }
    }
    /// What the users wrote.
    pub fn project(&self) -> &'a Project {
        self.project
    }
    /// What connectors will deliver.
    pub fn known(&self) -> &'a Catalog {
        self.known
    }
    /// The tables as the steps so far will leave them.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
    /// The project's time zone.
    pub fn zone(&self) -> &'a str {
        match self.project.settings.time_zone.as_str() {
            "" => "UTC",
            zone => zone,
        }
    }
    /// The steps and views so far, in the order in which they were planned.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }
    /// What there is to say so far.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
    /// Adds a step. What it reads is found in its SQL; what it writes goes into the catalogue.
    pub fn step(&mut self, mut step: Step) {
        let mut seen = Seen::default();
        match &step.work {
            Work::Sql(sql) => seen.add(sql),
            Work::Scan(scan) => scan.pieces().for_each(|piece| seen.add(&piece)),
            Work::Kernel { inputs, .. } => inputs.iter().for_each(|sql| seen.add(sql)),
            // What is sent has no SQL: its step states the outboxes itself.
            Work::Read { .. } | Work::Decisions | Work::Patches | Work::Send { .. } => {}
        }
        seen.add_to(&mut step.reads, &mut step.before);
        for out in &step.writes {
            if let Some(other) = self.plan.writer(&out.table) {
                let message = format!("`{}` is written by `{}` and by `{}`", out.table, other.name, step.name);
                let hint = "rename one of the definitions that lead to it";
                self.diagnostics.push(Diagnostic::new(Code::NameClash, None, message).hint(hint));
                return;
            }
        }
        for out in &step.writes {
            if self.catalog.get(out.table.as_str()).is_none() {
                self.table(Table { name: out.table.clone(), columns: out.columns.clone(), key: None });
            }
        }
        self.plan.steps.push(step);
    }
    /// Puts a table into the catalogue, say to state its key or what its columns mean.
    pub fn table(&mut self, table: Table) {
        self.catalog.insert(table);
    }
    /// Says that a table may have more columns than the catalogue knows before the first read.
    pub fn leave_open(&mut self, table: &TableName) {
        self.open.insert(table.folded());
    }
    /// Whether a table may have more columns than the catalogue knows.
    pub fn is_open(&self, table: &str) -> bool {
        self.open.contains(&table.to_lowercase())
    }
    /// Adds a view; its columns go into the catalogue.
    pub fn view(&mut self, view: View) {
        self.table(Table { name: view.name.clone(), columns: view.columns.clone(), key: None });
        self.plan.views.push(view);
    }
    /// Adds a check to the step that writes a table. A table no step writes has nothing to check.
    pub fn check(&mut self, table: &TableName, check: Check) {
        let writes = |step: &&mut Step| step.writes.iter().any(|out| out.table.folded() == table.folded());
        if let Some(step) = self.plan.steps.iter_mut().find(writes) {
            step.checks.push(check);
        }
    }
    /// Notes what time alone changes of a definition in a step.
    pub(crate) fn turns(&mut self, step: &str, definition: String, asks: Vec<Ask>) {
        self.turns.extend(Turns::of(step, definition, asks));
    }
    /// Notes what time alone changes of a value in a table of a source, or of an activity.
    pub(crate) fn turns_in_tables(&mut self, value: &Typed) {
        for ask in by_calendar(value, self.zone()) {
            if !self.of_tables.contains(&ask) {
                self.of_tables.push(ask);
            }
        }
    }
    /// Says something about the definitions. The same thing is said once.
    pub fn say(&mut self, diagnostic: Diagnostic) {
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
    /// The table a definition names, or a diagnostic with the nearest name.
    pub fn find_table(&mut self, name: &Spanned<String>) -> Option<Table> {
        if let Some(table) = self.catalog.get(name) {
            return Some(table.clone());
        }
        let known: Vec<&str> =
            self.catalog.iter().map(|table| table.name.as_str()).filter(|n| !is_internal(n)).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("write `{near}`, if that is what you mean"),
            None => "name a table of a source (`<Source>_<Table>`) or of the system".to_owned(),
        };
        let message = format!("no table `{}`", name.value);
        self.say(Diagnostic::new(Code::UnknownTable, name.at, message).hint(hint));
        None
    }
    /// The column of a table that a definition names, or a diagnostic with the nearest name.
    pub fn find_column(&mut self, table: &Table, name: &str, at: Option<At>) -> Option<Column> {
        if let Some(column) = table.column(name) {
            return Some(column.clone());
        }
        if self.is_open(table.name.as_str()) {
            return Some(Column::new(name, DataType::Any));
        }
        self.say(unknown_column(table.name.as_str(), &table.columns, name, at));
        None
    }
    /// The table and column of `<Table>.<column>`.
    pub fn find_table_column(&mut self, place: &TableColumn, at: Option<At>) -> Option<(Table, Column)> {
        let table = self.find_table(&Spanned { value: place.table.clone(), at })?;
        let column = self.find_column(&table, &place.column, at)?;
        Some((table, column))
    }
    /// An expression with its names found and its types worked out, or all that is wrong with it.
    pub fn typed(&mut self, expr: &Spanned<Expr>, scope: &Scope) -> Option<Typed> {
        match resolve(&expr.value, scope, expr.at) {
            Ok(typed) => Some(typed),
            Err(wrong) => {
                wrong.into_iter().for_each(|diagnostic| self.say(diagnostic));
                None
            }
        }
    }
    /// A table as an expression sees it; an empty alias makes it the expression's own scope.
    pub fn scope_table(&self, alias: &str, table: &Table) -> Arc<ScopeTable> {
        let open = self.is_open(table.name.as_str());
        Arc::new(ScopeTable { alias: alias.to_owned(), columns: table.columns.clone(), open })
    }
    /// The plan, in an order in which it can run.
    pub fn finish(mut self) -> Planned {
        let (steps, stuck) = in_order(std::mem::take(&mut self.plan.steps));
        if !stuck.is_empty() {
            let message = format!("steps wait for each other: `{}`", stuck.join("`, `"));
            let hint = "remove one of the uses that make the circle";
            self.say(Diagnostic::new(Code::Cycle, None, message).hint(hint));
        }
        self.plan.steps = steps;
        // Which of them asks for which is not told apart: each turns with any.
        for step in self.plan.steps.iter().filter(|step| matches!(step.stage, Stage::Ingest | Stage::Activities)) {
            if step.uses_now() {
                let of = |definition: &String| Turns::of(&step.name, definition.clone(), self.of_tables.clone());
                self.turns.extend(step.because.iter().filter_map(of));
            }
        }
        Planned {
            plan: self.plan,
            catalog: self.catalog,
            diagnostics: self.diagnostics,
            paths: self.relations.into_paths(),
            resolved: self.resolver.into_tables(),
            rules: self.rules,
            bounds: self.bounds,
            merge: self.unified.merge,
            linkage: self.unified.linkage,
            turns: self.turns,
        }
    }
}

/// `no column …` with the nearest name as its hint.
pub(crate) fn unknown_column(table: &str, columns: &[Column], name: &str, at: Option<At>) -> Diagnostic {
    let names = || columns.iter().map(|column| column.name.as_str());
    let hint = match nearest(name, names()) {
        Some(near) => format!("write `{near}`, if that is what you mean"),
        None => format!("choose one of {}", listed(names())),
    };
    Diagnostic::new(Code::UnknownColumn, at, format!("`{table}` has no column `{name}`")).hint(hint)
}

/// Names in backticks, at most a dozen of them.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut all: Vec<String> = names.take(13).map(|name| format!("`{name}`")).collect();
    if all.len() == 13 {
        all[12] = "…".to_owned();
    }
    all.join(", ")
}

/// A step of one query that writes one table.
pub(crate) fn sql_step(name: impl Into<String>, stage: Stage, because: &[String], out: Output, sql: Sql) -> Step {
    step(name, stage, because, vec![out], Work::Sql(sql))
}

/// A step of a kernel.
pub(crate) fn kernel_step(
    name: impl Into<String>,
    stage: Stage,
    because: &[String],
    writes: Vec<Output>,
    kernel: Kernel,
    inputs: Vec<Sql>,
) -> Step {
    step(name, stage, because, writes, Work::Kernel { kernel, inputs })
}

/// A step without checks; what it reads is found when it is added.
pub(crate) fn step(name: impl Into<String>, stage: Stage, because: &[String], writes: Vec<Output>, work: Work) -> Step {
    Step {
        name: name.into(),
        stage,
        because: because.to_vec(),
        reads: Vec::new(),
        before: Vec::new(),
        writes,
        work,
        checks: Vec::new(),
        grows: None,
        picks: Vec::new(),
    }
}

/// Whether a table is one of those that only later steps read.
fn is_internal(name: &str) -> bool {
    const INTERNAL: &[&str] = &[
        "Raw_",
        "Repeated_",
        "Dedupe_",
        "Lookup_",
        "Hierarchy_",
        "Resolved_",
        "MatchLinks",
        "MatchOverride",
        "RuleLinks",
        "ProfileId",
        "ProfileStanding",
        "CustomerMerged",
        "ClusterGroup_",
        "Measures_",
        "SegmentScan_",
        "SegmentRows_",
        "SegmentRanks_",
        "SegmentDraw_",
        "SegmentBitmap",
        "Outbox_",
    ];
    INTERNAL.iter().any(|word| name.starts_with(word))
}

/// The tables that pieces of SQL name.
#[derive(Default)]
struct Seen {
    now: Vec<TableName>,
    before: Vec<TableName>,
}

impl Seen {
    fn add(&mut self, sql: &Sql) {
        for piece in sql.pieces() {
            match piece {
                Piece::Table(name) => self.now.push(name.clone()),
                Piece::Before(name) => self.before.push(name.clone()),
                _ => {}
            }
        }
    }
    fn add_to(self, reads: &mut Vec<TableName>, before: &mut Vec<TableName>) {
        for (all, more) in [(reads, self.now), (before, self.before)] {
            for name in more {
                if !all.iter().any(|known| known.folded() == name.folded()) {
                    all.push(name);
                }
            }
        }
    }
}

/// Steps so that writers stand before readers, otherwise as they were made; and the names of those in a circle.
fn in_order(steps: Vec<Step>) -> (Vec<Step>, Vec<String>) {
    let written: BTreeSet<String> = steps.iter().flat_map(|s| &s.writes).map(|out| out.table.folded()).collect();
    let mut done = BTreeSet::new();
    let mut left = steps;
    let mut ordered = Vec::with_capacity(left.len());
    loop {
        let ready = |step: &Step| {
            let own: Vec<String> = step.writes.iter().map(|out| out.table.folded()).collect();
            step.reads
                .iter()
                .map(TableName::folded)
                .all(|t| done.contains(&t) || own.contains(&t) || !written.contains(&t))
        };
        let Some(next) = left.iter().position(ready) else { break };
        let step = left.remove(next);
        done.extend(step.writes.iter().map(|out| out.table.folded()));
        ordered.push(step);
    }
    let stuck = left.iter().map(|step| step.name.clone()).collect();
    (ordered, stuck)
}
