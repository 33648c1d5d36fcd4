"""Who speaks when in a channel that holds all parties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from callqa import audio
from callqa.core.timeline import Span
from callqa.speech.diarization.features import RATE, Frames, measure
from callqa.speech.diarization.turns import Turn, turns_of
from callqa.speech.diarization.voice_learning import learn
from callqa.speech.diarization.voice_models import Voices

OTHER = "other"
"""What a third voice is called: a recorded announcement, or somebody the call was passed on to or from."""

PARTIES = ("A", "B")
"""What the two parties are called, in the order in which they first speak."""

SURE = 0.95
"""Confidence from which on a turn is taken for certain. Of the turns of synthetic calls above it more than 99 % are
right. People vary more, which lowers the confidence: of their speech in such turns 96 to 98 % is right."""

TOUCHED = 0.1
"""Seconds of a turn within an utterance that make the utterance depend on it."""

FINGERPRINT = "2"
"""Counts up with every change to this package that may give other turns: what was heard in others is made anew."""


@dataclass(frozen=True)
class Diarization:
    """The turns of a call whose voices were told apart, sorted, and the name of each voice."""

    turns: tuple[Turn, ...]
    names: tuple[str, ...]

    def sure(self, voice: int, start: float | None, end: float | None) -> bool:
        """Whether it is certain that this voice, and no other, speaks from `start` to `end`, in seconds."""
        if start is None or end is None:
            return False
        touched = [
            turn
            for turn in self.turns
            if min(end, turn.span.end) - max(start, turn.span.start) > min(TOUCHED, (end - start) / 2)
        ]
        return bool(touched) and all(turn.voice == voice and turn.confidence >= SURE for turn in touched)

    @cached_property
    def voice_of(self) -> dict[Span, int]:
        """The voice of each turn, by its span."""
        return {turn.span: turn.voice for turn in self.turns}


def voices_of(path: Path, regions: Sequence[Span], channel: int = 0) -> Diarization | None:
    """Tell the voices in the speech regions of one channel apart; None where they sound like one, or speak too little.

    Decodes the file again and holds its frames, about 9 MB for an hour of speech, never its samples. Raises
    RecordingError.
    """
    frames = [measure(samples) for _, _, samples in audio.clips_of(path, {channel: regions}, RATE)]
    return tell_apart(regions, frames)


def tell_apart(regions: Sequence[Span], frames: Sequence[Frames]) -> Diarization | None:
    """The same, from the frames of each region."""
    voices = learn(frames)
    if voices is None:
        return None
    return _named(turn for region, own in zip(regions, frames, strict=True) for turn in _turns(voices, region, own))


def _turns(voices: Voices, region: Span, frames: Frames) -> list[Turn]:
    turns = turns_of(region, voices.scores(frames).tolist(), frames.energy.tolist())
    if voices.clear:
        return turns
    # Voices as close as these may be one, so that no turn is more certain than that they are two.
    return [Turn(turn.span, turn.voice, min(turn.confidence, SURE - 0.01)) for turn in turns]


def _named(turns: Iterable[Turn]) -> Diarization | None:
    """The turns with their voices in order: the two that speak most often, then the others; None for one voice."""
    told = tuple(turns)
    often = Counter(turn.voice for turn in told if turn.confidence > 0)
    if len(often) < len(PARTIES):
        return None
    parties = [voice for voice, _ in often.most_common(len(PARTIES))]
    first = sorted(parties, key=[turn.voice for turn in told if turn.confidence > 0].index)
    order = [*first, *sorted(set(often) - set(parties))]
    number = {voice: index for index, voice in enumerate(order)}
    names = (*PARTIES, *[OTHER] * (len(order) - len(PARTIES)))
    return Diarization(tuple(Turn(turn.span, number.get(turn.voice, 0), turn.confidence) for turn in told), names)
