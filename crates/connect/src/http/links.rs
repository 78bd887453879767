//! Links: following next links without leaving the server or walking in a circle.
//!
//! Invariants
//! - A link of another origin (scheme, host, port) is refused: the token would go with it.
//! - No link is followed twice.

use std::collections::HashSet;

use reqwest::Url;

use super::client::shown;
use crate::ConnectError;

/// The links followed so far, from a first page on.
#[derive(Debug)]
pub struct Links {
    who: String,
    at: Url,
    seen: HashSet<String>,
}

impl Links {
    /// Starts at a page. `who` names the source in messages.
    pub fn new(who: &str, first: Url) -> Self {
        Self { who: who.to_owned(), seen: HashSet::from([first.to_string()]), at: first }
    }
    /// The page a link leads to; a relative one starts from the page it stood on.
    ///
    /// # Errors
    /// When it is no address, leads to another origin, or was followed before.
    pub fn follow(&mut self, link: &str) -> Result<Url, ConnectError> {
        let who = &self.who;
        let next = self.at.join(link).map_err(|error| {
            ConnectError::new(format!("{who}: the server's next link is not an address ({error})"))
                .hint("report it to the server's operator: the rest of the pages cannot be reached")
        })?;
        if next.origin() != self.at.origin() {
            let (next, at) = (shown(&next), shown(&self.at));
            return Err(ConnectError::new(format!("{who}: the next link of {at} leads to another server, {next}"))
                .hint("make `url` the address the server itself uses in its links; a token is sent to no other"));
        }
        if !self.seen.insert(next.to_string()) {
            let next = shown(&next);
            return Err(ConnectError::new(format!("{who}: the next links of {next} lead back to a page already read"))
                .hint("report it to the server's operator: reading on would never end"));
        }
        self.at = next.clone();
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_on_the_server_and_never_turn_back() {
        let first = Url::parse("https://fhir.example/r4/Patient?_count=2").unwrap();
        let mut links = Links::new("source `A`", first);
        assert_eq!(links.follow("/r4?page=2").unwrap().as_str(), "https://fhir.example/r4?page=2");
        assert_eq!(
            links.follow("https://fhir.example:443/r4?page=3").unwrap().as_str(),
            "https://fhir.example/r4?page=3"
        );
        let again = links.follow("https://fhir.example/r4?page=2").unwrap_err().to_string();
        assert!(again.contains("already read"), "{again}");
        for elsewhere in ["https://evil.example/r4?token=x", "http://fhir.example/r4", "https://fhir.example:8443/r4"] {
            let error = links.follow(elsewhere).unwrap_err().to_string();
            assert!(error.contains("leads to another server"), "{error}");
            assert!(!error.contains("token=x"), "{error}");
        }
        assert!(links.follow("https://").unwrap_err().to_string().contains("not an address"));
    }
}
