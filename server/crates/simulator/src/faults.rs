//! Faults on demand: the n-th call of an act fails, or every call about one object.

use std::collections::BTreeMap;

use domain::name::Hostname;
use service::engine::EngineError;

use crate::acts::Act;

/// Which calls a fault counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Calls of one act.
    One(Act),
    /// Calls of every act that changes something.
    Changing,
}

/// A fault that is waiting for its call.
#[derive(Clone, Debug)]
struct Waiting {
    which: Which,
    /// How many calls are left until it strikes; 1 is the next.
    calls: u64,
    verdict: Verdict,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It happens.
    Happens,
    /// It does not happen.
    Fails(EngineError),
    /// It happens, but the caller hears an error: the answer got lost.
    AnswerLost(EngineError),
}

/// The faults that are waiting.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Waiting>,
    broken: BTreeMap<Hostname, EngineError>,
    broken_acts: BTreeMap<Act, EngineError>,
}

impl Faults {
    /// Lets the `nth` call of `act`, or of any changing act, counted from now, end in `verdict`.
    pub(crate) fn plan(&mut self, act: Option<Act>, nth: u64, verdict: Verdict) {
        let which = act.map_or(Which::Changing, Which::One);
        self.waiting.push(Waiting {
            which,
            calls: nth.max(1),
            verdict,
        });
    }

    /// Lets every call about the object fail, or no longer.
    pub(crate) fn set_broken(&mut self, name: &Hostname, error: Option<EngineError>) {
        match error {
            Some(error) => self.broken.insert(name.clone(), error),
            None => self.broken.remove(name),
        };
    }

    /// Lets every call of an act fail, or no longer.
    pub(crate) fn set_act_broken(&mut self, act: Act, error: Option<EngineError>) {
        match error {
            Some(error) => self.broken_acts.insert(act, error),
            None => self.broken_acts.remove(&act),
        };
    }

    /// Why every call about the object fails, if they do.
    pub(crate) fn broken(&self, name: &Hostname) -> Option<EngineError> {
        self.broken.get(name).cloned()
    }

    /// Counts a call and says what becomes of it.
    pub(crate) fn judge(&mut self, act: Act, name: Option<&Hostname>) -> Verdict {
        let mut verdict = Verdict::Happens;
        self.waiting.retain_mut(|fault| {
            let counts = match fault.which {
                Which::One(one) => one == act,
                Which::Changing => act.changes(),
            };
            if !counts {
                return true;
            }
            fault.calls -= 1;
            if fault.calls == 0 {
                verdict = fault.verdict.clone();
            }
            fault.calls > 0
        });
        let broken = name.and_then(|name| self.broken.get(name));
        match broken.or_else(|| self.broken_acts.get(&act)) {
            Some(error) => Verdict::Fails(error.clone()),
            None => verdict,
        }
    }
}
