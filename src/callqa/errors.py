"""The errors callqa raises, as one tree.

CallqaError
├── UsageError              wrong use or configuration: nothing was started        (exit status 2)
│   └── RubricError         a rubric or behavior file has problems; lists them all
├── EngineError             no speech can be recognised at all                      (exit status 2)
│   ├── EngineStopped       it failed in the middle of a run
│   ├── MissingExtra        an optional package is not installed
│   └── ModelUnavailable    model weights are not on disk and cannot be downloaded
└── RecordingError          one recording cannot be read; the others are processed  (exit status 3)
    └── TranscriptError     a transcript file cannot be read

Every message says what is wrong, where, and what to do, in one sentence a team lead understands. All errors can be
pickled, because they are passed between processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CallqaError(Exception):
    """Any error a user can fix. An exception that is not one of these is a bug in callqa."""


class UsageError(CallqaError):
    """A wrong argument, option, configuration or file that the whole run depends on."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a user's file."""

    file: str
    line: int | None
    message: str
    """The mistake, and what to write instead."""

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
    """The speech engine failed in the middle of a run; its earlier transcripts remain valid."""


class MissingExtra(EngineError):
    """A package that belongs to an optional extra is not installed."""


class ModelUnavailable(EngineError):
    """The weights of a model are not on disk and could not be downloaded."""


class RecordingError(CallqaError):
    """One recording cannot be used; the message does not repeat its path."""


class TranscriptError(RecordingError):
    """A transcript file cannot be read as a transcript."""
