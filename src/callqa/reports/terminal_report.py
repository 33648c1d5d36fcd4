"""The report a team lead reads in the terminal: coverage first, then the agents, then what to listen to.

The parts are in `terminal_agents` and `terminal_calls`; this module decides about width and colour, and the order.
"""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from callqa.durations import spell
from callqa.plain_text import plural
from callqa.reports.terminal_agents import show_agents
from callqa.reports.terminal_calls import show_listen_first, show_notes, show_unscored
from callqa.reports.terminal_page import Page, Piece, page_for
from callqa.summary import RunSummary

TRANSCRIPTS = "transcript"
"""The engine that recognises nothing, because the words were written down elsewhere."""

# What was done with calls by these engines; None is the engine of a file that could not be read.
_WORDS = {
    frozenset([TRANSCRIPTS]): ("Read", "transcript"),
    frozenset([TRANSCRIPTS, None]): ("Went through", "file"),
}


class TerminalReport:
    """The report as text for a terminal, a pipe or a text file.

    `width` None takes COLUMNS, the terminal's width, or PIPE_WIDTH where there is none. `color` None colours terminals
    only, and none with NO_COLOR (no-color.org) or TERM=dumb. Colour never says anything that the words do not.
    """

    def __init__(self, width: int | None = None, color: bool | None = None):
        self.width = width
        self.color = color

    def write(self, run: RunSummary, stream: TextIO) -> None:
        """Write the whole report."""
        page = page_for(stream, self.width, self.color)
        _show(page, run)
        page.finish()


def _show(page: Page, run: RunSummary) -> None:
    if run.calls:
        page.flow([(_heard(run), "bold"), *_means(run)])
        page.flow(_coverage(run))
    else:
        nothing = "Nothing was finished" if run.interrupted else "No recordings found"
        skipped = f"{plural(run.skipped, 'other file')} left alone"
        page.flow([(nothing, "bold"), *([skipped] if run.skipped else [])])
    _show_provisional(page, run)
    if run.interrupted:
        page.blank()
        page.line(
            ("Stopped before the end. ", "bold yellow"),
            "What was finished is shown here; the same command goes on from there.",
        )
    show_unscored(page, run)
    if run.coverage.scored:
        show_agents(page, run)
        show_listen_first(page, run)
    show_notes(page, run)


def _heard(run: RunSummary) -> str:
    done, found = len(run.calls), run.coverage.found
    count = f"{done} of {found}" if done < found else str(done)
    verb, noun = _WORDS.get(frozenset(call.engine for call in run.calls), ("Listened to", "recording"))
    heard = f"{verb} {count} {noun if found == 1 else noun + 's'}"
    return f"{heard}, {spell(run.audio_seconds)}" if run.audio_seconds else heard


def _means(run: RunSummary) -> list[Piece]:
    """The rubric, and what turned the calls into words."""
    means: list[Piece] = [f"rubric {run.rubric.name} v{run.rubric.version} ({run.rubric.sha256[:6]})"]
    engines = Counter((call.engine, call.model) for call in run.calls if call.engine)
    for (engine, model), count in engines.most_common():
        if engine != TRANSCRIPTS:
            share = f" ({plural(count, 'call')})" if len(engines) > 1 else ""
            means.append(f"{engine}{f' {model}' if model else ''}{share}")
        elif count < len(run.calls):
            means.append(plural(count, "transcript made elsewhere", "transcripts made elsewhere"))
    return means


def _coverage(run: RunSummary) -> list[Piece]:
    coverage = run.coverage
    parts: list[Piece] = [f"{coverage.scored} scored"]
    if coverage.unscorable:
        reasons = ", ".join(f"{count} {reason}" for reason, count in coverage.reasons.items())
        parts.append(f"{coverage.unscorable} not scorable{f' ({reasons})' if reasons else ''}")
    if coverage.failed:
        parts.append((f"{coverage.failed} failed", "red"))
    return parts


def _show_provisional(page: Page, run: RunSummary) -> None:
    count = run.provisional
    if not count:
        return
    engines = sorted({call.engine for call in run.calls if call.provisional and call.engine})
    by = f" ({', '.join(engines)})" if engines else ""
    scored = run.coverage.scored
    share = ("The" if scored == 1 else f"All {scored}") if count == scored else f"{count} of {scored}"
    page.blank()
    for paragraph in (
        page.text("PROVISIONAL: do not rely on these verdicts", style="bold yellow"),
        page.text(
            f"{share} scored {'call was' if scored == 1 else 'calls were'} judged from a transcript too poor to rely"
            f" on{by}. What was not heard there is “to review”, not failed."
        ),
        page.text("To do better: run it again with --engine whisper; callqa doctor says what is missing."),
    ):
        page.barred("!", paragraph, "bold yellow")
