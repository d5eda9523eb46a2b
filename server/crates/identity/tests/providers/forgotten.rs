//! A forgotten password: who is sent a link, what the link does, and what nobody learns.

use std::sync::Arc;
use std::time::Duration;

use domain::credentials::Password;
use domain::name::{PersonName, TokenName};
use domain::token::{Lifetime, Reach};
use identity::Identity;
use identity::accounts::NewAccount;
use identity::arrivals::Outcome;
use service::mail::NoMailer;
use service::{Error, Services};

use crate::authenticator::Authenticator;
use crate::mailboxes::code;
use crate::school::{Key, School, here};

/// The token of the one link in a mail.
fn link(text: &str) -> String {
    let (_, rest) = text
        .split_once("https://labs.example.org/welcome/")
        .unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn account(email: &str, password: &str) -> NewAccount {
    NewAccount {
        name: PersonName::parse("Grace").unwrap(),
        email: domain::email::Email::parse(email).unwrap(),
        password: Password::for_person(password).unwrap(),
    }
}

#[tokio::test]
async fn a_link_by_mail_sets_a_new_password_once_and_ends_every_session() {
    let school = School::new().await;
    school.local("grace", "a few words in a row").await;
    let identity = &school.identity;
    let before = identity.sign_in("grace@school.example", "a few words in a row", here());
    let before = before.await.unwrap();
    identity
        .forgot(" Grace@school.example ", "192.0.2.9")
        .await
        .unwrap();
    let mails = school.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.as_str(), "grace@school.example");
    let token = link(&mails[0].text);
    // What waited in the database was sealed.
    let mut tx = school.services.store.read().await.unwrap();
    drop(
        tx.link(&service::vault::Vault::token_hash(&token))
            .await
            .unwrap()
            .unwrap(),
    );
    drop(tx);
    let new = || account("grace@school.example", "entirely new words");
    identity.use_link(&token, new(), here()).await.unwrap();
    assert!(school.who(&before).await.is_none());
    let again = identity.use_link(&token, new(), here()).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let old = identity.sign_in("grace@school.example", "a few words in a row", here());
    assert!(old.await.is_err());
    let new = identity.sign_in("grace@school.example", "entirely new words", here());
    assert!(new.await.is_ok());
}

