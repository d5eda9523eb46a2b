//! Words for what the use cases return: states, notes, progress.

pub(in crate::api) mod hours;
pub(in crate::api) mod money;
pub(in crate::api) mod roles;
pub(in crate::api) mod week;

use domain::lab::{Lab, LabState};
use domain::machine::{Machine, MachineKind, MachineState, Power, ProvisioningState};
use domain::operation::{Operation, OperationKind, OperationStatus};
use domain::size::SizeName;
use domain::time::Timestamp;
use domain::user::{InvitationState, RegistrationState, User};

use crate::view::{Badge, MachineView, Moment, ProgressView};

pub(in crate::api) fn badge(state: &str, text: &str) -> Badge {
    Badge {
        state: state.to_owned(),
        text: text.to_owned(),
    }
}

/// Whether somebody has come, and may.
pub(in crate::api) fn person(person: &service::store::Person) -> Badge {
    use service::store::PersonKind;

    match person.kind {
        _ if person.disabled => badge("failed", "Switched off"),
        PersonKind::Expected => badge("queued", "Expected"),
        PersonKind::Application => badge("stopped", "Program"),
        PersonKind::User => badge("ready", "Active"),
    }
}

/// What a browser is, by what it calls itself: “Firefox on Linux”.
pub(in crate::api) fn browser(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    // The more particular ones first: most call themselves by the others' names as well.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

pub(in crate::api) fn moment(at: Timestamp) -> Moment {
    Moment(at.millis())
}

pub(in crate::api) fn size(name: SizeName) -> String {
    let size = name.size();
    format!(
        "{}: {} vCPU, {} GiB memory, {} GiB disk",
        size.title,
        size.cpus,
        size.memory_mib / 1024,
        size.disk_gib
    )
}

pub(in crate::api) fn lab(lab: &Lab, template_made: bool) -> Badge {
    match lab.provisioning(template_made) {
        ProvisioningState::Deleting => return badge("stopping", "Deleting"),
        ProvisioningState::Failed => return badge("failed", "Failed"),
        ProvisioningState::Creating => return badge("starting", "Being made"),
        _ => {}
    }
    match lab.state {
        LabState::Draft => badge("draft", "Draft"),
        LabState::Publishing => badge("publishing", "Publishing"),
        LabState::Scaling => badge("publishing", "Changing size"),
        LabState::Syncing => badge("publishing", "Synchronising"),
        LabState::Published => badge("published", "Published"),
    }
}

pub(in crate::api) fn machine(
    machine: &Machine,
    user: Option<String>,
    queue: Option<u32>,
) -> MachineView {
    let failed = machine.trouble.as_ref().is_some_and(|t| t.failed);
    let made = machine.seen.build == Some(machine.wanted.build);
    let badge = match machine.provisioning() {
        ProvisioningState::Failed => badge("failed", "Failed"),
        ProvisioningState::Deleting => badge("stopping", "Deleting"),
        ProvisioningState::Creating if machine.wanted.power == Power::Off => {
            badge("starting", "Being made")
        }
        _ => match machine.state() {
            MachineState::Stopped => badge("stopped", "Stopped"),
            MachineState::Starting => badge("starting", "Starting"),
            MachineState::Running => badge("running", "Running"),
            MachineState::Stopping => badge("stopping", "Stopping"),
            MachineState::ResettingPassword => badge("starting", "Resetting password"),
            MachineState::Reimaging => badge("reimaging", "Reimaging"),
            MachineState::Redeploying => badge("reimaging", "Redeploying"),
        },
    };
    let note = match (&machine.trouble, queue) {
        (Some(trouble), _) if trouble.failed => Some(trouble.message.clone()),
        (Some(trouble), _) => Some(format!("{} Trying again.", trouble.message)),
        (None, Some(0)) => Some("Next in line.".to_owned()),
        (None, Some(before)) => Some(format!("{before} before it in line.")),
        (None, None) if machine.state() == MachineState::Stopped && made => {
            machine.stop_note().map(|note| note.sentence())
        }
        (None, None) => None,
    };
    MachineView {
        id: machine.id.to_string(),
        name: match machine.kind {
            MachineKind::Template => "Template".to_owned(),
            MachineKind::User => machine.hostname.to_string(),
        },
        badge,
        on: machine.wanted.power == Power::On || (made && machine.seen.power == Some(Power::On)),
        ready: machine.state() == MachineState::Running && !failed,
        made,
        failed,
        address: machine.seen.address.clone(),
        user,
        note,
        stopped_at: None,
    }
}

/// A line of a lab's list: `waiting` is how many wait before somebody without a machine.
pub(in crate::api) fn user(user: &User, seated: bool, waiting: Option<usize>) -> Badge {
    let invited = match user.invitation {
        InvitationState::NotSent => badge("draft", "Not registered"),
        InvitationState::Sending => badge("queued", "Invitation on its way"),
        InvitationState::Sent => badge("draft", "Invited"),
        InvitationState::Failed => badge("failed", "Invitation not delivered"),
    };
    match (user.registration(), seated, waiting) {
        (RegistrationState::NotRegistered, _, _) => invited,
        (RegistrationState::Registered, true, _) => badge("ready", "Registered"),
        (RegistrationState::Registered, false, None) => badge("queued", "Waiting for a machine"),
        (RegistrationState::Registered, false, Some(before)) => Badge {
            state: "queued".to_owned(),
            text: format!("Waiting for a machine, place {}", before + 1),
        },
    }
}

pub(in crate::api) fn progress(operation: &Operation) -> ProgressView {
    let (title, part) = match operation.kind {
        OperationKind::CreateLab => ("Making the template", "template"),
        OperationKind::Publish => ("Publishing", "machines"),
        OperationKind::Scale => ("Changing the number of machines", "machines"),
        OperationKind::DeleteLab => ("Deleting", "machines"),
        OperationKind::SyncGroup => ("Taking the list over from the directory", "machines"),
        OperationKind::SaveImage => ("Saving an image", "image"),
        OperationKind::InviteUser => ("Sending an invitation", "mail"),
        OperationKind::StartMachine => ("Starting", "machine"),
        OperationKind::StopMachine => ("Stopping", "machine"),
        OperationKind::ReimageMachine => ("Reimaging", "machine"),
        OperationKind::RedeployMachine => ("Redeploying", "machine"),
        OperationKind::ResetPassword => ("Setting the password", "machine"),
    };
    let text = match (operation.kind, operation.status) {
        (_, OperationStatus::Succeeded) => "Done.".to_owned(),
        (_, OperationStatus::Failed) => "Not completed.".to_owned(),
        (OperationKind::CreateLab, _) => "Copying the image; this takes a moment.".to_owned(),
        (OperationKind::Publish, _) if operation.done == 0 => {
            "Stopping and sealing the template, then making the machines.".to_owned()
        }
        (OperationKind::DeleteLab, _) => {
            format!("{} of {} {part} removed", operation.done, operation.total)
        }
        _ => format!("{} of {} {part} ready", operation.done, operation.total),
    };
    ProgressView {
        title: title.to_owned(),
        text,
        done: operation.done,
        total: operation.total,
        running: operation.status == OperationStatus::InProgress,
        error: operation.error.clone(),
    }
}

/// An address that mail reaches, and words where there is none: people who come from a learning platform
/// that does not tell theirs have one that only names them.
pub(in crate::api) fn address(email: &domain::email::Email) -> String {
    if email.is_reachable() {
        email.to_string()
    } else {
        "no e-mail address".to_owned()
    }
}

/// By what somebody is told apart: their address, or their name where mail does not reach them.
pub(in crate::api) fn told_apart(email: &domain::email::Email, name: Option<String>) -> String {
    match name {
        Some(name) if !email.is_reachable() => name,
        Some(_) | None => address(email),
    }
}

/// “1 machine”, “2 machines”.
pub(in crate::api) fn count(n: u32, one: &str, many: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else {
        format!("{n} {many}")
    }
}
