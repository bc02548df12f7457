"""Services by command: stored encrypted, hidden by the environment, tried live, loaded, removed."""

from __future__ import annotations

import io
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.fernet import Fernet

from pipelines.cli import main
from pipelines.config import setting
from pipelines.credentials import store
from support.commands import Project
from support.stripe_server import StripeLists, serve

SECRET = "rk_test_51SECRETsecretSECRET"
REQUIRED = ("/v1/customers", "/v1/products", "/v1/prices", "/v1/subscriptions", "/v1/invoices")


@pytest.fixture
def stripe() -> Iterator[StripeLists]:
    lists = StripeLists({path: [] for path in REQUIRED} | {"/v1/events": []}, account="acct_1")
    with serve(lists):
        yield lists


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("PUBLISHED_DIR", str(tmp_path / "published"))
    monkeypatch.setenv("CREDENTIALS_KEY", Fernet.generate_key().decode())
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "1")
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_service_is_added_tested_loaded_and_removed(
    folder: Path,
    stripe: StripeLists,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    typed(monkeypatch, f"{SECRET}\nBASE_URL={stripe.url}\n")
    assert main(["sources", "add", "stripe", "stripe_eu"]) == 0
    said = capfd.readouterr()
    assert "/v1/invoices" in said.out
    assert "needs the permission" not in said.out
    file = folder / "credentials.enc"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert SECRET.encode() not in file.read_bytes()
    assert stripe.keys == {SECRET}

    assert main(["sources", "list"]) == 0
    listed = capfd.readouterr().out
    line = next(one for one in listed.splitlines() if one.startswith("stripe_eu"))
    assert "configured" in line
    assert "API_KEY (credentials)" in line

    project.settings |= {"CREDENTIALS_KEY": setting("CREDENTIALS_KEY") or ""}
    loaded = project.load("stripe_eu")
    assert project.rows("select count(*) from raw_stripe_eu.syncs") == [(1,)]

    stripe.refused = {"/v1/invoices": 403}
    assert main(["sources", "test", "stripe_eu"]) == 1
    tested = capfd.readouterr()
    assert "needs the permission Invoices: read" in tested.out

    assert main(["sources", "remove", "stripe_eu"]) == 0
    removed = capfd.readouterr()
    assert "raw_stripe_eu" in removed.err
    assert "drop schema" in removed.err
    assert project.rows("select count(*) from raw_stripe_eu.syncs") == [(1,)]
    assert main(["sources", "remove", "stripe_eu"]) == 2
    for text in (said, listed, loaded.stdout, loaded.stderr, tested, removed):
        assert SECRET not in str(text)


def test_a_refused_key_is_not_stored(
    folder: Path,
    stripe: StripeLists,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stripe.refused = {"/v1": 401}
    typed(monkeypatch, f"API_KEY={SECRET}\nBASE_URL={stripe.url}\n")
    assert main(["sources", "add", "stripe"]) == 1
    assert store.stored() == {}
    assert SECRET not in str(capfd.readouterr())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nokind"], "Kinds are"),
        (["stripe", "Has Blank"], "cannot be used as a name"),
        (["stripe", "openai"], "another kind"),
        (["stripe", "--set", "API_KEY"], "NAME=VALUE"),
        (["stripe", "--set", "PASSWORD=x"], "has no setting PASSWORD"),
        (["stripe", "--set", "API_KEY=pk_live_x"], "publishable"),
        (["openai", "--set", "BASE_URL=http://x"], "still needs"),
    ],
)
def test_what_cannot_be_stored_is_said_and_nothing_is(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    typed(monkeypatch, "")
    assert main(["sources", "add", *arguments, "--no-test"]) == 2
    assert said in " ".join(capfd.readouterr().err.split())
    assert store.stored() == {}


@pytest.mark.parametrize(
    ("arguments", "lines", "said"),
    [
        ((), f"API_KEYY={SECRET}", "The line of API_KEYY is not understood"),
        ((), f"SOURCES__STRIPE__API_KEY={SECRET}", "The line of SOURCES__STRIPE__API_KEY"),
        ((), f"export API_KEY={SECRET}", "The line of API_KEY is not understood"),
        ((), f"API_KEY: {SECRET}", "The line of API_KEY is not understood"),
        ((), f"{SECRET}\nBASEURL=https://x.test", "The line of BASEURL is not understood"),
        ((), f"{SECRET}\nBASE_URLS=", "The line of BASE_URLS is not understood"),
        ((), f"API_KEY={SECRET}\nAPI_KEY={SECRET}", "API_KEY is given twice"),
        ((), f"{SECRET}\nAPI_KEY={SECRET}", "API_KEY is given twice"),
        (("--set", "API_KEY=rk_test_1"), f"API_KEY={SECRET}", "API_KEY is given twice"),
        (("--set", "API_KEY=rk_test_1", "--set", "api_key=rk_test_2"), "", "is given twice"),
        ((), f"rk_test_1\n{SECRET}", "BASE_URL is '[value]'"),
    ],
)
def test_a_line_that_is_misspelt_or_said_twice_is_refused_and_not_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    lines: str,
    said: str,
) -> None:
    typed(monkeypatch, lines)
    assert main(["sources", "add", "stripe", "--no-test", *arguments]) == 2
    told = " ".join(capfd.readouterr().err.split())
    assert said in told
    assert SECRET not in told
    assert store.stored() == {}


