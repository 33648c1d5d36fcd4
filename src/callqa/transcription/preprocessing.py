"""What is known of a recording before a word in it is recognised: its channels, where speech is, whose voice it is.

A recording is decoded as a stream to measure its channels and find where speech is. Where one channel holds both
parties, it is decoded once more, to tell their voices apart. It is never held in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from callqa import audio
from callqa.audio import AudioProfile, Layout, Measure
from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip
from callqa.speech.diarization import Diarization, voices_of
from callqa.speech.vad import SpeechFinder

SIDES = ("left", "right")
"""What the channels of a dual-channel recording are called."""

IDLE = -70.0
"""dBFS up to which a silent channel is nothing but the noise of a line: idle G.711 lines lie near -72."""

SHARED: tuple[Layout, ...] = ("mono", "dual-mono")
"""Layouts in which both parties share a channel."""


@dataclass(frozen=True)
class PreprocessedRecording:
    """The channels of a recording, and where in those to be listened to there is speech.

    `apart` if both parties share a channel and their voices were told apart.
    """

    profile: AudioProfile
    finders: Mapping[int, SpeechFinder]
    regions: Mapping[int, list[Span]]
    apart: Diarization | None

    @property
    def speech(self) -> bool:
        """Whether there is any."""
        return any(self.regions.values())

    def spoken(self) -> dict[int, list[Span]]:
        """When there was speech in each channel that is listened to, with exact borders.

        Where the channels leak into one another, the other party's is left out, and borders beside it are less exact.
        """
        return {channel: self.profile.own(channel, self.finders[channel].spoken()) for channel in self.regions}

    def clips(self, path: Path) -> Iterator[Clip]:
        """Decode the recording again and give its speech, for an engine to hear. Raises RecordingError.

        Each clip's channel is what stands for it to an engine, which so never hears two voices that were told apart as
        one: the channel of the file, or the voice.
        """
        wanted = self.regions if self.apart is None else {0: [turn.span for turn in self.apart.turns]}
        for channel, span, samples in audio.clips_of(path, wanted, SAMPLE_RATE):
            yield Clip(channel if self.apart is None else self.apart.voice_of[span], span, samples)


def silence_note(profile: AudioProfile) -> str:
    """Says which of two channels is silent, and how loud it is where there is something in it all the same."""
    channel = profile.silent_channel or 0
    loudest = profile.channels[channel].loudest_dbfs
    if loudest <= IDLE:
        return f"the {SIDES[channel]} channel is silent"
    return f"the {SIDES[channel]} channel is taken for silent: what is in it is too quiet ({loudest:.0f} dBFS at most)"


def crosstalk_note(profile: AudioProfile) -> Iterator[str]:
    """Says which channels carry the other one's sound, where any does."""
    softer = {channel: f"about {-found.gain_db:.0f} dB softer" for channel, found in profile.crosstalk.items()}
    if len(softer) > 1:
        yield f"the channels leak into one another, {softer[0]}: the other party's voice is left out of each"
    for channel, decibels in softer.items() if len(softer) == 1 else ():
        mine, other = SIDES[channel], SIDES[1 - channel]
        yield f"the {other} channel leaks into the {mine} one, {decibels}: its voice is left out there"


def preprocess(path: Path) -> PreprocessedRecording:
    """Measure the channels of a recording and find speech in them. Raises RecordingError."""
    measure, finders = Measure(SAMPLE_RATE), dict[int, SpeechFinder]()
    for block in audio.blocks(path, SAMPLE_RATE):
        measure.add(block)
        for channel, samples in enumerate(block):
            finders.setdefault(channel, SpeechFinder()).feed(samples)
    profile = measure.profile()
    channels = {
        "dual": [0, 1],
        "one-silent": [1 - (profile.silent_channel or 0)],
        "silent": [],
    }.get(profile.layout, [0])
    regions = {channel: profile.own(channel, finders[channel].finish()) for channel in channels}
    apart = voices_of(path, regions[0]) if profile.layout in SHARED and regions[0] else None
    return PreprocessedRecording(profile, finders, regions, apart)
