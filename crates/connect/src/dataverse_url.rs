//! Dataverse over its Web API: pages of an entity set, following `@odata.nextLink`.
//!
//! Reads    `GET {url}/api/data/v9.2/{entity}?$select=…`, 5,000 rows a page
//! Writes   pages, as they came; what they hold is told apart by `dataverse`
//!
//! Invariants
//! - `$select` is sent only when the first step is `choose_columns`: what no step drops is read.
//! - A page without `value` is an error: rows must not go missing in silence.

use onefold_model::define::TransformStep;
use tokio::sync::mpsc;

use crate::http::{Answer, Links, Request, Server};
use crate::json::{Kind, Nodes};
use crate::raw::Page;
use crate::{ConnectError, SourceRef};

/// The version of the Web API.
const API: &str = "api/data/v9.2";

/// Sends every page of the table, in order; ends early, without an error, when nobody listens any more.
pub(crate) async fn pages(source: SourceRef, to: mpsc::Sender<Page>) -> Result<(), ConnectError> {
    let server = Server::of_source(&source)?;
    let entity = source.table.entity.as_ref().unwrap_or(&source.table.name);
    let first = server.below(&format!("{API}/{}", entity.value));
    let name = first.to_string();
    let mut url = first;
    if let Some(TransformStep::ChooseColumns(columns)) = source.table.steps.first().map(|step| &step.value) {
        let columns: Vec<&str> = columns.iter().map(|column| column.value.as_str()).collect();
        // Commas stay commas: some gateways count or refuse escaped ones.
        url.set_query(Some(&format!("$select={}", columns.join(","))));
    }
    let mut links = Links::new(server.who(), url.clone());
    for number in 1_u64.. {
        let request = odata(Request::get(url)).header("Prefer", "odata.maxpagesize=5000");
        let answer = server.fetch(&request).await?;
        let next = next_link(&answer).ok_or_else(|| server.not_as_asked(&request, &answer, "a page of the Web API"))?;
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

/// The headers that the Web API asks for.
pub(crate) fn odata(request: Request) -> Request {
    request.header("OData-Version", "4.0").header("OData-MaxVersion", "4.0").header("Accept", "application/json")
}

/// The page's next link; `None` for what is no page.
fn next_link(answer: &Answer) -> Option<Option<String>> {
    let mut nodes = Nodes::default();
    let doc = nodes.read(std::str::from_utf8(&answer.body).ok()?).ok()?;
    let page = doc.root();
    if page.get("value")?.kind() != Kind::List {
        return None;
    }
    Some(page.text("@odata.nextLink").map(|url| url.into_owned()))
}
