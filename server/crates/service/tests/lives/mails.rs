//! Mails: written with what caused them, brought on their way, tried again, given up.

use std::time::Duration;

use domain::email::Email;
use domain::id::MailId;
use service::changes::Changes;
use service::mail::{Letter, MailState};
use service::outbox::Outbox;
use service::store::{OutboxMail, Record};
use service::{Result, Services};

use crate::world::{Answer, World, assert_forbidden, soon};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Longer than the longest pause between two tries, and than a lease.
const LATER: Duration = Duration::from_secs(6 * 3600 + 1);

/// What is told of this event, to Max.
fn letter(event: &str) -> Letter {
    Letter {
        to: Email::parse("max@example.org").unwrap(),
        subject: format!("News of {event}"),
        text: "Dear Max,\n\nthere is news.\n".to_owned(),
        lab: None,
        kind: "test.news",
        key: format!("test.news/{event}"),
    }
}

impl World {
    /// Writes a mail about this event, and says whether it was new.
    async fn write(&self, event: &str) -> bool {
        let mut tx = self.services.store.write().await.unwrap();
        let new = self.services.post(&mut *tx, letter(event)).await.unwrap();
        tx.commit(Record::Observation).await.unwrap();
        self.services.changes.mail_waits();
        new
    }

    async fn deliver(&self) {
        soon(self.outbox.settle()).await.unwrap();
    }

    async fn outbox_rows(&self) -> Vec<OutboxMail> {
        let mut tx = self.services.store.read().await.unwrap();
        tx.mails(100).await.unwrap()
    }

    async fn only_row(&self) -> OutboxMail {
        let mut rows = self.outbox_rows().await;
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    fn other_outbox(&self, holder: &str) -> Outbox {
        let services = Services {
            changes: Changes::default(),
            ..self.services.clone()
        };
        Outbox::new(services, holder.to_owned())
    }
}

#[tokio::test]
async fn a_mail_goes_out_once_and_its_text_is_forgotten() {
    let world = World::new().await;
    assert!(world.write("hours").await);
    assert!(!world.write("hours").await, "the same event, noticed twice");
    world.deliver().await;
    assert!(!world.write("hours").await, "and once more, later");
    world.deliver().await;
    world.clock.advance(4 * DAY);
    world.deliver().await;
    let taken = world.post.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].subject, "News of hours");
    assert_eq!(taken[0].text, letter("hours").text);
    let row = world.only_row().await;
    assert_eq!((row.state, row.attempts), (MailState::Sent, 1));
    assert_eq!((row.due, row.mail.text.as_str()), (None, ""));
    assert_eq!(row.mail.id, taken[0].id);
}

#[tokio::test]
async fn nothing_is_sent_for_what_did_not_happen() {
    let world = World::new().await;
    let mut tx = world.services.store.write().await.unwrap();
    let post = world.services.post(&mut *tx, letter("hours"));
    assert!(post.await.unwrap());
    drop(tx);
    world.deliver().await;
    assert!(world.post.taken().is_empty());
    assert!(world.write("hours").await);
}

