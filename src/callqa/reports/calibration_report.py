"""The output of `callqa calibrate`: the agreement of callqa with people, as text or as JSON, and where to listen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from callqa.core.agreement import Kappa
from callqa.core.durations import clock
from callqa.core.json_form import Count, JsonForm, JsonObject, json_text
from callqa.core.text import plural, printable
from callqa.evaluation.calibration import ENOUGH_CALLS, Calibration, Comparison, Disagreement
from callqa.results.result_format import RubricId, rubric_id
from callqa.results.rubric_snapshot import snapshot_of
from callqa.rubrics.rubric_schema import Rubric

_MOST_SHOWN = 20
"""Disagreements shown of each criterion or behavior; -f json has all."""


class KappaFigure(JsonObject):
    """Cohen's kappa with its 95 % interval."""

    value: float
    interval: tuple[float, float]


class AgreementFigures(JsonObject):
    """One criterion or behavior."""

    id: str
    calls: Count
    compared: Count
    """Verdicts, or utterances, that both judged."""
    agreed: Count
    agreement: float | None
    kappa: KappaFigure | None
    positive: str
    """The answer that precision, recall and F1 refer to."""
    precision: float | None
    recall: float | None
    f1: float | None
    confusion: dict[str, dict[str, Count]]
    """The person's answer, then callqa's."""
    left_to_a_person: Count
    unjudged: Count
    disagreements: tuple[Annotated[Disagreement, JsonForm(utterance=Count | None)], ...]


class CalibrationFile(JsonObject):
    """The output of `callqa calibrate -f json`."""

    format: Literal[1]
    rubric: RubricId
    kind: Literal["criteria", "behaviors"]
    results: list[AgreementFigures]
    unknown_calls: tuple[str, ...]
    """Labelled calls that are not among the recordings."""
    unlabelled_calls: Count
    labels_beyond_the_call: tuple[str, ...]
    warnings: tuple[str, ...]


def calibration_json(found: Calibration, rubric: Rubric) -> str:
    """Return the figures and every disagreement as JSON."""
    return json_text(
        CalibrationFile(
            format=1,
            rubric=rubric_id(snapshot_of(rubric)),
            kind="behaviors" if found.kind == "behaviors" else "criteria",
            results=[_figures(one) for one in found.comparisons],
            unknown_calls=found.unknown_calls,
            unlabelled_calls=found.unlabelled_calls,
            labels_beyond_the_call=found.beyond,
            warnings=tuple(warnings(found)),
        )
    )


def _figures(one: Comparison) -> AgreementFigures:
    confusion = one.confusion
    return AgreementFigures(
        id=one.subject,
        calls=one.calls,
        compared=confusion.total,
        agreed=confusion.agreed,
        agreement=_rounded(confusion.agreed / confusion.total) if confusion.total else None,
        kappa=_kappa(confusion.kappa),
        positive=one.positive,
        precision=_rounded(confusion.precision(one.positive)),
        recall=_rounded(confusion.recall(one.positive)),
        f1=_rounded(confusion.f1(one.positive)),
        confusion={
            person: {machine: confusion.counts[person, machine] for machine in one.answers} for person in one.answers
        },
        left_to_a_person=one.left,
        unjudged=one.unjudged,
        disagreements=one.disagreements,
    )


def _kappa(kappa: Kappa | None) -> KappaFigure | None:
    if kappa is None:
        return None
    return KappaFigure(value=round(kappa.value, 4), interval=(round(kappa.low, 4), round(kappa.high, 4)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def warnings(found: Calibration) -> Iterator[str]:
    """Yield what a reader must know before relying on the figures."""
    if found.unknown_calls:
        missing = _some(found.unknown_calls)
        is_ = "is" if len(found.unknown_calls) == 1 else "are"
        yield f"{plural(len(found.unknown_calls), 'labelled call')} {is_} not among the recordings: {missing}"
    if found.beyond:
        yield f"{plural(len(found.beyond), 'label')} of utterances that their call does not have: {_some(found.beyond)}"
    if found.kind == "behaviors" and found.unlabelled_calls:
        count = plural(found.unlabelled_calls, "call has no label", "calls have no label")
        yield f"{count} and is left out; a row CALL,0,none means that somebody listened and found nothing"
    if found.few:
        yield f"fewer than {ENOUGH_CALLS} calls to compare, so the figures say little: {_some(found.few)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(printable, names[:5])) + more


def calibration_text(found: Calibration, rubric: Rubric) -> str:
    """Return the figures as a table, the confusion tables, and the disagreements to listen to."""
    return "\n".join(_lines(found, rubric)) + "\n"


def _lines(found: Calibration, rubric: Rubric) -> Iterator[str]:
    positive = found.comparisons[0].positive if found.comparisons else ""
    yield f"People and callqa compared, by the {found.kind} of the rubric {rubric.name} ({rubric.sha256[:12]})"
    yield ""
    head = ("", "calls", "compared", "agree", "kappa (95 %)", "precision", "recall", "F1", "to a person")
    yield from _table([head, *map(_row, found.comparisons)])
    yield ""
    yield f"Precision, recall and F1 are of `{positive}`; what callqa leaves to a person is not compared."
    for one in found.comparisons:
        yield ""
        yield f"{one.subject}: rows are the person's answers, columns callqa's"
        rows = [(p, *(str(one.confusion.counts[p, m]) for m in one.answers)) for p in one.answers]
        yield from _table([("", *one.answers), *rows])
        if one.unjudged:
            yield f" {plural(one.unjudged, 'label')} of calls that could not be judged"
        yield from map(_differ, one.disagreements[:_MOST_SHOWN])
        if len(one.disagreements) > _MOST_SHOWN:
            yield f" and {len(one.disagreements) - _MOST_SHOWN} more (see -f json)"


def _row(one: Comparison) -> tuple[str, ...]:
    confusion, kappa = one.confusion, one.confusion.kappa
    figures = (confusion.precision(one.positive), confusion.recall(one.positive), confusion.f1(one.positive))
    return (
        one.subject,
        str(one.calls),
        str(confusion.total),
        f"{confusion.agreed / confusion.total:.1%}" if confusion.total else "-",
        f"{kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})" if kappa else "-",
        *("-" if figure is None else f"{figure:.2f}" for figure in figures),
        str(one.left),
    )


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        yield (" " + "  ".join(cells)).rstrip()


def _differ(one: Disagreement) -> str:
    line = "" if one.utterance is None else f" line {one.utterance + 1}"
    moment = f" {clock(max(0.0, one.start))}" if one.start is not None else line
    quote = f" “{one.quote}”" if one.quote else ""
    return printable(f"- {one.path}{moment}: person {one.person}, callqa {one.callqa};{quote} ({one.reason})")
