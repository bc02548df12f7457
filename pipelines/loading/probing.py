"""A live check of a key: one small request to each address that a load would read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipelines.errors import (
    AccessDeniedError,
    BadRequestError,
    KeyRefusedError,
    LoadError,
    NotFoundError,
)
from pipelines.loading.http import ApiClient
from pipelines.loading.source import Probe

#: Path, parameters, the permission that it takes, whether a load fails without it.
Address = tuple[str, Mapping[str, Any], str, bool]


def probe_addresses(client: ApiClient, addresses: Iterable[Address]) -> Iterator[Probe]:
    """What a key may read of the addresses. Ends where the key itself is refused.

    Raises:
        LoadError: the server cannot be reached, or keeps failing.
    """
    for path, params, permission, is_required in addresses:
        try:
            client.get(path, params)
        except KeyRefusedError as error:
            yield Probe(path, False, str(error))
            return
        except AccessDeniedError:
            yield Probe(path, False, f"needs the permission {permission}", is_required)
        except (NotFoundError, BadRequestError):
            yield Probe(path, False, "the account or server does not have it", is_required)
        except LoadError:
            raise
        else:
            yield Probe(path, True, "readable", is_required)
