"""Tests of recordings in which both parties share a channel: they are transcribed separately by voice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from callqa.core.timeline import overlap, total
from callqa.demo_calls import demo_folder
from callqa.engines.base import Clip, DownloadProgress, EngineInfo, Segment, Source
from callqa.transcription.transcriber import RawTranscript, transcribe_recording
from support.audio_files import Samples, read, write

PARCEL = demo_folder() / "tom" / "0932-parcel.ogg"
"""A man on the left channel and a woman on the right."""


class CountingEngine:
    """An engine whose segments are the numbers of the clips, which it keeps."""

    info = EngineInfo("counting", None, "1")

    def __init__(self) -> None:
        self.clips: list[Clip] = []

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Nothing to load."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        for number, clip in enumerate(source.clips()):
            self.clips.append(clip)
            yield Segment(f"{number}", clip.span.start, clip.span.end, channel=clip.channel)


def transcribe(path: Path, samples: Samples) -> tuple[RawTranscript, CountingEngine]:
    engine = CountingEngine()
    return transcribe_recording(write(path, samples), engine), engine


@pytest.fixture(scope="module")
def call() -> Samples:
    return read(PARCEL)


@pytest.mark.parametrize("layout", ["mono", "dual-mono"])
def test_a_shared_channel_is_transcribed_by_voice(layout: str, call: Samples, tmp_path: Path) -> None:
    mixed = call.mean(axis=0)
    found, engine = transcribe(tmp_path / "a.wav", np.stack([mixed, mixed]) if layout == "dual-mono" else mixed)
    assert found.layout == layout
    assert {clip.channel for clip in engine.clips} == {0, 1}  # to the engine, two channels
    assert {segment.channel for segment in found.segments} == {0}
    assert {segment.label for segment in found.segments} == {"A", "B"}
    assert all(segment.speaker_sure for segment in found.segments)
    ((channel, speech),) = found.speech
    assert channel == 0
    assert total(overlap([clip.span for clip in engine.clips], speech)) == pytest.approx(total(speech))
    for clip in engine.clips:  # each has the sound of its span
        at = round(clip.span.start * 16_000)
        assert np.abs(clip.samples - mixed[at : at + len(clip.samples)]).max() < 1e-3


def test_a_party_alone_is_not_split(call: Samples, tmp_path: Path) -> None:
    found, _ = transcribe(tmp_path / "a.wav", call[0])
    assert {(segment.channel, segment.label) for segment in found.segments} == {(0, None)}


def test_separate_channels_are_not_diarized(call: Samples, tmp_path: Path) -> None:
    found, _ = transcribe(tmp_path / "a.wav", call)
    assert {(segment.channel, segment.label) for segment in found.segments} == {(0, None), (1, None)}


def test_a_silent_channel_is_noted(call: Samples, tmp_path: Path) -> None:
    found, _ = transcribe(tmp_path / "a.wav", np.stack([np.zeros_like(call[1]), call[1]]))
    assert (found.layout, found.notes) == ("one-silent", ("the left channel is silent",))
    assert {segment.channel for segment in found.segments} == {1}
