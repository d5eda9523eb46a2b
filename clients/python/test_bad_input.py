"""Bodies that are wrong: whatever is wrong is said, all of it at once, and nothing is done."""

import copy

import pytest

from bodies import address, schedule, set_in
from wire import error_of, refusal


@pytest.fixture
def lab(new_lab):
    """The name of a lab to ask wrong things of."""
    return new_lab(option="Image").name


def targets(response):
    """What a refused body is wrong about, all of it."""
    details = error_of(response, 400, "InvalidRequestContent")["details"]
    assert all(d["code"] and d["message"] for d in details)
    return {d["target"] for d in details}


# The api-version.


def test_a_request_without_api_version_is_refused(wire, portal):
    for query in ({}, {"api-version": ""}, {"$filter": "name eq 'x'"}):
        refused = wire("GET", f"{portal.provider()}/labs", query=query)
        error_of(refused, 400, "MissingApiVersionParameter")


@pytest.mark.parametrize("version", ["2021-11-15-preview", "2023-06-08", "1.0", "latest", "2023-06-07 "])
def test_an_unknown_api_version_is_refused_with_the_known_ones(wire, portal, version):
    refused = wire("GET", f"{portal.provider()}/labs", query={"api-version": version})
    message = error_of(refused, 400, "InvalidApiVersionParameter")["message"]
    assert "2022-08-01" in message and "2023-06-07" in message


def test_both_api_versions_see_the_same_lab(wire, root, lab):
    older, newer = (
        wire("GET", f"{root}/labs/{lab}", query={"api-version": v}).json() for v in ("2022-08-01", "2023-06-07")
    )
    for one in (older, newer):
        one["properties"].pop("resourceOperationError", None)
    assert older == newer


# What is missing: all of it is said at once.

PROFILES = ["autoShutdownProfile", "connectionProfile", "securityProfile", "virtualMachineProfile"]
MACHINE = ["createOption", "imageReference", "usageQuota", "sku", "adminUser"]


@pytest.mark.parametrize(
    ("method", "path", "body", "missing"),
    [
        ("PUT", "labPlans/new", {}, {"location", "properties"}),
        ("PUT", "labs/new", {}, {"location", "properties"}),
        ("PUT", "labs/new", {"properties": {}}, {"location"} | {f"properties.{p}" for p in PROFILES}),
        (
            "PUT",
            "labs/new",
            {
                "location": "local",
                "properties": {p: {} for p in PROFILES},
            },
            {f"properties.virtualMachineProfile.{p}" for p in MACHINE},
        ),
        ("PUT", "labs/{lab}/schedules/new", {}, {"properties"}),
        ("PUT", "labs/{lab}/schedules/new", {"properties": {}}, {"properties.stopAt", "properties.timeZoneId"}),
        (
            "PUT",
            "labs/{lab}/schedules/new",
            {"properties": {"recurrencePattern": {}}},
            {
                "properties.stopAt",
                "properties.timeZoneId",
                "properties.recurrencePattern.frequency",
                "properties.recurrencePattern.expirationDate",
            },
        ),
        ("PUT", "labs/{lab}/users/new", {}, {"properties"}),
        ("PUT", "labs/{lab}/users/new", {"properties": {}}, {"properties.email"}),
        ("POST", "labs/{lab}/virtualMachines/{seat}/resetPassword", {}, {"username", "password"}),
    ],
)
def test_everything_that_is_missing_is_said_at_once(
    wire, root, person, group, new_lab, machines, method, path, body, missing
):
    lab = new_lab(option="Image", published="{seat}" in path).name
    seat = machines(lab)[0].name if "{seat}" in path else ""
    refused = wire(method, f"{root}/{path.format(lab=lab, seat=seat)}", json=body)
    assert targets(refused) == missing
    assert [x.name for x in person.labs.list_by_resource_group(group)] == [lab]


def test_an_image_needs_a_state(wire, portal):
    path = f"{portal.provider('default')}/labPlans/default/images/debian-12"
    assert targets(wire("PUT", path, json={"properties": {}})) == {"properties.enabledState"}


def test_saving_an_image_needs_a_name_and_a_machine(wire, portal):
    path = f"{portal.provider('default')}/labPlans/default/saveImage"
    assert targets(wire("POST", path, json={})) == {"name", "labVirtualMachineId"}


