"""`callqa report`: saved results again, merged, filtered, grouped differently or compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from callqa.cli.option_order import OrderedCommand, options_in_order
from callqa.cli.options import (
    GateOptions,
    OverrideOptions,
    ReportOptions,
    config_option,
    gate_options,
    option,
    override_options,
    pop_options,
    quiet_option,
    report_options,
)
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.cli.messages import Messages
    from callqa.reports.blocks import Block
    from callqa.results.comparison import Comparison
    from callqa.results.grouping import Grouping
    from callqa.results.override_file import Override
    from callqa.results.summary import RunSummary

TABLE_FORMATS = ("text", "json", "csv", "md")
"""The formats of comparisons, and of tables by team, week or criterion; html and junit reports show calls."""

_DAY: dict[str, Any] = {"type": click.DateTime(formats=["%Y-%m-%d"]), "metavar": "YYYY-MM-DD"}


@dataclass(frozen=True)
class SelectionOptions:
    """The values of the options that say which calls to report, and what to group or compare them by."""

    against: tuple[Path, ...]
    split: datetime | None
    since: datetime | None
    until: datetime | None
    agents: tuple[str, ...]
    by: Grouping


@click.command(cls=OrderedCommand)
@click.pass_context
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@report_options
@option(
    "--against",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Compare with these earlier results. Can be repeated.",
)
@option("--split", **_DAY, help="Compare the calls before this day with those from this day onwards.")
@option("--since", **_DAY, help="Use only the calls in RESULTS from this day onwards.")
@option("--until", **_DAY, help="Use only the calls in RESULTS up to and including this day.")
@option("--agent", "agents", multiple=True, help="Use only the calls of this agent. Can be repeated.")
@option(
    "--by",
    type=click.Choice(["agent", "team", "week", "criterion"]),
    default="agent",
    show_default=True,
    help="What to group calls by.",
)
@override_options
@gate_options
@config_option
@quiet_option
def report(context: click.Context, /, results: tuple[Path, ...], quiet: bool, **options: Any) -> int:
    """Report on saved results: merge, filter or compare them.

    RESULTS are files from `callqa score -f json`. Several files are merged; if a call is in two of them, the result in
    the later file counts. --against and --split compare two periods, per agent (or --by team, criterion) and criterion.
    A difference counts as a change only if chance does not explain it.

    Exit status: 0 done, and the gate (--fail-under, --fail-on), if there is one, is met; 1 the gate is not met; 2 wrong
    usage; 3 the gate could not be decided, because a call could not be read or scored (too short, voicemail, …) or is
    only provisional, or because there is no call.

    \b
    callqa report results.json -o results.md -f junit -o results.xml
    callqa report monday.json tuesday.json --by criterion
    callqa report this-week.json --against last-week.json
    callqa report archive.json --split 2026-11-09 --by team
    callqa report archive.json --agent maria -f html -o maria.html
    """
    from callqa.cli.finish import finish_run
    from callqa.cli.messages import Messages
    from callqa.cli.output_options import make_outputs, pair_formats_with_targets
    from callqa.results.merging import between

    messages = Messages(quiet=quiet)
    overrides = pop_options(OverrideOptions, options).read()
    gate = pop_options(GateOptions, options).gate
    shown, chosen = pop_options(ReportOptions, options), pop_options(SelectionOptions, options)
    if chosen.against and chosen.split is not None:
        raise UsageError("--against cannot be combined with --split")
    of_calls = not chosen.against and chosen.split is None and chosen.by == "agent"
    order = options_in_order(context)
    outputs = make_outputs(shown.formats, shown.targets, order, shown.audio) if of_calls else []
    tables = [] if of_calls else pair_formats_with_targets(shown.formats, shown.targets, order, TABLE_FORMATS)
    everything, earlier = _load_runs(results, chosen, overrides, messages)
    period = between(everything, _day(chosen.since), _day(chosen.until))
    run = replace(period.run, min_calls=shown.min_calls)
    notes = period.notes
    if not of_calls:
        writers, more = _table_writers(run, earlier, chosen)
        _write_tables(tables, writers, messages)
        notes = (*notes, *more)
    _print_notes(notes, messages)
    return finish_run(run, outputs, gate, messages)


def _load_runs(
    results: Sequence[Path], chosen: SelectionOptions, overrides: Sequence[Override] | None, messages: Messages
) -> tuple[RunSummary, RunSummary | None]:
    """Return the merged results, and those to compare them with (None if there are none).

    Overrides are applied, and only the calls of the chosen agents are kept.
    """
    from callqa.results.merging import merge, of_agents, refuse_unknown_agents, same_rubric

    named = _read_results((*results, *chosen.against))
    later, earlier = named[: len(results)], named[len(results) :]
    same_rubric([*earlier, *later])
    merged = [merge(runs) for runs in (later, earlier) if runs]
    _print_notes([note for one in merged for note in one.notes], messages)
    corrected = _apply_overrides([one.run for one in merged], overrides, messages)
    refuse_unknown_agents(corrected, chosen.agents)
    run, *others = [of_agents(one, chosen.agents) for one in corrected]
    return run, others[0] if others else None


def _read_results(paths: Sequence[Path]) -> list[tuple[str, RunSummary]]:
    """Read files of results, and return them with their names. Raises UsageError with a line for each bad file."""
    from callqa.results.result_reading import load_results

    runs: list[tuple[str, RunSummary]] = []
    problems: list[str] = []
    for path in paths:
        try:
            runs.append((str(path), load_results(path)))
        except UsageError as error:
            problems.append(str(error))
    if problems:
        raise UsageError("\n".join(problems))
    return runs


def _apply_overrides(
    runs: Sequence[RunSummary], overrides: Sequence[Override] | None, messages: Messages
) -> list[RunSummary]:
    """Return the runs with overrides applied; as they are if `overrides` is None.

    All calls are looked at together, so that an override for a call in one run is not missing from the other.
    """
    from callqa.results.overrides import apply_overrides
    from callqa.results.summary import with_calls

    if overrides is None:
        return list(runs)
    applied = apply_overrides([call for run in runs for call in run.calls], overrides, runs[0].rubric)
    _print_notes(applied.notes, messages)
    corrected = []
    start = 0
    for run in runs:
        end = start + len(run.calls)
        corrected.append(with_calls(run, applied.calls[start:end]))
        start = end
    return corrected


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _print_notes(notes: Sequence[str], messages: Messages) -> None:
    for note in notes:
        messages.note(f"Note: {note}")


Writers = dict[str, Callable[[str], None]]
"""Functions that write a table to a target, by format."""


def _table_writers(
    run: RunSummary, earlier: RunSummary | None, chosen: SelectionOptions
) -> tuple[Writers, tuple[str, ...]]:
    """Return the writers of a comparison or of a table by groups, and notes."""
    from callqa.results.comparison import compare
    from callqa.results.merging import split

    if chosen.split is not None:
        before, after, notes = split(run, chosen.split.date())
        return _comparison_writers(compare(before, after, chosen.by)), notes
    if earlier is not None:
        return _comparison_writers(compare(earlier, run, chosen.by)), ()
    return _group_writers(run, chosen.by), ()


def _comparison_writers(compared: Comparison) -> Writers:
    from callqa.reports.comparison_report import comparison_blocks, comparison_json, write_comparison_csv

    return _writers(
        comparison_blocks(compared),
        lambda: comparison_json(compared),
        lambda stream: write_comparison_csv(compared, stream),
    )


def _group_writers(run: RunSummary, by: Grouping) -> Writers:
    from callqa.reports.group_report import group_blocks, group_json, write_group_csv

    return _writers(group_blocks(run, by), lambda: group_json(run, by), lambda stream: write_group_csv(run, by, stream))


def _writers(blocks: Sequence[Block], make_json: Callable[[], str], write_rows: Callable[[TextIO], None]) -> Writers:
    from callqa.reports.blocks import as_markdown
    from callqa.reports.output import write_csv, write_page, write_text
    from callqa.reports.terminal.terminal_blocks import write_as_text

    return {
        "text": lambda target: write_page(lambda stream: write_as_text(blocks, stream), target),
        "md": lambda target: write_text(as_markdown(blocks), target),
        "json": lambda target: write_text(make_json(), target),
        "csv": lambda target: write_csv(write_rows, target),
    }


def _write_tables(tables: Sequence[tuple[str, str]], writers: Writers, messages: Messages) -> None:
    from callqa.reports.output import STDOUT

    for name, target in tables:
        writers[name](target)
        if target != STDOUT:
            messages.note(f"Wrote {target}")
