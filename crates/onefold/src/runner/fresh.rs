//! Fresh: which steps must run, and why.
//!
//! Reads    the plan, the marks that the published run left (`Published::notes`), what sources look like now
//! Flow     step ─ what it is, what it reads, when ─ fingerprint ─ compared with the one its tables were written under
//!
//! Invariants
//! - A step is left out only if every table it writes was published under the very same fingerprint. One that asks for the
//!   instant stands for the one at which it ran, as long as time alone has not changed what it found (`turns`).
//! - Pure: `plan` shows exactly what `run` would do.
//!
//! Not here: running (`runner`), what a source looks like (`onefold-connect`, `signature`).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use onefold_api::Problem;
use onefold_lake::Published;
use onefold_model::define::{Every, Project, RefreshWhen, Rhythm};
use onefold_model::names::nearest;
use onefold_model::plan::Stage;
use onefold_model::{Plan, Step, Work};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::addition::Addition;
use super::extent::{self, Extent};
use super::turns::Turned;

/// What the steps of this version of Onefold mean. Counts up when the same step gives other rows than before.
pub const MEANING: u32 = 1;
/// What the look of the decisions of people begins with.
pub const DECIDED: &str = "decided ";
/// What the look of the patches of profiles begins with.
pub const PATCHED: &str = "patched ";
/// The name of the marks in `Published::notes`.
pub const MARKS: &str = "marks";

/// What the runner remembers of a step that ran, to say later why it must run again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// All of the below in one.
    pub fingerprint: String,
    /// What the step was.
    pub step: String,
    /// The definitions it came from, and what their files held.
    pub definitions: BTreeMap<String, String>,
    /// The tables it read, and what they were written under.
    pub inputs: BTreeMap<String, String>,
    /// What its source looked like.
    pub source: Option<String>,
    /// The instant, when it matters.
    pub now: Option<String>,
    /// The instant at which it was last looked at, for what is not worked out with every run; no part of the fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// When time alone next changes what it worked out; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<Turned>,
    /// [`MEANING`]
    pub meaning: u32,
}

/// What is to be done with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs.
    Runs,
    /// Its tables are carried over: nothing changed.
    Unchanged,
    /// Its tables are carried over, as far as they are there: it was not asked for.
    NotAsked,
}

/// What is to be done with a step, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What.
    pub fate: Fate,
    /// Why, as part of a sentence.
    pub cause: String,
    /// What is remembered of it once it has run.
    pub mark: Mark,
    /// How much of it is worked out, where it runs.
    pub extent: Extent,
}

/// What sources look like, by the steps that read them.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// `None` for a server, which is asked every time.
    looks: HashMap<String, Option<String>>,
    /// What came to files and rows that are as the published run read them.
    pub added: HashMap<String, Addition>,
}

impl Looks {
    /// Notes what a source looks like.
    pub fn insert(&mut self, step: String, look: Option<String>) {
        self.looks.insert(step, look);
    }
}

impl FromIterator<(String, Option<String>)> for Looks {
    fn from_iter<T: IntoIterator<Item = (String, Option<String>)>>(looks: T) -> Self {
        Self { looks: looks.into_iter().collect(), ..Self::default() }
    }
}

/// What was sent last: by export, the fingerprint of the step that sent it.
pub type Sent = HashMap<String, String>;

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Whether unchanged steps run too.
    pub force: bool,
    /// Indices of the steps that are named; `None` when all are meant.
    pub named: Option<BTreeSet<usize>>,
    /// Those of them that are named by how far unification is to go alone: they run if they must, like all others.
    pub reached: BTreeSet<usize>,
}

/// How far unification can be asked to go by itself, where `unify` names all its steps and runs them anew.
const REACHES: &[(&str, fn(&Step) -> bool)] = &[("match", is_matching), ("profiles", |_| true)];

/// Whether a step of unification comes before profiles: deduplication, matching and what is said of them.
fn is_matching(step: &Step) -> bool {
    const AFTER: &[&str] = &[
        "unify.ids",
        "unify.merge",
        "unify.cluster",
        "unify.members",
        "unify.customer",
        "unify.patches",
        "unify.patched",
    ];
    !AFTER.contains(&step.name.split(' ').next().unwrap_or_default())
}

