"""Starts the server for the tests and hands out clients; README.md says how to run it.

At the end every response is compared with the API's description (`validate.py`).
"""

import os
from collections import defaultdict

import pytest
import requests
from azure.mgmt.labservices import ManagedLabsClient

import validate
from bodies import PASSWORD, Bodies, fresh
from choose import linux_image, smallest_sku
from portal import Portal
from published import Published
from wire import PersonalToken, Recorder, Wire, principal

VERSIONS = ["2022-08-01", "2023-06-07"]

recorder_key = pytest.StashKey[Recorder]()
published_key = pytest.StashKey[Published]()


@pytest.fixture(scope="session")
def portal(request):
    """The server."""
    try:
        server = Portal()
    except (OSError, RuntimeError) as problem:
        pytest.exit(f"The server for the tests does not start ({problem}); LECTERN_PORTAL names it.", returncode=1)
    # Both the SDK and what signs it in trust what this names; nothing of the tests leaves the machine.
    os.environ["REQUESTS_CA_BUNDLE"] = server.settings["LECTERN_CA"]
    os.environ["NO_PROXY"] = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"]))
    document = requests.get(f"{server.url}/openapi.json", timeout=60).json()
    request.config.stash[published_key] = Published(document)
    yield server
    server.close()


@pytest.fixture(scope="session")
def recorder(request):
    """Every response of the session."""
    return request.config.stash.setdefault(recorder_key, Recorder())


@pytest.fixture(scope="session", params=VERSIONS)
def api_version(request):
    """Whatever asks for it, directly or through a client, runs with both."""
    return request.param


@pytest.fixture
def connect(portal, recorder, api_version):
    """Makes clients of the SDK: for the service principal, or whose credential is given."""
    clients = []

    def make(credential=None, **options):
        options.setdefault("api_version", api_version)
        client = ManagedLabsClient(
            credential or principal(portal),
            portal.subscription,
            base_url=portal.url,
            credential_scopes=[f"{portal.url}/.default"],
            polling_interval=0.1,
            per_retry_policies=[recorder],
            **options,
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def sdk(connect):
    """The service principal's client, which is an owner."""
    return connect()


@pytest.fixture
def person(connect, portal):
    """An owner's client whose token outlasts the clock's jumps."""
    return connect(PersonalToken(portal.settings["LECTERN_TOKEN"]))


@pytest.fixture
def reader(connect, portal):
    """The client of somebody who may only look."""
    return connect(PersonalToken(portal.settings["LECTERN_READ_TOKEN"]))


@pytest.fixture
def wire(portal, recorder):
    """Raw requests of the owner."""
    wire = Wire(portal, recorder, portal.settings["LECTERN_TOKEN"])
    yield wire
    wire.close()


@pytest.fixture
def group():
    """A resource group of the test's own: it exists by what is in it."""
    return fresh("group")


@pytest.fixture
def root(portal, group):
    """The path under which that group's resources are."""
    return portal.provider(group)


@pytest.fixture(scope="session")
def bodies(portal, recorder):
    """Request bodies for this installation."""
    token = PersonalToken(portal.settings["LECTERN_TOKEN"])
    scopes = [f"{portal.url}/.default"]
    with ManagedLabsClient(token, portal.subscription, base_url=portal.url, credential_scopes=scopes) as client:
        plan = client.lab_plans.get("default", "default")
        image = linux_image(client.images.list_by_lab_plan("default", "default"))
        return Bodies(plan.id, smallest_sku(client.skus.list()).name, image.id)


@pytest.fixture
def new_lab(person, group, bodies):
    """Makes labs in the test's group; with `published=True` they have their machines."""

    def make(*, published=False, **changes):
        lab = person.labs.begin_create_or_update(group, fresh("lab"), bodies.lab(**changes)).result()
        if published:
            person.labs.begin_publish(group, lab.name).result()
        return lab

    return make


@pytest.fixture
def machines(person, group):
    """Lists the user machines of a lab."""

    def machines_of(lab):
        return [vm for vm in person.virtual_machines.list_by_lab(group, lab) if vm.vm_type == "User"]

    return machines_of


def pytest_sessionfinish(session):
    """Compares what was seen with the description. Whatever is wrong with it fails the run."""
    recorder = session.config.stash.get(recorder_key, None)
    if recorder is None:
        return
    lines = list(leaks(recorder))
    print()
    # A part of the tests need not drive everything.
    everything = session.config.args_source != session.config.ArgsSource.ARGS
    everything = everything and not session.config.option.keyword
    if published := session.config.stash.get(published_key, None):
        if validate.report(published, recorder.responses):
            lines.append("Responses differ from what the server publishes.")
        if everything:
            lines += unseen(published, recorder)
    if description := validate.Description.find():
        if validate.report(description, recorder.responses):
            lines.append("Responses differ from the predecessor's description.")
        if everything:
            lines += missing(description, recorder)
    for line in lines:
        print(line)
    if lines:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def leaks(recorder):
    """Responses that hold a password."""
    for response in recorder.responses:
        if PASSWORD in str(response["body"]):
            yield f"A password was returned by {response['method']} {response['url']} ({response['test']})."


def unseen(published, recorder):
    """Operations of Lectern's own provider that no test drove to a success."""
    asked = ((r["method"], r["url"]) for r in recorder.responses if r["status"] < 300)
    driven = {operation["operationId"] for request in asked if (operation := published.operation(*request))}
    for name in sorted(published.own - driven):
        yield f"No test drove {name}."


def missing(description, recorder):
    """Operations that no test drove to a success through the SDK."""
    driven = defaultdict(set)
    for response in recorder.responses:
        operation = description.operation(response["method"], response["url"])
        if operation and response["sdk"] and response["status"] < 300:
            version = next(v for v in VERSIONS if f"api-version={v}" in response["url"])
            driven[version].add(operation["operationId"])
    for version in VERSIONS:
        for name in sorted(description.names - driven[version]):
            yield f"No test drove {name} through the SDK with {version}."
