//! Whether the right to a connection still holds: asked whenever something changed, and every second.

use std::time::Duration;

use service::changes::Change;
use service::connect::{Ended, Pass};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connections::Connections;

/// The longest that an ended right goes unnoticed.
const INTERVAL: Duration = Duration::from_secs(1);

/// The shortest pause between two questions: a busy lab tells many changes a second.
const PAUSE: Duration = Duration::from_millis(100);

/// Waits until the right ends. While this cannot be told, it holds.
pub(crate) async fn ended(connections: &dyn Connections, pass: &Pass) -> Ended {
    let mut changes = connections.changes();
    let mut told = false;
    loop {
        let next = Instant::now() + INTERVAL;
        match connections.check(pass).await {
            Ok(Some(ended)) => return ended,
            Ok(None) => told = false,
            Err(error) if !told => {
                tracing::warn!(%error, person = %pass.person, machine = %pass.machine,
                    "whether a terminal may stay open cannot be told; it stays");
                told = true;
            }
            Err(_) => {}
        }
        sleep(PAUSE).await;
        let concerning = async {
            loop {
                match changes.recv().await {
                    Ok(Change::Lab(lab)) if lab == pass.lab => return,
                    Ok(Change::People) | Err(RecvError::Lagged(_)) => return,
                    Ok(_) => {}
                    // Nobody will tell anything any more: the interval is what is left.
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Either way it is time to ask again.
        let _ = timeout_at(next, concerning).await;
    }
}
