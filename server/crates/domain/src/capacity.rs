//! A lab's capacity, and which seats come or go when it changes.

use serde::{Deserialize, Serialize};

use crate::Invalid;
use crate::id::MachineId;
use crate::machine::{Machine, MachineKind, Power};

/// How many machines a lab's pool has: 0 to 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(u32);

impl Capacity {
    /// The largest pool a lab may have.
    pub const MAX: u32 = 400;

    /// A capacity of `seats` machines.
    ///
    /// # Errors
    /// When it is more than 400.
    pub fn new(seats: u32) -> Result<Self, Invalid> {
        if seats > Self::MAX {
            return Err(Invalid::new(
                "capacity",
                format!("A lab has 0 to 400 machines; {seats} is too many."),
            ));
        }
        Ok(Self(seats))
    }

    /// Parses a capacity as it was typed.
    ///
    /// # Errors
    /// When it is not a whole number from 0 to 400.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new(
                "capacity",
                "The number of machines must not be empty.",
            ));
        }
        match text.parse::<u32>() {
            Ok(seats) => Self::new(seats),
            Err(_) => Err(Invalid::new(
                "capacity",
                "The number of machines is a whole number from 0 to 400.",
            )),
        }
    }

    /// The capacity of a pool that has this many machines already, at most the largest.
    pub fn of(machines: usize) -> Self {
        Self(u32::try_from(machines).unwrap_or(Self::MAX).min(Self::MAX))
    }

    /// The number of machines.
    pub fn seats(self) -> u32 {
        self.0
    }
}

/// What a change of capacity does to a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolPlan {
    /// Seat numbers to make machines for, in order.
    pub add: Vec<u32>,
    /// Machines to remove: unclaimed ones, stopped ones first, the highest seat first.
    pub remove: Vec<MachineId>,
    /// Claimed machines that would have to go as well. Unless this is empty, the change is refused
    /// with the names of the people who would lose theirs, or confirmed by the educator.
    pub claimed: Vec<MachineId>,
}

/// Plans a pool of `capacity` seats out of `machines`, all of the lab's machines. Machines that are
/// on their way out already do not count; their seat numbers are free again.
pub fn plan_pool(capacity: Capacity, machines: &[Machine]) -> PoolPlan {
    let mut seats: Vec<&Machine> = machines
        .iter()
        .filter(|m| m.kind == MachineKind::User && m.wanted.present)
        .collect();
    let wanted = capacity.seats() as usize;
    let mut plan = PoolPlan::default();
    if seats.len() <= wanted {
        let taken: Vec<u32> = seats.iter().map(|m| m.seat).collect();
        plan.add = (1..)
            .filter(|n| !taken.contains(n))
            .take(wanted - seats.len())
            .collect();
        return plan;
    }
    let stopped = |m: &Machine| m.wanted.power == Power::Off && m.seen.power != Some(Power::On);
    seats.sort_by_key(|m| {
        (
            m.claimed_by.is_some(),
            !stopped(m),
            std::cmp::Reverse(m.seat),
        )
    });
    for machine in seats.iter().take(seats.len() - wanted) {
        match machine.claimed_by {
            None => plan.remove.push(machine.id),
            Some(_) => plan.claimed.push(machine.id),
        }
    }
    plan
}

#[cfg(test)]
#[path = "capacity_tests.rs"]
mod tests;
