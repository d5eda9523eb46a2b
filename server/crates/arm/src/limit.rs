//! How many requests one caller may send: so many in a burst, and so many a second after that.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use domain::id::PersonId;

use crate::error::ArmError;

/// The most callers that are remembered; those who have rested longest are forgotten.
const REMEMBERED: usize = 10_000;

/// A bucket for each caller, which fills by itself.
#[derive(Debug)]
pub struct Limits {
    burst: f64,
    per_second: f64,
    buckets: Mutex<HashMap<PersonId, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Limits {
    /// A limit of `burst` requests at once and `per_second` after that.
    pub fn new(burst: u32, per_second: u32) -> Self {
        Self {
            burst: burst.into(),
            per_second: per_second.into(),
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// 429 with when to try again, when there were too many.
    pub fn count(&self, caller: PersonId) -> Result<(), ArmError> {
        self.count_at(caller, Instant::now())
    }

    fn count_at(&self, caller: PersonId, now: Instant) -> Result<(), ArmError> {
        let mut buckets = self
            .buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            let full = self.burst;
            let rate = self.per_second;
            buckets.retain(|_, bucket| bucket.filled(now, full, rate) < full);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket {
            left: self.burst,
            at: now,
        });
        bucket.left = bucket.filled(now, self.burst, self.per_second);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(ArmError::too_many(1));
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

impl Bucket {
    fn filled(&self, now: Instant, burst: f64, per_second: f64) -> f64 {
        let rested = now.duration_since(self.at).as_secs_f64();
        (self.left + rested * per_second).min(burst)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_caller_waits_and_others_do_not() {
        let limits = Limits::new(3, 2);
        let (one, other) = (
            PersonId::new(Uuid::from_u128(1)),
            PersonId::new(Uuid::from_u128(2)),
        );
        let now = Instant::now();
        for _ in 0..3 {
            assert!(limits.count_at(one, now).is_ok());
        }
        let refused = limits.count_at(one, now).unwrap_err();
        assert_eq!(refused.detail().code, "TooManyRequests");
        assert!(limits.count_at(other, now).is_ok());
        let later = now + Duration::from_millis(600);
        assert!(limits.count_at(one, later).is_ok());
        assert!(limits.count_at(one, later).is_err());
    }
}
