"""The schema of `measure:`: silences, holds, waits, overtalk, interruptions, shares and pace of talk.

`scoring.measures` judges by it.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from callqa.conversation.conversation import DEAD_AIR, HOLD, OVERTALK, Party
from callqa.rubrics.fields import NameList, Percent, Seconds, Strict


class DeadAir(Strict):
    """Silences longer than `longer_than`; `allow` of them are allowed. Holds do not count."""

    by: Party | None = None
    """The party whose turn it must be in a silence for it to count."""
    longer_than: Seconds = DEAD_AIR
    allow: int = Field(default=0, ge=0)
    unless: NameList | None = None
    """Behaviors that excuse a silence if the agent shows one just before it, such as hold_request."""


class Overtalk(Strict):
    """Stretches longer than `longer_than` in which both speak; `allow` of them are allowed."""

    longer_than: Seconds = OVERTALK
    allow: int = Field(default=0, ge=0)


class Interruptions(Strict):
    """Interruptions of the other party's speech; `allow` of them are allowed."""

    by: Party = "agent"
    allow: int = Field(default=0, ge=0)


class Hold(Strict):
    """Holds longer than `longer_than`; `allow` of them are allowed."""

    longer_than: Seconds = HOLD
    allow: int = Field(default=0, ge=0)


class ResponseTime(Strict):
    """Waits for the agent's answer longer than `longer_than`; `allow` of them are allowed."""

    longer_than: Seconds
    allow: int = Field(default=0, ge=0)


class Monologue(Strict):
    """Stretches longer than `longer_than` in which a party holds the floor; `allow` of them are allowed."""

    by: Party = "agent"
    longer_than: Seconds
    allow: int = Field(default=0, ge=0)


class TalkShare(Strict):
    """One party's share of the time spoken by either, in percent."""

    who: Party = "agent"
    min: Percent | None = None
    max: Percent | None = None

    @model_validator(mode="after")
    def _bounds(self) -> TalkShare:
        _check_bounds(self.min, self.max, "30%", "70%")
        return self


class Pace(Strict):
    """A party's pace, in words per minute of its own speech."""

    who: Party = "agent"
    min: float | None = Field(default=None, gt=0, le=1000)
    max: float | None = Field(default=None, gt=0, le=1000)

    @model_validator(mode="after")
    def _bounds(self) -> Pace:
        _check_bounds(self.min, self.max, "110", "190")
        return self


class PaceMatch(Strict):
    """The agent's pace, which must be within this percentage of the customer's."""

    within: Percent


def _check_bounds(least: float | None, most: float | None, like: str, or_like: str) -> None:
    if least is None and most is None:
        raise ValueError(f"needs a bound; add `min: {like}` or `max: {or_like}`")
    if least is not None and most is not None and least > most:
        raise ValueError("`min` is greater than `max`; exchange them")


class Measure(Strict):
    """A threshold on one thing that can be measured."""

    dead_air: DeadAir | None = None
    overtalk: Overtalk | None = None
    interruptions: Interruptions | None = None
    hold: Hold | None = None
    response_time: ResponseTime | None = None
    monologue: Monologue | None = None
    talk_share: TalkShare | None = None
    pace: Pace | None = None
    pace_match: PaceMatch | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Measure:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"`measure:` needs exactly one of {names}; give each its own criterion")
        return self
