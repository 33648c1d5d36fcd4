"""A call as the customer heard it: waiting for a greeting and for help, holds, silences, things said twice.

It rests on the transcript and on the times of speech alone; whether it was good or bad is for the rubric, and for the
reader, to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callqa.behaviors.behavior import Behavior, Hit, in_role
from callqa.core.timeline import Span, total
from callqa.language.quotes import quote_with_ellipses, sentence_span
from callqa.scoring.scorecard import CallResult
from callqa.transcripts.transcript import Utterance

WELCOME = ("greeting", "identify")
"""Behaviors that show a caller that somebody is there."""

ASKING_AGAIN = "ask_again"
TOLD_BEFORE = "told_before"
PASSING_ON = "transfer"
PROMISE = "make_it_right"
HELP = "offer_help"
HOLD = "hold_request"


@dataclass(frozen=True)
class Line:
    """A quoted utterance: its index, its seconds (None without times), and the words."""

    utterance: int
    start: float | None
    end: float | None
    quote: str


@dataclass(frozen=True)
class CustomerExperience:
    """One call from the customer's side.

    `began` is the second of the first word; ringing before it is not counted as waiting. `quiet` are stretches of dead
    air, `on_hold` stretches of announced waiting; both None if there are no times or if who speaks is a guess.
    """

    began: float | None
    greeting: Line | None
    help: Line | None
    holds: tuple[Line, ...]
    quiet: tuple[Span, ...] | None
    on_hold: tuple[Span, ...] | None
    asked_again: tuple[Line, ...]
    told_before: tuple[Line, ...]
    passed_on: tuple[Line, ...]
    promises: tuple[Line, ...]
    speakers_sure: bool

    def wait(self, line: Line | None) -> float | None:
        """Return the seconds from the first word of the call to a line; None without times."""
        if line is None or line.start is None or self.began is None:
            return None
        return max(0.0, line.start - self.began)

    @property
    def quiet_seconds(self) -> float:
        """Seconds of all silences counted."""
        return total(self.quiet or ())

    @property
    def hold_seconds(self) -> float:
        """Seconds on hold."""
        return total(self.on_hold or ())


def customer_experience(call: CallResult, hits: Sequence[Hit], behaviors: Mapping[str, Behavior]) -> CustomerExperience:
    """Describe how the customer heard a call, given the behaviors found in it."""
    said = call.utterances
    shown = [hit for hit in hits if hit.sure and in_role(hit, behaviors[hit.behavior])]

    def lines(*names: str) -> tuple[Line, ...]:
        return _lines([hit for hit in shown if hit.behavior in names], said)

    starts = [utterance.start for utterance in said if utterance.start is not None]
    welcome, offers = lines(*WELCOME), lines(HELP)
    return CustomerExperience(
        began=min(starts, default=None),
        greeting=next(iter(welcome), None),
        help=next(iter(offers), None),
        holds=lines(HOLD),
        quiet=_stretches(call, "dead_air"),
        on_hold=_stretches(call, "hold"),
        asked_again=lines(ASKING_AGAIN),
        told_before=lines(TOLD_BEFORE),
        passed_on=lines(PASSING_ON),
        promises=lines(PROMISE),
        speakers_sure=all(utterance.speaker_sure for utterance in said),
    )


def _stretches(call: CallResult, event: str) -> tuple[Span, ...] | None:
    if call.speech is None:
        return None
    return tuple(Span(one.start, one.end) for one in call.events if one.event == event)


def _lines(hits: Sequence[Hit], said: Sequence[Utterance]) -> tuple[Line, ...]:
    """Return one line for each utterance with a hit, in order, quoted around the first hit."""
    found: dict[int, Line] = {}
    for hit in sorted(hits, key=lambda one: (one.utterance, one.start)):
        utterance = said[hit.utterance]
        quote = quote_with_ellipses(utterance.text, *sentence_span(utterance.text, hit.start, hit.end))
        found.setdefault(hit.utterance, Line(hit.utterance, utterance.start, utterance.end, quote))
    return tuple(found.values())
