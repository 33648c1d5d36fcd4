"""Tests in rubric files: a short call, written line by line, and the verdicts it must get."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from callqa.core.timeline import Span
from callqa.rubrics.fields import Strict, Verdict

_TIME = r"\d+(?::\d{2}){0,2}(?:\.\d+)?"
_LINE = re.compile(
    rf"^\s*(agent|customer)\s*(?:@\s*({_TIME})\s*[-–]\s*({_TIME})\s*)?:\s*(.*)$", re.IGNORECASE | re.DOTALL
)


def _seconds(clock: str) -> float:
    """Seconds of 65.5, 1:05.5 or 0:01:05.5."""
    seconds = 0.0
    for part in clock.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def _is_line(line: str) -> str:
    match = _LINE.match(line)
    if match is None:
        if re.match(r"^\s*(agent|customer)\s*@", line, re.IGNORECASE):
            raise ValueError(f"the times of the line {line!r} must be written like `agent @0:05-0:12: Hello.`")
        raise ValueError(f"the line {line!r} must begin with `agent:` or `customer:`; put it in quotes")
    if match[2] and _seconds(match[2]) > _seconds(match[3]):
        raise ValueError(f"the line {line!r} ends before it begins; exchange its times")
    return line


class RubricTest(Strict):
    """A short call and the verdicts it must get.

    A line is `agent: Hello.` or, where seconds matter, `agent @0:05-0:12: Hello.`
    """

    name: str
    call: list[Annotated[str, AfterValidator(_is_line)]] = Field(min_length=1)
    expect: dict[str, Verdict] = Field(min_length=1)
    todo: bool = False

    @model_validator(mode="after")
    def _times_for_all_or_none(self) -> Self:
        if len({span is None for _, span, _ in self.lines()}) > 1:
            raise ValueError("some lines have times and some have none; give them to all, or to none")
        return self

    def lines(self) -> list[tuple[Literal["agent", "customer"], Span | None, str]]:
        """Speaker, time and text of each line."""
        found: list[tuple[Literal["agent", "customer"], Span | None, str]] = []
        for line in self.call:
            match = _LINE.match(line)
            assert match is not None
            span = Span(_seconds(match[2]), _seconds(match[3])) if match[2] else None
            found.append(("agent" if match[1].lower() == "agent" else "customer", span, match[4]))
        return found
