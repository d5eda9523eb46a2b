//! Taking a lab's list over from its group, on demand and by itself.
//!
//! The group is asked for outside of any transaction: first of the directories outside of the house,
//! then of what programs and SCIM have written. What a directory cannot say changes nothing. Who left
//! the group keeps their place for a while, so that a slip in the directory costs nobody their work.

mod changes;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::capacity::Capacity;
use domain::email::Email;
use domain::grace::GraceDays;
use domain::id::{LabId, PersonId, UserId};
use domain::kept::RosterProfile;
use domain::lab::Lab;
use domain::operation::{FailureCode, Operation, OperationKind, OperationStatus};
use domain::role::Permission;
use domain::time::Timestamp;
use domain::user::User;

use crate::access::{self, Actor, Allowed};
use crate::audit::named;
use crate::directories::DirectoryError;
use crate::error::{Error, Result};
use crate::labs::envelope_of;
use crate::publishing::not_busy;
use crate::services::Services;
use crate::store::{
    Audit, DirectoryGroup, DirectoryMember, GroupSource, Read, Record, Roster, Write,
};

/// How often a list is taken over whole by itself …
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// … and by how much that is spread, so that labs do not ask all at once.
const SPREAD: Duration = Duration::from_secs(30 * 60);

/// Within how long a lab that has a new group is synchronised first.
const FIRST: Duration = Duration::from_secs(3600);

/// When a directory that did not answer is asked again.
const AWAY: Duration = Duration::from_secs(3600);

/// When a lab is looked at again that was being published.
const BUSY: Duration = Duration::from_secs(5 * 60);

/// What the directories outside said of a group.
struct Told {
    /// Who is in it; none where no directory keeps it.
    group: std::result::Result<Option<DirectoryGroup>, DirectoryError>,
    /// By what it is asked later whether it changed.
    mark: Option<String>,
}

impl Services {
    /// Takes a lab's list over from its directory group now: members come onto it and are registered,
    /// who left the group leaves it after the lab's grace, and a published lab has a machine for each.
    /// What a directory says wrong ends the operation as failed, and the list stays as it is.
    ///
    /// # Errors
    /// `Conflict` when the lab has no directory group, or is being published or scaled.
    pub async fn sync_lab(&self, actor: &Actor, id: LabId) -> Result<Operation> {
        let mut tx = self.store.read().await?;
        let lab = access::change_lab(&mut *tx, actor, id, Permission::SyncLab).await?;
        not_busy(&lab)?;
        let group = group_of(&mut *tx, &lab).await?;
        drop(tx);
        let told = self.told_of(&group).await;
        let mut tx = self.store.write().await?;
        let mut lab = access::change_lab(&mut *tx, actor, id, Permission::SyncLab).await?;
        not_busy(&lab)?;
        if group_of(&mut *tx, &lab).await? != group {
            return Err(Error::Changed);
        }
        let (operation, who) = self
            .take_over(&mut *tx, Some(actor), &mut lab, &group, told)
            .await?;
        let text = came_to(&lab, &operation, &who);
        tx.commit(self.audit(actor, "roster.sync", id, text))
            .await?;
        self.changes.nudge(id);
        Ok(operation)
    }

    /// Says for how many days who left the group keeps their place; those who have left already, too.
    ///
    /// # Errors
    /// See [`access::change_lab`]; `Conflict` when the lab takes its list from no group.
    pub async fn set_grace(&self, actor: &Actor, id: LabId, grace: GraceDays) -> Result<()> {
        let mut tx = self.store.write().await?;
        let lab = access::change_lab(&mut *tx, actor, id, Permission::WriteLab).await?;
        let roster = tx.roster(id).await?;
        let roster = roster.ok_or_else(|| no_group(&lab))?;
        let before = GraceDays::new(roster.grace_days)?;
        for (user, until) in tx.leavers(id).await? {
            let until = grace.instead_of(before, until);
            tx.set_leaver(&lab, user, Some(until)).await?;
        }
        let roster = Roster {
            grace_days: grace.days(),
            ..roster
        };
        tx.save_roster(&lab, &roster).await?;
        let days = match grace.days() {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let text = format!(
            "Who leaves the group of “{}” keeps their machine for {days}.",
            lab.title
        );
        tx.commit(self.audit(actor, "roster.grace", id, text))
            .await?;
        self.changes.nudge(id);
        Ok(())
    }

    /// Keeps a lab's row in step with what it says of its group.
    pub(crate) async fn keep_roster<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Allowed<Lab>,
        said: &RosterProfile,
        before: Option<&RosterProfile>,
    ) -> Result<()> {
        let group = said.active_directory_group_id.as_deref();
        if group == before.and_then(|before| before.active_directory_group_id.as_deref()) {
            return Ok(());
        }
        if group.is_none() {
            tx.remove_roster(lab).await?;
            return Ok(());
        }
        let known = tx.roster(lab.id).await?;
        let mut roster = new_roster(lab, self.now() + FIRST.mul_f64(self.jitter()));
        if let Some(known) = known {
            roster.grace_days = known.grace_days;
        }
        tx.save_roster(lab, &roster).await?;
        Ok(())
    }

