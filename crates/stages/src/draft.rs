//! Draft: a definition that is being written, in pieces that can be tried over the published run.
//!
//! Flow     the whole project planned, the draft in it ─ the draft's own pieces ─ [`Drafts::foundation`]: what they rest on
//!
//! Invariants
//! - What the published run has is taken from it. What it lacks is worked out by the very steps a run would take, as
//!   views; where that cannot be (a kernel, a source that was never read) the table is named as missing.
//! - Tables of levels (`Measures_<level>`, `SegmentBitmap_<level>`) are views of the published whole: levels move when
//!   a definition is added, what was worked out does not.
//!
//! Not here: evaluating (`onefold-lake`), the views of answers (`onefold`, `preview`).

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::define::{Measure, MeasureKind};
use onefold_model::plan::View;
use onefold_model::sql::{Piece, before, column, join};
use onefold_model::{Catalog, Column, DataType, Diagnostic, Project, Sql, TableName, Work, sql};

use crate::board::{Board, attributes_of, bitmaps_of, customer_measure};
use crate::measures::explain::MeasureExplanation;
use crate::order::{Item, order};
use crate::segments::draft::{SegmentDraft, draft as draft_segment};
use crate::{Planner, activities, ingest, measures, relate, segments, unify};

/// A project planned, of which parts can be tried.
pub struct Drafts<'a> {
    p: Planner<'a>,
    board: Board,
    published: &'a Catalog,
}

/// A measure to be tried.
#[derive(Clone, Debug)]
pub struct MeasureDraft {
    /// The columns of the query: `profile_no` first for an attribute; CustomerId and `profile_no` for a customer measure;
    /// then dimensions, then values.
    pub columns: Vec<Column>,
    /// Its query.
    pub sql: Sql,
}

/// What pieces rest on, beside the published tables.
#[derive(Clone, Debug, Default)]
pub struct Foundation {
    /// Views to be laid over the published tables.
    pub views: Vec<View>,
    /// Segments that must be worked out first, lowest first, as rows (`Segment`, `Members`) of [`Foundation::MEMBERS`].
    pub segments: Vec<(String, SegmentDraft)>,
    /// Tables that only a run can make.
    pub missing: Vec<TableName>,
}

impl Foundation {
    /// The table of the members of segments that were never worked out.
    pub const MEMBERS: &str = "#members";
}

impl<'a> Drafts<'a> {
    /// Plans a project as far as segments. `published`: the tables and views of the published run.
    pub fn new(project: &'a Project, known: &'a Catalog, published: &'a Catalog) -> Self {
        let mut p = Planner::new(project, known);
        ingest::plan(&mut p);
        unify::plan(&mut p);
        relate::plan(&mut p);
        activities::plan(&mut p);
        let (order, circles) = order(project);
        circles.into_iter().for_each(|circle| p.say(circle));
        let mut board = Board::new(project, order);
        if board.top().is_none() {
            measures::publish_without_attributes(&mut p);
        }
        for level in 0..board.order.height() {
            measures::plan_level(&mut p, &mut board, level);
            segments::plan_level(&mut p, &board, level);
        }
        segments::plan_membership(&mut p, &board);
        Self { p, board, published }
    }

