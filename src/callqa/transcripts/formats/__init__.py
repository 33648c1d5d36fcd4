"""Transcripts made elsewhere: callqa's JSON, openai-whisper's JSON, SRT, WebVTT and plain text.

A new format is one module here with a `parse`, and one line in `_parse`.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from callqa.errors import TranscriptError
from callqa.transcripts.formats import callqa_json, plain_text, subtitles, whisper_json
from callqa.transcripts.formats.base import Line, ReadTranscript
from callqa.transcripts.formats.json_values import load

__all__ = ["SUFFIXES", "Line", "ReadTranscript", "read"]

SUFFIXES = (".json", ".srt", ".vtt", ".txt")
"""Endings of transcript files, in lower case."""

_MOST_BYTES = 100_000_000
"""Far beyond the longest call with every word's times."""

_SRT_TIMES = re.compile(r"^[0-9:.,]+[ \t]*-->[ \t]*[0-9:.,]+[ \t]*\r?$", re.MULTILINE)


def read(path: Path) -> ReadTranscript:
    """Read a transcript file, whose format is told by its suffix and, where that leaves it open, by what it holds.

    Raises TranscriptError where it cannot be opened, is not text, or is not a transcript.
    """
    text = _decode(_bytes(path))
    if not text.strip():
        raise TranscriptError("is empty; export it again")
    return _parse(text, path.suffix.lower())


def _parse(text: str, suffix: str) -> ReadTranscript:
    if suffix == ".json" or (suffix not in SUFFIXES and text.lstrip().startswith("{")):
        data = load(text)
        if "utterances" in data or isinstance(data.get("format"), int):
            return callqa_json.parse(data)
        if "segments" in data:
            return whisper_json.parse(data)
        raise TranscriptError(
            'has neither "utterances" (callqa) nor "segments" (openai-whisper), so it is no transcript'
        )
    if suffix in {".srt", ".vtt"} or text.startswith(subtitles.VTT_HEADER) or _SRT_TIMES.search(text):
        return subtitles.parse(text, vtt=suffix == ".vtt")
    return plain_text.parse(text)


def _bytes(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise TranscriptError("is not a regular file; give a transcript file")
        if found.st_size > _MOST_BYTES:
            raise TranscriptError(f"is too large for one call ({found.st_size / 1e6:.0f} MB); split it by call")
        return path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"cannot be read: {error.strerror or error}") from error


def _decode(data: bytes) -> str:
    """The text: UTF-8, or UTF-16 where a byte order mark says so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TranscriptError("is not UTF-8 text; save it as UTF-8") from error
