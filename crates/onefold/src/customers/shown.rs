//! Shown: a published run, ready for look-ups.
//!
//! Reads    `Customer`, `Customer_Measure`, `KeyRing`, `UnifiedActivity` by number; `ids`, `members` once
//! Flow     pointer moved ─ made ready beside the one that is shown ─ shown
//!
//! Invariants
//! - A run that is made ready does not keep questions waiting for longer than [`PATIENCE`]: the one before answers.
//! - A table that did not change is not read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::{AsArray as _, RecordBatch};
use onefold_api::Problem;
use onefold_lake::lookup::Lookup;
use onefold_lake::{Lake, Published, TableEntry};
use onefold_model::Project;

use super::book::Book;
use super::identity::Identity;
use super::ids::Ids;
use super::laid::{self, LaidMembers, LaidPatches, LaidRows, Patches};
use super::members::Members;
use crate::live::patch::Patch;
use crate::platform::Onefold;
use crate::runner::problem::of_lake;

/// How long a question waits for a new run while an older one could answer.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is kept between questions.
#[derive(Default)]
pub(super) struct Kept {
    shown: Mutex<Option<Arc<Shown>>>,
    making: tokio::sync::Mutex<()>,
}

impl Kept {
    fn get(&self) -> Option<Arc<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A published run, ready for look-ups.
pub(super) struct Shown {
    /// The run.
    pub(super) published: Arc<Published>,
    /// `Customer`.
    pub(super) customer: Table,
    /// `Customer_Measure`, where there are customer attributes.
    pub(super) measures: Option<Table>,
    /// `KeyRing`.
    pub(super) ring: Option<Table>,
    /// `UnifiedActivity`, where there are activities.
    pub(super) activities: Option<Table>,
    /// The segments of profiles.
    pub(super) members: Members,
    /// What came in since changes of them.
    pub(super) laid: LaidMembers,
    /// The patches that the run laid over profiles.
    pub(super) patches: Patches,
    /// What came in since changes of them.
    pub(super) laid_patches: LaidPatches,
    /// The clusters and the history of profiles.
    pub(super) identity: Arc<Identity>,
    pub(super) ids: Arc<Ids>,
    pub(super) lake: Lake,
}

/// A table whose rows are found by the number of a profile.
pub(super) struct Table {
    /// What the run says of it.
    pub(super) entry: Arc<TableEntry>,
    /// Its rows.
    pub(super) rows: Arc<Lookup>,
    /// What stands in the place of rows.
    pub(super) laid: LaidRows,
}

impl Table {
    fn open(lake: &Lake, published: &Published, name: &str, before: Option<&Self>) -> Result<Option<Self>, Problem> {
        let Some(entry) = published.table(name) else { return Ok(None) };
        if entry.columns.iter().all(|column| column.name != "profile_no") {
            return Ok(None);
        }
        let entry = Arc::clone(entry);
        let same = before.filter(|before| before.entry.files == entry.files && before.entry.columns == entry.columns);
        let rows = match same {
            Some(same) => Arc::clone(&same.rows),
            None => Arc::new(Lookup::open(lake, &entry, "profile_no").map_err(of_lake)?),
        };
        Ok(Some(Self { entry, rows, laid: LaidRows::default() }))
    }
    /// Its columns, in order.
    pub(super) fn columns(&self) -> Vec<&str> {
        self.entry.columns.iter().map(|column| column.name.as_str()).collect()
    }
    /// The rows of a profile.
    pub(super) fn of(&self, number: u32, columns: &[&str]) -> Result<RecordBatch, Problem> {
        match self.laid.of(number, columns) {
            Some(laid) => laid,
            None => self.rows.of(number, columns).map_err(of_lake),
        }
    }
    /// The rows of several profiles, ascending numbers; in no order that counts.
    pub(super) fn of_all(&self, numbers: &[u32], columns: &[&str]) -> Result<Vec<RecordBatch>, Problem> {
        let (mut batches, mut stored) = (Vec::new(), Vec::new());
        for &number in numbers {
            match self.laid.of(number, columns) {
                Some(laid) => batches.push(laid?),
                None => stored.push(number),
            }
        }
        batches.push(self.rows.of_all(&stored, columns).map_err(of_lake)?);
        Ok(batches)
    }
    /// Some rows of a profile, by their places among those that [`Table::of`] gives, ascending.
    pub(super) fn some(&self, number: u32, places: &[u32], columns: &[&str]) -> Result<RecordBatch, Problem> {
        match self.laid.of(number, columns) {
            Some(laid) => {
                let places = arrow::array::UInt32Array::from(places.to_vec());
                let taken = arrow::compute::take_record_batch(&laid?, &places);
                taken.map_err(|error| Problem::failed(error.to_string()))
            }
            None => self.rows.some(number, places, columns).map_err(of_lake),
        }
    }
}

impl Shown {
    fn read(
        project: &Project,
        lake: &Lake,
        published: &Arc<Published>,
        before: Option<&Self>,
    ) -> Result<Self, Problem> {
        let no_profiles =
            || Problem::not_found("there are no profiles").hint("write `unify.yaml`, then run `onefold run`");
        let open = |name: &str, known: Option<&Table>| Table::open(lake, published, name, known);
        let customer = open("Customer", before.map(|before| &before.customer))?.ok_or_else(no_profiles)?;
        let same = before.filter(|before| before.customer.entry.files == customer.entry.files);
        let ids = match same {
            Some(before) => Arc::clone(&before.ids),
            None => Arc::new(Ids::read(lake, &customer.entry)?),
        };
        Ok(Self {
            measures: open("Customer_Measure", before.and_then(|before| before.measures.as_ref()))?,
            ring: open("KeyRing", before.and_then(|before| before.ring.as_ref()))?,
            activities: open("UnifiedActivity", before.and_then(|before| before.activities.as_ref()))?,
            members: Members::read(lake, published, &ids)?,
            laid: LaidMembers::default(),
            patches: laid::patches(lake, published)?,
            laid_patches: LaidPatches::default(),
            identity: match before.filter(|before| before.is_of_people_in(project, published)) {
                Some(before) => Arc::clone(&before.identity),
                None => Arc::new(Identity::read(project, lake, published)?),
            },
            published: Arc::clone(published),
            customer,
            ids,
            lake: lake.clone(),
        })
    }

