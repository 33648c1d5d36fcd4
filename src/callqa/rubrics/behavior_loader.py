"""The behaviors a rubric is judged with: those that come with callqa, and a team's own in the rubric's folder."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.behaviors.classifier.from_examples import learn, missing_examples
from callqa.behaviors.classifier.utterance_model import LazyModel, ModelError, UtteranceModel, read_model
from callqa.core.shipped_files import shipped
from callqa.core.suggestions import did_you_mean
from callqa.core.yaml_loading import YamlFile, read_yaml
from callqa.core.yaml_validation import validate
from callqa.errors import Problem, RubricError, UsageError
from callqa.rubrics.folders import display_name, shipped_folder, training_folder, yaml_files

BehaviorFiles = dict[str, tuple[Path, ...]]
"""Behavior → the files it was loaded from: its YAML file, its model's, and before those the files that it extends."""


def load_behaviors(beside: Path | None = None) -> tuple[dict[str, Behavior], BehaviorFiles]:
    """Return all behaviors by name, and their files.

    `beside` is the folder of a rubric. A file in its folder `behaviors` adds a behavior, replaces the shipped behavior
    of the same name or, with `extends: shipped`, adds to it. No two files of one folder may define the same behavior.
    Raises RubricError with the problems of all files.
    """
    shipped_behaviors = shipped_folder() / "behaviors"
    folders = [shipped_behaviors]
    if beside is not None:
        own = beside / "behaviors"
        if own.is_dir() and own.resolve() != shipped_behaviors.resolve():
            folders.append(own)
    behaviors: dict[str, Behavior] = {}
    files: BehaviorFiles = {}
    problems: list[Problem] = []
    for folder in folders:
        paths: dict[str, Path] = {}
        for path in yaml_files(folder):
            try:
                behavior, behavior_files = _load(path, behaviors, files, paths)
            except RubricError as error:
                problems.extend(error.problems)
                continue
            name = behavior.name
            behavior.own = folder != shipped_behaviors
            behaviors[name] = behavior
            files[name] = behavior_files
            paths[name] = path
    if problems:
        raise RubricError(problems)
    return behaviors, files


def _load(
    path: Path, known: dict[str, Behavior], files: BehaviorFiles, same_folder: dict[str, Path]
) -> tuple[Behavior, tuple[Path, ...]]:
    """Return a behavior and its files. `known` are the behaviors loaded before, `same_folder` those of its folder."""
    yaml_file = read_yaml(path, display_name(path))
    file, problems = validate(yaml_file, BehaviorFile)
    if file is None:
        raise RubricError(problems)
    name = file.behavior
    if name in same_folder:
        message = f"{name!r} is defined in {display_name(same_folder[name])} as well; keep one of the two"
        raise RubricError([yaml_file.problem(("behavior",), message)])
    if file.extends and name not in known:
        message = f"no shipped behavior is called {name!r}{did_you_mean(name, list(known))}"
        raise RubricError([yaml_file.problem(("extends",), message)])
    missing = missing_examples(file) if file.learn else None
    if missing is not None:
        raise RubricError([yaml_file.problem(("learn",), f"learn: {missing}")])
    model_path = _model_path(path, file.model) if file.model else None
    model: UtteranceModel | None = None
    if model_path is not None:
        # Loading the model that comes with callqa takes longer than loading all behavior files.
        shipped_model = path.is_relative_to(shipped_folder()) and model_path.is_relative_to(shipped("models"))
        model = _lazy_model(model_path) if shipped_model else _load_model(model_path, name, yaml_file)
    behavior = Behavior(file, known[name] if file.extends else None, model)
    if file.learn:
        behavior.learned = learn(file, behavior, training_folder())
    return behavior, (*(files[name] if file.extends else ()), path, *([model_path] if model_path else ()))


def _model_path(behavior_file: Path, model: str) -> Path:
    """Return the path of a model, given from the folder of the behavior's file or, for a shipped one, `callqa/data`."""
    beside = behavior_file.parent / model
    return beside if beside.exists() or not (shipped("models").parent / model).exists() else shipped(model)


def _load_model(path: Path, behavior: str, yaml_file: YamlFile) -> UtteranceModel:
    """Return the model that a behavior names; behaviors with the same model share it. Raises RubricError."""
    try:
        model = _read_model(path.read_bytes())
    except FileNotFoundError:
        message = f"there is no model file {display_name(path)}; give its path from the folder of this file"
    except (OSError, UnicodeDecodeError, ModelError) as error:
        message = f"the model file {display_name(path)} cannot be used: {error}"
    else:
        if behavior in model.weights:
            return model
        known = ", ".join(model.weights)
        message = f"the model file {display_name(path)} is not for {behavior!r}, only for {known}"
    raise RubricError([yaml_file.problem(("model",), message)])


@lru_cache(maxsize=8)
def _lazy_model(path: Path) -> UtteranceModel:
    return LazyModel(partial(_read_shipped_model, path))


def _read_shipped_model(path: Path) -> UtteranceModel:
    try:
        return _read_model(path.read_bytes())
    except (OSError, UnicodeDecodeError, ModelError) as error:
        raise UsageError(f"the model file {path} cannot be used: {error}; install callqa again") from error


@lru_cache(maxsize=8)
def _read_model(content: bytes) -> UtteranceModel:
    return read_model(content.decode("utf-8"))
