//! How people may connect to a lab's machines, in the words of the REST API.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// From where one way of connecting is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectionType {
    /// From everywhere.
    Public,
    /// From the networks that the school names.
    Private,
    /// From nowhere.
    None,
}

impl ConnectionType {
    /// Parses the word.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        match text {
            "Public" => Ok(Self::Public),
            "Private" => Ok(Self::Private),
            "None" => Ok(Self::None),
            _ => Err(Invalid::new(
                field,
                "A way of connecting is Public, Private or None.",
            )),
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::Private => "Private",
            Self::None => "None",
        }
    }
}

/// The four ways of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionProfile {
    /// A shell in the browser.
    pub web_ssh_access: ConnectionType,
    /// A desktop in the browser.
    pub web_rdp_access: ConnectionType,
    /// A program that speaks SSH.
    pub client_ssh_access: ConnectionType,
    /// A program that speaks RDP.
    pub client_rdp_access: ConnectionType,
}

impl ConnectionProfile {
    /// What the REST API takes where a program says nothing: no way at all.
    pub const NONE: Self = Self {
        web_ssh_access: ConnectionType::None,
        web_rdp_access: ConnectionType::None,
        client_ssh_access: ConnectionType::None,
        client_rdp_access: ConnectionType::None,
    };

    /// What the portal's labs begin with: a shell in the browser.
    pub const BROWSER: Self = Self {
        web_ssh_access: ConnectionType::Public,
        ..Self::NONE
    };
}
