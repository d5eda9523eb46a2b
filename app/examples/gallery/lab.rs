//! A lab with thirty students.

use app::view::{
    GroupView, LabOptions, LabQuotaView, LabView, LinkView, MachineView, MayView, QuotaView,
    ResetView, RosterView, ShutdownView, UserView,
};

use super::{badge, minute, s};

const NAMES: [&str; 30] = [
    "Ada Lovelace",
    "Max Planck",
    "Emmy Noether",
    "Alan Turing",
    "Marie Curie",
    "Niels Bohr",
    "Lise Meitner",
    "Kurt Gödel",
    "Sofia Kowalewskaja",
    "Carl Friedrich Gauß",
    "Mary Somerville",
    "Évariste Galois",
    "Hedy Lamarr",
    "Konrad Zuse",
    "Katherine Johnson",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Donald Knuth",
    "Frances Allen",
    "John von Neumann",
    "Annie Easley",
    "Tony Hoare",
    "Radia Perlman",
    "Vint Cerf",
    "Karen Spärck Jones",
    "Dennis Ritchie",
    "Margaret Hamilton",
    "Ken Thompson",
    "Shafi Goldwasser",
    "Leonhard Euler",
];

pub fn quota(used_minutes: u32, total_hours: u32) -> QuotaView {
    let total = total_hours * 60;
    let left = total.saturating_sub(used_minutes);
    let words = |m: u32| match (m / 60, m % 60) {
        (h, 0) => format!("{h} h"),
        (0, m) => format!("{m} min"),
        (h, m) => format!("{h} h {m} min"),
    };
    QuotaView {
        state: s(if total == 0 {
            "class-only"
        } else if left == 0 {
            "used-up"
        } else {
            "left"
        }),
        text: if total == 0 {
            s("Available during classes only")
        } else if left == 0 {
            format!("All {total_hours} hours are used up")
        } else {
            format!("{} left of {}", words(left), words(total))
        },
        left: (left * 1000).checked_div(total).unwrap_or(0),
        used: words(used_minutes),
        total: words(total),
    }
}

fn email(name: &str) -> String {
    let first = name.split(' ').next().unwrap_or(name).to_lowercase();
    format!("{first}@example.org")
}

pub fn machine(index: usize, user: Option<&str>) -> MachineView {
    let running = index.is_multiple_of(3);
    MachineView {
        id: format!("m{index}"),
        name: format!("python-101-{index:03}"),
        badge: if running {
            badge("running", "Running")
        } else {
            badge("stopped", "Stopped")
        },
        on: running,
        ready: running,
        made: true,
        failed: false,
        address: running.then(|| format!("10.99.0.{index}")),
        user: user.map(s),
        note: (!running).then(|| s("Nobody was connected for 15 minutes.")),
        stopped_at: (!running).then(|| minute(560)),
    }
}

pub fn lab() -> LabView {
    let users = NAMES.iter().enumerate().map(|(index, name)| {
        let registered = index % 7 != 6;
        let index_u32 = u32::try_from(index).unwrap_or_default();
        UserView {
            id: format!("u{index}"),
            email: email(name),
            name: registered.then(|| s(name)),
            badge: if registered {
                badge("ready", "Registered")
            } else {
                badge("draft", "Not registered")
            },
            machine: registered.then(|| format!("python-101-{index:03}")),
            quota: quota((index_u32 * 47) % 661, if index == 2 { 0 } else { 10 }),
            extra_hours: s(if index == 0 { "2" } else { "" }),
            group: (index % 4 == 1).then(|| s("Evening course")),
            reset: (index == 1).then(|| ResetView {
                id: s("r1"),
                from: minute(0),
                at: minute(480),
                by: s("Grace Hopper"),
                undone: false,
            }),
            leaves: (index == 3).then(|| minute(7 * 1440)),
        }
    });
    LabView {
        pool: NAMES
            .iter()
            .enumerate()
            .map(|(i, name)| machine(i, Some(name)))
            .collect(),
        users: users.collect(),
        roster: Some(RosterView {
            group: s("8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"),
            grace: s("7"),
            synced_at: Some(minute(480)),
            outcome: Some(s("29 in the group, 2 came, 1 leaving.")),
            failed: false,
            soon: true,
        }),
        quota: LabQuotaView {
            hours: s("10"),
            text: s("10 hours"),
            groups: vec![
                GroupView {
                    id: s("g1"),
                    name: s("Evening course"),
                    hours: s("15"),
                    quota: s("15 hours per user"),
                    members: s("8 users"),
                },
                GroupView {
                    id: s("g2"),
                    name: s("Assistants"),
                    hours: String::new(),
                    quota: s("the lab’s quota"),
                    members: s("2 users"),
                },
            ],
        },
        ..empty()
    }
}

pub fn empty() -> LabView {
    LabView {
        id: s("1"),
        title: s("Python 101"),
        description: s(
            "Everything for the first semester: Python 3.13, editors, and the exercises.",
        ),
        badge: badge("published", "Published"),
        image: s("Debian 13"),
        size: s("Small: 2 vCPU, 4 GiB memory, 20 GiB disk"),
        capacity: 30,
        accounts: s("student (administrator)"),
        published: true,
        published_at: Some(minute(-4000)),
        busy: false,
        deleting: false,
        has_template: true,
        template: None,
        pool: Vec::new(),
        users: Vec::new(),
        progress: None,
        trouble: None,
        roster: None,
        link: Some(LinkView {
            url: s("https://labs.example.org/register/2FEB38CTVH"),
            enabled: true,
            open_access: false,
            expires_at: None,
        }),
        quota: LabQuotaView {
            hours: s("10"),
            text: s("10 hours"),
            groups: Vec::new(),
        },
        shutdown: shutdown(),
        budget: s("400"),
        currency: s("EUR"),
        may: MayView {
            write: true,
            publish: true,
            operate: true,
            connect: true,
            users: true,
            delete: true,
        },
    }
}

pub fn shutdown() -> ShutdownView {
    ShutdownView {
        on_disconnect: true,
        disconnect_delay: s("5"),
        not_connected: true,
        no_connect_delay: s("15"),
        on_idle: s("LowUsage"),
        idle_delay: s("15"),
    }
}

pub fn options() -> LabOptions {
    LabOptions {
        plans: Vec::new(),
        images: vec![
            (s("debian"), s("Debian 13")),
            (s("ubuntu"), s("Ubuntu 24.04")),
        ],
        sizes: vec![
            (s("small"), s("Small: 2 vCPU, 4 GiB")),
            (s("medium"), s("Medium: 4 vCPU, 8 GiB")),
        ],
        quota: s("10"),
        shutdown: shutdown(),
    }
}