    /// Takes the list of a lab over that `holder` has leased, if it still is to be.
    pub(crate) async fn sync_leased(&self, id: LabId, holder: &str) -> Result<()> {
        let mut tx = self.store.read().await?;
        let lab = tx.lab(id).await?;
        let ready = lab.filter(|lab| !lab.deleting && !lab.in_bin() && not_busy(lab).is_ok());
        let group = match &ready {
            Some(lab) => group_of(&mut *tx, lab).await.ok(),
            None => None,
        };
        let before = tx.roster(id).await?;
        drop(tx);
        if let (Some(group), Some(before)) = (&group, &before)
            && let Some(mark) = self.unchanged(group, before).await?
        {
            return self.put_off(id, holder, before, mark).await;
        }
        let told = match &group {
            Some(group) => Some(self.told_of(group).await),
            None => None,
        };
        let mut tx = self.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(());
        };
        let mut lab = Allowed::to_system(lab);
        let mut record = Record::Observation;
        let ready = !lab.deleting && !lab.in_bin() && not_busy(&lab).is_ok();
        let same = group.is_some() && group == group_of(&mut *tx, &lab).await.ok();
        match (group, told) {
            (Some(group), Some(told)) if ready && same => {
                let (operation, who) = self
                    .take_over(&mut *tx, None, &mut lab, &group, told)
                    .await?;
                record = self.by_itself("roster.sync", id, came_to(&lab, &operation, &who));
            }
            _ => {
                if let Some(roster) = tx.roster(id).await? {
                    let due_at = self.now() + BUSY + BUSY.mul_f64(self.jitter());
                    tx.save_roster(&lab, &Roster { due_at, ..roster }).await?;
                }
            }
        }
        tx.release_roster(id, holder).await?;
        tx.commit(record).await?;
        self.changes.nudge(id);
        Ok(())
    }

    /// Notes that a lab's group is as it was, by `mark`, unless something else was noted meanwhile.
    async fn put_off(&self, id: LabId, holder: &str, before: &Roster, mark: String) -> Result<()> {
        let mut tx = self.store.write().await?;
        if let Some(lab) = tx.lab(id).await?
            && let Some(roster) = tx.roster(id).await?
            && roster == *before
        {
            let roster = Roster {
                due_at: self.next_look(roster.whole_at),
                mark: Some(mark),
                ..roster
            };
            tx.save_roster(&Allowed::to_system(lab), &roster).await?;
        }
        tx.release_roster(id, holder).await?;
        tx.commit(Record::Observation).await?;
        Ok(())
    }

    /// When a group is looked at next that is taken over whole at `whole_at`.
    fn next_look(&self, whole_at: Timestamp) -> Timestamp {
        let pause = changes::EVERY + changes::EVERY.mul_f64(self.jitter() / 4.0);
        whole_at.min(self.now() + pause)
    }

    /// Asks the directories outside for a group. It is marked first, so that what changes while it is
    /// read is seen at the next look.
    async fn told_of(&self, group: &str) -> Told {
        let mark = self.mark(group).await;
        Told {
            group: self.directories.group(group).await,
            mark,
        }
    }

    /// Lets those go whose time on a lab's list is over, with their machines; how many.
    pub(crate) async fn let_leavers_go(&self, id: LabId) -> Result<usize> {
        let now = self.now();
        let mut tx = self.store.write().await?;
        let Some(lab) = tx.lab(id).await? else {
            return Ok(0);
        };
        let mut lab = Allowed::to_system(lab);
        let leavers = tx.leavers(id).await?;
        let gone: HashSet<UserId> = leavers
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(user, _)| *user)
            .collect();
        if gone.is_empty() {
            return Ok(0);
        }
        // A lab that is in the bin may come back with everybody; one that is busy is soon done.
        let wait = match (lab.deleting || lab.in_bin(), not_busy(&lab).is_err()) {
            (true, _) => Some(EVERY),
            (false, true) => Some(BUSY),
            (false, false) => None,
        };
        if let Some(wait) = wait {
            for user in &gone {
                tx.set_leaver(&lab, *user, Some(now + wait)).await?;
            }
            tx.commit(Record::Observation).await?;
            return Ok(gone.len());
        }
        let users = tx.users(id).await?;
        for user in users.iter().filter(|user| gone.contains(&user.id)) {
            self.let_go(&mut *tx, &lab, user.id).await?;
        }
        self.seat_waiting(&mut *tx, &lab).await?;
        let capacity = Capacity::of(users.len() - gone.len());
        let kind = OperationKind::SyncGroup;
        self.resize_by(&mut *tx, None, &mut lab, capacity, (kind, false))
            .await?;
        let who = users.iter().filter(|user| gone.contains(&user.id));
        let text = format!(
            "{} who left the group of “{}” lost their places: {}.",
            gone.len(),
            lab.title,
            named(who.map(|user| &user.email))
        );
        tx.commit(self.by_itself("users.leave", id, text)).await?;
        self.changes.nudge(id);
        Ok(gone.len())
    }

    /// A line for the audit log about what Lectern does by itself.
    fn by_itself(&self, action: &'static str, lab: LabId, text: String) -> Record {
        Record::Audit(Audit {
            at: self.now(),
            by: None,
            action,
            lab: Some(lab),
            text,
            from: String::new(),
        })
    }

    /// Takes a lab's list over from what was told of its group; with who came and left, for the record.
    async fn take_over<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        actor: Option<&Actor>,
        lab: &mut Allowed<Lab>,
        group: &str,
        told: Told,
    ) -> Result<(Operation, String)> {
        let now = self.now();
        let mut who = String::new();
        let kind = OperationKind::SyncGroup;
        let known = tx.roster(lab.id).await?;
        let mut roster = known.unwrap_or_else(|| new_roster(lab, now));
        roster.synced_at = Some(now);
        let away = matches!(told.group, Err(DirectoryError::Away(_)));
        let pause = if away { AWAY } else { EVERY };
        roster.whole_at = now + pause + SPREAD.mul_f64(self.jitter());
        roster.due_at = roster.whole_at;
        roster.mark = None;
        let operation = match self.members(tx, group, told.group).await? {
            Ok(members) => {
                let grace = GraceDays::new(roster.grace_days)?;
                let (size, outcome, moved) = self.list(tx, lab, &members, grace).await?;
                who = moved;
                roster.mark = match told.mark {
                    Some(mark) => Some(mark),
                    None => changes::digest(tx, group).await?,
                };
                if roster.mark.is_some() {
                    roster.due_at = self.next_look(roster.whole_at);
                }
                roster.failed = false;
                roster.outcome = Some(outcome);
                self.seat_waiting(tx, lab).await?;
                let capacity = Capacity::of(size);
                let work = self
                    .resize_by(tx, actor, lab, capacity, (kind, false))
                    .await?;
                match work {
                    Some(operation) => operation,
                    None => {
                        let mut operation = self.begin(tx, kind, lab, actor, 1).await?;
                        operation.done = 1;
                        operation.succeed(now);
                        tx.save_operation(&operation).await?;
                        operation
                    }
                }
            }
            Err((code, why)) => {
                roster.failed = true;
                roster.outcome = Some(why.clone());
                let mut operation = self.begin(tx, kind, lab, actor, 1).await?;
                operation.fail(code, why, now);
                tx.save_operation(&operation).await?;
                operation
            }
        };
        tx.save_roster(lab, &roster).await?;
        Ok((operation, who))
    }

    /// The members that a lab takes over, or why there are none to take over. What a directory outside
    /// told is written down.
    async fn members<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        group: &str,
        told: std::result::Result<Option<DirectoryGroup>, DirectoryError>,
    ) -> Result<std::result::Result<Vec<DirectoryMember>, (FailureCode, String)>> {
        let source = tx.group_source(group).await?;
        let found = match told {
            Err(DirectoryError::Away(why)) => return Ok(Err((FailureCode::Conflict, why))),
            Err(DirectoryError::Refused(why)) => {
                return Ok(Err((FailureCode::DirectoryGroupNotFound, why)));
            }
            Ok(Some(found)) => {
                let found = DirectoryGroup {
                    id: group.to_owned(),
                    ..found
                };
                // One that no lab can follow is not kept: it may be everybody there is.
                let follows = found.members.len() <= Capacity::MAX as usize;
                if source != Some(GroupSource::Scim) && follows {
                    tx.put_group_of(&found, GroupSource::Outside).await?;
                    tx.note_group_told(group, self.now()).await?;
                }
                Some(found)
            }
            // What was written down of a directory outside is not asked when that has it no more.
            Ok(None) if source == Some(GroupSource::Outside) => {
                // Nobody is in it any more, by whatever they have for being in it.
                tx.remove_directory_group(group).await?;
                None
            }
            Ok(None) => changes::kept(tx, group).await?,
        };
        Ok(match found {
            None => Err((
                FailureCode::DirectoryGroupNotFound,
                format!("There is no directory group “{group}”."),
            )),
            Some(found) if found.members.len() > Capacity::MAX as usize => Err((
                FailureCode::Conflict,
                format!(
                    "The group has {} members, and a lab has at most {} machines.",
                    found.members.len(),
                    Capacity::MAX
                ),
            )),
            Some(found) => Ok(found.members),
        })
    }

    /// Brings a list in step with a group's members; how long it is then, what came of it, and of whom,
    /// for the record.
    async fn list<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Allowed<Lab>,
        members: &[DirectoryMember],
        grace: GraceDays,
    ) -> Result<(usize, String, String)> {
        let now = self.now();
        let users = tx.users(lab.id).await?;
        let leavers = tx.leavers(lab.id).await?;
        let by_email: HashMap<&Email, &User> = users.iter().map(|u| (&u.email, u)).collect();
        let by_person: HashMap<PersonId, &User> = users
            .iter()
            .filter_map(|user| Some((user.person?, user)))
            .collect();
        // First who is there, so that the others' places are free when the new ones come.
        let mut stay: HashSet<UserId> = HashSet::new();
        let mut known: HashSet<PersonId> = HashSet::new();
        let mut fresh: Vec<(&DirectoryMember, PersonId)> = Vec::new();
        for member in members {
            let person = self.person_of(tx, member).await?;
            if !known.insert(person) {
                continue;
            }
            let own = by_person.get(&person).copied();
            let line = by_email.get(&member.email).copied();
            match (own, line) {
                // Their address is another now, and nobody else's on this list.
                (Some(own), None) => {
                    let moved = User {
                        email: member.email.clone(),
                        ..own.clone()
                    };
                    tx.save_user(lab, &moved).await?;
                    stay.insert(own.id);
                }
                (Some(own), Some(line)) => {
                    stay.extend([own.id, line.id]);
                }
                (None, Some(line)) => {
                    stay.insert(line.id);
                    if line.person.is_none() {
                        let user = User {
                            person: Some(person),
                            registered_at: Some(now),
                            ..line.clone()
                        };
                        tx.save_user(lab, &user).await?;
                    }
                }
                (None, None) => fresh.push((member, person)),
            }
        }
        for user in stay.iter().filter(|user| leavers.contains_key(user)) {
            tx.set_leaver(lab, *user, None).await?;
        }
        let back: Vec<UserId> = stay
            .iter()
            .copied()
            .filter(|user| leavers.contains_key(user))
            .collect();
        let size = stay.len() + fresh.len();
        let (leaving, gone) = leave(&users, &stay, &leavers, grace, now, size);
        for user in &gone {
            self.let_go(tx, lab, *user).await?;
        }
        for (user, until) in &leaving {
            if leavers.get(user) != Some(until) {
                tx.set_leaver(lab, *user, Some(*until)).await?;
            }
        }
        for (member, person) in &fresh {
            let user = User {
                person: Some(*person),
                registered_at: Some(now),
                ..User::listed(self.new_user_id(), lab.id, member.email.clone(), now)
            };
            tx.insert_user(lab, &user).await?;
        }
        let of = |ids: &[UserId]| {
            let listed = users.iter().filter(|user| ids.contains(&user.id));
            named(listed.map(|user| &user.email))
        };
        // Who was leaving already was named when they began to.
        let leave_now: Vec<UserId> = leaving
            .iter()
            .map(|(user, _)| *user)
            .filter(|user| !leavers.contains_key(user))
            .collect();
        let moved = [
            ("came", named(fresh.iter().map(|(member, _)| &member.email))),
            ("came back", of(&back)),
            ("leaving", of(&leave_now)),
            ("left", of(&gone)),
        ];
        let moved = moved.into_iter().filter(|(_, who)| !who.is_empty());
        let moved: Vec<String> = moved.map(|(word, who)| format!("{word}: {who}")).collect();
        let counts = [
            (fresh.len(), "came"),
            (back.len(), "came back"),
            (leaving.len(), "leaving"),
            (gone.len(), "left"),
        ];
        let mut outcome = format!("{} in the group", members.len());
        for (count, word) in counts.into_iter().filter(|(count, _)| *count > 0) {
            outcome.push_str(&format!(", {count} {word}"));
        }
        outcome.push('.');
        Ok((size + leaving.len(), outcome, moved.join("; ")))
    }

    /// Takes a line off a list, with its machine.
    async fn let_go<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Allowed<Lab>,
        user: UserId,
    ) -> Result<()> {
        if let Some(machine) = tx.machine_of_user(user).await? {
            self.unseat(tx, lab, machine).await?;
        }
        tx.remove_user(lab, user).await?;
        Ok(())
    }
}

