//! Moments to kill the server at: so many acts of its reconciler, and so many things in Incus after
//! that. No clock has a say, so that they fall into acts and not only between them.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// When nothing has happened for so long, nothing more is waited for.
const SILENCE: Duration = Duration::from_secs(15);

/// Something that was noticed from outside.
#[derive(Debug)]
pub enum Signal {
    /// The reconciler begins to act.
    Act(String),
    /// Something happens in Incus.
    Event(String),
}

/// A moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// So many acts have begun.
    pub acts: u64,
    /// So much has happened since.
    pub events: u64,
    /// So many turns have been left to others since, each some microseconds.
    pub turns: u64,
}

impl Moment {
    /// Waits for the moment. Returns what happened last before it.
    pub async fn wait(self, signals: &mut UnboundedReceiver<Signal>) -> String {
        let mut last = "nothing".to_owned();
        let (mut acts, mut events) = (self.acts, self.events);
        while acts > 0 || events > 0 {
            let Ok(Some(signal)) = timeout(SILENCE, signals.recv()).await else {
                last.push_str(" and a silence");
                break;
            };
            if acts > 0 {
                acts -= u64::from(matches!(signal, Signal::Act(_)));
            } else {
                events -= 1;
            }
            let (Signal::Act(what) | Signal::Event(what)) = signal;
            last = what;
        }
        for _ in 0..self.turns {
            tokio::task::yield_now().await;
        }
        last
    }
}

/// Random numbers that a seed determines (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from `low` to `high`, each as likely.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (mixed ^ (mixed >> 31)) % (high - low + 1)
    }
}
