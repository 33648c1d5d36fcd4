"""`callqa calibrate`: callqa's verdicts compared with people's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.options import (
    listening_options,
    message_options,
    option,
    output_option,
    paths_argument,
    search_options,
    text_or_json_option,
)

if TYPE_CHECKING:
    from callqa.evaluation.labels import BehaviorLabels, VerdictLabels


@click.command()
@click.argument("labels", type=click.Path(path_type=Path))
@paths_argument
@option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric to score with: the name of a shipped one, or a YAML file.",
)
@text_or_json_option
@output_option
@click.option("--part", type=click.Choice(["random", "risk"]), help="Use only one part of a sheet from callqa sample.")
@listening_options
@search_options
@message_options
def calibrate(
    labels: Path, paths: tuple[Path, ...], rubric: str, form: str, target: str, part: str | None, **options: Any
) -> int:
    """Compare callqa's verdicts with people's.

    LABELS is a CSV file with one of two sets of columns: call_id, criterion, verdict (pass, fail or na); or call_id,
    utterance, behavior (a row for each utterance that shows the behavior, counted from 0).

    \b
    callqa calibrate verdicts.csv calls/
    callqa calibrate behaviors.csv calls/ -f json -o agreement.json
    """
    from callqa.cli.listening import ListeningSession
    from callqa.errors import UsageError
    from callqa.evaluation.calibration import compare_behaviors, compare_verdicts
    from callqa.evaluation.labels import VerdictLabels, read_labels
    from callqa.execution.tasks import DetectedCall, DetectTask, ScoreTask
    from callqa.reports.calibration_report import calibration_json, calibration_text, warnings
    from callqa.reports.output import check_target, write_text
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(rubric)
    people = read_labels(labels, [criterion.id for criterion in loaded.criteria], loaded.behaviors)
    if part is not None:
        if not isinstance(people, VerdictLabels):
            raise UsageError("--part applies to a sheet of verdicts, not to labels of behaviors")
        people = people.of_part(part)
    check_target(target)
    session = ListeningSession.from_options(options)
    found = session.find(paths)
    if not people.call_ids & {recording.call_id for recording in found.recordings}:
        example = next(iter(sorted(recording.call_id for recording in found.recordings)), "none")
        raise UsageError(f"no label in {labels} is for one of these calls; their ids look like this: {example}")
    for note in _sheet_notes(people, part):
        session.messages.note(f"Note: {note}")
    outcomes = session.run(ScoreTask if isinstance(people, VerdictLabels) else DetectTask, found, loaded)
    results = outcomes.results
    if isinstance(people, VerdictLabels):
        compared = compare_verdicts(people, results)
    else:
        detected = [result for result in results if isinstance(result, DetectedCall)]
        compared = compare_behaviors(people, detected, loaded.behaviors)
    for warning in warnings(compared):
        session.messages.note(f"Note: {warning}")
    write_text(calibration_json(compared, loaded) if form == "json" else calibration_text(compared, loaded), target)
    return session.status(outcomes)


def _sheet_notes(labels: VerdictLabels | BehaviorLabels, part: str | None) -> Iterator[str]:
    """Yield notes on a sheet, for readers of the figures."""
    from callqa.evaluation.labels import VerdictLabels

    if not isinstance(labels, VerdictLabels):
        return
    if labels.open:
        yield f"{labels.open} rows of the sheet have no verdict yet and are left out"
    if part is None and "risk" in labels.parts.values():
        yield "some of these calls were picked by risk; add --part random for figures that represent all calls"
