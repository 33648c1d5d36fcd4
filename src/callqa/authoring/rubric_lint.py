"""Mistakes in a rubric and in the behavior files next to it, beyond those that prevent it from being loaded.

Errors are contradictions; warnings are probably not what the author meant. Each is one sentence with its file, its
line, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callqa.authoring.behavior_lint import lint_behaviors
from callqa.authoring.phrase_lint import find_duplicates, phrase_warning, wordings
from callqa.behaviors.behavior import Behavior
from callqa.behaviors.classifier.from_examples import describe
from callqa.conversation.analysed_call import analyse
from callqa.core.yaml_loading import YamlFile, read_yaml
from callqa.core.yaml_paths import KeyPath, path_text
from callqa.core.yaml_validation import problem_order
from callqa.errors import Problem
from callqa.language.phrases import parse_phrase
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.folders import display_name, shipped_folder, yaml_files
from callqa.rubrics.rubric_schema import Condition, Criterion, Rubric
from callqa.scoring.conditions import find
from callqa.transcripts.transcript import Transcript, Utterance


@dataclass(frozen=True)
class LintResult:
    """The problems found, in the order of files and lines."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    """Facts worth knowing: what was learned from examples, and how well."""


def lint_rubric(rubric: Rubric) -> LintResult:
    """Check a loaded rubric and the behavior files in its folder."""
    path = Path(rubric.path)
    warnings = list(_rubric_warnings(read_yaml(path, display_name(path)), rubric))
    folder = path.parent / "behaviors"
    files = [read_yaml(file, display_name(file)) for file in (yaml_files(folder) if folder.is_dir() else [])]
    if folder.resolve() != (shipped_folder() / "behaviors").resolve():
        warnings += _replaced(files)
    errors, more_warnings = lint_behaviors(files, rubric.behaviors)
    notes = tuple(_learned(files, rubric.behaviors))
    return LintResult(
        tuple(sorted(set(errors), key=problem_order)),
        tuple(sorted({*warnings, *more_warnings}, key=problem_order)),
        notes,
    )


def _replaced(files: Sequence[YamlFile]) -> Iterator[Problem]:
    """Yield behaviors that replace shipped ones: seldom intended, because all phrases of those are lost."""
    shipped, _ = load_behaviors()
    for file in files:
        name = file.data["behavior"]
        if name in shipped and not file.data.get("extends"):
            yield file.problem(
                ("behavior",),
                f"behavior: replaces the shipped {name!r} and its {len(shipped[name].phrases)} phrases; "
                "write `extends: shipped` to add to them, or choose another name",
            )


def _learned(files: Sequence[YamlFile], behaviors: Mapping[str, Behavior]) -> Iterator[Problem]:
    for file in files:
        learned = behaviors[file.data["behavior"]].learned
        if learned is not None:
            yield file.problem(("learn",), describe(learned))


def _rubric_warnings(file: YamlFile, rubric: Rubric) -> Iterator[Problem]:
    if not any(criterion.weight for criterion in rubric.criteria):
        message = "criteria: no criterion has a weight above 0, so no call gets a score; give one a weight"
        yield file.problem(("criteria",), message)
    for index, criterion in enumerate(rubric.criteria):
        path: KeyPath = ("criteria", index)
        for part, condition, usual in (
            ("when", criterion.when, "customer"),
            ("expect", criterion.expect, "agent"),
            ("forbid", criterion.forbid, "agent"),
        ):
            if condition is not None:
                yield from _behavior_warnings(file, (*path, part), condition, usual, rubric.behaviors)
                yield from _phrase_warnings(file, (*path, part), condition, rubric.behaviors)
        yield from _good_lines(file, path, criterion, rubric.behaviors)
    tested = {name for test in rubric.tests for name in test.expect}
    for index, criterion in enumerate(rubric.criteria):
        if rubric.tests and criterion.id not in tested:
            message = f"criteria[{index + 1}]: no test expects a verdict for {criterion.id!r}; add one under `tests:`"
            yield file.problem(("criteria", index), message)


def _behavior_warnings(
    file: YamlFile, path: KeyPath, condition: Condition, usual: str, behaviors: Mapping[str, Behavior]
) -> Iterator[Problem]:
    party = condition.speaker or usual
    where = path_text(path)
    for name in condition.behavior or ():
        owner = behaviors[name].speaker
        if "any" not in (owner, party) and owner != party:
            yield file.problem(
                (*path, "behavior"),
                f"{where}: {name} is something the {owner} says, but it is searched for in what the {party} says;"
                f" add `speaker: {owner}`, or it will almost never be found",
            )
        if path[-1] == "forbid" and not behaviors[name].phrases:
            yield file.problem(
                (*path, "behavior"),
                f"{where}: {name} is only learned from examples, which alone never costs points, so calls go to review"
                " and none fails; give it phrases too",
            )


def _phrase_warnings(
    file: YamlFile, path: KeyPath, condition: Condition, behaviors: Mapping[str, Behavior]
) -> Iterator[Problem]:
    say = condition.say or []
    where = path_text(path)
    phrase_paths = _phrase_paths(file.data, (*path, "say"), len(say)) if say else []
    for source, phrase_path in zip(say, phrase_paths, strict=True):
        warning = phrase_warning(source)
        if warning is not None:
            yield file.problem(phrase_path, f"{where}.say: {warning}")
    for index, first in find_duplicates([parse_phrase(source) for source in say]):
        message = f"{where}.say: {say[index]!r} means the same as {say[first]!r}; leave one out"
        yield file.problem(phrase_paths[index], message)
    if condition.not_near is not None and say:
        texts = [text for source in say for text in wordings(source)]
        if texts and not condition.behavior and not any(_counts(condition, text, behaviors) for text in texts):
            yield file.problem(
                (*path, "not_near"),
                f"{where}.not_near: it rules out every phrase in `say`, so nothing is ever found; choose words that"
                " are not part of these phrases",
            )


def _phrase_paths(data: Any, path: KeyPath, count: int) -> list[KeyPath]:
    """Return the path of each of `count` phrases written at a path: one by itself, or a list."""
    for step in path:
        data = data[step]
    return [(*path, index) if isinstance(data, list) else path for index in range(count)]


def _counts(condition: Condition, line: str, behaviors: Mapping[str, Behavior]) -> bool:
    """Return True if a line that the agent says counts for a condition, at whatever time in the call."""
    known = {name: behaviors[name] for name in condition.behavior or ()}
    call = analyse(Transcript((Utterance("agent", line),)), known)
    return bool(find(condition, [0], call))


def _good_lines(
    file: YamlFile, path: KeyPath, criterion: Criterion, behaviors: Mapping[str, Behavior]
) -> Iterator[Problem]:
    """Yield the lines recommended to agents that the criterion itself does not accept."""
    condition = criterion.demand
    if condition is None or condition.speaker not in (None, "agent") or condition.at_least > 1:
        return
    for index, line in enumerate(criterion.good):
        if _counts(condition, line, behaviors) == (criterion.forbid is not None):
            fault = "is itself what the criterion forbids" if criterion.forbid else "would not meet the criterion"
            message = f"{path_text(path)}.good: {line!r} {fault}; change the line or the phrases"
            yield file.problem((*path, "good", index), message)
