//! Getting a page's data: on the server by calling the function, in the browser by asking its
//! address; and the one way in which such data is written and read.
//!
//! The browser does not use the framework's own client and codec. Reading JSON into one tree first,
//! and the tree into the views, is a fifth of the code that reading text into each view directly is.

use std::fmt;

use codee::{Decoder, Encoder};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::AppError;
use crate::view::{
    InvitationView, LabOptions, LabTile, LabView, LoginView, PlaceView, SessionView, TerminalView,
    WelcomeView,
};

/// Data that a page waits for.
pub type Data<T> = Resource<Result<T, AppError>, TreeJson>;

/// Data that a page waits for, loaded once.
pub fn once<T, Fut>(load: impl Fn() -> Fut + Send + Sync + 'static) -> Data<T>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    Resource::new_with_options(|| (), move |()| load(), true)
}

/// JSON, read by way of a tree.
pub struct TreeJson;

/// Data that does not read back: the browser part and the server are of different versions.
#[derive(Debug)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the page's data cannot be read")
    }
}

impl std::error::Error for Unreadable {}

impl<T: Serialize> Encoder<T> for TreeJson {
    type Error = Unreadable;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Unreadable> {
        serde_json::to_string(value).map_err(|_| Unreadable)
    }
}

impl<T: DeserializeOwned> Decoder<T> for TreeJson {
    type Error = Unreadable;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Unreadable> {
        let tree: serde_json::Value = serde_json::from_str(text).map_err(|_| Unreadable)?;
        T::deserialize(tree).map_err(|_| Unreadable)
    }
}

macro_rules! loads {
    ($($(#[$doc:meta])* $name:ident($($argument:ident),*) -> $view:ty = $function:path, $address:literal;)*) => {$(
        $(#[$doc])*
        pub async fn $name($($argument: String),*) -> Result<$view, AppError> {
            #[cfg(feature = "ssr")]
            let answer = $function($($argument),*).await;
            #[cfg(not(feature = "ssr"))]
            let answer = {
                $(let $argument = crate::address::percent_encode(&$argument);)*
                ask(format!($address)).await
            };
            answer
        }
    )*};
}

loads! {
    /// The frame around every page.
    session() -> SessionView = crate::api::people::session, "/sfn/session";
    /// What is behind a one-time link.
    welcome(token) -> WelcomeView = crate::api::people::welcome, "/sfn/welcome?token={token}";
    /// What is behind a registration link.
    invitation(code) -> InvitationView = crate::api::registration::invitation, "/sfn/register/show?code={code}";
    /// The caller's labs.
    labs() -> Vec<LabTile> = crate::api::labs::labs, "/sfn/labs";
    /// What a lab can be made from.
    new_lab_options() -> LabOptions = crate::api::labs::new_lab_options, "/sfn/labs/options";
    /// One lab.
    lab(id) -> LabView = crate::api::labs::lab, "/sfn/lab?id={id}";
    /// The caller's machines.
    my_machines() -> Vec<PlaceView> = crate::api::machines::my_machines, "/sfn/machines";
    /// A terminal's page.
    terminal(machine) -> TerminalView = crate::api::machines::terminal, "/sfn/machines/terminal?machine={machine}";
    /// The account to work with on a machine.
    machine_login(machine) -> LoginView = crate::api::machines::machine_login, "/sfn/machines/login?machine={machine}";
}

/// Asks the server for data.
#[cfg(not(feature = "ssr"))]
async fn ask<T: DeserializeOwned>(address: String) -> Result<T, AppError> {
    let (ok, text) = fetch(address).await?;
    if ok {
        TreeJson::decode(&text).map_err(|Unreadable| AppError::unreachable())
    } else {
        Err(TreeJson::decode(&text).unwrap_or_else(|Unreadable| AppError::unreachable()))
    }
}

/// Whether the answer was good, and its text.
#[cfg(feature = "hydrate")]
async fn fetch(address: String) -> Result<(bool, String), AppError> {
    use send_wrapper::SendWrapper;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    SendWrapper::new(async move {
        let response = JsFuture::from(window().fetch_with_str(&address)).await?;
        let response: web_sys::Response = response.dyn_into()?;
        let text = JsFuture::from(response.text()?).await?;
        Ok((response.ok(), text.as_string().unwrap_or_default()))
    })
    .await
    .map_err(|_: wasm_bindgen::JsValue| AppError::unreachable())
}

#[cfg(not(any(feature = "ssr", feature = "hydrate")))]
async fn fetch(_address: String) -> Result<(bool, String), AppError> {
    Err(AppError::unreachable())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn what_is_written_reads_back() {
        let refusal: Result<Vec<LabTile>, AppError> =
            Err(AppError::new(Kind::Conflict, "“No”, it said."));
        let text = TreeJson::encode(&refusal).unwrap();
        let back: Result<Vec<LabTile>, AppError> = TreeJson::decode(&text).unwrap();
        assert_eq!(back, refusal);
        assert!(<TreeJson as Decoder<SessionView>>::decode("[]x").is_err());
    }
}
