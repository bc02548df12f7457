"""Who may ask what: keys through their life, scopes, one customer's key, rates, the audit log."""

from __future__ import annotations

import base64
import csv
import io
import json
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from pipelines.api.access import Buckets
from pipelines.api.app import create
from pipelines.api.keys import KeyStore
from pipelines.cli import main
from pipelines.errors import SettingError
from pipelines.locks import hold
from support.commands import Project
from support.served import Served


def test_a_key_lives_from_create_to_revoke(
    project: Project, own: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    own.folder.publish("0001")
    project.settings["PUBLISHED_DIR"] = str(own.folder.path)
    made = project.command(
        "usage-vs-revenue", "keys", "create", "--name", "a program",
        "--scope", "metrics:read", "--expires", "30",
    )  # fmt: skip
    key = made.stdout.strip()
    key_id = key.split("_")[1]
    assert own.get("/features", key=key).status_code == 200
    file = own.keys.path
    assert key.split("_", 2)[2] not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    capsys.readouterr()
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert key_id in listed
    assert "a program" in listed
    assert key not in listed
    assert main(["keys", "revoke", key_id]) == 0
    answer = own.get("/features", key=key)
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]
    assert key not in answer.text
    assert main(["keys", "revoke", "000000000000"]) == 2
    assert main(["keys", "create", "--name", "x", "--scope", "all"]) == 2


def test_a_key_ends_on_its_day(own: Served) -> None:
    own.folder.publish("0001")
    key, text = own.keys.create("short", ["metrics:read"], days=1)
    assert key.state(datetime.now(UTC) + timedelta(hours=23)) == "active"
    assert key.state(datetime.now(UTC) + timedelta(hours=25)) == "expired"
    document = json.loads(own.keys.path.read_text())
    for one in document["keys"]:
        if one["id"] == key.id:
            one["expires_at"] = "2020-01-01T00:00:00+00:00"
    own.keys.path.write_text(json.dumps(document))
    answer = own.get("/features", key=text)
    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


@pytest.mark.parametrize("damaged", ["{no json", '{"keys": [{"id": "x"}]}', "no day of expiry"])
def test_keys_that_cannot_be_read_are_said_without_a_path(own: Served, damaged: str) -> None:
    own.folder.publish("0001")
    _, text = own.keys.create("a program", ["metrics:read"], days=1)
    document = json.loads(own.keys.path.read_text())
    document["keys"][-1]["expires_at"] = "soon"
    own.keys.path.write_text(json.dumps(document) if " day" in damaged else damaged)
    answer = own.get("/features", key=text)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The keys cannot be read."
    assert str(own.keys.path.parent) not in answer.text
    assert main(["keys", "list"]) == 2


def test_two_keys_are_none(own: Served) -> None:
    own.folder.publish("0001")
    _, reader = own.keys.create("reader", ["metrics:read"])
    assert own.get("/customers").status_code == 200  # its answer is kept
    for pair in ((own.key, reader), (reader, own.key), (own.key, own.key)):
        answer = own.client.get(
            "/api/v1/customers", headers=[("authorization", f"Bearer {key}") for key in pair]
        )
        assert answer.status_code == 400
        assert answer.json()["detail"] == "Authorization is given twice."


def test_a_request_does_not_wait_for_the_note_of_when_its_key_was_used(own: Served) -> None:
    own.folder.publish("0001")
    _, text = own.keys.create("a program", ["metrics:read"])
    lock = own.keys.path.with_name(f".{own.keys.path.name}.lock")
    with hold(lock, "held by a test"):
        began = time.monotonic()
        assert own.get("/features", key=text).status_code == 200
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer uvr_",
        "Bearer uvr_000000000000_" + "A" * 43,
        "Basic dXZyOng=",
        "Bearer " + "x" * 8000,
        "Bearer uvr_\xff",
    ],
)
def test_without_a_right_key_nothing_is_told(served: Served, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization.encode("latin-1")}
    for path in ("/dashboard", "/customers", "/customers/cus_1", "/tables", "/services"):
        answer = served.client.get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["remedy"]
    health = served.client.get("/api/v1/health").json()
    assert health["build"] == "0001"
    assert health["sources"] == []


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        ("metrics:read", {"/dashboard", "/llm/costs", "/services"}),
        ("customers:read", {"/customers", "/customers/cus_1", "/reports/customers/cus_1"}),
        ("export:read", {"/tables", "/kpis/export", "/tables/finance.mrr_by_day"}),
        ("sql:read", {"/sql"}),
    ],
)
def test_a_scope_opens_what_it_names(served: Served, scope: str, opened: set[str]) -> None:
    _, key = served.keys.create("scoped", [scope])
    paths = {
        "/dashboard", "/llm/costs", "/services", "/customers", "/customers/cus_1", "/tables",
        "/tables/finance.mrr_by_day", "/kpis/export", "/sql", "/reports/customers/cus_1",
        "/reports/company",
    }  # fmt: skip
    headers = {"authorization": f"Bearer {key}"}
    for path in paths:
        if path == "/sql":
            body = {"sql": "select 1"}
            answer = served.client.post(f"/api/v1{path}", json=body, headers=headers)
        else:
            days = {"start": "2026-10-01", "end": "2026-10-31"} if "kpis" in path else {}
            answer = served.get(path, key=key, **days)
        assert answer.status_code == (200 if path in opened else 403), path
    added = served.client.post(
        "/api/v1/services", json={"kind": "stripe", "settings": {}}, headers=headers
    )
    assert added.status_code == 403


