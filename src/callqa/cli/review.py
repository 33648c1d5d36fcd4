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
    output_option,
    pop_options,
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
"""The answers an agent may give about a criterion, and the verdicts they stand for."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option(
    "--rubric",
    default="customer-shoes",
    show_default=True,
    help="Rubric to score with: the name of a shipped one, or a YAML file.",
)
@output_option
@click.option("--html", "html_target", help="HTML page to write as well, with the moments to listen to.")
@click.option("--play", is_flag=True, help="Play the moments aloud, with the system's audio player.")
@click.option("--score-yourself", is_flag=True, help="Ask for your own verdicts first, and show them next to callqa's.")
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
    """Review one of your own calls.

    Shows the call as the customer experienced it, then what you did well, in your own words, then at most three things
    to try. Nothing is kept: no score is stored, and no transcript is cached.

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
    for file_name in (target, *([html_target] if html_target else [])):
        check_target(file_name)
    if html_target == "-":
        raise UsageError("--html needs a file name")
    player = _find_player() if play else None
    listening = replace(pop_options(ListeningOptions, options), no_cache=True)
    messages = pop_options(MessageOptions, options)
    own = _ask_for_verdicts(loaded) if score_yourself else {}
    reviewed = _review_call(file, loaded, ListeningSession(listening, SearchOptions(), messages))
    if reviewed is None:
        return Status.INTERRUPTED
    call = reviewed.result
    snapshot = snapshot_of(loaded)
    experience = customer_experience(call, reviewed.hits, loaded.behaviors)
    shown = Review(call, snapshot, experience, self_review(call, snapshot), own)
    write_page(lambda stream: write_review(shown, stream), target)
    if html_target is not None:
        write_page(lambda stream: write_review_page(shown, stream), html_target)
    if player is not None:
        _play_moments(shown, player)
    return Status.DONE


def _find_player() -> tuple[str, ...]:
    """Return the command of an audio player. Raises UsageError if none is installed."""
    from callqa.coaching.playback import PLAYERS, player

    command = player()
    if command is None:
        names = ", ".join(known[0] for known in PLAYERS)
        raise UsageError(f"--play found no audio player on this system; install one of {names}")
    return command


def _play_moments(review: Review, player: tuple[str, ...]) -> None:
    """Play what went well, then what to try; print the time and title of each."""
    from callqa.coaching.playback import play
    from callqa.core.durations import clock
    from callqa.reports.html.sound import RATE, cut_moments

    parts = review.parts
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
        for _, samples in cut_moments(review.call, [(start, end)]):
            click.echo(f"{clock(start)}  {title}", err=True)
            played = True
            if not play(samples, RATE, player):
                raise UsageError(f"{player[0]} could not play the sound; is a loudspeaker connected?")
    if not played:
        click.echo("There is no sound to play.", err=True)


def _ask_for_verdicts(rubric: Rubric) -> dict[str, str]:
    """Ask for the agent's own verdicts, before callqa's are shown; return them by criterion."""
    click.echo(
        "First your own verdicts, from memory. For each criterion answer p (pass: I did it), f (fail: I did not), "
        "n (na: there was no occasion), or just press Enter (not sure).",
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


def _review_call(file: Path, rubric: Rubric, session: ListeningSession) -> ReviewedCall | None:
    """Score the call; return None if interrupted. Raises UsageError for several calls, or if it has no score."""
    from callqa.execution.tasks import ReviewTask
    from callqa.scoring.scorecard import CallResult

    found = session.find((file,))
    if len(found.recordings) + len(found.unusable) > 1:
        raise UsageError(f"{file} contains several calls; name a single one to review")
    results = session.run(ReviewTask, found, rubric).results
    if not results:
        return None
    outcome: ReviewedCall | CallResult = results[0]
    result = outcome if isinstance(outcome, CallResult) else outcome.result
    if isinstance(outcome, CallResult) or result.status != "scored":
        raise UsageError(f"{result.path}: {result.reason}")
    return outcome
