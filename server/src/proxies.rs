//! Who calls where a reverse proxy is in front: the connection is the proxy’s, and a header tells the rest.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

/// Where a proxy tells who called it, after what it was told itself.
const FORWARDED: &str = "x-forwarded-for";

/// The proxies whose word is taken. Anybody can send the header.
#[derive(Clone, Debug)]
pub struct TrustedProxies(Arc<[Network]>);

impl TrustedProxies {
    /// Proxies by their addresses, or by the networks that they are in.
    ///
    /// # Errors
    /// For what is neither.
    pub fn parse(texts: &[String]) -> Result<Self> {
        let texts = texts.iter().map(|text| text.trim());
        let networks: Result<Vec<Network>> = texts
            .filter(|text| !text.is_empty())
            .map(Network::parse)
            .collect();
        Ok(Self(networks?.into()))
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// From where a request comes that `peer` sent: the last address in the header that is no trusted
    /// proxy’s, where `peer` is one.
    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.trust(peer) {
            self.told(headers).unwrap_or(peer)
        } else {
            peer
        }
    }

    fn told(&self, headers: &HeaderMap) -> Option<IpAddr> {
        for line in headers.get_all(FORWARDED).iter().rev() {
            for text in line.to_str().ok()?.rsplit(',') {
                let told = address(text.trim())?;
                if !self.trust(told) {
                    return Some(told);
                }
            }
        }
        None
    }
}

/// An address as proxies write it: some add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let found = match bare.parse::<IpAddr>() {
        Ok(found) => found,
        Err(_) => text.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(found.to_canonical())
}

/// Addresses that begin alike.
#[derive(Clone, Debug)]
struct Network {
    bits: u128,
    /// How many bits an address has.
    width: u32,
    /// How many of them are not looked at.
    host: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self> {
        Self::read(text).with_context(|| {
            format!(
                "“{text}” in trusted-proxies is neither an address nor a network: write 192.0.2.7 or 10.0.0.0/8."
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let (bits, width) = bits(address.parse::<IpAddr>().ok()?);
        let prefix = match prefix {
            Some(prefix) => prefix.parse::<u32>().ok()?,
            None => width,
        };
        let host = width.checked_sub(prefix)?;
        Some(Self { bits, width, host })
    }

    fn has(&self, address: IpAddr) -> bool {
        let (bits, width) = bits(address.to_canonical());
        let differs = (bits ^ self.bits).checked_shr(self.host).unwrap_or(0);
        width == self.width && differs == 0
    }
}

/// An address as a number, and how many bits that has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(four) => (u128::from(u32::from(four)), 32),
        IpAddr::V6(six) => (u128::from(six), 128),
    }
}

/// The router, to which nobody calls from a trusted proxy’s address who does not call from there.
pub fn behind(router: Router, trusted: TrustedProxies) -> Router {
    router.layer(from_fn_with_state(trusted, see_through))
}

async fn see_through(
    State(trusted): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(&ConnectInfo(peer)) = connection {
        let caller = trusted.caller(peer.ip(), request.headers());
        let caller = SocketAddr::new(caller, peer.port());
        request.extensions_mut().insert(ConnectInfo(caller));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn trusted(texts: &[&str]) -> TrustedProxies {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        TrustedProxies::parse(&texts).unwrap()
    }

    /// Requests with these lines of the header.
    fn headers(lines: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines.lines() {
            headers.append(FORWARDED, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn the_last_who_is_no_trusted_proxy_calls() {
        let trusted = trusted(&["10.0.0.0/8", " 192.0.2.7 ", "2001:db8::/32", ""]);
        for (peer, lines, caller) in [
            // Nobody else is believed, nor what somebody wrote before a proxy did.
            ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
            ("192.0.2.8", "203.0.113.9", "192.0.2.8"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "192.0.2.1\n203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "nonsense,203.0.113.9", "203.0.113.9"),
            // Proxies behind proxies.
            (
                "192.0.2.7",
                "203.0.113.9, 10.1.1.1\n2001:db8::5",
                "203.0.113.9",
            ),
            ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
            // Each way to write an address.
            ("::ffff:10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::1", "[2001:db9::9]:4711", "2001:db9::9"),
            ("2001:db8::1", "[2001:db9::9]", "2001:db9::9"),
            ("2001:db8::1", "::ffff:203.0.113.9", "203.0.113.9"),
            // What cannot be read says nothing.
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "\n", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ] {
            let found = trusted.caller(peer.parse().unwrap(), &headers(lines));
            assert_eq!(found.to_string(), caller, "{peer} {lines:?}");
        }
    }

    #[test]
    fn who_trusts_nobody_believes_nobody() {
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        let told = headers("203.0.113.9");
        assert_eq!(trusted(&[]).caller(peer, &told), peer);
        // Nor is a network of one kind one of the other.
        assert_eq!(trusted(&["::/0"]).caller(peer, &told), peer);
        assert_ne!(trusted(&["127.0.0.0/8"]).caller(peer, &told), peer);
    }

    #[test]
    fn what_is_no_network_is_refused_by_name() {
        for wrong in ["proxy.example.org", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8"] {
            let refused = TrustedProxies::parse(&[wrong.to_owned()]).unwrap_err();
            assert!(refused.to_string().contains(wrong), "{refused}");
        }
    }
}
