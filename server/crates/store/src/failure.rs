//! What the databases' errors mean, and the sentences that belong to their constraints.

use service::store::StoreError;
use sqlx::error::ErrorKind;

/// A constraint that a person's request may run into.
pub(crate) struct Constraint {
    /// Its name in both schemas.
    pub name: &'static str,
    /// How SQLite reports a unique index, which it does by columns where it can. Empty for foreign
    /// keys, which it does not tell apart.
    pub sqlite: &'static str,
    /// What the person is told.
    pub sentence: &'static str,
}

const fn on(name: &'static str, sqlite: &'static str, sentence: &'static str) -> Constraint {
    Constraint {
        name,
        sqlite,
        sentence,
    }
}

/// Every unique index and foreign key of the schema; a test holds it complete. A check that fails is
/// a defect and not among them: what it forbids, the domain's parsers do not let through.
pub(crate) const CONSTRAINTS: &[Constraint] = &[
    on(
        "organisation_single_key",
        "organisation.single",
        "This installation has its organisation already.",
    ),
    on(
        "people_email_key",
        "people.email",
        "There is already an account with this e-mail address.",
    ),
    on(
        "labs_name_key",
        "index 'labs_name_key'",
        "There is already a lab with this resource name. Choose another name.",
    ),
    on(
        "labs_code_hash_key",
        "labs.code_hash",
        "This registration code is another lab's already. Make a new one.",
    ),
    on(
        "grants_key",
        "index 'grants_key'",
        "They have this role already.",
    ),
    on(
        "users_email_key",
        "users.lab, users.email",
        "This e-mail address is on the lab's list already.",
    ),
    on(
        "users_person_key",
        "users.person, users.lab",
        "This person is registered in this lab already, with another address.",
    ),
    on(
        "machines_hostname_key",
        "machines.hostname",
        "Another machine has this hostname already. Please try again.",
    ),
    on(
        "machines_seat_key",
        "machines.lab, machines.seat",
        "The lab has a machine with this number already. Please try again.",
    ),
    on(
        "machines_claimed_by_key",
        "machines.claimed_by",
        "This user has a machine already.",
    ),
    on(
        "plans_name_key",
        "index 'plans_name_key'",
        "There is already a lab plan with this name. Choose another name.",
    ),
    on(
        "labs_calendar_hash_key",
        "labs.calendar_hash",
        "This calendar link is another lab's already. Make a new one.",
    ),
    on(
        "lab_groups_name_key",
        "index 'lab_groups_name_key'",
        "The lab has a group with this name already. Choose another name.",
    ),
    on(
        "schedules_current_key",
        "schedules.id",
        "Somebody else has just changed this schedule. Please look again.",
    ),
    on(
        "runs_open_key",
        "runs.machine",
        "This machine is running already. Please try again.",
    ),
    on("plan_prices_plan_fkey", "", NO_PLAN),
    on("holidays_plan_fkey", "", NO_PLAN),
    on("holidays_lab_fkey", "", NO_LAB),
    on("lab_groups_lab_fkey", "", NO_LAB),
    on("schedules_lab_fkey", "", NO_LAB),
    on("runs_lab_fkey", "", NO_LAB),
    on(
        "resets_lab_user_fkey",
        "",
        "This user is not on the lab's list any more.",
    ),
    on("watches_machine_fkey", "", NO_MACHINE),
    on("connections_machine_fkey", "", NO_MACHINE),
    on(
        "outbox_key_key",
        "outbox.key",
        "This mail was written already.",
    ),
    on("sessions_person_fkey", "", NO_PERSON),
    on("identities_person_fkey", "", NO_PERSON),
    on(
        "identities_subject_key",
        "identities.provider, identities.subject",
        "Somebody else comes in by this already.",
    ),
    on(
        "identities_person_key",
        "identities.person, identities.provider",
        "This account is linked to another one of this provider already. Unlink that first.",
    ),
    on("passkeys_person_fkey", "", NO_PERSON),
    on(
        "passkeys_credential_key",
        "passkeys.credential",
        "This passkey is in use already.",
    ),
    on(
        "passkey_challenges_hash_key",
        "passkey_challenges.hash",
        "This was answered already. Please begin again.",
    ),
    on(
        "scim_users_name_key",
        "scim_users.name_key",
        "Another user has this userName already.",
    ),
    on(
        "scim_groups_external_id_key",
        "scim_groups.external_id",
        "Another group has this externalId already.",
    ),
    on(
        "scim_members_key",
        "scim_members.scim_group, scim_members.person",
        "This user is in the group already.",
    ),
    on("scim_users_person_fkey", "", NO_PERSON),
    on("scim_members_person_fkey", "", NO_PERSON),
    on("scim_members_group_fkey", "", NO_GROUP),
    on("scim_groups_id_fkey", "", NO_GROUP),
    on("rosters_lab_fkey", "", NO_LAB),
    on("leavers_lab_fkey", "", NO_LAB),
    on(
        "leavers_lab_user_fkey",
        "",
        "This user is not on the lab's list any more.",
    ),
    on("access_tokens_person_fkey", "", NO_PERSON),
    on(
        "access_tokens_hash_key",
        "access_tokens.token_hash",
        "This token exists already. Please make another.",
    ),
    on("grants_person_fkey", "", NO_PERSON),
    on(
        "claimed_groups_key",
        "claimed_groups.provider, claimed_groups.subject, claimed_groups.group_id",
        "They are in this group already.",
    ),
    on(
        "directory_members_key",
        "directory_members.directory_group, directory_members.email",
        "They are in this group already.",
    ),
    on(
        "directory_members_group_fkey",
        "",
        "There is no such directory group.",
    ),
    on("users_person_fkey", "", NO_PERSON),
    on("labs_created_by_fkey", "", NO_PERSON),
    on("tickets_person_fkey", "", NO_PERSON),
    on("lab_versions_lab_fkey", "", NO_LAB),
    on("grants_lab_fkey", "", NO_LAB),
    on("grants_plan_fkey", "", NO_PLAN),
    on("list_drafts_lab_fkey", "", NO_LAB),
    on("list_drafts_person_fkey", "", NO_PERSON),
    on("users_lab_fkey", "", NO_LAB),
    on("machines_lab_fkey", "", NO_LAB),
    on("lab_envelopes_lab_fkey", "", NO_LAB),
    on("plan_images_plan_fkey", "", NO_PLAN),
    on("machine_accounts_machine_fkey", "", NO_MACHINE),
    on("client_secrets_person_fkey", "", NO_PERSON),
    on(
        "users_name_key",
        "index 'users_name_key'",
        "The lab has a user with this name already. Choose another name.",
    ),
    on(
        "schedules_name_key",
        "index 'schedules_name_key'",
        "The lab has a schedule with this name already. Choose another name.",
    ),
    on("machines_claimed_by_fkey", "", USER_AND_MACHINE),
    on(
        "tickets_session_hash_fkey",
        "",
        "This session has ended. Please sign in again.",
    ),
    on("tickets_machine_fkey", "", NO_MACHINE),
    on(
        "lti_platforms_client_key",
        "lti_platforms.issuer, lti_platforms.client_id",
        "There is already a platform with this issuer and client id.",
    ),
    on(
        "lti_courses_context_key",
        "lti_courses.platform, lti_courses.deployment, lti_courses.context",
        "This course is known already. Please try again.",
    ),
    on("lti_nonces_platform_fkey", "", NO_PLATFORM),
    on("lti_courses_platform_fkey", "", NO_PLATFORM),
    on(
        "lti_course_labs_course_fkey",
        "",
        "This course does not exist any more.",
    ),
    on("lti_course_labs_lab_fkey", "", NO_LAB),
    on("lti_invites_made_by_fkey", "", NO_PERSON),
];

