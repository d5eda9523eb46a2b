//! Machines that nobody uses: the three rules, who says to be there, and silence.

use domain::machine::{MachineKind, Power, StopReason};
use domain::recurrence::Recurrence;
use domain::shutdown::{AutoShutdown, Delay, DisconnectDelay, EnableState, ShutdownOnIdle};
use service::machines::Act as Ask;
use service::schedules::NewSchedule;
use service::timekeeper::Timekeeper;
use simulator::Load;

use super::{School, min, plan, secs};
use crate::world::conflict;

fn on_disconnect(minutes: u32) -> AutoShutdown {
    AutoShutdown {
        shutdown_on_disconnect: EnableState::Enabled,
        disconnect_delay: DisconnectDelay::new("disconnectDelay", minutes).unwrap(),
        ..AutoShutdown::OFF
    }
}

fn not_connected(minutes: u32) -> AutoShutdown {
    AutoShutdown {
        shutdown_when_not_connected: EnableState::Enabled,
        no_connect_delay: Delay::new("noConnectDelay", minutes).unwrap(),
        ..AutoShutdown::OFF
    }
}

fn on_idle(what: ShutdownOnIdle, minutes: u32) -> AutoShutdown {
    AutoShutdown {
        shutdown_on_idle: what,
        idle_delay: Delay::new("idleDelay", minutes).unwrap(),
        ..AutoShutdown::OFF
    }
}

impl School {
    async fn rules(&self, rules: AutoShutdown) {
        let services = &self.world.services;
        let set = services.set_auto_shutdown(&self.grace, self.lab, rules);
        set.await.unwrap();
    }
}

#[tokio::test]
async fn a_machine_stops_when_the_last_connection_ended_and_nobody_came_back() {
    let school = School::new(600).await;
    let services = &school.world.services;
    school.rules(on_disconnect(10)).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(60).await;
    assert!(school.runs().await, "nobody was ever connected");
    let one = services.connected(school.machine, "first").await.unwrap();
    let two = services.connected(school.machine, "first").await.unwrap();
    school.until(70).await;
    services.disconnected(one).await.unwrap();
    school.until(90).await;
    services.disconnected(two).await.unwrap();
    services.disconnected(two).await.unwrap();
    school.until(96).await;
    let notice = school.notice().await.unwrap();
    assert_eq!(
        notice,
        "Nobody seems to be here: the machine stops in 4 minutes."
    );
    let back = services.connected(school.machine, "first").await.unwrap();
    school.until(120).await;
    assert!(school.runs().await);
    services.disconnected(back).await.unwrap();
    school.until(131).await;
    school
        .stopped(StopReason::Disconnected, school.at(130))
        .await;
    let note = school.row().await.stop_note().unwrap();
    assert_eq!(
        note.sentence(),
        "The last connection ended, and nobody came back for 10 minutes."
    );
}

#[tokio::test]
async fn a_machine_without_delay_stops_with_its_last_connection() {
    let school = School::new(600).await;
    let services = &school.world.services;
    school.rules(on_disconnect(0)).await;
    school.ask(&school.grace, Ask::Start).await;
    let one = services.connected(school.machine, "first").await.unwrap();
    school.until(30).await;
    services.disconnected(one).await.unwrap();
    school.world.keep_up().await;
    school
        .stopped(StopReason::Disconnected, school.at(30))
        .await;
}

#[tokio::test]
async fn a_template_stops_when_nobody_connects() {
    let school = School::new(0).await;
    let (world, services) = (&school.world, &school.world.services);
    school.rules(not_connected(15)).await;
    let template = world.template(school.lab).await;
    services
        .act(&school.grace, template.id, Ask::Start)
        .await
        .unwrap();
    school.until(14).await;
    assert_eq!(world.again(&template).await.seen.power, Some(Power::On));
    let notice = services.notice(template.id).await.unwrap().unwrap();
    assert!(
        notice.text.starts_with("Nobody seems to be here"),
        "{}",
        notice.text
    );
    school.until(16).await;
    let template = world.again(&template).await;
    assert_eq!(template.stopped_because, Some(StopReason::NotConnected));
    assert_eq!(
        template.stop_note().unwrap().sentence(),
        "Nobody connected for 15 minutes."
    );
    let run = world.runs(school.lab).await.pop().unwrap();
    assert_eq!(
        (run.kind, run.stop_minutes),
        (MachineKind::Template, Some(15))
    );
}

#[tokio::test]
async fn who_says_to_be_there_is_believed() {
    let school = School::new(600).await;
    let services = &school.world.services;
    school.rules(not_connected(15)).await;
    let off = services.stay(&school.ada, school.machine).await;
    assert_eq!(conflict(off), "The machine does not run.");
    school.ask(&school.ada, Ask::Start).await;
    school.until(12).await;
    assert!(school.notice().await.is_some());
    services.stay(&school.ada, school.machine).await.unwrap();
    assert_eq!(school.notice().await, None);
    school.until(26).await;
    assert!(school.runs().await);
    school.until(28).await;
    school
        .stopped(StopReason::NotConnected, school.at(27))
        .await;
}

#[tokio::test]
async fn a_machine_without_input_stops_and_one_at_work_does_where_only_people_count() {
    let school = School::new(600).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.rules(on_idle(ShutdownOnIdle::UserAbsence, 20)).await;
    school.ask(&school.ada, Ask::Start).await;
    let busy = Load {
        cpu_percent: 100,
        disk_bytes: 0,
    };
    world.sim.set_load(&name, busy).unwrap();
    for minute in [15, 30, 45] {
        school.until(minute).await;
        world.sim.give_input(&name).unwrap();
    }
    school.until(64).await;
    assert!(school.runs().await);
    school.until(66).await;
    school.stopped(StopReason::UserAbsence, school.at(65)).await;
}

