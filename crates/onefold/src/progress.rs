//! Progress: bars with rows and rates for long work, on standard error.
//!
//! Invariants
//! - Nothing is drawn when standard error is not a terminal.
//!
//! Not here: what is said at the end (`commands::run`).

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bars of a run.
#[derive(Clone, Debug)]
pub struct Progress {
    bars: MultiProgress,
    shown: bool,
}

/// One line: a step at work. Clones share it; it goes away with the last one.
#[derive(Clone, Debug)]
pub struct StepProgress {
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    bars: MultiProgress,
}

impl Progress {
    /// Bars on standard error, if that is a terminal.
    pub fn on_stderr() -> Self {
        if std::io::stderr().is_terminal() { Self { bars: MultiProgress::new(), shown: true } } else { Self::hidden() }
    }

    /// No bars.
    pub fn hidden() -> Self {
        Self { bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), shown: false }
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
        StepProgress { line: Arc::new(Line { bar, bars: self.bars.clone() }) }
    }
}

impl StepProgress {
    /// So many more rows.
    pub fn rows(&self, more: u64) {
        self.line.bar.inc(more);
    }
    /// So many rows by now.
    pub fn at(&self, rows: u64) {
        self.line.bar.set_position(rows);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.bars.remove(&self.bar);
    }
}
