"""Lab plans, and images saved into them."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.labservices import models

from bodies import fresh, plan
from wire import failure, refusal


@pytest.fixture
def new_plan(person, group):
    """Makes plans in the test's group."""
    return lambda **changes: person.lab_plans.begin_create_or_update(group, fresh("plan"), plan(**changes)).result()


def test_the_installation_has_a_plan(sdk):
    found = sdk.lab_plans.get("default", "default")
    assert (found.name, found.location, found.provisioning_state) == ("default", "local", "Succeeded")
    assert found.id in [p.id for p in sdk.lab_plans.list_by_subscription()]


def test_a_plan_is_made_and_read(sdk, group):
    name = fresh("plan")
    asked = plan()
    made = sdk.lab_plans.begin_create_or_update(group, name, asked).result()

    assert made.name == name
    assert made.type.lower() == "microsoft.labservices/labplans"
    assert made.provisioning_state == "Succeeded"
    for part in ("tags", "location", "default_auto_shutdown_profile", "allowed_regions", "support_info"):
        assert getattr(made, part) == getattr(asked, part), part
    assert made.default_connection_profile.client_ssh_access == "Public"
    assert made.default_connection_profile.client_rdp_access == "None"
    assert made.system_data.created_at is not None
    assert sdk.lab_plans.get(group, name) == made
    assert [p.id for p in sdk.lab_plans.list_by_resource_group(group)] == [made.id]
    assert made.id in [p.id for p in sdk.lab_plans.list_by_subscription()]


def test_names_are_the_same_in_any_case(sdk, group, new_plan):
    made = new_plan()
    assert sdk.lab_plans.get(group.upper(), made.name.upper()).system_data == made.system_data
    assert len(list(sdk.lab_plans.list_by_resource_group(group.upper()))) == 1


def test_the_same_plan_twice_is_one_plan(sdk, group):
    name = fresh("plan")
    first = sdk.lab_plans.begin_create_or_update(group, name, plan()).result()
    again = sdk.lab_plans.begin_create_or_update(group, name, plan()).result()
    assert again.id == first.id
    assert again.system_data.created_at == first.system_data.created_at
    assert len(list(sdk.lab_plans.list_by_resource_group(group))) == 1


def test_a_plan_is_replaced(sdk, group, new_plan):
    made = new_plan()
    support = models.SupportInfo(email="desk@school.example")
    changed = sdk.lab_plans.begin_create_or_update(group, made.name, plan(support_info=support)).result()
    assert changed.support_info.email == "desk@school.example"
    assert changed.support_info.phone is None


def test_part_of_a_plan_is_changed(sdk, group, new_plan):
    made = new_plan()
    update = models.LabPlanUpdate(
        allowed_regions=["local", "annex"], support_info=models.SupportInfo(email="desk@school.example")
    )
    changed = sdk.lab_plans.begin_update(group, made.name, update).result()
    assert changed.allowed_regions == ["local", "annex"]
    assert changed.support_info.email == "desk@school.example"
    assert changed.default_auto_shutdown_profile == made.default_auto_shutdown_profile
    assert changed.default_connection_profile == made.default_connection_profile
    assert changed.tags == made.tags
    assert sdk.lab_plans.get(group, made.name) == changed


def test_a_plan_is_deleted_and_its_labs_stay(sdk, group, bodies, new_plan):
    made = new_plan()
    lab = bodies.lab(option="Image", lab_plan_id=made.id)
    sdk.labs.begin_create_or_update(group, "kept", lab).result()

    sdk.lab_plans.begin_delete(group, made.name).result()
    with pytest.raises(ResourceNotFoundError) as gone:
        sdk.lab_plans.get(group, made.name)
    assert gone.value.error.code == "ResourceNotFound"
    assert sdk.labs.get(group, "kept").provisioning_state == "Succeeded"


def test_deleting_what_is_not_there_is_no_error(sdk, group, root, recorder):
    sdk.lab_plans.begin_delete(group, "nothing").result()
    assert recorder.statuses("DELETE", f"{root}/labPlans/nothing")[-1] == 204


def test_a_plan_that_is_wrong_is_refused(sdk, group, new_plan):
    made = new_plan()
    wrong = models.SupportInfo(email="x")
    for begin, body in (
        (sdk.lab_plans.begin_create_or_update, plan(support_info=wrong)),
        (sdk.lab_plans.begin_update, models.LabPlanUpdate(support_info=wrong)),
    ):
        refused = refusal(begin, group, made.name, body)
        assert refused.status_code == 400
        assert refused.error.code == "InvalidRequestContent"
        assert [d.target for d in refused.error.details] == ["properties.supportInfo.email"]
    assert sdk.lab_plans.get(group, made.name) == made


def test_who_may_only_look_deletes_no_plan(sdk, reader, group, new_plan):
    made = new_plan()
    assert reader.lab_plans.get(group, made.name) == made
    refused = refusal(reader.lab_plans.begin_delete, group, made.name)
    assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")
    assert sdk.lab_plans.get(group, made.name) == made


def test_an_image_is_saved_from_a_template_and_used(sdk, group, bodies, new_lab, new_plan):
    saved_in, lab = new_plan(), new_lab()
    name = fresh("image")
    body = models.SaveImageBody(name=name, lab_virtual_machine_id=f"{lab.id}/virtualMachines/template")
    assert sdk.lab_plans.begin_save_image(group, saved_in.name, body).result() is None

    image = sdk.images.get(group, saved_in.name, name)
    assert (image.os_type, image.provisioning_state) == ("Linux", "Succeeded")
    sdk.images.update(group, saved_in.name, name, models.ImageUpdate(enabled_state="Enabled"))

    made_from_it = bodies.lab(lab_plan_id=saved_in.id)
    made_from_it.virtual_machine_profile.image_reference = models.ImageReference(id=image.id)
    made = sdk.labs.begin_create_or_update(group, fresh("lab"), made_from_it).result()
    assert made.provisioning_state == "Succeeded"
    assert made.virtual_machine_profile.image_reference.id.lower() == image.id.lower()


def test_an_image_of_a_broken_template_is_not_saved(portal, person, group, new_lab, new_plan):
    saved_in, lab = new_plan(), new_lab()
    body = models.SaveImageBody(name=fresh("image"), lab_virtual_machine_id=f"{lab.id}/virtualMachines/template")
    with portal.broken("template"):
        failure(portal, person.lab_plans.begin_save_image, group, saved_in.name, body)
    assert body.name not in [i.name for i in person.images.list_by_lab_plan(group, saved_in.name)]


def test_an_image_of_no_machine_is_refused(sdk, group, new_lab, new_plan):
    saved_in, lab = new_plan(), new_lab()
    body = models.SaveImageBody(name=fresh("image"), lab_virtual_machine_id=f"{lab.id}/virtualMachines/nobody")
    assert refusal(sdk.lab_plans.begin_save_image, group, saved_in.name, body).status_code in (400, 404)


def test_an_unknown_plan_is_not_found(sdk, group, new_lab):
    body = models.SaveImageBody(name="image", lab_virtual_machine_id=f"{new_lab().id}/virtualMachines/template")
    for ask in (
        lambda: sdk.lab_plans.get(group, "nothing"),
        lambda: sdk.lab_plans.begin_update(group, "nothing", models.LabPlanUpdate()),
        lambda: sdk.lab_plans.begin_save_image(group, "nothing", body),
    ):
        assert refusal(ask).error.code == "ResourceNotFound"
    assert refusal(lambda: list(sdk.images.list_by_lab_plan(group, "nothing"))).error.code == "ParentResourceNotFound"
