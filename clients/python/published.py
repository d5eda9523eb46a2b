"""Compares responses with what the server itself publishes at `/openapi.json` (OpenAPI 3.1).

It has every operation, those of Lectern's own provider too, and is there wherever the server is.
"""

import json
from pathlib import Path
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from validate import formats, pattern_of, sentence

OWN = "lectern.portal"


class Published:
    """What the server publishes, ready to compare responses with."""

    title = "what the server publishes"

    def __init__(self, document):
        self._schemas = document["components"]["schemas"]
        self._operations = [
            (pattern_of(template), method.upper(), operation, OWN in template.lower())
            for template, methods in document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        ]

    @classmethod
    def read(cls, path):
        """From a file."""
        return cls(json.loads(Path(path).read_text()))

    @property
    def own(self):
        """The names of the operations of Lectern's own provider."""
        return {operation["operationId"] for _, _, operation, own in self._operations if own}

    def operation(self, method, url):
        """The operation that a request asks for."""
        path = urlsplit(url).path
        for pattern, its_method, operation, _ in self._operations:
            if its_method == method.upper() and pattern.fullmatch(path):
                return operation
        return None

    def mismatches(self, response):
        """What is wrong about a response, a sentence each."""
        operation = self.operation(response["method"], response["url"])
        if operation is None:
            return []
        said = f"{operation['operationId']}, {response['status']}"
        return [f"{said}: {problem}" for problem in self._problems(operation, response)]

    def _problems(self, operation, response):
        status, body = str(response["status"]), response["body"]
        listed = operation["responses"]
        if status not in listed and int(status) < 400:
            yield f"it answers with {', '.join(s for s in listed if s != 'default')} or an error"
            return
        content = listed.get(status, listed["default"]).get("content")
        if content is None:
            return
        headers = {name.lower(): value for name, value in response["headers"].items()}
        kind = headers.get("content-type", "").split(";")[0]
        if kind not in content:
            yield f"the body's Content-Type is {kind}"
            return
        schema = content[kind]["schema"]
        whole = schema | {"components": {"schemas": self._schemas}}
        yield from sorted(sentence(e) for e in Draft202012Validator(whole, format_checker=formats).iter_errors(body))
