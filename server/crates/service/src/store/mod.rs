//! What Lectern needs of a database.
//!
//! A [`Read`] sees one consistent state. A [`Write`] is one transaction: it locks the rows that it
//! loads, changes them by handles only, and ends with [`Write::commit`], which takes the audit
//! record; dropped, it leaves nothing behind. Labs are loaded before their machines, everywhere, so
//! that no two transactions wait for each other.

mod api;
mod identity;
mod lists;
mod lti;
mod passkeys;
mod roles;
mod rosters;
mod scim;
mod time;

pub use api::{ClientSecret, DirectoryGroup, DirectoryMember, ReadApi, WriteApi};
pub use identity::{ProviderIdentity, ReadIdentity, WriteIdentity};
pub use lists::{ListDraft, ReadLists, WriteLists};
pub use lti::{Course, PlatformInvite, ReadLti, ToolKey, WriteLti};
pub use passkeys::{PasskeyRow, ReadPasskeys, WritePasskeys};
pub use roles::{ReadRoles, WriteRoles};
pub use rosters::{ReadRosters, Roster, WriteRosters};
pub use scim::{GroupSource, ReadScim, ScimGroup, ScimMember, ScimUser, WriteScim};
pub use time::{HolidayRow, Measured, ReadTime, ResetRow, Standing, Watch, Watched, WriteTime};

use std::collections::HashMap;

use async_trait::async_trait;
use domain::email::Email;
use domain::id::{
    LabId, MachineId, MailId, OperationId, OrganisationId, PersonId, TokenId, UserId,
};
use domain::image::{Image, ImageName};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::name::{Hostname, LabName, PersonName};
use domain::operation::Operation;
use domain::resource::ResourceGroup;
use domain::role::Role;
use domain::time::Timestamp;
use domain::token::AccessToken;
use domain::user::User;

use crate::access::Allowed;
use crate::engine::EngineImage;
use crate::mail::{Mail, MailState};
use crate::vault::Sealed;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A constraint said no; the sentence is the one that belongs to the constraint's name.
    #[error("{0}")]
    Conflict(String),
    /// The database does not answer, or was too busy for too long.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// A defect: a query that fails, a row that does not parse.
    #[error("the store failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What the store returns.
pub type StoreResult<T> = Result<T, StoreError>;

/// The installation's one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id, the REST API's subscription id.
    pub id: OrganisationId,
    /// When the installation was made.
    pub created_at: Timestamp,
}

/// A person with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// The address they sign in with; unique.
    pub email: Email,
    /// Their name.
    pub name: PersonName,
    /// The hash of their password, where they have one.
    pub password_hash: Option<String>,
    /// Whether they may not sign in any more.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Whether it is a person of flesh and blood.
    pub kind: PersonKind,
}

/// What has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    /// Somebody who signs in.
    User,
    /// Somebody whom a directory has named, and who has not come yet.
    Expected,
    /// A program that signs in by itself.
    Application,
}

/// A session of a browser, by the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the token in the cookie.
    pub token_hash: String,
    /// Whose it is.
    pub person: PersonId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used; kept to the minute.
    pub used_at: Timestamp,
    /// From where, and by what.
    pub origin: Origin,
    /// By which provider; none where it was the password or a link.
    pub provider: Option<String>,
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The network address.
    pub address: String,
    /// What the browser calls itself, cut short.
    pub agent: String,
}

/// What a one-time link does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Creates the owner's account on a new installation.
    FirstOwner,
    /// Signs this address in, making its account with this role where there is none.
    SignIn {
        /// The address.
        email: Email,
        /// The role for the whole installation.
        role: Option<Role>,
    },
}

/// A link that works once, by the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeLink {
    /// The hash of the token in the link.
    pub token_hash: String,
    /// What it does.
    pub purpose: LinkPurpose,
    /// When it ceases to work.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// A lab's registration link, without the code in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The code, encrypted: the educator may read it again.
    pub code: Sealed,
    /// The code's keyed hash, by which a lab is found; unique.
    pub code_hash: String,
    /// Whether the link works.
    pub enabled: bool,
    /// When it ceases to.
    pub expires_at: Option<Timestamp>,
    /// How many more people may use it, where that is limited.
    pub uses_left: Option<u32>,
}

/// The passwords of a lab's accounts, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabSecrets {
    /// The administrator account's.
    pub admin: Sealed,
    /// The students' account's, where there is one.
    pub non_admin: Option<Sealed>,
}

