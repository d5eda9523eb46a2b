"""Who calls: service principals, people's tokens, and those who may not."""

import re

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import EnvironmentCredential

from bodies import PASSWORD, plan, schedule, user
from wire import PersonalToken, principal, refusal

# Every operation of the API, with names that need not exist.
OPERATIONS = [
    ("GET", "/providers/Microsoft.LabServices/operations"),
    *[("GET", "{sub}/" + p) for p in ("labPlans", "labs", "skus", "locations/local/usages", "operationResults/x")],
    *[("GET", "{rg}/" + p) for p in ("labPlans", "labPlans/p", "labPlans/p/images", "labPlans/p/images/i")],
    *[("GET", "{rg}/" + p) for p in ("labs", "labs/l", "labs/l/schedules", "labs/l/schedules/s")],
    *[("GET", "{rg}/labs/l/" + p) for p in ("users", "users/u", "virtualMachines", "virtualMachines/v")],
    *[("PUT", "{rg}/" + p) for p in ("labPlans/p", "labPlans/p/images/i", "labs/l", "labs/l/schedules/s")],
    ("PUT", "{rg}/labs/l/users/u"),
    *[("PATCH", "{rg}/" + p) for p in ("labPlans/p", "labPlans/p/images/i", "labs/l", "labs/l/schedules/s")],
    ("PATCH", "{rg}/labs/l/users/u"),
    *[("DELETE", "{rg}/" + p) for p in ("labPlans/p", "labs/l", "labs/l/schedules/s", "labs/l/users/u")],
    *[("POST", "{rg}/" + p) for p in ("labPlans/p/saveImage", "labs/l/publish", "labs/l/syncGroup")],
    ("POST", "{rg}/labs/l/users/u/invite"),
    *[("POST", "{rg}/labs/l/virtualMachines/v/" + p) for p in ("start", "stop", "reimage", "redeploy")],
    ("POST", "{rg}/labs/l/virtualMachines/v/resetPassword"),
]


@pytest.fixture(autouse=True)
def forget_failures(portal):
    """Failed attempts are throttled for a while, which is over before the next test."""
    yield
    portal.advance(1000)


@pytest.fixture
def everywhere(portal, group):
    """Every operation's method and path."""
    sub, rg = portal.provider(), portal.provider(group)
    return [(method, path.format(sub=sub, rg=rg)) for method, path in OPERATIONS]


def test_all_operations_are_tried():
    assert len(set(OPERATIONS)) == 41


def test_a_service_principal_signs_in(sdk):
    assert sdk.lab_plans.get("default", "default").name == "default"


def test_the_environment_is_enough(portal, connect, monkeypatch):
    for name in ("AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, portal.settings[name])
    client = connect(EnvironmentCredential(disable_instance_discovery=True))
    assert client.lab_plans.get("default", "default").name == "default"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "wrong-secret"},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"tenant_id": "00000000-0000-4000-8000-000000000000"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_wrong_credentials_do_not_sign_in(portal, wrong):
    credential = principal(portal, **wrong)
    with pytest.raises(ClientAuthenticationError):
        credential.get_token(f"{portal.url}/.default")


def token_endpoint(portal):
    """Where tokens are made, as the tenant's metadata says."""
    tenant = portal.settings["AZURE_TENANT_ID"]
    metadata = requests.get(f"{portal.url}/{tenant}/v2.0/.well-known/openid-configuration", timeout=60)
    assert metadata.status_code == 200
    return metadata.json()["token_endpoint"]


