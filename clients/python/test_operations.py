"""The provider's own lists, and how long-running operations are followed."""

import re
import uuid
from urllib.parse import urlsplit

import pytest
from azure.mgmt.labservices import models

from bodies import fresh
from wire import LONGER_THAN_THE_DEADLINE, ending, refusal


def test_the_operations_are_those_of_the_predecessor(sdk):
    operations = {o.name.lower(): o for o in sdk.operations.list()}
    assert {
        f"microsoft.labservices/{name}".lower()
        for name in [
            *("labPlans/read", "labPlans/write", "labPlans/delete", "labPlans/saveImage/action"),
            *("labPlans/images/read", "labPlans/images/write"),
            *("labs/read", "labs/write", "labs/delete", "labs/publish/action", "labs/syncGroup/action"),
            *("labs/schedules/read", "labs/schedules/write", "labs/schedules/delete"),
            *("labs/users/read", "labs/users/write", "labs/users/delete", "labs/users/invite/action"),
            *("labs/virtualMachines/read", "labs/virtualMachines/start/action", "labs/virtualMachines/stop/action"),
            *("labs/virtualMachines/reimage/action", "labs/virtualMachines/redeploy/action"),
            *("labs/virtualMachines/resetPassword/action", "locations/usages/read", "skus/read"),
        ]
    } <= set(operations)
    assert all(o.display.operation for o in operations.values())


def test_sizes_say_how_large_they_are(sdk, bodies):
    skus = {s.name: s for s in sdk.skus.list()}
    assert bodies.sku in skus
    for sku in skus.values():
        assert sku.resource_type.lower() == "labs"
        assert (sku.capacity.minimum, sku.capacity.maximum) == (0, 400)
        capabilities = {c.name: c.value for c in sku.capabilities}
        assert float(capabilities["vCPUs"]) >= 1
        assert float(capabilities["MemoryGB"]) > 0
        assert float(capabilities["StorageGB"]) > 0
        assert "LinuxHourly" in [c.extended_unit for c in sku.costs]


@pytest.mark.parametrize("spelling", ["Medium", "medium", "STANDARD_4_8GB_64"])
def test_a_size_goes_by_its_name_or_its_title(sdk, group, bodies, spelling):
    lab = bodies.lab(option="Image")
    lab.virtual_machine_profile.sku.name = spelling
    made = sdk.labs.begin_create_or_update(group, fresh("lab"), lab).result()
    assert made.virtual_machine_profile.sku.name in {s.name for s in sdk.skus.list()} | {"Medium"}


def test_usages_count_what_is_used(sdk):
    usages = list(sdk.usages.list_by_location("local"))
    assert usages
    for usage in usages:
        assert usage.unit == "Count"
        assert usage.name.value
        assert min(usage.current_value, usage.limit) >= 0


class Stuck:
    """A start of a broken template: an operation that goes on until the template is mended, or given up."""

    def __init__(self, portal, client, group, lab):
        self._portal = portal
        self.headers = {}
        self._giving_up = False
        self._broken = portal.broken("template")
        self._broken.__enter__()
        self.poller = client.virtual_machines.begin_start(group, lab, "template", raw_response_hook=self._look)

    @property
    def status(self):
        """The address that always tells how far the operation is."""
        return self.headers["azure-asyncoperation"]

    @property
    def result(self):
        """The address that has nothing before the operation ends."""
        return self.headers["location"]

    @property
    def name(self):
        return urlsplit(self.result).path.rsplit("/", 1)[-1]

    def mend(self):
        """Lets the operation end well."""
        if self._broken:
            self._broken.__exit__(None, None, None)
            self._broken = None

    def give_up(self):
        """Lets the operation end badly."""
        self._giving_up = True
        return ending(self.poller)

    def _look(self, response):
        if not self.headers:
            self.headers = {name.lower(): value for name, value in response.http_response.headers.items()}
        # The deadline begins with the first failure, and nobody outside sees when that is.
        if self._giving_up:
            self._portal.advance(LONGER_THAN_THE_DEADLINE)


@pytest.fixture
def stuck(portal, person, group, new_lab):
    """An operation to look at while it goes on."""
    operation = Stuck(portal, person, group, new_lab().name)
    yield operation
    operation.mend()


