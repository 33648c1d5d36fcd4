"""Sentences about a run as a whole, for every report to read: what was transcribed, by which engine, how reliably."""

from __future__ import annotations

from collections import Counter

from callqa.core.durations import spell
from callqa.core.text import plural, printable, shortened
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.results.summary import AgentSummary, Counts, RunSummary
from callqa.scoring.scorecard import CallResult

TRANSCRIPTS = "transcript"
"""The engine that recognises nothing, because the words were written down elsewhere."""

TEAM = "Team"
ALL = "All calls"
"""The name of all calls together in a report of teams or weeks."""
NONE = "–"
LONGEST_NAME = 40
"""Cells of a name."""

PROVISIONAL_TITLE = "PROVISIONAL: do not rely on these verdicts"
PROVISIONAL_ADVICE = "To do better: run it again with --engine whisper; callqa doctor says what is missing."
STOPPED_TITLE = "Stopped before the end."
STOPPED = "The finished calls are shown here; the same command continues from there."
STOPPED_AT_ONCE = "No call was finished; the same command starts again."

# The verb and the noun for calls of these engines; None is the engine of a file that could not be read.
_VERBS = {
    frozenset([TRANSCRIPTS]): ("Read", "transcript"),
    frozenset([TRANSCRIPTS, None]): ("Went through", "file"),
}


def stopped(run: RunSummary) -> str:
    """Return a sentence about what an interruption left."""
    return STOPPED if run.calls else STOPPED_AT_ONCE


def recordings(run: RunSummary) -> str:
    """Return the number of recordings and their length."""
    if not run.calls:
        return "Nothing was finished" if run.interrupted else "No recordings found"
    done, found = len(run.calls), run.coverage.found
    count = f"{done} of {found}" if done < found else str(done)
    verb, noun = _VERBS.get(frozenset(call.engine for call in run.calls), ("Listened to", "recording"))
    sentence = f"{verb} {count} {noun if found == 1 else noun + 's'}"
    return f"{sentence}, {spell(run.audio_seconds)}" if run.audio_seconds else sentence


def rubric_name(rubric: RubricSnapshot) -> str:
    """Return the rubric's name with its version and the beginning of its hash."""
    return f"{rubric.name} v{rubric.version} ({rubric.sha256[:6]})"


def engines(run: RunSummary) -> list[str]:
    """Return the engines that transcribed the calls, the most frequent first."""
    names = []
    counts = Counter((call.engine, call.model) for call in run.calls if call.engine)
    for (engine, model), count in counts.most_common():
        if engine != TRANSCRIPTS:
            share = f" ({plural(count, 'call')})" if len(counts) > 1 else ""
            names.append(f"{engine}{f' {model}' if model else ''}{share}")
        elif count < len(run.calls):
            names.append(plural(count, "transcript made elsewhere", "transcripts made elsewhere"))
    return names


def outcomes(run: RunSummary) -> list[str]:
    """Return the numbers of calls that were scored and that were not, with the reasons; failed calls come last."""
    coverage = run.coverage
    parts = [f"{coverage.scored} scored"]
    if coverage.unscorable:
        reasons = ", ".join(f"{count} {reason}" for reason, count in coverage.reasons.items())
        parts.append(f"{coverage.unscorable} not scorable{f' ({reasons})' if reasons else ''}")
    if coverage.failed:
        parts.append(f"{coverage.failed} failed")
    return parts


def provisional(run: RunSummary) -> str | None:
    """Return a sentence about the provisional calls and what that means; None if there are none."""
    count = run.provisional
    if not count:
        return None
    named = sorted({call.engine for call in run.calls if call.provisional and call.engine})
    by = f" ({', '.join(named)})" if named else ""
    scored = run.coverage.scored
    share = ("The" if scored == 1 else f"All {scored}") if count == scored else f"{count} of {scored}"
    return (
        f"{share} scored {'call was' if scored == 1 else 'calls were'} judged from a transcript too poor to rely"
        f" on{by}. What should have been said but was not found is “to review”, not failed; what must not be said may"
        " have been missed."
    )


def label(criterion: str) -> str:
    """Return a criterion's id as words: make it right."""
    return criterion.replace("_", " ").replace("-", " ")


def short_name(name: str) -> str:
    """Return the name of an agent, a team or another group, shortened so that an overlong one spoils no table."""
    return shortened(printable(name), LONGEST_NAME)


def legend(run: RunSummary, total: AgentSummary) -> list[str]:
    """Return sentences on how to read the figures in a table of agents, for the kinds of figures in it."""
    counts = total.criteria.values()
    sentences = []
    if example := max(counts, key=lambda count: count.opportunities, default=Counts()).opportunities:
        passed = next(count.passed for count in counts if count.opportunities == example)
        sentences.append(f"“{passed} of {example}”: of {plural(example, 'call')} that called for it, {passed} met it.")
    if reviews := next((count.review for count in counts if count.review), 0):
        sentences.append(f"“+{reviews}?”: {plural(reviews, 'call')} that could not be decided; a person must listen.")
    if idle := [f"{label(name)} in {plural(count.na, 'call')}" for name, count in total.criteria.items() if count.na]:
        sentences.append(f"No occasion: {', '.join(idle)}.")
    if 0 < total.provisional < total.scored:
        by_agent = [f"{short_name(agent.agent)} {agent.provisional}" for agent in run.agents if agent.provisional]
        sentences.append(f"Provisional calls: {', '.join(by_agent)}.")
    if total.interval:
        sentences.append(f"Scores are compared once there are {run.min_calls} calls; the ranges are 95 % intervals.")
    return sentences


def transcribed_by(call: CallResult) -> str:
    """Return the length of a call and the engine that transcribed it."""
    if call.status == "failed":
        return "could not be read"
    length = "" if call.duration is None else f"{spell(call.duration)}, "
    if call.engine == TRANSCRIPTS:
        return f"{length}a transcript made elsewhere"
    by = f"{call.engine} {call.model}" if call.model else str(call.engine)
    return f"{length}transcribed by {by}{', from the cache' if call.cached else ''}"
