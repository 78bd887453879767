//! Identity: the records of a profile and what joins them, as a graph.
//!
//! Reads    `KeyRing`, `MatchPair`, `MatchLinks`, `Dedupe_…`, links that sources state, `MatchWarning`, `ProfileChange`, the
//!          log of decisions
//! Flow     records ─ links of all kinds between them ─ the tree of the strongest (Kruskal) ─ which of it are bridges
//!
//! Invariants
//! - What is certain (people, sources, rules) is stronger than any evidence of a model.
//! - A bridge is a link without which, and all others between the same two records, the profile would fall apart.
//! - The answer depends on links alone, never on the order in which they are found.

use std::collections::{HashMap, HashSet};

use onefold_api::*;
use onefold_model::sql::{join, text as quoted};
use onefold_model::{TableName, sql};

use super::decide::{applied, log, members, view};
use super::frame::State;
use super::model::{number, text, told};
use super::records::Shown;
use crate::lists::Look;
use crate::platform::Onefold;
use crate::runner::figures::{Row, pick};
use crate::state::{self, Pair};

/// What holds the records of a profile together.
pub(super) async fn view_of(project: &Onefold, id: &str) -> Result<IdentityView, Problem> {
    let look = Look::at(project).await?;
    let (profile, records) = members(&look, id).await?;
    let shown = Shown::read(&look, &records.iter().collect::<Vec<_>>()).await?;
    let ring = winners(&look, profile.profile_no).await?;
    let links = links(&look, &records).await?;
    let all = log(&look)?;
    let applied = applied(&look).await?;
    let own: HashSet<&RecordRef> = records.iter().collect();
    let of = |pair: &Pair| own.contains(&pair.a) || own.contains(&pair.b);
    Ok(IdentityView {
        previous: previous(&look, &profile.customer_id).await?,
        events: events(&look, &profile.customer_id).await?,
        warnings: warnings(&look, &records).await?,
        decisions: all.iter().rev().filter(|d| d.counts && of(&d.said.pair)).map(|d| view(d, &applied)).collect(),
        records: records
            .iter()
            .map(|record| IdentityRecord {
                table: record.table.clone(),
                key: record.key.clone(),
                winner: ring.contains(record),
                side: shown.side(&look, record),
            })
            .collect(),
        links,
        customer_id: profile.customer_id,
        profile_no: profile.profile_no,
    })
}

async fn winners(look: &Look, profile_no: i64) -> Result<HashSet<RecordRef>, Problem> {
    let sql = sql!(
        "select \"SourceTable\", \"Key\" from ",
        TableName::from("KeyRing"),
        " where \"IsWinner\" and \"profile_no\" = ",
        onefold_model::sql::integer(profile_no)
    );
    Ok(look.ask(&sql).await?.iter().filter_map(|row| record(row, "SourceTable", "Key")).collect())
}

async fn previous(look: &Look, customer_id: &str) -> Result<Vec<String>, Problem> {
    let customer = TableName::from("Customer");
    let sql = sql!("select \"PreviousCustomerId\" from ", customer, " where \"CustomerId\" = ", quoted(customer_id));
    let rows = look.ask(&sql).await?;
    let listed = rows.first().and_then(|row| text(row, "PreviousCustomerId")).unwrap_or_default();
    Ok(listed.split(';').filter(|id| !id.is_empty()).map(str::to_owned).collect())
}

async fn events(look: &Look, customer_id: &str) -> Result<Vec<IdentityEvent>, Problem> {
    if look.table("ProfileChange").is_none() {
        return Ok(Vec::new());
    }
    let sql = sql!(
        "select \"At\", \"Change\", \"Other\" from ",
        TableName::from("ProfileChange"),
        " where \"CustomerId\" = ",
        quoted(customer_id),
        " order by \"At\" desc, \"Change\", \"Other\" limit 100"
    );
    let event = |row: &Row| IdentityEvent {
        at: row.get("At").map(crate::output::plain).unwrap_or_default(),
        change: text(row, "Change").unwrap_or_default(),
        other: text(row, "Other"),
    };
    Ok(look.ask(&sql).await?.iter().map(event).collect())
}

