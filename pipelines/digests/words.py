"""A digest as text and as HTML. Names are texts of others: no markup, mention or link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from pipelines.alerts.transitions import plain_text
from pipelines.digests.content import MOST_ITEMS, Digest, Item, Line
from pipelines.published.questions.formatting import clock, count, days_of, month

#: Heading -> lines below it; each line is a text, the lines behind it, and an address.
_Parts = list[tuple[str, list[Line]]]
_PROVISIONAL: Final = "Some days' bills are not complete: costs may still change."


def title(digest: Digest) -> str:
    """What the message is called."""
    days = month(digest.period.start) if _is_month(digest) else days_of(digest.period)
    needs = sum(1 for item in digest.items if not item.key.startswith("left out"))
    action = f", {count(needs)} to look at" if needs else ""
    return plain_text(f"Digest {days}{action}")


def _is_month(digest: Digest) -> bool:
    return digest.kind == "month" and digest.period.first_month == digest.period.last_month


def as_text(digest: Digest, base_url: str | None) -> str:
    """The message for channels of plain text."""
    lines = [plain_text(number) for number in digest.numbers]
    for heading, part in _parts(digest):
        lines += ["", heading]
        for line in part:
            lines.append(f"- {plain_text(line.text)}")
            lines += [f"    {plain_text(behind)}" for behind in line.behind]
    lines += ["", *_end(digest)]
    if base_url:
        pages = dict.fromkeys(_pages(digest))
        lines += [f"{base_url.rstrip('/')}/{page}" for page in pages]
    return "\n".join(lines)


def as_html(digest: Digest, base_url: str | None) -> str:
    """The message for channels of HTML, which is e-mail."""
    found = [f"<h2>{escape(title(digest))}</h2>", "<p>"]
    found += ["<br>".join(escape(plain_text(number)) for number in digest.numbers), "</p>"]
    for heading, part in _parts(digest):
        found.append(f"<h3>{escape(heading)}</h3><ul>")
        for line in part:
            text = escape(plain_text(line.text))
            if base_url and line.page is not None:
                href = escape(f"{base_url.rstrip('/')}/{line.page}", quote=True)
                text = f'<a href="{href}">{text}</a>'
            behind = "".join(f"<li>{escape(plain_text(one))}</li>" for one in line.behind)
            found.append(f"<li>{text}{f'<ul>{behind}</ul>' if behind else ''}</li>")
        found.append("</ul>")
    found.append(f"<p>{'<br>'.join(escape(line) for line in _end(digest))}</p>")
    return "\n".join(found)


def _parts(digest: Digest) -> _Parts:
    left_out = [item for item in digest.items if item.key.startswith("left out")]
    others = [item for item in digest.items if not item.key.startswith("left out")]
    parts: _Parts = [
        ("Needs action", [*_listed(others), *_counted(left_out)]),
        ("What moved MRR", list(digest.movements)),
        ("What moved AI cost", list(digest.costs)),
        ("What lies ahead", list(digest.ahead)),
        ("Over: no longer so", _listed(digest.over)),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _listed(items: Sequence[Item]) -> list[Line]:
    lines = [Line(item.text, (), item.page) for item in items[:MOST_ITEMS]]
    more = len(items) - len(lines)
    return [*lines, Line(f"and {count(more)} more", (), "alerts")] if more else lines


def _counted(items: Sequence[Item]) -> list[Line]:
    """Objects that were left out, by reason: there may be thousands."""
    by_text = Counter(item.text for item in items)
    return [
        Line(f"{text}: {count(number)} {'object' if number == 1 else 'objects'}", (), "data")
        for text, number in by_text.most_common(MOST_ITEMS)
    ]


def _end(digest: Digest) -> Iterable[str]:
    if digest.told:
        yield f"Told before and still so: {count(digest.told)}."
    if digest.is_provisional:
        yield _PROVISIONAL
    yield f"Before: {days_of(digest.before)}."
    yield f"Build {digest.build_id}, as of {clock(digest.as_of)}."


def _pages(digest: Digest) -> Iterable[str]:
    """Addresses for a text: one a kind, not one a line."""
    yield ""
    if digest.items or digest.over:
        yield "alerts"
    if digest.movements:
        yield "revenue"
    if digest.costs:
        yield "ai-cost"
