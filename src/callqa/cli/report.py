"""`callqa report`: saved results again, merged, chosen by date, added up otherwise, or compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.option_order import OrderedCommand, given_order
from callqa.cli.options import (
    OverrideOptions,
    ReportOptions,
    config_option,
    gate_options,
    option,
    override_options,
    quiet_option,
    report_options,
    take,
)
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.cli.messages import Messages
    from callqa.results.comparison import Comparison
    from callqa.results.grouping import Grouping
    from callqa.results.override_file import Override
    from callqa.results.summary import RunSummary

    Named = tuple[str, RunSummary]

FIGURES = ("text", "json", "csv", "md")
"""The formats of comparisons and of tables by team, week or criterion: html and junit show calls."""

_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(cls=OrderedCommand)
@click.pass_context
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@report_options
@option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Compare with these earlier results; may be given several times.",
)
@option("--split", type=_DAY, help="Compare the calls before this day with those from it on.")
@option("--since", type=_DAY, help="Of RESULTS only calls that began on this day or later.")
@option("--until", type=_DAY, help="Of RESULTS only calls that began on this day or earlier.")
@option("--agent", "agents", multiple=True, help="Only calls of this agent; may be given several times.")
@option(
    "--by",
    type=click.Choice(["agent", "team", "week", "criterion"]),
    default="agent",
    show_default=True,
    help="What to add calls up by.",
)
@override_options
@gate_options
@config_option
@quiet_option
def report(
    context: click.Context,
    /,
    results: tuple[Path, ...],
    formats: tuple[str, ...],
    targets: tuple[str, ...],
    against: tuple[Path, ...],
    split: datetime | None,
    since: datetime | None,
    until: datetime | None,
    agents: tuple[str, ...],
    by: Grouping,
    fail_under: float | None,
    fail_on: tuple[Any, ...],
    allow_provisional: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Report saved results again, in any format; merge, choose or compare them.

    RESULTS are files of `callqa score -f json`. Several are merged: of a call that is in two of them the later file's
    result counts. With --against or --split two periods are compared, per agent (or --by team, criterion) and
    criterion: what changed is what changed by more than chance explains.

    Exit status: 0 done, and the gate (--fail-under, --fail-on) met; 1 gate not met; 2 wrong use; 3 gate not decided,
    since a call could not be read or scored (too short, voicemail, …) or is only provisional, or there is none.

    \b
    callqa report results.json -o results.md -f junit -o results.xml
    callqa report monday.json tuesday.json --by criterion
    callqa report this-week.json --against last-week.json
    callqa report archive.json --split 2026-11-09 --by team
    callqa report archive.json --agent maria -f html -o maria.html
    """
    from callqa.cli.finish import deliver
    from callqa.cli.messages import Messages
    from callqa.cli.output_options import outputs, places
    from callqa.results.comparison import compare
    from callqa.results.gate import Gate
    from callqa.results.merging import between
    from callqa.results.merging import split as split_at

    talk = Messages(quiet=quiet)
    overrides, showing = take(OverrideOptions, options).read(), take(ReportOptions, options)
    order = given_order(context)
    gate = Gate(fail_under, fail_on, allow_provisional)
    if against and split is not None:
        raise UsageError("--against and --split cannot go together; leave one out")
    whole = not against and split is None and by == "agent"
    wanted = outputs(formats, targets, order, showing.audio) if whole else []
    tables = [] if whole else places(formats, targets, order, FIGURES)
    run, earlier = _gather(results, against, overrides, agents, talk)
    chosen = between(run, _day(since), _day(until))
    run, notes = replace(chosen.run, min_calls=showing.min_calls), chosen.notes
    if split is not None:
        before, after, more = split_at(run, split.date())
        notes = (*notes, *more)
        _write_tables(tables, _comparison_writers(compare(before, after, by)), talk)
    elif earlier is not None:
        _write_tables(tables, _comparison_writers(compare(earlier, run, by)), talk)
    elif not whole:
        _write_tables(tables, _group_writers(run, by), talk)
    _note(talk, notes)
    return deliver(run, wanted, gate, talk)


