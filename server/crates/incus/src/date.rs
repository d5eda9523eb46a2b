//! Points in time as Incus writes them.

use domain::time::Timestamp;

/// A time such as `2026-11-24T14:47:19.023945096Z`.
pub(crate) fn from_rfc3339(text: &str) -> Option<Timestamp> {
    text.parse().ok().map(ours)
}

/// A time such as `Tue, 24 Nov 2026 14:53:04 GMT`, as the headers of HTTP have it.
pub(crate) fn from_http(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(ours(zoned.timestamp()))
}

/// A time such as `2026-11-24 14:49:18 +0000 UTC`, as Go prints it.
pub(crate) fn from_go(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix(" UTC")?;
    let parsed = jiff::Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f %z", text);
    parsed.ok().map(ours)
}

fn ours(time: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(time.as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_read() {
        let micros = 1_795_531_758_000_000;
        let time = Some(Timestamp::from_micros(micros));
        assert_eq!(from_rfc3339("2026-11-24T14:49:18Z"), time);
        assert_eq!(from_http("Tue, 24 Nov 2026 14:49:18 GMT"), time);
        assert_eq!(from_go("2026-11-24 14:49:18 +0000 UTC"), time);
        let later = Some(Timestamp::from_micros(micros + 23_945));
        assert_eq!(from_rfc3339("2026-11-24T14:49:18.023945096Z"), later);
        assert_eq!(from_go("2026-11-24 14:49:18.023945096 +0000 UTC"), later);
        assert_eq!(
            from_rfc3339("1970-01-01T00:00:00Z"),
            Some(Timestamp::from_micros(0))
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "2026-11-24", "0000-00-00T00:00:00Z"] {
            assert_eq!(from_rfc3339(text), None, "{text}");
            assert_eq!(from_http(text), None, "{text}");
            assert_eq!(from_go(text), None, "{text}");
        }
    }
}
