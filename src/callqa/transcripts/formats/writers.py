"""Writers of transcripts for people and players: callqa's JSON, plain text, SubRip and WebVTT.

Except in JSON, each utterance is put on one line with single spaces, those without words are left out, and times are
rounded to milliseconds. The readers in this package can read all of these files.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator

from callqa.errors import RecordingError
from callqa.transcripts.formats.base import tidy
from callqa.transcripts.formats.clock import format_clock
from callqa.transcripts.formats.subtitles import ARROW, VTT_HEADER, plain
from callqa.transcripts.transcript import Speaker, Transcript, Utterance, to_json

_NAMES: dict[Speaker, str] = {"agent": "Agent", "customer": "Customer", "unknown": "Unknown"}


def write_json(transcript: Transcript) -> str:
    """Return the transcript in callqa's JSON form."""
    return json.dumps(to_json(transcript), ensure_ascii=False, indent=1) + "\n"


def write_txt(transcript: Transcript) -> str:
    """Return a line for each utterance: `[00:00:00.600 --> 00:00:03.100] Agent: …`, without times if it has none."""
    lines = []
    for utterance, text in _spoken(transcript):
        times = f"[{_times(utterance, '.')}] " if transcript.timed else ""
        lines.append(f"{times}{_NAMES[utterance.speaker]}: {text}\n")
    return "".join(lines)


def write_srt(transcript: Transcript) -> str:
    """Return SubRip, with `Agent: ` before the text. Raises RecordingError if the transcript has no times."""
    _need_times(transcript)
    return "\n".join(
        f"{number}\n{_times(utterance, ',')}\n{_NAMES[utterance.speaker]}: {_srt_text(text)}\n"
        for number, (utterance, text) in enumerate(_spoken(transcript), 1)
    )


def write_vtt(transcript: Transcript) -> str:
    """Return WebVTT with voice tags. Raises RecordingError if the transcript has no times."""
    _need_times(transcript)
    cues = [
        f"\n{_times(utterance, '.')}\n<v {_NAMES[utterance.speaker]}>{_escaped(text)}</v>\n"
        for utterance, text in _spoken(transcript)
    ]
    return f"{VTT_HEADER}\n" + "".join(cues)


WRITERS: dict[str, Callable[[Transcript], str]] = {
    "json": write_json,
    "txt": write_txt,
    "srt": write_srt,
    "vtt": write_vtt,
}
"""The writer of each format, whose name is also the suffix of its files."""


def _spoken(transcript: Transcript) -> Iterator[tuple[Utterance, str]]:
    for utterance in transcript.utterances:
        if text := tidy(utterance.text):
            yield utterance, text


def _times(utterance: Utterance, point: str) -> str:
    return f"{format_clock(utterance.start or 0.0, point)} {ARROW} {format_clock(utterance.end or 0.0, point)}"


def _need_times(transcript: Transcript) -> None:
    if transcript.utterances and not transcript.timed:
        raise RecordingError("has no times, which subtitles need; choose json or txt")


def _srt_text(text: str) -> str:
    """Return the text as players show it, escaped only if it could be mistaken for markup or times."""
    return _escaped(text) if ARROW in text or plain(text) != text else text


def _escaped(text: str) -> str:
    """Escape everything that a player could mistake for markup; SubRip writes positions in braces."""
    return html.escape(text, quote=False).replace("{", "&#123;")
