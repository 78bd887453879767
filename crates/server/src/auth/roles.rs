//! Roles: who may ask what, and what leaves a trace, in one table.
//!
//! Invariants
//! - An endpoint without a line is refused. A test holds the table against the OpenAPI document, both ways.
//! - Every line that changes something, or shows data of people, leaves an entry in the audit.
//!
//! Not here: what more a handler asks for by the body it is sent (a source that reads from a server: Administrator).
//! To add an endpoint: a line here.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::Method;
use onefold_api::Role;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Open,
    /// Everybody who is signed in.
    Any,
    /// Those with this role or a higher one.
    Role(Role),
    /// Contributors; Administrators when the path's `{kind}` is `connection` or `settings`.
    ByKind,
}

impl Access {
    /// The least role for a path as it was asked; none when no role is needed.
    pub fn least(self, path: &str) -> Option<Role> {
        match self {
            Self::Open | Self::Any => None,
            Self::Role(role) => Some(role),
            Self::ByKind => {
                // `/api/projects/{project}/definitions/{kind}/…`, `/api/projects/{project}/probe/{kind}`
                let kind = path.split('/').nth(5).unwrap_or_default();
                let plain = matches!(
                    kind,
                    "source" | "unify" | "relationships" | "activity" | "measure" | "segment" | "export"
                );
                // A kind that is written in another way, or not known, is not let past.
                Some(if plain { Role::Contributor } else { Role::Administrator })
            }
        }
    }
}

