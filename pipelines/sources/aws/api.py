"""AWS's APIs through botocore: who asks, how answers are paged, what a refusal means.

botocore finds the credentials as AWS's own tools do, signs, and tries again where AWS throttles or
fails. It has no paginator for Cost Explorer, so pages are turned here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration

from pipelines.errors import (
    AccessDeniedError,
    BadRequestError,
    KeyRefusedError,
    LoadError,
    SettingError,
)
from pipelines.loading.http import SHOWN_BODY
from pipelines.loading.source import Account
from pipelines.loading.windows import DayRange
from pipelines.sources.aws.settings import ACCESS_KEY_ID, BASE_URL, PROFILE, READ_COSTS, AwsSettings

#: Cost Explorer answers for all regions at one place.
COST_REGION: Final = "us-east-1"
MOST_PAGES: Final = 10_000
GROUP_BY: Final = ("SERVICE", "USAGE_TYPE")

#: What botocore raises, and what its parsers do where an answer is none of AWS's.
_FAULTS: Final = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    ValueError,
    KeyError,
    TypeError,
)

_TRY_AGAIN: Final = "Nothing of this run was loaded; run again later."
_KEY_REFUSED: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True)
class CostDay:
    """What Cost Explorer says of a UTC day.

    Attributes:
        groups: by service and usage type, as sent; empty where nothing was asked to be grouped.
        total: metric -> amount and unit of the whole day, where nothing was grouped.
        is_estimated: AWS may still change it.
    """

    groups: list[Any]
    total: Any
    is_estimated: bool


class AwsApi:
    """Requests of one account. `on_request` is called for each that is sent, retries included."""

    def __init__(
        self,
        account: Account,
        settings: AwsSettings,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        self.cost_requests = 0
        self._account, self._settings, self._on_request = account, settings, on_request
        try:
            self._session = botocore.session.Session(profile=settings.profile)
            if settings.access_key_id:
                self._session.set_credentials(
                    settings.access_key_id, settings.secret_access_key, settings.session_token
                )
            self._session.get_credentials()
        except ProfileNotFound as error:
            raise SettingError(
                f"{account.setting_name(PROFILE)} is {settings.profile!r}, which AWS's files do "
                "not have. Name a profile that they have, or set a key."
            ) from error
        except BotoCoreError as error:
            raise self._problem("AWS's settings", error) from None
        self._clients: dict[tuple[str, str], Any] = {}

    def _client(self, service: str, region: str, attempts: int | None = None) -> Any:
        key = (service, region)
        if key not in self._clients:
            runtime = resolve_configuration(RuntimeConfiguration())
            most = max(attempts or int(runtime.request_max_attempts), 1)
            try:
                client = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._settings.base_url,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": most},
                        read_timeout=runtime.request_timeout,
                        user_agent_extra="usage-vs-revenue",
                    ),
                )
            except (BotoCoreError, ValueError) as error:
                raise self._problem(service, error) from None
            client.meta.events.register("before-send", self._count(service))
            self._clients[key] = client
        return self._clients[key]

    def _count(self, service: str) -> Callable[..., None]:
        def count(**_: Any) -> None:
            self.cost_requests += service == "ce"
            self._on_request()

        return count

    def account_id(self) -> str | None:
        """Id of the AWS account that the key is of; None where nobody says. Needs no permission."""
        try:
            answer = self._client("sts", COST_REGION, 1).get_caller_identity()
        except _FAULTS:
            return None
        found = answer.get("Account")
        return found if isinstance(found, str) and found else None

    def cost_days(
        self, days: DayRange, metrics: list[str], *, is_grouped: bool
    ) -> dict[date, CostDay]:
        """All days of a range, pages joined. Each page costs a cent.

        Raises:
            AccessDeniedError, BadRequestError: AWS refuses.
            LoadError: it cannot be reached, or its pages make no sense.
        """
        found: dict[date, CostDay] = {}
        for page in self._cost_pages(days, metrics, is_grouped=is_grouped):
            for one in page:
                day = _day_of(one)
                if day is None or day not in days:
                    raise LoadError(
                        f"Cost Explorer sent a day {day}, but {days.first} to {days.end} was asked "
                        f"for. {_TRY_AGAIN}"
                    )
                groups = one.get("Groups")
                if is_grouped and not isinstance(groups, list):
                    raise LoadError(f"Cost Explorer sent {day} without its groups. {_TRY_AGAIN}")
                before = found.get(day, CostDay([], None, False))
                found[day] = CostDay(
                    [*before.groups, *(groups or [])],
                    one.get("Total") or before.total,
                    before.is_estimated or one.get("Estimated") is not False,
                )
        return found

    def _cost_pages(
        self, days: DayRange, metrics: list[str], *, is_grouped: bool
    ) -> Iterator[list[Any]]:
        query: dict[str, Any] = {
            "TimePeriod": {"Start": days.first.isoformat(), "End": days.end.isoformat()},
            "Granularity": "DAILY",
            "Metrics": metrics,
        }
        if is_grouped:
            query["GroupBy"] = [{"Type": "DIMENSION", "Key": key} for key in GROUP_BY]
        used: set[str] = set()
        while True:
            answer = self.call("ce", COST_REGION, "get_cost_and_usage", READ_COSTS, query)
            page = answer.get("ResultsByTime")
            if not isinstance(page, list):
                raise LoadError(f"Cost Explorer sent a page without days. {_TRY_AGAIN}")
            yield page
            token = answer.get("NextPageToken")
            if not token:
                return
            if token in used or len(used) >= MOST_PAGES:
                raise LoadError(f"Cost Explorer repeats a page. {_TRY_AGAIN}")
            used.add(token)
            query["NextPageToken"] = token

    def call(
        self, service: str, region: str, operation: str, permission: str, query: dict[str, Any]
    ) -> Any:
        """One request. Raises LoadError, by its kinds, naming the permission that it takes."""
        try:
            return getattr(self._client(service, region), operation)(**query)
        except _FAULTS as error:
            raise self._problem(permission, error) from None

    def paginate(
        self, service: str, region: str, operation: str, permission: str, query: dict[str, Any]
    ) -> Iterator[Any]:
        """Pages of an operation that botocore can page. Raises as `call` does."""
        try:
            yield from self._client(service, region).get_paginator(operation).paginate(**query)
        except _FAULTS as error:
            raise self._problem(permission, error) from None

    def _problem(self, what: str, error: Exception) -> LoadError:
        """The error in our words: what to do, and nothing of the secret."""
        key = self._account.setting_name(ACCESS_KEY_ID)
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            return KeyRefusedError(
                f"No complete AWS credentials were found. Set {key} with its secret, "
                f"{self._account.setting_name(PROFILE)}, or AWS's own settings."
            )
        said = self._without_secrets(" ".join(str(error).split()))[:SHOWN_BODY]
        if not isinstance(error, BotoCoreError | ClientError):
            return LoadError(
                f"{what}: the answer is none of AWS's ({said}). Check "
                f"{self._account.setting_name(BASE_URL)}, then run again: nothing is lost."
            )
        if not isinstance(error, ClientError):
            return LoadError(f"{what}: {said} Check the network, then run again: nothing is lost.")
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _KEY_REFUSED or status == 401:
            return KeyRefusedError(f"{what}: {said} Check the key in {key} and its secret.")
        if status == 403 or code.startswith(("AccessDenied", "Unauthorized", "OptInRequired")):
            return AccessDeniedError(f"{what}: {said} The key lacks the permission {what}.")
        if status == 400 and "Throttling" not in code and not code.startswith("LimitExceeded"):
            return BadRequestError(f"{what}: {said}")
        return LoadError(
            f"{what}: {said} Given up after all retries; run again later: nothing is lost."
        )

    def _without_secrets(self, text: str) -> str:
        for secret in (self._settings.secret_access_key, self._settings.session_token):
            if secret:
                text = text.replace(secret, "[key]")
        return text


def _day_of(one: Any) -> date | None:
    period = one.get("TimePeriod") if isinstance(one, dict) else None
    try:
        return date.fromisoformat(str((period or {}).get("Start"))[:10])
    except ValueError:
        return None
