"""What is wrong or odd about a rubric and the behaviors beside it, beyond what keeps it from being loaded.

Errors make a rubric say what it does not do; warnings are most likely not what its author meant. Each is one sentence
with its file, its line, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.authoring.behavior_lint import lint_behaviors
from callqa.authoring.phrase_lint import double, odd_phrase, wordings
from callqa.behaviors.behavior import Behavior
from callqa.behaviors.classifier.from_examples import told
from callqa.conversation.analysed_call import analyse
from callqa.core.yaml_loading import KeyPath, YamlFile, dotted, in_order, read_yaml
from callqa.errors import Problem
from callqa.language.phrases import parse_phrase
from callqa.rubrics.loader import SUFFIXES, load_behaviors, shipped_folder, shipped_name
from callqa.rubrics.rubric_schema import Condition, Criterion, Rubric
from callqa.scoring.conditions import find
from callqa.transcripts.transcript import Transcript, Utterance


@dataclass(frozen=True)
class Lint:
    """The problems found, in the order of files and lines."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    """What is no mistake and worth knowing: what was learned of examples, and how well."""


def lint(rubric: Rubric) -> Lint:
    """Look a loaded rubric through, and the behavior files in its folder."""
    path = Path(rubric.path)
    file = read_yaml(path, shipped_name(path))
    warnings = list(_rubric(file, rubric))
    folder = path.parent / "behaviors"
    files = [
        read_yaml(one, shipped_name(one))
        for one in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if one.suffix in SUFFIXES and not one.stem.endswith(".test")
    ]
    if folder.resolve() != (shipped_folder() / "behaviors").resolve():
        warnings += _replaced(files)
    errors, odd = lint_behaviors(files, rubric.behaviors)
    notes = tuple(_learned(files, rubric.behaviors))
    return Lint(tuple(sorted(set(errors), key=in_order)), tuple(sorted({*warnings, *odd}, key=in_order)), notes)


def _replaced(files: Sequence[YamlFile]) -> Iterator[Problem]:
    """Behaviors that take the place of shipped ones: seldom meant, for everything those knew is gone."""
    shipped, _ = load_behaviors()
    for file in files:
        name = file.data["behavior"]
        if name in shipped and not file.data.get("extends"):
            yield file.problem(
                ("behavior",),
                f"behavior: takes the place of the shipped {name!r} and its {len(shipped[name].phrases)} phrases; "
                "write `extends: shipped` to add to them, or give it a name of its own",
            )


def _learned(files: Sequence[YamlFile], behaviors: Mapping[str, Behavior]) -> Iterator[Problem]:
    for file in files:
        learned = behaviors[file.data["behavior"]].learned
        if learned is not None:
            yield file.problem(("learn",), told(learned))


def _rubric(file: YamlFile, rubric: Rubric) -> Iterator[Problem]:
    if not any(criterion.weight for criterion in rubric.criteria):
        yield file.problem(
            ("criteria",), "criteria: no criterion carries weight, so no call gets a score; give one weight"
        )
    for index, criterion in enumerate(rubric.criteria):
        at: KeyPath = ("criteria", index)
        for part, condition, usual in (
            ("when", criterion.when, "customer"),
            ("expect", criterion.expect, "agent"),
            ("forbid", criterion.forbid, "agent"),
        ):
            if condition is not None:
                yield from _condition(file, (*at, part), condition, usual, rubric.behaviors)
        yield from _good(file, at, criterion, rubric.behaviors)
    tested = {name for test in rubric.tests for name in test.expect}
    for index, criterion in enumerate(rubric.criteria):
        if rubric.tests and criterion.id not in tested:
            message = f"criteria[{index + 1}]: no test says what {criterion.id!r} should decide; add one under tests"
            yield file.problem(("criteria", index), message)


def _condition(
    file: YamlFile, at: KeyPath, condition: Condition, usual: str, behaviors: Mapping[str, Behavior]
) -> Iterator[Problem]:
    party = condition.speaker or usual
    for name in condition.behavior or ():
        owner = behaviors[name].speaker
        if "any" not in (owner, party) and owner != party:
            yield file.problem(
                (*at, "behavior"),
                f"{dotted(at)}: {name} is something the {owner} does, but it is sought in what the {party} says;"
                f" add `speaker: {owner}`, or it can hardly ever apply",
            )
        if at[-1] == "forbid" and not behaviors[name].phrases:
            yield file.problem(
                (*at, "behavior"),
                f"{dotted(at)}: {name} is only learned from examples, and that never costs a point by itself, so this"
                " sends calls to review and fails none; give it phrases too",
            )
    say = condition.say or []
    places = _phrase_places(file.data, (*at, "say"), len(say)) if say else []
    for source, place in zip(say, places, strict=True):
        odd = odd_phrase(source)
        if odd is not None:
            yield file.problem(place, f"{dotted(at)}.say: {odd}")
    for index, first in double([parse_phrase(source) for source in say]):
        yield file.problem(
            places[index], f"{dotted(at)}.say: {say[index]!r} says the same as {say[first]!r}; leave one out"
        )
    if condition.not_near is not None and say:
        ways = [way for source in say for way in wordings(source)]
        if ways and not condition.behavior and not any(_counts(condition, way, behaviors) for way in ways):
            yield file.problem(
                (*at, "not_near"),
                f"{dotted(at)}.not_near: it takes away every phrase in `say`, so this can never apply;"
                " name words that stand beside them",
            )


def _phrase_places(data: Any, at: KeyPath, count: int) -> list[KeyPath]:
    """Where each of `count` phrases stands that are written at a place: one by itself, or a list."""
    for step in at:
        data = data[step]
    return [(*at, index) if isinstance(data, list) else at for index in range(count)]


def _counts(condition: Condition, line: str, behaviors: Mapping[str, Behavior]) -> bool:
    """Whether a line the agent says counts for a condition, wherever in the call."""
    known = {name: behaviors[name] for name in condition.behavior or ()}
    call = analyse(Transcript((Utterance("agent", line),)), known)
    return bool(find(condition, [0], call))


def _good(file: YamlFile, at: KeyPath, criterion: Criterion, behaviors: Mapping[str, Behavior]) -> Iterator[Problem]:
    """Words to say that the criterion itself would not take."""
    condition = criterion.demand
    if condition is None or condition.speaker not in (None, "agent") or condition.at_least > 1:
        return
    for index, line in enumerate(criterion.good):
        if _counts(condition, line, behaviors) == (criterion.forbid is not None):
            what = "is itself what the criterion forbids" if criterion.forbid else "would not meet the criterion"
            message = f"{dotted(at)}.good: {line!r} {what}; say it otherwise, or mend the phrases"
            yield file.problem((*at, "good", index), message)
