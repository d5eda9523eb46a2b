//! The outbox: one mail for one event, leased to one process, sent or not.

use service::mail::MailState;
use service::store::{OutboxMail, Store, Write};
use tokio::task::JoinSet;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    a_mail_comes_back_as_it_was_written,
    one_event_writes_one_mail,
    an_event_that_four_notice_at_once_writes_one_mail,
    a_mail_goes_with_the_transaction_that_wrote_it,
    mails_are_due_and_leased_in_order,
    the_next_due_mail_counts_leases,
    a_mail_that_two_want_is_one_holders,
    a_sent_mail_keeps_no_text,
    only_the_holder_says_that_a_mail_is_not_out,
    resting_mails_are_woken_or_given_up,
    a_mail_outlives_its_lab,
);

async fn written(store: &dyn Store, mails: &[OutboxMail]) {
    let mut tx = store.write().await.unwrap();
    for mail in mails {
        assert!(tx.insert_mail(mail).await.unwrap());
    }
    commit(tx).await;
}

async fn stands(tx: &mut dyn Write, n: u32) -> OutboxMail {
    tx.mail(mail_id(n)).await.unwrap().unwrap()
}

async fn a_mail_comes_back_as_it_was_written(bench: Bench) {
    let mut plain = mail(2, 9);
    plain.lab = None;
    let mut given_up = mail(3, 9);
    given_up.state = MailState::Failed;
    given_up.error = Some("“No such mailbox.”".to_owned());
    given_up.attempts = 3;
    given_up.due = None;
    let mails = [mail(1, 5), plain, given_up];
    written(&*bench.store, &mails).await;
    let mut read = bench.store.read().await.unwrap();
    for mail in &mails {
        let kept = read.mail(mail.mail.id).await.unwrap();
        assert_eq!(kept.as_ref(), Some(mail));
    }
    assert_eq!(read.mail(mail_id(9)).await.unwrap(), None);
    let newest = read.mails(2).await.unwrap();
    assert_eq!(newest, [mails[2].clone(), mails[1].clone()]);
}

async fn one_event_writes_one_mail(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.insert_mail(&mail(1, 5)).await.unwrap());
    let mut again = mail(2, 5);
    again.key = mail(1, 5).key;
    again.mail.text = "Something else.".to_owned();
    assert!(!tx.insert_mail(&again).await.unwrap());
    // The transaction goes on: the event was noticed twice, which is no fault.
    assert!(tx.insert_mail(&mail(3, 5)).await.unwrap());
    commit(tx).await;

    let mut tx = bench.store.write().await.unwrap();
    tx.mail_sent(mail_id(1), 1).await.unwrap();
    assert!(!tx.insert_mail(&again).await.unwrap(), "sent long ago");
    assert_eq!(tx.mail(mail_id(2)).await.unwrap(), None);
    commit(tx).await;
}

async fn an_event_that_four_notice_at_once_writes_one_mail(bench: Bench) {
    let mut race = JoinSet::new();
    for n in 1..=4 {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut mail = mail(n, 5);
            mail.key = "quota.warning/max".to_owned();
            let mut tx = store.write().await.unwrap();
            let new = tx.insert_mail(&mail).await.unwrap();
            commit(tx).await;
            new
        });
    }
    let new = race.join_all().await;
    assert_eq!(new.iter().filter(|new| **new).count(), 1);
}

async fn a_mail_goes_with_the_transaction_that_wrote_it(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.insert_mail(&mail(1, 5)).await.unwrap());
    drop(tx);
    written(&*bench.store, &[mail(1, 5)]).await;
}

async fn mails_are_due_and_leased_in_order(bench: Bench) {
    written(&*bench.store, &[mail(1, 7), mail(2, 5), mail(3, 9)]).await;
    let mut tx = bench.store.write().await.unwrap();
    let (one, two) = (mail_id(1), mail_id(2));
    assert_eq!(tx.due_mails(at(4), 9).await.unwrap(), []);
    assert_eq!(tx.due_mails(at(7), 9).await.unwrap(), [two, one]);
    assert_eq!(tx.due_mails(at(7), 1).await.unwrap(), [two]);
    assert!(!tx.lease_mail(one, "a", at(6), at(20)).await.unwrap());
    assert!(!tx.lease_mail(mail_id(9), "a", at(9), at(20)).await.unwrap());
    assert!(tx.lease_mail(two, "a", at(7), at(20)).await.unwrap());
    assert!(!tx.lease_mail(two, "b", at(7), at(20)).await.unwrap());
    // A mail is on its way out once: its holder does not get it again either.
    assert!(!tx.lease_mail(two, "a", at(7), at(20)).await.unwrap());
    assert_eq!(tx.due_mails(at(7), 9).await.unwrap(), [one]);
    assert_eq!(tx.due_mails(at(20), 9).await.unwrap(), [one, mail_id(3)]);
    assert!(tx.lease_mail(two, "b", at(21), at(40)).await.unwrap());
    tx.release_mails().await.unwrap();
    assert!(tx.lease_mail(two, "c", at(21), at(40)).await.unwrap());
    commit(tx).await;
}

