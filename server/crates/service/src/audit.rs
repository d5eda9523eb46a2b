//! Who did what: the audit log, read by those who may see people.

use domain::email::Email;
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

/// How many people a line of the log names at most.
const NAMED: usize = 10;

/// People by their addresses, as a line of the log names them: the first ten, and how many more.
pub(crate) fn named<'a>(people: impl IntoIterator<Item = &'a Email>) -> String {
    let all: Vec<&str> = people.into_iter().map(Email::as_str).collect();
    match all.len().checked_sub(NAMED) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all[..NAMED].join(", ")),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// What looks like an action in the sources of those who write records, and is none: a kind of mail,
    /// a host, a file.
    const OTHERS: [&str; 3] = ["budget.warning", "lti.invalid", "common-passwords.bin"];

    /// The product's sources below a folder, without their tests.
    fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["tests", "examples", "target"].contains(&name.as_str()) {
                    found.extend(sources(&path));
                }
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let product = text.split("#[cfg(test)]\nmod tests").next();
                found.push((path, product.unwrap_or_default().to_owned()));
            }
        }
        found
    }

    /// Whether this is a dotted word, as actions are.
    fn is_dotted(text: &str) -> bool {
        let fits = |c: char| c.is_ascii_lowercase() || c == '-' || c == '_';
        let is_word = |part: &str| !part.is_empty() && part.chars().all(fits);
        text.contains('.') && text.split('.').all(is_word)
    }

    #[test]
    fn ten_are_named_and_the_others_counted() {
        let email = |n: usize| Email::parse(&format!("s{n}@example.org")).unwrap();
        let people: Vec<Email> = (0..12).map(email).collect();
        assert_eq!(named(&people[..0]), "");
        assert_eq!(named(&people[..2]), "s0@example.org, s1@example.org");
        assert!(named(&people[..10]).ends_with("s8@example.org, s9@example.org"));
        assert!(named(&people).ends_with("s9@example.org and 2 more"));
    }

    #[test]
    fn every_action_is_about_one_subject() {
        let server = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let mut actions = BTreeSet::new();
        for (path, text) in sources(server) {
            let within = |part: &str| path.starts_with(server.join(part));
            if within("crates/service/src") || within("crates/identity/src") {
                // Between two quotes there is text, or code, which is never a dotted word alone.
                let dotted = text.split('"').filter(|piece| is_dotted(piece));
                actions.extend(dotted.map(str::to_owned));
            } else {
                // Nobody else writes records: their actions would not be looked at here.
                for writes in ["Audit {", "of_the_house(", "note_failure("] {
                    assert!(!text.contains(writes), "{} {writes}", path.display());
                }
            }
        }
        for known in [
            "sign-in.fail",
            "role.give",
            "users.add",
            "roster.sync",
            "machine.start",
            "plan.create",
            "scim.group.create",
        ] {
            assert!(actions.contains(known), "{known} was not found");
        }
        for action in actions
            .iter()
            .filter(|action| !OTHERS.contains(&action.as_str()))
        {
            let area = action.split('.').next().unwrap_or_default();
            let about = Subject::ALL
                .into_iter()
                .filter(|subject| subject.areas().contains(&area));
            assert_eq!(
                about.count(),
                1,
                "“{action}” is about no one subject: give its first word to one, or say above that it is no action"
            );
        }
    }
}
