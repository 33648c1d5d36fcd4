"""Mistakes in behavior files: examples that contradict the phrases, phrases that are duplicates or are never found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from callqa.authoring.phrase_lint import find_duplicates, phrase_warning, wordings
from callqa.authoring.selftest import best_hit, meets_expectation
from callqa.behaviors.behavior import Behavior, Hit
from callqa.core.yaml_loading import YamlFile
from callqa.core.yaml_paths import KeyPath
from callqa.errors import Problem
from callqa.language.normalization import NormalizedText
from callqa.language.phrases import on_one_line

OVERLAP = 0.5
"""Share of one behavior's examples that another one also finds, from which the two are hardly different."""

_FEW = 4
"""Examples below which such a share means nothing."""


def lint_behaviors(files: Sequence[YamlFile], behaviors: Mapping[str, Behavior]) -> tuple[list[Problem], list[Problem]]:
    """Return the errors and the warnings of behavior files, all of which could be loaded."""
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for file in files:
        behavior = behaviors[file.data["behavior"]]
        errors += _contradictions(file, behavior)
        warnings += _phrase_warnings(file, behavior)
        warnings += _without_model(file, behavior)
        warnings += _duplicates(file, behavior)
        warnings += _overlaps(file, behavior, behaviors)
    return errors, warnings


def _contradictions(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    for kind, examples in (("found", behavior.examples.found), ("not_found", behavior.examples.not_found)):
        for index, example in enumerate(examples):
            hit = best_hit(behavior, example)
            if not example.todo and not meets_expectation(hit, kind == "found"):
                where = f"examples.{kind}[{index + 1}]: {example.say!r}"
                yield file.problem(("examples", kind, index), f"{where} {_contradiction(hit, behavior)}")


def _contradiction(hit: Hit | None, behavior: Behavior) -> str:
    if hit is None:
        learned = ", and the model learned from the examples is not sure" if behavior.learned else ""
        return f"should be found, but no phrase finds it{learned}; add a phrase, or mark the example `todo: true`"
    if hit.learned:
        return f"should not be found, but the {hit.rule} finds it; add an exception, or more examples like it"
    return (
        f"should not be found, but the phrase {hit.rule!r} finds it; add an exception, or make the phrase more specific"
    )


def _own_phrases(file: YamlFile) -> list[tuple[str, KeyPath]]:
    """Return the phrases in the file itself, with their paths."""
    found: list[tuple[str, KeyPath]] = []
    for index, rule in enumerate(file.data.get("phrases", [])):
        path: KeyPath = ("phrases", index)
        say: Any = rule
        if isinstance(rule, dict):
            path, say = (*path, "say"), rule["say"]
        if isinstance(say, list):
            found += [(str(source), (*path, number)) for number, source in enumerate(say)]
        else:
            found.append((str(say), path))
    return found


def _unconditional_phrases(file: YamlFile) -> list[tuple[str, KeyPath]]:
    """Return the phrases without conditions: the same words under two conditions are not a mistake."""
    conditional = [isinstance(rule, dict) and set(rule) - {"say"} for rule in file.data.get("phrases", [])]
    return [(source, path) for source, path in _own_phrases(file) if not conditional[int(path[1])]]


def _phrase_warnings(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    has_exceptions = behavior.exceptions or any(rule.unless for rule in behavior.rules)
    for source, path in _own_phrases(file):
        warning = phrase_warning(source)
        if warning is not None:
            yield file.problem(path, f"phrases: {warning}")
        texts = wordings(source) if has_exceptions else []
        if texts and not any(
            behavior.find(NormalizedText(line)) for text in texts for line in (text, f"right {text} zigzag")
        ):
            message = f"phrases: {source!r} is never found, because an exception rules it out; make that more specific"
            yield file.problem(path, message)


def _without_model(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    """Yield the rules that need a model to agree, if there is none."""
    if behavior.models:
        return
    for index, rule in enumerate(file.data.get("phrases", [])):
        if isinstance(rule, dict) and rule.get("with_model"):
            yield file.problem(
                ("phrases", index, "with_model"),
                f"phrases: `with_model` has no effect, because {behavior.name} has no model; add `learn: true` and"
                " examples, or leave it out",
            )


def _duplicates(file: YamlFile, behavior: Behavior) -> Iterator[Problem]:
    phrases = _unconditional_phrases(file)
    known = {phrase.source: phrase for phrase in behavior.phrases}
    for index, first in find_duplicates([known[on_one_line(source)] for source, _ in phrases]):
        source, path = phrases[index]
        line = file.line(phrases[first][1])
        yield file.problem(path, f"phrases: {source!r} means the same as the phrase on line {line}; leave one out")


def _overlaps(file: YamlFile, behavior: Behavior, behaviors: Mapping[str, Behavior]) -> Iterator[Problem]:
    """Yield what other behaviors of the same party find as well: phrases, or half of the examples."""
    known = {phrase.source: phrase for phrase in behavior.phrases}
    own = {known[on_one_line(source)].pattern: (source, path) for source, path in _unconditional_phrases(file)}
    examples = [example for example in behavior.examples.found if not example.todo]
    for other in behaviors.values():
        if other.name == behavior.name or other.speaker != behavior.speaker:
            continue
        unconditional = {
            on_one_line(phrase) for rule in other.rules if not rule.model_fields_set - {"say"} for phrase in rule.say
        }
        for phrase in other.phrases:
            if phrase.source in unconditional and phrase.pattern in own:
                source, path = own[phrase.pattern]
                message = f"phrases: {source!r} is in the behavior {other.name} as well; keep it in one of the two"
                yield file.problem(path, message)
        shared = sum(_find_same_words(behavior, other, NormalizedText(example.say)) for example in examples)
        if len(examples) >= _FEW and shared >= OVERLAP * len(examples):
            yield file.problem(
                ("examples", "found"),
                f"examples.found: the behavior {other.name} finds the same words in {shared} of these {len(examples)}"
                " examples; merge the two, or add exceptions to one of them",
            )


def _find_same_words(behavior: Behavior, other: Behavior, text: NormalizedText) -> bool:
    """Return True if two behaviors are found in a line at places that overlap."""
    others = [match for match, _, _ in other.find(text)]
    return any(
        match.start < found.end and found.start < match.end for match, _, _ in behavior.find(text) for found in others
    )
