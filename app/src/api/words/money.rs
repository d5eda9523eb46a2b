//! Words for money: a lab's dashboard, and the lab plan.

use std::collections::HashMap;
use std::time::Duration;

use domain::cost::BudgetState;
use domain::id::UserId;
use domain::lab::Lab;
use domain::money::{Amount, Currency, Price};
use domain::size::{SIZES, SizeName};
use domain::span::words;
use domain::time::Timestamp;
use domain::zone::TimeZone;
use service::mail::MailState;
use service::money::PlanPage;
use service::outbox::{MailOverview, MailSummary};
use service::overview::LabDetail;
use service::usage::{Dashboard, SchedulePage};

use super::hours::{shutdown, thousandths};
use super::week::{holiday, upcoming, zone_of};
use super::{count, moment, size};
use crate::view::{
    Badge, BarView, BudgetView, ChartView, ColumnView, DashboardView, FigureView, MailLine,
    MailView, PlanView, PriceView,
};

/// How many people the chart names.
const PEOPLE: usize = 10;

fn figure(label: &str, value: String, note: impl Into<String>) -> FigureView {
    FigureView {
        label: label.to_owned(),
        value,
        note: note.into(),
    }
}

/// The Dashboard page.
pub(in crate::api) fn dashboard(
    detail: &LabDetail,
    page: &Dashboard,
    schedule: &SchedulePage,
    may_let_start: bool,
) -> DashboardView {
    let lab = &detail.lab;
    let money = |amount| lab.money.currency.show(amount);
    let estimate = &page.estimate;
    let unknown = || "Not known".to_owned();
    let spans = |span: Option<Duration>| span.map_or_else(unknown, words);
    let seats = count(estimate.maximum_users, "machine", "machines");
    let figures = vec![
        figure("Quota hours", words(estimate.quota), "for each user"),
        figure(
            "Scheduled hours",
            spans(estimate.scheduled),
            match estimate.scheduled {
                Some(_) => "for each user, in class",
                None => "a schedule has no end",
            },
        ),
        figure("Hours per user", spans(estimate.per_user), ""),
        figure("Maximum users", estimate.maximum_users.to_string(), seats),
        figure(
            "Adjusted quota",
            adjusted(estimate.adjusted_seconds),
            "of all users together",
        ),
        figure("Total hours", spans(estimate.total), ""),
        figure(
            "Price per hour",
            price(lab.money.currency, lab.money.price),
            size(lab.size),
        ),
    ];
    let zone = zone_of(&schedule.schedules);
    let off = schedule
        .holidays
        .iter()
        .map(|row| row.version.value.date)
        .collect();
    let next = upcoming(schedule, &off, &zone, 2);
    let rest = page.events.len().saturating_sub(next.len());
    let claimed = detail
        .pool
        .iter()
        .filter(|m| m.claimed_by.is_some())
        .count();
    let running = detail
        .pool
        .iter()
        .filter(|m| m.seen.power == Some(domain::machine::Power::On))
        .count();
    let registered = detail.users.iter().filter(|u| u.person.is_some()).count();
    DashboardView {
        estimate: figures,
        maximum: estimate.maximum.map_or_else(unknown, money),
        spent: money(page.spent),
        forecast: page.forecast.map_or_else(unknown, money),
        forecast_note: match page.forecast {
            Some(_) => "If it goes on like this until the last class.",
            None => "Known once there is a last class and something was spent.",
        }
        .to_owned(),
        budget: lab.money.budget.zip(page.budget).map(|(limit, state)| {
            budget(lab.money.currency, limit, page.spent, state, may_let_start)
        }),
        has_template: lab.has_template(),
        template_made: lab.has_template().then(|| moment(lab.created_at)),
        published: lab.published_at.map(moment),
        pool: vec![
            figure("Assigned", claimed.to_string(), ""),
            figure("Unassigned", (detail.pool.len() - claimed).to_string(), ""),
            figure("Running", running.to_string(), ""),
        ],
        users: vec![
            figure("Registered", registered.to_string(), ""),
            figure(
                "Not yet registered",
                (detail.users.len() - registered).to_string(),
                "",
            ),
        ],
        next,
        more_events: match rest {
            0 => String::new(),
            n => format!("and {n} more in the next 30 days"),
        },
        hours: hours_chart(page),
        costs: cost_chart(lab, page),
        people: people(detail, page),
    }
}

fn adjusted(seconds: i64) -> String {
    let span = words(Duration::from_secs(seconds.unsigned_abs()));
    match seconds {
        0 => "None".to_owned(),
        s if s < 0 => format!("−{span}"),
        _ => format!("+{span}"),
    }
}

fn price(currency: Currency, price: Price) -> String {
    format!("{currency} {}", typed(price.micros()))
}

/// An amount as it is typed: “0.12”.
fn typed(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let text = text.trim_end_matches('0');
    text.trim_end_matches('.').to_owned()
}

/// An amount that may be missing, as it is typed.
pub(in crate::api) fn typed_amount(amount: Option<Amount>) -> String {
    amount.map_or_else(String::new, |amount| typed(amount.micros()))
}

fn budget(
    currency: Currency,
    limit: Amount,
    spent: Amount,
    state: BudgetState,
    may_let_start: bool,
) -> BudgetView {
    let (name, note) = match state {
        BudgetState::Within => ("good", String::new()),
        BudgetState::Warning { percent } => {
            ("warning", format!("{percent} % of the budget are spent."))
        }
        BudgetState::Held => (
            "hold",
            "The budget is spent. Students cannot start machines until it is raised or you let them."
                .to_owned(),
        ),
        BudgetState::Beyond => (
            "open",
            "The budget is spent, and students may start machines all the same.".to_owned(),
        ),
    };
    BudgetView {
        text: format!("{} of {}", currency.show(spent), currency.show(limit)),
        spent: thousandths(spent.micros().into(), limit.micros().into()),
        state: name.to_owned(),
        note,
        may_let_start: may_let_start && state == BudgetState::Held,
    }
}

