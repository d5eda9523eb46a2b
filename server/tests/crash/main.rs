//! The real server on a real Incus, killed at random moments of publishing, starting and registering.
//! Whenever it comes back, everything must be as if it had never gone: the same labs, people and
//! machines, nothing twice and nothing astray in Incus.
//!
//! The moments are drawn from a fixed seed; `LECTERN_CRASH_SEED` and `LECTERN_CRASH_KILLS` choose
//! others, to look for more.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

mod browser;
mod class;
mod host;
mod moment;
mod portal;

use std::time::Duration;

use crate::class::{Class, Round};
use crate::host::Host;

/// How often the server is killed.
const KILLS: usize = 20;

/// The seed of the moments.
const SEED: u64 = 20_270_628;

/// What is asked of the lab, round after round: machines are remade while they are stopped and while
/// they run, and a student registers while they start.
const ROUNDS: [Round; 4] = [Round::Publish, Round::Publish, Round::Start, Round::Publish];

#[tokio::test]
async fn a_server_that_is_killed_goes_on_where_it_was() {
    let seed = chosen("LECTERN_CRASH_SEED", SEED);
    let kills = chosen("LECTERN_CRASH_KILLS", KILLS);
    println!("{kills} kills with the seed {seed}");
    Host::with("crash", async |host| {
        let mut class = Class::open(host, seed).await;
        let mut in_the_middle = 0;
        for (number, round) in ROUNDS.into_iter().cycle().take(kills).enumerate() {
            in_the_middle += usize::from(class.interrupt(number + 1, round).await);
            class.is_sound(round).await;
        }
        // One that came after all was done would prove nothing.
        println!("{in_the_middle} of {kills} kills came in the middle of the work");
        assert!(in_the_middle * 4 >= kills * 3);
        class.one_waits().await;
        class.close().await;
    })
    .await;
}

fn chosen<T: std::str::FromStr>(variable: &str, usual: T) -> T {
    let chosen = std::env::var(variable).ok();
    chosen.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Looks again and again until something is as it should be, and says what is not when it takes too
/// long.
async fn until<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let started = tokio::time::Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(why) => {
                assert!(
                    started.elapsed() < within,
                    "{what}: not after {within:?}: {why}"
                );
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
