//! Every step of every workflow fails once: as an error, as a lost answer, and as a database that
//! does not answer. Whatever fails, time brings everything to the same place.

use domain::id::LabId;
use domain::lab::Remake;
use domain::machine::{MachineState, Power};
use domain::operation::OperationStatus;
use service::access::Actor;
use service::engine::EngineError;
use service::machines::{Act as Ask, Selection};

use crate::world::{World, seats};

/// Something that Grace asks for.
#[derive(Clone, Copy, Debug)]
enum Job {
    Create,
    Publish,
    PublishEvery,
    PublishUnclaimed,
    Grow,
    Shrink,
    Start,
    Stop,
    Reimage,
    Delete,
}

/// How a step fails.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The engine refuses.
    Error,
    /// The engine does it, but nobody hears that it did.
    AnswerLost,
    /// The engine does it, and then does not answer.
    Away,
    /// The database does not answer.
    NoDatabase,
}

const FAULTS: [Fault; 4] = [
    Fault::Error,
    Fault::AnswerLost,
    Fault::Away,
    Fault::NoDatabase,
];

/// A world in which the job can be asked for: a lab with a template, and where it is published, with
/// two machines of which Ada has the first.
async fn before(job: Job) -> (World, Actor, LabId) {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    let lab = match job {
        // Nothing is made yet; the lab only keeps another one busy.
        Job::Create => world.lab(&grace, "Other").without_template().create().await,
        Job::Publish => world.lab(&grace, "Python").capacity(2).create().await,
        _ => {
            let lab = world.published(&grace, "Python", 2).await;
            let ada = world.student("ada@example.org").await;
            let code = world.code(&grace, lab).await;
            let list = world.services.add_users(&grace, lab, "ada@example.org");
            list.await.unwrap();
            let register = world.services.register(&ada, &code, "address");
            register.await.unwrap();
            lab
        }
    };
    if matches!(job, Job::Stop) {
        let all = (&Selection::All, Ask::Start);
        let start = world.services.act_on_many(&grace, lab, all.0, all.1);
        assert_eq!(start.await.unwrap(), 2);
    }
    world.converge().await;
    world.assert_at_rest().await;
    (world, grace, lab)
}

async fn ask(world: &World, grace: &Actor, lab: LabId, job: Job) {
    let services = &world.services;
    let many = async |act| {
        let asked = services
            .act_on_many(grace, lab, &Selection::All, act)
            .await
            .unwrap();
        assert_eq!(asked, 2);
    };
    match job {
        Job::Create => drop(world.lab(grace, "Python").create().await),
        Job::Publish => {
            let template = world.template(lab).await.id;
            services.act(grace, template, Ask::Start).await.unwrap();
            drop(world.publish(grace, lab, Remake::Every).await.unwrap());
        }
        Job::PublishEvery => drop(world.publish(grace, lab, Remake::Every).await.unwrap()),
        Job::PublishUnclaimed => {
            drop(world.publish(grace, lab, Remake::Unclaimed).await.unwrap());
        }
        Job::Grow => services
            .set_capacity(grace, lab, seats(4), false)
            .await
            .unwrap(),
        Job::Shrink => services
            .set_capacity(grace, lab, seats(1), false)
            .await
            .unwrap(),
        Job::Start => many(Ask::Start).await,
        Job::Stop => many(Ask::Stop).await,
        Job::Reimage => many(Ask::Reimage).await,
        Job::Delete => drop(services.delete_lab(grace, lab).await.unwrap()),
    }
}

/// What the job must have led to, however it went on the way.
async fn assert_done(world: &World, lab: LabId, job: Job) {
    world.assert_at_rest().await;
    let story = world.describe().await;
    if matches!(job, Job::Delete) {
        assert_eq!(world.find_lab(lab).await, None);
        assert!(world.sim.objects().is_empty());
        return;
    }
    if matches!(job, Job::Create) {
        assert_eq!(world.sim.objects().len(), 1, "one template\n{story}");
        return;
    }
    let operation = world.operation(lab).await;
    assert_eq!(operation.status, OperationStatus::Succeeded, "{story}");
    let pool = world.pool(lab).await;
    let builds: Vec<_> = pool.iter().map(|m| m.wanted.build).collect();
    let generations: Vec<_> = pool.iter().map(|m| m.seen.generation).collect();
    let runs = pool
        .iter()
        .filter(|m| m.state() == MachineState::Running)
        .count();
    let (expected_builds, expected_generations, expected_running) = match job {
        Job::Publish | Job::Stop => (vec![1; 2], vec![1; 2], 0),
        Job::PublishEvery => (vec![2; 2], vec![2; 2], 0),
        Job::PublishUnclaimed => (vec![1, 2], vec![1, 2], 0),
        Job::Grow => (vec![1; 4], vec![1; 4], 0),
        Job::Shrink => (vec![1], vec![1], 0),
        Job::Start => (vec![1; 2], vec![1; 2], 2),
        Job::Reimage => (vec![2; 2], vec![1; 2], 0),
        Job::Create | Job::Delete => unreachable!("these were looked at above"),
    };
    assert_eq!(builds, expected_builds, "{story}");
    assert_eq!(generations, expected_generations, "{story}");
    assert_eq!(runs, expected_running, "{story}");
    assert!(pool.iter().all(|m| m.trouble.is_none()), "{story}");
    let template = world.template(lab).await;
    assert_eq!(template.seen.power, Some(Power::Off));
}

/// Lets step after step of the job fail, until it has no more steps.
async fn survives(job: Job) {
    for fault in FAULTS {
        for nth in 1.. {
            let (world, grace, lab) = before(job).await;
            ask(&world, &grace, lab, job).await;
            let calls = world.changes();
            match fault {
                Fault::Error => world
                    .sim
                    .fail_change(nth, EngineError::Failed("No.".to_owned())),
                Fault::AnswerLost => world
                    .sim
                    .lose_change_answer(nth, EngineError::Failed("Lost.".to_owned())),
                Fault::Away => world
                    .sim
                    .lose_change_answer(nth, EngineError::Away("Gone.".to_owned())),
                Fault::NoDatabase => world.fuse.refuse(i64::try_from(nth).unwrap()),
            }
            // The first round may fail as a whole when the queue cannot be read.
            let first = crate::world::soon(world.reconciler.settle()).await;
            assert!(first.is_ok() || matches!(fault, Fault::NoDatabase));
            let over = match fault {
                Fault::NoDatabase => world.fuse.refuses(),
                _ => world.changes() - calls < nth,
            };
            world.converge().await;
            println!("{job:?}, {fault:?} at step {nth}");
            assert_done(&world, lab, job).await;
            if over {
                break;
            }
        }
    }
}

macro_rules! survive {
    ($($name:ident: $job:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            survives(Job::$job).await;
        }
    )+};
}

survive! {
    creating_a_lab_survives_every_fault: Create,
    publishing_survives_every_fault: Publish,
    publishing_every_machine_again_survives_every_fault: PublishEvery,
    publishing_unclaimed_machines_again_survives_every_fault: PublishUnclaimed,
    growing_a_pool_survives_every_fault: Grow,
    shrinking_a_pool_survives_every_fault: Shrink,
    starting_machines_survives_every_fault: Start,
    stopping_machines_survives_every_fault: Stop,
    reimaging_machines_survives_every_fault: Reimage,
    deleting_a_lab_survives_every_fault: Delete,
}