/// Who stays on a list for a while, until when; and who goes at once. Members come first: where the
/// list would be too long, those go who were to go next.
fn leave(
    users: &[User],
    stay: &HashSet<UserId>,
    leavers: &HashMap<UserId, Timestamp>,
    grace: GraceDays,
    now: Timestamp,
    members: usize,
) -> (Vec<(UserId, Timestamp)>, Vec<UserId>) {
    let mut leaving = Vec::new();
    let mut gone = Vec::new();
    for user in users.iter().filter(|user| !stay.contains(&user.id)) {
        let until = leavers.get(&user.id).copied().or_else(|| grace.until(now));
        match until.filter(|until| *until > now) {
            Some(until) => leaving.push((user.id, until)),
            None => gone.push(user.id),
        }
    }
    leaving.sort_by_key(|(user, until)| (std::cmp::Reverse(*until), *user));
    let room = (Capacity::MAX as usize).saturating_sub(members);
    let too_many = leaving.split_off(room.min(leaving.len()));
    gone.extend(too_many.into_iter().map(|(user, _)| user));
    (leaving, gone)
}

/// A lab that takes its list over for the first time at `due_at`.
fn new_roster(lab: &Lab, due_at: Timestamp) -> Roster {
    Roster {
        lab: lab.id,
        grace_days: GraceDays::DEFAULT.days(),
        due_at,
        whole_at: due_at,
        mark: None,
        synced_at: None,
        outcome: None,
        failed: false,
    }
}

