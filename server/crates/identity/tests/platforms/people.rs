//! Whose account somebody comes to from a platform, and to which lab.

use domain::email::Email;
use domain::role::{Grant, Role, Scope};
use identity::lti::Guest;
use serde_json::json;
use service::Error;
use service::courses::Attendance;

use crate::lms::{Lms, here};

#[tokio::test]
async fn somebody_without_a_trusted_address_has_an_account_of_their_own() {
    let lms = Lms::new().await;
    // There is somebody with the address that the platform tells, and it is not believed.
    let grace = lms.local("grace", None).await;
    let message = lms
        .message("g1", "Learner", |claims| {
            claims["email"] = json!("grace@school.example");
        })
        .await;
    let guest = lms.guest(&message).await;
    assert_ne!(guest.person, grace.person);
    assert!(
        guest.email.as_str().ends_with("@lti.invalid"),
        "{}",
        guest.email
    );
    assert_eq!(guest.name.as_str(), "Ada Lovelace");
    assert!(guest.grants.is_empty());
    // Known again by the platform's own name for them, whatever else it says by then.
    let message = lms
        .message("g1", "Learner", |claims| {
            claims["name"] = json!("Augusta King");
        })
        .await;
    let again = lms.guest(&message).await;
    assert_eq!((again.person, &again.name), (guest.person, &guest.name));
    // Another person is somebody else, with a name of some kind.
    let message = lms
        .message("g2", "Learner", |claims| {
            claims.as_object_mut().unwrap().remove("name");
        })
        .await;
    let other = lms.guest(&message).await;
    assert_ne!(other.person, guest.person);
    assert!(other.name.as_str().starts_with("Guest "), "{}", other.name);
}

#[tokio::test]
async fn two_first_launches_at_once_are_one_persons() {
    let lms = Lms::new().await;
    let first = lms.message("g1", "Learner", |_| ()).await;
    let second = lms.message("g1", "Learner", |_| ()).await;
    let (one, other) = tokio::join!(lms.guest(&first), lms.guest(&second));
    assert_eq!(one.person, other.person);
}

#[tokio::test]
async fn a_trusted_address_has_its_account() {
    let lms = Lms::new().await;
    lms.trust_addresses().await;
    let come = async |subject: &str, email: &str| {
        let message = lms.message(subject, "Learner", |claims| claims["email"] = json!(email));
        lms.identity.lti_guest(&message.await, here()).await
    };
    let known = |guest: service::Result<Guest>| match guest {
        Ok(Guest::Known(actor)) => actor,
        other => panic!("this was to be somebody known: {other:?}"),
    };
    // Nobody had it: a new account.
    let ada = known(come("a1", "Ada@School.example").await);
    assert_eq!(ada.email.as_str(), "ada@school.example");
    // Somebody was expected with it and has a role already: the platform's word is not enough.
    let max = Email::parse("max@school.example").unwrap();
    let grant = Grant {
        role: Role::LabCreator,
        scope: Scope::Organisation,
    };
    let to = service::roles::Recipient::Email(max);
    let given = lms.services.give_role(&lms.owner, &to, &grant).await;
    given.unwrap();
    let refused = come("m1", "max@school.example").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    // Without a role they have come.
    let mut tx = lms.services.store.read().await.unwrap();
    let email = Email::parse("max@school.example").unwrap();
    let max = tx.person_by_email(&email).await.unwrap().unwrap();
    drop(tx);
    let take = lms
        .services
        .take_role(&lms.owner, &max.id.into(), &grant)
        .await;
    take.unwrap();
    let max = known(come("m1", "max@school.example").await);
    assert_eq!(max.grants, []);
    // Somebody has it: only with the password.
    let grace = lms.local("grace", None).await;
    // Nobody has shown yet whose mailbox it is: that of another address does not count.
    let mut tx = lms.services.store.write().await.unwrap();
    for email in ["other@school.example", grace.email.as_str()] {
        let email = Email::parse(email).unwrap();
        tx.rename_person(grace.person, &email, &grace.name)
            .await
            .unwrap();
    }
    tx.commit(service::store::Record::Observation)
        .await
        .unwrap();
    let Ok(Guest::Unproven(unproven)) = come("g1", "grace@school.example").await else {
        panic!("a proof was to be asked for");
    };
    assert_eq!(unproven.person(), grace.person);
    let ticket = lms
        .identity
        .lti_proof(&unproven, "/lti/onward?ticket=x".to_owned(), here())
        .await
        .unwrap();
    let wrong = lms
        .identity
        .prove(Some(&ticket), "some other words", here())
        .await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    let right = lms
        .identity
        .prove(Some(&ticket), "a few words in a row", here())
        .await;
    assert_eq!(right.unwrap().1.as_deref(), Some("/lti/onward?ticket=x"));
    let now = known(come("g1", "grace@school.example").await);
    assert_eq!(now.person, grace.person);
    // The password showed whose account it is, and the platform's word does not show whose address.
    let mut tx = lms.services.store.read().await.unwrap();
    assert!(!tx.is_proven(grace.person).await.unwrap());
    drop(tx);
    // Where the platform itself says that it did not verify the address, it is not believed.
    for (subject, said) in [("e1", json!(false)), ("e2", json!("false"))] {
        let message = lms
            .message(subject, "Learner", |claims| {
                claims["email"] = json!("eve@school.example");
                claims["email_verified"] = said;
            })
            .await;
        let eve = lms.guest(&message).await;
        assert!(eve.email.as_str().ends_with("@lti.invalid"));
    }
}

