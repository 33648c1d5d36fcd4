from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.demo_calls import demo_folder
from callqa.speech.diarization import Diarization, Turn, voice_learning, voices_of
from callqa.speech.diarization.diarize import PARTIES, SURE, tell_apart
from callqa.speech.diarization.features import FRAME_SECONDS, RATE, measure
from callqa.speech.vad import SpeechFinder
from support.audio_files import Samples, read, write
from support.made_voices import BOY, MAN, WOMAN, MadeVoice, conversation

PARCEL = demo_folder() / "tom" / "0932-parcel.ogg"
"""A man and a woman, one on each channel."""


def apart(samples: Samples, regions: Sequence[Span]) -> Diarization | None:
    return tell_apart(regions, [measure(samples[round(s.start * RATE) : round(s.end * RATE)]) for s in regions])


def told(
    turns: list[tuple[MadeVoice, float]], *, together: int = 1
) -> tuple[Diarization | None, list[tuple[float, float]]]:
    """The turns of a made conversation told apart, where so many turns share a speech region."""
    samples, times = conversation(turns, 0.5 if together == 1 else 0.05)
    groups = [times[at : at + together] for at in range(0, len(times), together)]
    # As speech regions do, they hold a little of the pauses around them.
    regions = [Span(max(0.0, group[0][0] - 0.2), group[-1][1] + 0.2) for group in groups]
    return apart(samples, regions), times


def said_by(found: Diarization, start: float, end: float) -> str:
    """The name of the voice that has most of this stretch."""
    shares = [
        (min(end, turn.span.end) - max(start, turn.span.start), found.names[turn.voice])
        for turn in found.turns
        if turn.span.overlaps(Span(start, end))
    ]
    return max(shares)[1]


def regions_of(samples: Samples) -> list[Span]:
    finder = SpeechFinder()
    finder.feed(samples)
    return finder.finish()


ALTERNATING = [(MAN if index % 2 == 0 else WOMAN, 2.0 + index % 3) for index in range(14)]


def test_two_voices_are_told_apart() -> None:
    found, times = told(ALTERNATING)
    assert found is not None
    assert found.names == PARTIES
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7
    assert all(turn.confidence >= SURE for turn in found.turns)


def test_voices_change_inside_a_region() -> None:
    found, times = told(ALTERNATING, together=2)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7
    changes = [turn.span.start for turn, before in zip(found.turns[1:], found.turns, strict=False) if turn.voice == 1]
    assert changes == pytest.approx([start for start, _ in times[1::2]], abs=0.25)


@pytest.mark.parametrize("voice", [MAN, WOMAN, BOY])
def test_one_voice_is_left_whole(voice: MadeVoice) -> None:
    found, _ = told([(voice, 2.0 + index % 3) for index in range(14)])
    assert found is None


def test_a_third_voice_is_the_other() -> None:
    turns = [(BOY, 6.0), *ALTERNATING[:8], (BOY, 6.0), *ALTERNATING[8:], (BOY, 6.0)]
    found, times = told(turns)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["other", *["A", "B"] * 4, "other", *["A", "B"] * 3, "other"]


def test_too_little_speech_tells_nothing() -> None:
    found, _ = told(ALTERNATING[:3])
    assert found is None
    assert apart(np.zeros(RATE, np.float32), []) is None
    assert apart(np.zeros(RATE, np.float32), [Span(0.0, 0.02)]) is None


def test_a_long_call_is_learned_from_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_learning, "TRAINED_SECONDS", 60.0)
    samples, times = conversation(ALTERNATING * 4)
    regions = [Span(*time) for time in times]
    parts = voice_learning._evenly([measure(samples[round(s.start * RATE) : round(s.end * RATE)]) for s in regions])
    assert 30.0 < sum(map(len, parts)) * FRAME_SECONDS < 120.0
    found = apart(samples, regions)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7 * 4


def test_silence_and_noise_hold_no_voices() -> None:
    regions = [Span(at, at + 2) for at in range(0, 60, 2)]
    assert apart(np.zeros(60 * RATE, np.float32), regions) is None
    assert apart(np.random.default_rng(1).normal(0, 0.1, 60 * RATE).astype(np.float32), regions) is None


def test_the_turns_are_the_regions() -> None:
    samples, times = conversation(ALTERNATING)
    regions = [*(Span(*time) for time in times), Span(times[-1][1] + 0.1, times[-1][1] + 0.12)]
    found = apart(samples, regions)
    assert found is not None
    assert found.turns[0].span.start == regions[0].start
    assert [region.end for region in regions] == [
        max(turn.span.end for turn in found.turns if turn.span.overlaps(region)) for region in regions
    ]
    assert found.turns[-1].confidence == 0.0  # too short to hear anybody in


def test_the_same_recording_gives_the_same_turns() -> None:
    assert told(ALTERNATING[:8])[0] == told(ALTERNATING[:8])[0] is not None


def test_a_call_mixed_to_one_channel_is_told_apart_as_its_channels_were(tmp_path: Path) -> None:
    channels = read(PARCEL)
    mixed = channels.mean(axis=0)
    path = write(tmp_path / "mono.wav", mixed)
    found = voices_of(path, regions_of(mixed))
    assert found is not None
    for name, channel in (("A", channels[0]), ("B", channels[1])):
        for region in regions_of(channel):
            assert said_by(found, region.start + 0.2, region.end - 0.2) == name


@pytest.mark.parametrize("side", [0, 1])
def test_one_party_alone_is_left_whole(side: int, tmp_path: Path) -> None:
    own = read(PARCEL)[side]
    assert voices_of(write(tmp_path / "mono.wav", own), regions_of(own)) is None


def test_a_stretch_is_sure_where_all_its_turns_are() -> None:
    turns = (Turn(Span(0, 2), 0, 0.99), Turn(Span(2, 4), 1, 0.99), Turn(Span(4, 6), 0, 0.6))
    found = Diarization(turns, PARTIES)
    assert found.sure(0, 0.5, 1.5)
    assert found.sure(0, 0.5, 2.05)  # ends of words are measured loosely
    assert not found.sure(0, 0.5, 3.0)
    assert not found.sure(1, 0.5, 1.5)
    assert not found.sure(0, 4.5, 5.0)
    assert not found.sure(0, 7.0, 8.0)
    assert not found.sure(0, None, None)
    assert replace(found, turns=(Turn(Span(0, 0.1), 0, 0.99),)).sure(0, 0.0, 0.1)
