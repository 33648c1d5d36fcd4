"""Where rubrics and behaviors lie: the ones that come with callqa, and a team's own beside its rubric."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from callqa.behaviors.behavior import Behavior
from callqa.behaviors.behavior_schema import BehaviorFile, PhraseList
from callqa.behaviors.classifier.from_examples import learn, too_few
from callqa.behaviors.classifier.line_model import LineModel, ModelError, read_model
from callqa.conversation.roles import Cues
from callqa.conversation.voicemail import Voicemail
from callqa.core.shipped_files import shipped
from callqa.core.yaml_loading import KeyPath, YamlFile, did_you_mean, dotted, in_order, read_yaml, try_check
from callqa.errors import Problem, RubricError, UsageError
from callqa.language.phrases import PhraseSet
from callqa.rubrics.rubric_schema import Rubric, RubricFile

SUFFIXES = (".yaml", ".yml")


def shipped_folder() -> Path:
    """Return the folder of shipped rubrics."""
    return shipped("rubrics")


def training_folder() -> Path:
    """Return the folder of ordinary lines, which behaviors are learned against."""
    return shipped("training")


def shipped_name(path: Path) -> str:
    """How a file is named in messages: shipped ones from `rubrics/` on, others as given."""
    try:
        return str(Path("rubrics") / path.relative_to(shipped_folder()))
    except ValueError:
        return str(path)


def shipped_rubrics() -> dict[str, Path]:
    """The shipped rubrics by name."""
    return {
        path.stem: path
        for path in sorted(shipped_folder().glob("*.yaml"))
        if not path.stem.startswith("_") and not path.stem.endswith(".test")
    }


def find_rubric(name: str) -> Path:
    """The rubric a user means: a shipped one by name, or a file. Raises UsageError."""
    shipped = shipped_rubrics()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    # Path.is_file raises where the name is too long or a folder on the way is closed.
    if os.path.isfile(name):
        return path
    if path.suffix in SUFFIXES or len(path.parts) > 1:
        raise UsageError(
            f"there is no rubric file {name}; give the path of a YAML file or one of: {', '.join(shipped)}"
        )
    raise UsageError(f"no rubric and no file is called {name!r}{did_you_mean(name, list(shipped))}")


def load_behaviors(beside: Path | None = None) -> tuple[dict[str, Behavior], list[Path]]:
    """All behaviors by name, and the files they came from.

    A file in `behaviors/` in the folder `beside` adds a behavior, replaces the shipped one of that name or, with
    `extends: shipped`, adds to it. No two files of one folder may hold the same behavior. Raises RubricError with the
    problems of all files.
    """
    folders = [shipped_folder() / "behaviors"]
    if (
        beside is not None
        and (beside / "behaviors").is_dir()
        and (beside / "behaviors").resolve() != folders[0].resolve()
    ):
        folders.append(beside / "behaviors")
    behaviors: dict[str, Behavior] = {}
    problems: list[Problem] = []
    files: list[Path] = []
    for folder in folders:
        own: dict[str, Path] = {}
        for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
            if path.name.endswith((".test.yaml", ".test.yml")):
                continue
            files.append(path)
            try:
                behavior, model_path = _load(path, behaviors, own)
            except RubricError as error:
                problems.extend(error.problems)
            else:
                behavior.own = folder != folders[0]
                behaviors[behavior.name] = behavior
                own[behavior.name] = path
                files.extend([model_path] if model_path and model_path not in files else [])
    if problems:
        raise RubricError(problems)
    return behaviors, files


def _load(path: Path, known: dict[str, Behavior], own: dict[str, Path]) -> tuple[Behavior, Path | None]:
    """A behavior, and the file of its model where it has one of its own."""
    yaml_file = read_yaml(path, shipped_name(path))
    file, problems = try_check(yaml_file, BehaviorFile)
    if file is None:
        raise RubricError(problems)
    if file.behavior in own:
        message = f"{file.behavior!r} stands in {shipped_name(own[file.behavior])} too; keep one of the two"
        raise RubricError([yaml_file.problem(("behavior",), message)])
    if file.extends and file.behavior not in known:
        hint = did_you_mean(file.behavior, list(known))
        raise RubricError([yaml_file.problem(("extends",), f"no shipped behavior is called {file.behavior!r}{hint}")])
    missing = too_few(file) if file.learn else None
    if missing is not None:
        raise RubricError([yaml_file.problem(("learn",), f"learn: {missing}")])
    model_path = _model_path(path, file.model) if file.model else None
    model = _load_model(model_path, file.behavior, yaml_file) if model_path else None
    behavior = Behavior(file, known[file.behavior] if file.extends else None, model)
    if file.learn:
        behavior.learned = learn(file, behavior, training_folder())
    return behavior, model_path


def _model_path(behavior_file: Path, model: str) -> Path:
    """The file of a model: given from the behavior file's folder or, for a shipped one, from `callqa/data`."""
    beside = behavior_file.parent / model
    return beside if beside.exists() or not (shipped("models").parent / model).exists() else shipped(model)