# What is wrong.

LAB = "properties."
VM = "properties.virtualMachineProfile."
STOP = "properties.autoShutdownProfile."

WRONG_IN_A_LAB = [
    ("location", 7),
    ("location", ""),
    ("tags", ["a"]),
    ("tags", {"a": 1}),
    ("properties", []),
    ("properties", "x"),
    (LAB + "title", ""),
    (LAB + "title", "x" * 121),
    (LAB + "title", 7),
    (LAB + "title", "two\nlines"),
    (LAB + "title", "nul\u0000"),
    (LAB + "description", {"a": "b"}),
    (LAB + "labPlanId", "x"),
    (LAB + "labPlanId", "/subscriptions/" + "x" * 2000),
    (LAB + "securityProfile.openAccess", "enabled?"),
    (LAB + "securityProfile", None),
    (LAB + "connectionProfile.clientSshAccess", "Everybody"),
    (LAB + "connectionProfile.webRdpAccess", True),
    (LAB + "networkProfile.subnetId", "x"),
    (STOP + "shutdownOnIdle", "Sometimes"),
    (STOP + "shutdownOnDisconnect", "On"),
    (STOP + "disconnectDelay", "5 minutes"),
    (STOP + "disconnectDelay", "PT60M"),
    (STOP + "disconnectDelay", "-PT1M"),
    (STOP + "noConnectDelay", "PT2H"),
    (STOP + "idleDelay", "PT0S"),
    (STOP + "idleDelay", 15),
    (VM + "createOption", "Template"),
    (VM + "usageQuota", "ten hours"),
    (VM + "usageQuota", "PT10000H"),
    (VM + "usageQuota", "-PT1H"),
    (VM + "usageQuota", 10),
    (VM + "sku", "Medium"),
    (VM + "sku.name", "Enormous"),
    (VM + "sku.name", ""),
    (VM + "sku.capacity", -1),
    (VM + "sku.capacity", 401),
    (VM + "sku.capacity", 1.5),
    (VM + "sku.capacity", "2"),
    (VM + "sku.capacity", 99999999999999999999),
    (VM + "imageReference.id", 7),
    (VM + "useSharedPassword", "yes"),
    (VM + "adminUser.username", "root"),
    (VM + "adminUser.username", "Two Words"),
    (VM + "adminUser.username", "x" * 21),
    (VM + "adminUser.password", "short"),
    (VM + "adminUser.password", 12345678),
    (VM + "nonAdminUser", "student"),
]


@pytest.mark.parametrize(
    ("path", "value"), WRONG_IN_A_LAB, ids=[f"{p.removeprefix('properties.')}={v!r:.20}" for p, v in WRONG_IN_A_LAB]
)
def test_a_lab_that_is_wrong_is_refused_by_what_is_wrong(wire, root, person, group, bodies, path, value):
    body = bodies.lab_json(option="Image")
    set_in(body, path, value)
    refused = wire("PUT", f"{root}/labs/wrong", json=body)
    # What a value is in may be named as well as the value.
    assert any(path.startswith(t) or t.startswith(path) for t in targets(refused)), refused.text
    assert list(person.labs.list_by_resource_group(group)) == []


def test_two_accounts_need_two_names(wire, root, person, group, bodies):
    body = bodies.lab_json(option="Image")
    profile = body["properties"]["virtualMachineProfile"]
    profile["nonAdminUser"] = {"username": profile["adminUser"]["username"]}
    refused = wire("PUT", f"{root}/labs/wrong", json=body)
    # Each value is one; only together they are none.
    assert refused.status_code == 409, refused.text
    assert refused.json()["error"]["target"] == VM + "nonAdminUser.username"
    assert list(person.labs.list_by_resource_group(group)) == []


def test_an_image_that_is_not_there_is_refused(wire, root, bodies):
    body = bodies.lab_json()
    for reference in (
        {},
        {"id": bodies.image_id + "-9"},
        {"id": "/subscriptions/x/galleries/y"},
        {"offer": "debian-12", "publisher": "nobody", "sku": "12"},
    ):
        set_in(body, VM + "imageReference", reference)
        refused = wire("PUT", f"{root}/labs/wrong", json=body)
        assert refused.status_code in (400, 404), refused.text
        assert refused.json()["error"]["message"]