def test_a_nameless_line_may_end_as_base_64_does(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "rk_test_QUJDRA==\n")
    assert main(["sources", "add", "stripe", "--no-test"]) == 0
    assert store.stored()["stripe"]["API_KEY"] == "rk_test_QUJDRA=="


def test_what_is_stored_and_cannot_be_read_is_an_error_of_the_list(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "credentials.enc").write_text("no token")
    for arguments in (["sources", "list"], ["sources", "test", "stripe"]):
        assert main(arguments) == 2
        assert "or is damaged" in " ".join(capfd.readouterr().err.split())
    monkeypatch.setenv("CREDENTIALS_PATH", "/dev/null/credentials.enc")
    typed(monkeypatch, f"API_KEY={SECRET}\n")
    assert main(["sources", "list"]) == 0
    assert main(["sources", "add", "stripe", "--no-test"]) == 2
    assert "cannot be written" in " ".join(capfd.readouterr().err.split())


def test_the_environment_wins_and_the_hidden_value_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, f"API_KEY={SECRET}\n")
    assert main(["sources", "add", "stripe", "--no-test"]) == 0
    assert setting("SOURCES__STRIPE__API_KEY") == SECRET
    assert setting("API_KEY") is None
    assert setting("SOURCES__STRIPE_EU__API_KEY") is None
    monkeypatch.setenv("SOURCES__STRIPE__API_KEY", "rk_test_other")
    assert setting("SOURCES__STRIPE__API_KEY") == "rk_test_other"
    assert main(["sources", "list"]) == 0
    said = capfd.readouterr()
    assert "stored API_KEY is not used" in " ".join(said.err.split())
    assert SECRET not in str(said)


def test_keys_are_changed_by_giving_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = setting("CREDENTIALS_KEY") or "", Fernet.generate_key().decode()
    typed(monkeypatch, f"API_KEY={SECRET}\n")
    assert main(["sources", "add", "stripe", "--no-test"]) == 0
    key_file = folder / "key"
    key_file.write_text(f"{new}\n{old}\n")
    monkeypatch.delenv("CREDENTIALS_KEY")
    monkeypatch.setenv("CREDENTIALS_KEY_FILE", str(key_file))
    assert store.stored()["stripe"]["API_KEY"] == SECRET
    typed(monkeypatch, "BUCKET_URL=/nowhere\n")
    assert main(["sources", "add", "app_events", "--no-test"]) == 0
    key_file.write_text(new)
    assert set(store.stored()) == {"stripe", "app_events"}
    key_file.write_text(old)
    assert "another key" in str(store.problem())


def test_an_unreadable_file_costs_the_stored_services_alone(
    folder: Path, stripe: StripeLists, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, f"API_KEY={SECRET}\n")
    assert main(["sources", "add", "stripe", "stripe_eu", "--no-test"]) == 0
    project.settings |= {
        "CREDENTIALS_KEY": Fernet.generate_key().decode(),
        "SOURCES__STRIPE__API_KEY": "rk_test_1",
        "SOURCES__STRIPE__BASE_URL": stripe.url,
    }
    run = project.load(expect=1)
    assert "written with another key" in " ".join((run.stdout + run.stderr).split())
    assert project.rows("select count(*) from raw_stripe.syncs") == [(1,)]
    named = project.load("stripe_eu", expect=2)
    assert "another key" in " ".join((named.stdout + named.stderr).split())


class Keyring(ModuleType):
    """What stands for the package and the operating system's keyring: one secret, or none."""

    def __init__(self, secret: str | None, fails: bool = False) -> None:
        super().__init__("keyring")
        self.errors = ModuleType("keyring.errors")
        self.errors.KeyringError = type("KeyringError", (RuntimeError,), {})  # type: ignore[attr-defined]
        self.asked: list[tuple[str, str]] = []
        self.secret, self.fails = secret, fails

    def get_password(self, service: str, name: str) -> str | None:
        self.asked.append((service, name))
        if self.fails:
            raise self.errors.KeyringError("no keyring is unlocked")
        return self.secret


@pytest.mark.parametrize("kind", ["there", "empty", "locked", "no package"])
def test_the_keyring_is_asked_where_no_setting_has_the_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = setting("CREDENTIALS_KEY")
    typed(monkeypatch, f"API_KEY={SECRET}\n")
    assert main(["sources", "add", "stripe", "--no-test"]) == 0
    keyring = Keyring(key if kind == "there" else None, fails=kind == "locked")
    is_package = kind != "no package"
    monkeypatch.setitem(sys.modules, "keyring", keyring if is_package else None)
    monkeypatch.setitem(sys.modules, "keyring.errors", keyring.errors if is_package else None)
    store._keyring_text.cache_clear()
    assert store.stored()["stripe"]["API_KEY"] == SECRET
    assert keyring.asked == [], "a setting wins, and the keyring may ask its owner"
    monkeypatch.delenv("CREDENTIALS_KEY")
    if kind == "there":
        assert store.stored()["stripe"]["API_KEY"] == SECRET
        assert keyring.asked == [("usage-vs-revenue", "CREDENTIALS_KEY")]
    else:
        assert "there is no key" in str(store.problem())
        assert "keyring set usage-vs-revenue" in str(store.problem())
    store._keyring_text.cache_clear()
