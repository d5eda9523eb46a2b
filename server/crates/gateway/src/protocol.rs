//! The text frames between browser and gateway; binary frames are what is typed and printed.

use axum::extract::ws::{Message, Utf8Bytes};
use serde::{Deserialize, Serialize};

/// What the browser says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum FromBrowser {
    /// The window has this many columns and rows now.
    Resize { columns: u16, rows: u16 },
    /// It has shown everything printed up to this position.
    Received { position: u64 },
}

/// What the gateway says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum ToBrowser<'a> {
    /// This is the shell. The next byte printed is the one at `position`.
    Session {
        /// By which the shell can be taken up again.
        id: &'a str,
        /// Whether it is the one that the browser asked for by `resume`.
        resumed: bool,
        /// How many bytes were printed before the next one.
        position: u64,
        /// Whether what was printed is told anew, so that the screen must be emptied first.
        reset: bool,
    },
    /// The connection lives. Pages cannot see pings.
    Alive,
    /// What the person must know now, such as that quota ends soon; nothing any more, without a text.
    Notice {
        /// A sentence.
        text: Option<&'a str>,
        /// Whether saying “I'm still here” prevents it.
        stay: bool,
    },
    /// There is nothing more to come.
    Ended {
        /// Why, as a sentence for the person.
        reason: &'a str,
        /// Whether to leave it at that; otherwise trying again by itself is wanted.
        #[serde(rename = "final")]
        is_final: bool,
    },
}

impl ToBrowser<'_> {
    /// The frame that says it.
    pub(crate) fn frame(&self) -> Message {
        // These values always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        Message::Text(Utf8Bytes::from(text))
    }
}

/// A window's size within what a terminal can have.
pub(crate) fn window(columns: u16, rows: u16) -> (u16, u16) {
    (columns.clamp(2, 1000), rows.clamp(1, 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_reads_as_the_browser_expects() {
        let ended = ToBrowser::Ended {
            reason: "The machine was stopped.",
            is_final: true,
        };
        let text = r#"{"type":"ended","reason":"The machine was stopped.","final":true}"#;
        assert_eq!(ended.frame(), Message::Text(text.into()));
        let resize = r#"{"type":"resize","columns":132,"rows":43}"#;
        let FromBrowser::Resize {
            columns: 132,
            rows: 43,
        } = serde_json::from_str(resize).unwrap()
        else {
            panic!("a resize");
        };
        assert_eq!(window(0, 65535), (2, 1000));
    }
}
