//! Segments: the words of `onefold segments`.
//!
//! Not here: what they do (`commands::segments`).

use clap::{Args, Subcommand};

/// What to know of segments, or to make of it.
#[derive(Debug, Subcommand)]
pub enum Segments {
    /// Groups that stand out: among whom an outcome differs, or by how recent, frequent and much activities are.
    #[command(group(clap::ArgGroup::new("by").required(true).args(["outcome", "activity"])))]
    Suggest {
        /// The field that is told apart: `Customer_Measure.pct_no_show`, `Customer.city`.
        #[arg(long, value_name = "FIELD")]
        outcome: Option<String>,
        /// The value of the outcome that is asked about, when it is not a number.
        #[arg(long, requires = "outcome")]
        category: Option<String>,
        /// A field that may be why; may be said several times; all that are fit when absent.
        #[arg(long = "field", requires = "outcome", value_name = "FIELD")]
        fields: Vec<String>,
        /// The type of activities.
        #[arg(long, value_name = "TYPE")]
        activity: Option<String>,
        /// Days to look back.
        #[arg(long, default_value_t = 365)]
        days: u32,
        /// What is added up: a column of the activity's table, or `Customer_Measure.<measure>`.
        #[arg(long, requires = "activity")]
        amount: Option<String>,
        /// Among the members of a segment only.
        #[arg(long, value_name = "SEGMENT")]
        among: Option<String>,
        /// Which one is saved.
        #[command(flatten)]
        save: Save,
    },
    /// What a segment of one field could be: its commonest values, or its values at shares of people.
    Quick {
        /// The field: `Customer.city`.
        field: String,
        /// Among the members of a segment only.
        #[arg(long, value_name = "SEGMENT")]
        among: Option<String>,
        /// Which one is saved.
        #[command(flatten)]
        save: Save,
    },
    /// How many people are in exactly which segments.
    Overlap {
        /// Two to eight segments.
        #[arg(required = true, num_args = 2..=8)]
        segments: Vec<String>,
        /// A field whose values are told apart.
        #[arg(long, value_name = "FIELD")]
        by: Option<String>,
    },
    /// By which fields the members of a segment differ from everybody, or from those of another.
    Differences {
        /// The segment.
        segment: String,
        /// The other.
        other: Option<String>,
        /// Show how many have which values, too.
        #[arg(long)]
        values: bool,
    },
    /// People like the members of a segment.
    Similar {
        /// The segment.
        segment: String,
        /// Among the members of another segment only.
        #[arg(long, value_name = "SEGMENT")]
        among: Option<String>,
        /// A field that is compared; may be said several times; all that are fit when absent.
        #[arg(long = "field", value_name = "FIELD")]
        fields: Vec<String>,
        /// The most people, as a share of those looked among.
        #[arg(long, default_value_t = 0.2)]
        share: f64,
        /// The least score, 0.4 to 1.
        #[arg(long, default_value_t = 0.4)]
        least: f64,
        /// With the members themselves.
        #[arg(long)]
        include_source: bool,
        /// Save the score as a measure, and those found as a segment.
        #[arg(long)]
        save: bool,
    },
}

/// What is saved.
#[derive(Clone, Debug, Args)]
pub struct Save {
    /// Save the suggestion of this number as a segment.
    #[arg(long, value_name = "NUMBER")]
    pub save: Option<usize>,
    /// The name it is saved by.
    #[arg(long = "as", value_name = "NAME", requires = "save")]
    pub name: Option<String>,
}
