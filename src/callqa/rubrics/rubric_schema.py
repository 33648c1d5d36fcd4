"""The schema of a rubric file: its keys, and their meaning.

`loader` reads files and looks up the behaviors they name; `scoring.criteria` judges by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import PartyOrAny, PhraseList
from callqa.core.durations import parse_seconds
from callqa.rubrics.fields import NameList, Seconds, Strict
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_tests import RubricTest

_TURNS = re.compile(r"^\s*(\d{1,6})\s*turns?\s*$", re.IGNORECASE)
_LAST = re.compile(r"^\s*(?:the\s+)?last\s+(\S.*?)\s*$", re.IGNORECASE)
_WINDOWS = "a window is one of: 20s, 2 turns, {last: 30s}, {after: when, seconds: 60, turns: 4}"


class Amount(Strict):
    """A length in seconds or in turns, one of them: written `20s` or `2 turns`."""

    seconds: Seconds | None = None
    turns: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_of_them(self) -> Amount:
        if (self.seconds is None) == (self.turns is None):
            raise ValueError("is not a window; write it like 20s or 2 turns")
        return self


def _amount(value: object) -> object:
    if isinstance(value, str) and (match := _TURNS.match(value)):
        if not int(match[1]):
            raise ValueError("0 turns is not a window; write at least 1 turn")
        return {"turns": int(match[1])}
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return {"seconds": parse_seconds(value)}
        except ValueError as error:
            raise ValueError(f"{value!r} is not a window; write it like 20s or 2 turns") from error
    return value


AmountText = Annotated[Amount, BeforeValidator(_amount, json_schema_input_type=str | float | Amount)]


class Window(Strict):
    """The part of a call in which something counts: the beginning, the end, or after a trigger."""

    first: AmountText | None = None
    """From the agent's first words: ring tone and menus come before them."""
    last: AmountText | None = None
    """Up to the last words of the call."""
    after: Literal["when"] | None = None
    """After each trigger of the criterion's `when`."""
    seconds: Seconds | None = None
    turns: int | None = Field(default=None, ge=1)
    """With `after`: within these seconds or these turns, whichever leaves more time; without both, to the end."""

    @model_validator(mode="after")
    def _one_kind(self) -> Window:
        if sum(part is not None for part in (self.first, self.last, self.after)) != 1:
            raise ValueError(_WINDOWS)
        if self.after is None and (self.seconds or self.turns):
            raise ValueError("seconds and turns belong to {after: when, …}; write the window as 20s or 2 turns")
        return self


def _window(value: object) -> object:
    if isinstance(value, bool | list):
        raise ValueError(_WINDOWS)
    if isinstance(value, str) and (last := _LAST.match(value)):
        raise ValueError(f"{value!r} is not a window; write {{last: {last[1]}}}")
    return {"first": value} if isinstance(value, str | int | float) else value


WindowText = Annotated[Window, BeforeValidator(_window, json_schema_input_type=str | float | Window)]


class NotNear(Strict):
    """Phrases that rule a hit out if they are within `words` words of it."""

    say: PhraseList
    words: int = Field(default=4, ge=0)


class Condition(Strict):
    """Something said by somebody: behaviors, phrases, or both, any of which counts."""

    behavior: NameList | None = None
    say: PhraseList | None = None
    speaker: PartyOrAny | None = None
    """Left out: the customer in `when`, the agent in `expect` and `forbid`."""
    at_least: int = Field(default=1, ge=1)
    not_near: NotNear | None = None
    within: WindowText | None = None
    """20s, 2 turns, {last: 30s} or {after: when, seconds: 60, turns: 4}; left out, the whole call."""

    @model_validator(mode="after")
    def _something(self) -> Condition:
        if not self.behavior and not self.say:
            raise ValueError("a condition needs `behavior:` or `say:` (or both)")
        return self


class Criterion(Strict):
    """One judged line of a rubric."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    """Its name in reports and tests: small letters, digits, - and _."""
    title: str = Field(min_length=1)
    why: str = ""
    """Why it matters to the customer."""
    coach: str = ""
    """What to do, in a sentence to the agent."""
    good: list[str] = Field(default=[])
    """Words to say that would meet it."""
    weight: float = Field(default=1.0, ge=0, lt=1e6)
    """Its weight in the score; 0 only informs."""
    auto_fail: bool = False
    """A miss makes the score of the whole call 0."""
    critical: bool = False
    """A miss is counted separately."""
    when: Condition | None = None
    """The occasion; without one in a call the verdict is na."""
    expect: Condition | None = None
    """What must be said."""
    forbid: Condition | None = None
    """What must not be said."""
    measure: Measure | None = None
    """What is timed or counted, and its limit."""

    @model_validator(mode="after")
    def _one_demand(self) -> Criterion:
        given = [name for name in ("expect", "forbid", "measure") if getattr(self, name) is not None]
        if len(given) != 1:
            has = f"this one has {' and '.join(given)}; make two of it" if given else "this one has none; add one"
            raise ValueError(f"a criterion needs exactly one of `expect:`, `forbid:` and `measure:`, and {has}")
        demand = self.demand
        if demand and demand.within and demand.within.after and self.when is None:
            raise ValueError("`within: {after: when}` counts from a trigger, but there is no `when:`; add one")
        if self.when and self.when.within and self.when.within.after:
            raise ValueError("`when:` cannot wait for itself; its window counts from the beginning or up to the end")
        if self.forbid is not None and self.forbid.at_least > 1 and self.auto_fail:
            raise ValueError(
                "`auto_fail` with `forbid: {at_least: …}` is not possible; forbid it from the first time on"
            )
        return self

    @property
    def demand(self) -> Condition | None:
        """The condition expected or forbidden; None if something is measured."""
        return self.expect or self.forbid


class ScorableIf(Strict):
    """Requirements of a call for it to be judged at all."""

    min_duration: Seconds | None = None
    both_spoke: bool = True
    min_words: int = Field(default=1, ge=0)


def _version(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("must be a whole number, or text in quotes, such as '1.1'")
    return value


class RubricFile(Strict):
    """The YAML form of a rubric."""

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str = ""
    about: str = ""
    version: Annotated[int | str, BeforeValidator(_version)] = 1
    language: str = "en"
    pass_mark: float = Field(default=80, ge=0, le=100)
    scorable_if: ScorableIf = ScorableIf()
    criteria: list[Criterion] = Field(min_length=1)
    tests: list[RubricTest] = Field(default=[])


@dataclass(frozen=True)
class Rubric:
    """A rubric ready to judge by, with the behaviors it names."""

    file: RubricFile
    behaviors: Mapping[str, Behavior]
    sha256: str
    """Over the rubric, the behavior files it judges with and what was learned of them: equal hashes judge alike."""
    path: str

    @property
    def name(self) -> str:
        """The rubric's name."""
        return self.file.name

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria in their order."""
        return tuple(self.file.criteria)

    @property
    def tests(self) -> tuple[RubricTest, ...]:
        """The tests in the rubric file."""
        return tuple(self.file.tests)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a rubric file, for editors. Phrases and windows are checked further when it is loaded."""
    schema = RubricFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "callqa rubric"
    return schema
