"""The words of a review, for the terminal and the page: the call from the customer's side, facts and warnings.

The tone is that of a good colleague: the moment, the reason, words to say. Strengths come first, and nothing is about
the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from callqa.coaching.customer_experience import CustomerExperience, Line
from callqa.coaching.self_review import SelfReview
from callqa.core.durations import clock, spell
from callqa.core.text import plural, whole_score
from callqa.results.rubric_snapshot import RubricSnapshot
from callqa.rubrics.fields import Verdict
from callqa.scoring.scorecard import CallResult, score_of

MOST_MOMENTS = 3
"""Moments shown of one kind; the others are counted."""


@dataclass(frozen=True)
class ReviewLine:
    """One thing in the call from the customer's side: its subject, a description, and where to listen."""

    about: str
    words: str
    moments: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Review:
    """Everything in a review. `own` has the agent's own verdicts by criterion id, if they gave any."""

    call: CallResult
    rubric: RubricSnapshot
    side: CustomerExperience
    parts: SelfReview
    own: Mapping[str, str]

    def differs(self, criterion: str) -> bool:
        """Return True if the agent and callqa have different verdicts on a criterion and neither is unsure."""
        own = self.own.get(criterion, "unsure")
        verdict = next(one.verdict for one in self.call.criteria if one.id == criterion)
        return own != "unsure" and verdict != "review" and own != verdict


def customers_story(review: Review) -> Iterator[ReviewLine]:
    """Describe the call from the customer's side, in the order that matters to somebody who is waiting."""
    side, call = review.side, review.call
    yield _welcome("Greeting", side, side.greeting, "no greeting was found")
    yield _welcome("First help", side, side.help, "no explicit offer of help was found")
    if side.holds:
        held = f"{spell(side.hold_seconds)} on hold" if side.on_hold else ""
        yield ReviewLine(
            "Asked to wait", ", ".join(part for part in (_times(len(side.holds)), held) if part), side.holds
        )
    if side.quiet is not None:
        yield _silence(side)
    for about, lines, none in (
        ("Asked to repeat", side.asked_again, "never"),
        ("Told it before", side.told_before, ""),
        ("Passed on", side.passed_on, ""),
        ("Promised", side.promises, ""),
    ):
        if lines or none:
            words = "" if about == "Promised" else _times(len(lines)) if lines else none
            yield ReviewLine(about, words, lines)
    metrics = call.metrics
    if metrics is not None and metrics.agent_pace and metrics.customer_pace:
        yield ReviewLine("Pace", _pace(metrics.agent_pace, metrics.customer_pace))
    if metrics is not None and metrics.agent_talk + metrics.customer_talk:
        share = 100 * metrics.agent_talk / (metrics.agent_talk + metrics.customer_talk)
        cut_in = metrics.interruptions_by_agent
        spoke = f"you spoke for {share:.0f} % of the speaking time"
        yield ReviewLine("Talking", spoke + (f", and cut in {_times(cut_in)}" if cut_in else ", and never cut in"))


def _welcome(about: str, side: CustomerExperience, line: Line | None, none: str) -> ReviewLine:
    if line is None:
        return ReviewLine(about, none)
    wait = side.wait(line)
    when = "" if wait is None else "at once" if wait < 1 else f"after {spell(wait)}"
    return ReviewLine(about, when, (line,))


def _silence(side: CustomerExperience) -> ReviewLine:
    quiet = side.quiet or ()
    if not quiet:
        return ReviewLine("Silence", "none worth mentioning")
    longest = max(quiet, key=lambda span: span.duration)
    where = f"the longest {spell(longest.duration)} at {clock(longest.start)}"
    return ReviewLine(
        "Silence", f"{spell(side.quiet_seconds)} in {plural(len(quiet), 'stretch', 'stretches')}, {where}"
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _pace(agent: float, customer: float) -> str:
    apart = 100 * (agent - customer) / customer
    compared = "about the same" if abs(apart) < 10 else f"{abs(apart):.0f} % {'faster' if apart > 0 else 'slower'}"
    return f"you {agent:.0f} words per minute, the customer {customer:.0f}: {compared}"


def facts(review: Review) -> list[str]:
    """Return the length of the call, its date, and the rubric."""
    call = review.call
    return [
        *([spell(call.duration)] if call.duration else []),
        *([f"{call.started_at:%Y-%m-%d %H:%M}"] if call.started_at is not None else []),
        f"rubric {review.rubric.name} v{review.rubric.version}",
    ]


def warnings(review: Review) -> Iterator[str]:
    """Yield what the agent must know before relying on anything here."""
    if review.call.provisional:
        yield "The transcript is poor (provisional): words may be missing or wrong, so listen to the call."
    if not review.side.speakers_sure:
        yield "Both parties are on one channel, so who says what is partly a guess."


def score_line(review: Review) -> str:
    """Return the sentence about the score, which is the last one and in small print."""
    call = review.call
    if call.score is None:
        return "No score: nothing in the call could be decided."
    score = f"{whole_score(call.score)} of 100"
    if call.to_review:
        low, high = _bounds(call)
        still = plural(call.to_review, "criterion is", "criteria are")
        between = score if low == high else f"{whole_score(low)} to {whole_score(high)} of 100"
        score = f"{between}, because {still} still open"
    return f"By the rubric: {score}. This review is not stored anywhere else."


def _bounds(call: CallResult) -> tuple[float, float]:
    """Return the score if all open criteria were missed, and if all were met."""

    def score(verdict: Verdict) -> float:
        settled = [replace(one, verdict=verdict) if one.verdict == "review" else one for one in call.criteria]
        return score_of(settled)[0] or 0.0

    return score("fail"), score("pass")
