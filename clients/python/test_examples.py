"""The request bodies of the API's official examples, sent as they are.

Only names are replaced: the subscription, the group, and the image that is saved.
"""

import json
import os
from pathlib import Path

import pytest

from bodies import fresh
from wire import send

BESIDE = Path(__file__).resolve().parent / "../../../shared/azure/examples"
FOLDER = Path(os.environ.get("LECTERN_API_EXAMPLES") or BESIDE)
THEIR_SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345"


def with_bodies():
    """The examples of requests that have a body, by folder and name."""
    for path in sorted(FOLDER.glob("*/*.json")):
        example = json.loads(path.read_text())
        if "body" in example["parameters"]:
            yield f"{path.parent.name}/{path.stem}", example["parameters"]["body"]


BODIES = dict(with_bodies())

pytestmark = pytest.mark.skipif(not BODIES, reason="The API's examples are not here (LECTERN_API_EXAMPLES).")

# What each example asks of which resource.
REQUESTS = {
    "Images/patchImage": ("PATCH", "labPlans/testlabplan/images/debian-12"),
    "Images/putImage": ("PUT", "labPlans/testlabplan/images/debian-12"),
    "LabPlans/patchLabPlan": ("PATCH", "labPlans/testlabplan"),
    "LabPlans/putLabPlan": ("PUT", "labPlans/testlabplan"),
    "LabPlans/saveImageVirtualMachine": ("POST", "labPlans/testlabplan/saveImage"),
    "Labs/patchLab": ("PATCH", "labs/testlab"),
    "Labs/putLab": ("PUT", "labs/testlab"),
    "Schedules/patchSchedule": ("PATCH", "labs/testlab/schedules/schedule1"),
    "Schedules/putSchedule": ("PUT", "labs/testlab/schedules/schedule1"),
    "Users/inviteUser": ("POST", "labs/testlab/users/testuser/invite"),
    "Users/patchUser": ("PATCH", "labs/testlab/users/testuser"),
    "Users/putUser": ("PUT", "labs/testlab/users/testuser"),
    "VirtualMachines/resetPasswordVirtualMachine": ("POST", "labs/testlab/virtualMachines/template/resetPassword"),
}

# What the others take to be there, in this order.
FIRST = ["LabPlans/putLabPlan", "Labs/putLab", "Schedules/putSchedule", "Users/putUser"]


@pytest.fixture
def example(portal, person, group, root):
    """Sends an example by its name and waits for what it began."""

    def ask(name):
        method, path = REQUESTS[name]
        text = json.dumps(BODIES[name])
        for theirs, ours in (
            (THEIR_SUBSCRIPTION, portal.subscription),
            ("testrg123", group),
            ("Test Image", fresh("Test Image")),
        ):
            text = text.replace(theirs, ours)
        return send(person, method, f"{root}/{path}", json.loads(text)).result()

    return ask


def test_every_example_with_a_body_is_sent():
    assert set(BODIES) == set(REQUESTS)


@pytest.fixture
def school(example):
    """Makes what an example takes to be there, which examples do too."""

    def make(name):
        for first in FIRST[: FIRST.index(name) if name in FIRST else None]:
            example(first)

    return make


@pytest.mark.parametrize("name", REQUESTS)
def test_an_example_is_accepted(person, group, root, example, school, recorder, name):
    method, path = REQUESTS[name]
    school(name)
    if name == "VirtualMachines/resetPasswordVirtualMachine":
        person.virtual_machines.begin_start(group, "testlab", "template").result()
    example(name)
    assert recorder.statuses(method, f"{root}/{path}")[-1] in (200, 201, 202)


@pytest.mark.parametrize("name", FIRST)
def test_an_example_may_be_sent_again(example, school, root, recorder, name):
    method, path = REQUESTS[name]
    school(name)
    example(name)
    example(name)
    assert recorder.statuses(method, f"{root}/{path}")[-1] == 200


def test_the_lab_of_the_example_is_as_it_says(example, person, group):
    example("LabPlans/putLabPlan")
    example("Labs/putLab")
    lab = person.labs.get(group, "testlab")
    assert (lab.title, lab.location, lab.state) == ("Test Lab", "westus", "Draft")
    profile = lab.virtual_machine_profile
    assert (profile.image_reference.offer, profile.image_reference.sku) == ("WindowsServer", "2019-Datacenter")
    assert profile.os_type == "Windows"
    assert profile.admin_user.username == "test-user"
