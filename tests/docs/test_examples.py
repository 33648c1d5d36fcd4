"""Every command, rubric, configuration and script in the documents is run, unless a comment below it says why not.

Reports and transcripts that are shown in JSON must be valid by the published schemas.
"""

from __future__ import annotations

import contextlib
import csv
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from callqa import api
from callqa.authoring.rubric_test_files import load_test_files
from callqa.authoring.selftest import run_examples, run_tests
from callqa.engines import packaged_models
from callqa.recordings.filename_patterns import PRESETS, compile_pattern
from callqa.reports.schemas import published
from callqa.rubrics.behavior_loader import load_behaviors
from callqa.rubrics.loader import load_rubric
from support.cli_runs import GOOD, RUDE, Cli, transcript

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
SUPPORT = (ROOT / "rubrics" / "support.yaml").read_text(encoding="utf-8")

BLOCK = re.compile(
    r"^```(?P<language>[a-z]*)\n(?P<text>.*?)^```\n(?:\n<!-- not run: (?P<why>.+?) -->)?", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: str
    line: int
    language: str
    text: str
    not_run: str | None

    @property
    def commands(self) -> list[str]:
        """The command lines of callqa in it; what begins with a prompt is followed by sample output."""
        lines = [line.removeprefix(".venv/bin/") for line in self.text.splitlines()]
        return [line for line in lines if line.startswith("callqa ")]


def blocks() -> Iterator[Block]:
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Block(document.name, line, found["language"], found["text"], found["why"])


BLOCKS = list(blocks())


def shown(block: Block) -> str:
    return f"{block.document}:{block.line}"


def of(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documents mention: calls of two agents, saved results, a list of starts and teams."""
    folder = tmp_path_factory.mktemp("documents")
    for agent, name, lines in (("ana", "0410", GOOD), ("tom", "0412", RUDE), ("tom", "0413", GOOD)):
        transcript(folder / "calls" / agent / f"{name}.json", lines)
    transcript(folder / "my-call.json", list(GOOD) * 2)
    starts = {"ana/0410": "2026-11-02", "tom/0412": "2026-11-10", "tom/0413": "2026-11-11"}
    rows = "".join(f"calls/{call}.json,{call[:3]},{day}T09:00:00Z,north\n" for call, day in starts.items())
    (folder / "archive.csv").write_text(f"file,agent,started_at,team\n{rows}")
    run = api.score(folder / "calls", cache=False)
    for name in ("results", "this-week", "last-week"):
        api.write_report(run, folder / f"{name}.json")
    with contextlib.chdir(folder):
        api.write_report(api.score("calls", cache=False, metadata="archive.csv"), "archive.json")
    return folder


@pytest.fixture
def workplace(prepared: Path, tmp_path: Path, callqa: Cli) -> Cli:
    """Runs callqa in a copy of the prepared folder."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return callqa


def filled_in(sheet: Path) -> None:
    """Write a verdict into every row of a sheet, as a person would."""
    with sheet.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, rows[0].keys())
        table.writeheader()
        table.writerows({**row, "verdict": "pass"} for row in rows)


@pytest.mark.parametrize("block", [block for block in of("") if block.commands], ids=shown)
def test_commands(block: Block, workplace: Cli) -> None:
    if block.not_run:
        pytest.skip(f"not run: {block.not_run}")
    for line in block.commands:
        if line.startswith("callqa calibrate sheet.csv"):
            filled_in(Path("sheet.csv"))
        done = workplace(*shlex.split(line, comments=True)[1:])
        assert done.status == 0, f"{shown(block)}: {line}\n{done.err}"


@pytest.mark.parametrize("block", of("yaml"), ids=shown)
def test_yaml(block: Block, tmp_path: Path) -> None:
    data: dict[str, Any] = yaml.safe_load(block.text)
    if "behavior" in data:
        (tmp_path / "behaviors").mkdir()
        (tmp_path / "behaviors" / "shown.yaml").write_text(block.text, encoding="utf-8")
        behaviors, _ = load_behaviors(tmp_path)
        assert not [result for result in run_examples(behaviors[data["behavior"]]) if not result.passed]
        return
    if "rubric" in data:
        (tmp_path / "ours.test.yaml").write_text(block.text, encoding="utf-8")
        (tmp_path / "ours.yaml").write_text(SUPPORT.replace("name: support", "name: ours", 1), encoding="utf-8")
        rubric = load_rubric(str(tmp_path / "ours.yaml"))
        tests = load_test_files(rubric)
        assert tests
    else:
        assert "criteria" in data, f"{shown(block)} is neither a rubric nor a behavior nor tests"
        head = "".join(line for key, line in (("format", "format: 1\n"), ("name", "name: shown\n")) if key not in data)
        (tmp_path / "shown.yaml").write_text(head + block.text, encoding="utf-8")
        rubric, tests = load_rubric(str(tmp_path / "shown.yaml")), ()
    assert not [result for result in run_tests(rubric, tests) if not (result.passed or result.todo)]


@pytest.mark.parametrize("block", of("json"), ids=shown)
def test_json(block: Block) -> None:
    data = json.loads(block.text)
    schema = "transcript" if "utterances" in data else "score" if "rubric" in data else "detect"
    jsonschema.validate(data, json.loads(published(schema)))


@pytest.mark.parametrize("block", of("toml"), ids=shown)
def test_configuration(block: Block, workplace: Cli, tmp_path: Path) -> None:
    data = tomllib.loads(block.text)
    if "project" in data:
        assert list(data["project"]["entry-points"]) == [packaged_models.ENTRY_POINTS]
        return
    if any(isinstance(value, dict) and "files" in value for value in data.values()):
        packaged_models.MODEL_TABLE.validate_python(data)
        return
    if "rubric" in data:
        (tmp_path / data["rubric"]).parent.mkdir(exist_ok=True)
        (tmp_path / data["rubric"]).write_text(SUPPORT, encoding="utf-8")
    (tmp_path / "callqa.toml").write_text(block.text, encoding="utf-8")
    assert workplace("score", "calls").status in (0, 1)


@pytest.mark.parametrize("block", of("python"), ids=shown)
def test_scripts(block: Block, workplace: Cli) -> None:
    exec(compile(block.text, shown(block), "exec"), {})
    assert Path("report.html").exists() == ('"report.html"' in block.text)


def test_every_block_is_run_or_says_why_not() -> None:
    assert {block.language for block in BLOCKS} <= {"", "text", "yaml", "toml", "json", "python"}
    for block in of(""):
        set_up = "-m venv" in block.text
        assert block.commands or block.not_run or set_up, f"{shown(block)} is nothing that can be run; mark it as text"


def test_every_preset_reads_the_file_name_shown() -> None:
    text = (ROOT / "docs" / "recordings.md").read_text(encoding="utf-8")
    names = dict(re.findall(r"^\| `([\w-]+)` \| `([^`]+)`", text, re.MULTILINE))
    assert names.keys() == PRESETS.keys()
    for preset, name in names.items():
        facts = compile_pattern(preset).read(name)
        assert facts is not None, f"{preset} does not match {name}"
        assert facts.bad_date is None
