//! What somebody may do somewhere, and why.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// What a person may do somewhere, and why: the caller, unless another is named.
#[server(prefix = "/sfn", endpoint = "access", input = server_fn::codec::GetUrl)]
pub async fn access(
    #[server(default)] person: String,
    #[server(default)] place: String,
) -> Result<WrittenView, AppError> {
    use service::roles::Reason;

    use super::words::roles as names;
    use crate::context::{self, fail};
    use crate::view::{AccessView, ReasonView};

    let (backend, actor) = context::signed_in()?;
    let services = &backend.services;
    let who = match person.as_str() {
        "" => actor.person,
        other => context::id(other, "person")?,
    };
    let scope = names::read_place(&place).map_err(fail)?;
    let explained = services.explain(&actor, who, &scope).await;
    let explained = explained.map_err(|e| fail(e.into()))?;
    let places = services.places_of(&actor).await;
    let places = places.map_err(|e| fail(e.into()))?;
    let reason = |reason: &Reason| ReasonView {
        what: reason.permission.sentence().to_owned(),
        may: !reason.because.is_empty(),
        why: names::why(reason, explained.person.id),
    };
    Ok(crate::pages::access::write(&AccessView {
        me: who == actor.person,
        person: who.to_string(),
        name: explained.person.name.to_string(),
        reasons: explained.reasons.iter().map(reason).collect(),
        where_: explained.place.clone(),
        places: places
            .iter()
            .map(|(scope, name)| (names::place(scope), name.clone()))
            .collect(),
        place,
        on_the_list: explained.on_the_list,
        givers: names::several(&explained.givers),
    }))
}
