//! Holding: who is who in a lake, kept in memory while a process stays open.
//!
//! Reads, writes   nothing; the step `unify.link` leaves here what it linked, and the next one goes on from there
//! Flow     full link ─ kept ─ look-ups, explanations ─ next run: changes followed ─ look-ups, explanations …
//!
//! Invariants
//! - There is one population a lake, whoever asks: steps, look-ups and explanations share it.
//! - What is kept is of one run. A run that is given up after it linked leaves nothing behind: the next links all anew.
//! - More than [`Holding::new`] was told is not kept for runs; what is lost by that is time alone.
//!
//! Not here: what a change does (`onefold_kernels::linkage::population`), the step (`kernels/link.rs`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onefold_kernels::linkage::{Follower, Population};
use onefold_model::Sql;
use onefold_model::linkage::Linkage;

/// The place where the population of a lake is kept.
#[derive(Debug)]
pub struct Holding {
    kept: Mutex<Option<Arc<Held>>>,
    most: usize,
}

/// A population, with the model and the tables it is of.
#[derive(Debug)]
pub struct Held {
    /// The run that linked it, and the one that it was brought on from.
    runs: Mutex<(String, Option<String>)>,
    /// The queries by which the run read the tables.
    inputs: Mutex<Vec<Sql>>,
    /// The tables, in order.
    pub tables: Vec<String>,
    /// The model as the step was given it.
    pub given: Linkage,
    /// The model with all its figures.
    pub settled: Linkage,
    people: Mutex<People>,
    spoilt: AtomicBool,
}

/// Records, model, and who is who.
#[derive(Debug)]
pub enum People {
    /// As a run linked them; can be brought on.
    Linked(Box<Follower>),
    /// As they were read from what a run published; can be asked.
    Read(Box<Population>),
}

impl People {
    /// To be asked.
    pub fn population(&mut self) -> &mut Population {
        match self {
            Self::Linked(follower) => follower.population_mut(),
            Self::Read(population) => population,
        }
    }
}

impl Held {
    /// What is known of the records of these tables; `run` is the one whose step linked them.
    pub fn new(run: &str, tables: Vec<String>, given: Linkage, settled: Linkage, people: People) -> Self {
        let (runs, spoilt) = (Mutex::new((run.to_owned(), None)), AtomicBool::new(false));
        Self { runs, inputs: Mutex::default(), tables, given, settled, people: Mutex::new(people), spoilt }
    }
    /// The population; others wait while it is asked.
    pub fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Whether a run that was given up has changed it: it answers nothing any more.
    pub fn is_spoilt(&self) -> bool {
        self.spoilt.load(Ordering::Acquire)
    }
    /// Whether it is what a run linked, or what came of that in a run that is under way.
    pub fn is_of(&self, run: &str) -> bool {
        let runs = self.runs();
        !self.is_spoilt() && (runs.0 == run || runs.1.as_deref() == Some(run))
    }
    /// Whether a run linked just this.
    pub(crate) fn is_just(&self, run: &str) -> bool {
        !self.is_spoilt() && self.runs().0 == run
    }
    /// Whether its run read the tables by these queries.
    pub(crate) fn was_read_by(&self, inputs: &[Sql]) -> bool {
        *self.inputs.lock().unwrap_or_else(PoisonError::into_inner) == inputs
    }
    /// Says by which queries its run read the tables.
    pub(crate) fn read_by(&self, inputs: &[Sql]) {
        *self.inputs.lock().unwrap_or_else(PoisonError::into_inner) = inputs.to_vec();
    }
    /// Says that it is now of another run.
    pub(crate) fn bring_on(&self, run: &str) {
        let mut runs = self.runs();
        runs.1 = Some(std::mem::replace(&mut runs.0, run.to_owned()));
    }
    /// Says that nothing came of that.
    pub(crate) fn take_back(&self) {
        let mut runs = self.runs();
        if let Some(before) = runs.1.take() {
            runs.0 = before;
        }
    }
    fn runs(&self) -> MutexGuard<'_, (String, Option<String>)> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holding {
    /// Keeps nothing yet; a population that can be brought on is kept up to so many bytes.
    pub fn new(most: usize) -> Self {
        Self { kept: Mutex::new(None), most }
    }
    /// The most bytes that a population may take to be kept.
    pub fn most(&self) -> usize {
        self.most
    }
    /// What a run linked, if it is kept.
    pub fn of(&self, run: &str) -> Option<Arc<Held>> {
        self.kept().as_ref().filter(|held| held.is_of(run)).cloned()
    }
    /// What is kept, whatever it is of.
    pub(crate) fn any(&self) -> Option<Arc<Held>> {
        self.kept().clone()
    }
    /// Keeps a population in the place of another.
    pub fn keep(&self, held: Arc<Held>) {
        *self.kept() = Some(held);
    }
    /// Keeps nothing any more: the next run links all anew.
    pub fn forget(&self) {
        *self.kept() = None;
    }
    /// A run is given up: what it brought on is no population of anything that is published.
    pub(crate) fn give_up(&self, run: &str) {
        let mut kept = self.kept();
        if let Some(held) = kept.as_ref().filter(|held| held.is_just(run)) {
            held.spoilt.store(true, Ordering::Release);
            *kept = None;
        }
    }
    fn kept(&self) -> MutexGuard<'_, Option<Arc<Held>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