#[tokio::test]
async fn work_counts_where_usage_does() {
    let school = School::new(600).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.rules(on_idle(ShutdownOnIdle::LowUsage, 20)).await;
    school.ask(&school.ada, Ask::Start).await;
    let load = |cpu_percent, disk_bytes| Load {
        cpu_percent,
        disk_bytes,
    };
    world.sim.set_load(&name, load(4, 2_000_000)).unwrap();
    school.until(60).await;
    assert!(school.runs().await, "the disk is at work");
    world.sim.set_load(&name, load(30, 0)).unwrap();
    school.until(120).await;
    assert!(school.runs().await, "the processor is at work");
    world.sim.set_load(&name, load(4, 900_000)).unwrap();
    school.until(139).await;
    assert!(school.runs().await);
    school.until(141).await;
    let run = school.last().await;
    assert_eq!(run.stop_reason, Some(StopReason::LowUsage));
    assert!(run.stopped_at.unwrap() >= school.at(140));
    assert!(run.stopped_at.unwrap() <= school.at(140) + secs(16));
}

#[tokio::test]
async fn machines_started_early_wait_for_class_and_those_started_in_time_do_not_wait_for_tomorrow()
{
    let every_day = Recurrence::Daily {
        interval: domain::recurrence::Interval::new(1).unwrap(),
    };
    let school = School::new(0).await;
    school.rules(not_connected(15)).await;
    school
        .schedule(NewSchedule {
            prestart_minutes: 30,
            ..plan(school.nine, Some(60), Some(180), every_day)
        })
        .await;
    school.until(74).await;
    assert!(school.runs().await, "class began fourteen minutes ago");
    school.until(76).await;
    school
        .stopped(StopReason::NotConnected, school.at(75))
        .await;

    let school = School::new(0).await;
    school.rules(not_connected(15)).await;
    school.class(Some(60), Some(180), every_day).await;
    school.until(74).await;
    assert!(school.runs().await);
    school.until(76).await;
    school
        .stopped(StopReason::NotConnected, school.at(75))
        .await;
}

#[tokio::test]
async fn an_engine_that_is_silent_stops_nobody_for_three_hours() {
    let school = School::new(6000).await;
    let (world, name) = (&school.world, school.row().await.hostname);
    school.rules(on_idle(ShutdownOnIdle::UserAbsence, 20)).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    world.sim.set_silent(&name, true).unwrap();
    school.until(100).await;
    assert!(school.runs().await);
    // It answers again: the delay begins anew.
    world.sim.set_silent(&name, false).unwrap();
    school.until(119).await;
    assert!(school.runs().await);
    world.sim.give_input(&name).unwrap();
    school.until(130).await;
    world.sim.set_silent(&name, true).unwrap();
    school.until(306).await;
    let notice = school.notice().await.unwrap();
    assert!(notice.starts_with("Nobody seems to be here"), "{}", notice);
    school.until(309).await;
    assert!(school.runs().await);
    school.until(311).await;
    let row = school.row().await;
    assert_eq!(row.stopped_because, Some(StopReason::Silent));
    assert_eq!(
        row.stop_note().unwrap().sentence(),
        "Nothing was known about its use for 3 hours."
    );
}

#[tokio::test]
async fn nobody_is_stopped_for_what_nobody_could_see() {
    // The server was down.
    let school = School::new(6000).await;
    let world = &school.world;
    school.rules(on_idle(ShutdownOnIdle::UserAbsence, 20)).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    world.sleep(min(250));
    world.wake_up().await;
    assert!(school.runs().await);
    school.until(279).await;
    assert!(school.runs().await);
    school.until(282).await;
    assert!(!school.runs().await);

    // The clock jumped, and the timekeeper looks before anything is measured.
    let school = School::new(6000).await;
    let world = &school.world;
    school.rules(on_idle(ShutdownOnIdle::UserAbsence, 20)).await;
    school.ask(&school.ada, Ask::Start).await;
    school.until(10).await;
    world.sleep(min(240));
    world.keep_up().await;
    assert!(school.runs().await);
    school.until(269).await;
    assert!(school.runs().await);
    school.until(272).await;
    assert!(!school.runs().await);
}

#[tokio::test]
async fn connections_of_an_earlier_life_are_lost_and_the_delay_begins_anew() {
    let school = School::new(6000).await;
    let world = &school.world;
    school.rules(on_disconnect(10)).await;
    school.ask(&school.ada, Ask::Start).await;
    let services = &world.services;
    world.timekeeper.wake_up().await.unwrap();
    services.connected(school.machine, "first").await.unwrap();
    school.until(60).await;
    assert!(school.runs().await);
    let second = Timekeeper::new(services.clone(), "second".to_owned());
    second.wake_up().await.unwrap();
    school.until(69).await;
    assert!(school.runs().await);
    school.until(71).await;
    school
        .stopped(StopReason::Disconnected, school.at(70))
        .await;
}

#[tokio::test]
async fn a_click_on_start_while_a_rule_stops_the_machine_is_a_sign_of_life() {
    let school = School::new(600).await;
    let world = &school.world;
    school.rules(not_connected(15)).await;
    world.stage.refuse_graceful_stops();
    school.ask(&school.ada, Ask::Start).await;
    school.world.live_until(school.at(15) + secs(20)).await;
    assert_eq!(school.row().await.wanted.power, Power::Off);
    assert!(school.runs().await);
    school.ask(&school.ada, Ask::Start).await;
    school.until(30).await;
    assert!(school.runs().await);
    // And then the rule goes on.
    school.until(33).await;
    assert!(!school.runs().await);
}
