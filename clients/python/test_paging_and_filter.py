"""Lists: in pages of a hundred, and filtered."""

from urllib.parse import urlsplit

import pytest
from azure.mgmt.labservices import models

from bodies import fresh, plan, schedule, user
from wire import refusal

PAGE = 100
MANY = 220


def fill_users(sdk, bodies, group, lab, count):
    for number in range(count):
        who = f"{'even' if number % 2 == 0 else 'odd'}{number:03}"
        sdk.users.begin_create_or_update(group, lab, who, user(f"{who}.{fresh('x')}@school.example")).result()


def fill_schedules(sdk, bodies, group, lab, count):
    for number in range(count):
        sdk.schedules.create_or_update(group, lab, f"s{number:03}", schedule())


def fill_machines(sdk, bodies, group, lab, count):
    made = sdk.labs.get(group, lab)
    sdk.labs.begin_update(group, lab, bodies.scaled(made, count)).result()
    sdk.labs.begin_publish(group, lab).result()


def fill_plans(sdk, bodies, group, lab, count):
    for number in range(count):
        sdk.lab_plans.begin_create_or_update(group, f"p{number:03}", plan()).result()


def fill_labs(sdk, bodies, group, lab, count):
    # One is there already.
    for number in range(count - 1):
        sdk.labs.begin_create_or_update(group, f"l{number:03}", bodies.lab(option="Image")).result()


