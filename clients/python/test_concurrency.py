"""Requests that meet: entity tags, and the same thing asked for at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from azure.core.exceptions import HttpResponseError

from bodies import address, schedule
from wire import error_of


@pytest.fixture
def lab(new_lab):
    """The name of a lab that several people change."""
    return new_lab(option="Image").name


# Entity tags.


@pytest.fixture(params=["lab", "plan", "schedule", "user"])
def tagged(request, root, lab, wire, bodies):
    """The path of a resource of each kind, and the body that makes it."""
    path, body = {
        "lab": (f"{root}/labs/{lab}", bodies.lab_json(option="Image")),
        "plan": (f"{root}/labPlans/p", {"location": "local", "properties": {}}),
        "schedule": (f"{root}/labs/{lab}/schedules/s", schedule().serialize()),
        "user": (f"{root}/labs/{lab}/users/u", {"properties": {"email": address()}}),
    }[request.param]
    assert wire("PUT", path, json=body).status_code in (200, 201)
    return path, body


def test_an_outdated_change_is_refused(wire, tagged):
    path, body = tagged
    before = wire("GET", path)
    for tag in ('"outdated"', 'W/"outdated"', '"a", "b"'):
        for method in ("PUT", "PATCH", "DELETE"):
            content = {} if method == "DELETE" else {"json": body if method == "PUT" else {"properties": {}}}
            error_of(wire(method, path, headers={"If-Match": tag}, **content), 412, "PreconditionFailed")
    assert wire("GET", path).json() == before.json()


def test_a_change_that_knows_the_newest_is_made(wire, tagged):
    path, body = tagged
    tag = wire("GET", path).headers["ETag"]
    assert wire("PUT", path, json=body, headers={"If-Match": tag}).status_code == 200
    assert wire("PUT", path, json=body, headers={"If-Match": "*"}).status_code == 200


def test_what_is_to_be_new_replaces_nothing(wire, tagged):
    path, body = tagged
    refused = wire("PUT", path, json=body, headers={"If-None-Match": "*"})
    error_of(refused, 412, "PreconditionFailed")


def test_what_is_to_be_changed_is_not_made(wire, root, bodies):
    refused = wire("PUT", f"{root}/labs/new", json=bodies.lab_json(), headers={"If-Match": "*"})
    error_of(refused, 412, "PreconditionFailed")
    assert wire("GET", f"{root}/labs/new").status_code == 404


def test_the_tag_follows_the_content(wire, root, lab):
    path = f"{root}/labs/{lab}"
    first = wire("GET", path).headers["ETag"]
    assert wire("GET", path).headers["ETag"] == first
    changed = wire("PATCH", path, json={"properties": {"title": "New"}}, headers={"If-Match": first})
    assert changed.status_code == 200
    assert wire("GET", path).headers["ETag"] != first
    late = wire("PATCH", path, json={"properties": {"title": "Late"}}, headers={"If-Match": first})
    error_of(late, 412, "PreconditionFailed")


# Requests that meet.


def at_once(count, ask):
    """Asks from `count` threads at the same instant, and returns the answers."""
    line = Barrier(count)

    def run(number):
        line.wait()
        return ask(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_same_lab_asked_for_at_once_is_one_lab(wire, portal, root, person, group, bodies):
    body = bodies.lab_json()
    answers = at_once(2, lambda _: wire("PUT", f"{root}/labs/twin", json=body))
    assert {a.status_code for a in answers} <= {200, 201}
    assert sorted(a.status_code for a in answers)[-1] == 201
    assert len({a.json()["systemData"]["createdAt"] for a in answers}) == 1
    person.labs.begin_create_or_update(group, "twin", bodies.lab()).result()
    assert [x.name for x in person.labs.list_by_resource_group(group)] == ["twin"]
    assert [m.name for m in person.virtual_machines.list_by_lab(group, "twin")] == ["template"]


def test_of_many_changes_to_one_version_one_is_made(wire, root, lab):
    path = f"{root}/labs/{lab}"
    tag = {"If-Match": wire("GET", path).headers["ETag"]}
    answers = at_once(8, lambda n: wire("PATCH", path, json={"properties": {"title": f"Title {n}"}}, headers=tag))
    assert sorted(a.status_code for a in answers) == [200] + [412] * 7
    winner = next(a for a in answers if a.status_code == 200)
    assert wire("GET", path).json()["properties"]["title"] == winner.json()["properties"]["title"]


def test_one_address_put_on_the_list_at_once_is_there_once(wire, root, lab, person, group):
    body = {"properties": {"email": address()}}
    answers = at_once(6, lambda n: wire("PUT", f"{root}/labs/{lab}/users/u{n}", json=body))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 5
    assert len(list(person.users.list_by_lab(group, lab))) == 1


def test_a_lab_published_at_once_by_two_has_its_machines_once(person, group, new_lab, machines):
    lab = new_lab(capacity=3)

    def publish(_):
        try:
            person.labs.begin_publish(group, lab.name).result()
        except HttpResponseError as refused:
            return refused.error.code
        return "Published"

    ends = at_once(2, publish)
    assert "Published" in ends
    # The other is told that it came second, if it did not get the same.
    assert set(ends) <= {"Published", "Conflict", "OperationPreempted"}
    assert len(machines(lab.name)) == 3
    assert person.labs.get(group, lab.name).state == "Published"