    /// All that is wrong, or worth saying.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.p.diagnostics()
    }

    /// All tables as the plan will leave them.
    pub fn catalog(&self) -> &Catalog {
        self.p.catalog()
    }

    /// A segment; `None` when it is not there or wrong. `without`: whether it is also to be found who is in it when a
    /// condition is left out.
    pub fn segment(&mut self, name: &str, without: bool) -> Option<SegmentDraft> {
        let project = self.p.project();
        let index = project.segments.iter().position(|segment| segment.name.value == name)?;
        let level = self.board.order.level(Item::Segment(index))?;
        self.p.catalog().get("Customer")?;
        draft_segment(&mut self.p, &self.board, level, &project.segments[index], without)
    }

    /// A measure; `None` when it is not there or wrong.
    pub fn measure(&mut self, name: &str) -> Option<MeasureDraft> {
        let project = self.p.project();
        let index = project.measures.iter().position(|measure| measure.name.value == name)?;
        let level = self.board.order.level(Item::Measure(index))?;
        let measure = &project.measures[index];
        let (columns, sql) = match measure.kind.value {
            MeasureKind::CustomerAttribute => measures::some_attributes(&mut self.p, &self.board, level, &[measure])?,
            _ => measures::own_table(&mut self.p, &self.board, level, measure)?,
        };
        Some(MeasureDraft { columns, sql })
    }

    /// How the rows of a measure can be looked at for one profile; `None` when it is not there, wrong, or not of profiles.
    pub fn explain_measure(&mut self, name: &str) -> Option<MeasureExplanation> {
        let measure = self.p.project().measures.iter().find(|measure| measure.name.value == name)?;
        self.p.catalog().get("Customer")?;
        measures::explain::explain(&mut self.p, &self.board, measure)
    }

    /// The activities of one definition, with the columns of `UnifiedActivity`; `None` when it is not there or wrong.
    pub fn activity(&mut self, name: &str) -> Option<Sql> {
        let project = self.p.project();
        let activity = project.activities.iter().find(|activity| activity.name.value == name)?;
        activities::plan_one(&mut self.p, activity)
    }

    /// What these pieces rest on that the published run does not hold as it stands.
    pub fn foundation(&mut self, pieces: &[&Sql]) -> Foundation {
        let mut found = Foundation::default();
        let mut open: Vec<Sql> = pieces.iter().map(|&piece| piece.clone()).collect();
        let names = self.named(open.clone());
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(piece) = open.pop() {
            for table in tables_of(&piece) {
                if seen.insert(table.folded()) {
                    self.rest_on(&table, &names, &mut found, &mut open);
                }
            }
        }
        let project = self.p.project();
        found.segments.sort_by_key(|(name, _)| {
            let index = project.segments.iter().position(|segment| segment.name.value == *name);
            index.and_then(|index| self.board.order.level(Item::Segment(index)))
        });
        found
    }

    /// How one table comes about.
    fn rest_on(&mut self, table: &TableName, names: &Named, found: &mut Foundation, open: &mut Vec<Sql>) {
        let folded = table.folded();
        if [Foundation::MEMBERS, SegmentDraft::AUDIENCE].contains(&table.as_str()) {
            return;
        }
        if let Some(level) = level_of(&folded, &attributes_of(0)) {
            return self.attributes(table, Some(level), names, found, open);
        }
        if let Some(level) = level_of(&folded, &bitmaps_of(0)) {
            return self.bitmaps(table, level, names, found, open);
        }
        if *table == customer_measure() {
            return self.attributes(table, None, names, found, open);
        }
        if self.is_published(table, names) {
            return;
        }
        let plan = self.p.plan();
        if let Some(view) = plan.views.iter().find(|view| view.name.folded() == folded) {
            open.push(view.sql.clone());
            found.views.push(view.clone());
            return;
        }
        match plan.writer(table).map(|step| (&step.work, &step.writes)) {
            Some((Work::Sql(sql), writes)) => {
                open.push(sql.clone());
                let columns = writes[0].columns.clone();
                found.views.push(View { name: table.clone(), sql: sql.clone(), columns });
            }
            _ => found.missing.push(table.clone()),
        }
    }

    /// Whether the published run has the table with every column of the plan that is asked for.
    fn is_published(&self, table: &TableName, names: &Named) -> bool {
        let Some(published) = self.published.get(table.as_str()) else { return false };
        let planned = self.p.catalog().get(table.as_str());
        let lacking = planned.into_iter().flat_map(|planned| &planned.columns);
        let mut lacking = lacking.filter(|column| published.column(column.name.as_str()).is_none());
        !lacking.any(|column| names.words.contains(column.name.as_str()))
    }

    /// A table of attributes: the published values, and those of attributes that were never worked out.
    fn attributes(
        &mut self,
        table: &TableName,
        level: Option<usize>,
        names: &Named,
        found: &mut Foundation,
        open: &mut Vec<Sql>,
    ) {
        let project = self.p.project();
        let mut had: Vec<Column> = Vec::new();
        let mut fresh: BTreeMap<usize, Vec<&Measure>> = BTreeMap::new();
        let known = self.published.get(customer_measure().as_str());
        for (i, measure) in project.measures.iter().enumerate() {
            let is_attribute = measure.kind.value == MeasureKind::CustomerAttribute;
            let Some(own) = self.board.order.level(Item::Measure(i)).filter(|_| is_attribute) else { continue };
            if level.is_some_and(|level| level != own) || !names.words.contains(measure.name.as_str()) {
                continue;
            }
            match known.and_then(|known| known.column(measure.name.as_str())) {
                Some(column) => had.push(column.clone()),
                None => fresh.entry(own).or_default().push(measure),
            }
        }
        if level.is_none() && fresh.is_empty() && known.is_some() {
            return;
        }
        let mut columns = vec![Column::new("CustomerId", DataType::Text), Column::new("profile_no", DataType::Small)];
        let mut select: Vec<Sql> = columns.iter().chain(&had).map(|c| column("b", &c.name)).collect();
        columns.extend(had);
        let base = if known.is_some() { customer_measure() } else { TableName::from("Customer") };
        if self.published.get(base.as_str()).is_none() {
            found.missing.push(base);
            return;
        }
        let mut from = sql!(before(&base), " as \"b\"");
        for (own, measures) in fresh {
            let Some((new, query)) = measures::some_attributes(&mut self.p, &self.board, own, &measures) else {
                continue;
            };
            open.push(query.clone());
            let alias = format!("q{own}");
            let on = sql!(column(&alias, "profile_no"), " = \"b\".\"profile_no\"");
            from.push(sql!(" left join (", query, ") as ", onefold_model::sql::id(&alias), " on ", on));
            let new: Vec<Column> = new.into_iter().skip(1).collect();
            select.extend(new.iter().map(|c| column(&alias, &c.name)));
            columns.extend(new);
        }
        let sql = sql!("select ", join(select, ", "), " from ", from);
        found.views.push(View { name: table.clone(), sql, columns });
    }

    /// A table of bitmaps: those of the published run, and those of segments that were never worked out.
    fn bitmaps(&mut self, table: &TableName, level: usize, names: &Named, found: &mut Foundation, open: &mut Vec<Sql>) {
        let project = self.p.project();
        let all = segments::segment_bitmap();
        let is_published = self.published.get(all.as_str()).is_some();
        let mut fresh = false;
        for (i, segment) in project.segments.iter().enumerate() {
            let name = segment.name.as_str();
            let own = self.board.order.level(Item::Segment(i));
            // A segment that was worked out has a view or a table of its name.
            if own != Some(level) || !names.segments.contains(name) || self.published.get(name).is_some() {
                continue;
            }
            fresh = true;
            if let Some(draft) = draft_segment(&mut self.p, &self.board, level, segment, false) {
                for pass in &draft.passes {
                    open.extend(pass.pieces());
                }
                open.extend(draft.limit.clone());
                found.segments.push((name.to_owned(), draft));
            }
        }
        let mut parts = Vec::new();
        if is_published {
            parts.push(sql!("select \"Segment\", \"Members\" from ", before(&all)));
        }
        if fresh {
            parts.push(sql!("select \"Segment\", \"Members\" from ", TableName::from(Foundation::MEMBERS)));
        }
        if parts.is_empty() {
            found.missing.push(all);
            return;
        }
        let columns = vec![Column::new("Segment", DataType::Text), Column::new("Members", DataType::Bitmap)];
        found.views.push(View { name: table.clone(), sql: join(parts, " union all "), columns });
    }

    /// The words that pieces, and the definitions they may lead to, name columns and segments by.
    fn named(&self, pieces: Vec<Sql>) -> Named {
        let mut named = Named::default();
        pieces.iter().for_each(|piece| named.add(piece));
        // What is never worked out yet may ask for more: what its definition names is named too.
        let project = self.p.project();
        loop {
            let before = (named.words.len(), named.segments.len());
            for measure in &project.measures {
                let is_attribute = measure.kind.value == MeasureKind::CustomerAttribute;
                let word =
                    if is_attribute { measure.name.value.clone() } else { format!("Measure_{}", measure.name.value) };
                if named.words.contains(&word) {
                    let values = measure.values.iter().map(|value| &value.value);
                    let all = values.chain(&measure.filter).chain(measure.dimensions.iter().map(|d| &d.value));
                    all.for_each(|expr| named.expression(&expr.value));
                }
            }
            for segment in &project.segments {
                if named.segments.contains(segment.name.as_str()) {
                    segment.expressions().for_each(|expression| named.expression(&expression.value));
                }
            }
            if before == (named.words.len(), named.segments.len()) {
                return named;
            }
        }
    }
}

