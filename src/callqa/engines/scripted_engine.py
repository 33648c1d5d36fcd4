"""An engine that reads its segments from a script next to the recording: for tests of everything but recognition.

The script of `call.wav` is `call.wav.script`, with a line for each segment: channel, start and end in seconds, text,
separated by tabs. A line that starts with `!` raises RecordingError with the rest of the line.
"""

from __future__ import annotations

from collections.abc import Iterator

from callqa.engines.base import DownloadProgress, EngineInfo, Segment, Source
from callqa.errors import RecordingError
from callqa.settings import EngineSettings


class ScriptedEngine:
    """Yields the segments in the script next to the recording."""

    def __init__(self, settings: EngineSettings):
        self._settings = settings

    @property
    def info(self) -> EngineInfo:
        """The model in the settings, although the engine has none."""
        return EngineInfo("scripted", self._settings.model, "1")

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Do nothing: there is no model."""

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the segments of the script; the audio is read and ignored."""
        for _ in source.clips():
            pass
        script = source.path.with_name(source.path.name + ".script")
        for line in script.read_text(encoding="utf-8").splitlines():
            if line.startswith("!"):
                raise RecordingError(line[1:])
            channel, start, end, text = line.split("\t")
            yield Segment(text, float(start), float(end), channel=int(channel))
