//! Who sits where: giving machines to registered users, and taking them back.

use domain::id::UserId;
use domain::lab::Lab;
use domain::machine::{Cause, Machine, MachineKind, Power, Seen, StopReason, Wanted};
use domain::name::Hostname;
use domain::time::Timestamp;

use crate::access::Allowed;
use crate::error::Result;
use crate::services::Services;
use crate::store::Write;
use crate::vault::Sealed;

impl Services {
    /// Gives a free machine to `user`, if there is one.
    async fn seat<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        user: UserId,
    ) -> Result<Option<Machine>> {
        let Some(mut machine) = tx.free_machine(lab.id).await? else {
            return Ok(None);
        };
        machine.claimed_by = Some(user);
        let handle = Allowed::to_system(machine);
        tx.save_machine(&handle, Some(self.now())).await?;
        Ok(Some(handle.into_inner()))
    }

    /// Gives free machines to users who wait, in the order in which they registered.
    pub(crate) async fn seat_waiting<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
    ) -> Result<u32> {
        let mut seated = 0;
        for user in tx.waiting_users(lab.id).await? {
            if self.seat(tx, lab, user.id).await?.is_none() {
                break;
            }
            seated += 1;
        }
        Ok(seated)
    }

    /// Takes a machine from its user: it is nobody's, and is remade with another password, so that the
    /// next user finds nothing of the last one's, and the last one no way in.
    pub(crate) async fn unseat<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        mut machine: Machine,
    ) -> Result<()> {
        let now = self.now();
        machine.claimed_by = None;
        machine.want_rebuild(Cause::System, None, now);
        machine.stopped_because = Some(StopReason::Removed);
        let machine = Allowed::to_system(machine);
        tx.save_machine(&machine, Some(now)).await?;
        if let Some(password) = self.own_password(lab) {
            tx.set_machine_secret(&machine, &password).await?;
        }
        Ok(())
    }

    /// Makes the row of a machine: the template (`seat` 0) or a seat of the pool.
    pub(crate) async fn add_machine<W: Write + ?Sized>(
        &self,
        tx: &mut W,
        lab: &Lab,
        seat: u32,
    ) -> Result<()> {
        let now = self.now();
        let id = self.new_machine_id();
        let kind = if seat == 0 {
            MachineKind::Template
        } else {
            MachineKind::User
        };
        let hostname = match kind {
            MachineKind::Template => Hostname::of_template(&lab.name, lab.id),
            MachineKind::User => Hostname::of_seat(&lab.name, seat, &id.short()),
        };
        let machine = Machine {
            id,
            lab: lab.id,
            kind,
            seat,
            hostname,
            claimed_by: None,
            wanted: wanted(now),
            seen: Seen::default(),
            stopped_because: None,
            stopped_after: None,
            trouble: None,
        };
        let own_password = match kind {
            MachineKind::Template => None,
            MachineKind::User => self.own_password(lab),
        };
        tx.insert_machine(
            &Allowed::to_system(machine),
            own_password.as_ref(),
            Some(now),
        )
        .await?;
        Ok(())
    }

    /// A fresh password for one seat, where the lab's seats have their own.
    fn own_password(&self, lab: &Lab) -> Option<Sealed> {
        let fresh = || {
            self.vault
                .seal("machine-password", self.new_password().expose())
        };
        (!lab.accounts.shared_password).then(fresh)
    }
}

/// What is wanted of a machine that was just thought of: to be there, stopped.
fn wanted(now: Timestamp) -> Wanted {
    Wanted {
        present: true,
        build: 1,
        power: Power::Off,
        credentials: 1,
        since: now,
        by: None,
        cause: Cause::System,
        schedule: None,
    }
}
