"""Inspection of a recording without speech recognition: levels, layout, and where there is speech."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callqa import audio
from callqa.audio import AudioProfile, LevelMeter
from callqa.conversation.conversation import SpeechOfCall
from callqa.core.timeline import Span, total
from callqa.engines.base import SAMPLE_RATE
from callqa.recordings import Recording
from callqa.speech.vad import SpeechFinder
from callqa.transcription.preprocessing import CHANNEL_NAMES, crosstalk_notes, silence_note

CLIPPING = 0.001
"""Share of samples at full scale above which clipping is mentioned: one in a thousand is audible."""

QUIET_DBFS = -45.0
"""Level of the loudest window of a channel below which its speech was recorded too softly to be recognised well."""

MUCH_OVERTALK = 0.3
"""Share of the speech in which both parties speak, above which it is likely that the channels leak."""

LEAST_SPEECH = 1.0
"""Seconds of speech below which nobody speaks on a channel."""

MACHINE_SHARE = 0.05
"""Least share of a conversation that each party speaks; with less, a machine or nobody is at one end."""


@dataclass(frozen=True)
class Inspection:
    """A recording's header, levels, layout and speech; `remarks` are in plain words."""

    recording: Recording
    header: audio.AudioHeader
    profile: AudioProfile
    speech: tuple[tuple[Span, ...], ...]
    """Spans of speech in each channel."""

    @property
    def speech_shares(self) -> list[float]:
        """Share of the recording that is speech, per channel."""
        duration = self.profile.duration
        return [round(total(spans) / duration, 3) if duration else 0.0 for spans in self.speech]

    @property
    def likely_voicemail(self) -> bool:
        """True if two parties never talk to each other: one of two channels has almost no speech."""
        if self.profile.layout not in ("dual", "one-silent"):
            return False
        return min(self.speech_shares, default=0.0) < MACHINE_SHARE <= max(self.speech_shares, default=0.0)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks for a team lead, in plain words."""
        return tuple(self._remarks())

    def _remarks(self) -> Iterator[str]:
        nobody = not any(total(spans) >= LEAST_SPEECH for spans in self.speech)
        yield {
            "mono": "mono" if nobody else "mono: both parties share one channel and are distinguished by voice",
            "dual": "dual-channel: one party each",
            "dual-mono": "dual-mono: both channels carry the same sound, so the parties are distinguished by voice",
            "one-silent": silence_note(self.profile),
            "silent": "silent: there is no audible sound",
        }[self.profile.layout]
        if self.header.channels > 2:
            yield f"{self.header.channels} channels, mixed into one"
        for name, level in zip(CHANNEL_NAMES, self.profile.channels, strict=False):
            where = f" on the {name} channel" if len(self.profile.channels) > 1 else ""
            if level.clipped_share > CLIPPING:
                yield f"clipped{where}: {level.clipped_share:.1%} of it is at full scale"
            if self.profile.layout != "silent" and -60 < level.loudest_dbfs < QUIET_DBFS:
                yield f"very quiet{where}: {level.loudest_dbfs:.0f} dBFS at its loudest"
        if self.profile.layout != "silent" and nobody:
            yield "nobody speaks in it"
        elif self.likely_voicemail:
            yield "there is hardly any speech on one channel: voicemail, or a call that was not answered"
        yield from crosstalk_notes(self.profile)
        if len(self.speech) == 2 and self.profile.layout == "dual":
            speech = SpeechOfCall(*self.speech, self.profile.duration)
            spoken = total(speech.anyone)
            share = total(speech.both) / spoken if spoken else 0.0
            if share > MUCH_OVERTALK:
                yield f"both speak at once for {share:.0%} of the time: do the channels leak into one another?"


def inspect_recording(recording: Recording) -> Inspection:
    """Inspect a recording without recognising a word. Raises RecordingError."""
    header = audio.probe(recording.path)
    meter, finders = LevelMeter(SAMPLE_RATE), dict[int, SpeechFinder]()
    for block in audio.blocks(recording.path, SAMPLE_RATE):
        meter.add(block)
        for channel, samples in enumerate(block):
            finders.setdefault(channel, SpeechFinder()).feed(samples)
    profile = meter.profile()
    speech = tuple(
        tuple(profile.without_crosstalk(channel, finder.exact_spans())) for channel, finder in finders.items()
    )
    return Inspection(recording, header, profile, speech)
