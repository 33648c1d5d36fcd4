from __future__ import annotations

from pathlib import Path

import pytest

from callqa.authoring.rubric_test_files import load_test_files
from callqa.errors import RubricError
from callqa.rubrics.loader import load_rubric

RUBRIC = "format: 1\nname: {}\ncriteria:\n  - {{id: calm, title: Calm, forbid: {{say: blast}}}}\n"
TESTS = 'format: 1\nrubric: {}\ntests:\n  - {{name: one, call: ["agent: Hello."], expect: {{{}: pass}}}}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(RUBRIC.format("desk"))
    (tmp_path / "shop.yaml").write_text(RUBRIC.format("shop"))
    return tmp_path


def test_a_rubric_gets_the_tests_that_name_it(folder: Path) -> None:
    (folder / "a.test.yaml").write_text(TESTS.format("desk", "calm"))
    (folder / "b.test.yml").write_text(TESTS.format("desk", "calm"))
    (folder / "c.test.yaml").write_text(TESTS.format("shop", "calm"))
    assert len(load_test_files(load_rubric(str(folder / "desk.yaml")))) == 2
    assert len(load_test_files(load_rubric(str(folder / "shop.yaml")))) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TESTS.format("dsk", "calm"), r"a.test.yaml:2: rubric: no rubric here is called 'dsk'; did you mean 'desk'\?"),
        (TESTS.format("desk", "clam"), r"a.test.yaml:4: tests\[1\].expect: no criterion has the id 'clam'; did you"),
        ("format: 1\nrubric: desk\n", "tests is missing"),
        ("format: 1\nrubric: desk\ntests: {\n", "is not valid YAML"),
    ],
)
def test_a_broken_file_of_tests_is_told(folder: Path, text: str, message: str) -> None:
    (folder / "a.test.yaml").write_text(text)
    with pytest.raises(RubricError, match=message):
        load_test_files(load_rubric(str(folder / "desk.yaml")))