def _gather(
    results: Sequence[Path],
    against: Sequence[Path],
    overrides: Sequence[Override] | None,
    agents: Sequence[str],
    talk: Messages,
) -> tuple[RunSummary, RunSummary | None]:
    """The results merged, and those they are compared with where there are such, with what people changed in them.

    Only calls of these agents are left, where some are named.
    """
    from callqa.results.merging import merge, of_agents, refuse_unknown_agents, same_standard

    named = _load((*results, *against))
    loaded, earlier = named[: len(results)], named[len(results) :]
    same_standard([*earlier, *loaded])
    merged = [merge(runs) for runs in (loaded, earlier) if runs]
    _note(talk, [note for one in merged for note in one.notes])
    changed = _with_overrides([one.run for one in merged], overrides, talk)
    refuse_unknown_agents(changed, agents)
    run, *others = [of_agents(one, agents) for one in changed]
    return run, others[0] if others else None


def _load(paths: Sequence[Path]) -> list[Named]:
    """The runs of files. Raises UsageError with a line for each bad one."""
    from callqa.results.result_reading import load_results

    runs: list[Named] = []
    problems: list[str] = []
    for path in paths:
        try:
            runs.append((str(path), load_results(path)))
        except UsageError as error:
            problems.append(str(error))
    if problems:
        raise UsageError("\n".join(problems))
    return runs


def _with_overrides(
    runs: Sequence[RunSummary], overrides: Sequence[Override] | None, talk: Messages
) -> list[RunSummary]:
    """The runs with verdicts changed by people. They share one list, so what is in either is not missing."""
    from callqa.results.overrides import apply_overrides
    from callqa.results.summary import with_calls

    if overrides is None:
        return list(runs)
    applied = apply_overrides([call for run in runs for call in run.calls], overrides, runs[0].rubric)
    _note(talk, applied.notes)
    changed = []
    start = 0
    for run in runs:
        end = start + len(run.calls)
        changed.append(with_calls(run, applied.calls[start:end]))
        start = end
    return changed


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _note(talk: Messages, notes: Sequence[str]) -> None:
    for note in notes:
        talk.note(f"Note: {note}")


Writers = dict[str, Callable[[str], None]]
"""By format: writes a table to a target."""


def _comparison_writers(compared: Comparison) -> Writers:
    from callqa.reports.blocks import as_markdown
    from callqa.reports.comparison_report import comparison_blocks, comparison_json, write_comparison_csv
    from callqa.reports.output import write_csv, write_page, write_text
    from callqa.reports.terminal.terminal_blocks import write_as_text

    blocks = comparison_blocks(compared)
    return {
        "text": lambda target: write_page(lambda stream: write_as_text(blocks, stream), target),
        "md": lambda target: write_text(as_markdown(blocks), target),
        "json": lambda target: write_text(comparison_json(compared), target),
        "csv": lambda target: write_csv(lambda stream: write_comparison_csv(compared, stream), target),
    }


def _group_writers(run: RunSummary, by: Grouping) -> Writers:
    from callqa.reports.blocks import as_markdown
    from callqa.reports.group_report import group_blocks, group_json, write_group_csv
    from callqa.reports.output import write_csv, write_page, write_text
    from callqa.reports.terminal.terminal_blocks import write_as_text

    blocks = group_blocks(run, by)
    return {
        "text": lambda target: write_page(lambda stream: write_as_text(blocks, stream), target),
        "md": lambda target: write_text(as_markdown(blocks), target),
        "json": lambda target: write_text(group_json(run, by), target),
        "csv": lambda target: write_csv(lambda stream: write_group_csv(run, by, stream), target),
    }


def _write_tables(tables: Sequence[tuple[str, str]], writers: Writers, talk: Messages) -> None:
    from callqa.reports.output import STDOUT

    for form, target in tables:
        writers[form](target)
        if target != STDOUT:
            talk.note(f"Wrote {target}")
