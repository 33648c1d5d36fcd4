"""What was heard in a recording, kept on disk, so that no recording is recognised twice.

An entry is found by the content of the recording and everything that shaped the result, never by its name or date. It
is written beside its place and moved there, so that a killed run leaves whole entries or none. An entry that cannot be
read is thrown away and made anew.
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
"""Number of the form of an entry; entries of another number are not found. 1: the fields of Heard."""


class TranscriptCache:
    """A folder of entries. A folder of None, or one that cannot be written, keeps nothing."""

    def __init__(self, folder: Path | None):
        self._folder = folder

    def key(self, content: str, info: EngineInfo) -> str:
        """The name of the entry for a recording's content hash and an engine."""
        parts = [str(FORMAT), content, info.engine, info.model or "", info.fingerprint, FINGERPRINT]
        # A model may be a path, and a path need not be UTF-8.
        return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()

    def _place(self, key: str) -> Path | None:
        return None if self._folder is None else self._folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> tuple[RawTranscript | None, bool]:
        """The entry, None where there is none; and whether there was one too damaged to use."""
        place = self._place(key)
        if place is None:
            return None, False
        try:
            text = place.read_bytes()
        except OSError:
            return None, False
        try:
            data = json.loads(text)
            if data["key"] != key or data["digest"] != _digest(data["heard"]):
                return None, True
            return _heard(data["heard"]), False
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None, True

    def put(self, key: str, heard: RawTranscript) -> bool:
        """Keep an entry; returns False where it cannot be written, which is no reason to lose a result."""
        place = self._place(key)
        if place is None:
            return True
        body = asdict(heard)
        text = json.dumps({"key": key, "digest": _digest(body), "heard": body}, ensure_ascii=True)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place.parent, suffix=".part")
        except OSError:
            return False
        try:
            with os.fdopen(handle, "w", encoding="ascii") as stream:
                stream.write(text)
            os.replace(name, place)
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


def _heard(data: dict[str, Any]) -> RawTranscript:
    segments = tuple(
        Segment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
        for segment in data["segments"]
    )
    speech = tuple((channel, tuple(Span(**span) for span in spans)) for channel, spans in data["speech"])
    return RawTranscript(**{**data, "segments": segments, "speech": speech, "notes": tuple(data["notes"])})
