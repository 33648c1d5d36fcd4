"""What results carry of the rubric they were judged by: all a report says of it, without the means of judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from callqa.rubrics.rubric_schema import Criterion, Rubric

CriterionKind = Literal["expect", "forbid", "measure"]
"""Whether a criterion asks for words, forbids words, or measures."""


@dataclass(frozen=True)
class CriterionInfo:
    """One criterion as a report shows it."""

    id: str
    title: str
    weight: float
    auto_fail: bool = False
    critical: bool = False
    demand: CriterionKind | None = None
    """None where results made by an older version do not say."""
    why: str = ""
    coach: str = ""
    good: tuple[str, ...] = ()
    """Lines an agent could say."""


@dataclass(frozen=True)
class RubricSnapshot:
    """A rubric as results carry it; `sha256` tells what judged, so equal hashes judge alike."""

    name: str
    version: int | str
    sha256: str
    criteria: tuple[CriterionInfo, ...]
    title: str = ""
    pass_mark: float = 80.0
    language: str = "en"


def snapshot_of(rubric: Rubric) -> RubricSnapshot:
    """What results carry of a rubric."""
    return RubricSnapshot(
        name=rubric.name,
        version=rubric.file.version,
        sha256=rubric.sha256,
        criteria=tuple(_line(criterion) for criterion in rubric.criteria),
        title=rubric.file.title,
        pass_mark=rubric.file.pass_mark,
        language=rubric.file.language,
    )


def _line(criterion: Criterion) -> CriterionInfo:
    demand: CriterionKind = "expect" if criterion.expect else "forbid" if criterion.forbid else "measure"
    return CriterionInfo(
        id=criterion.id,
        title=criterion.title,
        weight=criterion.weight,
        auto_fail=criterion.auto_fail,
        critical=criterion.critical,
        demand=demand,
        why=criterion.why,
        coach=criterion.coach,
        good=tuple(criterion.good),
    )
