//! Growing and shrinking pools.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{LabId, UserId};
use crate::machine::{Cause, Seen, Wanted};
use crate::name::Hostname;
use crate::time::Timestamp;

fn machine(seat: u32, claimed: bool, running: bool) -> Machine {
    let power = if running { Power::On } else { Power::Off };
    Machine {
        id: MachineId::new(Uuid::from_u128(u128::from(seat))),
        lab: LabId::new(Uuid::from_u128(0)),
        kind: MachineKind::User,
        seat,
        hostname: Hostname::parse(&format!("m-{seat}")).unwrap(),
        claimed_by: claimed.then(|| UserId::new(Uuid::from_u128(u128::from(seat)))),
        wanted: Wanted {
            present: true,
            build: 1,
            power,
            credentials: 1,
            since: Timestamp::from_micros(0),
            by: None,
            cause: Cause::System,
            schedule: None,
        },
        seen: Seen {
            build: Some(1),
            power: Some(power),
            ..Seen::default()
        },
        stopped_because: None,
        stopped_after: None,
        trouble: None,
    }
}

#[test]
fn unclaimed_stopped_machines_go_first_and_claimed_ones_are_named() {
    let pool = [
        machine(1, false, true),
        machine(2, false, false),
        machine(3, true, false),
    ];
    let two = plan_pool(Capacity::new(2).unwrap(), &pool);
    assert_eq!((two.remove, two.claimed), (vec![pool[1].id], vec![]));
    let none = plan_pool(Capacity::new(0).unwrap(), &pool);
    assert_eq!(
        (none.remove, none.claimed),
        (vec![pool[1].id, pool[0].id], vec![pool[2].id])
    );
}

#[test]
fn numbers_that_are_none_are_refused() {
    for text in ["", "-1", "401", "1e2", "twelve", "4294967296"] {
        assert!(Capacity::parse(text).is_err(), "{text}");
    }
    assert_eq!(Capacity::parse(" 400 ").map(Capacity::seats), Ok(400));
}

proptest! {
    #[test]
    fn a_plan_leads_to_the_capacity(
        seats in prop::collection::btree_map(1u32..500, (any::<bool>(), any::<bool>()), 0..60),
        capacity in 0u32..=400,
    ) {
        let pool: Vec<Machine> = seats.iter().map(|(seat, (c, r))| machine(*seat, *c, *r)).collect();
        let plan = plan_pool(Capacity::new(capacity).unwrap(), &pool);
        let after = pool.len() + plan.add.len() - plan.remove.len() - plan.claimed.len();
        prop_assert_eq!(after, capacity as usize);
        prop_assert!(plan.add.is_empty() || plan.remove.is_empty());
        prop_assert!(plan.add.iter().all(|seat| !seats.contains_key(seat)));
        let unclaimed = pool.iter().filter(|m| m.claimed_by.is_none()).count();
        prop_assert!(plan.claimed.is_empty() || plan.remove.len() == unclaimed);
    }
}
