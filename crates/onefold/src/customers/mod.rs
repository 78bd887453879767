//! Customers: profiles found and shown, fast.
//!
//! Flow     `book` (definitions, lake) ─ `shown` (the published run, ready for look-ups: `ids`, `members`, `identity`) ─ `card`, `timeline`
//!          `shelf` (the index of the run, built by `indexing`) ─ `search` ─ hits, `facets`, `condition`
//!
//! Invariants
//! - A profile is shown without planning SQL: rows by number, everything else by arrays that are read once a run.
//! - An answer is of one published run throughout, and says which. A new run is made ready beside the one that is shown.
//! - Nothing here knows what a column is about but by its semantic type.
//!
//! Not here: why a profile is what it is (`explain`), who may see it and who did (`onefold-server`).

mod book;
mod brief;
mod card;
mod condition;
mod facets;
mod ground;
mod identity;
mod ids;
mod indexing;
mod laid;
mod members;
mod search;
mod shelf;
mod shown;
mod timeline;
mod title;

use std::sync::Arc;

use onefold_api::*;
use onefold_lake::{Lake, Published};
use onefold_model::Project;

use crate::platform::Onefold;
pub(crate) use brief::Brief;
pub(crate) use ground::{Ground, count_in, ground};
pub(crate) use title::Layout;

/// What is remembered to find and show profiles.
#[derive(Default)]
pub(crate) struct Memory {
    book: book::Kept,
    shown: shown::Kept,
    shelf: shelf::Kept,
}

/// Profiles that are looked for.
pub(crate) async fn search(project: &Onefold, ask: &SearchAsk) -> Result<SearchView, Problem> {
    let clock = std::time::Instant::now();
    let book = book::open(project).await?;
    let published = book.published()?;
    let index = shelf::index(project, &book, &published).await?;
    let (ask, run) = (ask.clone(), published.run_id.clone());
    let shown = match project.live().shows() {
        true => Some(shown::open(project, &book).await?),
        false => None,
    };
    off_the_runtime(move || {
        let mut view = search::search(&book.project, &index, &ask)?;
        if let Some(shown) = shown {
            search::lay_over(&book.project, &shown, &mut view.hits)?;
        }
        if index.is_of(&published) {
            view.run = run;
        }
        view.seconds = clock.elapsed().as_secs_f64();
        Ok(view)
    })
    .await
}

/// A profile, by CustomerId, also one that was folded into another, or by `profile_no:<n>`.
pub(crate) async fn customer(project: &Onefold, id: &str) -> Result<ProfileView, Problem> {
    let book = book::open(project).await?;
    let shown = shown::open(project, &book).await?;
    let id = id.to_owned();
    off_the_runtime(move || card::card(&book.project, &shown, shown.find(&id)?)).await
}

/// Activities of a profile.
pub(crate) async fn timeline(project: &Onefold, id: &str, ask: &TimelineAsk) -> Result<TimelineView, Problem> {
    let book = book::open(project).await?;
    let shown = shown::open(project, &book).await?;
    let (id, ask) = (id.to_owned(), ask.clone());
    off_the_runtime(move || timeline::timeline(&book.project, &shown, shown.find(&id)?, &ask)).await
}

/// The definitions, the lake and the run that readers see, without reading definitions at every question.
pub(crate) async fn now(project: &Onefold) -> Result<(Arc<Project>, Lake, Arc<Published>), Problem> {
    let book = book::open(project).await?;
    Ok((Arc::clone(&book.project), book.lake.clone(), book.published()?))
}

/// Has definitions read again at the next question.
pub(crate) fn forget_definitions(project: &Onefold) {
    book::forget(project);
}

/// Profiles in brief, by number; none for numbers that nobody has. With the run they are of.
pub(crate) async fn briefs(project: &Onefold, numbers: Vec<u32>) -> Result<(String, Vec<Option<Brief>>), Problem> {
    let book = book::open(project).await?;
    let shown = shown::open(project, &book).await?;
    off_the_runtime(move || Ok((shown.published.run_id.clone(), brief::briefs(&book.project, &shown, &numbers)?))).await
}

/// Makes the published run ready: its index, where profiles have been searched before, and with `to_show` its look-ups.
pub(crate) async fn follow(project: &Onefold, to_show: bool) -> Result<(), Problem> {
    let book = book::open(project).await?;
    let published = book.published()?;
    if published.table("Customer").is_none() {
        return Ok(());
    }
    if to_show {
        shown::open(project, &book).await?;
    }
    if shelf::is_used(&book.lake) {
        shelf::build(project, &book, &published).await?;
    }
    Ok(())
}

/// Reading files and decoding them is no work for the threads that answer.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|fault| Problem::failed(format!("the look-up ended by a fault in Onefold: {fault}")))?
}
