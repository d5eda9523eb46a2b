//! Who did what: the audit log, read by those who may see people.

use domain::role::Permission;
use domain::zone::TimeZone;

use crate::access::Actor;
use crate::error::Result;
use crate::services::Services;
use crate::store::{AuditFilter, AuditLine};
use crate::table::Table;

/// What lines of the log are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Coming in, and failing to.
    SignIn,
    /// Roles given and taken.
    Roles,
    /// Labs' lists, registrations, directories.
    Lists,
    /// Access tokens and programs' secrets.
    Tokens,
    /// Labs, machines, schedules, quotas.
    Labs,
    /// Lab plans and the installation itself.
    Plans,
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Roles,
        Self::Lists,
        Self::Tokens,
        Self::Labs,
        Self::Plans,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Roles => "roles",
            Self::Lists => "lists",
            Self::Tokens => "tokens",
            Self::Labs => "labs",
            Self::Plans => "plans",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Signing in, and failing to",
            Self::Roles => "Roles",
            Self::Lists => "Lists and registrations",
            Self::Tokens => "Tokens and programs",
            Self::Labs => "Labs and machines",
            Self::Plans => "Lab plans and the installation",
        }
    }

    /// The first words of the actions that are about it.
    pub fn areas(self) -> &'static [&'static str] {
        match self {
            Self::SignIn => &["session", "sign-in", "account", "passkey", "owner"],
            Self::Roles => &["role"],
            Self::Lists => &[
                "user",
                "users",
                "registration",
                "roster",
                "directory",
                "scim",
                "lti",
                "platform",
                "course",
                "group",
            ],
            Self::Tokens => &["token", "principal"],
            Self::Labs => &[
                "lab", "machine", "machines", "template", "schedule", "holiday", "quota",
                "calendar",
            ],
            Self::Plans => &["plan", "organisation", "image"],
        }
    }
}

/// A page of the log.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// The lines, the newest first.
    pub lines: Vec<AuditLine>,
    /// Whether there are more.
    pub more: bool,
}

impl Services {
    /// Reads lines of the log, the newest first.
    ///
    /// # Errors
    /// `Forbidden` without the right to see people.
    pub async fn audit_log(&self, actor: &Actor, mut filter: AuditFilter) -> Result<AuditPage> {
        actor.demand(Permission::ManagePeople, "see who did what")?;
        let limit = filter.limit as usize;
        filter.limit += 1;
        let mut lines = self.store.read().await?.audit_lines(&filter).await?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        Ok(AuditPage { lines, more })
    }
}

/// The head of the log as a table.
///
/// # Errors
/// When it cannot be written, which takes a lack of memory.
pub fn table_head() -> Result<String> {
    let head = ["time", "person", "e-mail", "address", "action", "text"];
    let mut table = Table::new();
    table.line(head)?;
    table.text()
}

/// Lines of the log as lines of a table.
///
/// # Errors
/// As [`table_head`].
pub fn table_lines(lines: &[AuditLine]) -> Result<String> {
    let mut table = Table::new();
    for line in lines {
        let at = TimeZone::instant(line.at);
        table.line([
            at.as_str(),
            line.name.as_deref().unwrap_or_default(),
            line.email.as_deref().unwrap_or_default(),
            &line.from,
            &line.action,
            &line.text,
        ])?;
    }
    table.text()
}
