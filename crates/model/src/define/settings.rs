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
}

impl Default for Settings {
    fn default() -> Self {
        let (time_zone, lake) = ("UTC".to_owned(), "./lake".to_owned());
        Self { name: String::new(), title: None, time_zone, lake, schedule: None, public_url: None }
    }
}

/// When a project runs by itself.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// A cron line of five fields, in the project's time zone.
    pub cron: Spanned<String>,
}
