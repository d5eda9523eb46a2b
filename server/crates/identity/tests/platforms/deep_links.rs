//! Choosing the lab of a link, and where links lead then.

use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Password, Username};
use domain::id::LabId;
use domain::image::ImageName;
use domain::lab::CreateOption;
use domain::name::{Description, LabTitle};
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::role::{Grant, Role, Scope};
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use identity::lti::{Message, Wish};
use serde_json::{Value, json};
use service::Error;
use service::access::Actor;
use service::courses::Attendance;
use service::labs::{LabPlace, NewLab};
use service::roles::Recipient;

use crate::lms::{CLIENT, DEPLOYMENT, Lms, claim, here};

const DEEP: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

async fn lab(lms: &Lms, actor: &Actor, title: &str) -> LabId {
    let new = NewLab {
        place: LabPlace::beside(ResourceGroup::default_group()),
        title: LabTitle::parse(title).unwrap(),
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
    lms.services.create_lab(actor, new).await.unwrap().lab.id
}

/// A teacher of the course who may make labs.
async fn teacher(lms: &Lms, subject: &str) -> Actor {
    let actor = lms
        .guest(&lms.message(subject, "Instructor", |_| ()).await)
        .await;
    let grant = Grant {
        role: Role::LabCreator,
        scope: Scope::Organisation,
    };
    let to = Recipient::Email(actor.email.clone());
    let given = lms.services.give_role(&lms.owner, &to, &grant).await;
    given.unwrap();
    actor_now(lms, subject).await
}

/// Who a teacher is by now, with the roles of now.
async fn actor_now(lms: &Lms, subject: &str) -> Actor {
    lms.guest(&lms.message(subject, "Instructor", |_| ()).await)
        .await
}

/// The teacher is asked to choose, in a course.
async fn asks(lms: &Lms, subject: &str, course: &str) -> Message {
    lms.message(subject, "Instructor", |claims| {
        claims[claim("message_type")] = json!("LtiDeepLinkingRequest");
        claims[claim("context")]["id"] = json!(course);
        claims[format!("{DEEP}deep_linking_settings")] = json!({
            "deep_link_return_url": format!("{}/return?x=1", lms.issuer),
            "accept_types": ["link", "ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "data": "opaque",
        });
    })
    .await
}

/// A ticket to choose by, for the teacher.
async fn ticket(lms: &Lms, message: &Message, actor: &Actor) -> String {
    let Wish::Choose(choosing) = &message.wish else {
        panic!("this was to be a choice: {message:?}");
    };
    let course = message.course.clone().unwrap();
    let course = lms.services.note_course(course).await.unwrap();
    lms.identity
        .lti_deep_choice(message, choosing, actor.person, course.id)
        .unwrap()
}

/// What a launch of a link comes to.
async fn opens(
    lms: &Lms,
    subject: &str,
    in_course: &str,
    course: &str,
    lab: Option<LabId>,
) -> Attendance {
    let message = lms
        .message(subject, in_course, |claims| {
            claims[claim("context")]["id"] = json!(course);
            if let Some(lab) = lab {
                claims[claim("custom")] = json!({ "lab": lab.to_string() });
            }
        })
        .await;
    let actor = lms.guest(&message).await;
    let Wish::Open { lab } = message.wish else {
        panic!("this was to be a link: {message:?}");
    };
    let course = lms.services.note_course(message.course.unwrap()).await;
    lms.services
        .attend(&actor, course.unwrap().id, message.role, lab)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_platform_is_told_what_was_chosen() {
    let lms = Lms::new().await;
    let grace = teacher(&lms, "grace").await;
    let orchids = lab(&lms, &grace, "Orchids & more").await;
    let message = asks(&lms, "grace", "course-1").await;
    let grace = actor_now(&lms, "grace").await;
    let ticket = ticket(&lms, &message, &grace).await;
    let (chooser, choice) = lms.identity.lti_chooser(&ticket, here()).await.unwrap();
    assert_eq!(chooser.person, grace.person);
    let chosen = lms.identity.lti_choose(&chooser, &choice, orchids).await;
    let chosen = chosen.unwrap();
    let answer = lms.identity.lti_answer(&choice, Some(&chosen)).await;
    let answer = answer.unwrap();
    assert_eq!(answer.address, format!("{}/return?x=1", lms.issuer));
    let claims = lms.read(&answer.token).await;
    assert_eq!(claims["iss"], CLIENT);
    assert_eq!(claims["aud"], json!(lms.issuer));
    assert_eq!(claims[claim("message_type")], "LtiDeepLinkingResponse");
    assert_eq!(claims[claim("version")], "1.3.0");
    assert_eq!(claims[claim("deployment_id")], DEPLOYMENT);
    assert_eq!(claims[format!("{DEEP}data")], "opaque");
    assert!(claims["nonce"].as_str().unwrap().len() >= 32);
    let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=600).contains(&lives), "{lives}");
    assert_eq!(
        claims[format!("{DEEP}content_items")],
        json!([{
            "type": "ltiResourceLink",
            "title": "Orchids & more",
            "text": "Plants.",
            "url": "http://labs.example.org/lti/launch",
            "custom": { "lab": orchids.to_string() },
        }])
    );
    // Nothing can be chosen as well.
    let nothing = lms.identity.lti_answer(&choice, None).await.unwrap();
    let nothing = lms.read(&nothing.token).await;
    assert_eq!(nothing[format!("{DEEP}content_items")], json!([]));
    lms.pass(std::time::Duration::from_secs(1));
    // A new key signs from now on, and what the one before signed is still believed.
    let rotated = lms.keyring().rotate(&lms.services, &lms.owner).await;
    rotated.unwrap();
    let after = lms.identity.lti_answer(&choice, None).await.unwrap();
    let kid = |token: &str| jsonwebtoken::decode_header(token).unwrap().kid;
    assert_ne!(kid(&after.token), kid(&answer.token));
    lms.read(&after.token).await;
    lms.read(&answer.token).await;
    let not_hers = lms.keyring().rotate(&lms.services, &grace).await;
    assert!(matches!(not_hers, Err(Error::Forbidden(_))), "{not_hers:?}");
}

#[tokio::test]
async fn the_keys_that_are_published_hold_nothing_secret() {
    let lms = Lms::new().await;
    let (one, other) = tokio::join!(lms.keyring().published(), lms.keyring().published());
    assert_eq!(one.unwrap()["keys"][0], other.unwrap()["keys"][0]);
    let published = lms.keyring().published().await.unwrap();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    let parts: Vec<&String> = keys[0].as_object().unwrap().keys().collect();
    assert_eq!(parts, ["alg", "e", "kid", "kty", "n", "use"]);
    let mut tx = lms.services.store.read().await.unwrap();
    let kept = tx.tool_keys().await.unwrap();
    // A key in the open begins with the bytes of a sequence and a version.
    assert!(!kept[0].secret.as_bytes().starts_with(b"30820"));
}

#[tokio::test]
async fn settings_that_cannot_be_answered_are_refused() {
    let lms = Lms::new().await;
    for settings in [
        Value::Null,
        json!({}),
        json!({ "deep_link_return_url": "https://x/return", "accept_types": ["file"] }),
        json!({ "deep_link_return_url": "javascript:alert(1)", "accept_types": ["ltiResourceLink"] }),
    ] {
        let away = lms.leave().await;
        let mut claims = lms.claims(&away, "grace", "Instructor");
        claims[claim("message_type")] = json!("LtiDeepLinkingRequest");
        claims[format!("{DEEP}deep_linking_settings")] = settings.clone();
        let landed = lms.land(&away, lms.key.sign(&claims)).await;
        assert!(matches!(landed, Err(Error::Forbidden(_))), "{settings}");
    }
}

#[tokio::test]
async fn a_link_leads_only_to_labs_whose_people_chose_so() {
    let lms = Lms::new().await;
    let grace = teacher(&lms, "grace").await;
    let hedy = teacher(&lms, "hedy").await;
    let orchids = lab(&lms, &grace, "Orchids").await;
    let mosses = lab(&lms, &hedy, "Mosses").await;
    let (grace, hedy) = (
        actor_now(&lms, "grace").await,
        actor_now(&lms, "hedy").await,
    );
    // Whoever writes another's lab into a link of their course leads nobody there.
    for (subject, part) in [("ada", "Learner"), ("hedy", "Instructor")] {
        let opened = opens(&lms, subject, part, "course-2", Some(orchids)).await;
        let led = matches!(opened, Attendance::Seated(_) | Attendance::Lab(_));
        assert!(!led, "{subject}: {opened:?}");
    }
    // Nor can they choose it.
    let message = asks(&lms, "hedy", "course-2").await;
    let theirs = ticket(&lms, &message, &hedy).await;
    let (chooser, choice) = lms.identity.lti_chooser(&theirs, here()).await.unwrap();
    let chosen = lms.identity.lti_choose(&chooser, &choice, orchids).await;
    assert!(matches!(chosen, Err(Error::NotFound(_))), "{chosen:?}");
    lms.identity
        .lti_choose(&chooser, &choice, mosses)
        .await
        .unwrap();
    let message = asks(&lms, "grace", "course-1").await;
    let hers = ticket(&lms, &message, &grace).await;
    let (chooser, choice) = lms.identity.lti_chooser(&hers, here()).await.unwrap();
    lms.identity
        .lti_choose(&chooser, &choice, orchids)
        .await
        .unwrap();
    // Learners come onto the list of their own course's lab, once.
    for _ in 0..2 {
        let opened = opens(&lms, "ada", "Learner", "course-1", Some(orchids)).await;
        assert!(matches!(opened, Attendance::Seated(_)), "{opened:?}");
    }
    let mut tx = lms.services.store.read().await.unwrap();
    let users = tx.users(orchids).await.unwrap();
    assert_eq!(users.len(), 1);
    assert!(users[0].registered_at.is_some());
    assert!(tx.users(mosses).await.unwrap().is_empty());
    // What the link names and the course is not linked to counts for nothing there either.
    let roster = tx.lab_envelope(orchids).await.unwrap().unwrap().roster;
    drop(tx);
    assert_eq!(roster.lti_context_id.as_deref(), Some("course-1"));
    assert_eq!(roster.lti_client_id.as_deref(), Some(CLIENT));
    assert_eq!(roster.lms_instance.as_deref(), Some(lms.issuer.as_str()));
    let endpoint = format!("{}/members/0", lms.issuer);
    assert_eq!(roster.lti_roster_endpoint, Some(endpoint));
    let group = roster.active_directory_group_id.unwrap();
    assert!(group.starts_with("lti/"), "{group}");
    let answered = lms.services.directories.group(&group).await.unwrap();
    assert_eq!(answered.unwrap().name, "Botany");
    // A teacher with a role on the lab comes to it; one without is told, and gets none.
    let opened = opens(&lms, "grace", "Instructor", "course-1", None).await;
    assert_eq!(opened, Attendance::Lab(orchids));
    let opened = opens(&lms, "hedy", "Instructor", "course-1", None).await;
    assert!(matches!(opened, Attendance::Told(_)), "{opened:?}");
    assert!(
        actor_now(&lms, "hedy")
            .await
            .grants
            .iter()
            .all(|grant| { grant.scope != Scope::Lab(orchids) })
    );
    // Unlinked is unlinked; those who are on the list stay.
    let all = lms.services.platforms(&lms.owner).await.unwrap();
    let course = all[0]
        .courses
        .iter()
        .find(|(one, _)| one.context == "course-1");
    let course = course.unwrap().0.id;
    let unlinked = lms
        .services
        .unlink_course(&lms.owner, course, orchids)
        .await;
    unlinked.unwrap();
    let opened = opens(&lms, "max", "Learner", "course-1", Some(orchids)).await;
    assert!(matches!(opened, Attendance::Told(_)), "{opened:?}");
}

#[tokio::test]
async fn a_teacher_chooses_among_labs_that_they_may_change() {
    let lms = Lms::new().await;
    let grace = teacher(&lms, "grace").await;
    assert_eq!(
        opens(&lms, "grace", "Instructor", "course-1", None).await,
        Attendance::Choose(Vec::new())
    );
    let orchids = lab(&lms, &grace, "Orchids").await;
    let hedy = teacher(&lms, "hedy").await;
    lab(&lms, &hedy, "Mosses").await;
    let opened = opens(&lms, "grace", "Instructor", "course-1", None).await;
    let Attendance::Choose(labs) = opened else {
        panic!("she was to choose: {opened:?}");
    };
    let labs: Vec<LabId> = labs.into_iter().map(|lab| lab.id).collect();
    assert_eq!(labs, [orchids]);
    // A ticket that stood too long, or of somebody who may not sign in any more, chooses nothing.
    let message = asks(&lms, "grace", "course-1").await;
    let ticket = ticket(&lms, &message, &grace).await;
    let off = lms
        .services
        .set_disabled(&lms.owner, grace.person, true)
        .await;
    off.unwrap();
    let chooser = lms.identity.lti_chooser(&ticket, here()).await;
    assert!(matches!(chooser, Err(Error::Forbidden(_))), "{chooser:?}");
    let on = lms.services.set_disabled(&lms.owner, grace.person, false);
    on.await.unwrap();
    lms.pass(std::time::Duration::from_secs(3601));
    let chooser = lms.identity.lti_chooser(&ticket, here()).await;
    assert!(matches!(chooser, Err(Error::Forbidden(_))), "{chooser:?}");
}
