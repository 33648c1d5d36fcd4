"""What every report to read says of a run as a whole: what was heard, by what means, how far to rely on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callqa.core.durations import spell
from callqa.core.text import plural, printable, shortened, whole_score
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Counts, RunSummary, mean_interval
from callqa.scoring.scorecard import CallResult

TRANSCRIPTS = "transcript"
"""The engine that recognises nothing, because the words were written down elsewhere."""

TEAM = "Team"
ALL = "All calls"
"""What all calls together are called where teams or weeks stand beside them."""
NONE = "–"
LONGEST_NAME = 40
"""Cells of a name."""

PROVISIONAL_TITLE = "PROVISIONAL: do not rely on these verdicts"
PROVISIONAL_ADVICE = "To do better: run it again with --engine whisper; callqa doctor says what is missing."
STOPPED_TITLE = "Stopped before the end."
STOPPED = "What was finished is shown here; the same command goes on from there."
STOPPED_AT_ONCE = "No call was heard to its end; the same command begins again."

# What was done with calls by these engines; None is the engine of a file that could not be read.
_WORDS = {
    frozenset([TRANSCRIPTS]): ("Read", "transcript"),
    frozenset([TRANSCRIPTS, None]): ("Went through", "file"),
}


def stopped(run: RunSummary) -> str:
    """What an interruption left."""
    return STOPPED if run.calls else STOPPED_AT_ONCE


def heard(run: RunSummary) -> str:
    """How many recordings were listened to, and how long they are."""
    if not run.calls:
        return "Nothing was finished" if run.interrupted else "No recordings found"
    done, found = len(run.calls), run.coverage.found
    count = f"{done} of {found}" if done < found else str(done)
    verb, noun = _WORDS.get(frozenset(call.engine for call in run.calls), ("Listened to", "recording"))
    told = f"{verb} {count} {noun if found == 1 else noun + 's'}"
    return f"{told}, {spell(run.audio_seconds)}" if run.audio_seconds else told


def rubric_name(rubric: RubricSnapshot) -> str:
    """The rubric with its version and the beginning of its hash."""
    return f"{rubric.name} v{rubric.version} ({rubric.sha256[:6]})"


def engines(run: RunSummary) -> list[str]:
    """What turned the calls into words, the commonest first."""
    told = []
    counts = Counter((call.engine, call.model) for call in run.calls if call.engine)
    for (engine, model), count in counts.most_common():
        if engine != TRANSCRIPTS:
            share = f" ({plural(count, 'call')})" if len(counts) > 1 else ""
            told.append(f"{engine}{f' {model}' if model else ''}{share}")
        elif count < len(run.calls):
            told.append(plural(count, "transcript made elsewhere", "transcripts made elsewhere"))
    return told


def outcomes(run: RunSummary) -> list[str]:
    """How many calls were scored, how many not and why; what failed comes last."""
    coverage = run.coverage
    parts = [f"{coverage.scored} scored"]
    if coverage.unscorable:
        reasons = ", ".join(f"{count} {reason}" for reason, count in coverage.reasons.items())
        parts.append(f"{coverage.unscorable} not scorable{f' ({reasons})' if reasons else ''}")
    if coverage.failed:
        parts.append(f"{coverage.failed} failed")
    return parts


def provisional(run: RunSummary) -> str | None:
    """How many calls are only provisional, and what that means; None where none is."""
    count = run.provisional
    if not count:
        return None
    named = sorted({call.engine for call in run.calls if call.provisional and call.engine})
    by = f" ({', '.join(named)})" if named else ""
    scored = run.coverage.scored
    share = ("The" if scored == 1 else f"All {scored}") if count == scored else f"{count} of {scored}"
    return (
        f"{share} scored {'call was' if scored == 1 else 'calls were'} judged from a transcript too poor to rely"
        f" on{by}. What should have been said and was not heard is “to review”, not failed; what must not be said may"
        " have been missed."
    )


def label(criterion: str) -> str:
    """A criterion's id as words: make it right."""
    return criterion.replace("_", " ").replace("-", " ")


