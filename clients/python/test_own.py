"""What the predecessor's API cannot do, under Lectern's own provider: each operation, well and refused."""

import csv
import io

import pytest
from azure.mgmt.labservices import models

from bodies import address, fresh, user
from wire import Wire, error_of

DAY = 24 * 3600

# The version of Lectern's own provider.
VERSION = "2026-11-01"


@pytest.fixture
def own(portal, group):
    """The path of Lectern's provider: for the whole subscription, or for a lab."""
    subscription = f"/subscriptions/{portal.subscription}"

    def path(rest, lab=None):
        if lab is None:
            return f"{subscription}/providers/Lectern.Portal/{rest}"
        return f"{subscription}/resourceGroups/{group}/providers/Lectern.Portal/labs/{lab}/{rest}"

    return path


@pytest.fixture
def wire(portal, recorder):
    """Raw requests of the owner."""
    wire = Wire(portal, recorder, portal.settings["LECTERN_TOKEN"], VERSION)
    yield wire
    wire.close()


@pytest.fixture
def student(portal, recorder):
    """Raw requests of somebody without any role."""
    wire = Wire(portal, recorder, portal.settings["LECTERN_STRANGER_TOKEN"], VERSION)
    yield wire
    wire.close()


@pytest.fixture
def reads(portal, recorder):
    """Raw requests with a token that only reads."""
    wire = Wire(portal, recorder, portal.settings["LECTERN_READ_TOKEN"], VERSION)
    yield wire
    wire.close()


@pytest.fixture
def lab(new_lab):
    """The name of a published lab that everybody with its link may join."""
    return new_lab(published=True, security_profile=models.SecurityProfile(open_access="Enabled")).name


@pytest.fixture
def finish(wire):
    """Follows an operation to its end; returns what it says there."""

    def follow(response):
        assert response.status_code in (200, 202), response.text
        if response.status_code == 200:
            return None
        while True:
            told = wire("GET", response.headers["Azure-AsyncOperation"], query={}).json()
            if told["status"] != "InProgress":
                return told

    return follow


def code_of(wire, own, lab):
    return wire("GET", own("registration", lab)).json()["code"]


# Registering, and one's own machines.


def test_a_student_registers_by_code_and_works_on_their_machine(wire, student, own, lab, finish):
    code = code_of(wire, own, lab)
    assert student("POST", own("register"), json={"code": code}).json() == {"seated": True}
    # Again is once.
    assert student("POST", own("register"), json={"code": code}).json() == {"seated": True}
    mine = [m for m in student("GET", own("myVirtualMachines")).json()["value"] if m.get("name", "").startswith(lab)]
    assert [m["state"] for m in mine] == ["Stopped"]
    name = mine[0]["name"]

    def state():
        listed = student("GET", own("myVirtualMachines")).json()["value"]
        return next(m["state"] for m in listed if m.get("name") == name)

    for verb, after in (("start", "Running"), ("stop", "Stopped"), ("reimage", "Stopped")):
        begun = student("POST", own(f"myVirtualMachines/{name}/{verb}"))
        assert begun.status_code == 202, begun.text
        told = finish(begun)
        assert told["status"] == "Succeeded", told
        assert state() == after


def test_a_machine_of_somebody_else_is_not_found(wire, student, own, lab, machines):
    name = machines(lab)[0].name
    for verb in ("start", "stop", "reimage"):
        error_of(student("POST", own(f"myVirtualMachines/{name}/{verb}")), 404, "ResourceNotFound")


def test_a_code_that_does_not_work_says_only_that(student, own):
    first = student("POST", own("register"), json={"code": "WRONG-CODE"})
    second = student("POST", own("register"), json={"code": "another"})
    assert first.status_code == second.status_code, (first.text, second.text)
    assert first.status_code >= 400
    assert first.json()["error"]["message"] == second.json()["error"]["message"]
    error_of(student("POST", own("register"), json={}), 400, "InvalidRequestContent")


def test_whoever_may_only_read_registers_nowhere(wire, reads, own, lab):
    code = code_of(wire, own, lab)
    error_of(reads("POST", own("register"), json={"code": code}), 403, "AuthorizationFailed")


# A lab in bulk.


def test_all_machines_start_and_stop(wire, own, lab, machines):
    assert wire("POST", own("startAll", lab)).json() == {"count": 2}
    wait_for(machines, lab, "Running")
    assert wire("POST", own("stopAll", lab)).json() == {"count": 2}
    wait_for(machines, lab, "Stopped")


