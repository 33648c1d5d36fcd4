"""`overrides.yaml`: the verdicts people have changed, each with a name, a day and a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from callqa.core.text import printable, valid_utf8
from callqa.core.yaml_editing import add_entry, remove_entry
from callqa.core.yaml_loading import YamlFile, parse_yaml, read_yaml
from callqa.core.yaml_validation import validate
from callqa.errors import RubricError
from callqa.rubrics.fields import Strict, Verdict

FORMAT = 1
NAME = "overrides.yaml"
"""The file callqa looks for."""


class Override(Strict):
    """A verdict a person has changed.

    The call is identified by its id `call` and by `content`, the SHA-256 of its bytes; by its id alone if there is no
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
    """Return the overrides of a file, in its order. Raises UsageError, with the line, if it cannot be read."""
    return _checked(read_yaml(path))


def _checked(yaml_file: YamlFile) -> tuple[Override, ...]:
    file, problems = validate(yaml_file, OverrideFile)
    if file is None:
        raise RubricError(problems)
    return tuple(file.overrides or ())


def with_override(text: str, override: Override) -> str:
    """Return the text of an overrides file with one more override at its end; the text may be empty.

    Raises RubricError if the text is not an overrides file.
    """
    if text.strip():
        _checked(parse_yaml(text, NAME))
    entry: dict[str, Any] = {
        key: printable(valid_utf8(value))
        for key, value in override.model_dump(by_alias=True).items()
        if value is not None
    }
    return add_entry(text, {"format": FORMAT}, "overrides", entry)


def without_override(text: str, index: int) -> str:
    """Return the text of an overrides file without the override at that index.

    Raises RubricError if the text is not an overrides file.
    """
    _checked(parse_yaml(text, NAME))
    return remove_entry(text, "overrides", index)
