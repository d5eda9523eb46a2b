//! Access tokens of the person who is signed in.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The cookie that carries a new token's secret to the page that shows it, once.
#[cfg(feature = "ssr")]
const MADE: &str = "lectern-made";

/// The page of access tokens.
#[server(prefix = "/sfn", endpoint = "tokens", input = server_fn::codec::GetUrl)]
pub async fn tokens() -> Result<WrittenView, AppError> {
    use crate::context::{self, fail};
    use crate::view::{Moment, TokenView};

    let (backend, actor) = context::signed_in()?;
    let all = backend.services.tokens(&actor).await;
    let all = all.map_err(|e| fail(e.into()))?;
    let now = backend.services.now();
    let moment = |at: domain::time::Timestamp| Moment(at.millis());
    let views = all
        .into_iter()
        .rev()
        .map(|token| TokenView {
            id: token.id.to_string(),
            name: token.name.to_string(),
            reads: token.reach == domain::token::Reach::ReadOnly,
            made_at: moment(token.created_at),
            ends_at: moment(token.expires_at),
            ended: !token.works(now),
            used_at: token.used_at.map(moment),
        })
        .collect();
    let made = context::cookie(&context::cookie_name(backend.secure, MADE));
    if made.is_some() {
        carry(&backend, None);
    }
    Ok(crate::pages::tokens::write(views, made))
}

/// Makes a token; the page then shows its secret.
#[server(prefix = "/sfn", endpoint = "tokens/create")]
pub async fn create_token(
    #[server(default)] name: String,
    #[server(default)] reach: String,
    #[server(default)] expires: String,
) -> Result<(), AppError> {
    use domain::name::TokenName;
    use domain::token::{Lifetime, Reach};

    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let name = TokenName::parse(&name).map_err(|e| fail(e.into()))?;
    let reach = Reach::parse(&reach).map_err(|e| fail(e.into()))?;
    let lifetime = Lifetime::parse(&expires).map_err(|e| fail(e.into()))?;
    let made = backend
        .services
        .create_token(&actor, name, reach, lifetime)
        .await;
    let (secret, _) = made.map_err(|e| fail(e.into()))?;
    carry(&backend, Some(&secret));
    Ok(())
}

/// Takes a token back.
#[server(prefix = "/sfn", endpoint = "tokens/revoke")]
pub async fn revoke_token(token: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let token = context::id(&token, "access token")?;
    let revoked = backend.services.revoke_token(&actor, token).await;
    revoked.map_err(|e| fail(e.into()))
}

/// Sets the cookie with a new secret, or takes it away. No script can read it, and no other site's
/// request carries it.
#[cfg(feature = "ssr")]
fn carry(backend: &crate::context::Backend, secret: Option<&str>) {
    let name = crate::context::cookie_name(backend.secure, MADE);
    let secure = if backend.secure { "; Secure" } else { "" };
    let (value, age) = secret.map_or(("", 0), |secret| (secret, 60));
    crate::context::set_cookie(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"
    ));
}
