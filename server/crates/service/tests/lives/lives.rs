//! Random lives: labs, people, clicks, faults, accidents, crashes and jumps of the clock, from a
//! seed. What must be true is true after every step; and when the faults end, everything comes to
//! rest. A seed that fails is printed with its story, and fails again when it is run again.

use std::sync::Mutex;
use std::time::Duration;

use domain::id::LabId;
use domain::lab::Remake;
use domain::machine::Machine;
use domain::name::Hostname;
use futures::FutureExt as _;
use service::access::Actor;
use service::engine::EngineError;
use service::machines::{Act as Ask, Selection};
use service::reconcile::Reconciler;
use service::users::LinkChange;
use service::{Error, Result};

use crate::world::{A_WHILE, Dice, World, seats};

const STEPS: usize = 45;

/// One life, and what happened in it.
struct Life {
    world: World,
    dice: Dice,
    grace: Actor,
    students: Vec<Actor>,
    labs: Vec<LabId>,
    /// The process that is alive; its number counts how many have lived.
    process: Reconciler,
    number: u32,
    story: Mutex<Vec<String>>,
    /// What is broken until the faults end.
    broken: Mutex<Vec<Hostname>>,
}

impl Life {
    async fn new(seed: u64) -> Self {
        let world = World::new().await;
        let grace = world.owner("Grace").await;
        let mut students = Vec::new();
        for n in 0..6 {
            students.push(world.student(&format!("s{n}@example.org")).await);
        }
        Self {
            dice: Dice::new(seed),
            grace,
            students,
            labs: Vec::new(),
            process: world.replica("process 0"),
            number: 0,
            story: Mutex::default(),
            broken: Mutex::default(),
            world,
        }
    }

    fn tell(&self, what: impl Into<String>) {
        self.story.lock().unwrap().push(what.into());
    }

    /// A click may be refused, but only for a reason that a person can understand.
    fn clicked<T>(&self, what: String, result: Result<T>) {
        let answer = match &result {
            Ok(_) => "done".to_owned(),
            Err(Error::Conflict(sentence) | Error::Forbidden(sentence)) => sentence.clone(),
            Err(error @ (Error::NotFound(_) | Error::Throttled { .. })) => error.to_string(),
            Err(error) => panic!("{what}: {error:?}"),
        };
        self.tell(format!("{what}: {answer}"));
    }

    fn lab(&self) -> Option<LabId> {
        self.dice.pick(&self.labs).copied()
    }

