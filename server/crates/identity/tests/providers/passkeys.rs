//! Passkeys: added, used, removed; and everything that must not open an account.

use std::time::Duration;

use domain::name::PasskeyName;
use identity::arrivals::Outcome;
use identity::passkeys::begun_by_passkey;
use serde_json::Value;
use service::access::Actor;
use service::store::Record;
use service::{Error, Result};

use crate::authenticator::Authenticator;
use crate::school::{Key, School, here};

/// Everybody's here.
const PASSWORD: &str = "a few words in a row";

const REFUSAL: &str =
    "This passkey does not sign in here. Use another one, or sign in another way.";

impl School {
    /// Adds a device's passkey to somebody's account.
    pub async fn add(&self, person: &Actor, device: &mut Authenticator, name: &str) -> Result<()> {
        self.add_by(PASSWORD, person, device, name).await
    }

    /// The same for somebody with another password than everybody's.
    pub async fn add_by(
        &self,
        password: &str,
        person: &Actor,
        device: &mut Authenticator,
        name: &str,
    ) -> Result<()> {
        let question = self.identity.ask_for_new_passkey(person, password).await?;
        let answer = device.create(&question.options);
        let name = PasskeyName::parse(name).unwrap();
        self.identity
            .add_passkey(person, &question.ticket, name, answer)
            .await
    }

    /// Somebody signs in with a device; the session's token.
    pub async fn sign_in_with(&self, device: &mut Authenticator) -> Result<String> {
        let question = self.identity.ask_for_passkey()?;
        let answer = device.get(&question.options);
        self.identity
            .sign_in_by_passkey(&question.ticket, answer, here())
            .await
    }

    /// Switches an account off or on.
    pub async fn set_disabled(&self, person: &Actor, disabled: bool) {
        let mut tx = self.services.store.write().await.unwrap();
        tx.set_disabled(person.person, disabled).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Forbidden(sentence) | Error::Conflict(sentence)) => sentence,
        other => panic!("this was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_passkey_signs_its_owner_in_and_the_session_says_so() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "My laptop").await.unwrap();
    let token = school.sign_in_with(&mut device).await.unwrap();
    assert_eq!(school.who(&token).await.unwrap().person, ada.person);
    let sessions = school.identity.own_sessions(&ada).await.unwrap();
    let by = sessions.iter().find_map(|one| one.provider.as_deref());
    assert_eq!(by.and_then(begun_by_passkey), Some("My laptop"));
    let own = school.identity.own_passkeys(&ada).await.unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].used_at, Some(school.services.now()));
    // It is kept how often it was used, so that a copy is noticed.
    let key: Value = serde_json::from_str(&own[0].key).unwrap();
    assert_eq!(key["cred"]["counter"], 2);
    school.sign_in_with(&mut device).await.unwrap();
    // Devices that do not count are as good.
    let mut phone = Authenticator::new("phone");
    phone.counter = 0;
    school.add(&ada, &mut phone, "Phone").await.unwrap();
    school.sign_in_with(&mut phone).await.unwrap();
    school.sign_in_with(&mut phone).await.unwrap();
}

#[tokio::test]
async fn what_is_asked_lets_a_device_show_whose_key_it_is_and_demands_its_owner() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let question = school
        .identity
        .ask_for_new_passkey(&ada, PASSWORD)
        .await
        .unwrap();
    let selection = &question.options["authenticatorSelection"];
    assert_eq!(selection["residentKey"], "required");
    assert_eq!(selection["requireResidentKey"], true);
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(question.options["rp"]["id"], "labs.example.org");
    assert_eq!(question.options["user"]["name"], "ada@school.example");
    let question = school.identity.ask_for_passkey().unwrap();
    assert_eq!(question.options["userVerification"], "required");
    assert_eq!(question.options["allowCredentials"], serde_json::json!([]));
    // A device that has one for this account already is told, and two questions are never the same.
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    let again = school
        .identity
        .ask_for_new_passkey(&ada, PASSWORD)
        .await
        .unwrap();
    assert_eq!(again.options["excludeCredentials"][0]["id"], "bGFwdG9w");
    let other = school.identity.ask_for_passkey().unwrap();
    assert_ne!(other.options["challenge"], question.options["challenge"]);
}

