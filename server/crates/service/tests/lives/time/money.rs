//! Budgets: a word at most of it, a hold at all of it, and who lets go on.

use domain::money::{Amount, Price};
use service::machines::Act as Ask;

use super::School;
use crate::world::conflict;

#[tokio::test]
async fn a_budget_warns_once_holds_and_is_lifted_by_a_word() {
    let world = crate::world::World::new().await;
    let owner = world.owner("Olga").await;
    let services = &world.services;
    services
        .update_plan(&owner, |plan| {
            let size = domain::size::SizeName::parse("Basic_1_1GB_8").unwrap();
            plan.prices = vec![(size, Price::parse("1").unwrap())];
        })
        .await
        .unwrap();
    let school = School::within(world, 6000).await;
    let (world, services) = (&school.world, &school.world.services);
    let ten = Amount::parse("budget", "10").unwrap();
    services
        .set_budget(&school.grace, school.lab, Some(ten))
        .await
        .unwrap();
    school.ask(&school.ada, Ask::Start).await;
    school.until(7 * 60).await;
    assert!(world.mails("budget.warning").await.is_empty());
    // Most of it is spent while the machine runs on.
    school.until(8 * 60 + 20).await;
    let mails = world.mails("budget.warning").await;
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0]
            .mail
            .text
            .contains("% of the budget of “Python” are spent.")
    );
    school.ask(&school.ada, Ask::Stop).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(11 * 60).await;
    assert!(school.runs().await, "who runs is left to run");
    assert_eq!(world.mails("budget.warning").await.len(), 2);
    school.ask(&school.ada, Ask::Stop).await;
    let refused = conflict(services.act(&school.ada, school.machine, Ask::Start).await);
    assert_eq!(
        refused,
        "The lab's budget is spent. Your educator can let machines start again."
    );
    school.ask(&school.grace, Ask::Start).await;
    school.ask(&school.grace, Ask::Stop).await;
    services
        .let_students_start(&school.grace, school.lab)
        .await
        .unwrap();
    school.ask(&school.ada, Ask::Start).await;
    school.until(12 * 60).await;
    assert!(school.runs().await);
    school.ask(&school.ada, Ask::Stop).await;
    assert_eq!(world.mails("budget.warning").await.len(), 2);
    let dashboard = services.dashboard(&school.grace, school.lab).await.unwrap();
    assert!(dashboard.spent > ten);
}
