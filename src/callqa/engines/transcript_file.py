"""The engine for transcripts made elsewhere: it reads a file and recognises nothing."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.settings import EngineSettings
from callqa.transcripts import formats
from callqa.transcripts.formats import LabelledUtterance


class TranscriptFileEngine:
    """Yields the utterances of a transcript file as segments; the settings have no effect."""

    def __init__(self, settings: EngineSettings):
        del settings

    @property
    def info(self) -> EngineInfo:
        """The identity of a transcript, which has no model."""
        return EngineInfo("transcript", None, "1")

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Do nothing: there is no model."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the utterances in the file at `source.path`, in its order; no audio is read.

        Raises TranscriptError if the file cannot be read.
        """
        yield from map(to_segment, formats.read(source.path).labelled)


def to_segment(labelled: LabelledUtterance) -> Segment:
    """Return an utterance of a transcript file as an engine's segment."""
    utterance = labelled.utterance
    return Segment(
        utterance.text,
        utterance.start,
        utterance.end,
        utterance.words,
        utterance.channel,
        utterance.speaker,
        labelled.label,
        utterance.doubt,
        utterance.speaker_sure,
    )