#[tokio::test]
async fn a_mail_is_tried_again_with_longer_and_longer_pauses_until_it_is_taken() {
    let world = World::new().await;
    world.post.usually(Answer::Away);
    world.write("hours").await;
    let mut shortest = MINUTE;
    for attempts in 1..=9 {
        let tried_at = world.services.now();
        world.deliver().await;
        world.deliver().await;
        let row = world.only_row().await;
        assert_eq!((row.state, row.attempts), (MailState::Waiting, attempts));
        assert_eq!(row.error.as_deref(), Some("451 Try again later."));
        let pause = row.due.unwrap().since(tried_at);
        let about = shortest..=2 * shortest + Duration::from_secs(1);
        assert!(about.contains(&pause), "{pause:?} after {attempts} tries");
        world.clock.advance(pause);
        shortest = (2 * shortest).min(3 * HOUR);
    }
    world.post.usually(Answer::Take);
    world.deliver().await;
    let row = world.only_row().await;
    assert_eq!((row.state, row.attempts), (MailState::Sent, 10));
    assert_eq!(row.error, None);
    assert_eq!(world.post.times(row.mail.id), 1);
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_given_up_after_three_days() {
    let world = World::new().await;
    world.post.usually(Answer::Away);
    world.write("hours").await;
    let written = world.services.now();
    loop {
        world.deliver().await;
        let row = world.only_row().await;
        let Some(due) = row.due else { break };
        assert!(world.services.now().since(written) < 3 * DAY);
        world.clock.advance(due.since(world.services.now()));
    }
    let row = world.only_row().await;
    assert_eq!(row.state, MailState::Failed);
    assert_eq!(row.error.as_deref(), Some("451 Try again later."));
    // It waits sealed: a mail may hold a link that lets somebody in.
    let text = &row.mail.text;
    assert!(!text.contains("news"), "{text}");
    let opened = world.services.open_text(text);
    assert_eq!(opened, Some(letter("hours").text));
    let given_up = world.services.now().since(written);
    assert!((3 * DAY..4 * DAY).contains(&given_up), "after {given_up:?}");
    let tried = world.post.tried();
    world.clock.advance(LATER);
    world.deliver().await;
    assert_eq!(world.post.tried(), tried);
}

#[tokio::test]
async fn a_refused_mail_is_not_tried_again_and_holds_up_no_other() {
    let world = World::new().await;
    world.post.answer(&[Answer::Refuse]);
    world.write("hours").await;
    world.deliver().await;
    world.write("lab").await;
    world.clock.advance(LATER);
    world.deliver().await;
    let rows = world.outbox_rows().await;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [MailState::Sent, MailState::Failed]);
    assert_eq!(rows[1].error.as_deref(), Some("550 No such mailbox."));
    assert_eq!(world.post.tried(), 2);
}

#[tokio::test]
async fn at_most_four_are_on_their_way_at_once() {
    let world = World::new().await;
    world.post.answer(&[Answer::Hold; 4]);
    for n in 0..10 {
        world.write(&n.to_string()).await;
    }
    let outbox = world.outbox.clone();
    let settling = tokio::spawn(async move { outbox.settle().await });
    world.post.held(4).await;
    world.post.let_go();
    soon(settling).await.unwrap().unwrap();
    assert_eq!(world.post.taken().len(), 10);
    assert_eq!(world.post.most(), 4);
}

#[tokio::test]
async fn a_mail_server_that_hangs_is_waited_for_for_two_minutes() {
    let world = World::new().await;
    world.post.answer(&[Answer::Hold]);
    world.write("hours").await;
    world.write("lab").await;
    let outbox = world.outbox.clone();
    let settling = tokio::spawn(async move { outbox.settle().await });
    world.post.held(1).await;
    // The other mail does not wait for it.
    world.post.took(1).await;
    world.let_transactions_end().await;
    world.let_timers_pass(2 * MINUTE).await;
    soon(settling).await.unwrap().unwrap();
    let mut rows = world.outbox_rows().await;
    rows.retain(|row| row.state != MailState::Sent);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].state, MailState::Waiting);
    let error = rows[0].error.as_deref();
    assert_eq!(error, Some("The mail server did not answer in time."));
    world.clock.advance(2 * MINUTE);
    world.deliver().await;
    assert_eq!(world.post.taken().len(), 2);
}

/// Lets the process die after so many steps: before a transaction, before a mail is handed over, or
/// after it was. Says whether it died before it was done.
async fn dies_after(world: &World, steps: i64) -> bool {
    world.fuse.set(steps);
    let died = tokio::select! {
        () = world.fuse.blown() => true,
        done = soon(world.outbox.settle()) => {
            done.unwrap();
            false
        }
    };
    world.fuse.mend();
    died
}

#[tokio::test]
async fn wherever_the_process_dies_a_mail_goes_out_once_or_twice_and_never_not_at_all() {
    let mut twice = 0;
    for steps in 0.. {
        let world = World::new().await;
        world.write("hours").await;
        world.write("lab").await;
        let died = dies_after(&world, steps).await;
        let second = world.other_outbox("second");
        for _ in 0..2 {
            soon(second.settle()).await.unwrap();
            world.clock.advance(LATER);
        }
        for row in world.outbox_rows().await {
            assert_eq!(row.state, MailState::Sent, "died after {steps} steps");
            let times = world.post.times(row.mail.id);
            assert!((1..=2).contains(&times), "{times} times, {steps} steps");
            twice += usize::from(times == 2);
        }
        if !died {
            assert_eq!(world.post.taken().len(), 2);
            break;
        }
    }
    assert!(twice > 0, "the moment after sending was not among them");
}