def test_names_of_customers_need_their_own_scope(served: Served) -> None:
    _, key = served.keys.create("numbers only", ["metrics:read", "export:read"])
    body = served.get("/dashboard", key=key).json()
    assert all(one["subject_type"] != "customer" for one in body["insights"])
    assert "customers:read" in body["reasons"]["insights"]
    assert served.body("/dashboard")["insights"]
    for table in ("core.dim_customers", "unit_economics.cost_by_actor_day"):
        assert served.get(f"/tables/{table}", key=key).status_code == 403


def test_a_customers_key_reads_that_customer_alone(served: Served) -> None:
    _, key = served.keys.create("portal", ["customers:read", "metrics:read"], customer="cus_7")
    assert served.get("/customers/cus_7", key=key).json()["customer_id"] == "cus_7"
    assert served.get("/customers/cus_7/usage", key=key).status_code == 200
    assert served.get("/reports/customers/cus_7", key=key).json()["subject_id"] == "cus_7"
    for path in (
        "/customers/cus_8", "/customers/cus_8/invoices", "/customers/cus_nobody",
        "/reports/customers/cus_8", "/reports/company",
    ):  # fmt: skip
        answer = served.get(path, key=key)
        assert answer.status_code == 403, path
        assert "cus_7" not in answer.text
    listed = served.get("/customers", key=key).json()
    assert [one["customer_id"] for one in listed["customers"]] == ["cus_7"]
    for path in ("/dashboard", "/llm/costs", "/analytics/metrics/kpis", "/services"):
        assert served.get(path, key=key).status_code == 403, path
    with pytest.raises(SettingError):
        served.keys.create("portal", ["sql:read"], customer="cus_7")


@pytest.mark.parametrize(
    ("path", "parameters", "named"),
    [
        ("/features", {"perid": "30d"}, "perid"),
        ("/features", {"period": "fortnight"}, "period"),
        ("/features", {"start": "0"}, "start"),
        ("/features", {"start": "2026-02-30"}, "start"),
        ("/features", {"start": "2026-11-02", "end": "2026-11-01"}, "end"),
        ("/features", {"start": "2026-12-24"}, "start"),
        ("/features", {"start": "0001-01-01"}, "start"),
        ("/features", {"start": "0001-01-01", "end": "0001-01-31"}, "start"),
        ("/features", {"end": "2026-11-01"}, "start"),
        ("/features", {"period": "7d", "range": "30d"}, "range"),
        ("/features", {"period": "7d", "start": "2026-11-01"}, "period"),
        ("/timeseries", {"grain": "hour"}, "grain"),
        ("/customers", {"limit": "-108710"}, "limit"),
        ("/customers", {"limit": "1" * 400}, "limit"),
        ("/customers", {"cursor": "AAAA"}, "cursor"),
        ("/customers", {"filter": "x" * 5000}, "filter"),
        ("/customers", {"filter": "a\x00b"}, "filter"),
        ("/analytics/revenue/mrr", {"months": "25"}, "months"),
        ("/analytics/revenue/forecast", {"months_ahead": "0"}, "months_ahead"),
        ("/kpis/export", {"start": "2026-02-01", "end": "2026-01-01"}, "end"),
        ("/kpis/export", {"start": "2026-02-01"}, "end"),
    ],
)
def test_an_odd_parameter_is_named_with_its_remedy(
    served: Served, path: str, parameters: dict[str, str], named: str
) -> None:
    answer = served.get(path, **parameters)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    assert problem["parameter"] == named
    assert problem["remedy"]
    assert len(answer.content) < 1500


