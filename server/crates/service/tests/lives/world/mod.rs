//! The world in which the tests' people live: a clock that only tests move, chance from a seed, a
//! stage on which the simulator's machines act, a database, and a reconciler that works when told.

mod clock;
mod people;
mod post;
mod postgres;
mod sound;
mod stage;
mod time;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use domain::bin::BinDays;
use domain::capacity::Capacity;
use domain::connection::ConnectionProfile;
use domain::credentials::{Password, Username};
use domain::id::{LabId, OperationId, PlanId};
use domain::image::ImageName;
use domain::lab::{CreateOption, Lab, LabState, Remake};
use domain::machine::{Machine, MachineKind};
use domain::name::{Description, LabTitle};
use domain::operation::{Operation, OperationStatus};
use domain::plan::Plan;
use domain::quota::UsageQuota;
use domain::resource::ResourceGroup;
use domain::shutdown::AutoShutdown;
use domain::size::SizeName;
use domain::user::User;
use service::access::{Actor, Allowed};
use service::changes::Changes;
use service::directories::Directories;
use service::labs::{LabPlace, NewLab};
use service::outbox::Outbox;
use service::reconcile::{Pace, Reconciler};
use service::store::{AuditFilter, Record, Store};
use service::timekeeper::Timekeeper;
use service::vault::Vault;
use service::{Result, Services};
use simulator::{Act, HostClock, Simulator, SimulatorSettings};
use store::{OnOutdated, StoreSettings};

pub(crate) use clock::{Dice, Watch};
pub(crate) use post::{Answer, Post};
use stage::FusedStore;
pub(crate) use stage::{Fuse, Stage};

/// Longer than the longest pause between two tries, and than a lease.
pub(crate) const A_WHILE: Duration = Duration::from_secs(61);

/// How long anything may really take before a test says that it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

enum Database {
    /// A file in a folder that goes away with this.
    File { _folder: tempfile::TempDir },
    /// A database on a server, dropped by [`World::end`].
    Server(postgres::Database),
}

/// One installation of Lectern, with all that is around it.
pub(crate) struct World {
    /// What the time is.
    pub clock: Arc<Watch>,
    /// The engine, to cause faults in and to look into.
    pub sim: Simulator,
    /// The same engine as the installation uses it: acts can be held up there, and are counted.
    pub stage: Arc<Stage>,
    /// What takes mails, and says what it was told to say.
    pub post: Arc<Post>,
    /// Blows at a chosen moment: from then on nothing of the process goes on.
    pub fuse: Arc<Fuse>,
    /// The use cases.
    pub services: Services,
    /// The reconciler.
    pub reconciler: Reconciler,
    /// The outbox.
    pub outbox: Outbox,
    /// The timekeeper.
    pub timekeeper: Timekeeper,
    database: Database,
    number: AtomicU32,
}

impl World {
    /// An installation on a SQLite file.
    pub async fn new() -> Self {
        Self::paced(Pace::default()).await
    }

    /// The same, with so many hands.
    pub async fn paced(pace: Pace) -> Self {
        // A database that is lost with the test need not reach a disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        let settings = StoreSettings::file(&folder.path().join("lectern.db"));
        Self::build(settings, Database::File { _folder: folder }, pace).await
    }

    /// An installation on a PostgreSQL database; [`Self::end`] drops it.
    pub async fn on_postgres() -> Self {
        let database = postgres::Database::create().await;
        let settings = StoreSettings {
            url: database.url.clone(),
        };
        Self::build(settings, Database::Server(database), Pace::default()).await
    }