def test_an_operation_has_two_absolute_addresses(stuck, portal):
    place = rf"{re.escape(portal.url + portal.provider())}/locations/[^/]+"
    assert re.fullmatch(rf"{place}/operations/[^/?]+\?api-version=[-\d]+", stuck.status, re.IGNORECASE)
    assert re.fullmatch(rf"{place}/operationResults/[^/?]+\?api-version=[-\d]+", stuck.result, re.IGNORECASE)
    assert stuck.headers["retry-after"].isdigit()


def test_an_operation_is_followed_to_its_end(stuck, wire):
    running = wire("GET", stuck.status, query={})
    assert (running.status_code, running.json()["status"]) == (200, "InProgress")
    assert running.json()["startTime"]
    assert running.headers["Retry-After"].isdigit()
    waiting = wire("GET", stuck.result, query={})
    assert (waiting.status_code, waiting.json()["status"]) == (202, "InProgress")

    stuck.mend()
    stuck.poller.result()
    ended = wire("GET", stuck.status, query={})
    assert (ended.status_code, ended.json()["status"]) == (200, "Succeeded")
    assert ended.json()["endTime"] >= ended.json()["startTime"]
    done = wire("GET", stuck.result, query={})
    assert (done.status_code, done.json()["status"]) == (200, "Succeeded")


def test_an_operation_that_fails_says_so_at_both_addresses(stuck, wire):
    error = stuck.give_up()
    status = wire("GET", stuck.status, query={})
    assert (status.status_code, status.json()["status"]) == (200, "Failed")
    assert status.json()["error"]["code"] == error.code
    result = wire("GET", stuck.result, query={})
    assert result.status_code >= 400
    assert result.json()["error"]["code"] == error.code


def test_the_result_of_an_operation_is_read_by_its_id(sdk, stuck):
    running = sdk.operation_results.get(stuck.name)
    assert (running.name, running.status) == (stuck.name, "InProgress")
    stuck.mend()
    stuck.poller.result()
    ended = sdk.operation_results.get(stuck.name)
    assert (ended.status, ended.error) == ("Succeeded", None)
    assert ended.end_time >= ended.start_time


def test_a_stranger_cannot_follow_an_operation(stuck, wire, portal):
    by_id = f"{portal.url}{portal.provider()}/operationResults/{stuck.name}?api-version=2023-06-07"
    for address in (stuck.status, stuck.result, by_id):
        seen = wire("GET", address, query={}, token=portal.settings["LECTERN_STRANGER_TOKEN"])
        assert seen.status_code in (403, 404)


def test_the_result_of_a_change_is_the_lab(person, group, bodies, new_lab, wire):
    """Some clients take the last answer as the resource; others look for a status in it."""
    lab = new_lab(published=True)
    seen = []
    update = bodies.scaled(lab, 3)
    person.labs.begin_update(group, lab.name, update, raw_response_hook=lambda r: seen.append(r.http_response)).result()
    result = wire("GET", seen[0].headers["Location"], query={}).json()
    assert result["status"] == "Succeeded"
    assert result["id"] == lab.id
    assert result["properties"]["virtualMachineProfile"]["sku"]["capacity"] == 3


def test_saving_an_image_answers_with_an_operation_too(portal, sdk, new_lab, recorder):
    body = models.SaveImageBody(name=fresh("image"), lab_virtual_machine_id=f"{new_lab().id}/virtualMachines/template")
    sdk.lab_plans.begin_save_image("default", "default", body).result()
    path = f"{portal.provider('default')}/labPlans/default/saveImage"
    assert recorder.statuses("POST", path)[-1] == 202


def test_an_unknown_operation_is_not_found(sdk):
    refused = refusal(sdk.operation_results.get, str(uuid.uuid4()))
    assert (refused.status_code, refused.error.code) == (404, "ResourceNotFound")


def test_an_operation_is_taken_up_by_another_client(connect, portal, group, person, new_lab):
    """A program that ends meanwhile keeps a token, and another goes on with it."""
    lab = new_lab()
    portal.tell("break template")
    token = person.labs.begin_publish(group, lab.name).continuation_token()
    portal.tell("mend template")
    assert connect().labs.begin_publish(group, lab.name, continuation_token=token).result() is None
    assert connect().labs.get(group, lab.name).state == "Published"