/// A ticket that opens one terminal, once, by the hash of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The hash of the token.
    pub token_hash: String,
    /// Who may use it.
    pub person: PersonId,
    /// The session it was made in; it ends with it.
    pub session_hash: String,
    /// For which machine.
    pub machine: MachineId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A lab, the user record in it, and the machine, all of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The lab.
    pub lab: Lab,
    /// The person's line on its list.
    pub user: User,
    /// The machine they have, unless they wait for one.
    pub machine: Option<Machine>,
}

/// A mail in the outbox, and how far it is on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMail {
    /// The mail. Once it is sent its text is forgotten: it may hold a link that opens something.
    pub mail: Mail,
    /// The lab it is about, where it is about one. It may be gone by now.
    pub lab: Option<LabId>,
    /// What kind of mail, as a dotted word: `quota.warning`.
    pub kind: String,
    /// What it is about, exactly: of two mails with one key only the first is kept.
    pub key: String,
    /// Whether it is out.
    pub state: MailState,
    /// How often sending it was tried.
    pub attempts: u32,
    /// Why it is not out, in words for the administrator.
    pub error: Option<String>,
    /// When it is to be tried. A waiting mail without a time waits for mail to be set up.
    pub due: Option<Timestamp>,
}

/// What the transaction was, for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Somebody did something.
    Audit(Audit),
    /// The reconciler wrote down what it saw, or a session was used: nobody decided anything.
    Observation,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// Who; nobody, where it was Lectern itself or a stranger.
    pub by: Option<PersonId>,
    /// What, as a dotted word: `lab.publish`, `user.register`.
    pub action: &'static str,
    /// On which lab.
    pub lab: Option<LabId>,
    /// A sentence for the reader of the log; never a secret.
    pub text: String,
    /// From which network address; empty where it was the command line, or Lectern itself.
    pub from: String,
}

/// Which lines of the audit log are asked for. What is empty lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What the action is about: first words of actions.
    pub areas: Vec<&'static str>,
    /// Text that is in the sentence, the name or address of the person, or the network address;
    /// without regard to case.
    pub search: String,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Until when; that instant is not in it.
    pub until: Option<Timestamp>,
    /// Only lines before this one.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A line of the audit log, as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its number; later lines have larger ones.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// The name of who did it; none, where it was Lectern itself or a stranger.
    pub name: Option<String>,
    /// Their address; none of a program.
    pub email: Option<String>,
    /// What, as a dotted word.
    pub action: String,
    /// On which lab. It may be gone.
    pub lab: Option<LabId>,
    /// The sentence.
    pub text: String,
    /// From which network address.
    pub from: String,
}

/// A database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Begins to read.
    async fn read(&self) -> StoreResult<Box<dyn Read>>;

    /// Begins a transaction that writes.
    async fn write(&self) -> StoreResult<Box<dyn Write>>;

    /// Name and version of the database, such as “SQLite 3.50”.
    async fn describe(&self) -> StoreResult<String>;

    /// Whether other processes may work on the same database, so that changes must be polled for.
    fn shared(&self) -> bool;
}

