//! Launches that are begun, and how the portal is told who comes.

use identity::lti::{Landing, Login, Posted, Wish};
use serde_json::json;
use service::Error;
use service::courses::CourseRole;

use crate::lms::{CLIENT, DEPLOYMENT, Lms, SITE, claim, here};

fn refused<T: std::fmt::Debug>(what: &str, result: service::Result<T>) -> String {
    match result {
        Err(Error::Forbidden(sentence)) => sentence,
        Err(Error::Invalid(invalid)) => invalid.message,
        other => panic!("{what} was to be refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_the_platform_with_everything_it_needs() {
    let lms = Lms::new().await;
    let away = lms.leave().await;
    for (name, value) in [
        ("tenant", "1"),
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("client_id", CLIENT),
        ("redirect_uri", "http://labs.example.org/lti/launch"),
        ("login_hint", "hint"),
        ("lti_message_hint", "message"),
    ] {
        assert_eq!(away.asked[name], value, "{name}");
    }
    // Two launches at once in one browser share its cookie, and nothing else.
    let second = lms.leave_with(Some(&away.cookie)).await;
    assert_eq!(second.cookie, away.cookie);
    assert_ne!(second.nonce, away.nonce);
    assert_ne!(second.state, away.state);
    // A cookie that was made up is not kept.
    assert_ne!(lms.leave_with(Some("00")).await.cookie, "00");
}

#[tokio::test]
async fn a_message_says_who_comes_from_where_and_for_what() {
    let lms = Lms::new().await;
    let lab = "0192f0c1-0000-7000-8000-000000000001";
    let message = lms
        .message("ada", "Learner", |claims| {
            claims["email"] = json!("ada@school.example");
            claims[claim("custom")] = json!({ "lab": lab });
        })
        .await;
    assert_eq!(message.subject, "ada");
    assert_eq!(message.name.unwrap().as_str(), "Ada Lovelace");
    // The platform's word for an address counts only where an owner said so.
    assert!(!message.email_is_theirs);
    assert_eq!(message.role, CourseRole::Learner);
    let course = message.course.unwrap();
    assert_eq!(course.title, "Botany");
    assert_eq!(course.deployment, DEPLOYMENT);
    let members = format!("{}/members/0", lms.issuer);
    assert_eq!(course.memberships, Some(members));
    assert_eq!(
        message.wish,
        Wish::Open {
            lab: Some(lab.parse().unwrap())
        }
    );
}

#[tokio::test]
async fn what_no_known_platform_begins_is_refused() {
    let lms = Lms::new().await;
    let right = lms.login();
    let begin = async |change: &dyn Fn(&mut Login)| {
        let mut login = right.clone();
        change(&mut login);
        lms.identity.lti().login(&login, None).await
    };
    type Change<'c> = &'c dyn Fn(&mut Login);
    let forgeries: [(&str, Change<'_>); 9] = [
        ("another issuer", &|l| {
            l.iss = "http://evil.example".to_owned()
        }),
        ("no issuer", &|l| l.iss.clear()),
        ("an issuer with a slash", &|l| l.iss.push('/')),
        ("another client", &|l| {
            l.client_id = Some("client-8".to_owned())
        }),
        ("no hint", &|l| l.login_hint.clear()),
        ("no target", &|l| l.target_link_uri.clear()),
        ("another site", &|l| {
            l.target_link_uri = "http://evil.example/lti/launch".to_owned();
        }),
        ("a site that begins alike", &|l| {
            l.target_link_uri = "http://labs.example.org.evil.example/".to_owned();
        }),
        ("a path", &|l| l.target_link_uri = "/lti/launch".to_owned()),
    ];
    for (what, change) in forgeries {
        refused(what, begin(change).await);
    }
    // The client is not always told.
    begin(&|l| l.client_id = None).await.unwrap();
    // Two registrations with one issuer are told apart by client or deployment, or not at all.
    let mut second = crate::lms::draft(&lms.issuer);
    second.client_id = "client-8".to_owned();
    second.deployments = "2:def".to_owned();
    let added = lms.services.add_platform(&lms.owner, &second).await;
    let second = added.unwrap();
    let of = async |client: Option<&str>, deployment: Option<&str>| {
        let left = begin(&|l| {
            l.client_id = client.map(str::to_owned);
            l.lti_deployment_id = deployment.map(str::to_owned);
        })
        .await;
        let address = left.ok()?.address;
        Some(address.contains("client_id=client-8"))
    };
    assert_eq!(of(Some("client-8"), None).await, Some(true));
    assert_eq!(of(None, Some("2:def")).await, Some(true));
    assert_eq!(of(None, Some(DEPLOYMENT)).await, Some(false));
    assert_eq!(of(None, None).await, None);
    // Off is off.
    let switched = lms.services.switch_platform(&lms.owner, second, false);
    switched.await.unwrap();
    assert_eq!(of(Some("client-8"), None).await, None);
}

#[tokio::test]
async fn a_frame_is_tried_before_the_hint_is_spent() {
    let lms = Lms::new().await;
    let lti = lms.identity.lti();
    let trial = lti.trial(&lms.login()).await.unwrap();
    let (platform, address) = lti.own_window(&lms.login()).await.unwrap();
    assert_eq!(platform.id, lms.platform);
    assert_eq!(trial.address, format!("{address}&tried=1"));
    let read = url::Url::parse(&format!("{SITE}{address}")).unwrap();
    assert_eq!(read.path(), "/lti/login");
    let again: std::collections::HashMap<_, _> = read.query_pairs().into_owned().collect();
    assert_eq!(again["login_hint"], "hint");
    assert_eq!(again["lti_message_hint"], "message");
    assert_eq!(again["lti_deployment_id"], DEPLOYMENT);
    // The cookie that was kept is that of the launch.
    let away = lms.leave_with(Some(&trial.cookie)).await;
    assert_eq!(away.cookie, trial.cookie);
    // Neither is for what may not begin.
    let mut elsewhere = lms.login();
    elsewhere.target_link_uri = "http://evil.example/lti/launch".to_owned();
    refused("a trial", lti.trial(&elsewhere).await);
    refused("a window", lti.own_window(&elsewhere).await);
}

#[tokio::test]
async fn a_browser_without_cookies_in_frames_goes_on_in_a_window() {
    let lms = Lms::new().await;
    let away = lms.leave().await;
    let posted = Posted {
        state: away.state.clone(),
        id_token: lms.key.sign(&lms.claims(&away, "ada", "Learner")),
        error: String::new(),
    };
    let landed = lms
        .identity
        .lti()
        .launch(&posted, None, here())
        .await
        .unwrap();
    let Landing::OwnWindow { address, platform } = landed else {
        panic!("nobody can be let in without the cookie: {landed:?}");
    };
    assert_eq!(platform.id, lms.platform);
    let address = url::Url::parse(&format!("{SITE}{}", address.unwrap())).unwrap();
    assert_eq!(address.path(), "/lti/login");
    let again: std::collections::HashMap<_, _> = address.query_pairs().into_owned().collect();
    assert_eq!(again["iss"], lms.issuer);
    assert_eq!(again["login_hint"], "hint");
    assert_eq!(again["lti_message_hint"], "message");
    assert_eq!(again["client_id"], CLIENT);
    // Nothing was used up: the browser that has the cookie goes on.
    let landed = lms.land(&away, posted.id_token).await;
    assert!(matches!(landed, Ok(Landing::Message(_))), "{landed:?}");
}

#[tokio::test]
async fn only_platforms_that_are_switched_on_show_refusals_in_their_frames() {
    let lms = Lms::new().await;
    let mut other = crate::lms::draft("https://canvas.example.org");
    other.client_id = "client-8".to_owned();
    let other = lms.services.add_platform(&lms.owner, &other).await;
    let other = other.unwrap();
    let framed = async || {
        let origins = lms.identity.lti().frame_origins().await.unwrap();
        let of = |origin: &str| origins.iter().any(|one| one == origin);
        (of(&lms.issuer), of("https://canvas.example.org"))
    };
    assert_eq!(framed().await, (true, true));
    for (on, shown) in [(false, (true, false)), (true, (true, true))] {
        let switched = lms.services.switch_platform(&lms.owner, other, on);
        switched.await.unwrap();
        assert_eq!(framed().await, shown);
    }
}
