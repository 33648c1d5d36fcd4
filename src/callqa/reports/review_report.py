"""A review in the terminal: the call as the customer heard it, what went well, what to try next time."""

from __future__ import annotations

from typing import TextIO

from callqa.coaching.self_review import SelfReview, Suggestion
from callqa.core.durations import clock
from callqa.reports.review_wording import MOST_MOMENTS, Review, ReviewLine, customers_story, facts, score_line, warnings
from callqa.reports.terminal.terminal_page import Page, page_for
from callqa.scoring.scorecard import Evidence

MOST_UNSURE = 5
"""Undecided criteria shown with their reason; the others are only named."""


def write_review(review: Review, stream: TextIO) -> None:
    """Write the review for a terminal, a pipe or a text file."""
    page = page_for(stream)
    _head(page, review)
    page.heading("What the customer heard")
    for line in customers_story(review):
        _story_line(page, line)
    _strengths(page, review.parts)
    _to_try(page, review.parts)
    _unsure(page, review.parts)
    if review.own:
        _side_by_side(page, review)
    page.blank()
    page.line(score_line(review), style="dim")
    page.finish()


def _head(page: Page, review: Review) -> None:
    page.flow([(review.call.path, "bold"), *facts(review)])
    for warning in warnings(review):
        page.barred("!", page.text(warning), "yellow")


def _story_line(page: Page, line: ReviewLine) -> None:
    about = f"{line.about + ':':<16} "
    shown = line.moments[:MOST_MOMENTS]
    more = f" and {len(line.moments) - len(shown)} more" if len(line.moments) > len(shown) else ""
    moments = "; ".join(_moment(one.utterance, one.start, one.quote) for one in shown)
    page.line((about, "dim"), ", ".join(part for part in (line.words, moments) if part) + more, indent=1)


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
        page.line("No criterion of this rubric was met this time. The suggestions below may help with the next call.")


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


def _one_to_try(page: Page, mark: str, one: Suggestion) -> None:
    page.line(mark, (one.line.title, "bold"), indent=1)
    page.line(("Found: ", "dim"), one.result.reason, indent=4)
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
        mark = (", worth a second look", "bold yellow") if review.differs(one.id) else ""
        page.line(f"{one.title}: you {own}, callqa {one.verdict}", mark, indent=1)
