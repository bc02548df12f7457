"""E-mail addresses are replaced, everything else is left alone."""

from __future__ import annotations

import re
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SettingError
from pipelines.loading.email_hashes import EmailHasher

HASHER = EmailHasher(b"key of the test")


def hashed(email: str) -> str:
    return f"{HASHER.email_hash(email)}@{HASHER.domain(email)}"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("jane@example.com", "jane@example.com"),
        ("Jane.Doe+x@Mail.Example.co.uk", "jane.doe+x@mail.example.co.uk"),
        ("o'neil_1%a@x-y.io", "o'neil_1%a@x-y.io"),
        ("jörg@müller.de", "jörg@müller.de"),
        ("jane%40example.com", "jane@example.com"),
        ('"jane doe"@example.com', '"jane doe"@example.com'),
    ],
)
def test_an_address_becomes_its_hash_and_domain(text: str, address: str) -> None:
    assert HASHER.scrub(text) == hashed(address)
    assert re.fullmatch(r"[0-9a-f]{32}@.+", HASHER.scrub(text))
    assert HASHER.scrub(f"mail <{text}>, now.") == f"mail <{hashed(address)}>, now."


@pytest.mark.parametrize(
    "text", ["package@1.2.3", "@handle", "user@localhost", "5 @ 3.50", "a@b", "100%40", ""]
)
def test_what_is_no_address_stays(text: str) -> None:
    assert HASHER.scrub(text) == text


def test_no_nesting_that_json_can_have_is_too_deep() -> None:
    value: Any = "jane@example.com"
    for _ in range(5_000):
        value = [value]
    value = HASHER.scrub(value)
    for _ in range(5_000):
        [value] = value
    assert value == hashed("jane@example.com")


def test_letter_case_does_not_matter_and_keys_do() -> None:
    assert HASHER.email_hash(" Jane@Example.com ") == HASHER.email_hash("jane@example.com")
    assert EmailHasher(b"other").email_hash("jane@example.com") != HASHER.email_hash(
        "jane@example.com"
    )
    assert HASHER.domain("no address") == ""


def test_nested_values_and_keys_are_replaced_in_a_copy() -> None:
    same = {"amount": 3, "tags": ["x", None]}
    value = {"a": [{"email": "jane@example.com"}], "jane@example.com": True, "same": same}
    before = repr(value)
    scrubbed = HASHER.scrub(value)
    address = hashed("jane@example.com")
    assert scrubbed == {"a": [{"email": address}], address: True, "same": same}
    assert scrubbed["same"] is same
    assert repr(value) == before


def test_addresses_can_be_kept_in_clear() -> None:
    value = {"email": "jane@example.com"}
    assert EmailHasher(b"k", keep_clear=True).scrub(value) is value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="ab@.%40 \"'<", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(alphabet="ab@.", max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_shape_is_kept_and_what_needs_no_change_is_not_copied(value: Any) -> None:
    scrubbed = HASHER.scrub(value)
    assert type(scrubbed) is type(value)
    if scrubbed == value:
        assert scrubbed is value


def test_long_texts_take_linear_time() -> None:
    started = time.monotonic()
    for text in ("a" * 500_000 + " @ ", "a%40" * 100_000, "@a." * 100_000, '"' * 200_000 + "@"):
        HASHER.scrub(text)
    assert time.monotonic() - started < 2


def test_the_key_is_made_once_beside_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PII_HASH_KEY", raising=False)
    monkeypatch.delenv("STORE_EMAILS", raising=False)
    warehouse = tmp_path / "data" / "w.duckdb"
    first = EmailHasher.from_settings(warehouse)
    key_file = tmp_path / "data" / ".w_hash_key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert first == EmailHasher.from_settings(warehouse)
    assert [path.name for path in key_file.parent.iterdir()] == [".w_hash_key"]
    assert first.key != EmailHasher.from_settings(tmp_path / "other.duckdb").key
    assert repr(first.key) not in repr(first)
    key_file.write_bytes(b"")
    with pytest.raises(SettingError, match="_hash_key is empty"):
        EmailHasher.from_settings(warehouse)


def test_settings_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PII_HASH_KEY", "mine")
    monkeypatch.setenv("STORE_EMAILS", "true")
    assert EmailHasher.from_settings(tmp_path / "w.duckdb") == EmailHasher(b"mine", keep_clear=True)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("STORE_EMAILS", "perhaps")
    with pytest.raises(SettingError, match="STORE_EMAILS"):
        EmailHasher.from_settings(tmp_path / "w.duckdb")
