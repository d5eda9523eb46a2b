//! Schedules. Times are wall-clock times of the schedule's time zone; an offset in them is ignored.

use domain::Invalid;
use domain::civil::parse_date_time;
use domain::recurrence::{Interval, Recurrence};
use domain::resource::ResourceName;
use domain::schedule::Times;
use domain::zone::TimeZone;
use serde::{Deserialize, Serialize};
use service::schedules::NewSchedule;
use service::store::Standing;
use utoipa::ToSchema;

use super::choices::{ProvisioningState, RecurrenceFrequency, WeekDay};
use super::{SystemData, time};

/// How a schedule recurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecurrencePattern {
    /// By days or by weeks.
    pub frequency: RecurrenceFrequency,
    /// On which days of the week; those of the first day, where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 7)]
    pub week_days: Option<Vec<WeekDay>>,
    /// Every how many days or weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 365)]
    pub interval: Option<u32>,
    /// The last day, which counts.
    #[schema(schema_with = super::rules::date_time)]
    pub expiration_date: String,
}

/// A schedule to be made, or what one is to become.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInput {
    /// The rest.
    pub properties: ScheduleInputProperties,
}

/// What is said of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInputProperties {
    /// When machines start; they are not started, where there is none.
    #[serde(default)]
    #[schema(schema_with = super::rules::date_time)]
    pub start_at: Option<String>,
    /// When machines stop.
    #[schema(schema_with = super::rules::date_time)]
    pub stop_at: String,
    /// How it recurs; it comes once, where there is none.
    #[serde(default)]
    #[schema(nullable = false)]
    pub recurrence_pattern: Option<RecurrencePattern>,
    /// The time zone, such as `Europe/Zurich`.
    #[schema(schema_with = super::rules::time_zone)]
    pub time_zone_id: String,
    /// Notes.
    #[serde(default)]
    #[schema(schema_with = super::rules::notes)]
    pub notes: Option<String>,
}

/// A change of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleUpdate {
    /// The rest.
    #[serde(default)]
    #[schema(nullable = false)]
    pub properties: Option<ScheduleUpdateProperties>,
}

/// What is to be changed of a schedule; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleUpdateProperties {
    /// When machines start.
    #[serde(default)]
    #[schema(schema_with = super::rules::date_time)]
    pub start_at: Option<String>,
    /// When machines stop.
    #[serde(default)]
    #[schema(schema_with = super::rules::date_time)]
    pub stop_at: Option<String>,
    /// How it recurs.
    #[serde(default)]
    #[schema(nullable = false)]
    pub recurrence_pattern: Option<RecurrencePattern>,
    /// The time zone.
    #[serde(default)]
    #[schema(schema_with = super::rules::time_zone)]
    pub time_zone_id: Option<String>,
    /// Notes.
    #[serde(default)]
    #[schema(schema_with = super::rules::notes)]
    pub notes: Option<String>,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it last changed.
    pub system_data: SystemData,
    /// The rest.
    pub properties: ScheduleProperties,
}

/// What a schedule is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleProperties {
    /// Whether it is being changed.
    pub provisioning_state: ProvisioningState,
    /// When machines start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub start_at: Option<String>,
    /// When machines stop; the same, where they are only started.
    #[schema(format = DateTime)]
    pub stop_at: String,
    /// How it recurs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub recurrence_pattern: Option<RecurrencePattern>,
    /// The time zone.
    pub time_zone_id: String,
    /// Notes.
    pub notes: String,
}

