"""Schedules: when a lab's machines start and stop."""

from datetime import datetime, timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.labservices import models

from bodies import schedule
from wire import refusal


@pytest.fixture
def lab(new_lab):
    """The name of a lab to plan for."""
    return new_lab(option="Image").name


def same_clock(one, other):
    """Whether two times read the same on a wall: the service passes over offsets."""
    return one.replace(tzinfo=None) == other.replace(tzinfo=None)


def test_a_class_is_planned_and_read(sdk, group, root, lab, recorder):
    asked = schedule()
    made = sdk.schedules.create_or_update(group, lab, "week", asked)
    assert recorder.statuses("PUT", f"{root}/labs/{lab}/schedules/week") == [201]
    assert (made.name, made.type.lower()) == ("week", "microsoft.labservices/labs/schedules")
    assert made.provisioning_state == "Succeeded"
    assert same_clock(made.start_at, asked.start_at)
    assert same_clock(made.stop_at, asked.stop_at)
    assert (made.time_zone_id, made.notes) == ("Europe/Berlin", "Bring a keyboard.")
    pattern = made.recurrence_pattern
    assert (pattern.frequency, pattern.interval) == ("Weekly", 1)
    assert set(pattern.week_days) == {"Monday", "Wednesday"}
    assert pattern.expiration_date.date() == asked.recurrence_pattern.expiration_date.date()
    assert sdk.schedules.get(group, lab, "week") == made
    assert list(sdk.schedules.list_by_lab(group, lab)) == [made]


def test_the_same_schedule_twice_is_one(sdk, group, root, lab, recorder):
    asked = schedule()
    first = sdk.schedules.create_or_update(group, lab, "week", asked)
    again = sdk.schedules.create_or_update(group, lab, "WEEK", asked)
    assert recorder.statuses("PUT", f"{root}/labs/{lab}/schedules/week") == [201, 200]
    assert (again.id, again.system_data.created_at) == (first.id, first.system_data.created_at)
    assert len(list(sdk.schedules.list_by_lab(group, lab))) == 1


def test_a_class_may_be_once(sdk, group, lab):
    made = sdk.schedules.create_or_update(group, lab, "once", schedule(recurrence_pattern=None))
    assert made.recurrence_pattern is None


def test_a_stop_may_stand_alone(sdk, group, lab):
    asked = schedule(start_at=None)
    made = sdk.schedules.create_or_update(group, lab, "evening", asked)
    assert made.start_at is None
    assert same_clock(made.stop_at, asked.stop_at)


def test_a_class_may_be_every_third_day(sdk, group, lab):
    ends = datetime.now() + timedelta(days=100)
    pattern = models.RecurrencePattern(frequency="Daily", interval=3, expiration_date=ends)
    made = sdk.schedules.create_or_update(group, lab, "days", schedule(recurrence_pattern=pattern))
    assert (made.recurrence_pattern.frequency, made.recurrence_pattern.interval) == ("Daily", 3)
    assert not made.recurrence_pattern.week_days


def test_offsets_are_passed_over(wire, root, lab):
    """Nine o'clock in whatever zone is nine o'clock in the schedule's own."""
    times = {"startAt": "2031-03-03T09:00:00-07:00", "stopAt": "2031-03-03T11:00:00+05:30"}
    body = {"properties": times | {"timeZoneId": "Asia/Tokyo"}}
    made = wire("PUT", f"{root}/labs/{lab}/schedules/zones", json=body).json()["properties"]
    assert made["startAt"].startswith("2031-03-03T09:00:00")
    assert made["stopAt"].startswith("2031-03-03T11:00:00")


def test_part_of_a_schedule_is_changed(sdk, group, lab):
    made = sdk.schedules.create_or_update(group, lab, "week", schedule())
    changed = sdk.schedules.update(group, lab, "week", models.ScheduleUpdate(notes="Room 7."))
    assert changed.notes == "Room 7."
    assert (changed.start_at, changed.stop_at) == (made.start_at, made.stop_at)
    assert changed.recurrence_pattern == made.recurrence_pattern

    later = made.stop_at + timedelta(hours=1)
    changed = sdk.schedules.update(
        group, lab, "week", models.ScheduleUpdate(stop_at=later, time_zone_id="America/New_York")
    )
    assert same_clock(changed.stop_at, later)
    assert (changed.time_zone_id, changed.notes) == ("America/New_York", "Room 7.")
    assert sdk.schedules.get(group, lab, "week") == changed


def test_a_schedule_is_deleted(sdk, group, root, lab, recorder):
    sdk.schedules.create_or_update(group, lab, "week", schedule())
    assert sdk.schedules.begin_delete(group, lab, "week").result() is None
    with pytest.raises(ResourceNotFoundError) as gone:
        sdk.schedules.get(group, lab, "week")
    assert gone.value.error.code == "ResourceNotFound"
    assert list(sdk.schedules.list_by_lab(group, lab)) == []
    sdk.schedules.begin_delete(group, lab, "week").result()
    assert recorder.statuses("DELETE", f"{root}/labs/{lab}/schedules/week") == [200, 204]


def test_deleting_an_outdated_schedule_is_refused(sdk, group, lab):
    made = sdk.schedules.create_or_update(group, lab, "week", schedule())
    refused = refusal(sdk.schedules.begin_delete, group, lab, "week", headers={"If-Match": '"outdated"'})
    assert (refused.status_code, refused.error.code) == (412, "PreconditionFailed")
    assert sdk.schedules.get(group, lab, "week") == made


def test_who_may_only_look_plans_nothing(sdk, reader, group, lab):
    made = sdk.schedules.create_or_update(group, lab, "week", schedule())
    assert reader.schedules.get(group, lab, "week") == made
    for begin, *body in (
        (reader.schedules.create_or_update, schedule()),
        (reader.schedules.update, models.ScheduleUpdate(notes="Mine.")),
        (reader.schedules.begin_delete,),
    ):
        refused = refusal(begin, group, lab, "week", *body)
        assert (refused.status_code, refused.error.code) == (403, "AuthorizationFailed")


def test_an_unknown_schedule_is_not_found(sdk, group, lab):
    update = models.ScheduleUpdate(notes="Room 7.")
    assert refusal(sdk.schedules.get, group, lab, "nothing").error.code == "ResourceNotFound"
    assert refusal(sdk.schedules.update, group, lab, "nothing", update).error.code == "ResourceNotFound"
    refused = refusal(sdk.schedules.create_or_update, group, "nothing", "week", schedule())
    assert (refused.status_code, refused.error.code) == (404, "ParentResourceNotFound")
