from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import Span
from callqa.demo_calls import demo_folder
from callqa.speech.diarization import Diarization, Turn, diarize_recording, voice_learning
from callqa.speech.diarization.diarize import CERTAIN, PARTY_NAMES, diarize_frames
from callqa.speech.diarization.features import FRAME_SECONDS, RATE, measure_frames
from callqa.speech.vad import SpeechFinder
from support.audio_files import Samples, read, write
from support.made_voices import BOY, MAN, WOMAN, MadeVoice, conversation

PARCEL = demo_folder() / "tom" / "0932-parcel.ogg"
"""A man and a woman, one on each channel."""


def diarize(samples: Samples, regions: Sequence[Span]) -> Diarization | None:
    return diarize_frames(
        regions, [measure_frames(samples[round(s.start * RATE) : round(s.end * RATE)]) for s in regions]
    )


def diarize_turns(
    turns: list[tuple[MadeVoice, float]], *, together: int = 1
) -> tuple[Diarization | None, list[tuple[float, float]]]:
    """Diarize a synthetic conversation with `together` turns in each speech region; return also their times."""
    samples, times = conversation(turns, 0.5 if together == 1 else 0.05)
    groups = [times[at : at + together] for at in range(0, len(times), together)]
    # Like real speech regions, they include a little of the pauses around them.
    regions = [Span(max(0.0, group[0][0] - 0.2), group[-1][1] + 0.2) for group in groups]
    return diarize(samples, regions), times


def said_by(found: Diarization, start: float, end: float) -> str:
    """Return the name of the voice that speaks most of the time from `start` to `end`."""
    shares = [
        (min(end, turn.span.end) - max(start, turn.span.start), found.names[turn.voice])
        for turn in found.turns
        if turn.span.overlaps(Span(start, end))
    ]
    return max(shares)[1]


def regions_of(samples: Samples) -> list[Span]:
    finder = SpeechFinder()
    finder.feed(samples)
    return finder.regions()


ALTERNATING = [(MAN if index % 2 == 0 else WOMAN, 2.0 + index % 3) for index in range(14)]


def test_two_voices_are_distinguished() -> None:
    found, times = diarize_turns(ALTERNATING)
    assert found is not None
    assert found.names == PARTY_NAMES
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7
    assert all(turn.confidence >= CERTAIN for turn in found.turns)


def test_voices_change_inside_a_region() -> None:
    found, times = diarize_turns(ALTERNATING, together=2)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7
    changes = [turn.span.start for turn, before in zip(found.turns[1:], found.turns, strict=False) if turn.voice == 1]
    assert changes == pytest.approx([start for start, _ in times[1::2]], abs=0.25)


@pytest.mark.parametrize("voice", [MAN, WOMAN, BOY])
def test_one_voice_is_not_split(voice: MadeVoice) -> None:
    found, _ = diarize_turns([(voice, 2.0 + index % 3) for index in range(14)])
    assert found is None


def test_a_third_voice_is_named_other() -> None:
    turns = [(BOY, 6.0), *ALTERNATING[:8], (BOY, 6.0), *ALTERNATING[8:], (BOY, 6.0)]
    found, times = diarize_turns(turns)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["other", *["A", "B"] * 4, "other", *["A", "B"] * 3, "other"]


def test_too_little_speech_is_not_diarized() -> None:
    found, _ = diarize_turns(ALTERNATING[:3])
    assert found is None
    assert diarize(np.zeros(RATE, np.float32), []) is None
    assert diarize(np.zeros(RATE, np.float32), [Span(0.0, 0.02)]) is None


@pytest.mark.slow
def test_voices_of_a_long_call_are_learned_from_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_learning, "TRAINED_SECONDS", 60.0)
    samples, times = conversation(ALTERNATING * 4)
    regions = [Span(*time) for time in times]
    parts = voice_learning._evenly(
        [measure_frames(samples[round(s.start * RATE) : round(s.end * RATE)]) for s in regions]
    )
    assert 30.0 < sum(map(len, parts)) * FRAME_SECONDS < 120.0
    found = diarize(samples, regions)
    assert found is not None
    assert [said_by(found, *time) for time in times] == ["A", "B"] * 7 * 4


def test_silence_and_noise_contain_no_voices() -> None:
    regions = [Span(at, at + 2) for at in range(0, 60, 2)]
    assert diarize(np.zeros(60 * RATE, np.float32), regions) is None
    assert diarize(np.random.default_rng(1).normal(0, 0.1, 60 * RATE).astype(np.float32), regions) is None


def test_the_turns_cover_the_regions() -> None:
    samples, times = conversation(ALTERNATING)
    regions = [*(Span(*time) for time in times), Span(times[-1][1] + 0.1, times[-1][1] + 0.12)]
    found = diarize(samples, regions)
    assert found is not None
    assert found.turns[0].span.start == regions[0].start
    assert [region.end for region in regions] == [
        max(turn.span.end for turn in found.turns if turn.span.overlaps(region)) for region in regions
    ]
    assert found.turns[-1].confidence == 0.0  # too short to contain a voice


def test_diarization_is_deterministic() -> None:
    assert diarize_turns(ALTERNATING[:8])[0] == diarize_turns(ALTERNATING[:8])[0] is not None


@pytest.mark.slow
def test_turns_of_a_call_mixed_to_one_channel_are_those_of_its_channels(tmp_path: Path) -> None:
    channels = read(PARCEL)
    mixed = channels.mean(axis=0)
    path = write(tmp_path / "mono.wav", mixed)
    found = diarize_recording(path, regions_of(mixed))
    assert found is not None
    for name, channel in (("A", channels[0]), ("B", channels[1])):
        for region in regions_of(channel):
            assert said_by(found, region.start + 0.2, region.end - 0.2) == name


@pytest.mark.parametrize("side", [0, 1])
def test_a_party_alone_is_not_split(side: int, tmp_path: Path) -> None:
    own = read(PARCEL)[side]
    assert diarize_recording(write(tmp_path / "mono.wav", own), regions_of(own)) is None


def test_a_span_is_certain_if_all_its_turns_are() -> None:
    turns = (Turn(Span(0, 2), 0, 0.99), Turn(Span(2, 4), 1, 0.99), Turn(Span(4, 6), 0, 0.6))
    found = Diarization(turns, PARTY_NAMES)
    assert found.is_certain(0, 0.5, 1.5)
    assert found.is_certain(0, 0.5, 2.05)  # ends of words are measured imprecisely
    assert not found.is_certain(0, 0.5, 3.0)
    assert not found.is_certain(1, 0.5, 1.5)
    assert not found.is_certain(0, 4.5, 5.0)
    assert not found.is_certain(0, 7.0, 8.0)
    assert not found.is_certain(0, None, None)
    assert replace(found, turns=(Turn(Span(0, 0.1), 0, 0.99),)).is_certain(0, 0.0, 0.1)