/// What is written into the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trail {
    /// Nothing: no change, nobody's data.
    Quiet,
    /// A change.
    Change,
    /// Data of people is shown.
    People,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`. `HEAD` counts as `GET`.
    pub method: &'static str,
    /// The path as routes write it.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What is written into the audit.
    pub trail: Trail,
}

const V: Access = Access::Role(Role::Viewer);
const C: Access = Access::Role(Role::Contributor);
const A: Access = Access::Role(Role::Administrator);
const O: Access = Access::Role(Role::Owner);
use Access::{Any, ByKind, Open};
use Trail::{Change, People, Quiet};

const fn line(method: &'static str, path: &'static str, access: Access, trail: Trail) -> Rule {
    Rule { method, path, access, trail }
}

/// The table.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    line("GET",    "/api/health/live", Open, Quiet),
    line("GET",    "/api/health/ready", Open, Quiet),
    line("GET",    "/api/openapi.json", Open, Quiet),
    // coming in
    line("GET",    "/api/session", Open, Quiet),
    line("POST",   "/api/session", Open, Change),
    line("DELETE", "/api/session", Open, Change),
    line("POST",   "/api/session/password", Any, Change),
    line("POST",   "/api/setup", Open, Change),
    line("GET",    "/api/openid/start", Open, Quiet),
    line("GET",    "/api/openid/callback", Open, Change),
    // people and programs; the audit shows who looked at whom
    line("GET",    "/api/accounts", A, Quiet),
    line("POST",   "/api/accounts", A, Change),
    line("PATCH",  "/api/accounts/{name}", A, Change),
    line("DELETE", "/api/accounts/{name}", A, Change),
    line("POST",   "/api/accounts/{name}/invitation", A, Change),
    line("GET",    "/api/tokens", A, Quiet),
    line("POST",   "/api/tokens", A, Change),
    line("DELETE", "/api/tokens/{id}", A, Change),
    line("GET",    "/api/audit", A, People),
    line("GET",    "/api/audit/check", A, Quiet),
    // projects
    line("GET",    "/api/projects", V, Quiet),
    line("POST",   "/api/projects", O, Change),
    line("GET",    "/api/projects/{project}/home", V, Quiet),
    line("GET",    "/api/projects/{project}/check", V, Quiet),
    line("GET",    "/api/projects/{project}/objects", V, Quiet),
    line("GET",    "/api/projects/{project}/segments", V, Quiet),
    line("GET",    "/api/projects/{project}/segments/{segment}/funnel", V, Quiet),
    line("GET",    "/api/projects/{project}/measures", V, Quiet),
    line("GET",    "/api/projects/{project}/measures/{name}", V, Quiet),
    line("GET",    "/api/projects/{project}/measures/templates", V, Quiet),
    line("POST",   "/api/projects/{project}/measures/templates/{template}", C, Change),
    line("GET",    "/api/projects/{project}/sources", V, Quiet),
    line("GET",    "/api/projects/{project}/tables", V, Quiet),
    line("GET",    "/api/projects/{project}/exports", V, Quiet),
    line("GET",    "/api/projects/{project}/exports/{name}/deliveries", V, Quiet),
    line("GET",    "/api/projects/{project}/connections", V, Quiet),
    line("GET",    "/api/projects/{project}/runs", V, Quiet),
    line("GET",    "/api/projects/{project}/runs/{run}", V, Quiet),
    line("GET",    "/api/projects/{project}/schedule", V, Quiet),
    line("GET",    "/api/projects/{project}/reachable", V, Quiet),
    line("GET",    "/api/projects/{project}/graph", V, Quiet),
    line("GET",    "/api/projects/{project}/unify", V, Quiet),
    line("POST",   "/api/projects/{project}/unify/pairs", V, People),
    // definitions
    line("GET",    "/api/projects/{project}/definitions/{kind}/{name}", V, Quiet),
    line("GET",    "/api/projects/{project}/definitions/{kind}/{name}/versions", V, Quiet),
    line("POST",   "/api/projects/{project}/definitions/{kind}/{name}/draft", ByKind, Quiet),
    line("PUT",    "/api/projects/{project}/definitions/{kind}/{name}", ByKind, Change),
    line("DELETE", "/api/projects/{project}/definitions/{kind}/{name}", ByKind, Change),
    line("POST",   "/api/projects/{project}/conditions", C, Quiet),
    line("GET",    "/api/projects/{project}/files", V, Quiet),
    line("PUT",    "/api/projects/{project}/files", C, Change),
    // rows
    line("POST",   "/api/projects/{project}/tables/{table}/rows", V, People),
    line("GET",    "/api/projects/{project}/tables/{table}/statistics", V, People),
    line("GET",    "/api/projects/{project}/tables/{table}/values", V, People),
    line("GET",    "/api/projects/{project}/tables/{table}/download", V, People),
    line("POST",   "/api/projects/{project}/query", V, People),
    // previews: they show samples; a probe goes out with the project's secrets
    line("POST",   "/api/projects/{project}/preview/segment", C, People),
    line("POST",   "/api/projects/{project}/preview/measure", C, People),
    line("POST",   "/api/projects/{project}/preview/activity", C, People),
    line("POST",   "/api/projects/{project}/preview/rule", C, People),
    line("POST",   "/api/projects/{project}/preview/transform", C, People),
    line("POST",   "/api/projects/{project}/preview/tests", C, Quiet),
    line("POST",   "/api/projects/{project}/segments/overlap", V, Quiet),
    line("POST",   "/api/projects/{project}/probe/{kind}", ByKind, Change),
    // insights: counts by values tell of people where groups are small
    line("GET",    "/api/projects/{project}/segments/insights/choices", V, Quiet),
    line("POST",   "/api/projects/{project}/segments/insights/quick", V, People),
    line("POST",   "/api/projects/{project}/segments/insights/activity", C, People),
    line("POST",   "/api/projects/{project}/segments/insights/outcome", C, People),
    line("POST",   "/api/projects/{project}/segments/insights/differences", V, People),
    line("POST",   "/api/projects/{project}/segments/insights/overlap", V, People),
    line("POST",   "/api/projects/{project}/segments/insights/similar", C, People),
    // customers
    line("POST",   "/api/projects/{project}/customers/search", V, People),
    line("POST",   "/api/projects/{project}/customers/lookup", V, People),
    line("GET",    "/api/projects/{project}/customers/{id}", V, People),
    line("GET",    "/api/projects/{project}/customers/{id}/explain", V, People),
    line("GET",    "/api/projects/{project}/customers/{id}/timeline", V, People),
    line("POST",   "/api/projects/{project}/customers/{id}/timeline", V, People),
    line("GET",    "/api/projects/{project}/customers/{id}/segments/{segment}", V, People),
    line("GET",    "/api/projects/{project}/customers/{id}/measures/{measure}", V, People),
    // rows that programs send between runs, and values that they lay over profiles
    line("POST",   "/api/projects/{project}/activities/{table}", C, Change),
    line("PATCH",  "/api/projects/{project}/customers/{id}", C, Change),
    line("GET",    "/api/projects/{project}/live", V, Quiet),
    line("GET",    "/metrics", V, Quiet),
    // the same for those who speak FHIR
    line("GET",    "/fhir/{project}/metadata", Open, Quiet),
    line("POST",   "/fhir/{project}/Patient/$match", V, People),
    // stewardship: decisions change who is one person, from the next run on
    line("GET",    "/api/projects/{project}/match/model", V, People),
    line("POST",   "/api/projects/{project}/match/explain", V, People),
    line("POST",   "/api/projects/{project}/match/review", V, People),
    line("GET",    "/api/projects/{project}/match/decisions", V, People),
    line("POST",   "/api/projects/{project}/match/decisions", C, Change),
    line("DELETE", "/api/projects/{project}/match/decisions/{id}", C, Change),
    line("GET",    "/api/projects/{project}/match/quality", V, Quiet),
    line("GET",    "/api/projects/{project}/customers/{id}/identity", V, People),
    line("POST",   "/api/projects/{project}/customers/{id}/split", C, Change),
    line("POST",   "/api/projects/{project}/customers/merge", C, Change),
    // runs
    line("POST",   "/api/projects/{project}/plan", C, Quiet),
    line("POST",   "/api/projects/{project}/runs", C, Change),
    line("GET",    "/api/projects/{project}/jobs", V, Quiet),
    line("GET",    "/api/projects/{project}/jobs/{id}", V, Quiet),
    line("GET",    "/api/projects/{project}/jobs/{id}/events", V, Quiet),
    line("POST",   "/api/projects/{project}/jobs/{id}/cancel", C, Change),
];

static BY_PATH: LazyLock<HashMap<&'static str, Vec<&'static Rule>>> = LazyLock::new(|| {
    RULES.iter().fold(HashMap::new(), |mut by_path: HashMap<_, Vec<_>>, rule| {
        by_path.entry(rule.path).or_default().push(rule);
        by_path
    })
});

/// The line of an endpoint.
pub(super) fn rule(method: &Method, path: &str) -> Option<&'static Rule> {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    lines(path).iter().copied().find(|rule| rule.method == method)
}

/// All lines of a path.
pub(super) fn lines(path: &str) -> &'static [&'static Rule] {
    BY_PATH.get(path).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_together() {
        for (i, rule) in RULES.iter().enumerate() {
            assert!(!RULES[..i].iter().any(|other| (other.method, other.path) == (rule.method, rule.path)), "{rule:?}");
            let reads = rule.method == "GET";
            assert!(reads || rule.trail != Trail::Quiet || quiet_post(rule.path), "{rule:?} leaves no trace");
            // Entries about changes name people, too.
            let changes = rule.method == "PATCH" || ["/split", "/merge"].iter().any(|end| rule.path.ends_with(end));
            let trail = if changes { Trail::Change } else { Trail::People };
            assert!(!rule.path.contains("/customers/") || rule.trail == trail, "{rule:?}");
        }
        assert_eq!(rule(&Method::HEAD, "/api/session").map(|rule| rule.method), Some("GET"));
        assert_eq!(rule(&Method::PUT, "/api/session"), None);
    }

    /// Questions that need a body, change nothing and show nobody.
    fn quiet_post(path: &str) -> bool {
        ["/draft", "/conditions", "/overlap", "/plan", "/preview/tests"].iter().any(|end| path.ends_with(end))
    }

    #[test]
    fn connections_and_settings_need_an_administrator() {
        let least = |kind: &str| Access::ByKind.least(&format!("/api/projects/p/definitions/{kind}/x"));
        for kind in ["source", "segment", "measure", "export"] {
            assert_eq!(least(kind), Some(Role::Contributor), "{kind}");
        }
        for kind in ["connection", "settings", "Connection", "%63onnection", ""] {
            assert_eq!(least(kind), Some(Role::Administrator), "{kind}");
        }
    }
}
