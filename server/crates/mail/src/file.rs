//! Mails as files in a folder: for trying Lectern out, and for whatever picks them up there.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use service::mail::{Mail, MailError, Mailer};

use crate::message::{Sender, message};

/// Writes each mail to a file of its own, `ID.eml`, which is there whole or not at all, and for its
/// owner's eyes only. Names in the order of the alphabet are mails in the order of time.
#[derive(Clone, Debug)]
pub struct FileMailer {
    sender: Sender,
    folder: PathBuf,
}

impl FileMailer {
    /// Mails from this sender, in this folder. It is made with the first mail.
    pub fn new(sender: Sender, folder: PathBuf) -> Self {
        Self { sender, folder }
    }

    /// Whether files can be written there, in a sentence.
    ///
    /// # Errors
    /// `Away` when not.
    pub async fn check(&self) -> Result<String, MailError> {
        let folder = self.folder.clone();
        self.writing(move || {
            let probe = folder.join(".check");
            make(&folder)?;
            write(&probe, b"")?;
            fs::remove_file(&probe)
        })
        .await?;
        Ok(format!("Mails become files in {}.", self.folder.display()))
    }

    /// Does something with files, aside from the threads that must not wait.
    async fn writing(
        &self,
        work: impl FnOnce() -> std::io::Result<()> + Send + 'static,
    ) -> Result<(), MailError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(std::io::Error::other(error)))
            .map_err(|error| {
                MailError::Away(format!(
                    "The mail cannot be written to {}: {error}.",
                    self.folder.display()
                ))
            })
    }
}

#[async_trait]
impl Mailer for FileMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let bytes = message(&self.sender, mail)?.formatted();
        let folder = self.folder.clone();
        let path = folder.join(format!("{}.eml", mail.id));
        // Whoever picks files up by their ending does not see it before it is whole.
        let beside = folder.join(format!("{}.new", mail.id));
        self.writing(move || {
            make(&folder)?;
            write(&beside, &bytes)?;
            fs::rename(&beside, &path)
        })
        .await
    }
}

fn make(folder: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // What a crash may have left here is another file's beginning.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
