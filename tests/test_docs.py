"""What the documents say is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from callqa.cli import cli
from callqa.cli.boundary import Status
from callqa.rubrics.loader import load_rubric

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "callqa") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found.append((f"{prefix} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
    return found


COMMANDS = commands(cli)


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


def test_the_readme_has_every_exit_status() -> None:
    for status in Status:
        assert re.search(rf"^\| {status.value} \|", README, re.MULTILINE), (
            f"README has no row for status {status.value}"
        )


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), f"{document} links to {target}"


def test_the_sample_output_is_of_the_rubric_as_it_is() -> None:
    assert f"rubric support v1 ({load_rubric('support').sha256[:6]})" in README
