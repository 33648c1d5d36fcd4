"""The sound in an HTML report: the deciding moments of a call, cut from its recording and compressed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from callqa import audio
from callqa.core.timeline import Span, total, union
from callqa.errors import RecordingError
from callqa.reports.base import AudioMode
from callqa.scoring.scorecard import CallResult, Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARGIN = 1.5
"""Seconds kept before and after the words of a piece of evidence, so that a listener gets the context."""

LONGEST = 12.0
"""The most seconds of one piece of evidence: for a silence of two minutes, the beginning is enough."""

UNKNOWN_LENGTH = 4.0
"""Seconds assumed for an utterance whose end is not known."""

PER_CALL = 36.0
"""The most seconds of clips of a call: with this limit fifty calls stay below 5 MB."""

SOME_SILENT = (
    f"This page contains up to {PER_CALL:g} seconds of each call, starting with the moments that decided; the other "
    "marks lead to their lines only."
)
"""The note on a call that has more moments than its clips hold."""

PAUSE = 0.3
"""Seconds of silence between two clips, so that the end of one never brings the beginning of the next."""

TOTAL_BYTES = 24_000_000
"""The most bytes of clips in a report: browsers have trouble with pages of hundreds of megabytes."""

RATE = 16_000
"""Hz of the sound that is cut out."""

_VERDICTS = ("fail", "review", "pass", "na")


@dataclass(frozen=True)
class Part:
    """The seconds [start, end] of a recording, found at second `at` of what is played."""

    start: float
    end: float
    at: float


@dataclass(frozen=True)
class Sound:
    """The sound of one call: `media` (a file of audio.MEDIA_TYPE) or `link`, a URL.

    `note` is a sentence on why there is less sound than requested.
    """

    parts: tuple[Part, ...] = ()
    media: bytes | None = None
    link: str | None = None
    note: str | None = None


def sound_of(call: CallResult, mode: AudioMode, folder: Path) -> Sound:
    """Return the sound of one call. `folder` is the folder the report will be in, for links.

    If the recording cannot be read, or is not the one that was judged, the sound has only a note.
    """
    if mode == "none" or call.status == "failed" or not call.path or "\0" in call.path:
        return Sound()
    spans = moments(call) if mode == "clips" else [Span(0.0, call.duration or 0.0)]
    if total(spans) <= 0:
        return Sound()
    path = Path(call.path)
    try:
        if (kept := _as_judged(call, path)) is not None:
            return kept
        if mode == "link":
            return Sound((Part(0.0, call.duration or 0.0, 0.0),), link=_url(path, folder))
        if mode == "full":
            media = audio.compress(_mono(call, audio.blocks(path, RATE)), RATE)
            return Sound((Part(0.0, call.duration or 0.0, 0.0),), media)
        return _clips(call, path, spans)
    except RecordingError as error:
        return Sound(note=f"The recording {error}. Its sound is not in this report.")


def moments(call: CallResult) -> list[Span]:
    """Return the stretches of a call worth listening to, by start, up to PER_CALL seconds in all.

    The moment that decided each criterion comes before the others, and those of misses before those of passes.
    """
    chosen: list[Span] = []
    ranked = sorted(call.criteria, key=lambda criterion: _VERDICTS.index(criterion.verdict))
    deciding = [criterion.moment for criterion in ranked if criterion.moment]
    for evidence in (*deciding, *(evidence for criterion in ranked for evidence in criterion.evidence)):
        span = _around(evidence, call.duration)
        if span is not None and total(more := union([*chosen, span], PAUSE)) <= PER_CALL:
            chosen = more
    return chosen


def cut_moments(
    call: CallResult, times: Iterable[tuple[float, float | None]]
) -> Iterator[tuple[Span, NDArray[np.float32]]]:
    """Yield the sound of a call around each stretch of seconds, in mono at RATE, once each and by start.

    Yields nothing if there is no sound, or if the recording is not the one that was judged.
    """
    spans = sorted({span for start, end in times if (span := _stretch(start, end, call.duration))})
    path = Path(call.path)
    try:
        if call.engine == "transcript" or _as_judged(call, path) is not None:
            return
        for span, samples in audio.excerpts(path, spans, RATE, length=call.duration):
            if samples.shape[1]:
                yield span, next(_mono(call, iter([samples])))
    except RecordingError:
        return


def _around(evidence: Evidence, duration: float | None) -> Span | None:
    return None if evidence.start is None else _stretch(evidence.start, evidence.end, duration)


def _stretch(start: float, until: float | None, duration: float | None) -> Span | None:
    if not 0 <= start < (duration or float("inf")):
        return None
    end = start + UNKNOWN_LENGTH if until is None else min(until, start + LONGEST)
    last = end + MARGIN if duration is None else min(end + MARGIN, duration)
    return Span(max(0.0, start - MARGIN), max(start, last))


def _as_judged(call: CallResult, path: Path) -> Sound | None:
    """Return None if the recording is the one that was judged; otherwise the substitute for its sound."""
    found = audio.content_hash(path)
    if call.engine == "transcript":  # judged by its words; `path` is either the transcript or the recording
        return Sound() if found == call.content else None
    if call.content is not None and found != call.content:
        return Sound(note="The recording has changed since it was judged. Its sound is not in this report.")
    return None


def _clips(call: CallResult, path: Path, spans: list[Span]) -> Sound:
    import numpy as np

    pause = np.zeros(round(PAUSE * RATE), np.float32)
    pieces: list[NDArray[np.float32]] = []
    parts: list[Part] = []
    at = 0.0
    for span, samples in audio.excerpts(path, spans, RATE, length=call.duration):
        if not samples.shape[1]:
            continue
        seconds = samples.shape[1] / RATE
        parts.append(Part(round(span.start, 2), round(span.start + seconds, 2), round(at, 2)))
        pieces += [*_mono(call, iter([samples])), pause]
        at += seconds + PAUSE
    note = SOME_SILENT if _all_evidence(call) > len(_held(call, spans)) else None
    return Sound(tuple(parts), audio.compress(pieces, RATE), note=note) if parts else Sound()


def _all_evidence(call: CallResult) -> int:
    """Return the number of moments of evidence that are within the recording."""
    return len({evidence.start for evidence in _evidence(call) if _around(evidence, call.duration) is not None})


def _held(call: CallResult, spans: Sequence[Span]) -> set[float]:
    """Return the starts of the moments whose sound is inside these spans."""
    starts = {evidence.start for evidence in _evidence(call) if evidence.start is not None}
    return {start for start in starts if any(span.start <= start < span.end for span in spans)}


def _evidence(call: CallResult) -> list[Evidence]:
    return [evidence for criterion in call.criteria for evidence in criterion.evidence]


def _mono(call: CallResult, blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Mix the channels: their sum if each party has a channel of its own, otherwise their mean."""
    for block in blocks:
        yield block.sum(axis=0) if call.agent_channel is not None else block.mean(axis=0)


def _url(path: Path, folder: Path) -> str:
    """Return the URL of the recording relative to the folder of the report."""
    try:
        relative = os.path.relpath(path.absolute(), folder.absolute())
    except ValueError:  # on another drive
        return path.absolute().as_uri()
    return quote("./" + Path(relative).as_posix())
