"""Hooks on the answers of vendors: none leads the key elsewhere, none is read without end.

They see each answer before its body is read and before a redirect is followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import mktime_tz, parsedate_tz
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from pipelines.errors import LoadError

Hook = Callable[..., requests.Response]

#: More than any list's page comes to; what goes on beyond it would only fill the memory.
MOST_BYTES: Final = 256 * 2**20
#: An answer may take so many times as long as the wait for a part of it.
LONGEST_IN_TIMEOUTS: Final = 10
_PART: Final = 2**16
_PORTS: Final = {"http": 80, "https": 443}


def stay_at_home(url_setting: str) -> Hook:
    """Follow redirects only where the key may go: on the host of the request, or to its https.

    Keys travel in headers of any name, and only one name is known to be taken off on the way.
    """

    def check(response: requests.Response, **_: Any) -> requests.Response:
        if not response.is_redirect:
            return response
        location = response.headers["Location"]
        if not is_same_place(response.url, location):
            raise LoadError(
                f"{urlsplit(response.url).path} leads to {location[:200]}, and the key is sent to "
                f"no other host. If you trust that address with it, write it into {url_setting}."
            )
        return response

    return check


def is_same_place(asked: str, location: str) -> bool:
    """Whether an address, whole or a path, lies where the key was sent to, or on its https."""
    try:
        one, other = urlsplit(asked), urlsplit(urljoin(asked, location))
        ports = [part.port or _PORTS.get(part.scheme) for part in (one, other)]
    except ValueError:  # no address at all
        return False
    if one.hostname != other.hostname:
        return False
    if one.scheme == other.scheme:
        return ports[0] == ports[1]
    return (one.scheme, other.scheme) == ("http", "https") and ports == [80, 443]


def without_nonsense(response: requests.Response, **_: Any) -> requests.Response:
    """Take off a Retry-After that is neither seconds nor a time: retries would fail over it."""
    said = response.headers.get("Retry-After")
    if said is not None and not _is_time(said.strip()):
        del response.headers["Retry-After"]
    return response


def _is_time(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return len(text) < 20
    try:
        parts = parsedate_tz(text)
        return parts is not None and mktime_tz(parts) > 0
    except (ValueError, OverflowError):
        return False


def read_whole(timeout: float) -> Hook:
    """Read the body, which a server may send drop by drop or without end.

    `timeout` is how long one part of it may take, in seconds.
    """

    def read(response: requests.Response, **_: Any) -> requests.Response:
        path, until = urlsplit(response.url).path, time.monotonic() + LONGEST_IN_TIMEOUTS * timeout
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.raw.read1(_PART, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise LoadError(
                        f"the answer of {path} is larger than {MOST_BYTES // 2**20} MB; given up. "
                        "Run again later: nothing is lost."
                    )
                if time.monotonic() > until:
                    raise LoadError(
                        f"the answer of {path} takes longer than {LONGEST_IN_TIMEOUTS * timeout:g} "
                        "seconds; given up. Run again later: nothing is lost."
                    )
        except HTTPError as error:  # as `requests` would say it, so that it is tried again
            raise requests.exceptions.ChunkedEncodingError(error) from None
        except LoadError:
            response.close()
            raise
        response._content = b"".join(parts)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    return read
