//! Connections to machines: a shell on a machine, carried over a WebSocket to a terminal in the
//! browser.
//!
//! What passes is opaque: nothing that a machine prints is parsed here, nor logged. What may not
//! enter: pages, cookies, and deciding who has a right; that is asked of [`Connections`].

mod connections;
mod figures;
mod origin;
mod protocol;
mod rights;
mod shell;
mod shells;
mod socket;
mod tape;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
pub use connections::{Connections, Desk};
use figures::Counters;
pub use figures::Figures;
use shells::Shells;
use tokio::sync::watch;

/// How long sockets get to take their leave when the process stops.
const LEAVE: Duration = Duration::from_secs(1);

/// What the gateway holds connections to.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// The portal's origin as browsers see it, such as `https://labs.example.org`. Without it, a
    /// page's host must be the host that the request was sent to.
    pub public_origin: Option<String>,
    /// How many shells one person may have open at once.
    pub shells_per_person: usize,
    /// How long a shell waits for its browser to come back after a broken connection.
    pub patience: Duration,
}

impl GatewaySettings {
    /// Ten shells a person, and a minute's patience.
    pub fn usual(public_origin: Option<String>) -> Self {
        Self {
            public_origin,
            shells_per_person: 10,
            patience: Duration::from_secs(60),
        }
    }
}

/// The gateway. Cloning shares it.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    connections: Arc<dyn Connections>,
    settings: GatewaySettings,
    shells: Shells,
    counters: Counters,
    /// How many sockets are open.
    sockets: watch::Sender<usize>,
}

impl Gateway {
    /// A gateway without any connection yet.
    pub fn new(connections: Arc<dyn Connections>, settings: GatewaySettings) -> Self {
        let shells = Shells::new(settings.shells_per_person);
        Self(Arc::new(Inner {
            connections,
            settings,
            shells,
            counters: Counters::default(),
            sockets: watch::Sender::new(0),
        }))
    }

    /// The routes: `GET /terminal/socket?ticket=…&columns=…&rows=…[&resume=…[&received=…]]`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/terminal/socket", get(socket::connect))
            .with_state(self.clone())
    }

    /// Counts since the start, and what is open now.
    pub fn figures(&self) -> Figures {
        let (shells, detached) = self.0.shells.count();
        self.0
            .counters
            .figures(shells, detached, *self.0.sockets.borrow())
    }

    /// Ends every shell, telling browsers to try again, and waits up to a second for them to hear
    /// it. New connections are refused from then on.
    pub async fn shut_down(&self) {
        self.0.shells.close();
        let mut sockets = self.0.sockets.subscribe();
        // Whoever has not heard it by then sees a broken connection, and tries again as well.
        let _ = tokio::time::timeout(LEAVE, sockets.wait_for(|open| *open == 0)).await;
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway")
            .field("figures", &self.figures())
            .finish_non_exhaustive()
    }
}