#[tokio::test]
async fn a_mail_sent_twice_is_the_same_mail() {
    let world = World::new().await;
    world.write("hours").await;
    // Reading the outbox, leasing; and then it cannot be written down that the mail is out.
    world.fuse.refuse(3);
    world.deliver().await;
    assert_eq!(world.post.taken().len(), 1);
    assert_eq!(world.only_row().await.state, MailState::Waiting);
    world.deliver().await;
    assert_eq!(world.post.taken().len(), 1, "it is leased still");
    world.clock.advance(LATER);
    world.deliver().await;
    let taken = world.post.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0], taken[1]);
    assert_eq!(world.only_row().await.state, MailState::Sent);
}

#[tokio::test]
async fn two_replicas_send_every_mail_once() {
    let world = World::on_postgres().await;
    let ids: Vec<MailId> = {
        for n in 0..40 {
            world.write(&n.to_string()).await;
        }
        let rows = world.outbox_rows().await;
        rows.iter().map(|row| row.mail.id).collect()
    };
    let second = world.other_outbox("second");
    let both: (Result<()>, Result<()>) =
        soon(async { tokio::join!(world.outbox.settle(), second.settle()) }).await;
    both.0.unwrap();
    both.1.unwrap();
    for id in ids {
        assert_eq!(world.post.times(id), 1);
    }
    drop(second);
    world.end().await;
}

#[tokio::test]
async fn without_a_mailer_mails_rest_and_the_administrator_is_told() {
    let world = World::new().await;
    let grace = world.owner("Grace").await;
    world.post.set_up(false);
    world.write("old").await;
    world.deliver().await;
    world.clock.advance(DAY - HOUR);
    world.write("young").await;
    world.deliver().await;
    world.clock.advance(2 * HOUR);
    world.deliver().await;
    let mut tx = world.services.store.read().await.unwrap();
    assert_eq!(tx.next_mail_due().await.unwrap(), None, "nothing is tried");
    drop(tx);
    let overview = world.services.mail_overview(&grace, 10).await.unwrap();
    assert!(!overview.set_up);
    for mail in &overview.mails {
        assert_eq!(mail.state, MailState::Waiting);
        assert_eq!(mail.error.as_deref(), Some("Not sent: mail is not set up."));
        assert_eq!(mail.attempts, 0);
    }
    assert_eq!(overview.mails.len(), 2);

    world.post.set_up(true);
    world.deliver().await;
    let overview = world.services.mail_overview(&grace, 10).await.unwrap();
    assert!(overview.set_up);
    let [young, old] = &overview.mails[..] else {
        panic!("there were two mails")
    };
    assert_eq!((young.state, &young.error), (MailState::Sent, &None));
    assert_eq!(old.state, MailState::Failed);
    let sentence = "Not sent: mail was not set up in time.";
    assert_eq!(old.error.as_deref(), Some(sentence));
    assert_eq!(world.post.taken().len(), 1);
}

#[tokio::test]
async fn the_outbox_is_for_administrators_only() {
    let world = World::new().await;
    world.write("hours").await;
    for actor in [
        world.creator("Alan").await,
        world.student("max@example.org").await,
    ] {
        assert_forbidden(world.services.mail_overview(&actor, 10).await);
    }
}

#[tokio::test]
async fn a_running_outbox_hears_that_a_mail_was_written() {
    let world = World::new().await;
    let running = tokio::spawn(world.outbox.clone().run());
    for n in 1..=3 {
        world.write(&n.to_string()).await;
        world.post.took(n).await;
    }
    running.abort();
}

#[tokio::test]
async fn a_running_outbox_takes_up_what_its_previous_life_left() {
    let world = World::new().await;
    world.write("hours").await;
    // Reading the outbox, leasing, the mail is at the mail server's door: and there it dies.
    assert!(dies_after(&world, 2).await);
    let row = world.only_row().await;
    assert_eq!(row.state, MailState::Waiting);
    let running = tokio::spawn(world.other_outbox("first again").run());
    world.post.took(1).await;
    running.abort();
}

#[test]
fn neither_a_mail_nor_a_letter_shows_what_it_says() {
    let mut letter = letter("hours");
    letter.text = "The link is hunter2.".to_owned();
    assert!(!format!("{letter:?}").contains("hunter2"));
}