impl Asked {
    /// Finds what the words of `--only` name.
    ///
    /// # Errors
    /// A word that names nothing, with the nearest one that does.
    pub fn new(plan: &Plan, only: &[String], force: bool) -> Result<Self, Problem> {
        if only.is_empty() {
            return Ok(Self { force, ..Self::default() });
        }
        let (mut named, mut reached) = (BTreeSet::new(), BTreeSet::new());
        for word in only {
            let reach = REACHES.iter().find(|(reach, _)| reach.eq_ignore_ascii_case(word));
            let is_meant = |step: &Step| match reach {
                Some((_, within)) => step.stage == Stage::Unify && within(step),
                None => is_named(step, word),
            };
            let found: Vec<usize> = (0..plan.steps.len()).filter(|&at| is_meant(&plan.steps[at])).collect();
            if found.is_empty() {
                return Err(no_such(plan, word));
            }
            if reach.is_some() {
                reached.extend(found.iter().filter(|at| !named.contains(*at)));
            } else {
                found.iter().for_each(|at| _ = reached.remove(at));
            }
            named.extend(found);
        }
        Ok(Self { force, named: Some(named), reached })
    }

    /// All that leads to some steps, and those steps if they must run.
    pub fn reaching(steps: BTreeSet<usize>, force: bool) -> Self {
        Self { force, named: Some(steps.clone()), reached: steps }
    }

    /// Whether a step is named, so that it runs whatever it was.
    pub fn names(&self, at: usize) -> bool {
        self.named.as_ref().is_some_and(|named| named.contains(&at)) && !self.reached.contains(&at)
    }
}

/// The words that name a step: its stage, its name, its definitions with and without folder, its tables.
fn words(step: &Step) -> Vec<&str> {
    let mut words = vec![step.stage.word(), step.name.as_str()];
    for definition in &step.because {
        words.push(definition);
        words.extend(definition.rsplit_once('/').map(|(_, name)| name));
    }
    words.extend(step.writes.iter().map(|output| output.table.as_str()));
    words
}