LISTS = {
    "users": (fill_users, lambda sdk, group, lab: sdk.users.list_by_lab(group, lab), MANY),
    "schedules": (fill_schedules, lambda sdk, group, lab: sdk.schedules.list_by_lab(group, lab), PAGE + 10),
    "machines": (fill_machines, lambda sdk, group, lab: sdk.virtual_machines.list_by_lab(group, lab), PAGE + 10),
    "plans": (fill_plans, lambda sdk, group, lab: sdk.lab_plans.list_by_resource_group(group), PAGE + 10),
    "labs": (fill_labs, lambda sdk, group, lab: sdk.labs.list_by_resource_group(group), PAGE + 10),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_long_list_comes_in_pages(portal, person, recorder, group, bodies, new_lab, what):
    fill, read, count = LISTS[what]
    lab = new_lab(option="Image").name
    fill(person, bodies, group, lab, count)
    seen = len(recorder.responses)
    pages = [list(page) for page in read(person, group, lab).by_page()]

    sizes = [len(page) for page in pages]
    assert sizes == [PAGE] * (count // PAGE) + ([count % PAGE] if count % PAGE else [])
    names = [item.name for page in pages for item in page]
    assert len(set(names)) == count
    assert [item.name for item in read(person, group, lab)] == names

    links = [r["body"]["nextLink"] for r in recorder.responses[seen:][: len(pages)]]
    assert links[-1] is None
    assert all(link.startswith(portal.url + "/") for link in links[:-1])


def test_a_list_that_just_fits_is_one_page(person, recorder, group, bodies, new_lab):
    lab = new_lab(option="Image").name
    fill_users(person, bodies, group, lab, PAGE)
    assert [len(list(page)) for page in person.users.list_by_lab(group, lab).by_page()] == [PAGE]


def test_a_person_added_meanwhile_hides_nobody(person, group, bodies, new_lab):
    lab = new_lab(option="Image").name
    fill_users(person, bodies, group, lab, MANY)
    pages = person.users.list_by_lab(group, lab).by_page()
    names = [u.name for u in next(pages)]
    person.users.begin_delete(group, lab, names[0]).result()
    person.users.begin_create_or_update(group, lab, "aaa", user()).result()
    names += [u.name for page in pages for u in page]
    there_all_the_time = {u.name for u in person.users.list_by_lab(group, lab)} - {"aaa"}
    assert there_all_the_time <= set(names)
    assert len(names) == len(set(names))


def test_a_page_that_was_made_up_is_refused(person, recorder, group, bodies, new_lab, wire):
    lab = new_lab(option="Image").name
    fill_users(person, bodies, group, lab, PAGE + 1)
    list(person.users.list_by_lab(group, lab))
    link = next(r["body"]["nextLink"] for r in reversed(recorder.responses) if (r["body"] or {}).get("nextLink"))
    address, _, query = link.partition("?")
    made_up = "&".join(p if p.lower().startswith("api-version") else p.split("=")[0] + "=@@@" for p in query.split("&"))
    assert wire("GET", f"{address}?{made_up}", query={}).status_code == 400


@pytest.fixture
def people(person, group, new_lab):
    """A lab with three people, one of them invited, and a function that lists by a filter."""
    lab = new_lab(option="Image").name
    emails = {who: f"{who}.{fresh('x')}@school.example" for who in ("ann", "annika", "o'neil")}
    for who, email in emails.items():
        person.users.begin_create_or_update(group, lab, who.replace("'", "-"), user(email)).result()
    person.users.begin_invite(group, lab, "ann", models.InviteBody()).result()
    return emails, lambda text: {u.name for u in person.users.list_by_lab(group, lab, filter=text)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name eq 'ann'", {"ann"}),
        ("name ne 'ann'", {"annika", "o-neil"}),
        ("email eq '{ann}'", {"ann"}),
        ("properties/email eq '{ann}'", {"ann"}),
        ("email ne '{ann}'", {"annika", "o-neil"}),
        ("startswith(name,'ann')", {"ann", "annika"}),
        ("startswith(name, 'annik')", {"annika"}),
        ("startswith(properties/email,'o''neil')", {"o-neil"}),
        ("startswith(name,'ann') and name ne 'ann'", {"annika"}),
        ("name eq 'ann' or name eq 'o-neil'", {"ann", "o-neil"}),
        ("(name eq 'ann' or name eq 'o-neil') and startswith(email,'o')", {"o-neil"}),
        ("name eq 'ann' or name eq 'o-neil' and startswith(email,'x')", {"ann"}),
        ("((name eq 'ann'))", {"ann"}),
        ("name eq 'nobody'", set()),
        ("name eq ''", set()),
    ],
)
def test_people_are_filtered(people, text, names):
    emails, matching = people
    assert matching(text.replace("{ann}", emails["ann"])) == names


WRONG_FILTERS = [
    "name",
    "name eq",
    "name eq ann",
    'name eq "ann"',
    "name eq 'ann",
    "name gt 'ann'",
    "name eq 'ann' and",
    "(name eq 'ann'",
    "name eq 'ann')",
    "secret eq 'x'",
    "contains(name,'ann')",
    "startswith(name)",
    "not name eq 'ann'",
    "name eq 'ann'; drop table users",
    "(" * 5000 + "name eq 'ann'" + ")" * 5000,
]


@pytest.mark.parametrize("text", WRONG_FILTERS, ids=[t[:24] for t in WRONG_FILTERS])
def test_a_filter_that_is_not_understood_is_refused(people, text):
    refused = refusal(lambda: people[1](text))
    # An address that is too long may be refused before anybody reads it.
    assert refused.status_code in (414, 431) or (refused.status_code, refused.error.code) == (400, "InvalidFilter")


def test_a_filter_goes_on_over_pages(person, group, bodies, new_lab):
    lab = new_lab(option="Image").name
    fill_users(person, bodies, group, lab, MANY)
    pages = person.users.list_by_lab(group, lab, filter="startswith(name,'even')").by_page()
    names = [[u.name for u in page] for page in pages]
    assert [len(page) for page in names] == [PAGE, MANY // 2 - PAGE]
    assert all(name.startswith("even") for page in names for name in page)


def test_machines_are_filtered(person, group, new_lab, machines):
    lab = new_lab(published=True).name
    seat = machines(lab)[0].name
    person.virtual_machines.begin_start(group, lab, seat).result()

    def matching(text):
        return {m.name for m in person.virtual_machines.list_by_lab(group, lab, filter=text)}

    assert matching("state eq 'Running'") == {seat}
    assert seat not in matching("properties/state eq 'Stopped'")
    assert len(matching("state eq 'Stopped'")) == 2
    assert matching(f"name eq '{seat}'") == {seat}
    assert matching("claimedByUserId eq 'nobody'") == set()


def test_labs_are_filtered(person, group, new_lab):
    title = fresh("Title")
    lab, other = new_lab(option="Image", title=title), new_lab(option="Image", published=True)

    def ids(text):
        return {x.id for x in person.labs.list_by_subscription(filter=text)}

    assert ids(f"title eq '{title}'") == {lab.id}
    assert ids(f"properties/title eq '{title}' and state eq 'Published'") == set()
    assert ids(f"startswith(name,'{lab.name}') or name eq '{other.name}'") == {lab.id, other.id}
    published = ids("state eq 'Published'")
    assert other.id in published and lab.id not in published


def test_every_list_that_has_a_filter_heeds_it(person, group, new_lab):
    lab = new_lab(option="Image").name
    person.schedules.create_or_update(group, lab, "week", schedule())
    made = person.lab_plans.begin_create_or_update(group, fresh("plan"), plan()).result()
    sku = next(iter(person.skus.list())).name
    for listed, name in (
        (lambda text: person.lab_plans.list_by_subscription(filter=text), made.name),
        (lambda text: person.images.list_by_lab_plan("default", "default", filter=text), "debian-12"),
        (lambda text: person.schedules.list_by_lab(group, lab, filter=text), "week"),
        (lambda text: person.skus.list(filter=text), sku),
    ):
        assert [x.name for x in listed(f"name eq '{name}'")] == [name]
        assert list(listed("name eq 'nothing'")) == []
        assert refusal(lambda of=listed: list(of("name like 'x'"))).error.code == "InvalidFilter"
    assert refusal(lambda: list(person.usages.list_by_location("local", filter="name like 'x'"))).status_code == 400


def test_next_links_stay_where_they_were_asked_for(portal, person, recorder, group, bodies, new_lab):
    lab = new_lab(option="Image").name
    fill_users(person, bodies, group, lab, PAGE + 1)
    list(person.users.list_by_lab(group, lab))
    link = next(r["body"]["nextLink"] for r in reversed(recorder.responses) if (r["body"] or {}).get("nextLink"))
    assert urlsplit(link).path == f"{portal.provider(group)}/labs/{lab}/users"
