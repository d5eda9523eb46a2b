"""Compares responses with the predecessor's OpenAPI 2.0 description.

As a program: `python validate.py responses.jsonl openapi.json`, the latter as the server publishes it, one `{"method", "url", "status", "headers", "body"}` a line. It
prints every mismatch in a line and exits with 1 if there is any.

A response may have more than the description says: clients pass over what they do not know. Secrets may not.
"""

import json
import os
import re
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

BESIDE = Path(__file__).resolve().parent / "../../../shared/azure/labservices-2023-06-07.bundled.json"
PROVIDER = "/providers/microsoft.labservices/"

# Where long-running operations are polled. The description has neither, but the service's list of permissions has.
POLL_STATUS = re.compile(r"^/subscriptions/[^/]+/providers/microsoft\.labservices/locations/[^/]+/operations/[^/]+$")
POLL_RESULT = re.compile(
    r"^/subscriptions/[^/]+/providers/microsoft\.labservices/locations/[^/]+/operationresults/[^/]+$"
)

# What a resource's `type` ends in; the official examples have the singular, the service itself the plural.
RESOURCES = {
    "image": "Image",
    "lab": "Lab",
    "labplan": "LabPlan",
    "schedule": "Schedule",
    "user": "User",
    "virtualmachine": "VirtualMachine",
}

formats = FormatChecker(formats=())


@formats.checks("date-time")
def is_date_time(value):
    if not isinstance(value, str):
        return True
    try:
        return "T" in value and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


@formats.checks("duration")
def is_duration(value):
    pattern = r"-?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?"
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


@formats.checks("int32")
def is_int32(value):
    return not isinstance(value, int) or -(2**31) <= value < 2**31


class Description:
    """The description, ready to compare responses with."""

    title = "the predecessor's description"

    def __init__(self, path):
        document = json.loads(Path(path).read_text())
        self._definitions = {name: schema_of(d) for name, d in document["definitions"].items()}
        self._validators = {}
        self._operations = [
            (pattern_of(template), method.upper(), operation)
            for template, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        ]

    @classmethod
    def find(cls):
        """The description where it is expected; none where there is none, which is said in a line."""
        path = Path(os.environ.get("LECTERN_API_DESCRIPTION") or BESIDE)
        if path.is_file():
            return cls(path)
        print("The predecessor's description is not here (LECTERN_API_DESCRIPTION): no response was compared with it.")
        return None

    @property
    def names(self):
        """The names of all operations."""
        return {operation["operationId"] for _, _, operation in self._operations}

    def operation(self, method, url):
        """The operation that a request asks for, by method and path without regard to case."""
        path = urlsplit(url).path
        for pattern, its_method, operation in self._operations:
            if its_method == method.upper() and pattern.fullmatch(path):
                return operation
        return None

    def mismatches(self, response):
        """What is wrong about a response, a sentence each."""
        path = urlsplit(response["url"]).path.lower()
        if PROVIDER not in path + "/":
            return []
        said = f"{self._name(response, path)}, {response['status']}"
        return [f"{said}: {problem}" for problem in self._problems(response, path)]

    def _name(self, response, path):
        if operation := self.operation(response["method"], response["url"]):
            return operation["operationId"]
        for pattern, name in ((POLL_STATUS, "locations/operations"), (POLL_RESULT, "locations/operationResults")):
            if pattern.fullmatch(path):
                return f"{response['method']} {name}"
        return f"{response['method']} {urlsplit(response['url']).path}"

    def _problems(self, response, path):
        status, body = response["status"], response["body"]
        headers = {name.lower(): value for name, value in response["headers"].items()}
        if body is not None and "application/json" not in headers.get("content-type", ""):
            yield f"the body's Content-Type is {headers.get('content-type')}"
        if status >= 400:
            yield from self._error(body)
        elif POLL_STATUS.fullmatch(path):
            yield from self._poll_status(status, body)
        elif POLL_RESULT.fullmatch(path):
            yield from self._poll_result(status, body)
        else:
            yield from self._result(response, headers)

    def _error(self, body):
        yield from self._compare("ErrorResponse", body)
        error = body.get("error") if isinstance(body, dict) else None
        for part in ("code", "message"):
            if not (isinstance(error, dict) and error.get(part)):
                yield f"body.error.{part}: an error needs it"

    def _poll_status(self, status, body):
        if status != 200:
            yield "the status of an operation is answered with 200"
            return
        yield from self._compare("OperationResult", body)
        if isinstance(body, dict) and body.get("status") == "Failed" and not (body.get("error") or {}).get("code"):
            yield "body.error.code: an operation that failed needs it"

    def _poll_result(self, status, body):
        if status == 202:
            if not (isinstance(body, dict) and body.get("status") == "InProgress"):
                yield "body.status: InProgress is expected while an operation runs"
        elif status != 200:
            yield "the result of an operation is answered with 202 while it runs and 200 afterwards"
        elif isinstance(body, dict) and "properties" in body:
            kind = str(body.get("type", "")).lower().rsplit("/", 1)[-1]
            name = RESOURCES.get(kind) or RESOURCES.get(kind.removesuffix("s"))
            yield from self._compare(name, body) if name else [f"body.type: {body.get('type')} is no resource's type"]
        else:
            yield from self._compare("OperationResult", body)

    def _result(self, response, headers):
        operation = self.operation(response["method"], response["url"])
        if operation is None:
            yield "there is no such operation"
            return
        status, body = response["status"], response["body"]
        listed = [s for s in operation["responses"] if s != "default"]
        if str(status) not in listed:
            yield f"{operation['operationId']} answers with {', '.join(listed)} or an error"
            return
        if status == 202:
            for name in ("azure-asyncoperation", "location"):
                if not headers.get(name, "").startswith("https://"):
                    yield f"the header {name} must be an absolute address while an operation runs"
            if not headers.get("retry-after", "").isdigit():
                yield "the header retry-after must be a whole number of seconds while an operation runs"
        schema = operation["responses"][str(status)].get("schema")
        if schema is None:
            if body is not None:
                yield "there is a body where none is described"
            return
        yield from self._compare(schema["$ref"].rsplit("/", 1)[-1], body)
        if not isinstance(body, dict):
            return
        asked = unquote(urlsplit(response["url"]).path)
        if operation["operationId"] != "OperationResults_Get" and str(body.get("id", asked)).lower() != asked.lower():
            yield "body.id: it is not the path that was asked for"

    def _compare(self, name, body):
        if name not in self._validators:
            schema = {"$ref": f"#/definitions/{name}", "definitions": self._definitions}
            self._validators[name] = Draft202012Validator(schema, format_checker=formats)
        # Sorted by what they say: where values have different types, there is no other order.
        return sorted(sentence(error) for error in self._validators[name].iter_errors(body))


