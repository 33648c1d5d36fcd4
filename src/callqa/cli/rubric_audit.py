"""`callqa rubric audit`: what each phrase of a rubric does in real calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


@click.command()
@click.argument("name", metavar="RUBRIC")
@paths_argument
@option(
    "--labels",
    "labels_file",
    type=click.Path(path_type=Path),
    help="CSV of lines that people labelled: call_id, utterance (from 0), behavior.",
)
@text_or_json_option
@output_option
@listening_options
@search_options
@message_options
def audit(name: str, paths: tuple[Path, ...], labels_file: Path | None, form: str, target: str, **options: Any) -> int:
    """Show how often each phrase of a rubric fires in calls.

    RUBRIC is the name of a shipped rubric, or a YAML file. Audit a rubric before you adopt it: on calls in which nobody
    argues, a phrase of arguing that fires is wrong. The hits that are counted are those that count for sure, after
    exceptions and the statistical model.

    \b
    callqa rubric audit ours.yaml calls/
    callqa rubric audit support calls/ --labels labels.csv -f json -o audit.json
    """
    from callqa.authoring.phrase_audit import PhraseAuditor
    from callqa.cli.listening import ListeningSession
    from callqa.errors import UsageError
    from callqa.evaluation.labels import BehaviorLabels, read_labels
    from callqa.execution.tasks import DetectedCall, DetectTask
    from callqa.reports.output import check_target, write_text
    from callqa.reports.phrase_audit_report import audit_json, audit_text
    from callqa.rubrics.loader import load_rubric

    rubric = load_rubric(name)
    labels: dict[str, frozenset[tuple[str, int]]] = {}
    if labels_file is not None:
        given = read_labels(labels_file, (), list(rubric.behaviors))
        if not isinstance(given, BehaviorLabels):
            raise UsageError(f"{labels_file}: contains verdicts on calls; an audit needs call_id,utterance,behavior")
        # Nobody is wrong about a line on which people disagree.
        labels = {name: places | given.disputed.get(name, frozenset()) for name, places in given.found.items()}
    check_target(target)
    session = ListeningSession.from_options(options)
    outcomes = session.run(DetectTask, session.find(paths), rubric)
    auditor = PhraseAuditor(rubric, labels)
    for call in outcomes.results:
        if isinstance(call, DetectedCall):
            auditor.add(call.recording.call_id, call.transcript.utterances, call.hits)
    result = auditor.result()
    write_text(audit_json(result, rubric) if form == "json" else audit_text(result, rubric), target)
    return session.status(outcomes)
