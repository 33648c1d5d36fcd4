"""What openai-whisper returns for a window → segments: each word put back into its clip, and what makes it doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callqa.engines.base import Segment
from callqa.engines.whisper_common.windows import Window
from callqa.transcripts.transcript import Word

COMPRESSION_LIMIT = 2.4
LOGPROB_LIMIT = -1.0
NO_SPEECH_LIMIT = 0.6
"""Where Whisper's authors hold a result for failed, and where callqa doubts what is left of it: text that gzip packs
better than this repeats itself; tokens less likely than this on average were guessed; above this probability there is
no speech (Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, section 4.5)."""

LEFTOVER_SECONDS = 0.5
"""Whisper reads on behind the last word it found. In so short a rest of a window it tends to find words nobody said."""

LOOPS = {1: 6, 2: 4, 3: 3}
"""Words in a phrase → how often in a row it must come to be a loop; longer phrases count as three words. People do say
"no, no, no, no" and "thank you, thank you, thank you"."""

LONGEST_LOOP = 12
"""Words in the longest phrase looked for: longer ones that repeat are caught by their compression."""

LOW_PROBABILITY = "low probability"
REPETITION = "repetition loop"
NO_SPEECH = "probably no speech"
"""The doubts there are, in a reader's words."""


def segments(window: Window, result: Mapping[str, Any], language: str | None = None) -> Iterator[Segment]:
    """Yield one segment for each part of a Whisper segment that lies in one clip, in order of time.

    Times are seconds of the recording, never outside the clip and never running backwards. `language` is the one the
    window was found to be in, where that was asked.
    """
    place = _Place(window)
    for heard in result["segments"]:
        if not heard["text"].strip():
            continue
        doubt = doubt_of(heard, window.seconds)
        words = [word for word in heard.get("words", ()) if word["word"].strip()]
        whole = {"word": heard["text"], "start": heard["start"], "end": heard["end"]}
        for part in _by_clip(place, words or [whole]):
            text = "".join(raw for raw, _ in part).strip()
            timed = tuple(word for _, word in part) if words else ()
            yield Segment(
                text, part[0][1].start, part[-1][1].end, timed, window.channel, doubt=doubt, language=language
            )


def doubt_of(heard: Mapping[str, Any], seconds: float) -> str | None:
    """Why a Whisper segment found in a window of so many seconds may be wrong; None if nothing speaks against it."""
    begun = heard.get("seek", 0) / 100
    leftover = begun > 0 and seconds - begun < LEFTOVER_SECONDS
    behind = heard["start"] >= seconds
    if heard.get("no_speech_prob", 0.0) > NO_SPEECH_LIMIT or leftover or behind:
        return NO_SPEECH
    if heard.get("compression_ratio", 0.0) > COMPRESSION_LIMIT or loops(heard["text"]):
        return REPETITION
    if heard.get("avg_logprob", 0.0) < LOGPROB_LIMIT:
        return LOW_PROBABILITY
    return None


def loops(text: str) -> bool:
    """Whether a phrase of the text comes several times in a row, as it does when Whisper is caught in a loop.

    >>> loops("I see. I see. I see. I see."), loops("thank you, thank you, goodbye")
    (True, False)
    """
    words = [bare for word in text.casefold().split() if (bare := word.strip(".,;:!?…\"'-—"))]
    lengths = range(1, min(LONGEST_LOOP, len(words)) + 1)
    return any(_repeats(words, length, LOOPS[min(length, max(LOOPS))]) for length in lengths)


def _repeats(words: Sequence[str], length: int, times: int) -> bool:
    """Whether some phrase of this length comes so many times in a row: each word equals the one `length` later."""
    run = 0
    for left, right in zip(words, words[length:], strict=False):
        run = run + 1 if left == right else 0
        if run >= length * (times - 1):
            return True
    return False


@dataclass
class _Place:
    """Puts the words of a window, one after the other, into its clips; later words never before earlier ones."""

    window: Window
    clip: int = 0
    until: float = 0.0

    def put(self, start: float, end: float) -> tuple[int, float, float]:
        """The clip that holds the middle of the word, and its times in the recording."""
        self.clip = max(self.clip, self.window.piece_at((start + end) / 2))
        begins = max(self.window.in_recording(self.clip, start), self.until)
        self.until = max(self.window.in_recording(self.clip, end), begins)
        return self.clip, begins, self.until


def _by_clip(place: _Place, words: Sequence[Mapping[str, Any]]) -> Iterator[list[tuple[str, Word]]]:
    """Group words by the clip they fall in; each comes with its text as Whisper gave it, spaces and all."""
    part: list[tuple[str, Word]] = []
    current = None
    for raw in words:
        clip, start, end = place.put(float(raw["start"]), float(raw["end"]))
        if part and clip != current:
            yield part
            part = []
        current = clip
        probability = raw.get("probability")
        kept = None if probability is None else round(min(max(float(probability), 0.0), 1.0), 4)
        part.append((raw["word"], Word(raw["word"].strip(), start, end, kept)))
    if part:
        yield part
