//! People, labs and machines to put into a store.

use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Accounts, Username};
use domain::email::Email;
use domain::id::{LabId, MachineId, MailId, OperationId, PersonId, ScheduleId, UserId};
use domain::image::{ImageFacts, ImageName, OsType};
use domain::lab::{CreateOption, Lab, LabMoney, LabState, LabTime, Remake};
use domain::machine::{Cause, Machine, MachineKind, Power, Seen, Wanted};
use domain::money::{Currency, Price, StoragePrice};
use domain::name::{Description, Hostname, LabName, LabTitle, PersonName};
use domain::operation::{Operation, OperationKind};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use domain::time::Timestamp;
use domain::user::User;
use service::access::Allowed;
use service::engine::EngineImage;
use service::mail::{Mail, MailState};
use service::store::{
    Audit, LabSecrets, Origin, OutboxMail, Person, PersonKind, Record, Registration, Session,
    Store, StoreError, Write,
};
use service::vault::Sealed;
use uuid::Uuid;

/// A moment.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + micros)
}

fn uuid(n: u32) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub(super) fn lab_id(n: u32) -> LabId {
    LabId::new(uuid(n))
}

pub(super) fn machine_id(n: u32) -> MachineId {
    MachineId::new(uuid(n))
}

pub(super) fn user_id(n: u32) -> UserId {
    UserId::new(uuid(n))
}

pub(super) fn person_id(n: u32) -> PersonId {
    PersonId::new(uuid(n))
}

pub(super) fn schedule_id(n: u32) -> ScheduleId {
    ScheduleId::new(uuid(n))
}

pub(super) fn uuid_of(n: u32) -> Uuid {
    uuid(n)
}

pub(super) fn operation_id(n: u32) -> OperationId {
    OperationId::new(uuid(n))
}

pub(super) fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.org")).unwrap()
}

pub(super) fn sealed(text: &str) -> Sealed {
    Sealed::from_bytes(text.as_bytes().to_vec())
}

pub(super) fn person(n: u32, name: &str) -> Person {
    Person {
        id: person_id(n),
        email: email(name),
        name: PersonName::parse(name).unwrap(),
        password_hash: None,
        disabled: false,
        created_at: at(0),
        kind: PersonKind::User,
    }
}

pub(super) fn session(n: u32, token: &str) -> Session {
    Session {
        token_hash: token.to_owned(),
        person: person_id(n),
        created_at: at(0),
        used_at: at(0),
        origin: Origin {
            address: "192.0.2.7".to_owned(),
            agent: "Browser".to_owned(),
        },
        provider: None,
    }
}

/// Lab `n`, by person 1.
pub(super) fn lab(n: u32) -> Lab {
    Lab {
        id: lab_id(n),
        group: ResourceGroup::default_group(),
        name: LabName::parse(&format!("Lab-{n}")).unwrap(),
        title: LabTitle::parse(&format!("Lab number {n}")).unwrap(),
        description: Description::parse("").unwrap(),
        image: ImageName::parse("debian/13").unwrap(),
        size: SizeName::parse("Basic_1_1GB_8").unwrap(),
        create_option: CreateOption::TemplateVm,
        accounts: Accounts {
            admin: Username::parse("username", "teacher").unwrap(),
            non_admin: None,
            shared_password: true,
        },
        capacity: Capacity::new(2).unwrap(),
        state: LabState::Draft,
        wanted_generation: 0,
        published_generation: 0,
        remake: Remake::Every,
        connection: ConnectionProfile::BROWSER,
        open_access: false,
        deleting: false,
        kept_until: None,
        trouble: None,
        plan: Plan::DEFAULT,
        time: LabTime {
            quota: UsageQuota::DEFAULT,
            shutdown: AutoShutdown::OFF,
        },
        money: LabMoney {
            currency: Currency::parse("EUR").unwrap(),
            price: Price::FREE,
            storage_price: StoragePrice::FREE,
            budget: None,
            go_on: false,
        },
        created_by: person_id(1),
        created_at: at(0),
        published_at: None,
    }
}

pub(super) fn secrets() -> LabSecrets {
    LabSecrets {
        admin: sealed("admin"),
        non_admin: None,
    }
}

/// The registration link of lab `n`.
pub(super) fn registration(n: u32) -> Registration {
    Registration {
        code: sealed("code"),
        code_hash: format!("hash-{n}"),
        enabled: true,
        expires_at: None,
        uses_left: None,
    }
}

