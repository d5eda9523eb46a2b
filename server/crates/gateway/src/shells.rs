//! All shells of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::id::PersonId;
use service::connect::Pass;

use crate::shell::{Over, Presence, Shell};

/// The shells, by id.
#[derive(Debug)]
pub(crate) struct Shells {
    per_person: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shells: HashMap<String, Arc<Shell>>,
    /// How many each person is opening right now.
    opening: HashMap<PersonId, usize>,
    closed: bool,
}

/// Why no shell may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The person has this many.
    TooMany(usize),
    /// The process stops.
    Closed,
}

/// A person's place for one more shell; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    shells: &'a Shells,
    person: PersonId,
}

impl Shells {
    pub(crate) fn new(per_person: usize) -> Self {
        Self {
            per_person,
            state: Mutex::default(),
        }
    }

    /// A place for one more shell of this person. One that waits for its browser makes room.
    pub(crate) fn place(&self, person: PersonId) -> Result<Place<'_>, Refused> {
        let mut state = self.state();
        if state.closed {
            return Err(Refused::Closed);
        }
        let presence = |shell: &Arc<Shell>| shell.presence().borrow().clone();
        let theirs = || {
            state
                .shells
                .values()
                .filter(|shell| shell.pass.person == person)
        };
        let alive = |shell: &&Arc<Shell>| {
            matches!(
                presence(shell),
                Presence::Attached(_) | Presence::Detached(_)
            )
        };
        let opening = state.opening.get(&person).copied().unwrap_or_default();
        if theirs().filter(alive).count() + opening >= self.per_person {
            let waiting = theirs().filter_map(|shell| match presence(shell) {
                Presence::Detached(since) => Some((since, shell)),
                _ => None,
            });
            let longest = waiting.min_by_key(|(since, _)| *since);
            let (_, longest) = longest.ok_or(Refused::TooMany(self.per_person))?;
            longest.give_up();
        }
        *state.opening.entry(person).or_default() += 1;
        Ok(Place {
            shells: self,
            person,
        })
    }

    /// Adds a shell; it takes the place.
    pub(crate) fn insert(&self, shell: &Arc<Shell>, place: Place<'_>) {
        self.state()
            .shells
            .insert(shell.id.clone(), Arc::clone(shell));
        drop(place);
    }

    /// Takes out a shell that ended.
    pub(crate) fn remove(&self, shell: &Shell) {
        self.state().shells.remove(&shell.id);
    }

    /// The shell with this id, when the pass is a right to it.
    pub(crate) fn find(&self, id: &str, pass: &Pass) -> Option<Arc<Shell>> {
        self.state()
            .shells
            .get(id)
            .filter(|shell| shell.is_of(pass))
            .cloned()
    }

    /// How many there are, and how many of these wait for their browser.
    pub(crate) fn count(&self) -> (usize, usize) {
        let state = self.state();
        let waits = |s: &&Arc<Shell>| matches!(*s.presence().borrow(), Presence::Detached(_));
        (
            state.shells.len(),
            state.shells.values().filter(waits).count(),
        )
    }

    /// Ends all, and opens none any more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for shell in state.shells.values() {
            shell.end(Over::by_restart());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under this lock is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.shells.state();
        if let Some(opening) = state.opening.get_mut(&self.person) {
            *opening -= 1;
            if *opening == 0 {
                state.opening.remove(&self.person);
            }
        }
    }
}
