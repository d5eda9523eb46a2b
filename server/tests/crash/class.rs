//! A class: an owner, a lab of five machines, six students; what is asked of it, and what has to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::browser::Browser;
use crate::host::{Host, Instance};
use crate::moment::{Dice, Moment, Signal};
use crate::portal::{Place, Portal};
use crate::until;

const TITLE: &str = "Orchids";
const SEATS: usize = 5;
const PASSWORD: &str = "correct horse battery";

/// How long work may take on a busy machine.
const WORK: Duration = Duration::from_secs(120);

/// How long what is astray in Incus may stay: some sweeps.
const SWEEPS: Duration = Duration::from_secs(30);

/// What a machine must have for itself.
const OWN: [&str; 2] = ["/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub"];

/// What is asked of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Publishing it, which remakes every machine.
    Publish,
    /// Starting every machine, while a student registers.
    Start,
}

struct Student {
    email: String,
    browser: Browser,
    registered: bool,
}

/// A class in front of a server that is killed now and then.
pub struct Class<'h> {
    host: &'h Host,
    dice: Dice,
    signals: (UnboundedSender<Signal>, UnboundedReceiver<Signal>),
    _data: TempDir,
    place: Place,
    /// Nothing only while the server is dead.
    portal: Option<Portal>,
    owner: Browser,
    lab: String,
    code: String,
    students: Vec<Student>,
    /// How often the lab was published.
    published: usize,
    /// The machines' names by their ids, from the first publishing on.
    machines: BTreeMap<String, String>,
    /// The machines' names by their users' addresses.
    taken: BTreeMap<String, String>,
}

