//! Figures, charts, budgets, prices.

use app::view::{
    Badge, BarView, BudgetView, ChartView, ColumnView, DashboardView, EventView, FigureView,
    HolidayView, MailLine, MailView, PlanView, PriceView,
};

use super::lab::shutdown;
use super::{minute, s};

fn figure(label: &str, value: &str, note: &str) -> FigureView {
    FigureView {
        label: s(label),
        value: s(value),
        note: s(note),
    }
}

fn chart(parts: &[&str], unit: &str, summary: &str) -> ChartView {
    let columns = (0..21_u32).map(|day| {
        let (counted, free) = (
            (day * 37) % 380,
            if day % 7 < 2 { 520 } else { (day * 91) % 260 },
        );
        let busy = day % 7 != 5 && day % 7 != 6;
        let heights: Vec<u32> = [counted, free]
            .into_iter()
            .take(parts.len().max(1))
            .map(|h| if busy { h } else { 0 })
            .collect();
        ColumnView {
            label: format!("{} November", day + 4),
            short: (day + 4).to_string(),
            values: heights
                .iter()
                .map(|h| format!("{}.{} {unit}", h / 50, h % 50 / 5))
                .collect(),
            heights,
        }
    });
    ChartView {
        summary: s(summary),
        top: format!("20 {unit}"),
        half: format!("10 {unit}"),
        parts: parts.iter().map(|part| s(part)).collect(),
        columns: columns.collect(),
    }
}

pub fn dashboard() -> DashboardView {
    let event = |day: &str, time: &str| EventView {
        day: s(day),
        time: s(time),
        ..EventView::default()
    };
    let people = [
        "Ada Lovelace",
        "Max Planck",
        "Emmy Noether",
        "Alan Turing",
        "Marie Curie",
        "Lise Meitner",
        "Karen Spärck Jones",
    ];
    DashboardView {
        estimate: vec![
            figure("Quota hours", "300 h", "30 users at 10 h"),
            figure("Scheduled hours", "840 h", "28 h of classes for 30 users"),
            figure("Hours per user", "38 h", "quota and classes"),
            figure("Maximum users", "30", "virtual machines in the pool"),
            figure("Adjusted quota", "+ 14 h", "3 users"),
            figure("Total hours", "1,154 h", ""),
            figure("Price per hour", "€ 0.24", "Small"),
        ],
        maximum: s("€ 276.96"),
        spent: s("€ 96.40"),
        forecast: s("€ 212.00"),
        forecast_note: s("Goes on like the last 14 days until the last class on 29 January 2027."),
        budget: Some(BudgetView {
            text: s("€ 96.40 of € 400.00"),
            spent: 241,
            state: s("good"),
            note: String::new(),
            may_let_start: false,
        }),
        has_template: true,
        template_made: Some(minute(-9000)),
        published: Some(minute(-4000)),
        pool: vec![
            figure("Assigned", "26", ""),
            figure("Unassigned", "4", ""),
            figure("Running", "10", ""),
        ],
        users: vec![
            figure("Registered", "26", ""),
            figure("Not yet registered", "4", ""),
        ],
        next: vec![
            event("Wednesday, 25 November", "08:00–09:30"),
            event("Friday, 27 November", "13:00–16:00"),
        ],
        more_events: s("and 18 more"),
        hours: chart(
            &["Counted", "Free"],
            "h",
            "214 hours in 21 days; most of them, 18, on 11 November.",
        ),
        costs: chart(&[], "€", "€ 51.36 in 21 days."),
        people: people
            .iter()
            .zip(0_u32..)
            .map(|(name, index)| BarView {
                label: s(name),
                href: format!("/labs/1/users/u{index}"),
                value: format!("{} h 20 min", 9 - index),
                share: 1000 - index * 110,
            })
            .collect(),
    }
}

pub fn on_hold() -> DashboardView {
    DashboardView {
        budget: Some(BudgetView {
            text: s("€ 401.10 of € 400.00"),
            spent: 1000,
            state: s("hold"),
            note: s(
                "The budget is used up: students cannot start machines outside class until you let them.",
            ),
            may_let_start: true,
        }),
        ..dashboard()
    }
}

pub fn nothing() -> DashboardView {
    DashboardView {
        maximum: s("€ 0.00"),
        spent: s("€ 0.00"),
        forecast: s("–"),
        forecast_note: s("A forecast needs a day of use."),
        estimate: vec![figure("Quota hours", "0 h", "no users yet")],
        pool: vec![figure("Assigned", "0", ""), figure("Unassigned", "0", "")],
        users: vec![figure("Registered", "0", "")],
        has_template: true,
        ..DashboardView::default()
    }
}

fn mail(state: &str, text: &str, error: Option<&str>) -> MailLine {
    MailLine {
        to: s("ada@example.org"),
        subject: s("Your quota in “Networks”"),
        written_at: minute(-40),
        badge: Badge {
            state: s(state),
            text: s(text),
        },
        error: error.map(s),
        due: (state == "queued").then(|| minute(5)),
    }
}

pub fn plan() -> PlanView {
    let price = |size: &str, title: &str, price: &str| PriceView {
        size: s(size),
        title: s(title),
        price: s(price),
    };
    PlanView {
        currency: s("EUR"),
        storage_price: s("0.05"),
        budget: s("5000"),
        bin_days: s("7"),
        spent: Some(BudgetView {
            text: s("€ 4,212.40 of € 5,000.00"),
            spent: 842,
            state: s("warning"),
            note: s("More than 80 % of the budget of all labs is spent."),
            may_let_start: false,
        }),
        sizes: vec![
            price("small", "Small: 2 vCPU, 4 GiB", "0.24"),
            price("medium", "Medium: 4 vCPU, 8 GiB", "0.48"),
            price("large", "Large: 8 vCPU, 16 GiB", "0.96"),
        ],
        mail: Some(MailView {
            set_up: false,
            mails: vec![
                mail(
                    "failed",
                    "Given up",
                    Some("550 5.1.1 There is no such mailbox."),
                ),
                mail(
                    "queued",
                    "Waiting",
                    Some("The mail server does not answer."),
                ),
                mail("ready", "Sent", None),
            ],
        }),
        shutdown: shutdown(),
        holidays: vec![
            HolidayView {
                id: s("2"),
                day: s("Friday, 25 December 2026"),
                name: s("Christmas Day"),
                plan: true,
            },
            HolidayView {
                id: s("3"),
                day: s("Friday, 1 January 2027"),
                name: s("New Year’s Day"),
                plan: true,
            },
        ],
    }
}
