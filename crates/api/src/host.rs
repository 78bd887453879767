//! Host: the projects that are served.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Platform, Problem};

/// A project that is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProjectEntry {
    /// Its name, as in `onefold.yaml`; unique among those served.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its time zone.
    pub time_zone: String,
}

/// A project to be made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NewProject {
    /// Its name: letters, digits, `-`, `_`.
    pub name: String,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Its time zone; UTC when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Whether it gets generated people and the definitions of the demo.
    #[serde(default)]
    pub demo: bool,
    /// How many people of the demo; 10,000 when 0.
    #[serde(default)]
    pub people: u64,
    /// A folder beside the others that already holds a project, to be served as it is.
    #[serde(default)]
    pub folder: Option<String>,
}

/// The projects that are served.
#[async_trait]
pub trait Host: Send + Sync {
    /// All, in the order in which they were given.
    fn projects(&self) -> Vec<ProjectEntry>;
    /// One, by name.
    fn platform(&self, name: &str) -> Option<Arc<dyn Platform>>;
    /// Makes a project and serves it from now on.
    ///
    /// # Errors
    /// A name that is taken or no name, a folder outside the place for projects.
    async fn create(&self, ask: &NewProject) -> Result<ProjectEntry, Problem>;
}