impl Schedule {
    /// A schedule as programs see it.
    pub fn of(standing: &Standing, lab: &str) -> Self {
        let schedule = &standing.schedule;
        let (start, stop) = schedule.wire_times();
        let wall = |at: domain::civil::DateTime| format!("{}Z", at.strftime("%Y-%m-%dT%H:%M:%S"));
        let expiration_date = schedule
            .until
            .map_or("2999-12-31T23:59:59Z".to_owned(), |until| {
                format!("{until}T23:59:59Z")
            });
        let recurrence_pattern = match schedule.recurrence {
            Recurrence::Once => None,
            Recurrence::Daily { interval } => Some(RecurrencePattern {
                frequency: RecurrenceFrequency::Daily,
                week_days: None,
                interval: Some(interval.get()),
                expiration_date,
            }),
            Recurrence::Weekly { interval, days } => Some(RecurrencePattern {
                frequency: RecurrenceFrequency::Weekly,
                week_days: Some(days.names().filter_map(WeekDay::named).collect()),
                interval: Some(interval.get()),
                expiration_date,
            }),
        };
        let name = standing.resource_name().to_string();
        Self {
            id: format!("{lab}/schedules/{name}"),
            name,
            kind: "Microsoft.LabServices/labs/schedules".to_owned(),
            system_data: SystemData {
                last_modified_at: Some(time::instant(standing.since)),
                ..SystemData::default()
            },
            properties: ScheduleProperties {
                provisioning_state: ProvisioningState::Succeeded,
                start_at: start.map(wall),
                stop_at: wall(stop),
                recurrence_pattern,
                time_zone_id: schedule.zone.as_str().to_owned(),
                notes: schedule.notes.clone(),
            },
        }
    }
}

impl ScheduleInputProperties {
    /// What is to be made of it. The portal's own settings stay as they are in `before`.
    ///
    /// # Errors
    /// When a time, a date or the zone is none.
    pub fn schedule(
        self,
        name: Option<ResourceName>,
        before: Option<&Standing>,
    ) -> Result<NewSchedule, Invalid> {
        let at = |field, text: &str| parse_date_time(field, text);
        let start = self.start_at.map(|text| at("startAt", &text)).transpose()?;
        let times = Times::between(start, Some(at("stopAt", &self.stop_at)?))?;
        let (recurrence, until) = match self.recurrence_pattern {
            None => (Recurrence::Once, None),
            Some(pattern) => {
                let until = at("expirationDate", &pattern.expiration_date)?.date();
                let interval = Interval::new(pattern.interval.unwrap_or(1))?;
                let first = times.first.weekday();
                let days = pattern.week_days.filter(|days| !days.is_empty());
                let days: Vec<&str> = match &days {
                    Some(days) => days.iter().map(|day| day.as_str()).collect(),
                    None => vec![weekday(first)],
                };
                (
                    Recurrence::parse(pattern.frequency.as_str(), interval, days)?,
                    Some(until),
                )
            }
        };
        Ok(NewSchedule {
            group: before.and_then(|before| before.schedule.group),
            times,
            recurrence,
            until,
            zone: TimeZone::parse(&self.time_zone_id)?,
            prestart_minutes: match start {
                Some(_) => before.map_or(0, |before| before.schedule.prestart_minutes),
                None => 0,
            },
            notes: self.notes.unwrap_or_default(),
            name,
        })
    }

    /// What holds now, for a change to be laid over.
    pub fn of(standing: &Standing) -> Self {
        let shown = Schedule::of(standing, "").properties;
        Self {
            start_at: shown.start_at,
            stop_at: shown.stop_at,
            recurrence_pattern: shown.recurrence_pattern,
            time_zone_id: shown.time_zone_id,
            notes: Some(shown.notes),
        }
    }

    /// With a change laid over it.
    pub fn with(self, change: ScheduleUpdateProperties) -> Self {
        Self {
            start_at: change.start_at.or(self.start_at),
            stop_at: change.stop_at.unwrap_or(self.stop_at),
            recurrence_pattern: change.recurrence_pattern.or(self.recurrence_pattern),
            time_zone_id: change.time_zone_id.unwrap_or(self.time_zone_id),
            notes: change.notes.or(self.notes),
        }
    }
}

fn weekday(day: domain::civil::Weekday) -> &'static str {
    use domain::civil::Weekday as W;

    match day {
        W::Monday => "Monday",
        W::Tuesday => "Tuesday",
        W::Wednesday => "Wednesday",
        W::Thursday => "Thursday",
        W::Friday => "Friday",
        W::Saturday => "Saturday",
        W::Sunday => "Sunday",
    }
}
