"""Labs: made, changed, published, scaled, synchronised and deleted."""

import json
from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.labservices import models

from bodies import PASSWORD, address, fresh, set_in, user
from wire import ending, failure, refusal


def test_a_lab_is_made_with_its_template(sdk, group, root, bodies, recorder):
    asked = bodies.lab(tags={"course": "OS 1"})
    made = sdk.labs.begin_create_or_update(group, "os-1", asked).result()

    assert recorder.statuses("PUT", f"{root}/labs/os-1") == [201]
    assert (made.name, made.type.lower()) == ("os-1", "microsoft.labservices/labs")
    assert (made.state, made.provisioning_state) == ("Draft", "Succeeded")
    for part in ("tags", "location", "title", "description"):
        assert getattr(made, part) == getattr(asked, part), part
    assert made.lab_plan_id.lower() == bodies.plan_id.lower()
    assert made.connection_profile.client_ssh_access == "Public"
    assert made.connection_profile.web_rdp_access == "None"
    assert made.auto_shutdown_profile.shutdown_on_idle == "None"
    assert made.security_profile.open_access == "Disabled"
    assert len(made.security_profile.registration_code) == 10

    profile = made.virtual_machine_profile
    assert (profile.create_option, profile.os_type) == ("TemplateVM", "Linux")
    assert (profile.sku.name, profile.sku.capacity) == (bodies.sku, 2)
    assert profile.usage_quota == timedelta(hours=10)
    assert profile.admin_user.username == "student"
    assert profile.admin_user.password is None

    assert sdk.labs.get(group, "os-1") == made
    machines = list(sdk.virtual_machines.list_by_lab(group, "os-1"))
    assert [(m.name, m.vm_type) for m in machines] == [("template", "Template")]


def test_a_lab_straight_from_an_image_has_no_template(sdk, group, new_lab, machines):
    lab = new_lab(option="Image", published=True)
    assert len(machines(lab.name)) == 2
    assert all(m.vm_type == "User" for m in sdk.virtual_machines.list_by_lab(group, lab.name))


def test_a_password_is_made_where_none_is_given(sdk, group, bodies):
    asked = bodies.lab()
    asked.virtual_machine_profile.admin_user = models.Credentials(username="student")
    made = sdk.labs.begin_create_or_update(group, fresh("lab"), asked).result()
    assert made.provisioning_state == "Succeeded"


def test_the_same_lab_twice_is_one_lab(sdk, group, root, bodies, recorder):
    first = sdk.labs.begin_create_or_update(group, "os-1", bodies.lab()).result()
    again = sdk.labs.begin_create_or_update(group, "os-1", bodies.lab()).result()
    assert recorder.statuses("PUT", f"{root}/labs/os-1") == [201, 200]
    assert again.security_profile.registration_code == first.security_profile.registration_code
    assert again.system_data.created_at == first.system_data.created_at
    assert len(list(sdk.labs.list_by_resource_group(group))) == 1


def test_a_lab_is_sent_back_as_it_was_read(sdk, group, new_lab):
    """As programs do that keep a lab as they want it: read, change, put. Passwords cannot be read."""
    lab = new_lab()
    lab.title = "Operating systems 2"
    changed = sdk.labs.begin_create_or_update(group, lab.name, lab).result()
    assert changed.title == "Operating systems 2"
    assert changed.virtual_machine_profile == lab.virtual_machine_profile


@pytest.mark.parametrize("hours", [0, 1.5, 30, 9999])
def test_a_quota_comes_back_as_it_was_given(sdk, group, bodies, hours):
    quota = timedelta(hours=hours)
    made = sdk.labs.begin_create_or_update(group, fresh("lab"), bodies.lab(quota=quota, option="Image")).result()
    assert made.virtual_machine_profile.usage_quota == quota


def test_part_of_a_lab_is_changed_at_once(sdk, group, root, recorder, new_lab):
    lab = new_lab()
    update = models.LabUpdate(
        title="Networks",
        description="Packets.",
        security_profile=models.SecurityProfile(open_access="Enabled"),
        connection_profile=models.ConnectionProfile(web_ssh_access="Public"),
        auto_shutdown_profile=models.AutoShutdownProfile(
            shutdown_on_disconnect="Enabled", disconnect_delay=timedelta(minutes=3)
        ),
    )
    changed = sdk.labs.begin_update(group, lab.name, update).result()
    assert recorder.statuses("PATCH", f"{root}/labs/{lab.name}") == [200]
    assert (changed.title, changed.description) == ("Networks", "Packets.")
    assert changed.security_profile.open_access == "Enabled"
    assert changed.security_profile.registration_code == lab.security_profile.registration_code
    assert changed.connection_profile.web_ssh_access == "Public"
    assert changed.auto_shutdown_profile.disconnect_delay == timedelta(minutes=3)
    assert changed.virtual_machine_profile == lab.virtual_machine_profile
    assert sdk.labs.get(group, lab.name) == changed


