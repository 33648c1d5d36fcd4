"""`callqa rubric`: the rubric author's bench."""

from __future__ import annotations

from pathlib import Path

import click

from callqa.cli.boundary import Status


@click.group()
def rubric() -> None:
    """List, read, check and try rubrics."""


@rubric.command("list")
def list_rubrics() -> None:
    """Name the rubrics that come with callqa.

    \b
    callqa rubric list
    """
    from callqa.rubric_files import load_rubric, shipped_rubrics

    for name in shipped_rubrics():
        loaded = load_rubric(name)
        click.echo(f"{name:<16} {loaded.file.title} ({len(loaded.criteria)} criteria)")


@rubric.command()
@click.argument("name")
def check(name: str) -> None:
    """Check a rubric and the behaviors beside it; every mistake comes with file, line and a suggestion.

    \b
    callqa rubric check my-rubric.yaml
    """
    from callqa.rubric_files import load_rubric

    loaded = load_rubric(name)
    click.echo(f"{loaded.path}: no mistake found ({len(loaded.criteria)} criteria, sha256 {loaded.sha256[:12]}…)")


@rubric.command()
@click.argument("name")
def test(name: str) -> int:
    """Run a rubric's own tests and the examples of the behaviors it is judged with.

    \b
    callqa rubric test my-rubric.yaml
    """
    from callqa.rubric_files import load_rubric
    from callqa.rubric_selftest import run_selftest

    results = run_selftest(load_rubric(name))
    for result in results:
        if not result.passed and not result.todo:
            click.echo(f"FAIL  {result.name}: {result.message}")
    failures = sum(not result.passed and not result.todo for result in results)
    todo = sum(result.todo for result in results)
    click.echo(f"{len(results) - failures - todo} passed, {failures} failed, {todo} to do")
    return Status.GATE_NOT_MET if failures else Status.DONE


@rubric.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def new(path: Path) -> None:
    """Start a rubric of your own from the shipped one.

    \b
    callqa rubric new my-rubric.yaml
    """
    from callqa.errors import UsageError
    from callqa.rubric_files import shipped_rubrics

    text = shipped_rubrics()["support"].read_text(encoding="utf-8")
    name = path.stem.lower().replace(" ", "-")
    text = text.replace("name: support\n", f"name: {name if name[:1].isalpha() else 'ours'}\n", 1)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is already there; choose another name") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
    click.echo(f"Wrote {path}. Change it, then: callqa rubric check {path}; callqa rubric test {path}")
