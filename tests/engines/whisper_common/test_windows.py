from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip
from callqa.engines.whisper_common.windows import Piece, Window, pack, split

LIMIT = 1000 / SAMPLE_RATE
JOIN = 20 / SAMPLE_RATE


def make_clips(lengths: list[tuple[int, int, int]]) -> list[Clip]:
    """Make clips from (channel, samples of silence before, samples); sample n of a channel has the value n."""
    at: dict[int, int] = {}
    clips = []
    for channel, before, length in lengths:
        first = at.get(channel, 1) + before
        at[channel] = last = first + length
        clips.append(
            Clip(channel, Span(first / SAMPLE_RATE, last / SAMPLE_RATE), np.arange(first, last, dtype=np.float32))
        )
    return sorted(clips, key=lambda clip: clip.span.start)


call = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3000), st.integers(0, 2500)), max_size=12).map(make_clips)


@given(call)
def test_every_sample_is_packed_once_and_in_order(clips: list[Clip]) -> None:
    for channel in (0, 1):
        packed = [
            window.samples[window.samples > 0] for window in pack(clips, LIMIT, JOIN) if window.channel == channel
        ]
        given_ = [clip.samples for clip in clips if clip.channel == channel]
        assert np.array_equal(np.concatenate([*packed, []]), np.concatenate([*given_, []]))


@given(call)
def test_windows_are_never_too_long_and_clips_never_touch(clips: list[Clip]) -> None:
    for window in pack(clips, LIMIT, JOIN):
        assert len(window.samples) <= 1000
        assert window.seconds == pytest.approx(len(window.samples) / SAMPLE_RATE)
        for left, right in zip(window.pieces, window.pieces[1:], strict=False):
            silence = window.samples[_index(left.inside.end) : _index(right.inside.start)]
            assert len(silence) == 20
            assert not silence.any()


@given(call)
def test_times_of_a_window_convert_to_times_of_the_recording(clips: list[Clip]) -> None:
    for window in pack(clips, LIMIT, JOIN):
        for index, sample in _some(window):
            found = window.piece_at(index / SAMPLE_RATE)
            moment = window.in_recording(found, index / SAMPLE_RATE)
            assert moment == pytest.approx(sample / SAMPLE_RATE, abs=0.001)
            assert window.pieces[found].span.start <= moment <= window.pieces[found].span.end


def _index(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _some(window: Window) -> Iterator[tuple[int, float]]:
    """Yield indexes of samples in the window with their values, which are their indexes in the recording."""
    for index in range(0, len(window.samples), 97):
        if window.samples[index]:
            yield index, float(window.samples[index])


def test_as_many_clips_as_fit_share_a_window() -> None:
    clips = make_clips([(0, 100, 490), (0, 5000, 490), (0, 5000, 10)])
    assert [len(window.pieces) for window in pack(clips, LIMIT, JOIN)] == [2, 1]


def test_a_full_window_is_yielded_before_more_clips_are_read() -> None:
    read = []

    def clips() -> Iterator[Clip]:
        for number, clip in enumerate(make_clips([(0, 0, 900)] * 5)):
            read.append(number)
            yield clip

    windows = pack(clips(), LIMIT, JOIN)
    next(windows)
    assert read == [0, 1]


def test_long_clips_are_split_into_equal_parts() -> None:
    (clip,) = make_clips([(0, 100, 2100)])
    parts = list(split(clip, LIMIT))
    assert [len(part.samples) for part in parts] == [700, 700, 700]
    assert [part.span.start for part in parts[1:]] == [part.span.end for part in parts[:-1]]
    assert (parts[0].span.start, parts[-1].span.end) == (clip.span.start, clip.span.end)


def test_times_in_a_join_belong_to_the_nearest_clip() -> None:
    pieces = (Piece(Span(0, 2), Span(10, 12)), Piece(Span(2.2, 5.2), Span(30, 33)))
    window = Window(0, pieces, np.zeros(0, dtype=np.float32))
    assert [window.piece_at(moment) for moment in (0, 2.09, 2.11, 9)] == [0, 0, 1, 1]
    assert window.in_recording(0, 2.09) == 12
    assert window.in_recording(1, 2.11) == 30
    assert window.in_recording(1, 3.2) == 31


def test_without_clips_there_are_no_windows() -> None:
    assert list(pack([])) == []
    assert list(pack([Clip(0, Span(1, 1), np.zeros(0, dtype=np.float32))])) == []