def test_the_quota_of_a_lab_is_changed(sdk, group, bodies, new_lab):
    lab = new_lab(option="Image")
    update = bodies.scaled(lab, 2)
    update.virtual_machine_profile.usage_quota = timedelta(hours=12, minutes=30)
    changed = sdk.labs.begin_update(group, lab.name, update).result()
    assert changed.virtual_machine_profile.usage_quota == timedelta(hours=12, minutes=30)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("location", "elsewhere"),
        ("properties.networkProfile", {"subnetId": "/subscriptions/x/subnets/y"}),
        ("properties.virtualMachineProfile.createOption", "Image"),
        ("properties.virtualMachineProfile.sku.name", "Large"),
        ("properties.virtualMachineProfile.adminUser.username", "somebody"),
        ("properties.virtualMachineProfile.useSharedPassword", "Enabled"),
        ("properties.virtualMachineProfile.additionalCapabilities", {"installGpuDrivers": "Enabled"}),
        ("properties.virtualMachineProfile.imageReference", "another"),
    ],
)
def test_what_is_chosen_once_is_not_changed(sdk, group, bodies, new_lab, wire, root, path, value):
    lab = new_lab()
    body = bodies.lab_json()
    if value == "another":
        value = {"id": bodies.image_id.replace("debian-12", "ubuntu-24.04")}
    set_in(body, path, value)
    refused = wire("PUT", f"{root}/labs/{lab.name}", json=body)
    # 400 where the request is judged by itself, 409 by what is there.
    assert refused.status_code in (400, 409), refused.text
    assert refused.json()["error"]["message"]
    assert sdk.labs.get(group, lab.name) == lab


def test_a_lab_is_published(sdk, group, root, recorder, new_lab, machines):
    lab = new_lab(capacity=3)
    assert sdk.labs.begin_publish(group, lab.name).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab.name}/publish") == [202]

    published = sdk.labs.get(group, lab.name)
    assert (published.state, published.provisioning_state) == ("Published", "Succeeded")
    pool = machines(lab.name)
    assert len({m.name for m in pool}) == 3
    assert {(m.state, m.provisioning_state, m.claimed_by_user_id) for m in pool} == {("Stopped", "Succeeded", None)}


def test_a_lab_is_published_again_and_its_machines_are_remade(sdk, group, new_lab, machines):
    lab = new_lab(published=True)
    sdk.labs.begin_publish(group, lab.name).result()
    assert sdk.labs.get(group, lab.name).state == "Published"
    assert len(machines(lab.name)) == 2


@pytest.mark.parametrize("capacity", [4, 1, 0])
def test_a_published_lab_gets_more_or_fewer_machines(sdk, group, root, bodies, recorder, new_lab, machines, capacity):
    lab = new_lab(published=True)
    changed = sdk.labs.begin_update(group, lab.name, bodies.scaled(lab, capacity)).result()
    assert recorder.statuses("PATCH", f"{root}/labs/{lab.name}") == [202]
    assert (changed.id, changed.title) == (lab.id, lab.title)
    assert changed.virtual_machine_profile.sku.capacity == capacity
    assert (changed.state, changed.provisioning_state) == ("Published", "Succeeded")
    assert len(machines(lab.name)) == capacity


def test_a_put_changes_the_number_of_machines_too(sdk, group, bodies, new_lab, machines):
    lab = new_lab(published=True)
    changed = sdk.labs.begin_create_or_update(group, lab.name, bodies.lab(capacity=3)).result()
    assert changed.virtual_machine_profile.sku.capacity == 3
    assert len(machines(lab.name)) == 3


def test_the_number_of_machines_of_a_draft_is_only_written_down(sdk, group, root, bodies, recorder, new_lab, machines):
    lab = new_lab()
    changed = sdk.labs.begin_update(group, lab.name, bodies.scaled(lab, 5)).result()
    assert recorder.statuses("PATCH", f"{root}/labs/{lab.name}") == [200]
    assert changed.virtual_machine_profile.sku.capacity == 5
    assert (changed.state, machines(lab.name)) == ("Draft", [])


@pytest.fixture
def directory(wire, portal):
    """Writes a group of the school's directory."""

    def write(group_id, *emails):
        path = f"/subscriptions/{portal.subscription}/providers/Lectern.Portal/directoryGroups/{group_id}"
        members = [{"email": e, "displayName": e.split("@")[0]} for e in emails]
        body = {"properties": {"displayName": "OS 1", "members": members}}
        written = wire("PUT", path, query={"api-version": "2026-11-01"}, json=body)
        assert written.status_code in (200, 201), written.text

    return write


