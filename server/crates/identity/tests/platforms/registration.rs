//! A platform that registers itself by a one-time address.

use std::time::Duration;

use identity::lti::{Registered, Registering};
use serde_json::json;
use service::Error;

use crate::lms::{Lms, here};

async fn register(lms: &Lms, token: &str) -> service::Result<Registered> {
    let asked = Registering {
        openid_configuration: format!("{}/configuration?x=1", lms.issuer),
        registration_token: "registration-token".to_owned(),
    };
    lms.identity.lti_register(token, &asked, here()).await
}

async fn invite(lms: &Lms) -> String {
    lms.services.invite_platform(&lms.owner).await.unwrap()
}

#[tokio::test]
async fn a_platform_registers_itself_and_waits_for_an_owner() {
    let lms = Lms::new().await;
    let token = invite(&lms).await;
    let registered = register(&lms, &token).await.unwrap();
    assert_eq!(registered.frames, std::slice::from_ref(&lms.issuer));
    let (bearer, tool) = lms.office.lock().unwrap().registered[0].clone();
    assert_eq!(bearer, "Bearer registration-token");
    let launch = "http://labs.example.org/lti/launch";
    assert_eq!(
        tool["initiate_login_uri"],
        "http://labs.example.org/lti/login"
    );
    assert_eq!(tool["jwks_uri"], "http://labs.example.org/lti/jwks");
    assert_eq!(tool["redirect_uris"], json!([launch]));
    assert_eq!(tool["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(tool["response_types"], json!(["id_token"]));
    let grants = json!(["implicit", "client_credentials"]);
    assert_eq!(tool["grant_types"], grants);
    let own = &tool["https://purl.imsglobal.org/spec/lti-tool-configuration"];
    assert_eq!(own["domain"], "labs.example.org");
    assert_eq!(own["target_link_uri"], launch);
    let messages = &own["messages"];
    assert_eq!(messages[0]["type"], "LtiDeepLinkingRequest");
    assert_eq!(messages[0]["placements"], json!(["ContentArea"]));
    assert_eq!(messages[1]["type"], "LtiResourceLinkRequest");
    // It is known, and nobody comes from it yet.
    let all = lms.services.platforms(&lms.owner).await.unwrap();
    let made = all.iter().find(|one| one.platform.id != lms.platform);
    let made = &made.unwrap().platform;
    assert!(!made.enabled);
    assert_eq!(made.details.client_id, "made-here");
    assert_eq!(made.details.deployments, ["5"]);
    let audience = made.details.audience.as_deref();
    assert_eq!(audience, Some("https://api.example.org/token"));
    assert!(!made.details.trusts_email);
    let mut login = lms.login();
    login.client_id = Some("made-here".to_owned());
    let begun = lms.identity.lti().login(&login, None).await;
    assert!(matches!(begun, Err(Error::Forbidden(_))), "{begun:?}");
    let on = lms
        .services
        .switch_platform(&lms.owner, made.id, true)
        .await;
    on.unwrap();
    assert!(lms.identity.lti().login(&login, None).await.is_ok());
    // The address was for one.
    let again = register(&lms, &token).await;
    assert!(matches!(again, Err(Error::Forbidden(_))), "{again:?}");
    assert_eq!(lms.office.lock().unwrap().registered.len(), 1);
}

#[tokio::test]
async fn a_school_registers_on_its_own_site() {
    let lms = Lms::new().await;
    let token = invite(&lms).await;
    let school = lms.issuer.replace("127.0.0.1", "localhost");
    {
        let mut office = lms.office.lock().unwrap();
        office.registers_at = Some(format!("{school}/register"));
        office.authorizes_as = Some("sso.school.example".to_owned());
    }
    let registered = register(&lms, &token).await.unwrap();
    // The pages of both may show what the portal answers.
    assert_eq!(registered.frames, [lms.issuer.clone(), school.clone()]);
    let all = lms.services.platforms(&lms.owner).await.unwrap();
    let made = all.iter().find(|one| one.platform.id != lms.platform);
    let details = &made.unwrap().platform.details;
    assert_eq!(details.pages, [lms.issuer.clone(), school]);
    // A host alone is no audience.
    assert_eq!(details.audience, None);
    assert_eq!(lms.office.lock().unwrap().registered.len(), 1);
}

#[tokio::test]
async fn an_address_that_does_not_work_asks_nobody() {
    let lms = Lms::new().await;
    let late = invite(&lms).await;
    lms.pass(Duration::from_secs(24 * 3600 + 1));
    for token in [late.as_str(), "", "made-up"] {
        let refused = register(&lms, token).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    assert!(lms.office.lock().unwrap().registered.is_empty());
    // Guessing is throttled.
    for _ in 0..7 {
        assert!(register(&lms, "guess").await.is_err());
    }
    let right = invite(&lms).await;
    let throttled = register(&lms, &right).await;
    assert!(
        matches!(throttled, Err(Error::Throttled { .. })),
        "{throttled:?}"
    );
    // Only owners make one.
    let max = lms
        .local("max", Some(domain::role::Role::Contributor))
        .await;
    let made = lms.services.invite_platform(&max).await;
    assert!(matches!(made, Err(Error::Forbidden(_))), "{made:?}");
}

#[tokio::test]
async fn nobody_registers_in_anothers_name() {
    let lms = Lms::new().await;
    let token = invite(&lms).await;
    for another in ["http://canvas.example.org", "http://evil.127.0.0.1"] {
        lms.office.lock().unwrap().calls_itself = Some(another.to_owned());
        let refused = register(&lms, &token).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    let nowhere = Registering {
        openid_configuration: "file:///etc/passwd".to_owned(),
        registration_token: String::new(),
    };
    let refused = lms.identity.lti_register(&token, &nowhere, here()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    // What failed used nothing up.
    lms.office.lock().unwrap().calls_itself = None;
    register(&lms, &token).await.unwrap();
}

#[tokio::test]
async fn one_address_asks_other_servers_ten_times_at_most() {
    let lms = Lms::new().await;
    let token = invite(&lms).await;
    let asked = Registering {
        openid_configuration: format!("{}/nothing", lms.issuer),
        registration_token: String::new(),
    };
    // Whoever has the address comes from everywhere.
    let mut from = here().clone();
    for n in 1..=10 {
        from.address = format!("198.51.100.{n}");
        let failed = lms.identity.lti_register(&token, &asked, &from).await;
        assert!(
            !matches!(failed, Ok(_) | Err(Error::Throttled { .. })),
            "{failed:?}"
        );
    }
    from.address = "198.51.100.11".to_owned();
    let refused = lms.identity.lti_register(&token, &asked, &from).await;
    assert!(
        matches!(refused, Err(Error::Throttled { .. })),
        "{refused:?}"
    );
    // Another address works from the same place.
    let other = invite(&lms).await;
    register(&lms, &other).await.unwrap();
}