def short_name(name: str) -> str:
    """The name of an agent, a team or another group, as reports to read show it: one overlong spoils no table."""
    return shortened(printable(name), LONGEST_NAME)


def calls_of(agent: AgentSummary) -> str:
    """An agent's calls: 12, or 11 of 12 where not all were scored."""
    return str(agent.calls) if agent.scored == agent.calls else f"{agent.scored} of {agent.calls}"


def score_of(agent: AgentSummary) -> str:
    """An agent's mean score with its interval: 92 (80–100)."""
    if agent.mean_score is None:
        return NONE
    if agent.interval is None:
        return whole_score(agent.mean_score)
    low, high = map(whole_score, agent.interval)
    return f"{whole_score(agent.mean_score)} ({low}–{high})"


def met(count: Counts, joint: str = " ") -> str:
    """What was met of what could be judged, and what is left to review: 7 of 9 +1?"""
    parts = [f"{count.passed} of {count.opportunities}"] if count.opportunities else []
    parts += [f"+{count.review}?"] if count.review else []
    return joint.join(parts) or NONE


def legend(run: RunSummary, total: AgentSummary) -> list[str]:
    """How to read the figures of a table of agents, as far as there are such figures."""
    counts = total.criteria.values()
    told = []
    if example := max(counts, key=lambda count: count.opportunities, default=Counts()).opportunities:
        passed = next(count.passed for count in counts if count.opportunities == example)
        told.append(f"“{passed} of {example}”: of {plural(example, 'call')} that called for it, {passed} met it.")
    if reviews := next((count.review for count in counts if count.review), 0):
        told.append(f"“+{reviews}?”: {plural(reviews, 'call')} that could not be decided; a person must listen.")
    if idle := [f"{label(name)} in {plural(count.na, 'call')}" for name, count in total.criteria.items() if count.na]:
        told.append(f"No occasion: {', '.join(idle)}.")
    if 0 < total.provisional < total.scored:
        by_agent = [f"{short_name(agent.agent)} {agent.provisional}" for agent in run.agents if agent.provisional]
        told.append(f"Provisional calls: {', '.join(by_agent)}.")
    if total.interval:
        told.append(f"Scores are compared from {run.min_calls} calls on; the ranges are 95 % intervals.")
    return told


def team(run: RunSummary, name: str = TEAM) -> AgentSummary:
    """All agents together."""
    return AgentSummary(
        agent=name,
        calls=sum(agent.calls for agent in run.agents),
        scored=sum(agent.scored for agent in run.agents),
        mean_score=run.mean_score,
        interval=mean_interval([call.score for call in run.calls if call.score is not None]),
        criteria={criterion.id: _added(run.agents, criterion.id) for criterion in run.rubric.criteria},
        auto_fails=sum(agent.auto_fails for agent in run.agents),
        critical_misses=sum(agent.critical_misses for agent in run.agents),
        to_review=sum(agent.to_review for agent in run.agents),
        provisional=sum(agent.provisional for agent in run.agents),
    )


def _added(agents: Sequence[AgentSummary], criterion: str) -> Counts:
    counts = [agent.criteria.get(criterion, Counts()) for agent in agents]
    return Counts(
        sum(count.passed for count in counts),
        sum(count.failed for count in counts),
        sum(count.na for count in counts),
        sum(count.review for count in counts),
    )


def how(call: CallResult) -> str:
    """How a call became words, in a few of them."""
    if call.status == "failed":
        return "could not be read"
    length = "" if call.duration is None else f"{spell(call.duration)}, "
    if call.engine == TRANSCRIPTS:
        return f"{length}a transcript made elsewhere"
    by = f"{call.engine} {call.model}" if call.model else str(call.engine)
    return f"{length}heard by {by}{', from the cache' if call.cached else ''}"
