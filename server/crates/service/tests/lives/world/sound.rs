//! What must be true after every step, and what must be true besides once everything is done.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::id::{LabId, UserId};
use domain::lab::{Lab, LabState};
use domain::machine::{Machine, MachineKind, Power};
use domain::operation::{Operation, OperationKind, OperationStatus};
use domain::user::User;
use service::engine::ObjectKind;

use super::World;

/// Everything that is written down, in one consistent state.
struct Rows {
    labs: BTreeMap<LabId, Lab>,
    machines: Vec<Machine>,
    users: HashMap<UserId, User>,
    waiting: HashMap<LabId, Vec<User>>,
    free: HashSet<LabId>,
    operations: Vec<Operation>,
}

impl World {
    async fn rows(&self) -> Rows {
        let mut tx = self.services.store.read().await.unwrap();
        let mut rows = Rows {
            labs: BTreeMap::new(),
            machines: tx.all_machines().await.unwrap(),
            users: HashMap::new(),
            waiting: HashMap::new(),
            free: HashSet::new(),
            operations: Vec::new(),
        };
        for lab in tx.labs().await.unwrap() {
            let id = lab.id;
            rows.users
                .extend(tx.users(id).await.unwrap().into_iter().map(|u| (u.id, u)));
            rows.waiting.insert(id, tx.waiting_users(id).await.unwrap());
            if tx.free_machine(id).await.unwrap().is_some() {
                rows.free.insert(id);
            }
            rows.operations
                .extend(tx.operations(id, 100).await.unwrap());
            rows.labs.insert(id, lab);
        }
        rows
    }

    /// What holds at any moment, whatever is under way.
    pub async fn assert_sound(&self) {
        let rows = self.rows().await;
        let mut names = HashSet::new();
        let mut seated = HashSet::new();
        let mut seats = HashSet::new();
        for machine in &rows.machines {
            let name = &machine.hostname;
            assert!(names.insert(name.clone()), "two machines are called {name}");
            assert!(rows.labs.contains_key(&machine.lab), "{name} has no lab");
            if !machine.wanted.present {
                continue;
            }
            assert!(
                seats.insert((machine.lab, machine.seat)),
                "two machines have seat {} of one lab",
                machine.seat
            );
            if let Some(user) = machine.claimed_by {
                let line = rows.users.get(&user);
                let line = line.unwrap_or_else(|| panic!("{name} is a stranger's"));
                assert_eq!(machine.kind, MachineKind::User, "{name} is a template");
                assert_eq!(line.lab, machine.lab, "{name} is another lab's user's");
                assert!(line.person.is_some(), "{name} is somebody's who never came");
                assert!(seated.insert(user), "{} has two machines", line.email);
            }
        }
        for lab in rows.labs.values() {
            let under_way: Vec<_> = rows
                .operations
                .iter()
                .filter(|o| o.lab == lab.id && o.status == OperationStatus::InProgress)
                .filter(|o| o.kind != OperationKind::CreateLab)
                .collect();
            assert!(under_way.len() <= 1, "two things are under way at once");
            assert!(lab.deleting || !lab.in_bin(), "{} is in the bin", lab.title);
            let to_run = rows
                .machines
                .iter()
                .find(|m| m.lab == lab.id && m.wanted.power == Power::On);
            assert!(
                !(lab.deleting && to_run.is_some()),
                "a machine of a deleted lab is to run: {to_run:?}"
            );
            assert!(
                lab.published_generation <= lab.wanted_generation,
                "{} has published what nobody wanted",
                lab.title
            );
        }
        for operation in &rows.operations {
            let over = operation.status != OperationStatus::InProgress;
            assert!(operation.percent() <= 100);
            assert_eq!(operation.ended_at.is_some(), over, "{operation:?}");
            let failed = operation.status == OperationStatus::Failed;
            assert_eq!(operation.error.is_some(), failed, "{operation:?}");
        }
    }

