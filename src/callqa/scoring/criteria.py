"""Judging one criterion in an analysed call: a verdict with its evidence.

How a criterion is judged:

- `when` looks for its trigger. None heard: `na`; so it is where the call ended before anyone could answer it.
- `expect` looks for the behavior or phrase among the utterances its window allows. Found: `pass`. Not found: `fail`,
  with how many utterances were searched and the nearest miss.
- `forbid` is the other way round. Not heard is a pass, which says so where the transcript is poor.
- `measure` compares what was timed or counted with its threshold (`measuring`).
- What is expected after a trigger and was said shortly before it is `review`: it may answer a trigger that was missed.
- A model of lines may earn a point and may send a person to listen; by itself it never costs a point.
- What rests on words heard badly or on a weak phrase is `review`; so is absence in a provisional transcript, and what
  would come out otherwise if the other party had spoken, where it is a guess who did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callqa.behaviors.behavior import Hit
from callqa.behaviors.behavior_schema import PartyOrAny
from callqa.conversation.analysed_call import AnalysedCall
from callqa.core.durations import clock
from callqa.language.phrases import Phrase, nearest, parse_phrase
from callqa.language.quotes import sentence, with_gaps
from callqa.rubrics.fields import Verdict
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_schema import Condition, Criterion
from callqa.scoring.conditions import HEARD, ConditionMatch, find, in_window
from callqa.scoring.measures import judge_measure
from callqa.scoring.scorecard import CriterionResult, Evidence, Part
from callqa.transcripts.transcript import Utterance

BADLY_HEARD_SHARE = 0.34
"""Share of the searched utterances heard badly from which on absence says nothing."""

BY_WHOM = "it is not certain who said it"

BY_MODEL = "only a model of lines takes it for that, no phrase does"

SHORTLY = 3
"""Lines before the first trigger in which an answer may be meant for a trigger that was missed."""

NEAR = 0.75
"""Likeness, from 0 to 1, from which on an utterance is shown as the nearest miss."""


def judge(criterion: Criterion, call: AnalysedCall) -> CriterionResult:
    """Judge one criterion."""
    triggers: list[ConditionMatch] = []
    if criterion.when is not None:
        when_party = criterion.when.speaker or "customer"
        searched = in_window(criterion.when.within, when_party, call, ())
        triggers = find(criterion.when, searched, call)
        if len(triggers) < criterion.when.at_least:
            named, where = _named(criterion.when), f"in the {_lines(len(searched), when_party)}"
            reason = f"no {named} heard {where}"
            if triggers:
                reason = f"{named} heard {_times(len(triggers))} {where}; it takes {criterion.when.at_least}"
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
    no_occasion = _occasion_unsure(criterion, triggers)
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
    opening = _trigger_text(criterion, triggers, call)
    if len(sure) >= condition.at_least:
        reason = f"{opening}{_quote(sure[0].hit, call)}"
        return _result(criterion, "pass", reason, call, triggers, sure, searched=len(searched))
    if len(found) >= condition.at_least:
        doubtful = next(answer for answer in found if answer not in sure)
        reason = f"{opening}{_quote(doubtful.hit, call)}, but {doubtful.doubt or BY_WHOM}: listen to it"
        return _result(criterion, "review", reason, call, triggers, found, searched=len(searched))
    if triggers and not searched and not any(i > triggers[0].hit.utterance for i in call.by(party)):
        reason = f"{opening}the {party} did not speak again"
        return _result(criterion, "na", reason, call, triggers, searched=0)
    silent = [i for i in searched if i not in {answer.hit.utterance for answer in found}]
    near, near_text = _nearest_miss(condition, silent, call)
    where = f"{_lines(len(searched), party, later=bool(condition.within and condition.within.after))} searched"
    counted = f", {len(found)} of {condition.at_least} found" if found else ""
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
    # What somebody is blamed for is shown by its clearest words, not by its first.
    sure.sort(key=lambda offence: -offence.hit.confidence)
    if len(found) < condition.at_least:
        where = f"in the {_lines(len(searched), party)}"
        reason = f"not heard {where}"
        if found:
            reason = f"heard {_times(len(found))} {where}; it takes {condition.at_least} to fail"
        unsure = _other_side(condition, party, searched, triggers, call)
        if unsure is not None:
            return _result(criterion, "review", f"{reason}; {unsure}", call, triggers, found, searched=len(searched))
        # It stays a pass: what is forbidden is rare, so where it was not heard it was most likely not said, while what
        # is expected mostly is said and was then missed. Nobody is to lose a point for what was not heard.
        poorly = _heard_poorly(searched, call)
        reason = f"{reason}; {poorly}, so it may have been missed" if poorly else reason
        return _result(criterion, "pass", reason, call, triggers, found, searched=len(searched))
    no_occasion = _occasion_unsure(criterion, triggers)
    if len(sure) >= condition.at_least and no_occasion is None:
        reason = _quote(sure[0].hit, call)
        return _result(criterion, "fail", reason, call, triggers, sure, searched=len(searched))
    doubtful = next((offence for offence in found if offence not in sure), found[0])
    why = _against(doubtful) or no_occasion or BY_WHOM
    reason = f"{_quote(doubtful.hit, call)}, but {why}: listen to it"
    return _result(criterion, "review", reason, call, triggers, found, searched=len(searched))


def _occasion_unsure(criterion: Criterion, triggers: Sequence[ConditionMatch]) -> str | None:
    """Why there may have been no occasion after all; None where there surely was, or none was needed."""
    doubts = [doubt for trigger in triggers if (doubt := _against(trigger)) is not None]
    if criterion.when is None or len(triggers) - len(doubts) >= criterion.when.at_least:
        return None
    return f"it is not certain that there was an occasion ({doubts[0]})"


def _against(found: ConditionMatch) -> str | None:
    """Why a hit should cost nobody a point unheard: what speaks against it, or that a model alone found it."""
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
    """Why something not found may have been said all the same; None where nothing speaks for it."""
    poorly = _heard_poorly(searched, call)
    if call.provisional:
        return f"{poorly}, so it may have been said: listen to it"
    no_occasion = _occasion_unsure(criterion, triggers)
    if no_occasion is not None:
        return f"and {no_occasion}: listen to it"
    if poorly is not None:
        return f"{poorly}: listen to them"
    if _only_by_example(condition, call):
        return "it is known by examples alone, so it may have been said in other words: listen to it"
    return _other_side(condition, party, searched, triggers, call)


def _answered_before(
    condition: Condition, party: PartyOrAny, triggers: Sequence[ConditionMatch], call: AnalysedCall
) -> str | None:
    """That it was said shortly before the first trigger, in answer to somebody; None where it was not.

    It may have answered an earlier trigger that was missed. What opens a call answers nobody.
    """
    if not triggers or condition.within is None or not condition.within.after:
        return None
    trigger = triggers[0].hit.utterance
    opened = next((i for i, utterance in enumerate(call.utterances) if utterance.speaker != party), trigger)
    lines = [i for i in call.by(party) if max(opened + 1, trigger - SHORTLY) <= i < trigger]
    said = [item for item in find(condition, lines, call) if item.doubt is None]
    if not said:
        return None
    return f"but {_quote(said[-1].hit, call)} was said shortly before, perhaps for the same trouble: listen to it"


def _only_by_example(condition: Condition, call: AnalysedCall) -> bool:
    """Whether all that is looked for is known by a model of lines, which misses what it has not seen the like of."""
    return not condition.say and all(not call.behaviors[name].phrases for name in condition.behavior or ())


def _heard_poorly(searched: Sequence[int], call: AnalysedCall) -> str | None:
    """Why the absence of something among the searched lines says little; None where it was heard well enough."""
    if call.provisional:
        return "the transcript is provisional"
    badly = [i for i in searched if _badly_heard(call.utterances[i])]
    if searched and len(badly) >= BADLY_HEARD_SHARE * len(searched):
        return f"{len(badly)} of the {len(searched)} were heard badly"
    return None


def _other_side(
    condition: Condition,
    party: PartyOrAny,
    searched: Sequence[int],
    triggers: Sequence[ConditionMatch],
    call: AnalysedCall,
) -> str | None:
    """That it was said by whoever is taken for the other party, where that is a guess; None where it was not."""
    if call.speakers_sure or party == "any":
        return None
    opposite = in_window(condition.within, "customer" if party == "agent" else "agent", call, triggers)
    strangers = [i for i, utterance in enumerate(call.utterances) if utterance.speaker == "unknown"]
    others = [i for i in (*opposite, *strangers) if not call.utterances[i].speaker_sure]
    said = find(condition, [*searched, *others], call)
    if len(said) < condition.at_least:
        return None
    other = next((item for item in said if item.hit.utterance not in searched), said[0])
    return f"{_quote(other.hit, call)} was said, but it is not certain by whom: listen to it"


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
    evidence = [_evidence(trigger, "trigger", call) for trigger in triggers]
    evidence += [_evidence(answer, "answer", call) for answer in answers]
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


def _evidence(found: ConditionMatch, part: Part, call: AnalysedCall) -> Evidence:
    hit, utterance = found.hit, call.utterances[found.hit.utterance]
    first, last = sentence(utterance.text, hit.start, hit.end)
    start, end = utterance.times_at(first, last)
    quote = utterance.text[first:last]
    return Evidence(hit.utterance, utterance.speaker, start, end, quote, found.behavior, hit.rule, part)


def _nearest_miss(condition: Condition, searched: Sequence[int], call: AnalysedCall) -> tuple[Evidence | None, str]:
    phrases: list[Phrase] = [parse_phrase(source) for source in condition.say or ()]
    for name in condition.behavior or ():
        phrases += call.behaviors[name].phrases
    scores = [(nearest(call.texts[i], phrases), i) for i in searched]
    if not scores:
        return None, ""
    (score, phrase), index = max(scores, key=lambda item: (item[0][0], -item[1]))
    if phrase is None or score < NEAR:
        return None, ", nothing came near"
    utterance = call.utterances[index]
    evidence = Evidence(
        index, utterance.speaker, utterance.start, utterance.end, utterance.text, None, phrase.source, "nearest"
    )
    return evidence, f", nearest {_moment(index, utterance.start)} “{_short(utterance.text)}”"


def _trigger_text(criterion: Criterion, triggers: Sequence[ConditionMatch], call: AnalysedCall) -> str:
    if not triggers or criterion.when is None:
        return ""
    return f"{_named(criterion.when)} {_quote(triggers[0].hit, call, time_first=True)}; "


def _named(condition: Condition) -> str:
    if condition.behavior:
        return " or ".join(name.replace("_", " ") for name in condition.behavior)
    said = condition.say or []
    return f"“{said[0]}”" + (" or the like" if len(said) > 1 else "")


def _quote(hit: Hit, call: AnalysedCall, *, time_first: bool = False) -> str:
    """The sentence with the moment it was said."""
    utterance = call.utterances[hit.utterance]
    first, last = sentence(utterance.text, hit.start, hit.end)
    quote = f"“{_short(with_gaps(utterance.text, first, last))}”"
    moment = _moment(hit.utterance, utterance.times_at(first, last)[0])
    return f"{moment} {quote}" if time_first else f"{quote} {moment}"


def _moment(index: int, start: float | None) -> str:
    return f"at {clock(start)}" if start is not None else f"in line {index + 1}"


def _short(text: str, limit: int = 80) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _lines(count: int, party: PartyOrAny, *, later: bool = False) -> str:
    whose = "" if party == "any" else f"{party} "
    return f"{count} {'later ' if later else ''}{whose}{'line' if count == 1 else 'lines'}"
