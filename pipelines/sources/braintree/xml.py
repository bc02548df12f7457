"""Braintree's typed XML as plain values, and back.

An element says what it holds: `type="integer"`, `"decimal"`, `"boolean"`, `"datetime"`, `"date"`,
`"array"` or `"collection"`, `nil="true"` for nothing; names have hyphens. Numbers with a fraction
become Decimal, times and days stay texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

#: An answer of an API declares no types of documents: that is how entities come in.
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")


def parse_xml(content: bytes) -> dict[str, Any]:
    """Name of the root element -> its value. Raises ValueError for what is no whole XML."""
    if any(one in content for one in _DECLARATIONS):
        raise ValueError("declares entities")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - without declarations there are no entities
        return {_name(root): _value(root)}
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deep to be read") from None


def _name(element: ElementTree.Element) -> str:
    return element.tag.replace("-", "_")


def _value(element: ElementTree.Element) -> Any:
    kind = element.get("type")
    if element.get("nil") == "true":
        return None
    if kind == "array":
        return [_value(child) for child in element]
    if kind == "collection":
        return _collection(element)
    if len(element):
        return {_name(child): _value(child) for child in element}
    text = element.text or ""
    if kind in ("integer", "decimal"):
        return _number(text)
    if kind == "boolean":
        return text == "true"
    return text or None


def _collection(element: ElementTree.Element) -> dict[str, Any]:
    """A page of a search: what it says of itself, and its `items`."""
    said: dict[str, Any] = {"items": []}
    for child in element:
        if len(child):
            said["items"].append(_value(child))
        else:
            said[_name(child)] = _value(child)
    return said


def _number(text: str) -> Any:
    """A plain whole number as int, any other as Decimal; what is none stays text, for the column
    that should hold it to say so. An exponent is never written out: it may be anything."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite():
        return text
    return int(number) if text.strip().lstrip("+-").isdecimal() and len(text) < 4000 else number


def to_xml(name: str, value: Any) -> str:
    """A value as an element; lists become arrays of items."""
    name = name.replace("_", "-")
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(to_xml(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f'<{name} type="array">{"".join(to_xml("item", one) for one in value)}</{name}>'
    return f"<{name}>{escape(str(value))}</{name}>"
