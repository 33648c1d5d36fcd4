"""The hash of a rubric, over everything that can change a verdict: rubrics with the same hash judge alike.

It covers

- the file of the rubric,
- the behaviors that its criteria name,
- the behaviors that are part of every judgement: those by which the agent is identified, and the request to wait, which
  makes a silence a hold,
- the behaviors that one of these depends on (`model_after`, `excludes`), and
- the phrases by which agent, customer and answering machine are identified (`_cues.yaml`).

Of a behavior it covers the file, the model and what was learned from the examples, and with `extends` the shipped files
as well. Behaviors that are only reported, such as how often a caller is passed on, are left out: they change figures,
but no verdict. The names and folders of the files do not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from callqa.behaviors.behavior import Behavior
from callqa.conversation.conversation import HOLD_REQUEST
from callqa.conversation.roles import WEIGHTS
from callqa.rubrics.behavior_loader import BehaviorFiles
from callqa.rubrics.cues import cues_path
from callqa.rubrics.references import named_behaviors
from callqa.rubrics.rubric_schema import RubricFile

ALWAYS_USED = frozenset([*WEIGHTS, HOLD_REQUEST])
"""Behaviors that can change the verdicts of any rubric."""


def decisive_behaviors(file: RubricFile, behaviors: Mapping[str, Behavior]) -> list[str]:
    """Return the behaviors that can change a verdict of a rubric, sorted by name."""
    found: set[str] = set()
    waiting = [*ALWAYS_USED, *(name for _, name in named_behaviors(file.model_dump()))]
    while waiting:
        name = waiting.pop()
        if name in behaviors and name not in found:
            found.add(name)
            after = behaviors[name].model_after
            waiting += [*([after] if after else []), *behaviors[name].excludes]
    return sorted(found)


def rubric_hash(path: Path, file: RubricFile, behaviors: Mapping[str, Behavior], files: BehaviorFiles) -> str:
    """Return the hash of the rubric that `path` holds and `file` is the content of, as 64 hex digits."""
    known: dict[Path, bytes] = {}
    digest = hashlib.sha256()

    def add_file(path: Path) -> None:
        if path not in known:
            known[path] = hashlib.sha256(path.read_bytes()).digest()
        digest.update(known[path])

    add_file(path)
    add_file(cues_path())
    for name in decisive_behaviors(file, behaviors):
        digest.update(f"\0{name}\0".encode())
        for behavior_file in files[name]:
            add_file(behavior_file)
        learned = behaviors[name].learned
        if learned is not None:
            digest.update(learned.sha256.encode())
    return digest.hexdigest()
