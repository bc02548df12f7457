"""What a custom source says: answers of its API page by page, or its files, as found rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import requests
from requests.auth import HTTPBasicAuth

from pipelines.config import setting
from pipelines.errors import LoadError, SettingError
from pipelines.loading.answers import is_same_place
from pipelines.loading.http import ApiClient, BearerAuth, HeaderAuth, parse_json
from pipelines.loading.object_store import open_files, store_errors
from pipelines.loading.source import Account
from pipelines.sources.custom.definition import Definition, Window
from pipelines.sources.custom.mapping import (
    Found,
    RefusedError,
    at_path,
    parents_of,
    rows_of,
    rows_sent,
)

#: Setting that replaces scheme and host of the file's url.
BASE_URL: Final = "BASE_URL"


@dataclass(frozen=True)
class Answer:
    """Part of what a source says.

    Attributes:
        rows: as found.
        totals: control totals of the parts of the answer, one a part, with the rows of that part.
        sent: how many things the server counts its pages by: parents, else rows before `explode`.
    """

    rows: list[Found]
    totals: list[tuple[Any, int, int]]
    sent: int = 0


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Client(ApiClient):
    """Requests of one custom source; every answer may be any JSON."""

    def __init__(
        self, definition: Definition, base_url: str | None, on_request: Callable[[], None]
    ) -> None:
        auth = definition.auth
        secret = secret_of(definition) or ""
        parts = urlsplit(definition.url or "")
        super().__init__(
            base_url=base_url or f"{parts.scheme}://{parts.netloc}",
            key=secret,
            key_setting=auth.secret_env if auth else "(no key)",
            url_setting=f"{definition.path}",
            headers=definition.headers,
            on_request=on_request,
        )
        self._method = definition.method
        self._path = parts.path
        self._own_params = dict(parse_qsl(parts.query, keep_blank_values=True))
        if auth is None:
            self._session.auth = _unchanged  # else a `.netrc` entry would be sent
        elif auth.type == "bearer":
            self._session.auth = BearerAuth(secret)
        elif auth.type == "header":
            self._session.auth = HeaderAuth(auth.header, secret)
        else:
            user = auth.user or (setting(auth.user_env) if auth.user_env else None) or ""
            self._session.auth = HTTPBasicAuth(user, secret)

    def ask(
        self, params: Mapping[str, Any], body: Mapping[str, Any] | None, url: str | None = None
    ) -> tuple[Any, str | None]:
        """An answer, and the address of the next page that its Link header names."""
        address = url or self._base_url + self._path
        asked = {} if url else {**self._own_params, **params}
        try:
            response = self._session.request(
                self._method,
                address,
                params=asked,
                json=dict(body) if body is not None else None,
                allow_redirects=False,  # they would take the key along
            )
        except requests.RequestException as error:
            raise LoadError(
                f"{self._path} could not be reached ({self._without_key(str(error))}). Check the "
                f"network and {self._url_setting}, then run again: nothing is lost."
            ) from None
        self._raise_for_status(response, self._path)
        if response.is_redirect:
            raise LoadError(
                f"{self._path} leads to {response.headers.get('Location', '')[:200]}. Write that "
                f"address into {self._url_setting} if you trust it with the key."
            )
        try:
            content = parse_json(response.content)
        except ValueError:
            raise LoadError(
                f"the answer of {self._path} is not complete JSON, after all retries. "
                "Run again later: nothing is lost."
            ) from None
        following = response.links.get("next", {}).get("url")
        # a key goes to the host that the file names, and to no other
        if following and not is_same_place(address, following):
            raise LoadError(f"{self._path} leads to another host for its next page; given up.")
        return content, requests.compat.urljoin(address, following) if following else None


def secret_of(definition: Definition) -> str | None:
    """The secret that the definition names. Raises SettingError where it is not set."""
    auth = definition.auth
    if auth is None:
        return None
    secret = (setting(auth.secret_env) or "").strip()
    if not secret:
        raise SettingError(
            f"{definition.id} is not configured: set {auth.secret_env} (named in "
            f"{definition.path}) and run again."
        )
    if not all("!" <= character <= "~" for character in secret):
        raise SettingError(
            f"{auth.secret_env} contains blanks, line breaks or characters that no key has. Copy "
            "the key again, in one piece."
        )
    return secret


def read_api(
    definition: Definition,
    base_url: str | None,
    first: date | None,
    end: date | None,
    on_request: Callable[[], None],
) -> Iterator[Answer]:
    """The answers of an API for the days from `first` up to but without `end`.

    Raises:
        LoadError: it cannot be read, leads in a circle, or has more pages than allowed.
        SettingError: its secret is not set.
    """
    client = _Client(definition, base_url, on_request)
    if definition.window is None or first is None or end is None:
        yield from _pages(definition, client, {})
        return
    while first < end:
        until = min(first + timedelta(days=definition.window.max_days), end)
        yield from _pages(definition, client, _window_params(definition.window, first, until))
        first = until


def _window_params(window: Window, first: date, until: date) -> dict[str, Any]:
    params = {window.start_param: _moment(window.format, first)}
    if window.end_param:
        last = until if window.end_exclusive else until - timedelta(days=1)
        params[window.end_param] = _moment(window.format, last)
    return params


def _moment(kind: str, day: date) -> str:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if kind == "date":
        return day.isoformat()
    if kind == "iso":
        return start.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(start.timestamp()) * (1_000 if kind == "epoch_ms" else 1))


def _pages(definition: Definition, client: _Client, window: Mapping[str, Any]) -> Iterator[Answer]:
    page = definition.page
    params: dict[str, Any] = {**definition.params}
    body: dict[str, Any] | None = dict(definition.body) if definition.body is not None else None
    target = params if definition.method == "GET" or body is None else body
    target.update(window)
    if page.size_param and page.size:
        target[page.size_param] = page.size
    number, most = page.first, 0
    seen: set[str] = set()
    url: str | None = None
    if page.type in ("page", "offset"):
        target[str(page.param)] = number
    for _ in range(page.max_pages):
        content, link = client.ask(params, body, url)
        answer = read_content(definition, content)
        yield answer
        most = max(most, answer.sent)
        following = _following(definition, content, link, number, answer.sent, most)
        if following in (None, ""):
            return
        if str(following) in seen:
            raise LoadError(
                f"{definition.id}: page {str(following)[:80]} leads to one that was read already; "
                f"given up. Correct [page] in {definition.path}."
            )
        seen.add(str(following))
        if page.type == "link":
            url = str(following)
            continue
        target[str(page.param)] = following
        number = following if page.type in ("page", "offset") else number
    raise LoadError(
        f"{definition.id} has more than {page.max_pages:,} pages. Raise max_pages of [page] in "
        f"{definition.path}, or ask for fewer days at a time."
    )


def _following(
    definition: Definition, content: Any, link: str | None, number: int, sent: int, most: int
) -> Any:
    """What asks for the next page: a cursor, a number, an address; None after the last one.

    A server may send less a page than was asked for, so only a page that is shorter than one
    before (`most`) is the last, and an offset goes on behind what was sent.
    """
    page = definition.page
    if page.type == "none":
        return None
    if page.type == "link":
        return link
    if page.type == "cursor":
        has_more = at_path(content, page.more) if page.more else True
        return at_path(content, str(page.next)) if has_more else None
    step = 1
    if page.type == "offset":
        step = sent or int(page.size or 1)
    if page.more:
        # the number of the last page, or of all rows
        reached = number + sent if page.type == "offset" else number
        is_last = not _has_more(at_path(content, page.more), reached)
    else:
        is_last = not sent or (page.type == "offset" and sent < most)
    return None if is_last else number + step


def _has_more(more: Any, reached: int) -> bool:
    """Whether there is another page: a flag, or the number that is reached with the last one."""
    if isinstance(more, bool):
        return more
    try:
        return reached < int(Decimal(str(more)))
    except (ArithmeticError, ValueError):
        return bool(more)


def read_content(definition: Definition, content: Any) -> Answer:
    """The rows of an answer. Raises LoadError where they are not where the file says."""
    rows: list[Found] = []
    totals, sent = [], 0
    try:
        for parent in parents_of(definition, content):
            first = len(rows)
            sent += 1 if definition.parent is not None else rows_sent(definition, parent)
            rows.extend(Found(row) for row in rows_of(definition, parent))
            if definition.check:
                total = at_path(parent, definition.check["total_path"])
                totals.append((total, first, len(rows)))
    except RefusedError as error:
        raise LoadError(
            f"{definition.id}: {error}. Correct [rows] in {definition.path}; `usage-vs-revenue "
            f"sources preview {definition.id}` shows what the source says."
        ) from error
    return Answer(rows, totals, sent)


def read_files(definition: Definition, account: Account) -> Iterator[Answer]:
    """The rows of the files that match; a file or line that cannot be read is a refused one.

    Raises:
        LoadError: the folder or bucket cannot be listed, no file matches, or none can be read.
    """
    pattern = definition.files or ""
    if "://" not in pattern and not Path(pattern).is_absolute():
        pattern = str(definition.path.resolve().parent.parent / pattern)
    place = f"files in [read] of {definition.path}"
    filesystem, root = open_files(pattern, account, place)
    with store_errors(pattern, place):
        names = sorted(map(str, filesystem.glob(root)))
    if not names:
        raise LoadError(
            f"{definition.id}: no file matches {definition.files}. Correct files in [read] of "
            f"{definition.path}; a relative path begins beside the folder of that file."
        )
    problems = []
    for name in names:
        shown = name.rsplit("/", 1)[-1]
        try:
            with (
                store_errors(pattern, place),
                filesystem.open(name, "rb", compression="infer") as opened,
            ):
                answer = _read_file(definition, shown, opened)
        except LoadError as error:
            said = error.__cause__ or error
            problems.append(f"{shown} cannot be read ({said})")
            answer = Answer([Found({}, shown, problem=f"the file cannot be read: {said}")], [])
        yield answer
    if len(problems) == len(names):
        raise LoadError(f"{definition.id}: {problems[0]}.")


def _read_file(definition: Definition, name: str, opened: Any) -> Answer:
    if definition.format == "json":
        answer = read_content(definition, parse_json(opened.read()))
        return Answer([Found(row.fields, name) for row in answer.rows], answer.totals)
    rows: list[Found] = []
    if definition.format == "jsonl":
        for number, line in enumerate(opened, 1):
            if line.strip():
                rows.extend(_of_line(definition, name, number, line))
    elif definition.format == "csv":
        lines = io.TextIOWrapper(opened, "utf-8-sig", errors="surrogateescape", newline="")
        reader = csv.DictReader(lines)
        if any(_is_not_utf8(column) for column in reader.fieldnames or ()):
            raise ValueError("its first line is not UTF-8; save it as CSV (UTF-8) again")
        for record in reader:
            fields = {str(column): text for column, text in record.items() if column is not None}
            if any(_is_not_utf8(text) for text in fields.values()):
                problem = "the line is not UTF-8; save the file as CSV (UTF-8) again"
                rows.append(Found({}, name, reader.line_num, problem))
                continue
            rows.extend(Found(one, name, reader.line_num) for one in _of_record(definition, fields))
    else:
        number = 0
        for batch in pq.ParquetFile(opened).iter_batches():
            for record in batch.to_pylist():
                number += 1
                rows.extend(Found(one, name, number) for one in _of_record(definition, record))
    return Answer(rows, [])


def _of_line(definition: Definition, name: str, number: int, line: bytes) -> list[Found]:
    try:
        found = read_content(definition, [parse_json(line)]).rows
    except (LoadError, ValueError) as error:
        return [Found({}, name, number, f"the line cannot be read: {error}")]
    return [Found(one.fields, name, number) for one in found]


def _is_not_utf8(text: str | None) -> bool:
    return text is not None and any("\udc80" <= letter <= "\udcff" for letter in text)


def _of_record(definition: Definition, fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [found.fields for found in read_content(definition, [dict(fields)]).rows]
