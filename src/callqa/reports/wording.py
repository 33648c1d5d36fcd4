"""Words and sums every report for people shares. Knows no format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from callqa.plain_text import plural
from callqa.summary import AgentSummary, Counts, RunSummary, mean_interval

TEAM = "Team"

TRANSCRIPTS = "transcript"
"""The engine that recognises nothing, because the words were written down elsewhere."""


def label(criterion: str) -> str:
    """A criterion's id as words: make it right."""
    return criterion.replace("_", " ").replace("-", " ")


def heard_by(run: RunSummary) -> list[str]:
    """What turned the calls into words: whisper base.en (9 calls), 1 transcript made elsewhere."""
    means = []
    engines = Counter((call.engine, call.model) for call in run.calls if call.engine)
    for (engine, model), count in engines.most_common():
        if engine != TRANSCRIPTS:
            share = f" ({plural(count, 'call')})" if len(engines) > 1 else ""
            means.append(f"{engine}{f' {model}' if model else ''}{share}")
        elif count < len(run.calls):
            means.append(plural(count, "transcript made elsewhere", "transcripts made elsewhere"))
    return means


def provisional_sentence(run: RunSummary) -> str:
    """How many of the calls are provisional, and what that means for absence."""
    count, scored = run.provisional, run.coverage.scored
    engines = sorted({call.engine for call in run.calls if call.provisional and call.engine})
    by = f" ({', '.join(engines)})" if engines else ""
    share = ("The" if scored == 1 else f"All {scored}") if count == scored else f"{count} of {scored}"
    return (
        f"{share} scored {'call was' if scored == 1 else 'calls were'} judged from a transcript too poor to rely"
        f" on{by}. What was not heard there is “to review”, not failed."
    )


def team(run: RunSummary) -> AgentSummary:
    """All agents together."""
    return AgentSummary(
        agent=TEAM,
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
