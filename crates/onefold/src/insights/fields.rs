//! Fields: columns of Customer and measures, each read by itself and put into bins.
//!
//! Invariants
//! - One column is in memory as it is at a time; what stays is a byte a profile, and no more than [`KEPT`] bytes of those.
//! - Profiles stand in the order of their numbers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType as Arrow, Float64Type, Int32Type, Int64Type};
use onefold_api::{LeftOut, Problem};
use onefold_kernels::insight::{Coded, bins};
use onefold_lake::{Lake, Published, lookup};
use onefold_model::names::nearest;
use onefold_model::{Column, DataType, Project};
use roaring::RoaringBitmap;

use crate::customers;
use crate::lists::in_words;
use crate::platform::Onefold;
use crate::preview;
use crate::runner::problem::of_lake;

/// Bins of a field of numbers, beside the one of missing values.
const BINS: usize = 16;
/// The most categories that are told apart.
pub(super) const CATEGORIES: usize = 100;
/// A text with more values than this is taken for a name or an id.
const MOST_VALUES: usize = 5_000;
/// Bytes of bins that are remembered.
const KEPT: usize = 256 << 20;
/// Microseconds in a day.
pub(super) const DAY: f64 = 86_400_000_000.0;

/// What is remembered of the published run.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Known>);

#[derive(Default)]
struct Known {
    run: String,
    numbers: Option<Arc<Vec<u32>>>,
    fields: HashMap<String, Arc<Field>>,
    bytes: usize,
}

/// The people of the published run, and what they are told apart by.
pub(super) struct People {
    pub(super) project: Arc<Project>,
    pub(super) lake: Lake,
    pub(super) published: Arc<Published>,
    /// The numbers of all profiles, ascending.
    pub(super) numbers: Arc<Vec<u32>>,
    members: Arc<HashMap<String, RoaringBitmap>>,
    memory: Arc<Memory>,
}

/// A field that can be asked for.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// `Customer.city`
    pub(super) field: String,
    pub(super) title: String,
    pub(super) measure: bool,
    pub(super) column: Column,
}

/// What the values of a field are like.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// Numbers, days or instants, parted at these.
    Ordered { cuts: Vec<f64> },
    /// Texts or flags, commonest first. With `more` there are others, in a bin behind them.
    Categories { values: Vec<String>, more: bool },
    /// Nothing to tell people apart by, and why.
    Unfit(&'static str),
}

/// A field, in bins.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) choice: Choice,
    pub(super) shape: Shape,
    pub(super) codes: Vec<u8>,
    /// Different values; of texts with very many, at least so many.
    pub(super) distinct: usize,
}

impl Field {
    /// Bins there are, the missing one among them.
    pub(super) fn bins(&self) -> usize {
        1 + match &self.shape {
            Shape::Ordered { cuts } => cuts.len() + 1,
            Shape::Categories { values, more } => values.len() + usize::from(*more),
            Shape::Unfit(_) => 0,
        }
    }
    pub(super) fn coded(&self) -> Coded<'_> {
        Coded { codes: &self.codes, bins: self.bins(), ordered: matches!(self.shape, Shape::Ordered { .. }) }
    }
    /// Why it is not fit to be looked at, with at most so many categories.
    pub(super) fn unfit(&self, most: usize) -> Option<String> {
        match &self.shape {
            Shape::Unfit(why) => Some((*why).to_owned()),
            _ if self.distinct < 2 => Some("everybody with a value has the same one".to_owned()),
            Shape::Categories { .. } if self.distinct > most => {
                Some(format!("it has {} values, more than {most}", self.distinct))
            }
            _ => None,
        }
    }
}

