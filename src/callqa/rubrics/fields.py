"""The values a rubric file is made of: strict mappings, lengths of time, percentages, lists of names."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from callqa.core.durations import parse_seconds


class Strict(BaseModel):
    """A mapping in which a key nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True)


Seconds = Annotated[float, BeforeValidator(parse_seconds, json_schema_input_type=str | float)]
"""A length of time, such as 20s or 1m30s."""

NameList = Annotated[
    list[str],
    BeforeValidator(lambda v: [v] if isinstance(v, str) else v, json_schema_input_type=str | list[str]),
    Field(min_length=1),
]
"""One name, or several."""

_PERCENT = re.compile(r"^\s*(\d{1,3}(?:\.\d+)?)\s*%\s*$")


def _percent(value: object) -> object:
    if isinstance(value, str) and (match := _PERCENT.match(value)):
        value = float(match[1])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 100:
        raise ValueError(f"{value!r} is no percentage from 1% to 100%; write it like 70%")
    return float(value)


Percent = Annotated[float, BeforeValidator(_percent, json_schema_input_type=str | float)]
"""A share of something in percent, such as 70%."""

Verdict = Literal["pass", "fail", "na", "review"]
