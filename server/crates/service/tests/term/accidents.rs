//! What nobody does: faults of the engine, accidents in machines, crashes, and jumps of the clock.

use std::time::Duration;

use domain::machine::Power;
use service::engine::EngineError;
use simulator::Act;

use crate::life::Life;
use crate::world::A_WHILE;

impl Life {
    pub async fn accident(&mut self, n: usize) {
        let machine = self.students[n].machine;
        let Some(name) = self.rows.get(&machine).map(|row| row.hostname.clone()) else {
            return;
        };
        let now = self.world.time();
        let some = |most: u64| Duration::from_secs(self.dice.roll() % most + 1);
        let runs = self.record.own(machine).runs();
        let sim = self.world.sim.clone();
        match self.dice.below(20) {
            0..3 => {
                let no = EngineError::Failed("No.".to_owned());
                self.record.struck = Some(self.now());
                let act = *self.dice.pick(&[Act::Start, Act::Stop, Act::Look]).unwrap();
                if self.dice.below(2) == 0 {
                    sim.fail(act, 1, no);
                } else {
                    sim.lose_answer(act, 1, no);
                }
                self.tell(format!("the next {act:?} goes wrong"));
            }
            3..6 if runs => {
                sim.shut_down_at(&name, now + some(7200)).unwrap();
                self.tell(format!("{name} is going to shut itself down"));
            }
            6 if runs => {
                self.record.own(machine).unclear = true;
                sim.lose_at(&name, now + some(7200));
                self.tell(format!("{name} is going to be lost"));
            }
            7 => {
                let hidden = self.dice.below(2) == 0;
                self.record.own(machine).unclear = true;
                drop(sim.hide_power_time(&name, hidden));
            }
            8..10 => {
                let silent = self.dice.below(2) == 0;
                drop(sim.set_silent(&name, silent));
                let now = self.now();
                self.record.own(machine).silent = silent.then_some(now);
            }
            10..12 if self.away.is_none() => {
                let back = now + some(10_800);
                sim.set_away(true);
                sim.come_back_at(back);
                self.away = Some(back);
                self.record.gap(now, back + A_WHILE);
                self.tell(format!("the engine is away until {back:?}"));
            }
            12 if self.away.is_none() => {
                for (id, row) in &self.rows {
                    if row.wanted.power == Power::On && row.seen.power != Some(Power::On) {
                        self.record.own(*id).unclear = true;
                    }
                }
                let back = now + some(7200);
                sim.crash();
                sim.come_back_at(back);
                self.away = Some(back);
                self.record.gap(now, back + A_WHILE);
                self.tell(format!("the host crashes, and is back at {back:?}"));
            }
            13..17 => {
                let steps = i64::try_from(self.dice.below(25)).unwrap();
                let down = match self.dice.below(3) {
                    0 => Duration::from_secs(5),
                    1 => some(1800),
                    _ => some(6 * 3600),
                };
                self.tell(format!(
                    "the process dies after {steps} steps, for {down:?}"
                ));
                self.die(steps, down).await;
            }
            17 => {
                let jump = some(3600);
                self.world.clock.advance(jump);
                let then = self.world.time();
                self.record.gap(now, then);
                self.world.sim.catch_up();
                self.tell(format!("the clock jumps by {jump:?}"));
                self.happened().await;
            }
            _ => return,
        }
        self.faults += 1;
    }
}
