"""An engine that says what a script beside the recording says: for tests of everything around recognition.

The script of `call.wav` is `call.wav.script`, a line per segment: channel, start, end and text, tab-separated. A line
that starts with `!` raises RecordingError with the rest of the line.
"""

from __future__ import annotations

from collections.abc import Iterator

from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.errors import RecordingError
from callqa.settings import EngineSettings


class ScriptedEngine:
    """Yields the segments written in the script beside the recording."""

    def __init__(self, settings: EngineSettings):
        self._settings = settings

    @property
    def info(self) -> EngineInfo:
        """The scripted engine has no model."""
        return EngineInfo("scripted", self._settings.model, "1")

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Nothing to get ready."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the script, whatever the audio holds."""
        for _ in source.clips():
            pass
        script = source.path.with_name(source.path.name + ".script")
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith("!"):
                raise RecordingError(line[1:])
            channel, start, end, text = line.split("\t")
            yield Segment(text, float(start), float(end), channel=int(channel))
