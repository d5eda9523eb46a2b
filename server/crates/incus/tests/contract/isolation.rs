//! Lab machines reach neither each other nor the host, and the host reaches them. This needs the
//! firewall of the lab network as well.

use std::net::Ipv4Addr;
use std::time::Duration;

use service::engine::Engine;
use tokio::net::{TcpListener, TcpStream};

use crate::rig::{self, Rig};

/// Prints `open` when a connection to this address and port can be opened from inside.
fn knock(address: &str, port: u16) -> String {
    format!(
        "timeout 2 bash -c 'echo > /dev/tcp/{address}/{port}' 2>/dev/null && echo open || echo shut"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn lab_machines_cannot_reach_each_other() {
    Rig::with("isolation", async |rig| {
        let engine = rig.engine(1).await;
        let (ada, bob) = (rig::machine("ada"), rig::machine("robert"));
        for spec in [&ada, &bob] {
            engine.build(spec).await.unwrap();
            engine.start(&spec.hostname).await.unwrap();
        }
        let from = rig::address(&engine, &ada).await;
        let to = rig::address(&engine, &bob).await;
        let inside = async |command: &str| {
            let printed = rig::run_inside(&engine, &ada.hostname, command).await;
            printed.trim().to_owned()
        };

        // Bob's machine serves, to itself and to the host.
        let own = rig::run_inside(&engine, &bob.hostname, &knock(&to, 22)).await;
        assert_eq!(own.trim(), "open");
        for address in [&from, &to] {
            let opening = TcpStream::connect((address.as_str(), 22));
            let opened = tokio::time::timeout(Duration::from_secs(10), opening).await;
            assert!(matches!(opened, Ok(Ok(_))), "the host reaches {address}");
        }

        assert_eq!(inside(&knock(&to, 22)).await, "shut");
        // Neither by way of the host.
        let gateway = inside("ip -4 route show default | cut -d' ' -f3").await;
        assert!(gateway.parse::<Ipv4Addr>().is_ok(), "{gateway}");
        inside(&format!("ip route add {to}/32 via {gateway}")).await;
        assert_eq!(inside(&knock(&to, 22)).await, "shut");

        // Nor is the host's own reached, whatever listens there.
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let opened = TcpStream::connect((gateway.as_str(), port)).await;
        assert!(opened.is_ok(), "the host's own is open to itself");
        assert_eq!(inside(&knock(&gateway, port)).await, "shut");
    })
    .await;
}