def test_a_lab_follows_its_group(sdk, group, root, recorder, new_lab, machines, directory):
    group_id, ann, ben, eve = fresh("directory"), address("ann"), address("ben"), address("eve")
    directory(group_id, ann, ben)
    lab = new_lab(group_id=group_id, published=True)
    assert lab.roster_profile.active_directory_group_id == group_id
    assert sdk.labs.begin_sync_group(group, lab.name).result() is None
    assert {u.email for u in sdk.users.list_by_lab(group, lab.name)} == {ann, ben}

    # There are as many machines as members: one is made.
    directory(group_id, ann, ben, eve)
    assert sdk.labs.begin_sync_group(group, lab.name).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab.name}/syncGroup")[-1] == 202
    assert {u.email for u in sdk.users.list_by_lab(group, lab.name)} == {ann, ben, eve}
    assert len(machines(lab.name)) == 3

    # Who leaves the group keeps the machine for a while.
    directory(group_id, eve, ann)
    assert sdk.labs.begin_sync_group(group, lab.name).result() is None
    assert {u.email for u in sdk.users.list_by_lab(group, lab.name)} == {ann, ben, eve}
    assert len(machines(lab.name)) == 3
    assert sdk.labs.get(group, lab.name).state == "Published"


def test_members_of_a_group_are_registered_and_have_machines(sdk, group, new_lab, machines, directory):
    group_id = fresh("directory")
    directory(group_id, address("ann"), address("ben"))
    lab = new_lab(group_id=group_id, published=True)
    sdk.labs.begin_sync_group(group, lab.name).result()
    users = list(sdk.users.list_by_lab(group, lab.name))
    assert {u.registration_state for u in users} == {"Registered"}
    # A machine says whose it is by the user's name.
    assert {m.claimed_by_user_id for m in machines(lab.name)} == {u.name for u in users}


def test_a_lab_cannot_follow_an_unknown_group(portal, person, group, new_lab):
    lab = new_lab(published=True)
    unknown = models.RosterProfile(active_directory_group_id=fresh("directory"))
    person.labs.begin_update(group, lab.name, models.LabUpdate(roster_profile=unknown)).result()
    failed = failure(portal, person.labs.begin_sync_group, group, lab.name)
    assert failed.code == "DirectoryGroupNotFound"


def test_a_lab_without_a_group_has_nothing_to_follow(sdk, group, new_lab):
    lab = new_lab(published=True)
    assert refusal(sdk.labs.begin_sync_group, group, lab.name).status_code in (400, 409)


def test_a_lab_is_deleted_with_all_that_is_in_it(sdk, group, root, recorder, new_lab):
    lab = new_lab(published=True)
    sdk.users.begin_create_or_update(group, lab.name, "ann", user()).result()
    assert sdk.labs.begin_delete(group, lab.name).result() is None

    with pytest.raises(ResourceNotFoundError) as gone:
        sdk.labs.get(group, lab.name)
    assert gone.value.error.code == "ResourceNotFound"
    assert list(sdk.labs.list_by_resource_group(group)) == []
    for inside in (sdk.users, sdk.schedules, sdk.virtual_machines):
        refused = refusal(lambda of=inside: list(of.list_by_lab(group, lab.name)))
        assert (refused.status_code, refused.error.code) == (404, "ParentResourceNotFound")

    sdk.labs.begin_delete(group, lab.name).result()
    assert recorder.statuses("DELETE", f"{root}/labs/{lab.name}") == [202, 204]


def test_the_name_of_a_deleted_lab_is_free(sdk, group, bodies, new_lab):
    lab = new_lab()
    sdk.labs.begin_delete(group, lab.name).result()
    made = sdk.labs.begin_create_or_update(group, lab.name, bodies.lab(title="Another")).result()
    assert (made.title, made.state) == ("Another", "Draft")
    assert made.security_profile.registration_code != lab.security_profile.registration_code


def test_names_are_the_same_in_any_case(sdk, group, bodies, new_lab):
    lab = new_lab()
    assert sdk.labs.get(group.upper(), lab.name.upper()).system_data == lab.system_data
    sdk.labs.begin_create_or_update(group.upper(), lab.name.upper(), bodies.lab(title="Loud")).result()
    assert [(x.name, x.title) for x in sdk.labs.list_by_resource_group(group)] == [(lab.name, "Loud")]


def test_lists_hold_what_is_in_their_scope(sdk, group, bodies, new_lab):
    first, second = new_lab(option="Image"), new_lab(option="Image")
    other = fresh("group")
    third = sdk.labs.begin_create_or_update(other, first.name, bodies.lab(option="Image")).result()
    assert {x.id for x in sdk.labs.list_by_resource_group(group)} == {first.id, second.id}
    assert {first.id, second.id, third.id} <= {x.id for x in sdk.labs.list_by_subscription()}
    assert list(sdk.labs.list_by_resource_group(fresh("group"))) == []


