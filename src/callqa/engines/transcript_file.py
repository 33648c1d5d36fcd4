"""The engine that hears nothing: it reads a transcript made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.settings import EngineSettings
from callqa.transcripts import formats
from callqa.transcripts.formats import Line, ReadTranscript


def read(path: Path) -> ReadTranscript:
    """The transcript in the file, with what segments do not carry: call id, agent, warnings, sureness of speakers.

    Raises TranscriptError where it cannot be read.
    """
    return formats.read(path)


class TranscriptFileEngine:
    """Yields the utterances of a transcript file as segments; the settings change nothing."""

    def __init__(self, settings: EngineSettings):
        del settings

    @property
    def info(self) -> EngineInfo:
        """A transcript is read, not recognised: there is no model."""
        return EngineInfo("transcript", None, "1")

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Nothing to get ready."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield what the file at `source.path` says, in its order; no audio is touched.

        Raises TranscriptError where it cannot be read.
        """
        yield from map(segment, read(source.path).lines)


def segment(line: Line) -> Segment:
    """The line of a transcript as an engine's segment."""
    heard = line.utterance
    return Segment(
        heard.text,
        heard.start,
        heard.end,
        heard.words,
        heard.channel,
        heard.speaker,
        line.label,
        heard.doubt,
        heard.speaker_sure,
    )
