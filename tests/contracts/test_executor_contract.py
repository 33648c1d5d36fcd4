"""What every executor must do, whatever it runs on."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from callqa.execution.base import Executor
from callqa.execution.process_pool import ProcessPool
from callqa.execution.serial import SerialExecutor
from support.batch_workers import Refused, Setup, Simple, double, refuse_setup, refuse_three

EXECUTORS = {
    "serial": SerialExecutor(),
    "process pool of one": ProcessPool(1),
    "process pool": ProcessPool(2),
    "process pool, items together": ProcessPool(2, together=3),
}


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Executor:
    return EXECUTORS[request.param]


def test_every_item_has_its_result_once(executor: Executor) -> None:
    found = list(executor.run(Simple(double), range(11)))
    assert sorted(found) == [(index, 2 * index) for index in range(11)]


def test_without_items_no_worker_is_set_up(executor: Executor, tmp_path: Path) -> None:
    assert list(executor.run(Setup(tmp_path), [])) == []
    assert list(tmp_path.iterdir()) == []


def test_a_worker_is_set_up_once_in_each_process(executor: Executor, tmp_path: Path) -> None:
    list(executor.run(Setup(tmp_path), range(9)))
    processes = [path.name.split("-")[0] for path in tmp_path.iterdir()]
    assert processes
    assert len(processes) == len(set(processes))


def test_it_runs_again(executor: Executor) -> None:
    first, second = (sorted(executor.run(Simple(double), range(5))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("setup", "message"), [(refuse_three, "three"), (refuse_setup, "setup")])
def test_an_exception_is_raised_here(executor: Executor, setup: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        list(executor.run(Simple(setup), range(6)))


def test_it_can_be_left_early(executor: Executor) -> None:
    run = executor.run(Simple(double), range(40))
    assert len(list(itertools.islice(run, 2))) == 2
    run.close()
    assert sorted(executor.run(Simple(double), range(3))) == [(0, 0), (1, 2), (2, 4)]
