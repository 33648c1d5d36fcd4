"""Options several commands share, and what they make together. Every option can also be set as CALLQA_*."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from callqa.cli.config import find_upwards, use_config
from callqa.errors import UsageError
from callqa.settings import MIN_CALLS_TO_COMPARE, PREFERRED_MODEL, EngineSettings, default_cache

if TYPE_CHECKING:
    from callqa.recordings import FoundRecordings
    from callqa.reports.base import AudioMode
    from callqa.results.override_file import Override

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

FAIL_ON = ("auto-fail", "critical", "review", "any")
CHANNELS = {"left": 0, "right": 1, "0": 0, "1": 1}


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """A click option that can also be set as CALLQA_NAME."""
    longest = max((name.split("/")[0] for name in names if name.startswith("--")), key=len)
    settings.setdefault("envvar", "CALLQA_" + longest.removeprefix("--").replace("-", "_").upper())
    return click.option(*names, **settings)


def _bundle(*options: Callable[[Any], Any]) -> Callable[[Decorated], Decorated]:
    def decorate(function: Decorated) -> Decorated:
        for one in reversed(options):
            function = one(function)
        return function

    return decorate


paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))

listening_options = _bundle(
    option("--engine", default="auto", show_default=True, help="auto, whisper, faster-whisper or pocketsphinx."),
    option("--model", help=f"Whisper model name, or checkpoint file or folder.  [default: {PREFERRED_MODEL}]"),
    option(
        "--model-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the Whisper models.  [default: where openai-whisper keeps them]",
    ),
    option("--offline", is_flag=True, help="Never fetch a model."),
    option("--language", default="en", show_default=True, help="Language spoken; `auto` lets Whisper tell."),
    option("--device", help="Where Whisper computes, such as cpu or cuda.  [default: the best there is]"),
    option(
        "--jobs",
        type=click.IntRange(min=1),
        help="Recordings worked on at once; with a GPU, those read for it.  [default: by the engine]",
    ),
    option(
        "--agent-channel",
        type=click.Choice(list(CHANNELS)),
        help="The agent's channel.  [default: worked out from the words]",
    ),
    option(
        "--cache-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where transcripts are cached.  [default: the user's cache folder]",
    ),
    option("--no-cache", is_flag=True, help="Neither use nor keep cached transcripts."),
)
"""How recordings are listened to."""

search_options = _bundle(
    option(
        "--metadata",
        type=click.Path(path_type=Path),
        help="CSV that names the agent of each file; columns file or call_id, agent, and if you like started_at, team.",
    ),
    option("--filename-pattern", help="Preset or regular expression with named groups agent, call_id, date, time."),
    option("--limit", type=click.IntRange(min=1), help="Only the first so many recordings."),
)
"""Which recordings there are, and whose they are."""

report_options = _bundle(
    option(
        "-f",
        "--format",
        "formats",
        multiple=True,
        help="text, json, csv, html, md or junit; may be given several times.",
    ),
    option("-o", "--output", "targets", multiple=True, help="File for the -f before it; `-` is stdout."),
    option(
        "--audio",
        type=click.Choice(["none", "clips", "full", "link"]),
        default="clips",
        show_default=True,
        help="Sound in an HTML report: none, the moments of evidence, whole calls, or links to the recordings.",
    ),
    option(
        "--min-calls",
        type=click.IntRange(min=1),
        default=MIN_CALLS_TO_COMPARE,
        show_default=True,
        help="Scored calls an agent needs before scores are compared.",
    ),
)
"""Which reports are written where, and how."""

gate_options = _bundle(
    option("--fail-under", type=click.FloatRange(0, 100), help="Gate: the mean score must be at least this."),
    option("--fail-on", multiple=True, type=click.Choice(FAIL_ON), help="Gate: no call may have one of these."),
    option("--allow-provisional", is_flag=True, help="Let provisional calls count for the gate."),
)
"""What a run must reach."""

override_options = _bundle(
    option(
        "--overrides",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Verdicts people have changed.  [default: overrides.yaml, here or in a folder above]",
    ),
    option("--no-overrides", is_flag=True, help="Leave verdicts as callqa gave them."),
)
"""Whether verdicts people have changed hold."""

config_option = option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    is_eager=True,
    expose_value=False,
    callback=use_config,
    help="Defaults for options.  [default: callqa.toml, here or in a folder above]",
)
quiet_option = option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors and what the gate decided.")

message_options = _bundle(
    config_option,
    quiet_option,
    option("--verbose", "-v", is_flag=True, help="Say more on stderr."),
    option("--no-progress", is_flag=True, help="No progress bar."),
)
"""What is said on stderr meanwhile, and where defaults come from."""


@dataclass(frozen=True)
class ListeningOptions:
    """The values of `listening_options`."""

    engine: str
    model: str | None
    model_dir: Path | None
    offline: bool
    language: str
    device: str | None
    jobs: int | None
    agent_channel: str | None
    cache_dir: Path | None
    no_cache: bool

    @property
    def engine_settings(self) -> EngineSettings:
        """What the engine is made from."""
        return EngineSettings(
            self.engine, self.model, self.language, self.device, model_dir=self.model_dir, offline=self.offline
        )

    @property
    def channel(self) -> int | None:
        """The agent's channel from 0, None to work it out."""
        return None if self.agent_channel is None else CHANNELS[self.agent_channel]

    @property
    def cache(self) -> Path | None:
        """The folder of cached transcripts; None for none."""
        if self.no_cache:
            return None
        if self.cache_dir is not None:
            return self.cache_dir
        return default_cache()


