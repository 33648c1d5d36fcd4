"""Preprocessing of a recording before speech recognition: its channels, the speech in them, and whose voice it is.

A recording is decoded as a stream to measure its channels and find the speech. If both parties share a channel, it is
decoded a second time to distinguish their voices. It is never held in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from callqa import audio
from callqa.audio import AudioProfile, Layout, LevelMeter
from callqa.core.timeline import Span
from callqa.engines.base import SAMPLE_RATE, Clip
from callqa.speech.diarization import Diarization, diarize_recording
from callqa.speech.vad import SpeechFinder

CHANNEL_NAMES = ("left", "right")
"""Names of the channels of a dual-channel recording."""

IDLE_DBFS = -70.0
"""Level up to which a silent channel contains only line noise: idle G.711 lines are near -72 dBFS."""

SHARED_LAYOUTS: tuple[Layout, ...] = ("mono", "dual-mono")
"""Layouts in which both parties share a channel."""


@dataclass(frozen=True)
class PreprocessedRecording:
    """The channels of a recording, and the speech regions of those to transcribe.

    `diarization` is None unless both parties share a channel and their voices could be distinguished.
    """

    profile: AudioProfile
    finders: Mapping[int, SpeechFinder]
    regions: Mapping[int, list[Span]]
    diarization: Diarization | None

    @property
    def has_speech(self) -> bool:
        """True if there is any speech in the channels to transcribe."""
        return any(self.regions.values())

    def speech_spans(self) -> dict[int, list[Span]]:
        """Return the spans of speech with exact boundaries, by channel, for the channels to transcribe.

        If the channels leak into one another, the other party's speech is left out, and boundaries next to it are less
        exact.
        """
        return {
            channel: self.profile.without_crosstalk(channel, self.finders[channel].exact_spans())
            for channel in self.regions
        }

    def clips(self, path: Path) -> Iterator[Clip]:
        """Decode the recording again and yield its speech for an engine. Raises RecordingError.

        The channel of a clip is the channel of the file, or the number of the voice if voices were distinguished, so
        that an engine never mixes two voices.
        """
        if self.diarization is None:
            for channel, span, samples in audio.clips_of(path, self.regions, SAMPLE_RATE):
                yield Clip(channel, span, samples)
            return
        turns = {0: [turn.span for turn in self.diarization.turns]}
        for _, span, samples in audio.clips_of(path, turns, SAMPLE_RATE):
            yield Clip(self.diarization.voice_of[span], span, samples)


def silence_note(profile: AudioProfile) -> str:
    """Return a note on which of two channels is silent, with its level if it contains any sound."""
    channel = profile.silent_channel or 0
    name, loudest = CHANNEL_NAMES[channel], profile.channels[channel].loudest_dbfs
    if loudest <= IDLE_DBFS:
        return f"the {name} channel is silent"
    return f"the {name} channel counts as silent: the sound in it is too quiet ({loudest:.0f} dBFS at most)"


def crosstalk_notes(profile: AudioProfile) -> Iterator[str]:
    """Yield a note on the channels that carry the other one's sound, if any does."""
    softer = {channel: f"about {-found.gain_db:.0f} dB softer" for channel, found in profile.crosstalk.items()}
    if len(softer) > 1:
        yield f"the channels leak into one another, {softer[0]}: the other party's voice is left out of each"
    for channel, decibels in softer.items() if len(softer) == 1 else ():
        own, other = CHANNEL_NAMES[channel], CHANNEL_NAMES[1 - channel]
        yield f"the {other} channel leaks into the {own} one, {decibels}: its voice is left out there"


def preprocess(path: Path) -> PreprocessedRecording:
    """Measure the channels of a recording and find the speech in them. Raises RecordingError."""
    meter, finders = LevelMeter(SAMPLE_RATE), dict[int, SpeechFinder]()
    for block in audio.blocks(path, SAMPLE_RATE):
        meter.add(block)
        for channel, samples in enumerate(block):
            finders.setdefault(channel, SpeechFinder()).feed(samples)
    profile = meter.profile()
    channels = {
        "dual": [0, 1],
        "one-silent": [1 - (profile.silent_channel or 0)],
        "silent": [],
    }.get(profile.layout, [0])
    regions = {channel: profile.without_crosstalk(channel, finders[channel].regions()) for channel in channels}
    shared = profile.layout in SHARED_LAYOUTS and regions[0]
    return PreprocessedRecording(profile, finders, regions, diarize_recording(path, regions[0]) if shared else None)
