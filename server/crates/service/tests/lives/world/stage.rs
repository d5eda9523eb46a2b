//! The engine and the store as the installation uses them, with handles for what tests need beyond
//! the simulator's own faults: acts that hang, a process that dies, a count of what goes on at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use domain::credentials::Username;
use domain::id::MachineId;
use domain::machine::Sighting;
use domain::name::Hostname;
use service::engine::{
    AccountSetting, Activity, BuildSpec, Engine, EngineCapacity, EngineError, EngineHealth,
    EngineImage, EngineKind, EngineObject, EngineResult, EventStream, SealSpec, Terminal,
};
use service::store::{Read, Store, StoreError, StoreResult, Write};
use simulator::{Act, Simulator};
use tokio::sync::{Notify, watch};

/// A process's life, counted in steps: before each transaction, before each act, and after it. When
/// it is over, nothing goes on any more.
#[derive(Debug)]
pub(crate) struct Fuse {
    left: AtomicI64,
    /// How many transactions are begun before one is refused.
    refuse: AtomicI64,
    blown: Notify,
}

impl Default for Fuse {
    fn default() -> Self {
        Self {
            left: AtomicI64::new(i64::MAX),
            refuse: AtomicI64::new(i64::MAX),
            blown: Notify::new(),
        }
    }
}

impl Fuse {
    /// Lets the process take so many more steps.
    pub fn set(&self, steps: i64) {
        self.left.store(steps, Ordering::SeqCst);
    }

    /// Makes the process live again.
    pub fn mend(&self) {
        self.set(i64::MAX);
    }

    /// Lets the `nth` transaction from now on be refused, as by a database that does not answer.
    pub fn refuse(&self, nth: i64) {
        self.refuse.store(nth, Ordering::SeqCst);
    }

    /// Whether a refusal is still to come.
    pub fn refuses(&self) -> bool {
        self.refuse.swap(i64::MAX, Ordering::SeqCst) > 0
    }

    /// Waits until the process has died.
    pub async fn blown(&self) {
        self.blown.notified().await;
    }

    /// Takes a step, or dies.
    pub async fn step(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.blown.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn answer(&self) -> StoreResult<()> {
        if self.refuse.fetch_sub(1, Ordering::SeqCst) == 1 {
            return Err(StoreError::Unavailable("the test said so".to_owned()));
        }
        Ok(())
    }
}

/// A store whose transactions begin only while the process lives.
pub(crate) struct FusedStore {
    store: Arc<dyn Store>,
    fuse: Arc<Fuse>,
}

impl FusedStore {
    /// This store, on this fuse.
    pub fn new(store: Arc<dyn Store>, fuse: Arc<Fuse>) -> Self {
        Self { store, fuse }
    }
}

#[async_trait]
impl Store for FusedStore {
    async fn read(&self) -> StoreResult<Box<dyn Read>> {
        self.fuse.step().await;
        self.fuse.answer()?;
        self.store.read().await
    }

    async fn write(&self) -> StoreResult<Box<dyn Write>> {
        self.fuse.step().await;
        self.fuse.answer()?;
        self.store.write().await
    }

    async fn describe(&self) -> StoreResult<String> {
        self.store.describe().await
    }

    fn shared(&self) -> bool {
        self.store.shared()
    }
}

/// What goes on.
#[derive(Clone, Debug, Default)]
struct Scene {
    /// Acts that do not happen until they are let go, on every object or on one.
    holds: Vec<(Act, Option<Hostname>)>,
    /// Acts that happen the next time, but are not heard of until they are let go.
    late: Vec<(Act, Hostname)>,
    /// How often everything was let go.
    let_go: u32,
    /// Acts that are held up now.
    held: Vec<(Act, Hostname)>,
    /// Heavy acts that go on now.
    heavy: usize,
    /// The most that ever went on at once.
    most: usize,
    /// Whether machines heed force only.
    deaf: bool,
    /// Changing acts in the order in which they began.
    begun: Vec<(Act, Hostname)>,
}

impl Scene {
    fn holds(&self, act: Act, name: &Hostname) -> bool {
        self.holds
            .iter()
            .any(|(a, n)| *a == act && n.as_ref().is_none_or(|n| n == name))
    }
}

/// The simulator behind a curtain.
#[derive(Debug)]
pub(crate) struct Stage {
    sim: Simulator,
    fuse: Arc<Fuse>,
    scene: watch::Sender<Scene>,
}

/// Acts that load the host, and of which only so many may go on at once.
fn is_heavy(act: Act) -> bool {
    matches!(act, Act::Build | Act::Seal | Act::Start | Act::Remove)
}

/// An act that goes on; dropped, it is over, whether it came to its end or not.
struct GoingOn<'s>(&'s Stage, Act);

impl Drop for GoingOn<'_> {
    fn drop(&mut self) {
        if is_heavy(self.1) {
            self.0.scene.send_modify(|scene| scene.heavy -= 1);
        }
    }
}

impl Stage {
    /// A stage for this simulator's machines.
    pub fn new(sim: Simulator, fuse: Arc<Fuse>) -> Self {
        Self {
            sim,
            fuse,
            scene: watch::Sender::new(Scene::default()),
        }
    }

    /// Holds up an act, on every object or on one, until [`Self::let_go`].
    pub fn hold(&self, act: Act, name: Option<&Hostname>) {
        self.scene
            .send_modify(|scene| scene.holds.push((act, name.cloned())));
    }

    /// Lets the next such act on one object happen, but holds up its answer.
    pub fn hold_answer(&self, act: Act, name: &Hostname) {
        self.scene
            .send_modify(|scene| scene.late.push((act, name.clone())));
    }

