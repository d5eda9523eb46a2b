//! What is class and what counts, found out anew and naively: day by day, zone by zone, instant by
//! instant. It shares no arithmetic with the product; of a zone it only asks what its clocks show.

use domain::civil::{Date, DateTime, Time, Weekday};
use domain::id::GroupId;
use domain::time::Timestamp;
use domain::zone::TimeZone;

const MINUTE: i64 = 60_000_000;

/// One time that a schedule comes, by the oracle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    pub date: Date,
    pub boot: Option<i64>,
    pub start: Option<i64>,
    pub stop: Option<i64>,
}

/// What the educator said about a schedule, as she said it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub group: Option<GroupId>,
    pub first: Date,
    pub until: Date,
    pub start: Option<Time>,
    pub stop: Option<Time>,
    pub pattern: Pattern,
    pub zone: TimeZone,
    pub early: i64,
}

#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Once,
    Daily(u32),
    Weekly(u32, Vec<Weekday>),
}

impl Pattern {
    /// Whether it comes on this day, so many days after the first.
    fn comes(&self, first: Date, date: Date, days: u32) -> bool {
        match self {
            Self::Once => days == 0,
            Self::Daily(interval) => days.is_multiple_of(*interval),
            Self::Weekly(interval, weekdays) => {
                // Weeks begin on Monday.
                let before = u32::try_from(first.weekday().to_monday_zero_offset()).unwrap();
                let week = (days + before) / 7;
                weekdays.contains(&date.weekday()) && week.is_multiple_of(*interval)
            }
        }
    }
}

impl Said {
    /// Every time it comes up to `end`.
    pub fn occurrences(&self, end: Timestamp) -> Vec<Occurrence> {
        let mut found = Vec::new();
        let mut date = self.first;
        for days in 0.. {
            if date > self.until || self.zone.date(end) < date {
                break;
            }
            if self.pattern.comes(self.first, date, days) {
                let start = self.start.map(|time| when(&self.zone, date, time));
                let next = match (self.start, self.stop) {
                    (Some(start), Some(stop)) if stop < start => date.tomorrow().unwrap(),
                    _ => date,
                };
                found.push(Occurrence {
                    date,
                    boot: start.map(|start| start - self.early * MINUTE),
                    start,
                    stop: self.stop.map(|time| when(&self.zone, next, time)),
                });
            }
            date = date.tomorrow().unwrap();
        }
        found
    }
}

/// When clocks first show this, or, where they skip it, first show more.
fn when(zone: &TimeZone, date: Date, time: Time) -> i64 {
    let wanted = date.to_datetime(time);
    let utc = TimeZone::utc().timestamp(wanted).micros();
    let shows = |at: i64| -> DateTime { zone.local(Timestamp::from_micros(at)) };
    let candidates = (-60..=60).map(|quarter: i64| utc + quarter * 15 * MINUTE);
    if let Some(exact) = candidates.clone().find(|at| shows(*at) == wanted) {
        return exact;
    }
    // The gap ends on a full quarter of an hour; seconds do not matter there.
    candidates
        .map(|at| at.div_euclid(15 * MINUTE) * 15 * MINUTE)
        .find(|at| shows(*at) >= wanted)
        .unwrap()
}

/// A version of a schedule, and when it held.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub said: Said,
    pub occurrences: Vec<Occurrence>,
    pub from: i64,
    pub to: Option<i64>,
}

/// A day without class, and when that held.
#[derive(Clone, Debug)]
pub(crate) struct DayOff {
    pub date: Date,
    pub from: i64,
    pub to: Option<i64>,
}

fn held(from: i64, to: Option<i64>, at: i64) -> bool {
    from <= at && to.is_none_or(|to| at < to)
}

/// All that was said of a lab's classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    pub told: Vec<Told>,
    pub off: Vec<DayOff>,
}

impl Classes {
    fn is_off(&self, date: Date, at: i64) -> bool {
        let mut off = self.off.iter();
        off.any(|off| off.date == date && held(off.from, off.to, at))
    }

    fn applies(said: &Said, group: Option<GroupId>) -> bool {
        said.group.is_none() || said.group == group
    }

    /// Whether it is class at an instant.
    pub fn is_class(&self, group: Option<GroupId>, at: i64) -> bool {
        self.told.iter().any(|told| {
            held(told.from, told.to, at)
                && Self::applies(&told.said, group)
                && told.occurrences.iter().any(|o| {
                    let inside = o.start.is_some_and(|start| start <= at)
                        && o.stop.is_some_and(|stop| at < stop);
                    inside && !self.is_off(o.date, at)
                })
        })
    }

    /// Whether machines were started early, and class has not begun.
    pub fn is_early(&self, group: Option<GroupId>, at: i64) -> bool {
        self.told.iter().any(|told| {
            held(told.from, told.to, at)
                && Self::applies(&told.said, group)
                && told.occurrences.iter().any(|o| {
                    let inside = o.boot.is_some_and(|boot| boot <= at)
                        && o.start.is_some_and(|start| at < start);
                    inside && !self.is_off(o.date, at)
                })
        })
    }

    /// What happens after `from`, up to and with `to`, by what held then: when, whether it starts, and
    /// whether it is the stop of a class rather than a stop by itself.
    pub fn events(&self, group: Option<GroupId>, from: i64, to: i64) -> Vec<Event> {
        let mut events = Vec::new();
        for told in &self.told {
            if !Self::applies(&told.said, group) {
                continue;
            }
            for o in &told.occurrences {
                let mut add = |at: Option<i64>, starts| {
                    if let Some(at) = at.filter(|at| *at > from && *at <= to)
                        // What a schedule would have done before it was made is not done.
                        && at > told.from
                        && told.to.is_none_or(|ended| at <= ended)
                        && !self.is_off(o.date, at)
                    {
                        let class = o.start.is_some() && o.stop.is_some();
                        events.push(Event { at, starts, class });
                    }
                };
                add(o.boot, true);
                add(o.stop, false);
            }
        }
        events.sort_by_key(|event| event.at);
        events
    }

    /// How much of a stretch is no class.
    pub fn outside(&self, group: Option<GroupId>, from: i64, to: i64) -> i64 {
        let mut cuts = vec![from, to];
        let mut cut = |at: i64| {
            if at > from && at < to {
                cuts.push(at);
            }
        };
        for told in &self.told {
            if told.from >= to || told.to.is_some_and(|ended| ended <= from) {
                continue;
            }
            cut(told.from);
            told.to.iter().for_each(|to| cut(*to));
            for o in &told.occurrences {
                o.start.iter().chain(&o.stop).for_each(|at| cut(*at));
            }
        }
        for off in &self.off {
            cut(off.from);
            off.to.iter().for_each(|to| cut(*to));
        }
        cuts.sort_unstable();
        cuts.windows(2)
            .filter(|pair| pair[0] < pair[1] && !self.is_class(group, pair[0]))
            .map(|pair| pair[1] - pair[0])
            .sum()
    }
}

/// What a schedule does, by the oracle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub at: i64,
    pub starts: bool,
    pub class: bool,
}