#[tokio::test]
async fn who_first_shows_whose_the_mailbox_is_has_the_account_alone() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let code = code(&school).await;
    let identity = &school.identity;
    // Before mail was set up whoever had the code could make Ada's account. It was Eve, and she has
    // found every way in that there is.
    let bare = Services {
        mailer: Arc::new(NoMailer),
        ..school.services.clone()
    };
    let bare = Identity::new(bare).unwrap();
    let hers = account("ada@school.example", "a few words in a row");
    let session = bare.sign_up(&code, hers, here()).await.unwrap();
    let eve = school.who(&session).await.unwrap();
    let mut device = Authenticator::new("laptop");
    school.add(&eve, &mut device, "Laptop").await.unwrap();
    let away = school.leave(Some((&eve, "a few words in a row"))).await;
    let token = key.sign(&school.claims(&away, "eve", "eve@school.example"));
    let arrival = school.come_back(&away, token).await.unwrap();
    let linked = identity.come_by(&arrival, Some(&eve), here()).await;
    assert_eq!(linked.unwrap(), Outcome::Linked);
    let (name, month) = (TokenName::parse("Script"), Lifetime::parse("30d"));
    let (name, month) = (name.unwrap(), month.unwrap());
    let made = school.services.create_token(&eve, name, Reach::Full, month);
    let (secret, _) = made.await.unwrap();
    school.sign_in_with(&mut device).await.unwrap();

    // Ada has the mailbox.
    let forgot = async || {
        let sent = identity.forgot("ada@school.example", "192.0.2.9").await;
        sent.unwrap();
        let mails = school.mails().await;
        assert_eq!(mails.len(), 1);
        link(&mails[0].text)
    };
    let new = || account("ada@school.example", "entirely new words");
    let used = identity.use_link(&forgot().await, new(), here()).await;
    let ada = school.who(&used.unwrap()).await.unwrap();
    assert_eq!(ada.person, eve.person);
    assert!(school.who(&session).await.is_none());
    let old = identity.sign_in("ada@school.example", "a few words in a row", here());
    assert!(old.await.is_err());
    assert!(school.sign_in_with(&mut device).await.is_err());
    assert_eq!(identity.own_passkeys(&ada).await.unwrap(), []);
    let by_token = school.services.authenticate_token(&secret, "192.0.2.9");
    assert_eq!(by_token.await.unwrap(), None);
    assert_eq!(identity.own_identities(&ada).await.unwrap(), []);
    let came = school.come(&key, "eve", "eve@school.example").await;
    let Outcome::SignedIn(came) = came.unwrap() else {
        panic!("Eve was to have an account of her own");
    };
    assert_ne!(school.who(&came).await.unwrap().person, ada.person);

    // From now on the account is Ada's: a forgotten password costs her no other way in.
    let mut phone = Authenticator::new("phone");
    let added = school.add_by("entirely new words", &ada, &mut phone, "Phone");
    added.await.unwrap();
    let again = identity.use_link(&forgot().await, new(), here()).await;
    again.unwrap();
    school.sign_in_with(&mut phone).await.unwrap();
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_and_no_mailbox_is_filled() {
    let school = School::new().await;
    school.local("grace", "a few words in a row").await;
    let identity = &school.identity;
    identity
        .forgot("nobody@school.example", "192.0.2.9")
        .await
        .unwrap();
    assert!(school.mails().await.is_empty());
    assert!(matches!(
        identity.forgot("no address", "192.0.2.9").await,
        Err(Error::Invalid(_))
    ));
    // From ever other places: four for one mailbox in ten minutes, whoever has it.
    for email in ["grace@school.example", "stranger@school.example"] {
        let mut sent = 0;
        for n in 0..12 {
            match identity.forgot(email, &format!("198.51.100.{n}")).await {
                Ok(()) => sent += 1,
                Err(error) => assert!(matches!(error, Error::Throttled { .. }), "{error:?}"),
            }
        }
        assert_eq!(sent, 4, "{email}");
    }
    assert_eq!(school.mails().await.len(), 4);
    school.pass(Duration::from_secs(601));
    identity
        .forgot("grace@school.example", "192.0.2.9")
        .await
        .unwrap();
    let mails = school.mails().await;
    // After its hour the link is of no use.
    let token = link(&mails.last().unwrap().text);
    school.pass(Duration::from_secs(3601));
    let late = identity.use_link(
        &token,
        account("grace@school.example", "entirely new words"),
        here(),
    );
    assert!(matches!(late.await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn who_is_given_a_role_before_they_come_is_invited_and_has_it_then() {
    use domain::role::{Grant, Role, Scope};
    use service::roles::Recipient;

    let school = School::new().await;
    let identity = &school.identity;
    let grace = school.local("grace", "a few words in a row").await;
    let grant = |role| Grant {
        role,
        scope: Scope::Organisation,
    };
    let mut tx = school.services.store.write().await.unwrap();
    tx.insert_grant(&grace.person.into(), &grant(Role::Owner))
        .await
        .unwrap();
    tx.commit(service::store::Record::Observation)
        .await
        .unwrap();
    let token = identity.sign_in("grace@school.example", "a few words in a row", here());
    let grace = school.who(&token.await.unwrap()).await.unwrap();
    let new = domain::email::Email::parse("new@school.example").unwrap();
    let creator = grant(Role::LabCreator);
    let to = Recipient::Email(new.clone());
    let give = school.services.give_role(&grace, &to, &creator);
    give.await.unwrap();
    identity.invite_expected(&grace, &new).await.unwrap();
    let mails = school.mails().await;
    assert_eq!((mails.len(), &mails[0].to), (1, &new));
    // Nobody is called anything yet who has never come.
    assert_eq!(identity.name_of(&new).await.unwrap(), None);
    let account = account("new@school.example", "entirely new words");
    let came = identity
        .use_link(&link(&mails[0].text), account, here())
        .await;
    let came = school.who(&came.unwrap()).await.unwrap();
    assert_eq!(came.grants, [grant(Role::LabCreator)]);
    assert_eq!(came.name.as_str(), "Grace");
    // A name that somebody has is not changed by a link for a new password.
    let mut renamed = self::account("new@school.example", "once more other words");
    renamed.name = PersonName::parse("Somebody Else").unwrap();
    let again = identity.make_link(&new, None).await.unwrap();
    identity.use_link(&again, renamed, here()).await.unwrap();
    let name = identity.name_of(&new).await.unwrap();
    assert_eq!(name.as_ref().map(PersonName::as_str), Some("Grace"));
    // Whoever has come is not invited again.
    identity.invite_expected(&grace, &new).await.unwrap();
    assert!(school.mails().await.is_empty());
}

#[tokio::test]
async fn links_that_were_not_used_end_with_what_they_were_for() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    let identity = &school.identity;
    let grace = school.local("grace", "a few words in a row").await;
    let fresh = async || identity.make_link(&grace.email, None).await.unwrap();
    let ended = async |token: String| identity.holder(&token).await.unwrap().is_none();

    // Another link was used.
    let old = fresh().await;
    let new = account("grace@school.example", "entirely new words");
    let used = identity.use_link(&fresh().await, new, here()).await;
    used.unwrap();
    assert!(ended(old).await);
    // The password was changed.
    let old = fresh().await;
    let words = Password::for_person("once more other words").unwrap();
    let changed = identity.change_password(&grace, "entirely new words", &words, None);
    changed.await.unwrap();
    assert!(ended(old).await);
    // A provider was linked, and led in later.
    let old = fresh().await;
    let outcome = school.come(&key, "g1", "grace@school.example").await;
    let Ok(Outcome::Prove { ticket }) = outcome else {
        panic!("a proof was to be asked for: {outcome:?}");
    };
    let proven = identity.prove(Some(&ticket), "once more other words", here());
    proven.await.unwrap();
    assert!(ended(old).await);
    let old = fresh().await;
    let came = school.come(&key, "g1", "grace@school.example").await;
    came.unwrap();
    assert!(ended(old).await);
    // Somebody who was invited came by the provider instead; what others were sent stays.
    let others = fresh().await;
    let new = domain::email::Email::parse("new@school.example").unwrap();
    let old = identity.make_link(&new, None).await.unwrap();
    let came = school.come(&key, "n1", "new@school.example").await;
    came.unwrap();
    assert!(ended(old).await);
    assert!(!ended(others).await);
}

#[tokio::test]
async fn links_end_with_an_account_that_is_switched_off() {
    use domain::role::{Grant, Role, Scope};

    let school = School::new().await;
    let identity = &school.identity;
    let grace = school.local("grace", "a few words in a row").await;
    let ada = school.local("ada", "some more words in a row").await;
    let owner = Grant {
        role: Role::Owner,
        scope: Scope::Organisation,
    };
    let mut tx = school.services.store.write().await.unwrap();
    tx.insert_grant(&grace.person.into(), &owner).await.unwrap();
    tx.commit(service::store::Record::Observation)
        .await
        .unwrap();
    let token = identity.sign_in("grace@school.example", "a few words in a row", here());
    let grace = school.who(&token.await.unwrap()).await.unwrap();
    let link = identity.make_link(&ada.email, None).await.unwrap();
    for off in [true, false] {
        let switched = school.services.set_disabled(&grace, ada.person, off);
        switched.await.unwrap();
    }
    assert_eq!(identity.holder(&link).await.unwrap(), None);
}
