//! Tokens: how programs come in.
//!
//! Invariants
//! - The token is shown once, when it is made. It does at most what whoever made it may do.

use std::sync::Arc;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use onefold_api::{Role, TokenView};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::RemovedView;
use super::audit::Remark;
use super::setup::{titled, wrong};
use super::{Auth, Who, after, role_word, secrets, stamp};
use crate::answer::{Answer, Place, Refusal, Refusals, Sent};

/// What every token begins with, so that it is recognised where it should not lie.
pub(super) const PREFIX: &str = "ofd_";
/// The most days a token lives.
const LONGEST: u32 = 3660;

/// A token to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewToken {
    /// What it is for.
    title: String,
    /// What it may do.
    role: Role,
    /// How many days it lives; 90 when absent.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3660)]
    days: Option<u32>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeToken {
    /// The token itself; it is not shown again.
    token: String,
    /// What is known of it.
    view: TokenView,
}

/// All tokens.
#[utoipa::path(get, path = "/api/tokens", tag = "accounts", responses((status = 200, body = Vec<TokenView>), Refusals))]
pub(super) async fn tokens(State(auth): State<Arc<Auth>>) -> Answer<Vec<TokenView>> {
    Ok(Json(auth.registry.tokens().await?))
}

/// Makes a token for a program.
#[utoipa::path(post, path = "/api/tokens", tag = "accounts", request_body = NewToken,
    responses((status = 200, body = MadeToken), Refusals))]
pub(super) async fn make_token(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Sent(ask): Sent<NewToken>,
) -> Result<(Extension<Remark>, Json<MadeToken>), Refusal> {
    who.at_least(ask.role)?;
    let days = ask.days.unwrap_or(90);
    if !(1..=LONGEST).contains(&days) {
        return Err(wrong(format!("{days} days is no life of a token"), "choose 1 to 3660"));
    }
    let title = titled(Some(&ask.title), "token")?;
    let token = format!("{PREFIX}{}", secrets::word()?);
    let now = auth.now();
    let view = TokenView {
        id: secrets::id()?,
        title,
        role: ask.role,
        account: who.account,
        created: stamp(now),
        expires: Some(stamp(after(now, i64::from(days) * 24 * 3600))),
        last_used: None,
    };
    auth.registry.put_token(&view, &secrets::hash(&token)).await?;
    let remark = format!("token `{}` as {}", view.id, role_word(view.role));
    Ok((Extension(Remark(remark)), Json(MadeToken { token, view })))
}

/// Takes a token back.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "accounts", params(("id" = String, Path)),
    responses((status = 200, body = RemovedView), Refusals))]
pub(super) async fn remove_token(
    State(auth): State<Arc<Auth>>,
    who: Who,
    Place(id): Place<String>,
) -> Answer<RemovedView> {
    let gone = || Refusal::not_found(format!("there is no token `{id}`"));
    let token = auth.registry.tokens().await?.into_iter().find(|token| token.id == id).ok_or_else(gone)?;
    who.at_least(token.role)?;
    auth.registry.remove_token(&id).await?;
    Ok(Json(RemovedView { removed: id }))
}
