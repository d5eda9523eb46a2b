//! Tickets for terminals: made here for a signed-in person, used up by the gateway.

use app::context::{Backend, Caller};
use app::error::AppError;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// The machine's id.
    machine: String,
}

#[derive(Serialize)]
struct Ticket {
    ticket: String,
}

#[derive(Serialize)]
struct Refusal {
    message: String,
}

/// Makes a ticket for a terminal on one machine.
pub async fn open(
    State(backend): State<Backend>,
    Extension(caller): Extension<Caller>,
    Json(wanted): Json<Wanted>,
) -> Response {
    match ticket(&backend, caller, &wanted).await {
        Ok(ticket) => Json(Ticket { ticket }).into_response(),
        Err(error) => {
            let error = AppError::from(error);
            (
                error.kind.status(),
                Json(Refusal {
                    message: error.message,
                }),
            )
                .into_response()
        }
    }
}

async fn ticket(backend: &Backend, caller: Caller, wanted: &Wanted) -> service::Result<String> {
    let (Some(actor), Some(session)) = (caller.actor, caller.session_hash) else {
        return Err(service::Error::Unauthenticated);
    };
    let machine = wanted
        .machine
        .parse()
        .map_err(|_| service::Error::NotFound("machine"))?;
    backend
        .services
        .open_ticket(&actor, &session, machine)
        .await
}
