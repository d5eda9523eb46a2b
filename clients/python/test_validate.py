"""The comparison with the API's description notices what it should."""

import copy
import json

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


TEXT = {"type": "string"}
WHOLE = {"type": "integer", "format": "int32"}


def thing(required=(), **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def answers(*statuses, body=None):
    content = {"description": "…"} | ({"schema": {"$ref": f"#/definitions/{body}"}} if body else {})
    return {"responses": {status: content for status in statuses} | {"default": {"description": "…"}}}


# As much of a description as shows each thing that one may say, so that these tests need no other file.
DESCRIPTION = {
    "paths": {
        "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.LabServices/labs": {
            "get": answers("200", body="PagedLabs") | {"operationId": "Labs_ListByResourceGroup"}
        },
        "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.LabServices/labs/{l}": {
            "parameters": [],
            "get": answers("200", body="Lab") | {"operationId": "Labs_Get"},
            "patch": answers("200", "202", body="Lab") | {"operationId": "Labs_Update"},
            "delete": answers("200", "202", "204") | {"operationId": "Labs_Delete"},
        },
    },
    "definitions": {
        "PagedLabs": thing(value={"type": "array", "items": {"$ref": "#/definitions/Lab"}}, nextLink=TEXT),
        "Resource": thing(
            id=TEXT, name=TEXT, type=TEXT, systemData=thing(createdAt={"type": "string", "format": "date-time"})
        ),
        "Lab": {"allOf": [{"$ref": "#/definitions/Resource"}]}
        | thing(["location", "properties"], location=TEXT, properties={"$ref": "#/definitions/LabProperties"}),
        "LabProperties": thing(
            ["autoShutdownProfile", "connectionProfile", "securityProfile", "virtualMachineProfile"],
            title={"type": "string", "minLength": 1, "maxLength": 120},
            state={"type": "string", "enum": ["Draft", "Published"], "x-ms-enum": {"modelAsString": False}},
            autoShutdownProfile=thing(idleDelay={"type": "string", "format": "duration"}),
            connectionProfile=thing(),
            securityProfile=thing(registrationCode=TEXT),
            virtualMachineProfile=thing(
                ["sku", "usageQuota"],
                usageQuota={"type": "string", "format": "duration"},
                sku=thing(["name"], name=TEXT, capacity=WHOLE),
                adminUser=thing(["username"], username=TEXT, password={"type": "string", "x-ms-secret": True}),
            ),
        ),
        "ErrorResponse": thing(error=thing(code=TEXT, message=TEXT)),
        "OperationResult": thing(
            ["status"],
            status={
                "type": "string",
                "enum": ["NotStarted", "InProgress", "Succeeded", "Failed", "Canceled"],
                "x-ms-enum": {"modelAsString": False},
            },
            error=thing(code=TEXT, message=TEXT),
        ),
    },
}


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    path = tmp_path_factory.mktemp("description") / "description.json"
    path.write_text(json.dumps(DESCRIPTION))
    return validate.Description(path)


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
