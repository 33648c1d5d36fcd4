"""Reader of callqa's own transcript JSON, whose fixed form is described in `callqa.transcripts.transcript`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel
from pydantic_core import PydanticCustomError

from callqa.errors import TranscriptError
from callqa.transcripts.formats.base import LabelledUtterance, TranscriptFile, assemble, one_line
from callqa.transcripts.formats.json_validation import (
    End,
    Flag,
    JsonObject,
    Probability,
    Seconds,
    Text,
    refuse_milliseconds,
    validate,
)
from callqa.transcripts.formats.speaker_labels import resolve
from callqa.transcripts.transcript import FORMAT, Utterance, Word

_MOST_KEYS = 6
"""Unknown keys that a warning names."""


def _not_empty(speaker: str) -> str:
    if not speaker.strip():
        raise PydanticCustomError("no_speaker", '"speaker" is empty; write "agent", "customer" or "unknown"')
    return speaker


class _Word(JsonObject):
    text: Text
    start: Seconds | None = None
    end: End = None
    probability: Probability | None = None


class _Utterance(JsonObject):
    speaker: Annotated[Text, AfterValidator(_not_empty)]
    start: Seconds | None = None
    end: End = None
    text: Text
    words: list[_Word] | None = None
    doubt: Text | None = None
    speaker_sure: Flag | None = None


class _Transcript(JsonObject):
    format: Any = None
    call_id: Text | None = None
    agent: Text | None = None
    utterances: list[_Utterance]


def parse(data: dict[str, Any]) -> TranscriptFile:
    """Read the object of a callqa transcript; utterances are neither dropped nor moved, even empty ones.

    A speaker who is neither agent, customer nor unknown is a label. Unknown keys are left out with a warning.
    Raises TranscriptError with the first mistakes and their places; utterances and words are counted from 0.
    """
    _check_format(data.get("format"))
    transcript = validate(_Transcript, data)
    agent = (transcript.agent or "").strip() or None
    utterances = [_labelled(utterance, agent) for utterance in transcript.utterances]
    refuse_milliseconds([labelled.utterance for labelled in utterances])
    return assemble(
        utterances,
        call_id=(transcript.call_id or "").strip() or None,
        agent=agent,
        warnings=_unknown_keys_warning(list(dict.fromkeys(_unknown_keys(transcript)))),
    )


def _check_format(number: object) -> None:
    if number is None or (number == FORMAT and isinstance(number, int) and not isinstance(number, bool)):
        return
    if isinstance(number, int) and not isinstance(number, bool):
        raise TranscriptError(
            f"is a transcript of format {str(number)[:20]}, and this callqa reads format {FORMAT};"
            " update callqa, or write it in that format"
        )
    raise TranscriptError(f'has a "format" that is not a whole number; write {FORMAT}, or leave it out')


def _labelled(item: _Utterance, agent: str | None) -> LabelledUtterance:
    speaker, label = resolve(item.speaker, agent)
    utterance = Utterance(
        speaker=speaker,
        text=item.text,
        start=item.start,
        end=item.end,
        words=tuple(Word(word.text, word.start, word.end, word.probability) for word in item.words or ()),
        doubt=(item.doubt or "").strip() or None,
        speaker_sure=item.speaker_sure is not False,
    )
    return LabelledUtterance(utterance, label)


def _unknown_keys(transcript: _Transcript) -> Iterator[str]:
    """Yield the keys callqa does not know, each after the lists it is in."""
    yield from _extras(transcript, "")
    for utterance in transcript.utterances:
        yield from _extras(utterance, "utterances.")
        for word in utterance.words or ():
            yield from _extras(word, "utterances.words.")


def _extras(item: BaseModel, prefix: str) -> Iterator[str]:
    return (f"{prefix}{key}" for key in item.model_extra or ())


def _unknown_keys_warning(keys: Sequence[str]) -> list[str]:
    if not keys:
        return []
    named = ", ".join(one_line(key)[:60] for key in keys[:_MOST_KEYS])
    more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
    return [f"unknown keys were left out: {named}{more}"]