/// Words that stand in pieces.
#[derive(Clone, Debug, Default)]
struct Named {
    /// Identifiers and tables.
    words: BTreeSet<String>,
    /// Texts that may be the names of segments.
    segments: BTreeSet<String>,
}

impl Named {
    fn add(&mut self, sql: &Sql) {
        for piece in sql.pieces() {
            match piece {
                Piece::Ident(word) => _ = self.words.insert(word.clone()),
                Piece::Table(table) | Piece::Before(table) => _ = self.words.insert(table.to_string()),
                Piece::Text(text) => _ = self.segments.insert(text.clone()),
                _ => {}
            }
        }
    }

    fn expression(&mut self, expr: &onefold_model::Expr) {
        for name in expr.columns() {
            // `Alias.column.with.dots`: the alias may be a measure with a table of its own.
            self.words.insert(name.0.iter().skip(1).cloned().collect::<Vec<_>>().join("."));
            self.words.insert(name.0.join("."));
            self.words.extend(name.0.first().map(|alias| format!("Measure_{alias}")));
        }
        self.segments.extend(expr.segments().into_iter().map(str::to_owned));
    }
}

/// The tables a piece reads as the run writes them.
fn tables_of(sql: &Sql) -> Vec<TableName> {
    let table = |piece: &Piece| match piece {
        Piece::Table(name) => Some(name.clone()),
        _ => None,
    };
    sql.pieces().iter().filter_map(table).collect()
}

/// The level of a table of levels, whose first is given.
fn level_of(folded: &str, first: &TableName) -> Option<usize> {
    let first = first.folded();
    folded.strip_prefix(first.strip_suffix('0')?)?.parse().ok()
}
