"""Reads callqa's own transcript JSON. Its form, which is fixed, is described in `callqa.transcripts.transcript`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from callqa.errors import TranscriptError
from callqa.transcripts.formats.base import Line, ReadTranscript, assemble, one_line
from callqa.transcripts.formats.json_values import Checker, refuse_milliseconds
from callqa.transcripts.formats.speaker_labels import resolve
from callqa.transcripts.transcript import FORMAT, Utterance, Word

_TOP = frozenset({"format", "call_id", "agent", "utterances"})
_UTTERANCE = frozenset({"speaker", "start", "end", "text", "words", "doubt", "speaker_sure"})
_WORD = frozenset({"text", "start", "end", "probability"})
_MOST_KEYS = 6
"""Unknown keys told by name."""


def parse(data: Mapping[str, Any]) -> ReadTranscript:
    """Read the object of a callqa transcript; utterances are neither dropped nor moved, even empty ones.

    A speaker who is neither agent, customer nor unknown is a label. Unknown keys are left out with a warning.
    Raises TranscriptError with the first mistakes and their places; utterances and words are counted from 0.
    """
    check = Checker()
    unknown: dict[str, None] = dict.fromkeys(_unknown(data, _TOP, ""))
    _check_format(data.get("format"))
    call_id = (check.text(data, "call_id", "") or "").strip() or None
    agent = (check.text(data, "agent", "") or "").strip() or None
    if "utterances" not in data or data["utterances"] is None:
        check.add("", '"utterances" is missing')
    lines = []
    for place, item in check.objects(data, "utterances", "", "utterance"):
        unknown.update(dict.fromkeys(_unknown(item, _UTTERANCE, "utterances")))
        for word in item["words"] if isinstance(item.get("words"), list) else ():
            unknown.update(dict.fromkeys(_unknown(word, _WORD, "utterances.words") if isinstance(word, dict) else ()))
        lines.append(_line(check, place, item, agent))
    check.finish()
    refuse_milliseconds([line.utterance for line in lines])
    return assemble(lines, call_id=call_id, agent=agent, warnings=_left_out(list(unknown)))


def _check_format(number: object) -> None:
    if number is None or (number == FORMAT and isinstance(number, int) and not isinstance(number, bool)):
        return
    if isinstance(number, int) and not isinstance(number, bool):
        raise TranscriptError(
            f"is a transcript of format {str(number)[:20]}, and this callqa reads format {FORMAT};"
            " update callqa, or write it in that format"
        )
    raise TranscriptError(f'has a "format" that is not a whole number; write {FORMAT}, or leave it out')


def _line(check: Checker, place: str, item: Mapping[str, Any], agent: str | None) -> Line:
    name = check.text(item, "speaker", place, required=True)
    if name is not None and not name.strip():
        check.add(place, '"speaker" is empty; write "agent", "customer" or "unknown"')
    speaker, label = resolve(name, agent)
    start, end = check.times(item, place)
    utterance = Utterance(
        speaker=speaker,
        text=check.text(item, "text", place, required=True) or "",
        start=start,
        end=end,
        words=tuple(_word(check, where, word) for where, word in check.objects(item, "words", place, "word")),
        doubt=(check.text(item, "doubt", place) or "").strip() or None,
        speaker_sure=check.flag(item, "speaker_sure", place, default=True),
    )
    return Line(utterance, label)


def _word(check: Checker, place: str, item: Mapping[str, Any]) -> Word:
    text = check.text(item, "text", place, required=True) or ""
    start, end = check.times(item, place)
    return Word(text, start, end, check.number(item, "probability", place, 1.0, "a probability"))


def _unknown(item: Mapping[str, Any], known: frozenset[str], place: str) -> Iterable[str]:
    """Keys of the item callqa does not know, with where they stand."""
    for key in item:
        if key not in known:
            yield f"{place}.{key}" if place else key


def _left_out(keys: list[str]) -> list[str]:
    if not keys:
        return []
    named = ", ".join(one_line(key)[:60] for key in keys[:_MOST_KEYS])
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return [f"unknown keys were left out: {named}{more}"]
