"""Options several commands share, and what they make together. Every option can also be set as CALLQA_*."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from callqa.cli.config import use_config
from callqa.errors import UsageError
from callqa.settings import PREFERRED_MODEL, EngineSettings

if TYPE_CHECKING:
    from callqa.recordings import Found

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

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
    option("--engine", default="auto", show_default=True, help="auto, whisper or pocketsphinx."),
    option("--model", help=f"Whisper model name or checkpoint file.  [default: {PREFERRED_MODEL}]"),
    option(
        "--model-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the Whisper models.  [default: where openai-whisper keeps them]",
    ),
    option("--offline", is_flag=True, help="Never fetch a model."),
    option("--language", default="en", show_default=True, help="Language spoken; `auto` lets Whisper tell."),
    option("--device", help="Where Whisper computes, such as cpu or cuda.  [default: the best there is]"),
    option("--jobs", type=click.IntRange(min=1), help="Recordings worked on at once.  [default: by the engine]"),
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

finding_options = _bundle(
    option(
        "--metadata",
        type=click.Path(path_type=Path),
        help="CSV that names the agent of each file; columns file or call_id, agent, and if you like started_at.",
    ),
    option("--filename-pattern", help="Preset or regular expression with named groups agent, call_id, date, time."),
    option("--limit", type=click.IntRange(min=1), help="Only the first so many recordings."),
)
"""Which recordings there are, and whose they are."""

talking_options = _bundle(
    option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        is_eager=True,
        expose_value=False,
        callback=use_config,
        help="Defaults for options.  [default: callqa.toml, here or in a folder above]",
    ),
    option("--quiet", "-q", is_flag=True, help="Say nothing on stderr but errors and what the gate decided."),
    option("--verbose", "-v", is_flag=True, help="Say more on stderr."),
    option("--no-progress", is_flag=True, help="No progress bar."),
)
"""What is said on stderr meanwhile, and where defaults come from."""


@dataclass(frozen=True)
class Listening:
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
        from platformdirs import user_cache_path

        return user_cache_path("callqa") / "transcripts"


@dataclass(frozen=True)
class Finding:
    """The values of `finding_options`."""

    metadata: Path | None
    filename_pattern: str | None
    limit: int | None


@dataclass(frozen=True)
class Talking:
    """The values of `talking_options`."""

    quiet: bool
    verbose: bool
    no_progress: bool


Options = TypeVar("Options", Listening, Finding, Talking)


def take(kind: type[Options], values: dict[str, Any]) -> Options:
    """Take the options of one bundle out of a command's values."""
    return kind(**{field.name: values.pop(field.name) for field in fields(kind)})


def find(paths: tuple[Path, ...], finding: Finding) -> Found:
    """The recordings meant by paths and options. Raises UsageError."""
    from callqa.recordings import Naming, compile_pattern, find_recordings, load_metadata

    naming = Naming(
        metadata=load_metadata(finding.metadata) if finding.metadata else None,
        pattern=compile_pattern(finding.filename_pattern) if finding.filename_pattern else None,
    )
    found = find_recordings(paths, naming)
    if not found.recordings and not found.unusable:
        where = ", ".join(str(path) for path in paths)
        raise UsageError(
            f"there is no recording in {where}: callqa reads audio files (wav, mp3, flac, ogg, m4a, …) and transcripts"
        )
    return replace(found, recordings=found.recordings[: finding.limit])
