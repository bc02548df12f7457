"""ChartMogul's HTTP API, the part that is used.

Basic authentication with the key as user. At most 40 requests a second and some compute a minute:
429 and 503 are waited out (`loading/http.py`), and between requests passes the time that keeps
below the limit. Lists come by cursor. Source: dev.chartmogul.com, SDK 4.11.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from requests.auth import HTTPBasicAuth

from pipelines.config import setting
from pipelines.errors import LoadError, SettingError
from pipelines.exports.chartmogul.attributes import TYPES
from pipelines.loading.http import ApiClient

KEY: Final = "CHARTMOGUL_API_KEY"
BASE_URL: Final = "CHARTMOGUL_BASE_URL"
DEFAULT_BASE_URL: Final = "https://api.chartmogul.com"
_PAGE: Final = 200
#: Seconds between requests: 25 a second, of 40 that are allowed.
_PAUSE: Final = 0.04


@dataclass
class ChartMogul:
    """The account that the key opens."""

    client: ApiClient
    _last: float = field(default=0.0)

    @classmethod
    def from_settings(cls) -> ChartMogul:
        """The account of the settings.

        Raises:
            SettingError: there is no key.
        """
        key = setting(KEY)
        if not key:
            raise SettingError(
                f"Set {KEY} to an API key of ChartMogul (Profile, API keys), in the environment or "
                "in .dlt/secrets.toml. With --dry-run it may be a read-only key."
            )
        base_url = setting(BASE_URL, DEFAULT_BASE_URL) or DEFAULT_BASE_URL
        client = ApiClient(
            base_url=base_url,
            key=key,
            key_setting=KEY,
            url_setting=BASE_URL,
            auth=HTTPBasicAuth(key, ""),
        )
        return cls(client)

    def currency(self) -> str | None:
        """The account's currency (ISO code, small letters); None where it is not told."""
        text = self._get("/v1/account").get("currency")
        return str(text).lower() if text else None

    def customers(self) -> Iterator[tuple[str, str]]:
        """(external id, ChartMogul's uuid) of every customer, whichever source made it."""
        cursor: str | None = None
        met: set[str] = set()
        while True:
            params = {"per_page": _PAGE, **({"cursor": cursor} if cursor else {})}
            page = self._get("/v1/customers", params)
            for entry in page.get("entries") or []:
                uuid = entry.get("uuid")
                listed = [entry.get("external_id"), *(entry.get("external_ids") or [])]
                for external in dict.fromkeys(listed):
                    if isinstance(external, str) and isinstance(uuid, str) and external:
                        yield external, uuid
            cursor = page.get("cursor")
            if not page.get("has_more") or not cursor:
                return
            if cursor in met:
                raise LoadError("/v1/customers gave the same page twice; run again later.")
            met.add(cursor)

    def tell(self, uuid: str, values: Mapping[str, str | None]) -> None:
        """Set attributes of a customer; those that are not known any more are removed."""
        path = f"/v1/customers/{uuid}/attributes/custom"
        custom = [
            {"type": TYPES[key], "key": key, "value": value}
            for key, value in values.items()
            if value is not None
        ]
        self._send("POST", path, {"custom": custom})
        unknown = [key for key, value in values.items() if value is None]
        if unknown:
            self._send("DELETE", path, {"custom": unknown})

    def mrr(self, first: date, last: date) -> list[dict[str, Any]]:
        """MRR and its movements by month, in cents of the account's currency."""
        params = {
            "start-date": first.isoformat(),
            "end-date": last.isoformat(),
            "interval": "month",
        }
        return list(self._get("/v1/metrics/mrr", params).get("entries") or [])

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self._wait()
        return self.client.get(path, params)

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        self._wait()
        self.client.send(method, path, json.dumps(body), "application/json")

    def _wait(self) -> None:
        pause = self._last + _PAUSE - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._last = time.monotonic()
