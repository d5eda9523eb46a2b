"""Machines: template and pool, started, stopped, remade, moved, and given new passwords."""

import pytest
from azure.mgmt.labservices import models

from bodies import PASSWORD
from wire import ending, failure, refusal

VERBS = ["start", "stop", "reimage", "redeploy"]


@pytest.fixture
def lab(new_lab):
    """The name of a published lab."""
    return new_lab(published=True).name


@pytest.fixture
def seat(machines, lab):
    """The name of one of its machines."""
    return machines(lab)[0].name


@pytest.fixture
def act(person, group, lab):
    """Begins an act on a machine by its verb."""

    def begin(verb, name, **options):
        return getattr(person.virtual_machines, f"begin_{verb}")(group, lab, name, **options)

    return begin


@pytest.fixture
def state(person, group, lab):
    """Reads what a machine does."""
    return lambda name: person.virtual_machines.get(group, lab, name).state


def test_a_pool_is_listed_and_read(sdk, group, lab, seat):
    listed = {m.name: m for m in sdk.virtual_machines.list_by_lab(group, lab)}
    assert sorted(m.vm_type for m in listed.values()) == ["Template", "User", "User"]
    assert listed["template"].vm_type == "Template"
    machine = sdk.virtual_machines.get(group, lab, seat)
    assert machine == listed[seat]
    assert machine.type.lower() == "microsoft.labservices/labs/virtualmachines"
    assert (machine.state, machine.provisioning_state) == ("Stopped", "Succeeded")
    assert machine.connection_profile.admin_username == "student"
    assert machine.claimed_by_user_id is None
    assert sdk.virtual_machines.get(group.upper(), lab.upper(), seat.upper()).name == seat


@pytest.mark.parametrize("which", ["seat", "template"])
def test_a_machine_is_started_and_stopped(sdk, group, root, lab, request, recorder, which):
    name = "template" if which == "template" else request.getfixturevalue("seat")
    path = f"{root}/labs/{lab}/virtualMachines/{name}"

    assert sdk.virtual_machines.begin_start(group, lab, name).result() is None
    running = sdk.virtual_machines.get(group, lab, name)
    assert running.state == "Running"
    assert running.connection_profile.private_ip_address
    sdk.virtual_machines.begin_start(group, lab, name).result()
    assert recorder.statuses("POST", f"{path}/start") == [202, 200]

    assert sdk.virtual_machines.begin_stop(group, lab, name).result() is None
    assert sdk.virtual_machines.get(group, lab, name).state == "Stopped"
    sdk.virtual_machines.begin_stop(group, lab, name).result()
    assert recorder.statuses("POST", f"{path}/stop") == [202, 200]


def test_a_whole_pool_starts_at_once(sdk, group, lab, machines):
    pollers = [sdk.virtual_machines.begin_start(group, lab, m.name) for m in machines(lab)]
    for poller in pollers:
        poller.result()
    pool = machines(lab)
    assert {m.state for m in pool} == {"Running"}
    assert len({m.connection_profile.private_ip_address for m in pool}) == len(pool)


@pytest.mark.parametrize("running", [False, True])
def test_a_machine_is_reimaged_and_ends_stopped(sdk, group, root, lab, seat, recorder, running):
    if running:
        sdk.virtual_machines.begin_start(group, lab, seat).result()
    assert sdk.virtual_machines.begin_reimage(group, lab, seat).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab}/virtualMachines/{seat}/reimage") == [202]
    again = sdk.virtual_machines.get(group, lab, seat)
    assert (again.state, again.provisioning_state) == ("Stopped", "Succeeded")


@pytest.mark.parametrize("running", [False, True])
def test_a_machine_is_redeployed_and_ends_running(sdk, group, root, lab, seat, recorder, running):
    if running:
        sdk.virtual_machines.begin_start(group, lab, seat).result()
    assert sdk.virtual_machines.begin_redeploy(group, lab, seat).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab}/virtualMachines/{seat}/redeploy") == [202]
    again = sdk.virtual_machines.get(group, lab, seat)
    assert (again.state, again.provisioning_state) == ("Running", "Succeeded")


