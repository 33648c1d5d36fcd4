"""The results in Markdown, short enough for a pull request or a chat: coverage, agents, calls to listen to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from callqa.core.text import plural, whole_score
from callqa.reports.blocks import agent_sheet, sheet_markdown
from callqa.reports.markdown import escaped
from callqa.reports.priorities import Finding, listen_first, overridden, reason_of
from callqa.reports.wording import (
    PROVISIONAL_TITLE,
    STOPPED_TITLE,
    TEAM,
    engines,
    label,
    legend,
    outcomes,
    provisional,
    recordings,
    rubric_name,
    stopped,
)
from callqa.results.summary import RunSummary

MOST_FINDINGS = 3
"""Calls to listen to: as many as a team can discuss in a week."""
MOST_UNSCORED = 5
MOST_OVERRIDDEN = 5
LONGEST_QUOTE = 240
"""Characters of a reason."""
LONGEST_NAME = 80


class MarkdownReport:
    """Writes the results as Markdown."""

    file_encoding = "utf-8"

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        stream.write("\n".join(_blocks(run)))


def _blocks(run: RunSummary) -> Iterator[str]:
    yield f"## callqa: {escaped(rubric_name(run.rubric), LONGEST_NAME)}\n"
    means = [escaped(engine, LONGEST_NAME) for engine in engines(run)]
    yield f"{' · '.join([recordings(run), *means])}  \n{' · '.join(escaped(part) for part in outcomes(run))}\n"
    doubt = provisional(run)
    if doubt:
        yield f"> **{PROVISIONAL_TITLE}**  \n> {escaped(doubt)}\n"
    if run.interrupted:
        yield f"> **{STOPPED_TITLE}** {stopped(run)}\n"
    if run.coverage.scored:
        team = run.total(TEAM)
        yield sheet_markdown(agent_sheet(run.rubric, [*run.agents, *([team] if len(run.agents) > 1 else [])]))
        yield f"{' '.join(escaped(sentence) for sentence in legend(run, team))}\n"
        yield _findings(listen_first(run.calls))
    unscored = [f"{_path(call.path)}: {_quoted(call.reason or '')}" for call in run.calls if call.status != "scored"]
    if unscored:
        yield _listed("Without a score", unscored, MOST_UNSCORED)
    changed = [f"{_path(change.call.path)}: {_quoted(change.sentence)}" for change in overridden(run.calls)]
    if changed:
        yield _listed("Verdicts changed by people", changed, MOST_OVERRIDDEN)


def _findings(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing to listen to first: no auto-fails, no misses, nothing to review.\n"
    lines = ["**Listen to these first**\n"]
    lines += [f"{number}. {_finding(finding)}" for number, finding in enumerate(findings[:MOST_FINDINGS], start=1)]
    rest = len(findings) - MOST_FINDINGS
    if rest > 0:
        lines.append(f"\n{plural(rest, 'more call')} with a miss or something to review.")
    return "\n".join(lines) + "\n"


def _finding(finding: Finding) -> str:
    score = finding.call.score
    at = f" at {finding.moment}" if finding.moment else ""
    points = "" if score is None else f", score {whole_score(score)}"
    doubt = ", provisional" if finding.call.provisional else ""
    what = f"**{escaped(label(finding.criterion.id))}** ({finding.kind}{points}{doubt})"
    reason = reason_of(finding.criterion).removesuffix(f" at {finding.moment}")
    also = f" (also {', '.join(escaped(label(other)) for other in finding.others)})" if finding.others else ""
    return f"{_path(finding.call.path)}{at}: {what}: {_quoted(reason)}{also}"


def _listed(title: str, lines: Sequence[str], most: int) -> str:
    shown = len(lines) if len(lines) <= most + 1 else most
    more = [f"- and {len(lines) - shown} more"] if len(lines) > shown else []
    return "\n".join([f"**{title}**\n", *(f"- {line}" for line in lines[:shown]), *more]) + "\n"


def _path(path: str) -> str:
    return escaped(path, LONGEST_NAME) or "–"


def _quoted(text: str) -> str:
    return escaped(text, LONGEST_QUOTE)
