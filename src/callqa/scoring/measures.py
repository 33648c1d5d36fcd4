"""Judging a `measure:` criterion: a verdict, the reason in one line, and the moments behind it.

Timing needs times, and what belongs to a party needs to know who speaks: if a transcript has no times, or if who speaks
is a guess, the verdict is `na`. A pace counted from a provisional transcript is for a person to review, since words
were missed; times come from the sound and hold regardless.

The evidence of an event is the utterance it falls in, or after, with the event's own times; of a share or a pace, the
utterance that shows it best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callqa.conversation.analysed_call import AnalysedCall
from callqa.conversation.conversation import LEAST_SPEECH, Conversation, Party, SpeechOfCall, explains
from callqa.conversation.events import dead_air
from callqa.conversation.metrics import Metrics
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
from callqa.scoring.scorecard import Evidence, MeasuredEvent

Measured = tuple[Verdict, str, tuple[Evidence, ...]]
"""Verdict, reason, evidence."""

_LEAST_LINE = 2.0
"""Seconds an utterance must last to be shown for its speaker's pace: shorter ones are fast or slow by chance."""


@dataclass(frozen=True)
class _TimedCall:
    """A call whose timing is known."""

    call: AnalysedCall
    conversation: Conversation

    @property
    def metrics(self) -> Metrics:
        """The figures of the call."""
        metrics = self.call.metrics
        assert metrics is not None
        return metrics

    @property
    def speech(self) -> SpeechOfCall:
        """The stretches of speech of each party."""
        return self.conversation.speech


def judge_measure(asked: Measure, call: AnalysedCall) -> Measured:
    """Measure what a criterion asks for."""
    conversation = call.conversation
    if conversation is None:
        why = "it is not certain when each party speaks" if call.timed else "the transcript has no times"
        return "na", f"cannot be measured: {why}", ()
    if not conversation.speech.anyone:
        return "na", "cannot be measured: nobody speaks", ()
    timed = _TimedCall(call, conversation)
    if asked.dead_air is not None:
        return _dead_air(asked.dead_air, timed)
    if asked.overtalk is not None:
        return _overtalk(asked.overtalk, timed)
    if not call.speakers_sure:
        return "na", "cannot be measured: who is the agent is a guess", ()
    if asked.interruptions is not None:
        return _interruptions(asked.interruptions, timed)
    if asked.hold is not None:
        return _hold(asked.hold, timed)
    if asked.response_time is not None:
        return _response_time(asked.response_time, timed)
    if asked.monologue is not None:
        return _monologue(asked.monologue, timed)
    if asked.talk_share is not None:
        return _talk_share(asked.talk_share, timed)
    if asked.pace is not None:
        return _pace(asked.pace, timed)
    assert asked.pace_match is not None
    return _pace_match(asked.pace_match, timed)


def _dead_air(asked: DeadAir, timed: _TimedCall) -> Measured:
    longer = [gap for gap in dead_air(timed.conversation, asked.longer_than) if gap.duration > asked.longer_than]
    if asked.by is not None:
        longer = [gap for gap in longer if owed_by(gap, timed.conversation) == asked.by]
    counted = [gap for gap in longer if not _excused(gap, asked.unless or (), timed.call)]
    what = _longer_than(asked.longer_than) + (f" in the {asked.by}'s turn" if asked.by else "")
    excused = len(longer) - len(counted)
    note = f" ({plural(excused, 'more was', 'more were')} announced)" if excused else ""
    verdict, reason, evidence = _counted(
        counted, asked.allow, ("silence", "silences"), what, "dead air", timed, _line_before, note
    )
    owed = owed_by(_longest(counted)[0], timed.conversation) if counted and asked.by is None else None
    return verdict, f"{reason}, the {owed}'s turn" if owed else reason, evidence


def _excused(gap: Span, behaviors: Sequence[str], call: AnalysedCall) -> bool:
    """True if the agent has just shown one of the behaviors when the silence begins."""
    return any(
        hit.behavior in behaviors and hit.speaker == "agent" and explains(call.utterances[hit.utterance], gap)
        for hit in call.hits
    )