def test_everything_that_is_wrong_is_said_at_once(wire, root, bodies):
    wrong = {
        LAB + "title": "x" * 121,
        LAB + "securityProfile.openAccess": "Perhaps",
        STOP + "idleDelay": "PT99H",
        VM + "usageQuota": "PT10000H",
        VM + "sku.capacity": 401,
        VM + "adminUser.username": "root",
    }
    body = bodies.lab_json()
    for path, value in wrong.items():
        set_in(body, path, value)
    assert targets(wire("PUT", f"{root}/labs/wrong", json=body)) == set(wrong)


WRONG_IN_A_SCHEDULE = [
    ("startAt", "yesterday"),
    ("stopAt", "2031-02-30T10:00:00Z"),
    ("stopAt", 7),
    ("timeZoneId", "Mars/Olympus"),
    ("timeZoneId", "x" * 51),
    ("notes", "x" * 1001),
    ("recurrencePattern", "Weekly"),
    ("recurrencePattern.frequency", "Monthly"),
    ("recurrencePattern.interval", 0),
    ("recurrencePattern.interval", 366),
    ("recurrencePattern.weekDays", ["Funday"]),
    ("recurrencePattern.weekDays", "Monday"),
    ("recurrencePattern.expirationDate", "never"),
]


@pytest.mark.parametrize(("field", "value"), WRONG_IN_A_SCHEDULE)
def test_a_schedule_that_is_wrong_is_refused(wire, root, lab, person, group, field, value):
    body = schedule().serialize()
    set_in(body, f"properties.{field}", value)
    refused = wire("PUT", f"{root}/labs/{lab}/schedules/wrong", json=body)
    assert any(t.startswith(f"properties.{field}") for t in targets(refused)), refused.text
    assert list(person.schedules.list_by_lab(group, lab)) == []


WRONG_IN_A_USER = [
    ("email", "ann"),
    ("email", "a@b.c"),
    ("email", "x" * 250 + "@school.example"),
    ("email", "two words@school.example"),
    ("email", ["ann@school.example"]),
    ("additionalUsageQuota", "many"),
    ("additionalUsageQuota", "PT10000H"),
]


@pytest.mark.parametrize(("field", "value"), WRONG_IN_A_USER)
def test_a_user_that_is_wrong_is_refused(wire, root, lab, person, group, field, value):
    body = {"properties": {"email": address(), field: value}}
    refused = wire("PUT", f"{root}/labs/{lab}/users/wrong", json=body)
    assert targets(refused) == {f"properties.{field}"}
    assert list(person.users.list_by_lab(group, lab)) == []


def leaves(node, path=()):
    """The paths of everything in a body, the body itself included."""
    yield path
    for name, value in node.items() if isinstance(node, dict) else ():
        yield from leaves(value, (*path, name))


def test_no_value_anywhere_breaks_the_server(wire, root, lab, bodies):
    """Each part of a body becomes each kind of JSON value: the answer is a success or a refusal in words."""
    values = [None, True, -1, 1e300, "", "\U0001f9a5" * 40, [], {}, [[{}]], "x" * 5000]
    requests = [
        (f"labs/{lab}", bodies.lab_json(option="Image")),
        (f"labs/{lab}/schedules/week", schedule().serialize()),
        (f"labs/{lab}/users/ann", {"properties": {"email": address(), "additionalUsageQuota": "PT1H"}}),
    ]
    broken = []
    for path, whole in requests:
        for place in leaves(whole):
            for value in values:
                body = copy.deepcopy(whole)
                if place:
                    set_in(body, ".".join(place), value)
                answer = wire("PUT", f"{root}/{path}", json=body if place else value)
                if answer.status_code >= 500 or (answer.status_code >= 400 and not answer.json()["error"]["code"]):
                    broken.append(f"{path}: {'.'.join(place)} = {value!r:.30} gives {answer.status_code}")
    assert broken == []


def test_what_the_sdk_sends_wrong_comes_back_in_words(sdk, group, bodies):
    refused = refusal(sdk.labs.begin_create_or_update, group, "wrong", bodies.lab(capacity=401, title="x" * 121))
    assert refused.error.code == "InvalidRequestContent"
    assert {d.target for d in refused.error.details} == {LAB + "title", VM + "sku.capacity"}
    assert all(d.message for d in refused.error.details)