@pytest.mark.parametrize("which", ["seat", "template"])
def test_a_running_machine_gets_a_new_password(sdk, group, root, lab, request, recorder, which):
    name = "template" if which == "template" else request.getfixturevalue("seat")
    sdk.virtual_machines.begin_start(group, lab, name).result()
    body = models.ResetPasswordBody(username="student", password=PASSWORD)
    assert sdk.virtual_machines.begin_reset_password(group, lab, name, body).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab}/virtualMachines/{name}/resetPassword") == [202]
    assert sdk.virtual_machines.get(group, lab, name).state == "Running"


def test_a_stopped_machine_gets_no_new_password(sdk, group, lab, seat, state):
    body = models.ResetPasswordBody(username="student", password=PASSWORD)
    assert refusal(sdk.virtual_machines.begin_reset_password, group, lab, seat, body).status_code in (400, 409)
    assert state(seat) == "Stopped"


# What goes wrong later: the request is accepted, and the operation fails.


@pytest.mark.parametrize("verb", ["start", "reimage", "redeploy"])
def test_an_act_on_a_broken_machine_fails(portal, act, wire, root, lab, seat, verb):
    with portal.broken(seat):
        failed = failure(portal, act, verb, seat)
        properties = wire("GET", f"{root}/labs/{lab}/virtualMachines/{seat}").json()["properties"]
        assert properties["resourceOperationError"]["code"] == failed.code


def test_stopping_a_broken_machine_fails(portal, act, state, seat):
    act("start", seat).result()
    with portal.broken(seat):
        failure(portal, act, "stop", seat)
    act("stop", seat).result()
    assert state(seat) == "Stopped"


def test_a_broken_machine_gets_no_new_password(portal, person, group, lab, act, seat):
    act("start", seat).result()
    body = models.ResetPasswordBody(username="student", password=PASSWORD)
    with portal.broken(seat):
        failure(portal, person.virtual_machines.begin_reset_password, group, lab, seat, body)


def test_a_machine_that_was_given_up_is_started_again(portal, act, state, seat):
    with portal.broken(seat):
        failure(portal, act, "start", seat)
    act("start", seat).result()
    assert state(seat) == "Running"


def test_one_broken_machine_holds_up_no_other(portal, act, state, lab, machines):
    broken, sound = (m.name for m in machines(lab))
    with portal.broken(broken):
        waiting = act("start", broken)
        act("start", sound).result()
        assert state(sound) == "Running"
        assert not waiting.done()
    waiting.result()


@pytest.mark.parametrize(("first", "then", "end"), [("start", "stop", "Stopped"), ("stop", "start", "Running")])
def test_the_last_word_counts(portal, act, state, seat, first, then, end):
    """Who asks for the opposite is obeyed, and the first act says that it was given up for that."""
    act(then, seat).result()
    with portal.broken(seat):
        overtaken = act(first, seat)
        last = act(then, seat)
        assert ending(overtaken).code == "OperationPreempted"
    last.result()
    assert state(seat) == end


def test_who_may_only_look_touches_no_machine(reader, group, lab, seat):
    body = models.ResetPasswordBody(username="student", password=PASSWORD)
    assert reader.virtual_machines.get(group, lab, seat).state == "Stopped"
    for verb, *content in [(verb,) for verb in VERBS] + [("reset_password", body)]:
        begin = getattr(reader.virtual_machines, f"begin_{verb}")
        refused = refusal(begin, group, lab, seat, *content)
        assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")


def test_an_unknown_machine_is_not_found(sdk, group, lab):
    body = models.ResetPasswordBody(username="student", password=PASSWORD)
    for verb, *content in [(verb,) for verb in VERBS] + [("reset_password", body)]:
        begin = getattr(sdk.virtual_machines, f"begin_{verb}")
        refused = refusal(begin, group, lab, "nothing", *content)
        assert (refused.status_code, refused.error.code) == (404, "ResourceNotFound")
    assert refusal(sdk.virtual_machines.get, group, lab, "nothing").error.code == "ResourceNotFound"
    lost = refusal(lambda: list(sdk.virtual_machines.list_by_lab(group, "nothing")))
    assert lost.error.code == "ParentResourceNotFound"
