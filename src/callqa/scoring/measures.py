"""A `measure:` criterion and the facts of a call → a verdict, the reason in one line, and the moments behind it.

What is timed needs times, and what is somebody's needs to know who speaks: where a transcript has none, or where who
speaks is a guess, the verdict is `na`. A pace counted from a provisional transcript is for a person to review, since
words were missed; times are taken from the sound and hold all the same.

The evidence of an event is the line it falls in, or after, with the event's own times; of a share or a pace, the line
that shows it best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callqa.conversation.conversation import LEAST_SPEECH, Conversation, Party, SpeechOfCall, explains
from callqa.conversation.events import dead_air
from callqa.conversation.metrics import Metrics, measure
from callqa.conversation.turn_taking import interruptions, monologues, owed_by, responses
from callqa.core.durations import clock, spell
from callqa.core.text import plural
from callqa.core.timeline import Span, total
from callqa.rubrics.fields import Verdict
from callqa.rubrics.measure_schema import (
    DeadAir,
    Hold,
    Interruptions,
    Measure,
    Monologue,
    Overtalk,
    Pace,
    PaceMatch,
    ResponseTime,
    TalkShare,
)
from callqa.scoring.conditions import Facts
from callqa.scoring.scorecard import Evidence, MeasuredEvent

Measured = tuple[Verdict, str, tuple[Evidence, ...]]
"""Verdict, reason, evidence."""

_LEAST_LINE = 2.0
"""Seconds a line must last to be shown for its speaker's pace: shorter ones are fast or slow by chance."""


@dataclass(frozen=True)
class _Call:
    """What there is to measure."""

    facts: Facts
    conversation: Conversation
    metrics: Metrics

    @property
    def speech(self) -> SpeechOfCall:
        """When each party speaks."""
        return self.conversation.speech


def judge_measure(asked: Measure, facts: Facts) -> Measured:
    """Measure what a criterion asks for."""
    conversation = facts.conversation
    if conversation is None:
        why = "it is not certain when each party speaks" if facts.timed else "the transcript has no times"
        return "na", f"cannot be measured: {why}", ()
    if not conversation.speech.anyone:
        return "na", "cannot be measured: nobody speaks", ()
    call = _Call(facts, conversation, measure(conversation))
    if asked.dead_air is not None:
        return _dead_air(asked.dead_air, call)
    if asked.overtalk is not None:
        return _overtalk(asked.overtalk, call)
    if not facts.speakers_sure:
        return "na", "cannot be measured: who is the agent is a guess", ()
    if asked.interruptions is not None:
        return _interruptions(asked.interruptions, call)
    if asked.hold is not None:
        return _hold(asked.hold, call)
    if asked.response_time is not None:
        return _response_time(asked.response_time, call)
    if asked.monologue is not None:
        return _monologue(asked.monologue, call)
    if asked.talk_share is not None:
        return _talk_share(asked.talk_share, call)
    if asked.pace is not None:
        return _pace(asked.pace, call)
    assert asked.pace_match is not None
    return _pace_match(asked.pace_match, call)


def _dead_air(asked: DeadAir, call: _Call) -> Measured:
    longer = [gap for gap in dead_air(call.conversation, asked.longer_than) if gap.duration > asked.longer_than]
    if asked.by is not None:
        longer = [gap for gap in longer if owed_by(gap, call.conversation) == asked.by]
    counted = [gap for gap in longer if not _excused(gap, asked.unless or (), call.facts)]
    what = _longer_than(asked.longer_than) + (f" in the {asked.by}'s turn" if asked.by else "")
    excused = len(longer) - len(counted)
    note = f" ({plural(excused, 'more was', 'more were')} announced)" if excused else ""
    verdict, reason, evidence = _counted(
        counted, asked.allow, ("silence", "silences"), what, "dead air", call, _line_before, note
    )
    owed = owed_by(_longest(counted)[0], call.conversation) if counted and asked.by is None else None
    return verdict, f"{reason}, the {owed}'s turn" if owed else reason, evidence


