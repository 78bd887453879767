//! Jobs: runs that were asked for over HTTP or by the schedule, one at a time a project, seen while they go on.
//!
//! Flow     ask ─ queued ─ its turn ─ the platform runs and tells the [`Watch`] ─ the view of the job changes ─ listeners
//!
//! Invariants
//! - A job that began ends: completed, failed or canceled; also when the server stops.
//! - What listeners see is the job as it is now; nobody has to have heard all that was said before.
//!
//! Not here: what a run does (`Platform::run`); history beyond the life of the server (`Platform::runs`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use onefold_api::{Platform, Problem, RunAsk, RunEvent, RunView, Watch};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

/// The jobs that are remembered; older ones that have ended are forgotten.
const REMEMBERED: usize = 200;
/// Jobs of one project that wait for their turn.
const WAITING: usize = 20;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It waits for another one.
    Queued,
    /// It is at work.
    Running,
    /// It has ended well; the run may have warnings.
    Completed,
    /// It did not work.
    Failed,
    /// Somebody stopped it.
    Canceled,
}

/// Where a step of a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobStepState {
    /// It waits for steps before it.
    Waiting,
    /// It is at work.
    Running,
    /// It has ended.
    Done,
    /// It did not work.
    Failed,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobStep {
    /// Its name.
    pub name: String,
    /// Its stage.
    pub stage: String,
    /// Where it is.
    pub state: JobStepState,
    /// Rows so far.
    pub rows: u64,
    /// Rows it read, once it has ended and where known.
    pub rows_in: Option<u64>,
    /// Rows it wrote, once it has ended.
    pub rows_out: Option<u64>,
    /// How long it took, once it has ended.
    pub seconds: Option<f64>,
    /// When it began.
    pub started: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobProblem {
    /// In a word or two.
    pub title: String,
    /// What happened.
    pub detail: String,
    /// What to do.
    pub hint: Option<String>,
    /// What is wrong with the definitions, when that is why.
    #[serde(default)]
    pub diagnostics: Vec<onefold_api::DiagnosticView>,
}

/// A run that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobView {
    /// Its id.
    pub id: String,
    /// The project.
    pub project: String,
    /// Who asked for it, or `schedule`.
    pub by: String,
    /// What was asked for.
    pub ask: RunAsk,
    /// Where it is.
    pub state: JobState,
    /// When it was asked for.
    pub created: String,
    /// When it began.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// The steps that run, in the order of the plan.
    pub steps: Vec<JobStep>,
    /// The export that is being sent.
    pub sending: Option<String>,
    /// The run, once it has ended well.
    pub run: Option<RunView>,
    /// Why it failed.
    pub problem: Option<JobProblem>,
    /// How much of it is done, from 0 to 1, by steps.
    pub progress: f64,
}

/// A job with whoever looks on.
struct Job {
    view: watch::Sender<JobView>,
    stop: watch::Sender<bool>,
}

/// All jobs of the server.
pub(crate) struct JobBoard {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    next: AtomicU64,
    closed: std::sync::atomic::AtomicBool,
}

impl JobBoard {
    /// No jobs.
    pub(crate) fn new() -> Self {
        Self {
            jobs: Mutex::default(),
            turns: Mutex::default(),
            next: AtomicU64::new(1),
            closed: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// Begins a job, or puts it behind those of the same project.
    ///
    /// # Errors
    /// Too many that wait already, or a server that is stopping.
    pub(crate) fn begin(
        &self,
        project: &str,
        platform: Arc<dyn Platform>,
        ask: RunAsk,
        by: &str,
    ) -> Result<JobView, Problem> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Problem::refused("the server is stopping").hint("ask again when it is back"));
        }
        let waiting = self.list(project).iter().filter(|job| job.state == JobState::Queued).count();
        if waiting >= WAITING {
            return Err(Problem::refused(format!("{waiting} runs wait already")).hint("cancel some, or wait for them"));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let view = JobView {
            id: number.to_string(),
            project: project.to_owned(),
            by: by.to_owned(),
            ask,
            state: JobState::Queued,
            created: Timestamp::now().to_string(),
            started: None,
            ended: None,
            steps: Vec::new(),
            sending: None,
            run: None,
            problem: None,
            progress: 0.0,
        };
        let job = Arc::new(Job { view: watch::Sender::new(view.clone()), stop: watch::Sender::new(false) });
        let turn = Arc::clone(locked(&self.turns).entry(project.to_owned()).or_default());
        {
            let mut jobs = locked(&self.jobs);
            jobs.insert(number, Arc::clone(&job));
            while jobs.len() > REMEMBERED {
                let ended = jobs.iter().find(|(_, job)| job.view.borrow().ended.is_some()).map(|(number, _)| *number);
                let Some(oldest) = ended else { break };
                jobs.remove(&oldest);
            }
        }
        tokio::spawn(work(job, turn, platform));
        Ok(view)
    }

