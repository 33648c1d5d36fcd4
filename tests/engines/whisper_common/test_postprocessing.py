from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.core.timeline import Span
from callqa.engines.whisper_common.postprocessing import doubt_of, has_loop, to_segments
from callqa.engines.whisper_common.windows import Piece, Window

WINDOW = Window(
    1,
    (Piece(Span(0, 2), Span(10, 12)), Piece(Span(2.2, 5.2), Span(30, 33)), Piece(Span(5.4, 9.4), Span(33.5, 37.5))),
    np.zeros(0, dtype=np.float32),
)


def whisper_segment(*words: tuple[str, float, float], **more: Any) -> dict[str, Any]:
    """Return a segment in the form of openai-whisper."""
    timed = [{"word": word, "start": start, "end": end, "probability": 0.5} for word, start, end in words]
    text = "".join(word for word, _, _ in words)
    sure = {"avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.01, "seek": 0}
    return {"text": text, "start": 0.0, "end": 9.0, "words": timed, **sure, **more}


def test_words_are_put_back_into_the_clip_they_were_said_in() -> None:
    segments = [whisper_segment((" Good", 0.1, 0.5), (" day.", 1.9, 2.08), (" My", 2.12, 2.4), (" lamp", 2.5, 3.2))]
    first, second = to_segments(WINDOW, segments)
    assert (first.text, first.start, first.end, first.channel) == ("Good day.", 10.1, 12, 1)
    assert [(word.text, word.start, word.end) for word in second.words] == [("My", 30, 30.2), ("lamp", 30.3, 31)]


def test_each_whisper_segment_of_a_clip_becomes_a_segment() -> None:
    segments = [
        whisper_segment((" One.", 2.3, 2.6)),
        whisper_segment((" Two.", 2.8, 3.2)),
        whisper_segment(("  ", 3.2, 3.3)),
    ]
    assert [(one.text, one.start, one.end) for one in to_segments(WINDOW, segments)] == [
        ("One.", 30.1, 30.4),
        ("Two.", 30.6, 31.0),
    ]


def test_a_segment_without_words_keeps_its_own_times() -> None:
    (segment,) = to_segments(WINDOW, [whisper_segment() | {"text": " Hello.", "start": 2.4, "end": 3.0}])
    assert (segment.text, segment.start, segment.end, segment.words) == ("Hello.", 30.2, 30.8, ())


def test_a_word_that_ends_after_the_audio_is_kept() -> None:
    (segment,) = to_segments(WINDOW, [whisper_segment((" bye", 9.3, 12.0))])
    assert (segment.start, segment.end) == (37.4, 37.5)


moments = st.floats(-0.1, 11, allow_nan=False)


@given(st.lists(st.lists(st.tuples(st.just(" word"), moments, moments), max_size=5), max_size=4))
def test_times_stay_in_their_clip_and_never_decrease(listed: list[list[tuple[str, float, float]]]) -> None:
    found = list(to_segments(WINDOW, [whisper_segment(*words) for words in listed]))
    assert sum(len(segment.words) for segment in found) == sum(map(len, listed))
    until = 0.0
    for segment in found:
        times = [moment for word in segment.words for moment in (word.start, word.end) if moment is not None]
        assert times == sorted(times)
        assert times[0] >= until
        assert any(piece.span.start <= times[0] <= times[-1] <= piece.span.end for piece in WINDOW.pieces)
        assert (segment.start, segment.end) == (times[0], times[-1])
        until = times[-1]


@given(st.integers(0, 2), st.floats(0, 1), st.floats(0, 1))
def test_a_word_inside_a_clip_is_only_shifted(clip: int, start: float, end: float) -> None:
    piece = WINDOW.pieces[clip]
    length = piece.span.duration
    start, end = sorted((start * length, end * length))
    word = (" word", piece.inside.start + start, piece.inside.start + end)
    (segment,) = to_segments(WINDOW, [whisper_segment(word)])
    assert segment.start == pytest.approx(piece.span.start + start, abs=0.001)
    assert segment.end == pytest.approx(piece.span.start + end, abs=0.001)


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ({}, None),
        ({"avg_logprob": -1.2}, "low probability"),
        ({"compression_ratio": 2.6}, "repetition loop"),
        ({"text": " I see. I see. I see. I see. I see."}, "repetition loop"),
        ({"no_speech_prob": 0.7}, "probably no speech"),
        ({"seek": 900}, "probably no speech"),
        ({"seek": 800}, None),
        ({"start": 9.4}, "probably no speech"),
        ({"no_speech_prob": 0.7, "avg_logprob": -1.2}, "probably no speech"),
    ],
)
def test_the_reasons_to_doubt_a_segment(more: dict[str, Any], doubt: str | None) -> None:
    assert doubt_of(whisper_segment((" Hello.", 0, 1), **more), seconds=9.4) == doubt


@pytest.mark.parametrize(
    "text",
    [
        "Thank you. Thank you. Thank you. Thank you.",
        "so so so so so so",
        "Right. I'll check that for you. I'll check that for you. I'll check that for you. Okay.",
        "a b c d e f g h i j k l " * 3,
    ],
)
def test_loops_are_recognised(text: str) -> None:
    assert has_loop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "No, no, no, no.",
        "Thank you, thank you, thank you so much.",
        "bye bye, okay, bye bye",
        "one two one two",
    ],
)
def test_ordinary_repetition_is_not_a_loop(text: str) -> None:
    assert not has_loop(text)
