//! Transform: the first rows of a table of a source, after each of its steps.
//!
//! Flow     draft ─ as many of its steps as can be read ─ some rows (`sample`) ─ the steps of a run over them ─ rows, counts
//!          a step, quality of columns, cells that cannot be read
//!
//! Invariants
//! - The steps are those a run takes; only the rows are fewer.
//! - A step that is wrong says so at itself; the rows shown are those before it.
//!
//! Not here: what a step means (`onefold-stages`, `ingest`), what it says of itself (`sentence`).

use std::time::Instant;

use onefold_api::*;
use onefold_lake::{RowsHeld, TryOut, try_rows};
use onefold_model::define::{Source, SourceTable};
use onefold_model::{Catalog, Diagnostic, Overlay, Severity, Sql, Table};
use onefold_stages::{StepDraft, TableDraft, draft_table};
use serde_json::Value;

use super::draft::limits;
use super::draft_name;
use super::quality::{Quality, reasons};
use super::sample::{Sample, sample};
use super::sentence::{key, sentence};
use crate::platform::Onefold;
use crate::runner::problem::of_lake;
use crate::{diagnostics, values};

/// Rows of a state that are looked at: steps may make more of them than were read.
const MOST_ROWS: u32 = 5_000;
/// Cells that cannot be read that are shown.
const MOST_CORRUPT: usize = 100;

/// A draft of a source as far as it can be read.
struct Read {
    loaded: onefold_model::Loaded,
    /// How many steps of the table are there.
    steps: usize,
    /// Why the step behind them cannot be read.
    fault: Option<String>,
    diagnostics: Vec<DiagnosticView>,
}

/// A table of a source after some steps.
pub(super) async fn preview(onefold: &Onefold, asked: &TransformAsk) -> Result<TransformView, Problem> {
    let began = Instant::now();
    let name = draft_name(&asked.name)?;
    let read = load(onefold, name, asked);
    let mut view = TransformView {
        columns: Vec::new(),
        rows: Vec::new(),
        steps: Vec::new(),
        sampled: false,
        read: 0,
        corrupt: Vec::new(),
        diagnostics: read.diagnostics.clone(),
        seconds: 0.0,
    };
    match found(&read.loaded, name, &asked.table) {
        Some((source, table)) => work_out(onefold, &read, source, table, asked, &mut view).await?,
        None if view.diagnostics.iter().any(DiagnosticView::is_error) => {}
        None => {
            return Err(Problem::not_found(format!("the source `{name}` has no table `{}`", asked.table))
                .hint("choose one of its tables"));
        }
    }
    view.seconds = began.elapsed().as_secs_f64();
    Ok(view)
}

fn found<'l>(loaded: &'l onefold_model::Loaded, source: &str, table: &str) -> Option<(&'l Source, &'l SourceTable)> {
    let source = loaded.project.source(source)?;
    Some((source, source.tables.iter().find(|own| *own.name == table)?))
}

/// The draft with as many steps of the table as can be read: those before the first that is wrong.
fn load(onefold: &Onefold, name: &str, asked: &TransformAsk) -> Read {
    let file = format!("sources/{name}.yaml");
    let path = |value: &Value| value["tables"][&asked.table]["steps"].as_array().map_or(0, Vec::len);
    let all = path(&asked.value);
    let mut value = asked.value.clone();
    let mut read: Option<Read> = None;
    for steps in (0..=all).rev() {
        // Looked for, not indexed: that would write `steps: null` into a table without steps.
        let table = value.get_mut("tables").and_then(|tables| tables.get_mut(&asked.table));
        if let Some(list) = table.and_then(|table| table.get_mut("steps")).and_then(Value::as_array_mut) {
            list.truncate(steps);
        }
        let loaded = onefold_model::load_with(onefold.root(), &Overlay::of(file.clone(), Some(value.to_string())));
        let whole = found(&loaded, name, &asked.table).is_some_and(|(_, table)| table.steps.len() == steps);
        let said = said(&loaded, &file, &loaded.diagnostics);
        // What is wrong with the whole draft is said; what is wrong with the step is what the shorter one does not say.
        let fault = read.as_ref().and_then(|longer| {
            let new = longer.diagnostics.iter().find(|found| found.is_error() && !said.contains(found));
            new.map(worded).or_else(|| longer.fault.clone())
        });
        let diagnostics = read.map_or_else(|| said, |longer| longer.diagnostics);
        let fault = fault.filter(|_| steps < all);
        let now = Read { loaded, steps, fault, diagnostics };
        if whole {
            return now;
        }
        read = Some(now);
    }
    read.unwrap_or_else(|| Read { loaded: Default::default(), steps: 0, fault: None, diagnostics: Vec::new() })
}

fn worded(found: &DiagnosticView) -> String {
    match &found.hint {
        Some(hint) => format!("{}; {hint}", found.message),
        None => found.message.clone(),
    }
}

