"""A review as a page to keep: one file, with the moments to listen to inside."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from callqa import __version__, audio
from callqa.coaching.self_review import Suggestion
from callqa.core.durations import clock
from callqa.core.text import valid_utf8
from callqa.core.timeline import Span
from callqa.reports.html.html_page import page
from callqa.reports.html.sound import RATE, cut_moments
from callqa.reports.review_wording import MOST_MOMENTS, Review, ReviewLine, customers_story, facts, score_line, warnings
from callqa.scoring.scorecard import Evidence

Clips = Mapping[Span, bytes]


def write_review_page(review: Review, stream: TextIO) -> None:
    """Write the review as one self-contained page; it has no sound if the recording can no longer be read."""
    shown = [(one.start, one.end) for one in _moments(review)]
    clips = {
        span: audio.compress([samples], RATE)
        for span, samples in cut_moments(review.call, [(start, end) for start, end in shown if start is not None])
    }
    parts = review.parts
    values: dict[str, Any] = {
        "version": __version__,
        "media_type": audio.MEDIA_TYPE,
        "name": review.call.call_id or review.call.path,
        "facts": facts(review),
        "warnings": list(warnings(review)),
        "story": [_story_line(line, clips) for line in customers_story(review)],
        "strengths": [
            {"title": one.title, "moment": _moment(one.said, clips)} for one in parts.strengths if one.said is not None
        ],
        "kept": parts.kept,
        "to_try": [_to_try(one, clips) for one in parts.to_try],
        "others": parts.others,
        "unsure": [_to_try(one, clips) for one in parts.unsure],
        "own": _own(review),
        "score": score_line(review),
    }
    stream.write(valid_utf8(page("review.html.j2", values, styles=("page.css", "review.css"))))


def _moments(review: Review) -> list[Any]:
    """Return everything the page quotes."""
    parts = review.parts
    story = [moment for line in customers_story(review) for moment in line.moments[:MOST_MOMENTS]]
    said = [one.said for one in parts.strengths if one.said is not None]
    return [*story, *said, *(one.moment for one in (*parts.to_try, *parts.unsure) if one.moment is not None)]


def _moment(one: Any, clips: Clips) -> dict[str, Any]:
    """Return an utterance or a piece of evidence with its sound."""
    found = next(
        (media for span, media in clips.items() if one.start is not None and span.start <= one.start < span.end), None
    )
    return {
        "quote": one.quote,
        "at": f"line {one.utterance + 1}" if one.start is None else clock(max(0.0, one.start)),
        "sound": base64.b64encode(found).decode("ascii") if found else None,
    }


def _story_line(line: ReviewLine, clips: Clips) -> dict[str, Any]:
    shown = line.moments[:MOST_MOMENTS]
    return {
        "about": line.about,
        "words": line.words,
        "moments": [_moment(one, clips) for one in shown],
        "more": len(line.moments) - len(shown),
    }


def _to_try(one: Suggestion, clips: Clips) -> dict[str, Any]:
    moment: Evidence | None = one.moment
    return {
        "title": one.line.title,
        "moment": _moment(moment, clips) if moment is not None else None,
        "reason": one.result.reason,
        "why": one.line.why,
        "coach": one.line.coach,
        "good": one.line.good[:2],
    }


def _own(review: Review) -> Sequence[dict[str, Any]]:
    if not review.own:
        return []
    return [
        {"title": one.title, "you": you, "callqa": one.verdict, "differs": review.differs(one.id)}
        for one in review.call.criteria
        if (you := review.own.get(one.id, "unsure"))
    ]
