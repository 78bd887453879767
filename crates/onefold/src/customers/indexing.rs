//! Indexing: the profiles of a run as documents of an index.
//!
//! Reads    `Customer` and `Customer_Measure`, both in the order of numbers, `SegmentBitmap`
//! Writes   a folder of `onefold-search`, with `about.json`
//! Flow     values counted until there are too many ─ fields ─ one document a profile
//!
//! Invariants
//! - What a list shows of a profile is in the index: an index answers also when the files of its run are gone.
//! - Memory does not grow with the number of profiles, but for the bitmaps of segments.
//!
//! Not here: where indexes lie and which is the right one (`shelf`).

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{
    DataType as Arrow, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use arrow::util::display::array_value_to_string;
use onefold_api::Problem;
use onefold_lake::lookup::whole;
use onefold_lake::{Lake, Published, TableEntry};
use onefold_model::{Column, DataType};
use onefold_search::{Document, Field, Kind, MOST_VALUES, Options, Value};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::members::bitmaps;
use super::title::{Layout, OURS, as_stated};
use crate::runner::problem::of_lake;
use crate::values;

/// The format of indexes that this version builds and reads.
pub(super) const FORMAT: u32 = 1;
/// The name of segments among the columns.
pub(super) const SEGMENT: &str = "Segment";
/// What stands before the name of a customer attribute.
pub(super) const MEASURES: &str = "Customer_Measure";
/// Values on the card of a list.
const ON_CARD: usize = 4;

/// What is known of an index.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct About {
    /// The format.
    pub(super) format: u32,
    /// The run it was built of.
    pub(super) run: String,
    /// Equal for runs with the same profiles.
    pub(super) stamp: String,
    /// The columns of Customer.
    pub(super) customer: Vec<Column>,
    /// What can be searched by.
    pub(super) columns: Vec<Indexed>,
}

/// A column that can be searched by.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Indexed {
    /// Its name: `city`, `Customer_Measure.pct_no_show`, `Segment`.
    pub(super) name: String,
    /// The column; none for segments.
    pub(super) column: Option<Column>,
    /// What the index holds of it; none where it is only searched.
    pub(super) kind: Option<Kind>,
    /// Whether words are looked for in it.
    pub(super) searched: bool,
    /// Whether its values can be counted.
    pub(super) facet: bool,
}

/// What went wrong while documents were made or taken.
enum Fault {
    Index(onefold_search::Error),
    Rows(Problem),
}

impl From<onefold_search::Error> for Fault {
    fn from(error: onefold_search::Error) -> Self {
        Self::Index(error)
    }
}

/// Builds the index of a run in a folder that is not there yet.
pub(super) fn build(lake: &Lake, published: &Published, stamp: &str, folder: &Path) -> Result<About, Problem> {
    let clock = std::time::Instant::now();
    let customer = published.table("Customer").ok_or_else(|| Problem::not_found("there are no profiles"))?;
    let measures = published.table(MEASURES);
    let columns = columns(lake, customer, measures.map(AsRef::as_ref))?;
    let about = About {
        format: FORMAT,
        run: published.run_id.clone(),
        stamp: stamp.to_owned(),
        customer: customer.columns.clone(),
        columns,
    };
    let fields: Vec<Field> = about
        .columns
        .iter()
        .filter_map(|indexed| Some(Field { name: indexed.name.clone(), kind: indexed.kind? }))
        .collect();
    let documents = People::new(lake, published, &about)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let options = Options { threads, ..Options::default() };
    let built = onefold_search::build(folder, &fields, options, documents).map_err(|fault| match fault {
        Fault::Index(error) => Problem::failed(error.to_string()),
        Fault::Rows(problem) => problem,
    })?;
    let text = serde_json::to_vec(&about).expect("what is known of an index is plain data");
    std::fs::write(folder.join("about.json"), text)
        .map_err(|error| Problem::failed(format!("cannot write `{}`: {error}", folder.display())))?;
    let seconds = clock.elapsed().as_secs_f64();
    tracing::info!(run = published.run_id, documents = built.documents, bytes = built.bytes, seconds, "indexed");
    Ok(about)
}