def wait_for(machines, lab, state):
    while not all(m.state == state for m in machines(lab)):
        pass


def test_many_people_are_added_at_once_or_none(sdk, wire, group, own, lab):
    people = [address(f"p{n}") for n in range(30)]
    assert wire("POST", own("addUsers", lab), json={"emails": people}).json() == {"added": 30, "known": 0}
    more = [*people[:3], address("new")]
    assert wire("POST", own("addUsers", lab), json={"emails": more}).json() == {"added": 1, "known": 3}
    refused = wire("POST", own("addUsers", lab), json={"emails": [address("fine"), "no address"]})
    assert refused.status_code == 400
    assert len(list(sdk.users.list_by_lab(group, lab))) == 31


def test_the_registration_code_is_limited_and_replaced(wire, student, own, lab):
    before = wire("GET", own("registration", lab)).json()
    assert before["enabled"]
    assert before["url"].endswith(f"/register/{before['code']}")
    limit = {"expiresAt": "2199-01-31T12:00:00Z", "usesLeft": 5}
    limited = wire("PATCH", own("registration", lab), json=limit).json()
    assert (limited["usesLeft"], limited["expiresAt"][:16]) == (5, "2199-01-31T12:00")
    assert not wire("PATCH", own("registration", lab), json={"enabled": False}).json()["enabled"]
    assert student("POST", own("register"), json={"code": before["code"]}).status_code >= 400
    after = wire("POST", own("regenerateCode", lab)).json()
    assert after["code"] != before["code"]
    wire("PATCH", own("registration", lab), json={"enabled": True})
    assert student("POST", own("register"), json={"code": before["code"]}).status_code >= 400
    assert student("POST", own("register"), json={"code": after["code"]}).status_code == 200


def test_used_hours_are_reset_and_exported(portal, sdk, wire, student, group, own, lab, finish):
    student("POST", own("register"), json={"code": code_of(wire, own, lab)})
    mine = student("GET", own("myVirtualMachines")).json()["value"]
    name = next(m["name"] for m in mine if m.get("name", "").startswith(lab))
    finish(student("POST", own(f"myVirtualMachines/{name}/start")))
    portal.advance(3600)
    finish(student("POST", own(f"myVirtualMachines/{name}/stop")))

    usage = wire("GET", own("usage", lab)).json()["value"]
    assert [row["email"] for row in usage] == ["stranger@school.example"]
    assert usage[0]["used"].startswith("PT1H"), usage
    table = list(csv.DictReader(io.StringIO(wire("GET", own("usage", lab), query=csv_query()).text)))
    assert [(row["email"], row["used"]) for row in table] == [(usage[0]["email"], usage[0]["used"])]

    cost = wire("GET", own("cost", lab)).json()
    assert float(cost["spent"]) >= 0
    assert len(cost["currency"]) == 3
    days = list(csv.DictReader(io.StringIO(wire("GET", own("cost", lab), query=csv_query()).text)))
    assert [day["cost"] for day in days] == [day["cost"] for day in cost["days"]]

    assert wire("POST", own("resetHours", lab), json={}).json() == {"count": 1}
    assert wire("GET", own("usage", lab)).json()["value"][0]["used"] == "PT0S"
    one = {"users": [usage[0]["name"]]}
    assert wire("POST", own("resetHours", lab), json=one).json() == {"count": 1}
    unknown = {"users": ["nobody"]}
    assert wire("POST", own("resetHours", lab), json=unknown).status_code == 404


def csv_query():
    return {"api-version": VERSION, "format": "csv"}


def test_an_export_of_another_kind_is_refused(wire, own, lab):
    query = {"api-version": VERSION, "format": "xml"}
    for what in ("usage", "cost"):
        error_of(wire("GET", own(what, lab), query=query), 400, "InvalidRequestContent")


def test_whoever_has_no_role_is_told_of_no_lab(student, own, lab):
    for method, what in (
        ("POST", "startAll"),
        ("POST", "stopAll"),
        ("GET", "registration"),
        ("POST", "regenerateCode"),
        ("GET", "usage"),
        ("GET", "cost"),
    ):
        error_of(student(method, own(what, lab)), 404, "ResourceNotFound")


def test_whoever_may_only_read_changes_nothing(reads, own, lab):
    for method, what, body in (
        ("POST", "startAll", None),
        ("POST", "stopAll", None),
        ("POST", "regenerateCode", None),
        ("PATCH", "registration", {"enabled": False}),
        ("POST", "addUsers", {"emails": [address()]}),
        ("POST", "resetHours", {}),
    ):
        error_of(reads(method, own(what, lab), json=body), 403, "AuthorizationFailed")


