"""Which report goes where: `-f` and `-o` taken together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from callqa.errors import UsageError
from callqa.reports import REPORTS, format_of, make_report
from callqa.reports.base import AudioMode, Report
from callqa.reports.output import STDOUT, check_target


@dataclass(frozen=True)
class Output:
    """A report and its target: a path, or `-` for stdout."""

    report: Report
    format: str
    target: str


def outputs(
    formats: tuple[str, ...], targets: tuple[str, ...], order: Sequence[str | None] = (), audio: AudioMode = "clips"
) -> list[Output]:
    """Pair formats with targets: a target belongs to the format before it, or else to the one behind it.

    `order` holds "formats" and "targets" as they were given; without it all formats come first. A format without a
    target goes to stdout, a target without a format tells its format by its suffix; so does a target before a format
    that its suffix denies. Raises UsageError, also for a target that cannot be written, before any work is done.
    `audio` is the sound an HTML report carries.
    """
    return [
        Output(_made(name, target, audio), name, target) for name, target in places(formats, targets, order, REPORTS)
    ]


def _made(name: str, target: str, audio: AudioMode) -> Report:
    """The report of that name; the one that carries sound is told what, and where it will lie."""
    if name != "html":
        return make_report(name)
    return make_report(name, audio=audio, folder=Path() if target == STDOUT else Path(target).parent)


def places(
    formats: tuple[str, ...], targets: tuple[str, ...], order: Sequence[str | None], known: Collection[str]
) -> list[tuple[str, str]]:
    """The formats, all of them `known`, each with its target; as `outputs` in all else."""
    pairs = _pairs(formats, targets, order)
    if unknown := [name for name, _ in pairs if name not in known]:
        raise UsageError(f"there is no report format {unknown[0]!r} for this; choose one of {', '.join(known)}")
    targets = tuple(target for _, target in pairs)
    if targets.count(STDOUT) > 1:
        raise UsageError("two reports would go to stdout; give each -f its own -o")
    files = [target for target in targets if target != STDOUT]
    if len(set(files)) < len(files):
        raise UsageError("two reports would go to one file; give each -f its own -o")
    for file in files:
        check_target(file)
    return pairs


def _pairs(formats: Sequence[str], targets: Sequence[str], order: Sequence[str | None]) -> list[tuple[str, str]]:
    names, places = list(formats), list(targets)
    if order.count("formats") != len(names) or order.count("targets") != len(places):
        # From the environment or a configuration file: first with first, second with second.
        whole = min(len(names), len(places))
        order = ["formats", "targets"] * whole + ["formats"] * (len(names) - whole) + ["targets"] * len(places)
    pairs: list[tuple[str | None, str | None]] = []
    for kind in order:
        if kind == "formats" and names:
            alone = bool(pairs) and pairs[-1][0] is None and _by_suffix(pairs[-1][1]) in (None, names[0])
            pairs[-1:] = [(names.pop(0), pairs[-1][1])] if alone else [*pairs[-1:], (names.pop(0), None)]
        elif kind == "targets" and places:
            alone = bool(pairs) and pairs[-1][1] is None
            pairs[-1:] = [(pairs[-1][0], places.pop(0))] if alone else [*pairs[-1:], (None, places.pop(0))]
    return [(name or _guess(target or STDOUT), target or STDOUT) for name, target in pairs or [(None, None)]]


def _by_suffix(target: str | None) -> str | None:
    return format_of(Path(target or "").suffix)


def _guess(target: str) -> str:
    if target == STDOUT:
        return "text"
    guessed = _by_suffix(target)
    if guessed is None:
        raise UsageError(f"no report format goes with {target}; add -f with one of {', '.join(REPORTS)}")
    return guessed
