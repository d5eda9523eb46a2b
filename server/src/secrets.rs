//! Files that hold secrets, which are read only while nobody but their owner can.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// What a file holds that its group and others must not reach.
///
/// # Errors
/// When they can, or it cannot be read.
pub(crate) fn read_secret(path: &Path) -> Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!(
            "{0} is open to others than its owner. Close it with `chmod 600 {0}`.",
            path.display()
        );
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The same for a secret in one line, without the end that editors give it.
///
/// # Errors
/// As [`read_secret`]; when it is no text.
pub(crate) fn read_secret_line(path: &Path) -> Result<String> {
    let bytes = read_secret(path)?;
    let text = std::str::from_utf8(&bytes)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Writes a file that only this user may read.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_secret(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{} cannot be written.", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_others_reach_is_not_read_and_how_to_close_it_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write_secret(&path, "hunter2 \r\n").unwrap();
        assert_eq!(read_secret(&path).unwrap(), b"hunter2 \r\n");
        assert_eq!(read_secret_line(&path).unwrap(), "hunter2 ");
        for open in [0o640, 0o604, 0o660, 0o610, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
            let refused = read_secret_line(&path).unwrap_err().to_string();
            let how = format!("chmod 600 {}", path.display());
            assert!(refused.contains(&how), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(read_secret_line(&path).unwrap(), "hunter2 ");
        assert!(read_secret(&dir.path().join("none")).is_err());
    }
}
