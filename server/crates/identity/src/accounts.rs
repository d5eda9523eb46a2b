//! Local accounts: signing in and out, making accounts by one-time and registration links.

use std::time::Duration;

use domain::capacity::Capacity;
use domain::credentials::Password;
use domain::email::Email;
use domain::name::PersonName;
use domain::registration::RegistrationCode;
use domain::role::{Grant, Role, Scope};
use service::Services;
use service::changes::Change;
use service::error::{Error, Result};
use service::registration::takes_over;
use service::store::{Audit, LinkPurpose, OneTimeLink, Origin, Person, PersonKind, Record, Write};
use service::throttle::{Failure, by_address};
use service::vault::Vault;
use webauthn_rs::Webauthn;

use crate::arrivals::demand_enabled;
use crate::lti::Lti;
use crate::oidc::{Oidc, ProviderSettings};
use crate::passkeys;
use crate::password::Hasher;
use crate::passwords::unchanged;

/// How long a link that an administrator makes works.
const LINK_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// So many accounts are made by one registration code at most: nobody has a longer list …
const MOST_SIGN_UPS: u32 = Capacity::MAX;

/// … within this time.
const BURST: Duration = Duration::from_secs(600);

/// Nothing is counted for longer, so what is older may be forgotten.
const LONGEST_COUNT: Duration = Duration::from_secs(24 * 3600);

/// Sign-in for this installation.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) services: Services,
    pub(crate) hasher: Hasher,
    pub(crate) oidc: Oidc,
    /// What passkeys are for, where the portal’s address lets them work.
    pub(crate) site: Option<Webauthn>,
    pub(crate) lti: Lti,
}

/// What a person tells about themselves when an account is made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Their name.
    pub name: PersonName,
    /// The address they will sign in with.
    pub email: Email,
    /// The password they will sign in with.
    pub password: Password,
}

