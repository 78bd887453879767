//! Model: what brought records together in the last run, with its figures and warnings.
//!
//! Reads    `MatchModel`, `MatchComparison`, `MatchBlocking`, `MatchWarning`, `KeyRing`
//!
//! Invariants
//! - Figures are those of the last run; what `unify.yaml` says now is `kind` and `changed` alone.

use onefold_api::*;
use onefold_model::linkage::Linkage;
use onefold_model::{Sql, TableName, sql};
use serde_json::Value;

use super::records::Shown;
use crate::lists::Look;
use crate::platform::Onefold;
use crate::runner::figures::Row;

/// Warnings that are told one by one.
const TOLD: usize = 200;

/// The matching of the last run.
pub(super) async fn view_of(project: &Onefold) -> Result<ModelView, Problem> {
    let look = Look::at(project).await?;
    let unify = look.project().unify.as_ref();
    let kind = match unify.map(|unify| (unify.rules.is_empty(), unify.model.is_some())) {
        None => MatchKind::None,
        Some((_, false)) => MatchKind::Rules,
        Some((true, true)) => MatchKind::Model,
        Some((false, true)) => MatchKind::Both,
    };
    let mut view = ModelView { kind, changed: look.changed("unify"), ..ModelView::default() };
    let trained = look.table("MatchModel").is_some();
    let Some(row) = rows(&look, "MatchModel").await?.pop() else { return Ok(view) };
    let stated = text(&row, "Model");
    let model = stated.as_deref().and_then(|text| Linkage::parse(text).ok()).unwrap_or_default();
    view.trained = trained;
    view.trained_at = look.written("MatchModel");
    view.threshold = number(&row, "Threshold");
    view.review = number(&row, "Review");
    view.prior = number(&row, "Prior");
    view.records = whole(&row, "Records");
    view.pairs = whole(&row, "Pairs");
    view.links = whole(&row, "Links");
    view.clusters = whole(&row, "Clusters");
    view.iterations = whole(&row, "Iterations");
    view.yaml = stated;
    view.comparisons = comparisons(&rows(&look, "MatchComparison").await?, &model);
    view.blocking = rows(&look, "MatchBlocking").await?.iter().map(blocking).collect();
    (view.warning_counts, view.warnings) = warnings(&look).await?;
    Ok(view)
}

/// The rows of a small table; none where it is not there.
async fn rows(look: &Look, table: &str) -> Result<Vec<Row>, Problem> {
    if look.table(table).is_none() {
        return Ok(Vec::new());
    }
    look.ask(&sql!("select * from ", TableName::from(table))).await
}

pub(super) fn text(row: &Row, column: &str) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned)
}

pub(super) fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column).and_then(Value::as_f64)
}

fn whole(row: &Row, column: &str) -> Option<u64> {
    row.get(column).and_then(Value::as_u64)
}

fn comparisons(rows: &[Row], model: &Linkage) -> Vec<ComparisonView> {
    let mut all: Vec<ComparisonView> = Vec::new();
    for row in rows {
        let name = text(row, "Comparison").unwrap_or_default();
        let at = all.iter().position(|known| known.name == name).unwrap_or_else(|| {
            let stated = model.comparisons.iter().find(|comparison| comparison.name == name);
            let fields: Vec<String> = stated.map(|comparison| comparison.fields.clone()).unwrap_or_default();
            let columns = fields.iter().filter_map(|field| model.field(field)).flat_map(|field| &field.columns);
            let columns = columns.filter_map(|column| column.split_once('.'));
            let columns = columns.map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
            all.push(ComparisonView { name, fields, columns, ..ComparisonView::default() });
            all.len() - 1
        });
        // A row without a level is of pairs in which a value is missing.
        let Some(index) = whole(row, "Level") else {
            all[at].missing = whole(row, "Pairs");
            continue;
        };
        all[at].levels.push(LevelView {
            index,
            test: text(row, "Test").unwrap_or_default(),
            m: number(row, "M"),
            u: number(row, "U"),
            weight: number(row, "Weight"),
            term_frequency: number(row, "TermFrequency"),
            pairs: whole(row, "Pairs"),
            linked: whole(row, "LinkedPairs"),
        });
    }
    // As the model has them; rows of a table come in any order.
    let place = |name: &str| model.comparisons.iter().position(|comparison| comparison.name == name);
    all.sort_by_cached_key(|comparison| (place(&comparison.name).unwrap_or(usize::MAX), comparison.name.clone()));
    all.iter_mut().for_each(|comparison| comparison.levels.sort_by_key(|level| level.index));
    all
}

fn blocking(row: &Row) -> BlockingView {
    BlockingView {
        rule: text(row, "Rule").unwrap_or_default(),
        pairs: whole(row, "Pairs"),
        new_pairs: whole(row, "NewPairs"),
        cut_pairs: whole(row, "CutPairs"),
        largest_block: whole(row, "LargestBlock"),
        largest_value: text(row, "LargestValue"),
        found: number(row, "Found"),
    }
}

async fn warnings(look: &Look) -> Result<(Vec<(String, u64)>, Vec<MatchWarningView>), Problem> {
    if look.table("MatchWarning").is_none() {
        return Ok((Vec::new(), Vec::new()));
    }
    let from = || TableName::from("MatchWarning");
    let counts = sql!(
        "select \"Kind\", count(*) as \"Count\" from ",
        from(),
        " group by \"Kind\" order by count(*) desc, \"Kind\""
    );
    let counts = look.ask(&counts).await?;
    let counts = counts.iter().filter_map(|row| Some((text(row, "Kind")?, whole(row, "Count")?))).collect();
    // Those about clusters come first: a person can do something about them.
    let first = sql!(
        "select * from ",
        from(),
        " order by case \"Kind\" when 'conflicting_id' then 0 when 'oversized' then 1 when 'bridge' then 2 else 3 end, \"Kind\", ",
        "\"Table\", \"Key\", \"Table2\", \"Key2\", \"Detail\" limit ",
        onefold_model::sql::integer(TOLD as i64)
    );
    Ok((counts, told(look, &first).await?))
}

/// The warnings that a query gives, with the profiles of their records.
pub(super) async fn told(look: &Look, sql: &Sql) -> Result<Vec<MatchWarningView>, Problem> {
    let mut all = Vec::new();
    for row in look.ask(sql).await? {
        let record = |table: &str, key: &str| Some(RecordRef { table: text(&row, table)?, key: text(&row, key)? });
        let records = [record("Table", "Key"), record("Table2", "Key2")].into_iter().flatten().collect();
        let (kind, detail) = (text(&row, "Kind").unwrap_or_default(), text(&row, "Detail").unwrap_or_default());
        all.push(MatchWarningView { kind, detail, records, customer_ids: Vec::new() });
    }
    let records: Vec<&RecordRef> = all.iter().flat_map(|warning| &warning.records).collect();
    let profiles = Shown::profiles_of(look, &records).await?;
    for warning in &mut all {
        let ids = warning.records.iter().filter_map(|record| profiles.profile(record).cloned());
        warning.customer_ids = ids.collect();
        warning.customer_ids.sort_unstable();
        warning.customer_ids.dedup();
    }
    Ok(all)
}
