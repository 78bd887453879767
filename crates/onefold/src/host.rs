//! Host: the projects that are served, and how a new one is made.
//!
//! Reads, writes   the folder for projects; `projects.json` in the server's own folder, which remembers those made later
//!
//! Invariants
//! - A name is given once: two projects of one name are refused, at start and later.
//! - Nothing outside the folder for projects is made or served on somebody's wish over the network.
//! - A project is served under the name it had when it was opened; its title is read anew.
//!
//! Not here: what may be asked of a project (`platform`), who may ask (`onefold-server`).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use onefold_api::{Host, NewProject, Platform, Problem, ProjectEntry};

use crate::demo::{APPOINTMENTS, DemoOptions, generate};
use crate::platform::Onefold;

/// People of a demo when nobody says how many.
const PEOPLE: u64 = 10_000;
/// The most people of a demo that is asked for over the network.
const MOST_PEOPLE: u64 = 1_000_000;

/// The projects that are served.
pub struct Projects {
    served: RwLock<Vec<Served>>,
    folder: PathBuf,
    list: PathBuf,
    making: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Served {
    name: String,
    root: PathBuf,
    platform: Arc<Onefold>,
}

impl Projects {
    /// The projects in these folders, those that were made later as `list` remembers them, and, with `folder`, all that
    /// lie in it. New ones are made in `folder`, or beside the first.
    ///
    /// # Errors
    /// A folder that is no project, or two projects of one name.
    pub fn open(roots: &[PathBuf], folder: Option<&Path>, list: &Path) -> Result<Self, Problem> {
        let mut served: Vec<Served> = Vec::new();
        for root in roots {
            add(&mut served, open(root)?)?;
        }
        let mut more: Vec<PathBuf> = Vec::new();
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .map_err(|error| Problem::failed(format!("cannot make `{}`: {error}", folder.display())))?;
            let found = std::fs::read_dir(folder)
                .map_err(|error| Problem::failed(format!("cannot read `{}`: {error}", folder.display())))?;
            more.extend(found.flatten().map(|entry| entry.path()).filter(|path| is_project(path)));
            more.sort();
        }
        more.extend(remembered(list).into_iter().filter(|path| is_project(path)));
        for root in more {
            let one = open(&root)?;
            if !served.iter().any(|known| known.root == one.root) {
                add(&mut served, one)?;
            }
        }
        let beside = || served.first().and_then(|first| first.root.parent().map(Path::to_owned));
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => beside().unwrap_or_else(|| PathBuf::from(".")),
        };
        let folder = folder
            .canonicalize()
            .map_err(|error| Problem::failed(format!("cannot open `{}`: {error}", folder.display())))?;
        let (served, list) = (RwLock::new(served), list.to_owned());
        Ok(Self { served, folder, list, making: tokio::sync::Mutex::new(()) })
    }

    /// Makes ready, beside what else is done, what cards and searches need of every project.
    pub fn warm(&self) {
        for one in self.all() {
            tokio::spawn(one.platform.ready(true));
        }
    }

    /// Where new projects are made.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn all(&self) -> Vec<Served> {
        self.served.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn free(&self, name: &str) -> Result<(), Problem> {
        if self.all().iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return Err(Problem::refused(format!("there is a project `{name}` already")).hint("choose another name"));
        }
        Ok(())
    }

    /// Serves a folder from now on, also after the next start.
    fn serve(&self, root: &Path) -> Result<ProjectEntry, Problem> {
        let one = open(root)?;
        let entry = entry(&one);
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = served.iter().find(|known| known.root == one.root) {
            return Err(Problem::refused(format!("`{}` is served already", known.name)).hint("choose another folder"));
        }
        add(&mut served, one)?;
        drop(served);
        let mut list = remembered(&self.list);
        list.push(root.to_owned());
        let text = serde_json::to_string_pretty(&list).unwrap_or_default();
        let written = self.list.parent().map_or(Ok(()), std::fs::create_dir_all);
        let written = written.and_then(|()| std::fs::write(&self.list, text));
        if let Err(error) = written {
            tracing::warn!("`{}` cannot be written: {error}; name the project at the next start", self.list.display());
        }
        Ok(entry)
    }

    /// A folder that holds a project, below the folder for projects.
    fn below(&self, folder: &str) -> Result<PathBuf, Problem> {
        let none = || {
            Problem::refused(format!("there is no project in `{folder}`"))
                .hint(format!("name a folder below `{}` that holds an `onefold.yaml`", self.folder.display()))
        };
        let path = self.folder.join(folder).canonicalize().map_err(|_| none())?;
        match path.starts_with(&self.folder) && path != self.folder && is_project(&path) {
            true => Ok(path),
            false => Err(none()),
        }
    }
}