def _excused(gap: Span, behaviors: Sequence[str], facts: Facts) -> bool:
    """Whether the agent has just shown one of the behaviors when the silence begins."""
    return any(
        hit.behavior in behaviors and hit.speaker == "agent" and explains(facts.utterances[hit.utterance], gap)
        for hit in facts.hits
    )


def _overtalk(asked: Overtalk, call: _Call) -> Measured:
    spans = [span for span in call.speech.both if span.duration > asked.longer_than]
    what = f"in which both speak for longer than {spell(asked.longer_than)}"
    found = _counted(spans, asked.allow, ("moment", "moments"), what, "overtalk", call, _line_before)
    return _unless_leaking(found, call)


def _interruptions(asked: Interruptions, call: _Call) -> Measured:
    spans = interruptions(asked.by, call.conversation)
    what = f"by the {asked.by}"
    line = _own_line(asked.by)
    found = _counted(spans, asked.allow, ("interruption", "interruptions"), what, "interruption", call, line)
    return _unless_leaking(found, call)


def _hold(asked: Hold, call: _Call) -> Measured:
    spans = [hold for hold in call.conversation.holds if hold.duration > asked.longer_than]
    what = _longer_than(asked.longer_than)
    return _for_review(_counted(spans, asked.allow, ("hold", "holds"), what, "hold", call, _line_before), call.facts)


def _response_time(asked: ResponseTime, call: _Call) -> Measured:
    waits = [wait for wait in responses(call.conversation) if wait.duration > asked.longer_than]
    what = f"for the agent's answer {_longer_than(asked.longer_than)}"
    return _counted(waits, asked.allow, ("wait", "waits"), what, "response time", call, _line_before)


def _monologue(asked: Monologue, call: _Call) -> Measured:
    spans = [span for span in monologues(asked.by, call.conversation) if span.duration > asked.longer_than]
    what = f"by the {asked.by} {_longer_than(asked.longer_than)}"
    line = _own_line(asked.by)
    return _counted(spans, asked.allow, ("monologue", "monologues"), what, "monologue", call, line)


def _longer_than(seconds: float) -> str:
    return f"longer than {spell(seconds)}"


def _own_line(side: Party) -> Callable[[Facts, Span], int]:
    """Finds the line of a party's own that begins nearest to an event."""

    def line(facts: Facts, span: Span) -> int:
        return min(facts.by(side), key=lambda i: abs((facts.utterances[i].start or 0.0) - span.start), default=0)

    return line


def _counted(
    spans: Sequence[Span],
    allow: int,
    noun: tuple[str, str],
    what: str,
    event: MeasuredEvent,
    call: _Call,
    line: Callable[[Facts, Span], int],
    note: str = "",
) -> Measured:
    """The verdict on events that may happen so often; the longest is the first piece of evidence."""
    allowed = f" ({allow} allowed)" if allow else ""
    if not spans:
        return "pass", f"no {noun[0]} {what}{note}", ()
    longest, *others = _longest(spans)
    length = f"the longest {spell(longest.duration)}" if others else f"{spell(longest.duration)} long"
    reason = f"{plural(len(spans), *noun)} {what}{allowed}{note}, {length}, at {clock(longest.start)}"
    evidence = [_evidence(span, line(call.facts, span), event, what, call.facts) for span in (longest, *sorted(others))]
    return ("fail" if len(spans) > allow else "pass"), reason, tuple(evidence)


def _longest(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (-span.duration, span.start))


def _line_before(facts: Facts, span: Span) -> int:
    """The line in which an event begins, else the last before it."""
    before = [i for i, utterance in enumerate(facts.utterances) if (utterance.start or 0.0) <= span.start]
    return max(before, key=lambda i: (facts.utterances[i].start or 0.0, i), default=0)


def _evidence(span: Span, line: int, event: MeasuredEvent, rule: str, facts: Facts) -> Evidence:
    utterance = facts.utterances[line]
    start, end = round(span.start, 3), round(span.end, 3)
    return Evidence(line, utterance.speaker, start, end, utterance.text, None, f"{event} {rule}", "answer", event)