/// Seat `seat` of lab `lab_number`, made and stopped. Its id is made of both.
pub(super) fn machine(lab_number: u32, seat: u32) -> Machine {
    Machine {
        id: machine_id(lab_number * 1000 + seat),
        lab: lab_id(lab_number),
        kind: if seat == 0 {
            MachineKind::Template
        } else {
            MachineKind::User
        },
        seat,
        hostname: Hostname::parse(&format!("lab-{lab_number}-{seat}")).unwrap(),
        claimed_by: None,
        wanted: Wanted {
            present: true,
            build: 1,
            power: Power::Off,
            credentials: 1,
            since: at(0),
            by: None,
            cause: Cause::System,
            schedule: None,
        },
        seen: Seen {
            build: Some(1),
            power: Some(Power::Off),
            ..Seen::default()
        },
        stopped_because: None,
        stopped_after: None,
        trouble: None,
    }
}

/// A line of lab `lab_number`'s list, of somebody who has not come yet.
pub(super) fn user(n: u32, lab_number: u32, name: &str) -> User {
    User::listed(user_id(n), lab_id(lab_number), email(name), at(0))
}

/// The same line, of somebody who registered at `when`.
pub(super) fn registered(n: u32, lab_number: u32, person: u32, when: i64) -> User {
    User {
        person: Some(person_id(person)),
        registered_at: Some(at(when)),
        ..user(n, lab_number, &format!("student{n}"))
    }
}

pub(super) fn operation(n: u32, lab_number: u32) -> Operation {
    Operation {
        total: 3,
        ..Operation::begun(
            operation_id(n),
            OperationKind::Publish,
            lab_id(lab_number),
            None,
            at(i64::from(n)),
        )
    }
}

pub(super) fn audit(action: &'static str) -> Record {
    Record::Audit(Audit {
        at: at(0),
        by: Some(person_id(1)),
        action,
        lab: None,
        text: "Ada did something.".to_owned(),
        from: "192.0.2.1".to_owned(),
    })
}

/// Ends a transaction.
pub(super) async fn commit(tx: Box<dyn Write>) {
    tx.commit(Record::Observation).await.unwrap();
}

/// Persons 1 (Ada, who makes labs), 2 (Max) and 3 (Eve).
pub(super) async fn people(store: &dyn Store) {
    let mut tx = store.write().await.unwrap();
    for (n, name) in [(1, "ada"), (2, "max"), (3, "eve")] {
        tx.insert_person(&person(n, name)).await.unwrap();
    }
    commit(tx).await;
}

/// Those people, and lab 1 with a template and `seats` seats that nobody has.
pub(super) async fn lab_with_seats(store: &dyn Store, seats: u32) {
    people(store).await;
    let mut tx = store.write().await.unwrap();
    insert_lab(&mut *tx, &lab(1)).await;
    for seat in 0..=seats {
        insert_machine(&mut *tx, &machine(1, seat), None).await;
    }
    commit(tx).await;
}

pub(super) async fn insert_lab(tx: &mut dyn Write, lab: &Lab) {
    let n = lab.id.uuid().as_u128() as u32;
    tx.insert_lab(
        &Allowed::for_test(lab.clone()),
        &secrets(),
        &registration(n),
    )
    .await
    .unwrap();
}

pub(super) async fn insert_machine(tx: &mut dyn Write, machine: &Machine, due: Option<Timestamp>) {
    tx.insert_machine(&Allowed::for_test(machine.clone()), None, due)
        .await
        .unwrap();
}

pub(super) async fn save_machine(tx: &mut dyn Write, machine: &Machine, due: Option<Timestamp>) {
    tx.save_machine(&Allowed::for_test(machine.clone()), due)
        .await
        .unwrap();
}

/// Lab 1's handle.
pub(super) fn handle() -> Allowed<Lab> {
    Allowed::for_test(lab(1))
}

/// The sentence of a conflict.
pub(super) fn sentence<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Conflict(sentence)) => sentence,
        other => panic!("this was to be a conflict: {other:?}"),
    }
}

pub(super) fn mail_id(n: u32) -> MailId {
    MailId::new(uuid(n))
}

/// Mail `n`, with a key of its own, due at `due`.
pub(super) fn mail(n: u32, due: i64) -> OutboxMail {
    OutboxMail {
        mail: Mail {
            id: mail_id(n),
            to: email("max"),
            subject: format!("Mail {n}: “hours left”"),
            text: "Dear Max,\n\nyou have an hour left.\n".to_owned(),
            written_at: at(i64::from(n)),
        },
        lab: Some(lab_id(1)),
        kind: "quota.warning".to_owned(),
        key: format!("quota.warning/{n}"),
        state: MailState::Waiting,
        attempts: 0,
        error: None,
        due: Some(at(due)),
    }
}

/// An image as an engine lists it.
pub(super) fn engine_image(name: &str, title: &str) -> EngineImage {
    EngineImage {
        name: ImageName::parse(name).unwrap(),
        title: title.to_owned(),
        facts: ImageFacts {
            os: OsType::Linux,
            publisher: "Debian".to_owned(),
            offer: name.to_owned(),
            sku: "13".to_owned(),
            version: "latest".to_owned(),
        },
    }
}
