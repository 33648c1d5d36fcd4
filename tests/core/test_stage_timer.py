from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from callqa.core import stage_timer
from callqa.core.stage_timer import StageTimer, added


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_a_stage_inside_another_stops_its_watch(clock: list[float]) -> None:
    watch = StageTimer()
    with watch.stage("hearing"):
        clock[0] += 5
        with watch.stage("reading"):
            clock[0] += 2
        clock[0] += 1
    clock[0] += 50
    with watch.stage("judging"):
        clock[0] += 3
    assert dict(watch.take()) == {"hearing": 6.0, "judging": 3.0, "reading": 2.0}
    assert watch.take() == ()


def test_an_error_ends_the_stage(clock: list[float]) -> None:
    watch = StageTimer()
    with suppress(ValueError), watch.stage("hearing"):
        clock[0] += 2
        raise ValueError
    clock[0] += 9
    assert watch.take() == (("hearing", 2.0),)


def test_another_thread_has_a_watch_of_its_own(clock: list[float]) -> None:
    watch = StageTimer()

    def work() -> None:
        with watch.stage("reading"):
            pass

    with watch.stage("hearing"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        clock[0] += 4
    assert dict(watch.take())["hearing"] == 4.0


def test_times_add_up_with_the_longest_first() -> None:
    total = added(iter([(("a", 1.0), ("b", 2.0)), (), (("a", 4.0),)]))
    assert list(total.items()) == [("a", 5.0), ("b", 2.0)]
    assert stage_timer.added(iter([])) == {}
