"""A cache of raw transcripts on disk, so that no recording is transcribed twice.

An entry is found by the content of the recording and everything the result depends on, never by a name or a date. It is
written to a temporary file next to its final path and then renamed, so that a killed run leaves complete entries or
none. An entry that cannot be read is ignored and written again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from callqa.core.timeline import Span
from callqa.engines.base import EngineInfo, Segment
from callqa.transcription.transcriber import FINGERPRINT, RawTranscript
from callqa.transcripts.transcript import Word

FORMAT = 1
"""Version of the format of an entry; entries of other versions are not found. 1: the fields of `RawTranscript`."""


class TranscriptCache:
    """A folder of entries. Nothing is cached if the folder is None or cannot be written."""

    def __init__(self, folder: Path | None):
        self._folder = folder

    def key(self, content: str, info: EngineInfo) -> str:
        """Return the key of the entry for a recording's content hash and an engine."""
        parts = [str(FORMAT), content, info.engine, info.model or "", info.fingerprint, FINGERPRINT]
        # A model may be a path, and a path need not be UTF-8.
        return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()

    def _path(self, key: str) -> Path | None:
        return None if self._folder is None else self._folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> tuple[RawTranscript | None, bool]:
        """Return the entry, None if there is none, and True if there is one that is too damaged to use."""
        path = self._path(key)
        if path is None:
            return None, False
        try:
            text = path.read_bytes()
        except OSError:
            return None, False
        try:
            data = json.loads(text)
            if data["key"] != key or data["digest"] != _digest(data["heard"]):
                return None, True
            return _raw_transcript(data["heard"]), False
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, True

    def put(self, key: str, transcript: RawTranscript) -> bool:
        """Write an entry; return False if that fails, which is not an error because the transcript still exists."""
        path = self._path(key)
        if path is None:
            return True
        body = asdict(transcript)
        text = json.dumps({"key": key, "digest": _digest(body), "heard": body}, ensure_ascii=True)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        except OSError:
            return False
        try:
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(text)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            return False
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return True


def _digest(body: Any) -> str:
    canonical = json.dumps(body, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _raw_transcript(data: dict[str, Any]) -> RawTranscript:
    segments = tuple(
        Segment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
        for segment in data["segments"]
    )
    speech = tuple((channel, tuple(Span(**span) for span in spans)) for channel, spans in data["speech"])
    return RawTranscript(**{**data, "segments": segments, "speech": speech, "notes": tuple(data["notes"])})
