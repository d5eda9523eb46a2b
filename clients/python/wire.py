"""What goes over the wire: writing it down, and sending what no SDK would send."""

import json
import os
import time
from urllib.parse import urlsplit

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.core.exceptions import ARMErrorFormat
from azure.mgmt.core.polling.arm_polling import ARMPolling
from requests.adapters import HTTPAdapter
from urllib3 import Retry

# The deadline of an act that keeps failing is 15 minutes.
LONGER_THAN_THE_DEADLINE = 1000


class Recorder(SansIOHTTPPolicy):
    """Keeps every response, with the test that caused it. As a policy it sees what the SDK gets."""

    def __init__(self):
        self.responses = []

    def on_response(self, request, response):
        http = response.http_response
        self.add(http.request.method, http.request.url, http.status_code, http.headers, http.text(), sdk=True)

    def add(self, method, url, status, headers, text, sdk=False):
        try:
            body = json.loads(text) if text else None
        except ValueError:
            body = text
        test = os.environ.get("PYTEST_CURRENT_TEST", "").removesuffix(" (call)")
        self.responses.append(
            {
                "test": test,
                "sdk": sdk,
                "method": method,
                "url": url,
                "status": status,
                "headers": dict(headers),
                "body": body,
            }
        )

    def statuses(self, method, path):
        """The statuses that requests of this kind got so far, oldest first."""
        return [
            r["status"]
            for r in self.responses
            if r["method"] == method and urlsplit(r["url"]).path.lower() == path.lower()
        ]


class Wire:
    """Requests as no SDK would send them. `token=None` sends none."""

    def __init__(self, portal, recorder, token, version="2023-06-07", patient=True):
        # As the SDK does, whoever is told to wait because of too many requests waits and asks again.
        # Nothing else is tried again: a connection that breaks is a defect.
        patience = Retry(
            total=10 if patient else 0,
            connect=0,
            read=False,
            other=0,
            status_forcelist=[429],
            allowed_methods=None,
            raise_on_status=False,
        )
        self._session = requests.Session()
        self._session.mount("https://", HTTPAdapter(max_retries=patience, pool_maxsize=20))
        self._portal = portal
        self._recorder = recorder
        self._token = token
        self._version = version

    def __call__(self, method, path, *, query=None, headers=None, token="own", **content):
        token = self._token if token == "own" else token
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        response = self._session.request(
            method,
            path if path.startswith("https://") else self._portal.url + path,
            params={"api-version": self._version} if query is None else query,
            headers=sent | (headers or {}),
            allow_redirects=False,
            # A request that hangs is a defect like another, and better told than waited for.
            timeout=120,
            **content,
        )
        self._recorder.add(method, response.url, response.status_code, response.headers, response.text)
        return response

    def close(self):
        self._session.close()


class PersonalToken:
    """A person's access token as a credential for the SDK."""

    def __init__(self, token):
        self._token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self._token, int(time.time()) + 3600)


def principal(portal, **changes):
    """The credential of the service principal. Each has its own token: tests let the server's clock jump."""
    settings = {
        "tenant_id": portal.settings["AZURE_TENANT_ID"],
        "client_id": portal.settings["AZURE_CLIENT_ID"],
        "client_secret": portal.settings["AZURE_CLIENT_SECRET"],
        "authority": portal.url,
        "disable_instance_discovery": True,
    }
    return ClientSecretCredential(**settings | changes)


def send(client, method, path, body):
    """Sends a body as it stands through the SDK's pipeline, and returns the poller of what that began."""
    version = client._config.api_version
    request = HttpRequest(method, client._client.format_url(path), params={"api-version": version}, json=body)
    response = client._client._pipeline.run(request, stream=False)
    if response.http_response.status_code >= 400:
        raise HttpResponseError(response=response.http_response, error_format=ARMErrorFormat)
    options = {"final-state-via": "original-uri" if method == "PUT" else "location"}
    return LROPoller(client._client, response, body_of, ARMPolling(0.1, lro_options=options))


def body_of(response):
    """The JSON body of a response of the SDK's pipeline; none where it is empty."""
    text = response.http_response.text()
    return json.loads(text) if text else None


def refusal(begin, *arguments, **options):
    """The error of a request that is refused at once: it says so by its status."""
    with pytest.raises(HttpResponseError) as caught:
        result = begin(*arguments, **options)
        getattr(result, "result", lambda: result)()
    assert caught.value.status_code >= 400, caught.value
    return caught.value


def error_of(response, status, code):
    """The error of a response, which must have this status and code."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["code"] == code, response.text
    assert error["message"]
    return error


def ending(poller):
    """The error that an operation ends with."""
    with pytest.raises(HttpResponseError) as caught:
        poller.result()
    return caught.value.error


def failure(portal, begin, *arguments, **options):
    """The error of an operation that was begun and failed: the request was accepted, the operation says Failed.

    What fails is tried again until a deadline that begins with the first failure, so the clock jumps after each look.
    """

    def look(response):
        body = body_of(response)
        if isinstance(body, dict) and body.get("status") == "InProgress":
            portal.advance(LONGER_THAN_THE_DEADLINE)

    with pytest.raises(HttpResponseError) as caught:
        begin(*arguments, raw_response_hook=look, **options).result()
    assert "/operations/" in caught.value.response.request.url, caught.value
    assert caught.value.error.code, caught.value.response.text()
    assert caught.value.error.message, caught.value.response.text()
    return caught.value.error
