//! Passwords that are guessed first cannot be chosen, wherever one is set.

use domain::credentials::Password;
use domain::email::Email;
use domain::name::PersonName;
use identity::accounts::NewAccount;
use service::Error;

use crate::school::{School, here};

fn account(password: &str) -> NewAccount {
    NewAccount {
        name: PersonName::parse("Grace Hopper").unwrap(),
        email: Email::parse("grace@school.example").unwrap(),
        password: Password::for_person(password).unwrap(),
    }
}

fn is_refused<T: std::fmt::Debug>(result: service::Result<T>) {
    match result {
        Err(Error::Invalid(invalid)) => assert_eq!(invalid.field, "password"),
        other => panic!("this password was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_link_is_not_used_up_by_a_password_that_is_refused() {
    let school = School::new().await;
    let email = Email::parse("grace@school.example").unwrap();
    let link = school.identity.make_link(&email, None).await.unwrap();
    for guessed in ["Password123", "Grace Hopper 1906", "grace@school.example"] {
        let used = school.identity.use_link(&link, account(guessed), here());
        is_refused(used.await);
    }
    let used = school
        .identity
        .use_link(&link, account("a few words in a row"), here());
    used.await.unwrap();
}

#[tokio::test]
async fn a_link_s_own_address_counts_and_not_the_one_that_is_sent_along() {
    let school = School::new().await;
    let email = Email::parse("somebody@school.example").unwrap();
    let link = school.identity.make_link(&email, None).await.unwrap();
    let used = school
        .identity
        .use_link(&link, account("somebody@school.example"), here());
    is_refused(used.await);
}

#[tokio::test]
async fn a_change_is_refused_and_the_old_password_stays() {
    let school = School::new().await;
    let grace = school.local("grace", "a few words in a row").await;
    let identity = &school.identity;
    for guessed in ["1234567890", "grace@school.example", "Lectern-2026"] {
        let new = Password::for_person(guessed).unwrap();
        let changed = identity.change_password(&grace, "a few words in a row", &new, None);
        is_refused(changed.await);
    }
    let old = identity.sign_in("grace@school.example", "a few words in a row", here());
    old.await.unwrap();
}