/// What is said of a file, without places: they are those of a text nobody wrote.
fn said(loaded: &onefold_model::Loaded, file: &str, all: &[Diagnostic]) -> Vec<DiagnosticView> {
    let is_own = |found: &&Diagnostic| {
        let at = found.at.and_then(|at| loaded.project.files.get(at.file as usize));
        found.severity != Severity::Note && at.is_none_or(|at| at.path == file)
    };
    let own: Vec<Diagnostic> = all.iter().filter(is_own).cloned().collect();
    let mut views = diagnostics::views(&loaded.project, &own);
    for view in &mut views {
        (view.line, view.column, view.end_line, view.end_column) = (None, None, None, None);
    }
    views
}

async fn work_out(
    onefold: &Onefold,
    read: &Read,
    source: &Source,
    table: &SourceTable,
    asked: &TransformAsk,
    view: &mut TransformView,
) -> Result<(), Problem> {
    let project = &read.loaded.project;
    let first = |rows, error| TransformStep {
        index: 0,
        step: "source".to_owned(),
        sentence: reading(source, table),
        rows,
        error,
    };
    let sample = match sample(onefold, project, source, table).await? {
        Ok(sample) => sample,
        Err(fault) => {
            view.steps.push(first(None, Some(worded(&fault))));
            // Missing input was found by reading the definitions, too.
            if !view.diagnostics.iter().any(|known| known.code == fault.code) {
                view.diagnostics.push(fault);
            }
            return Ok(());
        }
    };
    let mut known = Catalog::default();
    let raw = source.table_name(table).prefixed("Raw_");
    known.insert(Table { name: raw, columns: sample.columns.clone(), key: None });
    let draft = draft_table(project, &known, source, table);
    let rows = RowsHeld { table: draft.raw.clone(), schema: sample.schema.clone(), batches: sample.rows.clone() };
    let mut over = TryOut::at(None, jiff::Timestamp::now());
    over.rows = vec![rows];
    (view.read, view.sampled) = (sample.read, sample.more);
    view.steps.push(first(Some(sample.read), None));
    let sound = steps(&over, read, &draft, table, asked, view).await;
    let wanted = asked.after.unwrap_or(usize::MAX).min(sound);
    show(&over, &draft.states[wanted], &sample, table, asked, wanted == read.steps && read.fault.is_none(), view)
        .await?;
    for found in said(&read.loaded, "", &draft.diagnostics) {
        if !view.diagnostics.contains(&found) {
            view.diagnostics.push(found);
        }
    }
    Ok(())
}

/// What reading a table is, in words.
fn reading(source: &Source, table: &SourceTable) -> String {
    let resource = table.view.as_ref().and_then(|view| view.value["resource"].as_str());
    let what = resource.or(table.entity.as_ref().map(|entity| entity.as_str()));
    let what = what.or(table.file.as_ref().map(|file| file.as_str())).unwrap_or(table.name.as_str());
    let place = match &source.from {
        onefold_model::define::Location::Folder(folder) => folder.value.clone(),
        onefold_model::define::Location::Url { url, .. } => url.value.clone(),
    };
    format!("read {what} from {place}")
}

/// Counts the rows after each step; the number of the last one that could be tried.
async fn steps(
    over: &TryOut,
    read: &Read,
    draft: &TableDraft,
    table: &SourceTable,
    asked: &TransformAsk,
    view: &mut TransformView,
) -> usize {
    let mut sound = 0;
    let mut broken = false;
    for (number, step) in table.steps.iter().enumerate() {
        let index = number + 1;
        let mut line = TransformStep {
            index,
            step: key(&step.value).to_owned(),
            sentence: sentence(&step.value),
            rows: None,
            error: None,
        };
        match draft.states.get(index).filter(|_| !broken) {
            Some(state) => match rows_of(over, &state.count()).await {
                Ok(rows) => {
                    line.rows = rows.first().and_then(|row| row.first()).and_then(Value::as_u64);
                    sound = index;
                }
                Err(problem) => line.error = Some(problem.message),
            },
            None if broken => line.error = Some(BEFORE.to_owned()),
            None => {
                let wrong = draft.diagnostics.iter().find(|found| found.is_error());
                let words = wrong.map(|wrong| match &wrong.hint {
                    Some(hint) => format!("{}; {hint}", wrong.message),
                    None => wrong.message.clone(),
                });
                line.error = Some(words.unwrap_or_else(|| "it cannot be planned".to_owned()));
            }
        }
        broken |= line.error.is_some();
        view.steps.push(line);
    }
    // Steps that cannot even be read.
    let written = asked.value["tables"][&asked.table]["steps"].as_array();
    for (number, step) in written.into_iter().flatten().enumerate().skip(read.steps) {
        let error = match (number == read.steps, &read.fault) {
            (true, Some(fault)) if !broken => fault.clone(),
            (true, None) if !broken => "it cannot be read".to_owned(),
            _ => BEFORE.to_owned(),
        };
        let (key, said) = unread(step);
        let line = TransformStep { index: number + 1, step: key, sentence: said, rows: None, error: Some(error) };
        view.steps.push(line);
    }
    sound
}