    /// What holds when nothing is left to do: the engine has what the rows say, and nothing else.
    pub async fn assert_at_rest(&self) {
        self.assert_sound().await;
        let rows = self.rows().await;
        let story = self.describe().await;
        let mut machines = HashMap::new();
        let mut generations = HashSet::new();
        for object in self.sim.objects() {
            match object.kind {
                ObjectKind::Machine(id, sighting) => {
                    let before = machines.insert(id, (object.name, sighting));
                    assert!(before.is_none(), "a machine is there twice\n{story}");
                }
                ObjectKind::Generation {
                    lab,
                    generation,
                    complete,
                } => {
                    let owner = rows.labs.get(&lab);
                    assert!(
                        owner.is_some_and(|lab| lab.published_generation == generation),
                        "generation {generation} is nobody's\n{story}"
                    );
                    assert!(complete, "a generation is half made\n{story}");
                    generations.insert(lab);
                }
            }
        }
        for machine in &rows.machines {
            let name = &machine.hostname;
            assert!(machine.wanted.present, "{name} is still to go\n{story}");
            let object = machines.remove(&machine.id);
            if machine.trouble.as_ref().is_some_and(|t| t.failed) {
                continue;
            }
            assert_eq!(machine.trouble, None, "{name} is in trouble\n{story}");
            assert!(machine.is_settled(), "{name} is not as wanted\n{story}");
            let (object, sighting) = object.unwrap_or_else(|| panic!("{name} is gone\n{story}"));
            assert_eq!(object, *name, "a machine has two names\n{story}");
            assert_eq!(sighting.build, machine.wanted.build, "{name}\n{story}");
            assert_eq!(sighting.power, machine.wanted.power, "{name}\n{story}");
            assert_eq!(sighting.generation, machine.seen.generation, "{name}");
            let runs = machine.wanted.power == Power::On;
            assert_eq!(machine.seen.address.is_some(), runs, "{name}\n{story}");
            assert!(
                !runs || !self.sim.accounts(name).is_empty(),
                "{name} runs without accounts\n{story}"
            );
        }
        assert!(machines.is_empty(), "strays: {machines:?}\n{story}");
        for lab in rows.labs.values() {
            let title = &lab.title;
            assert!(!lab.deleting, "{title} is still to go\n{story}");
            assert_eq!(lab.wanted_generation, lab.published_generation, "{story}");
            let pool = rows
                .machines
                .iter()
                .filter(|m| m.lab == lab.id && m.kind == MachineKind::User);
            let pool = u32::try_from(pool.count()).unwrap();
            if lab.published_generation == 0 {
                assert_eq!(lab.state, LabState::Draft, "{title}\n{story}");
                assert_eq!(pool, 0, "{title} is a draft with machines\n{story}");
            } else {
                assert_eq!(lab.state, LabState::Published, "{title}\n{story}");
                assert_eq!(pool, lab.capacity.seats(), "{title}\n{story}");
                assert_eq!(generations.contains(&lab.id), lab.has_template(), "{story}");
            }
            let waits = !rows.waiting[&lab.id].is_empty();
            assert!(
                !(waits && rows.free.contains(&lab.id)),
                "somebody waits for a machine of {title} while one is free\n{story}"
            );
        }
        for operation in &rows.operations {
            assert_ne!(
                operation.status,
                OperationStatus::InProgress,
                "{operation:?}\n{story}"
            );
        }
    }

    /// Everything there is, for the reader of a failure.
    pub async fn describe(&self) -> String {
        use std::fmt::Write as _;
        let rows = self.rows().await;
        let mut text = String::new();
        for lab in rows.labs.values() {
            writeln!(text, "{lab:#?}").unwrap();
        }
        for machine in &rows.machines {
            writeln!(text, "{machine:?}").unwrap();
        }
        for operation in &rows.operations {
            writeln!(text, "{operation:?}").unwrap();
        }
        for object in self.sim.objects() {
            writeln!(text, "{object:?}").unwrap();
        }
        text
    }
}
