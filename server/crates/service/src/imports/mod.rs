//! A lab's list from a file, and to a file: first it is shown what would happen to each line, and only
//! who has seen that lets it happen.

pub mod file;

use std::collections::HashMap;
use std::time::Duration;

use domain::Invalid;
use domain::capacity::Capacity;
use domain::email::Email;
use domain::group::{Group, GroupName};
use domain::id::{DraftId, LabId};
use domain::role::Permission;
use domain::user::{InvitationState, User};
use domain::zone::TimeZone;

use self::file::{Column, Entry};
use crate::access::{self, Actor};
use crate::audit::named;
use crate::error::{Error, Result};
use crate::services::Services;
use crate::store::{ListDraft, Read};
use crate::table::Table;

/// For how long a file is kept that nobody made anything of.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// What would happen to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Somebody comes onto the list.
    Add(Entry),
    /// Somebody who is on it gets another group or other hours.
    Change(Entry),
    /// It says what is so already.
    Nothing(Entry),
    /// It is left out, for this reason.
    Refuse(String),
}

/// A line, and what would happen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What is written there.
    pub text: String,
    /// What would happen.
    pub fate: Fate,
}

/// A file, and what would happen if it were taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The file.
    pub draft: DraftId,
    /// The columns that were recognised, with their headings.
    pub columns: Vec<(Column, String)>,
    /// Headings that nothing was made of.
    pub ignored: Vec<String>,
    /// Each line.
    pub lines: Vec<Judged>,
    /// People who are on the list and not in the file. They stay.
    pub others: u32,
}

/// What taking a file over came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many were added.
    pub added: u32,
    /// How many were changed.
    pub changed: u32,
}

impl Services {
    /// Demands the right to change a lab's list, before a file is read.
    ///
    /// # Errors
    /// See [`access::change_lab`].
    pub async fn demand_list(&self, actor: &Actor, lab: LabId) -> Result<()> {
        let mut tx = self.store.read().await?;
        access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        Ok(())
    }

    /// Keeps a file to be looked at; nothing is made of it yet.
    ///
    /// # Errors
    /// `Invalid` when it cannot be read at all; see [`access::change_lab`].
    pub async fn draft_list(&self, actor: &Actor, lab: LabId, bytes: &[u8]) -> Result<DraftId> {
        let text = file::decode(bytes);
        file::read(&text)?;
        let now = self.now();
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let draft = ListDraft {
            id: self.new_draft_id(),
            lab: lab.id,
            person: actor.person,
            text,
            created_at: now,
        };
        tx.insert_list_draft(&draft, now - PATIENCE).await?;
        let what = format!("Looked at a file for the list of “{}”.", lab.title);
        tx.commit(self.audit(actor, "roster.draft", lab.id, what))
            .await?;
        Ok(draft.id)
    }

    /// What would happen if a file were taken over now.
    ///
    /// # Errors
    /// `NotFound` when the caller brought no such file for this lab, or it is forgotten.
    pub async fn preview_list(&self, actor: &Actor, lab: LabId, draft: DraftId) -> Result<Preview> {
        let mut tx = self.store.read().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let draft = own_draft(&mut *tx, actor, lab.id, draft).await?;
        let users = tx.users(lab.id).await?;
        let groups = tx.groups(lab.id).await?;
        judge(&draft, &users, &groups)
    }

