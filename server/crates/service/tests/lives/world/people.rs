//! People, made directly in the store: how they sign in is another crate's business.

use std::sync::atomic::Ordering;

use domain::email::Email;
use domain::name::PersonName;
use domain::role::{Grant, Role, Scope};
use service::access::Actor;
use service::store::{Person, Record, Session};

use super::World;

impl World {
    /// Somebody who owns the installation.
    pub async fn owner(&self, name: &str) -> Actor {
        let address = format!("{}@example.org", name.to_lowercase());
        self.person(name, &address, Some(Role::Owner)).await
    }

    /// Somebody who may make labs.
    pub async fn creator(&self, name: &str) -> Actor {
        let address = format!("{}@example.org", name.to_lowercase());
        self.person(name, &address, Some(Role::LabCreator)).await
    }

    /// Somebody without any role.
    pub async fn student(&self, address: &str) -> Actor {
        let name = address.split('@').next().unwrap();
        self.person(name, address, None).await
    }

    /// Somebody who only says that the address is theirs.
    pub async fn unproven(&self, address: &str) -> Actor {
        let name = address.split('@').next().unwrap();
        let person = self.inserted(name, address, None, false).await;
        self.with_roles_of_today(&person).await
    }

    async fn person(&self, name: &str, address: &str, role: Option<Role>) -> Actor {
        let person = self.inserted(name, address, role, true).await;
        self.with_roles_of_today(&person).await
    }

    async fn inserted(
        &self,
        name: &str,
        address: &str,
        role: Option<Role>,
        proven: bool,
    ) -> Person {
        let person = Person {
            id: self.services.new_person_id(),
            email: Email::parse(address).unwrap(),
            name: PersonName::parse(name).unwrap(),
            password_hash: (!proven).then(|| "chosen by whoever it is".to_owned()),
            disabled: false,
            created_at: self.services.now(),
            kind: service::store::PersonKind::User,
        };
        let mut tx = self.services.store.write().await.unwrap();
        tx.insert_person(&person).await.unwrap();
        if proven {
            tx.note_proof(person.id).await.unwrap();
        }
        if let Some(role) = role {
            let scope = Scope::Organisation;
            tx.insert_grant(&person.id.into(), &Grant { role, scope })
                .await
                .unwrap();
        }
        tx.commit(Record::Observation).await.unwrap();
        person
    }

    /// The same person after a role was given.
    pub async fn fresh(&self, actor: &Actor) -> Actor {
        let mut tx = self.services.store.read().await.unwrap();
        let person = tx.person(actor.person).await.unwrap().unwrap();
        drop(tx);
        self.with_roles_of_today(&person).await
    }

    async fn with_roles_of_today(&self, person: &Person) -> Actor {
        let mut tx = self.services.store.read().await.unwrap();
        Actor {
            person: person.id,
            email: person.email.clone(),
            name: person.name.clone(),
            grants: tx.grants(person.id).await.unwrap(),
            read_only: false,
            from: String::new(),
        }
    }

    /// Lets somebody sign in; their session's hash.
    pub async fn sign_in(&self, actor: &Actor) -> String {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let session = Session {
            token_hash: format!("session-{number}"),
            person: actor.person,
            created_at: self.services.now(),
            used_at: self.services.now(),
            origin: service::store::Origin::default(),
            provider: None,
        };
        let mut tx = self.services.store.write().await.unwrap();
        tx.insert_session(&session).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
        session.token_hash
    }

    /// Ends a session.
    pub async fn sign_out(&self, session: &str) {
        let mut tx = self.services.store.write().await.unwrap();
        tx.remove_session(session).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
    }
}
