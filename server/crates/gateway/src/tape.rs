//! What a shell printed last, by position: the number of bytes printed before.

use std::collections::VecDeque;

use bytes::Bytes;

/// The most that is kept.
pub(crate) const LENGTH: usize = 256 * 1024;

/// How much is kept of what the browser has shown already, for a page that is loaded again.
const SHOWN: usize = 32 * 1024;

/// What a shell printed last.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    bytes: VecDeque<u8>,
    end: u64,
}

impl Tape {
    /// The position behind the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The position of the first byte that is kept.
    fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// Adds what was printed, and forgets what does not fit any more.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        self.end += bytes.len() as u64;
        self.forget(self.bytes.len().saturating_sub(LENGTH));
    }

    /// Up to `most` bytes from `position` on; empty at the end, and for what was forgotten.
    pub(crate) fn read(&self, position: u64, most: usize) -> Bytes {
        let Some(skip) = position.checked_sub(self.start()) else {
            return Bytes::new();
        };
        let skip = usize::try_from(skip)
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        self.bytes
            .range(skip..self.bytes.len().min(skip + most))
            .copied()
            .collect()
    }

    /// Whether everything from `position` on is kept.
    pub(crate) fn has(&self, position: u64) -> bool {
        (self.start()..=self.end).contains(&position)
    }

    /// Where telling anew begins: at a new line, lest it be in the middle of a character or of a
    /// terminal's command.
    pub(crate) fn retelling(&self) -> u64 {
        if self.start() == 0 {
            return 0;
        }
        let line = self.bytes.iter().position(|byte| *byte == b'\n');
        self.start() + line.map_or(0, |at| at as u64 + 1)
    }

    /// The browser has shown everything up to `position`: little of that is kept.
    pub(crate) fn shown(&mut self, position: u64) {
        let shown = position.saturating_sub(self.start());
        let shown = usize::try_from(shown)
            .unwrap_or(usize::MAX)
            .min(self.bytes.len());
        self.forget(shown.saturating_sub(SHOWN));
        if self.bytes.capacity() > 4 * SHOWN && self.bytes.len() <= SHOWN {
            self.bytes.shrink_to(2 * SHOWN);
        }
    }

    fn forget(&mut self, count: usize) {
        self.bytes.drain(..count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_go_on_while_the_oldest_is_forgotten() {
        let mut tape = Tape::default();
        tape.push(b"first\r\n");
        assert_eq!(tape.retelling(), 0);
        assert_eq!(tape.read(2, 3), "rst");
        for _ in 0..LENGTH / 8 {
            tape.push(b"1234567\n");
        }
        assert_eq!(tape.end(), 7 + LENGTH as u64);
        assert!(!tape.has(6) && tape.has(7) && tape.has(tape.end()) && !tape.has(tape.end() + 1));
        assert!(tape.read(0, 100).is_empty());
        assert_eq!(tape.read(tape.end() - 3, 100), "67\n");
        assert_eq!(tape.retelling(), 15);
    }

    #[test]
    fn little_is_kept_of_what_was_shown() {
        let mut tape = Tape::default();
        tape.push(&[b'x'; LENGTH]);
        tape.shown(LENGTH as u64 - 100);
        assert!(tape.has(LENGTH as u64 - 100 - SHOWN as u64));
        assert!(!tape.has(LENGTH as u64 - 101 - SHOWN as u64));
        tape.shown(LENGTH as u64);
        assert!(tape.bytes.capacity() <= 4 * SHOWN);
        // A browser that claims too much is not believed.
        tape.shown(u64::MAX);
        assert_eq!(tape.bytes.len(), SHOWN);
    }
}
