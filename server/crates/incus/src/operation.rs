//! What Incus does in the background: waiting for its end, and finding what an earlier life of this
//! process left running.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::name::Hostname;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::fault::{Fault, Result};

/// How much longer than Incus this side waits, so that it is Incus that says “not yet”.
const SLACK: Duration = Duration::from_secs(10);

/// An operation as Incus shows it.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    id: String,
    class: String,
    #[serde(default)]
    description: String,
    status_code: u16,
    #[serde(default)]
    resources: Option<BTreeMap<String, Vec<String>>>,
    /// What the operation tells of itself, such as a command's exit code.
    #[serde(default)]
    pub(crate) metadata: Value,
    #[serde(default)]
    err: String,
}

impl Operation {
    /// Whether it has come to an end, in whichever way.
    fn has_ended(&self) -> bool {
        self.status_code >= 200
    }

    /// Whether it is work on this instance, as opposed to a command or terminal open in it.
    fn works_on(&self, name: &Hostname) -> bool {
        let instances = self.resources.iter().flat_map(|all| all.get("instances"));
        self.class == "task"
            && instances
                .flatten()
                .any(|path| instance_of(path) == Some(name.as_str()))
    }
}

/// The instance that a path such as `/1.0/instances/a?project=b` is about.
pub(crate) fn instance_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/1.0/instances/")?;
    rest.split(['/', '?'])
        .next()
        .filter(|name| !name.is_empty())
}

impl Client {
    /// Asks for a change and waits until it is done, at most `within`.
    pub(crate) async fn act(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
        within: Duration,
    ) -> Result<()> {
        let accepted = self.send(method, path, body).await?;
        if accepted.operation.is_empty() {
            return Ok(());
        }
        self.wait(&accepted.operation, within).await.map(drop)
    }

    /// Waits for the end of an operation, at most `within`.
    pub(crate) async fn wait(&self, id: &str, within: Duration) -> Result<Operation> {
        let seconds = within.as_secs().to_string();
        let waited: Result<Operation> = self
            .get_within(
                &["operations", id, "wait"],
                &[("timeout", &seconds)],
                within + SLACK,
            )
            .await;
        let operation = match waited {
            // Incus forgets an operation a few seconds after its end, and all when it restarts.
            Err(fault) if fault.is_missing() => {
                let why = "Incus has forgotten what it was asked to do.";
                return Err(Fault::Away(why.to_owned()));
            }
            other => other?,
        };
        if !operation.has_ended() {
            let what = &operation.description;
            let why = format!("“{what}” still goes on after {seconds} seconds.");
            return Err(Fault::Away(why));
        }
        if operation.status_code >= 400 {
            return Err(Fault::Refused {
                code: operation.status_code,
                message: operation.err,
            });
        }
        Ok(operation)
    }

    /// Waits for all that goes on with this instance, at most `within` each. Returns whether anything
    /// did. How it ended is for the caller to see.
    pub(crate) async fn settle(&self, name: &Hostname, within: Duration) -> Result<bool> {
        let groups: BTreeMap<String, Vec<Operation>> =
            self.get(&["operations"], &[("recursion", "1")]).await?;
        let mut any = false;
        for operation in groups.into_values().flatten() {
            if operation.has_ended() || !operation.works_on(name) {
                continue;
            }
            any = true;
            let seconds = within.as_secs().to_string();
            let waited: Result<Value> = self
                .get_within(
                    &["operations", &operation.id, "wait"],
                    &[("timeout", &seconds)],
                    within + SLACK,
                )
                .await;
            if let Err(away @ Fault::Away(_)) = waited {
                return Err(away);
            }
        }
        Ok(any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_instance() {
        assert_eq!(instance_of("/1.0/instances/a?project=b"), Some("a"));
        assert_eq!(instance_of("/1.0/instances/a/snapshots/s"), Some("a"));
        assert_eq!(instance_of("/1.0/images/a"), None);
    }
}
