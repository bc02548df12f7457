"""One message to one address, through apprise: Slack, e-mail, webhooks and the rest by URL."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import dlt

from pipelines.alerts.ledger import Delivery
from pipelines.alerts.outbox import Outbox, SendableT
from pipelines.errors import SettingError

SETTING: Final = "ALERTS__URLS"
#: Seconds before the second and third try of a message within one run.
WAITS: tuple[float, ...] = (1.0, 4.0)


@dataclass(frozen=True)
class Target:
    """An address. `target_id` names it in the ledger without giving it away."""

    url: str = field(repr=False)
    label: str

    @property
    def target_id(self) -> str:
        """Hash of the address, the same in every run."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]


def urls() -> list[str]:
    """The addresses of the setting: from the environment (separated by white space), else from
    dlt's secrets (a list, or such a text)."""
    given: Any = os.environ.get(SETTING)
    if given is None:
        given = dlt.secrets.get("alerts.urls") if "alerts.urls" in dlt.secrets else None
    parts = re.split(r"\s+", given) if isinstance(given, str) else list(given or [])
    return list(dict.fromkeys(str(part).strip(" ,") for part in parts if str(part).strip(" ,")))


def targets(addresses: Sequence[str]) -> list[Target]:
    """The addresses with their labels (such as `Slack #2`).

    Raises:
        SettingError: one cannot be read; the message gives its place in the list, not the address.
    """
    found = []
    for place, url in enumerate(addresses, start=1):
        service = _service(url)
        if service is None:
            raise SettingError(
                f"Address {place} of {SETTING} is none that apprise knows. Write it as a URL such "
                "as slack://..., mailto://... or json://host/path."
            )
        found.append(Target(url, f"{service} #{place}"))
    return found


def deliver(
    ledger: Outbox[SendableT],
    addresses: Sequence[Target],
    send: Callable[[Target, SendableT], bool],
) -> None:
    """Send what is pending, in order. An address that fails gets the rest with the next run."""
    by_id = {target.target_id: target for target in addresses}
    silent: set[str] = set()
    for delivery in ledger.open_deliveries():
        target = by_id.get(delivery.target)
        if target is None or delivery.status != "pending" or delivery.target in silent:
            continue
        if not _try(ledger, target, delivery, send):
            silent.add(delivery.target)


def _try(
    ledger: Outbox[SendableT],
    target: Target,
    delivery: SendableT,
    send: Callable[[Target, SendableT], bool],
) -> bool:
    for wait in (0.0, *WAITS):
        time.sleep(wait)
        ledger.begin(delivery)
        arrived = send(target, delivery)
        ledger.end(delivery, arrived=arrived)
        if arrived:
            return True
    return False


def send(target: Target, delivery: Delivery) -> bool:
    """Send through apprise; whether the service took it."""
    import apprise

    kinds = {"recovered": apprise.NotifyType.SUCCESS}
    severe = {
        "critical": apprise.NotifyType.FAILURE,
        "warning": apprise.NotifyType.WARNING,
    }
    with _quiet():
        sender = apprise.Apprise()
        sender.add(target.url)
        return bool(
            sender.notify(
                title=delivery.title,
                body=delivery.body,
                notify_type=kinds.get(delivery.transition, severe[delivery.severity]),
                body_format=apprise.NotifyFormat.TEXT,
            )
        )


class Words(Protocol):
    """A message in two forms."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def plain(self) -> str:
        """For channels of plain text."""

    @property
    def html(self) -> str:
        """For channels of HTML."""


def send_digest(target: Target, words: Words) -> bool:
    """Send a message through apprise; whether the service took it.

    E-mail gets the HTML, with the text beside it by apprise; every other channel the text.
    """
    import apprise

    with _quiet():
        sender = apprise.Apprise()
        sender.add(target.url)
        plugin: Any = sender[0] if len(sender) else None
        is_html = plugin is not None and plugin.resolve_format() == apprise.NotifyFormat.HTML
        return bool(
            sender.notify(
                title=words.title,
                body=words.html if is_html else words.plain,
                notify_type=apprise.NotifyType.INFO,
                body_format=apprise.NotifyFormat.HTML if is_html else apprise.NotifyFormat.TEXT,
            )
        )


def send_files(
    target: Target, title: str, body: str, files: Sequence[Path], link: str | None
) -> bool:
    """Send files through apprise; whether the service took them.

    A service that takes no files gets a line that says where they lie.
    """
    import apprise
    from apprise.attachment.file import AttachFile

    with _quiet():
        attached = [
            AttachFile(path=str(path.resolve()), name=path.name)  # type: ignore[no-untyped-call]
            for path in files
        ]
        plugin = apprise.Apprise.instantiate(target.url)
        sender = apprise.Apprise()
        sender.add(target.url)
        takes_files = bool(getattr(plugin, "attachment_support", False))
        if not takes_files:
            listed = ", ".join(str(path.resolve()) for path in files)
            body += f"\nThe report lies at {listed}"
            body += f"\nor, with a key, at {link}" if link else ""
        return bool(
            sender.notify(
                title=title,
                body=body,
                notify_type=apprise.NotifyType.INFO,
                body_format=apprise.NotifyFormat.TEXT,
                attach=attached if takes_files else None,
            )
        )


def _service(url: str) -> str | None:
    import apprise

    with _quiet():
        plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    name = getattr(plugin, "service_name", None)
    return str(name) if plugin is not None else None


class _quiet:
    """Keep apprise's log, which holds addresses and their keys, out of everybody's sight."""

    def __enter__(self) -> None:
        self._logger = logging.getLogger("apprise")
        self._before = self._logger.disabled
        self._logger.disabled = True

    def __exit__(self, *_: object) -> None:
        self._logger.disabled = self._before