@dataclass(frozen=True)
class ReportOptions:
    """The values of `report_options` but for formats and targets."""

    audio: AudioMode
    min_calls: int


@dataclass(frozen=True)
class OverrideOptions:
    """The values of `override_options`."""

    overrides: Path | None
    no_overrides: bool

    def read(self) -> tuple[Override, ...] | None:
        """The overrides asked for or found; None for leaving what results carry. Raises UsageError."""
        from callqa.results.override_file import NAME, read_overrides

        if self.no_overrides:
            if self.overrides is not None and _given("overrides"):
                raise UsageError("--overrides and --no-overrides cannot go together; leave one out")
            return ()
        path = self.overrides or find_upwards(NAME, Path.cwd())
        return None if path is None else read_overrides(path)


def _given(name: str) -> bool:
    """Whether an option was typed, and does not come from the environment or a configuration file."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


@dataclass(frozen=True)
class SearchOptions:
    """The values of `search_options`."""

    metadata: Path | None = None
    filename_pattern: str | None = None
    limit: int | None = None


@dataclass(frozen=True)
class MessageOptions:
    """The values of `message_options`."""

    quiet: bool
    verbose: bool
    no_progress: bool


Options = TypeVar("Options", ListeningOptions, SearchOptions, MessageOptions, OverrideOptions, ReportOptions)


def take(kind: type[Options], values: dict[str, Any]) -> Options:
    """Take the options of one bundle out of a command's values."""
    return kind(**{field.name: values.pop(field.name) for field in fields(kind)})


def find_inputs(paths: Sequence[Path], search: SearchOptions) -> FoundRecordings:
    """The recordings meant by paths and options. Raises UsageError."""
    from callqa.recordings import Naming, compile_pattern, find_recordings, load_metadata

    naming = Naming(
        metadata=load_metadata(search.metadata) if search.metadata else None,
        pattern=compile_pattern(search.filename_pattern) if search.filename_pattern else None,
    )
    found = find_recordings(paths, naming)
    if not found.recordings and not found.unusable:
        where = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"there is no recording in {where}: callqa reads audio files (wav, mp3, flac, ogg, m4a, …) and transcripts"
        )
    return replace(found, recordings=found.recordings[: search.limit])
