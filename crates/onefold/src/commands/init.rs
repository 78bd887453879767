//! Init: a starter project, with comments, that `check` and `run` accept as it is.
//!
//! Invariants
//! - A file that is there is never written over.
//!
//! To change what a new project holds: the files in `starter/`.

use std::path::Path;

use onefold_api::Problem;

use crate::output::{count, print};

/// Every file of a new project, by path.
const STARTER: &[(&str, &str)] = &[
    ("onefold.yaml", include_str!("../starter/onefold.yaml")),
    ("sources/Shop.yaml", include_str!("../starter/sources/Shop.yaml")),
    ("unify.yaml", include_str!("../starter/unify.yaml")),
    ("relationships.yaml", include_str!("../starter/relationships.yaml")),
    ("activities/orders.yaml", include_str!("../starter/activities/orders.yaml")),
    ("measures/TotalSpent.yaml", include_str!("../starter/measures/TotalSpent.yaml")),
    ("segments/GoodCustomers.yaml", include_str!("../starter/segments/GoodCustomers.yaml")),
    ("connections/OutFolder.yaml", include_str!("../starter/connections/OutFolder.yaml")),
    ("exports/GoodCustomersToFolder.yaml", include_str!("../starter/exports/GoodCustomersToFolder.yaml")),
    ("data/customers.csv", include_str!("../starter/data/customers.csv")),
    ("data/orders.csv", include_str!("../starter/data/orders.csv")),
    (".gitignore", super::GITIGNORE),
];

/// Makes the project.
pub(super) fn run(dir: &Path) -> Result<u8, Problem> {
    let mut made = 0;
    if dir.join("onefold.yaml").exists() {
        return Err(Problem::refused(format!("`{}` is a project already", dir.display()))
            .hint("name another folder: `onefold init DIR`"));
    }
    for (path, text) in STARTER {
        made += u64::from(put(&dir.join(path), text)?);
    }
    print(&format!(
        "{} made in {}\n\nnext:\n  onefold{at} check    look for mistakes\n  onefold{at} run      read, unify, measure, segment, export\n  onefold{at} show     see the tables\n",
        count(made, "file"),
        dir.display(),
        at = super::at(dir),
    ))?;
    Ok(0)
}

/// Writes a file unless there is one; true when it was written.
fn put(path: &Path, text: &str) -> Result<bool, Problem> {
    let failed = |error: std::io::Error| Problem::failed(format!("cannot write `{}`: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => std::io::Write::write_all(&mut file, text.as_bytes()).map(|()| true).map_err(failed),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error)),
    }
}