    async fn build(settings: StoreSettings, database: Database, pace: Pace) -> Self {
        let clock = Arc::new(Watch::new());
        let random = Arc::new(Dice::new(7));
        let fuse = Arc::new(Fuse::default());
        let store: Arc<dyn Store> = Arc::new(FusedStore::new(
            store::open(&settings, OnOutdated::Migrate).await.unwrap(),
            fuse.clone(),
        ));
        let settings = SimulatorSettings::for_tests("school");
        let sim = Simulator::new(settings.on_clock(HostClock::of(clock.clone())));
        let stage = Arc::new(Stage::new(sim.clone(), fuse.clone()));
        let post = Arc::new(Post::new(fuse.clone()));
        let services = Services {
            store,
            engine: stage.clone(),
            clock: clock.clone(),
            random: random.clone(),
            vault: Vault::new(&[7; 32], random),
            changes: Changes::default(),
            mailer: post.clone(),
            public_url: "https://labs.example.org".into(),
            directories: Directories::default(),
        };
        services.refresh_images().await.unwrap();
        let world = Self {
            clock,
            sim,
            stage,
            post,
            fuse,
            outbox: Outbox::new(services.clone(), "first".to_owned()),
            timekeeper: Timekeeper::new(services.clone(), "first".to_owned()),
            reconciler: Reconciler::new(services.clone(), pace, "first".to_owned()),
            services,
            database,
            number: AtomicU32::new(0),
        };
        // Most stories end with a deletion, and want to see nothing left.
        world.keep_deleted_labs(0).await;
        world
    }

    /// From now on deleted labs can be brought back for so many days.
    pub async fn keep_deleted_labs(&self, days: u32) {
        let mut tx = self.services.store.write().await.unwrap();
        let mut plan = tx.plan(Plan::DEFAULT).await.unwrap().unwrap();
        plan.bin = BinDays::new(days).unwrap();
        tx.save_plan(&Allowed::for_test(plan)).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
    }

    /// Ends the installation's use of its database.
    pub async fn end(self) {
        let Self {
            database,
            services,
            reconciler,
            outbox,
            timekeeper,
            ..
        } = self;
        drop((services, reconciler, outbox, timekeeper));
        if let Database::Server(database) = database {
            database.drop().await;
        }
    }

    /// Another process on the same store and engine.
    pub fn replica(&self, holder: &str) -> Reconciler {
        self.replica_telling(holder, Changes::default())
    }

    /// The same, which tells what it changed.
    pub fn replica_telling(&self, holder: &str, changes: Changes) -> Reconciler {
        let services = Services {
            changes,
            ..self.services.clone()
        };
        Reconciler::new(services, Pace::default(), holder.to_owned())
    }

    /// Lets the reconciler do all that is due.
    pub async fn settle(&self) {
        self.settle_with(&self.reconciler).await;
    }

    /// Lets this reconciler do all that is due.
    pub async fn settle_with(&self, reconciler: &Reconciler) {
        soon(reconciler.settle()).await.unwrap();
        self.assert_sound().await;
    }

