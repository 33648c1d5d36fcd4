"""One channel for both parties: what is heard is heard voice by voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import overlap, total
from callqa.demo_calls import demo_folder
from callqa.engines.base import Clip, DownloadProgress, EngineInfo, Segment, Source
from callqa.transcription.transcriber import RawTranscript, listen
from support.audio_files import Samples, read, write

PARCEL = demo_folder() / "tom" / "0932-parcel.ogg"
"""A man on the left channel and a woman on the right."""


class Counting:
    """An engine that hears its own count of the clips, and keeps them."""

    info = EngineInfo("counting", None, "1")

    def __init__(self) -> None:
        self.clips: list[Clip] = []

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Nothing to load."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        for number, clip in enumerate(source.clips()):
            self.clips.append(clip)
            yield Segment(f"{number}", clip.span.start, clip.span.end, channel=clip.channel)


def heard(path: Path, samples: Samples) -> tuple[RawTranscript, Counting]:
    engine = Counting()
    return listen(write(path, samples), engine), engine


@pytest.fixture(scope="module")
def call() -> Samples:
    return read(PARCEL)


@pytest.mark.parametrize("layout", ["mono", "dual-mono"])
def test_one_channel_is_heard_voice_by_voice(layout: str, call: Samples, tmp_path: Path) -> None:
    mixed = call.mean(axis=0)
    found, engine = heard(tmp_path / "a.wav", np.stack([mixed, mixed]) if layout == "dual-mono" else mixed)
    assert found.layout == layout
    assert {clip.channel for clip in engine.clips} == {0, 1}  # to the engine, two channels
    assert {segment.channel for segment in found.segments} == {0}
    assert {segment.label for segment in found.segments} == {"A", "B"}
    assert all(segment.speaker_sure for segment in found.segments)
    ((channel, speech),) = found.speech
    assert channel == 0
    assert total(overlap([clip.span for clip in engine.clips], speech)) == pytest.approx(total(speech))
    for clip in engine.clips:  # each holds the sound it says it does
        at = round(clip.span.start * 16_000)
        assert np.abs(clip.samples - mixed[at : at + len(clip.samples)]).max() < 1e-3


def test_one_party_alone_stays_one(call: Samples, tmp_path: Path) -> None:
    found, _ = heard(tmp_path / "a.wav", call[0])
    assert {(segment.channel, segment.label) for segment in found.segments} == {(0, None)}


def test_a_channel_each_needs_no_voices(call: Samples, tmp_path: Path) -> None:
    found, _ = heard(tmp_path / "a.wav", call)
    assert {(segment.channel, segment.label) for segment in found.segments} == {(0, None), (1, None)}


def test_a_silent_channel_is_said(call: Samples, tmp_path: Path) -> None:
    found, _ = heard(tmp_path / "a.wav", np.stack([np.zeros_like(call[1]), call[1]]))
    assert (found.layout, found.notes) == ("one-silent", ("the left channel is silent",))
    assert {segment.channel for segment in found.segments} == {1}
