//! Looks inside machines for people: at a desktop, and in machines that do not want to be looked into.

use std::time::Duration;

use service::engine::{Activity, BuildSpec, Engine};

use crate::rig::{self, Rig};

/// What is said of these machines, all of them watched, in their order: once each of them is said to
/// have worked, as Incus tells the same figures for some seconds, and its first ones may be of the
/// instant of the start, before the kernel counted any time.
async fn activity<const N: usize>(engine: &dyn Engine, specs: [&BuildSpec; N]) -> [Activity; N] {
    let watched = specs.map(|spec| spec.hostname.clone());
    // A machine's figures may be some seconds late.
    for _ in 0..600 {
        let told = engine.activity(&watched).await.unwrap();
        let worked = |one: &&Activity| one.cpu > Duration::ZERO;
        let told: Vec<&Activity> = told.iter().filter(worked).collect();
        let find = |spec: &BuildSpec| {
            let found = told.iter().find(|one| one.name == spec.hostname);
            found.map(|one| (*one).clone())
        };
        let found: Vec<Activity> = specs.into_iter().filter_map(find).collect();
        if let Ok(found) = found.try_into() {
            return found;
        }
        rig::breathe().await;
    }
    panic!("not all of {watched:?} are told of");
}

async fn running(engine: &dyn Engine, name: &str) -> BuildSpec {
    let spec = rig::machine(name);
    engine.build(&spec).await.unwrap();
    engine.start(&spec.hostname).await.unwrap();
    spec
}

/// A desktop as far as it can be told from outside of it: a display's socket and who answers for it.
const DESKTOP: &str = "useradd -m -u 1500 ada
    printf '#!/bin/sh\n[ $(id -u) = 1500 ] && [ $DISPLAY = :10 ] && \
        [ $XAUTHORITY = /home/ada/.Xauthority ] && echo 75999\n' >/usr/bin/xprintidle
    chmod 755 /usr/bin/xprintidle
    mkdir -p /tmp/.X11-unix
    chmod 1777 /tmp/.X11-unix
    printf '%s\n' 'socket(S, PF_UNIX, SOCK_STREAM, 0) or die;' \
        'bind(S, sockaddr_un(q(/tmp/.X11-unix/X10))) or die;' 'sleep 4242;' >/usr/bin/display
    until systemctl is-active -q display; do
        systemd-run --quiet -u display -p User=ada perl -MSocket /usr/bin/display
    done
    until [ -S /tmp/.X11-unix/X10 ]; do :; done";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_at_a_desktop_is_noticed() {
    Rig::with("desktop", async |rig| {
        let engine = rig.engine(1).await;
        let spec = running(&engine, "desktop").await;
        let inside = async |command| {
            rig::run_inside(&engine, &spec.hostname, command).await;
            let [told] = activity(&engine, [&spec]).await;
            (told.sessions, told.input_idle)
        };
        let (sessions, idle) = inside(DESKTOP).await;
        assert_eq!(sessions, Some(1));
        // Whole seconds, less what the look took.
        let idle = idle.unwrap();
        assert!(idle <= Duration::from_secs(75) && idle > Duration::from_secs(15));

        // One that does not tell of input is there all the same.
        assert_eq!(inside("rm /usr/bin/xprintidle").await, (Some(1), None));
        // One whose server is gone is not.
        let gone = "systemctl stop display; until ! systemctl is-active -q display; do :; done";
        assert_eq!(inside(gone).await, (Some(0), None));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_does_not_answer_spoils_nothing() {
    Rig::with("silent", async |rig| {
        let engine = rig.engine(1).await;
        let (ada, max, eve) = (
            running(&engine, "a").await,
            running(&engine, "to").await,
            running(&engine, "eve").await,
        );
        // Max's machine stands still; Eve's prints without end, whatever is asked of it.
        activity(&engine, [&ada, &max, &eve]).await;
        let chatter = "ln -sf /usr/bin/yes /bin/sh";
        rig::run_inside(&engine, &eve.hostname, chatter).await;
        rig.freeze(&max.hostname).await;

        let [ada, max, eve] = activity(&engine, [&ada, &max, &eve]).await;
        assert_eq!(ada.sessions, Some(0));
        assert_eq!((max.sessions, max.input_idle), (None, None));
        assert_eq!((eve.sessions, eve.input_idle), (None, None));
    })
    .await;
}
