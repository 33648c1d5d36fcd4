"""What can be told of a recording before any word is recognised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callqa import audio
from callqa.audio import AudioProfile, Measure
from callqa.conversation.conversation import SpeechOfCall
from callqa.core.timeline import Span, total
from callqa.engines.base import SAMPLE_RATE
from callqa.recordings import Recording
from callqa.speech.vad import SpeechFinder
from callqa.transcription.preprocessing import crosstalk_note, silence_note

CLIPPING = 0.001
"""Share of samples at full scale from which on clipping is worth a word: one in a thousand is audible."""

QUIET_DBFS = -45.0
"""Loudest stretch of a channel below which its speech is recorded too low to be heard well."""

MUCH_OVERTALK = 0.3
"""Share of the time spoken in which both speak, from which on it is worth asking whether the channels leak."""

LEAST_SPEECH = 1.0
"""Seconds of speech below which a channel counts as one nobody speaks on."""

MACHINE_SHARE = 0.05
"""Both parties of a conversation speak at least this share of it; else a machine or nobody is at one end."""


@dataclass(frozen=True)
class Inspection:
    """A recording's header, levels, layout, and where there is speech; `remarks` are in plain words."""

    recording: Recording
    header: audio.AudioHeader
    profile: AudioProfile
    speech: tuple[tuple[Span, ...], ...]
    """When there is speech in each channel."""

    @property
    def speech_shares(self) -> list[float]:
        """Share of the recording in which there is speech, per channel."""
        duration = self.profile.duration
        return [round(total(spans) / duration, 3) if duration else 0.0 for spans in self.speech]

    @property
    def likely_voicemail(self) -> bool:
        """Whether two parties never come to talk: one of two channels holds next to no speech."""
        if self.profile.layout not in ("dual", "one-silent"):
            return False
        return min(self.speech_shares, default=0.0) < MACHINE_SHARE <= max(self.speech_shares, default=0.0)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a team lead should know, in plain words."""
        return tuple(self._remarks())

    def _remarks(self) -> Iterator[str]:
        nobody = not any(total(spans) >= LEAST_SPEECH for spans in self.speech)
        yield {
            "mono": "mono" if nobody else "mono: both parties share one channel, so who speaks is told by voice",
            "dual": "dual-channel: one party each",
            "dual-mono": "dual-mono: both channels hold the same sound, so who speaks is told by voice",
            "one-silent": silence_note(self.profile),
            "silent": "silent: there is nothing to hear",
        }[self.profile.layout]
        if self.header.channels > 2:
            yield f"{self.header.channels} channels, mixed into one"
        for side, level in zip(("left", "right"), self.profile.channels, strict=False):
            where = f" on the {side} channel" if len(self.profile.channels) > 1 else ""
            if level.clipped_share > CLIPPING:
                yield f"clipped{where}: {level.clipped_share:.1%} of it is at full scale"
            if self.profile.layout != "silent" and -60 < level.loudest_dbfs < QUIET_DBFS:
                yield f"very quiet{where}: {level.loudest_dbfs:.0f} dBFS at its loudest"
        if self.profile.layout != "silent" and nobody:
            yield "nobody speaks in it"
        elif self.likely_voicemail:
            yield "hardly anybody speaks on one channel: voicemail, or a call that never came about"
        yield from crosstalk_note(self.profile)
        if len(self.speech) == 2 and self.profile.layout == "dual":
            speech = SpeechOfCall(*self.speech, self.profile.duration)
            spoken = total(speech.anyone)
            share = total(speech.both) / spoken if spoken else 0.0
            if share > MUCH_OVERTALK:
                yield f"both speak at once for {share:.0%} of the time: do the channels leak into one another?"


def inspect_recording(recording: Recording) -> Inspection:
    """Look at a recording without recognising a word. Raises RecordingError."""
    header = audio.probe(recording.path)
    measure, finders = Measure(SAMPLE_RATE), dict[int, SpeechFinder]()
    for block in audio.blocks(recording.path, SAMPLE_RATE):
        measure.add(block)
        for channel, samples in enumerate(block):
            finders.setdefault(channel, SpeechFinder()).feed(samples)
    profile = measure.profile()
    speech = tuple(tuple(profile.own(channel, finder.spoken())) for channel, finder in finders.items())
    return Inspection(recording, header, profile, speech)
