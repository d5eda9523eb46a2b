//! Why machines stop, in words for student and educator.

use serde::{Deserialize, Serialize};

/// Why a machine does not run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// Its student stopped it.
    Student,
    /// An educator stopped it.
    Educator,
    /// It was shut down from inside.
    Inside,
    /// Publishing stopped the template.
    Publish,
    /// It was remade.
    Reimage,
    /// Its user was taken off the list.
    Removed,
    /// A schedule stopped it.
    Schedule,
    /// Its student's quota was used up.
    QuotaEnd,
    /// The last connection had ended.
    Disconnected,
    /// Nobody connected after it had started.
    NotConnected,
    /// There was no keyboard or mouse input.
    UserAbsence,
    /// There was no input, and hardly any work.
    LowUsage,
    /// Nothing was known about its use for too long.
    Silent,
    /// It was deleted, or its lab was.
    Deleted,
    /// The host it ran on was lost.
    HostLost,
}

impl StopReason {
    /// The reason as a sentence for student and educator.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Student => "Stopped by its student.",
            Self::Educator => "Stopped by an educator.",
            Self::Inside => "Shut down from inside.",
            Self::Publish => "Stopped in order to publish.",
            Self::Reimage => "Stopped in order to be remade.",
            Self::Removed => "Stopped because its user was removed.",
            Self::Schedule => "Stopped by a schedule.",
            Self::QuotaEnd => "Stopped because the quota was used up.",
            Self::Disconnected => "Stopped because the last connection had ended.",
            Self::NotConnected => "Stopped because nobody connected.",
            Self::UserAbsence => "Stopped because there was no keyboard or mouse input.",
            Self::LowUsage => "Stopped because it was hardly used.",
            Self::Silent => "Stopped because nothing was known about its use for too long.",
            Self::Deleted => "Stopped in order to be deleted.",
            Self::HostLost => "Stopped because its host was lost.",
        }
    }
}

/// Why a machine was stopped, and after how long, where the reason is one of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopNote {
    /// Why.
    pub reason: StopReason,
    /// After how many minutes.
    pub minutes: Option<u32>,
}

impl StopNote {
    /// The reason as a sentence for student and educator, such as “Nobody connected for 15 minutes.”
    pub fn sentence(self) -> String {
        let Some(minutes) = self.minutes else {
            return self.reason.sentence().to_owned();
        };
        let span = match minutes {
            1 => "1 minute".to_owned(),
            _ if minutes % 60 == 0 && minutes > 60 => format!("{} hours", minutes / 60),
            _ => format!("{minutes} minutes"),
        };
        match self.reason {
            StopReason::Disconnected if minutes == 0 => "The last connection ended.".to_owned(),
            StopReason::Disconnected => {
                format!("The last connection ended, and nobody came back for {span}.")
            }
            StopReason::NotConnected => format!("Nobody connected for {span}."),
            StopReason::UserAbsence => format!("No keyboard or mouse input for {span}."),
            StopReason::LowUsage => {
                format!("No keyboard or mouse input and hardly any work for {span}.")
            }
            StopReason::Silent => format!("Nothing was known about its use for {span}."),
            _ => self.reason.sentence().to_owned(),
        }
    }
}

impl From<StopReason> for StopNote {
    fn from(reason: StopReason) -> Self {
        Self {
            reason,
            minutes: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_how_long() {
        let said = |reason, minutes| StopNote { reason, minutes }.sentence();
        assert_eq!(
            said(StopReason::NotConnected, Some(15)),
            "Nobody connected for 15 minutes."
        );
        assert_eq!(
            said(StopReason::UserAbsence, Some(1)),
            "No keyboard or mouse input for 1 minute."
        );
        assert_eq!(
            said(StopReason::Silent, Some(180)),
            "Nothing was known about its use for 3 hours."
        );
        assert_eq!(
            said(StopReason::Disconnected, Some(0)),
            "The last connection ended."
        );
        assert_eq!(
            StopNote::from(StopReason::QuotaEnd).sentence(),
            "Stopped because the quota was used up."
        );
    }
}
