//! Sealing: a copy of the stopped template without anything that makes it that one machine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use domain::machine::Power;
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::json;
use service::engine::{EngineError, EngineResult, SealSpec};

use crate::build::MAKING;
use crate::fault::Result;
use crate::file::{FileKind, Files};
use crate::instance::{SEALED, generation_tags};
use crate::{IncusEngine, taken};

/// Files that are the machine's own, and which it makes anew when they are missing. Without
/// `/etc/hostname` a machine is called as Incus calls it.
const OWN_FILES: [&str; 6] = [
    "/etc/hostname",
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/credential.secret",
    "/var/lib/NetworkManager/secret_key",
    "/var/lib/NetworkManager/timestamps",
    "/var/lib/NetworkManager/seen-bssids",
];

/// Directories of network leases.
const LEASES: [&str; 3] = ["/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/dhcpcd"];

/// Files in a home directory that tell what was typed there.
const HISTORIES: [&str; 5] = [
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".lesshst",
    ".viminfo",
];

/// How many files of one directory are worked on at the same time.
const AT_ONCE: usize = 8;

/// How many entries of `/tmp` are removed at most; emptying it is a courtesy, and no secret's end.
const TEMPORARY: usize = 1000;

/// How long noting that a generation is complete may take.
const NOTING: Duration = Duration::from_secs(60);

/// What is done with a directory's files.
#[derive(Clone, Copy, Debug)]
enum Sweep<'a> {
    /// Files are emptied: programs that may write to their log, but not make it, still find it.
    Logs,
    /// Everything is removed, as long as entries are left to spend.
    All(&'a AtomicUsize),
}

impl IncusEngine {
    /// Makes a sealed generation out of a stopped template; finds one that is complete.
    pub(crate) async fn seal_template(&self, spec: &SealSpec) -> EngineResult<()> {
        let name = &spec.name;
        let about = || format!("The generation {name}");
        let found = self
            .find(name)
            .await
            .map_err(|fault| fault.about(about()))?;
        if let Some(generation) = found {
            let own = generation.belongs_to(self.settings.install);
            if !own || !generation.is_generation(spec.lab, spec.generation) {
                return Err(taken(name));
            }
            if generation.is_sealed() {
                return Ok(());
            }
            self.remove_object(name).await?;
        }

        let template = &spec.template;
        if self.expect_own(template).await?.power() == Power::On {
            let why = format!("{template} runs; it has to be stopped in order to be published.");
            return Err(EngineError::Failed(why));
        }
        self.copy_template(spec).await?;
        let cleaned = clean(Files::of(&self.client, name)).await;
        cleaned.map_err(|fault| fault.about(about()))?;
        let body = json!({"config": {SEALED: "true"}});
        let noted = self
            .client
            .act(Method::PATCH, &["instances", name.as_str()], &body, NOTING)
            .await;
        noted.map_err(|fault| fault.about(about()))
    }

    async fn copy_template(&self, spec: &SealSpec) -> EngineResult<()> {
        let config = generation_tags(self.settings.install, spec);
        let body = json!({
            "name": spec.name.as_str(),
            "type": "container",
            "profiles": [],
            "config": config,
            "source": {
                "type": "copy",
                "source": spec.template.as_str(),
                "instance_only": true,
            },
        });
        let copied = self
            .client
            .act(Method::POST, &["instances"], &body, MAKING)
            .await;
        copied.map_err(|fault| fault.about(Self::called(&spec.template)))
    }
}

/// Takes identity and traces out of a stopped instance.
async fn clean(files: Files<'_>) -> Result<()> {
    files.empty("/etc/machine-id").await?;
    // A link to the file above is as good as gone.
    if files.kind("/var/lib/dbus/machine-id").await? == Some(FileKind::File) {
        files.remove("/var/lib/dbus/machine-id").await?;
    }
    for path in OWN_FILES {
        files.remove(path).await?;
    }
    for name in files.names("/etc/ssh").await? {
        if name.starts_with("ssh_host_") {
            files.remove(&format!("/etc/ssh/{name}")).await?;
        }
    }
    let unlimited = AtomicUsize::new(usize::MAX);
    for directory in LEASES {
        sweep(files, directory.to_owned(), Sweep::All(&unlimited)).await?;
    }
    sweep(files, "/var/log/journal".to_owned(), Sweep::All(&unlimited)).await?;
    sweep(files, "/var/log".to_owned(), Sweep::Logs).await?;
    let temporary = AtomicUsize::new(TEMPORARY);
    sweep(files, "/tmp".to_owned(), Sweep::All(&temporary)).await?;

    let homes = files.names("/home").await?;
    let homes = homes.into_iter().map(|name| format!("/home/{name}"));
    for home in homes.chain(["/root".to_owned()]) {
        let names = files.names(&home).await?;
        for name in names
            .iter()
            .filter(|name| HISTORIES.contains(&name.as_str()))
        {
            files.remove(&format!("{home}/{name}")).await?;
        }
    }
    Ok(())
}

/// Does with a directory's files, and those of the directories in it, what `how` says.
fn sweep<'a>(files: Files<'a>, directory: String, how: Sweep<'a>) -> BoxFuture<'a, Result<()>> {
    async move {
        let names = files.names(&directory).await?;
        let paths = names.into_iter().map(|name| format!("{directory}/{name}"));
        stream::iter(paths.map(Ok))
            .try_for_each_concurrent(AT_ONCE, |path| sweep_one(files, path, how))
            .await
    }
    .boxed()
}

async fn sweep_one(files: Files<'_>, path: String, how: Sweep<'_>) -> Result<()> {
    let Some(kind) = files.kind(&path).await? else {
        return Ok(());
    };
    match how {
        Sweep::Logs => match kind {
            FileKind::Directory => sweep(files, path, how).await,
            FileKind::File if is_old_log(&path) => files.remove(&path).await,
            FileKind::File => files.empty(&path).await,
            FileKind::Link => Ok(()),
        },
        Sweep::All(left) => {
            let spent =
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            if spent.is_err() {
                return Ok(());
            }
            if kind == FileKind::Directory {
                sweep(files, path.clone(), how).await?;
                if left.load(Ordering::Relaxed) == 0 {
                    return Ok(());
                }
            }
            files.remove(&path).await
        }
    }
}

/// Whether a log was put aside, so that nothing writes to it any more.
fn is_old_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let last = name.rsplit('.').next().unwrap_or_default();
    let numbered = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    name.contains('.') && (numbered || matches!(last, "gz" | "xz" | "bz2" | "zst" | "old"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_that_were_put_aside_are_known() {
        for old in ["/var/log/syslog.1", "/var/log/a.log.2.gz", "/var/log/x.old"] {
            assert!(is_old_log(old), "{old}");
        }
        for new in [
            "/var/log/syslog",
            "/var/log/nginx.1/access.log",
            "/var/log/wtmp",
        ] {
            assert!(!is_old_log(new), "{new}");
        }
    }
}
