//! Cli: the words of the command line, and nothing else.
//!
//! Not here: what a command does (`commands`).
//! To add a command: a variant here, a file in `commands`, a line in `commands::run`.

mod matching;
mod segments;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::log::LogFormat;

pub use matching::{Decision, Match, Model, Order, Review, ReviewWords};
pub use segments::{Save, Segments};

/// Onefold: the open customer data platform.
#[derive(Debug, Parser)]
#[command(name = "onefold", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "exit codes: 0 done (with or without warnings), 1 failed, 2 wrong definitions")]
pub struct Cli {
    /// The folder of the project.
    #[arg(long, short = 'C', global = true, env = "ONEFOLD_PROJECT", default_value = ".", value_name = "DIR")]
    pub project: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a starter project, with comments; never writes over a file.
    Init {
        /// Where; the project's folder when absent.
        dir: Option<PathBuf>,
    },
    /// Look for mistakes in the definitions.
    Check {
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what a run would do, and which definition or input is the cause.
    Plan {
        /// What would be asked of the run.
        #[command(flatten)]
        what: What,
        /// Work out which profiles would merge, split, begin or end, in a run that is never published.
        #[arg(long)]
        profiles: bool,
        /// Show the queries too.
        #[arg(long)]
        sql: bool,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run what has changed, publish it, and send what is to be sent.
    Run {
        /// What to run.
        #[command(flatten)]
        what: What,
        /// Answer with the record of the run as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the tables, or show the rows of one.
    Show {
        /// The table; all are listed when absent.
        table: Option<String>,
        /// The most rows to show; 0 for all.
        #[arg(long, default_value_t = 20)]
        limit: u64,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Internal tables too.
        #[arg(long)]
        all: bool,
    },
    /// Ask the published tables in SQL; read only.
    Query {
        /// One `select`; `-` reads it from standard input.
        sql: String,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The most rows to answer; all when absent.
        #[arg(long)]
        limit: Option<u64>,
        /// The most seconds to take.
        #[arg(long, default_value_t = 60.0)]
        timeout: f64,
        /// The most memory to use.
        #[arg(long, default_value = "1GiB", value_parser = size)]
        memory: u64,
    },
    /// Say why: a profile, what holds it together, two records, or a person's place in a segment.
    Explain {
        /// What to explain.
        #[command(subcommand)]
        what: Explain,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Look at pairs of records that are uncertain, and decide about them.
    Review {
        /// What to do; the pairs are listed when absent.
        #[command(subcommand)]
        what: Option<Review>,
        /// Which pairs are listed.
        #[command(flatten)]
        which: ReviewWords,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// What matching did in the last run, and how good it is.
    Match {
        /// What to show.
        #[command(subcommand)]
        what: Match,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Suggest what the columns of tables mean, by their names and values: `tables:` of `unify.yaml`.
    Suggest {
        /// The table; all tables of sources when absent.
        table: Option<String>,
    },
    /// What sets segments apart, who is like their members, and segments that suggest themselves.
    Segments {
        /// What to know, or to make of it.
        #[command(subcommand)]
        what: Segments,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// The probabilistic model that records are matched by.
    Model {
        /// What to do.
        #[command(subcommand)]
        what: Model,
    },
    /// Measures from templates.
    Measure {
        /// What to do.
        #[command(subcommand)]
        what: Measure,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Hold measures and segments to their `tests:`; 1 when one of them differs.
    Test {
        /// Only these: `NoShow` or `measures/NoShow`.
        names: Vec<String>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write the JSON Schemas of the definitions, for editors.
    Schema {
        /// The folder to write to; one document on standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Who may sign in at the server.
    Account {
        /// What to do.
        #[command(subcommand)]
        what: Account,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// What was changed and looked at, and whether that record is whole.
    Audit {
        /// What to do.
        #[command(subcommand)]
        what: Audit,
        /// Answer as JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Serve the web application and its API.
    Serve(Box<Serve>),
    /// Make a project with generated people, run it, say what to look at, and serve it.
    Demo {
        /// Where.
        #[arg(default_value = "onefold-demo")]
        dir: PathBuf,
        /// How many people.
        #[arg(long, default_value_t = 10_000)]
        patients: u64,
        /// How many appointments they have on average, about.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=20))]
        appointments: u64,
        /// The same seed gives the same people.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The instant the data ends at; the clock's when absent.
        #[arg(long, value_name = "TIME")]
        now: Option<String>,
        /// Only generate; do not run.
        #[arg(long)]
        no_run: bool,
        /// End after the run; do not serve.
        #[arg(long)]
        no_serve: bool,
        /// Where to listen.
        #[arg(long, env = "ONEFOLD_LISTEN", value_name = "ADDRESS", default_value = LISTEN)]
        listen: SocketAddr,
    },
}

/// Where the server listens when nobody says: on this machine alone.
const LISTEN: &str = "127.0.0.1:7400";

/// What to serve, and how.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// The folder of a project; may be repeated.
    #[arg(id = "project", long = "project", short = 'C', env = "ONEFOLD_PROJECT", value_name = "DIR")]
    #[arg(action = clap::ArgAction::Append, default_value = ".")]
    pub projects: Vec<PathBuf>,
    /// The folder in which new projects are made, all projects in which are served; beside the first when absent.
    #[arg(long = "projects", env = "ONEFOLD_PROJECTS", value_name = "DIR")]
    pub projects_dir: Option<PathBuf>,
    /// Where to listen.
    #[arg(long, env = "ONEFOLD_LISTEN", value_name = "ADDRESS", default_value = LISTEN)]
    pub listen: SocketAddr,
    /// Where browsers find it, when a proxy stands before it: https://onefold.example.org
    #[arg(long, env = "ONEFOLD_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Whether a proxy stands before it, whose word in `X-Forwarded-For` on who asks is taken.
    #[arg(long)]
    pub behind_proxy: bool,
    /// The folder of accounts, sessions and the audit; that of the first project when absent.
    #[arg(long, env = "ONEFOLD_STATE", value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Minutes after which a session that is not used ends.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=7 * 24 * 60))]
    pub idle_timeout: u64,
    /// How the log is written.
    #[arg(long, env = "ONEFOLD_LOG_FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,
    /// Pages from a folder instead of those in the binary, for those who build them.
    #[arg(long, hide = true, value_name = "DIR")]
    pub web: Option<PathBuf>,
    /// Signing in elsewhere.
    #[command(flatten)]
    pub openid: OpenIdWords,
}

/// What to run.
#[derive(Clone, Debug, Args)]
pub struct What {
    /// Only these stages, steps or definitions, and what they need; `match` is unification up to matching (Customer stays
    /// as it is), `profiles` all of unification.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Run unchanged steps too, and send again.
    #[arg(long)]
    pub force: bool,
    /// The instant of the run: RFC 3339, or a day in the project's time zone.
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// The most memory the engine uses, beyond which work goes through the disk; a quarter of the machine's when
    /// absent, but not less than 1GiB.
    #[arg(long, value_parser = size)]
    pub memory: Option<u64>,
    /// How many threads, and how many steps at once; those of the machine when absent.
    #[arg(long)]
    pub threads: Option<usize>,
}

/// What to do with measures.
#[derive(Debug, Subcommand)]
pub enum Measure {
    /// List templates, what can be filled in, and what the project lacks for them.
    Templates,
    /// Fill in a template and write the measure, a plain definition from then on.
    New {
        /// The template.
        template: String,
        /// The name of the measure; the template's when absent.
        name: Option<String>,
        /// What is filled in; may be repeated.
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Only show it; write nothing.
        #[arg(long)]
        show: bool,
    },
}

/// What to explain.
#[derive(Debug, Subcommand)]
pub enum Explain {
    /// Which records make a profile, by which rules, and where each value came from.
    Customer {
        /// A CustomerId, a `profile_no`, or the key of a record in any source.
        id: String,
    },
    /// What holds the records of a profile together: the links between them, the strongest first.
    Identity {
        /// A CustomerId, a `profile_no`, or the key of a record in any source.
        id: String,
    },
    /// Why two records are one profile or are not, also when they were never compared.
    Pair {
        /// The one: `<Table>:<key>`.
        a: String,
        /// The other: `<Table>:<key>`.
        b: String,
    },
    /// Why a profile is in a segment, or is not, and what would bring it in; without a profile, what each rule and
    /// condition of the segment keeps.
    Segment {
        /// The segment.
        name: String,
        /// A CustomerId, a `profile_no`, or the key of a record in any source.
        id: Option<String>,
    },
    /// The rows that a measure's value of a profile comes from.
    Measure {
        /// The measure.
        name: String,
        /// A CustomerId, a `profile_no`, or the key of a record in any source.
        id: String,
        /// How many rows to pass over.
        #[arg(long, default_value_t = 0)]
        offset: usize,
        /// How many rows to show, at most 200.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
}

/// What to do about accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// List the accounts.
    List,
    /// Make an account, and a link by which its owner sets a password.
    Add {
        /// The name to sign in with.
        name: String,
        /// What they may do: viewer, contributor, administrator or owner.
        #[arg(long)]
        role: String,
        /// The person's name.
        #[arg(long)]
        title: Option<String>,
    },
    /// Make a link by which the password of an account is set anew.
    Reset {
        /// The name to sign in with.
        name: String,
    },
}

/// What to do about the audit.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Go through the whole chain; exit code 1 when an entry was changed, removed or swapped.
    Verify {
        /// A head that was printed earlier and kept elsewhere; the chain must still have it.
        #[arg(long, value_name = "HEAD")]
        expect: Option<String>,
    },
    /// List entries, newest first.
    List {
        /// The most entries to show, up to 500.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Only entries with smaller numbers.
        #[arg(long)]
        before: Option<i64>,
        /// Of one account, or of `token:ID`.
        #[arg(long)]
        actor: Option<String>,
        /// What was done contains this.
        #[arg(long)]
        act: Option<String>,
        /// That show one CustomerId.
        #[arg(long)]
        person: Option<String>,
        /// Outcomes that begin with this: ok, refused or failed.
        #[arg(long)]
        outcome: Option<String>,
    },
}

/// An OpenID provider to sign in at. The client's secret is read from `ONEFOLD_OPENID_CLIENT_SECRET` or a file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Signing in by OpenID Connect")]
pub struct OpenIdWords {
    /// The provider's issuer, as it states it: https://…
    #[arg(long, env = "ONEFOLD_OPENID_ISSUER", value_name = "URL")]
    pub openid_issuer: Option<String>,
    /// Onefold's id there. Its address to come back to is `<base url>/api/openid/callback`.
    #[arg(long, env = "ONEFOLD_OPENID_CLIENT_ID", value_name = "ID")]
    pub openid_client_id: Option<String>,
    /// A file that holds the client's secret.
    #[arg(long, env = "ONEFOLD_OPENID_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub openid_client_secret_file: Option<PathBuf>,
    /// What the button says; the provider's host when absent.
    #[arg(long, env = "ONEFOLD_OPENID_TITLE", value_name = "TEXT")]
    pub openid_title: Option<String>,
    /// Scopes asked for beside `openid`.
    #[arg(
        long,
        env = "ONEFOLD_OPENID_SCOPE",
        value_name = "SCOPE",
        value_delimiter = ' ',
        default_value = "profile email"
    )]
    pub openid_scope: Vec<String>,
    /// The claim that gives roles, in the ID token or at the user-info endpoint.
    #[arg(long, env = "ONEFOLD_OPENID_ROLE_CLAIM", value_name = "CLAIM")]
    pub openid_role_claim: Option<String>,
    /// Which value of the claim gives which role; may be repeated.
    #[arg(long, env = "ONEFOLD_OPENID_ROLE", value_name = "VALUE=ROLE", value_delimiter = ';')]
    pub openid_role: Vec<String>,
    /// The role of those whose claim says nothing; they are refused when absent.
    #[arg(long, env = "ONEFOLD_OPENID_DEFAULT_ROLE", value_name = "ROLE")]
    pub openid_default_role: Option<String>,
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned, for people.
    #[default]
    Table,
    /// RFC 4180.
    Csv,
    /// One JSON object a line.
    Json,
}

/// Reads `512MiB`, `2GB`, `1073741824`.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size; write `512MiB`, `1GiB` or `2GB`");
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| wrong())?;
    let unit: f64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "kb" => 1e3,
        "m" | "mib" => 1024.0 * 1024.0,
        "mb" => 1e6,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "gb" => 1e9,
        _ => return Err(wrong()),
    };
    let bytes = number * unit;
    if !(1024.0 * 1024.0..1e15).contains(&bytes) {
        return Err(format!("`{text}` is out of range; at least `1MiB`"));
    }
    Ok(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("1GiB", 1 << 30), ("512MiB", 512 << 20), ("2GB", 2_000_000_000), ("2097152", 2 << 20)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for wrong in ["", "x", "1XB", "-1GiB", "1", "GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_words_hold_together() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn several_projects_are_served_by_repeating_the_word() {
        let served = |words: &[&str]| -> Vec<String> {
            let cli = Cli::try_parse_from([&["onefold"], words].concat()).unwrap();
            let Command::Serve(serve) = cli.command else { panic!("{words:?}") };
            serve.projects.iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(served(&["serve"]), ["."]);
        assert_eq!(served(&["serve", "-C", "a", "--project", "b"]), ["a", "b"]);
        assert_eq!(served(&["-C", "a", "serve"]), ["a"]);
        assert_eq!(served(&["serve", "--projects", "p", "--listen", "0.0.0.0:80"]), ["."]);
    }
}