    /// Whether what is known of clusters and changes holds for another run, too.
    fn is_of_people_in(&self, project: &Project, published: &Published) -> bool {
        let clusters = project.unify.iter().flat_map(|unify| &unify.clusters);
        let tables = clusters.map(|cluster| format!("{}_Cluster", cluster.name.value));
        let files = |run: &Published, table: &str| run.table(table).map(|table| table.files.clone());
        tables
            .chain(std::iter::once("ProfileChange".to_owned()))
            .all(|table| files(&self.published, &table) == files(published, &table))
    }

    /// Who patched what of a profile.
    pub(super) fn patched(&self, number: u32) -> BTreeMap<String, Arc<Patch>> {
        self.laid_patches.of(number).or_else(|| self.patches.get(&number).cloned()).unwrap_or_default()
    }

    /// The number of the one profile that an id means, as `explain` understands it.
    pub(super) fn find(&self, id: &str) -> Result<u32, Problem> {
        let id = id.trim();
        if let Some(number) = self.ids.of_id(id) {
            return Ok(number);
        }
        let (place, value) = id.split_once(':').map_or((None, id), |(place, value)| (Some(place), value));
        let mut found = Vec::new();
        if place.is_none_or(|place| place.eq_ignore_ascii_case("profile_no"))
            && let Ok(number) = value.parse::<u32>()
            && self.customer.rows.count(number) > 0
        {
            found.push(number);
        }
        self.of_key(place, value, id, &mut found)?;
        if found.is_empty() {
            found.extend(self.ids.of_previous(id));
        }
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(Problem::not_found(format!("nobody has the id or key `{id}`"))
                .hint("look for a name, an e-mail or the beginning of an id")),
            many => Err(Problem::refused(format!("`{id}` means {} profiles", many.len()))
                .hint("write the CustomerId, `profile_no:…`, or the table before the key: `Shop_customers:…`")),
        }
    }

    /// The profiles whose records have a key, as written or in lower case (guids are kept so).
    fn of_key(&self, place: Option<&str>, value: &str, id: &str, found: &mut Vec<u32>) -> Result<(), Problem> {
        let Some(ring) = &self.ring else { return Ok(()) };
        let either = |text: &str| [text.to_owned(), text.to_lowercase()];
        let (whole, own) = (either(id), either(value));
        for key in whole.iter().chain(&own) {
            for number in self.ids.perhaps_of_key(&self.lake, &ring.entry, key)? {
                let rows = ring.of(number, &["SourceTable", "Key"])?;
                let (tables, keys) = (rows.column(0).as_string::<i32>(), rows.column(1).as_string::<i32>());
                let meant = (0..rows.num_rows()).any(|row| {
                    let has = |keys: &[String; 2], own: &str| keys.iter().any(|key| key == own);
                    let of_place = place.is_some_and(|place| place.eq_ignore_ascii_case(tables.value(row)));
                    has(&whole, keys.value(row)) || of_place && has(&own, keys.value(row))
                });
                if meant {
                    found.push(number);
                }
            }
        }
        Ok(())
    }
}

/// The run to show: the published one, or the one before while that is made ready.
pub(super) async fn open(onefold: &Onefold, book: &Arc<Book>) -> Result<Arc<Shown>, Problem> {
    let memory = Arc::clone(onefold.people());
    let published = book.published()?;
    let is_new =
        |shown: &Arc<Shown>| shown.published.run_id == published.run_id && shown.lake.folder() == book.lake.folder();
    let before = memory.shown.get().filter(|before| before.lake.folder() == book.lake.folder());
    if let Some(shown) = before.as_ref().filter(|shown| is_new(shown)) {
        return Ok(Arc::clone(shown));
    }
    let (lake, known, wanted) = (book.lake.clone(), before.clone(), Arc::clone(&published));
    let project = Arc::clone(&book.project);
    let ready = tokio::spawn(async move {
        let _one_at_a_time = memory.shown.making.lock().await;
        if let Some(shown) = memory
            .shown
            .get()
            .filter(|shown| shown.published.run_id == wanted.run_id && shown.lake.folder() == lake.folder())
        {
            return Ok(shown);
        }
        let shown =
            super::off_the_runtime(move || Shown::read(&project, &lake, &wanted, known.as_deref()).map(Arc::new))
                .await?;
        *memory.shown.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&shown));
        Ok::<_, Problem>(shown)
    });
    let fault = |fault| Problem::failed(format!("the run cannot be shown by a fault in Onefold: {fault}"));
    match before {
        None => ready.await.map_err(fault)?,
        Some(before) => match tokio::time::timeout(PATIENCE, ready).await {
            Ok(shown) => shown.map_err(fault)?,
            Err(_) => Ok(before),
        },
    }
}
