//! Access tokens: what programs may with them, and how they end.

use std::time::Duration;

use domain::name::TokenName;
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
    let from_there = Actor {
        from: "192.0.2.1".to_owned(),
        ..grace.clone()
    };
    assert_eq!(who(&secret).await, Some(from_there));
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
