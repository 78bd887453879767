//! Matching: the words of `review`, `match` and `model`.
//!
//! Not here: what they do (`commands::review`, `commands::matching`, `commands::model`).

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do about pairs of records.
#[derive(Debug, Subcommand)]
pub enum Review {
    /// Decide about two records; takes effect with the next run.
    Decide {
        /// The one: `<Table>:<key>`.
        a: String,
        /// The other: `<Table>:<key>`.
        b: String,
        /// One person, two people, or cannot be told.
        #[arg(value_enum)]
        decision: Decision,
        /// Why.
        #[arg(long)]
        note: Option<String>,
    },
    /// List decisions, newest first.
    Decisions {
        /// Those that were undone or replaced, too.
        #[arg(long)]
        all: bool,
    },
    /// Undo a decision, and those that were made at once with it.
    Undo {
        /// Its number.
        decision: i64,
    },
    /// Decide that records of a profile are somebody else.
    Split {
        /// The profile: a CustomerId, a `profile_no`, or the key of a record in any source.
        id: String,
        /// The records that leave: `<Table>:<key>`.
        #[arg(required = true)]
        records: Vec<String>,
        /// Why.
        #[arg(long)]
        note: Option<String>,
    },
    /// Decide that profiles are one.
    Merge {
        /// Two or more of them.
        #[arg(required = true, num_args = 2..)]
        ids: Vec<String>,
        /// Why.
        #[arg(long)]
        note: Option<String>,
    },
}

/// Which pairs are listed.
#[derive(Clone, Debug, Args)]
pub struct ReviewWords {
    /// In which order: the least certain, those on which clusters hang, or a random sample.
    #[arg(long, value_enum, default_value_t)]
    pub order: Order,
    /// With a record of this table.
    #[arg(long)]
    pub table: Option<String>,
    /// `link`, `cut` or `uncertain`; all when absent.
    #[arg(long)]
    pub state: Option<String>,
    /// Show scores and outcomes; without, one decides by what the records say.
    #[arg(long)]
    pub scores: bool,
    /// Those that were decided, too.
    #[arg(long)]
    pub decided: bool,
    /// The most pairs to show.
    #[arg(long, default_value_t = 10)]
    pub limit: usize,
}

/// In which order pairs are listed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Order {
    /// The least certain first.
    #[default]
    Uncertain,
    /// Those on which clusters hang.
    Cluster,
    /// A random sample, from which quality is estimated.
    Random,
}

/// What is decided about two records.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Decision {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// Cannot be told.
    Unsure,
}

/// What to show of matching.
#[derive(Debug, Subcommand)]
pub enum Match {
    /// The model of the last run: comparisons, blocking, warnings.
    Model,
    /// Estimated precision and recall, calibration, and the threshold that decisions suggest.
    Quality {
        /// The width of the interval that is wanted.
        #[arg(long, default_value_t = 0.05)]
        width: f64,
    },
}

/// What to do about the model.
#[derive(Debug, Subcommand)]
pub enum Model {
    /// Show the model as the last run chose and learned it, what each level weighs and what blocking found.
    Show {
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write that model into `unify.yaml`, to be edited; comments there stay.
    Write {
        /// Only show what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Take over the settings of a Splink model; says what has no equal here.
    Import {
        /// The JSON that Splink saved.
        file: PathBuf,
        /// Only show what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the model as settings that Splink loads; says what has no equal there.
    Export {
        /// The file to write; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}
