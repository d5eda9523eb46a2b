//! Writes pages with sample data into the folder that is its argument, for looking at them without a
//! server: `cargo run -p app --features ssr --example gallery FOLDER`. Styles are read from
//! `lectern.css` in that folder.

mod cost;
mod lab;
mod schedule;
mod usage;

use std::fs;
use std::path::Path;

use app::pages::{self, rendered, written};
use app::view::{Badge, Moment, PersonView, SessionView, WithLab};
use leptos::prelude::AnyView;

fn main() -> std::io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    let write = |name: &str, path: &str, educator: bool, page: &dyn Fn() -> AnyView| {
        let body = rendered(session(educator), path, page);
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <link rel=\"stylesheet\" href=\"lectern.css\"></head><body>{body}</body></html>"
        );
        fs::write(folder.join(format!("{name}.html")), page)
    };
    let ask = || "/sfn/nothing".to_owned();
    let lab_page = |name: &str, page: &dyn Fn() -> AnyView| write(name, "/labs/1", true, page);

    write("machines", "/machines", false, &|| {
        pages::my_machines::my_machines(usage::places())
    })?;
    write("terminal", "/machines/m1/terminal", false, &|| {
        pages::terminal::terminal(usage::terminal())
    })?;
    lab_page("users", &|| pages::lab::users::page(lab::lab()))?;
    lab_page("users-empty", &|| pages::lab::users::page(lab::empty()))?;
    lab_page("pool", &|| pages::lab::pool::page(lab::lab()))?;
    lab_page("settings", &|| {
        written::page(pages::lab::settings::write(
            &lab::lab(),
            domain::bin::BinDays::DEFAULT,
            ask(),
        ))
    })?;
    for (name, form) in [
        ("schedule", None),
        ("schedule-new", Some(schedule::new_event())),
        ("schedule-change", Some(schedule::old_event())),
    ] {
        lab_page(name, &|| {
            let more = schedule::view(form.clone());
            written::page(pages::time::schedule::write(
                &WithLab {
                    lab: lab::lab(),
                    more,
                },
                ask(),
            ))
        })?;
    }
    lab_page("schedule-empty", &|| {
        let more = schedule::empty();
        written::page(pages::time::schedule::write(
            &WithLab {
                lab: lab::empty(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("dashboard", &|| {
        let more = cost::dashboard();
        written::page(pages::time::dashboard::write(
            &WithLab {
                lab: lab::lab(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("dashboard-hold", &|| {
        let more = cost::on_hold();
        written::page(pages::time::dashboard::write(
            &WithLab {
                lab: lab::lab(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("dashboard-empty", &|| {
        let more = cost::nothing();
        written::page(pages::time::dashboard::write(
            &WithLab {
                lab: lab::empty(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("activity", &|| {
        let more = usage::activity();
        written::page(pages::time::activity::write(
            &WithLab {
                lab: lab::lab(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("activity-empty", &|| {
        let more = app::view::ActivityView::default();
        written::page(pages::time::activity::write(
            &WithLab {
                lab: lab::empty(),
                more,
            },
            ask(),
        ))
    })?;
    lab_page("usage", &|| {
        written::page(pages::time::usage::write(
            &usage::of_ada(false),
            ask(),
            ask(),
        ))
    })?;
    write("usage-own", "/machines/m1/usage", false, &|| {
        written::page(pages::time::usage::write(
            &usage::of_ada(true),
            ask(),
            ask(),
        ))
    })?;
    lab_page("new-lab", &|| {
        written::page(pages::new_lab::write(&lab::options()))
    })?;
    write("plan", "/plan", true, &|| {
        written::page(pages::time::plan::write(&cost::plan(), ask()))
    })
}

fn session(educator: bool) -> SessionView {
    let (name, initials, email) = if educator {
        ("Grace Hopper", "GH", "grace@example.org")
    } else {
        ("Ada Lovelace", "AL", "ada@example.org")
    };
    SessionView {
        person: Some(PersonView {
            name: name.to_owned(),
            initials: initials.to_owned(),
            email: email.to_owned(),
            educator,
            may_plan: educator,
            may_people: educator,
        }),
        ..SessionView::default()
    }
}

/// A text, said shorter.
fn s(text: &str) -> String {
    text.to_owned()
}

fn badge(state: &str, text: &str) -> Badge {
    Badge {
        state: s(state),
        text: s(text),
    }
}

/// So many minutes after Monday, 23 November 2026, 00:00 UTC.
fn minute(minutes: i64) -> Moment {
    Moment(1_795_392_000_000 + minutes * 60_000)
}
