"""Diarization: the turns of the parties in a channel that they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from callqa import audio
from callqa.core.timeline import Span
from callqa.speech.diarization.features import RATE, Frames, measure_frames
from callqa.speech.diarization.turns import Turn, find_turns
from callqa.speech.diarization.voice_learning import learn_voices
from callqa.speech.diarization.voice_models import Voices

OTHER_VOICE = "other"
"""Name of a third voice: a recorded announcement, or somebody the call was transferred to or from."""

PARTY_NAMES = ("A", "B")
"""Names of the two parties, in the order in which they first speak."""

CERTAIN = 0.95
"""Least confidence at which a turn counts as certain. Of such turns in synthetic calls more than 99 % are right. People
vary more, which lowers the confidence: of their speech in such turns 96 to 98 % is right."""

LEAST_OVERLAP = 0.1
"""Seconds of a turn within an utterance that make the utterance depend on it."""

FINGERPRINT = "2"
"""Raise this number with every change to the package that may change the turns, so that calls are transcribed again."""


@dataclass(frozen=True)
class Diarization:
    """The turns of a call by several voices, sorted, and the name of each voice."""

    turns: tuple[Turn, ...]
    names: tuple[str, ...]

    def is_certain(self, voice: int, start: float | None, end: float | None) -> bool:
        """Return True if it is certain that this voice, and no other, speaks from `start` to `end`, in seconds."""
        if start is None or end is None:
            return False
        overlapping = [
            turn
            for turn in self.turns
            if min(end, turn.span.end) - max(start, turn.span.start) > min(LEAST_OVERLAP, (end - start) / 2)
        ]
        return bool(overlapping) and all(turn.voice == voice and turn.confidence >= CERTAIN for turn in overlapping)

    @cached_property
    def voice_of(self) -> dict[Span, int]:
        """The voice of each turn, by its span."""
        return {turn.span: turn.voice for turn in self.turns}


def diarize_recording(path: Path, regions: Sequence[Span], channel: int = 0) -> Diarization | None:
    """Find who speaks when in the speech regions of one channel; None if they sound like one voice or are too short.

    Decodes the file again and holds its frames, about 9 MB for an hour of speech, but never its samples. Raises
    RecordingError.
    """
    frames = [measure_frames(samples) for _, _, samples in audio.clips_of(path, {channel: regions}, RATE)]
    return diarize_frames(regions, frames)


def diarize_frames(regions: Sequence[Span], frames: Sequence[Frames]) -> Diarization | None:
    """Find who speaks when from the frames of each speech region; None as in `diarize_recording`."""
    voices = learn_voices(frames)
    if voices is None:
        return None
    return _diarization(
        turn for region, own in zip(regions, frames, strict=True) for turn in _turns(voices, region, own)
    )


def _turns(voices: Voices, region: Span, frames: Frames) -> list[Turn]:
    turns = find_turns(region, voices.scores(frames).tolist(), frames.energy.tolist())
    if voices.distinct:
        return turns
    # Voices as close as these may be a single one, so no turn can be more certain than that there are two.
    return [Turn(turn.span, turn.voice, min(turn.confidence, CERTAIN - 0.01)) for turn in turns]


def _diarization(turns: Iterable[Turn]) -> Diarization | None:
    """Number and name the voices: the two that speak most often first, then the others; None if there is only one."""
    unordered = tuple(turns)
    counts = Counter(turn.voice for turn in unordered if turn.confidence > 0)
    if len(counts) < len(PARTY_NAMES):
        return None
    parties = [voice for voice, _ in counts.most_common(len(PARTY_NAMES))]
    first = sorted(parties, key=[turn.voice for turn in unordered if turn.confidence > 0].index)
    order = [*first, *sorted(set(counts) - set(parties))]
    number = {voice: index for index, voice in enumerate(order)}
    names = (*PARTY_NAMES, *[OTHER_VOICE] * (len(order) - len(PARTY_NAMES)))
    return Diarization(tuple(Turn(turn.span, number.get(turn.voice, 0), turn.confidence) for turn in unordered), names)
