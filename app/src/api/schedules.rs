//! Schedules, days without class, the calendar link.

use leptos::prelude::*;

use crate::error::AppError;
use crate::view::WrittenView;

/// The Schedule page: the week of a date, with the form of an event where one is open.
#[server(prefix = "/sfn", endpoint = "lab/schedule", input = server_fn::codec::GetUrl)]
pub async fn schedule(
    id: String,
    #[server(default)] week: String,
    #[server(default)] event: String,
    #[server(default)] date: String,
    #[server(default)] start: String,
) -> Result<WrittenView, AppError> {
    use domain::civil::parse_date;

    use super::words::week::{self as words, Asked};
    use crate::address::percent_encode as encode;
    use crate::context::{self, fail};
    use crate::pages::time::schedule;
    use crate::view::WithLab;

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&id, "lab")?;
    let page = backend.services.schedule_page(&actor, lab).await;
    let page = page.map_err(|e| fail(e.into()))?;
    let may = page.may;
    let asked = Asked {
        week: parse_date("week", &week).ok(),
        // What is no date or time is not put into a form.
        date: parse_date("date", &date).map_or_else(|_| String::new(), |date| date.to_string()),
        start: domain::civil::parse_time("start", &start)
            .map_or_else(|_| String::new(), |time| time.strftime("%H:%M").to_string()),
        event,
    };
    let feed = page
        .token
        .as_ref()
        .map(|token| format!("{}/calendar/{token}.ics", backend.public_url));
    let more = words::page(&page, &asked, feed, may);
    // Asked anew, the same form is open in the same week.
    let address = format!(
        "/sfn/lab/schedule?id={lab}&week={}&event={}&date={}&start={}",
        more.week.monday,
        encode(&asked.event),
        asked.date,
        encode(&asked.start)
    );
    let lab = super::labs::lab(id).await?;
    Ok(schedule::write(&WithLab { lab, more }, address))
}

/// Makes a schedule, or changes one.
#[server(prefix = "/sfn", endpoint = "schedules/save")]
pub async fn save_schedule(
    lab: String,
    #[server(default)] schedule: String,
    #[server(default)] week: String,
    #[server(default)] kind: String,
    #[server(default)] date: String,
    #[server(default)] start: String,
    #[server(default)] stop: String,
    #[server(default)] repeat: String,
    #[server(default)] interval: String,
    #[server(default)] days: Vec<String>,
    #[server(default)] until: String,
    #[server(default)] zone: String,
    #[server(default)] prestart: String,
    #[server(default)] group: String,
    #[server(default)] notes: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};
    use crate::view::EventForm;

    let (backend, actor) = context::signed_in()?;
    let id = context::id(&lab, "lab")?;
    let form = EventForm {
        schedule,
        kind,
        date,
        start,
        stop,
        repeat,
        interval,
        days,
        until,
        zone,
        prestart,
        group,
        notes,
        losses: String::new(),
    };
    let group = match form.group.as_str() {
        "" => None,
        group => Some(context::id(group, "group")?),
    };
    let new = read(&form, group).map_err(fail)?;
    let saved = match form.schedule.as_str() {
        "" => {
            let made = backend.services.create_schedule(&actor, id, new).await;
            made.map(drop)
        }
        schedule => {
            let schedule = context::id(schedule, "schedule")?;
            backend
                .services
                .update_schedule(&actor, id, schedule, new)
                .await
        }
    };
    saved.map_err(|e| {
        let error = AppError::from(e);
        fail(AppError {
            field: error.field.as_deref().map(|field| ours(field).to_owned()),
            ..error
        })
    })?;
    lead_back(id, &week);
    Ok(())
}

/// Deletes a schedule.
#[server(prefix = "/sfn", endpoint = "schedules/delete")]
pub async fn delete_schedule(
    lab: String,
    schedule: String,
    #[server(default)] week: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let schedule = context::id(&schedule, "schedule")?;
    let deleted = backend
        .services
        .delete_schedule(&actor, lab, schedule)
        .await;
    deleted.map_err(|e| fail(e.into()))?;
    lead_back(lab, &week);
    Ok(())
}

/// Adds a day without class.
#[server(prefix = "/sfn", endpoint = "schedules/holiday")]
pub async fn add_holiday(
    lab: String,
    #[server(default)] date: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let holiday = holiday(&date, &name)?;
    let added = backend.services.add_holiday(&actor, lab, holiday).await;
    added.map_err(|e| fail(e.into()))
}