const NO_PERSON: &str = "This account does not exist.";
const NO_PLATFORM: &str = "This learning platform does not exist any more.";
const NO_PLAN: &str = "This lab plan does not exist any more.";
const NO_GROUP: &str = "This group does not exist any more.";
const NO_MACHINE: &str = "This machine does not exist any more.";
const NO_LAB: &str = "This lab does not exist any more.";
const USER_AND_MACHINE: &str = "A user with a machine must stay on the lab's list.";
/// For SQLite, which does not say which foreign key it was.
const SOME_FOREIGN_KEY: &str =
    "What this belongs to does not exist any more, or something still belongs to it.";

/// A defect, in words for the log.
pub(crate) fn defect(what: impl Into<String>) -> StoreError {
    StoreError::Internal(what.into().into())
}

/// What a driver's error means.
pub(crate) fn failure(error: sqlx::Error) -> StoreError {
    let Some(reported) = error.as_database_error() else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Internal(error.into()),
        };
    };
    let sentence = match reported.kind() {
        ErrorKind::UniqueViolation => sentence(reported.constraint(), reported.message()),
        ErrorKind::ForeignKeyViolation => match reported.constraint() {
            None => Some(SOME_FOREIGN_KEY),
            name => sentence(name, ""),
        },
        _ => None,
    };
    if let Some(sentence) = sentence {
        return StoreError::Conflict(sentence.to_owned());
    }
    if reported.code().is_some_and(|code| is_passing(&code)) {
        return StoreError::Unavailable(error.to_string());
    }
    StoreError::Internal(error.into())
}

fn sentence(name: Option<&str>, message: &str) -> Option<&'static str> {
    let found = match name {
        Some(name) => CONSTRAINTS.iter().find(|c| c.name == name),
        None => {
            let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
            CONSTRAINTS.iter().find(|c| c.sqlite == columns)
        }
    };
    found.map(|constraint| constraint.sentence)
}

/// Whether the same transaction may succeed when it is tried again later.
fn is_passing(code: &str) -> bool {
    // SQLite's codes are numbers, with what is special about the case in the higher bits; all of
    // PostgreSQL's have five characters.
    if code.len() < 5 {
        let code = code.parse::<u32>().unwrap_or(0) & 0xff;
        // Busy, locked, input or output failed, disk full, cannot open.
        return matches!(code, 5 | 6 | 10 | 13 | 14);
    }
    // Serialization failure, deadlock, lock not available; statement cancelled.
    matches!(code, "40001" | "40P01" | "55P03" | "57014")
        // Connection lost; out of connections, memory or disk; server shutting down or starting.
        || ["08", "53", "57P", "25P03"].iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::is_passing;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in [
            "5", "517", "6", "13", "40001", "40P01", "55P03", "57P01", "08006", "53300",
        ] {
            assert!(is_passing(code), "{code}");
        }
        for code in ["1", "19", "2067", "23505", "42601", "22P02"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