def test_an_unknown_lab_is_not_found(sdk, group, bodies, new_lab):
    for ask in (
        lambda: sdk.labs.get(group, "nothing"),
        lambda: sdk.labs.begin_update(group, "nothing", models.LabUpdate(title="New")),
        lambda: sdk.labs.begin_publish(group, "nothing"),
        lambda: sdk.labs.begin_sync_group(group, "nothing"),
    ):
        refused = refusal(ask)
        assert (refused.status_code, refused.error.code) == (404, "ResourceNotFound")


def test_a_lab_of_an_unknown_plan_is_refused(sdk, group, bodies):
    unknown = bodies.plan_id.removesuffix("default") + "nothing"
    refused = refusal(sdk.labs.begin_create_or_update, group, "os-1", bodies.lab(lab_plan_id=unknown))
    assert refused.status_code in (400, 404)


# What goes wrong later: the request is accepted, and the operation fails.


def error_on(wire, path):
    """What a resource tells about its last operation; only the newer api-version describes it."""
    return wire("GET", path).json()["properties"]["resourceOperationError"]


def test_making_a_lab_fails_and_is_asked_for_again(portal, person, group, root, bodies, wire):
    with portal.new_ones_broken():
        failed = failure(portal, person.labs.begin_create_or_update, group, "os-1", bodies.lab())
        assert person.labs.get(group, "os-1").provisioning_state == "Failed"
        assert error_on(wire, f"{root}/labs/os-1")["code"] == failed.code
    made = person.labs.begin_create_or_update(group, "os-1", bodies.lab()).result()
    assert (made.provisioning_state, made.state) == ("Succeeded", "Draft")


def test_a_lab_that_could_not_be_made_is_deleted(portal, person, group, bodies):
    with portal.new_ones_broken():
        failure(portal, person.labs.begin_create_or_update, group, "os-1", bodies.lab())
    person.labs.begin_delete(group, "os-1").result()
    assert list(person.labs.list_by_resource_group(group)) == []


def test_publishing_fails(portal, person, group, root, wire, new_lab):
    lab = new_lab()
    with portal.new_ones_broken():
        failed = failure(portal, person.labs.begin_publish, group, lab.name)
    assert error_on(wire, f"{root}/labs/{lab.name}")["code"] == failed.code
    person.labs.begin_publish(group, lab.name).result()
    assert person.labs.get(group, lab.name).state == "Published"


def test_more_machines_cannot_be_made(portal, person, group, bodies, new_lab):
    lab = new_lab(published=True)
    with portal.new_ones_broken():
        failure(portal, person.labs.begin_update, group, lab.name, bodies.scaled(lab, 4))
    with portal.new_ones_broken():
        failure(portal, person.labs.begin_create_or_update, group, lab.name, bodies.lab(capacity=5))


def test_a_deletion_is_never_given_up(portal, person, group, new_lab, machines):
    lab = new_lab(published=True)
    stuck = machines(lab.name)[0].name
    looks = []

    def look(response):
        text = response.http_response.text()
        if '"InProgress"' not in text:
            return
        looks.append(text)
        portal.advance(1000)
        if len(looks) == 3:
            portal.tell(f"mend {stuck}")

    person.virtual_machines.begin_start(group, lab.name, stuck).result()
    portal.tell(f"break {stuck}")
    assert person.labs.begin_delete(group, lab.name, raw_response_hook=look).result() is None
    assert len(looks) >= 3
    assert list(person.labs.list_by_resource_group(group)) == []


def test_who_may_only_look_changes_no_lab(reader, group, bodies, new_lab):
    lab = new_lab(published=True)
    assert reader.labs.get(group, lab.name).id == lab.id
    for begin, *body in (
        (reader.labs.begin_create_or_update, bodies.lab()),
        (reader.labs.begin_update, models.LabUpdate(title="Mine")),
        (reader.labs.begin_delete,),
        (reader.labs.begin_publish,),
        (reader.labs.begin_sync_group,),
    ):
        refused = refusal(begin, group, lab.name, *body)
        assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")


def test_deleting_a_lab_interrupts_its_publishing(portal, person, group, new_lab):
    lab = new_lab()
    with portal.broken("template"):
        publishing = person.labs.begin_publish(group, lab.name)
        deleting = person.labs.begin_delete(group, lab.name)
        assert ending(publishing).code == "OperationPreempted"
    deleting.result()
    assert list(person.labs.list_by_resource_group(group)) == []


def test_no_password_is_returned(recorder, sdk, group, bodies):
    sdk.labs.begin_create_or_update(group, "os-1", bodies.lab()).result()
    sdk.labs.get(group, "os-1")
    own = [json.dumps(r["body"]) for r in recorder.responses if group in r["url"]]
    assert len(own) >= 2
    assert not [text for text in own if PASSWORD in text or '"password"' in text]
