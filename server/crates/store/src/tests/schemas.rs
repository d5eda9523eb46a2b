//! The two schemas are one: tables, columns, nullability, indexes, foreign keys, named checks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Database;
use crate::failure::CONSTRAINTS;
use crate::schema;

/// Lines that describe a SQLite schema.
const SQLITE: &[&str] = &[
    "SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || ' ' || iif(c.\"notnull\", 'not null', 'null')
        FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '%sqlx%'",
    "SELECT 'key ' || t.name || '.' || c.name
        FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE '%sqlx%' AND c.pk > 0",
    "SELECT 'index ' || t.name || '.' || i.name || ' ' || iif(i.\"unique\", 'unique', 'plain') || ' ' ||
            iif(i.partial, 'partial', 'whole')
        FROM sqlite_schema AS t, pragma_index_list(t.name) AS i
        WHERE t.type = 'table' AND t.name NOT LIKE '%sqlx%' AND i.origin = 'c'",
    "SELECT 'reference ' || t.name || '.' || f.\"from\" || ' ' || f.\"table\" || '.' || f.\"to\" || ' ' || f.on_delete
        FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'",
];

/// The same lines about a PostgreSQL schema.
const POSTGRES: &[&str] = &[
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' ||
            CASE is_nullable WHEN 'NO' THEN 'not null' ELSE 'null' END
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%sqlx%'",
    "SELECT 'key ' || c.conrelid::regclass || '.' || a.attname
        FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
        WHERE c.contype = 'p' AND c.connamespace = 'public'::regnamespace
            AND c.conrelid::regclass::text NOT LIKE '%sqlx%'",
    "SELECT 'index ' || i.indrelid::regclass || '.' || r.relname || ' ' ||
            CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END || ' ' ||
            CASE WHEN i.indpred IS NULL THEN 'whole' ELSE 'partial' END
        FROM pg_index AS i JOIN pg_class AS r ON r.oid = i.indexrelid
        WHERE r.relnamespace = 'public'::regnamespace AND NOT i.indisprimary",
    "SELECT 'reference ' || c.conrelid::regclass || '.' || a.attname || ' ' || c.confrelid::regclass || '.' ||
            b.attname || ' ' || CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NO ACTION' END
        FROM pg_constraint AS c
            JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = ANY (c.confkey)
        WHERE c.contype = 'f'",
];

async fn lines(database: &Database, queries: &[&'static str]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for query in queries {
        lines.extend(database.column(query).await);
    }
    let types = [
        (" INTEGER ", " bigint "),
        (" TEXT ", " text "),
        (" BLOB ", " bytea "),
    ];
    lines
        .iter()
        .map(|line| {
            types
                .iter()
                .fold(line.clone(), |l, (from, to)| l.replace(from, to))
        })
        .collect()
}

/// The names after `CONSTRAINT` in what a SQLite schema was made from.
fn constraint_names(sql: &[String]) -> BTreeSet<String> {
    let names = sql
        .iter()
        .flat_map(|text| text.split("CONSTRAINT ").skip(1));
    names
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// A folder's migrations, by their files' names.
fn migrations(database: &str) -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = std::fs::read_dir(Path::new(folder).join(database)).unwrap();
    files
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(file.path()).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn both_databases_have_the_same_schema() {
    let sqlite = Database::sqlite();
    let postgres = Database::postgres().await;
    drop((sqlite.open().await, postgres.open().await));

    let (ours, theirs) = (
        lines(&sqlite, SQLITE).await,
        lines(&postgres, POSTGRES).await,
    );
    let difference: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert_eq!(difference, Vec::<&String>::new());
    assert!(
        ours.len() > 150,
        "the queries found too little: {}",
        ours.len()
    );

    let written = sqlite
        .column("SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL")
        .await;
    let named =
        "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        AND contype IN ('c', 'f')";
    let ours = constraint_names(&written);
    let theirs: BTreeSet<String> = postgres.column(named).await.into_iter().collect();
    assert_eq!(ours, theirs);

    // Checks say the same, word for word: the texts they were made from are compared.
    let plain = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"));
        let lines = lines.map(|line| {
            line.replace(
                "BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT",
            )
            .replace("BIGINT", "INTEGER")
            .replace("BYTEA", "BLOB")
            .replace(" COLLATE \"C\"", "")
            .replace(") STRICT;", ");")
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let (ours, theirs) = (migrations("sqlite"), migrations("postgres"));
    assert!(ours.keys().eq(theirs.keys()));
    for (file, text) in &ours {
        assert_eq!(plain(text), plain(&theirs[file]), "{file}");
    }
    // A file that the program does not know would never be run.
    for migrator in [schema::sqlite(), schema::postgres()] {
        let known = migrator
            .iter()
            .map(|m| format!("{:04}_{}.sql", m.version, m.description));
        assert!(ours.keys().cloned().eq(known));
    }
    postgres.discard().await;
}

#[tokio::test]
async fn every_constraint_has_a_sentence() {
    let postgres = Database::postgres().await;
    drop(postgres.open().await);
    let unique =
        "SELECT r.relname::text FROM pg_index AS i JOIN pg_class AS r ON r.oid = i.indexrelid
        WHERE r.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary";
    let foreign = "SELECT conname::text FROM pg_constraint WHERE contype = 'f'";
    let mut names: BTreeSet<String> = postgres.column(unique).await.into_iter().collect();
    names.extend(postgres.column(foreign).await);
    let told: BTreeSet<String> = CONSTRAINTS.iter().map(|c| c.name.to_owned()).collect();
    assert_eq!(names, told);
    postgres.discard().await;
}