def _overtalk(asked: Overtalk, timed: _TimedCall) -> Measured:
    spans = [span for span in timed.speech.both if span.duration > asked.longer_than]
    what = f"in which both speak for longer than {spell(asked.longer_than)}"
    found = _counted(spans, asked.allow, ("moment", "moments"), what, "overtalk", timed, _line_before)
    return _unless_leaking(found, timed)


def _interruptions(asked: Interruptions, timed: _TimedCall) -> Measured:
    spans = interruptions(asked.by, timed.conversation)
    what = f"by the {asked.by}"
    line = _own_line(asked.by)
    found = _counted(spans, asked.allow, ("interruption", "interruptions"), what, "interruption", timed, line)
    return _unless_leaking(found, timed)


def _hold(asked: Hold, timed: _TimedCall) -> Measured:
    spans = [hold for hold in timed.conversation.holds if hold.duration > asked.longer_than]
    what = _longer_than(asked.longer_than)
    return _for_review(_counted(spans, asked.allow, ("hold", "holds"), what, "hold", timed, _line_before), timed.call)


def _response_time(asked: ResponseTime, timed: _TimedCall) -> Measured:
    waits = [wait for wait in responses(timed.conversation) if wait.duration > asked.longer_than]
    what = f"for the agent's answer {_longer_than(asked.longer_than)}"
    return _counted(waits, asked.allow, ("wait", "waits"), what, "response time", timed, _line_before)


def _monologue(asked: Monologue, timed: _TimedCall) -> Measured:
    spans = [span for span in monologues(asked.by, timed.conversation) if span.duration > asked.longer_than]
    what = f"by the {asked.by} {_longer_than(asked.longer_than)}"
    line = _own_line(asked.by)
    return _counted(spans, asked.allow, ("monologue", "monologues"), what, "monologue", timed, line)


def _longer_than(seconds: float) -> str:
    return f"longer than {spell(seconds)}"


def _own_line(side: Party) -> Callable[[AnalysedCall, Span], int]:
    """Return a function that finds the party's utterance that begins nearest to an event."""

    def line(call: AnalysedCall, span: Span) -> int:
        return min(call.by(side), key=lambda i: abs((call.utterances[i].start or 0.0) - span.start), default=0)

    return line


def _counted(
    spans: Sequence[Span],
    allow: int,
    noun: tuple[str, str],
    what: str,
    event: MeasuredEvent,
    timed: _TimedCall,
    line: Callable[[AnalysedCall, Span], int],
    note: str = "",
) -> Measured:
    """Judge events when some are allowed; the longest is the first piece of evidence."""
    allowed = f" ({allow} allowed)" if allow else ""
    if not spans:
        return "pass", f"no {noun[0]} {what}{note}", ()
    longest, *others = _longest(spans)
    length = f"the longest {spell(longest.duration)}" if others else f"{spell(longest.duration)} long"
    reason = f"{plural(len(spans), *noun)} {what}{allowed}{note}, {length}, at {clock(longest.start)}"
    evidence = [_evidence(span, line(timed.call, span), event, what, timed.call) for span in (longest, *sorted(others))]
    return ("fail" if len(spans) > allow else "pass"), reason, tuple(evidence)


