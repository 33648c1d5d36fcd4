"""Options that several commands share, and their values. Every option can also be set as CALLQA_*."""

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
    from _typeshed import DataclassInstance

    from callqa.recordings import FoundRecordings
    from callqa.reports.base import AudioMode
    from callqa.results.gate import FailOn, Gate
    from callqa.results.override_file import Override

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Options = TypeVar("Options", bound="DataclassInstance")

FAIL_ON = ("auto-fail", "critical", "review", "any")
CHANNELS = {"left": 0, "right": 1, "0": 0, "1": 1}


def option(*names: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Return a click option that can also be set as CALLQA_NAME."""
    longest = max((name.split("/")[0] for name in names if name.startswith("--")), key=len)
    settings.setdefault("envvar", "CALLQA_" + longest.removeprefix("--").replace("-", "_").upper())
    return click.option(*names, **settings)


def _bundle(*options: Callable[[Any], Any]) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds all these options to a command, in this order."""

    def decorate(function: Decorated) -> Decorated:
        for add_option in reversed(options):
            function = add_option(function)
        return function

    return decorate


paths_argument = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))

text_or_json_option = option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the output.",
)
output_option = option("-o", "--output", "target", default="-", help="File to write.  [default: standard output]")

listening_options = _bundle(
    option(
        "--engine",
        default="auto",
        show_default=True,
        help="Speech engine: auto, whisper, faster-whisper or pocketsphinx.",
    ),
    option(
        "--model",
        help="Name of a Whisper model, or a checkpoint file or folder.  [default: the one in an installed package, "
        f"else {PREFERRED_MODEL}]",
    ),
    option(
        "--model-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder with the Whisper models.  [default: openai-whisper's own folder]",
    ),
    option("--offline", is_flag=True, help="Never download a model."),
    option(
        "--language",
        default="en",
        show_default=True,
        help="Language spoken in the calls; `auto` lets Whisper detect it.",
    ),
    option("--device", help="Device that Whisper runs on, such as cpu or cuda.  [default: the fastest available]"),
    option(
        "--jobs",
        type=click.IntRange(min=1),
        help="Recordings to process at once; with a GPU, to read at once.  [default: depends on the engine]",
    ),
    option(
        "--agent-channel",
        type=click.Choice(list(CHANNELS)),
        help="Channel the agent is on.  [default: worked out from what is said]",
    ),
    option(
        "--cache-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for cached transcripts.  [default: in your user's cache folder]",
    ),
    option("--no-cache", is_flag=True, help="Do not use or keep cached transcripts."),
)
"""Options for transcribing recordings."""

search_options = _bundle(
    option(
        "--metadata",
        type=click.Path(path_type=Path),
        help="CSV file that names the agent of each call. Columns: file or call_id, agent; optional: started_at, team.",
    ),
    option(
        "--filename-pattern",
        help="How to read file names: a preset, or a regular expression with the groups agent, call_id, date, time.",
    ),
    option("--limit", type=click.IntRange(min=1), help="Process only the first N recordings.", metavar="N"),
)
"""Options for finding recordings and their agents."""

report_options = _bundle(
    option(
        "-f",
        "--format",
        "formats",
        multiple=True,
        help="Format of a report: text, json, csv, html, md or junit. Can be repeated.",
    ),
    option(
        "-o",
        "--output",
        "targets",
        multiple=True,
        help="File for the report of the preceding -f; `-` is standard output. Can be repeated.",
    ),
    option(
        "--audio",
        type=click.Choice(["none", "clips", "full", "link"]),
        default="clips",
        show_default=True,
        help="Sound in an HTML report: none, clips of the evidence, full calls, or links to the recordings.",
    ),
    option(
        "--min-calls",
        type=click.IntRange(min=1),
        default=MIN_CALLS_TO_COMPARE,
        show_default=True,
        help="Number of scored calls an agent needs before scores are compared.",
    ),
)
"""Options for the formats, files and contents of reports."""

gate_options = _bundle(
    option("--fail-under", type=click.FloatRange(0, 100), help="Gate: require a mean score of at least this."),
    option(
        "--fail-on",
        multiple=True,
        type=click.Choice(FAIL_ON),
        help="Gate: allow no call with one of these. Can be repeated.",
    ),
    option("--allow-provisional", is_flag=True, help="Count provisional calls for the gate as well."),
)
"""Options for the gate, the quality that a run must reach."""

override_options = _bundle(
    option(
        "--overrides",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File of verdicts that people have changed.  [default: overrides.yaml, here or in a parent folder]",
    ),
    option("--no-overrides", is_flag=True, help="Keep callqa's own verdicts."),
)
"""Options for the verdicts that people have changed."""

config_option = option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    is_eager=True,
    expose_value=False,
    callback=use_config,
    help="File with defaults for options.  [default: callqa.toml, here or in a parent folder]",
)
quiet_option = option("--quiet", "-q", is_flag=True, help="Print only errors, and the result of a gate, on stderr.")

message_options = _bundle(
    config_option,
    quiet_option,
    option("--verbose", "-v", is_flag=True, help="Print more details on stderr."),
    option("--no-progress", is_flag=True, help="Show no progress bar."),
)
"""Options for messages on stderr, and for the configuration file."""


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
        """The settings of the speech engine."""
        return EngineSettings(
            self.engine, self.model, self.language, self.device, model_dir=self.model_dir, offline=self.offline
        )

    @property
    def channel(self) -> int | None:
        """The agent's channel, counted from 0; None to work it out."""
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
    """The values of `report_options`."""

    formats: tuple[str, ...]
    targets: tuple[str, ...]
    audio: AudioMode
    min_calls: int


@dataclass(frozen=True)
class GateOptions:
    """The values of `gate_options`."""

    fail_under: float | None
    fail_on: tuple[FailOn, ...]
    allow_provisional: bool

    @property
    def gate(self) -> Gate:
        """The gate that the options describe."""
        from callqa.results.gate import Gate

        return Gate(self.fail_under, self.fail_on, self.allow_provisional)


@dataclass(frozen=True)
class OverrideOptions:
    """The values of `override_options`."""

    overrides: Path | None
    no_overrides: bool

    def read(self) -> tuple[Override, ...] | None:
        """Read the overrides that were named or found; None to keep those in the results. Raises UsageError."""
        from callqa.results.override_file import NAME, read_overrides

        if self.no_overrides:
            if self.overrides is not None and _was_typed("overrides"):
                raise UsageError("--overrides cannot be combined with --no-overrides")
            return ()
        path = self.overrides or find_upwards(NAME, Path.cwd())
        return None if path is None else read_overrides(path)


def _was_typed(name: str) -> bool:
    """Return True if an option was typed, rather than set in the environment or a configuration file."""
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


def pop_options(kind: type[Options], values: dict[str, Any]) -> Options:
    """Remove the options of one bundle from a command's values, and return them."""
    return kind(**{field.name: values.pop(field.name) for field in fields(kind)})


def find_inputs(paths: Sequence[Path], search: SearchOptions) -> FoundRecordings:
    """Find the recordings that paths and options name. Raises UsageError if there are none."""
    from callqa.recordings import Naming, compile_pattern, find_recordings, load_metadata

    naming = Naming(
        metadata=load_metadata(search.metadata) if search.metadata else None,
        pattern=compile_pattern(search.filename_pattern) if search.filename_pattern else None,
    )
    found = find_recordings(paths, naming)
    if not found.recordings and not found.unusable:
        where = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"no recording found in {where}; callqa reads audio files (wav, mp3, flac, ogg, m4a, …) and transcripts"
        )
    return replace(found, recordings=found.recordings[: search.limit])
