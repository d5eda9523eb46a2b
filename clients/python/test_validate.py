"""The comparison with the API's description notices what it should."""

import copy

import pytest

import validate

LAB = "/subscriptions/s/resourceGroups/g/providers/Microsoft.LabServices/labs/l"
POLL = "/subscriptions/s/providers/Microsoft.LabServices/locations/local"
JSON = {"Content-Type": "application/json"}

GOOD = {
    "id": LAB,
    "name": "l",
    "type": "Microsoft.LabServices/labs",
    "location": "local",
    "systemData": {"createdAt": "2030-01-01T09:00:00Z"},
    "properties": {
        "autoShutdownProfile": {"idleDelay": "PT15M"},
        "connectionProfile": {},
        "securityProfile": {"registrationCode": "0123456789"},
        "state": "Draft",
        "virtualMachineProfile": {
            "createOption": "TemplateVM",
            "imageReference": {},
            "usageQuota": "P1DT6H",
            "sku": {"name": "Basic", "capacity": 2},
            "adminUser": {"username": "student"},
        },
    },
}


@pytest.fixture(scope="module")
def description():
    found = validate.Description.find()
    if found is None:
        pytest.skip("The API's description is not here (LECTERN_API_DESCRIPTION).")
    return found


def response(body, status=200, method="GET", path=LAB, headers=JSON):
    return {
        "method": method,
        "url": f"https://host{path}?api-version=2023-06-07",
        "status": status,
        "headers": headers,
        "body": body,
    }


def test_what_is_right_passes(description):
    assert description.mismatches(response(GOOD)) == []
    assert description.mismatches(response(GOOD, path=LAB.upper())) == []
    error = {"error": {"code": "ResourceNotFound", "message": "It is not there."}}
    assert description.mismatches(response(error, 404)) == []
    assert description.mismatches(response({"value": [GOOD], "nextLink": None}, path=LAB.removesuffix("/l"))) == []
    assert description.mismatches(response(None, 204, "DELETE", headers={})) == []
    assert description.mismatches(response(None, 200, path="/oauth2/token")) == []
    # Nobody minds what only newer clients know.
    assert description.mismatches(response(GOOD | {"etag": "x"})) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("location", None, "location"),
        ("id", "/elsewhere", "body.id"),
        ("properties.state", "Archived", "body.properties.state"),
        ("properties.securityProfile", None, "securityProfile"),
        ("properties.virtualMachineProfile.usageQuota", "10 hours", "usageQuota"),
        ("properties.virtualMachineProfile.sku.capacity", "2", "capacity"),
        ("properties.virtualMachineProfile.sku.capacity", 2**40, "capacity"),
        ("properties.virtualMachineProfile.adminUser.password", "s3cret", "never be in a response"),
        ("systemData.createdAt", "yesterday", "createdAt"),
        ("systemData.createdAt", "2030-01-01", "createdAt"),
        ("properties.title", "x" * 121, "title"),
    ],
)
def test_what_is_wrong_is_told(description, path, value, said):
    """`None` stands for what is missing."""
    body = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    node = body
    for parent in parents:
        node = node[parent]
    node[last] = value
    if value is None:
        del node[last]
    (found,) = description.mismatches(response(body))
    assert found.startswith("Labs_Get, 200: ") and said in found
    assert "s3cret" not in found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (response(GOOD, 203), "Labs_Get answers with 200 or an error"),
        (response(GOOD, headers={"Content-Type": "text/html"}), "Content-Type"),
        (response({"message": "no"}, 404), "body.error.code"),
        (response("<html>", 502), "body.error.code"),
        (response(None, 500), "body.error.code"),
        (response({}, path=LAB + "/nothing"), "no such operation"),
        (response(GOOD, 202, "PATCH"), "azure-asyncoperation"),
        (response({"status": "Succeeded"}, 200, "DELETE"), "a body where none is described"),
        (response({"status": "Done"}, path=POLL + "/operations/o"), "body.status"),
        (response({"status": "Failed"}, path=POLL + "/operations/o"), "body.error.code"),
        (response({"status": "InProgress"}, 202, path=POLL + "/operations/o"), "answered with 200"),
        (response({"status": "Running"}, 202, path=POLL + "/operationResults/o"), "InProgress is expected"),
        (response(None, 204, path=POLL + "/operationResults/o", headers={}), "200 afterwards"),
        (response({"properties": {}, "type": "x/labs"}, path=POLL + "/operationresults/o"), "'location'"),
    ],
)
def test_a_wrong_answer_is_told(description, wrong, said):
    assert any(said in line for line in description.mismatches(wrong))