#[tokio::test]
async fn an_account_that_is_switched_off_stays_off() {
    let lms = Lms::new().await;
    let message = lms.message("ada", "Learner", |_| ()).await;
    let ada = lms.guest(&message).await;
    let off = lms
        .services
        .set_disabled(&lms.owner, ada.person, true)
        .await;
    off.unwrap();
    let message = lms.message("ada", "Learner", |_| ()).await;
    let refused = lms.identity.lti_guest(&message, here()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let lines = lms.refusals().await;
    assert_eq!(lines.len(), 1);
    assert!(lines[0].1.contains("switched off"), "{lines:?}");
    let session = lms
        .identity
        .lti_sign_in(lms.platform, ada.person, here())
        .await;
    assert!(matches!(session, Err(Error::Forbidden(_))), "{session:?}");
}

#[tokio::test]
async fn a_ticket_out_of_a_frame_begins_one_session() {
    let lms = Lms::new().await;
    let ada = lms
        .guest(&lms.message("ada", "Learner", |_| ()).await)
        .await;
    let ticket = lms
        .identity
        .lti_entrance(lms.platform, ada.person, "/machines".to_owned())
        .unwrap();
    let enter = async |ticket: &str, caller| lms.identity.lti_enter(ticket, caller, here()).await;
    let (session, next) = enter(&ticket, None).await.unwrap();
    assert_eq!(next, "/machines");
    let hash = service::vault::Vault::token_hash(&session.unwrap());
    let who = lms.services.authenticate(&hash, "192.0.2.1").await.unwrap();
    assert_eq!(who.unwrap().person, ada.person);
    let again = enter(&ticket, None).await;
    assert!(matches!(again, Err(Error::Forbidden(_))), "{again:?}");
    // Whoever is there already is only led on.
    assert_eq!(enter(&ticket, Some(&ada)).await.unwrap().0, None);
    let others = enter(&ticket, Some(&lms.owner)).await;
    assert!(matches!(others, Err(Error::Forbidden(_))), "{others:?}");
    let made_up = enter("AAAA", None).await;
    assert!(matches!(made_up, Err(Error::Forbidden(_))), "{made_up:?}");
    let late = lms
        .identity
        .lti_entrance(lms.platform, ada.person, "/machines".to_owned())
        .unwrap();
    lms.pass(std::time::Duration::from_secs(3601));
    let late = enter(&late, None).await;
    assert!(matches!(late, Err(Error::Forbidden(_))), "{late:?}");
}

#[tokio::test]
async fn what_began_before_a_platform_was_unlinked_leads_nowhere() {
    let lms = Lms::new().await;
    let message = lms.message("ada", "Learner", |_| ()).await;
    let ada = lms.guest(&message).await;
    let course = lms
        .services
        .note_course(message.course.clone().unwrap())
        .await
        .unwrap();
    let identity = &lms.identity;
    let entrance = || identity.lti_entrance(lms.platform, ada.person, "/machines".to_owned());
    let choice = identity
        .lti_choice(lms.platform, ada.person, course.id, None)
        .unwrap();
    let ticket = entrance().unwrap();
    identity.lti_enter(&ticket, None, here()).await.unwrap();
    identity.lti_chooser(&choice, here()).await.unwrap();

    let ticket = entrance().unwrap();
    let mut tx = lms.services.store.write().await.unwrap();
    let provider = format!("lti/{}", lms.platform);
    assert!(tx.remove_identity(ada.person, &provider).await.unwrap());
    tx.commit(service::store::Record::Observation)
        .await
        .unwrap();
    let entered = identity.lti_enter(&ticket, None, here()).await;
    assert!(matches!(entered, Err(Error::Forbidden(_))), "{entered:?}");
    let chosen = identity.lti_chooser(&choice, here()).await;
    assert!(matches!(chosen, Err(Error::Forbidden(_))), "{chosen:?}");
}

#[tokio::test]
async fn whoever_has_no_lab_and_may_make_none_is_told() {
    let lms = Lms::new().await;
    let attend = async |in_course: &str, subject: &str| {
        let message = lms.message(subject, in_course, |_| ()).await;
        let actor = lms.guest(&message).await;
        let course = lms
            .services
            .note_course(message.course.unwrap())
            .await
            .unwrap();
        lms.services
            .attend(&actor, course.id, message.role, None)
            .await
            .unwrap()
    };
    for (in_course, part) in [
        ("Learner", "Your educator"),
        ("Instructor", "Lab Creator"),
        ("Mentor", "neither"),
    ] {
        let Attendance::Told(text) = attend(in_course, in_course).await else {
            panic!("{in_course} was to be told");
        };
        assert!(text.contains(part), "{text}");
    }
    // Being a teacher there gave no role here.
    let mut tx = lms.services.store.read().await.unwrap();
    let roles = tx.assignments().await.unwrap();
    assert_eq!(roles.len(), 1, "only the owner has one");
    drop(tx);
}