impl Identity {
    /// Sign-in over these services.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(services: Services) -> Result<Self> {
        Self::with_providers(services, Vec::new())
    }

    /// The same, with OpenID providers.
    ///
    /// # Errors
    /// When the operating system gives no randomness, or no client for HTTP can be made.
    pub fn with_providers(services: Services, providers: Vec<ProviderSettings>) -> Result<Self> {
        Ok(Self {
            oidc: Oidc::new(services.clone(), providers)?,
            site: passkeys::site(&services.public_url),
            lti: Lti::new(services.clone())?,
            services,
            hasher: Hasher::new()?,
        })
    }

    /// The providers that people may come by.
    pub fn oidc(&self) -> &Oidc {
        &self.oidc
    }

    /// The learning platforms that people may come from.
    pub fn lti(&self) -> &Lti {
        &self.lti
    }

    /// Signs a person in and returns the token of their new session.
    ///
    /// # Errors
    /// `Forbidden`, with one same sentence, for an unknown address, a wrong password and a disabled
    /// account; `Throttled` after ten failures in ten minutes.
    pub async fn sign_in(&self, email: &str, password: &str, origin: &Origin) -> Result<String> {
        let email = Email::parse(email).ok();
        let keys = sign_in_keys(origin, email.as_ref());
        let person = match &email {
            Some(email) => {
                self.services
                    .store
                    .read()
                    .await?
                    .person_by_email(email)
                    .await?
            }
            None => None,
        };
        let person = person.filter(|person| !person.disabled);
        let hash = person.as_ref().and_then(|p| p.password_hash.as_deref());
        let failure = Failure {
            by: None,
            action: "sign-in.fail",
            text: refused_sign_in(email.as_ref()),
            from: &origin.address,
        };
        let fits = self.try_password(&keys, password, hash, failure).await?;
        let verified = person.filter(|_| fits).ok_or_else(does_not_fit)?;
        let mut tx = self.services.store.write().await?;
        let person = unchanged(&mut *tx, &verified).await?;
        let person = person.ok_or_else(does_not_fit)?;
        let token = self.begin_session(&mut *tx, &person, origin, None).await?;
        tx.commit(self.audit(
            &person,
            "session.begin",
            format!("{} signed in.", person.email),
            origin,
        ))
        .await?;
        Ok(token)
    }

    /// Ends a session, and with it every connection that depends on it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, session_hash: &str) -> Result<()> {
        let mut tx = self.services.store.write().await?;
        let Some(session) = tx.session(session_hash).await? else {
            return Ok(());
        };
        let person = tx.person(session.person).await?;
        tx.remove_session(session_hash).await?;
        let record = match &person {
            Some(person) => self.audit(
                person,
                "session.end",
                format!("{} signed out.", person.email),
                &session.origin,
            ),
            None => Record::Observation,
        };
        tx.commit(record).await?;
        self.services.changes.tell(Change::People);
        Ok(())
    }

    /// What a one-time link does, while it works.
    ///
    /// # Errors
    /// `Conflict`, with one same sentence, for unknown, used and expired links; `Throttled` after
    /// ten of them.
    pub async fn link(&self, token: &str, address: &str) -> Result<LinkPurpose> {
        let keys = [by_address("link", address)];
        self.services.demand_calm(&keys).await?;
        let link = self
            .services
            .store
            .read()
            .await?
            .link(&Vault::token_hash(token))
            .await?;
        let works =
            |link: &OneTimeLink| link.used_at.is_none() && link.expires_at > self.services.now();
        match link.filter(works) {
            Some(link) => Ok(link.purpose),
            None => {
                let failure = Failure {
                    by: None,
                    action: "sign-in.fail",
                    text: "Somebody came with a one-time link that does not work.".to_owned(),
                    from: address,
                };
                self.services.note_failure(&keys, failure).await?;
                Err(link_does_not_work())
            }
        }
    }

    /// What a person is called who signs in with an address already.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn name_of(&self, email: &Email) -> Result<Option<PersonName>> {
        let mut tx = self.services.store.read().await?;
        let person = tx.person_by_email(email).await?;
        let person = person.filter(|person| person.kind == PersonKind::User);
        Ok(person.map(|person| person.name))
    }

    /// Uses a one-time link: makes the account it is for, or sets the password of one that is there,
    /// gives its role, and signs in. Returns the session's token.
    ///
    /// # Errors
    /// As [`Self::link`]; `Invalid` for a password that is guessed first; `Conflict` when the address
    /// of a first owner is taken; `Forbidden` for an account that is switched off.
    pub async fn use_link(
        &self,
        token: &str,
        account: NewAccount,
        origin: &Origin,
    ) -> Result<String> {
        let purpose = self.link(token, &origin.address).await?;
        let email = match &purpose {
            LinkPurpose::FirstOwner => &account.email,
            LinkPurpose::SignIn { email, .. } => email,
        };
        let hash = self
            .hasher
            .hash_chosen(&account.password, email, &account.name)
            .await?;
        let mut tx = self.services.store.write().await?;
        if !tx
            .use_link(&Vault::token_hash(token), self.services.now())
            .await?
        {
            return Err(link_does_not_work());
        }
        let (email, role) = match purpose {
            LinkPurpose::FirstOwner if tx.has_owner().await? => return Err(link_does_not_work()),
            LinkPurpose::FirstOwner => (account.email, Some(Role::Owner)),
            LinkPurpose::SignIn { email, role } => (email, role),
        };
        let there = match tx.person_by_email(&email).await? {
            Some(there) => tx.hold_person(there.id).await?,
            None => None,
        };
        let person = match there {
            Some(person) => {
                demand_enabled(&person)?;
                // Whoever has the link has the mailbox; whoever was signed in may have neither.
                tx.remove_sessions(person.id, None).await?;
                if !tx.is_proven(person.id).await? {
                    forget_ways_in(&mut *tx, &person).await?;
                }
                tx.set_password_hash(person.id, &hash).await?;
                name_newcomer(&mut *tx, &person, &account.name).await?;
                person
            }
            None => {
                self.insert(&mut *tx, account.name, email, Some(hash))
                    .await?
            }
        };
        if let Some(role) = role {
            let grant = Grant {
                role,
                scope: Scope::Organisation,
            };
            tx.insert_grant(&person.id.into(), &grant).await?;
        }
        tx.note_proof(person.id).await?;
        // The other links to this mailbox were for the same: none sets another password later.
        tx.remove_unused_links(&person.email).await?;
        let session = self.begin_session(&mut *tx, &person, origin, None).await?;
        tx.commit(self.audit(
            &person,
            "account.link",
            format!("{} came by a one-time link.", person.email),
            origin,
        ))
        .await?;
        self.services.changes.tell(Change::People);
        Ok(session)
    }

    /// Makes the account of a student who holds a registration code and is on its lab's list, and
    /// signs them in. Returns the session's token. Registering is a step of its own.
    ///
    /// # Errors
    /// `Forbidden` where mail is set up: a link to the mailbox shows then whose it is
    /// ([`Self::ask_mailbox`]). As [`Services::may_register`]; `Invalid` for a password that is guessed
    /// first; `Conflict` when the address has an account already, which counts as a failure of its own;
    /// `Throttled` after four hundred accounts by one code in ten minutes.
    pub async fn sign_up(
        &self,
        code: &str,
        account: NewAccount,
        origin: &Origin,
    ) -> Result<String> {
        if self.services.mailer.is_set_up() {
            return Err(Error::Forbidden(
                "Ask for a link to your mailbox on the page of the registration link first."
                    .to_owned(),
            ));
        }
        // Those name people who come another way, and are nobody else's.
        if !account.email.is_reachable() {
            return Err(domain::Invalid::new(
                "email",
                "No mail can reach this address. Enter one of yours.",
            )
            .into());
        }
        self.services
            .may_register(code, &account.email, &origin.address)
            .await?;
        let hash = self
            .hasher
            .hash_chosen(&account.password, &account.email, &account.name)
            .await?;
        let now = self.services.now();
        let made = sign_ups_by(code)?;
        let mut tx = self.services.store.write().await?;
        if tx.failures(&made, now - BURST).await? >= MOST_SIGN_UPS {
            return Err(Error::Throttled { minutes: 10 });
        }
        let there = tx.person_by_email(&account.email).await?;
        let person = match there {
            Some(there) if takes_over(&mut *tx, there.id).await? => {
                tx.set_password_hash(there.id, &hash).await?;
                name_newcomer(&mut *tx, &there, &account.name).await?;
                there
            }
            // Whoever hears this learns who has an account, so it counts as a code that does not work.
            Some(there) => {
                drop(tx);
                let failure = Failure {
                    by: None,
                    action: "registration.fail",
                    text: format!("Somebody wanted to register anew as {}.", there.email),
                    from: &origin.address,
                };
                let keys = [by_address("code", &origin.address)];
                self.services.note_failure(&keys, failure).await?;
                return Err(has_account(&there.email));
            }
            None => {
                self.insert(&mut *tx, account.name, account.email, Some(hash))
                    .await?
            }
        };
        tx.insert_failure(&made, now, now - LONGEST_COUNT).await?;
        let session = self.begin_session(&mut *tx, &person, origin, None).await?;
        let text = format!("{} made an account by a registration link.", person.email);
        tx.commit(self.audit(&person, "account.create", text, origin))
            .await?;
        Ok(session)
    }

    /// Makes a one-time link that signs `email` in, making its account with `role` for the whole
    /// installation where there is none. Returns its token. For the command line.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn make_link(&self, email: &Email, role: Option<Role>) -> Result<String> {
        let token = self.services.vault.new_token();
        let mut tx = self.services.store.write().await?;
        tx.insert_link(&OneTimeLink {
            token_hash: Vault::token_hash(&token),
            purpose: LinkPurpose::SignIn {
                email: email.clone(),
                role,
            },
            expires_at: self.services.now() + LINK_LIFE,
            used_at: None,
        })
        .await?;
        tx.commit(Record::Audit(Audit {
            at: self.services.now(),
            by: None,
            action: "account.invite",
            lab: None,
            text: format!("A one-time link for {email} was made on the command line."),
            from: String::new(),
        }))
        .await?;
        Ok(token)
    }

    pub(crate) async fn insert<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        name: PersonName,
        email: Email,
        hash: Option<String>,
    ) -> Result<Person> {
        if tx.person_by_email(&email).await?.is_some() {
            return Err(has_account(&email));
        }
        let person = Person {
            id: self.services.new_person_id(),
            email,
            name,
            password_hash: hash,
            disabled: false,
            created_at: self.services.now(),
            kind: PersonKind::User,
        };
        tx.insert_person(&person).await?;
        Ok(person)
    }

    pub(crate) fn audit(
        &self,
        person: &Person,
        action: &'static str,
        text: String,
        origin: &Origin,
    ) -> Record {
        Record::Audit(Audit {
            at: self.services.now(),
            by: Some(person.id),
            action,
            lab: None,
            text,
            from: origin.address.clone(),
        })
    }
}

