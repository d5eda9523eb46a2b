//! Every SQL text is understood by both databases, in both of its forms.

use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, SqliteConnection,
};

use super::Database;
use crate::db::Statement;
use crate::{
    audit, client_secrets, directory, envelopes, grants, holidays, identities, images, lab_groups,
    labs, list_drafts, lti_courses, lti_keys, lti_platforms, machine_accounts, machines,
    operations, outbox, passkeys, people, plans, queue, registrations, rosters, runs, schedules,
    scim, sessions, tokens, users, watches,
};

fn all() -> Vec<(&'static str, Statement)> {
    [
        audit::ALL,
        client_secrets::ALL,
        directory::ALL,
        envelopes::ALL,
        holidays::ALL,
        grants::ALL,
        identities::ALL,
        images::ALL,
        lab_groups::ALL,
        labs::ALL,
        list_drafts::ALL,
        lti_courses::ALL,
        lti_keys::ALL,
        lti_platforms::ALL,
        machine_accounts::ALL,
        machines::ALL,
        operations::ALL,
        outbox::ALL,
        passkeys::ALL,
        people::ALL,
        plans::ALL,
        queue::ALL,
        registrations::ALL,
        rosters::ALL,
        runs::ALL,
        schedules::ALL,
        scim::ALL,
        sessions::ALL,
        tokens::ALL,
        users::ALL,
        watches::ALL,
    ]
    .concat()
}

/// How many placeholders a text has: the highest number after a dollar sign.
fn placeholders(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

#[tokio::test]
async fn sqlite_prepares_every_statement() {
    let database = Database::sqlite();
    database.open().await;
    let mut connection = SqliteConnection::connect(&database.settings().url)
        .await
        .unwrap();
    for (name, statement) in all() {
        let sql = AssertSqlSafe(statement.plain).into_sql_str();
        if let Err(error) = connection.prepare(sql).await {
            panic!("{name}: {error}");
        }
    }
}

#[tokio::test]
async fn postgres_prepares_every_statement_with_and_without_locks() {
    let database = Database::postgres().await;
    drop(database.open().await);
    let mut connection = PgConnection::connect(&database.settings().url)
        .await
        .unwrap();
    for (name, statement) in all() {
        for text in [statement.plain, statement.locking] {
            if let Err(error) = connection.prepare(AssertSqlSafe(text).into_sql_str()).await {
                panic!("{name}: {error}");
            }
        }
    }
    connection.close().await.unwrap();
    database.discard().await;
}

#[test]
fn placeholders_are_numbered_without_gaps() {
    for (name, statement) in all() {
        for n in 1..=placeholders(statement.plain) {
            assert!(
                statement.plain.contains(&format!("${n}")),
                "{name} has no ${n}"
            );
        }
    }
}

#[test]
fn every_module_is_collected() {
    // A module with statements that `all` does not know would not be tested.
    let mut modules = 0;
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "rs")
            && path.file_name().is_some_and(|n| n != "db.rs")
        {
            modules += usize::from(
                std::fs::read_to_string(&path)
                    .unwrap()
                    .contains("\nstatements! {"),
            );
        }
    }
    assert_eq!(modules, 31);
}