/// The key of a step that cannot be read, and what stands there.
fn unread(step: &Value) -> (String, String) {
    let Some((key, value)) = step.as_object().and_then(|step| step.iter().next()) else {
        return (step.as_str().unwrap_or_default().to_owned(), step.to_string());
    };
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let short: String = value.chars().take(80).collect();
    (key.clone(), format!("{}: {short}", key.replace('_', " ")))
}

const BEFORE: &str = "a step before it is wrong";

async fn rows_of(over: &TryOut, query: &Sql) -> Result<Vec<Vec<Value>>, Problem> {
    let found = try_rows(over, query, limits()).await.map_err(of_lake)?;
    let (batches, _) = found.collect().await.map_err(of_lake)?;
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(values::rows(batch)?);
    }
    Ok(rows)
}

/// The rows of a state, and how good its columns are.
async fn show(
    over: &TryOut,
    state: &StepDraft,
    sample: &Sample,
    table: &SourceTable,
    asked: &TransformAsk,
    last: bool,
    view: &mut TransformView,
) -> Result<(), Problem> {
    let names: Vec<String> = state.columns.iter().map(|column| column.name.to_string()).collect();
    let mut quality: Vec<Quality> = vec![Quality::default(); names.len()];
    let key = names.iter().position(|name| *name == table.key.value).filter(|_| last);
    let limit = if asked.limit == 0 { 200 } else { asked.limit.min(1_000) };
    let mut corrupt = Vec::new();
    let mut keys: std::collections::HashMap<String, u64> = std::collections::HashMap::new();
    let rows = rows_of(over, &state.rows(MOST_ROWS)).await?;
    for (number, mut row) in rows.into_iter().enumerate() {
        let why = row.get(names.len()).and_then(Value::as_str).unwrap_or_default().to_owned();
        row.truncate(names.len());
        let mut bad = reasons(&why, &names);
        if let Some(key) = key {
            match &row[key] {
                Value::Null => bad.push((key, "is empty".to_owned())),
                Value::String(text) if text.is_empty() => bad.push((key, "is empty".to_owned())),
                value => *keys.entry(value.to_string()).or_default() += 1,
            }
        }
        for (at, (quality, value)) in quality.iter_mut().zip(&row).enumerate() {
            quality.add(value, bad.iter().any(|(column, _)| *column == at));
        }
        let number = number as u64;
        corrupt.extend(bad.into_iter().map(|(at, reason)| cell(number, &names[at], reason, None)));
        if view.rows.len() < limit {
            view.rows.push(row);
        }
    }
    // Rows that could not be read at all come after those that could.
    for (number, row) in sample.corrupt.iter().enumerate() {
        let number = sample.kept() + number as u64;
        let raw: Vec<String> = sample.columns.iter().map(|column| column.name.to_string()).collect();
        let why = row.first().and_then(Value::as_str).unwrap_or_default();
        let bad = reasons(why, &raw);
        if bad.is_empty() {
            corrupt.push(cell(number, "", why.to_owned(), None));
        }
        for (at, reason) in bad {
            if let Some(own) = names.iter().position(|name| *name == raw[at]) {
                quality[own].error += 1;
            }
            let text = row.get(1 + at).and_then(Value::as_str).map(str::to_owned);
            corrupt.push(cell(number, &raw[at], reason, text));
        }
    }
    corrupt.truncate(MOST_CORRUPT);
    view.corrupt = corrupt;
    let columns = state.columns.iter().zip(quality);
    view.columns = columns.map(|(column, quality)| quality.finish(column)).collect();
    if last && key.is_none() && !view.columns.is_empty() {
        let message = format!("the key `{}` is not a column of the table after its steps", table.key.value);
        let hint = format!("choose a column as the key: {}", few(&names));
        view.diagnostics.push(fault("name/unknown-column", "error", message, hint));
    }
    let repeated: u64 = keys.values().map(|count| count - 1).sum();
    if repeated > 0 {
        let message = format!("{repeated} of the rows looked at repeat a key; of each key the first row is kept");
        let hint = "choose another key, or keep one row for each key with `distinct`".to_owned();
        view.diagnostics.push(fault("source/key", "warning", message, hint));
    }
    Ok(())
}

fn few(names: &[String]) -> String {
    names.iter().take(6).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Something to say that no file is the place of.
pub(super) fn fault(code: &str, severity: &str, message: String, hint: String) -> DiagnosticView {
    DiagnosticView {
        file: None,
        line: None,
        column: None,
        end_line: None,
        end_column: None,
        code: code.to_owned(),
        severity: severity.to_owned(),
        message,
        hint: Some(hint),
    }
}

/// A cell that cannot be read; what stands there is in the reason where nobody kept it.
fn cell(row: u64, column: &str, reason: String, text: Option<String>) -> CorruptCell {
    let quoted = || {
        let (_, rest) = reason.split_once("found \"")?;
        rest.strip_suffix('"').map(str::to_owned)
    };
    let text = text.or_else(quoted).unwrap_or_default();
    CorruptCell { row, column: column.to_owned(), text, reason }
}