    /// Takes a file over: every line that can be. Nobody is taken off the list.
    ///
    /// # Errors
    /// As [`Services::preview_list`]; `Invalid` when no line can be.
    pub async fn import_list(&self, actor: &Actor, lab: LabId, draft: DraftId) -> Result<Imported> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, lab, Permission::ManageUsers).await?;
        let draft = own_draft(&mut *tx, actor, lab.id, draft).await?;
        let users = tx.users(lab.id).await?;
        let groups = tx.groups(lab.id).await?;
        let preview = judge(&draft, &users, &groups)?;
        let now = self.now();
        let mut done = Imported::default();
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for line in &preview.lines {
            match &line.fate {
                Fate::Add(entry) => {
                    let fresh = User::listed(self.new_user_id(), lab.id, entry.email.clone(), now);
                    let user = applied(fresh, entry, &groups);
                    tx.insert_user(&lab, &user).await?;
                    done.added += 1;
                    added.push(&entry.email);
                }
                Fate::Change(entry) => {
                    let there = users.iter().find(|user| user.email == entry.email);
                    if let Some(user) = there {
                        let user = applied(user.clone(), entry, &groups);
                        tx.save_user(&lab, &user).await?;
                        done.changed += 1;
                        changed.push(&entry.email);
                    }
                }
                Fate::Nothing(_) | Fate::Refuse(_) => {}
            }
        }
        tx.remove_list_draft(draft.id).await?;
        let text = format!(
            "Took a file over into the list of “{}”: {}, {}.",
            lab.title,
            counted("added", &added),
            counted("changed", &changed)
        );
        self.time_changed(tx, actor, &lab, "roster.import", text)
            .await?;
        Ok(done)
    }

    /// A lab's list as a table.
    ///
    /// # Errors
    /// See [`access::see_lab`].
    pub async fn export_list(&self, actor: &Actor, lab: LabId) -> Result<String> {
        let mut tx = self.store.read().await?;
        let lab = access::see_lab(&mut *tx, actor, lab).await?;
        let users = tx.users(lab.id).await?;
        let machines = tx.machines(lab.id).await?;
        let usage = self.lab_usage(&mut *tx, &lab, &users).await?;
        let people: HashMap<_, _> = tx
            .people_of_lab(lab.id)
            .await?
            .into_iter()
            .map(|person| (person.id, person.name))
            .collect();
        let mut table = Table::new();
        table.line([
            "email",
            "name",
            "group",
            "additional hours",
            "hours used",
            "hours in all",
            "state",
            "registered",
            "invitation",
            "machine",
        ])?;
        for user in &users {
            let name = user.person.and_then(|person| people.get(&person));
            let name = name.or(user.full_name.as_ref());
            let group = user
                .group
                .and_then(|id| usage.groups.iter().find(|group| group.id == id));
            let machine = machines
                .iter()
                .find(|machine| machine.claimed_by == Some(user.id) && machine.wanted.present);
            let (total, used) = usage.users.get(&user.id).copied().unwrap_or_default();
            table.line([
                user.email.as_str(),
                name.map(|name| name.as_str()).unwrap_or_default(),
                group.map(|group| group.name.as_str()).unwrap_or_default(),
                &hours(user.additional.seconds()),
                &hours(i64::try_from(used.as_secs()).unwrap_or(i64::MAX)),
                &hours(i64::try_from(total.as_secs()).unwrap_or(i64::MAX)),
                match (user.registered_at, machine) {
                    (None, _) => "not registered",
                    (Some(_), Some(_)) => "registered",
                    (Some(_), None) => "waiting",
                },
                &user
                    .registered_at
                    .map(TimeZone::instant)
                    .unwrap_or_default(),
                match user.invitation {
                    InvitationState::NotSent => "",
                    InvitationState::Sending => "sending",
                    InvitationState::Sent => "sent",
                    InvitationState::Failed => "failed",
                },
                machine
                    .map(|machine| machine.hostname.as_str())
                    .unwrap_or_default(),
            ])?;
        }
        table.text()
    }
}

/// “2 added (ada@example.org, max@example.org)”.
fn counted(what: &str, people: &[&Email]) -> String {
    match people.len() {
        0 => format!("0 {what}"),
        count => format!("{count} {what} ({})", named(people.iter().copied())),
    }
}

/// Seconds as hours, and minutes where there are some, as a file may bring them back.
fn hours(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{sign}{hours}"),
        (hours, minutes) => format!("{sign}{hours}:{minutes:02}"),
    }
}

async fn own_draft<R: Read + ?Sized>(
    tx: &mut R,
    actor: &Actor,
    lab: LabId,
    id: DraftId,
) -> Result<ListDraft> {
    let draft = tx.list_draft(id).await?;
    draft
        .filter(|draft| draft.lab == lab && draft.person == actor.person)
        .ok_or(Error::NotFound("file"))
}

/// A line of the list as a file wants it. What the file does not say stays.
fn applied(mut user: User, entry: &Entry, groups: &[Group]) -> User {
    if let Some(additional) = entry.additional {
        user.additional = additional;
    }
    if let Some(group) = group_of(groups, entry.group.as_ref()) {
        user.group = Some(group.id);
    }
    if user.person.is_none() && entry.name.is_some() {
        user.full_name.clone_from(&entry.name);
    }
    user
}

fn group_of<'a>(groups: &'a [Group], name: Option<&GroupName>) -> Option<&'a Group> {
    let name = name?.as_str().to_lowercase();
    groups
        .iter()
        .find(|group| group.name.as_str().to_lowercase() == name)
}

fn judge(draft: &ListDraft, users: &[User], groups: &[Group]) -> Result<Preview> {
    let file = file::read(&draft.text)?;
    let mut room = Capacity::MAX as usize - users.len().min(Capacity::MAX as usize);
    let mut named: Vec<Email> = Vec::new();
    let mut fate = |entry: std::result::Result<Entry, Invalid>| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(invalid) => return Fate::Refuse(invalid.message),
        };
        named.push(entry.email.clone());
        if let Some(group) = &entry.group
            && group_of(groups, Some(group)).is_none()
        {
            return Fate::Refuse(format!(
                "There is no group “{group}” in this lab. Make it on the page of users first."
            ));
        }
        match users.iter().find(|user| user.email == entry.email) {
            Some(user) if applied(user.clone(), &entry, groups) == *user => Fate::Nothing(entry),
            Some(_) => Fate::Change(entry),
            None if room == 0 => {
                Fate::Refuse(format!("A lab has at most {} users.", Capacity::MAX))
            }
            None => {
                room -= 1;
                Fate::Add(entry)
            }
        }
    };
    let lines: Vec<Judged> = file
        .lines
        .into_iter()
        .map(|line| Judged {
            number: line.number,
            text: line.text,
            fate: fate(line.entry),
        })
        .collect();
    let others = users.iter().filter(|user| !named.contains(&user.email));
    Ok(Preview {
        draft: draft.id,
        columns: file.columns,
        ignored: file.ignored,
        others: u32::try_from(others.count()).unwrap_or(u32::MAX),
        lines,
    })
}
