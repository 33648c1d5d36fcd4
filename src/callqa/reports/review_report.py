"""One call for the agent who made it: what the customer heard, what went well, what to try next time.

The tone is that of a good colleague: the moment, the reason, words to say. Strengths come first, and nothing is said
about the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from callqa.customer_side import CustomerSide, Line
from callqa.durations import clock, spell
from callqa.plain_text import plural, whole_score
from callqa.reports.terminal_page import Page, page_for
from callqa.scorecard import CallResult, Evidence
from callqa.self_review import SelfReview, ToTry
from callqa.standard import Standard

MOST_MOMENTS = 3
"""Moments named of one kind; the others are counted."""


MOST_UNSURE = 5
"""Criteria shown with their reason that callqa could not decide; the others are named."""


@dataclass(frozen=True)
class Told:
    """One thing the customer heard: what it is about, in words, and where to listen."""

    about: str
    words: str
    moments: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Review:
    """All a review shows. `own` holds the agent's own verdicts by criterion id, where they gave any."""

    call: CallResult
    standard: Standard
    side: CustomerSide
    parts: SelfReview
    own: Mapping[str, str]


def customers_story(review: Review) -> Iterator[Told]:
    """What the customer heard, in the order it matters to one who waits."""
    side, call = review.side, review.call
    yield _welcome("Greeting", side, side.greeting, "no greeting was heard")
    yield _welcome("First help", side, side.help, "no offer of help was heard in so many words")
    if side.holds:
        held = f"{spell(side.hold_seconds)} on hold" if side.on_hold else ""
        yield Told("Asked to wait", ", ".join(part for part in (_times(len(side.holds)), held) if part), side.holds)
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
            yield Told(about, words, lines)
    metrics = call.metrics
    if metrics is not None and metrics.agent_pace and metrics.customer_pace:
        yield Told("Pace", _pace(metrics.agent_pace, metrics.customer_pace))
    if metrics is not None and metrics.agent_talk + metrics.customer_talk:
        share = 100 * metrics.agent_talk / (metrics.agent_talk + metrics.customer_talk)
        cut_in = metrics.interruptions_by_agent
        spoke = f"you spoke for {share:.0f} % of the time that anybody did"
        yield Told("Talking", spoke + (f", and cut in {_times(cut_in)}" if cut_in else ", and never cut in"))


def _welcome(about: str, side: CustomerSide, line: Line | None, none: str) -> Told:
    if line is None:
        return Told(about, none)
    wait = side.wait(line)
    when = "" if wait is None else "at once" if wait < 1 else f"after {spell(wait)}"
    return Told(about, when, (line,))


def _silence(side: CustomerSide) -> Told:
    quiet = side.quiet or ()
    if not quiet:
        return Told("Silence", "none worth the name")
    longest = max(quiet, key=lambda span: span.duration)
    where = f"the longest {spell(longest.duration)} at {clock(longest.start)}"
    return Told("Silence", f"{spell(side.quiet_seconds)} in {plural(len(quiet), 'stretch', 'stretches')}, {where}")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _pace(agent: float, customer: float) -> str:
    apart = 100 * (agent - customer) / customer
    compared = "much the same" if abs(apart) < 10 else f"{abs(apart):.0f} % {'faster' if apart > 0 else 'slower'}"
    return f"you {agent:.0f} words a minute, the customer {customer:.0f}: {compared}"


def write_review(review: Review, stream: TextIO) -> None:
    """Write the review for a terminal, a pipe or a text file."""
    page = page_for(stream)
    _head(page, review)
    page.heading("What the customer heard")
    for told in customers_story(review):
        _told(page, told)
    _strengths(page, review.parts)
    _to_try(page, review.parts)
    _unsure(page, review.parts)
    if review.own:
        _side_by_side(page, review)
    _score(page, review)
    page.finish()