impl<'h> Class<'h> {
    /// Starts the server on nothing, and makes people, a lab and its template.
    pub async fn open(host: &'h Host, seed: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let place = Place {
            data: data.path().to_owned(),
            project: host.project.clone(),
        };
        let signals = unbounded_channel();
        let mut portal = Portal::start(&place, &signals.0).await;
        host.follow(signals.0.clone()).await;
        let url = portal.url.clone();
        let owner = Browser::new();
        let token = portal.welcome().await;
        let account = account("token", &token, "ada@example.org", "Ada Lovelace");
        owner.send_form(&url, "welcome/use", &account).await;
        let form = [
            ("lab[title]", TITLE),
            ("lab[image]", "debian-12"),
            ("lab[size]", "Basic_1_1GB_8"),
            ("lab[capacity]", "5"),
            ("lab[create_option]", "TemplateVM"),
            ("lab[username]", "student"),
            ("lab[password]", PASSWORD),
            ("lab[shared_password]", "on"),
        ];
        let leads = owner.send_form(&url, "labs/create", &form).await;
        let lab = leads.flatten().unwrap();
        let mut class = Self {
            host,
            dice: Dice::new(seed),
            signals,
            _data: data,
            place,
            portal: Some(portal),
            owner,
            lab: lab.strip_prefix("/labs/").unwrap().to_owned(),
            code: String::new(),
            students: Vec::new(),
            published: 0,
            machines: BTreeMap::new(),
            taken: BTreeMap::new(),
        };
        class.invite().await;
        let made = async || {
            let view = class.view().await?;
            is(view["template"]["made"] == true, &view)
        };
        until("the template is made", WORK, made).await;
        class
    }

    /// Puts the students on the list; each makes an account.
    async fn invite(&mut self) {
        let emails: Vec<String> = (1..=SEATS + 1)
            .map(|n| format!("s{n}@example.org"))
            .collect();
        let list = emails.join("\n");
        self.demand("users/add", &[("lab", &self.lab), ("emails", &list)])
            .await;
        let view = self.view().await.unwrap();
        let link = view["link"]["url"].as_str().unwrap();
        self.code = link.rsplit_once('/').unwrap().1.to_owned();
        for (n, email) in emails.into_iter().enumerate() {
            let browser = Browser::new();
            let name = format!("Student {}", n + 1);
            let form = account("code", &self.code, &email, &name);
            let made = browser.send_form(self.url(), "register/sign-up", &form);
            assert!(made.await.is_some());
            self.students.push(Student {
                email,
                browser,
                registered: false,
            });
        }
    }

    fn url(&self) -> &str {
        &self.portal.as_ref().unwrap().url
    }

    /// The lab as its pages show it.
    async fn view(&self) -> Result<Value, String> {
        let path = format!("lab?id={}", self.lab);
        self.owner.ask(self.url(), &path).await
    }

    /// Sends a form of the owner's that has to be answered.
    async fn demand(&self, path: &str, form: &[(&str, &str)]) {
        let answer = self.owner.send_form(self.url(), path, form).await;
        assert!(answer.is_some(), "{path} was not answered");
    }

    /// Asks for something, kills the server at a random moment of it, and starts it again. Returns
    /// whether it was in the middle of it.
    pub async fn interrupt(&mut self, number: usize, round: Round) -> bool {
        let dice = &mut self.dice;
        let (acts, events) = match (round, dice.between(1, 3)) {
            // Sealing is one act with many things in it.
            (Round::Publish, 1) => (1, dice.between(0, 50)),
            (Round::Publish, _) => (dice.between(2, 6), dice.between(0, 8)),
            (Round::Start, _) => (dice.between(1, 9), dice.between(0, 10)),
        };
        let moment = Moment {
            acts,
            events,
            turns: dice.between(0, 500),
        };
        if round == Round::Start {
            let view = self.view().await.unwrap();
            let form = [("machine", text(&view["template"]["id"])), ("act", "start")];
            self.demand("machines/act", &form).await;
        }
        while self.signals.1.try_recv().is_ok() {}
        let asked = self.ask_for(round);
        let last = moment.wait(&mut self.signals.1).await;
        let registering = (round == Round::Start).then(|| self.register_next());
        for _ in 0..self.dice.between(0, 2000) {
            tokio::task::yield_now().await;
        }
        self.portal.take().unwrap().kill().await;
        println!("kill {number}: {round:?}, {moment:?}, after “{last}”");
        asked.await.unwrap();
        if let Some(registering) = registering {
            registering.await.unwrap();
        }

        self.portal = Some(Portal::start(&self.place, &self.signals.0).await);
        let view = self.view().await.unwrap();
        self.has_forgotten_nothing(&view).await;
        match round {
            Round::Publish => self.published += 1,
            Round::Start => {
                // Whether it was done before or not: asked again, it is done once.
                let mut seated = self.students.iter_mut().take(SEATS);
                let student = seated.find(|s| !s.registered);
                if let Some(student) = student {
                    student.registered = true;
                    let (browser, form) = (student.browser.clone(), [("code", self.code.as_str())]);
                    let answer = browser.send_form(self.url(), "register/confirm", &form);
                    assert!(answer.await.is_some());
                }
            }
        }
        self.rests(&view, round).is_err()
    }

    /// Asks for something, as a task of its own: the answer may never come.
    fn ask_for(&self, round: Round) -> tokio::task::JoinHandle<()> {
        let (owner, url, lab) = (self.owner.clone(), self.url().to_owned(), self.lab.clone());
        tokio::spawn(async move {
            let (path, form) = match round {
                Round::Publish => ("labs/publish", [("id", &*lab), ("remake", "Every")]),
                Round::Start => ("machines/pool", [("lab", &*lab), ("press", "start-all")]),
            };
            owner.send_form(&url, path, &form).await;
        })
    }

    /// The next student who gets a machine registers, as a task of its own.
    fn register_next(&self) -> tokio::task::JoinHandle<()> {
        let next = self.students[..SEATS].iter().find(|s| !s.registered);
        let browser = next.map(|student| student.browser.clone());
        let (url, code) = (self.url().to_owned(), self.code.clone());
        tokio::spawn(async move {
            if let Some(browser) = browser {
                let form = [("code", code.as_str())];
                browser.send_form(&url, "register/confirm", &form).await;
            }
        })
    }

    /// Everything that was there before is there, whatever is still to be done.
    async fn has_forgotten_nothing(&self, view: &Value) {
        assert_eq!(view["title"], TITLE);
        assert_eq!(view["capacity"], SEATS);
        let labs = self.owner.ask(self.url(), "labs").await.unwrap();
        assert_eq!(listed(&labs), [self.lab.as_str()]);
        let users = view["users"].as_array().unwrap();
        let emails: BTreeSet<&str> = users.iter().map(|user| text(&user["email"])).collect();
        let expected: BTreeSet<&str> = self.students.iter().map(|s| s.email.as_str()).collect();
        assert_eq!((emails, users.len()), (expected, SEATS + 1));
        if !self.machines.is_empty() {
            assert_eq!(names_by_id(view), self.machines);
        }
        let taken = taken(view);
        for (email, machine) in &self.taken {
            assert_eq!(
                taken.get(email),
                Some(machine),
                "{email} has another machine"
            );
        }
    }

    /// Whether all that was asked for is done.
    fn rests(&self, view: &Value, round: Round) -> Result<(), String> {
        let done = |machine: &Value| match round {
            Round::Publish => machine["made"] == true && machine["on"] == false,
            Round::Start => machine["ready"] == true && machine["address"].is_string(),
        };
        let pool = view["pool"].as_array().unwrap();
        let quiet = view["busy"] == false
            && view["badge"]["state"] == "published"
            && view["progress"]["running"] != true
            && pool.len() == SEATS
            && pool.iter().chain([&view["template"]]).all(done);
        is(quiet, view)
    }

    /// Waits until all is done, and looks at everything, in the portal and in Incus.
    pub async fn is_sound(&mut self, round: Round) {
        let this = &*self;
        let done = async || {
            let view = this.view().await?;
            this.rests(&view, round).map(|()| view)
        };
        let view = until("the work is done", WORK, done).await;
        self.has_forgotten_nothing(&view).await;
        assert_eq!(view["trouble"], json!(null));
        assert_eq!(view["progress"]["error"], json!(null));
        for machine in view["pool"].as_array().unwrap() {
            assert_eq!(machine["failed"], false, "{machine}");
        }
        self.machines = names_by_id(&view);
        assert_eq!(self.machines.len(), SEATS, "{view}");
        self.is_seated(&view).await;

        let this = &*self;
        let template = text(&view["template"]["id"]);
        let tidy = async || this.is_tidy(template).await;
        let instances = until("Incus has what it should", SWEEPS, tidy).await;
        if round == Round::Start {
            self.are_different(&view, &instances).await;
        }
    }

    /// Who has registered has a machine, one, and nobody else's.
    async fn is_seated(&mut self, view: &Value) {
        let taken = taken(view);
        let registered = self.students.iter().filter(|s| s.registered);
        for student in registered {
            let machine = taken.get(&student.email);
            let machine = machine.unwrap_or_else(|| panic!("{} waits: {view}", student.email));
            let places = student.browser.ask(self.url(), "machines").await.unwrap();
            assert_eq!(places.as_array().unwrap().len(), 1, "{places}");
            assert_eq!(places[0]["machine"]["name"], machine.as_str());
        }
        let different: BTreeSet<&String> = taken.values().collect();
        assert_eq!(
            different.len(),
            taken.len(),
            "two have one machine: {taken:?}"
        );
        let pool = view["pool"].as_array().unwrap().iter();
        let used: BTreeSet<String> = pool
            .filter(|machine| machine["user"].is_string())
            .map(|machine| text(&machine["name"]).to_owned())
            .collect();
        assert_eq!(used, taken.values().cloned().collect(), "{view}");
        self.taken = taken;
    }

    /// Whether Incus has one instance for each row and one sealed generation, and nothing else.
    async fn is_tidy(&self, template: &str) -> Result<Vec<Instance>, String> {
        let instances = self.host.instances().await;
        let published = self.published.to_string();
        let (mut seats, mut generations) = (BTreeMap::new(), 0);
        for instance in &instances {
            let (id, build) = (instance.tag("machine"), instance.tag("build"));
            let generation = instance.tag("generation");
            match instance.tag("kind") {
                "machine" if id == template && build == "1" && generation == "0" => {}
                "machine" if build == published && generation == published => {
                    seats.insert(id.to_owned(), instance.name.clone());
                }
                "generation" if generation == published && instance.tag("sealed") == "true" => {
                    generations += 1;
                }
                _ => return Err(format!("astray: {instance:?}")),
            }
        }
        let tidy = seats == self.machines && generations == 1 && instances.len() == SEATS + 2;
        is(tidy, &json!(format!("{instances:?}")))?;
        let names: BTreeSet<String> = instances.iter().map(|i| i.name.clone()).collect();
        let volumes = self.host.volumes().await;
        let disks: BTreeSet<String> = volumes.iter().cloned().collect();
        is(
            disks == names && volumes.len() == names.len(),
            &json!(volumes),
        )?;
        Ok(instances)
    }

    /// Running machines have identities and addresses of their own.
    async fn are_different(&self, view: &Value, instances: &[Instance]) {
        let machines = instances.iter().filter(|i| i.tag("kind") == "machine");
        let machines: Vec<&Instance> = machines.collect();
        let (mut own, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        for machine in &machines {
            assert_eq!(machine.status, "Running", "{machine:?}");
            for path in OWN {
                let content = self.host.file(&machine.name, path).await;
                assert!(content.trim().len() >= 32, "{path} of {}", machine.name);
                assert!(own.insert(content), "{path} of {}", machine.name);
            }
            let address = self.host.address(&machine.name).await;
            assert!(addresses.insert(address.expect("it has an address")));
        }
        let pool = view["pool"].as_array().unwrap();
        let told = pool.iter().chain([&view["template"]]);
        let told: BTreeSet<String> = told.map(|m| text(&m["address"]).to_owned()).collect();
        assert_eq!((told, addresses.len()), (addresses.clone(), SEATS + 1));
    }

    /// When every machine is taken, the next student waits and takes nothing from anybody.
    pub async fn one_waits(&mut self) {
        let free = SEATS - self.taken.len();
        for _ in 0..=free {
            let Some(student) = self.students.iter_mut().find(|s| !s.registered) else {
                return;
            };
            student.registered = true;
            let (browser, form) = (student.browser.clone(), [("code", self.code.as_str())]);
            let answer = browser.send_form(self.url(), "register/confirm", &form);
            assert!(answer.await.is_some());
        }
        let view = self.view().await.unwrap();
        self.has_forgotten_nothing(&view).await;
        assert_eq!(taken(&view).len(), SEATS);
    }

    /// Deletes the lab for good, with one more kill in the middle of it; nothing is left.
    pub async fn close(&mut self) {
        while self.signals.1.try_recv().is_ok() {}
        let form = [("id", self.lab.as_str()), ("typed", TITLE)];
        self.demand("labs/delete", &form).await;
        self.demand("labs/erase", &form[..1]).await;
        let moment = Moment {
            acts: 2,
            events: self.dice.between(0, 4),
            turns: self.dice.between(0, 500),
        };
        let last = moment.wait(&mut self.signals.1).await;
        self.portal.take().unwrap().kill().await;
        println!("the last kill: deleting, {moment:?}, after “{last}”");
        self.portal = Some(Portal::start(&self.place, &self.signals.0).await);
        let gone = async || {
            let labs = self.owner.ask(self.url(), "labs").await?;
            is(listed(&labs).is_empty(), &labs)
        };
        until("the lab is deleted", WORK, gone).await;
        let empty = async || {
            let left = self.host.instances().await;
            left.is_empty().then_some(()).ok_or(format!("{left:?}"))
        };
        until("nothing is left of it", WORK, empty).await;
        assert!(self.host.volumes().await.is_empty());
    }
}

