//! What takes the installation's mails in tests: it keeps them, and answers as it is told.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use domain::id::MailId;
use service::mail::{Mail, MailError, Mailer};
use tokio::sync::watch;

use super::{Fuse, soon};

/// What a mail server says to a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It takes it.
    Take,
    /// It will never take it.
    Refuse,
    /// It cannot take it now.
    Away,
    /// Nothing, until it is let go; then it takes it.
    Hold,
}

#[derive(Clone, Debug)]
struct Office {
    open: bool,
    script: VecDeque<Answer>,
    usual: Answer,
    tried: usize,
    held: usize,
    /// How often everything was let go.
    let_go: u32,
    /// The most that were ever on their way at once.
    most: usize,
    on_the_way: usize,
    taken: Vec<Mail>,
}

/// A mail server, as far as the outbox can tell.
#[derive(Debug)]
pub(crate) struct Post {
    office: watch::Sender<Office>,
    fuse: Arc<Fuse>,
}

/// A mail on its way; dropped, it is there or nowhere.
struct OnTheWay<'p>(&'p Post);

impl Drop for OnTheWay<'_> {
    fn drop(&mut self) {
        self.0.office.send_modify(|office| office.on_the_way -= 1);
    }
}

impl Post {
    /// A mail server that takes everything.
    pub fn new(fuse: Arc<Fuse>) -> Self {
        let office = watch::Sender::new(Office {
            open: true,
            script: VecDeque::new(),
            usual: Answer::Take,
            tried: 0,
            held: 0,
            let_go: 0,
            most: 0,
            on_the_way: 0,
            taken: Vec::new(),
        });
        Self { office, fuse }
    }

    /// Answers the next mails so, one after the other.
    pub fn answer(&self, answers: &[Answer]) {
        self.office
            .send_modify(|office| office.script.extend(answers));
    }

    /// Answers all others so.
    pub fn usually(&self, answer: Answer) {
        self.office.send_modify(|office| office.usual = answer);
    }

    /// Whether mail is set up.
    pub fn set_up(&self, open: bool) {
        self.office.send_modify(|office| office.open = open);
    }

    /// Lets everything that is held go.
    pub fn let_go(&self) {
        self.office.send_modify(|office| office.let_go += 1);
    }

    /// Waits until so many mails are held.
    pub async fn held(&self, number: usize) {
        let mut office = self.office.subscribe();
        let held = office.wait_for(|office| office.held >= number);
        drop(soon(held).await.unwrap());
    }

    /// Waits until so many mails were taken.
    pub async fn took(&self, number: usize) {
        let mut office = self.office.subscribe();
        let took = office.wait_for(|office| office.taken.len() >= number);
        drop(soon(took).await.unwrap());
    }

    /// The mails that were taken, in the order in which they were.
    pub fn taken(&self) -> Vec<Mail> {
        self.office.borrow().taken.clone()
    }

    /// How often this mail was taken.
    pub fn times(&self, id: MailId) -> usize {
        let office = self.office.borrow();
        office.taken.iter().filter(|mail| mail.id == id).count()
    }

    /// How often any mail was tried.
    pub fn tried(&self) -> usize {
        self.office.borrow().tried
    }

    /// The most mails that were ever on their way at once.
    pub fn most(&self) -> usize {
        self.office.borrow().most
    }
}

#[async_trait]
impl Mailer for Post {
    fn is_set_up(&self) -> bool {
        self.office.borrow().open
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.fuse.step().await;
        let mut answer = Answer::Take;
        let mut let_go = 0;
        self.office.send_modify(|office| {
            answer = office.script.pop_front().unwrap_or(office.usual);
            office.tried += 1;
            office.on_the_way += 1;
            office.most = office.most.max(office.on_the_way);
            office.held += usize::from(answer == Answer::Hold);
            let_go = office.let_go;
        });
        let _on_the_way = OnTheWay(self);
        let result = match answer {
            Answer::Refuse => Err(MailError::Refused("550 No such mailbox.".to_owned())),
            Answer::Away => Err(MailError::Away("451 Try again later.".to_owned())),
            Answer::Take | Answer::Hold => {
                if answer == Answer::Hold {
                    let mut office = self.office.subscribe();
                    drop(office.wait_for(|office| office.let_go > let_go).await);
                }
                self.office
                    .send_modify(|office| office.taken.push(mail.clone()));
                Ok(())
            }
        };
        self.fuse.step().await;
        result
    }
}