    async fn machine(&self) -> Option<Machine> {
        let machines = self.world.machines(self.lab()?).await;
        self.dice.pick(&machines).cloned()
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..6 => self.create().await,
            6..16 => self.publish().await,
            16..22 => self.scale().await,
            22..24 => self.delete().await,
            24..25 => self.keep_or_not().await,
            25..43 => self.click_a_machine().await,
            43..47 => self.click_them_all().await,
            47..57 => self.register().await,
            57..61 => self.leave().await,
            61..66 => self.break_something(),
            66..71 => self.have_an_accident().await,
            71..75 => self.go_away_or_come_back(),
            75..81 => self.crash().await,
            81..84 => self.sweep().await,
            84..92 => self.let_time_pass(),
            92..95 => self.bring_back().await,
            95..96 => self.erase().await,
            _ => {}
        }
        if self.dice.below(10) < 6 {
            self.settle().await;
        }
    }

    async fn create(&mut self) {
        if self.labs.len() >= 3 {
            return;
        }
        let title = format!("Lab {}", self.dice.below(4));
        let mut plan = self.world.lab(&self.grace, &title);
        if self.dice.below(3) == 0 {
            plan = plan.without_template();
        }
        if self.dice.below(2) == 0 {
            plan = plan.own_passwords();
        }
        let capacity = u32::try_from(self.dice.below(4)).unwrap();
        let lab = plan.capacity(capacity).try_create().await;
        if let Ok(lab) = &lab {
            let open = LinkChange::OpenAccess(true);
            let services = &self.world.services;
            services.change_link(&self.grace, *lab, open).await.unwrap();
            self.labs.push(*lab);
        }
        self.clicked(format!("create {title}"), lab);
    }

    async fn publish(&self) {
        let Some(lab) = self.lab() else { return };
        let remake = *self.dice.pick(&[Remake::Every, Remake::Unclaimed]).unwrap();
        let capacity = match self.dice.below(6) {
            n @ 0..4 => Some(seats(u32::try_from(n).unwrap())),
            _ => None,
        };
        let services = &self.world.services;
        let publish = services.publish(&self.grace, lab, remake, capacity).await;
        self.clicked(format!("publish {remake:?} {capacity:?}"), publish);
    }

    async fn scale(&self) {
        let Some(lab) = self.lab() else { return };
        let capacity = seats(u32::try_from(self.dice.below(5)).unwrap());
        let insist = self.dice.below(3) == 0;
        let services = &self.world.services;
        let scale = services
            .set_capacity(&self.grace, lab, capacity, insist)
            .await;
        self.clicked(format!("scale {capacity:?}"), scale);
    }

    async fn delete(&self) {
        let Some(lab) = self.lab() else { return };
        let delete = self.world.services.delete_lab(&self.grace, lab).await;
        self.clicked("delete".to_owned(), delete);
    }

    /// The plan keeps deleted labs for a day from now on, or not at all.
    async fn keep_or_not(&self) {
        let days = u32::try_from(self.dice.below(3)).unwrap().min(1);
        self.world.keep_deleted_labs(days).await;
        self.tell(format!("deleted labs are kept for {days} days"));
    }

    async fn a_deleted_lab(&self) -> Option<LabId> {
        let deleted = self.world.services.deleted_labs(&self.grace).await;
        let deleted = deleted.unwrap();
        self.dice.pick(&deleted).map(|deleted| deleted.lab.id)
    }

    async fn bring_back(&self) {
        let Some(lab) = self.a_deleted_lab().await else {
            return;
        };
        let restored = self.world.services.restore_lab(&self.grace, lab).await;
        self.clicked("bring back".to_owned(), restored);
    }

    async fn erase(&self) {
        let Some(lab) = self.a_deleted_lab().await else {
            return;
        };
        let erased = self.world.services.erase_lab(&self.grace, lab).await;
        self.clicked("erase".to_owned(), erased);
    }

    async fn click_a_machine(&self) {
        let Some(machine) = self.machine().await else {
            return;
        };
        let acts = [Ask::Start, Ask::Start, Ask::Stop, Ask::Reimage, Ask::Retry];
        let act = *self.dice.pick(&acts).unwrap();
        let who = match self.dice.below(2) {
            0 => &self.grace,
            _ => self.dice.pick(&self.students).unwrap(),
        };
        let asked = self.world.services.act(who, machine.id, act).await;
        self.clicked(
            format!("{act:?} {} by {}", machine.hostname, who.name),
            asked,
        );
    }

    async fn click_them_all(&self) {
        let Some(lab) = self.lab() else { return };
        let acts = [Ask::Start, Ask::Stop, Ask::Reimage, Ask::Retry];
        let act = *self.dice.pick(&acts).unwrap();
        let (services, all) = (&self.world.services, &Selection::All);
        let asked = services.act_on_many(&self.grace, lab, all, act).await;
        self.clicked(format!("{act:?} all"), asked);
    }

    async fn register(&self) {
        let Some(lab) = self.lab() else { return };
        let services = &self.world.services;
        let Ok(code) = services.registration_code(&self.grace, lab).await else {
            return;
        };
        let student = self.dice.pick(&self.students).unwrap();
        let seat = services.register(student, code.expose(), "address").await;
        self.clicked(format!("register {}", student.name), seat);
    }

    async fn leave(&self) {
        let Some(lab) = self.lab() else { return };
        let users = self.world.users(lab).await;
        let Some(user) = self.dice.pick(&users) else {
            return;
        };
        let services = &self.world.services;
        let remove = services.remove_user(&self.grace, lab, user.id).await;
        self.clicked(format!("remove {}", user.email), remove);
    }

    fn break_something(&self) {
        let nth = self.dice.roll() % 4 + 1;
        let no = || EngineError::Failed("No.".to_owned());
        match self.dice.below(3) {
            0 => self.world.sim.fail_change(nth, no()),
            1 => self.world.sim.lose_change_answer(nth, no()),
            _ => {
                let objects = self.world.sim.objects();
                if let Some(object) = self.dice.pick(&objects) {
                    self.tell(format!("{} is broken", object.name));
                    self.world.sim.break_object(&object.name, no());
                    self.broken.lock().unwrap().push(object.name.clone());
                    return;
                }
            }
        }
        self.tell(format!("the change after {nth} will fail"));
    }

    async fn have_an_accident(&self) {
        let Some(machine) = self.machine().await else {
            return;
        };
        let name = &machine.hostname;
        if self.dice.below(3) == 0 {
            let lost = self.world.sim.lose(name);
            self.tell(format!("{name} is lost: {lost}"));
        } else {
            let ran = self.world.sim.shut_down(name);
            self.tell(format!("{name} shuts itself down: {ran}"));
        }
    }

    fn go_away_or_come_back(&self) {
        let away = self.dice.below(2) == 0;
        self.world.sim.set_away(away);
        self.tell(format!("the engine is away: {away}"));
    }

    /// The process dies after some steps, and another one is started.
    async fn crash(&mut self) {
        let steps = i64::try_from(self.dice.below(30)).unwrap();
        self.world.fuse.set(steps);
        tokio::select! {
            () = self.world.fuse.blown() => {}
            _ = crate::world::soon(self.process.settle()) => {}
        }
        self.world.fuse.mend();
        self.number += 1;
        self.tell(format!("crash after {steps} steps"));
        self.process = self.world.replica(&format!("process {}", self.number));
    }

    async fn sweep(&self) {
        let swept = crate::world::soon(self.process.sweep()).await;
        self.tell(format!("sweep: {}", swept.is_ok()));
    }

    fn let_time_pass(&self) {
        let times = [1, 8, 61, 200, 1200, 90_000];
        let seconds = *self.dice.pick(&times).unwrap();
        self.world.clock.advance(Duration::from_secs(seconds));
        self.tell(format!("{seconds} s pass"));
    }

    async fn settle(&self) {
        self.world.settle_with(&self.process).await;
        self.tell("settle");
    }

    /// The faults end; everything must come to rest, and to what is wanted.
    async fn end_well(&mut self) {
        self.tell("the faults end");
        self.world.sim.set_away(false);
        for name in self.broken.lock().unwrap().drain(..) {
            self.world.sim.mend_object(&name);
        }
        self.world.clock.advance(A_WHILE);
        let services = &self.world.services;
        for deleted in services.deleted_labs(&self.grace).await.unwrap() {
            let restored = services.restore_lab(&self.grace, deleted.lab.id).await;
            if let Err(another_has_its_name) = restored {
                self.tell(another_has_its_name.to_string());
                let erased = services.erase_lab(&self.grace, deleted.lab.id).await;
                erased.unwrap();
            }
        }
        self.world.keep_deleted_labs(0).await;
        self.world.converge_with(&self.process).await;
        self.world.assert_at_rest().await;
        for lab in std::mem::take(&mut self.labs) {
            let Some(row) = self.world.find_lab(lab).await else {
                continue;
            };
            // Nothing stays in the way of the next click.
            let every = Remake::Every;
            let publish = self.world.publish(&self.grace, lab, every).await;
            self.clicked(format!("publish {}", row.title), publish);
            self.world.converge_with(&self.process).await;
            self.world.assert_at_rest().await;
            let delete = self.world.services.delete_lab(&self.grace, lab).await;
            delete.unwrap();
        }
        self.world.converge_with(&self.process).await;
        assert!(self.world.sim.objects().is_empty());
    }
}

