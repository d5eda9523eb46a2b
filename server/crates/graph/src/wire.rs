//! One question to Microsoft, and what to make of the answer: waiting where it is asked for, a bounded
//! time, and a sentence where it is no.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use service::directories::DirectoryError;
use url::Url;

use crate::rest;

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);

/// How long all pauses of one question may take together …
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// … how often it is asked …
const TRIES: u32 = 5;

/// … and the pause where none is named.
const PAUSE: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
const LONGEST: usize = 8 * 1024 * 1024;

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The body.
    Found(Vec<u8>),
    /// It is not there.
    Missing,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The token is not taken.
    Token,
    /// Anything else.
    Other(DirectoryError),
}

impl From<Failure> for DirectoryError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Token => Self::Refused(
                "Microsoft Graph does not take the token that Microsoft Entra gave.".to_owned(),
            ),
            Failure::Other(error) => error,
        }
    }
}

pub(crate) fn away(why: impl Into<String>) -> DirectoryError {
    DirectoryError::Away(why.into())
}

/// The client.
#[derive(Clone, Debug)]
pub(crate) struct Wire(reqwest::Client);

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
struct ErrorDetail {
    code: String,
    #[serde(default)]
    message: String,
}

impl Wire {
    pub fn new() -> reqwest::Result<Self> {
        // The library asks for one to be chosen; that it is chosen already is no matter.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER)
            .build()?;
        Ok(Self(client))
    }

    /// Asks Graph.
    pub async fn get(&self, url: &Url, token: &str) -> Result<Answer, Failure> {
        let ask = || {
            self.0
                .get(url.clone())
                .bearer_auth(token)
                // Members of groups in groups, seen as users, are asked for in this way only.
                .header("ConsistencyLevel", "eventual")
        };
        let (status, body) = self.ask(&ask).await.map_err(Failure::Other)?;
        match status {
            status if status.is_success() => Ok(Answer::Found(body)),
            // Changes that it does not remember any more are gone.
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Answer::Missing),
            StatusCode::UNAUTHORIZED => Err(Failure::Token),
            StatusCode::FORBIDDEN => Err(Failure::Other(DirectoryError::Refused(
                "Microsoft Graph does not let Lectern read groups. Give its application the permissions GroupMember.Read.All and User.Read.All, and an administrator’s consent."
                    .to_owned(),
            ))),
            status => Err(Failure::Other(DirectoryError::Refused(format!(
                "Microsoft Graph answers {}{}.",
                status.as_u16(),
                said(&body)
            )))),
        }
    }

    /// Sends a form to Entra.
    pub async fn post(
        &self,
        url: &Url,
        form: &str,
    ) -> Result<(StatusCode, Vec<u8>), DirectoryError> {
        let ask = || {
            self.0
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned())
        };
        self.ask(&ask).await
    }

    /// Asks, and asks again after the pause that is asked for, while that is short.
    async fn ask(
        &self,
        ask: &(dyn Fn() -> RequestBuilder + Send + Sync),
    ) -> Result<(StatusCode, Vec<u8>), DirectoryError> {
        let mut waited = Duration::ZERO;
        for attempt in 1..=TRIES {
            let answer = ask()
                .send()
                .await
                .map_err(|error| away(format!("Microsoft does not answer: {}.", cause(&error))))?;
            let status = answer.status();
            let busy = matches!(status.as_u16(), 429 | 502 | 503 | 504);
            if !busy {
                if status.is_server_error() {
                    return Err(away(format!("Microsoft answers {}.", status.as_u16())));
                }
                return Ok((status, body(answer).await?));
            }
            let pause = pause(answer.headers());
            waited += pause;
            if waited > LONGEST_WAIT {
                return Err(away(format!(
                    "Microsoft asks to be left alone for {} seconds.",
                    pause.as_secs()
                )));
            }
            if attempt < TRIES {
                rest(pause).await;
            }
        }
        Err(away("Microsoft has too much to do just now."))
    }
}

/// The pause that is asked for, in seconds. One that is no number is a date: that is far off.
fn pause(headers: &HeaderMap) -> Duration {
    match headers.get(RETRY_AFTER) {
        None => PAUSE,
        Some(value) => {
            let seconds = value
                .to_str()
                .ok()
                .and_then(|text| text.trim().parse().ok());
            seconds.map_or(LONGEST_WAIT * 2, Duration::from_secs)
        }
    }
}

async fn body(mut answer: reqwest::Response) -> Result<Vec<u8>, DirectoryError> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST => {
                body.extend_from_slice(&chunk)
            }
            Ok(Some(_)) => return Err(away("Microsoft’s answer is too long.")),
            Ok(None) => return Ok(body),
            Err(error) => {
                return Err(away(format!(
                    "Microsoft’s answer broke off: {}.",
                    cause(&error)
                )));
            }
        }
    }
}

/// What Graph says is wrong.
fn said(body: &[u8]) -> String {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => {
            let message: String = body.error.message.chars().take(200).collect();
            format!(" ({}: {})", body.error.code, message.trim_end_matches('.'))
        }
        Err(_) => String::new(),
    }
}

/// The innermost cause of an error, without the address that was asked.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) {
        return if error.is_timeout() {
            "it takes too long".to_owned()
        } else {
            "no answer".to_owned()
        };
    }
    cause.to_string()
}
