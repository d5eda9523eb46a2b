//! Files inside a stopped instance, by Incus' files API. Incus opens them from within the instance's
//! own file system, so that no link in there leads out of it.

use domain::name::Hostname;
use domain::time::Timestamp;
use reqwest::{Method, RequestBuilder};

use crate::client::{Client, answer};
use crate::date;
use crate::fault::{Fault, Result};

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A file with something in it, a socket, a pipe.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, wherever it leads.
    Link,
}

/// The files of one instance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files<'a> {
    client: &'a Client,
    name: &'a Hostname,
}

impl<'a> Files<'a> {
    /// The files of the instance of this name.
    pub(crate) fn of(client: &'a Client, name: &'a Hostname) -> Self {
        Self { client, name }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.client.url(
            &["instances", self.name.as_str(), "files"],
            &[("path", path)],
        );
        self.client.request(method, url)
    }

    /// What is at this path; `None` when nothing is.
    pub(crate) async fn kind(&self, path: &str) -> Result<Option<FileKind>> {
        Ok(self.head(path).await?.map(|(kind, _)| kind))
    }

    /// When the file at this path was last written to; `None` when there is none, or something else.
    pub(crate) async fn written(&self, path: &str) -> Result<Option<Timestamp>> {
        Ok(match self.head(path).await? {
            Some((FileKind::File, written)) => written,
            _ => None,
        })
    }

    /// What is at this path, and when it last changed.
    async fn head(&self, path: &str) -> Result<Option<(FileKind, Option<Timestamp>)>> {
        let response = self.request(Method::HEAD, path).send().await;
        let response = response.map_err(Fault::transport)?;
        match response.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            code => {
                let message = format!("{path} could not be looked at.");
                return Err(Fault::Refused { code, message });
            }
        }
        let kind = response.headers().get("X-Incus-type");
        let kind = match kind.map(|kind| kind.as_bytes()) {
            Some(b"directory") => FileKind::Directory,
            Some(b"symlink") => FileKind::Link,
            _ => FileKind::File,
        };
        let changed = response.headers().get("X-Incus-modified");
        let changed = changed.and_then(|text| date::from_go(text.to_str().ok()?));
        Ok(Some((kind, changed)))
    }

    /// The names in a directory; none when there is no such directory.
    pub(crate) async fn names(&self, directory: &str) -> Result<Vec<String>> {
        if self.kind(directory).await? != Some(FileKind::Directory) {
            return Ok(Vec::new());
        }
        let listed = answer(self.request(Method::GET, directory)).await?;
        serde_json::from_value(listed.metadata).map_err(|e| Fault::strange(&e.to_string()))
    }

    /// Removes a file, a link or an empty directory. One that is not there is left alone.
    pub(crate) async fn remove(&self, path: &str) -> Result<()> {
        match answer(self.request(Method::DELETE, path)).await {
            Err(fault) if !fault.is_missing() => Err(fault),
            _ => Ok(()),
        }
    }

    /// Takes everything out of a file, and makes it where there is none. Owner and mode stay.
    pub(crate) async fn empty(&self, path: &str) -> Result<()> {
        let request = self
            .request(Method::POST, path)
            .header("X-Incus-type", "file")
            .header("X-Incus-write", "overwrite")
            .header("X-Incus-uid", "0")
            .header("X-Incus-gid", "0")
            .header("X-Incus-mode", "0444");
        answer(request).await.map(drop)
    }
}
