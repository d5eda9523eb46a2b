"""Images of a lab plan."""

import pytest
from azure.mgmt.labservices import models

from bodies import fresh, plan
from wire import refusal


@pytest.fixture
def own_plan(sdk, group):
    """A plan whose images a test may switch on and off."""
    return sdk.lab_plans.begin_create_or_update(group, fresh("plan"), plan()).result()


def test_a_plan_lists_the_images_of_the_host(sdk):
    images = {i.name: i for i in sdk.images.list_by_lab_plan("default", "default")}
    assert {"debian-12", "ubuntu-24.04", "windows-server-2019"} <= set(images)
    assert images["debian-12"].os_type == "Linux"
    assert images["debian-12"].enabled_state == "Enabled"
    windows = images["windows-server-2019"]
    assert (windows.os_type, windows.publisher, windows.offer) == ("Windows", "Microsoft", "WindowsServer")
    assert windows.sku == "2019-Datacenter"
    assert all(i.type.lower() == "microsoft.labservices/labplans/images" for i in images.values())


def test_an_image_is_read(sdk, group, own_plan):
    listed = {i.name: i for i in sdk.images.list_by_lab_plan(group, own_plan.name)}
    image = sdk.images.get(group, own_plan.name, "debian-12")
    assert image == listed["debian-12"]
    assert image.provisioning_state == "Succeeded"
    assert image.display_name
    assert sdk.images.get(group.upper(), own_plan.name.upper(), "DEBIAN-12").display_name == image.display_name


@pytest.mark.parametrize("state", ["Disabled", "Enabled"])
def test_an_image_is_switched(sdk, group, own_plan, state):
    opposite = "Enabled" if state == "Disabled" else "Disabled"
    sdk.images.update(group, own_plan.name, "debian-12", models.ImageUpdate(enabled_state=opposite))
    put = sdk.images.create_or_update(group, own_plan.name, "debian-12", models.Image(enabled_state=state))
    assert put.enabled_state == state

    patched = sdk.images.update(group, own_plan.name, "debian-12", models.ImageUpdate(enabled_state=opposite))
    assert patched.enabled_state == opposite
    assert sdk.images.get(group, own_plan.name, "debian-12").enabled_state == opposite


def test_switching_an_image_is_a_matter_of_its_plan(sdk, group, own_plan):
    before = sdk.images.get("default", "default", "debian-12").enabled_state
    for state in ("Disabled", "Enabled"):
        sdk.images.update(group, own_plan.name, "debian-12", models.ImageUpdate(enabled_state=state))
        assert sdk.images.get("default", "default", "debian-12").enabled_state == before


def test_no_image_is_made_by_naming_it(sdk, group, own_plan):
    for ask in (
        lambda: sdk.images.create_or_update(group, own_plan.name, "new", models.Image(enabled_state="Enabled")),
        lambda: sdk.images.update(group, own_plan.name, "new", models.ImageUpdate(enabled_state="Enabled")),
        lambda: sdk.images.get(group, own_plan.name, "new"),
    ):
        refused = refusal(ask)
        assert (refused.status_code, refused.error.code) == (404, "ResourceNotFound")
    assert "new" not in [i.name for i in sdk.images.list_by_lab_plan(group, own_plan.name)]


def test_no_lab_is_made_from_a_disabled_image(sdk, group, bodies, own_plan):
    image = sdk.images.update(group, own_plan.name, "debian-12", models.ImageUpdate(enabled_state="Disabled"))
    lab = bodies.lab(lab_plan_id=own_plan.id)
    lab.virtual_machine_profile.image_reference = models.ImageReference(id=image.id)
    refused = refusal(sdk.labs.begin_create_or_update, group, fresh("lab"), lab)
    assert refused.status_code in (400, 403, 409)
    assert list(sdk.labs.list_by_resource_group(group)) == []
