"""The definitions of everything measured in a call, with the lengths at which it counts, in one place.

Everything is measured on stretches of speech with exact boundaries, never on gaps between recognised words. Words only
show what a stretch of speech or silence means: a question, a request to wait, a sign of listening.
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
"""Seconds of silence that count as dead air. Trade glossaries begin at 3 s and raise alarms from 8 s."""

HOLD = 5.0
"""Seconds of the agent's silence that count as a hold, after a request to wait. The same as DEAD_AIR: an announced
silence is a hold, any other is dead air."""

ANNOUNCED = 10.0
"""Seconds that may pass between a word of explanation, such as "bear with me", and the silence it explains: enough for
the other party to say "sure", and little more."""

HOLD_REQUEST = "hold_request"
"""The behavior that announces a hold: a request to wait."""

HOLD_QUIET = 0.5
"""Share of a hold in which the customer must be silent as well. If the customer talks, the agent is listening."""

OVERTALK = 0.5
"""Seconds of both speaking that count as overtalk, and that a party must speak over the other to interrupt. Shorter
overlaps are ordinary turn taking, where nearly all last less than half a second (Heldner and Edlund, "Pauses,
gaps and overlaps in conversations", 2010)."""

LEAKING = 0.5
"""Share of the speech in which both speak, above which the channels are likelier to leak than the parties to talk at
once: nobody could follow such a conversation."""

LEAKING_SECONDS = 10.0
"""Seconds of it needed as well: a few words may coincide."""

BACKCHANNEL = 1.0
"""Seconds up to which speaking over the other is a sign of listening ("mm-hm", "right"), not an interruption."""

TURN_PAUSE = 1.0
"""Seconds a speaker may pause and still hold the floor: about as long as speakers tolerate a silence (Jefferson,
"Preliminary notes on a possible metric which provides for a 'standard maximum' silence", 1989)."""

LEAST_SPEECH = 5.0
"""Seconds of speech below which a pace is meaningless."""


@dataclass(frozen=True)
class SpeechOfCall:
    """The stretches of speech of each party, and the length of the call, in seconds."""

    agent: tuple[Span, ...]
    customer: tuple[Span, ...]
    duration: float

    @property
    def anyone(self) -> list[Span]:
        """The stretches in which at least one party speaks."""
        return union([*self.agent, *self.customer])

    @property
    def both(self) -> list[Span]:
        """The stretches in which both parties speak."""
        return overlap(self.agent, self.customer)

    @property
    def leaks(self) -> bool:
        """True if so much is said at once that one channel must carry the other's sound, delayed or altered."""
        both = total(self.both)
        return both > LEAKING_SECONDS and both > LEAKING * total(self.anyone)

    def of(self, side: Party) -> tuple[Span, ...]:
        """Return the stretches in which a party speaks."""
        return self.agent if side == "agent" else self.customer

    @property
    def silences(self) -> list[Span]:
        """The silences between the first and the last words; ringing before and line noise after do not count."""
        spoken = self.anyone
        return gaps(spoken, Span(spoken[0].start, spoken[-1].end)) if spoken else []


@dataclass(frozen=True)
class Conversation:
    """The speech of each party and, if known, what they say: the utterances and the behaviors shown in them."""

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
        """The holds: from the agent's silence after a request to wait until the agent speaks again, if ever.

        A hold lasts at least HOLD seconds, and the customer is silent for HOLD_QUIET of it.
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
            hit.behavior == HOLD_REQUEST
            and hit.speaker == "agent"
            and hit.sure
            and self.utterances[hit.utterance].doubt is None
            and explains(self.utterances[hit.utterance], absence)
            for hit in self.hits
        )

    def on_hold(self, span: Span) -> bool:
        """Return True if a span is within a hold."""
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
    """Return True if a silence begins in an utterance or soon after, so that what is said may explain it."""
    if line.start is None or line.end is None:
        return False
    return line.start <= silence.start <= line.end + ANNOUNCED
