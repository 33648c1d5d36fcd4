"""Writes transcripts for people and players: callqa's JSON, plain text, SubRip and WebVTT.

Apart from JSON, each utterance is put on one line with single spaces, those without words are left out, and times
are rounded to milliseconds. What is written here, the readers beside this file read back.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterator

from callqa.errors import RecordingError
from callqa.transcripts.formats.base import tidy
from callqa.transcripts.formats.clock import stamp
from callqa.transcripts.formats.subtitles import ARROW, VTT_HEADER, plain
from callqa.transcripts.transcript import Speaker, Transcript, Utterance, to_json

_NAMES: dict[Speaker, str] = {"agent": "Agent", "customer": "Customer", "unknown": "Unknown"}


def write_json(transcript: Transcript) -> str:
    """The transcript in callqa's JSON form."""
    return json.dumps(to_json(transcript), ensure_ascii=False, indent=1) + "\n"


def write_txt(transcript: Transcript) -> str:
    """A line for each utterance: `[00:00:00.600 --> 00:00:03.100] Agent: …`, without times where there are none."""
    lines = []
    for utterance, text in _spoken(transcript):
        times = f"[{_times(utterance, '.')}] " if transcript.timed else ""
        lines.append(f"{times}{_NAMES[utterance.speaker]}: {text}\n")
    return "".join(lines)


def write_srt(transcript: Transcript) -> str:
    """SubRip, with `Agent: ` before the text. Raises RecordingError where the transcript has no times."""
    _need_times(transcript)
    return "\n".join(
        f"{number}\n{_times(utterance, ',')}\n{_NAMES[utterance.speaker]}: {_srt_text(text)}\n"
        for number, (utterance, text) in enumerate(_spoken(transcript), 1)
    )


def write_vtt(transcript: Transcript) -> str:
    """WebVTT with voice tags. Raises RecordingError where the transcript has no times."""
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
"""Format, which is also the suffix of its files → what writes it."""


def _spoken(transcript: Transcript) -> Iterator[tuple[Utterance, str]]:
    for utterance in transcript.utterances:
        if text := tidy(utterance.text):
            yield utterance, text


def _times(utterance: Utterance, point: str) -> str:
    return f"{stamp(utterance.start or 0.0, point)} {ARROW} {stamp(utterance.end or 0.0, point)}"


def _need_times(transcript: Transcript) -> None:
    if transcript.utterances and not transcript.timed:
        raise RecordingError("has no times, which subtitles need; choose json or txt")


def _srt_text(text: str) -> str:
    """The text as players show it; escaped only where it would be taken for markup or times otherwise."""
    return _escaped(text) if ARROW in text or plain(text) != text else text


def _escaped(text: str) -> str:
    """The text without anything a player could take for markup; braces hold SubRip's positions."""
    return html.escape(text, quote=False).replace("{", "&#123;")
