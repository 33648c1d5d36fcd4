"""Everything callqa can refuse, as one tree.

CallqaError
├── UsageError              wrong use or configuration: nothing was started        (exit status 2)
│   └── RubricError         a rubric or behavior file has problems; lists them all
├── EngineError             no speech can be recognised at all                      (exit status 2)
│   ├── EngineStopped       it could not go on in the middle of its work
│   ├── MissingExtra        an optional package is not installed
│   └── ModelUnavailable    model weights are neither on disk nor to be had
└── RecordingError          one recording cannot be read; the others go on          (exit status 3)
    └── TranscriptError     a transcript file cannot be read

Every message says what is wrong, where, and what to do, in one sentence a team lead understands. All errors
pickle, because they cross process borders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CallqaError(Exception):
    """Anything a user can mend. An exception that is not one of these is a bug in callqa."""


class UsageError(CallqaError):
    """A wrong argument, option, configuration or file the whole run depends on."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a user's file."""

    file: str
    line: int | None
    message: str
    """What is wrong and what to write instead."""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.message}"


class RubricError(UsageError):
    """A rubric or behavior file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type[RubricError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


class EngineError(CallqaError):
    """The speech engine cannot run at all."""


class EngineStopped(EngineError):
    """The speech engine could not go on in the middle of its work; what it heard before stands."""


class MissingExtra(EngineError):
    """A package that belongs to an optional extra is not installed."""


class ModelUnavailable(EngineError):
    """A model's weights are not on disk and could not be fetched."""


class RecordingError(CallqaError):
    """One recording cannot be used; the message does not repeat its path."""


class TranscriptError(RecordingError):
    """A transcript file cannot be read as a transcript."""
