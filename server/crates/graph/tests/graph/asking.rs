//! What is asked, and what is made of the answers.

use std::time::Duration;

use serde_json::json;
use service::directories::{Directory as _, DirectoryError};

use crate::microsoft::{GROUP, Microsoft, SECRET};

#[tokio::test]
async fn a_group_is_read_page_by_page() {
    let microsoft = Microsoft::with(8).await;
    microsoft.change(|state| {
        // Who cannot be on a list: an account that is off, a room without an address; and a guest who
        // can, by their mailbox.
        state.members[1]["accountEnabled"] = json!(false);
        state.members[2]["mail"] = json!(null);
        state.members[2]["userPrincipalName"] = json!("room");
        state.members[3]["userPrincipalName"] = json!("guest_other.org#EXT#@school.example");
        state.members[4]["mail"] = json!(null);
        state.members[5]["mail"] = json!("STUDENT000@example.org");
    });
    let group = microsoft
        .directory(SECRET)
        .group(GROUP)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((group.id.as_str(), group.name.as_str()), (GROUP, "Botany"));
    let addresses: Vec<&str> = group
        .members
        .iter()
        .map(|member| member.email.as_str())
        .collect();
    assert_eq!(
        addresses,
        [
            "s4@school.example",
            "student000@example.org",
            "student003@example.org",
            "student006@example.org",
            "student007@example.org"
        ]
    );
    assert_eq!(group.members[1].name.as_deref(), Some("Student 0"));
    assert_eq!(
        microsoft.asked(),
        ["group", "members 0", "members 3", "members 6"]
    );
}

#[tokio::test]
async fn what_is_not_there_is_nobodys_group() {
    let microsoft = Microsoft::with(1).await;
    let directory = microsoft.directory(SECRET);
    let other = "00000000-0000-0000-0000-000000000001";
    assert_eq!(directory.group(other).await, Ok(None));
    // What no group of Entra is called is not asked for.
    microsoft.asked();
    for none in [
        "class-7",
        "../users",
        "8aa1a0c0-c4c3-4bc0-b4a5-2ef67690015x",
    ] {
        assert_eq!(directory.group(none).await, Ok(None));
    }
    assert_eq!(microsoft.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end() {
    let microsoft = Microsoft::with(1).await;
    let directory = microsoft.directory(SECRET);
    for _ in 0..3 {
        directory.group(GROUP).await.unwrap().unwrap();
    }
    assert_eq!(microsoft.tokens(), 1);
    microsoft.clock.pass(Duration::from_secs(3599 - 301));
    directory.check().await.unwrap();
    assert_eq!(microsoft.tokens(), 1);
    microsoft.clock.pass(Duration::from_secs(2));
    directory.check().await.unwrap();
    assert_eq!(microsoft.tokens(), 2);
    // One that is not taken any more is replaced, once.
    microsoft.change(|state| state.oldest = 3);
    directory.group(GROUP).await.unwrap().unwrap();
    assert_eq!(microsoft.tokens(), 3);
    microsoft.change(|state| state.oldest = 99);
    let refused = directory.group(GROUP).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Refused(_)), "{refused:?}");
    assert_eq!(microsoft.tokens(), 4);
}

#[tokio::test]
async fn a_short_pause_is_waited_for_and_a_long_one_is_not() {
    let microsoft = Microsoft::with(5).await;
    let directory = microsoft.directory(SECRET);
    let soon = Some("0");
    microsoft.change(|state| state.bad = vec![(429, soon), (503, soon), (504, soon)]);
    let group = directory.group(GROUP).await.unwrap().unwrap();
    assert_eq!(group.members.len(), 5);
    for bad in [
        vec![(429, Some("3600"))],
        vec![(503, Some("Wed, 21 Oct 2026 07:28:00 GMT"))],
        vec![(429, soon); 5],
        vec![(500, None)],
    ] {
        microsoft.asked();
        let times = bad.len();
        microsoft.change(|state| state.bad = bad.clone());
        let away = directory.group(GROUP).await.unwrap_err();
        assert!(matches!(away, DirectoryError::Away(_)), "{away:?}");
        assert!(away.to_string().ends_with('.'), "{away}");
        assert_eq!(microsoft.asked().len(), times, "{bad:?}");
    }
    assert_eq!(directory.group(GROUP).await.unwrap().unwrap(), group);
}

#[tokio::test]
async fn a_wrong_secret_and_a_missing_permission_are_said_in_words() {
    let microsoft = Microsoft::with(1).await;
    let refused = microsoft.directory("wrong").group(GROUP).await.unwrap_err();
    let DirectoryError::Refused(why) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        why.contains("AADSTS7000215") && !why.contains("Trace"),
        "{why}"
    );
    assert!(!why.contains("wrong"), "{why}");
    assert_eq!(microsoft.asked(), Vec::<String>::new());
    microsoft.change(|state| state.forbidden = true);
    let refused = microsoft.directory(SECRET).check().await.unwrap_err();
    assert!(
        refused.to_string().contains("GroupMember.Read.All"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let microsoft = Microsoft::with(5).await;
    let other = Microsoft::with(5).await;
    let elsewhere = other.state.lock().unwrap().base.clone();
    microsoft.change(|state| state.elsewhere = Some(elsewhere));
    let refused = microsoft.directory(SECRET).group(GROUP).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Refused(_)), "{refused:?}");
    assert_eq!(other.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn nobody_there_is_away() {
    let microsoft = Microsoft::with(1).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    microsoft.change(|state| state.base = address);
    let away = microsoft.directory(SECRET).group(GROUP).await.unwrap_err();
    assert!(matches!(away, DirectoryError::Away(_)), "{away:?}");
}