def _head(page: Page, review: Review) -> None:
    call = review.call
    facts = [call.path, *([spell(call.duration)] if call.duration else [])]
    if call.started_at is not None:
        facts.append(f"{call.started_at:%Y-%m-%d %H:%M}")
    page.flow([(facts[0], "bold"), *facts[1:], f"rubric {review.standard.name} v{review.standard.version}"])
    if call.provisional:
        page.barred(
            "!", page.text("Heard with a poor ear (provisional): words may be missing or wrong, so listen."), "yellow"
        )
    if not review.side.speakers_sure:
        page.barred(
            "!", page.text("Both speak on one channel, and who says what is partly a guess; read it so."), "yellow"
        )


def _told(page: Page, told: Told) -> None:
    about = f"{told.about + ':':<16} "
    shown = told.moments[:MOST_MOMENTS]
    more = f" and {len(told.moments) - len(shown)} more" if len(told.moments) > len(shown) else ""
    moments = "; ".join(_moment(line.utterance, line.start, line.quote) for line in shown)
    page.line((about, "dim"), ", ".join(part for part in (told.words, moments) if part) + more, indent=1)


def _moment(utterance: int, start: float | None, quote: str) -> str:
    at = f"line {utterance + 1}" if start is None else clock(start)
    return f"{at} “{quote}”"


def _strengths(page: Page, parts: SelfReview) -> None:
    page.heading("What went well")
    for strength in parts.strengths:
        page.line(("+ ", "green"), (strength.title, "bold"), indent=1)
        if strength.said is not None:
            page.line(_said(strength.said), indent=4)
    if parts.kept:
        page.line(("+ ", "green"), f"Also: {'; '.join(parts.kept)}", indent=1)
    if not parts.strengths and not parts.kept:
        page.line("Nothing in this call could be counted. You made it to the end of it, and you are looking at it.")


def _said(evidence: Evidence) -> str:
    return _moment(evidence.utterance, evidence.start, evidence.quote)


def _to_try(page: Page, parts: SelfReview) -> None:
    if not parts.to_try:
        page.heading("To try next time")
        page.line("Nothing was missed.", indent=1)
        return
    page.heading("To try next time")
    for number, one in enumerate(parts.to_try, start=1):
        _one_to_try(page, f"{number}. ", one)
    if parts.others:
        page.line(f"For another day: {'; '.join(parts.others)}", style="dim", indent=1)


def _one_to_try(page: Page, mark: str, one: ToTry) -> None:
    page.line(mark, (one.line.title, "bold"), indent=1)
    page.line(("Heard: ", "dim"), one.result.reason, indent=4)
    if one.line.why:
        page.line(("Why: ", "dim"), one.line.why, indent=4)
    if one.line.coach:
        page.line(("Try: ", "dim"), one.line.coach, indent=4)
    for words in one.line.good[:2]:
        page.line(("Say: ", "dim"), f"“{words}”", indent=4)


def _unsure(page: Page, parts: SelfReview) -> None:
    if parts.unsure:
        page.heading("Listen to these yourself: callqa could not tell")
        for one in parts.unsure[:MOST_UNSURE]:
            page.line("? ", (one.line.title, "bold"), f": {one.result.reason}", indent=1)
        if others := parts.unsure[MOST_UNSURE:]:
            page.line("And: ", "; ".join(one.line.title for one in others), style="dim", indent=1)


def _side_by_side(page: Page, review: Review) -> None:
    page.heading("Your own verdicts, and callqa's")
    for one in review.call.criteria:
        own = review.own.get(one.id, "unsure")
        differs = own != "unsure" and one.verdict != "review" and own != one.verdict
        mark = (", worth a second hearing", "bold yellow") if differs else ""
        page.line(f"{one.title}: you {own}, callqa {one.verdict}", mark, indent=1)


def _score(page: Page, review: Review) -> None:
    call = review.call
    page.blank()
    if call.score is None:
        page.line("No score: nothing in the call could be decided.", style="dim")
        return
    open_ones = f", with {plural(call.to_review, 'criterion', 'criteria')} still open" if call.to_review else ""
    page.line(f"By the rubric: {whole_score(call.score)} of 100{open_ones}. This review is kept nowhere.", style="dim")
