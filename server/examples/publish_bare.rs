//! What publishing asks of Incus, without Lectern: a template is sealed once, and copied as often as
//! there are seats, so many copies at once. `make bench` holds publishing against this.
//!
//!     publish_bare PROJECT SEATS PARALLEL
//!
//! Prints the seconds that sealing and copying took, and the names of what it leaves in the project,
//! as one line of JSON. Making the template is not counted.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use domain::image::ImageName;
use domain::name::Hostname;
use domain::size::SIZES;
use futures::{TryStreamExt as _, stream};
use incus::{IncusEngine, IncusSettings};
use serde_json::json;
use service::engine::{BuildSpec, Engine as _, SealSpec, Source};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [project, seats, parallel] = arguments.as_slice() else {
        anyhow::bail!("Usage: publish_bare PROJECT SEATS PARALLEL");
    };
    let seats: u32 = seats.parse().context("SEATS is a number")?;
    let parallel: usize = parallel.parse().context("PARALLEL is a number")?;
    let engine = IncusEngine::connect(IncusSettings {
        socket: "/var/lib/incus/unix.socket".into(),
        project: project.clone(),
        pool: "lectern".to_owned(),
        network: "lecternbr0".to_owned(),
        install: id(1).parse()?,
    })
    .await?;

    let template = machine(
        "bench-template",
        0,
        Source::Image(ImageName::parse("debian-12")?),
    )?;
    engine.build(&template).await?;
    let seal = SealSpec {
        lab: template.lab,
        template: template.hostname.clone(),
        name: Hostname::parse("bench-g1")?,
        generation: 1,
    };
    let copies = (1..=seats).map(|seat| {
        let source = Source::Generation(seal.name.clone());
        machine(&format!("bench-{seat:03}"), seat, source)
    });
    let copies: Vec<BuildSpec> = copies.collect::<Result<_>>()?;

    let started = Instant::now();
    engine.seal(&seal).await?;
    let sealed = started.elapsed();
    stream::iter(copies.iter().map(Ok))
        .try_for_each_concurrent(parallel, |copy| engine.build(copy))
        .await?;
    let copied = started.elapsed() - sealed;

    let names: Vec<&str> = copies.iter().map(|copy| copy.hostname.as_str()).collect();
    let seconds = |time: Duration| time.as_secs_f64();
    let result = json!({"sealing": seconds(sealed), "copying": seconds(copied), "seats": names});
    println!("{result}");
    Ok(())
}

fn machine(name: &str, seat: u32, source: Source) -> Result<BuildSpec> {
    Ok(BuildSpec {
        machine: id(100 + seat).parse()?,
        lab: id(2).parse()?,
        hostname: Hostname::parse(name)?,
        build: 1,
        generation: u32::from(seat > 0),
        source,
        size: SIZES[0],
    })
}

/// An id, told apart from others by a number.
fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}
