"""The part of a rubric that results carry: everything a report shows of it, without the means of judging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from callqa.core.json_form import JsonForm, Score, Weight
from callqa.rubrics.rubric_schema import Criterion, Rubric

CriterionKind = Literal["expect", "forbid", "measure"]
"""A criterion asks for words, forbids words, or measures."""


@JsonForm("id", "title", "weight", "auto_fail", "critical")
@dataclass(frozen=True)
class CriterionInfo:
    """One criterion of the rubric, as reports show it."""

    id: str
    title: str
    weight: Weight
    auto_fail: bool = False
    critical: bool = False
    demand: CriterionKind | None = None
    """The criterion asks for words, forbids words, or measures; None in results of older versions."""
    why: str = ""
    coach: str = ""
    good: tuple[str, ...] = ()
    """Sentences an agent could say."""


@dataclass(frozen=True)
class RubricSnapshot:
    """The rubric the calls were judged by, and what it says about itself."""

    name: str
    version: int | str
    sha256: str
    """Over the rubric file and the behavior files it judges with: rubrics with equal hashes judge alike."""
    title: str = ""
    pass_mark: Score = 80.0
    language: str = "en"
    criteria: tuple[CriterionInfo, ...] = ()


def snapshot_of(rubric: Rubric) -> RubricSnapshot:
    """Return the part of a rubric that results carry."""
    return RubricSnapshot(
        name=rubric.name,
        version=rubric.file.version,
        sha256=rubric.sha256,
        title=rubric.file.title,
        pass_mark=rubric.file.pass_mark,
        language=rubric.file.language,
        criteria=tuple(_criterion_info(criterion) for criterion in rubric.criteria),
    )


def _criterion_info(criterion: Criterion) -> CriterionInfo:
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
