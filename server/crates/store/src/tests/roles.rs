//! Roles at every scope, by oneself and by groups; the audit log; lists from files.

use domain::email::Email;
use domain::id::DraftId;
use domain::plan::Plan;
use domain::resource::ResourceGroup;
use domain::role::{Assignment, Grant, PeopleGroup, Principal, Role, Scope};
use service::store::{
    AuditFilter, DirectoryGroup, DirectoryMember, ListDraft, ProviderIdentity, Record,
};

use super::fixtures::*;
use super::{Bench, on_both};

on_both!(
    roles_hold_at_every_scope_and_are_taken_one_by_one,
    a_provider_s_groups_are_those_it_named_last,
    a_directory_s_groups_count_for_addresses_that_are_proven,
    the_log_is_read_backwards_and_searched,
    a_file_is_kept_until_it_is_used_or_old,
);

fn grant(role: Role, scope: Scope) -> Grant {
    Grant { role, scope }
}

fn people_group(source: &str, id: &str) -> PeopleGroup {
    PeopleGroup::parse(source, id).unwrap()
}

async fn roles_hold_at_every_scope_and_are_taken_one_by_one(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let maths = || Scope::Group(ResourceGroup::parse("Maths").unwrap());
    let grants = [
        grant(Role::LabCreator, Scope::Organisation),
        grant(Role::LabCreator, maths()),
        grant(Role::LabCreator, Scope::Plan(Plan::DEFAULT)),
        grant(Role::LabCreator, Scope::Lab(lab_id(1))),
    ];
    let ada = Principal::Person(person_id(1));
    let teachers = Principal::Group(people_group("school", "teachers"));
    let mut tx = bench.store.write().await.unwrap();
    for principal in [&ada, &teachers, &ada] {
        for grant in &grants {
            tx.insert_grant(principal, grant).await.unwrap();
        }
    }
    // A group's name is the same in any case.
    let lower = Scope::Group(ResourceGroup::parse("maths").unwrap());
    let again = grant(Role::LabCreator, lower.clone());
    tx.insert_grant(&ada, &again).await.unwrap();
    commit(tx).await;
    let mut read = bench.store.read().await.unwrap();
    assert_eq!(read.grants(person_id(1)).await.unwrap(), grants);
    let of = |principal: &Principal| {
        let principal = principal.clone();
        grants.clone().map(|grant| Assignment {
            principal: principal.clone(),
            grant,
        })
    };
    assert_eq!(
        read.assignments().await.unwrap(),
        [of(&ada), of(&teachers)].concat()
    );
    drop(read);
    let mut tx = bench.store.write().await.unwrap();
    assert!(tx.remove_grant(&ada, &again).await.unwrap());
    assert!(!tx.remove_grant(&ada, &again).await.unwrap());
    let other = grant(Role::Owner, Scope::Organisation);
    assert!(!tx.remove_grant(&teachers, &other).await.unwrap());
    let rest = tx.grants(person_id(1)).await.unwrap();
    assert_eq!(rest.len(), 3);
    assert!(!rest.contains(&grants[1]));
    assert_eq!(tx.assignments().await.unwrap().len(), 7);
    // A group that owns everything may be empty: it is no owner.
    tx.insert_grant(&teachers, &other).await.unwrap();
    assert!(!tx.has_owner().await.unwrap());
    for scope in [maths(), Scope::Plan(Plan::DEFAULT), Scope::Lab(lab_id(1))] {
        let grant = grant(Role::Owner, scope);
        tx.insert_grant(&ada, &grant).await.unwrap();
    }
    assert!(!tx.has_owner().await.unwrap());
    tx.insert_grant(&ada, &other).await.unwrap();
    assert!(tx.has_owner().await.unwrap());
}

