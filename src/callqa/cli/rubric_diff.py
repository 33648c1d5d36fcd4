"""`callqa rubric diff`: the verdicts that a changed rubric would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    listening_options,
    message_options,
    output_option,
    paths_argument,
    search_options,
    text_or_json_option,
)


@click.command()
@click.argument("old")
@click.argument("new")
@paths_argument
@text_or_json_option
@output_option
@listening_options
@search_options
@message_options
def diff(old: str, new: str, paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Score calls with two rubrics, and show the verdicts that differ.

    OLD and NEW are names of shipped rubrics, or YAML files. Each difference comes with its evidence. Recordings whose
    transcripts are in the cache are not transcribed again.

    \b
    callqa rubric diff support ours.yaml calls/
    callqa rubric diff last-month.yaml ours.yaml archive/ -f json -o changes.json
    """
    import tempfile

    from callqa.authoring.rubric_differences import compare
    from callqa.cli.listening import ListeningSession
    from callqa.execution.tasks import ScoreTask
    from callqa.reports.output import check_target, write_text
    from callqa.reports.rubric_diff_report import diff_json, diff_text
    from callqa.rubrics.loader import load_rubric

    rubrics = [load_rubric(name) for name in (old, new)]
    check_target(target)
    with tempfile.TemporaryDirectory(prefix="callqa-") as folder:
        # Without a cache, each recording would be transcribed twice.
        session = ListeningSession.from_options(options, cache=Path(folder))
        found = session.find(paths)
        runs = []
        for rubric in rubrics:
            runs.append(session.run(ScoreTask, found, rubric))
            if runs[-1].not_reached:
                return Status.INTERRUPTED
    before, after = runs
    compared = compare(rubrics[0], rubrics[1], before.results, after.results)
    text = diff_json(compared, *rubrics) if form == "json" else diff_text(compared, *rubrics)
    write_text(text, target)
    return session.status(after)
