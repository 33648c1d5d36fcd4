"""The segments of a window put back into the recording, each with a doubt if there is a reason for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callqa.engines.base import Segment
from callqa.engines.whisper_common.windows import Window
from callqa.transcripts.transcript import Word

COMPRESSION_LIMIT = 2.4
LOGPROB_LIMIT = -1.0
NO_SPEECH_LIMIT = 0.6
"""The limits at which Whisper's authors discard a result, and at which callqa doubts what remains of it: text that gzip
compresses by a greater ratio repeats itself; tokens that are less likely on average were guessed; at a greater
probability there is no speech (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
section 4.5)."""

REMAINDER_SECONDS = 0.5
"""Whisper decodes on after the last word it found. In a remainder of a window this short it tends to invent words."""

LOOPS = {1: 6, 2: 4, 3: 3}
"""Words in a phrase → times in a row that it must occur to be a loop; longer phrases count as three words. People say
"no, no, no, no" and "thank you, thank you, thank you"."""

LONGEST_LOOP = 12
"""Words in the longest phrase that is looked for: longer phrases that repeat are recognised by their compression."""

LOW_PROBABILITY = "low probability"
REPETITION = "repetition loop"
NO_SPEECH = "probably no speech"
"""The reasons for doubt, as reports show them."""


def to_segments(
    window: Window, segments: Iterable[Mapping[str, Any]], language: str | None = None
) -> Iterator[Segment]:
    """Yield a segment for each part of a Whisper segment that is in one clip, in order of time.

    `segments` are those of the window, in the form of `whisper.transcribe`. Times become seconds of the recording; they
    are never outside the clip and never decrease. `language` is the detected language of the window, None unless
    detection was asked for.
    """
    placement = _Placement(window)
    for segment in segments:
        if not segment["text"].strip():
            continue
        doubt = doubt_of(segment, window.seconds)
        words = [word for word in segment.get("words", ()) if word["word"].strip()]
        whole = {"word": segment["text"], "start": segment["start"], "end": segment["end"]}
        for part in _by_clip(placement, words or [whole]):
            text = "".join(raw for raw, _ in part).strip()
            timed = tuple(word for _, word in part) if words else ()
            yield Segment(
                text, part[0][1].start, part[-1][1].end, timed, window.channel, doubt=doubt, language=language
            )


def doubt_of(segment: Mapping[str, Any], seconds: float) -> str | None:
    """Return the reason to doubt a Whisper segment of a window that is `seconds` long; None if there is none."""
    offset = segment.get("seek", 0) / 100
    in_remainder = offset > 0 and seconds - offset < REMAINDER_SECONDS
    after_end = segment["start"] >= seconds
    if segment.get("no_speech_prob", 0.0) > NO_SPEECH_LIMIT or in_remainder or after_end:
        return NO_SPEECH
    if segment.get("compression_ratio", 0.0) > COMPRESSION_LIMIT or has_loop(segment["text"]):
        return REPETITION
    if segment.get("avg_logprob", 0.0) < LOGPROB_LIMIT:
        return LOW_PROBABILITY
    return None


def has_loop(text: str) -> bool:
    """Return True if a phrase of the text occurs several times in a row, as when Whisper is caught in a loop.

    >>> has_loop("I see. I see. I see. I see."), has_loop("thank you, thank you, goodbye")
    (True, False)
    """
    words = [bare for word in text.casefold().split() if (bare := word.strip(".,;:!?…\"'-—"))]
    lengths = range(1, min(LONGEST_LOOP, len(words)) + 1)
    return any(_repeats(words, length, LOOPS[min(length, max(LOOPS))]) for length in lengths)


def _repeats(words: Sequence[str], length: int, times: int) -> bool:
    """Return True if a phrase of `length` words occurs `times` times in a row.

    Then each word equals the one `length` words later.
    """
    run = 0
    for left, right in zip(words, words[length:], strict=False):
        run = run + 1 if left == right else 0
        if run >= length * (times - 1):
            return True
    return False


@dataclass
class _Placement:
    """The place that the words of a window have reached: the index of the clip, and the time in the recording."""

    window: Window
    clip: int = 0
    until: float = 0.0

    def advance(self, start: float, end: float) -> tuple[int, float, float]:
        """Place the next word: return the clip that holds its middle and its times in the recording.

        A word is never placed before an earlier one.
        """
        self.clip = max(self.clip, self.window.piece_at((start + end) / 2))
        word_start = max(self.window.in_recording(self.clip, start), self.until)
        self.until = max(self.window.in_recording(self.clip, end), word_start)
        return self.clip, word_start, self.until


def _by_clip(placement: _Placement, words: Sequence[Mapping[str, Any]]) -> Iterator[list[tuple[str, Word]]]:
    """Group words by the clip they fall in; each comes with its text as Whisper returned it, spaces included."""
    part: list[tuple[str, Word]] = []
    current = None
    for raw in words:
        clip, start, end = placement.advance(float(raw["start"]), float(raw["end"]))
        if part and clip != current:
            yield part
            part = []
        current = clip
        probability = raw.get("probability")
        kept = None if probability is None else round(min(max(float(probability), 0.0), 1.0), 4)
        part.append((raw["word"], Word(raw["word"].strip(), start, end, kept)))
    if part:
        yield part
