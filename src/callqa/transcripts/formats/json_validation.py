"""Loading of transcripts in JSON and validation against pydantic models, with the place of each mistake in the error.

A model of a transcript is made of `JsonObject` and the types below. Keys it does not declare are kept as extras.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from callqa.errors import TranscriptError
from callqa.transcripts.formats.base import LONGEST, one_line
from callqa.transcripts.transcript import Utterance

Model = TypeVar("Model", bound=BaseModel)

_MOST_MISTAKES = 3
"""Mistakes in one error; more would bury the first."""

_SLOWEST = 30.0
"""Seconds a word in half of the utterances of a call: nobody speaks so slowly, and milliseconds look like this."""

_SLOWEST_OF_FEW = 100.0
"""The same for one or two utterances, one of which may last until the end of a recording."""

_NOUNS = {"utterances": "utterance", "segments": "segment", "words": "word"}
"""Names in errors for the entries of the lists of a transcript."""

_KINDS = {"string_type": "text", "bool_type": "true or false", "list_type": "a list"}
"""Names in errors for the values that pydantic's types of error ask for."""

_NUMBERS = {"start": ("seconds", LONGEST), "end": ("seconds", LONGEST), "probability": ("a probability", 1.0)}
"""Names in errors for the numbers of a transcript, and the largest allowed."""


class JsonObject(BaseModel):
    """An object in the JSON of a transcript."""

    model_config = ConfigDict(extra="allow", frozen=True)


def _on_one_line(value: object) -> object:
    return one_line(value) if isinstance(value, str) else value


def _not_before_start(end: float | None, info: ValidationInfo) -> float | None:
    start = info.data.get("start")
    if start is not None and end is not None and end < start:
        shown = {"end": _shortened(end), "start": _shortened(start)}
        raise PydanticCustomError("end_before_start", '"end" ({end}) is before "start" ({start})', shown)
    return end


def finite(value: object) -> float | None:
    """Return a value that is a finite number, else None; for numbers that may be wrong without harm."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LONGEST:
        return None
    return float(value) if math.isfinite(value) else None


Text = Annotated[str, Field(strict=True), BeforeValidator(_on_one_line)]
"""Text, put on one line."""


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Label = Annotated[Text, BeforeValidator(_number_as_text)]
"""The name of a speaker; some exporters number them."""

Flag = Annotated[bool, Field(strict=True)]

Seconds = Annotated[float, Field(strict=True, ge=0, le=LONGEST, allow_inf_nan=False)]

End = Annotated[Seconds | None, AfterValidator(_not_before_start)]
"""The end of an object whose `start` is declared before it, in seconds."""

Probability = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]

Figure = Annotated[float | None, BeforeValidator(finite)]
"""A number that may be wrong without harm: anything but a finite number is read as None."""


def load_object(text: str) -> dict[str, Any]:
    """Load the JSON object in a text. Raises TranscriptError if it is not JSON or not an object."""
    try:
        data = json.loads(text, object_hook=_with_valid_keys)
    except json.JSONDecodeError as error:
        raise TranscriptError(
            f"is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}; export it again"
        ) from error
    except RecursionError as error:
        raise TranscriptError("is nested too deeply to be a transcript; export it again") from error
    except ValueError as error:  # an integer of thousands of digits
        raise TranscriptError("contains a number too long to be a time; export it again") from error
    if not isinstance(data, dict):
        raise TranscriptError(f"contains {_kind(data)}, but a transcript is an object with a list of utterances")
    return data


def _with_valid_keys(data: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its keys on one line, because pydantic refuses keys with surrogates."""
    return {one_line(key): value for key, value in data.items()}


def validate(model: type[Model], data: dict[str, Any]) -> Model:
    """Validate data against a model. Raises TranscriptError with the first mistakes and their places."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        mistakes = [_mistake(details) for details in error.errors(include_url=False)]
    more = len(mistakes) - _MOST_MISTAKES
    first = "; ".join(mistakes[:_MOST_MISTAKES]) + (f"; and {more} more" if more > 0 else "")
    raise TranscriptError(f"is not a valid transcript: {first}; correct it or export it again")


def refuse_milliseconds(utterances: Sequence[Utterance]) -> None:
    """Raise TranscriptError if the times can only be milliseconds, which several services write."""
    paces = [
        (utterance.end - utterance.start) / len(utterance.text.split())
        for utterance in utterances
        if utterance.start is not None and utterance.end is not None and utterance.text.split()
    ]
    slowest = _SLOWEST if len(paces) > 2 else _SLOWEST_OF_FEW
    if paces and median(paces) > slowest:
        raise TranscriptError(
            f"times look like milliseconds ({median(paces):.0f} seconds for each word); write them in seconds"
        )


def _mistake(details: ErrorDetails) -> str:
    """Describe an error of pydantic, after the place of the object it is in: `utterance 4, word 2: …`."""
    loc, value = details["loc"], details["input"]
    entries = [f"{_NOUNS[str(name)]} {index}" for name, index in pairwise(loc) if isinstance(index, int)]
    key = loc[-1]
    match details["type"]:
        case "missing":
            sentence = f'"{key}" is missing'
        case "list_type" if value is None:
            sentence = f'"{key}" is missing'
        case "string_type" | "bool_type" | "list_type" as expected:
            sentence = f'"{key}" must be {_KINDS[expected]}, not {_kind(value)}'
        case "float_type" | "finite_number" | "greater_than_equal" | "less_than_equal":
            sentence = _number_mistake(str(key), value)
        case "model_type":
            sentence = f"must be an object, not {_kind(value)}"
        case _:
            sentence = details["msg"]
    return ": ".join(filter(None, (", ".join(entries), sentence)))


def _number_mistake(key: str, value: object) -> str:
    unit, most = _NUMBERS[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f'"{key}" must be {unit} or null, not {_kind(value)}'
    return f'"{key}" ({_shortened(value)}) must be {unit} from 0 to {most:g}'


def _shortened(value: float) -> str:
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
