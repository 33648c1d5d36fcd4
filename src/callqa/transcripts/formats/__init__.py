"""Formats of transcript files: callqa's JSON, openai-whisper's JSON, SRT, WebVTT and plain text.

A new format is one module in this package with a `parse`, and one line in `_parse`.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from callqa.errors import TranscriptError
from callqa.transcripts.formats import callqa_json, plain_text, subtitles, whisper_json
from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile
from callqa.transcripts.formats.json_validation import load_object

__all__ = ["SUFFIXES", "LabelledUtterance", "TranscriptFile", "read"]

SUFFIXES = (".json", ".srt", ".vtt", ".txt")
"""Suffixes of transcript files, in lower case."""

_MOST_BYTES = 100_000_000
"""Far more than the longest call with times of every word."""

_SRT_TIMES = re.compile(r"^[0-9:.,]+[ \t]*-->[ \t]*[0-9:.,]+[ \t]*\r?$", re.MULTILINE)


def read(path: Path) -> TranscriptFile:
    """Read a transcript file; its format is determined by its suffix, or by its content if the suffix is ambiguous.

    Raises TranscriptError if it cannot be opened, is not text, or is not a transcript.
    """
    text = _decode(_bytes(path))
    if not text.strip():
        raise TranscriptError("is empty; export it again")
    return _parse(text, path.suffix.lower())


def _parse(text: str, suffix: str) -> TranscriptFile:
    if suffix == ".json" or (suffix not in SUFFIXES and text.lstrip().startswith("{")):
        data = load_object(text)
        if "utterances" in data or isinstance(data.get("format"), int):
            return callqa_json.parse(data)
        if "segments" in data:
            return whisper_json.parse(data)
        raise TranscriptError(
            'is not a transcript, because it has neither "utterances" (callqa) nor "segments" (openai-whisper)'
        )
    if suffix in {".srt", ".vtt"} or text.startswith(subtitles.VTT_HEADER) or _SRT_TIMES.search(text):
        return subtitles.parse(text, vtt=suffix == ".vtt")
    return plain_text.parse(text)


def _bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise TranscriptError("is not a regular file; name a transcript file")
        if status.st_size > _MOST_BYTES:
            raise TranscriptError(f"is too large for one call ({status.st_size / 1e6:.0f} MB); split it by call")
        return path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"cannot be read: {error.strerror or error}") from error


def _decode(data: bytes) -> str:
    """Decode text in UTF-8, or in UTF-16 if it begins with a byte order mark."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TranscriptError("is not UTF-8 text; save it as UTF-8") from error
