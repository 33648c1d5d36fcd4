"""A rubric as a page for the people it judges: the expectations, the reasons, and words to say."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from callqa.core.durations import spell
from callqa.core.text import plural, printable
from callqa.language.phrases import parse_phrase
from callqa.rubrics.measure_schema import Measure
from callqa.rubrics.rubric_schema import Amount, Condition, Criterion, Rubric, Window

_MOST_SAMPLES = 3
"""Phrases shown of each condition: enough to see what kind of words count."""


def rubric_page(rubric: Rubric, width: int = 80) -> str:
    """Return the page as plain text of lines no longer than `width`."""
    return "\n".join(_lines(rubric, max(width, 40))) + "\n"


def _lines(rubric: Rubric, width: int) -> Iterator[str]:
    file = rubric.file
    title = file.title or file.name
    yield from _wrapped(title, width)
    yield "=" * min(len(title), width)
    if file.about:
        yield from _wrapped(file.about, width)
    total = sum(criterion.weight for criterion in rubric.criteria)
    yield from _wrapped(
        f"Rubric {file.name}, version {file.version}. A call passes with {file.pass_mark:g} of 100 or more.", width
    )
    for number, criterion in enumerate(rubric.criteria, start=1):
        yield ""
        yield from _wrapped(f"{number}. {criterion.title}", width)
        for label, text in _parts(criterion, rubric, total):
            yield from _wrapped(text, width, f"   {label + ':':<10} ")
    learned = _learned(rubric)
    if learned:
        yield ""
        yield from _wrapped(
            f"{learned}: found by phrases and by a model learned from examples. What only the model finds may earn a"
            " point or ask a person to listen; it never costs a point.",
            width,
        )


def _learned(rubric: Rubric) -> str:
    """Return the titles of the rubric's behaviors that were learned from examples."""
    named = {
        name
        for criterion in rubric.criteria
        for condition in (criterion.when, criterion.demand)
        for name in (condition and condition.behavior) or ()
    }
    return ", ".join(f"“{one.title}”" for one in rubric.behaviors.values() if one.learned and one.name in named)


def _wrapped(text: str, width: int, first: str = "") -> list[str]:
    return textwrap.wrap(
        printable(text), width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )


def _parts(criterion: Criterion, rubric: Rubric, total: float) -> Iterator[tuple[str, str]]:
    if criterion.why:
        yield "Why", criterion.why
    if criterion.when is not None:
        yield "When", f"{_condition(criterion.when, rubric, 'customer')}; otherwise it does not count"
    if criterion.expect is not None:
        yield "Expected", _condition(criterion.expect, rubric, "agent")
    if criterion.forbid is not None:
        yield "Never", _condition(criterion.forbid, rubric, "agent")
    if criterion.measure is not None:
        yield "Measured", _measured(criterion.measure)
    if criterion.coach:
        yield "How", criterion.coach
    for words in criterion.good:
        yield "Say", f"“{words}”"
    yield "Counts", _counts(criterion, total)


def _counts(criterion: Criterion, total: float) -> str:
    share = "nothing; for information only"
    if criterion.weight and total:
        share = f"{100 * criterion.weight / total:.0f} of 100"
    if criterion.auto_fail:
        return f"{share}; a miss costs the whole call"
    return f"{share}; a miss is counted separately, as critical" if criterion.critical else share


def _condition(condition: Condition, rubric: Rubric, usual: str) -> str:
    party = condition.speaker or usual
    who = {"agent": "you", "customer": "the customer"}.get(party, "either party")
    ways = [f"“{rubric.behaviors[name].title}”" for name in condition.behavior or () if name in rubric.behaviors]
    ways += _samples(condition.say or ())
    often = f", at least {condition.at_least} times" if condition.at_least > 1 else ""
    near = ""
    if condition.not_near is not None:
        near = f", but not near {' or '.join(_samples(condition.not_near.say))}"
    return f"{' or '.join(ways)} (by {who}){often}{near}{_window(condition.within)}"


def _samples(phrases: Sequence[str]) -> list[str]:
    samples = [f"“{phrase.sample or phrase.source}”" for phrase in map(parse_phrase, phrases)]
    rest = len(samples) - _MOST_SAMPLES
    shown = f"words like {', '.join(samples[:_MOST_SAMPLES])}" + (
        f" (and {plural(rest, 'more wording')})" if rest > 0 else ""
    )
    return [shown] if samples else []


def _window(window: Window | None) -> str:
    if window is None:
        return ""
    if window.first is not None:
        return f", within {_amount(window.first)} of your first words"
    if window.last is not None:
        return f", in the last {_amount(window.last)} of the call"
    parts = [spell(window.seconds)] if window.seconds is not None else []
    parts += [plural(window.turns, "turn")] if window.turns is not None else []
    return f", within {' or '.join(parts)} afterwards" if parts else ", at any time afterwards"


def _amount(amount: Amount) -> str:
    return spell(amount.seconds) if amount.seconds is not None else plural(amount.turns or 1, "turn")


def _measured(asked: Measure) -> str:
    if asked.dead_air is not None:
        excuse = " that you have not announced" if asked.dead_air.unless else ""
        return f"silences longer than {spell(asked.dead_air.longer_than)}{excuse}: {_allowed(asked.dead_air.allow)}"
    if asked.overtalk is not None:
        longer = f"moments longer than {spell(asked.overtalk.longer_than)}"
        return f"{longer} in which both speak: {_allowed(asked.overtalk.allow)}"
    if asked.interruptions is not None:
        return f"interruptions by the {asked.interruptions.by}: {_allowed(asked.interruptions.allow)}"
    if asked.talk_share is not None:
        share = asked.talk_share
        return f"the {share.who}'s share of the speaking time: {_between(share.min, share.max, '%')}"
    if asked.pace is not None:
        return f"words per minute of the {asked.pace.who}: {_between(asked.pace.min, asked.pace.max, '')}"
    assert asked.pace_match is not None
    return f"your pace differs from the customer's by at most {asked.pace_match.within:g}%"


def _allowed(count: int) -> str:
    return f"at most {count}" if count else "none"


def _between(least: float | None, most: float | None, unit: str) -> str:
    if least is None:
        return f"at most {most:g}{unit}"
    return f"at least {least:g}{unit}" if most is None else f"{least:g} to {most:g}{unit}"