impl People {
    /// The people of the published run.
    pub(super) async fn open(onefold: &Onefold) -> Result<Self, Problem> {
        let (project, lake, published) = customers::now(onefold).await?;
        let members = preview::members(onefold, &lake, &published).await?;
        let memory = Arc::clone(onefold.insights());
        let mut people = Self { project, lake, published, numbers: Arc::default(), members, memory };
        let known = {
            let mut known = people.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.run != people.published.run_id {
                *known = Known { run: people.published.run_id.clone(), ..Known::default() };
            }
            known.numbers.clone()
        };
        if let Some(numbers) = known {
            people.numbers = numbers;
            return Ok(people);
        }
        customers::off_the_runtime(move || {
            people.numbers = Arc::new(people.read_numbers()?);
            let mut known = people.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.run == people.published.run_id {
                known.numbers = Some(Arc::clone(&people.numbers));
            }
            drop(known);
            Ok(people)
        })
        .await
    }

    fn read_numbers(&self) -> Result<Vec<u32>, Problem> {
        let none = || Problem::not_found("there are no profiles yet").hint("unify sources, and run");
        let customer = self.published.table("Customer").ok_or_else(none)?;
        let mut numbers = Vec::with_capacity(usize::try_from(customer.rows()).unwrap_or_default());
        for batch in lookup::whole(&self.lake, customer, &["profile_no"]).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let column = batch.column(0).as_primitive_opt::<Int32Type>().ok_or_else(not_as_written)?;
            numbers.extend(column.iter().flatten().filter_map(|number| u32::try_from(number).ok()));
        }
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() { Err(none()) } else { Ok(numbers) }
    }

    /// Fields that can be asked for: columns that say something of people, then measures.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut all = Vec::new();
        for (table, measure) in [("Customer", false), ("Customer_Measure", true)] {
            let Some(entry) = self.published.table(table) else { continue };
            let named = |name: &str| entry.columns.iter().any(|column| column.name == name);
            for column in &entry.columns {
                let name = column.name.as_str();
                let ours = ["CustomerId", "profile_no", "PreviousCustomerId"].contains(&name);
                let key = matches!(column.semantic.as_deref(), Some("ID" | "AlternateKey"));
                let precision = name.strip_suffix("_precision").is_some_and(named);
                if ours || key || precision || matches!(column.ty, DataType::Bitmap | DataType::Json) {
                    continue;
                }
                let title = self.project.measure(name).filter(|_| measure).and_then(|measure| measure.title.clone());
                all.push(Choice {
                    field: format!("{table}.{name}"),
                    title: title.unwrap_or_else(|| in_words(name)),
                    measure,
                    column: column.clone(),
                });
            }
        }
        all
    }

    /// A field by its name.
    pub(super) fn choice(&self, field: &str) -> Result<Choice, Problem> {
        let choices = self.choices();
        let wanted = field.trim();
        let known = choices.iter().find(|choice| choice.field == wanted);
        let known = known.or_else(|| choices.iter().find(|choice| choice.field.eq_ignore_ascii_case(wanted)));
        if let Some(known) = known {
            return Ok(known.clone());
        }
        let problem = Problem::not_found(format!("profiles have no field `{field}`"));
        Err(match nearest(field, choices.iter().map(|choice| choice.field.as_str())) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => {
                problem.hint("name a column of Customer or a measure: `Customer.city`, `Customer_Measure.TotalSpent`")
            }
        })
    }

    /// The members of a segment.
    pub(super) fn members(&self, segment: &str) -> Result<&RoaringBitmap, Problem> {
        self.members.get(segment).ok_or_else(|| {
            let problem = Problem::not_found(format!("the published run has no segment `{segment}`"));
            match nearest(segment, self.members.keys().map(String::as_str)) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("run first, or choose another segment"),
            }
        })
    }

    /// The members of a segment, everybody without one.
    pub(super) fn group(&self, segment: Option<&str>) -> Result<RoaringBitmap, Problem> {
        match segment.filter(|name| !name.is_empty()) {
            Some(segment) => self.members(segment).cloned(),
            None => Ok(RoaringBitmap::from_sorted_iter(self.numbers.iter().copied())
                .unwrap_or_else(|_| self.numbers.iter().copied().collect())),
        }
    }

    /// For each profile whether it is in a group.
    pub(super) fn flags(&self, group: &RoaringBitmap) -> Vec<bool> {
        let mut flags = vec![false; self.numbers.len()];
        let mut at = 0;
        for member in group {
            at += self.numbers[at..].partition_point(|number| *number < member);
            match self.numbers.get(at) {
                Some(number) if *number == member => flags[at] = true,
                Some(_) => {}
                None => break,
            }
        }
        flags
    }

    /// What a segment is called.
    pub(super) fn title(&self, segment: &str) -> String {
        let known = self.project.segment(segment).and_then(|segment| segment.title.clone());
        known.unwrap_or_else(|| in_words(segment))
    }

    /// Fields that were asked for, or all; those that are not fit for at most so many categories, or that are left out,
    /// apart. What was asked for by name is not left out.
    pub(super) fn fields(
        &self,
        asked: &[String],
        most: usize,
        leave_out: &dyn Fn(&Choice) -> Option<String>,
    ) -> Result<(Vec<Arc<Field>>, Vec<LeftOut>), Problem> {
        let choices = match asked {
            [] => self.choices(),
            asked => asked.iter().map(|field| self.choice(field)).collect::<Result<_, _>>()?,
        };
        let (mut fit, mut left_out) = (Vec::new(), Vec::new());
        for choice in choices {
            let why = if asked.is_empty() { leave_out(&choice) } else { None };
            let (field, why) = match why {
                Some(why) => (None, Some(why)),
                None => {
                    let field = self.field(&choice)?;
                    let why = field.unfit(most);
                    (Some(field), why)
                }
            };
            match (field, why) {
                (Some(field), None) => fit.push(field),
                (_, why) => {
                    left_out.push(LeftOut { field: choice.field, title: choice.title, why: why.unwrap_or_default() })
                }
            }
        }
        Ok((fit, left_out))
    }

    /// A field, in bins; read once a run while there is room.
    pub(super) fn field(&self, choice: &Choice) -> Result<Arc<Field>, Problem> {
        {
            let known = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.run == self.published.run_id
                && let Some(field) = known.fields.get(&choice.field)
            {
                return Ok(Arc::clone(field));
            }
        }
        let field = Arc::new(self.read(choice)?);
        let mut known = self.memory.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.run == self.published.run_id && known.bytes + field.codes.len() <= KEPT {
            known.bytes += field.codes.len();
            known.fields.insert(choice.field.clone(), Arc::clone(&field));
        }
        Ok(field)
    }

    fn read(&self, choice: &Choice) -> Result<Field, Problem> {
        let step = if choice.column.ty == DataType::DateTime { DAY } else { 0.0 };
        let ordered = |values: Vec<f64>| {
            let cuts = bins::cuts(&values, BINS, if choice.column.ty == DataType::Date { 1.0 } else { step });
            let codes = values.iter().map(|value| bins::code(*value, &cuts)).collect();
            let distinct = if values.iter().all(|value| value.is_nan()) { 0 } else { cuts.len() + 1 };
            Field { choice: choice.clone(), shape: Shape::Ordered { cuts }, codes, distinct }
        };
        if is_ordered(choice.column.ty) {
            return Ok(ordered(self.numbers_of(choice)?));
        }
        let (mut known, mut names): (HashMap<String, u32>, Vec<String>) = (HashMap::new(), Vec::new());
        let mut own = vec![0_u32; self.numbers.len()];
        let mut there = 0_usize;
        self.each(choice, &mut |at, column| {
            let texts = cast(column, &Arrow::Utf8View).map_err(|error| Problem::failed(error.to_string()))?;
            for (at, text) in at.iter().zip(texts.as_string_view()) {
                let (Some(at), Some(text)) = (at, text) else { continue };
                if names.len() > MOST_VALUES {
                    return Ok(());
                }
                there += 1;
                let code = match known.get(text) {
                    Some(code) => *code,
                    None => {
                        names.push(text.to_owned());
                        known.insert(text.to_owned(), names.len() as u32);
                        names.len() as u32
                    }
                };
                own[*at] = code;
            }
            Ok(())
        })?;
        let distinct = names.len();
        let unfit = |why| Field { choice: choice.clone(), shape: Shape::Unfit(why), codes: Vec::new(), distinct };
        if distinct > MOST_VALUES || (distinct > CATEGORIES && distinct * 2 > there) {
            return Ok(unfit("nearly everybody has another value"));
        }
        if distinct == 0 {
            return Ok(unfit("nobody has a value"));
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut totals = vec![0_u64; distinct + 1];
        own.iter().for_each(|code| totals[*code as usize] += 1);
        for (name, count) in names.iter().zip(&totals[1..]) {
            counts.insert(name.clone(), *count);
        }
        let values: Vec<String> = bins::commonest(&counts, CATEGORIES).into_iter().map(|(name, _)| name).collect();
        let more = distinct > values.len();
        let mut code_of = vec![(values.len() + 1) as u8; distinct + 1];
        code_of[0] = 0;
        for (place, value) in values.iter().enumerate() {
            code_of[known[value] as usize] = (place + 1) as u8;
        }
        let codes = own.iter().map(|code| code_of[*code as usize]).collect();
        Ok(Field { choice: choice.clone(), shape: Shape::Categories { values, more }, codes, distinct })
    }

    /// The numbers of a field: days since 1970 of dates, microseconds of instants; missing ones are not a number.
    pub(super) fn numbers_of(&self, choice: &Choice) -> Result<Vec<f64>, Problem> {
        let mut values = vec![f64::NAN; self.numbers.len()];
        let wrong = |error: arrow::error::ArrowError| Problem::failed(error.to_string());
        self.each(choice, &mut |at, column| {
            let numbers = match column.data_type() {
                Arrow::Date32 => cast(&cast(column, &Arrow::Int32).map_err(wrong)?, &Arrow::Float64),
                Arrow::Timestamp(..) => {
                    let whole = cast(column, &Arrow::Int64).map_err(wrong)?;
                    let doubles = whole.as_primitive::<Int64Type>().unary::<_, Float64Type>(|micros| micros as f64);
                    Ok(Arc::new(doubles) as ArrayRef)
                }
                _ => cast(column, &Arrow::Float64),
            };
            let numbers = numbers.map_err(wrong)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            for (row, at) in at.iter().enumerate() {
                if let Some(at) = at.filter(|_| !numbers.is_null(row)) {
                    values[at] = numbers.value(row);
                }
            }
            Ok(())
        })?;
        values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = f64::NAN);
        Ok(values)
    }

    /// Hands over a column batch by batch, with the place of each row's profile.
    fn each(
        &self,
        choice: &Choice,
        take: &mut dyn FnMut(&[Option<usize>], &ArrayRef) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let table = if choice.measure { "Customer_Measure" } else { "Customer" };
        let entry = self.published.table(table).ok_or_else(|| Problem::not_found(format!("no table `{table}`")))?;
        let columns = ["profile_no", choice.column.name.as_str()];
        let mut next = 0;
        for batch in lookup::whole(&self.lake, entry, &columns).map_err(of_lake)? {
            let batch = batch.map_err(of_lake)?;
            let numbers = batch.column(0).as_primitive_opt::<Int32Type>().ok_or_else(not_as_written)?;
            let place = |number: Option<i32>| {
                let number = u32::try_from(number?).ok()?;
                // Tables lie in the order of numbers, mostly.
                if self.numbers.get(next) != Some(&number) {
                    next = self.numbers.binary_search(&number).ok()?;
                }
                next += 1;
                Some(next - 1)
            };
            let at: Vec<Option<usize>> = numbers.iter().map(place).collect();
            take(&at, batch.column(1))?;
        }
        Ok(())
    }
}

/// Whether values of a type lie in an order that says something.
pub(super) fn is_ordered(ty: DataType) -> bool {
    ty.is_numeric() || ty.is_temporal()
}

fn not_as_written() -> Problem {
    Problem::failed("the numbers of profiles are not as this version writes them").hint("run again to write them anew")
}