def _load_model(path: Path, behavior: str, yaml_file: YamlFile) -> LineModel:
    """The model a behavior names; behaviors that name the same file share it. Raises RubricError."""
    try:
        model = _parsed_model(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"there is no model file {shipped_name(path)}; give its path from this file's folder"
    except (OSError, UnicodeDecodeError, ModelError) as error:
        message = f"the model file {shipped_name(path)} cannot be used: {error}"
    else:
        if behavior in model.weights:
            return model
        known = ", ".join(model.weights)
        message = f"the model file {shipped_name(path)} knows nothing of {behavior!r}, only of {known}"
    raise RubricError([yaml_file.problem(("model",), message)])


@lru_cache(maxsize=8)
def _parsed_model(text: str) -> LineModel:
    return read_model(text)


def load_rubric(name: str) -> Rubric:
    """Load a shipped rubric by name, or a file, with its behaviors.

    Raises UsageError where there is no such rubric, and RubricError with every problem of the rubric and of the
    behavior files it is judged with.
    """
    path = find_rubric(name)
    file: RubricFile | None = None
    problems: list[Problem] = []
    behaviors: dict[str, Behavior] | None = None
    try:
        behaviors, files = load_behaviors(path.parent)
    except RubricError as error:
        problems.extend(error.problems)
    try:
        yaml_file = read_yaml(path, shipped_name(path))
    except RubricError as error:
        problems.extend(error.problems)
    else:
        file, mistakes = try_check(yaml_file, RubricFile)
        problems.extend([*mistakes, *_cross_check(yaml_file, behaviors)])
    if file is None or behaviors is None or problems:
        raise RubricError(sorted(set(problems), key=in_order))
    digest = hashlib.sha256(path.read_bytes())
    for behavior_file in files:
        digest.update(b"\0" + behavior_file.read_bytes())
    for behavior in behaviors.values():
        if behavior.learned is not None:
            digest.update(b"\0" + behavior.learned.sha256.encode())
    return Rubric(file, behaviors, digest.hexdigest(), str(path))


def copy_of(rubric: Rubric, name: str, schema: str) -> str:
    """The text of a rubric to begin another from: its name made of `name`, its schema for editors a file beside it."""
    text = Path(rubric.path).read_text(encoding="utf-8-sig")
    words = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
    named = words if words[:1].isalpha() else "ours"
    text = re.sub(r"^name:.*$", f"name: {named}", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^# yaml-language-server:.*\n", "", text, flags=re.MULTILINE)
    return f"# yaml-language-server: $schema={schema}\n{text}"


def _cross_check(yaml_file: YamlFile, behaviors: Mapping[str, Behavior] | None) -> Iterator[Problem]:
    """Ids given twice, behaviors (where they could be loaded) and criteria named but not there.

    Looked for in the plain data, so that mistakes elsewhere in the file do not hide them.
    """
    ids: list[str] = []
    for index, criterion in _mappings(yaml_file.data, "criteria"):
        name = criterion.get("id")
        if isinstance(name, str):
            if name in ids:
                yield yaml_file.problem(
                    ("criteria", index, "id"),
                    f"criteria[{index + 1}].id: {name!r} is the id of another criterion; give each its own",
                )
            ids.append(name)
        for place, names in _behaviors_named(criterion, ("criteria", index)):
            for name in names:
                if behaviors is not None and name not in behaviors:
                    hint = did_you_mean(name, sorted(behaviors))
                    yield yaml_file.problem(place, f"{dotted(place)}: no behavior is called {name!r}{hint}")
    for index, test in _mappings(yaml_file.data, "tests"):
        expected = test.get("expect")
        for name in expected if isinstance(expected, dict) else ():
            if name not in ids:
                place = ("tests", index, "expect", name)
                yield yaml_file.problem(
                    place, f"{dotted(place[:-1])}: no criterion has the id {name!r}{did_you_mean(name, ids)}"
                )


def _mappings(data: Any, key: str) -> list[tuple[int, dict[str, Any]]]:
    """The entries of a list in the plain data that are mappings, with their places in it."""
    entries = data.get(key) if isinstance(data, dict) else None
    return [
        (i, entry) for i, entry in enumerate(entries if isinstance(entries, list) else []) if isinstance(entry, dict)
    ]


def _behaviors_named(criterion: dict[str, Any], at: KeyPath) -> Iterator[tuple[KeyPath, list[str]]]:
    """The behaviors a criterion names, with the places where it does."""
    for path in (
        ("when", "behavior"),
        ("expect", "behavior"),
        ("forbid", "behavior"),
        ("measure", "dead_air", "unless"),
    ):
        named: Any = criterion
        for step in path:
            named = named.get(step) if isinstance(named, dict) else None
        names = [name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)]
        yield (*at, *path), names


class _CuesFile(BaseModel):
    """The YAML form of the cue lists."""

    model_config = ConfigDict(extra="forbid")
    format: Literal[1]
    agent: PhraseList
    customer: PhraseList
    voicemail: PhraseList


def load_cues() -> tuple[Cues, Voicemail]:
    """The shipped phrases that tell agent, customer and answering machine apart."""
    path = shipped_folder() / "_cues.yaml"
    file, problems = try_check(read_yaml(path, shipped_name(path)), _CuesFile)
    if file is None:
        raise RubricError(problems)
    return Cues(PhraseSet(file.agent), PhraseSet(file.customer)), Voicemail(PhraseSet(file.voicemail))
