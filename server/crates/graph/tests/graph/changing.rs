//! Whether a group changed, asked by Graph's change tracking.

use service::directories::{Changes, Directory as _, DirectoryError};

use crate::microsoft::{GROUP, Microsoft, SECRET};

const INNER: &str = "0d7a7f6a-46e5-4cb5-8e1c-3a0d3c5f2b11";
const OTHER: &str = "c1f3b0de-9a5f-4f4e-8d51-0f6f7d1e9a22";

/// Asks, and says whether it changed, and the mark to ask with the next time.
async fn asked(directory: &graph::Graph, since: Option<&str>) -> (bool, String) {
    let Changes { mark, changed } = directory.changes(GROUP, since).await.unwrap().unwrap();
    (changed, mark)
}

#[tokio::test]
async fn changes_of_the_group_and_of_those_in_it_are_told_once() {
    let microsoft = Microsoft::with(3).await;
    microsoft.change(|state| state.inner = vec![INNER.to_owned()]);
    let directory = microsoft.directory(SECRET);
    microsoft.change(|state| state.changes = vec![GROUP.to_owned()]);
    let (changed, mark) = asked(&directory, None).await;
    assert!(!changed, "what was before is not told");
    assert_eq!(microsoft.asked(), ["groups in it", "changes"]);

    let (changed, mark) = asked(&directory, Some(&mark)).await;
    assert!(!changed);
    assert_eq!(microsoft.asked(), ["changes"], "one question");
    microsoft.change(|state| state.changes.push(OTHER.to_owned()));
    let (changed, mark) = asked(&directory, Some(&mark)).await;
    assert!(!changed, "another group is another group");

    for group in [GROUP, INNER] {
        microsoft.change(|state| {
            state.changes.push(OTHER.to_owned());
            state.changes.push(group.to_owned());
            state.changes.push(OTHER.to_owned());
        });
        microsoft.asked();
        let (changed, after) = asked(&directory, Some(&mark)).await;
        assert!(changed, "{group}");
        assert_ne!(microsoft.asked(), ["changes"], "page by page");
        let (changed, _) = asked(&directory, Some(&after)).await;
        assert!(!changed, "{group} once");
    }
}

#[tokio::test]
async fn what_is_not_remembered_any_more_counts_as_a_change() {
    let microsoft = Microsoft::with(3).await;
    let directory = microsoft.directory(SECRET);
    let (_, mark) = asked(&directory, None).await;
    microsoft.change(|state| {
        state.changes = vec![OTHER.to_owned(); 3];
        state.remembers_from = 2;
    });
    assert!(asked(&directory, Some(&mark)).await.0);
    // Nor is the token taken to another address, whoever names it.
    let other = Microsoft::with(3).await;
    let elsewhere = other.state.lock().unwrap().base.clone();
    let foreign = format!("{elsewhere}/v1.0/groups/delta?$deltatoken=1");
    assert!(asked(&directory, Some(&foreign)).await.0);
    assert!(asked(&directory, Some("no address")).await.0);
    assert_eq!(other.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn groups_that_cannot_be_marked_are_not() {
    let microsoft = Microsoft::with(3).await;
    let directory = microsoft.directory(SECRET);
    assert_eq!(directory.changes("class-7", None).await, Ok(None));
    assert_eq!(directory.changes(OTHER, None).await, Ok(None));
    // Graph takes fifty names in one question.
    let inner = |n: u32| format!("0d7a7f6a-46e5-4cb5-8e1c-{n:012}");
    microsoft.change(|state| state.inner = (0..50).map(inner).collect());
    assert_eq!(directory.changes(GROUP, None).await, Ok(None));
    microsoft.change(|state| state.inner.truncate(49));
    assert!(directory.changes(GROUP, None).await.unwrap().is_some());
    microsoft.change(|state| state.bad = vec![(429, Some("3600"))]);
    let away = directory.changes(GROUP, None).await.unwrap_err();
    assert!(matches!(away, DirectoryError::Away(_)), "{away:?}");
}
