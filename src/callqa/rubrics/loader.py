"""Rubrics found by name or path, and loaded with their behaviors."""

from __future__ import annotations

import os
import re
from pathlib import Path

from callqa.behaviors.behavior import Behavior
from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_loading import read_yaml
from callqa.core.yaml_validation import problem_order, validate
from callqa.errors import Problem, RubricError, UsageError
from callqa.rubrics.behavior_loader import BehaviorFiles, load_behaviors
from callqa.rubrics.folders import SUFFIXES, display_name, shipped_folder, yaml_files
from callqa.rubrics.references import reference_problems
from callqa.rubrics.rubric_hash import rubric_hash
from callqa.rubrics.rubric_schema import Rubric, RubricFile


def shipped_rubrics() -> dict[str, Path]:
    """Return the shipped rubrics by name."""
    return {
        path.stem: path
        for path in yaml_files(shipped_folder())
        if path.suffix == ".yaml" and not path.stem.startswith("_")
    }


def find_rubric(name: str) -> Path:
    """Return the file of the rubric that a user names: a shipped one, or a file by its path. Raises UsageError."""
    shipped = shipped_rubrics()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    # Path.is_file raises an error if the name is too long or a folder cannot be entered.
    if os.path.isfile(name):
        return path
    if path.suffix in SUFFIXES or len(path.parts) > 1:
        raise UsageError(
            f"there is no rubric file {name}; give the path of a YAML file or one of: {', '.join(shipped)}"
        )
    raise UsageError(f"no rubric and no file is called {name!r}{did_you_mean(name, list(shipped))}")


def load_rubric(name: str) -> Rubric:
    """Load a shipped rubric by name, or a file, with its behaviors.

    Its hash covers what can change its verdicts (`rubric_hash`): the file, the behaviors that its criteria name and
    those that are part of every judgement, with all they depend on. Other behaviors, shipped or in the rubric's folder,
    do not change it.

    Raises UsageError if there is no such rubric, and RubricError with every problem of the rubric and of all behavior
    files.
    """
    path = find_rubric(name)
    problems: list[Problem] = []
    behaviors: dict[str, Behavior] | None = None
    files: BehaviorFiles = {}
    file: RubricFile | None = None
    try:
        behaviors, files = load_behaviors(path.parent)
    except RubricError as error:
        problems += error.problems
    try:
        yaml_file = read_yaml(path, display_name(path))
    except RubricError as error:
        problems += error.problems
    else:
        file, mistakes = validate(yaml_file, RubricFile)
        problems += [*mistakes, *reference_problems(yaml_file, behaviors)]
    if file is None or behaviors is None or problems:
        raise RubricError(sorted(set(problems), key=problem_order))
    return Rubric(file, behaviors, rubric_hash(path, file, behaviors, files), str(path))


def new_rubric_text(rubric: Rubric, name: str, schema: str) -> str:
    """Return the text of a new rubric to edit: a copy of `rubric`, called `name` as far as its rules allow.

    `schema` is the path of the JSON Schema for editors, from the folder of the new file.
    """
    text = Path(rubric.path).read_text(encoding="utf-8-sig")
    words = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
    new_name = words if words[:1].isalpha() else "ours"
    text = re.sub(r"^name:.*$", f"name: {new_name}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^# yaml-language-server:.*\n", "", text, flags=re.MULTILINE)
    return f"# yaml-language-server: $schema={schema}\n{text}"
