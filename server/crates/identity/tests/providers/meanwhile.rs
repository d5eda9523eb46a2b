//! What happens to an account between its password’s being verified and what that leads to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::credentials::Password;
use domain::email::Email;
use domain::id::PersonId;
use domain::name::PersonName;
use identity::Identity;
use identity::accounts::NewAccount;
use identity::arrivals::Outcome;
use service::store::{Read, Record, Store, StoreResult, Write};
use service::{Error, Services};

use crate::school::{Key, School, here};

const PASSWORD: &str = "a few words in a row";

/// What somebody else does to an account.
#[derive(Clone, Copy, Debug)]
enum Change {
    Password,
    Off,
}

/// A store in which somebody else changes an account just before the next transaction writes.
struct Meanwhile {
    store: Arc<dyn Store>,
    person: PersonId,
    change: Mutex<Option<Change>>,
}

#[async_trait]
impl Store for Meanwhile {
    async fn read(&self) -> StoreResult<Box<dyn Read>> {
        self.store.read().await
    }

    async fn write(&self) -> StoreResult<Box<dyn Write>> {
        let change = self.change.lock().unwrap().take();
        if let Some(change) = change {
            let mut tx = self.store.write().await?;
            match change {
                Change::Password => {
                    tx.set_password_hash(self.person, "of other words").await?;
                }
                Change::Off => tx.set_disabled(self.person, true).await?,
            }
            tx.remove_sessions(self.person, None).await?;
            tx.commit(Record::Observation).await?;
        }
        self.store.write().await
    }

    async fn describe(&self) -> StoreResult<String> {
        self.store.describe().await
    }

    fn shared(&self) -> bool {
        self.store.shared()
    }
}

impl School {
    /// Sign-in during which somebody else changes this account.
    fn while_changing(&self, person: PersonId, change: Change) -> Identity {
        let store = Meanwhile {
            store: self.services.store.clone(),
            person,
            change: Mutex::new(Some(change)),
        };
        let services = Services {
            store: Arc::new(store),
            ..self.services.clone()
        };
        Identity::new(services).unwrap()
    }

    async fn has_no_session(&self, person: PersonId) {
        let mut tx = self.services.store.read().await.unwrap();
        assert_eq!(tx.sessions(person).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_begins_no_session() {
    for change in [Change::Password, Change::Off] {
        let school = School::new().await;
        let grace = school.local("grace", PASSWORD).await;
        let identity = school.while_changing(grace.person, change);
        let token = identity.sign_in("grace@school.example", PASSWORD, here());
        let token = token.await;
        assert!(matches!(token, Err(Error::Forbidden(_))), "{token:?}");
        school.has_no_session(grace.person).await;
    }
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_links_no_provider() {
    for change in [Change::Password, Change::Off] {
        let school = School::new().await;
        let key = Key::new("one");
        school.publish(&[&key]);
        let grace = school.local("grace", PASSWORD).await;
        let outcome = school.come(&key, "g1", "grace@school.example").await;
        let Ok(Outcome::Prove { ticket }) = outcome else {
            panic!("a proof was to be asked for: {outcome:?}");
        };
        let identity = school.while_changing(grace.person, change);
        let proven = identity.prove(Some(&ticket), PASSWORD, here()).await;
        assert!(matches!(proven, Err(Error::Invalid(_))), "{proven:?}");
        school.has_no_session(grace.person).await;
        assert_eq!(school.identity.own_identities(&grace).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_is_not_changed_by_who_knew_the_old_one() {
    let school = School::new().await;
    let grace = school.local("grace", PASSWORD).await;
    let identity = school.while_changing(grace.person, Change::Password);
    let new = Password::for_person("entirely new words").unwrap();
    let changed = identity.change_password(&grace, PASSWORD, &new, None).await;
    assert!(matches!(changed, Err(Error::Invalid(_))), "{changed:?}");
    let mut tx = school.services.store.read().await.unwrap();
    let now = tx.person(grace.person).await.unwrap().unwrap();
    assert_eq!(now.password_hash.as_deref(), Some("of other words"));
}

#[tokio::test]
async fn a_link_opens_no_account_that_is_switched_off_and_is_not_used_up() {
    let school = School::new().await;
    let grace = school.local("grace", PASSWORD).await;
    let link = school.identity.make_link(&grace.email, None).await.unwrap();
    let use_link = async || {
        let account = NewAccount {
            name: PersonName::parse("Grace").unwrap(),
            email: Email::parse("grace@school.example").unwrap(),
            password: Password::for_person("entirely new words").unwrap(),
        };
        school.identity.use_link(&link, account, here()).await
    };
    school.set_disabled(&grace, true).await;
    let refused = use_link().await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    school.set_disabled(&grace, false).await;
    // What it was to change has stayed as it was.
    let old = school
        .identity
        .sign_in("grace@school.example", PASSWORD, here());
    old.await.unwrap();
    use_link().await.unwrap();
}
