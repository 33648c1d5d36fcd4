"""Judging one criterion in an analysed call: a verdict with its evidence.

How a criterion is judged:

- `when` looks for its trigger. Without one the verdict is `na`, as it is if the call ended before anyone could answer.
- `expect` looks for the behavior or phrase among the utterances its window allows. Found, the verdict is `pass`;
  otherwise `fail`, with the number of utterances searched and the nearest miss.
- `forbid` is the opposite. What was not heard is a pass, with a remark if the transcript is poor.
- `measure` compares a time or a count with its threshold (`measures`).
- What is expected after a trigger but was said shortly before it is `review`: it may answer a trigger that was missed.
- A statistical model may earn a point or ask a person to listen; by itself it never costs a point.
- What costs the whole call (`auto_fail`) takes two witnesses (`witnesses`): a phrase, and something independent of it.
- What rests on poorly recognised words or on a weak phrase is `review`. So is absence in a provisional transcript, and
  any verdict that would be different if the other party had spoken, as long as it is a guess who did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.conversation.analysed_call import AnalysedCall
from callqa.rubrics.fields import Verdict
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_schema import Condition, Criterion
from callqa.scoring.conditions import HEARD, ConditionMatch, find, in_window, occurrences
from callqa.scoring.measures import judge_measure
from callqa.scoring.reasons import (
    count_lines,
    evidence_of,
    name_of,
    nearest_miss,
    quote,
    strongest,
    times,
    trigger_text,
)
from callqa.scoring.scorecard import CriterionResult, Evidence
from callqa.scoring.witnesses import second_witness
from callqa.transcripts.transcript import Utterance

BADLY_HEARD_SHARE = 0.34
"""Share of poorly recognised utterances among those searched above which absence proves nothing."""

BY_WHOM = "it is not certain who said it"

BY_MODEL = "only the statistical model found it, no phrase did"

SHORTLY = 3
"""Utterances before the first trigger in which an answer may belong to a trigger that was missed."""


def judge(criterion: Criterion, call: AnalysedCall) -> CriterionResult:
    """Judge one criterion."""
    triggers: list[ConditionMatch] = []
    if criterion.when is not None:
        when_party = criterion.when.speaker or "customer"
        searched = in_window(criterion.when.within, when_party, call, ())
        triggers = find(criterion.when, searched, call)
        if occurrences(triggers, call) < criterion.when.at_least:
            named, where = name_of(criterion.when), f"in the {count_lines(len(searched), when_party)}"
            reason = f"no {named} heard {where}"
            if triggers:
                reason = (
                    f"{named} heard {times(occurrences(triggers, call))} {where}; {criterion.when.at_least} are needed"
                )
            unsure = _other_side(criterion.when, when_party, searched, (), call)
            if unsure is not None:
                return _result(criterion, "review", f"{reason}; {unsure}", call, searched=len(searched))
            return _result(criterion, "na", reason, call, searched=len(searched))
    if criterion.expect is not None:
        return _judge_expected(criterion, criterion.expect, triggers, call)
    if criterion.forbid is not None:
        return _judge_forbidden(criterion, criterion.forbid, triggers, call)
    assert criterion.measure is not None
    return _judge_measured(criterion, criterion.measure, triggers, call)


def _judge_measured(
    criterion: Criterion, asked: Measure, triggers: list[ConditionMatch], call: AnalysedCall
) -> CriterionResult:
    verdict, reason, evidence = judge_measure(asked, call)
    no_occasion = _occasion_unsure(criterion, triggers, call)
    if verdict == "fail" and no_occasion is not None:
        verdict, reason = "review", f"{reason}, but {no_occasion}: listen to it"
    result = _result(criterion, verdict, reason, call, triggers, searched=len(call.utterances))
    return replace(result, evidence=(*result.evidence, *evidence))


def _judge_expected(
    criterion: Criterion, condition: Condition, triggers: list[ConditionMatch], call: AnalysedCall
) -> CriterionResult:
    party = condition.speaker or "agent"
    searched = in_window(condition.within, party, call, triggers)
    found = find(condition, searched, call)
    sure = [answer for answer in found if answer.doubt is None and _surely_by(party, answer, call)]
    opening = trigger_text(criterion, triggers, call)
    if occurrences(sure, call) >= condition.at_least:
        best = strongest(sure).hit
        reason = f"{trigger_text(criterion, triggers, call, best.utterance)}{quote(best, call)}"
        return _result(criterion, "pass", reason, call, triggers, sure, searched=len(searched))
    if occurrences(found, call) >= condition.at_least:
        doubtful = next(answer for answer in found if answer not in sure)
        reason = f"{opening}{quote(doubtful.hit, call)}, but {doubtful.doubt or BY_WHOM}: listen to it"
        return _result(criterion, "review", reason, call, triggers, found, searched=len(searched))
    if triggers and not searched and not any(i > triggers[0].hit.utterance for i in call.by(party)):
        reason = f"{opening}the {party} did not speak again"
        return _result(criterion, "na", reason, call, triggers, searched=0)
    silent = [i for i in searched if i not in {answer.hit.utterance for answer in found}]
    near, near_text = nearest_miss(condition, silent, call)
    where = f"{count_lines(len(searched), party, later=bool(condition.within and condition.within.after))} searched"
    counted = f", {occurrences(found, call)} of {condition.at_least} found" if found else ""
    absence = f"{opening}{where}{counted}{near_text}"
    unsure = _absence_unsure(criterion, condition, party, searched, triggers, call)
    unsure = unsure or _answered_before(condition, party, triggers, call)
    if unsure is not None:
        return _result(criterion, "review", f"{absence}; {unsure}", call, triggers, found, near, searched=len(searched))
    return _result(criterion, "fail", absence, call, triggers, found, near, searched=len(searched))


def _judge_forbidden(
    criterion: Criterion, condition: Condition, triggers: list[ConditionMatch], call: AnalysedCall
) -> CriterionResult:
    party = condition.speaker or "agent"
    searched = in_window(condition.within, party, call, triggers)
    found = find(condition, searched, call)
    sure = [offence for offence in found if _against(offence) is None and _surely_by(party, offence, call)]
    if occurrences(found, call) < condition.at_least:
        where = f"in the {count_lines(len(searched), party)}"
        reason = f"not heard {where}"
        if found:
            reason = f"heard {times(occurrences(found, call))} {where}; it takes {condition.at_least} to fail"
        unsure = _other_side(condition, party, searched, triggers, call)
        if unsure is not None:
            return _result(criterion, "review", f"{reason}; {unsure}", call, triggers, found, searched=len(searched))
        # It stays a pass. What is forbidden is rare: if it was not heard, it was most likely not said. What is expected
        # is mostly said, and was then missed. Nobody should lose a point for something that was not heard.
        poorly = _heard_poorly(searched, call)
        reason = f"{reason}; {poorly}, so it may have been missed" if poorly else reason
        return _result(criterion, "pass", reason, call, triggers, found, searched=len(searched))
    no_occasion = _occasion_unsure(criterion, triggers, call)
    if occurrences(sure, call) >= condition.at_least and no_occasion is None:
        return _offended(criterion, triggers, sure, call, searched=len(searched))
    doubtful = next((offence for offence in found if offence not in sure), found[0])
    why = _against(doubtful) or no_occasion or BY_WHOM
    reason = f"{quote(doubtful.hit, call)}, but {why}: listen to it"
    return _result(criterion, "review", reason, call, triggers, found, searched=len(searched))


def _offended(
    criterion: Criterion,
    triggers: list[ConditionMatch],
    sure: Sequence[ConditionMatch],
    call: AnalysedCall,
    *,
    searched: int,
) -> CriterionResult:
    """Return the verdict on something forbidden that was certainly said: `fail`, unless a second witness is missing."""
    offence = strongest(sure)
    reason = quote(offence.hit, call)
    if criterion.auto_fail:
        # What somebody is blamed for is shown by the words with the best witnesses, not by the first.
        offence, second = max(((one, second_witness(one, sure, call)) for one in sure), key=_weight)
        if second is None:
            why = "it would cost the whole call, and nothing else confirms it"
            reason = f"{quote(offence.hit, call)}, but {why}: listen to it"
            return _result(criterion, "review", reason, call, triggers, sure, searched=searched)
        reason = "; ".join(filter(None, (quote(offence.hit, call), second)))
    elif criterion.forbid is not None and criterion.forbid.at_least > 1:
        reason = f"heard {times(occurrences(sure, call))}, for example {reason}"
    return _result(
        criterion,
        "fail",
        reason,
        call,
        triggers,
        [offence, *(one for one in sure if one is not offence)],
        searched=searched,
    )


def _weight(item: tuple[ConditionMatch, str | None]) -> tuple[bool, float]:
    return item[1] is not None, item[0].hit.confidence


def _occasion_unsure(criterion: Criterion, triggers: Sequence[ConditionMatch], call: AnalysedCall) -> str | None:
    """Return why there may have been no occasion after all; None if there certainly was, or none is needed."""
    doubts = [doubt for trigger in triggers if (doubt := _against(trigger)) is not None]
    if criterion.when is None:
        return None
    party = criterion.when.speaker or "customer"
    certain = [trigger for trigger in triggers if _against(trigger) is None and _surely_by(party, trigger, call)]
    if occurrences(certain, call) >= criterion.when.at_least:
        return None
    return f"it is not certain that there was an occasion ({doubts[0] if doubts else BY_WHOM})"


def _against(found: ConditionMatch) -> str | None:
    """Return why a hit should cost no point before a person has listened: a doubt, or that only a model found it."""
    return found.doubt or (BY_MODEL if found.hit.learned else None)


def _surely_by(party: PartyOrAny, found: ConditionMatch, call: AnalysedCall) -> bool:
    return party == "any" or call.utterances[found.hit.utterance].speaker_sure


def _absence_unsure(
    criterion: Criterion,
    condition: Condition,
    party: PartyOrAny,
    searched: Sequence[int],
    triggers: list[ConditionMatch],
    call: AnalysedCall,
) -> str | None:
    """Return why something not found may have been said nevertheless; None if there is no reason to think so."""
    poorly = _heard_poorly(searched, call)
    if call.provisional:
        return f"{poorly}, so it may have been said: listen to it"
    no_occasion = _occasion_unsure(criterion, triggers, call)
    if no_occasion is not None:
        return f"and {no_occasion}: listen to it"
    if poorly is not None:
        return f"{poorly}: listen to them"
    if _only_by_example(condition, call):
        return "it is known only by examples, so it may have been said in other words: listen to it"
    return _other_side(condition, party, searched, triggers, call)


def _answered_before(
    condition: Condition, party: PartyOrAny, triggers: Sequence[ConditionMatch], call: AnalysedCall
) -> str | None:
    """Return a remark if the answer was said shortly before the first trigger; None if it was not.

    It may have answered an earlier trigger that was missed. The opening of a call answers nobody.
    """
    if not triggers or condition.within is None or not condition.within.after:
        return None
    trigger = triggers[0].hit.utterance
    opened = next((i for i, utterance in enumerate(call.utterances) if utterance.speaker != party), trigger)
    lines = [i for i in call.by(party) if max(opened + 1, trigger - SHORTLY) <= i < trigger]
    said = [item for item in find(condition, lines, call) if item.doubt is None]
    if not said:
        return None
    return f"but {quote(said[-1].hit, call)} was said shortly before, perhaps about the same trouble: listen to it"


def _only_by_example(condition: Condition, call: AnalysedCall) -> bool:
    """True if everything sought is known only by a model, which misses what is unlike its examples."""
    return not condition.say and all(not call.behaviors[name].phrases for name in condition.behavior or ())


def _heard_poorly(searched: Sequence[int], call: AnalysedCall) -> str | None:
    """Return why absence among the searched utterances proves little; None if they were recognised well enough."""
    if call.provisional:
        return "the transcript is provisional"
    badly = [i for i in searched if _badly_heard(call.utterances[i])]
    if searched and len(badly) >= BADLY_HEARD_SHARE * len(searched):
        return f"{len(badly)} of the {len(searched)} were recognised poorly"
    return None


def _other_side(
    condition: Condition,
    party: PartyOrAny,
    searched: Sequence[int],
    triggers: Sequence[ConditionMatch],
    call: AnalysedCall,
) -> str | None:
    """Return a remark if the supposed other party said it and who speaks is a guess; None otherwise."""
    if call.speakers_sure or party == "any":
        return None
    opposite = in_window(condition.within, "customer" if party == "agent" else "agent", call, triggers)
    strangers = [i for i, utterance in enumerate(call.utterances) if utterance.speaker == "unknown"]
    others = [i for i in (*opposite, *strangers) if not call.utterances[i].speaker_sure]
    said = find(condition, [*searched, *others], call)
    if occurrences(said, call) < condition.at_least:
        return None
    other = next((item for item in said if item.hit.utterance not in searched), said[0])
    return f"{quote(other.hit, call)} was said, but it is not certain by whom: listen to it"


def _badly_heard(utterance: Utterance) -> bool:
    probabilities = [word.probability for word in utterance.words if word.probability is not None]
    low = bool(probabilities) and sum(probabilities) / len(probabilities) < HEARD
    return utterance.doubt is not None or low


def _result(
    criterion: Criterion,
    verdict: Verdict,
    reason: str,
    call: AnalysedCall,
    triggers: Sequence[ConditionMatch] = (),
    answers: Sequence[ConditionMatch] = (),
    near: Evidence | None = None,
    *,
    searched: int,
) -> CriterionResult:
    evidence = [evidence_of(trigger, "trigger", call) for trigger in triggers]
    evidence += [evidence_of(answer, "answer", call) for answer in answers]
    if near is not None:
        evidence.append(near)
    return CriterionResult(
        id=criterion.id,
        title=criterion.title,
        verdict=verdict,
        weight=criterion.weight,
        reason=reason,
        evidence=tuple(evidence),
        searched=searched,
        auto_fail=criterion.auto_fail,
        critical=criterion.critical,
    )
