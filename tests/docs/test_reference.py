"""The documents name every command, option and status there is, and their links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

import callqa
from callqa.api import TranscriptionOptions
from callqa.cli import cli
from callqa.cli.boundary import Status
from callqa.rubrics.loader import load_rubric

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("[a-z]*/README.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "callqa") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found.append((f"{prefix} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
    return found


COMMANDS = commands(cli)

OTHER_OPTIONS = {"--help", "--version", "--device", "--calls", "--rounds", "--avx2"}
"""Options of every command, and of the benchmarks that the documents quote."""


def code_lines(text: str) -> list[str]:
    return [line for block in re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    [line] = [line for line in code_lines(README) if "-m pytest" in line]
    assert line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert line in code_lines((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def test_setting_up_is_one_line_that_ends_in_the_demo() -> None:
    [line] = [line for line in code_lines(README) if line.endswith("callqa demo") and "venv" in line]
    assert "-c constraints.txt" in line


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_explained_and_shows_an_example(name: str, command: click.Command) -> None:
    assert command.help
    if not isinstance(command, click.Group):
        assert re.search(rf"^\s*{re.escape(name)}", command.help, re.MULTILINE), f"{name} --help shows no example"


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_in_the_readme(name: str, command: click.Command) -> None:
    top = " ".join(name.split()[:2])
    assert f"`{top}" in README


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_option_is_explained(name: str, command: click.Command) -> None:
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("form",):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


@pytest.mark.parametrize("document", ["README.md", "docs/nightly.md"])
def test_every_exit_status_is_listed_and_no_other(document: str) -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(Status)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", document.read_text(encoding="utf-8")):
        path = document.parent / target if target else document
        assert path.exists(), f"{document.name} links to {target}"
        if anchor:
            assert anchor in anchors(path), f"{document.name} links to {target}#{anchor}"


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def options_of_scripts() -> set[str]:
    """The options of the scripts in benchmarks/ and tools/."""
    scripts = [*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "tools").glob("*.py")]
    return {name for path in scripts for name in re.findall(r'add_argument\("(--[a-z-]+)"', path.read_text("utf-8"))}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_named_exists(document: Path) -> None:
    known = {name for _, command in COMMANDS for parameter in command.params for name in parameter.opts}
    known |= OTHER_OPTIONS | options_of_scripts()
    text = document.read_text(encoding="utf-8")
    shown = [line for line in code_lines(text) if re.match(r"(\.venv/bin/)?callqa ", line)]
    text = "\n".join([re.sub(r"```.*?```", "", text, flags=re.DOTALL), *shown])
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))
    if document.parent.name not in ("training", "benchmarks"):
        assert named <= known, f"{document.name} names options that do not exist"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_named_exists(document: Path) -> None:
    known = {name for name, _ in COMMANDS}
    text = document.read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for line in [*spans, *code_lines(text)]:
        if words := re.match(r"(?:\.venv/bin/)?callqa ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", line):
            named = f"callqa {words[1]}"
            if isinstance(cli.commands.get(words[1]), click.Group) and words[2]:
                named += f" {words[2]}"
            assert named in known, f"{document.name} names {named}"


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 1200


def test_the_public_api_is_documented() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    functions = {name for name in callqa.__all__ if name.islower() and not name.startswith("_")}
    for name in functions:
        assert re.search(rf"^\| `{name}\(", text, re.MULTILINE), f"python.md has no row for {name}"
    for option in TranscriptionOptions.__dataclass_fields__:
        assert re.search(rf"^\|.*`{option}`", text, re.MULTILINE), f"python.md has no row for {option}"


def test_the_map_has_every_package_and_layer() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    source = ROOT / "src" / "callqa"
    packages = {path.parent.name for path in source.glob("*/__init__.py")}
    modules = {path.stem for path in source.glob("*.py")} - {"__init__", "__main__"}
    for name in packages | modules:
        assert re.search(rf"^\|.*`{name}/?`.*\|", text, re.MULTILINE), f"architecture.md has no row for {name}"
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][
        0
    ]
    assert "\n".join(layers["layers"]) in text


def test_the_sample_output_is_of_the_rubric_as_it_is() -> None:
    assert f"rubric support v1 ({load_rubric('support').sha256[:6]})" in README
