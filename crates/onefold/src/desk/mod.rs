//! Desk: definitions read, tried, saved and deleted, as files.

use onefold_api::*;

use crate::platform::Onefold;

/// All definitions, with what uses them.
pub(crate) async fn objects(project: &Onefold) -> Result<Vec<ObjectView>, Problem> {
    let _ = (project);
    Err(Problem::failed("`objects` is not there yet"))
}

/// One definition. One that has no file yet is answered with an empty text for `settings`, `unify`, `relationships`.
pub(crate) async fn definition(project: &Onefold, object: &ObjectRef) -> Result<DefinitionView, Problem> {
    let _ = (project, object);
    Err(Problem::failed("`definition` is not there yet"))
}

/// Looks at a draft of a definition, new or changed; nothing is saved.
pub(crate) async fn draft(project: &Onefold, object: &ObjectRef, ask: &DraftAsk) -> Result<DraftView, Problem> {
    let _ = (project, object, ask);
    Err(Problem::failed("`draft` is not there yet"))
}

/// Saves a definition and keeps the older text.
pub(crate) async fn save(
    project: &Onefold,
    object: &ObjectRef,
    ask: &SaveAsk,
    by: &str,
) -> Result<DefinitionView, Problem> {
    let _ = (project, object, ask, by);
    Err(Problem::failed("`save` is not there yet"))
}

/// Deletes a definition. Refused while others use it, unless `anyway`.
pub(crate) async fn delete(
    project: &Onefold,
    object: &ObjectRef,
    etag: &str,
    anyway: bool,
    by: &str,
) -> Result<(), Problem> {
    let _ = (project, object, etag, anyway, by);
    Err(Problem::failed("`delete` is not there yet"))
}

/// Older texts, newest first.
pub(crate) async fn versions(project: &Onefold, object: &ObjectRef) -> Result<Vec<VersionView>, Problem> {
    let _ = (project, object);
    Err(Problem::failed("`versions` is not there yet"))
}

/// Conditions from text to tree and back; one answer each, in order.
pub(crate) async fn conditions(project: &Onefold, asks: &[ConditionAsk]) -> Result<Vec<ConditionView>, Problem> {
    let _ = (project, asks);
    Err(Problem::failed("`conditions` is not there yet"))
}

/// The files and folders in a folder of the project (`""` for the project's own), definitions and lake left out.
pub(crate) async fn files(project: &Onefold, folder: &str) -> Result<Vec<FileView>, Problem> {
    let _ = (project, folder);
    Err(Problem::failed("`files` is not there yet"))
}

/// Writes a file below `data/`. Refused for paths that lead elsewhere.
pub(crate) async fn put_file(project: &Onefold, path: &str, bytes: &[u8]) -> Result<FileView, Problem> {
    let _ = (project, path, bytes);
    Err(Problem::failed("`put_file` is not there yet"))
}
