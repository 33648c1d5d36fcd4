"""`callqa dispute`: a person changes a verdict, and says why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Literal

import click

from callqa.cli.options import config_option, option
from callqa.errors import UsageError


@click.command()
@click.argument("call")
@click.argument("criterion")
@option("--because", required=True, help="Why, in a sentence or two.")
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
@config_option
def dispute(
    call: str,
    criterion: str,
    because: str,
    verdict: Literal["pass", "na", "fail"],
    results: Path,
    who: str | None,
    when: datetime | None,
    overrides: Path | None,
    as_test: Path | None,
) -> None:
    """Change a verdict that is wrong, with a reason: an appeal, or what was heard where callqa says review.

    CALL is a call's id or path, or enough of its end; CRITERION is its id. The change is written to overrides.yaml,
    which `score` and `report` apply: the score follows, and callqa's own verdict stays beside it.

    \b
    callqa dispute tom/0932-parcel greeting --because "He says hello before the beep."
    callqa dispute 0412 apology --verdict na --because "Nothing was wrong." --by ana --as-test ours.test.yaml
    """
    from callqa.cli.config import find_upwards
    from callqa.disputes import case_of, find_disputed, override_of
    from callqa.override_file import NAME, read_overrides, with_override
    from callqa.overrides import apply_overrides
    from callqa.reports.result_reading import load_results
    from callqa.reports.writing import check_target, write_text
    from callqa.rubric_test_files import ENDINGS, with_test
    from callqa.summary import with_calls

    run = load_results(results)
    place = overrides or find_upwards(NAME, Path.cwd()) or Path(NAME)
    earlier = read_overrides(place) if place.exists() else ()
    if earlier:
        run = with_calls(run, apply_overrides(run.calls, earlier, run.rubric).calls)
    disputed = find_disputed(run, call, criterion)
    override = override_of(
        disputed,
        verdict,
        rubric=run.rubric.name,
        who=_login() if who is None else who,
        when=when.date() if when else date.today(),
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
        f"Wrote {place}. To see it applied: callqa report {results}"
    )
    if as_test is not None:
        click.echo(f"Wrote {as_test}, with all that was said; callqa rubric test runs it with the rubric beside it")
    if override.content is None:
        click.echo("Note: these results do not tell the content of recordings, so the call is known by its id alone")


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
