//! What programs ask for: plans and users by name, what is kept with a lab, operations of every kind.

use domain::connection::ConnectionProfile;
use domain::credentials::Username;
use domain::id::{OperationId, PlanId};
use domain::image::{Image, ImageName, SavedImage};
use domain::kept::LabEnvelope;
use domain::name::Hostname;
use domain::operation::{FailureCode, Operation, OperationKind};
use domain::plan::Plan;
use domain::resource::{ResourceGroup, ResourceName, Tags};
use domain::user::{InvitationState, User};
use service::access::Allowed;
use service::store::{ClientSecret, DirectoryGroup, DirectoryMember, Store};
use uuid::Uuid;

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    plans_have_names_in_their_group,
    what_is_kept_with_a_lab_comes_back,
    users_are_found_by_name,
    operations_of_every_kind_come_back,
    operations_outlive_their_lab,
    saved_images_stay_when_the_engine_is_asked,
    accounts_of_one_machine_are_its_own,
    secrets_and_groups_come_back,
);

fn name(text: &str) -> ResourceName {
    ResourceName::parse(text).unwrap()
}

async fn second_plan(store: &dyn Store) -> Allowed<Plan> {
    let mut tx = store.write().await.unwrap();
    let model = tx.plan(Plan::DEFAULT).await.unwrap().unwrap();
    let mut plan = Plan {
        id: PlanId::new(Uuid::from_u128(77)),
        group: ResourceGroup::parse("School").unwrap(),
        name: name("Second"),
        ..model
    };
    plan.profile.tags = Tags::from([("a".to_owned(), "b".to_owned())]);
    plan.profile.connection = ConnectionProfile::NONE;
    let plan = Allowed::for_test(plan);
    tx.insert_plan(&plan).await.unwrap();
    commit(tx).await;
    plan
}

async fn plans_have_names_in_their_group(bench: Bench) {
    let mut plan = second_plan(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let school = ResourceGroup::parse("SCHOOL").unwrap();
    let found = tx.plan_by_name(&school, &name("second")).await.unwrap();
    assert_eq!(found.as_ref(), Some(&*plan));
    let elsewhere = ResourceGroup::default_group();
    assert_eq!(
        tx.plan_by_name(&elsewhere, &name("second")).await.unwrap(),
        None
    );
    let debian = ImageName::parse("debian/13").unwrap();
    for enabled in [false, true] {
        tx.set_plan_image(&plan, &debian, enabled).await.unwrap();
        let images = tx.plan_images(plan.id).await.unwrap();
        assert_eq!(images.get(&debian), Some(&enabled));
    }
    assert!(tx.plan_images(Plan::DEFAULT).await.unwrap().is_empty());
    plan.deleted = true;
    tx.save_plan(&plan).await.unwrap();
    assert_eq!(
        tx.plan_by_name(&school, &name("second")).await.unwrap(),
        None
    );
    assert_eq!(tx.plan(plan.id).await.unwrap().as_ref(), Some(&*plan));
    // The name is free again.
    let mut again = plan.clone();
    again.id = PlanId::new(Uuid::from_u128(78));
    again.deleted = false;
    tx.insert_plan(&again).await.unwrap();
    commit(tx).await;
}

async fn what_is_kept_with_a_lab_comes_back(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    let handle = Allowed::for_test(lab(1));
    assert_eq!(tx.lab_envelope(lab_id(1)).await.unwrap(), None);
    let mut envelope = LabEnvelope::plain(person_id(1), at(3));
    for (tag, subnet) in [("one", None), ("two", Some("/a/b".to_owned()))] {
        envelope.tags = Tags::from([(tag.to_owned(), "x".to_owned())]);
        envelope.network.subnet_id = subnet;
        tx.save_lab_envelope(&handle, &envelope).await.unwrap();
        let kept = tx.lab_envelope(lab_id(1)).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&envelope));
    }
    let all = tx.lab_envelopes().await.unwrap();
    assert_eq!(all.get(&lab_id(1)), Some(&envelope));
    commit(tx).await;
}

async fn users_are_found_by_name(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    let handle = Allowed::for_test(lab(1));
    let named = User {
        name: Some(name("Ada.L")),
        invitation: InvitationState::Sent,
        invited_at: Some(at(9)),
        ..user(1, 1, "ada")
    };
    tx.insert_user(&handle, &named).await.unwrap();
    tx.insert_user(&handle, &user(2, 1, "max")).await.unwrap();
    let found = tx.user_by_name(lab_id(1), &name("ada.l")).await.unwrap();
    assert_eq!(found, Some(named));
    assert_eq!(
        tx.user_by_name(lab_id(2), &name("ada.l")).await.unwrap(),
        None
    );
    let double = User {
        name: Some(name("ADA.l")),
        ..user(3, 1, "eve")
    };
    let told = sentence(tx.insert_user(&handle, &double).await);
    assert!(told.contains("user with this name"), "{told}");
}

