//! Settings: `onefold.yaml`.

use crate::Spanned;

/// What holds for the whole project.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project's name.
    pub name: String,
    /// The name shown to people.
    pub title: Option<String>,
    /// The IANA time zone of relative dates, day boundaries and the timeline; `UTC` when absent.
    pub time_zone: String,
    /// The folder of the lake, relative to the project; `./lake` when absent.
    pub lake: String,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// The address used in links that exports write.
    pub public_url: Option<String>,
    /// When a server begins runs because of what came in or of the time.
    pub live: Live,
}

impl Default for Settings {
    fn default() -> Self {
        let (time_zone, lake) = ("UTC".to_owned(), "./lake".to_owned());
        Self {
            name: String::new(),
            title: None,
            time_zone,
            lake,
            schedule: None,
            public_url: None,
            live: Live::default(),
        }
    }
}

/// When a project runs by itself.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// A cron line of five fields, in the project's time zone.
    pub cron: Spanned<String>,
}

/// When a server begins runs by itself, beside the schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// As soon as so many rows that came in wait for a run; never when 0.
    pub rows: u64,
    /// As soon as one of them has waited for so many hours; never when 0.
    pub hours: u64,
    /// When what asks the time is worked out anew.
    pub clock: Clock,
    /// With [`Clock::Exact`]: at least so many minutes lie between two such runs.
    pub clock_minutes: u64,
}

/// When what asks the time is worked out anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// When time alone next changes it.
    Exact,
    /// When a day begins, in the project's time zone.
    Daily,
    /// When an hour begins.
    Hourly,
    /// With runs alone.
    Never,
}

impl Default for Live {
    fn default() -> Self {
        Self { rows: 200_000, hours: 24, clock: Clock::Exact, clock_minutes: 5 }
    }
}