/// What each column is to a search.
fn columns(lake: &Lake, customer: &TableEntry, measures: Option<&TableEntry>) -> Result<Vec<Indexed>, Problem> {
    let many = columns_of_many_values(lake, customer)?;
    let precision = |column: &Column| {
        let date = column.name.as_str().strip_suffix("_precision");
        date.is_some_and(|date| customer.columns.iter().any(|column| column.name == date))
    };
    let mut all = Vec::new();
    for column in customer.columns.iter().filter(|column| column.name != "profile_no" && !precision(column)) {
        let name = column.name.to_string();
        let of_id = matches!(column.semantic.as_deref(), Some("ID" | "AlternateKey"));
        let text = is_text(column.ty);
        let kind = match kind_of(column.ty) {
            // Ids are found by looking for them; of a key it matters whether there is one.
            Some(Kind::Keyword) if text && (of_id || OURS.contains(&name.as_str())) => of_id.then_some(Kind::Presence),
            kind => kind,
        };
        if name == SEGMENT || kind.is_none() && !text {
            continue;
        }
        let facet = kind.is_some_and(|kind| kind != Kind::Presence) && !many.contains(&name);
        all.push(Indexed { name, column: Some(column.clone()), kind, searched: text, facet });
    }
    for column in measures.into_iter().flat_map(|table| &table.columns) {
        if OURS.contains(&column.name.as_str()) || kind_of(column.ty).is_none() {
            continue;
        }
        let kind = kind_of(column.ty);
        let name = format!("{MEASURES}.{}", column.name);
        // Texts of a measure may be of any number; they are filtered and sorted by.
        let facet = kind != Some(Kind::Keyword) || column.ty == DataType::Boolean;
        all.push(Indexed { name, column: Some(column.clone()), kind, searched: false, facet });
    }
    let segment =
        Indexed { name: SEGMENT.to_owned(), column: None, kind: Some(Kind::Keyword), searched: false, facet: true };
    all.push(segment);
    Ok(all)
}

fn is_text(ty: DataType) -> bool {
    matches!(ty, DataType::Text | DataType::Guid | DataType::Any)
}

fn kind_of(ty: DataType) -> Option<Kind> {
    Some(match ty {
        DataType::Text | DataType::Guid | DataType::Any | DataType::Boolean => Kind::Keyword,
        DataType::Integer | DataType::Small | DataType::Date | DataType::DateTime => Kind::Integer,
        DataType::Number | DataType::Decimal(..) => Kind::Number,
        DataType::Json | DataType::Bitmap => return None,
    })
}

/// The text columns of Customer with more values than are counted one by one.
fn columns_of_many_values(lake: &Lake, customer: &TableEntry) -> Result<HashSet<String>, Problem> {
    let mut names: Vec<&str> = Vec::new();
    for column in &customer.columns {
        let of_id = matches!(column.semantic.as_deref(), Some("ID" | "AlternateKey"));
        if is_text(column.ty) && !of_id && !OURS.contains(&column.name.as_str()) {
            names.push(column.name.as_str());
        }
    }
    let (mut seen, mut many) = (vec![HashSet::<u64>::new(); names.len()], HashSet::new());
    for batch in whole(lake, customer, &names).map_err(of_lake)? {
        let batch = batch.map_err(of_lake)?;
        for ((name, seen), column) in names.iter().zip(&mut seen).zip(batch.columns()) {
            if many.contains(*name) {
                continue;
            }
            for text in column.as_string::<i32>().iter().flatten() {
                let mut hasher = DefaultHasher::new();
                text.hash(&mut hasher);
                seen.insert(hasher.finish());
            }
            if seen.len() > MOST_VALUES {
                many.insert((*name).to_owned());
                *seen = HashSet::new();
            }
        }
        if many.len() == names.len() {
            break;
        }
    }
    Ok(many)
}

