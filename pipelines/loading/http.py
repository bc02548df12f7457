"""The one place for HTTP: authentication, retries, exact numbers and clear errors.

dlt's `requests` helper does the retrying: 429, 5xx, dropped connections, time-outs and bodies that
are not whole JSON are tried again with exponential back-off, honouring Retry-After, at most
`RUNTIME__REQUEST_MAX_ATTEMPTS` times. 401 and 403 are never retried. What an answer may do is in
`pipelines.loading.answers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import requests
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import Client
from requests.auth import AuthBase

from pipelines.errors import (
    AccessDeniedError,
    BadRequestError,
    KeyRefusedError,
    LoadError,
    NotFoundError,
)
from pipelines.loading.answers import read_whole, stay_at_home, without_nonsense

Params = Mapping[str, Any]

#: An API's error body is shown up to this many characters.
SHOWN_BODY: Final = 300


class BearerAuth(AuthBase):
    """Sends the key as a bearer token; as an auth object it wins over a `.netrc` entry."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to one request."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


class HeaderAuth(AuthBase):
    """Sends the key in a header of its own; as an auth object it wins over a `.netrc` entry."""

    def __init__(self, name: str, key: str) -> None:
        self._name = name
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to one request."""
        request.headers[self._name] = self._key
        return request


def parse_json(text: str | bytes) -> Any:
    """Parse JSON with every fraction as Decimal, so that no amount passes through a float.

    `NaN` and `Infinity`, which are no JSON but are sent now and then, become those texts.

    Raises:
        ValueError: it is no JSON, or nested too deep to be read.
    """
    try:
        try:
            return json.loads(text, parse_float=Decimal, parse_constant=str)
        except json.JSONDecodeError:
            raise
        except ValueError:  # a whole number of thousands of digits, which Python reads no more
            return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=str)
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None


def _is_broken(
    parse: Callable[[bytes], Any],
) -> Callable[[requests.Response | None, BaseException | None], bool]:
    """Whether an answer that claims to be well cannot be parsed, since a part of it is missing."""

    def is_broken(response: requests.Response | None, _error: BaseException | None) -> bool:
        if response is None or not response.ok:
            return False
        try:
            parse(response.content)
        except ValueError:
            return True
        return False

    return is_broken


class ApiClient:
    """Requests that read from one vendor's API.

    Args:
        base_url: address without a trailing slash; paths are appended to it.
        key: the secret; it is sent, and removed from any message.
        key_setting, url_setting: names of the settings that hold key and address, for messages.
        headers: sent with every request.
        auth: how the key is sent; by default as a bearer token.
        parse: makes an object of an answer's body; raises ValueError for what is not whole.
        on_request: called after each answered request (for progress).

    Attributes:
        response_headers: of the newest answer; names in any case.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        key_setting: str,
        url_setting: str,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
        parse: Callable[[bytes], Any] = parse_json,
        on_request: Callable[[], None] | None = None,
    ) -> None:
        self.requests_made = 0
        self.response_headers: Mapping[str, str] = {}
        self._base_url = base_url.rstrip("/")
        self._key = key
        self._key_setting = key_setting
        self._url_setting = url_setting
        self._on_request = on_request
        self._parse = parse
        client = Client(
            raise_for_status=False,
            retry_condition=_is_broken(parse),
            session_attrs={"auth": auth or BearerAuth(key)},
        )
        runtime = resolve_configuration(RuntimeConfiguration())
        client.update_from_config(runtime)
        self._session = client.session
        self._session.headers.update(headers or {})
        self._session.hooks["response"] += [
            self._count,
            without_nonsense,
            stay_at_home(url_setting),
            read_whole(runtime.request_timeout),
        ]

    def _count(self, response: requests.Response, **_: Any) -> requests.Response:
        self.requests_made += 1
        self.response_headers = response.headers
        if self._on_request:
            self._on_request()
        return response

    def get(self, path: str, params: Params | None = None) -> dict[str, Any]:
        """Return the object at `path`.

        Raises:
            AccessDeniedError, NotFoundError, BadRequestError: the API said so (401/403, 404, 400).
            LoadError: the API could not be reached or kept failing after all retries.
        """
        return self._ask("GET", path, params=dict(params or {}))

    def search(self, path: str, body: str, content_type: str = "application/xml") -> dict[str, Any]:
        """Return what a search finds that the API takes as a POST. Raises as `get` does."""
        return self._ask("POST", path, data=body.encode(), headers={"Content-Type": content_type})

    def send(self, method: str, path: str, body: str, content_type: str) -> dict[str, Any]:
        """Return what a request that changes something there answers. Raises as `get` does.

        It may be sent twice: use it for what is the same when it is done twice.
        """
        return self._ask(method, path, data=body.encode(), headers={"Content-Type": content_type})

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        url = self._base_url + path
        try:
            response = self._session.request(method, url, **request)
        except requests.RequestException as error:
            raise LoadError(
                f"{url} could not be reached ({self._without_key(str(error))}). Check the network "
                f"and {self._url_setting}, then run again: nothing is lost."
            ) from None
        self._raise_for_status(response, path)
        try:
            body = self._parse(response.content)
        except ValueError as error:
            raise LoadError(
                f"the answer of {path} is not complete, after all retries ({error}). "
                f"Check {self._url_setting}, or run again later: nothing is lost."
            ) from None
        if not isinstance(body, dict):
            raise LoadError(
                f"the answer of {path} is not an object. Check {self._url_setting}, then run "
                "again: nothing is lost."
            )
        return body

    def _raise_for_status(self, response: requests.Response, path: str) -> None:
        status = response.status_code
        if status < 400:
            return
        said = self._without_key(_error_message(response))
        where = f"{path} answered {status}: {said}"
        if status == 401:
            raise KeyRefusedError(f"{where} Check the key in {self._key_setting}.")
        if status == 403:
            raise AccessDeniedError(
                f"{where} The key in {self._key_setting} lacks the permission to read {path}."
            )
        if status == 404:
            raise NotFoundError(where)
        if status == 400:
            raise BadRequestError(where)
        raise LoadError(f"{where} Given up after all retries; run again later: nothing is lost.")

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text


def _error_message(response: requests.Response) -> str:
    """The vendor's own words for an error, short."""
    try:
        body = response.json()
        error = body.get("error")
        errors = body.get("errors")  # of JSON:API: a list, the first of which says enough
        if isinstance(error, Mapping):
            message = error.get("message") or error.get("detail")
        elif isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
            message = errors[0].get("detail") or errors[0].get("title")
        else:
            message = body.get("message") or body.get("error_description") or error
    except (ValueError, AttributeError, RecursionError):
        message = None
    return " ".join(str(message or response.reason or "no reason given").split())[:SHOWN_BODY]