#[async_trait]
impl Host for Projects {
    fn projects(&self) -> Vec<ProjectEntry> {
        self.all().iter().map(entry).collect()
    }

    fn platform(&self, name: &str) -> Option<Arc<dyn Platform>> {
        let served = self.served.read().unwrap_or_else(PoisonError::into_inner);
        let found = served.iter().find(|known| known.name == name)?;
        let platform: Arc<dyn Platform> = found.platform.clone();
        Some(platform)
    }

    async fn create(&self, ask: &NewProject) -> Result<ProjectEntry, Problem> {
        let _one_at_a_time = self.making.lock().await;
        if let Some(folder) = &ask.folder {
            return self.serve(&self.below(folder)?);
        }
        let name = ask.name.trim();
        check_name(name)?;
        self.free(name)?;
        let zone = ask.time_zone.as_deref().unwrap_or("UTC");
        if jiff::tz::TimeZone::get(zone).is_err() {
            return Err(Problem::refused(format!("there is no time zone `{zone}`"))
                .hint("write a name of the IANA list, such as `Europe/Berlin`"));
        }
        let root = self.folder.join(name);
        if root.exists() {
            return Err(Problem::refused(format!("there is a folder `{name}` already"))
                .hint("choose another name, or serve that folder"));
        }
        let (made, people) = (root.clone(), if ask.people == 0 { PEOPLE } else { ask.people.min(MOST_PEOPLE) });
        let settings = Settings { name, title: ask.title.as_deref(), zone: ask.time_zone.as_deref() };
        let failed = |error: std::io::Error| Problem::failed(format!("cannot write to `{}`: {error}", root.display()));
        if ask.demo {
            let options = DemoOptions { patients: people, appointments: APPOINTMENTS, seed: 1, now: Timestamp::now() };
            let making = tokio::task::spawn_blocking(move || generate(&made, &options, &|_, _| {}));
            let made = making.await.map_err(|fault| Problem::failed(format!("making people up failed: {fault}")))?;
            made.map_err(failed)?;
            let path = root.join("onefold.yaml");
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            std::fs::write(&path, settings.put_into(&text)).map_err(failed)?;
        } else {
            empty(&root, &settings).map_err(failed)?;
        }
        self.serve(&root)
    }
}

/// What a new project is called.
struct Settings<'a> {
    name: &'a str,
    title: Option<&'a str>,
    zone: Option<&'a str>,
}

impl Settings<'_> {
    /// A text with the lines of these settings in the place of its own.
    fn put_into(&self, text: &str) -> String {
        let line = |line: &str| {
            let value = match line.split_once(':')?.0 {
                "name" => self.name,
                "title" => self.title?,
                "time_zone" => self.zone?,
                _ => return None,
            };
            Some(format!("{}: {}", line.split_once(':')?.0, quoted(value)))
        };
        text.lines().map(|old| line(old).unwrap_or_else(|| old.to_owned()) + "\n").collect()
    }
}

/// A project without sources: it can be checked and run as it is.
fn empty(root: &Path, settings: &Settings<'_>) -> std::io::Result<()> {
    std::fs::create_dir_all(root.join("data"))?;
    let text = format!(
        "name: {}\ntitle: {}\ntime_zone: {}   # relative dates, day boundaries, the timeline\nlake: ./lake         # where the tables lie\n",
        quoted(settings.name),
        quoted(settings.title.unwrap_or(settings.name)),
        quoted(settings.zone.unwrap_or("UTC")),
    );
    std::fs::write(root.join(".gitignore"), crate::commands::GITIGNORE)?;
    std::fs::write(root.join("onefold.yaml"), text)
}

