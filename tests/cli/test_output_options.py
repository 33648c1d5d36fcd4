from __future__ import annotations

from pathlib import Path

import pytest

from callqa.cli.output_options import make_outputs, pair_formats_with_targets
from callqa.errors import UsageError
from callqa.reports import REPORTS


def paired(*arguments: str) -> list[tuple[str, str]]:
    """What `-f` and `-o` given in this order make of it; `-` stands for stdout."""
    formats = tuple(value for option, value in zip(arguments[::2], arguments[1::2], strict=True) if option == "-f")
    targets = tuple(value for option, value in zip(arguments[::2], arguments[1::2], strict=True) if option == "-o")
    order = ["formats" if option == "-f" else "targets" for option in arguments[::2]]
    return pair_formats_with_targets(formats, targets, order, REPORTS)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [
        ("", [("text", "-")]),
        ("-f json", [("json", "-")]),
        ("-f json -o a", [("json", "a")]),
        ("-o a -f json", [("json", "a")]),
        ("-f md -o a.md -f junit -o a.xml -f json -o a.json", [("md", "a.md"), ("junit", "a.xml"), ("json", "a.json")]),
        ("-o a.md -o a.XML -o a.json", [("md", "a.md"), ("junit", "a.XML"), ("json", "a.json")]),
        ("-o a.json -f json", [("json", "a.json")]),
        ("-o a.json -o a.xml -f text", [("json", "a.json"), ("junit", "a.xml"), ("text", "-")]),
        ("-o a.csv -f text -o a.txt", [("csv", "a.csv"), ("text", "a.txt")]),
        ("-f json -o a.txt", [("json", "a.txt")]),
        ("-f text -f json -o a.json", [("text", "-"), ("json", "a.json")]),
        ("-o a.json -o -", [("json", "a.json"), ("text", "-")]),
    ],
)
def test_formats_and_targets_that_stand_together(arguments: str, pairs: list[tuple[str, str]]) -> None:
    assert paired(*arguments.split()) == pairs


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ("-f json -f csv", "two reports would go to standard output"),
        ("-f json -o a -f csv -o a", "two reports would go to the same file"),
        ("-o a.pdf", "the suffix of a.pdf is not that of a report format"),
        ("-f pdf", "the report format 'pdf' is not available"),
        ("-o gone/a.md", "there is no folder '.*gone'; create it first"),
    ],
)
def test_what_cannot_be_written_is_refused(arguments: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        paired(*arguments.split())


def test_without_an_order_the_first_go_together() -> None:
    made = make_outputs(("json", "text"), ("a.json",))
    assert [(output.format, output.target) for output in made] == [("json", "a.json"), ("text", "-")]
