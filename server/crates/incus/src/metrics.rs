//! Incus' metrics, in the text form of Prometheus: as much of it as is needed. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

/// Time of processors, for each of them and each mode.
const CPU: &str = "incus_cpu_seconds_total";
/// Bytes of disks, for each of them.
const DISK: [&str; 2] = [
    "incus_disk_read_bytes_total",
    "incus_disk_written_bytes_total",
];

/// Modes in which a processor does not work.
const AT_REST: [&str; 3] = ["idle", "iowait", "steal"];

/// What an instance has used since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Time of its processors, together.
    pub(crate) cpu: Duration,
    /// Bytes read from and written to its disks. Whether there are such figures is up to the host's
    /// kernel; cgroups of the first version often have none.
    pub(crate) disk_bytes: Option<u64>,
}

/// What the instances of a project have used, by their names. Lines that make no sense are passed
/// over.
pub(crate) fn usage(text: &str, project: &str) -> BTreeMap<String, Usage> {
    let mut usage: BTreeMap<String, Usage> = BTreeMap::new();
    for sample in text.lines().filter_map(sample) {
        if sample.label("project") != Some(project) {
            continue;
        }
        let Some(name) = sample.label("name") else {
            continue;
        };
        let entry = usage.entry(name.to_owned()).or_default();
        if sample.metric == CPU {
            let works = sample.label("mode").is_none_or(|m| !AT_REST.contains(&m));
            let time = Duration::try_from_secs_f64(sample.value).unwrap_or_default();
            if works {
                entry.cpu = entry.cpu.saturating_add(time);
            }
        } else {
            // A cast of a float keeps to what fits.
            let bytes = sample.value as u64;
            let before = entry.disk_bytes.unwrap_or_default();
            entry.disk_bytes = Some(before.saturating_add(bytes));
        }
    }
    usage
}

/// One line of interest.
#[derive(Debug, PartialEq)]
struct Sample<'a> {
    metric: &'a str,
    labels: Vec<(&'a str, String)>,
    value: f64,
}

impl Sample<'_> {
    fn label(&self, key: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(label, _)| *label == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a line such as `metric{label="value",other="value"} 1.5e+06`.
fn sample(line: &str) -> Option<Sample<'_>> {
    let (metric, rest) = line.split_once('{')?;
    if metric != CPU && !DISK.contains(&metric) {
        return None;
    }
    let (labels, rest) = labels(rest)?;
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Sample {
        metric,
        labels,
        value,
    })
}

/// Reads labels up to the closing brace; returns them and what comes after it.
fn labels(mut rest: &str) -> Option<(Vec<(&str, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (key, after) = rest.split_once("=\"")?;
        let (value, after) = quoted(after)?;
        labels.push((key, value));
        rest = after;
    }
}

/// Reads a value up to its closing quotation mark; returns it and what comes after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[place + 1..])),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                escaped => escaped,
            }),
            plain => value.push(plain),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCRAPE: &str = r##"# HELP incus_cpu_seconds_total The total number of CPU time used in seconds.
# TYPE incus_cpu_seconds_total counter
incus_cpu_seconds_total{cpu="0",mode="system",name="ada",project="lectern",type="container"} 0.25
incus_cpu_seconds_total{cpu="0",mode="user",name="ada",project="lectern",type="container"} 1.5
incus_cpu_seconds_total{cpu="0",mode="idle",name="ada",project="lectern",type="container"} 4000
incus_cpu_seconds_total{cpu="1",mode="user",name="ada",project="lectern",type="container"} 1e-01
incus_cpu_seconds_total{cpu="0",mode="user",name="bob",project="other",type="container"} 9
incus_cpu_seconds_total{cpu="0",mode="user",name="max",project="lectern",type="container"} 2
incus_cpu_effective_total{name="ada",project="lectern",type="container"} 1
incus_disk_read_bytes_total{device="vda",name="ada",project="lectern",type="container"} 1.98656e+06
incus_disk_written_bytes_total{device="vda",name="ada",project="lectern",type="container"} 40
incus_disk_reads_completed_total{device="vda",name="ada",project="lectern",type="container"} 77
incus_warnings_total 1
# EOF
"##;

    #[test]
    fn a_scrape_says_what_each_machine_used() {
        let usage = usage(SCRAPE, "lectern");
        let ada = Usage {
            cpu: Duration::from_millis(1850),
            disk_bytes: Some(1_986_600),
        };
        let max = Usage {
            cpu: Duration::from_secs(2),
            disk_bytes: None,
        };
        let told: Vec<_> = usage
            .iter()
            .map(|(name, usage)| (&**name, *usage))
            .collect();
        assert_eq!(told, [("ada", ada), ("max", max)]);
    }

    #[test]
    fn odd_lines_are_passed_over() {
        let odd = [
            "incus_cpu_seconds_total",
            "incus_cpu_seconds_total{",
            "incus_cpu_seconds_total{name=\"a\",project=\"p\"}",
            "incus_cpu_seconds_total{name=\"a\",project=\"p\"} much",
            "incus_cpu_seconds_total{name=\"a,project=\"p\"} 1",
            "incus_cpu_seconds_total{project=\"p\"} 1",
        ];
        assert_eq!(usage(&odd.join("\n"), "p"), BTreeMap::new());
    }

    #[test]
    fn impossible_figures_count_for_nothing() {
        let text = "incus_cpu_seconds_total{name=\"a\",project=\"p\"} -1\n\
                    incus_cpu_seconds_total{name=\"a\",project=\"p\"} NaN\n\
                    incus_disk_read_bytes_total{name=\"a\",project=\"p\"} -5\n";
        let nothing = Usage {
            cpu: Duration::ZERO,
            disk_bytes: Some(0),
        };
        assert_eq!(usage(text, "p").get("a"), Some(&nothing));
    }

    fn escaped(value: &str) -> String {
        value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            pairs in prop::collection::vec(("[a-z_]{1,8}", "[^\r]{0,12}"), 0..6),
            value in 0.0..1e12f64,
        ) {
            let written: Vec<String> = pairs
                .iter()
                .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
                .collect();
            let line = format!("{CPU}{{{}}} {value:e}", written.join(","));
            let read = sample(&line).expect("a sample");
            let labels: Vec<(String, String)> = read
                .labels
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect();
            prop_assert_eq!(labels, pairs);
            prop_assert_eq!(read.value, value);
        }

        #[test]
        fn nothing_is_too_odd_to_be_read(text in "\\PC*", cut in 0..400usize) {
            usage(&text, "lectern");
            usage(&format!("{CPU}{{{text}"), "lectern");
            let cut = SCRAPE.char_indices().nth(cut).map_or(0, |(at, _)| at);
            usage(&format!("{}{text}{}", &SCRAPE[..cut], &SCRAPE[cut..]), "lectern");
        }
    }
}
