//! Progress: how far long work is: bars on standard error, and words to whoever looks on.
//!
//! Invariants
//! - Nothing is drawn when standard error is not a terminal.
//! - Whoever looks on is told the rows of a step at most four times a second.
//!
//! Not here: what is said at the end (`commands::run`).

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use onefold_api::{Nobody, RunEvent, Watch};

/// The least time between two words about one step, in milliseconds.
const PAUSE: u64 = 250;

/// The bars of a run, and who looks on.
#[derive(Clone)]
pub struct Progress {
    bars: MultiProgress,
    shown: bool,
    watch: Arc<dyn Watch>,
}

/// One line: a step at work. Clones share it; it goes away with the last one.
#[derive(Clone)]
pub struct StepProgress {
    line: Arc<Line>,
}

struct Line {
    bar: ProgressBar,
    bars: MultiProgress,
    name: String,
    watch: Arc<dyn Watch>,
    rows: AtomicU64,
    begun: Instant,
    /// When rows were last spoken of, in milliseconds since it began.
    said: AtomicU64,
}

impl Progress {
    /// Bars on standard error, if that is a terminal.
    pub fn on_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self { bars: MultiProgress::new(), shown: true, watch: Arc::new(Nobody) }
        } else {
            Self::hidden()
        }
    }

    /// No bars.
    pub fn hidden() -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        Self { bars, shown: false, watch: Arc::new(Nobody) }
    }

    /// The same with somebody who looks on.
    #[must_use]
    pub fn watched(&self, watch: &Arc<dyn Watch>) -> Self {
        Self { watch: Arc::clone(watch), ..self.clone() }
    }

    /// Tells whoever looks on.
    pub fn say(&self, event: RunEvent) {
        self.watch.say(event);
    }

    /// A line for a step, with its rows and how many a second.
    pub fn step(&self, name: &str) -> StepProgress {
        let bar = self.bars.add(ProgressBar::no_length());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg:48} {human_pos:>14} rows {per_sec:>16} {elapsed:>6}")
                .expect("the template is a constant that parses"),
        );
        bar.set_message(name.to_owned());
        if self.shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        StepProgress {
            line: Arc::new(Line {
                bar,
                bars: self.bars.clone(),
                name: name.to_owned(),
                watch: Arc::clone(&self.watch),
                rows: AtomicU64::new(0),
                begun: Instant::now(),
                said: AtomicU64::new(0),
            }),
        }
    }
}

impl StepProgress {
    /// So many more rows.
    pub fn rows(&self, more: u64) {
        self.line.bar.inc(more);
        let rows = self.line.rows.fetch_add(more, Ordering::Relaxed) + more;
        self.line.tell(rows);
    }
    /// So many rows by now.
    pub fn at(&self, rows: u64) {
        self.line.bar.set_position(rows);
        self.line.rows.store(rows, Ordering::Relaxed);
        self.line.tell(rows);
    }
}

impl Line {
    fn tell(&self, rows: u64) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let said = self.said.load(Ordering::Relaxed);
        // Of several threads that find the pause over, one speaks.
        if now >= said + PAUSE && self.said.compare_exchange(said, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.watch.say(RunEvent::StepProgress { step: self.name.clone(), rows });
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.bars.remove(&self.bar);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Listener(Mutex<Vec<RunEvent>>);

    #[async_trait::async_trait]
    impl Watch for Listener {
        fn say(&self, event: RunEvent) {
            self.0.lock().unwrap().push(event);
        }
        async fn stopped(&self) {
            std::future::pending().await
        }
    }

    #[test]
    fn rows_are_told_a_few_times_a_second_at_most() {
        let listener = Arc::new(Listener::default());
        let watch: Arc<dyn Watch> = listener.clone();
        let line = Progress::hidden().watched(&watch).step("s");
        let until = Instant::now() + Duration::from_millis(700);
        while Instant::now() < until {
            line.rows(1);
        }
        let said = listener.0.lock().unwrap().len();
        assert!((1..=2).contains(&said), "{said}");
    }
}
