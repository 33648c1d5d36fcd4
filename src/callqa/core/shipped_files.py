"""The files that come with callqa: rubrics, schemas, models, sample calls, training lines."""

from __future__ import annotations

from pathlib import Path

from callqa.errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[1]

_CHECKOUT = _PACKAGE.parents[1]


def shipped(name: str) -> Path:
    """Return the path of a file or folder that comes with callqa, given its name in `callqa/data`.

    In a checkout, rubrics and training lines are at its top level, where people edit them; the wheel carries them in
    `callqa/data`. Raises UsageError if the installation lacks it.
    """
    for folder in (_PACKAGE / "data", _CHECKOUT):
        if (folder / name).exists():
            return folder / name
    raise UsageError(f"{name}, which comes with callqa, is missing from this installation; install callqa again")