async fn operations_of_every_kind_come_back(bench: Bench) {
    lab_with_seats(&*bench.store, 1).await;
    let mut tx = bench.store.write().await.unwrap();
    let of_machine = Operation {
        kind: OperationKind::StartMachine,
        machine: Some(machine_id(1)),
        ..operation(1, 1)
    };
    let of_user = Operation {
        kind: OperationKind::InviteUser,
        user: Some(user_id(1)),
        ..operation(2, 1)
    };
    let mut of_image = Operation {
        kind: OperationKind::SaveImage,
        image: Some((ImageName::parse("mine").unwrap(), Plan::DEFAULT)),
        ..operation(3, 1)
    };
    for operation in [&of_machine, &of_user, &of_image] {
        tx.insert_operation(operation).await.unwrap();
    }
    assert_eq!(tx.operations(lab_id(1), 9).await.unwrap(), []);
    let open = tx.open_operations(lab_id(1)).await.unwrap();
    assert_eq!(open, [of_machine, of_user, of_image.clone()]);
    of_image.fail(FailureCode::MailFailed, "No.", at(7));
    tx.save_operation(&of_image).await.unwrap();
    let told = tx.operation(of_image.id).await.unwrap();
    assert_eq!(told.as_ref(), Some(&of_image));
    assert_eq!(tx.open_operations(lab_id(1)).await.unwrap().len(), 2);
    tx.forget_operations(at(7)).await.unwrap();
    assert!(tx.operation(of_image.id).await.unwrap().is_some());
    tx.forget_operations(at(8)).await.unwrap();
    assert!(tx.operation(of_image.id).await.unwrap().is_none());
    commit(tx).await;
}

async fn operations_outlive_their_lab(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_operation(&operation(1, 1)).await.unwrap();
    tx.remove_lab(&Allowed::for_test(lab(1))).await.unwrap();
    assert!(tx.operation(operation_id(1)).await.unwrap().is_some());
    commit(tx).await;
}

async fn saved_images_stay_when_the_engine_is_asked(bench: Bench) {
    let mut tx = bench.store.write().await.unwrap();
    tx.put_images(&[engine_image("debian/13", "Debian 13")])
        .await
        .unwrap();
    let model = tx.images().await.unwrap().remove(0);
    let saved = Image {
        name: ImageName::parse("mine").unwrap(),
        saved: Some(SavedImage {
            id: OperationId::new(Uuid::from_u128(5)),
            object: Hostname::parse("mine-image-5").unwrap(),
            plan: Plan::DEFAULT,
        }),
        ..model
    };
    tx.insert_image(&saved).await.unwrap();
    tx.put_images(&[]).await.unwrap();
    assert_eq!(tx.image(&saved.name).await.unwrap().as_ref(), Some(&saved));
    let images = tx.images().await.unwrap();
    assert!(images.iter().all(|i| i.available == i.saved.is_some()));
    commit(tx).await;
}

async fn accounts_of_one_machine_are_its_own(bench: Bench) {
    lab_with_seats(&*bench.store, 2).await;
    let mut tx = bench.store.write().await.unwrap();
    let machines = tx.machines(lab_id(1)).await.unwrap();
    let (machine, other) = (Allowed::for_test(machines[0].clone()), &machines[1]);
    let username = Username::parse("username", "ada").unwrap();
    for secret in ["one", "two"] {
        tx.set_machine_account(&machine, &username, &sealed(secret))
            .await
            .unwrap();
        let accounts = tx.machine_accounts(machine.id).await.unwrap();
        assert_eq!(accounts, [(username.clone(), sealed(secret))]);
    }
    assert_eq!(tx.machine_accounts(other.id).await.unwrap(), []);
    tx.clear_machine_accounts(&machine).await.unwrap();
    assert_eq!(tx.machine_accounts(machine.id).await.unwrap(), []);
    commit(tx).await;
}

async fn secrets_and_groups_come_back(bench: Bench) {
    people(&*bench.store).await;
    let mut tx = bench.store.write().await.unwrap();
    let secret = ClientSecret {
        hash: "hash".to_owned(),
        person: person_id(1),
        created_at: at(1),
        expires_at: at(2),
    };
    tx.insert_client_secret(&secret).await.unwrap();
    assert_eq!(tx.client_secret("hash").await.unwrap(), Some(secret));
    assert_eq!(tx.client_secret("other").await.unwrap(), None);
    let mut group = DirectoryGroup {
        id: "g".to_owned(),
        name: "Class".to_owned(),
        members: Vec::new(),
    };
    for member in ["ada", "max"] {
        group.members.push(DirectoryMember {
            email: email(member),
            name: None,
        });
        tx.put_directory_group(&group).await.unwrap();
        let kept = tx.directory_group("g").await.unwrap();
        assert_eq!(kept.as_ref(), Some(&group));
    }
    assert_eq!(tx.directory_groups().await.unwrap(), [group]);
    assert!(tx.remove_directory_group("g").await.unwrap());
    assert!(!tx.remove_directory_group("g").await.unwrap());
    commit(tx).await;
}
