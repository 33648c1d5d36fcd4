"""faster-whisper's models behind the engine contract, computed by CTranslate2 without PyTorch's products.

Its library's own pipelines are left aside: the sequential one carries text from window to window, the batched one
changes what a recording gives with its neighbours. Here each window is recognised for itself, by the same rules and
thresholds as with the whisper engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from callqa.core.optional_imports import require
from callqa.engines.base import DownloadProgress, EngineInfo, Outcome, Segment, Source
from callqa.engines.faster_whisper import ct2_models
from callqa.engines.faster_whisper.ct2_decoder import BatchDecoder
from callqa.engines.openai_whisper.decoder import LEAST_STEP, SPARE_TOKENS, SPOKEN_TOKENS, TEMPERATURES
from callqa.engines.whisper_common import weights
from callqa.engines.whisper_common.decoding_options import check_language, check_settings
from callqa.engines.whisper_common.postprocessing import COMPRESSION_LIMIT, LOGPROB_LIMIT, NO_SPEECH_LIMIT
from callqa.engines.whisper_common.recognizer import recognise
from callqa.engines.whisper_common.windows import JOIN_SECONDS, WINDOW_SECONDS
from callqa.errors import EngineError, MissingExtra, ModelUnavailable, RecordingError
from callqa.settings import EngineSettings

DECODING = {
    "temperature": TEMPERATURES,
    "compression_ratio_threshold": COMPRESSION_LIMIT,
    "logprob_threshold": LOGPROB_LIMIT,
    "no_speech_threshold": NO_SPEECH_LIMIT,
    "longest": (SPOKEN_TOKENS, SPARE_TOKENS),
    "step": LEAST_STEP,
    "method": 1,
}
"""How windows are decoded. `method` counts the changes to it that these figures do not tell."""

ROWS = {"cpu": 8, "cuda": 1}
"""Windows decoded at once. On a GPU the products of a row change with the number of rows, in the last digits, and so
may the words."""

AHEAD = 16
"""Windows made ready for a GPU while it decodes."""


class FasterWhisperEngine:
    """Recognises speech with a Whisper model in CTranslate2's form, in int8 on the CPU, in half precision on a GPU.

    Raises UsageError for a model, language, device or number of threads it does not have.
    """

    def __init__(self, settings: EngineSettings):
        self._settings = settings
        self._name = weights.model_name(settings.model, settings.language)
        self._decoder: BatchDecoder | None = None
        self._kind = (settings.device or "cpu").partition(":")[0]
        check_settings(settings, self._name)
        ct2_models.check_model(self._name)
        self._precision = ct2_models.PRECISIONS[self._kind][0]

    @property
    def info(self) -> EngineInfo:
        """The model, and all that shapes what it hears. A model's folder is read once, for its checksum.

        The precision is the one expected until the engine is prepared, then the one that is used. Raises MissingExtra
        where faster-whisper is not installed.
        """
        official = self._name in ct2_models.NAMES
        parts = {
            "ctranslate2": _version("ctranslate2"),
            "openai-whisper": _version("openai-whisper"),
            "torch": _version("torch"),
            "language": self._settings.language,
            "device": (self._settings.device or "auto").partition(":")[0],
            "weights": "official" if official else self._checksum,
            "precision": self._precision,
            "window": (WINDOW_SECONDS, JOIN_SECONDS),
            **DECODING,
        }
        name = self._name if official else Path(self._name).expanduser().resolve().name
        return EngineInfo("faster-whisper", name, " ".join(f"{key}={value}" for key, value in parts.items()))

    @cached_property
    def _checksum(self) -> str:
        folder = Path(self._name).expanduser()
        try:
            return ct2_models.checksum(folder)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper model in {folder} cannot be read ({error.strerror})") from error

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the model; an official one that is not on disk is fetched by faster-whisper's library.

        Raises MissingExtra where that is not installed, ModelUnavailable where there is no model to be had, EngineError
        where it does not fit the memory or the device is not there, UsageError where it does not know the language.
        """
        if self._decoder is not None:
            return
        torch = require("torch", package="torch", why="the faster-whisper engine")
        settings = self._settings
        self._kind, index = _device(settings.device)
        self._precision = ct2_models.precision(self._kind)
        folder = ct2_models.find(self._name, settings.model_dir)
        if folder is None:
            folder = ct2_models.fetch(self._name, settings.model_dir, offline=settings.offline)
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        loader = ct2_models.Loader(folder, self._kind, index, self._precision, torch.get_num_threads())
        decoder = BatchDecoder(loader, ROWS[self._kind])
        check_language(settings.language, self._name, decoder.languages)
        self._decoder = decoder

    @property
    def place(self) -> str:
        """Where it computes, and how precisely, in words. Raises EngineError where that device is not there."""
        kind, number = _device(self._settings.device)
        where = "the processor" if kind == "cpu" else f"the GPU {kind}:{number}"
        return f"{where}, in {ct2_models.precision(kind)}"

    @cached_property
    def spares_processor(self) -> bool:
        """Whether a GPU computes. Raises EngineError where it is not there."""
        return _device(self._settings.device)[0] == "cuda"

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield what was said, each channel in order of time.

        With the language `auto`, the first window with speech decides for its channel.
        """
        ((_, outcome),) = self.transcribe_many([source])
        if isinstance(outcome, RecordingError):
            raise outcome
        yield from outcome

    def transcribe_many(self, sources: Iterable[Source]) -> Iterator[tuple[int, Outcome]]:
        """Yield what was said in each source with its place among them, as soon as all of it was decoded.

        On a GPU, sources are read in a thread of their own.
        """
        self.prepare()
        assert self._decoder is not None
        language = None if self._settings.language == "auto" else self._settings.language
        yield from recognise(sources, self._decoder.run, language, AHEAD if self.spares_processor else 0)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise MissingExtra(
            f"the faster-whisper engine needs the package faster-whisper: run pip install faster-whisper ({error})"
        ) from error


def _device(wanted: str | None) -> tuple[str, int]:
    """The kind of device and which of its kind. Raises EngineError for one this machine does not have."""
    there = ct2_models.devices()
    if wanted is None:
        return ("cuda" if there else "cpu"), 0
    kind, _, number = wanted.partition(":")
    if kind == "cuda" and int(number or 0) >= there:
        raise EngineError(f"CTranslate2 finds {there or 'no'} CUDA devices here, so {wanted} cannot be used; take cpu")
    return kind, int(number or 0)
