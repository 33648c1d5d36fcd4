"""`callqa dispute`: a person changes a verdict, and says why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from callqa.cli.options import config_option, option
from callqa.core.text import printable
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.results.override_file import Override
    from callqa.results.summary import RunSummary


@click.command()
@click.argument("call", required=False)
@click.argument("criterion", required=False)
@option("--because", help="Why, in a sentence or two.")
@option(
    "--verdict",
    type=click.Choice(["pass", "na", "fail"]),
    default="pass",
    show_default=True,
    help="What it should be; fail settles a review.",
)
@option(
    "--results",
    type=click.Path(path_type=Path),
    default="results.json",
    show_default=True,
    help="The results the verdict stands in, of `callqa score -f json`.",
)
@option("--by", "who", envvar="CALLQA_WHO", help="Who disputes it.  [default: your login name]")
@option("--when", type=click.DateTime(formats=["%Y-%m-%d"]), help="The day of it.  [default: today]")
@option(
    "--overrides",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to add it to.  [default: overrides.yaml, here or in a folder above, or a new one here]",
)
@option(
    "--as-test",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also add the call, all that was said in it, as a test to this NAME.test.yaml beside the rubric.",
)
@click.option("--undo", is_flag=True, help="Take the entry for CALL and CRITERION out again.")
@click.option("--list", "listed", is_flag=True, help="Show the entries, all or those of CALL.")
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
    """Change a verdict that is wrong, with a reason: an appeal, or what was heard where callqa says review.

    CALL is a call's id or path, or enough of its end; CRITERION is its id. The change is written to overrides.yaml,
    which `score` and `report` apply: the score follows, and callqa's own verdict stays beside it.

    \b
    callqa dispute tom/0932-parcel greeting --because "He says hello before the beep."
    callqa dispute 0412 apology --verdict na --because "Nothing was wrong." --by ana --as-test ours.test.yaml
    callqa dispute 0412 apology --undo
    callqa dispute --list
    """
    from callqa.cli.config import find_upwards
    from callqa.results.override_file import NAME
    from callqa.results.result_reading import load_results

    place = overrides or find_upwards(NAME, Path.cwd()) or Path(NAME)
    shown = f"callqa report {_quoted(results)}{f' --overrides {_quoted(overrides)}' if overrides else ''}"
    if (undo or listed) and (because is not None or as_test is not None):
        raise UsageError("--undo and --list go without --because and --as-test")
    if undo and listed:
        raise UsageError("--undo and --list cannot go together; leave one out")
    if listed:
        _show_entries(place, call, criterion)
        return
    if call is None or criterion is None:
        raise UsageError('name a CALL and a CRITERION, as in: callqa dispute tom/0932 greeting --because "…"')
    if undo:
        _undo(place, call, criterion, shown)
        return
    if because is None:
        raise UsageError("a dispute needs a reason; write it after --because")
    day = when.date() if when else date.today()
    person = _login() if who is None else who
    _change(place, shown, load_results(results), call, criterion, verdict, person, day, because, as_test)


def _change(
    place: Path,
    shown: str,
    run: RunSummary,
    call: str,
    criterion: str,
    verdict: Literal["pass", "na", "fail"],
    who: str,
    day: date,
    because: str,
    as_test: Path | None,
) -> None:
    """Write an entry for a verdict of a run, the call as a test where that is asked for, and say what came of it."""
    from callqa.authoring.rubric_test_files import ENDINGS, with_test
    from callqa.reports.output import check_target, write_text
    from callqa.results.disputes import case_of, find_disputed, override_of
    from callqa.results.override_file import read_overrides, with_override
    from callqa.results.overrides import apply_overrides
    from callqa.results.summary import with_calls

    earlier = read_overrides(place) if place.exists() else ()
    if earlier:
        run = with_calls(run, apply_overrides(run.calls, earlier, run.rubric).calls)
    disputed = find_disputed(run, call, criterion)
    override = override_of(
        disputed,
        verdict,
        rubric=run.rubric.name,
        who=who,
        when=day,
        why=because,
    )
    text = with_override(_text(place), override)
    check_target(str(place))
    if as_test is not None:
        if not as_test.name.endswith(ENDINGS):
            raise UsageError(f"{as_test} is not taken for a file of tests; name it like {run.rubric.name}.test.yaml")
        write_text(with_test(_text(as_test), run.rubric.name, case_of(disputed, override)), str(as_test))
    write_text(text, str(place))
    changed = apply_overrides(run.calls, [*earlier, override], run.rubric).calls[run.calls.index(disputed.call)]
    click.echo(
        f"{override.criterion} in {override.call} is now {override.now}, where callqa says {override.was};"
        f" score {_score(disputed.call.score)} → {_score(changed.score)}\n"
        f"Wrote {place}. To see it applied: {shown}"
    )
    if as_test is not None:
        click.echo(f"Wrote {as_test}, with all that was said; callqa rubric test runs it with the rubric beside it")
    if override.content is None:
        click.echo("Note: these results do not tell the content of recordings, so the call is known by its id alone")


def _show_entries(place: Path, call: str | None, criterion: str | None) -> None:
    """List the entries of a file, those of a call or criterion where such are named."""
    from callqa.results.disputes import entries_of
    from callqa.results.override_file import read_overrides

    entries = read_overrides(place) if place.exists() else ()
    wanted = range(len(entries)) if call is None else entries_of(entries, call)
    shown = [entries[index] for index in wanted if criterion in (None, entries[index].criterion)]
    for one in shown:
        rubric = f" ({one.rubric})" if one.rubric else ""
        click.echo(printable(f"{one.call} {one.criterion}{rubric}: {_told(one)}: {one.why}"))
    if not shown:
        click.echo(f"No verdict was changed{'' if call is None else ' there'}: {place} has no such entry")


def _undo(place: Path, call: str, criterion: str, shown: str) -> None:
    """Take an entry out of the file."""
    from callqa.reports.output import check_target, write_text
    from callqa.results.disputes import find_entry
    from callqa.results.override_file import read_overrides, without_override

    entries = read_overrides(place) if place.exists() else ()
    at = find_entry(entries, call, criterion)
    gone, left = entries[at], [*entries[:at], *entries[at + 1 :]]
    check_target(str(place))
    write_text(without_override(_text(place), at), str(place))
    before = [one for one in left if _key(one) == _key(gone)]
    holds = f"an earlier entry holds again ({_told(before[-1])})" if before else "callqa's own verdict holds again"
    click.echo(
        printable(f"The entry for {gone.criterion} in {gone.call} ({_told(gone)}) was taken out; {holds}")
        + f"\nWrote {place}. To see it applied: {shown}"
    )


def _key(one: Override) -> tuple[str | None, ...]:
    return one.call, one.content, one.criterion, one.rubric


def _told(one: Override) -> str:
    return f"{one.was} → {one.now}, {one.who}, {one.when}"


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))


def _score(score: float | None) -> str:
    return "none" if score is None else f"{score:g}"


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise UsageError("your login name is not to be found; say who you are with --by") from error


def _text(path: Path) -> str:
    """The text of a file, empty where there is none yet."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
