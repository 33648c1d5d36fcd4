"""The second witness that an accusation needs before it costs a whole call.

The first is a phrase that is almost never said without meaning it. The second is independent of it: the statistical
model, which judged the utterance without the phrase and in the light of the call; the same offence elsewhere in the
call; or the customer's reaction. Words that a rubric itself forbids (`say`) need none: they are what is forbidden, not
a sign of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from callqa.behaviors.behavior import SURE
from callqa.conversation.analysed_call import AnalysedCall
from callqa.scoring.conditions import ConditionMatch, doubt_of
from callqa.scoring.reasons import quote

PROVEN = 0.9
"""How certain a phrase must be by itself to be a witness (`Hit.phrase`)."""

AGREES = SURE
"""Confidence from which the model is a witness: it would have found the offence without the phrase."""

REACTION = "complaint"
"""The behavior by which a customer reacts."""

SOON = 2
"""Utterances of the customer after an offence in which a complaint counts as a reaction to it."""


def second_witness(offence: ConditionMatch, offences: Sequence[ConditionMatch], call: AnalysedCall) -> str | None:
    """Return what confirms an offence, in words for its reason; None if nothing does, or if no phrase found it.

    Empty if nothing needs to. `offences` are all that are certain, this one among them.
    """
    hit = offence.hit
    if offence.behavior is None:
        return ""
    if not _is_proven(offence):
        return None
    if hit.model is not None and hit.model >= AGREES:
        return "a phrase found it, and the statistical model agrees"
    other = next((one for one in offences if one.hit.utterance != hit.utterance and _is_proven(one)), None)
    if other is not None:
        return f"a phrase found it, and another found {quote(other.hit, call)}"
    reaction = _reaction(hit.utterance, call)
    return f"a phrase found it, and the customer answered {reaction}" if reaction else None


def _is_proven(offence: ConditionMatch) -> bool:
    """Return True if a phrase found an offence that is almost never said without meaning it."""
    return not offence.hit.learned and (offence.hit.phrase or 0.0) >= PROVEN


def _reaction(utterance: int, call: AnalysedCall) -> str | None:
    """Return the customer's complaint in answer to an utterance, with its moment; None if there is none for certain."""
    soon = [index for index in call.by("customer") if index > utterance][:SOON]
    for hit in call.hits:
        if hit.behavior == REACTION and hit.utterance in soon and hit.speaker == "customer" and not doubt_of(hit, call):
            return quote(hit, call)
    return None