async fn live(seed: u64) {
    let mut life = Life::new(seed).await;
    let lived = std::panic::AssertUnwindSafe(async {
        for _ in 0..STEPS {
            life.step().await;
            life.world.assert_sound().await;
        }
        life.end_well().await;
    });
    if let Err(failure) = lived.catch_unwind().await {
        let story = life.story.lock().unwrap().join("\n  ");
        println!("seed {seed} fails after:\n  {story}");
        std::panic::resume_unwind(failure);
    }
}

macro_rules! lives {
    ($($name:ident: $seeds:expr),+ $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            for seed in $seeds {
                live(seed).await;
            }
        }
    )+};
}

lives! {
    every_life_is_sound_a: 0..8,
    every_life_is_sound_b: 100..108,
    every_life_is_sound_c: 200..208,
    every_life_is_sound_d: 300..308,
}

/// Any other lives: `LECTERN_LIVES=1000..1200 cargo nextest run -p service -- --ignored any_lives`.
#[tokio::test]
#[ignore = "for whoever wants to look for more"]
async fn any_lives() {
    let range = std::env::var("LECTERN_LIVES").unwrap_or_else(|_| "1000..1100".to_owned());
    let (from, to) = range.split_once("..").expect("a range of seeds");
    for seed in from.parse().unwrap()..to.parse().unwrap() {
        live(seed).await;
    }
}
