//! What educators say of classes: schedules that are made, changed and deleted, and days off.

use std::time::Duration;

use domain::civil::{Time, Weekday};
use domain::holiday::Holiday;
use domain::recurrence::{Interval, Recurrence, WeekDays};
use domain::schedule::Times;
use domain::zone::TimeZone;
use service::schedules::NewSchedule;

use crate::life::Life;
use crate::oracle::{DayOff, Pattern, Said, Told};

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "UTC",
];

impl Life {
    /// A schedule that somebody thinks of: what is asked of the product, and what the test knows.
    fn think_of_a_schedule(&self, lab: usize) -> (NewSchedule, Said) {
        let dice = &self.dice;
        let zone = TimeZone::parse(dice.pick(&ZONES).unwrap()).unwrap();
        let today = zone.date(self.world.time());
        let first = today.checked_add(days_long(dice.below(4))).unwrap();
        let until = first.checked_add(days_long(7 + dice.below(35))).unwrap();
        let clock = |minutes: usize| {
            let hour = i8::try_from(minutes / 60 % 24).unwrap();
            Time::new(hour, i8::try_from(minutes % 60).unwrap(), 0, 0).unwrap()
        };
        let begin = dice.below(24 * 12) * 5;
        let length = 30 + dice.below(30) * 5;
        let (start, stop) = match dice.below(8) {
            0 => (Some(clock(begin)), None),
            1 => (None, Some(clock(begin))),
            _ => (Some(clock(begin)), Some(clock(begin + length))),
        };
        let interval = u32::try_from(1 + dice.below(3)).unwrap();
        let every = Interval::new(interval).unwrap();
        let days = [
            Weekday::Monday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Sunday,
        ];
        let weekdays: Vec<Weekday> = days
            .iter()
            .copied()
            .filter(|_| dice.below(2) == 0)
            .collect();
        let (recurrence, pattern) = match dice.below(4) {
            0 => (Recurrence::Once, Pattern::Once),
            1 if !weekdays.is_empty() => (
                Recurrence::Weekly {
                    interval: Interval::new(1).unwrap(),
                    days: WeekDays::new(weekdays.clone()).unwrap(),
                },
                Pattern::Weekly(1, weekdays),
            ),
            _ => (
                Recurrence::Daily { interval: every },
                Pattern::Daily(interval),
            ),
        };
        let early = [0, 0, 10, 30];
        let early = if start.is_some() {
            *dice.pick(&early).unwrap()
        } else {
            0
        };
        let group = dice
            .pick(&self.labs[lab].groups)
            .filter(|_| dice.below(3) == 0)
            .map(|(group, _)| *group);
        let new = NewSchedule {
            name: None,
            group,
            times: Times { first, start, stop },
            recurrence,
            until: Some(until),
            zone: zone.clone(),
            prestart_minutes: early,
            notes: String::new(),
        };
        let said = Said {
            group,
            first,
            until: if recurrence == Recurrence::Once {
                first
            } else {
                until
            },
            start,
            stop,
            pattern,
            zone,
            early: early.into(),
        };
        (new, said)
    }

    fn told(&mut self, lab: usize, said: Said) -> usize {
        let now = self.now();
        let occurrences = said.occurrences(self.ends + Duration::from_secs(60 * 24 * 3600));
        let told = &mut self.labs[lab].classes.told;
        told.push(Told {
            said,
            occurrences,
            from: now,
            to: None,
        });
        told.len() - 1
    }

    pub async fn make_schedule(&mut self, lab: usize) {
        if self.labs[lab].schedules.len() >= 6 {
            return;
        }
        let (new, said) = self.think_of_a_schedule(lab);
        let (services, id) = (self.world.services.clone(), self.labs[lab].id);
        let told = format!("lab {lab}: schedule {new:?}");
        let made = services.create_schedule(&self.grace, id, new).await;
        if let Ok(made) = made {
            self.tell(told);
            let index = self.told(lab, said);
            self.labs[lab].schedules.insert(made, index);
            self.edited(lab);
        }
    }

    pub async fn change_schedule(&mut self, lab: usize) {
        let all: Vec<_> = self.labs[lab]
            .schedules
            .iter()
            .map(|(a, b)| (*a, *b))
            .collect();
        let Some((schedule, index)) = self.dice.pick(&all).copied() else {
            return;
        };
        let (services, id) = (self.world.services.clone(), self.labs[lab].id);
        if self.dice.below(2) == 0 {
            services
                .delete_schedule(&self.grace, id, schedule)
                .await
                .unwrap();
            self.tell(format!("lab {lab}: schedule deleted"));
            let now = self.now();
            self.labs[lab].classes.told[index].to = Some(now);
            self.labs[lab].schedules.remove(&schedule);
        } else {
            let (new, said) = self.think_of_a_schedule(lab);
            let told = format!("lab {lab}: schedule becomes {new:?}");
            let update = services
                .update_schedule(&self.grace, id, schedule, new)
                .await;
            if update.is_err() {
                return;
            }
            self.tell(told);
            let now = self.now();
            self.labs[lab].classes.told[index].to = Some(now);
            let index = self.told(lab, said);
            self.labs[lab].schedules.insert(schedule, index);
        }
        self.edited(lab);
    }

    pub async fn change_days_off(&mut self, lab: usize) {
        let (services, id) = (self.world.services.clone(), self.labs[lab].id);
        let date = TimeZone::utc().date(self.world.time());
        let date = date.checked_add(days_long(self.dice.below(5))).unwrap();
        let off = self.labs[lab].off.pop();
        if let Some((holiday, index)) = off {
            services
                .remove_holiday(&self.grace, id, holiday)
                .await
                .unwrap();
            let now = self.now();
            self.labs[lab].classes.off[index].to = Some(now);
            self.tell(format!("lab {lab}: a day off is taken back"));
        } else {
            let holiday = Holiday::new(date, "Off").unwrap();
            services
                .add_holiday(&self.grace, id, holiday)
                .await
                .unwrap();
            let page = services.schedule_page(&self.grace, id).await.unwrap();
            let row = page
                .holidays
                .iter()
                .find(|row| row.version.value.date == date);
            let holiday = row.unwrap().id;
            let from = self.now();
            let off = &mut self.labs[lab].classes.off;
            off.push(DayOff {
                date,
                from,
                to: None,
            });
            let index = off.len() - 1;
            self.labs[lab].off.push((holiday, index));
            self.tell(format!("lab {lab}: {date} is off"));
        }
        self.edited(lab);
    }
}

fn days_long(days: usize) -> std::time::Duration {
    Duration::from_secs(u64::try_from(days).unwrap() * 86_400)
}
