//! Wrong: projects whose mistakes only planning finds. Those that loading finds are tested in `onefold-model`.
//!
//! To add one: a folder in `fixtures/wrong` with a file `stage`; `UPDATE_EXPECT=1` writes `expected.txt`.

use onefold::opened::Opened;
use onefold_api::RunAsk;
use onefold_model::{Diagnostic, render};

use crate::scratch::fixture;

#[tokio::test]
async fn wrong_projects_say_what_is_wrong() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut folders: Vec<_> = std::fs::read_dir(fixture("wrong")).expect("the fixtures are there").flatten().collect();
    folders.retain(|folder| folder.path().join("stage").exists());
    folders.sort_by_key(std::fs::DirEntry::file_name);
    let mut failed = Vec::new();
    for folder in &folders {
        let folder = folder.path();
        let opened = Opened::new(&folder, false, &RunAsk::default()).await.expect("there is no lake to be opened");
        let shown = render::text(&opened.diagnostics, &opened.project.files, false);
        assert!(opened.diagnostics.iter().any(Diagnostic::is_error), "{} is not wrong:\n{shown}", folder.display());
        let expected = folder.join("expected.txt");
        if update {
            std::fs::write(&expected, &shown).expect("the fixtures can be written");
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != shown {
            failed.push(format!("{}:\n{shown}", folder.display()));
        }
    }
    assert!(failed.is_empty(), "run with UPDATE_EXPECT=1 and read the difference\n{}", failed.join("\n"));
    assert!(folders.len() >= 8, "{} wrong projects", folders.len());
}