#[tokio::test]
async fn an_answer_opens_once_what_it_was_asked_for_and_not_for_long() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    device.counter = 0;
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    let identity = &school.identity;
    let question = identity.ask_for_passkey().unwrap();
    let answer = device.get(&question.options);
    // To another question.
    let other = identity.ask_for_passkey().unwrap();
    let tried = identity.sign_in_by_passkey(&other.ticket, answer.clone(), here());
    assert_eq!(refusal(tried.await), REFUSAL);
    // To no question of this portal's, or to one for another purpose.
    let adding = identity.ask_for_new_passkey(&ada, PASSWORD).await.unwrap();
    for ticket in ["", "00", &adding.ticket] {
        let tried = identity.sign_in_by_passkey(ticket, answer.clone(), here());
        assert!(refusal(tried.await).contains("took too long"));
    }
    let tried = identity.sign_in_by_passkey(&question.ticket, answer.clone(), here());
    tried.await.unwrap();
    // Overheard, and sent again.
    let tried = identity.sign_in_by_passkey(&question.ticket, answer, here());
    assert_eq!(refusal(tried.await), REFUSAL);
    let question = identity.ask_for_passkey().unwrap();
    let answer = device.get(&question.options);
    school.pass(Duration::from_secs(1801));
    let tried = identity.sign_in_by_passkey(&question.ticket, answer, here());
    assert!(refusal(tried.await).contains("took too long"));
}

#[tokio::test]
async fn a_page_of_another_site_and_a_device_that_asks_nobody_open_nothing() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    for origin in [
        "https://labs.example.org.evil.example",
        "http://labs.example.org",
        "https://sub.labs.example.org",
        "https://labs.example.org:8443",
    ] {
        device.origin = origin.to_owned();
        assert_eq!(refusal(school.sign_in_with(&mut device).await), REFUSAL);
    }
    let mut elsewhere = Authenticator::new("elsewhere");
    elsewhere.origin = "https://evil.example".to_owned();
    refusal(school.add(&ada, &mut elsewhere, "Elsewhere").await);
    device.origin = "https://labs.example.org".to_owned();
    device.verifies = false;
    assert_eq!(refusal(school.sign_in_with(&mut device).await), REFUSAL);
    let mut careless = Authenticator::new("careless");
    careless.verifies = false;
    refusal(school.add(&ada, &mut careless, "Careless").await);
    assert_eq!(school.identity.own_passkeys(&ada).await.unwrap().len(), 1);
    device.verifies = true;
    school.sign_in_with(&mut device).await.unwrap();
}

#[tokio::test]
async fn a_copy_is_noticed_by_its_counter() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    device.counter = 40;
    school.sign_in_with(&mut device).await.unwrap();
    for before in [39, 40] {
        device.counter = before;
        assert_eq!(refusal(school.sign_in_with(&mut device).await), REFUSAL);
    }
    school.sign_in_with(&mut device).await.unwrap();
}

#[tokio::test]
async fn nobody_comes_in_by_another_s_passkey_or_with_another_key() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let max = school.local("max", PASSWORD).await;
    let mut hers = Authenticator::new("hers");
    let mut his = Authenticator::new("his");
    school.add(&ada, &mut hers, "Laptop").await.unwrap();
    school.add(&max, &mut his, "Laptop").await.unwrap();
    // His key in her name, her key's id with his key, and a key that nobody has here.
    let max_handle = std::mem::replace(&mut his.handle, hers.handle.clone());
    assert_eq!(refusal(school.sign_in_with(&mut his).await), REFUSAL);
    his.id = hers.id.clone();
    assert_eq!(refusal(school.sign_in_with(&mut his).await), REFUSAL);
    his.id = b"unknown".to_vec();
    his.handle = max_handle;
    assert_eq!(refusal(school.sign_in_with(&mut his).await), REFUSAL);
    // Nor can he have her credential's id for a key of his own, or answer what she was asked.
    let mut copied = Authenticator::new("hers");
    let sentence = refusal(school.add(&max, &mut copied, "Copied").await);
    assert_eq!(sentence, "This passkey is in use already.");
    let question = school
        .identity
        .ask_for_new_passkey(&ada, PASSWORD)
        .await
        .unwrap();
    let answer = Authenticator::new("new").create(&question.options);
    let name = PasskeyName::parse("New").unwrap();
    let added = school
        .identity
        .add_passkey(&max, &question.ticket, name, answer);
    refusal(added.await);
    // What is not his he cannot remove.
    let own = school.identity.own_passkeys(&ada).await.unwrap();
    let removed = school
        .identity
        .remove_passkey(&max, &own[0].credential)
        .await;
    assert!(matches!(removed, Err(Error::NotFound(_))), "{removed:?}");
    school.sign_in_with(&mut hers).await.unwrap();
}

