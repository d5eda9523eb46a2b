//! Who wants to register by a code shows first that the mailbox is theirs.

use std::sync::Arc;

use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Password, Username};
use domain::email::Email;
use domain::image::ImageName;
use domain::lab::CreateOption;
use domain::name::{Description, LabTitle, PersonName};
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::role::{Grant, Role, Scope};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use identity::Identity;
use identity::accounts::NewAccount;
use service::labs::{LabPlace, NewLab};
use service::mail::NoMailer;
use service::store::Record;
use service::users::LinkChange;
use service::vault::Vault;
use service::{Error, Services};

use crate::school::{School, here};

/// The code of a lab with Ada and Grace on its list; Grace has an account.
pub async fn code(school: &School) -> String {
    school.services.refresh_images().await.unwrap();
    let grace = school.local("grace", "a few words in a row").await;
    let owner = Grant {
        role: Role::Owner,
        scope: Scope::Organisation,
    };
    let mut tx = school.services.store.write().await.unwrap();
    tx.insert_grant(&grace.person.into(), &owner).await.unwrap();
    tx.commit(Record::Observation).await.unwrap();
    let token = school
        .identity
        .sign_in("grace@school.example", "a few words in a row", here());
    let grace = school.who(&token.await.unwrap()).await.unwrap();
    let new = NewLab {
        place: LabPlace::beside(ResourceGroup::default_group()),
        title: LabTitle::parse("Orchids").unwrap(),
        description: Description::parse("Plants.").unwrap(),
        image: ImageName::parse("debian/12").unwrap(),
        size: SizeName::parse("Basic_1_1GB_8").unwrap(),
        create_option: CreateOption::Image,
        capacity: Capacity::new(1).unwrap(),
        admin: (
            Username::parse("username", "teacher").unwrap(),
            Password::for_machine("password", "a long secret").unwrap(),
        ),
        non_admin: None,
        shared_password: true,
        quota: UsageQuota::DEFAULT,
        shutdown: AutoShutdown::OFF,
        connection: ConnectionProfile::BROWSER,
        open_access: false,
    };

    let lab = school
        .services
        .create_lab(&grace, new)
        .await
        .unwrap()
        .lab
        .id;
    let listed = "ada@school.example grace@school.example";
    school
        .services
        .add_users(&grace, lab, listed)
        .await
        .unwrap();
    let code = school
        .services
        .registration_code(&grace, lab)
        .await
        .unwrap();
    code.expose().to_owned()
}

#[tokio::test]
async fn a_link_comes_to_who_is_on_the_list_and_nobody_else_learns_of_it() {
    let school = School::new().await;
    let code = code(&school).await;
    let identity = &school.identity;
    for email in [
        "ada@school.example",
        "grace@school.example",
        "eve@school.example",
    ] {
        identity
            .ask_mailbox(&code, email, "192.0.2.9")
            .await
            .unwrap();
    }
    let mut mails = school.mails().await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@school.example", "grace@school.example"]);
    // Who has an account signs in.
    assert!(!mails[1].text.contains("proof="));
    assert!(mails[1].text.contains(&format!("/register/{code}\n")));

    let (_, token) = mails[0]
        .text
        .split_once(&format!("/register/{code}?proof="))
        .unwrap();
    let token = token.split_whitespace().next().unwrap();
    let holder = identity.holder(token).await.unwrap().unwrap();
    assert_eq!(
        (holder.email.as_str(), holder.name),
        ("ada@school.example", None)
    );
    let account = |email: &str| NewAccount {
        name: PersonName::parse("Ada").unwrap(),
        email: Email::parse(email).unwrap(),
        password: Password::for_person("entirely new words").unwrap(),
    };
    // Making an account by the code alone is closed.
    let bare = identity
        .sign_up(&code, account("ada@school.example"), here())
        .await;
    assert!(matches!(bare, Err(Error::Forbidden(_))), "{bare:?}");
    let session = identity
        .use_link(token, account("ada@school.example"), here())
        .await;
    let ada = school.who(&session.unwrap()).await.unwrap();
    assert_eq!(ada.email.as_str(), "ada@school.example");
    assert_eq!(identity.holder(token).await.unwrap(), None, "it is used up");
    school
        .services
        .register(&ada, &code, "192.0.2.9")
        .await
        .unwrap();
}

