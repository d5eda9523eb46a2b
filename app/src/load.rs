//! A page's data: loaded by the server before it renders, sent along with the page, and asked for
//! anew by the browser when something changed.
//!
//! All pages share one type of data and one resource. What the framework needs for waiting,
//! streaming and reading is compiled for each type anew, and is most of what a browser downloads.

use std::fmt;

use codee::{Decoder, Encoder};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::address::Page;
use crate::error::AppError;
use crate::view::{LabView, PlaceView, SessionView, TerminalView, WrittenView};

/// What a page comes with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// The frame around it.
    pub session: SessionView,
    /// What it shows.
    pub data: PageData,
}

/// What a page shows, each as its own kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageData {
    /// Nothing but itself.
    #[default]
    Nothing,
    /// The caller's machines.
    Machines(Vec<PlaceView>),
    /// A terminal.
    Terminal(TerminalView),
    /// One lab.
    Lab(Box<LabView>),
    /// A page that the server wrote.
    Written(WrittenView),
    /// Why there is nothing to show.
    Problem(AppError),
}

/// The data of the page being shown.
pub type FirstData = Resource<First, TreeJson>;

/// Loads what `page` comes with, once.
pub fn once(page: Page) -> FirstData {
    Resource::new_with_options(move || page.clone(), first, true)
}

#[cfg(feature = "ssr")]
async fn first(page: Page) -> First {
    use crate::api::{labs, machines, people};

    let data = match page {
        Page::Home | Page::NotFound => Ok(PageData::Nothing),
        Page::MyMachines => machines::my_machines().await.map(PageData::Machines),
        Page::Terminal(id) => machines::terminal(id).await.map(PageData::Terminal),
        Page::Template(id) | Page::Pool(id) | Page::Users(id) => {
            labs::lab(id).await.map(|lab| PageData::Lab(Box::new(lab)))
        }
        page => written(page).await.map(PageData::Written),
    };
    First {
        session: people::session().await.unwrap_or_default(),
        data: data.unwrap_or_else(PageData::Problem),
    }
}

/// A page that the server writes.
#[cfg(feature = "ssr")]
async fn written(page: Page) -> Result<WrittenView, AppError> {
    use crate::address::Address;
    use crate::api::{
        access, account, audit, deleted, labs, money, people, platforms, quotas, reference,
        registration, roles, rosters, schedules, tokens,
    };

    let asked = |name: &str| Address::current().query(name).unwrap_or_default();
    match page {
        Page::SignIn => account::sign_in_page(asked("next")).await,
        Page::Forgot => Ok(crate::pages::sign_in::forgot(!asked("sent").is_empty())),
        Page::Prove => account::proof().await,
        Page::Account => account::account().await,
        Page::Welcome(token) => people::welcome(token).await,
        Page::Register(code) => registration::invitation(code).await,
        Page::Labs => labs::labs().await,
        Page::NewLab => labs::new_lab().await,
        Page::DeletedLabs => deleted::deleted_labs().await,
        Page::Settings(id) => labs::settings(id).await,
        Page::Dashboard(id) => money::dashboard(id).await,
        Page::Schedule(id) => {
            let (week, event) = (asked("week"), asked("event"));
            schedules::schedule(id, week, event, asked("date"), asked("start")).await
        }
        Page::Activity(id) => quotas::activity(id, asked("user")).await,
        Page::Usage { lab, user } => quotas::usage_of(lab, user).await,
        Page::MyUsage(id) => quotas::my_usage(id).await,
        Page::People => roles::roles().await,
        Page::Access => access::access(asked("person"), asked("place")).await,
        Page::Audit => {
            let (who, what) = (asked("who"), asked("what"));
            audit::audit(who, what, asked("from"), asked("until"), asked("before")).await
        }
        Page::LabRoles(id) => roles::lab_roles(id).await,
        Page::Import(id) => rosters::import(id).await,
        Page::Invite(id) => rosters::invite_page(id).await,
        Page::Join(id) => rosters::join(id).await,
        Page::Platforms => platforms::platforms().await,
        Page::Plan => money::plan().await,
        Page::Tokens => tokens::tokens().await,
        Page::Reference => reference::reference().await,
        _ => Err(AppError::new(
            crate::error::Kind::NotFound,
            "There is no page here.",
        )),
    }
}

/// In the browser a page's first data has come with it.
#[cfg(not(feature = "ssr"))]
async fn first(_page: Page) -> First {
    First {
        data: PageData::Problem(AppError::unreachable()),
        ..First::default()
    }
}

/// JSON, read by way of a tree: reading a tree into the views is a fifth of the code that reading
/// text into each view directly is.
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

/// Asks the server for the data at `address`.
///
/// # Errors
/// What the server refuses, or that it cannot be reached.
#[cfg(feature = "hydrate")]
pub async fn ask<T: DeserializeOwned>(address: &str) -> Result<T, AppError> {
    let (ok, text) = fetch(address).await.map_err(|_| AppError::unreachable())?;
    if ok {
        TreeJson::decode(&text).map_err(|Unreadable| AppError::unreachable())
    } else {
        Err(TreeJson::decode(&text).unwrap_or_else(|Unreadable| AppError::unreachable()))
    }
}

/// Whether the answer was good, and its text.
#[cfg(feature = "hydrate")]
async fn fetch(address: &str) -> Result<(bool, String), wasm_bindgen::JsValue> {
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;

    let response = JsFuture::from(window().fetch_with_str(address)).await?;
    let response: web_sys::Response = response.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn what_is_written_reads_back() {
        for data in [
            PageData::Nothing,
            PageData::Machines(Vec::new()),
            PageData::Problem(AppError::new(Kind::Conflict, "“No”, it said.")),
        ] {
            let first = First {
                data,
                ..First::default()
            };
            let text = TreeJson::encode(&first).unwrap();
            let back: First = TreeJson::decode(&text).unwrap();
            assert_eq!(back, first);
        }
        assert!(<TreeJson as Decoder<SessionView>>::decode("[]x").is_err());
    }
}
