//! The service's `Write`, method by method: where each is done, and which lab it touches.

use async_trait::async_trait;
use domain::email::Email;
use domain::id::{LabId, MachineId, MailId, PersonId, TokenId, UserId};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::operation::Operation;
use domain::time::Timestamp;
use domain::token::AccessToken;
use domain::user::User;
use service::access::Allowed;
use service::engine::EngineImage;
use service::store::{
    LabSecrets, OneTimeLink, Organisation, OutboxMail, Person, Record, Registration, Session,
    StoreResult, Ticket, Write,
};
use service::vault::Sealed;

use crate::transaction::Transaction;
use crate::{
    images, labs, machines, operations, outbox, people, queue, registrations, sessions, tokens,
    users,
};

#[async_trait]
impl Write for Transaction {
    async fn create_organisation(&mut self, organisation: &Organisation) -> StoreResult<()> {
        people::create_organisation(&mut self.db, organisation).await
    }

    async fn insert_person(&mut self, person: &Person) -> StoreResult<()> {
        people::insert_person(&mut self.db, person).await
    }

    async fn set_password_hash(&mut self, person: PersonId, hash: &str) -> StoreResult<()> {
        people::set_password_hash(&mut self.db, person, hash).await
    }

    async fn insert_session(&mut self, session: &Session) -> StoreResult<()> {
        sessions::insert_session(&mut self.db, session).await
    }

    async fn touch_session(&mut self, token_hash: &str, at: Timestamp) -> StoreResult<()> {
        sessions::touch_session(&mut self.db, token_hash, at).await
    }

    async fn remove_session(&mut self, token_hash: &str) -> StoreResult<()> {
        sessions::remove_session(&mut self.db, token_hash).await
    }

    async fn insert_token(&mut self, token: &AccessToken, hash: &str) -> StoreResult<()> {
        tokens::insert(&mut self.db, token, hash).await
    }

    async fn touch_token(&mut self, token: TokenId, at: Timestamp) -> StoreResult<()> {
        tokens::touch(&mut self.db, token, at).await
    }

    async fn remove_token(&mut self, token: TokenId, person: PersonId) -> StoreResult<bool> {
        tokens::remove(&mut self.db, token, person).await
    }

    async fn insert_link(&mut self, link: &OneTimeLink) -> StoreResult<()> {
        sessions::insert_link(&mut self.db, link).await
    }

    async fn use_link(&mut self, token_hash: &str, at: Timestamp) -> StoreResult<bool> {
        sessions::use_link(&mut self.db, token_hash, at).await
    }

    async fn remove_owner_links(&mut self) -> StoreResult<()> {
        sessions::remove_owner_links(&mut self.db).await
    }

    async fn remove_unused_links(&mut self, email: &Email) -> StoreResult<()> {
        sessions::remove_unused_links(&mut self.db, email).await
    }

