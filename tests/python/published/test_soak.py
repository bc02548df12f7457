"""A minute of viewers, an API client and publishes: no failed page, memory and handles flat."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import soak

pytestmark = pytest.mark.slow

#: MiB and handles that a server may rise from the middle third to the last one, still warming up.
MOST_MIB = 100
MOST_HANDLES = 20


def test_a_server_that_is_used_all_the_time_stays_as_it_is(tmp_path: Path) -> None:
    done = soak(tmp_path, seconds=90, publish_every=6, customers=40)
    assert done.failed == []
    assert done.publishes >= 5  # more than are held
    assert done.pages >= 20
    assert len(done.answers.milliseconds) >= 200
    memory, handles = done.growth()
    assert memory < MOST_MIB, done.memory
    assert handles < MOST_HANDLES, done.handles
