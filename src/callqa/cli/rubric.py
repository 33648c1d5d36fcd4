"""`callqa rubric`: the rubric author's bench."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from callqa.cli.boundary import Status
from callqa.cli.options import option
from callqa.cli.rubric_diff import diff
from callqa.cli.rubric_try import list_behaviors, try_line
from callqa.cli.schema import print_schema
from callqa.core.text import plural, printable
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.rubrics.rubric_schema import Rubric

SCHEMA = "rubric.schema.json"
"""The file beside a new rubric from which editors know what may stand in it."""


@click.group()
def rubric() -> None:
    """List, read, check, try and compare rubrics."""


rubric.add_command(diff)
rubric.add_command(list_behaviors)
rubric.add_command(try_line)


@rubric.command("list")
def list_rubrics() -> None:
    """Name the rubrics that come with callqa.

    \b
    callqa rubric list
    """
    from callqa.rubrics.loader import load_rubric, shipped_rubrics

    for name in shipped_rubrics():
        loaded = load_rubric(name)
        click.echo(f"{name:<16} {loaded.file.title} ({_criteria(loaded)})")


@rubric.command()
@click.argument("name")
@option("--strict", is_flag=True, help="Status 1 where there are warnings.")
def check(name: str, strict: bool) -> int:
    """Check a rubric and the behaviors beside it; every mistake comes with file, line and a suggestion.

    Errors give status 2. Warnings, which are most likely not what was meant, change the status only with --strict.

    \b
    callqa rubric check my-rubric.yaml
    """
    from callqa.authoring.rubric_lint import lint
    from callqa.authoring.rubric_test_files import load_beside
    from callqa.errors import RubricError
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(name)
    load_beside(loaded)
    found = lint(loaded)
    for kind, problems in (("", found.notes), ("warning: ", found.warnings)):
        for problem in problems:
            where = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            click.echo(printable(f"{where}: {kind}{problem.message}"))
    if found.errors:
        raise RubricError(found.errors)
    told = "no mistake found" if not found.warnings else f"no error, {plural(len(found.warnings), 'warning')}"
    click.echo(f"{loaded.path}: {told} ({_criteria(loaded)}, sha256 {loaded.sha256[:12]}…)")
    return Status.GATE_NOT_MET if strict and found.warnings else Status.DONE


@rubric.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a rubric as a page for agents: what is expected, why, and what to say.

    \b
    callqa rubric show support
    """
    import shutil

    from callqa.reports.rubric_page import rubric_page
    from callqa.rubrics.loader import load_rubric

    width = min(100, shutil.get_terminal_size().columns)
    click.echo(rubric_page(load_rubric(name), width), nl=False)


@rubric.command()
@click.argument("name")
def test(name: str) -> int:
    """Run a rubric's own tests, those in *.test.yaml files beside it, and the examples of its behaviors.

    \b
    callqa rubric test my-rubric.yaml
    """
    from callqa.authoring.rubric_test_files import load_beside
    from callqa.authoring.selftest import run_all_examples, run_tests
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(name)
    tested, tried = run_tests(loaded, load_beside(loaded)), run_all_examples(loaded)
    results = [*tested, *tried]
    for result in results:
        if result.todo:
            told = result.message or "it passes; take `todo` off it"
            click.echo(printable(f"TO DO {result.name}: {told}"))
    for result in results:
        if not result.passed and not result.todo:
            click.echo(printable(f"FAIL  {result.name}: {result.message}"))
    failures = sum(not result.passed and not result.todo for result in results)
    todo = sum(result.todo for result in results)
    if not tested:
        click.echo(f"{loaded.path} has no tests of its own: nothing says what its criteria should decide")
    click.echo(
        f"{len(results) - failures - todo} passed, {failures} failed, {todo} to do"
        f" ({plural(len(tested), 'verdict')} of the rubric's tests, {plural(len(tried), 'example')} of its behaviors)"
    )
    return Status.GATE_NOT_MET if failures else Status.DONE


@rubric.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@option("--from", "source", default="support", show_default=True, help="The rubric to copy: a name or a YAML file.")
def new(path: Path, source: str) -> None:
    """Start a rubric of your own from one there is, with the schema for editors beside it.

    \b
    callqa rubric new my-rubric.yaml
    callqa rubric new ours.yaml --from customer-shoes
    """
    from callqa.reports.schemas import published
    from callqa.rubrics.loader import copy_of, load_rubric

    text = copy_of(load_rubric(source), path.stem, SCHEMA)
    _write_new(path, text)
    schema = path.with_name(SCHEMA)
    if not schema.exists():
        _write_new(schema, published("rubric"))
    click.echo(f"Wrote {path}. Change it, then: callqa rubric check {path}; callqa rubric test {path}")


@rubric.command()
@click.argument("what", type=click.Choice(["rubric", "behavior"]), default="rubric")
def schema(what: str) -> None:
    """Print the JSON Schema of rubrics, or of behavior files, for editors.

    An editor looks for it where the comment `# yaml-language-server: $schema=…` in the first line of a file says;
    `callqa rubric new` writes both.

    \b
    callqa rubric schema > rubric.schema.json
    callqa rubric schema behavior > behaviors/behavior.schema.json
    """
    print_schema(what)


def _criteria(loaded: Rubric) -> str:
    return plural(len(loaded.criteria), "criterion", "criteria")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is already there; choose another name") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