async fn warnings(look: &Look, records: &[RecordRef]) -> Result<Vec<MatchWarningView>, Problem> {
    if look.table("MatchWarning").is_none() || records.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys(records);
    let from = TableName::from("MatchWarning");
    let sql = sql!("select * from ", from, " where \"Key\" in (", &keys, ") or \"Key2\" in (", &keys, ")");
    let own: HashSet<&RecordRef> = records.iter().collect();
    let mut all = told(look, &sql).await?;
    all.retain(|warning| warning.records.iter().any(|record| own.contains(record)));
    all.sort_by(|a, b| (&a.kind, &a.records, &a.detail).cmp(&(&b.kind, &b.records, &b.detail)));
    Ok(all)
}

fn keys(records: &[RecordRef]) -> onefold_model::Sql {
    let mut keys: Vec<&str> = records.iter().map(|record| record.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    join(keys.into_iter().map(quoted), ", ")
}

fn record(row: &Row, table: &str, key: &str) -> Option<RecordRef> {
    Some(RecordRef { table: text(row, table)?, key: text(row, key)? })
}

/// The links between records, the strongest first, with their tree and bridges.
pub(super) async fn links(look: &Look, records: &[RecordRef]) -> Result<Vec<IdentityLink>, Problem> {
    let mut all = found(look, records).await?;
    let own: HashSet<&RecordRef> = records.iter().collect();
    all.retain(|link| own.contains(&link.a) && own.contains(&link.b) && link.a != link.b);
    Ok(graph(all))
}

async fn found(look: &Look, records: &[RecordRef]) -> Result<Vec<IdentityLink>, Problem> {
    let mut all = Vec::new();
    let (lake, _) = look.opened.readable().await?;
    let wanted: HashSet<String> = records.iter().map(|record| record.key.clone()).collect();
    let modelled = look.table("MatchPair").is_some();
    if modelled && !records.is_empty() {
        let keys = keys(records);
        let from = TableName::from("MatchPair");
        let sql = sql!(
            "select * from ",
            from,
            " where \"State\" = ",
            quoted(State::Link.word()),
            " and \"Key1\" in (",
            &keys,
            ") and \"Key2\" in (",
            &keys,
            ")"
        );
        for row in look.ask(&sql).await? {
            let (Some(a), Some(b)) = (record(&row, "Table1", "Key1"), record(&row, "Table2", "Key2")) else { continue };
            let rule = text(&row, "Why").unwrap_or_default();
            if is_decided(&rule) {
                continue;
            }
            let kind = kind(look, &rule, "model").to_owned();
            let (weight, probability) = (number(&row, "Weight"), number(&row, "Probability"));
            all.push(IdentityLink { a, b, kind, rule, weight, probability, ..IdentityLink::default() });
        }
    }
    if look.table("MatchLinks").is_some() {
        for row in pick(lake, "MatchLinks", "Key", &wanted).await? {
            let (Some(a), Some(b)) = (record(&row, "SourceTable", "Key"), record(&row, "MatchedTable", "MatchedKey"))
            else {
                continue;
            };
            let rule = text(&row, "Rule").unwrap_or_default();
            if rule.is_empty() || is_decided(&rule) || (modelled && rule == "model") {
                continue;
            }
            let kind = kind(look, &rule, "rule").to_owned();
            all.push(IdentityLink { a, b, kind, rule, probability: number(&row, "Score"), ..IdentityLink::default() });
        }
    }
    let tables: HashSet<&str> = records.iter().map(|record| record.table.as_str()).collect();
    let mut tables: Vec<&str> = tables.into_iter().collect();
    tables.sort_unstable();
    for table in tables {
        let (dedupe, stated) = (format!("Dedupe_{table}"), format!("{table}_Link"));
        let of = |key: String| RecordRef { table: table.to_owned(), key };
        if look.table(&dedupe).is_some() {
            for row in pick(lake, &dedupe, "Key", &wanted).await? {
                let (Some(a), Some(b)) = (text(&row, "Key"), text(&row, "WinnerKey")) else { continue };
                // Without a rule it was something else that put them together, which stands for itself.
                let Some(rule) = text(&row, "Rule").filter(|rule| !rule.is_empty()) else { continue };
                let (kind, probability) = ("deduplication".to_owned(), number(&row, "Score"));
                all.push(IdentityLink { a: of(a), b: of(b), kind, rule, probability, ..IdentityLink::default() });
            }
        }
        if look.table(&stated).is_some() {
            for row in pick(lake, &stated, "Key", &wanted).await? {
                let (Some(a), Some(b)) = (text(&row, "Key"), text(&row, "Other")) else { continue };
                if text(&row, "Kind").as_deref() == Some("same") {
                    let (kind, rule) = ("source".to_owned(), "a link that the source states".to_owned());
                    all.push(IdentityLink { a: of(a), b: of(b), kind, rule, ..IdentityLink::default() });
                }
            }
        }
    }
    let known = applied(look).await?;
    let decided = log(look)?;
    for (pair, one) in state::standing(&decided) {
        if known.get(pair) == Some(&Verdict::Same) && one.said.verdict == Verdict::Same {
            let (kind, rule) = ("decision".to_owned(), format!("decision {} by {}", one.id, one.by));
            // Matching by rules names a decision as it names a table of pairs.
            let both = |link: &IdentityLink| Pair::of(link.a.clone(), link.b.clone()).as_ref() == Some(pair);
            all.retain(|link| link.kind != "always" || !both(link));
            all.push(IdentityLink { a: pair.a.clone(), b: pair.b.clone(), kind, rule, ..IdentityLink::default() });
        }
    }
    Ok(all)
}

/// Whether the reason of a link is a decision, which the log tells better.
fn is_decided(why: &str) -> bool {
    why.starts_with("decided by ")
}

/// Of what kind a link is whose reason is told in a word.
fn kind(look: &Look, why: &str, otherwise: &'static str) -> &'static str {
    let unify = look.project().unify.as_ref();
    match why {
        "model" => "model",
        "always" => "always",
        _ if unify.is_some_and(|unify| unify.rules.iter().any(|rule| *rule.name == *why)) => "rule",
        _ => otherwise,
    }
}

/// How strong a link is: what is certain before all evidence.
fn strength(link: &IdentityLink) -> f64 {
    let certain = match link.kind.as_str() {
        "decision" => 4.0,
        "always" | "source" => 3.0,
        "deduplication" => 2.0,
        "rule" => 1.0,
        _ => return link.weight.unwrap_or(0.0),
    };
    certain * 1e9 + link.probability.unwrap_or(1.0)
}

/// Links in order of strength, with the tree of the strongest and the bridges.
fn graph(mut links: Vec<IdentityLink>) -> Vec<IdentityLink> {
    links.sort_by(|x, y| {
        let key = |link: &IdentityLink| (link.a.clone(), link.b.clone(), link.kind.clone(), link.rule.clone());
        strength(y).total_cmp(&strength(x)).then_with(|| key(x).cmp(&key(y)))
    });
    links.dedup_by(|x, y| (&x.a, &x.b, &x.kind, &x.rule) == (&y.a, &y.b, &y.kind, &y.rule));
    let mut place: HashMap<RecordRef, usize> = HashMap::new();
    let mut ends = Vec::new();
    for link in &links {
        let mut of = |record: &RecordRef| {
            let next = place.len();
            *place.entry(record.clone()).or_insert(next)
        };
        ends.push((of(&link.a), of(&link.b)));
    }
    let mut sets = Sets::new(place.len());
    for (link, (a, b)) in links.iter_mut().zip(&ends) {
        link.tree = sets.join(*a, *b);
    }
    let same = |x: (usize, usize), y: (usize, usize)| x == y || x == (y.1, y.0);
    for at in 0..links.len() {
        if !links[at].tree {
            continue;
        }
        let mut without = Sets::new(place.len());
        let rest = ends.iter().filter(|other| !same(**other, ends[at]));
        rest.for_each(|(a, b)| _ = without.join(*a, *b));
        links[at].bridge = !without.together(ends[at].0, ends[at].1);
    }
    links
}

/// The links of the tree that lead from one record to another; empty where none do.
pub(super) fn path(links: &[IdentityLink], from: &RecordRef, to: &RecordRef) -> Vec<IdentityLink> {
    let tree: Vec<&IdentityLink> = links.iter().filter(|link| link.tree).collect();
    let mut came: HashMap<&RecordRef, &IdentityLink> = HashMap::new();
    let mut edge = vec![from];
    while let Some(at) = edge.pop() {
        for link in tree.iter().copied().filter(|link| link.a == *at || link.b == *at) {
            let next = if link.a == *at { &link.b } else { &link.a };
            if next != from && !came.contains_key(next) {
                came.insert(next, link);
                edge.push(next);
            }
        }
    }
    let (mut way, mut at) = (Vec::new(), to);
    while at != from {
        let Some(link) = came.get(at).copied() else { return Vec::new() };
        way.push(link.clone());
        at = if link.a == *at { &link.b } else { &link.a };
    }
    way.reverse();
    way
}

/// Numbers in sets.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }
    /// Joins two; whether they were apart.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a] = b;
        a != b
    }
    fn together(&mut self, a: usize, b: usize) -> bool {
        self.root(a) == self.root(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(key: &str) -> RecordRef {
        RecordRef { table: "T".into(), key: key.into() }
    }

    fn link(a: &str, b: &str, kind: &str, weight: f64) -> IdentityLink {
        let (a, b, kind) = (record(a), record(b), kind.to_owned());
        IdentityLink { a, b, kind, weight: Some(weight), ..IdentityLink::default() }
    }

    fn told(links: &[IdentityLink]) -> Vec<String> {
        let word = |link: &IdentityLink| {
            let (tree, bridge) = (if link.tree { " tree" } else { "" }, if link.bridge { " bridge" } else { "" });
            format!("{}-{}{tree}{bridge}", link.a.key, link.b.key)
        };
        links.iter().map(word).collect()
    }

    #[test]
    fn the_strongest_links_are_the_tree_and_the_only_ones_are_bridges() {
        let links = vec![
            link("a", "b", "model", 9.0),
            link("b", "c", "model", 12.0),
            link("a", "c", "model", 8.0),
            link("c", "d", "model", 5.0),
        ];
        let expected = ["b-c tree", "a-b tree", "a-c", "c-d tree bridge"];
        assert_eq!(told(&graph(links.clone())), expected);
        let turned: Vec<IdentityLink> = links.into_iter().rev().collect();
        assert_eq!(told(&graph(turned)), expected, "in any order");
    }

    #[test]
    fn what_is_certain_is_stronger_than_evidence_and_a_second_link_is_no_second_way() {
        let links = vec![link("a", "b", "model", 50.0), link("a", "b", "rule", 0.0), link("b", "c", "model", 3.0)];
        let links = graph(links);
        assert_eq!(links[0].kind, "rule");
        assert_eq!(told(&links), ["a-b tree bridge", "a-b", "b-c tree bridge"]);
    }

    #[test]
    fn a_path_goes_along_the_tree() {
        let links = graph(vec![
            link("a", "b", "model", 9.0),
            link("c", "b", "model", 12.0),
            link("a", "c", "model", 8.0),
            link("x", "y", "model", 8.0),
        ]);
        let way: Vec<String> =
            path(&links, &record("a"), &record("c")).iter().map(|l| l.a.key.clone() + &l.b.key).collect();
        assert_eq!(way, ["ab", "cb"]);
        assert!(path(&links, &record("a"), &record("y")).is_empty());
        assert!(path(&links, &record("a"), &record("a")).is_empty());
    }
}
