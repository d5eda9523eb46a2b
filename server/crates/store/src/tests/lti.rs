//! Learning platforms, their courses, keys, and what works once.

use domain::id::{CourseId, PlatformId};
use domain::platform::{Platform, PlatformDraft};
use domain::web_address::Scheme;
use service::store::{Course, PlatformInvite, ProviderIdentity, ToolKey, Write};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    platforms_come_back,
    courses_are_linked_to_labs,
    a_nonce_works_once_and_is_forgotten,
    keys_and_invites_come_back,
);

fn platform(n: u32) -> Platform {
    let draft = PlatformDraft {
        name: format!("Platform {n}"),
        issuer: "https://lms.example.org".to_owned(),
        client_id: format!("client-{n}"),
        deployments: "1 2".to_owned(),
        authorization: "https://lms.example.org/auth".to_owned(),
        token: "https://lms.example.org/token".to_owned(),
        audience: if n == 1 {
            "https://api.example.org/token".to_owned()
        } else {
            String::new()
        },
        keys: "https://lms.example.org/jwks".to_owned(),
        pages: "https://pages.example.org".to_owned(),
        trusts_email: n == 1,
    };
    Platform {
        id: PlatformId::new(uuid_of(n)),
        details: draft.parse(Scheme::Https).unwrap(),
        enabled: n == 1,
        created_at: at(n.into()),
    }
}

fn course(n: u32, of: u32) -> Course {
    Course {
        id: CourseId::new(uuid_of(n)),
        platform: platform(of).id,
        deployment: "1".to_owned(),
        context: format!("context-{n}"),
        title: format!("Course {n}"),
        memberships: (n == 1).then(|| "https://lms.example.org/members/1".to_owned()),
        created_at: at(1),
        used_at: at(2),
    }
}

async fn with_platforms(bench: &Bench) -> Box<dyn Write> {
    let mut tx = bench.store.write().await.unwrap();
    for n in [2, 1] {
        tx.insert_platform(&platform(n)).await.unwrap();
    }
    tx
}

async fn platforms_come_back(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = with_platforms(&bench).await;
    assert_eq!(tx.platforms().await.unwrap(), [platform(1), platform(2)]);
    let found = tx.platforms_by_issuer("https://lms.example.org").await;
    assert_eq!(found.unwrap(), [platform(1), platform(2)]);
    let other = tx.platforms_by_issuer("https://lms.example.org/").await;
    assert!(other.unwrap().is_empty());
    let mut changed = platform(2);
    changed.enabled = true;
    changed.details.deployments.clear();
    tx.save_platform(&changed).await.unwrap();
    assert_eq!(
        tx.platform(changed.id).await.unwrap(),
        Some(changed.clone())
    );
    // What it knows people by goes with it, and nothing of others.
    for provider in [format!("lti/{}", changed.id), "school".to_owned()] {
        let identity = ProviderIdentity {
            provider,
            subject: "ada".to_owned(),
            person: person_id(1),
            email: None,
            created_at: at(1),
            used_at: at(1),
        };
        tx.insert_identity(&identity).await.unwrap();
    }
    tx.insert_course(&course(1, 2)).await.unwrap();
    assert!(tx.remove_platform(changed.id).await.unwrap());
    assert!(!tx.remove_platform(changed.id).await.unwrap());
    assert_eq!(tx.course(course(1, 2).id).await.unwrap(), None);
    let left = tx.identities(person_id(1)).await.unwrap();
    assert_eq!((left.len(), left[0].provider.as_str()), (1, "school"));
    let mut double = platform(3);
    double.details.client_id = "client-1".to_owned();
    let told = sentence(tx.insert_platform(&double).await);
    assert!(told.contains("issuer and client id"), "{told}");
}

async fn courses_are_linked_to_labs(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = with_platforms(&bench).await;
    insert_lab(&mut *tx, &lab(2)).await;
    let mut one = course(1, 1);
    tx.insert_course(&one).await.unwrap();
    // Somebody else was first: their row is kept.
    let late = Course {
        id: CourseId::new(uuid_of(9)),
        ..one.clone()
    };
    tx.insert_course(&late).await.unwrap();
    let found = tx.course_by_context(one.platform, "1", "context-1").await;
    assert_eq!(found.unwrap(), Some(one.clone()));
    let elsewhere = tx.course_by_context(one.platform, "2", "context-1").await;
    assert_eq!(elsewhere.unwrap(), None);
    one.title = "Another".to_owned();
    one.memberships = None;
    one.used_at = at(7);
    tx.save_course(&one).await.unwrap();
    assert_eq!(tx.courses(one.platform).await.unwrap(), [one.clone()]);
    let (first, second) = (
        service::access::Allowed::for_test(lab(1)),
        service::access::Allowed::for_test(lab(2)),
    );
    tx.link_course(one.id, &second, at(5)).await.unwrap();
    tx.link_course(one.id, &first, at(6)).await.unwrap();
    tx.link_course(one.id, &second, at(9)).await.unwrap();
    let labs = tx.labs_of_course(one.id).await.unwrap();
    assert_eq!(labs, [lab_id(2), lab_id(1)]);
    assert!(tx.unlink_course(one.id, lab_id(2)).await.unwrap());
    assert!(!tx.unlink_course(one.id, lab_id(2)).await.unwrap());
    tx.remove_lab(&first).await.unwrap();
    assert!(tx.labs_of_course(one.id).await.unwrap().is_empty());
    commit(tx).await;
}

async fn a_nonce_works_once_and_is_forgotten(bench: Bench) {
    let mut tx = with_platforms(&bench).await;
    let (one, two) = (platform(1).id, platform(2).id);
    assert!(tx.use_nonce(one, "n", at(10), at(1)).await.unwrap());
    assert!(!tx.use_nonce(one, "n", at(10), at(10)).await.unwrap());
    // Another platform's are its own.
    assert!(tx.use_nonce(two, "n", at(10), at(10)).await.unwrap());
    assert!(tx.use_nonce(one, "n", at(20), at(11)).await.unwrap());
    commit(tx).await;
}

async fn keys_and_invites_come_back(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let key = |id: &str, when| ToolKey {
        id: id.to_owned(),
        secret: sealed(id),
        public: "{}".to_owned(),
        created_at: at(when),
    };
    for one in [key("old", 1), key("new", 2)] {
        tx.insert_tool_key(&one).await.unwrap();
    }
    assert_eq!(
        tx.tool_keys().await.unwrap(),
        [key("new", 2), key("old", 1)]
    );
    let invite = PlatformInvite {
        token_hash: "hash".to_owned(),
        made_by: person_id(1),
        expires_at: at(9),
    };
    tx.insert_platform_invite(&invite).await.unwrap();
    assert_eq!(
        tx.platform_invite("hash").await.unwrap(),
        Some(invite.clone())
    );
    assert_eq!(tx.take_platform_invite("hash").await.unwrap(), Some(invite));
    assert_eq!(tx.take_platform_invite("hash").await.unwrap(), None);
    commit(tx).await;
}