def test_hostile_text_is_only_text(served: Served) -> None:
    for text in ("' or 1=1 --", "%", "\\", "'; drop table x", "ü’\U0001f600"):
        assert served.body("/customers", filter=text)["customers"] == []
        assert served.get(f"/customers/{text.replace('/', '')}").status_code == 404
    assert served.get("/tables/monitoring.build;drop").status_code == 400
    assert served.get("/metering/service/nothing").json()["parameter"] == "name"


def test_the_same_build_is_not_sent_twice(served: Served) -> None:
    first = served.get("/features")
    tag = first.headers["etag"]
    assert tag == '"0001.v1"'
    headers = {"authorization": f"Bearer {served.key}", "if-none-match": tag}
    again = served.client.get("/api/v1/features", headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in first.headers["vary"]


def test_one_text_is_not_taken_for_two_parameters(served: Served) -> None:
    assert len(served.body("/customers", limit=3)["customers"]) == 3
    one = served.body("/customers", filter="cus_1&limit=3")
    assert one["customers"] == []
    two = served.body("/customers", filter="cus_1", limit=3)
    assert len(two["customers"]) == 3
    assert served.body("/customers", limit=3, filter="cus_1") == two


def test_a_kept_answer_is_for_the_same_rights_alone(own: Served) -> None:
    own.folder.publish("0001")
    first = own.get("/dashboard")
    assert own.get("/dashboard").content == first.content
    limited, key = own.keys.create("numbers", ["metrics:read"])
    assert own.get("/dashboard", key=key).content != first.content
    assert own.get("/dashboard", key=key).json()["insights"] == []
    own.keys.revoke(limited.id)
    assert own.get("/dashboard", key=key).status_code == 401
    assert own.client.get("/api/v1/dashboard").status_code == 401
    assert own.get("/dashboard", perid="7d").status_code == 400


def test_whole_tables_come_as_csv_and_arrow(served: Served) -> None:
    rows = served.sql("select count(*), sum(mrr) from finance.mrr_by_customer_month")[0]
    table = served.get("/tables/finance.mrr_by_customer_month", format="arrow")
    read = pa.ipc.open_stream(table.content).read_all()
    assert (read.num_rows, sum(read.column("mrr").to_pylist())) == rows
    assert pa.types.is_decimal(read.schema.field("mrr").type)
    lines = list(csv.reader(io.StringIO(served.get("/tables/core.dim_customers").text)))
    assert len(lines) == 41
    assert lines[0][0] == "customer_id"


def test_statements_are_read_only_and_limited(served: Served) -> None:
    headers = {"authorization": f"Bearer {served.key}"}

    def ask(sql: str, **named: Any) -> Any:
        return served.client.post("/api/v1/sql", json={"sql": sql}, headers=headers, **named)

    body = ask("select 1 as a, 2 as a, 1.50 as c, date '2026-01-01' as d").json()
    assert body["columns"] == ["a", "a_2", "c", "d"]
    assert body["rows"] == [[1, 2, "1.50", "2026-01-01"]]
    many = ask("select * from range(20000)").json()
    assert (len(many["rows"]), many["truncated"]) == (10_000, True)
    for statement in (
        "select 1; select 2",
        "copy (select 1) to 'x.csv'",
        "drop table x",
        "select * from read_csv('/etc/passwd')",
        "selec",
        "",
        "attach 'x.db'",
    ):
        answer = ask(statement)
        assert answer.status_code == 400, statement
        assert "root:" not in answer.text
    assert ask("select 1", params={"format": "csv"}).text == "1\r\n1\r\n"
    long = served.client.post(
        "/api/v1/sql", content=b"x" * 200_000,
        headers={**headers, "content-type": "application/json"},
    )  # fmt: skip
    assert long.status_code == 413


def test_amounts_below_zero_are_numbers_and_names_are_no_formulas(own: Served) -> None:
    own.folder.publish(
        "0001",
        "update core.fct_mrr_movements set mrr_change = -1.5, movement_type = '=1+1'",
    )
    table = own.get("/tables/core.fct_mrr_movements").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["mrr_change"] for row in rows} == {"-1.500000000"}
    assert {row["movement_type"] for row in rows} == {"'=1+1"}
    answer = own.client.post(
        "/api/v1/sql",
        json={"sql": "select -1.25 as a, -9223372036854775807 as b, '＝1' as \"=c\", true as d"},
        params={"format": "csv"},
        headers={"authorization": f"Bearer {own.key}"},
    )
    assert answer.text == "a,b,'=c,d\r\n-1.25,-9223372036854775807,'＝1,true\r\n"


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        ("select date 'infinity', timestamp '-infinity'", ["infinity", "-infinity"]),
        ("select coalesce(null, timestamptz 'infinity'), 1", ["infinity", 1]),
        ("select date '12026-01-31'", ["12026-01-31"]),
        ("select [date 'infinity']", ["beyond the year 9999"]),
    ],
)
def test_times_that_python_does_not_know_are_text(served: Served, sql: str, row: list[Any]) -> None:
    headers = {"authorization": f"Bearer {served.key}"}
    answer = served.client.post("/api/v1/sql", json={"sql": sql}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["rows"] == [row]


def test_a_statement_nested_deeply_is_refused_in_words(served: Served) -> None:
    answer = served.client.post(
        "/api/v1/sql",
        json={"sql": f"select {'+'.join(['1'] * 900)}"},
        headers={"authorization": f"Bearer {served.key}"},
    )
    assert answer.status_code == 400
    assert "nested too deeply" in answer.json()["detail"]


@pytest.mark.parametrize("build_id", ["x" * 1000, "../keys", "\x00", ""])
def test_a_made_up_cursor_is_of_a_build_that_is_gone(served: Served, build_id: str) -> None:
    given = served.body("/customers", limit=2)["next_cursor"]
    _, listed, value, key = json.loads(base64.urlsafe_b64decode(given + "=="))
    for parts, status in (
        ([build_id, listed, value, key], 410),
        (["0001", listed, value, "\ud800"], 400),
    ):
        text = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")
        answer = served.get("/customers", limit=2, cursor=text)
        assert (answer.status_code, answer.json()["parameter"]) == (status, "cursor")


def test_an_id_may_hold_any_sign(own: Served) -> None:
    ids = ("acme/eu", "50%", "?x", "#y", "a b+c", "//", "Ж")
    own.folder.publish(
        "0001",
        *(
            f"update core.dim_customers set customer_id = '{one}' "
            f"where customer_id = 'cus_{number}'"
            for number, one in enumerate(ids)
        ),
    )
    _, key = own.keys.create("portal", ["customers:read"], customer="acme/eu")
    for one in ids:
        path = quote(one, safe="")
        assert own.body(f"/customers/{path}")["customer_id"] == one
        assert own.body(f"/customers/{path}/invoices")["customer_id"] == one
        assert own.body(f"/reports/customers/{path}")["subject_id"] == one
        assert own.get(f"/customers/{path}", key=key).status_code == (200 if one == ids[0] else 403)
    assert own.get("/customers/acme%2Feu/nothing").status_code == 404
    assert own.get("/customers/acme%2Feu/nothing", key=key).status_code == 403


def test_head_is_get_without_its_body(served: Served) -> None:
    headers = {"authorization": f"Bearer {served.key}"}
    for path in ("/features", "/tables/finance.mrr_by_day", "/nothing", "/reports/company"):
        got = served.get(path)
        told = served.client.head(f"/api/v1{path}", headers=headers)
        assert (told.status_code, told.content) == (got.status_code, b"")
        assert told.headers.get("etag") == got.headers.get("etag")
        assert told.headers.get("content-length") == got.headers.get("content-length")
    assert served.client.head("/api/v1/features").status_code == 401


@pytest.mark.parametrize("path", ["/features", "/tables", "/tables/finance.mrr_by_day"])
def test_a_tag_is_known_however_a_proxy_hands_it_on(served: Served, path: str) -> None:
    tag = served.get(path).headers["etag"]
    for given in (tag, f"W/{tag}", f'"another", {tag}'):
        headers = {"authorization": f"Bearer {served.key}", "if-none-match": given}
        answer = served.client.get(f"/api/v1{path}", headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")


def test_who_asks_too_often_waits(own: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    own.folder.publish("0001")
    monkeypatch.setenv("API__RATE_PER_MINUTE", "30")
    client = TestClient(create(), raise_server_exceptions=False)
    _, other = own.keys.create("other", ["metrics:read"])
    headers = {"authorization": f"Bearer {own.key}"}
    codes = [client.get("/v1/features", headers=headers).status_code for _ in range(14)]
    assert codes[:10] == [200] * 10
    assert 429 in codes
    waiting = client.get("/v1/features", headers=headers)
    assert int(waiting.headers["retry-after"]) >= 1
    assert client.get("/v1/features", headers={"authorization": f"Bearer {other}"}).is_success


def test_a_bucket_fills_again() -> None:
    bucket = Buckets(60)
    assert [bucket.take("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert bucket.take("a", 0.0) == pytest.approx(1.0)
    assert bucket.take("a", 1.01) == 0.0


def test_loopback_needs_no_key_only_where_the_setting_says_so(
    own: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.folder.publish("0001")
    monkeypatch.setenv("API__OPEN_ON_LOOPBACK", "true")
    app = create()
    with TestClient(app, client=("127.0.0.1", 1), base_url="http://127.0.0.1") as here:
        assert here.get("/v1/features").status_code == 200
        for foreign in (
            {"x-forwarded-for": "1.2.3.4"},
            {"origin": "http://evil.test"},
            {"host": "evil.test"},
            {"sec-fetch-site": "cross-site"},
        ):
            assert here.get("/v1/features", headers=foreign).status_code == 401, foreign
        added = here.post("/v1/services", json={"kind": "stripe", "settings": {}})
        assert added.status_code == 403
    with TestClient(app, client=("10.0.0.7", 1), base_url="http://127.0.0.1") as elsewhere:
        assert elsewhere.get("/v1/features").status_code == 401


def test_no_page_of_another_origin_may_read(served: Served) -> None:
    answer = served.client.get(
        "/api/v1/features",
        headers={"authorization": f"Bearer {served.key}", "origin": "http://evil.test"},
    )
    assert "access-control-allow-origin" not in answer.headers


def test_the_audit_log_holds_no_secret_and_no_question(own: Served) -> None:
    own.folder.publish("0001")
    own.get("/customers", filter="a private name")
    own.get("/customers/cus_5")
    own.get("/customers/cus_5")
    own.client.post(
        "/api/v1/sql",
        json={"sql": "select 'a private question'"},
        headers={"authorization": f"Bearer {own.key}"},
    )
    own.client.get("/api/v1/features", headers={"authorization": "Bearer uvr_wrong_key"})
    path = own.folder.path.parent / "api_audit.jsonl"
    text = path.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [line["status"] for line in lines] == [200, 200, 200, 200, 401]
    key_id = own.key.split("_")[1]
    assert [line["key"] for line in lines] == [key_id, key_id, key_id, key_id, None]
    assert lines[1]["route"].endswith("/customers/{customer_id}")
    assert lines[2]["route"] == lines[1]["route"]
    assert lines[1]["build"] == "0001"
    for secret in (own.key.split("_", 2)[2], "private", "cus_5", "wrong_key"):
        assert secret not in text


def test_a_broken_file_of_keys_lets_nobody_in(own: Served) -> None:
    own.folder.publish("0001")
    own.keys.path.write_text("{")
    answer = own.get("/features")
    assert answer.status_code == 503
    assert "keys" in answer.json()["detail"]


def test_without_a_build_the_remedy_is_said(own: Served) -> None:
    answer = own.get("/features")
    assert answer.status_code == 503
    assert "dbt build" in answer.json()["remedy"]
    (own.folder.path / "current.duckdb").write_text("no database")
    assert own.get("/features").status_code == 503


def test_builds_swapped_under_load_are_never_mixed(own: Served) -> None:
    def revenue_of(number: int) -> str:
        return f"update unit_economics.cost_by_feature_day set cost_usd = {number}"

    own.folder.publish("0001", revenue_of(1))
    days = {"start": "2026-10-01", "end": "2026-10-31"}
    stop = threading.Event()
    wrong: list[str] = []
    answered = 0

    def ask() -> None:
        nonlocal answered
        while not stop.is_set():
            answer = own.get("/features", **days)
            body = answer.json() if answer.status_code == 200 else {}
            number = int(body.get("build", "0"))
            costs = {feature["cost"] for feature in body.get("features", [])}
            expected = {f"{31 * number}.000000000"}
            tag = answer.headers.get("etag", "").strip('"').removesuffix(".v1")
            if answer.status_code != 200 or costs != expected or tag != body["build"]:
                wrong.append(f"{answer.status_code} {tag} {costs} {expected}")
            answered += 1

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(2, 6):
        own.folder.publish(f"{number:04}", revenue_of(number))
    for number in range(20):
        own.folder.point_to(f"build_{number % 5 + 1:04}.duckdb")
        time.sleep(0.05)
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert answered > 20


def test_keys_can_be_made_by_two_commands_at_once(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys.json")
    makers = [
        threading.Thread(target=lambda: KeyStore(store.path).create("x", ["metrics:read"]))
        for _ in range(8)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(store.all()) == 8
