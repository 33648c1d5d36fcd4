"""A writer to the transcript cache that other processes import."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from callqa.core.timeline import Span
from callqa.engines.base import Segment
from callqa.transcription.cache import TranscriptCache
from callqa.transcription.transcriber import RawTranscript
from callqa.transcripts.transcript import Word

TRANSCRIPT = RawTranscript(
    segments=(
        Segment("Grüß Gott 🙂", 0.5, 2.25, (Word("Grüß", 0.5, 1.0, 0.91), Word("Gott")), 0, doubt="loop"),
        Segment("", speaker="customer", label="Sam", speaker_sure=False),
    ),
    duration=61.125,
    engine="whisper",
    model="base.en",
    layout="dual",
    speech=((0, (Span(0.1, 2.3), Span(4, 5))), (1, ())),
    notes=("the left channel is silent",),
    call_id="k9",
    agent=None,
)


def put_repeatedly(folder: Path, duration: float) -> None:
    for _ in range(50):
        TranscriptCache(folder).put("k1", replace(TRANSCRIPT, duration=duration))
