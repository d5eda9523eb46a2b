//! Events: told to every stream of the installation that they are about.

use std::sync::Arc;

use domain::name::Hostname;
use futures::StreamExt as _;
use service::engine::{EngineEvent, EventStream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// Events that a stream may be behind before it is told that it missed some.
const BACKLOG: usize = 1024;

/// Tells events.
#[derive(Debug)]
pub(crate) struct Events(broadcast::Sender<(Arc<str>, Hostname)>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }
}

impl Events {
    /// Tells that an object changed.
    pub(crate) fn tell(&self, install: &Arc<str>, name: Hostname) {
        // Nobody listening is fine.
        let _ = self.0.send((Arc::clone(install), name));
    }

    /// What is told from now on about this installation's objects. It ends when this is dropped.
    pub(crate) fn listen(&self, install: &Arc<str>) -> EventStream {
        let install = Arc::clone(install);
        let stream = BroadcastStream::new(self.0.subscribe()).filter_map(move |event| {
            let event = match event {
                Ok((about, name)) => (about == install).then_some(EngineEvent::Changed(name)),
                Err(BroadcastStreamRecvError::Lagged(_)) => Some(EngineEvent::Missed),
            };
            std::future::ready(event)
        });
        Box::pin(stream)
    }
}