#[tokio::test]
async fn mailboxes_are_not_filled_and_codes_not_guessed() {
    let school = School::new().await;
    let code = code(&school).await;
    let identity = &school.identity;
    for _ in 0..4 {
        identity
            .ask_mailbox(&code, "ada@school.example", "192.0.2.9")
            .await
            .unwrap();
    }
    let fifth = identity
        .ask_mailbox(&code, "Ada@school.example", "192.0.2.10")
        .await;
    assert!(matches!(fifth, Err(Error::Throttled { .. })), "{fifth:?}");
    let wrong = identity
        .ask_mailbox("0000000000", "max@school.example", "192.0.2.11")
        .await;
    assert!(matches!(wrong, Err(Error::Conflict(_))), "{wrong:?}");
    assert_eq!(school.mails().await.len(), 4);
}

#[tokio::test]
async fn a_whole_class_asks_from_one_network_address() {
    let school = School::new().await;
    let code = code(&school).await;
    let ask = async |n: u32| {
        let email = format!("student{n}@school.example");
        let identity = &school.identity;
        identity.ask_mailbox(&code, &email, "192.0.2.9").await
    };
    for n in 0..500 {
        ask(n).await.unwrap();
    }
    let more = ask(500).await;
    assert!(matches!(more, Err(Error::Throttled { .. })), "{more:?}");
}

/// The same portal without mail, where the code of an open lab is enough for an account.
async fn open_house(school: &School) -> (Identity, String) {
    let code = code(school).await;
    let mut tx = school.services.store.read().await.unwrap();
    let lab = tx.labs().await.unwrap().remove(0).id;
    drop(tx);
    let token = school
        .identity
        .sign_in("grace@school.example", "a few words in a row", here());
    let grace = school.who(&token.await.unwrap()).await.unwrap();
    let open = LinkChange::OpenAccess(true);
    let opened = school.services.change_link(&grace, lab, open).await;
    opened.unwrap();
    let bare = Services {
        mailer: Arc::new(NoMailer),
        ..school.services.clone()
    };
    (Identity::new(bare).unwrap(), code)
}

fn newcomer(email: &str) -> NewAccount {
    NewAccount {
        name: PersonName::parse("Max").unwrap(),
        email: Email::parse(email).unwrap(),
        password: Password::for_person("entirely new words").unwrap(),
    }
}

#[tokio::test]
async fn asking_who_has_an_account_by_making_one_is_counted() {
    let school = School::new().await;
    let (bare, code) = open_house(&school).await;
    for _ in 0..10 {
        let there = bare.sign_up(&code, newcomer("grace@school.example"), here());
        let Err(Error::Conflict(sentence)) = there.await else {
            panic!("Grace was to have an account");
        };
        assert!(sentence.contains("already"), "{sentence}");
    }
    let eleventh = bare.sign_up(&code, newcomer("max@school.example"), here());
    let eleventh = eleventh.await;
    assert!(
        matches!(eleventh, Err(Error::Throttled { .. })),
        "{eleventh:?}"
    );
    // Later it is open again.
    school.pass(std::time::Duration::from_secs(601));
    let later = bare.sign_up(&code, newcomer("max@school.example"), here());
    later.await.unwrap();
}

#[tokio::test]
async fn one_code_makes_no_more_accounts_at_a_time_than_a_list_has_lines() {
    let school = School::new().await;
    let (bare, code) = open_house(&school).await;
    let now = school.services.now();
    let key = format!("sign-up/{}", Vault::token_hash(&code));
    let mut tx = school.services.store.write().await.unwrap();
    for _ in 0..399 {
        tx.insert_failure(&key, now, now).await.unwrap();
    }
    tx.commit(Record::Observation).await.unwrap();
    let last = bare.sign_up(&code, newcomer("max@school.example"), here());
    last.await.unwrap();
    let typed = format!(" {}-{} ", code[..5].to_lowercase(), &code[5..]);
    let more = bare.sign_up(&typed, newcomer("mia@school.example"), here());
    let more = more.await;
    assert!(matches!(more, Err(Error::Throttled { .. })), "{more:?}");
    school.pass(std::time::Duration::from_secs(601));
    let later = bare.sign_up(&code, newcomer("mia@school.example"), here());
    later.await.unwrap();
}