async fn the_next_due_mail_counts_leases(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.next_mail_due().await.unwrap(), None);
    drop(tx);
    written(&*bench.store, &[mail(1, 5), mail(2, 30)]).await;
    let mut tx = bench.store.write().await.unwrap();
    assert_eq!(tx.next_mail_due().await.unwrap(), Some(at(5)));
    assert!(tx.lease_mail(mail_id(1), "a", at(5), at(20)).await.unwrap());
    assert_eq!(tx.next_mail_due().await.unwrap(), Some(at(21)));
    tx.mail_sent(mail_id(1), 1).await.unwrap();
    assert_eq!(tx.next_mail_due().await.unwrap(), Some(at(30)));
    commit(tx).await;
}

async fn a_mail_that_two_want_is_one_holders(bench: Bench) {
    written(&*bench.store, &[mail(1, 5)]).await;
    let mut race = JoinSet::new();
    for holder in ["a", "b", "c", "d"] {
        let store = bench.store.clone();
        race.spawn(async move {
            let mut tx = store.write().await.unwrap();
            let won = tx.lease_mail(mail_id(1), holder, at(5), at(20)).await;
            commit(tx).await;
            won.unwrap()
        });
    }
    let won = race.join_all().await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
}

async fn a_sent_mail_keeps_no_text(bench: Bench) {
    written(&*bench.store, &[mail(1, 5)]).await;
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.lease_mail(mail_id(1), "a", at(5), at(20)).await.unwrap());
    // Whoever sent it says so, also when its lease had run out and another took it up.
    assert!(
        tx.lease_mail(mail_id(1), "b", at(21), at(40))
            .await
            .unwrap()
    );
    tx.mail_sent(mail_id(1), 1).await.unwrap();
    let mut expected = mail(1, 5);
    expected.mail.text.clear();
    expected.state = MailState::Sent;
    expected.attempts = 1;
    expected.due = None;
    assert_eq!(stands(&mut *tx, 1).await, expected);
    // The other's failure comes too late to matter.
    let mut failed = mail(1, 5);
    failed.error = Some("Away.".to_owned());
    tx.save_unsent_mail(&failed, "b").await.unwrap();
    assert_eq!(stands(&mut *tx, 1).await, expected);
    commit(tx).await;
}

async fn only_the_holder_says_that_a_mail_is_not_out(bench: Bench) {
    written(&*bench.store, &[mail(1, 5)]).await;
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.lease_mail(mail_id(1), "a", at(5), at(20)).await.unwrap());
    let mut failed = mail(1, 60);
    failed.attempts = 1;
    failed.error = Some("The mail server is away.\0".to_owned());
    tx.save_unsent_mail(&failed, "b").await.unwrap();
    assert_eq!(stands(&mut *tx, 1).await, mail(1, 5));
    tx.save_unsent_mail(&failed, "a").await.unwrap();
    failed.error = Some("The mail server is away.\u{fffd}".to_owned());
    assert_eq!(stands(&mut *tx, 1).await, failed);
    assert!(
        !tx.lease_mail(mail_id(1), "b", at(59), at(90))
            .await
            .unwrap()
    );
    assert!(
        tx.lease_mail(mail_id(1), "b", at(60), at(90))
            .await
            .unwrap()
    );
    commit(tx).await;
}

async fn resting_mails_are_woken_or_given_up(bench: Bench) {
    let mut mails = [mail(1, 1), mail(2, 2), mail(3, 3), mail(4, 4)];
    mails[0].due = None;
    mails[1].due = None;
    mails[3].due = None;
    mails[3].state = MailState::Failed;
    written(&*bench.store, &mails).await;
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.has_resting_mails().await.unwrap());
    tx.wake_mails(at(50), at(2), "Too old.").await.unwrap();
    assert!(!tx.has_resting_mails().await.unwrap());
    mails[0].state = MailState::Failed;
    mails[0].error = Some("Too old.".to_owned());
    mails[1].due = Some(at(50));
    for (mail, n) in mails.iter().zip(1..) {
        assert_eq!(&stands(&mut *tx, n).await, mail);
    }
    commit(tx).await;
}

async fn a_mail_outlives_its_lab(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    written(&*bench.store, &[mail(1, 5)]).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.remove_lab(&handle()).await.unwrap();
    assert_eq!(stands(&mut *tx, 1).await, mail(1, 5));
    commit(tx).await;
}