def test_the_token_endpoint_speaks_oauth(portal):
    form = {
        "grant_type": "client_credentials",
        "client_id": portal.settings["AZURE_CLIENT_ID"],
        "client_secret": portal.settings["AZURE_CLIENT_SECRET"],
        "scope": f"{portal.url}/.default",
    }
    address = token_endpoint(portal)
    answer = requests.post(address, data=form, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["token_type"].lower() == "bearer"
    assert int(answer.json()["expires_in"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"

    for change, status, error in (
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_secret": "wrong-secret"}, 401, "invalid_client"),
    ):
        refused = requests.post(address, data=form | change, timeout=60)
        assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_nobody_gets_nothing(wire, everywhere):
    for method, path in everywhere:
        refused = wire(method, path, token=None)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AuthenticationFailed"), path
        assert refused.headers["WWW-Authenticate"].startswith("Bearer"), path


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer lectern_",
        "Basic eDp5",
        "lectern_x",
        "Bearer a b",
        "Bearer " + "x" * 6000,
    ],
    ids=lambda header: header[:16],
)
def test_what_is_no_token_is_refused(wire, portal, header):
    refused = wire("GET", f"{portal.provider()}/labs", token=None, headers={"Authorization": header})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AuthenticationFailed")


def test_a_token_with_one_wrong_letter_is_refused(wire, portal):
    token = portal.settings["LECTERN_TOKEN"]
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert wire("GET", f"{portal.provider()}/labs", token=wrong).status_code == 401
    assert wire("GET", f"{portal.provider()}/labs", token=token).status_code == 200


def test_the_token_of_a_principal_ends(portal, wire):
    token = principal(portal).get_token(f"{portal.url}/.default").token
    labs = f"{portal.provider()}/labs"
    assert wire("GET", labs, token=token).status_code == 200
    portal.advance(2 * 24 * 3600)
    assert wire("GET", labs, token=token).status_code == 401
    again = principal(portal).get_token(f"{portal.url}/.default").token
    assert wire("GET", labs, token=again).status_code == 200


def test_the_sdk_says_that_a_token_has_ended(portal, connect):
    token = principal(portal).get_token(f"{portal.url}/.default").token
    portal.advance(2 * 24 * 3600)
    client = connect(PersonalToken(token))
    with pytest.raises(ClientAuthenticationError) as refused:
        client.lab_plans.get("default", "default")
    assert refused.value.error.code == "AuthenticationFailed"


def test_a_persons_token_signs_in(person, group, new_lab):
    lab = new_lab(option="Image")
    assert person.labs.get(group, lab.name).id == lab.id


def test_a_resource_says_who_made_it(person, sdk, group, bodies):
    by_person = person.labs.begin_create_or_update(group, "one", bodies.lab(option="Image")).result()
    assert by_person.system_data.created_by_type == "User"
    assert by_person.system_data.created_by == "owner@school.example"
    by_program = sdk.labs.begin_create_or_update(group, "two", bodies.lab(option="Image")).result()
    assert by_program.system_data.created_by_type == "Application"


def test_who_may_only_look_may_look(reader, group, new_lab):
    lab = new_lab(option="Image")
    assert reader.labs.get(group, lab.name).id == lab.id
    assert [x.id for x in reader.labs.list_by_resource_group(group)] == [lab.id]
    assert list(reader.skus.list())
    refused = refusal(reader.schedules.create_or_update, group, lab.name, "week", schedule())
    assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")


@pytest.fixture
def body_for(bodies, portal, group):
    """A body that fits a request, so that nothing is wrong but who asks."""
    template = f"{portal.provider(group)}/labs/l/virtualMachines/template"
    fitting = {
        ("PUT", "/labPlans/p"): plan().serialize(),
        ("PUT", "/images/i"): {"properties": {"enabledState": "Disabled"}},
        ("PUT", "/labs/l"): bodies.lab_json(title="Taken over"),
        ("PUT", "/schedules/s"): schedule(notes="Taken over").serialize(),
        ("PUT", "/users/u"): user().serialize(),
        ("PATCH", "/labPlans/p"): {"properties": {"allowedRegions": ["taken"]}},
        ("PATCH", "/images/i"): {"properties": {"enabledState": "Disabled"}},
        ("PATCH", "/labs/l"): {"properties": {"title": "Taken over"}},
        ("PATCH", "/schedules/s"): {"properties": {"notes": "Taken over"}},
        ("PATCH", "/users/u"): {"properties": {"additionalUsageQuota": "PT9H"}},
        ("POST", "/saveImage"): {"name": "taken", "labVirtualMachineId": template},
        ("POST", "/invite"): {},
        ("POST", "/resetPassword"): {"username": "student", "password": PASSWORD},
    }

    def find(method, path):
        return next((body for (m, ending), body in fitting.items() if m == method and path.endswith(ending)), None)

    return find


@pytest.fixture
def everything(person, bodies, group, everywhere):
    """Makes what the paths of all operations lead to. Returns those with their real names, and how to read it all."""
    person.lab_plans.begin_create_or_update(group, "p", plan()).result()
    person.labs.begin_create_or_update(group, "l", bodies.lab()).result()
    person.labs.begin_publish(group, "l").result()
    person.schedules.create_or_update(group, "l", "s", schedule())
    person.users.begin_create_or_update(group, "l", "u", user()).result()
    seat = next(m.name for m in person.virtual_machines.list_by_lab(group, "l") if m.vm_type == "User")

    def read():
        return (
            person.lab_plans.get(group, "p"),
            person.labs.get(group, "l"),
            person.schedules.get(group, "l", "s"),
            person.users.get(group, "l", "u"),
            list(person.images.list_by_lab_plan(group, "p")),
            list(person.virtual_machines.list_by_lab(group, "l")),
        )

    def real(path):
        return re.sub("/i$", "/debian-12", path).replace("/virtualMachines/v", f"/virtualMachines/{seat}")

    return [(method, path, real(path)) for method, path in everywhere], read


def test_who_may_only_look_changes_nothing_anywhere(portal, wire, everything, body_for):
    requests, read = everything
    before = read()
    for method, path, place in requests:
        if method != "GET":
            refused = wire(method, place, token=portal.settings["LECTERN_READ_TOKEN"], json=body_for(method, path))
            assert refused.status_code == 403, f"{method} {path}: {refused.status_code} {refused.text}"
    assert read() == before


def test_a_stranger_sees_nothing_that_is_there(portal, wire, everything, body_for):
    requests, read = everything
    before = read()
    for method, path, place in requests:
        seen = wire(method, place, token=portal.settings["LECTERN_STRANGER_TOKEN"], json=body_for(method, path))
        # What the service can do is no secret. A list may be there, with nothing on it; and whoever
        # deletes what is not there, as far as they can see, is told that it is not there.
        empty = method == "GET" and seen.status_code == 200 and seen.json().get("value") == []
        nothing = method == "DELETE" and seen.status_code == 204
        if not path.endswith("/operations"):
            assert seen.status_code in (403, 404) or empty or nothing, f"{method} {path}: {seen.status_code}"
    assert read() == before


def test_a_token_for_another_audience_is_no_use(connect):
    class Forged:
        def get_token(self, *scopes, **options):
            return AccessToken("eyJhbGciOiJub25lIn0.eyJvaWQiOiJvd25lciJ9.", 4_000_000_000)

    with pytest.raises(ClientAuthenticationError):
        connect(Forged()).lab_plans.get("default", "default")