fn is_named(step: &Step, word: &str) -> bool {
    words(step).iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn no_such(plan: &Plan, word: &str) -> Problem {
    let problem = Problem::refused(format!("`--only {word}` names no stage, step or definition of this project"));
    match nearest(word, plan.steps.iter().flat_map(words)) {
        Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
        None => problem.hint("see `onefold plan` for the steps"),
    }
}

/// The marks of a published run, by step.
pub fn marks(published: &Published) -> HashMap<String, Mark> {
    published.notes.get(MARKS).and_then(|marks| serde_json::from_value(marks.clone()).ok()).unwrap_or_default()
}

/// What is to be done with each step, in the order of the plan.
pub fn decide(
    project: &Project,
    plan: &Plan,
    published: Option<&Published>,
    looks: &Looks,
    now: Timestamp,
    asked: &Asked,
    sent: &Sent,
) -> Vec<Decision> {
    let marks = published.map(marks).unwrap_or_default();
    let wanted = wanted(plan, asked);
    let files = definition_files(project);
    let mut under: HashMap<String, String> = HashMap::new();
    let mut anew: HashSet<String> = HashSet::new();
    let mut grown: HashMap<String, Extent> = HashMap::new();
    let mut decisions = Vec::with_capacity(plan.steps.len());
    for (at, step) in plan.steps.iter().enumerate() {
        let mut mark = mark(step, &files, &under, looks, now);
        let rhythm = rhythm(project, step);
        mark.at = rhythm.as_ref().map(|_| now.to_string());
        let there = published
            .is_some_and(|published| step.writes.iter().all(|output| published.table(output.table.as_str()).is_some()));
        let old = marks.get(&step.name).filter(|_| there);
        if let Some(old) = old.filter(|old| is_as_then(&mark, old, now)) {
            mark.stand_for(old.now.clone());
        }
        if let Work::Send { export } = &step.work {
            decisions.push(send(project, at, export, mark, wanted.contains(&at), &anew, asked, sent));
            continue;
        }
        let waits = rhythm.as_ref().is_some_and(|rhythm| {
            let forced = asked.force && rhythm.every != Every::Never;
            !forced && old.is_some_and(|old| !is_due(project, rhythm, &mark, old, now))
        });
        let (fate, cause) = if !wanted.contains(&at) {
            (Fate::NotAsked, "not asked for".to_owned())
        } else if let Some(cause) = cause(waits, at, &mark, old, published, &grown, asked, &step.because) {
            (Fate::Runs, cause)
        } else if waits && old.is_some_and(|old| old.fingerprint != mark.fingerprint) {
            let cause = match &rhythm {
                Some(rhythm) if rhythm.every != Every::Never => format!("not due: it is worked out {}", rhythm.words()),
                _ => "refreshed by hand: `--only` must name it".to_owned(),
            };
            (Fate::Unchanged, cause)
        } else {
            (Fate::Unchanged, "nothing changed".to_owned())
        };
        let addition = looks.added.get(&step.name);
        let extent = match (fate, old, published) {
            (Fate::Runs, Some(_), Some(published)) if !asked.force && !asked.names(at) => {
                extent::of(plan, step, &mark, &marks, published, &grown, addition)
            }
            _ => Extent::Whole,
        };
        let cause = old.and_then(|old| extent::cause(&extent, &mark, old, &grown)).unwrap_or(cause);
        if fate == Fate::Runs && mark.now.is_some() {
            mark.stand_for(Some(now.to_string()));
        }
        for output in &step.writes {
            let folded = output.table.folded();
            let kept = published.and_then(|published| published.table(&folded)).map(|table| table.fingerprint.clone());
            if fate == Fate::Runs {
                anew.insert(folded.clone());
                grown.insert(folded.clone(), extent.clone());
                under.insert(folded, mark.fingerprint.clone());
            } else {
                under.insert(folded, kept.unwrap_or_default());
            }
        }
        // What is carried over keeps the mark it was written under.
        let mark = match fate {
            Fate::Runs => mark,
            // What was due and had not changed was looked at all the same.
            Fate::Unchanged if !waits => Mark { at: mark.at, ..old.cloned().unwrap_or_default() },
            _ => old.cloned().unwrap_or_default(),
        };
        decisions.push(Decision { fate, cause, mark, extent });
    }
    decisions
}

/// What is to be done with an export.
#[expect(clippy::too_many_arguments, reason = "the parts of one decision, which is made in one place")]
fn send(
    project: &Project,
    at: usize,
    export: &str,
    mut mark: Mark,
    wanted: bool,
    anew: &HashSet<String>,
    asked: &Asked,
    sent: &Sent,
) -> Decision {
    // Where it goes is not part of the step, only of the definitions.
    let definitions: Vec<String> = mark.definitions.iter().map(|(name, file)| format!("{name}={file}")).collect();
    mark.fingerprint = digest([mark.fingerprint.as_str(), &definitions.join(",")]);
    let by_hand = project.exports.iter().any(|e| *e.name == *export && e.schedule == RefreshWhen::Manual);
    let written = mark.inputs.keys().find(|table| anew.contains(&table.to_lowercase()));
    let (fate, cause) = match sent.get(export) {
        _ if !wanted => (Fate::NotAsked, "not asked for".to_owned()),
        _ if asked.names(at) => (Fate::Runs, "asked for by `--only`".to_owned()),
        _ if by_hand => (Fate::NotAsked, "sent by hand: `--only` must name it".to_owned()),
        _ if asked.force => (Fate::Runs, "asked for by `--force`".to_owned()),
        None => (Fate::Runs, "not sent yet".to_owned()),
        Some(last) if *last == mark.fingerprint => (Fate::Unchanged, "nothing changed since it was sent".to_owned()),
        Some(_) => match written {
            Some(table) => (Fate::Runs, format!("`{table}` is written anew")),
            None => (Fate::Runs, "it changed since it was sent".to_owned()),
        },
    };
    Decision { fate, cause, mark, extent: Extent::Whole }
}

/// The steps asked for: those named and all they need, or all.
fn wanted(plan: &Plan, asked: &Asked) -> HashSet<usize> {
    let Some(named) = &asked.named else { return (0..plan.steps.len()).collect() };
    let writers: HashMap<String, usize> = plan
        .steps
        .iter()
        .enumerate()
        .flat_map(|(at, step)| step.writes.iter().map(move |output| (output.table.folded(), at)))
        .collect();
    let mut wanted = HashSet::new();
    let mut left: Vec<usize> = named.iter().copied().collect();
    while let Some(at) = left.pop() {
        if wanted.insert(at) {
            left.extend(plan.steps[at].reads.iter().filter_map(|table| writers.get(&table.folded())));
        }
    }
    wanted
}

/// What the files of definitions hold, by stem: `measures/NoShow`, `unify`.
pub(crate) fn definition_files(project: &Project) -> HashMap<&str, String> {
    let stem = |path: &'_ str| path.rsplit_once('.').map_or(path.len(), |(stem, _)| stem.len());
    project.files.iter().map(|file| (&file.path[..stem(&file.path)], digest([file.text.as_str()]))).collect()
}

fn mark(
    step: &Step,
    files: &HashMap<&str, String>,
    under: &HashMap<String, String>,
    looks: &Looks,
    now: Timestamp,
) -> Mark {
    let definitions =
        step.because.iter().map(|name| (name.clone(), files.get(name.as_str()).cloned().unwrap_or_default())).collect();
    let inputs = step
        .reads
        .iter()
        .map(|table| (table.to_string(), under.get(&table.folded()).cloned().unwrap_or_default()))
        .collect();
    let source = match (&step.work, looks.looks.get(&step.name)) {
        (Work::Read { .. } | Work::Decisions | Work::Patches, Some(Some(looks))) => Some(looks.clone()),
        // A server cannot be told to be unchanged: no two reads are taken for equal.
        (Work::Read { .. }, _) => Some(format!("read at {now}")),
        _ => None,
    };
    let now = step.uses_now().then(|| now.to_string());
    let mut mark = Mark {
        fingerprint: String::new(),
        step: digest([step.fingerprint().as_str()]),
        definitions,
        inputs,
        source,
        now: None,
        at: None,
        turned: None,
        meaning: MEANING,
    };
    mark.stand_for(now);
    mark
}

impl Mark {
    /// Sets the instant, when it matters, and what all is in one.
    fn stand_for(&mut self, now: Option<String>) {
        self.now = now;
        // Files of definitions are left out: a comment in them changes nothing.
        let inputs: Vec<String> = self.inputs.iter().map(|(table, under)| format!("{table}={under}")).collect();
        self.fingerprint = digest([
            self.step.as_str(),
            &inputs.join(","),
            self.source.as_deref().unwrap_or_default(),
            self.now.as_deref().unwrap_or_default(),
            &MEANING.to_string(),
        ]);
    }
}

/// Whether a step that asks for the instant would find now what it found then, if what it reads has not changed.
fn is_as_then(mark: &Mark, old: &Mark, now: Timestamp) -> bool {
    let same = mark.step == old.step && mark.meaning == old.meaning && mark.now.is_some() && old.now.is_some();
    same && mark.at.is_none() && old.turned.as_ref().is_some_and(|turned| turned.holds(now))
}

/// Why a wanted step must run; `None` when it need not.
#[expect(clippy::too_many_arguments, reason = "the parts of one decision, which is made in one place")]
fn cause(
    waits: bool,
    at: usize,
    mark: &Mark,
    old: Option<&Mark>,
    published: Option<&Published>,
    grown: &HashMap<String, Extent>,
    asked: &Asked,
    because: &[String],
) -> Option<String> {
    if published.is_none() {
        return Some("first run".to_owned());
    }
    let Some(old) = old else { return Some(format!("new: {}", quoted(because))) };
    if asked.names(at) {
        return Some("asked for by `--only`".to_owned());
    }
    if waits {
        return None;
    }
    if asked.force {
        return Some("asked for by `--force`".to_owned());
    }
    // Under `--only`, what a server gave before is good enough for the steps that need it.
    let from_server = mark.source.as_ref().is_some_and(|source| source.starts_with("read at "));
    if from_server && asked.named.is_some() && mark.step == old.step {
        return None;
    }
    if old.fingerprint == mark.fingerprint {
        return None;
    }
    Some(difference(mark, old, grown))
}

/// What differs between two marks of a step, the nearest cause first.
fn difference(mark: &Mark, old: &Mark, grown: &HashMap<String, Extent>) -> String {
    if mark.meaning != old.meaning {
        return "Onefold itself changed".to_owned();
    }
    if mark.step != old.step {
        let changed: Vec<String> = mark
            .definitions
            .iter()
            .filter(|(name, file)| old.definitions.get(*name) != Some(*file))
            .map(|(name, _)| name.clone())
            .collect();
        let gone: Vec<String> =
            old.definitions.keys().filter(|name| !mark.definitions.contains_key(*name)).cloned().collect();
        return match (changed.is_empty(), gone.is_empty()) {
            (false, _) => format!("{} changed", quoted(&changed)),
            (true, false) => format!("{} is gone", quoted(&gone)),
            (true, true) => "what it is planned from changed".to_owned(),
        };
    }
    if mark.source != old.source {
        let server = mark.source.as_ref().is_some_and(|source| source.starts_with("read at "));
        // The decisions of people are in no file that they know of.
        let decided = mark.source.as_ref().is_some_and(|source| source.starts_with(DECIDED));
        let patched = mark.source.as_ref().is_some_and(|source| source.starts_with(PATCHED));
        return match (server, decided) {
            (true, _) => "a server is asked every time",
            (_, true) => "people decided otherwise since",
            _ if patched => "profiles were patched since, or patches have run out",
            _ => "its files changed",
        }
        .to_owned();
    }
    let inputs: Vec<String> = mark
        .inputs
        .iter()
        .filter(|(table, under)| old.inputs.get(*table) != Some(*under))
        .map(|(table, _)| table.clone())
        .collect();
    if !inputs.is_empty() {
        let runs = inputs.iter().any(|table| grown.contains_key(&table.to_lowercase()));
        let grew = |table: &String| grown.get(&table.to_lowercase()).is_some_and(|extent| *extent != Extent::Whole);
        let whole: Vec<String> = inputs.iter().filter(|table| !grew(table)).cloned().collect();
        let inputs = if whole.is_empty() { inputs } else { whole };
        let only_grew = inputs.iter().all(grew);
        return match (runs, inputs.len()) {
            (true, 1) if only_grew => format!("{} has other rows", quoted(&inputs)),
            (true, _) if only_grew => format!("{} have other rows", quoted(&inputs)),
            (true, 1) => format!("{} is written anew", quoted(&inputs)),
            (true, _) => format!("{} are written anew", quoted(&inputs)),
            (false, _) => format!("{} changed since", quoted(&inputs)),
        };
    }
    "it asks for the instant of the run".to_owned()
}

/// When a step runs that does not run with every run: it reads a source that is refreshed by hand, or works out a
/// measure or scans for a segment that has a rhythm of its own. Such a measure or segment has steps of its own.
fn rhythm(project: &Project, step: &Step) -> Option<Rhythm> {
    let never = || Rhythm { every: Every::Never, on: Vec::new() };
    let of = |folder: &str| match step.because.as_slice() {
        [only] => only.strip_prefix(folder).map(str::to_owned),
        _ => None,
    };
    match &step.work {
        Work::Read { source, .. } => {
            let defined = project.source(source)?;
            (defined.refresh == RefreshWhen::Manual).then(never)
        }
        Work::Scan(_) | Work::Sql(_) if is_of_segments(step) => {
            let segment = project.segment(&of("segments/")?)?;
            if segment.refresh == RefreshWhen::Manual || !segment.upkeep.is_active() {
                return Some(never());
            }
            segment.upkeep.rhythm().cloned()
        }
        Work::Sql(_) if ["measures.attribute ", "measures.table "].iter().any(|name| step.name.starts_with(name)) => {
            project.measure(&of("measures/")?)?.upkeep.rhythm().cloned()
        }
        _ => None,
    }
}

/// Whether a step finds who belongs to segments, or what that is found by.
fn is_of_segments(step: &Step) -> bool {
    ["segments.scan ", "segments.rows ", "segments.ranks "].iter().any(|name| step.name.starts_with(name))
}

/// Whether a step with a rhythm runs if anything has changed: a day of it has begun, or it is defined otherwise.
fn is_due(project: &Project, rhythm: &Rhythm, mark: &Mark, old: &Mark, now: Timestamp) -> bool {
    if rhythm.every == Every::Never {
        return false;
    }
    let last = old.at.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    mark.step != old.step || last.is_none_or(|last| rhythm.is_due(last, now, &project.time_zone()))
}

/// `` `a`, `b` and 3 more ``
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Texts in one, as hex digits.
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
