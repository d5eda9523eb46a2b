//! Accounts on machines, and terminals.

use domain::machine::Power;

use super::{Bench, account, password};
use crate::engine::{AccountSetting, BuildSpec, EngineError, Terminal, TerminalInput};

/// A machine that runs, with an account `ada` who may become root, and a terminal of hers.
async fn at_a_terminal(bench: &Bench<'_>) -> (BuildSpec, Terminal) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.start(&spec).await;
    let ada = account("ada", true);
    let username = ada.username.clone();
    set(bench, &spec, &[ada]).await;
    let terminal = bench.engine.terminal(&spec.hostname, &username, 80, 24);
    let terminal = terminal.await.expect("a running machine has a terminal");
    (spec, terminal)
}

async fn set(bench: &Bench<'_>, spec: &BuildSpec, accounts: &[AccountSetting]) {
    let set = bench.engine.set_credentials(&spec.hostname, accounts).await;
    assert_eq!(set, Ok(()), "set the accounts of {}", spec.hostname);
}

pub(super) async fn accounts_are_set_and_set_again(bench: &Bench<'_>) {
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    let accounts = [account("ada", true), account("max", false)];
    let stopped = bench
        .engine
        .set_credentials(&spec.hostname, &accounts)
        .await;
    assert!(matches!(stopped, Err(EngineError::Failed(_))));

    // Right after the start: whatever the machine still has to do first, is waited for.
    bench.start(&spec).await;
    set(bench, &spec, &accounts).await;
    set(bench, &spec, &accounts).await;
    let changed = accounts.map(|account| AccountSetting {
        password: password("another password"),
        ..account
    });
    set(bench, &spec, &changed).await;
    assert_eq!(bench.power(&spec).await, Power::On);
}

pub(super) async fn accounts_are_what_linux_shows(bench: &Bench<'_>) {
    const PASSWORDS: [&str; 3] = [
        "correct: horse 'battery' $staple",
        " -n \\0 \"` ; #",
        "pass:word%s",
    ];
    let spec = bench.of_image("seat");
    bench.build(&spec).await;
    bench.start(&spec).await;
    if bench.inside(&spec, "true").await.is_none() {
        return;
    }
    for (round, text) in PASSWORDS.into_iter().enumerate() {
        // In the last round nobody may become root any more.
        let administrator = round < 2;
        let ada = AccountSetting {
            password: password(text),
            ..account("ada", administrator)
        };
        set(bench, &spec, &[ada, account("max", false)]).await;
        let groups = bench.inside(&spec, "id -nG ada").await.unwrap_or_default();
        assert_eq!(
            groups.split(' ').any(|g| g == "sudo"),
            administrator,
            "{groups}"
        );
        let groups = bench.inside(&spec, "id -nG max").await.unwrap_or_default();
        assert!(
            !groups.is_empty() && groups.split(' ').all(|g| g != "sudo"),
            "{groups}"
        );

        // `su` asks nobody for ada's password.
        let quoted = text.replace('\'', r"'\''");
        let sign_in = format!(
            "printf '%s\\n' '{quoted}' | su -s /bin/sh nobody -c 'su -l ada -c \"echo in \\$HOME\"' 2>&1"
        );
        let told = bench.inside(&spec, &sign_in).await.unwrap_or_default();
        assert!(told.ends_with("in /home/ada"), "{told}");
    }
}

pub(super) async fn a_terminal_echoes_and_ends(bench: &Bench<'_>) {
    let (_spec, mut terminal) = at_a_terminal(bench).await;
    bench.type_line(&terminal, "echo lectern-echo").await;
    assert!(bench.read_until(&mut terminal, "lectern-echo").await);
    bench.type_line(&terminal, "exit").await;
    bench.read_to_end(&mut terminal).await;
}

pub(super) async fn a_terminal_knows_its_window(bench: &Bench<'_>) {
    let (spec, mut terminal) = at_a_terminal(bench).await;
    let real = bench.inside(&spec, "true").await.is_some();
    if real {
        bench
            .type_line(&terminal, "stty size; echo $TERM; echo $USER")
            .await;
        assert!(
            bench
                .read_until(&mut terminal, "24 80\r\nxterm-256color\r\nada")
                .await
        );
    }
    let resize = TerminalInput::Resize {
        columns: 100,
        rows: 30,
    };
    assert!(terminal.input.send(resize).await.is_ok());
    if real {
        // The new size travels by a channel of its own, so that it may come after what is typed.
        let wait = "until [ \"$(stty size)\" = '30 100' ]; do :; done; echo size-'is'-new";
        bench.type_line(&terminal, wait).await;
        assert!(bench.read_until(&mut terminal, "size-is-new").await);
    }
}

pub(super) async fn a_terminal_ends_with_its_machine(bench: &Bench<'_>) {
    let (spec, mut terminal) = at_a_terminal(bench).await;
    bench.stop(&spec, true).await;
    bench.read_to_end(&mut terminal).await;
    let ada = account("ada", true).username;
    let stopped = bench.engine.terminal(&spec.hostname, &ada, 80, 24).await;
    assert!(matches!(stopped, Err(EngineError::Failed(_))));
}

pub(super) async fn a_dropped_terminal_ends_what_ran_in_it(bench: &Bench<'_>) {
    const RUNS: &str =
        "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -q 'sleep 424[2]' && echo yes";
    let (spec, mut terminal) = at_a_terminal(bench).await;
    bench
        .type_line(&terminal, "echo sleep-'is'-next; sleep 4242")
        .await;
    if bench.inside(&spec, "true").await.is_some() {
        assert!(bench.read_until(&mut terminal, "sleep-is-next").await);
        bench.until_inside(&spec, RUNS, "yes").await;
    }
    drop(terminal.input);
    while terminal.output.recv().await.is_some() {}
    if bench.inside(&spec, "true").await.is_some() {
        bench.until_inside(&spec, RUNS, "").await;
    }
}
