"""The check of English and layout finds what it should, in the right line, and leaves quotations and code alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tools import check_english
from tools.check_english import Finding, Rule, check_document, check_module, check_names, read_rules

RULES = read_rules()
ALL = [*RULES.opening, *RULES.mark, *RULES.phrase]
MODULE = "src/callqa/audio/levels.py"


def found(source: str, path: str = MODULE) -> list[tuple[int, str]]:
    return [(finding.line, finding.message) for finding in check_module(path, source, RULES)]


def lines(findings: Iterable[tuple[int, str]]) -> list[int]:
    return sorted(line for line, _ in findings)


@pytest.mark.parametrize("rule", ALL, ids=[rule.example for rule in ALL])
def test_a_rule_finds_its_example(rule: Rule) -> None:
    assert rule.pattern.search(rule.example)


@pytest.mark.parametrize("rule", RULES.phrase, ids=[rule.example for rule in RULES.phrase])
def test_no_rule_finds_what_another_suggests(rule: Rule) -> None:
    assert not [other.example for other in RULES.phrase if rule.pattern.search(other.instead)]


@pytest.mark.parametrize(
    "text",
    [
        "Which transcript stands in for a recording.",
        "The value lies between 0 and 1.",
        "Misheard words, which some people know not only from films.",
        "It holds so many words that it is cut; some of which are kept.",
        "The option is on; go on to the next page, and from here on read all of it.",
        "What was not heard is a pass among lines a third of which were recognised poorly.",
        "This is taken for granted, and there is no transcript.",
        "It is never called, because it cannot wait for itself.",
        "The behavior is analysed, normalised and centred.",
    ],
)
def test_idiomatic_english_passes(text: str) -> None:
    assert not found(f'"""The levels of a channel.\n\n{text}\n"""\n')


@pytest.mark.parametrize(
    "opening", ["What is there.", "Whether it is.", "That it is.", "How it is.", "Says that it is."]
)
@pytest.mark.parametrize(
    "source",
    ['"""{}"""\n', 'class A:\n    """{}"""\n', 'def a():\n    """{}"""\n', 'def a():\n    """\n    {}\n    """\n'],
)
def test_docstrings_do_not_open_with_a_question(source: str, opening: str) -> None:
    assert next(message for _, message in found(source.format(opening))).startswith("docstring opens with")
    assert not found(source.format("The loudest second."))


def test_docstrings_of_attributes_may_open_as_they_like() -> None:
    assert not found('LOUD = 1\n"""Whether it is loud."""\n')
    assert lines(found('LOUD = 1\n"""Whether it is loud, and to be had."""\n')) == [2]


def test_a_phrase_is_found_in_its_line_and_over_a_line_break() -> None:
    source = '"""The levels.\n\nThey are not to be had, nor are they to be\nhad later.\n"""\n'
    assert lines(found(source)) == [3, 3]
    assert lines(found("# One comment says\n# that none are to\n# be had.\nlevel = 1  # beside\n")) == [2, 4]


def test_comments_of_different_places_are_different_passages() -> None:
    assert not found("level = 1  # this is to\nother = 2  # be had\n")


def test_messages_are_read_in_the_package_alone() -> None:
    source = 'def a(name):\n    return f"the model {name} is not to be had"\n'
    assert lines(found(source)) == [2]
    assert not found(source, "tools/make_calls.py")


def test_words_of_callers_and_short_strings_are_no_messages() -> None:
    assert not found('A = "is not there and not to be had"\n', "src/callqa/language/en.py")
    assert not found('A = "to be had"\nB = "to be had or not to be had".split()\n')


def test_code_and_quotations_pass() -> None:
    text = 'Write `to be had`, ``to be had``, "to be had" or “to be had”.'
    assert not found(f"'''The levels.\n\n{text}\n>>> to be had\n'''\n")
    assert not list(check_document("README.md", f"{text}\n```\nto be had\n```\n", RULES))


def test_documents_are_read_with_their_lines() -> None:
    text = "# Title\n\n```\nto be had\n```\n\nThis is not\nto be had.\n"
    assert [finding.line for finding in check_document("README.md", text, RULES)] == [8]


def test_marks_are_found_in_code_as_well() -> None:
    home = "/".join(["", "home", "ana", "calls"])
    assert lines(found(f'A = "{home}"\n# {"TO" + "DO"}: later\n')) == [1, 2]
    assert not found('A = "calls/home/ana"\nB = "https://example.org/home/ana"\n')


def test_long_modules_and_functions_are_found() -> None:
    assert not found("a = 1\n" * check_english.MOST_MODULE_LINES)
    assert lines(found("a = 1\n" * (check_english.MOST_MODULE_LINES + 1))) == [1]
    assert not found("def a():\n" + "    b = 1\n" * (check_english.MOST_FUNCTION_LINES - 1))
    assert lines(found("\ndef a():\n" + "    b = 1\n" * check_english.MOST_FUNCTION_LINES)) == [2]


def test_a_module_name_is_used_once() -> None:
    package = check_english.PACKAGE
    allowed = [f"{package}/{path}" for path in ("__init__.py", "a/__init__.py", "a/base.py", "b/base.py", "a/one.py")]
    assert not list(check_names([*allowed, "tools/one.py", "tests/support/one.py"]))
    [finding] = check_names([*allowed, f"{package}/b/one.py"])
    assert str(finding) == f"{package}/b/one.py:1: {package}/a/one.py has the same module name"


def test_few_modules_are_at_the_top() -> None:
    package = check_english.PACKAGE
    top = [f"{package}/{name}.py" for name in "abcdefgh"]
    assert not list(check_names([*top, f"{package}/audio/levels.py"]))
    assert [finding.path for finding in check_names([*top, f"{package}/i.py"])] == [package]


def test_findings_are_printed_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("Not to be had.\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "engines.md").write_text("Available.\n", encoding="utf-8")
    monkeypatch.setattr(check_english, "ROOT", tmp_path)
    assert check_english.main([]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("README.md:1: “to be had”: write ")
    assert err == "findings: 1\n"
    assert check_english.main([str(tmp_path / "docs")]) == 0


def test_findings_are_sorted() -> None:
    assert sorted([Finding("b.py", 1, ""), Finding("a.py", 10, ""), Finding("a.py", 9, "")])[0].line == 9
