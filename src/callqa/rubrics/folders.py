"""The folders with the rubrics, behaviors and training lines that come with callqa, and the YAML files in a folder."""

from __future__ import annotations

from pathlib import Path

from callqa.core.shipped_files import shipped

SUFFIXES = (".yaml", ".yml")

TEST_ENDINGS = (".test.yaml", ".test.yml")
"""Endings of the names of files with tests, which are neither rubrics nor behaviors."""


def shipped_folder() -> Path:
    """Return the folder of shipped rubrics."""
    return shipped("rubrics")


def training_folder() -> Path:
    """Return the folder of training data, which has the ordinary lines that behaviors are learned against."""
    return shipped("training")


def display_name(path: Path) -> str:
    """Return the name of a file in messages: shipped files from `rubrics/` on, others as given."""
    try:
        return str(Path("rubrics") / path.relative_to(shipped_folder()))
    except ValueError:
        return str(path)


def yaml_files(folder: Path) -> list[Path]:
    """Return the YAML files in a folder, by name, without files of tests."""
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.endswith(TEST_ENDINGS))