/// Takes a day without class back.
#[server(prefix = "/sfn", endpoint = "schedules/remove-holiday")]
pub async fn remove_holiday(lab: String, holiday: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let holiday = context::id(&holiday, "day without class")?;
    let removed = backend.services.remove_holiday(&actor, lab, holiday).await;
    removed.map_err(|e| fail(e.into()))
}

/// Makes a lab's calendar link, or another one.
#[server(prefix = "/sfn", endpoint = "schedules/link")]
pub async fn renew_calendar(lab: String) -> Result<(), AppError> {
    use crate::context::{self, fail};

    let (backend, actor) = context::signed_in()?;
    let lab = context::id(&lab, "lab")?;
    let made = backend.services.renew_calendar(&actor, lab).await;
    made.map_err(|e| fail(e.into()))
}

#[cfg(feature = "ssr")]
fn lead_back(lab: domain::id::LabId, week: &str) {
    let path = crate::context::lab_path(lab);
    let to = match domain::civil::parse_date("week", week) {
        Ok(week) => format!("{path}/schedule?week={week}"),
        Err(_) => format!("{path}/schedule"),
    };
    leptos_axum::redirect(&to);
}

/// A day without class out of a form.
#[cfg(feature = "ssr")]
pub(super) fn holiday(date: &str, name: &str) -> Result<domain::holiday::Holiday, AppError> {
    use crate::context::fail;

    let date = domain::civil::parse_date("date", date).map_err(|e| fail(e.into()))?;
    domain::holiday::Holiday::new(date, name).map_err(|e| fail(e.into()))
}

/// What the form calls a field that the domain calls by the REST API's name.
#[cfg(feature = "ssr")]
fn ours(field: &str) -> &str {
    match field {
        "startAt" => "start",
        "stopAt" => "stop",
        "expirationDate" => "until",
        "timeZoneId" | "timeZone" => "zone",
        "weekDays" => "days",
        "prestart" | "prestartMinutes" => "prestart",
        other => other,
    }
}

#[cfg(feature = "ssr")]
fn read(
    form: &crate::view::EventForm,
    group: Option<domain::id::GroupId>,
) -> Result<service::schedules::NewSchedule, AppError> {
    use domain::civil::{parse_date, parse_time};
    use domain::recurrence::{Interval, Recurrence, WeekDays};
    use domain::schedule::Times;
    use domain::zone::TimeZone;

    let field = |name: &'static str| {
        move |invalid: domain::Invalid| AppError {
            field: Some(name.to_owned()),
            ..AppError::from(invalid)
        }
    };
    let time = |name: &'static str, text: &str, wanted: bool| {
        let time = wanted.then(|| parse_time(name, text)).transpose();
        time.map_err(field(name))
    };
    let (starts, stops) = match form.kind.as_str() {
        "start" => (true, false),
        "stop" => (false, true),
        _ => (true, true),
    };
    let repeats = matches!(form.repeat.as_str(), "daily" | "weekly");
    let interval = || match form.interval.trim() {
        "" => Ok(Interval::ONE),
        text => Interval::parse(text).map_err(field("interval")),
    };
    let recurrence = match form.repeat.as_str() {
        "daily" => Recurrence::Daily {
            interval: interval()?,
        },
        "weekly" => Recurrence::Weekly {
            interval: interval()?,
            days: WeekDays::parse(form.days.iter().map(String::as_str)).map_err(field("days"))?,
        },
        _ => Recurrence::Once,
    };
    let until = match form.until.trim() {
        "" => None,
        text if repeats => Some(parse_date("until", text).map_err(field("until"))?),
        _ => None,
    };
    let prestart_minutes = match form.prestart.trim() {
        "" => 0,
        _ if !starts => 0,
        text => text.parse().map_err(|_| AppError {
            field: Some("prestart".to_owned()),
            ..AppError::new(
                crate::error::Kind::Invalid,
                "Machines start 0 to 60 whole minutes early.",
            )
        })?,
    };
    Ok(service::schedules::NewSchedule {
        name: None,
        group,
        times: Times {
            first: parse_date("date", &form.date).map_err(field("date"))?,
            start: time("start", &form.start, starts)?,
            stop: time("stop", &form.stop, stops)?,
        },
        recurrence,
        until,
        zone: TimeZone::parse(&form.zone).map_err(field("zone"))?,
        prestart_minutes,
        notes: form.notes.clone(),
    })
}
