"""The YAML form of a behavior: its phrases and what must be true around them, its exceptions, doubts and examples."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from callqa.language.phrases import PhraseError, parse_phrase
from callqa.transcripts.transcript import Speaker, Utterance

PartyOrAny = Literal["agent", "customer", "any"]
"""Whose behavior it is."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | int) else value


def _valid_phrase(value: str) -> str:
    try:
        parse_phrase(value)
    except PhraseError as error:
        raise ValueError(str(error)) from error
    return value


PhraseText = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(lambda v: str(v) if isinstance(v, int) else v, json_schema_input_type=str | int),
    AfterValidator(_valid_phrase),
]
PhraseList = Annotated[
    list[PhraseText],
    BeforeValidator(_as_list, json_schema_input_type=PhraseText | list[PhraseText]),
    Field(min_length=1),
]

Lines = Annotated[
    list[Annotated[str, Field(min_length=1)]], BeforeValidator(_as_list, json_schema_input_type=str | list[str])
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True)


class PhraseRule(_Strict):
    """Phrases that show the behavior only under conditions, or less surely.

    The line before is the other party's last turn before the utterance.
    """

    say: PhraseList
    """The phrases."""
    confidence: float = Field(default=1.0, gt=0, le=1)
    """How sure a sign they are; below 0.6 a person must judge."""
    unless: PhraseList | None = None
    """Phrases anywhere in the same utterance that take the hit away."""
    after: PhraseList | None = None
    """The line before must hold one of these."""
    not_after: PhraseList | None = None
    """The line before must hold none of these."""
    first_turns: int | None = Field(default=None, ge=1)
    """Only in the speaker's first so many turns."""
    last_turns: int | None = Field(default=None, ge=1)
    """Only in the speaker's last so many turns."""
    later_in_turn: bool = False
    """Only where the speaker has said something before it in the same turn."""
    not_after_own: PhraseList | None = None
    """The speaker's own line before it, in the same turn, must hold none of these."""
    not_before_own: PhraseList | None = None
    """The speaker's own line after it, in the same turn, must hold none of these."""
    answered: PhraseList | None = None
    """The other party's next turn must hold one of these."""
    unless_said_again: bool = False
    """Not where the other party then says again what it said before: the line only asked for that."""
    with_model: bool = False
    """No sign by itself: it makes a line likelier to the behavior's model of lines and stands where that is then sure.

    Where no model judges the line it stands by itself.
    """


class Example(_Strict):
    """A line that shows the behavior or does not.

    `before` and `after` are lines around it: the other party's, or those of whom they name (`agent: One moment.`).
    """

    say: str
    before: Lines = []
    after: Lines = []
    todo: bool = False
    """Known not to work yet; reported apart."""

    def call(self, party: PartyOrAny) -> tuple[list[Utterance], int]:
        """The lines of the example, the judged one said by `party` (the agent where it may be any), and its index."""
        speaker: Speaker = "customer" if party == "customer" else "agent"
        other: Speaker = "agent" if speaker == "customer" else "customer"
        around = [[_said(line, other) for line in lines] for lines in (self.before, self.after)]
        return [*around[0], Utterance(speaker, self.say), *around[1]], len(self.before)


def _said(line: str, other: Speaker) -> Utterance:
    named = re.match(r"(agent|customer):\s*(.*)$", line, re.DOTALL)
    return Utterance("agent" if named[1] == "agent" else "customer", named[2]) if named else Utterance(other, line)


ExampleText = Annotated[
    Example,
    BeforeValidator(lambda v: {"say": v} if isinstance(v, str) else v, json_schema_input_type=str | Example),
]


class Examples(_Strict):
    """Lines the behavior must find, and lines it must not."""

    found: list[ExampleText] = []
    not_found: list[ExampleText] = []


class BehaviorFile(_Strict):
    """The YAML form of a behavior."""

    format: Literal[1]
    behavior: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    extends: Literal["shipped"] | None = None
    """`shipped`: add to the behavior of the same name that comes with callqa; what is not said here stays as it is."""
    title: str = ""
    about: str = ""
    speaker: PartyOrAny = "agent"
    """Whose behavior it is."""
    learn: bool = False
    """Make a model of lines of the examples, on loading; it finds what no phrase does."""
    phrases: list[
        Annotated[
            PhraseRule,
            BeforeValidator(
                lambda v: {"say": [v]} if isinstance(v, str) else v, json_schema_input_type=PhraseText | PhraseRule
            ),
        ]
    ] = Field(default=[], validate_default=True)
    """What shows the behavior."""
    exceptions: list[PhraseText] = []
    """What takes a hit away where it overlaps one."""
    doubts: list[PhraseText] = []
    """What leaves a hit in the same sentence, by phrase or model, for a person to judge."""
    model: str | None = Field(default=None, min_length=1)
    """Path of a model of lines, from this file's folder; it finds what no phrase does."""
    examples: Examples = Examples()
    """Lines that hold the file to its word, and that `learn` learns from."""

    model_after: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    """A behavior that must come earlier in the call, sure or not, for what the model alone finds to count.

    What mends something after a complaint is everyday work where nothing had gone wrong. Phrases count all the same.
    """

    @field_validator("phrases")
    @classmethod
    def _some(cls, value: list[PhraseRule], info: ValidationInfo) -> list[PhraseRule]:
        if not value and not info.data.get("learn") and not info.data.get("extends"):
            raise ValueError("a behavior needs some, or `learn: true` and examples to learn from")
        return value

    @field_validator("model")
    @classmethod
    def _one_model(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("learn"):
            raise ValueError("goes not together with `learn`; leave one of the two out")
        return value