    /// Lets time pass, and the reconciler do all that has become due.
    pub async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.settle().await;
    }

    /// Lets this much time pass for everybody's timers too. Nothing but timers may be waited for.
    pub async fn let_timers_pass(&self, time: Duration) {
        self.clock.advance(time);
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
        self.let_transactions_end().await;
    }

    /// Lets whoever was woken get through their transactions, which the store does in its own good
    /// time.
    pub async fn let_transactions_end(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
            drop(self.services.store.read().await.unwrap());
        }
        drop(self.services.store.write().await.unwrap());
    }

    /// Lets time pass until nothing is left to do, as it would with a process that runs on.
    pub async fn converge(&self) {
        self.converge_with(&self.reconciler).await;
    }

    /// The same, with this reconciler.
    pub async fn converge_with(&self, reconciler: &Reconciler) {
        for _ in 0..40 {
            self.settle_with(reconciler).await;
            if self.is_quiet().await {
                soon(reconciler.sweep()).await.unwrap();
                self.settle_with(reconciler).await;
                if self.is_quiet().await {
                    return;
                }
            }
            self.clock.advance(A_WHILE);
        }
        panic!("it does not come to rest: {}", self.describe().await);
    }

    /// Whether nothing is due, now or later.
    pub async fn is_quiet(&self) -> bool {
        self.next_due().await.is_none()
    }

    async fn next_due(&self) -> Option<domain::time::Timestamp> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.next_due().await.unwrap()
    }

    /// A lab of this title to be made by `actor`, with a template, unless told otherwise.
    pub fn lab<'w>(&'w self, actor: &'w Actor, title: &str) -> LabPlan<'w> {
        LabPlan {
            world: self,
            actor,
            new: NewLab {
                place: LabPlace::beside(ResourceGroup::default_group()),
                connection: ConnectionProfile::BROWSER,
                open_access: false,
                title: LabTitle::parse(title).unwrap(),
                description: Description::parse("What we do on Mondays.").unwrap(),
                image: ImageName::parse("debian/12").unwrap(),
                size: SizeName::parse("Basic_1_1GB_8").unwrap(),
                create_option: CreateOption::TemplateVm,
                capacity: seats(2),
                admin: (account("teacher"), password("a long teaching day")),
                non_admin: None,
                shared_password: true,
                quota: UsageQuota::DEFAULT,
                shutdown: AutoShutdown::OFF,
            },
        }
    }

    /// A lab with a template, published with so many machines.
    pub async fn published(&self, actor: &Actor, title: &str, capacity: u32) -> LabId {
        let lab = self.lab(actor, title).capacity(capacity).create().await;
        self.settle().await;
        self.publish(actor, lab, Remake::Every).await.unwrap();
        self.settle().await;
        assert_eq!(self.lab_row(lab).await.state, LabState::Published);
        self.assert_at_rest().await;
        lab
    }

    /// The same, while deleted labs wait in the bin and not everything is at rest.
    pub async fn published_beside_the_bin(
        &self,
        actor: &Actor,
        title: &str,
        capacity: u32,
    ) -> LabId {
        let lab = self.lab(actor, title).capacity(capacity).create().await;
        self.settle().await;
        self.publish(actor, lab, Remake::Every).await.unwrap();
        self.settle().await;
        lab
    }

    /// Publishes as many machines as the lab is to have.
    pub async fn publish(&self, actor: &Actor, lab: LabId, remake: Remake) -> Result<Operation> {
        self.services.publish(actor, lab, remake, None).await
    }

    /// The lab's registration code.
    pub async fn code(&self, actor: &Actor, lab: LabId) -> String {
        let code = self.services.registration_code(actor, lab).await.unwrap();
        code.expose().to_owned()
    }

    /// The lab's row.
    pub async fn lab_row(&self, lab: LabId) -> Lab {
        self.find_lab(lab).await.unwrap()
    }

    /// The lab's row, while there is one.
    pub async fn find_lab(&self, lab: LabId) -> Option<Lab> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.lab(lab).await.unwrap()
    }

    /// Every machine of a lab: the template first, then by seat.
    pub async fn machines(&self, lab: LabId) -> Vec<Machine> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.machines(lab).await.unwrap()
    }

    /// The lab's pool by seat, without what is on its way out.
    pub async fn pool(&self, lab: LabId) -> Vec<Machine> {
        let mut pool = self.machines(lab).await;
        pool.retain(|m| m.kind == MachineKind::User && m.wanted.present);
        pool
    }

    /// The lab's template.
    pub async fn template(&self, lab: LabId) -> Machine {
        let mut machines = self.machines(lab).await;
        machines.retain(|m| m.kind == MachineKind::Template);
        machines.remove(0)
    }

    /// A machine as it is now.
    pub async fn again(&self, machine: &Machine) -> Machine {
        let mut tx = self.services.store.read().await.unwrap();
        tx.machine(machine.id).await.unwrap().unwrap()
    }

    /// What the audit log has of these areas, the newest first: what, who, and the sentence.
    pub async fn audit(&self, areas: &[&'static str]) -> Vec<(String, Option<String>, String)> {
        let filter = AuditFilter {
            areas: areas.to_vec(),
            limit: 100,
            ..AuditFilter::default()
        };
        let mut tx = self.services.store.read().await.unwrap();
        let lines = tx.audit_lines(&filter).await.unwrap().into_iter();
        lines
            .map(|line| (line.action, line.name, line.text))
            .collect()
    }

    /// The lab's list.
    pub async fn users(&self, lab: LabId) -> Vec<User> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.users(lab).await.unwrap()
    }

    /// The lab's newest operation.
    pub async fn operation(&self, lab: LabId) -> Operation {
        let mut tx = self.services.store.read().await.unwrap();
        tx.operations(lab, 1).await.unwrap().remove(0)
    }

    /// An operation as it is told to somebody.
    pub async fn told(&self, actor: &Actor, id: OperationId) -> Operation {
        let view = self.services.operation(actor, id).await;
        view.unwrap().operation
    }

    /// An operation has gone well, as far as somebody is told.
    pub async fn is_done(&self, actor: &Actor, operation: &Operation) {
        let told = self.told(actor, operation.id).await;
        assert_eq!(told.status, OperationStatus::Succeeded, "{told:?}");
        assert!(told.ended_at.is_some() && told.percent() == 100);
    }

    /// The machine that somebody has in a lab.
    pub async fn machine_of(&self, actor: &Actor, lab: LabId) -> Option<Machine> {
        let places = self.services.my_places(actor).await.unwrap();
        let place = places.into_iter().find(|p| p.place.lab.id == lab)?;
        place.place.machine
    }

    /// How often any act that changes something was called.
    pub fn changes(&self) -> u64 {
        let acts = [
            Act::Build,
            Act::Seal,
            Act::Start,
            Act::Stop,
            Act::Remove,
            Act::SetCredentials,
        ];
        acts.into_iter().map(|act| self.sim.calls(act)).sum()
    }
}

