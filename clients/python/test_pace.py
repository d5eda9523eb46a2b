"""Too many requests: the caller is told when to ask again, and the SDK does so by itself."""

import pytest
from azure.mgmt.labservices import ManagedLabsClient

from portal import Portal
from wire import PersonalToken, Recorder, Wire, error_of

# Far more than are needed; only ends a test that would never end.
MANY = 100


@pytest.fixture(scope="module")
def hasty():
    """A server that holds callers back soon."""
    server = Portal(burst=2)
    yield server
    server.close()


@pytest.fixture
def trust(hasty, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", hasty.settings["LECTERN_CA"])


def test_the_sdk_waits_and_asks_again(hasty, trust):
    seen = Recorder()
    client = ManagedLabsClient(
        PersonalToken(hasty.settings["LECTERN_TOKEN"]),
        hasty.subscription,
        base_url=hasty.url,
        credential_scopes=[f"{hasty.url}/.default"],
        per_retry_policies=[seen],
    )
    with client:
        for _ in range(MANY):
            assert client.lab_plans.get("default", "default").name == "default"
            if any(r["status"] == 429 for r in seen.responses):
                break
    refused = [r for r in seen.responses if r["status"] == 429]
    assert refused
    headers = {name.lower(): value for name, value in refused[0]["headers"].items()}
    assert headers["retry-after"].isdigit()
    assert seen.responses[-1]["status"] == 200


def test_one_caller_s_haste_is_not_another_s(hasty, trust):
    seen = Recorder()
    one = Wire(hasty, seen, hasty.settings["LECTERN_TOKEN"], patient=False)
    other = Wire(hasty, seen, hasty.settings["LECTERN_STRANGER_TOKEN"], patient=False)
    path = f"{hasty.provider()}/labs"
    for _ in range(MANY):
        answer = one("GET", path)
        if answer.status_code == 429:
            break
    assert error_of(answer, 429, "TooManyRequests")["message"].endswith(".")
    assert other("GET", path).status_code == 200
    one.close()
    other.close()
