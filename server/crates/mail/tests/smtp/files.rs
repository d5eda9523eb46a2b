//! Mails as files.

use std::os::unix::fs::PermissionsExt as _;

use mail::FileMailer;
use service::mail::{MailError, Mailer as _};

use crate::host::sender;
use crate::mail;

#[tokio::test]
async fn a_mail_is_one_file_for_its_owners_eyes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mails/out");
    let mailer = FileMailer::new(sender(), folder.clone());
    mailer.check().await.unwrap();
    // What a crash left behind is in nobody's way.
    std::fs::write(folder.join(format!("{}.new", mail().id)), "Half a").unwrap();
    mailer.send(&mail()).await.unwrap();
    let path = folder.join(format!("{}.eml", mail().id));
    let written = std::fs::read(&path).unwrap();
    mailer.send(&mail()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), written);

    let files = std::fs::read_dir(&folder).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(names, std::slice::from_ref(&path));
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(folder), 0o700);
    assert!(
        String::from_utf8(written)
            .unwrap()
            .contains("To: max@example.org\r\n")
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mailer = FileMailer::new(sender(), file.join("mails"));
    for failed in [mailer.check().await.map(drop), mailer.send(&mail()).await] {
        assert!(matches!(failed, Err(MailError::Away(_))), "{failed:?}");
    }
}