# Groups of the directory.


def test_a_directory_group_is_written_read_listed_and_removed(wire, student, own):
    name, members = fresh("group"), [{"email": address("ann"), "displayName": "Ann"}, {"email": address("bob")}]
    path, body = own(f"directoryGroups/{name}"), {"properties": {"displayName": "Class 7b", "members": members}}
    written = wire("PUT", path, json=body).json()
    assert written["name"] == name
    assert [m["email"] for m in written["properties"]["members"]] == [m["email"] for m in members]
    assert wire("GET", path).json() == written
    assert name in {g["name"] for g in every(wire, own("directoryGroups"))}
    error_of(student("PUT", path, json=body), 403, "AuthorizationFailed")
    assert wire("DELETE", path).status_code == 200
    assert wire("DELETE", path).status_code == 204
    error_of(wire("GET", path), 404, "ResourceNotFound")


def every(wire, path):
    """All items of a list, page after page."""
    response = wire("GET", path).json()
    yield from response["value"]
    while response.get("nextLink"):
        response = wire("GET", response["nextLink"], query={}).json()
        yield from response["value"]


# The bin.


@pytest.fixture
def deleted(wire, own, root):
    """What the bin has of a lab of the test's own group."""
    return lambda lab: [
        d
        for d in every(wire, own("deletedLabs"))
        if d["properties"]["labId"].lower() == f"{root}/labs/{lab}".lower()
    ]


def test_a_deleted_lab_is_brought_back(sdk, wire, student, reads, group, own, lab, deleted, machines, finish):
    sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    before, pool = sdk.labs.get(group, lab), [m.name for m in machines(lab)]
    sdk.labs.begin_delete(group, lab).result()
    [entry] = deleted(lab)
    path = own(f"deletedLabs/{entry['name']}")
    assert wire("GET", path).json() == entry
    assert (entry["properties"]["machines"], entry["properties"]["users"]) == (3, 1)
    assert entry["properties"]["title"] == before.title

    for nobody in (student("GET", path), student("POST", f"{path}/restore")):
        error_of(nobody, 404, "ResourceNotFound")
    assert student("DELETE", path).status_code == 204
    error_of(reads("POST", f"{path}/restore"), 403, "AuthorizationFailed")

    back = wire("POST", f"{path}/restore")
    finish(back)
    assert back.json()["name"] == lab
    after = sdk.labs.get(group, lab)
    assert (after.id, after.state) == (before.id, "Published")
    assert after.security_profile.registration_code == before.security_profile.registration_code
    assert [m.name for m in machines(lab)] == pool
    assert [u.name for u in sdk.users.list_by_lab(group, lab)] == ["ann"]
    assert deleted(lab) == []
    error_of(wire("POST", f"{path}/restore"), 404, "ResourceNotFound")


def test_a_deleted_lab_is_removed_for_good(portal, sdk, wire, group, own, lab, deleted, finish):
    sdk.labs.begin_delete(group, lab).result()
    [entry] = deleted(lab)
    path = own(f"deletedLabs/{entry['name']}")
    assert finish(wire("DELETE", path))["status"] == "Succeeded"
    assert deleted(lab) == []
    assert wire("DELETE", path).status_code == 204
    assert wire("DELETE", own("deletedLabs/nothing")).status_code == 204
    error_of(wire("GET", own("deletedLabs/nothing")), 404, "ResourceNotFound")
    error_of(wire("POST", f"{path}/restore"), 404, "ResourceNotFound")


def test_after_a_week_it_is_gone(portal, person, wire, group, own, lab, deleted):
    person.labs.begin_delete(group, lab).result()
    [entry] = deleted(lab)
    portal.advance(7 * DAY + 60)
    assert deleted(lab) == []
    refused = wire("POST", own(f"deletedLabs/{entry['name']}/restore"))
    assert refused.status_code in (404, 409)


def test_a_lab_does_not_come_back_where_its_name_is_taken(sdk, wire, group, bodies, own, lab, deleted):
    sdk.labs.begin_delete(group, lab).result()
    [entry] = deleted(lab)
    sdk.labs.begin_create_or_update(group, lab, bodies.lab(title="The next one")).result()
    refused = error_of(wire("POST", own(f"deletedLabs/{entry['name']}/restore")), 409, "Conflict")
    assert "The next one" in refused["message"]