/// Whoever was expected had the beginning of their address for a name, and says now what they are called.
pub(crate) async fn name_newcomer<W: Write + ?Sized>(
    tx: &mut W,
    person: &Person,
    name: &PersonName,
) -> Result<()> {
    if person.kind == PersonKind::Expected {
        tx.name_person(person.id, name).await?;
    }
    Ok(())
}

/// What was typed as an address may be anything, a password even: only an address is kept.
fn refused_sign_in(typed: Option<&Email>) -> String {
    match typed {
        Some(email) => format!("Somebody tried to sign in as {email}."),
        None => "Somebody tried to sign in with what is no address.".to_owned(),
    }
}

/// The keys under which failures to sign in are counted: by where somebody comes from, and by as whom.
/// What is typed as an address is none of the former, whatever it is.
pub(crate) fn sign_in_keys(origin: &Origin, email: Option<&Email>) -> Vec<String> {
    let mut keys = vec![by_address("sign-in", &origin.address)];
    keys.extend(email.map(|email| format!("sign-in/as/{email}")));
    keys
}

/// Takes every way into an account whose address nobody had shown to be theirs: whoever made it may be
/// somebody else than who has the mailbox.
async fn forget_ways_in<W: Write + ?Sized>(tx: &mut W, person: &Person) -> Result<()> {
    for passkey in tx.passkeys(person.id).await? {
        tx.remove_passkey(person.id, &passkey.credential).await?;
    }
    for identity in tx.identities(person.id).await? {
        tx.remove_identity(person.id, &identity.provider).await?;
    }
    for token in tx.tokens_of(person.id).await? {
        tx.remove_token(token.id, person.id).await?;
    }
    Ok(())
}

fn does_not_fit() -> Error {
    Error::Forbidden("The e-mail address or the password is not right.".to_owned())
}

fn has_account(email: &Email) -> Error {
    Error::Conflict(format!(
        "There is an account for {email} already. Please sign in with it."
    ))
}

/// Under what the accounts are counted that were made by a registration code.
fn sign_ups_by(code: &str) -> Result<String> {
    let code = RegistrationCode::parse(code)?;
    Ok(format!("sign-up/{}", Vault::token_hash(code.expose())))
}

fn link_does_not_work() -> Error {
    Error::Conflict(
        "This link does not work. It may have been used, or have ended. Ask whoever gave it to you for a new one."
            .to_owned(),
    )
}