type Rows = Box<dyn Iterator<Item = onefold_lake::Result<RecordBatch>>>;

/// The profiles of a run, one document each.
struct People<'a> {
    about: &'a About,
    layout: Layout,
    customer: Rows,
    measures: Option<Beside>,
    segments: BTreeMap<String, RoaringBitmap>,
    /// Documents of the rows that were read, last first.
    ready: Vec<Document>,
    last: Option<u32>,
}

/// Rows of another table, in the order of the same numbers.
struct Beside {
    rows: Rows,
    now: Option<RecordBatch>,
    at: usize,
}

impl Beside {
    /// The row of a number, when there is one.
    fn row(&mut self, number: i32) -> Result<Option<(&RecordBatch, usize)>, Problem> {
        loop {
            if self.now.as_ref().is_none_or(|now| self.at >= now.num_rows()) {
                match self.rows.next() {
                    Some(batch) => (self.now, self.at) = (Some(batch.map_err(of_lake)?), 0),
                    None => return Ok(None),
                }
                continue;
            }
            let Some(now) = self.now.as_ref() else { return Ok(None) };
            let found = now.column(0).as_primitive::<Int32Type>().value(self.at);
            match found.cmp(&number) {
                std::cmp::Ordering::Less => self.at += 1,
                std::cmp::Ordering::Equal => break,
                std::cmp::Ordering::Greater => return Ok(None),
            }
        }
        Ok(self.now.as_ref().map(|now| (now, self.at)))
    }
}

impl<'a> People<'a> {
    fn new(lake: &Lake, published: &Published, about: &'a About) -> Result<Self, Problem> {
        let customer = published.table("Customer").ok_or_else(|| Problem::not_found("there are no profiles"))?;
        let names: Vec<&str> = customer.columns.iter().map(|column| column.name.as_str()).collect();
        let measured: Vec<&str> = std::iter::once("profile_no")
            .chain(about.columns.iter().filter_map(|indexed| {
                indexed.name.strip_prefix(MEASURES)?;
                Some(indexed.column.as_ref()?.name.as_str())
            }))
            .collect();
        let measures = match published.table(MEASURES).filter(|_| measured.len() > 1) {
            Some(table) => {
                let rows: Rows = Box::new(whole(lake, table, &measured).map_err(of_lake)?);
                Some(Beside { rows, now: None, at: 0 })
            }
            None => None,
        };
        Ok(Self {
            about,
            layout: Layout::of(&about.customer),
            customer: Box::new(whole(lake, customer, &names).map_err(of_lake)?),
            measures,
            segments: bitmaps(lake, published)?,
            ready: Vec::new(),
            last: None,
        })
    }

