"""`callqa rubric`: commands for authors of rubrics."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from callqa.cli.boundary import Status
from callqa.cli.options import option
from callqa.cli.rubric_audit import audit
from callqa.cli.rubric_diff import diff
from callqa.cli.rubric_try import list_behaviors, try_line
from callqa.cli.schema import print_schema
from callqa.core.text import plural, printable
from callqa.errors import UsageError

if TYPE_CHECKING:
    from callqa.rubrics.rubric_schema import Rubric

SCHEMA = "rubric.schema.json"
"""The file next to a new rubric that tells editors which keys and values are allowed."""


@click.group()
def rubric() -> None:
    """List, show, check, test and compare rubrics."""


rubric.add_command(audit)
rubric.add_command(diff)
rubric.add_command(list_behaviors)
rubric.add_command(try_line)


@rubric.command("list")
def list_rubrics() -> None:
    """List the rubrics shipped with callqa.

    \b
    callqa rubric list
    """
    from callqa.rubrics.loader import load_rubric, shipped_rubrics

    for name in shipped_rubrics():
        loaded = load_rubric(name)
        click.echo(f"{name:<16} {loaded.file.title} ({_criterion_count(loaded)})")


@rubric.command()
@click.argument("name", metavar="RUBRIC")
@option("--strict", is_flag=True, help="Exit with status 1 if there are warnings.")
def check(name: str, strict: bool) -> int:
    """Check a rubric and its behaviors.

    RUBRIC is the name of a shipped rubric, or a YAML file. Every problem is shown with its file, its line and a
    suggestion. Errors lead to exit status 2. Warnings point to something that is probably not what you meant, and
    change the exit status only with --strict.

    \b
    callqa rubric check my-rubric.yaml
    """
    from callqa.authoring.rubric_lint import lint_rubric
    from callqa.authoring.rubric_test_files import load_test_files
    from callqa.errors import RubricError
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(name)
    load_test_files(loaded)
    found = lint_rubric(loaded)
    for kind, problems in (("", found.notes), ("warning: ", found.warnings)):
        for problem in problems:
            where = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
            click.echo(printable(f"{where}: {kind}{problem.message}"))
    if found.errors:
        raise RubricError(found.errors)
    outcome = "no problems found" if not found.warnings else f"no errors, {plural(len(found.warnings), 'warning')}"
    click.echo(f"{loaded.path}: {outcome} ({_criterion_count(loaded)}, sha256 {loaded.sha256[:12]}…)")
    return Status.GATE_NOT_MET if strict and found.warnings else Status.DONE


@rubric.command()
@click.argument("name", metavar="RUBRIC")
def show(name: str) -> None:
    """Show a rubric as a page for agents.

    RUBRIC is the name of a shipped rubric, or a YAML file. For each criterion, the page says what is expected, why, and
    what to say.

    \b
    callqa rubric show support
    """
    import shutil

    from callqa.reports.rubric_page import rubric_page
    from callqa.rubrics.loader import load_rubric

    width = min(100, shutil.get_terminal_size().columns)
    click.echo(rubric_page(load_rubric(name), width), nl=False)


@rubric.command()
@click.argument("name", metavar="RUBRIC")
def test(name: str) -> int:
    """Run the tests of a rubric.

    RUBRIC is the name of a shipped rubric, or a YAML file. Its tests are those in the file itself and in *.test.yaml
    files in the same folder, and the examples of its behaviors.

    \b
    callqa rubric test my-rubric.yaml
    """
    from callqa.authoring.rubric_test_files import load_test_files
    from callqa.authoring.selftest import run_all_examples, run_tests
    from callqa.rubrics.loader import load_rubric

    loaded = load_rubric(name)
    tested, tried = run_tests(loaded, load_test_files(loaded)), run_all_examples(loaded)
    results = [*tested, *tried]
    for result in results:
        if result.todo:
            message = result.message or "it passes; remove `todo` from it"
            click.echo(printable(f"TO DO {result.name}: {message}"))
    for result in results:
        if not result.passed and not result.todo:
            click.echo(printable(f"FAIL  {result.name}: {result.message}"))
    failures = sum(not result.passed and not result.todo for result in results)
    todo = sum(result.todo for result in results)
    if not tested:
        click.echo(f"{loaded.path} has no tests of its own, so nothing says which verdicts to expect")
    click.echo(
        f"{len(results) - failures - todo} passed, {failures} failed, {todo} to do"
        f" ({plural(len(tested), 'verdict')} of the rubric's tests, {plural(len(tried), 'example')} of its behaviors)"
    )
    return Status.GATE_NOT_MET if failures else Status.DONE


@rubric.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@option(
    "--from",
    "source",
    default="support",
    show_default=True,
    help="Rubric to copy: the name of a shipped one, or a YAML file.",
)
def new(path: Path, source: str) -> None:
    """Start your own rubric as a copy of another.

    The schema for editors is written next to it.

    \b
    callqa rubric new my-rubric.yaml
    callqa rubric new ours.yaml --from customer-shoes
    """
    from callqa.reports.schemas import published
    from callqa.rubrics.loader import load_rubric, new_rubric_text

    text = new_rubric_text(load_rubric(source), path.stem, SCHEMA)
    _write_new(path, text)
    schema = path.with_name(SCHEMA)
    if not schema.exists():
        _write_new(schema, published("rubric"))
    click.echo(f"Wrote {path}. Change it, then run: callqa rubric check {path}; callqa rubric test {path}")


@rubric.command()
@click.argument("what", type=click.Choice(["rubric", "behavior"]), default="rubric")
def schema(what: str) -> None:
    """Print the JSON Schema of rubrics or behavior files, for editors.

    An editor finds it through the comment `# yaml-language-server: $schema=…` in the first line of a file. `callqa
    rubric new` writes both.

    \b
    callqa rubric schema > rubric.schema.json
    callqa rubric schema behavior > behaviors/behavior.schema.json
    """
    print_schema(what)


def _criterion_count(loaded: Rubric) -> str:
    return plural(len(loaded.criteria), "criterion", "criteria")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} already exists; choose another name") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
