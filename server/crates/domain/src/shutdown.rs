//! Auto-shutdown: the settings by which machines that nobody uses are stopped, and the decision.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Invalid;
pub use crate::presence::{PATIENCE, Presence, Verdict, WARNING, is_busy, judge};
use crate::span::{format_iso, parse_iso};

macro_rules! delay {
    ($(#[$doc:meta])* $name:ident, $min:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u32);

        impl $name {
            /// The shortest, in minutes.
            pub const MIN: u32 = $min;

            /// The longest, in minutes.
            pub const MAX: u32 = 59;

            /// A delay of `minutes`; `field` is the setting's name.
            ///
            /// # Errors
            /// When it is too short or too long.
            pub fn new(field: &'static str, minutes: u32) -> Result<Self, Invalid> {
                if !(Self::MIN..=Self::MAX).contains(&minutes) {
                    return Err(Self::refuse(field));
                }
                Ok(Self(minutes))
            }

            /// Parses minutes as they were typed.
            ///
            /// # Errors
            /// When it is not a whole number within the bounds.
            pub fn parse_minutes(field: &'static str, text: &str) -> Result<Self, Invalid> {
                let minutes = text.trim().parse();
                minutes.map_or_else(|_| Err(Self::refuse(field)), |m| Self::new(field, m))
            }

            /// Parses a delay as the REST API writes it, such as `PT15M`.
            ///
            /// # Errors
            /// When it is not a length of whole minutes within the bounds.
            pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
                let seconds = parse_iso(text).filter(|seconds| seconds % 60 == 0);
                let minutes = seconds.and_then(|seconds| u32::try_from(seconds / 60).ok());
                minutes.map_or_else(|| Err(Self::refuse(field)), |m| Self::new(field, m))
            }

            /// The delay in minutes.
            pub fn minutes(self) -> u32 {
                self.0
            }

            /// The delay.
            pub fn length(self) -> Duration {
                Duration::from_secs(u64::from(self.0) * 60)
            }

            fn refuse(field: &'static str) -> Invalid {
                let message = concat!("A delay is from ", $min, " to 59 whole minutes here.");
                Invalid::new(field, message)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&format_iso(i64::from(self.0) * 60))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse("delay", &text)
            }
        }

        impl From<$name> for String {
            fn from(delay: $name) -> Self {
                delay.to_string()
            }
        }
    };
}

delay!(
    /// How long after the last connection a machine is stopped: 0 to 59 minutes.
    DisconnectDelay, 0
);
delay!(
    /// How long nobody connects, or nobody types, before a machine is stopped: 1 to 59 minutes.
    Delay, 1
);

/// A setting that is on or off, in the words of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnableState {
    /// On.
    Enabled,
    /// Off.
    Disabled,
}

impl EnableState {
    /// Parses the word.
    ///
    /// # Errors
    /// When it is neither `Enabled` nor `Disabled`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        match text {
            "Enabled" => Ok(Self::Enabled),
            "Disabled" => Ok(Self::Disabled),
            _ => Err(Invalid::new(
                field,
                "The setting is either Enabled or Disabled.",
            )),
        }
    }

    /// Whether it is on.
    pub fn is_on(self) -> bool {
        self == Self::Enabled
    }
}

/// What counts as idle, in the words of the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShutdownOnIdle {
    /// Nothing does.
    None,
    /// No keyboard or mouse input.
    UserAbsence,
    /// The same, and CPU and disk low all the while.
    LowUsage,
}

impl ShutdownOnIdle {
    /// Parses the word.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "None" => Ok(Self::None),
            "UserAbsence" => Ok(Self::UserAbsence),
            "LowUsage" => Ok(Self::LowUsage),
            _ => Err(Invalid::new(
                "shutdownOnIdle",
                "What counts as idle is None, UserAbsence or LowUsage.",
            )),
        }
    }
}

/// An auto-shutdown profile, in the words of the REST API. A delay is kept while its rule is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoShutdown {
    /// Whether machines stop when the last connection has ended …
    pub shutdown_on_disconnect: EnableState,
    /// … and nobody comes back for this long.
    pub disconnect_delay: DisconnectDelay,
    /// Whether machines stop when nobody connects …
    pub shutdown_when_not_connected: EnableState,
    /// … for this long after the start.
    pub no_connect_delay: Delay,
    /// Whether machines stop when they idle …
    pub shutdown_on_idle: ShutdownOnIdle,
    /// … for this long.
    pub idle_delay: Delay,
}

impl AutoShutdown {
    /// What the portal proposes for a new plan: all three rules.
    pub const PROPOSED: Self = Self {
        shutdown_on_disconnect: EnableState::Enabled,
        shutdown_when_not_connected: EnableState::Enabled,
        shutdown_on_idle: ShutdownOnIdle::UserAbsence,
        ..Self::OFF
    };

    /// What the REST API takes where a program says nothing: no rule.
    pub const OFF: Self = Self {
        shutdown_on_disconnect: EnableState::Disabled,
        disconnect_delay: DisconnectDelay(5),
        shutdown_when_not_connected: EnableState::Disabled,
        no_connect_delay: Delay(15),
        shutdown_on_idle: ShutdownOnIdle::None,
        idle_delay: Delay(15),
    };

    /// Whether any rule is on.
    pub fn is_on(self) -> bool {
        self.shutdown_on_disconnect.is_on()
            || self.shutdown_when_not_connected.is_on()
            || self.shutdown_on_idle != ShutdownOnIdle::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_have_bounds() {
        assert!(DisconnectDelay::new("disconnectDelay", 0).is_ok());
        assert!(Delay::new("idleDelay", 0).is_err());
        for text in ["PT60M", "PT1H", "PT90S", "-PT1M", "15", ""] {
            assert!(Delay::parse("idleDelay", text).is_err(), "{text}");
        }
        for minutes in 1..=59 {
            let delay = Delay::new("idleDelay", minutes).unwrap();
            assert_eq!(Delay::parse("idleDelay", &delay.to_string()), Ok(delay));
            assert_eq!(
                Delay::parse_minutes("idleDelay", &format!(" {minutes} ")),
                Ok(delay)
            );
        }
    }

    #[test]
    fn a_new_plan_proposes_all_three_rules() {
        let proposed = AutoShutdown::PROPOSED;
        assert!(proposed.shutdown_on_disconnect.is_on());
        assert!(proposed.shutdown_when_not_connected.is_on());
        assert_eq!(proposed.disconnect_delay.to_string(), "PT5M");
        assert_eq!(proposed.no_connect_delay.to_string(), "PT15M");
        assert_eq!(proposed.idle_delay.to_string(), "PT15M");
        assert!(proposed.is_on() && !AutoShutdown::OFF.is_on());
    }
}
