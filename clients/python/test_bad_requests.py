"""Requests that no SDK sends: what is no JSON, or too much of it, and what leads nowhere."""

import json

import pytest

from bodies import PASSWORD, address, fresh, set_in
from wire import error_of


@pytest.fixture
def lab(new_lab):
    """The name of a lab to ask wrong things of."""
    return new_lab(option="Image").name


# What is no JSON, or too much of it.


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{'a': 1}", b"null", b"[]", b'"x"', b"NaN", b'{"location": "local",}', b"\xff\xfe", b'{"a": "\xff"}'],
)
def test_what_is_no_json_object_is_refused(wire, root, text):
    refused = wire("PUT", f"{root}/labs/wrong", data=text, headers={"Content-Type": "application/json"})
    error_of(refused, 400, "InvalidRequestContent")


@pytest.mark.parametrize("depth", [200, 100_000])
def test_json_that_is_too_deep_is_refused(wire, root, depth):
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        text = b'{"properties":' + opening * depth + b"1" + closing * depth + b"}"
        refused = wire("PUT", f"{root}/labs/wrong", data=text, headers={"Content-Type": "application/json"})
        error_of(refused, 400, "InvalidRequestContent")


def test_a_body_that_is_too_large_is_refused(wire, root):
    body = json.dumps({"location": "local", "properties": {"description": "x" * (16 * 1024 * 1024)}})
    refused = wire("PUT", f"{root}/labs/wrong", data=body, headers={"Content-Type": "application/json"})
    error_of(refused, 413, "RequestEntityTooLarge")


def test_a_body_that_never_says_how_large_it_is_is_refused(wire, root):
    pieces = (b" " * 65_536 for _ in range(256))
    refused = wire("PUT", f"{root}/labs/wrong", data=pieces, headers={"Content-Type": "application/json"})
    error_of(refused, 413, "RequestEntityTooLarge")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_another_kind_of_body_is_refused(wire, root, bodies, kind):
    text = json.dumps(bodies.lab_json())
    refused = wire("PUT", f"{root}/labs/wrong", data=text, headers={"Content-Type": kind})
    error_of(refused, 415, "UnsupportedMediaType")


def test_json_with_a_charset_is_json(wire, root, lab):
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    answer = wire("PATCH", f"{root}/labs/{lab}", data=b'{"properties": {"title": "New"}}', headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "password", [PASSWORD * 10, 9876543210, {"secret": "9876543210"}], ids=["long", "number", "object"]
)
def test_a_password_is_not_repeated_where_it_is_refused(wire, root, bodies, password):
    body = bodies.lab_json()
    set_in(body, "properties.virtualMachineProfile.adminUser.password", password)
    refused = wire("PUT", f"{root}/labs/wrong", json=body)
    assert refused.status_code == 400
    assert PASSWORD not in refused.text and "9876543210" not in refused.text


# Where nothing is.


def test_another_subscription_is_not_found(wire, portal, bodies):
    other = "00000000-0000-4000-8000-000000000000"
    sub, rg = portal.provider(subscription=other), portal.provider("default", subscription=other)
    for path in (f"{sub}/labs", f"{sub}/labPlans", f"{sub}/skus", f"{sub}/locations/local/usages", f"{rg}/labs/x"):
        error_of(wire("GET", path), 404, "SubscriptionNotFound")
    error_of(wire("PUT", f"{rg}/labs/x", json=bodies.lab_json()), 404, "SubscriptionNotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "labs"),
        ("DELETE", "labs"),
        ("POST", "labs/{lab}"),
        ("GET", "labs/{lab}/publish"),
        ("PUT", "labs/{lab}/virtualMachines/x"),
        ("PATCH", "labs/{lab}/virtualMachines/x"),
        ("DELETE", "labs/{lab}/virtualMachines/x"),
        ("DELETE", "labPlans/x/images/y"),
        ("GET", "labPlans/x/saveImage"),
    ],
)
def test_what_a_resource_cannot_do_is_refused(wire, root, lab, method, path):
    refused = wire(method, f"{root}/{path.format(lab=lab)}", json={} if method != "GET" else None)
    error_of(refused, 405, "MethodNotAllowed")
    allowed = {m.strip() for m in refused.headers["Allow"].split(",")}
    assert allowed and method not in allowed


def test_an_unknown_kind_of_resource_is_not_found(wire, portal, root, lab):
    for path in (
        f"{root}/nothings",
        f"{root}/labs/{lab}/nothings/x",
        f"{root}/labs/{lab}/users/ann/nothing",
        f"{portal.provider()}/nothings",
        f"/subscriptions/{portal.subscription}/providers/Microsoft.Compute/virtualMachines",
    ):
        refused = wire("GET", path)
        assert refused.status_code == 404, path
        assert refused.json()["error"]["code"], path


@pytest.mark.parametrize("name", ["x" * 101, "a b", "a%2Fb", "%00", "ä", "a%0Ab", "a'b", "..%2F..%2Fx"])
def test_a_name_that_fits_nowhere_is_refused(wire, root, lab, bodies, person, group, name):
    for path, body in (
        (f"labs/{name}", bodies.lab_json(option="Image")),
        (f"labs/{lab}/users/{name}", {"properties": {"email": address()}}),
    ):
        refused = wire("PUT", f"{root}/{path}", json=body)
        assert refused.status_code in (400, 404), path
        assert refused.json()["error"]["code"], path
    assert [x.name for x in person.labs.list_by_resource_group(group)] == [lab]
    assert list(person.users.list_by_lab(group, lab)) == []


def test_a_resource_group_is_named_as_it_may_be(wire, portal, bodies):
    for name in ("x" * 91, "a%20b", "a%2Fb"):
        refused = wire("PUT", f"{portal.provider(name)}/labs/x", json=bodies.lab_json(option="Image"))
        assert refused.status_code in (400, 404), name
        assert refused.json()["error"]["code"], name
    allowed = fresh("with_(brackets).and-dots")
    assert wire("PUT", f"{portal.provider(allowed)}/labs/x", json=bodies.lab_json(option="Image")).status_code == 201
