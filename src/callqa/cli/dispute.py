"""`callqa dispute`: a person corrects a verdict, and gives the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from callqa.cli.options import config_option, option
from callqa.core.text import printable
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.results.override_file import Override


@dataclass(frozen=True)
class _Correction:
    """The right verdict according to a person, with the day and the reason."""

    verdict: Literal["pass", "na", "fail"]
    who: str
    when: date
    why: str


@click.command()
@click.argument("call", required=False)
@click.argument("criterion", required=False)
@option("--because", help="The reason, in a sentence or two.")
@option(
    "--verdict",
    type=click.Choice(["pass", "na", "fail"]),
    default="pass",
    show_default=True,
    help="The right verdict.",
)
@option(
    "--results",
    type=click.Path(path_type=Path),
    default="results.json",
    show_default=True,
    help="Results that contain the verdict, from `callqa score -f json`.",
)
@option("--by", "who", envvar="CALLQA_WHO", help="Name of the person who disputes it.  [default: your login name]")
@option(
    "--when",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Date of the dispute.  [default: today]",
)
@option(
    "--overrides",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to change.  [default: overrides.yaml, here or in a parent folder, or a new one here]",
)
@option(
    "--as-test",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also add the call, with all that was said, as a test to this NAME.test.yaml next to the rubric.",
)
@click.option("--undo", is_flag=True, help="Remove the entry for CALL and CRITERION.")
@click.option("--list", "listed", is_flag=True, help="List all entries, or those for CALL.")
@config_option
def dispute(
    call: str | None,
    criterion: str | None,
    because: str | None,
    verdict: Literal["pass", "na", "fail"],
    results: Path,
    who: str | None,
    when: datetime | None,
    overrides: Path | None,
    as_test: Path | None,
    undo: bool,
    listed: bool,
) -> None:
    """Correct a wrong verdict, with a reason.

    This is for appeals, and for verdicts that callqa leaves to review. CALL is the id or path of a call, or the end of
    one; CRITERION is the id of a criterion. The correction is written to overrides.yaml, which `score` and `report`
    apply: the score changes with it, and reports still show callqa's own verdict.

    \b
    callqa dispute tom/0932-parcel greeting --because "He says hello before the beep."
    callqa dispute 0412 apology --verdict na --because "Nothing was wrong." --by ana --as-test ours.test.yaml
    callqa dispute 0412 apology --undo
    callqa dispute --list
    """
    from callqa.cli.config import find_upwards
    from callqa.results.override_file import NAME

    path = overrides or find_upwards(NAME, Path.cwd()) or Path(NAME)
    report = f"callqa report {_quote(results)}{f' --overrides {_quote(overrides)}' if overrides else ''}"
    see = f"Wrote {path}. To see it applied: {report}"
    if (undo or listed) and (because is not None or as_test is not None):
        raise UsageError("--undo and --list cannot be combined with --because or --as-test")
    if undo and listed:
        raise UsageError("--undo cannot be combined with --list")
    if listed:
        _list_entries(path, call, criterion)
        return
    if call is None or criterion is None:
        raise UsageError('name a CALL and a CRITERION, for example: callqa dispute tom/0932 greeting --because "…"')
    if undo:
        _remove_entry(path, call, criterion, see)
    elif because is None:
        raise UsageError("a dispute needs a reason; write it after --because")
    else:
        day = when.date() if when else date.today()
        correction = _Correction(verdict, _login_name() if who is None else who, day, because)
        _correct(path, results, call, criterion, correction, as_test, see)


def _correct(
    path: Path, results: Path, call: str, criterion: str, correction: _Correction, as_test: Path | None, see: str
) -> None:
    """Add the override to the file at `path` and, if asked for, the call as a test; print the effect."""
    from callqa.authoring.rubric_test_files import add_test
    from callqa.reports.output import check_target, write_text
    from callqa.results.disputes import find_disputed, override_of, rubric_test_of
    from callqa.results.override_file import read_overrides, with_override
    from callqa.results.overrides import apply_overrides
    from callqa.results.result_reading import load_results
    from callqa.results.summary import with_calls
    from callqa.rubrics.folders import TEST_ENDINGS

    run = load_results(results)
    earlier = read_overrides(path) if path.exists() else ()
    if earlier:
        run = with_calls(run, apply_overrides(run.calls, earlier, run.rubric).calls)
    disputed = find_disputed(run, call, criterion)
    override = override_of(
        disputed,
        correction.verdict,
        rubric=run.rubric.name,
        who=correction.who,
        when=correction.when,
        why=correction.why,
    )
    text = with_override(_read_text(path), override)
    check_target(str(path))
    if as_test is not None:
        if not as_test.name.endswith(TEST_ENDINGS):
            raise UsageError(f"{as_test} is not the name of a file of tests; name it like {run.rubric.name}.test.yaml")
        write_text(add_test(_read_text(as_test), run.rubric.name, rubric_test_of(disputed, override)), str(as_test))
    write_text(text, str(path))
    changed = apply_overrides(run.calls, [*earlier, override], run.rubric).calls[run.calls.index(disputed.call)]
    click.echo(
        f"{override.criterion} in {override.call} is now {override.now} (callqa's own verdict: {override.was});"
        f" score {_score_text(disputed.call.score)} → {_score_text(changed.score)}\n{see}"
    )
    if as_test is not None:
        click.echo(f"Wrote {as_test}, with all that was said; callqa rubric test runs it with the rubric next to it")
    if override.content is None:
        click.echo(
            "Note: these results do not identify the content of recordings, so the call is recognised by its id alone"
        )


def _list_entries(path: Path, call: str | None, criterion: str | None) -> None:
    """Print the entries of a file, or those for a call and a criterion if they are named."""
    from callqa.results.disputes import entry_indices
    from callqa.results.override_file import read_overrides

    entries = read_overrides(path) if path.exists() else ()
    wanted = range(len(entries)) if call is None else entry_indices(entries, call)
    listed = [entries[index] for index in wanted if criterion in (None, entries[index].criterion)]
    for entry in listed:
        rubric = f" ({entry.rubric})" if entry.rubric else ""
        click.echo(printable(f"{entry.call} {entry.criterion}{rubric}: {_describe_change(entry)}: {entry.why}"))
    if not listed:
        which = "entries" if call is None else f"entries for {call}"
        click.echo(printable(f"No verdict was changed: {path} has no {which}"))


def _remove_entry(path: Path, call: str, criterion: str, see: str) -> None:
    """Remove the entry in force for a call and a criterion from the file; print the effect."""
    from callqa.reports.output import check_target, write_text
    from callqa.results.disputes import find_entry
    from callqa.results.override_file import read_overrides, without_override

    entries = read_overrides(path) if path.exists() else ()
    index = find_entry(entries, call, criterion)
    removed, left = entries[index], [*entries[:index], *entries[index + 1 :]]
    check_target(str(path))
    write_text(without_override(_read_text(path), index), str(path))
    earlier = [entry for entry in left if _verdict_key(entry) == _verdict_key(removed)]
    now = "callqa's own verdict"
    if earlier:
        now = f"an earlier entry ({_describe_change(earlier[-1])})"
    removal = f"Removed the entry for {removed.criterion} in {removed.call} ({_describe_change(removed)});"
    click.echo(printable(f"{removal} {now} applies again") + f"\n{see}")


def _verdict_key(entry: Override) -> tuple[str | None, ...]:
    """Return what identifies the verdict that an entry changes."""
    return entry.call, entry.content, entry.criterion, entry.rubric


def _describe_change(entry: Override) -> str:
    return f"{entry.was} → {entry.now}, {entry.who}, {entry.when}"


def _quote(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def _score_text(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError("your login name is not known; give your name with --by") from error


def _read_text(path: Path) -> str:
    """Read a text file; a file that does not exist is empty. Raises UsageError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