def pattern_of(template):
    """A path template as a pattern."""
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)), re.IGNORECASE)


def schema_of(node):
    """A Swagger schema as the JSON schema of what a response may hold."""
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    schema = {k: node[k] for k in ("type", "format", "minLength", "maxLength", "minimum", "maximum") if k in node}
    # Values of an enum that is modelled as a string are only the known ones.
    if "enum" in node and not node.get("x-ms-enum", {}).get("modelAsString"):
        schema["enum"] = node["enum"]
    if "items" in node:
        schema["items"] = schema_of(node["items"])
    if isinstance(node.get("additionalProperties"), dict):
        schema["additionalProperties"] = schema_of(node["additionalProperties"])
    if "allOf" in node:
        schema["allOf"] = [schema_of(base) for base in node["allOf"]]
    properties = node.get("properties", {})
    if properties:
        schema.setdefault("type", "object")
        schema["properties"] = {n: schema_of(p) if may_be_read(p) else False for n, p in properties.items()}
        # The last page says so by null, in the official examples as well.
        if "nextLink" in properties:
            schema["properties"]["nextLink"] = {"type": ["string", "null"]}
    schema["required"] = [n for n in node.get("required", []) if may_be_read(properties.get(n, {}))]
    return schema


def may_be_read(node):
    """Whether a response may hold the property at all."""
    return not node.get("x-ms-secret") and "read" in node.get("x-ms-mutability", ["read"])


def sentence(error):
    """A mismatch, without the value where that is a secret."""
    where = "body" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.absolute_path)
    if error.validator is None:
        return f"{where}: it must never be in a response"
    text = error.message if len(error.message) < 300 else f"it does not match {error.validator} {error.validator_value}"
    return f"{where}: {text}"


def report(description, responses):
    """Prints each mismatch once, with the first response that has it, and a summary. Returns how many there are."""
    count, times, first = 0, Counter(), {}
    for response in responses:
        count += 1
        for line in description.mismatches(response):
            times[line] += 1
            test = f", {response['test']}" if response.get("test") else ""
            first.setdefault(line, f"{response['method']} {response['url']}{test}")
    for line, where in first.items():
        print(f"{line}\n    {times[line]} times; first: {where}")
    print(f"{count} responses were compared with {description.title}; {len(first)} mismatches.")
    return len(first)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: python validate.py responses.jsonl openapi.json")
    # It needs what is here.
    from published import Published

    with open(sys.argv[1], encoding="utf-8") as lines:
        responses = [json.loads(line) for line in lines if line.strip()]
    descriptions = filter(None, [Published.read(sys.argv[2]), Description.find()])
    sys.exit(1 if sum(report(description, responses) for description in descriptions) else 0)


if __name__ == "__main__":
    main()