    /// The jobs of a project, newest first.
    pub(crate) fn list(&self, project: &str) -> Vec<JobView> {
        let jobs = locked(&self.jobs);
        let views = jobs.values().rev().map(|job| job.view.borrow().clone());
        views.filter(|view| view.project == project).collect()
    }

    /// Looks on at a job of a project.
    pub(crate) fn look(&self, project: &str, id: &str) -> Option<watch::Receiver<JobView>> {
        let job = Arc::clone(locked(&self.jobs).get(&id.parse().ok()?)?);
        (job.view.borrow().project == project).then(|| job.view.subscribe())
    }

    /// Stops a job of a project; gives it as it is now.
    pub(crate) fn cancel(&self, project: &str, id: &str) -> Option<JobView> {
        let job = Arc::clone(locked(&self.jobs).get(&id.parse().ok()?)?);
        let view = job.view.borrow().clone();
        (view.project == project).then(|| {
            job.stop.send_replace(true);
            view
        })
    }

    /// Stops all jobs and waits for their ends.
    pub(crate) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let jobs: Vec<Arc<Job>> = locked(&self.jobs).values().cloned().collect();
        for job in &jobs {
            job.stop.send_replace(true);
        }
        for job in jobs {
            let mut view = job.view.subscribe();
            let _ = view.wait_for(|view| view.ended.is_some()).await;
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the job's turn, runs it, and writes down how it ended.
async fn work(job: Arc<Job>, turn: Arc<tokio::sync::Mutex<()>>, platform: Arc<dyn Platform>) {
    let mut stop = job.stop.subscribe();
    let turn = tokio::select! {
        turn = turn.lock() => Some(turn),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    if turn.is_none() {
        job.view.send_modify(|view| {
            view.state = JobState::Canceled;
            view.ended = Some(Timestamp::now().to_string());
        });
        return;
    }
    job.view.send_modify(|view| {
        view.state = JobState::Running;
        view.started = Some(Timestamp::now().to_string());
    });
    let (ask, by) = {
        let view = job.view.borrow();
        (view.ask.clone(), view.by.clone())
    };
    let looking: Arc<dyn Watch> = Arc::new(Looking(Arc::clone(&job)));
    // In a task of its own, so that a panic in a step ends the job and not the server.
    let ran = tokio::spawn(async move { platform.run(&ask, &by, looking).await }).await;
    let stopped = *job.stop.borrow();
    job.view.send_modify(|view| {
        view.ended = Some(Timestamp::now().to_string());
        view.sending = None;
        match ran {
            Ok(Ok(run)) => {
                view.state = JobState::Completed;
                view.progress = 1.0;
                view.run = Some(run);
            }
            Ok(Err(problem)) => {
                view.state = if stopped { JobState::Canceled } else { JobState::Failed };
                let refusal = crate::answer::Refusal::from(problem).0;
                view.problem = Some(JobProblem {
                    title: refusal.title,
                    detail: refusal.detail,
                    hint: refusal.hint,
                    diagnostics: refusal.diagnostics,
                });
            }
            Err(_) => {
                view.state = JobState::Failed;
                view.problem = Some(JobProblem {
                    title: "Failed".to_owned(),
                    detail: "the run broke off by a fault of the program; nothing of it is published".to_owned(),
                    hint: Some("look at the server's log, and run again".to_owned()),
                    diagnostics: Vec::new(),
                });
            }
        }
        for step in &mut view.steps {
            if step.state == JobStepState::Running {
                step.state = JobStepState::Failed;
            }
        }
    });
}

/// Writes what a run says into the view of its job.
struct Looking(Arc<Job>);

#[async_trait]
impl Watch for Looking {
    fn say(&self, event: RunEvent) {
        self.0.view.send_modify(|view| take(view, event));
    }
    async fn stopped(&self) {
        let mut stop = self.0.stop.subscribe();
        if stop.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn take(view: &mut JobView, event: RunEvent) {
    let step_of = |view: &mut JobView, name: &str| view.steps.iter().position(|step| step.name == name);
    match event {
        RunEvent::Planned { steps } => {
            let step = |(name, stage)| JobStep {
                name,
                stage,
                state: JobStepState::Waiting,
                rows: 0,
                rows_in: None,
                rows_out: None,
                seconds: None,
                started: None,
                error: None,
            };
            view.steps = steps.into_iter().map(step).collect();
        }
        RunEvent::StepStarted { step } => {
            if let Some(at) = step_of(view, &step) {
                view.steps[at].state = JobStepState::Running;
                view.steps[at].started = Some(Timestamp::now().to_string());
            }
        }
        RunEvent::StepProgress { step, rows } => {
            if let Some(at) = step_of(view, &step) {
                view.steps[at].rows = rows;
            }
        }
        RunEvent::StepEnded { step, rows_in, rows_out, seconds, error } => {
            if let Some(at) = step_of(view, &step) {
                let step = &mut view.steps[at];
                step.state = if error.is_some() { JobStepState::Failed } else { JobStepState::Done };
                (step.rows_in, step.rows_out, step.seconds, step.error) =
                    (rows_in, Some(rows_out), Some(seconds), error);
            }
            let done = view.steps.iter().filter(|step| step.state == JobStepState::Done).count();
            // The last twentieth is publishing and sending.
            view.progress = 0.95 * done as f64 / view.steps.len().max(1) as f64;
        }
        RunEvent::Published { .. } => view.progress = 0.97,
        RunEvent::Sending { export } => view.sending = Some(export),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fake::FakePlatform;

    fn begin(board: &JobBoard, only: &str) -> String {
        let ask = RunAsk { only: vec![only.to_owned()], ..RunAsk::default() };
        board.begin("p", Arc::new(FakePlatform::default()), ask, "olivia").unwrap().id
    }

    async fn until(board: &JobBoard, id: &str, wanted: impl Fn(&JobView) -> bool) -> JobView {
        let mut job = board.look("p", id).unwrap();
        let found = tokio::time::timeout(Duration::from_secs(20), job.wait_for(wanted)).await;
        found.expect("it happens soon").expect("the job is there").clone()
    }

    #[tokio::test]
    async fn a_job_waits_for_the_one_before_it_and_can_be_canceled() {
        let board = JobBoard::new();
        let (first, second, third) = (begin(&board, "forever"), begin(&board, "forever"), begin(&board, "forever"));
        let running = until(&board, &first, |job| job.steps.iter().any(|s| s.state == JobStepState::Running)).await;
        assert_eq!(running.state, JobState::Running);
        assert_eq!(board.look("p", &second).unwrap().borrow().state, JobState::Queued);
        // One that waits is gone at once; the one at work stops its run.
        board.cancel("p", &second).unwrap();
        let second = until(&board, &second, |job| job.ended.is_some()).await;
        assert_eq!((second.state, second.started), (JobState::Canceled, None));
        board.cancel("p", &first).unwrap();
        let first = until(&board, &first, |job| job.ended.is_some()).await;
        assert_eq!(first.state, JobState::Canceled);
        assert_eq!(first.steps[0].state, JobStepState::Failed);
        until(&board, &third, |job| job.state == JobState::Running).await;
        board.close().await;
        assert_eq!(board.look("p", &third).unwrap().borrow().state, JobState::Canceled);
        let late = board.begin("p", Arc::new(FakePlatform::default()), RunAsk::default(), "olivia");
        assert!(late.is_err(), "a server that stops begins nothing");
    }

    #[tokio::test]
    async fn a_failure_says_why_and_a_fault_of_the_program_ends_only_its_job() {
        let board = JobBoard::new();
        let failed = begin(&board, "all");
        let failed = until(&board, &failed, |job| job.ended.is_some()).await;
        let problem = failed.problem.unwrap();
        assert_eq!((failed.state, problem.detail.as_str()), (JobState::Failed, "this platform runs nothing"));
        assert_eq!(problem.hint.as_deref(), Some("use a real one"));
        let broken = begin(&board, "panic");
        let broken = until(&board, &broken, |job| job.ended.is_some()).await;
        assert_eq!(broken.state, JobState::Failed);
        let next = begin(&board, "all");
        assert_eq!(until(&board, &next, |job| job.ended.is_some()).await.state, JobState::Failed);
    }

    #[tokio::test]
    async fn a_job_is_seen_from_its_project_alone() {
        let board = JobBoard::new();
        let id = begin(&board, "forever");
        assert!(board.look("other", &id).is_none());
        assert!(board.cancel("other", &id).is_none());
        assert!(board.look("p", "x").is_none());
        assert_eq!(board.list("other"), Vec::new());
        board.close().await;
    }
}
