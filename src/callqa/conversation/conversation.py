"""What is measured in a call, and from which length on: the definitions, in one place.

Everything is measured on stretches of speech with exact borders, never on gaps between recognised words. Words only
tell what a stretch of speech or of silence means: a question, a request to wait, a sign of listening.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Literal, ParamSpec, TypeVar, cast

from callqa.behaviors.behavior import Hit
from callqa.core.timeline import Span, gaps, overlap, total, union
from callqa.language.normalization import NormalizedText
from callqa.transcripts.transcript import Utterance

Party = Literal["agent", "customer"]

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

DEAD_AIR = 5.0
"""Seconds nobody speaks before it counts as dead air. Trade glossaries begin at 3 s and raise alarms from 8 s."""

HOLD = 5.0
"""Seconds the agent is silent, after having asked the customer to wait, before it counts as a hold. The same as
DEAD_AIR: a silence that was asked for is a hold, one that was not is dead air."""

ANNOUNCED = 10.0
"""Seconds a word of explanation, such as "bear with me", may be over when the silence it explains begins: room for the
other to say "sure", and little more."""

HOLD_QUIET = 0.5
"""Share of a hold in which the customer must be silent as well. Where the customer talks, the agent is listening."""

OVERTALK = 0.5
"""Seconds both speak before it counts as overtalk, and what a party must cover of the other's words to interrupt:
shorter overlaps are ordinary turn taking, where nearly all last less than half a second (Heldner and Edlund, "Pauses,
gaps and overlaps in conversations", 2010)."""

LEAKING = 0.5
"""Share of the time spoken in which both speak, from which on it is likelier that the channels mix than the parties:
nobody could follow such a conversation."""

LEAKING_SECONDS = 10.0
"""Seconds of it there must be: a few words may well fall together."""

BACKCHANNEL = 1.0
"""Seconds up to which speaking over the other is listening ("mm-hm", "right") and no interruption."""

TURN_PAUSE = 1.0
"""Seconds one may pause and still hold the floor: about as long as talkers let a silence stand (Jefferson, "Preliminary
notes on a possible metric which provides for a 'standard maximum' silence", 1989)."""

LEAST_SPEECH = 5.0
"""Seconds of speech below which a pace says nothing."""


@dataclass(frozen=True)
class SpeechOfCall:
    """When each party speaks, and how long the call is, in seconds."""

    agent: tuple[Span, ...]
    customer: tuple[Span, ...]
    duration: float

    @property
    def anyone(self) -> list[Span]:
        """When at least one speaks."""
        return union([*self.agent, *self.customer])

    @property
    def both(self) -> list[Span]:
        """When both speak at once."""
        return overlap(self.agent, self.customer)

    @property
    def leaks(self) -> bool:
        """Whether so much is said at once that one channel must hold the other's sound, late or changed."""
        both = total(self.both)
        return both > LEAKING_SECONDS and both > LEAKING * total(self.anyone)

    def of(self, side: Party) -> tuple[Span, ...]:
        """When one party speaks."""
        return self.agent if side == "agent" else self.customer

    @property
    def silences(self) -> list[Span]:
        """Silence between the first and the last words: ringing before and line noise after are nobody's."""
        spoken = self.anyone
        return gaps(spoken, Span(spoken[0].start, spoken[-1].end)) if spoken else []


@dataclass(frozen=True)
class Conversation:
    """When each party speaks, and what they say where it is known: the lines, and the behaviors shown in them."""

    speech: SpeechOfCall
    utterances: tuple[Utterance, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    texts: tuple[NormalizedText, ...] = field(default=(), repr=False, compare=False)
    """The normalised texts of the utterances; without them, `text` makes them as they are asked for."""
    known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Results kept by `once`."""

    def text(self, index: int) -> NormalizedText:
        """Return the normalised text of an utterance."""
        return self.texts[index] if self.texts else NormalizedText(self.utterances[index].text)

    @cached_property
    def holds(self) -> list[Span]:
        """From where the agent falls silent, having asked the customer to wait, to where the agent speaks again.

        To the end of the recording where that never happens. Only what lasts for HOLD, with the customer silent for
        HOLD_QUIET of it.
        """
        agent = self.speech.agent
        absences = gaps(agent, Span(agent[0].start, max(self.speech.duration, agent[-1].end))) if agent else []
        long = [absence for absence in absences if absence.duration >= HOLD and self._quiet(absence)]
        return [absence for absence in long if self._asked_for(absence)]

    def _quiet(self, absence: Span) -> bool:
        talk = sum(span.duration for span in overlap(self.speech.customer, [absence]))
        return talk <= (1 - HOLD_QUIET) * absence.duration

    def _asked_for(self, absence: Span) -> bool:
        return any(
            hit.behavior == "hold_request"
            and hit.speaker == "agent"
            and hit.sure
            and self.utterances[hit.utterance].doubt is None
            and explains(self.utterances[hit.utterance], absence)
            for hit in self.hits
        )

    def on_hold(self, span: Span) -> bool:
        """Whether a span lies in a hold."""
        return any(hold.start <= span.start and span.end <= hold.end for hold in self.holds)


def once(find: Callable[Asked, Found]) -> Callable[Asked, Found]:
    """Keep the results of a function whose last argument is a conversation; metrics, events and criteria share them."""

    @wraps(find)
    def found(*args: Asked.args, **named: Asked.kwargs) -> Found:
        *asked, conversation = args
        known = cast(Conversation, conversation).known
        key = (find.__name__, *asked)
        if key not in known:
            known[key] = find(*args, **named)
        return cast(Found, known[key])

    return found


def explains(line: Utterance, silence: Span) -> bool:
    """Whether a silence begins in a line or soon after it, so that what is said there may be the reason for it."""
    if line.start is None or line.end is None:
        return False
    return line.start <= silence.start <= line.end + ANNOUNCED
