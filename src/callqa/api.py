"""The public API, reached as `callqa.score` and so on: what the commands do, for scripts.

Every function takes one path or several, of recordings, transcripts or folders of them, and the same keyword arguments
as `TranscriptionOptions` has fields. Whatever a caller can fix is raised as a `CallqaError`. A call that cannot
be read stops nothing: it is returned with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from callqa.errors import UsageError
from callqa.execution.session import Session, SessionSettings
from callqa.execution.tasks import DetectedCall, DetectTask, RecordingTask, ScoreTask
from callqa.recordings import FoundRecordings, Naming, compile_pattern, find_recordings, load_metadata
from callqa.reports import format_of, make_report
from callqa.reports.output import write_report as write_to
from callqa.results.result_reading import load_results
from callqa.results.summary import RunSummary, summarise
from callqa.rubrics import loader
from callqa.rubrics.rubric_schema import Rubric
from callqa.scoring.scorecard import CallResult
from callqa.settings import EngineSettings, default_cache
from callqa.transcripts.transcript import Transcript

Paths = str | Path | Iterable[str | Path]


@dataclass(frozen=True)
class TranscriptionOptions:
    """Options for finding and transcribing recordings, the same as those of the command line.

    `agent_channel` counts from 0. `jobs` above 1 works in several processes; as always with them, the script must then
    be importable (guard its body with `if __name__ == "__main__"`). `metadata` is a CSV that names the agents.
    """

    engine: str = "auto"
    model: str | None = None
    language: str = "en"
    device: str | None = None
    model_dir: str | Path | None = None
    offline: bool = False
    jobs: int = 1
    agent_channel: int | None = None
    cache: bool | str | Path = True
    """Folder of cached transcripts; True is the user's cache folder, False keeps none."""
    metadata: str | Path | None = None
    filename_pattern: str | None = None

    @property
    def session_settings(self) -> SessionSettings:
        """The settings of a session."""
        folder = Path(self.model_dir) if self.model_dir is not None else None
        engine = EngineSettings(
            self.engine, self.model, self.language, self.device, model_dir=folder, offline=self.offline
        )
        cache = default_cache() if self.cache is True else None if self.cache is False else Path(self.cache)
        return SessionSettings(engine, cache, self.agent_channel, self.jobs)

    def find(self, paths: Paths) -> FoundRecordings:
        """Find the recordings meant by the paths. Raises UsageError if there are none."""
        given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
        naming = Naming(
            load_metadata(Path(self.metadata)) if self.metadata is not None else None,
            compile_pattern(self.filename_pattern) if self.filename_pattern is not None else None,
        )
        found = find_recordings(given, naming)
        if not found.recordings and not found.unusable:
            raise UsageError(f"there is no recording in {', '.join(map(str, given))}")
        return found


@dataclass(frozen=True)
class Transcripts:
    """Transcripts with agent and customer named, and failed results of the calls that could not be read."""

    calls: tuple[Transcript, ...]
    failed: tuple[CallResult, ...]


@dataclass(frozen=True)
class Detections:
    """Calls with every behavior and event found, and failed results of the calls that could not be read."""

    calls: tuple[DetectedCall, ...]
    failed: tuple[CallResult, ...]


def score(paths: Paths, rubric: str | Path | Rubric = "support", **options: Any) -> RunSummary:
    """Judge calls against a rubric: a shipped one's name, a file, or one that is loaded."""
    judged_by = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    found, results = _run(ScoreTask, paths, judged_by, options)
    return summarise(judged_by, sorted(results, key=lambda call: call.path), skipped=found.skipped)


def detect(paths: Paths, rubric: str | Path | Rubric = "support", **options: Any) -> Detections:
    """Find every behavior of a rubric's folder, and every event, in calls."""
    known = rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
    _, results = _run(DetectTask, paths, known, options)
    return Detections(
        tuple(result for result in results if isinstance(result, DetectedCall)),
        tuple(result for result in results if isinstance(result, CallResult)),
    )


def transcribe(paths: Paths, **options: Any) -> Transcripts:
    """Transcribe calls and name their speakers."""
    found = detect(paths, **options)
    return Transcripts(tuple(call.transcript for call in found.calls), found.failed)


def load_rubric(rubric: str | Path) -> Rubric:
    """Load a shipped rubric by name, or a file. Raises RubricError with every problem in it."""
    return loader.load_rubric(str(rubric))


def read_results(path: str | Path) -> RunSummary:
    """Read results that `callqa score -f json` wrote. Raises UsageError."""
    return load_results(Path(path))


def write_report(
    run: RunSummary,
    target: str | Path,
    format: str | None = None,  # noqa: A002
    *,
    min_calls: int | None = None,
) -> None:
    """Write results to a file.

    `format` is one of text, json, csv, html, md and junit; by default the file's suffix tells. `min_calls` is the
    number of scored calls an agent needs before scores are compared. Raises UsageError.
    """
    name = format or format_of(Path(target).suffix)
    if name is None:
        raise UsageError(f"the suffix of {target} does not tell a report format; name one with format=")
    shown = run if min_calls is None else replace(run, min_calls=min_calls)
    folder = {"folder": Path(target).parent} if name == "html" else {}
    write_to(make_report(name, **folder), shown, str(target))


def _run(
    task: type[RecordingTask], paths: Paths, rubric: Rubric, options: dict[str, Any]
) -> tuple[FoundRecordings, tuple[Any, ...]]:
    try:
        asked = TranscriptionOptions(**options)
    except TypeError as error:
        known = ", ".join(TranscriptionOptions.__dataclass_fields__)
        raise UsageError(f"there is no such option ({error}); the options are {known}") from error
    found = asked.find(paths)
    session = Session(asked.session_settings)
    outcomes = session.run(task, found, rubric)
    if outcomes.not_reached:
        raise KeyboardInterrupt
    return found, outcomes.results
