"""`callqa rubric diff`: what a changed rubric would change."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    ListeningOptions,
    MessageOptions,
    SearchOptions,
    find,
    finding_options,
    listening_options,
    option,
    paths_argument,
    take,
    talking_options,
)


@click.command()
@click.argument("old")
@click.argument("new")
@paths_argument
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@option("-o", "--output", "target", default="-", help="File to write.  [default: stdout]")
@listening_options
@finding_options
@talking_options
def diff(old: str, new: str, paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Judge calls with two rubrics and show which are judged otherwise, with the evidence.

    Recordings heard before are not heard again: their transcripts are in the cache.

    \b
    callqa rubric diff support ours.yaml calls/
    callqa rubric diff last-month.yaml ours.yaml archive/ -f json -o changes.json
    """
    from callqa.authoring.rubric_differences import compare
    from callqa.cli.session import Session, utf8_output
    from callqa.cli.unusable import failed_ones
    from callqa.execution.tasks import ScoreTask
    from callqa.reports.output import check_target, write_text
    from callqa.reports.rubric_diff_report import diff_json, diff_text
    from callqa.rubrics.loader import load_rubric

    utf8_output()
    rubrics = [load_rubric(name) for name in (old, new)]
    check_target(target)
    listening, finding, talking = (
        take(ListeningOptions, options),
        take(SearchOptions, options),
        take(MessageOptions, options),
    )
    found = find(paths, finding)
    with tempfile.TemporaryDirectory(prefix="callqa-") as folder:
        if listening.cache is None:
            # Both rubrics judge what was heard once.
            listening = replace(listening, cache_dir=Path(folder), no_cache=False)
        session = Session(listening, talking)
        for note in found.notes:
            session.note(note)
        choice = session.choose_engine(found.recordings)
        runs = []
        for rubric in rubrics:
            runs.append(session.run(ScoreTask, found, choice, rubric))
            if runs[-1].not_reached:
                return Status.INTERRUPTED
    before, after = (run.results for run in runs)
    compared = compare(rubrics[0], rubrics[1], before, after)
    text = diff_json(compared, *rubrics) if form == "json" else diff_text(compared, *rubrics)
    write_text(text, target)
    failures = session.report_failures((*after, *failed_ones(found)))
    return Status.INCOMPLETE if failures else Status.DONE
