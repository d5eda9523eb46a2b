//! Counts for the metrics page.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the start, and what is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Shells opened.
    pub opened: u64,
    /// Shells taken up again after a broken connection.
    pub resumed: u64,
    /// Connections refused: wrong origin, no valid ticket, too many shells.
    pub refused: u64,
    /// Shells ended because the right to them did.
    pub cut: u64,
    /// Bytes typed.
    pub typed_bytes: u64,
    /// Bytes printed.
    pub printed_bytes: u64,
    /// Shells that live now.
    pub shells: usize,
    /// Shells of these that wait for their browser to come back.
    pub detached: usize,
    /// Sockets that are open now.
    pub sockets: usize,
}

/// The counts that only grow.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) opened: AtomicU64,
    pub(crate) resumed: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) cut: AtomicU64,
    pub(crate) typed_bytes: AtomicU64,
    pub(crate) printed_bytes: AtomicU64,
}

impl Counters {
    pub(crate) fn figures(&self, shells: usize, detached: usize, sockets: usize) -> Figures {
        Figures {
            opened: self.opened.load(Relaxed),
            resumed: self.resumed.load(Relaxed),
            refused: self.refused.load(Relaxed),
            cut: self.cut.load(Relaxed),
            typed_bytes: self.typed_bytes.load(Relaxed),
            printed_bytes: self.printed_bytes.load(Relaxed),
            shells,
            detached,
            sockets,
        }
    }
}

/// Adds to a count.
pub(crate) fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Relaxed);
}