/// The form of an account, made by what is in the field `by`.
fn account<'a>(
    by: &'a str,
    value: &'a str,
    email: &'a str,
    name: &'a str,
) -> [(&'a str, &'a str); 4] {
    [
        (by, value),
        ("name", name),
        ("email", email),
        ("password", PASSWORD),
    ]
}

fn is(so: bool, seen: &Value) -> Result<(), String> {
    so.then_some(()).ok_or_else(|| seen.to_string())
}

#[track_caller]
fn text(value: &Value) -> &str {
    let text = value.as_str();
    text.unwrap_or_else(|| panic!("{value} is no text"))
}

/// The labs on the page “My labs”, which is HTML, by their links.
fn listed(page: &Value) -> Vec<String> {
    let page = page.to_string();
    let links = page.split("\"/labs/").skip(1);
    let ids = links.filter_map(|link| link.get(..36).filter(|id| id.matches('-').count() == 4));
    ids.map(str::to_owned).collect()
}

fn names_by_id(view: &Value) -> BTreeMap<String, String> {
    let pool = view["pool"].as_array().unwrap().iter();
    let pairs = pool.map(|m| (text(&m["id"]).to_owned(), text(&m["name"]).to_owned()));
    pairs.collect()
}

/// The machines' names by their users' addresses.
fn taken(view: &Value) -> BTreeMap<String, String> {
    let users = view["users"].as_array().unwrap().iter();
    let seated = users.filter_map(|user| {
        let machine = user["machine"].as_str()?;
        Some((text(&user["email"]).to_owned(), machine.to_owned()))
    });
    seated.collect()
}
