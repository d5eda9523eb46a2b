//! The file in which a demonstration keeps its machines.

use std::io;
use std::path::{Path, PathBuf};

use domain::time::Timestamp;

use crate::world::World;

/// The file, and where its next content is written before it takes its place.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    next: PathBuf,
}

impl File {
    pub(crate) fn new(path: PathBuf) -> Self {
        let mut next = path.clone().into_os_string();
        next.push(".next");
        Self {
            path,
            next: next.into(),
        }
    }

    /// Reads the objects; none where there is no file yet.
    pub(crate) fn read(&self, now: Timestamp) -> io::Result<World> {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(World::default()),
            Err(error) => return Err(error),
        };
        let mut world: World = serde_json::from_slice(&text)?;
        world.recount(now);
        Ok(world)
    }

    /// Writes the objects. A process killed in the middle leaves the old content or the new.
    pub(crate) fn write(&self, world: &World) -> io::Result<()> {
        std::fs::write(&self.next, serde_json::to_vec(world)?)?;
        std::fs::rename(&self.next, &self.path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
