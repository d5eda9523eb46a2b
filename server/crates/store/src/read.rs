//! The service's `Read`, method by method: where each is answered.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::email::Email;
use domain::id::{LabId, MachineId, MailId, OperationId, PersonId, UserId};
use domain::image::{Image, ImageName};
use domain::lab::Lab;
use domain::machine::Machine;
use domain::name::{Hostname, LabName};
use domain::operation::Operation;
use domain::resource::ResourceGroup;
use domain::time::Timestamp;
use domain::token::AccessToken;
use domain::user::User;
use service::store::{
    LabSecrets, OneTimeLink, Organisation, OutboxMail, Person, Place, Read, Registration, Session,
    StoreResult,
};
use service::vault::Sealed;

use crate::transaction::Transaction;
use crate::{
    images, labs, machines, operations, outbox, people, queue, registrations, sessions, tokens,
    users,
};

#[async_trait]
impl Read for Transaction {
    async fn organisation(&mut self) -> StoreResult<Option<Organisation>> {
        people::organisation(&mut self.db).await
    }

    async fn person(&mut self, id: PersonId) -> StoreResult<Option<Person>> {
        people::person(&mut self.db, id).await
    }

    async fn person_by_email(&mut self, email: &Email) -> StoreResult<Option<Person>> {
        people::person_by_email(&mut self.db, email).await
    }

    async fn people_of_lab(&mut self, lab: LabId) -> StoreResult<Vec<Person>> {
        people::people_of_lab(&mut self.db, lab).await
    }

    async fn token(&mut self, hash: &str) -> StoreResult<Option<AccessToken>> {
        tokens::by_hash(&mut self.db, hash).await
    }

    async fn tokens_of(&mut self, person: PersonId) -> StoreResult<Vec<AccessToken>> {
        tokens::of_person(&mut self.db, person).await
    }

    async fn session(&mut self, token_hash: &str) -> StoreResult<Option<Session>> {
        sessions::session(&mut self.db, token_hash).await
    }

    async fn link(&mut self, token_hash: &str) -> StoreResult<Option<OneTimeLink>> {
        sessions::link(&mut self.db, token_hash).await
    }

    async fn failures(&mut self, key: &str, since: Timestamp) -> StoreResult<u32> {
        sessions::failures(&mut self.db, key, since).await
    }

    async fn images(&mut self) -> StoreResult<Vec<Image>> {
        images::images(&mut self.db).await
    }

    async fn image(&mut self, name: &ImageName) -> StoreResult<Option<Image>> {
        images::image(&mut self.db, name).await
    }

    async fn lab(&mut self, id: LabId) -> StoreResult<Option<Lab>> {
        labs::lab(&mut self.db, id).await
    }

    async fn lab_by_name(
        &mut self,
        group: &ResourceGroup,
        name: &LabName,
    ) -> StoreResult<Option<Lab>> {
        labs::lab_by_name(&mut self.db, group, name).await
    }

    async fn labs(&mut self) -> StoreResult<Vec<Lab>> {
        labs::labs(&mut self.db).await
    }

    async fn lab_version(&mut self, id: LabId) -> StoreResult<Option<i64>> {
        labs::version(&mut self.db, id).await
    }

    async fn registration(&mut self, lab: LabId) -> StoreResult<Option<Registration>> {
        registrations::registration(&mut self.db, lab).await
    }

    async fn lab_by_code(&mut self, code_hash: &str) -> StoreResult<Option<(LabId, Registration)>> {
        registrations::by_code(&mut self.db, code_hash).await
    }

    async fn lab_secrets(&mut self, lab: LabId) -> StoreResult<Option<LabSecrets>> {
        registrations::secrets(&mut self.db, lab).await
    }

    async fn machine_secret(&mut self, machine: MachineId) -> StoreResult<Option<Sealed>> {
        machines::secret(&mut self.db, machine).await
    }

    async fn lab_of_machine(&mut self, id: MachineId) -> StoreResult<Option<LabId>> {
        machines::lab_of(&mut self.db, id).await
    }

    async fn machine(&mut self, id: MachineId) -> StoreResult<Option<Machine>> {
        machines::machine(&mut self.db, id).await
    }

    async fn machine_by_hostname(&mut self, hostname: &Hostname) -> StoreResult<Option<Machine>> {
        machines::by_hostname(&mut self.db, hostname).await
    }

    async fn machines(&mut self, lab: LabId) -> StoreResult<Vec<Machine>> {
        machines::machines(&mut self.db, lab).await
    }

    async fn all_machines(&mut self) -> StoreResult<Vec<Machine>> {
        machines::all_machines(&mut self.db).await
    }

    async fn user(&mut self, id: UserId) -> StoreResult<Option<User>> {
        users::user(&mut self.db, id).await
    }

    async fn users(&mut self, lab: LabId) -> StoreResult<Vec<User>> {
        users::users(&mut self.db, lab).await
    }

    async fn user_by_email(&mut self, lab: LabId, email: &Email) -> StoreResult<Option<User>> {
        users::by_email(&mut self.db, lab, email).await
    }

    async fn user_by_person(&mut self, lab: LabId, person: PersonId) -> StoreResult<Option<User>> {
        users::by_person(&mut self.db, lab, person).await
    }

    async fn machine_of_user(&mut self, user: UserId) -> StoreResult<Option<Machine>> {
        machines::of_user(&mut self.db, user).await
    }

    async fn places(&mut self, person: PersonId) -> StoreResult<Vec<Place>> {
        users::places(&mut self.db, person).await
    }

    async fn free_machine(&mut self, lab: LabId) -> StoreResult<Option<Machine>> {
        machines::free(&mut self.db, lab).await
    }

    async fn waiting_users(&mut self, lab: LabId) -> StoreResult<Vec<User>> {
        users::waiting(&mut self.db, lab).await
    }

    async fn due_machines(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<Machine>> {
        queue::due_machines(&mut self.db, now, limit).await
    }

    async fn due_labs(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<LabId>> {
        queue::due_labs(&mut self.db, now, limit).await
    }

    async fn next_due(&mut self) -> StoreResult<Option<Timestamp>> {
        queue::next_due(&mut self.db).await
    }

    async fn queue_position(&mut self, id: MachineId, now: Timestamp) -> StoreResult<Option<u32>> {
        queue::position(&mut self.db, id, now).await
    }

    async fn queue_positions(
        &mut self,
        lab: LabId,
        now: Timestamp,
    ) -> StoreResult<HashMap<MachineId, u32>> {
        queue::positions(&mut self.db, lab, now).await
    }

    async fn due_mails(&mut self, now: Timestamp, limit: u32) -> StoreResult<Vec<MailId>> {
        outbox::due(&mut self.db, now, limit).await
    }

    async fn next_mail_due(&mut self) -> StoreResult<Option<Timestamp>> {
        outbox::next_due(&mut self.db).await
    }

    async fn has_resting_mails(&mut self) -> StoreResult<bool> {
        outbox::has_resting(&mut self.db).await
    }

    async fn mail(&mut self, id: MailId) -> StoreResult<Option<OutboxMail>> {
        outbox::mail(&mut self.db, id).await
    }

    async fn mails(&mut self, limit: u32) -> StoreResult<Vec<OutboxMail>> {
        outbox::mails(&mut self.db, limit).await
    }

    async fn operation(&mut self, id: OperationId) -> StoreResult<Option<Operation>> {
        operations::operation(&mut self.db, id).await
    }

    async fn operations(&mut self, lab: LabId, limit: u32) -> StoreResult<Vec<Operation>> {
        operations::operations(&mut self.db, lab, limit).await
    }
}
