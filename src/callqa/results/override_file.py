"""`overrides.yaml`: verdicts people have changed, each with who, when and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from callqa.core.text import printable, valid_utf8
from callqa.core.yaml_editing import with_entry, without_entry
from callqa.core.yaml_loading import YamlFile, parse_yaml, read_yaml, try_check
from callqa.errors import RubricError
from callqa.rubrics.fields import Strict, Verdict

FORMAT = 1
NAME = "overrides.yaml"
"""The file callqa looks for."""


class Override(Strict):
    """A verdict a person has changed.

    The call is known by its id `call` and by `content`, the SHA-256 of its bytes; by its id alone where there is no
    `content`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_by_name=True)

    call: str
    content: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    rubric: str | None = None
    """The rubric's name; None means any that has the criterion."""
    criterion: str
    was: Verdict = Field(alias="from")
    """callqa's verdict when it was changed."""
    now: Verdict = Field(alias="to")
    who: str
    when: str
    """The day, as 2026-11-03."""
    why: str = Field(min_length=1)

    @field_validator("when")
    @classmethod
    def _is_day(cls, when: str) -> str:
        try:
            date.fromisoformat(when)
        except ValueError:
            raise ValueError("must be a day, written like 2026-11-03") from None
        return when


class OverrideFile(Strict):
    """The YAML form of the file."""

    format: Literal[1]
    overrides: list[Override] | None = None


def read_overrides(path: Path) -> tuple[Override, ...]:
    """The overrides of a file, in its order. Raises UsageError, with the line, where it cannot be read."""
    return _checked(read_yaml(path))


def _checked(yaml_file: YamlFile) -> tuple[Override, ...]:
    file, problems = try_check(yaml_file, OverrideFile)
    if file is None:
        raise RubricError(problems)
    return tuple(file.overrides or ())


def with_override(text: str, override: Override) -> str:
    """The text of an overrides file, or nothing, with one more override at its end.

    Raises RubricError where the text is no overrides file.
    """
    if text.strip():
        _checked(parse_yaml(text, NAME))
    entry: dict[str, Any] = {
        key: printable(valid_utf8(value))
        for key, value in override.model_dump(by_alias=True).items()
        if value is not None
    }
    return with_entry(text, {"format": FORMAT}, "overrides", entry)


def without_override(text: str, index: int) -> str:
    """The text of an overrides file without the override at that place, counted from 0.

    Raises RubricError where the text is no overrides file.
    """
    _checked(parse_yaml(text, NAME))
    return without_entry(text, "overrides", index)
