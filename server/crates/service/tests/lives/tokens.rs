//! Access tokens: what programs may with them, and how they end.

use std::time::Duration;

use domain::name::{PersonName, TokenName};
use domain::token::{AccessToken, Lifetime, Reach};
use service::access::Actor;
use service::machines::Act as Ask;
use service::users::LinkChange;
use service::{Error, Result};

use crate::world::{World, assert_forbidden};

async fn token(
    world: &World,
    actor: &Actor,
    name: &str,
    reach: Reach,
) -> Result<(String, AccessToken)> {
    let name = TokenName::parse(name).unwrap();
    let month = Lifetime::parse("30d").unwrap();
    world.services.create_token(actor, name, reach, month).await
}

#[tokio::test]
async fn a_token_is_its_person_until_it_ends() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let (secret, made) = token(&world, &grace, "Script", Reach::Full).await.unwrap();
    let who = async |secret: &str| {
        world
            .services
            .authenticate_token(secret, "192.0.2.1")
            .await
            .unwrap()
    };
    let known = Actor {
        from: "192.0.2.1".to_owned(),
        ..grace.clone()
    };
    assert_eq!(who(&secret).await, Some(known));
    assert_eq!(who(secret.trim_start_matches("lectern_")).await, None);
    assert_eq!(who(&format!("{secret}0")).await, None);
    let kept = world.services.tokens(&grace).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].used_at > Some(made.created_at));

    world.pass(Duration::from_secs(30 * 24 * 3600 - 60)).await;
    assert!(who(&secret).await.is_some());
    world.pass(Duration::from_secs(60)).await;
    assert_eq!(who(&secret).await, None);
    // It is still listed, so that its person sees what ended.
    assert_eq!(world.services.tokens(&grace).await.unwrap()[0].id, made.id);
}

#[tokio::test]
async fn a_token_is_taken_back_by_its_person_only() {
    let world = World::new().await;
    let (grace, eve) = (world.owner("Grace").await, world.owner("Eve").await);
    let (secret, made) = token(&world, &grace, "Script", Reach::Full).await.unwrap();
    let stolen = world.services.revoke_token(&eve, made.id).await;
    assert!(matches!(stolen, Err(Error::NotFound(_))), "{stolen:?}");
    assert!(
        world
            .services
            .authenticate_token(&secret, "192.0.2.1")
            .await
            .unwrap()
            .is_some()
    );
    world.services.revoke_token(&grace, made.id).await.unwrap();
    assert_eq!(
        world
            .services
            .authenticate_token(&secret, "192.0.2.1")
            .await
            .unwrap(),
        None
    );
    let again = world.services.revoke_token(&grace, made.id).await;
    assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
}

#[tokio::test]
async fn a_token_that_only_reads_changes_nothing() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = world.published(&grace, "Python", 1).await;
    let open = LinkChange::OpenAccess(true);
    world.services.change_link(&grace, lab, open).await.unwrap();
    let code = world.code(&grace, lab).await;
    let max = world.student("max@example.org").await;
    let reads = async |actor: &Actor| {
        let (secret, _) = token(&world, actor, "Report", Reach::ReadOnly)
            .await
            .unwrap();
        let actor = world
            .services
            .authenticate_token(&secret, "192.0.2.1")
            .await
            .unwrap();
        actor.unwrap()
    };
    let (reader, his) = (reads(&grace).await, reads(&max).await);
    assert_forbidden(world.services.register(&his, &code, "a page").await);
    world
        .services
        .register(&max, &code, "a page")
        .await
        .unwrap();
    let machine = world.machine_of(&max, lab).await.unwrap().id;

    assert!(world.services.lab_detail(&reader, lab).await.is_ok());
    assert_eq!(world.services.my_places(&his).await.unwrap().len(), 1);
    assert_forbidden(world.services.act(&reader, machine, Ask::Start).await);
    assert_forbidden(world.services.act(&his, machine, Ask::Start).await);
    assert_forbidden(
        world
            .services
            .change_link(&reader, lab, LinkChange::Enable(false))
            .await,
    );
    assert_forbidden(
        world
            .services
            .add_users(&reader, lab, "ada@example.org")
            .await,
    );
    assert_forbidden(world.lab(&reader, "Another").try_create().await);
    assert_forbidden(token(&world, &reader, "More", Reach::Full).await);
}

#[tokio::test]
async fn nobody_has_tokens_without_end() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    for n in 0..50 {
        token(&world, &grace, &format!("Script {n}"), Reach::Full)
            .await
            .unwrap();
    }
    let more = token(&world, &grace, "One more", Reach::Full).await;
    assert!(matches!(more, Err(Error::Conflict(_))), "{more:?}");
}

#[tokio::test]
async fn wrong_tokens_are_written_down_and_slow_nobody_who_has_a_right_one() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let (right, _) = token(&world, &grace, "Script", Reach::Full).await.unwrap();
    let (old, made) = token(&world, &grace, "Old", Reach::Full).await.unwrap();
    world.services.revoke_token(&grace, made.id).await.unwrap();
    let come = async |secret: &str, from: &str| {
        let services = &world.services;
        services.authenticate_token(secret, from).await
    };
    // What does not look like one is none of ours.
    for _ in 0..20 {
        let nothing = come("nonsense", "192.0.2.1").await;
        assert_eq!(nothing.unwrap(), None);
    }
    for _ in 0..10 {
        assert_eq!(come(&old, "192.0.2.1").await.unwrap(), None);
    }
    let throttled = come(&old, "192.0.2.1").await;
    assert!(
        matches!(throttled, Err(Error::Throttled { .. })),
        "{throttled:?}"
    );
    assert!(come(&right, "192.0.2.1").await.unwrap().is_some());
    assert_eq!(come(&old, "192.0.2.2").await.unwrap(), None);
    let lines = world.audit(&["token"]).await.into_iter();
    let failed = lines.filter(|(action, ..)| action == "token.fail");
    assert_eq!(failed.count(), 11);
    world.pass(Duration::from_secs(601)).await;
    assert_eq!(come(&old, "192.0.2.1").await.unwrap(), None);
}

#[tokio::test]
async fn who_comes_with_a_token_that_ended_is_named() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let (secret, _) = token(&world, &grace, "Script", Reach::Full).await.unwrap();
    world.pass(Duration::from_secs(31 * 24 * 3600)).await;
    let services = &world.services;
    let ended = services.authenticate_token(&secret, "192.0.2.1").await;
    assert_eq!(ended.unwrap(), None);
    let newest = world.audit(&["token"]).await.remove(0);
    assert_eq!(
        (newest.0.as_str(), newest.1.as_deref()),
        ("token.fail", Some("Grace"))
    );
}

#[tokio::test]
async fn a_program_that_signs_in_is_written_down() {
    let world = World::new().await;
    let name = PersonName::parse("Nightly").unwrap();
    let year = Lifetime::parse("365d").unwrap();
    let made = world.services.create_principal(name, None, year).await;
    let made = made.unwrap();
    let id = made.id.to_string();
    let traded = world
        .services
        .trade_secret(&id, &made.secret, "192.0.2.1")
        .await;
    let token = traded.unwrap();
    let newest = world.audit(&["token"]).await.remove(0);
    assert_eq!(
        (newest.0.as_str(), newest.1.as_deref()),
        ("token.create", Some("Nightly"))
    );
    assert!(newest.2.contains("traded its secret"), "{}", newest.2);
    assert!(!newest.2.contains(&token), "{}", newest.2);
}
