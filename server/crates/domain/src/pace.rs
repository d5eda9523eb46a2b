//! How long to wait before trying again, and when to give up.

use std::time::Duration;

/// How long a graceful stop may take before the machine is stopped by force.
pub const GRACE: Duration = Duration::from_secs(90);

/// How long the system tries to bring a machine to what is wanted before it is called failed.
pub const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// How long after a start was asked for a machine without an address is looked at every second.
pub const ADDRESS_PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked at after that: it may have waited long for its turn to start.
pub const ADDRESS_LATER: Duration = Duration::from_secs(30);

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_secs(60);

/// The pause after the `attempts`-th failure in a row (1 is the first): one second, doubled each
/// time, at most a minute, shortened by up to a half. `jitter` is a random number from 0 to 1; it
/// keeps many machines that failed together from trying again together.
pub fn backoff(attempts: u32, jitter: f64) -> Duration {
    let doubled = Duration::from_secs(1)
        .saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(16)));
    doubled
        .min(LONGEST)
        .mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

/// The longest pause between two tries to send a mail.
const LONGEST_FOR_MAIL: Duration = Duration::from_secs(6 * 3600);

/// The same for a mail that did not go out: a mail server that is away stays so for minutes or
/// hours. From one minute to six hours.
pub fn mail_backoff(attempts: u32, jitter: f64) -> Duration {
    let doubled = Duration::from_secs(120)
        .saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1).min(16)));
    doubled
        .min(LONGEST_FOR_MAIL)
        .mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_and_stay_bounded(attempts in 1u32..10_000, jitter in 0.0..1.0) {
            let pause = backoff(attempts, jitter);
            prop_assert!(pause >= Duration::from_millis(500) && pause <= LONGEST);
            prop_assert!(backoff(attempts + 1, jitter) >= pause);
        }

        #[test]
        fn mails_wait_from_a_minute_to_six_hours(attempts in 1u32..10_000, jitter in 0.0..1.0) {
            let pause = mail_backoff(attempts, jitter);
            prop_assert!(pause >= Duration::from_secs(60) && pause <= LONGEST_FOR_MAIL);
            prop_assert!(mail_backoff(attempts + 1, jitter) >= pause);
        }
    }
}