    async fn insert_failure(
        &mut self,
        key: &str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> StoreResult<()> {
        sessions::insert_failure(&mut self.db, key, at, forget_before).await
    }

    async fn put_images(&mut self, images: &[EngineImage]) -> StoreResult<()> {
        images::put_images(&mut self.db, images).await
    }

    async fn insert_lab(
        &mut self,
        lab: &Allowed<Lab>,
        secrets: &LabSecrets,
        registration: &Registration,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        labs::insert(&mut self.db, lab, secrets, registration).await
    }

    async fn save_lab(&mut self, lab: &Allowed<Lab>, due: Option<Timestamp>) -> StoreResult<()> {
        self.touch(lab.id);
        labs::save(&mut self.db, lab, due).await
    }

    async fn rest_lab(&mut self, id: LabId) -> StoreResult<()> {
        queue::rest_lab(&mut self.db, id).await
    }

    async fn remove_lab(&mut self, lab: &Allowed<Lab>) -> StoreResult<()> {
        labs::remove(&mut self.db, lab.id).await
    }

    async fn set_registration(
        &mut self,
        lab: &Allowed<Lab>,
        registration: &Registration,
    ) -> StoreResult<()> {
        self.touch(lab.id);
        registrations::set(&mut self.db, lab.id, registration).await
    }

    async fn insert_machine(
        &mut self,
        machine: &Allowed<Machine>,
        secret: Option<&Sealed>,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        self.touch(machine.lab);
        machines::insert(&mut self.db, machine, secret, due).await
    }

    async fn save_machine(
        &mut self,
        machine: &Allowed<Machine>,
        due: Option<Timestamp>,
    ) -> StoreResult<()> {
        self.touch(machine.lab);
        machines::save(&mut self.db, machine, due).await
    }

    async fn set_machine_secret(
        &mut self,
        machine: &Allowed<Machine>,
        secret: &Sealed,
    ) -> StoreResult<()> {
        self.touch(machine.lab);
        machines::set_secret(&mut self.db, machine.id, secret).await
    }

    async fn remove_machine(&mut self, machine: &Allowed<Machine>) -> StoreResult<()> {
        self.touch(machine.lab);
        machines::remove(&mut self.db, machine.id).await
    }

    async fn nudge_machine(&mut self, id: MachineId, due: Timestamp) -> StoreResult<()> {
        queue::nudge_machine(&mut self.db, id, due).await
    }

    async fn nudge_lab(&mut self, id: LabId, due: Timestamp) -> StoreResult<()> {
        queue::nudge_lab(&mut self.db, id, due).await
    }

    async fn lease_machine(
        &mut self,
        id: MachineId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool> {
        queue::lease_machine(&mut self.db, id, holder, now, until).await
    }

    async fn release_machine(&mut self, id: MachineId, holder: &str) -> StoreResult<()> {
        queue::release_machine(&mut self.db, id, holder).await
    }

    async fn lease_lab(
        &mut self,
        id: LabId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool> {
        queue::lease_lab(&mut self.db, id, holder, now, until).await
    }

    async fn release_lab(&mut self, id: LabId, holder: &str) -> StoreResult<()> {
        queue::release_lab(&mut self.db, id, holder).await
    }

    async fn release_all(&mut self) -> StoreResult<()> {
        queue::release_all(&mut self.db).await
    }

    async fn insert_user(&mut self, lab: &Allowed<Lab>, user: &User) -> StoreResult<()> {
        self.touch(lab.id);
        users::insert(&mut self.db, lab.id, user).await
    }

    async fn save_user(&mut self, lab: &Allowed<Lab>, user: &User) -> StoreResult<()> {
        self.touch(lab.id);
        users::save(&mut self.db, lab.id, user).await
    }

    async fn remove_user(&mut self, lab: &Allowed<Lab>, user: UserId) -> StoreResult<()> {
        self.touch(lab.id);
        users::remove(&mut self.db, lab.id, user).await
    }

    async fn insert_mail(&mut self, mail: &OutboxMail) -> StoreResult<bool> {
        outbox::insert(&mut self.db, mail).await
    }

    async fn lease_mail(
        &mut self,
        id: MailId,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> StoreResult<bool> {
        outbox::lease(&mut self.db, id, holder, now, until).await
    }

    async fn release_mails(&mut self) -> StoreResult<()> {
        outbox::release_all(&mut self.db).await
    }

    async fn mail_sent(&mut self, id: MailId, attempts: u32) -> StoreResult<()> {
        outbox::sent(&mut self.db, id, attempts).await
    }

    async fn save_unsent_mail(&mut self, mail: &OutboxMail, holder: &str) -> StoreResult<()> {
        outbox::save_unsent(&mut self.db, mail, holder).await
    }

    async fn wake_mails(
        &mut self,
        now: Timestamp,
        since: Timestamp,
        reason: &str,
    ) -> StoreResult<()> {
        outbox::wake(&mut self.db, now, since, reason).await
    }

    async fn insert_operation(&mut self, operation: &Operation) -> StoreResult<()> {
        self.touch(operation.lab);
        operations::insert(&mut self.db, operation).await
    }

    async fn save_operation(&mut self, operation: &Operation) -> StoreResult<()> {
        self.touch(operation.lab);
        operations::save(&mut self.db, operation).await
    }

    async fn insert_ticket(&mut self, ticket: &Ticket, now: Timestamp) -> StoreResult<()> {
        sessions::insert_ticket(&mut self.db, ticket, now).await
    }

    async fn take_ticket(&mut self, token_hash: &str) -> StoreResult<Option<Ticket>> {
        sessions::take_ticket(&mut self.db, token_hash).await
    }

    async fn commit(self: Box<Self>, record: Record) -> StoreResult<()> {
        self.end(record).await
    }
}