/// A text as YAML takes it; JSON's quotes are YAML's too.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain);
    let meaning = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if word && !meaning.iter().any(|known| known.eq_ignore_ascii_case(text)) {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn check_name(name: &str) -> Result<(), Problem> {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(letter) || name.starts_with('-') {
        return Err(Problem::refused(format!("`{name}` cannot be the name of a project"))
            .hint("use 1 to 64 letters, digits, `-` and `_`"));
    }
    Ok(())
}

fn is_project(folder: &Path) -> bool {
    folder.join("onefold.yaml").is_file()
}

fn remembered(list: &Path) -> Vec<PathBuf> {
    std::fs::read(list).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn open(root: &Path) -> Result<Served, Problem> {
    let none = || {
        Problem::refused(format!("`{}` is no project: it has no `onefold.yaml`", root.display()))
            .hint("run `onefold init` there, or name another folder with `--project`")
    };
    let root = root.canonicalize().map_err(|_| none())?;
    if !is_project(&root) {
        return Err(none());
    }
    let settings = onefold_model::load(&root).project.settings;
    let named = settings.name.as_str();
    let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if check_name(named).is_ok() { named.to_owned() } else { folder() };
    Ok(Served { name, platform: Arc::new(Onefold::quiet(&root)), root })
}

fn add(served: &mut Vec<Served>, one: Served) -> Result<(), Problem> {
    if let Some(known) = served.iter().find(|known| known.name.eq_ignore_ascii_case(&one.name)) {
        let (a, b) = (known.root.display(), one.root.display());
        return Err(Problem::refused(format!("two projects are called `{}`: `{a}` and `{b}`", one.name))
            .hint("change `name` in one `onefold.yaml`, or serve one of them"));
    }
    served.push(one);
    Ok(())
}

fn entry(served: &Served) -> ProjectEntry {
    let settings = onefold_model::load(&served.root).project.settings;
    ProjectEntry {
        name: served.name.clone(),
        title: settings.title.unwrap_or_else(|| served.name.clone()),
        time_zone: settings.time_zone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> NewProject {
        NewProject { name: name.into(), ..NewProject::default() }
    }

    #[tokio::test]
    async fn a_new_project_is_sound_and_is_there_after_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("state/projects.json");
        let place = folder.path().join("projects");
        let projects = Projects::open(&[], Some(&place), &list).unwrap();
        let ask = NewProject { title: Some("On: \"yes\" #1".into()), ..named("clinic") };
        let made = projects.create(&ask).await.unwrap();
        assert_eq!((made.name.as_str(), made.title.as_str()), ("clinic", "On: \"yes\" #1"));
        let check = projects.platform("clinic").unwrap().check().await.unwrap();
        assert!(check.ok, "{}", check.text);
        assert!(projects.create(&named("Clinic")).await.is_err(), "a name is given once");
        for wrong in ["", "../x", "a/b", "-x", "a b"] {
            assert!(projects.create(&named(wrong)).await.is_err(), "{wrong}");
        }
        drop(projects);
        let again = Projects::open(&[place.join("clinic")], None, &list).unwrap();
        assert_eq!(again.projects().len(), 1);
        let again = Projects::open(&[], Some(&folder.path().join("elsewhere")), &list).unwrap();
        assert_eq!(again.projects().len(), 1);
    }

    #[tokio::test]
    async fn only_folders_below_the_place_for_projects_are_served_on_a_wish() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let root = folder.path().join(name);
            empty(&root, &Settings { name: "p", title: None, zone: None }).unwrap();
            root
        };
        let outside = make("outside");
        let place = folder.path().join("projects");
        std::fs::create_dir_all(&place).unwrap();
        let projects = Projects::open(&[], Some(&place), &folder.path().join("projects.json")).unwrap();
        make("projects/inside");
        let wish = |folder: &str| NewProject { folder: Some(folder.into()), ..NewProject::default() };
        for wrong in ["../outside", outside.to_str().unwrap(), "", ".", "nowhere"] {
            assert!(projects.create(&wish(wrong)).await.is_err(), "{wrong}");
        }
        assert_eq!(projects.create(&wish("inside")).await.unwrap().name, "p");
    }
}
