from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from callqa.engines.whisper_common.window_stream import PrefetchQueue


def test_exceptions_of_the_prefetching_thread_are_raised_where_items_are_taken() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    stream = PrefetchQueue(failing(), 5)
    assert stream.take(True) == 1
    with pytest.raises(ZeroDivisionError):
        stream.take(True)
    stream.close()


def test_closing_ends_the_prefetching_thread() -> None:
    stream = PrefetchQueue(itertools.count(), 3)
    assert [stream.take(True) for _ in range(5)] == [0, 1, 2, 3, 4]
    stream.close()
    assert not stream._thread.is_alive()