def _talk_share(asked: TalkShare, call: _Call) -> Measured:
    talk = {"agent": total(call.speech.agent), "customer": total(call.speech.customer)}
    spoken = talk["agent"] + talk["customer"]
    if not spoken:
        return "na", "nobody speaks for any time", ()
    share = round(100 * talk[asked.who] / spoken, 1)
    reason = f"the {asked.who} speaks {share:g}% of the time spoken ({_bounds(asked.min, asked.max, '%')})"
    own = [i for i in call.facts.by(asked.who) if _lasts(i, call.facts)]
    longest = max(own, key=lambda i: (_lasts(i, call.facts), -i), default=None)
    return _bounded(share, asked.min, asked.max, reason, longest, "talk share", call)


def _pace(asked: Pace, call: _Call) -> Measured:
    pace = call.metrics.agent_pace if asked.who == "agent" else call.metrics.customer_pace
    if pace is None:
        return "na", f"the {asked.who} speaks for less than {spell(LEAST_SPEECH)}: too little to tell a pace from", ()
    reason = f"the {asked.who} speaks {pace:g} words a minute ({_bounds(asked.min, asked.max, '')})"
    line = _extreme(asked.who, call.facts, fastest=asked.max is not None and pace > asked.max)
    return _for_review(_bounded(pace, asked.min, asked.max, reason, line, "pace", call), call.facts)


def _pace_match(asked: PaceMatch, call: _Call) -> Measured:
    agent, customer = call.metrics.agent_pace, call.metrics.customer_pace
    if agent is None or customer is None:
        return "na", "one of them speaks too little to tell a pace from", ()
    apart = round(100 * (agent - customer) / customer)
    faster = f"{abs(apart)}% {'faster' if apart > 0 else 'slower'}" if apart else "just as fast"
    reason = f"the agent speaks {agent:g} words a minute, the customer {customer:g}: {faster} (up to {asked.within:g}%)"
    line = _extreme("agent", call.facts, fastest=agent > customer)
    return _for_review(_bounded(abs(apart), None, asked.within, reason, line, "pace match", call), call.facts)


def _for_review(measured: Measured, facts: Facts) -> Measured:
    _, reason, evidence = measured
    if not facts.provisional:
        return measured
    return "review", f"{reason}, but the transcript is provisional and lacks words: listen to it", evidence


def _unless_leaking(measured: Measured, call: _Call) -> Measured:
    verdict, reason, evidence = measured
    if verdict != "fail" or not call.speech.leaks:
        return measured
    return "review", f"{reason}, but the channels seem to leak into one another: listen to it", evidence


def _bounded(
    value: float,
    least: float | None,
    most: float | None,
    reason: str,
    line: int | None,
    what: MeasuredEvent,
    call: _Call,
) -> Measured:
    verdict: Verdict = (
        "fail" if (least is not None and value < least) or (most is not None and value > most) else "pass"
    )
    if line is None or verdict == "pass":
        return verdict, reason, ()
    utterance = call.facts.utterances[line]
    assert utterance.start is not None
    assert utterance.end is not None
    return verdict, reason, (_evidence(Span(utterance.start, utterance.end), line, what, reason, call.facts),)


def _bounds(least: float | None, most: float | None, unit: str) -> str:
    if least is None:
        return f"at most {most:g}{unit}"
    return f"at least {least:g}{unit}" if most is None else f"{least:g} to {most:g}{unit}"


def _lasts(index: int, facts: Facts) -> float:
    utterance = facts.utterances[index]
    return 0.0 if utterance.start is None or utterance.end is None else utterance.end - utterance.start


def _extreme(who: Party, facts: Facts, *, fastest: bool) -> int | None:
    """The party's fastest or slowest line among those long enough to tell."""
    own = [i for i in facts.by(who) if _lasts(i, facts) >= _LEAST_LINE]

    def pace(index: int) -> float:
        words = len(facts.utterances[index].text.split()) / _lasts(index, facts)
        return words if fastest else -words

    return max(own, key=lambda i: (pace(i), -i), default=None)
