"""The YAML form of a behavior: its phrases with their conditions, its exceptions, doubts and examples."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from callqa.language.phrase_syntax import PhraseError
from callqa.language.phrases import parse_phrase
from callqa.transcripts.transcript import Speaker, Utterance

PartyOrAny = Literal["agent", "customer", "any"]
"""The party whose behavior it is."""


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
    """Phrases that show the behavior only under conditions, or with less confidence.

    The line before is the other party's last turn before the utterance.
    """

    say: PhraseList
    """The phrases."""
    confidence: float = Field(default=1.0, gt=0, le=1)
    """How certain they are to show it; below 0.6 a person must judge."""
    unless: PhraseList | None = None
    """Phrases anywhere in the same utterance that cancel the hit."""
    after: PhraseList | None = None
    """The line before must contain one of these."""
    not_after: PhraseList | None = None
    """The line before must contain none of these."""
    first_turns: int | None = Field(default=None, ge=1)
    """Only in the speaker's first turns, up to this number."""
    last_turns: int | None = Field(default=None, ge=1)
    """Only in the speaker's last turns, up to this number."""
    later_in_turn: bool = False
    """Only if the speaker has said something before it in the same turn."""
    not_after_own: PhraseList | None = None
    """The speaker's own line before it, in the same turn, must contain none of these."""
    not_before_own: PhraseList | None = None
    """The speaker's own line after it, in the same turn, must contain none of these."""
    answered: PhraseList | None = None
    """The other party's next turn must contain one of these."""
    unless_said_again: bool = False
    """Not if the other party then repeats what it said before: the line only asked for that."""
    with_model: bool = False
    """Not enough by itself: it raises the confidence of the behavior's model, and counts if the model is then sure.

    If no model judges the line, it counts by itself.
    """
    without_model: bool = False
    """It counts whatever the model says: for words that mean something only because of the line before."""


class Example(_Strict):
    """A line that shows the behavior or does not.

    `before` and `after` are the lines around it: the other party's, or those of the party they name
    (`agent: One moment.`).
    """

    say: str
    before: Lines = []
    after: Lines = []
    todo: bool = False
    """Known not to work yet; reported separately."""

    def call(self, party: PartyOrAny) -> tuple[list[Utterance], int]:
        """Return the example as utterances, and the index of the judged one.

        That one is said by `party`, by the agent if it may be anybody.
        """
        speaker: Speaker = "customer" if party == "customer" else "agent"
        other: Speaker = "agent" if speaker == "customer" else "customer"
        before, after = ([_utterance(line, other) for line in lines] for lines in (self.before, self.after))
        return [*before, Utterance(speaker, self.say), *after], len(before)


def _utterance(line: str, other: Speaker) -> Utterance:
    named = re.match(r"(agent|customer):\s*(.*)$", line, re.DOTALL)
    return Utterance("agent" if named[1] == "agent" else "customer", named[2]) if named else Utterance(other, line)


ExampleText = Annotated[
    Example,
    BeforeValidator(lambda v: {"say": v} if isinstance(v, str) else v, json_schema_input_type=str | Example),
]


class Examples(_Strict):
    """Lines that the behavior must find, and lines that it must not find."""

    found: list[ExampleText] = []
    not_found: list[ExampleText] = []


class BehaviorFile(_Strict):
    """The YAML form of a behavior."""

    format: Literal[1]
    behavior: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    extends: Literal["shipped"] | None = None
    """`shipped`: add to the behavior of the same name that comes with callqa, and keep all that is not given here."""
    title: str = ""
    about: str = ""
    speaker: PartyOrAny = "agent"
    """The party whose behavior it is."""
    learn: bool = False
    """Train a model on the examples when the file is loaded; it finds what no phrase finds."""
    phrases: list[
        Annotated[
            PhraseRule,
            BeforeValidator(
                lambda v: {"say": [v]} if isinstance(v, str) else v, json_schema_input_type=PhraseText | PhraseRule
            ),
        ]
    ] = Field(default=[], validate_default=True)
    """Phrases that show the behavior."""
    exceptions: list[PhraseText] = []
    """Phrases that cancel a hit they overlap."""
    doubts: list[PhraseText] = []
    """Phrases that leave a hit in the same sentence, by phrase or model, for a person to judge."""
    model: str | None = Field(default=None, min_length=1)
    """Path of a model, relative to this file's folder; it finds what no phrase finds."""
    examples: Examples = Examples()
    """Lines that test the file, and that `learn` learns from."""

    excludes: list[str] = []
    """Behaviors that the same utterance cannot show: where one of them is certain, this one is not found.

    "I understand, but that is your own fault" is no empathy.
    """
    model_after: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    """A behavior that must come earlier in the call, sure or not, for findings of the model alone to count.

    A remedy after a complaint is everyday work if nothing had gone wrong. Phrases count in any case.
    """

    @field_validator("phrases")
    @classmethod
    def _some(cls, value: list[PhraseRule], info: ValidationInfo) -> list[PhraseRule]:
        if not value and not info.data.get("learn") and not info.data.get("extends"):
            raise ValueError("a behavior needs at least one, or `learn: true` and examples to learn from")
        return value

    @field_validator("model")
    @classmethod
    def _one_model(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("learn"):
            raise ValueError("cannot be combined with `learn`; leave out one of the two")
        return value
