"""`callqa review`: one call, for the agent who made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    ListeningOptions,
    MessageOptions,
    SearchOptions,
    listening_options,
    message_options,
    option,
    take,
)
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.cli.listening import ListeningSession
    from callqa.execution.tasks import ReviewedCall
    from callqa.reports.review_wording import Review
    from callqa.rubrics.rubric_schema import Rubric

ANSWERS = {
    "p": "pass", "pass": "pass", "f": "fail", "fail": "fail", "n": "na", "na": "na", "?": "unsure",
}  # fmt: skip
"""What an agent may answer of a criterion, and what it stands for."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--rubric", default="customer-shoes", show_default=True, help="A shipped rubric's name, or a YAML file.")
@option("-o", "--output", "target", default="-", help="File to write.  [default: stdout]")
@click.option("--html", "html_target", help="Page to write besides, with the moments to listen to in it.")
@click.option("--play", is_flag=True, help="Play the moments through the system's player.")
@click.option("--score-yourself", is_flag=True, help="Ask for your own verdicts first, and show both side by side.")
@listening_options
@message_options
def review(
    file: Path,
    rubric: str,
    target: str,
    html_target: str | None,
    play: bool,
    score_yourself: bool,
    **options: Any,
) -> int:
    """Look at a call of your own.

    Tells it from the customer's side, then what went well in your own words, then at most three things to try. Nothing
    is kept: no score is stored and no transcript cached.

    \b
    callqa review my-call.wav
    callqa review my-call.wav --score-yourself
    callqa review my-call.wav --html review.html
    """
    from callqa.cli.listening import ListeningSession
    from callqa.coaching.customer_experience import customer_experience
    from callqa.coaching.self_review import self_review
    from callqa.reports.html.review_page import write_review_page
    from callqa.reports.output import check_target, write_page
    from callqa.reports.review_report import write_review
    from callqa.reports.review_wording import Review
    from callqa.results.rubric_snapshot import snapshot_of
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(rubric)
    for place in (target, *([html_target] if html_target else [])):
        check_target(place)
    if html_target == "-":
        raise UsageError("--html needs the name of a file")
    command = _player() if play else None
    listening, messages = replace(take(ListeningOptions, options), no_cache=True), take(MessageOptions, options)
    own = _ask(loaded) if score_yourself else {}
    reviewed = _judge(file, loaded, ListeningSession(listening, SearchOptions(), messages))
    if reviewed is None:
        return Status.INTERRUPTED
    call = reviewed.result
    standard = snapshot_of(loaded)
    side = customer_experience(call, reviewed.hits, loaded.behaviors)
    told = Review(call, standard, side, self_review(call, standard), own)
    write_page(lambda stream: write_review(told, stream), target)
    if html_target is not None:
        write_page(lambda stream: write_review_page(told, stream), html_target)
    if command is not None:
        _play(told, command)
    return Status.DONE


def _player() -> tuple[str, ...]:
    from callqa.coaching.playback import PLAYERS, player

    command = player()
    if command is None:
        names = ", ".join(one[0] for one in PLAYERS)
        raise UsageError(f"there is no player on this system to --play with; callqa knows {names}")
    return command


def _play(told: Review, command: tuple[str, ...]) -> None:
    """Play what went well, then what to try, each announced with its moment."""
    from callqa.coaching.playback import play
    from callqa.core.durations import clock
    from callqa.reports.html.sound import RATE, cut_moments

    parts = told.parts
    moments = {
        one.start: (title, one.end)
        for title, one in (
            *((strength.title, strength.said) for strength in parts.strengths),
            *((one.line.title, one.moment) for one in (*parts.to_try, *parts.unsure)),
        )
        if one is not None and one.start is not None
    }
    played = False
    for start, (title, end) in moments.items():
        for _, samples in cut_moments(told.call, [(start, end)]):
            click.echo(f"{clock(start)}  {title}", err=True)
            played = True
            if not play(samples, RATE, command):
                raise UsageError(f"{command[0]} could not play the sound; is there a loudspeaker?")
    if not played:
        click.echo("There is no sound to play.", err=True)


def _ask(rubric: Rubric) -> dict[str, str]:
    """The agent's own verdicts by criterion, before callqa's are known."""
    click.echo(
        "Your own verdicts first, from memory. For each line answer p (pass: I did), f (fail: I did not), n (na: there "
        "was no occasion) or just Enter (not sure).",
        err=True,
    )
    return {
        criterion.id: ANSWERS[
            click.prompt(
                f"  {criterion.title}",
                type=click.Choice(list(ANSWERS)),
                default="?",
                show_choices=False,
                show_default=False,
                err=True,
            )
        ]
        for criterion in rubric.criteria
    }


def _judge(file: Path, rubric: Rubric, session: ListeningSession) -> ReviewedCall | None:
    """Judge the one call; None if interrupted. Raises UsageError if there is not exactly one, or it has no score."""
    from callqa.execution.tasks import ReviewTask
    from callqa.scoring.scorecard import CallResult

    found = session.find((file,))
    if len(found.recordings) + len(found.unusable) > 1:
        raise UsageError(f"{file} holds several calls; name one: a review is of a single call")
    results = session.run(ReviewTask, found, rubric).results
    if not results:
        return None
    outcome: ReviewedCall | CallResult = results[0]
    result = outcome if isinstance(outcome, CallResult) else outcome.result
    if isinstance(outcome, CallResult) or result.status != "scored":
        raise UsageError(f"{result.path}: {result.reason}")
    return outcome