/// One consistent state of the database.
#[async_trait]
pub trait Read:
    ReadTime
    + ReadApi
    + ReadIdentity
    + ReadPasskeys
    + ReadRoles
    + ReadLists
    + ReadScim
    + ReadRosters
    + ReadLti
    + Send
{
    /// The organisation; none before the first start.
    async fn organisation(&mut self) -> StoreResult<Option<Organisation>>;

    /// A person.
    async fn person(&mut self, id: PersonId) -> StoreResult<Option<Person>>;

    /// The person who signs in with this address.
    async fn person_by_email(&mut self, email: &Email) -> StoreResult<Option<Person>>;

    /// Every person on a lab's list who has registered.
    async fn people_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<Person>>;

    /// A session, by its token's hash.
    async fn session(&mut self, token_hash: &str) -> StoreResult<Option<Session>>;

    /// An access token, by its secret's hash.
    async fn token(&mut self, hash: &str) -> StoreResult<Option<AccessToken>>;

    /// A person's access tokens, the oldest first.
    async fn tokens_of(&mut self, person: PersonId) -> StoreResult<Vec<AccessToken>>;

    /// A one-time link, by its token's hash.
    async fn link(&mut self, token_hash: &str) -> StoreResult<Option<OneTimeLink>>;

    /// How many failures were noted under `key` since `since`.
    async fn failures(&mut self, key: &str, since: Timestamp) -> StoreResult<u32>;

    /// The images, by title.
    async fn images(&mut self) -> StoreResult<Vec<Image>>;

    /// One image.
    async fn image(&mut self, name: &ImageName) -> StoreResult<Option<Image>>;

    /// A lab.
    async fn lab(&mut self, id: LabId) -> StoreResult<Option<Lab>>;

    /// A lab by its group and resource name, without regard to case.
    async fn lab_by_name(
        &mut self,
        group: &ResourceGroup,
        name: &LabName,
    ) -> StoreResult<Option<Lab>>;

    /// Every lab, by title.
    async fn labs(&mut self) -> StoreResult<Vec<Lab>>;

    /// A number that grows with every change of the lab, its machines, users and operations.
    async fn lab_version(&mut self, id: LabId) -> StoreResult<Option<i64>>;

    /// A lab's registration link.
    async fn registration(&mut self, lab: LabId) -> StoreResult<Option<Registration>>;

    /// The lab whose registration code has this hash, with its link.
    async fn lab_by_code(&mut self, code_hash: &str) -> StoreResult<Option<(LabId, Registration)>>;

    /// A lab's passwords.
    async fn lab_secrets(&mut self, lab: LabId) -> StoreResult<Option<LabSecrets>>;

    /// A machine's own password, where it has one.
    async fn machine_secret(&mut self, machine: MachineId) -> StoreResult<Option<Sealed>>;

    /// Which lab a machine belongs to. Locks nothing.
    async fn lab_of_machine(&mut self, id: MachineId) -> StoreResult<Option<LabId>>;

    /// A machine.
    async fn machine(&mut self, id: MachineId) -> StoreResult<Option<Machine>>;

    /// The machine with this name in the network. Locks nothing.
    async fn machine_by_hostname(&mut self, hostname: &Hostname) -> StoreResult<Option<Machine>>;

    /// A lab's machines: the template first, then by seat. Those on their way out are among them.
    async fn machines(&mut self, lab: LabId) -> StoreResult<Vec<Machine>>;

    /// Every machine of the installation. Locks nothing.
    async fn all_machines(&mut self) -> StoreResult<Vec<Machine>>;

    /// A line of a lab's list.
    async fn user(&mut self, id: UserId) -> StoreResult<Option<User>>;

    /// A lab's list, by address.
    async fn users(&mut self, lab: LabId) -> StoreResult<Vec<User>>;

    /// The line with this address on a lab's list.
    async fn user_by_email(&mut self, lab: LabId, email: &Email) -> StoreResult<Option<User>>;

    /// The line by which a person is registered in a lab.
    async fn user_by_person(&mut self, lab: LabId, person: PersonId) -> StoreResult<Option<User>>;

    /// The machine that a user has.
    async fn machine_of_user(&mut self, user: UserId) -> StoreResult<Option<Machine>>;

    /// Every place a person has registered for, by lab title; labs being deleted left out.
    async fn places(&mut self, person: PersonId) -> StoreResult<Vec<Place>>;

    /// A machine of the lab that nobody has and somebody could have: the lowest seat. It is made,
    /// or being made, and not given up. Locks it.
    async fn free_machine(&mut self, lab: LabId) -> StoreResult<Option<Machine>>;

    /// Registered users without a machine, in the order in which they registered.
    async fn waiting_users(&mut self, lab: LabId) -> StoreResult<Vec<User>>;

    /// Machines due for a look at `now` that no process has leased: the most urgent first, then the
    /// longest due; at most `limit`. Locks nothing.
    async fn due_machines(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<Machine>>;

    /// Labs due for a look at `now` that no process has leased; at most `limit`. Locks nothing.
    async fn due_labs(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>>;

    /// When the next machine or lab becomes due; what is leased does when its lease has run out.
    async fn next_due(&mut self) -> StoreResult<Option<Timestamp>>;

    /// How many machines stand before this one in the queue at `now`; `None` when it does not wait.
    async fn queue_position(&mut self, id: MachineId, now: Timestamp) -> StoreResult<Option<u32>>;

    /// How many machines stand before each of a lab's that waits in the queue at `now`.
    async fn queue_positions(
        &mut self,
        lab: LabId,
        now: Timestamp,
    ) -> StoreResult<HashMap<MachineId, u32>>;

    /// Mails due at `now` that no process has leased, the longest due first; at most `limit`. Locks
    /// nothing.
    async fn due_mails(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<MailId>>;

    /// When the next mail becomes due; what is leased does when its lease has run out.
    async fn next_mail_due(&mut self) -> StoreResult<Option<Timestamp>>;

    /// Whether mails wait for mail to be set up.
    async fn has_resting_mails(&mut self) -> StoreResult<bool>;

    /// A mail of the outbox.
    async fn mail(&mut self, id: MailId) -> StoreResult<Option<OutboxMail>>;

    /// The outbox, the newest first; at most `limit`. Locks nothing.
    async fn mails(&mut self, limit: u32) -> StoreResult<Vec<OutboxMail>>;

    /// An operation.
    async fn operation(&mut self, id: OperationId) -> StoreResult<Option<Operation>>;

    /// A lab's operations as a whole, the newest first; at most `limit`.
    async fn operations(&mut self, lab: LabId, limit: u32) -> StoreResult<Vec<Operation>>;
}

/// One transaction.
#[async_trait]
pub trait Write:
    Read
    + WriteTime
    + WriteApi
    + WriteIdentity
    + WritePasskeys
    + WriteRoles
    + WriteLists
    + WriteScim
    + WriteRosters
    + WriteLti
{
    /// Makes the organisation.
    async fn create_organisation(&mut self, organisation: &Organisation) -> StoreResult<()>;

    /// Makes a person. A taken address is a conflict.
    async fn insert_person(&mut self, person: &Person) -> StoreResult<()>;

    /// Sets the hash of a person's password.
    async fn set_password_hash(&mut self, person: PersonId, hash: &str) -> StoreResult<()>;

    /// Begins a session.
    async fn insert_session(&mut self, session: &Session) -> StoreResult<()>;

    /// Notes that a session was used.
    async fn touch_session(&mut self, token_hash: &str, at: Timestamp) -> StoreResult<()>;

    /// Ends a session.
    async fn remove_session(&mut self, token_hash: &str) -> StoreResult<()>;

    /// Keeps a new access token, by its secret's hash.
    async fn insert_token(&mut self, token: &AccessToken, hash: &str) -> StoreResult<()>;

    /// Notes that an access token was used.
    async fn touch_token(&mut self, token: TokenId, at: Timestamp) -> StoreResult<()>;

    /// Takes an access token away from its person; whether it was there.
    async fn remove_token(&mut self, token: TokenId, person: PersonId) -> StoreResult<bool>;

    /// Makes a one-time link.
    async fn insert_link(&mut self, link: &OneTimeLink) -> StoreResult<()>;

    /// Uses a link up. False when it was used before.
    async fn use_link(&mut self, token_hash: &str, at: Timestamp) -> StoreResult<bool>;

    /// Removes every unused link that creates the owner.
    async fn remove_owner_links(&mut self) -> StoreResult<()>;

    /// Removes every unused link that signs `email` in, with the role that it would have given.
    async fn remove_unused_links(&mut self, email: &Email) -> StoreResult<()>;

    /// Notes a failure under `key`, and forgets those before `forget_before`.
    async fn insert_failure(
        &mut self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<()>;

    /// Takes over the engine's images: new ones enabled, known ones kept as they are, vanished ones
    /// unavailable.
    async fn put_images(&mut self, images: &[EngineImage]) -> StoreResult<()>;

    /// Makes a lab, with its passwords and its registration link, due at once. A taken name is a
    /// conflict.
    async fn insert_lab(
        &mut self,
        lab: &Allowed<Lab>,
        secrets: &LabSecrets,
        registration: &Registration,
    ) -> StoreResult<()>;

    /// Writes a lab back, due for a look at `due`.
    async fn save_lab(&mut self, lab: &Allowed<Lab>, due: Option<Timestamp>) -> StoreResult<()>;

    /// Notes that nothing is due about a lab, without changing anything else.
    async fn rest_lab(&mut self, id: LabId) -> StoreResult<()>;

    /// Removes a lab with its users, machines and secrets. Operations stay for those who asked.
    async fn remove_lab(&mut self, lab: &Allowed<Lab>) -> StoreResult<()>;

    /// Sets a lab's registration link.
    async fn set_registration(
        &mut self,
        lab: &Allowed<Lab>,
        registration: &Registration,
    ) -> StoreResult<()>;

    /// Makes a machine, due for a look at `due`, with its own password where it has one.
    async fn insert_machine(
        &mut self,
        machine: &Allowed<Machine>,
        secret: Option<&Sealed>,
        due: Option<Timestamp>,
    ) -> StoreResult<()>;

    /// Writes a machine back, due for a look at `due`. Its place in the queue follows from how urgent
    /// its work is, and from `due`.
    async fn save_machine(
        &mut self,
        machine: &Allowed<Machine>,
        due: Option<Timestamp>,
    ) -> StoreResult<()>;

    /// Replaces a machine's own password.
    async fn set_machine_secret(
        &mut self,
        machine: &Allowed<Machine>,
        secret: &Sealed,
    ) -> StoreResult<()>;

    /// Removes a machine's row.
    async fn remove_machine(&mut self, machine: &Allowed<Machine>) -> StoreResult<()>;

    /// Makes a machine due at `due` if it is not due before, without changing anything else.
    async fn nudge_machine(&mut self, id: MachineId, due: Timestamp) -> StoreResult<()>;

    /// Makes a lab due at `due` if it is not due before, without changing anything else.
    async fn nudge_lab(&mut self, id: LabId, due: Timestamp) -> StoreResult<()>;

    /// Leases a due machine to `holder` until `until`, or renews the lease that `holder` has, due or
    /// not. False when another holder has it, or another transaction is changing it just now.
    async fn lease_machine(
        &mut self,
        id: MachineId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool>;

    /// Gives a machine's lease back, if `holder` still has it.
    async fn release_machine(&mut self, id: MachineId, holder: &str) -> StoreResult<()>;

    /// Leases a due lab to `holder` until `until`, as [`Self::lease_machine`] does.
    async fn lease_lab(
        &mut self,
        id: LabId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool>;

    /// Gives a lab's lease back, if `holder` still has it.
    async fn release_lab(&mut self, id: LabId, holder: &str) -> StoreResult<()>;

    /// Gives back every lease, whoever holds it: on start, where no other process shares the store.
    async fn release_all(&mut self) -> StoreResult<()>;

    /// Adds a line to a lab's list. An address that is there already is a conflict.
    async fn insert_user(&mut self, lab: &Allowed<Lab>, user: &User) -> StoreResult<()>;

    /// Writes a line of a lab's list back.
    async fn save_user(&mut self, lab: &Allowed<Lab>, user: &User) -> StoreResult<()>;

    /// Takes a line off a lab's list. It must have no machine any more.
    async fn remove_user(&mut self, lab: &Allowed<Lab>, user: UserId) -> StoreResult<()>;

    /// Puts a mail in the outbox. False, and nothing is changed, when one with its key is there
    /// already, whoever wrote that.
    async fn insert_mail(&mut self, mail: &OutboxMail) -> StoreResult<bool>;

    /// Leases a due mail to `holder` until `until`. False when another holder has it, or another
    /// transaction is changing it just now.
    async fn lease_mail(
        &mut self,
        id: MailId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool>;

    /// Gives every mail's lease back, whoever holds it: on start, where no other process shares the
    /// store.
    async fn release_mails(&mut self) -> StoreResult<()>;

    /// Writes down that a mail is out, whoever has leased it meanwhile, and forgets its text.
    async fn mail_sent(&mut self, id: MailId, attempts: u32) -> StoreResult<()>;

    /// Writes down how a mail stands that is not out, and gives its lease back. Nothing is changed
    /// unless `holder` has the lease.
    async fn save_unsent_mail(&mut self, mail: &OutboxMail, holder: &str) -> StoreResult<()>;

    /// Makes mails due at `now` that wait for mail to be set up and were written at `since` or
    /// later. Older ones are given up, with `reason`.
    async fn wake_mails(
        &mut self,
        now: Timestamp,
        since: Timestamp,
        reason: &str,
    ) -> StoreResult<()>;

    /// Makes an operation.
    async fn insert_operation(&mut self, operation: &Operation) -> StoreResult<()>;

    /// Writes an operation back.
    async fn save_operation(&mut self, operation: &Operation) -> StoreResult<()>;

    /// Makes a ticket, and forgets those that expired before `now`.
    async fn insert_ticket(&mut self, ticket: &Ticket, now: Timestamp) -> StoreResult<()>;

    /// Takes a ticket: it is gone, whoever takes it.
    async fn take_ticket(&mut self, token_hash: &str) -> StoreResult<Option<Ticket>>;

    /// Writes the record and ends the transaction.
    async fn commit(self: Box<Self>, record: Record) -> StoreResult<()>;
}
