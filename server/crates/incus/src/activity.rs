//! What running machines do: how much they work, in one scrape of Incus' metrics, and who is at them,
//! by a look inside each one that is watched.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::name::Hostname;
use futures::{StreamExt, stream};
use service::clock::{Clock, SystemClock};
use service::engine::{Activity, EngineObject, EngineResult};

use crate::{IncusEngine, metrics};

/// How long a machine has for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many machines are looked into at the same time.
const AT_ONCE: usize = 4;

/// What runs in the machine, as root. It prints numbers and nothing else.
const SCRIPT: &str = include_str!("activity.sh");

/// More than three numbers and what is between them.
const LONGEST: usize = 64;

/// What a look inside a machine shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Inside {
    input_idle: Option<Duration>,
    sessions: Option<u32>,
    disk_bytes: Option<u64>,
}

impl IncusEngine {
    /// What the machines do that run. A cluster would have to be asked host by host.
    ///
    /// Incus keeps the figures for eight seconds, should anybody else have asked for them: two of
    /// ours that are as close as that may be the same.
    pub(crate) async fn read_activity(&self, watched: &[Hostname]) -> EngineResult<Vec<Activity>> {
        let (asked, at) = (Instant::now(), SystemClock.now());
        let text = async {
            let text = self.client.text(&["metrics"]).await;
            text.map_err(|fault| fault.about("The machines' metrics"))
        };
        // The metrics do not tell whose a machine is.
        let (objects, text) = futures::try_join!(self.read_objects(), text)?;
        let mut usage = metrics::usage(&text, &self.settings.project);
        let watched: BTreeSet<&Hostname> = watched.iter().collect();
        let running = objects.into_iter().filter(EngineObject::runs);
        let known = running.filter_map(|object| {
            let usage = usage.remove(object.name.as_str())?;
            Some(Activity {
                name: object.name,
                at,
                cpu: usage.cpu,
                disk_bytes: usage.disk_bytes,
                input_idle: None,
                sessions: None,
            })
        });
        let looks = known.map(|activity| async {
            if !watched.contains(&activity.name) {
                return activity;
            }
            let inside = self.look_inside(&activity).await;
            // Counted back to the time of the other figures; some looks have waited for their turn.
            let since = asked.elapsed();
            Activity {
                input_idle: inside.input_idle.map(|idle| idle.saturating_sub(since)),
                sessions: inside.sessions,
                disk_bytes: activity.disk_bytes.or(inside.disk_bytes),
                ..activity
            }
        });
        Ok(stream::iter(looks).buffered(AT_ONCE).collect().await)
    }

    /// Looks who is in a machine, and what its programs have read and written where the host does not
    /// count it. Nothing is known of one that does not answer, or answers oddly.
    async fn look_inside(&self, machine: &Activity) -> Inside {
        let name = &machine.name;
        let disk = if machine.disk_bytes.is_none() {
            "disk"
        } else {
            ""
        };
        let command = ["/bin/sh", "-c", SCRIPT, "sh", disk];
        let outcome = self
            .client
            .run(name, &command, Bytes::new(), PATIENCE)
            .await;
        match outcome {
            Ok(outcome) => told(&outcome.output).unwrap_or_default(),
            Err(fault) => {
                tracing::debug!(machine = %name, ?fault, "a machine does not say who is at it");
                Inside::default()
            }
        }
    }
}

/// Reads what the script printed: seconds without input, sessions, and bytes, each of which may be a
/// dash.
fn told(printed: &str) -> Option<Inside> {
    if printed.len() > LONGEST {
        return None;
    }
    let fields: Vec<&str> = printed.split_ascii_whitespace().collect();
    let [idle, sessions, disk] = fields[..] else {
        return None;
    };
    Some(Inside {
        input_idle: number(idle)?.map(|seconds: u32| Duration::from_secs(seconds.into())),
        sessions: number(sessions)?,
        disk_bytes: number(disk)?,
    })
}

/// Reads digits, or a dash for nothing; none when it is something else.
fn number<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
    if text == "-" {
        return Some(None);
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits)?;
    Some(Some(number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_numbers_are_read() {
        let inside = Inside {
            input_idle: Some(Duration::from_secs(75)),
            sessions: Some(2),
            disk_bytes: Some(4096),
        };
        assert_eq!(told("75 2 4096\n"), Some(inside));
        let nobody = Inside {
            sessions: Some(0),
            ..Inside::default()
        };
        assert_eq!(told("- 0 -\n"), Some(nobody));
    }

    #[test]
    fn anything_odd_is_nothing() {
        for odd in [
            "",
            "1 2",
            "1 2 3 4",
            "-1 2 3",
            "+1 2 3",
            "1.5 2 3",
            "1 4294967296 3",
            "4294967296 2 3",
            "1 2 99999999999999999999999",
            "1 2 3 \u{661}",
        ] {
            assert_eq!(told(odd), None, "{odd:?}");
        }
        assert_eq!(told(&format!("1 2 3{}", " ".repeat(LONGEST))), None);
    }

    proptest! {
        #[test]
        fn nothing_is_too_odd_to_be_read(printed in any::<String>()) {
            told(&printed);
        }
    }
}
