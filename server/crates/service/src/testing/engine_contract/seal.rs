//! Sealing a template into a generation, and what copies of it share and do not share.

use std::collections::BTreeSet;

use domain::machine::Power;

use super::{Bench, account};
use crate::engine::{BuildSpec, EngineError, ObjectKind, SealSpec};

/// A stopped template and its first generation.
async fn sealed(bench: &Bench<'_>) -> (BuildSpec, SealSpec) {
    let template = bench.of_image("template");
    bench.build(&template).await;
    let seal = bench.seal_of(&template);
    assert_eq!(bench.engine.seal(&seal).await, Ok(()));
    (template, seal)
}

pub(super) async fn a_template_is_sealed_and_copied(bench: &Bench<'_>) {
    let (template, seal) = sealed(bench).await;
    assert_eq!(bench.engine.seal(&seal).await, Ok(()));

    let mut listed = bench.listed(&seal.name).await;
    let object = listed.pop().expect("it was sealed");
    assert!(listed.is_empty() && !object.runs());
    let complete = ObjectKind::Generation {
        lab: template.lab,
        generation: 1,
        complete: true,
    };
    assert_eq!(object.kind, complete);

    let seat = bench.of_generation("seat", &seal);
    bench.build(&seat).await;
    let seen = bench.look(&seat).await.expect("it was built");
    assert_eq!((seen.build, seen.generation), (1, 1));
    assert_eq!(seen.power, Power::Off);
    let listed = bench.listed(&seat.hostname).await;
    assert!(
        matches!(&listed[..], [one] if matches!(one.kind, ObjectKind::Machine(id, _) if id == seat.machine))
    );

    // What was copied needs neither the generation nor the template any more.
    assert_eq!(bench.engine.remove(&seal.name).await, Ok(()));
    assert_eq!(bench.engine.remove(&template.hostname).await, Ok(()));
    assert!(bench.listed(&seal.name).await.is_empty());
    bench.build(&seat).await;
    bench.boot(&seat).await;
}

pub(super) async fn sealing_leaves_the_template_alone(bench: &Bench<'_>) {
    const IDENTITY: &str = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub; cat /root/kept";
    let template = bench.of_image("template");
    bench.build(&template).await;
    bench.boot(&template).await;
    let accounts = [account("ada", true)];
    let set = bench.engine.set_credentials(&template.hostname, &accounts);
    assert_eq!(set.await, Ok(()));
    bench.inside(&template, "echo kept > /root/kept").await;
    let before = bench.inside(&template, IDENTITY).await;
    bench.stop(&template, false).await;

    let seal = bench.seal_of(&template);
    assert_eq!(bench.engine.seal(&seal).await, Ok(()));
    let seen = bench.look(&template).await.expect("it is there");
    assert_eq!((seen.build, seen.power), (1, Power::Off));
    bench.boot(&template).await;
    assert_eq!(bench.inside(&template, IDENTITY).await, before);
}

pub(super) async fn a_copy_has_an_identity_of_its_own(bench: &Bench<'_>) {
    const PREPARE: &str = "mkdir -p /home/old; hostname > /etc/hostname; echo secret | tee \
        /root/.bash_history /home/old/.bash_history /var/log/app.log /tmp/left /root/kept";
    // Three lines of its own, one that it shares with the template, and nothing more: a journal of
    // the template's would lie under the template's machine id.
    const TELL: &str = "cat /etc/machine-id; cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub; \
        hostname; cat /root/kept; cat /root/.bash_history /home/old/.bash_history \
        /var/log/app.log /tmp/left 2>/dev/null; \
        ls /var/log/journal | grep -v \"$(cat /etc/machine-id)\"";

    let template = bench.of_image("template");
    bench.build(&template).await;
    let mut addresses = vec![bench.boot(&template).await];
    let ada = account("ada", true);
    let set = bench
        .engine
        .set_credentials(&template.hostname, std::slice::from_ref(&ada));
    assert_eq!(set.await, Ok(()));
    bench.inside(&template, PREPARE).await;
    let mut told = vec![bench.inside(&template, TELL).await];
    bench.stop(&template, false).await;
    let seal = bench.seal_of(&template);
    assert_eq!(bench.engine.seal(&seal).await, Ok(()));

    for part in ["one", "other"] {
        let seat = bench.of_generation(part, &seal);
        bench.build(&seat).await;
        addresses.push(bench.boot(&seat).await);
        let set = bench
            .engine
            .set_credentials(&seat.hostname, std::slice::from_ref(&ada));
        assert_eq!(set.await, Ok(()));
        let tells = bench.inside(&seat, TELL).await;
        if let Some(tells) = &tells {
            let lines: Vec<&str> = tells.lines().collect();
            assert_eq!(lines[2..], [seat.hostname.as_str(), "secret"], "{tells}");
        }
        told.push(tells);
    }

    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 3, "{addresses:?}");
    // Machine id, host key and hostname of the three are nine different things.
    if let Some(told) = told.into_iter().collect::<Option<Vec<_>>>() {
        let own = told.iter().flat_map(|lines| lines.lines().take(3));
        let own: BTreeSet<&str> = own.filter(|line| !line.is_empty()).collect();
        assert_eq!(own.len(), 9, "{own:?}");
    }
}

pub(super) async fn what_cannot_be_sealed_is_said_so(bench: &Bench<'_>) {
    let template = bench.of_image("template");
    let seal = bench.seal_of(&template);
    let missing = bench.engine.seal(&seal).await;
    assert!(matches!(missing, Err(EngineError::NotFound(_))));

    bench.build(&template).await;
    bench.start(&template).await;
    let running = bench.engine.seal(&seal).await;
    assert!(matches!(running, Err(EngineError::Failed(_))));
    assert!(bench.listed(&seal.name).await.is_empty());
    assert_eq!(bench.power(&template).await, Power::On);
}
