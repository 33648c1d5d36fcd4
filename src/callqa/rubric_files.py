"""Where rubrics and behaviors lie: the ones that come with callqa, and a team's own beside its rubric."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from callqa.behaviors import Behavior, BehaviorFile, PhraseList
from callqa.errors import Problem, RubricError, UsageError
from callqa.phrases import PhraseSet
from callqa.roles import Cues
from callqa.rubric import Rubric, RubricFile
from callqa.voicemail import Voicemail
from callqa.yaml_file import Place, YamlFile, did_you_mean, dotted, in_order, read_yaml, try_check

SUFFIXES = (".yaml", ".yml")


def shipped_folder() -> Path:
    """The folder of shipped rubrics: inside the installed package or, in a checkout, beside `src`."""
    package = Path(__file__).resolve().parent
    for folder in (package / "rubrics", package.parent.parent / "rubrics"):
        if (folder / "behaviors").is_dir():
            return folder
    raise UsageError("the rubrics that come with callqa are missing from this installation; install it again")


def shipped_name(path: Path) -> str:
    """How a file is named in messages: shipped ones from `rubrics/` on, others as given."""
    try:
        return str(Path("rubrics") / path.relative_to(shipped_folder()))
    except ValueError:
        return str(path)


def shipped_rubrics() -> dict[str, Path]:
    """The shipped rubrics by name."""
    return {path.stem: path for path in sorted(shipped_folder().glob("*.yaml")) if not path.stem.startswith("_")}


def find_rubric(name: str) -> Path:
    """The rubric a user means: a shipped one by name, or a file. Raises UsageError."""
    shipped = shipped_rubrics()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if path.is_file():
        return path
    if path.suffix in SUFFIXES or len(path.parts) > 1:
        raise UsageError(
            f"there is no rubric file {name}; give the path of a YAML file or one of: {', '.join(shipped)}"
        )
    raise UsageError(
        f"no rubric is called {name!r}{did_you_mean(name, list(shipped))}; or give the path of a YAML file"
    )


def load_behaviors(beside: Path | None = None) -> tuple[dict[str, Behavior], list[Path]]:
    """All behaviors by name, and the files they came from.

    A file in `behaviors/` in the folder `beside` adds a behavior, replaces the shipped one of that name or, with
    `extends: shipped`, adds to it. Raises RubricError with the problems of all files.
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
        for path in sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES):
            if path.name.endswith((".test.yaml", ".test.yml")):
                continue
            files.append(path)
            try:
                behavior = _load(path, behaviors)
            except RubricError as error:
                problems.extend(error.problems)
            else:
                behaviors[behavior.name] = behavior
    if problems:
        raise RubricError(problems)
    return behaviors, files


def _load(path: Path, known: dict[str, Behavior]) -> Behavior:
    yaml_file = read_yaml(path, shipped_name(path))
    file, problems = try_check(yaml_file, BehaviorFile)
    if file is None:
        raise RubricError(problems)
    if file.extends and file.behavior not in known:
        hint = did_you_mean(file.behavior, list(known))
        raise RubricError([yaml_file.problem(("extends",), f"no shipped behavior is called {file.behavior!r}{hint}")])
    return Behavior(file, known[file.behavior] if file.extends else None)


def load_rubric(name: str) -> Rubric:
    """Load a shipped rubric by name, or a file, with its behaviors.

    Raises UsageError where there is no such rubric, and RubricError with every problem of the rubric and of the
    behavior files it is judged with.
    """
    path = find_rubric(name)
    yaml_file = read_yaml(path, shipped_name(path))
    file, problems = try_check(yaml_file, RubricFile)
    behaviors: dict[str, Behavior] = {}
    files: list[Path] = []
    try:
        behaviors, files = load_behaviors(path.parent)
    except RubricError as error:
        problems.extend(error.problems)
    else:
        problems.extend(_cross_check(yaml_file, behaviors))
    if file is None or problems:
        raise RubricError(sorted(set(problems), key=in_order))
    digest = hashlib.sha256(path.read_bytes())
    for behavior_file in files:
        digest.update(b"\0" + behavior_file.read_bytes())
    return Rubric(file, behaviors, digest.hexdigest(), str(path))


def _cross_check(yaml_file: YamlFile, behaviors: dict[str, Behavior]) -> Iterator[Problem]:
    """Ids given twice, behaviors and criteria named but not there.

    Looked for in the plain data, so that mistakes elsewhere in the file do not hide them.
    """
    data = yaml_file.data if isinstance(yaml_file.data, dict) else {}
    criteria = data.get("criteria")
    ids: list[str] = []
    for index, criterion in enumerate(criteria if isinstance(criteria, list) else []):
        if not isinstance(criterion, dict):
            continue
        name = str(criterion.get("id"))
        if name in ids:
            yield yaml_file.problem(
                ("criteria", index, "id"),
                f"criteria[{index + 1}].id: {name!r} is the id of another criterion; give each its own",
            )
        ids.append(name)
        for part in ("when", "expect", "forbid"):
            condition = criterion.get(part)
            named = condition.get("behavior") if isinstance(condition, dict) else None
            for name in [named] if isinstance(named, str) else named if isinstance(named, list) else []:
                if isinstance(name, str) and name not in behaviors:
                    hint = did_you_mean(name, sorted(behaviors))
                    place: Place = ("criteria", index, part, "behavior")
                    yield yaml_file.problem(place, f"{dotted(place)}: no behavior is called {name!r}{hint}")
    tests = data.get("tests")
    for index, test in enumerate(tests if isinstance(tests, list) else []):
        expected = test.get("expect") if isinstance(test, dict) else None
        for name in expected if isinstance(expected, dict) else ():
            if name not in ids:
                place = ("tests", index, "expect", name)
                yield yaml_file.problem(
                    place, f"{dotted(place[:-1])}: no criterion has the id {name!r}{did_you_mean(name, ids)}"
                )


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