def _longest(spans: Sequence[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (-span.duration, span.start))


def _line_before(call: AnalysedCall, span: Span) -> int:
    """The utterance in which an event begins, otherwise the last before it."""
    before = [i for i, utterance in enumerate(call.utterances) if (utterance.start or 0.0) <= span.start]
    return max(before, key=lambda i: (call.utterances[i].start or 0.0, i), default=0)


def _evidence(span: Span, line: int, event: MeasuredEvent, rule: str, call: AnalysedCall) -> Evidence:
    utterance = call.utterances[line]
    start, end = round(span.start, 3), round(span.end, 3)
    return Evidence(line, utterance.speaker, start, end, utterance.text, None, f"{event} {rule}", "answer", event)


def _talk_share(asked: TalkShare, timed: _TimedCall) -> Measured:
    talk = {"agent": total(timed.speech.agent), "customer": total(timed.speech.customer)}
    spoken = talk["agent"] + talk["customer"]
    if not spoken:
        return "na", "nobody speaks for any time", ()
    share = round(100 * talk[asked.who] / spoken, 1)
    reason = f"the {asked.who} speaks {share:g}% of the time spoken ({_bounds(asked.min, asked.max, '%')})"
    own = [i for i in timed.call.by(asked.who) if _lasts(i, timed.call)]
    longest = max(own, key=lambda i: (_lasts(i, timed.call), -i), default=None)
    return _bounded(share, asked.min, asked.max, reason, longest, "talk share", timed)


def _pace(asked: Pace, timed: _TimedCall) -> Measured:
    pace = timed.metrics.agent_pace if asked.who == "agent" else timed.metrics.customer_pace
    if pace is None:
        return "na", f"the {asked.who} speaks for less than {spell(LEAST_SPEECH)}: too little to tell a pace from", ()
    reason = f"the {asked.who} speaks {pace:g} words a minute ({_bounds(asked.min, asked.max, '')})"
    line = _extreme(asked.who, timed.call, fastest=asked.max is not None and pace > asked.max)
    return _for_review(_bounded(pace, asked.min, asked.max, reason, line, "pace", timed), timed.call)


def _pace_match(asked: PaceMatch, timed: _TimedCall) -> Measured:
    agent, customer = timed.metrics.agent_pace, timed.metrics.customer_pace
    if agent is None or customer is None:
        return "na", "one of them speaks too little to tell a pace from", ()
    apart = round(100 * (agent - customer) / customer)
    faster = f"{abs(apart)}% {'faster' if apart > 0 else 'slower'}" if apart else "just as fast"
    reason = f"the agent speaks {agent:g} words a minute, the customer {customer:g}: {faster} (up to {asked.within:g}%)"
    line = _extreme("agent", timed.call, fastest=agent > customer)
    return _for_review(_bounded(abs(apart), None, asked.within, reason, line, "pace match", timed), timed.call)


def _for_review(measured: Measured, call: AnalysedCall) -> Measured:
    _, reason, evidence = measured
    if not call.provisional:
        return measured
    return "review", f"{reason}, but the transcript is provisional and lacks words: listen to it", evidence


def _unless_leaking(measured: Measured, timed: _TimedCall) -> Measured:
    verdict, reason, evidence = measured
    if verdict != "fail" or not timed.speech.leaks:
        return measured
    return "review", f"{reason}, but the channels seem to leak into one another: listen to it", evidence


def _bounded(
    value: float,
    least: float | None,
    most: float | None,
    reason: str,
    line: int | None,
    what: MeasuredEvent,
    timed: _TimedCall,
) -> Measured:
    verdict: Verdict = (
        "fail" if (least is not None and value < least) or (most is not None and value > most) else "pass"
    )
    if line is None or verdict == "pass":
        return verdict, reason, ()
    utterance = timed.call.utterances[line]
    assert utterance.start is not None
    assert utterance.end is not None
    return verdict, reason, (_evidence(Span(utterance.start, utterance.end), line, what, reason, timed.call),)


def _bounds(least: float | None, most: float | None, unit: str) -> str:
    if least is None:
        return f"at most {most:g}{unit}"
    return f"at least {least:g}{unit}" if most is None else f"{least:g} to {most:g}{unit}"


def _lasts(index: int, call: AnalysedCall) -> float:
    utterance = call.utterances[index]
    return 0.0 if utterance.start is None or utterance.end is None else utterance.end - utterance.start


def _extreme(who: Party, call: AnalysedCall, *, fastest: bool) -> int | None:
    """The party's fastest or slowest line among those long enough to tell."""
    own = [i for i in call.by(who) if _lasts(i, call) >= _LEAST_LINE]

    def pace(index: int) -> float:
        words = len(call.utterances[index].text.split()) / _lasts(index, call)
        return words if fastest else -words

    return max(own, key=lambda i: (pace(i), -i), default=None)