    /// Lets this act go on.
    pub fn let_go_of(&self, act: Act) {
        self.scene
            .send_modify(|scene| scene.holds.retain(|(held, _)| *held != act));
    }

    /// Lets everything go on.
    pub fn let_go(&self) {
        self.scene.send_modify(|scene| {
            scene.holds.clear();
            scene.late.clear();
            scene.let_go += 1;
        });
    }

    /// Waits until so many acts are held up.
    pub async fn held(&self, number: usize) {
        let mut scene = self.scene.subscribe();
        let held = scene.wait_for(|scene| scene.held.len() >= number);
        drop(super::soon(held).await.unwrap());
    }

    /// How many acts are held up now.
    pub fn holding(&self) -> usize {
        self.scene.borrow().held.len()
    }

    /// Lets machines heed only force from now on.
    pub fn refuse_graceful_stops(&self) {
        self.scene.send_modify(|scene| scene.deaf = true);
    }

    /// The most heavy acts that ever went on at once.
    pub fn most(&self) -> usize {
        self.scene.borrow().most
    }

    /// The changing acts so far, in the order in which they began; and forgets them.
    pub fn take_begun(&self) -> Vec<(Act, Hostname)> {
        let mut begun = Vec::new();
        self.scene
            .send_modify(|scene| begun = std::mem::take(&mut scene.begun));
        begun
    }

    /// Whether the answer of this act is held up: until everything was let go more often than this.
    fn is_late(&self, mine: &(Act, Hostname)) -> Option<u32> {
        let mut let_go = None;
        self.scene.send_if_modified(|scene| {
            let found = scene.late.iter().position(|late| late == mine);
            let_go = found.map(|n| {
                scene.late.swap_remove(n);
                scene.let_go
            });
            false
        });
        let_go
    }

    async fn wait_while(&self, mine: &(Act, Hostname), held: impl Fn(&Scene) -> bool) {
        if !held(&self.scene.borrow()) {
            return;
        }
        let mut scene = self.scene.subscribe();
        self.scene
            .send_modify(|scene| scene.held.push(mine.clone()));
        drop(scene.wait_for(|scene| !held(scene)).await);
        self.scene
            .send_modify(|scene| scene.held.retain(|held| held != mine));
    }

    async fn around<T>(
        &self,
        act: Act,
        name: &Hostname,
        call: impl Future<Output = EngineResult<T>> + Send,
    ) -> EngineResult<T> {
        self.fuse.step().await;
        self.scene.send_modify(|scene| {
            if is_heavy(act) {
                scene.heavy += 1;
                scene.most = scene.most.max(scene.heavy);
            }
            if act.changes() {
                scene.begun.push((act, name.clone()));
            }
        });
        let going_on = GoingOn(self, act);
        let mine = (act, name.clone());
        self.wait_while(&mine, |scene| scene.holds(act, name)).await;
        let result = call.await;
        if let Some(let_go) = self.is_late(&mine) {
            self.wait_while(&mine, |scene| scene.let_go == let_go).await;
        }
        drop(going_on);
        self.fuse.step().await;
        result
    }
}

#[async_trait]
impl Engine for Stage {
    fn kind(&self) -> EngineKind {
        self.sim.kind()
    }

    async fn health(&self) -> EngineResult<EngineHealth> {
        self.sim.health().await
    }

    async fn images(&self) -> EngineResult<Vec<EngineImage>> {
        self.sim.images().await
    }

    async fn capacity(&self) -> EngineResult<EngineCapacity> {
        self.sim.capacity().await
    }

    async fn look(&self, machine: MachineId, name: &Hostname) -> EngineResult<Option<Sighting>> {
        self.around(Act::Look, name, self.sim.look(machine, name))
            .await
    }

    async fn list(&self) -> EngineResult<Vec<EngineObject>> {
        self.sim.list().await
    }

    async fn build(&self, spec: &BuildSpec) -> EngineResult<()> {
        self.around(Act::Build, &spec.hostname, self.sim.build(spec))
            .await
    }

    async fn seal(&self, spec: &SealSpec) -> EngineResult<()> {
        self.around(Act::Seal, &spec.name, self.sim.seal(spec))
            .await
    }

    async fn start(&self, name: &Hostname) -> EngineResult<()> {
        self.around(Act::Start, name, self.sim.start(name)).await
    }

    async fn stop(&self, name: &Hostname, force: bool) -> EngineResult<()> {
        let deaf = self.scene.borrow().deaf && !force;
        let call = async {
            if deaf {
                return Err(EngineError::Failed("It did not stop in time.".to_owned()));
            }
            self.sim.stop(name, force).await
        };
        self.around(Act::Stop, name, call).await
    }

    async fn remove(&self, name: &Hostname) -> EngineResult<()> {
        self.around(Act::Remove, name, self.sim.remove(name)).await
    }

    async fn set_credentials(
        &self,
        name: &Hostname,
        accounts: &[AccountSetting],
    ) -> EngineResult<()> {
        let call = self.sim.set_credentials(name, accounts);
        self.around(Act::SetCredentials, name, call).await
    }

    async fn terminal(
        &self,
        name: &Hostname,
        username: &Username,
        columns: u16,
        rows: u16,
    ) -> EngineResult<Terminal> {
        self.sim.terminal(name, username, columns, rows).await
    }

    async fn activity(&self, watched: &[Hostname]) -> EngineResult<Vec<Activity>> {
        self.sim.activity(watched).await
    }

    async fn events(&self) -> EngineResult<EventStream> {
        self.sim.events().await
    }
}