    fn documents(&mut self, batch: &RecordBatch) -> Result<Vec<Document>, Problem> {
        let place = |name: &str| self.about.customer.iter().position(|column| column.name == name);
        let (Some(number_at), Some(id_at)) = (place("profile_no"), place("CustomerId")) else {
            return Err(Problem::failed("`Customer` lacks its ids").hint("run again with `--force`"));
        };
        let numbers = batch.column(number_at).as_primitive::<Int32Type>();
        let names: Vec<usize> = self.layout.name_columns().collect();
        let on_card: Vec<usize> = self.layout.fields.iter().copied().filter(|at| !names.contains(at)).collect();
        let precision: Vec<usize> = on_card.iter().filter_map(|&at| self.layout.precision_of(at)).collect();
        let wanted: Vec<usize> = on_card.iter().chain(&precision).copied().collect();
        let few = batch.project(&wanted).map_err(|error| Problem::failed(error.to_string()))?;
        let cards = values::rows(&few)?;
        let mut documents = Vec::with_capacity(batch.num_rows());
        for (row, values) in cards.into_iter().enumerate() {
            let number = numbers.value(row);
            let Ok(no) = u32::try_from(number) else { continue };
            if self.last.is_some_and(|last| last >= no) {
                return Err(Problem::failed("`Customer` is not in the order of its numbers")
                    .hint("run again with `--force` to write it anew"));
            }
            self.last = Some(no);
            let text = |at: usize| text_of(batch.column(at).as_ref(), row);
            let title = self.layout.title(text);
            let mut document = Document { number: u64::from(no), ..Document::default() };
            document.title.extend(names.iter().filter_map(|&at| text(at)));
            let mut shown = Vec::new();
            for (&at, value) in on_card.iter().zip(&values) {
                if !value.is_null() && shown.len() < ON_CARD {
                    let exact = self.layout.precision_of(at).and_then(|at| wanted.iter().position(|&w| w == at));
                    shown.push((at, as_stated(value.clone(), exact.map(|at| &values[at]))));
                }
            }
            let id = text(id_at).unwrap_or_default();
            let card = (&id, title.as_ref().unwrap_or(&id), shown);
            document.card = serde_json::to_vec(&card).map_err(|error| Problem::failed(error.to_string()))?;
            let measured = match &mut self.measures {
                Some(measures) => measures.row(number)?,
                None => None,
            };
            let (mut field, mut measure) = (0, 1);
            for indexed in &self.about.columns {
                let value = match (&indexed.column, indexed.name.starts_with(MEASURES)) {
                    (Some(_), true) => {
                        measure += 1;
                        measured.and_then(|(batch, row)| cell(batch.column(measure - 1).as_ref(), row))
                    }
                    (Some(column), false) => {
                        let at = place(column.name.as_str()).unwrap_or(id_at);
                        if indexed.searched && !names.contains(&at) {
                            let words = text(at).map(|text| text.replace(';', " "));
                            document.words.extend(words);
                        }
                        cell(batch.column(at).as_ref(), row)
                    }
                    (None, _) => {
                        for (name, _) in self.segments.iter().filter(|(_, members)| members.contains(no)) {
                            document.values.push((field, Value::Text(name.clone())));
                        }
                        None
                    }
                };
                let Some(kind) = indexed.kind else { continue };
                if let Some(value) = value {
                    document.values.push((field, if kind == Kind::Presence { Value::There } else { value }));
                }
                field += 1;
            }
            documents.push(document);
        }
        Ok(documents)
    }
}

impl Iterator for People<'_> {
    type Item = Result<Document, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(document) = self.ready.pop() {
                return Some(Ok(document));
            }
            let batch = match self.customer.next()? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(Fault::Rows(of_lake(error)))),
            };
            match self.documents(&batch) {
                Ok(documents) => self.ready = documents,
                Err(problem) => return Some(Err(Fault::Rows(problem))),
            }
            self.ready.reverse();
        }
    }
}

fn text_of(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        Arrow::Utf8 => Some(column.as_string::<i32>().value(row).to_owned()),
        _ => array_value_to_string(column, row).ok(),
    }
}

/// A cell as a field holds it.
fn cell(column: &dyn Array, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        Arrow::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        Arrow::Boolean => Value::Text(column.as_boolean().value(row).to_string()),
        Arrow::Int32 => Value::Integer(column.as_primitive::<Int32Type>().value(row).into()),
        Arrow::Int64 => Value::Integer(column.as_primitive::<Int64Type>().value(row)),
        Arrow::Float64 => Value::Number(column.as_primitive::<Float64Type>().value(row)),
        Arrow::Decimal128(_, scale) => {
            let units = column.as_primitive::<Decimal128Type>().value(row) as f64;
            Value::Number(units / 10_f64.powi(i32::from(*scale)))
        }
        Arrow::Date32 => Value::Integer(column.as_primitive::<Date32Type>().value(row).into()),
        Arrow::Timestamp(..) => Value::Integer(column.as_primitive::<TimestampMicrosecondType>().value(row)),
        _ => return None,
    })
}
