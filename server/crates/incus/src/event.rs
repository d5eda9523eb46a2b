//! What happens in Incus, as it happens.

use domain::name::Hostname;
use futures::{StreamExt, future};
use serde::Deserialize;
use service::engine::{EngineEvent, EngineResult, EventStream};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::IncusEngine;
use crate::operation::instance_of;

/// What changes whether an instance is there, runs, or is finished. Incus tells of files, commands
/// and log files as well.
const CHANGES: [&str; 13] = [
    "instance-created",
    "instance-deleted",
    "instance-paused",
    "instance-ready",
    "instance-renamed",
    "instance-restarted",
    "instance-restored",
    "instance-resumed",
    "instance-shutdown",
    "instance-started",
    "instance-stopped",
    "instance-updated",
    "instance-migrated",
];

#[derive(Deserialize)]
struct Event {
    metadata: Lifecycle,
}

#[derive(Deserialize)]
struct Lifecycle {
    action: String,
    source: String,
}

impl IncusEngine {
    /// The changes of instances in the project from now on, whosever they are. A connection that is
    /// lost ends the stream.
    pub(crate) async fn open_events(&self) -> EngineResult<EventStream> {
        let socket = self
            .client
            .socket(&["events"], &[("type", "lifecycle")])
            .await;
        let socket = socket.map_err(|fault| fault.about("The list of events"))?;
        let texts = socket
            .take_while(|message| future::ready(matches!(message, Ok(m) if !m.is_close())))
            .filter_map(|message| future::ready(message.ok()));
        let events = texts.filter_map(|message| {
            future::ready(match message {
                Message::Text(text) => change(&text),
                _ => None,
            })
        });
        Ok(events.boxed())
    }
}

fn change(text: &Utf8Bytes) -> Option<EngineEvent> {
    let Lifecycle { action, source } = serde_json::from_str::<Event>(text).ok()?.metadata;
    if !CHANGES.contains(&action.as_str()) {
        return None;
    }
    let name = Hostname::parse(instance_of(&source)?).ok()?;
    Some(EngineEvent::Changed(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(action: &str, source: &str) -> Option<EngineEvent> {
        let event = serde_json::json!({
            "type": "lifecycle",
            "metadata": {"action": action, "source": source},
        });
        change(&event.to_string().into())
    }

    #[test]
    fn only_changes_of_instances_are_told() {
        let name = Hostname::parse("a").unwrap();
        assert_eq!(
            told("instance-shutdown", "/1.0/instances/a?project=p"),
            Some(EngineEvent::Changed(name))
        );
        assert_eq!(told("instance-exec", "/1.0/instances/a?project=p"), None);
        assert_eq!(told("image-created", "/1.0/images/a"), None);
        assert_eq!(told("instance-created", "/1.0/instances/A_B"), None);
    }
}
