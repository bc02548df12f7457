"""kill -9 of publishing, serving and building: marts equal, readers always have a build."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from demo import DemoParameters
from pipelines.api.keys import KeyStore
from pipelines.published.files import KEPT_BUILDS, build_files
from pipelines.published.reader import Published, newest_build
from support.commands import ROOT, Project
from support.demo_run import demo_run
from support.forgotten import sums_of
from support.killed_work import ROWS, make_warehouse
from support.kills import chance, killed_at_each_line, killed_at_random, kills
from support.published import PublishedDir
from support.served import SCRIPT, serving

pytestmark = pytest.mark.faults

SIZE = DemoParameters(customers=12, months=3, events=1_500, as_of="2026-06-15T12:00:00Z")
SCHEMAS = ("core", "finance", "product", "unit_economics")


@contextmanager
def reading(published: Path) -> Iterator[list[str]]:
    """A reader who opens the newest build again and again; yields what it did not like."""
    bad: list[str] = []
    ended = threading.Event()

    def read() -> None:
        while not ended.is_set():
            found = newest_build(published)
            if not isinstance(found, Published):
                bad.append(f"no build: {found}")
                continue
            rows = found.rows("select count(*) as n from core.fct_lines")
            if rows != [{"n": ROWS}]:
                bad.append(str(rows))
            found.close()
            ended.wait(0.05)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield bad
    finally:
        ended.set()
        reader.join()


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with a warehouse and its first build."""
    make_warehouse(tmp_path)
    code = "import sys; from support.killed_work import publish; publish(sys.argv[1], -1)"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests/python'}"},
        check=True,
    )
    return tmp_path / "published"


def test_a_publish_killed_before_each_line_leaves_a_whole_build(published: Path) -> None:
    with reading(published) as bad:
        done = killed_at_each_line("publish", published.parent)
    assert not bad
    assert done.killed > 50
    is_tidy(published)


def test_publishing_killed_at_any_moment_leaves_a_whole_build(published: Path) -> None:
    with reading(published) as bad:
        done = killed_at_random("publish", published.parent, 0.6)
    assert not bad
    assert done.killed == kills(0.6)
    is_tidy(published)


def is_tidy(published: Path) -> None:
    """What killed publishes left is gone after a whole one."""
    assert not list(published.glob(".draft_*"))
    assert len(build_files(published)) == KEPT_BUILDS


def test_keys_that_somebody_was_told_of_survive_any_kill(tmp_path: Path) -> None:
    assert killed_at_each_line("make_key", tmp_path).killed > 20
    (tmp_path / "other").mkdir()
    killed_at_random("make_key", tmp_path / "other", 0.1)


def test_serving_killed_at_any_moment_answers_again_and_tears_nothing(tmp_path: Path) -> None:
    folder = PublishedDir(tmp_path / "published")
    folder.path.mkdir()
    files = [folder.publish(name).name for name in ("0001", "0002")]
    store = KeyStore(tmp_path / "api_keys.json")
    _, key = store.create("tests", ["metrics:read"])
    headers = {"authorization": f"Bearer {key}"}
    luck = chance()
    answers = 0
    for _ in range(kills(0.04)):
        with subprocess.Popen(
            [str(SCRIPT), "serve", "--port", "0", "--only", "api"],
            cwd=ROOT,
            env={**os.environ, "PUBLISHED_DIR": str(folder.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"http://[^/ ]+:\d+", line)
            assert found, line
            if luck.choice([True, False]):  # else it is killed while it starts
                assert requests.get(f"{found[0]}/livez", timeout=120).status_code == 200
            threading.Timer(luck.uniform(0, 3), process.kill).start()
            while process.poll() is None:
                folder.point_to(luck.choice(files))
                try:
                    answer = requests.get(
                        f"{found[0]}/api/v1/features", headers=headers, timeout=60
                    )
                except requests.RequestException:
                    continue
                assert answer.status_code == 200, answer.text
                assert answer.json()["build"] in ("0001", "0002")
                assert answer.headers["etag"].startswith(f'"{answer.json()["build"]}.')
                answers += 1
            assert process.wait() == -signal.SIGKILL
    with serving(tmp_path, "--only", "api") as url:
        answer = requests.get(f"{url}/api/v1/features", headers=headers, timeout=120)
        assert answer.status_code == 200
    print(f"{answers} answers before the kills")
    audit = (tmp_path / "api_audit.jsonl").read_text().splitlines()
    assert {json.loads(one)["status"] for one in audit} == {200}
    assert [one.state() for one in store.all()] == ["active"]


def test_builds_killed_at_any_moment_come_to_the_same_marts(tmp_path: Path) -> None:
    luck = chance()
    with demo_run(tmp_path, SIZE) as run:
        project = run.project
        project.load()
        began = time.monotonic()
        project.build()
        longest = time.monotonic() - began
        before = sums_of(project.warehouse, SCHEMAS)
        shown = project.published_rows("select count(*), sum(mrr) from finance.customers")
        hits = 0
        for _ in range(kills(0.01)):
            hits += killed(
                project, luck.uniform(0, longest), *luck.choice([(), ("--full-refresh",)])
            )
            assert (
                project.published_rows("select count(*), sum(mrr) from finance.customers") == shown
            )
        project.build()
        assert sums_of(project.warehouse, SCHEMAS) == before
        assert project.published_rows("select count(*), sum(mrr) from finance.customers") == shown
        assert hits
        assert not list(project.published.glob(".draft_*"))


def killed(project: Project, seconds: float, *arguments: str) -> bool:
    """A `dbt build` that is killed after some seconds, and all it started; whether it was."""
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("dbt")), "build", *arguments],
        cwd=project.root,
        env=project.environment() | project._take_turn(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False
