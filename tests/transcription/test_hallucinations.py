from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.engines.base import Segment
from callqa.transcription.hallucinations import (
    CERTAIN,
    LEAST_SPEECH,
    LIKELY,
    NO_SPEECH,
    NOT_IN_CALLS,
    TOO_MANY,
    with_doubt,
)


class Constant:
    """A constant probability of speech."""

    def __init__(self, likelihood: float):
        self._likelihood = likelihood

    def likelihood(self, span: Span) -> float:
        return self._likelihood


SPOKEN = {0: [Span(2, 5)], 1: []}


def doubt(text: str, start: float = 2, end: float = 4, likelihood: float = 1.0, channel: int = 0) -> str | None:
    segment = Segment(text, start, end, channel=channel)
    marked = with_doubt(segment, SPOKEN, {0: Constant(likelihood), 1: Constant(likelihood)})
    assert replace(marked, doubt=None) == segment
    return marked.doubt


def test_words_during_speech_are_not_doubtful() -> None:
    assert doubt("Good morning, how can I help?") is None
    assert doubt("Thank you.") is None
    assert doubt("Yes.", 1.8, 2.3) is None


@pytest.mark.parametrize(("start", "end"), [(0, 2), (5.0, 9.0), (0, 2 + LEAST_SPEECH / 2), (6, 6)])
def test_words_outside_speech_are_doubtful(start: float, end: float) -> None:
    assert doubt("Good morning.", start, end) == NO_SPEECH
    assert doubt("Good morning.", 2, 4, channel=1) == NO_SPEECH


def test_courtesies_need_certain_speech() -> None:
    between = (LIKELY + CERTAIN) / 2
    assert doubt("I will send a new one.", likelihood=between) is None
    assert doubt("I will send a new one.", likelihood=LIKELY - 0.01) == NO_SPEECH
    for text in ("Thank you.", "thanks", "Bye-bye!", "You", "I'm sorry.", "Okay."):
        assert doubt(text, likelihood=between) == NO_SPEECH
        assert doubt(text, likelihood=CERTAIN) is None


@pytest.mark.parametrize(
    "text",
    ["Thanks for watching!", "Subtitles by somebody", "please subscribe to my channel", "See you in the next video."],
)
def test_the_last_words_of_videos_are_always_doubtful(text: str) -> None:
    assert doubt(text) == NOT_IN_CALLS


def test_more_words_than_there_is_time_for_are_doubtful() -> None:
    assert doubt("one two three four five six seven eight nine ten eleven", 2, 3) == TOO_MANY
    assert doubt("one two three four five six", 2, 3) is None


def test_a_known_doubt_stays_and_segments_without_times_or_channel_are_not_doubted() -> None:
    known = Segment("Thanks for watching!", 0, 1, channel=0, doubt="repetition loop")
    untimed = Segment("Hello.", channel=0)
    elsewhere = Segment("Hello.", 0, 1, channel=None)
    for segment in (known, untimed, elsewhere):
        assert with_doubt(segment, SPOKEN, {0: Constant(1), 1: Constant(1)}) == segment


@given(st.text(max_size=60), st.floats(0, 9), st.floats(0, 9), st.floats(0, 1))
def test_any_text_gets_an_answer(text: str, start: float, end: float, likelihood: float) -> None:
    assert doubt(text, start, end, likelihood) in (None, NO_SPEECH, NOT_IN_CALLS, TOO_MANY)
