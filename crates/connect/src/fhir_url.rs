//! FHIR over REST: Bundles of a search for the view's resource type, following the `next` links.
//!
//! Reads    `GET {url}/{Resource}?_count=1000`, then every `link` whose relation is `next`
//! Writes   pages, as they came; what they hold is told apart by `fhir`
//!
//! Invariants
//! - A page that is not a Bundle is an error in the server's words: rows must not go missing in silence.
//!
//! Not here: entries that are not of the resource type (outcomes, included resources) are passed over by `fhir`.

use tokio::sync::mpsc;

use crate::http::{Answer, Links, Request, Server};
use crate::json::Nodes;
use crate::raw::Page;
use crate::{ConnectError, SourceRef};

/// Resources asked for in one page; servers may give fewer.
const COUNT: u32 = 1000;

/// Sends every Bundle of the search, in order; ends early, without an error, when nobody listens any more.
pub(crate) async fn pages(source: SourceRef, to: mpsc::Sender<Page>) -> Result<(), ConnectError> {
    let server = Server::of_source(&source)?;
    let resource =
        source.table.view.as_ref().and_then(|view| view.value.get("resource")).and_then(|name| name.as_str());
    let Some(resource) = resource else {
        return Err(ConnectError::new(format!(
            "{}: the view of `{}` names no resource type",
            server.who(),
            source.table.name.value
        ))
        .hint("add `resource: Patient`, say"));
    };
    let first = server.below(resource);
    let name = first.to_string();
    let mut url = first;
    url.query_pairs_mut().append_pair("_count", &COUNT.to_string());
    let mut links = Links::new(server.who(), url.clone());
    for number in 1_u64.. {
        let request = Request::get(url).header("Accept", "application/fhir+json");
        let answer = server.fetch(&request).await?;
        let next = next_link(&answer).ok_or_else(|| server.not_as_asked(&request, &answer, "a Bundle"))?;
        let next = next.map(|link| links.follow(&link)).transpose()?;
        let page = Page { name: format!("{name} page {number}"), body: answer.body };
        if to.send(page).await.is_err() {
            return Ok(());
        }
        match next {
            Some(next) => url = next,
            None => break,
        }
    }
    Ok(())
}

/// The Bundle's next link; `None` for what is no Bundle.
fn next_link(answer: &Answer) -> Option<Option<String>> {
    let mut nodes = Nodes::default();
    let doc = nodes.read(std::str::from_utf8(&answer.body).ok()?).ok()?;
    let bundle = doc.root();
    if bundle.text("resourceType")? != "Bundle" {
        return None;
    }
    let links = bundle.get("link");
    let next = links
        .into_iter()
        .flat_map(|links| links.elements())
        .find(|link| link.text("relation").is_some_and(|relation| relation == "next"));
    Some(next.and_then(|link| link.text("url")).map(|url| url.into_owned()))
}
