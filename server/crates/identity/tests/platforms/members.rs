//! The members of a course, as the list of its lab.

use axum::http::StatusCode;
use serde_json::{Value, json};
use service::directories::DirectoryError;
use service::store::{Course, DirectoryGroup};

use crate::lms::{CLIENT, Lms, role};

fn member(subject: &str, in_course: &str, status: &str) -> Value {
    json!({
        "user_id": subject, "roles": [role(in_course)], "status": status,
        "name": format!("Learner {subject}"), "email": format!("{subject}@school.example"),
    })
}

async fn course(lms: &Lms) -> Course {
    let message = lms.message("teacher", "Instructor", |_| ()).await;
    let course = lms.services.note_course(message.course.unwrap()).await;
    course.unwrap()
}

async fn ask(lms: &Lms, course: &Course) -> Result<Option<DirectoryGroup>, DirectoryError> {
    let id = service::courses::group_of(course.id);
    lms.services.directories.group(&id).await
}

#[tokio::test]
async fn four_hundred_members_come_in_pages_and_change() {
    let lms = Lms::new().await;
    let course = course(&lms).await;
    let learners: Vec<Value> = (0..400)
        .map(|n| member(&format!("s{n}"), "Learner", "Active"))
        .collect();
    let mut pages: Vec<Vec<Value>> = learners.chunks(50).map(<[Value]>::to_vec).collect();
    pages[0].push(member("teacher", "Instructor", "Active"));
    pages[3].push(member("gone", "Learner", "Deleted"));
    pages[7].push(member("resting", "Learner", "Inactive"));
    // Somebody who learns and teaches is no student, and a status need not be told.
    pages[7].push(json!({ "user_id": "both", "roles": [role("Learner"), role("Instructor")] }));
    lms.office.lock().unwrap().members = pages.clone();
    let group = ask(&lms, &course).await.unwrap().unwrap();
    assert_eq!(group.name, "Botany");
    assert_eq!(group.members.len(), 400);
    assert_eq!(group.members[0].name.as_deref(), Some("Learner s0"));
    // Nobody vouches for addresses, so the accounts have addresses of their own: those that people
    // have when they come by themselves.
    let s7 = lms.guest(&lms.message("s7", "Learner", |_| ()).await).await;
    assert!(group.members.iter().any(|one| one.email == s7.email));
    assert!(s7.email.as_str().ends_with("@lti.invalid"));
    // The token was asked for with an assertion that this portal signed, for this platform.
    let assertion = lms.office.lock().unwrap().assertions[0].clone();
    let claims = lms.read(&assertion).await;
    assert_eq!(claims["iss"], CLIENT);
    assert_eq!(claims["sub"], CLIENT);
    assert_eq!(claims["aud"], format!("{}/token", lms.issuer));
    assert!(claims["exp"].as_i64().unwrap() <= lms.seconds() + 300);
    assert!(claims["jti"].as_str().unwrap().len() >= 32);
    // Some platforms want another audience than the address.
    let mut draft = crate::lms::draft(&lms.issuer);
    draft.audience = "https://api.example.org/token".to_owned();
    lms.services
        .change_platform(&lms.owner, lms.platform, &draft)
        .await
        .unwrap();
    // One leaves, another comes.
    pages[0][0]["status"] = json!("Inactive");
    pages[2].push(json!({ "user_id": "new", "roles": [role("Learner")] }));
    lms.office.lock().unwrap().members = pages;
    let changed = ask(&lms, &course).await.unwrap().unwrap();
    assert_eq!(changed.members.len(), 400);
    let assertion = lms.office.lock().unwrap().assertions[1].clone();
    assert_eq!(
        lms.read(&assertion).await["aud"],
        "https://api.example.org/token"
    );
    let stayed = changed.members.iter();
    let stayed = stayed.filter(|one| group.members.contains(one)).count();
    assert_eq!(stayed, 399);
}

#[tokio::test]
async fn members_have_the_address_of_their_account() {
    let lms = Lms::new().await;
    let course = course(&lms).await;
    // She came before addresses were trusted.
    let ada = lms
        .guest(&lms.message("ada", "Learner", |_| ()).await)
        .await;
    lms.trust_addresses().await;
    lms.office.lock().unwrap().members = vec![vec![
        member("ada", "Learner", "Active"),
        member("max", "Learner", "Active"),
        json!({ "user_id": "nameless", "roles": ["Learner"] }),
    ]];
    let group = ask(&lms, &course).await.unwrap().unwrap();
    let emails: Vec<&str> = group.members.iter().map(|m| m.email.as_str()).collect();
    assert_eq!(emails[0], ada.email.as_str());
    assert_eq!(emails[1], "max@school.example");
    assert!(emails[2].ends_with("@lti.invalid"), "{emails:?}");
    let message = lms.message("nameless", "Learner", |_| ()).await;
    let nameless = lms.guest(&message).await;
    assert_eq!(nameless.email.as_str(), emails[2]);
}

#[tokio::test]
async fn what_a_platform_does_not_tell_is_no_list() {
    let lms = Lms::new().await;
    let course = course(&lms).await;
    let away = |status: StatusCode| {
        lms.office.lock().unwrap().refuses = Some(status);
        ask(&lms, &course)
    };
    for status in [StatusCode::BAD_GATEWAY, StatusCode::TOO_MANY_REQUESTS] {
        let told = away(status).await;
        assert!(matches!(told, Err(DirectoryError::Away(_))), "{told:?}");
    }
    for status in [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND] {
        let told = away(status).await;
        assert!(matches!(told, Err(DirectoryError::Refused(_))), "{told:?}");
    }
    lms.office.lock().unwrap().refuses = None;
    // Groups of others are not its business, and courses that are gone have no members.
    let directories = &lms.services.directories;
    assert_eq!(directories.group("teachers").await, Ok(None));
    let gone = directories.group("lti/not-a-course").await;
    assert!(matches!(gone, Err(DirectoryError::Refused(_))), "{gone:?}");
    let off = lms
        .services
        .switch_platform(&lms.owner, lms.platform, false);
    off.await.unwrap();
    let off = ask(&lms, &course).await;
    assert!(matches!(off, Err(DirectoryError::Refused(_))), "{off:?}");
}
