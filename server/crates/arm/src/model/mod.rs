//! What goes over the wire: one type for what is read, one for what is written where they differ.
//! Members that only the server sets are not in what is read, and so are ignored there.

pub mod choices;
pub mod image;
pub mod lab;
pub mod machine;
pub mod operation;
pub mod own;
pub mod plan;
pub mod rules;
pub mod schedule;
pub mod sku;
pub mod time;
pub mod user;

use std::collections::{BTreeMap, HashMap};

use domain::id::PersonId;
use domain::kept::Authorship;
use serde::{Deserialize, Serialize};
use service::store::{Person, PersonKind};
use utoipa::ToSchema;

/// Who made a resource, and who changed it last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemData {
    /// The e-mail address of who made it, or a program's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_by: Option<String>,
    /// Whether that is a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_by_type: Option<choices::CreatedByType>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub created_at: Option<String>,
    /// Who changed it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_modified_by: Option<String>,
    /// Whether that is a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_modified_by_type: Option<choices::CreatedByType>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub last_modified_at: Option<String>,
}

/// The people behind ids.
pub type People = HashMap<PersonId, Person>;

fn author(
    id: Option<PersonId>,
    people: &People,
) -> (Option<String>, Option<choices::CreatedByType>) {
    let Some(person) = id.and_then(|id| people.get(&id)) else {
        return (None, None);
    };
    match person.kind {
        PersonKind::User | PersonKind::Expected => (
            Some(person.email.to_string()),
            Some(choices::CreatedByType::User),
        ),
        PersonKind::Application => (
            Some(person.id.to_string()),
            Some(choices::CreatedByType::Application),
        ),
    }
}

impl SystemData {
    /// Of a resource with these authors.
    pub fn of(authorship: &Authorship, people: &People) -> Self {
        let (created_by, created_by_type) = author(authorship.created_by, people);
        let (last_modified_by, last_modified_by_type) = author(authorship.changed_by, people);
        // What came with the installation was made by nobody, at no time.
        let known = authorship.created_at.micros() > 0;
        Self {
            created_by,
            created_by_type,
            created_at: known.then(|| time::instant(authorship.created_at)),
            last_modified_by,
            last_modified_by_type,
            last_modified_at: (authorship.changed_at.micros() > 0)
                .then(|| time::instant(authorship.changed_at)),
        }
    }
}

/// What went wrong with a resource the last time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceOperationError {
    /// When.
    #[schema(format = DateTime)]
    pub timestamp: String,
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// What was being done.
    pub action: String,
}

/// Tags as a change gives them: the published description says a list of words, everything else uses
/// names with values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TagsChange {
    /// Names with values.
    Named(BTreeMap<String, String>),
    /// Words, each `name` or `name=value`.
    Listed(Vec<String>),
}

impl From<TagsChange> for BTreeMap<String, String> {
    fn from(change: TagsChange) -> Self {
        match change {
            TagsChange::Named(tags) => tags,
            TagsChange::Listed(words) => words
                .into_iter()
                .map(|word| match word.split_once('=') {
                    Some((name, value)) => (name.to_owned(), value.to_owned()),
                    None => (word, String::new()),
                })
                .collect(),
        }
    }
}

macro_rules! paged {
    ($($(#[$doc:meta])* $name:ident of $item:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            /// The items of this page.
            pub value: Vec<$item>,
            /// Where the next page is; none after the last.
            pub next_link: Option<String>,
        }
    )+};
}

paged! {
    /// Images of a plan.
    PagedImages of image::Image;
    /// Lab plans.
    PagedLabPlans of plan::LabPlan;
    /// Labs.
    PagedLabs of lab::Lab;
    /// Schedules of a lab.
    PagedSchedules of schedule::Schedule;
    /// Users of a lab.
    PagedUsers of user::User;
    /// Machines of a lab.
    PagedVirtualMachines of machine::VirtualMachine;
    /// Sizes.
    PagedLabServicesSkus of sku::LabServicesSku;
    /// How much is used.
    ListUsagesResult of sku::Usage;
    /// What the API can do.
    OperationListResult of operation::ApiOperation;
}
