"""Which report goes where: `-f` and `-o` taken together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from callqa.errors import UsageError
from callqa.reports import REPORTS, make_report
from callqa.reports.base import Report
from callqa.reports.writing import check_target

_BY_SUFFIX = {".json": "json", ".csv": "csv", ".txt": "text"}


@dataclass(frozen=True)
class Output:
    """A report and its target: a path, or `-` for stdout."""

    report: Report
    format: str
    target: str


def outputs(formats: tuple[str, ...], targets: tuple[str, ...]) -> list[Output]:
    """Pair formats with targets in their order; a format without a target goes to stdout.

    A target without a format tells its format by its suffix. Raises UsageError, also for a target that cannot be
    written, before any work is done.
    """
    pairs: list[tuple[str, str]] = []
    for index in range(max(len(formats), len(targets), 1)):
        target = targets[index] if index < len(targets) else "-"
        name = formats[index] if index < len(formats) else _guess(target)
        pairs.append((name, target))
    made = [Output(make_report(name), name, target) for name, target in pairs]
    if sum(output.target == "-" for output in made) > 1:
        raise UsageError("two reports would go to stdout; give each -f its own -o")
    files = [output.target for output in made if output.target != "-"]
    if len(set(files)) < len(files):
        raise UsageError("two reports would go to one file; give each -f its own -o")
    for file in files:
        check_target(file)
    return made


def _guess(target: str) -> str:
    if target == "-":
        return "text"
    guessed = _BY_SUFFIX.get(Path(target).suffix.lower())
    if guessed is None:
        raise UsageError(f"no report format goes with {target}; add -f with one of {', '.join(REPORTS)}")
    return guessed
