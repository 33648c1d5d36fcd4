"""`callqa sample`: a selection of calls for people to listen to."""

from __future__ import annotations

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
@option("--n", "number", type=click.IntRange(min=1), default=12, show_default=True, help="Number of calls to pick.")
@option("--seed", type=int, help="Seed of the random choice; the same seed picks the same calls.  [default: a new one]")
@option("--random", "at_random", type=click.IntRange(min=0), help="Number of calls to pick at random.  [default: half]")
@option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric to score with: the name of a shipped one, or a YAML file.",
)
@option(
    "-o", "--output", "target", default="-", help="Sheet (CSV file) to write.  [default: a list on standard output]"
)
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

    One part is picked at random, the other by risk: auto-fails, verdicts to review, poor transcripts. The two parts
    stay separate, and each is spread over the agents. With -o, callqa writes a sheet to fill in, which `callqa
    calibrate` reads. It does not show callqa's own verdicts, so that they influence nobody.

    \b
    callqa sample calls/ --n 12 --seed 7
    callqa sample calls/ --n 30 --seed 7 -o sheet.csv
    callqa calibrate sheet.csv calls/ --part random
    """
    import secrets

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
        raise UsageError(
            "none of these calls could be scored, so there is none to pick; callqa score shows the reasons"
        )
    if seed is None:
        seed = secrets.randbelow(10_000)
        session.messages.note(f"Picked with --seed {seed}")
    picked = pick(results, number, seed, at_random)
    if target == "-":
        write_page(lambda stream: write_list(picked, scored, stream), target)
    else:
        write_csv(lambda stream: write_sheet(picked, snapshot_of(loaded), stream), target)
        session.messages.note(f"Wrote {target}. Fill in its verdict column with pass, fail or na")
    return Status.INCOMPLETE if any(call.status != "scored" for call in results) else Status.DONE
