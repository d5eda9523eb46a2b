"""Users: the people on a lab's list."""

from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.labservices import models

from bodies import address, user
from wire import ending, refusal


@pytest.fixture
def lab(new_lab):
    """The name of a lab to be in."""
    return new_lab(option="Image").name


def test_a_person_is_put_on_the_list(sdk, group, root, lab, recorder):
    email = address()
    made = sdk.users.begin_create_or_update(group, lab, "ann", user(email)).result()
    assert recorder.statuses("PUT", f"{root}/labs/{lab}/users/ann")[0] == 201
    assert (made.name, made.type.lower()) == ("ann", "microsoft.labservices/labs/users")
    assert made.email == email
    assert (made.registration_state, made.invitation_state) == ("NotRegistered", "NotSent")
    assert made.provisioning_state == "Succeeded"
    assert made.total_usage == timedelta()
    assert made.invitation_sent is None
    assert not made.additional_usage_quota
    assert sdk.users.get(group, lab, "ann") == made
    assert list(sdk.users.list_by_lab(group, lab)) == [made]


def test_the_same_person_twice_is_one(sdk, group, root, lab, recorder):
    asked = user()
    first = sdk.users.begin_create_or_update(group, lab, "ann", asked).result()
    again = sdk.users.begin_create_or_update(group, lab, "ANN", asked).result()
    assert recorder.statuses("PUT", f"{root}/labs/{lab}/users/ann")[-1] == 200
    assert (again.id, again.system_data.created_at) == (first.id, first.system_data.created_at)
    assert len(list(sdk.users.list_by_lab(group, lab))) == 1


def test_the_case_of_an_address_makes_no_other_person(sdk, group, lab):
    email = address()
    sdk.users.begin_create_or_update(group, lab, "ann", user(email)).result()
    again = sdk.users.begin_create_or_update(group, lab, "ann", user(email.upper())).result()
    assert again.email.lower() == email


def test_an_address_is_on_the_list_once(sdk, group, lab):
    email = address()
    sdk.users.begin_create_or_update(group, lab, "ann", user(email)).result()
    refused = refusal(sdk.users.begin_create_or_update, group, lab, "bob", user(email))
    assert (refused.status_code, refused.error.code) == (409, "Conflict")
    assert [u.name for u in sdk.users.list_by_lab(group, lab)] == ["ann"]


def test_the_address_of_a_user_stays(sdk, group, lab):
    made = sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    refused = refusal(sdk.users.begin_create_or_update, group, lab, "ann", user(address("other")))
    assert refused.status_code in (400, 409)
    assert sdk.users.get(group, lab, "ann") == made


@pytest.mark.parametrize("hours", [0, 5, 30])
def test_more_hours_are_given(sdk, group, lab, hours):
    extra = timedelta(hours=hours)
    made = sdk.users.begin_create_or_update(group, lab, "ann", user(additional_usage_quota=extra)).result()
    assert (made.additional_usage_quota or timedelta()) == extra

    more = extra + timedelta(minutes=30)
    changed = sdk.users.begin_update(group, lab, "ann", models.UserUpdate(additional_usage_quota=more)).result()
    assert changed.additional_usage_quota == more
    assert (changed.email, changed.name) == (made.email, "ann")
    assert sdk.users.get(group, lab, "ann") == changed


def test_a_person_is_invited(sdk, group, root, lab, recorder):
    sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    assert sdk.users.begin_invite(group, lab, "ann", models.InviteBody(text="See you on Monday.")).result() is None
    assert recorder.statuses("POST", f"{root}/labs/{lab}/users/ann/invite") == [202]
    invited = sdk.users.get(group, lab, "ann")
    assert invited.invitation_state == "Sent"
    assert invited.invitation_sent is not None


def test_an_invitation_needs_no_words(sdk, group, lab):
    sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    sdk.users.begin_invite(group, lab, "ann", models.InviteBody()).result()
    assert sdk.users.get(group, lab, "ann").invitation_state == "Sent"


def test_an_invitation_that_is_refused_fails_and_is_sent_again(portal, person, group, lab):
    person.users.begin_create_or_update(group, lab, "ann", user()).result()
    with portal.mail_refused():
        failed = ending(person.users.begin_invite(group, lab, "ann", models.InviteBody()))
        assert failed.code and failed.message
        assert person.users.get(group, lab, "ann").invitation_state == "Failed"
    person.users.begin_invite(group, lab, "ann", models.InviteBody()).result()
    assert person.users.get(group, lab, "ann").invitation_state == "Sent"


def test_a_person_is_taken_off_the_list(sdk, group, root, lab, recorder):
    sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    assert sdk.users.begin_delete(group, lab, "ann").result() is None
    with pytest.raises(ResourceNotFoundError) as gone:
        sdk.users.get(group, lab, "ann")
    assert gone.value.error.code == "ResourceNotFound"
    assert list(sdk.users.list_by_lab(group, lab)) == []
    sdk.users.begin_delete(group, lab, "ann").result()
    assert recorder.statuses("DELETE", f"{root}/labs/{lab}/users/ann") == [200, 204]


def test_a_user_that_is_wrong_is_refused(sdk, group, lab):
    refused = refusal(sdk.users.begin_create_or_update, group, lab, "ann", user("nobody"))
    assert (refused.status_code, refused.error.code) == (400, "InvalidRequestContent")
    assert [d.target for d in refused.error.details] == ["properties.email"]

    sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    update = models.UserUpdate(additional_usage_quota=timedelta(hours=10_000))
    refused = refusal(sdk.users.begin_update, group, lab, "ann", update)
    assert (refused.status_code, refused.error.code) == (400, "InvalidRequestContent")
    assert [d.target for d in refused.error.details] == ["properties.additionalUsageQuota"]


def test_who_may_only_look_changes_no_list(sdk, reader, group, lab):
    made = sdk.users.begin_create_or_update(group, lab, "ann", user()).result()
    assert reader.users.get(group, lab, "ann") == made
    for begin, *body in (
        (reader.users.begin_create_or_update, user(made.email)),
        (reader.users.begin_update, models.UserUpdate(additional_usage_quota=timedelta(hours=1))),
        (reader.users.begin_delete,),
        (reader.users.begin_invite, models.InviteBody()),
    ):
        refused = refusal(begin, group, lab, "ann", *body)
        assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")
    assert sdk.users.get(group, lab, "ann") == made


def test_an_unknown_user_is_not_found(sdk, group, lab):
    for ask in (
        lambda: sdk.users.get(group, lab, "nobody"),
        lambda: sdk.users.begin_update(group, lab, "nobody", models.UserUpdate()),
        lambda: sdk.users.begin_invite(group, lab, "nobody", models.InviteBody()),
    ):
        assert refusal(ask).error.code == "ResourceNotFound"
    refused = refusal(sdk.users.begin_create_or_update, group, "nothing", "ann", user())
    assert (refused.status_code, refused.error.code) == (404, "ParentResourceNotFound")
