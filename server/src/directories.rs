//! Directories outside of the house, as the settings’ file names them: Microsoft Graph.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use domain::credentials::Password;
use graph::{Graph, GraphSettings};
use serde::Deserialize;
use service::clock::SystemClock;
use service::directories::Directory;

use crate::secrets::read_secret_line;

/// The `[directory]` of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DirectoryFile {
    graph: Option<GraphFile>,
}

/// The `[directory.graph]` of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GraphFile {
    tenant: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    login_url: Option<String>,
    graph_url: Option<String>,
}

/// Reads what Graph needs, with its secret out of a file of its own, or else the variable's.
///
/// # Errors
/// When the secret is missing or cannot be read, or what the file says is none of Graph's settings.
pub(crate) fn read(file: DirectoryFile, secret: Option<Password>) -> Result<Option<GraphSettings>> {
    let Some(graph) = file.graph else {
        return Ok(None);
    };
    let secret = match &graph.client_secret_file {
        Some(path) => {
            let text = read_secret_line(path).with_context(|| {
                format!(
                    "Microsoft Graph’s secret in {} cannot be read.",
                    path.display()
                )
            })?;
            Some(Password::as_typed(&text))
        }
        None => secret,
    };
    let Some(secret) = secret else {
        bail!(
            "Microsoft Graph needs a secret: name a client-secret-file, or set LECTERN_GRAPH_SECRET."
        );
    };
    let settings = GraphSettings::new(
        &graph.tenant,
        &graph.client_id,
        secret,
        graph.login_url.as_deref(),
        graph.graph_url.as_deref(),
    )?;
    Ok(Some(settings))
}

/// Microsoft Graph, where the settings name it.
///
/// # Errors
/// When no client can be made for this machine.
pub fn graph(settings: Option<&GraphSettings>) -> Result<Option<Arc<dyn Directory>>> {
    let Some(settings) = settings else {
        return Ok(None);
    };
    let graph = Graph::new(settings.clone(), Arc::new(SystemClock))?;
    Ok(Some(Arc::new(graph)))
}

/// Whether Graph can be used, in a sentence.
///
/// # Errors
/// Why it cannot.
pub async fn check(settings: &GraphSettings) -> Result<&'static str> {
    let graph = Graph::new(settings.clone(), Arc::new(SystemClock))?;
    graph.check().await?;
    Ok("Microsoft Graph answers, and lets groups be read.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(more: &str) -> Result<Option<GraphSettings>> {
        let text = format!("[graph]\ntenant = \"school.example\"\nclient-id = \"app\"\n{more}");
        read(toml::from_str(&text)?, None)
    }

    #[test]
    fn the_secret_is_in_a_file_or_a_variable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        crate::secrets::write_secret(&path, "of the file\n").unwrap();
        let line = format!("client-secret-file = \"{}\"\n", path.display());
        assert!(file(&line).unwrap().is_some());
        let missing = file("").unwrap_err().to_string();
        assert!(missing.contains("LECTERN_GRAPH_SECRET"), "{missing}");
        let text = "[graph]\ntenant = \"school.example\"\nclient-id = \"app\"\n";
        let of_variable = read(
            toml::from_str(text).unwrap(),
            Some(Password::as_typed("of the variable")),
        );
        assert_ne!(of_variable.unwrap(), file(&line).unwrap());
        assert_eq!(read(DirectoryFile::default(), None).unwrap(), None);
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        crate::secrets::write_secret(&path, "of the file\n").unwrap();
        let secret = format!("client-secret-file = \"{}\"\n", path.display());
        assert!(file("client-secret = \"in the file itself\"\n").is_err());
        let plain = "graph-url = \"http://graph.example.org\"\n";
        assert!(file(&format!("{plain}{secret}")).is_err());
    }
}
