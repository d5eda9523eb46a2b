//! Sizes: how much of a host one machine may use.

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// A machine size, called `sku` by the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Size {
    /// The name that is stored and that the REST API uses.
    pub name: &'static str,
    /// What a person reads.
    pub title: &'static str,
    /// Virtual processors.
    pub cpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Disk in GiB.
    pub disk_gib: u32,
}

/// The sizes on offer, smallest first.
pub const SIZES: [Size; 5] = [
    Size {
        name: "Basic_1_1GB_8",
        title: "Basic",
        cpus: 1,
        memory_mib: 1024,
        disk_gib: 8,
    },
    Size {
        name: "Standard_2_2GB_16",
        title: "Compact",
        cpus: 2,
        memory_mib: 2048,
        disk_gib: 16,
    },
    Size {
        name: "Standard_2_4GB_32",
        title: "Small",
        cpus: 2,
        memory_mib: 4096,
        disk_gib: 32,
    },
    Size {
        name: "Standard_4_8GB_64",
        title: "Medium",
        cpus: 4,
        memory_mib: 8192,
        disk_gib: 64,
    },
    Size {
        name: "Standard_8_16GB_128",
        title: "Large",
        cpus: 8,
        memory_mib: 16384,
        disk_gib: 128,
    },
];

/// The name of one of [`SIZES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SizeName(&'static str);

impl SizeName {
    /// Parses the name of a size, without regard to case.
    ///
    /// # Errors
    /// When no size has this name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        SIZES
            .iter()
            .find(|size| size.name.eq_ignore_ascii_case(text.trim()))
            .map(|size| Self(size.name))
            .ok_or_else(|| Invalid::new("size", "Choose one of the sizes in the list."))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The size with this name.
    pub fn size(self) -> Size {
        // One of them has this name, because the parser took it from the same list.
        SIZES
            .into_iter()
            .find(|size| size.name == self.0)
            .unwrap_or(SIZES[0])
    }
}

impl TryFrom<String> for SizeName {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<SizeName> for String {
    fn from(name: SizeName) -> Self {
        name.0.to_owned()
    }
}