async fn a_provider_s_groups_are_those_it_named_last(bench: Bench) {
    people(&*bench.store).await;
    let identity = ProviderIdentity {
        provider: "school".to_owned(),
        subject: "s1".to_owned(),
        person: person_id(1),
        email: None,
        created_at: at(1),
        used_at: at(1),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_identity(&identity).await.unwrap();
    let helper = grant(Role::LabAssistant, Scope::Organisation);
    for source in ["school", "other"] {
        let group = Principal::Group(people_group(source, "teachers"));
        tx.insert_grant(&group, &helper).await.unwrap();
    }
    let named = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let both = named(&["teachers", "staff"]);
    tx.put_claimed_groups("school", "s1", &both).await.unwrap();
    assert_eq!(tx.grants(person_id(1)).await.unwrap(), [helper]);
    assert_eq!(tx.grants(person_id(2)).await.unwrap(), []);
    assert_eq!(
        tx.claimed_groups().await.unwrap(),
        [
            (people_group("school", "staff"), 1),
            (people_group("school", "teachers"), 1)
        ]
    );
    // Another provider's group of the same name is another group.
    tx.put_claimed_groups("school", "s1", &named(&["staff"]))
        .await
        .unwrap();
    tx.put_claimed_groups("other", "s1", &both).await.unwrap();
    assert_eq!(tx.grants(person_id(1)).await.unwrap(), []);
}

async fn a_directory_s_groups_count_for_addresses_that_are_proven(bench: Bench) {
    people(&*bench.store).await;
    let group = |names: &[&str]| DirectoryGroup {
        id: "teachers".to_owned(),
        name: "Teachers".to_owned(),
        members: names
            .iter()
            .map(|name| DirectoryMember {
                email: email(name),
                name: None,
            })
            .collect(),
    };
    let helper = grant(Role::LabAssistant, Scope::Organisation);
    let principal = Principal::Group(people_group(PeopleGroup::DIRECTORY, "teachers"));
    let mut tx = bench.store.write().await.unwrap();
    tx.put_directory_group(&group(&["ada", "max"]))
        .await
        .unwrap();
    tx.insert_grant(&principal, &helper).await.unwrap();
    assert_eq!(tx.grants(person_id(1)).await.unwrap(), []);
    tx.note_proof(person_id(1)).await.unwrap();
    assert_eq!(
        tx.assignments_of(person_id(1)).await.unwrap(),
        [Assignment {
            principal,
            grant: helper
        }]
    );
    assert_eq!(tx.grants(person_id(2)).await.unwrap(), []);
    tx.put_directory_group(&group(&["max"])).await.unwrap();
    assert_eq!(tx.grants(person_id(1)).await.unwrap(), []);
    tx.put_directory_group(&group(&["ada"])).await.unwrap();
    assert!(tx.remove_directory_group("teachers").await.unwrap());
    assert_eq!(tx.grants(person_id(1)).await.unwrap(), []);
}

async fn the_log_is_read_backwards_and_searched(bench: Bench) {
    people(&*bench.store).await;
    for (n, (action, text, from)) in [
        ("session.begin", "Ada signed in.", "192.0.2.1"),
        (
            "sign-in.fail",
            "Somebody tried 100% as eve_1.",
            "198.51.100.7",
        ),
        ("role.give", "Made Max Owner.", "192.0.2.1"),
        ("session.end", "Ada signed out.", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let tx = bench.store.write().await.unwrap();
        let Record::Audit(line) = audit(action) else {
            unreachable!()
        };
        let line = service::store::Audit {
            at: at(100 + i64::try_from(n).unwrap()),
            by: (action != "sign-in.fail").then_some(person_id(1)),
            text: text.to_owned(),
            from: from.to_owned(),
            ..line
        };
        tx.commit(Record::Audit(line)).await.unwrap();
    }
    let mut read = bench.store.read().await.unwrap();
    let mut found = async |filter: AuditFilter| {
        let filter = AuditFilter {
            limit: 10,
            from: filter.from.or(Some(at(100))),
            ..filter
        };
        let lines = read.audit_lines(&filter).await.unwrap();
        lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
    };
    let all = found(AuditFilter::default()).await;
    assert_eq!((all.len(), all[0].as_str()), (4, "Ada signed out."));
    let search = |text: &str| AuditFilter {
        search: text.to_owned(),
        ..AuditFilter::default()
    };
    assert_eq!(found(search("MAX")).await, ["Made Max Owner."]);
    assert_eq!(found(search("198.51")).await.len(), 1);
    // What has a meaning for the database is looked for as it is written.
    assert_eq!(found(search("0%")).await.len(), 1);
    assert_eq!(found(search("eve_1")).await.len(), 1);
    assert_eq!(found(search("d_s")).await.len(), 0);
    assert_eq!(found(search("!")).await.len(), 0);
    // By the name of who did it.
    assert_eq!(found(search("ada@")).await.len(), 3);
    let about = |areas: &[&'static str]| AuditFilter {
        areas: areas.to_vec(),
        ..AuditFilter::default()
    };
    assert_eq!(found(about(&["session", "sign-in"])).await.len(), 3);
    assert_eq!(found(about(&["sign"])).await.len(), 0);
    let span = AuditFilter {
        from: Some(at(101)),
        until: Some(at(103)),
        ..AuditFilter::default()
    };
    assert_eq!(found(span).await.len(), 2);
    let first = AuditFilter {
        limit: 1,
        from: Some(at(100)),
        ..AuditFilter::default()
    };
    let newest = read.audit_lines(&first).await.unwrap().remove(0);
    assert_eq!(newest.name.as_deref(), Some("ada"));
    assert_eq!(newest.action, "session.end");
    let next = AuditFilter {
        before: Some(newest.id),
        ..first
    };
    let next = read.audit_lines(&next).await.unwrap().remove(0);
    assert_eq!(
        (next.text.as_str(), next.from.as_str()),
        ("Made Max Owner.", "192.0.2.1")
    );
}

async fn a_file_is_kept_until_it_is_used_or_old(bench: Bench) {
    lab_with_seats(&*bench.store, 0).await;
    let draft = |n: u32, when: i64| ListDraft {
        id: DraftId::new(uuid_of(n)),
        lab: lab_id(1),
        person: person_id(1),
        text: Email::parse("ada@example.org").unwrap().to_string(),
        created_at: at(when),
    };
    let mut tx = bench.store.write().await.unwrap();
    tx.insert_list_draft(&draft(1, 10), at(0)).await.unwrap();
    let others = ListDraft {
        person: person_id(2),
        ..draft(2, 20)
    };
    tx.insert_list_draft(&others, at(10)).await.unwrap();
    let first = tx.list_draft(draft(1, 10).id).await.unwrap();
    assert_eq!(first, Some(draft(1, 10)));
    // A person's last one for a lab takes the place of the one before.
    tx.insert_list_draft(&draft(3, 30), at(11)).await.unwrap();
    assert_eq!(tx.list_draft(draft(1, 10).id).await.unwrap(), None);
    assert_eq!(
        tx.list_draft(others.id).await.unwrap(),
        Some(others.clone())
    );
    tx.insert_list_draft(&draft(4, 40), at(21)).await.unwrap();
    assert_eq!(tx.list_draft(others.id).await.unwrap(), None, "it was old");
    tx.remove_list_draft(draft(4, 40).id).await.unwrap();
    assert_eq!(tx.list_draft(draft(4, 40).id).await.unwrap(), None);
    tx.insert_list_draft(&draft(3, 30), at(11)).await.unwrap();
    // A lab that is gone takes its files along.
    tx.remove_lab(&handle()).await.unwrap();
    assert_eq!(tx.list_draft(draft(3, 30).id).await.unwrap(), None);
}
