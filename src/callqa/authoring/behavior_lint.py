"""What is wrong or odd about behavior files: examples that contradict them, phrases that are double or never found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from callqa.authoring.phrase_lint import double, odd_phrase, wordings
from callqa.authoring.selftest import as_said, shown_by
from callqa.behaviors.behavior import Behavior
from callqa.core.yaml_loading import KeyPath, YamlFile
from callqa.errors import Problem
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import on_one_line

OVERLAP = 0.5
"""Share of one behavior's examples that another finds too, from which on the two are hardly two."""

_FEW = 4
"""Examples below which such a share says nothing."""


def lint_behaviors(files: Sequence[YamlFile], behaviors: Mapping[str, Behavior]) -> tuple[list[Problem], list[Problem]]:
    """Errors and warnings of behavior files, all of which could be loaded."""
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for file in files:
        behavior = behaviors[file.data["behavior"]]
        errors += _contradictions(file, behavior)
        warnings += _phrases(file, behavior)
        warnings += _overlaps(file, behavior, behaviors)
    return errors, warnings


def _contradictions(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    for kind, examples in (("found", behavior.examples.found), ("not_found", behavior.examples.not_found)):
        for index, example in enumerate(examples):
            hit = shown_by(behavior, example)
            if example.todo or as_said(hit, kind == "found"):
                continue
            if hit is None:
                none = "no phrase finds it, nor for sure what was learned" if behavior.learned else "no phrase finds it"
                says = f"is said to be found, but {none}; add one, or mark it `todo: true`"
            elif hit.learned:
                says = f"is said not to be found, but is by the {hit.rule}; add an exception, or more examples like it"
            else:
                says = (
                    f"is said not to be found, but is by the phrase {hit.rule!r}; add an exception or narrow the phrase"
                )
            yield file.problem(("examples", kind, index), f"examples.{kind}[{index + 1}]: {example.say!r} {says}")


def _own_phrases(file: YamlFile) -> list[tuple[str, KeyPath]]:
    """The phrases a file itself holds, with their places."""
    found: list[tuple[str, KeyPath]] = []
    for index, rule in enumerate(file.data.get("phrases", [])):
        at: KeyPath = ("phrases", index)
        said: Any = rule
        if isinstance(rule, dict):
            at, said = (*at, "say"), rule["say"]
        if isinstance(said, list):
            found += [(str(one), (*at, number)) for number, one in enumerate(said)]
        else:
            found.append((str(said), at))
    return found


def _plain(file: YamlFile) -> list[tuple[str, KeyPath]]:
    """The phrases that hold without conditions: the same words under two conditions are no mistake."""
    conditional = [isinstance(rule, dict) and set(rule) - {"say"} for rule in file.data.get("phrases", [])]
    return [(source, place) for source, place in _own_phrases(file) if not conditional[int(place[1])]]


def _phrases(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    may_be_taken_away = behavior.exceptions or any(rule.unless for rule in behavior.rules)
    for source, place in _own_phrases(file):
        odd = odd_phrase(source)
        if odd is not None:
            yield file.problem(place, f"phrases: {odd}")
        ways = wordings(source) if may_be_taken_away else []
        if ways and not any(
            behavior.find(NormalizedText(line)) for way in ways for line in (way, f"right {way} zigzag")
        ):
            yield file.problem(
                place, f"phrases: {source!r} is never found, an exception takes it away; narrow the exception"
            )
    if not behavior.models:
        for index, rule in enumerate(file.data.get("phrases", [])):
            if isinstance(rule, dict) and rule.get("with_model"):
                yield file.problem(
                    ("phrases", index, "with_model"),
                    f"phrases: there is no model to agree, so `with_model` does nothing; give {behavior.name} one with"
                    " `learn: true` and examples, or leave it out",
                )
    plain = _plain(file)
    known = {phrase.source: phrase for phrase in behavior.phrases}
    for index, first in double([known[on_one_line(source)] for source, _ in plain]):
        line = file.line(plain[first][1])
        message = f"phrases: {plain[index][0]!r} says the same as the phrase on line {line}; leave one out"
        yield file.problem(plain[index][1], message)


def _overlaps(file: YamlFile, behavior: Behavior, behaviors: Mapping[str, Behavior]) -> Iterator[Problem]:
    """Other behaviors of the same party that take the same words."""
    known = {phrase.source: phrase for phrase in behavior.phrases}
    own = {known[on_one_line(source)].pattern: (source, place) for source, place in _plain(file)}
    examples = [example for example in behavior.examples.found if not example.todo]
    for other in behaviors.values():
        if other.name == behavior.name or other.speaker != behavior.speaker:
            continue
        plain = {
            on_one_line(phrase) for rule in other.rules if not rule.model_fields_set - {"say"} for phrase in rule.say
        }
        for phrase in other.phrases:
            if phrase.source in plain and phrase.pattern in own:
                source, place = own[phrase.pattern]
                message = f"phrases: {source!r} stands in the behavior {other.name} too; keep it in one of the two"
                yield file.problem(place, message)
        shared = sum(_same_words(behavior, other, NormalizedText(example.say)) for example in examples)
        if len(examples) >= _FEW and shared >= OVERLAP * len(examples):
            yield file.problem(
                ("examples", "found"),
                f"examples.found: the behavior {other.name} finds the same words in {shared} of these {len(examples)};"
                " are the two one? If not, add exceptions to one",
            )


def _same_words(one: Behavior, other: Behavior, spoken: NormalizedText) -> bool:
    """Whether two behaviors are found in a line at places that overlap."""
    theirs = [match for match, _, _ in other.find(spoken)]
    return any(
        match.start < their.end and their.start < match.end for match, _, _ in one.find(spoken) for their in theirs
    )