/// “Mon, 23 Nov” and “23”.
fn day(at: Timestamp) -> (String, String) {
    let date = TimeZone::utc().date(at);
    (
        date.strftime("%a, %-d %b").to_string(),
        date.day().to_string(),
    )
}

/// A round number of hours, or of anything, that is not less than `most`.
fn top(most: u64) -> u64 {
    let mut step = 2;
    loop {
        for factor in [1, 2, 5] {
            if step * factor >= most {
                return step * factor;
            }
        }
        step *= 10;
    }
}

fn hours_chart(page: &Dashboard) -> ChartView {
    const HOUR: u128 = 3_600_000_000;
    let all = |day: &service::usage::Day| (day.counted + day.free).as_micros();
    let most = page.days.iter().map(all).max().unwrap_or(0);
    let top = top(u64::try_from(most.div_ceil(HOUR)).unwrap_or(u64::MAX / 10));
    let whole = u128::from(top) * HOUR;
    let total: Duration = page.days.iter().map(|day| day.counted + day.free).sum();
    ChartView {
        summary: format!("{} of running in {} days.", words(total), page.days.len()),
        top: format!("{top} h"),
        half: format!("{} h", top / 2),
        parts: vec!["Counted".to_owned(), "Free".to_owned()],
        columns: page
            .days
            .iter()
            .map(|one| {
                let (label, short) = day(one.from);
                let parts = [one.counted, one.free];
                ColumnView {
                    label,
                    short,
                    heights: parts
                        .map(|part| thousandths(part.as_micros(), whole))
                        .to_vec(),
                    values: parts.map(words).to_vec(),
                }
            })
            .collect(),
    }
}

fn cost_chart(lab: &Lab, page: &Dashboard) -> ChartView {
    let money = |micros: u64| lab.money.currency.show(Amount::from_micros(micros));
    let most = page
        .days
        .iter()
        .map(|day| day.cost.micros())
        .max()
        .unwrap_or(0);
    let top = top(most.max(1_000_000));
    let total = page.days.iter().map(|day| day.cost).sum::<Amount>();
    ChartView {
        summary: format!("{} in {} days.", money(total.micros()), page.days.len()),
        top: money(top),
        half: money(top / 2),
        parts: vec!["Cost".to_owned()],
        columns: page
            .days
            .iter()
            .map(|one| {
                let (label, short) = day(one.from);
                ColumnView {
                    label,
                    short,
                    heights: vec![thousandths(one.cost.micros().into(), top.into())],
                    values: vec![money(one.cost.micros())],
                }
            })
            .collect(),
    }
}

fn people(detail: &LabDetail, page: &Dashboard) -> Vec<BarView> {
    let users: HashMap<UserId, _> = detail.users.iter().map(|user| (user.id, user)).collect();
    let most = page
        .users
        .first()
        .map_or(0, |(_, total, _)| total.as_micros());
    let one = |(id, total, counted): &(UserId, Duration, Duration)| {
        let user = users.get(id)?;
        let name = user
            .person
            .and_then(|person| detail.people.get(&person))
            .map(|person| person.name.to_string());
        Some(BarView {
            label: name.unwrap_or_else(|| user.email.to_string()),
            href: format!("/labs/{}/users/{id}", detail.lab.id),
            value: format!("{}, {} counted", words(*total), words(*counted)),
            share: thousandths(total.as_micros(), most),
        })
    };
    page.users.iter().filter_map(one).take(PEOPLE).collect()
}

/// The Lab plan page.
pub(in crate::api) fn plan(page: &PlanPage, mail: Option<MailOverview>) -> PlanView {
    let plan = &page.plan;
    let names = SIZES
        .iter()
        .filter_map(|size| SizeName::parse(size.name).ok());
    PlanView {
        currency: plan.currency.to_string(),
        storage_price: typed(plan.storage_price.micros()),
        budget: typed_amount(plan.budget),
        spent: plan
            .budget
            .zip(page.budget)
            .map(|(limit, (spent, state))| budget(plan.currency, limit, spent, state, true)),
        sizes: names
            .map(|name| PriceView {
                size: name.as_str().to_owned(),
                title: size(name),
                price: typed(plan.price(name).micros()),
            })
            .collect(),
        bin_days: plan.bin.days().to_string(),
        shutdown: shutdown(&plan.shutdown),
        holidays: page.holidays.iter().map(holiday).collect(),
        mail: mail.map(mails),
    }
}

fn mails(overview: MailOverview) -> MailView {
    let line = |mail: MailSummary| {
        let (state, text) = match mail.state {
            MailState::Waiting => ("queued", "Waiting"),
            MailState::Sent => ("ready", "Sent"),
            MailState::Failed => ("failed", "Given up"),
        };
        MailLine {
            to: mail.to.to_string(),
            subject: mail.subject,
            written_at: moment(mail.written_at),
            badge: Badge {
                state: state.to_owned(),
                text: text.to_owned(),
            },
            error: mail.error,
            due: mail.due.map(moment),
        }
    };
    MailView {
        set_up: overview.set_up,
        mails: overview.mails.into_iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_it_is_typed() {
        assert_eq!(typed(120_000), "0.12");
        assert_eq!(typed(5_000_000), "5");
        assert_eq!(typed(0), "0");
        assert_eq!(typed_amount(None), "");
    }

    #[test]
    fn a_charts_highest_line_is_round() {
        assert_eq!([0, 3, 7, 11, 41, 150].map(top), [2, 4, 10, 20, 100, 200]);
    }
}