/// The group that a lab takes its list from.
async fn group_of<R: Read + ?Sized>(tx: &mut R, lab: &Lab) -> Result<String> {
    let roster = envelope_of(tx, lab).await?.roster;
    roster
        .active_directory_group_id
        .ok_or_else(|| no_group(lab))
}

fn no_group(lab: &Lab) -> Error {
    Error::Conflict(format!(
        "“{}” takes its list from no directory group. Set rosterProfile.activeDirectoryGroupId first.",
        lab.title
    ))
}

/// What taking a list over came to, for the record, and who came and left by it.
fn came_to(lab: &Lab, operation: &Operation, who: &str) -> String {
    match operation.status {
        OperationStatus::Failed => format!("Could not synchronise the list of “{}”.", lab.title),
        OperationStatus::InProgress | OperationStatus::Succeeded if who.is_empty() => {
            format!("Synchronised the list of “{}”.", lab.title)
        }
        OperationStatus::InProgress | OperationStatus::Succeeded => {
            format!("Synchronised the list of “{}”: {who}.", lab.title)
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn user(n: u128) -> User {
        let lab = LabId::new(Uuid::from_u128(1));
        let email = Email::parse(&format!("user{n}@example.org")).unwrap_or_else(|e| panic!("{e}"));
        User::listed(
            UserId::new(Uuid::from_u128(n)),
            lab,
            email,
            Timestamp::from_micros(0),
        )
    }

    #[test]
    fn members_come_before_leavers_where_there_is_no_room_for_all() {
        let users: Vec<User> = (1..=4).map(user).collect();
        let id = |n: u128| UserId::new(Uuid::from_u128(n));
        let now = Timestamp::from_micros(1_000_000);
        let at = |seconds| now + Duration::from_secs(seconds);
        let stay = HashSet::from([id(1)]);
        let leavers = HashMap::from([(id(2), at(50)), (id(3), at(10))]);
        let grace = GraceDays::DEFAULT;
        let (leaving, gone) = leave(&users, &stay, &leavers, grace, now, 398);
        let week = grace.until(now).unwrap_or(now);
        assert_eq!(leaving, [(id(4), week), (id(2), at(50))]);
        assert_eq!(gone, [id(3)]);
        let (leaving, gone) = leave(&users, &stay, &leavers, grace, now, 400);
        assert_eq!((leaving.len(), gone.len()), (0, 3));
    }
}
