"""`callqa rubric behaviors` and `callqa rubric try`: the behaviors of a rubric, tried on single sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from callqa.cli.boundary import Status
from callqa.cli.options import option
from callqa.core.text import plural, printable

if TYPE_CHECKING:
    from callqa.behaviors.behavior import Hit
    from callqa.transcripts.transcript import Utterance

_rubric = option(
    "--rubric",
    default="support",
    show_default=True,
    help="Rubric whose behaviors to use: the name of a shipped one, or a YAML file.",
)


@click.command("behaviors")
@_rubric
def list_behaviors(rubric: str) -> None:
    """List the behaviors a rubric can refer to.

    \b
    callqa rubric behaviors
    """
    from callqa.rubrics.loader import load_rubric

    for name, behavior in sorted(load_rubric(rubric).behaviors.items()):
        click.echo(printable(f"{name:<16} {behavior.speaker:<9} {behavior.title}"))


@click.command("try")
@click.argument("lines", nargs=-1, required=True, metavar="LINE...")
@_rubric
def try_line(lines: tuple[str, ...], rubric: str) -> int:
    """Show the behaviors found in a line, or in several lines of one call.

    A line is said by the agent, unless it begins with `customer:`.

    \b
    callqa rubric try "I'm so sorry about that, I'll send a new one."
    callqa rubric try "customer: It never came." "That's a shame."
    """
    from callqa.behaviors.behavior import in_role
    from callqa.behaviors.detection import detect
    from callqa.rubrics.loader import load_rubric

    behaviors = load_rubric(rubric).behaviors
    utterances = [_parse_utterance(line) for line in lines]
    hits = [hit for hit in detect(utterances, behaviors) if in_role(hit, behaviors[hit.behavior])]
    for index, utterance in enumerate(utterances):
        click.echo(printable(f"{utterance.speaker}: {utterance.text}"))
        hits_here = [hit for hit in hits if hit.utterance == index]
        for hit in hits_here:
            click.echo(f"  {printable(_describe_hit(hit, utterance))}")
        if not hits_here:
            click.echo(f"  nothing found ({plural(len(behaviors), 'behavior')} checked)")
    return Status.DONE


def _parse_utterance(line: str) -> Utterance:
    from callqa.transcripts.transcript import Utterance

    speaker, colon, text = line.partition(":")
    if colon and speaker.strip().lower() in ("agent", "customer"):
        return Utterance("customer" if speaker.strip().lower() == "customer" else "agent", text.strip())
    return Utterance("agent", line)


def _describe_hit(hit: Hit, utterance: Utterance) -> str:
    unsure = "" if hit.sure else ", for a person to judge"
    rule = hit.rule if hit.learned else f"by the phrase {hit.rule}"
    return f"{hit.behavior} “{utterance.text[hit.start : hit.end]}” ({rule}; confidence {hit.confidence:.2f}{unsure})"
