//! The simulated host's clock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::time::Timestamp;
use service::clock::{Clock, SystemClock};
use tokio::time::Instant;

/// What a host on [`HostClock::timers`] takes the time for when it is made: 2 March 2026, 08:00 UTC.
const MORNING: Timestamp = Timestamp::from_micros(1_772_438_400_000_000);

/// The clock of a simulated host. Only it says what the time is there; nothing waits for it.
#[derive(Clone)]
pub struct HostClock(Arc<dyn Clock>);

impl HostClock {
    /// This clock, such as one that a test moves.
    pub fn of(clock: Arc<dyn Clock>) -> Self {
        Self(clock)
    }

    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Arc::new(SystemClock))
    }

    /// Goes with tokio's timers from a morning in spring on, and stands still where they do.
    pub fn timers() -> Self {
        Self(Arc::new(Timers(Instant::now())))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl fmt::Debug for HostClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostClock")
    }
}

struct Timers(Instant);

impl Clock for Timers {
    fn now(&self) -> Timestamp {
        let passed: Duration = self.0.elapsed();
        MORNING + passed
    }
}
