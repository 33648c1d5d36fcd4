from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callqa.execution.process_pool import ProcessPool
from support.batch_workers import Deadly, Refused, Setup, Simple, Slow, double, name_process, refuse_setup, refuse_three

NEVER = 30.0
"""Seconds after which something that takes a moment has not happened."""


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) <= before


def results(pool: ProcessPool, task: Any, count: int) -> dict[int, Any]:
    """The result of every item from 0 on, by its index; each comes once."""
    found = list(pool.run(task, range(count)))
    assert len({index for index, _ in found}) == len(found)
    return dict(found)


def eventually(holds: Any) -> bool:
    end = time.monotonic() + NEVER
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def alive(process: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(process, 0)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


# In this process


@pytest.mark.parametrize(("jobs", "count"), [(1, 4), (0, 3), (8, 1), (2, 0)])
def test_one_job_or_one_item_needs_no_other_process(jobs: int, count: int) -> None:
    found = list(ProcessPool(jobs).run(Simple(name_process), range(count)))
    assert found == [(index, (index, os.getpid())) for index in range(count)]


def test_one_worker_does_all_items(tmp_path: Path) -> None:
    list(ProcessPool().run(Setup(tmp_path), range(3)))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(("setup", "message"), [(refuse_three, "three"), (refuse_setup, "setup")])
def test_an_exception_comes_where_the_result_would(setup: Any, message: str) -> None:
    found = ProcessPool().run(Simple(setup), range(6))
    if message == "three":
        assert [next(found) for _ in range(3)] == [(0, 0), (1, 1), (2, 2)]
    with pytest.raises(Refused, match=message):
        next(found)


# In several


def test_every_item_has_its_result_in_whatever_order() -> None:
    assert results(ProcessPool(2), Simple(double), 11) == {index: 2 * index for index in range(11)}


def test_other_processes_do_the_work_and_not_more_than_asked() -> None:
    processes = {process for _, process in results(ProcessPool(2), Simple(name_process), 9).values()}
    assert os.getpid() not in processes
    assert 1 <= len(processes) <= 2


def test_a_worker_is_made_once_in_each_process(tmp_path: Path) -> None:
    results(ProcessPool(2), Setup(tmp_path), 9)
    made = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert len(made) == len(set(made))


def test_a_batch_can_run_again() -> None:
    pool = ProcessPool(2)
    assert results(pool, Simple(double), 3) == results(pool, Simple(double), 3)


@pytest.mark.parametrize(("setup", "message"), [(refuse_three, "three"), (refuse_setup, "setup")])
def test_an_exception_in_another_process_comes_here(setup: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        results(ProcessPool(2), Simple(setup), 6)


@pytest.mark.parametrize("by", ["exit", "kill"])
def test_an_item_that_kills_its_worker_costs_no_other(tmp_path: Path, by: str) -> None:
    found = results(ProcessPool(2), Deadly(tmp_path, (2,), by=by), 7)
    assert found == {index: -2 if index == 2 else 2 * index for index in range(7)}


def test_several_deadly_items_each_have_their_result(tmp_path: Path) -> None:
    found = results(ProcessPool(2), Deadly(tmp_path, (0, 7)), 8)
    assert found == {index: -index if index in (0, 7) else 2 * index for index in range(8)}


def test_an_item_whose_worker_was_killed_once_is_done_again(tmp_path: Path) -> None:
    found = results(ProcessPool(2), Deadly(tmp_path, (3,), once=True), 6)
    assert found == {index: 2 * index for index in range(6)}


def test_after_a_death_the_rest_is_not_done_one_process_each(tmp_path: Path) -> None:
    results(ProcessPool(2), Deadly(tmp_path, (0,)), 24)
    processes = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    # Two before, two after, and one each for the at most four items that were with the first two.
    assert len(processes) <= 8


def test_closing_early_stops_the_workers(tmp_path: Path) -> None:
    run: Any = ProcessPool(2).run(Slow(tmp_path), range(9))
    assert next(run) == (0, 0)
    assert eventually(lambda: len(list(tmp_path.iterdir())) == 2)
    run.close()
    assert not any(alive(int(path.name)) for path in tmp_path.iterdir())


def test_an_exception_thrown_in_stops_the_workers(tmp_path: Path) -> None:
    run: Any = ProcessPool(2).run(Slow(tmp_path), range(9))
    next(run)
    with pytest.raises(KeyboardInterrupt):
        run.throw(KeyboardInterrupt)
    assert not any(alive(int(path.name)) for path in tmp_path.iterdir())


def test_children_of_others_are_left_alone(tmp_path: Path) -> None:
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    other.start()
    try:
        with pytest.raises(Refused):
            results(ProcessPool(2), Simple(refuse_three), 6)
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


# A parent that is stopped

PARENT = """
import signal
import sys
from pathlib import Path
from support.batch_workers import Slow
from callqa.execution.process_pool import ProcessPool

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background, it is ignored
    finished = []
    try:
        for index, result in ProcessPool(2).run(Slow(Path(sys.argv[1])), range(9)):
            finished.append(index)
            print("finished", flush=True)
    except KeyboardInterrupt:
        print("stopped after", finished)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_parent_that_is_stopped_leaves_no_process(tmp_path: Path, how: signal.Signals) -> None:
    script, seen = tmp_path / "parent.py", tmp_path / "seen"
    script.write_text(PARENT)
    seen.mkdir()
    parent = subprocess.Popen(
        [sys.executable, script, seen],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal, where Ctrl-C reaches all processes of the group.
        start_new_session=True,
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "finished\n"
        assert eventually(lambda: len(list(seen.iterdir())) == 2)
        os.killpg(parent.pid, how) if how == signal.SIGINT else parent.send_signal(how)
        out, err = parent.communicate(timeout=NEVER)
    if how == signal.SIGINT:
        assert (out, err, parent.returncode) == ("stopped after [0]\n", "", 0)
    workers = [int(path.name) for path in seen.iterdir()]
    assert eventually(lambda: not any(map(alive, workers)))
