"""`callqa sample`: which calls people should listen to."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    listening_options,
    message_options,
    option,
    paths_argument,
    search_options,
)


@click.command()
@paths_argument
@option("--n", "number", type=click.IntRange(min=1), default=12, show_default=True, help="Calls to pick.")
@option("--seed", type=int, help="Number the drawing begins from; the same one draws the same calls.  [default: any]")
@option("--random", "at_random", type=click.IntRange(min=0), help="How many of them by chance.  [default: half]")
@option("--rubric", default="support", show_default=True, help="A shipped rubric's name, or a YAML file.")
@option("-o", "--output", "target", default="-", help="Sheet (CSV) to write.  [default: a list on stdout]")
@listening_options
@search_options
@message_options
def sample(
    paths: tuple[Path, ...],
    number: int,
    seed: int | None,
    at_random: int | None,
    rubric: str,
    target: str,
    **options: Any,
) -> int:
    """Pick calls for people to listen to.

    One part is drawn by chance, one picked by risk: auto-fails, what is to review, what was heard badly. Both are
    spread over the agents and kept apart. With -o, a sheet to fill in that `callqa calibrate` reads back; it leaves out
    callqa's own verdicts, so that they sway nobody.

    \b
    callqa sample calls/ --n 12 --seed 7
    callqa sample calls/ --n 30 --seed 7 -o sheet.csv
    callqa calibrate sheet.csv calls/ --part random
    """
    from callqa.cli.listening import ListeningSession
    from callqa.errors import UsageError
    from callqa.evaluation.sampling import sample as pick
    from callqa.execution.tasks import ScoreTask
    from callqa.reports.output import check_target, write_csv, write_page
    from callqa.reports.sample_report import write_list, write_sheet
    from callqa.results.rubric_snapshot import snapshot_of
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(rubric)
    check_target(target)
    session = ListeningSession.from_options(options)
    found = session.find(paths)
    outcomes = session.run(ScoreTask, found, loaded)
    if outcomes.not_reached:
        return Status.INTERRUPTED
    results = outcomes.results
    scored = sum(call.status == "scored" for call in results)
    if not scored:
        raise UsageError("none of these calls could be scored, so there is none to pick; callqa score says why")
    if seed is None:
        seed = secrets.randbelow(10_000)
        session.messages.note(f"Drawn with --seed {seed}")
    picked = pick(results, number, seed, at_random)
    if target == "-":
        write_page(lambda stream: write_list(picked, scored, stream), target)
    else:
        write_csv(lambda stream: write_sheet(picked, snapshot_of(loaded), stream), target)
        session.messages.note(f"Wrote {target}: write pass, fail or na into the column verdict")
    return Status.INCOMPLETE if any(call.status != "scored" for call in results) else Status.DONE
