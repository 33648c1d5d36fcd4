"""Rubrics, schemas, templates and sample calls are found from every installation; the wheel holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow

FOUND = """
import io, callqa, callqa.rubrics.folders as folders, callqa.rubrics.loader as files, callqa.demo_calls as demo
from callqa.reports.html.html_report import HtmlReport
from callqa.results.rubric_snapshot import snapshot_of
from callqa.results.summary import summarise
from callqa.reports.schemas import NAMES, published
print(callqa.__file__)
print(folders.shipped_folder())
print(len(files.load_rubric("support").criteria), len(list(demo.demo_folder().rglob("*"))) > 9)
print(all(published(name) for name in NAMES))
page = io.StringIO()
HtmlReport().write(summarise(snapshot_of(files.load_rubric("support")), []), page)
print(page.getvalue().count("<style>"))
rubrics = [(path, path.read_text("utf-8").splitlines()[0]) for path in files.shipped_rubrics().values()]
print(all((path.parent / first.partition("$schema=")[2]).is_file() for path, first in rubrics))
training = folders.training_folder()
print(all((training / "lines" / who / "ordinary.txt").is_file() for who in ("agent", "customer")))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, as an installation from source is."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return built


def run(code: str, path: Path, folder: Path) -> list[str]:
    """Run code in a folder of its own, with one more place to import from before all others."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_rubrics_are_found_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(place), str(wheel)],
        check=True,
        capture_output=True,
    )
    package, rubrics, *rest = run(FOUND, place, tmp_path)
    assert Path(package).parent == place / "callqa"
    assert Path(rubrics) == place / "callqa" / "data" / "rubrics"
    assert rest == ["4 True", "True", "1", "True", "True"]


def test_rubrics_are_found_from_a_checkout(tmp_path: Path) -> None:
    """An editable installation imports from the same place."""
    _, rubrics, *rest = run(FOUND, ROOT / "src", tmp_path)
    assert Path(rubrics) == ROOT / "rubrics"
    assert rest == ["4 True", "True", "1", "True", "True"]


def test_the_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"callqa"}
    assert "callqa/data/rubrics/support.yaml" in names
    assert "callqa/data/rubrics/behaviors/apology.yaml" in names
    assert "callqa/py.typed" in names
    samples = [info for info in zipfile.ZipFile(wheel).infolist() if "/demo_calls/" in info.filename]
    assert sum(info.file_size for info in samples) < 3_000_000