/// A lab that is being thought of.
pub(crate) struct LabPlan<'w> {
    world: &'w World,
    actor: &'w Actor,
    new: NewLab,
}

impl LabPlan<'_> {
    /// Straight from the image, without a template.
    pub fn without_template(mut self) -> Self {
        self.new.create_option = CreateOption::Image;
        self
    }

    /// Of another image.
    pub fn of_image(mut self, image: ImageName) -> Self {
        self.new.image = image;
        self
    }

    /// In another resource group, with another plan.
    pub fn of_plan(mut self, plan: PlanId, group: ResourceGroup) -> Self {
        self.new.place.plan = plan;
        self.new.place.group = group;
        self
    }

    /// With so many machines.
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.new.capacity = seats(capacity);
        self
    }

    /// Each machine with a password of its own, and the student no administrator.
    pub fn own_passwords(mut self) -> Self {
        self.new.shared_password = false;
        self.new.non_admin = Some((account("student"), password("not used at all")));
        self
    }

    /// Asks for the lab.
    pub async fn try_create(self) -> Result<LabId> {
        let made = self.world.services.create_lab(self.actor, self.new).await?;
        Ok(made.lab.id)
    }

    /// Asks for the lab, which must go well.
    pub async fn create(self) -> LabId {
        self.try_create().await.unwrap()
    }
}

/// A capacity of so many machines.
pub(crate) fn seats(number: u32) -> Capacity {
    Capacity::new(number).unwrap()
}

fn account(name: &str) -> Username {
    Username::parse("username", name).unwrap()
}

fn password(text: &str) -> Password {
    Password::for_machine("password", text).unwrap()
}

/// What comes of this, which must not take long. The limit is there to end a test that hangs; no
/// result depends on it.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("it hangs")
}

/// The sentence of a refusal that is no one's fault.
#[track_caller]
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(service::Error::Conflict(sentence)) => sentence,
        other => panic!("this was to be a conflict: {other:?}"),
    }
}

/// Whether there is no such thing, as far as the caller may know.
#[track_caller]
pub(crate) fn assert_not_found<T: std::fmt::Debug>(result: Result<T>) {
    assert!(
        matches!(result, Err(service::Error::NotFound(_))),
        "this was not to be found: {result:?}"
    );
}

/// Whether the caller may not do this.
#[track_caller]
pub(crate) fn assert_forbidden<T: std::fmt::Debug>(result: Result<T>) {
    assert!(
        matches!(result, Err(service::Error::Forbidden(_))),
        "this was to be forbidden: {result:?}"
    );
}
