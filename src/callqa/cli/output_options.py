"""Reports and their targets, from the options `-f` and `-o`."""

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


def make_outputs(
    formats: tuple[str, ...], targets: tuple[str, ...], order: Sequence[str | None] = (), audio: AudioMode = "clips"
) -> list[Output]:
    """Make the reports that the options ask for, each with its target; see `pair_formats_with_targets`.

    `audio` is the sound an HTML report contains.
    """
    pairs = pair_formats_with_targets(formats, targets, order, REPORTS)
    return [Output(_make_report(name, target, audio), name, target) for name, target in pairs]


def _make_report(name: str, target: str, audio: AudioMode) -> Report:
    """Make a report. An HTML report needs to know which sound to contain, and its folder for links to recordings."""
    if name != "html":
        return make_report(name)
    return make_report(name, audio=audio, folder=Path() if target == STDOUT else Path(target).parent)


def pair_formats_with_targets(
    formats: tuple[str, ...], targets: tuple[str, ...], order: Sequence[str | None], known: Collection[str]
) -> list[tuple[str, str]]:
    """Return pairs of a format and a target: a target belongs to the preceding format, or else to the following one.

    `order` holds "formats" and "targets" in the order the options were given; without it the first format is paired
    with the first target, and so on. A format without a target goes to stdout. A target without a format gets the
    format of its suffix, and so does a target that is followed by a format other than its suffix's. Raises UsageError
    for a format that is not one of `known` and for a target that cannot be written, before any work is done.
    """
    pairs = _pair(formats, targets, order)
    if unknown := [name for name, _ in pairs if name not in known]:
        raise UsageError(f"the report format {unknown[0]!r} is not available here; choose one of {', '.join(known)}")
    targets = tuple(target for _, target in pairs)
    if targets.count(STDOUT) > 1:
        raise UsageError("two reports would go to standard output; give each -f its own -o")
    files = [target for target in targets if target != STDOUT]
    if len(set(files)) < len(files):
        raise UsageError("two reports would go to the same file; give each -f its own -o")
    for file in files:
        check_target(file)
    return pairs


def _pair(formats: Sequence[str], targets: Sequence[str], order: Sequence[str | None]) -> list[tuple[str, str]]:
    names, files = list(formats), list(targets)
    if order.count("formats") != len(names) or order.count("targets") != len(files):
        # From the environment or a configuration file: first with first, second with second.
        paired = min(len(names), len(files))
        order = ["formats", "targets"] * paired + ["formats"] * (len(names) - paired) + ["targets"] * len(files)
    pairs: list[tuple[str | None, str | None]] = []
    for kind in order:
        if kind == "formats" and names:
            fits = bool(pairs) and pairs[-1][0] is None and _format_of(pairs[-1][1]) in (None, names[0])
            pairs[-1:] = [(names.pop(0), pairs[-1][1])] if fits else [*pairs[-1:], (names.pop(0), None)]
        elif kind == "targets" and files:
            fits = bool(pairs) and pairs[-1][1] is None
            pairs[-1:] = [(pairs[-1][0], files.pop(0))] if fits else [*pairs[-1:], (None, files.pop(0))]
    return [(name or _default_format(target or STDOUT), target or STDOUT) for name, target in pairs or [(None, None)]]


def _format_of(target: str | None) -> str | None:
    return format_of(Path(target or "").suffix)


def _default_format(target: str) -> str:
    if target == STDOUT:
        return "text"
    name = _format_of(target)
    if name is None:
        raise UsageError(
            f"the suffix of {target} is not that of a report format; add -f with one of {', '.join(REPORTS)}"
        )
    return name
