"""JSON from strangers: loading it, and taking values out of it with every mistake told by its place."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from callqa.errors import TranscriptError
from callqa.transcripts.formats.base import LONGEST, one_line
from callqa.transcripts.transcript import Utterance

_SHOWN = 3
"""Mistakes told at once; more would bury the first."""

_SLOWEST = 30.0
"""Seconds a word, in half of the utterances of a call: nobody speaks so slowly, but so do milliseconds look."""


def load(text: str) -> dict[str, Any]:
    """The JSON object in the text.

    Raises TranscriptError where it is not JSON, or not an object.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise TranscriptError(
            f"is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}; export it again"
        ) from error
    except RecursionError as error:
        raise TranscriptError("is nested too deeply to be a transcript; export it again") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise TranscriptError("holds a number too long to be a time; export it again") from error
    if not isinstance(data, dict):
        raise TranscriptError(f"holds {_kind(data)} where a transcript is an object with a list of utterances")
    return data


class Checker:
    """Takes values out of JSON objects, noting each that is not what it should be.

    After a mistake it returns as if the value were missing, so that the rest is checked too; `finish` raises.
    """

    def __init__(self) -> None:
        self._mistakes: list[str] = []

    def add(self, place: str, mistake: str) -> None:
        """Note a mistake; `place` is "" for the top of the file."""
        self._mistakes.append(f"{place}: {mistake}" if place else mistake)

    def finish(self) -> None:
        """Raise TranscriptError with the first mistakes, if there were any."""
        if self._mistakes:
            more = len(self._mistakes) - _SHOWN
            told = "; ".join(self._mistakes[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
            raise TranscriptError(f"is not a valid transcript: {told}; correct it or export it again")

    def objects(
        self, holder: Mapping[str, Any], key: str, place: str, noun: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The objects of the list under the key, each with its place ("utterance 4"); none where it is missing."""
        value = holder.get(key)
        if value is not None and not isinstance(value, list):
            self.add(place, f'"{key}" must be a list, not {_kind(value)}')
            return
        for index, item in enumerate(value or ()):
            where = f"{place}, {noun} {index}" if place else f"{noun} {index}"
            if isinstance(item, dict):
                yield where, item
            else:
                self.add(where, f"must be an object, not {_kind(item)}")

    def text(self, holder: Mapping[str, Any], key: str, place: str, *, required: bool = False) -> str | None:
        """The text under the key on one line; None where it is null or missing and not required."""
        value = holder.get(key)
        if isinstance(value, str):
            return one_line(value)
        if value is None and not required:
            return None
        if key not in holder:
            self.add(place, f'"{key}" is missing')
        else:
            self.add(place, f'"{key}" must be text, not {_kind(value)}')
        return None

    def flag(self, holder: Mapping[str, Any], key: str, place: str, default: bool) -> bool:
        """The true or false under the key, or the default where it is null or missing."""
        value = holder.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.add(place, f'"{key}" must be true or false, not {_kind(value)}')
            return default
        return value

    def number(self, holder: Mapping[str, Any], key: str, place: str, most: float, unit: str) -> float | None:
        """The number from 0 to `most` under the key; None where it is null or missing."""
        value = holder.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(place, f'"{key}" must be {unit} or null, not {_kind(value)}')
        elif not 0 <= value <= most:
            self.add(place, f'"{key}" ({_shown(value)}) must be {unit} from 0 to {most:g}')
        else:
            return float(value)
        return None

    def times(self, holder: Mapping[str, Any], place: str) -> tuple[float | None, float | None]:
        """The start and the end, in seconds; each None where it is null or missing."""
        start = self.number(holder, "start", place, LONGEST, "seconds")
        end = self.number(holder, "end", place, LONGEST, "seconds")
        if start is not None and end is not None and end < start:
            self.add(place, f'"end" ({_shown(end)}) is before "start" ({_shown(start)})')
        return start, end


def finite(value: object) -> float | None:
    """The value where it is a finite number, else None; for numbers that only help."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LONGEST:
        return None
    return float(value) if math.isfinite(value) else None


def refuse_milliseconds(utterances: Sequence[Utterance]) -> None:
    """Raise TranscriptError where the times can only be milliseconds, as several services write them."""
    paces = [
        (utterance.end - utterance.start) / len(utterance.text.split())
        for utterance in utterances
        if utterance.start is not None and utterance.end is not None and utterance.text.split()
    ]
    if len(paces) > 2 and median(paces) > _SLOWEST:
        raise TranscriptError(
            f"times look like milliseconds ({median(paces):.0f} seconds for each word); write them in seconds"
        )


def _shown(value: float) -> str:
    text = repr(value)
    return text if len(text) <= 20 else text[:17] + "..."


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "text",
        int: "a number",
        float: "a number",
    }
    return names[type(value)]
