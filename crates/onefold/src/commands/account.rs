//! Account: who may sign in at the server, while it runs or not.
//!
//! Invariants
//! - No password is asked for or shown: a link is made by which its owner sets one.
//! - What is changed here stands in the audit too.

use std::path::Path;

use jiff::Timestamp;
use onefold_api::{Account as Kept, AccountView, AuditAsk, Problem, Registry, Role};
use onefold_server::auth::invite;

use crate::cli::Account;
use crate::openid_client::role;
use crate::output::{print, print_json, say, text_table};
use crate::state::SqliteRegistry;

/// Lists accounts, makes one, or makes a link for a new password.
pub(super) async fn run(project: &Path, what: Account, json: bool) -> Result<u8, Problem> {
    let registry = there(project, matches!(what, Account::Add { .. }))?;
    match what {
        Account::List => {
            let accounts: Vec<AccountView> =
                registry.accounts().await?.into_iter().map(|account| account.view).collect();
            if json { print_json(&accounts)? } else { print(&list(&accounts))? }
        }
        Account::Add { name, role: word, title } => {
            let (name, role) = (named(&name)?, role(&word)?);
            let title = title.unwrap_or_else(|| name.clone());
            let created = format!("{:.3}", Timestamp::now());
            let view = AccountView {
                name: name.clone(),
                title,
                role,
                local: false,
                disabled: false,
                created,
                last_seen: None,
            };
            let made = registry.put_account(&Kept { view, password: None, subject: None }).await;
            made.map_err(|problem| first_is_owner(problem, role))?;
            write_down(&registry, "onefold account add", &name, Some(word)).await?;
            link(&registry, &name, json).await?;
        }
        Account::Reset { name } => {
            let name = name.trim().to_lowercase();
            let known = registry.account(&name).await?;
            let known = known.ok_or_else(|| {
                Problem::not_found(format!("there is no account `{name}`")).hint("see `onefold account list`")
            })?;
            if known.view.disabled {
                return Err(Problem::refused(format!("`{name}` is disabled")).hint("enable the account first"));
            }
            write_down(&registry, "onefold account reset", &name, None).await?;
            link(&registry, &name, json).await?;
        }
    }
    Ok(0)
}

/// The file of a folder that has been served; with `make`, also of a project that has not been yet.
fn there(folder: &Path, make: bool) -> Result<SqliteRegistry, Problem> {
    let path = SqliteRegistry::path(folder);
    if path.is_file() || (make && folder.join("onefold.yaml").is_file()) {
        return SqliteRegistry::open(folder);
    }
    Err(Problem::not_found(format!("there is no `{}`: no server has run here", path.display()))
        .hint("name the server's folder with `-C`"))
}

/// A name as the server takes it.
fn named(text: &str) -> Result<String, Problem> {
    let name = text.trim().to_lowercase();
    let letters =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._@+-".contains(&byte));
    if letters && (1..=100).contains(&name.len()) && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(name);
    }
    Err(Problem::refused(format!("`{text}` cannot be the name of an account"))
        .hint("use letters a to z, digits and `. _ @ + -`, at most 100"))
}

/// Says why the first account is refused.
fn first_is_owner(problem: Problem, role: Role) -> Problem {
    if role == Role::Owner || !problem.message.contains("owner") {
        return problem;
    }
    Problem::refused("there is no owner yet").hint("make the first account with `--role owner`")
}

async fn write_down(registry: &dyn Registry, act: &str, name: &str, detail: Option<String>) -> Result<(), Problem> {
    let entry = AuditAsk {
        actor: "command line".to_owned(),
        act: act.to_owned(),
        object: name.to_owned(),
        outcome: "ok".to_owned(),
        address: "-".to_owned(),
        detail,
        ..AuditAsk::default()
    };
    registry.audit(entry).await
}

/// Makes a link and shows it, on standard output alone: it is a secret.
async fn link(registry: &SqliteRegistry, name: &str, json: bool) -> Result<(), Problem> {
    let (path, expires) = invite(registry, name, Timestamp::now()).await?;
    let address = registry.address().await?;
    let url = format!("{}{path}", address.as_deref().unwrap_or_default());
    if json {
        return print_json(&serde_json::json!({ "account": name, "url": url, "expires": expires }));
    }
    if address.is_none() {
        say("no server has run here yet: put its address before the link\n");
    }
    say(&format!("whoever opens this link sets the password of `{name}`; it works once, until {expires}\n"));
    print(&format!("{url}\n"))
}

fn list(accounts: &[AccountView]) -> String {
    let rows: Vec<Vec<String>> = accounts
        .iter()
        .map(|account| {
            let state = match (account.disabled, account.local) {
                (true, _) => "disabled",
                (false, true) => "password",
                (false, false) => "no password",
            };
            let role = format!("{:?}", account.role).to_lowercase();
            vec![
                account.name.clone(),
                account.title.clone(),
                role,
                state.to_owned(),
                account.last_seen.clone().unwrap_or_else(|| "never".to_owned()),
            ]
        })
        .collect();
    text_table(&["name", "person", "role", "state", "last seen"], &[], &rows)
}
