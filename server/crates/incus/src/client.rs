//! Requests to Incus' REST API and what comes back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use service::engine::{EngineError, EngineResult};

use crate::fault::{Fault, Result};

/// How long a request may take that waits for nothing.
const QUICK: Duration = Duration::from_secs(30);

/// Where Incus listens. A remote cluster by HTTPS with a client certificate would be a second kind.
#[derive(Clone, Debug)]
pub(crate) enum Link {
    /// A unix socket on this host.
    Unix(PathBuf),
}

/// Incus' REST API, for one project.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    pub(crate) link: Link,
    pub(crate) project: String,
}

/// Incus' answer. A background operation has its address in `operation`.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    operation: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_code: u16,
    #[serde(default)]
    metadata: Value,
}

/// What a request that was accepted led to.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The id of the operation that goes on in the background; empty when all is done.
    pub(crate) operation: String,
    /// What the answer carries.
    pub(crate) metadata: Value,
}

impl Client {
    /// A client for the Incus behind this socket. Nothing is sent yet.
    pub(crate) fn new(socket: &Path, project: &str) -> EngineResult<Self> {
        // Every client wants a library for TLS to be chosen, also one that speaks none; chosen twice is no matter.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder()
            .unix_socket(socket)
            // Incus (6.0, and others) reads the first bytes of a connection to its socket before it
            // accepts the next one. A pool opens connections that it may then keep in store without
            // having sent anything, and so would shut everybody out for as long as it keeps them.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| EngineError::Failed(format!("no client for Incus: {error}")))?;
        // The host's name is never looked up; every connection goes to the socket.
        let base = Url::parse("http://incus/1.0")
            .map_err(|error| EngineError::Failed(format!("no address for Incus: {error}")))?;
        Ok(Self {
            http,
            base,
            link: Link::Unix(socket.to_owned()),
            project: project.to_owned(),
        })
    }

    /// The address of something in the project, each part of it escaped as needed.
    pub(crate) fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        url.query_pairs_mut()
            .append_pair("project", &self.project)
            .extend_pairs(query);
        url
    }

    /// A request that has at most [`QUICK`] to be answered.
    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url).timeout(QUICK)
    }

    /// Reads something.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T> {
        let url = self.url(path, query);
        self.read(self.request(Method::GET, url)).await
    }

    /// Reads something that Incus may hold back for a while.
    pub(crate) async fn get_within<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        within: Duration,
    ) -> Result<T> {
        let url = self.url(path, query);
        self.read(self.request(Method::GET, url).timeout(within))
            .await
    }

    /// Reads something that is not JSON when all is well.
    pub(crate) async fn text(&self, path: &[&str]) -> Result<String> {
        let url = self.url(path, &[]);
        let response = self.request(Method::GET, url).send().await;
        let response = response.map_err(Fault::transport)?;
        if response.status().is_success() {
            return response.text().await.map_err(Fault::transport);
        }
        let code = response.status().as_u16();
        open(response).await?;
        Err(Fault::strange(&format!("status {code} without an error")))
    }

    /// Asks for a change; it may go on in the background.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<Accepted> {
        let url = self.url(path, &[]);
        answer(self.request(method, url).json(body)).await
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let accepted = answer(request).await?;
        serde_json::from_value(accepted.metadata)
            .map_err(|error| Fault::strange(&error.to_string()))
    }
}

/// Sends a request and reads Incus' envelope.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Accepted> {
    let response = request.send().await.map_err(Fault::transport)?;
    open(response).await
}

/// Reads the envelope of a response.
pub(crate) async fn open(response: Response) -> Result<Accepted> {
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(Fault::transport)?;
    let Ok(answer) = serde_json::from_slice::<Answer>(&body) else {
        return Err(Fault::strange(&format!("status {status} without JSON")));
    };
    if status >= 400 || answer.error_code != 0 {
        return Err(Fault::Refused {
            code: if answer.error_code == 0 {
                status
            } else {
                answer.error_code
            },
            message: answer.error.unwrap_or_default(),
        });
    }
    let operation = answer.operation.unwrap_or_default();
    Ok(Accepted {
        operation: operation
            .trim_start_matches("/1.0/operations/")
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned(),
        metadata: answer.metadata,
    })
}