#[tokio::test]
async fn whoever_sits_down_at_anothers_session_adds_no_passkey() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    for wrong in ["", "some other words"] {
        let added = school.add_by(wrong, &ada, &mut device, "Laptop").await;
        let Err(Error::Invalid(invalid)) = added else {
            panic!("{wrong}: {added:?}");
        };
        assert_eq!(
            (invalid.field, invalid.message.as_str()),
            ("password", "This is not your password.")
        );
    }
    assert_eq!(school.identity.own_passkeys(&ada).await.unwrap(), []);
    for _ in 2..10 {
        let guessed = school.add_by("guess", &ada, &mut device, "Laptop").await;
        assert!(matches!(guessed, Err(Error::Invalid(_))), "{guessed:?}");
    }
    let throttled = school.add(&ada, &mut device, "Laptop").await;
    assert!(matches!(throttled, Err(Error::Throttled { .. })));
    school.pass(Duration::from_secs(601));
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    // Who has none, since a provider signs them in, is not asked for any.
    let key = Key::new("one");
    school.publish(&[&key]);
    let came = school.come(&key, "max", "max@school.example").await;
    let Outcome::SignedIn(token) = came.unwrap() else {
        panic!("Max was to have an account of his own");
    };
    let max = school.who(&token).await.unwrap();
    let mut phone = Authenticator::new("phone");
    school.add_by("", &max, &mut phone, "Phone").await.unwrap();
}

#[tokio::test]
async fn a_disabled_account_and_a_removed_passkey_open_nothing() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    school.set_disabled(&ada, true).await;
    assert_eq!(refusal(school.sign_in_with(&mut device).await), REFUSAL);
    school.set_disabled(&ada, false).await;
    school.sign_in_with(&mut device).await.unwrap();
    let own = school.identity.own_passkeys(&ada).await.unwrap();
    let removed = school.identity.remove_passkey(&ada, &own[0].credential);
    removed.await.unwrap();
    assert_eq!(refusal(school.sign_in_with(&mut device).await), REFUSAL);
    let again = school.identity.remove_passkey(&ada, &own[0].credential);
    assert!(matches!(again.await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn failures_from_one_address_are_throttled_and_nobody_else_is_kept_out() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    device.verifies = false;
    for _ in 0..10 {
        refusal(school.sign_in_with(&mut device).await);
    }
    device.verifies = true;
    let throttled = school.sign_in_with(&mut device).await;
    assert!(matches!(throttled, Err(Error::Throttled { .. })));
    let elsewhere = service::store::Origin {
        address: "198.51.100.7".to_owned(),
        ..here().clone()
    };
    let question = school.identity.ask_for_passkey().unwrap();
    let answer = device.get(&question.options);
    let tried = school
        .identity
        .sign_in_by_passkey(&question.ticket, answer, &elsewhere);
    tried.await.unwrap();
}

#[tokio::test]
async fn the_last_way_in_stays() {
    let school = School::new().await;
    let key = Key::new("one");
    school.publish(&[&key]);
    // Who came by the school's account has no password.
    let outcome = school
        .come(&key, "ada", "ada@school.example")
        .await
        .unwrap();
    let identity::arrivals::Outcome::SignedIn(token) = outcome else {
        panic!("{outcome:?}");
    };
    let ada = school.who(&token).await.unwrap();
    let sentence = refusal(school.identity.unlink(&ada, "school").await);
    assert!(sentence.contains("only way in"), "{sentence}");
    let mut device = Authenticator::new("laptop");
    school.add(&ada, &mut device, "Laptop").await.unwrap();
    school.identity.unlink(&ada, "school").await.unwrap();
    let own = school.identity.own_passkeys(&ada).await.unwrap();
    let removed = school.identity.remove_passkey(&ada, &own[0].credential);
    let sentence = refusal(removed.await);
    assert!(sentence.contains("only way in"), "{sentence}");
    let mut phone = Authenticator::new("phone");
    school.add(&ada, &mut phone, "Phone").await.unwrap();
    let removed = school.identity.remove_passkey(&ada, &own[0].credential);
    removed.await.unwrap();
    school.sign_in_with(&mut phone).await.unwrap();
}

#[tokio::test]
async fn nobody_has_more_passkeys_than_they_can_tell_apart() {
    let school = School::new().await;
    let ada = school.local("ada", PASSWORD).await;
    for n in 0..20 {
        let mut device = Authenticator::new(&format!("device {n}"));
        school.add(&ada, &mut device, "Another").await.unwrap();
    }
    let mut device = Authenticator::new("one too many");
    let sentence = refusal(school.add(&ada, &mut device, "Too many").await);
    assert!(sentence.contains("20 passkeys"), "{sentence}");
}
