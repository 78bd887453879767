//! Serve: the web application and its API, until somebody stops it.
//!
//! Flow     words ─ projects (`host`), accounts (`state`), an OpenID provider (`openid_client`) ─ `onefold_server::serve`
//!
//! Invariants
//! - It listens on this machine alone unless it is told otherwise.
//! - A signal ends it: answers under way are finished, runs are stopped and leave nothing behind.
//!
//! Not here: what is answered (`onefold-server`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use onefold_api::{Host as _, Problem};
use onefold_server::{AuthSettings, Settings, serve};

use crate::cli::{OpenIdWords, Serve};
use crate::host::Projects;
use crate::log::LogFormat;
use crate::output::{count, say};
use crate::runner::signal_to_stop;
use crate::state::SqliteRegistry;
use crate::{lakes, openid_client};

/// Serves until a signal comes.
pub(super) async fn run(words: Serve) -> Result<u8, Problem> {
    let roots = roots(&words)?;
    // What is private to the server lies with the first project, unless it has a place of its own.
    let state = words.state.clone().or_else(|| roots.first().cloned()).or_else(|| words.projects_dir.clone());
    let state = state.unwrap_or_else(|| PathBuf::from("."));
    let list = state.join(".onefold").join("projects.json");
    let projects = Projects::open(&roots, words.projects_dir.as_deref(), &list)?;
    std::fs::create_dir_all(&state)
        .map_err(|error| Problem::failed(format!("cannot make `{}`: {error}", state.display())))?;
    let registry = SqliteRegistry::open(&state)?;
    let listen = settled(words.listen)?;
    let base = base_url(words.public_url.as_deref(), listen)?;
    registry.note_address(&base).await?;
    let mut auth = AuthSettings::new(&base, Arc::new(Timestamp::now));
    auth.idle = Duration::from_secs(60 * words.idle_timeout);
    auth.absolute = auth.absolute.max(auth.idle);
    auth.behind_proxy = words.behind_proxy;
    auth.openid = openid_client::provider(&words.openid)?;
    let names: Vec<String> = projects.projects().into_iter().map(|project| project.name).collect();
    let settings = Settings {
        listen,
        web: words.web.clone(),
        auth,
        started: Box::new(move |_, link| say(&greeting(&base, &names, link.as_deref()))),
    };
    lakes::keep();
    projects.warm();
    let served = serve(Arc::new(projects), Arc::new(registry), settings, signal_to_stop()).await;
    lakes::close().await;
    served?;
    say("stopped\n");
    Ok(0)
}

/// Serves one project as it is, for a first look.
pub(super) async fn one(project: &Path, listen: SocketAddr) -> Result<u8, Problem> {
    say("\n");
    run(Serve {
        projects: vec![project.to_owned()],
        projects_dir: None,
        listen,
        public_url: None,
        behind_proxy: false,
        state: None,
        idle_timeout: 12 * 60,
        log_format: LogFormat::Text,
        web: None,
        openid: OpenIdWords::default(),
    })
    .await
}

/// The folders that were named; else the current one, when it is a project or there is no other place for one.
fn roots(words: &Serve) -> Result<Vec<PathBuf>, Problem> {
    let here = Path::new(".");
    let only_here = words.projects.iter().all(|project| project == here);
    if only_here && !here.join("onefold.yaml").is_file() {
        return match words.projects_dir {
            Some(_) => Ok(Vec::new()),
            None => Err(Problem::refused("the folder is no project: it has no `onefold.yaml`").hint(
                "run `onefold init` there, name projects with `--project`, or a folder for new ones with `--projects`",
            )),
        };
    }
    Ok(if words.projects.is_empty() { vec![here.to_owned()] } else { words.projects.clone() })
}

/// The address with a port: port 0 is any that is free.
fn settled(listen: SocketAddr) -> Result<SocketAddr, Problem> {
    if listen.port() != 0 {
        return Ok(listen);
    }
    let found = TcpListener::bind(listen).and_then(|listener| listener.local_addr());
    found.map_err(|error| Problem::failed(format!("cannot listen at {listen}: {error}")))
}

/// Where browsers find the server.
fn base_url(public: Option<&str>, listen: SocketAddr) -> Result<String, Problem> {
    let Some(public) = public else {
        let host = match listen.ip() {
            ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            ip => ip,
        };
        return Ok(format!("http://{}", SocketAddr::new(host, listen.port())));
    };
    let wrong = |why: &str| {
        Problem::refused(format!("`--public-url {public}` {why}")).hint("write it as `https://onefold.example.org`")
    };
    let url = url::Url::parse(public).map_err(|_| wrong("is no address"))?;
    match url.scheme() {
        "http" | "https" if url.path() == "/" && url.query().is_none() => {
            Ok(url.to_string().trim_end_matches('/').to_owned())
        }
        "http" | "https" => Err(wrong("has more than a host and a port")),
        _ => Err(wrong("is no address of the web")),
    }
}

/// What is said once it listens.
fn greeting(base: &str, names: &[String], link: Option<&str>) -> String {
    let which = match names {
        [] => "no project yet".to_owned(),
        [only] => format!("`{only}`"),
        several => count(several.len() as u64, "project"),
    };
    let mut text = format!("Onefold serves {which} at {base}\n");
    if let Some(link) = link {
        text.push_str(&format!(
            "\nnobody has an account yet; make the first one, within a day, with this link, which works once:\n  {link}\n\n"
        ));
    }
    text.push_str("press Ctrl-C to stop\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_find_it_where_it_listens_or_where_it_is_said() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(base_url(None, at("127.0.0.1:7400")).unwrap(), "http://127.0.0.1:7400");
        assert_eq!(base_url(None, at("0.0.0.0:80")).unwrap(), "http://127.0.0.1:80");
        assert_eq!(base_url(None, at("[::1]:7400")).unwrap(), "http://[::1]:7400");
        let public = |text: &str| base_url(Some(text), at("127.0.0.1:1"));
        assert_eq!(public("https://onefold.example/").unwrap(), "https://onefold.example");
        for wrong in ["onefold.example", "ftp://x", "https://x/path", "https://x?y"] {
            assert!(public(wrong).is_err(), "{wrong}");
        }
    }
}
