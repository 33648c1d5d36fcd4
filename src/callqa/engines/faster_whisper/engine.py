"""The engine `faster-whisper`: its models, computed by CTranslate2.

faster-whisper's own pipelines are not used: the sequential one carries text from window to window, and in the batched
one the result of a recording depends on its neighbours. Here each window is recognised on its own, by the same rules
and thresholds as in the whisper engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from callqa.core.optional_imports import require
from callqa.engines import packaged_models
from callqa.engines.base import DownloadProgress, EngineInfo, Outcome, Segment, Source, transcribe_one
from callqa.engines.faster_whisper import ct2_models
from callqa.engines.faster_whisper.ct2_decoder import BatchDecoder
from callqa.engines.whisper_common.decoding_options import check_language, check_settings, choose_device
from callqa.engines.whisper_common.fingerprint import whisper_fingerprint
from callqa.engines.whisper_common.model_names import model_name
from callqa.engines.whisper_common.recognizer import recognise
from callqa.errors import MissingExtra, ModelUnavailable
from callqa.settings import EngineSettings

METHOD = 1
"""Number of this engine's way of decoding; part of the fingerprint, see `whisper_fingerprint`."""

ROWS = {"cpu": 8, "cuda": 1}
"""Windows that are decoded at once. On a GPU the last digits of a row's products change with the number of rows, and so
may the words."""

AHEAD = 16
"""Windows that are prepared for a GPU while it decodes."""


class FasterWhisperEngine:
    """Recognises speech with a Whisper model in CTranslate2's form, in int8 on the CPU, in half precision on a GPU.

    Raises UsageError for a model, language, device or number of threads that it does not support.
    """

    def __init__(self, settings: EngineSettings):
        self._settings = settings
        self._name = model_name(settings.model, settings.language)
        self._decoder: BatchDecoder | None = None
        check_settings(settings, self._name)
        ct2_models.check_model(self._name)
        self._precision = ct2_models.PRECISIONS[_kind(settings.device or "cpu")][0]

    @property
    def info(self) -> EngineInfo:
        """The model, and everything that affects the recognised words. A model's folder is read once, for its checksum.

        The precision is the expected one until the engine is prepared, then the one that is used. Raises MissingExtra
        if faster-whisper is not installed.
        """
        packaged = packaged_models.find_packaged(self._name)
        official = packaged.official if packaged else self._name in ct2_models.NAMES
        name = self._name if official or packaged else Path(self._name).expanduser().resolve().name
        versions = {package: _version(package) for package in ("ctranslate2", "openai-whisper", "torch")}
        checksum = "official" if official else self._checksum
        fingerprint = whisper_fingerprint(self._settings, versions, checksum, self._precision, METHOD)
        return EngineInfo("faster-whisper", name, fingerprint)

    @cached_property
    def _checksum(self) -> str:
        packaged = packaged_models.find_packaged(self._name)
        if packaged is not None:
            return packaged.checksum
        folder = Path(self._name).expanduser()
        try:
            return ct2_models.checksum(folder)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper model in {folder} cannot be read ({error.strerror})") from error

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the model; an official one that is not on disk is downloaded by faster-whisper's library.

        Raises MissingExtra if that is not installed, ModelUnavailable if the model is not available, EngineError if it
        does not fit into the memory or the device does not exist, UsageError if it does not know the language.
        """
        if self._decoder is not None:
            return
        torch = require("torch", package="torch", why="the faster-whisper engine")
        settings = self._settings
        device = _device(settings.device)
        self._precision = ct2_models.best_precision(_kind(device))
        folder = ct2_models.find(self._name, settings.model_dir)
        if folder is None:
            folder = ct2_models.fetch(self._name, settings.model_dir, offline=settings.offline)
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        threads = torch.get_num_threads()
        loader = ct2_models.ModelLoader(folder, _kind(device), _index(device), self._precision, threads)
        decoder = BatchDecoder(loader, ROWS[_kind(device)])
        check_language(settings.language, self._name, decoder.languages)
        self._decoder = decoder

    @property
    def device_description(self) -> str:
        """The device that the engine computes on, with the precision. Raises EngineError if it does not exist."""
        device = _device(self._settings.device)
        name = "the processor" if device == "cpu" else f"the GPU cuda:{_index(device)}"
        return f"{name}, in {ct2_models.best_precision(_kind(device))}"

    @cached_property
    def uses_gpu(self) -> bool:
        """True if the engine computes on a GPU. Raises EngineError if the GPU asked for does not exist."""
        return _device(self._settings.device) != "cpu"

    def transcribe(self, source: Source) -> Iterator[Segment]:
        """Yield the segments of a recording, each channel in order of time.

        With the language `auto`, it is detected in the first window of each channel.
        """
        yield from transcribe_one(self, source)

    def transcribe_many(self, sources: Iterable[Source]) -> Iterator[tuple[int, Outcome]]:
        """Yield the outcome of each source with its index, as soon as all of it is decoded.

        With a GPU, sources are read in a thread of their own. Raises EngineStopped if the memory runs out or the GPU
        fails.
        """
        self.prepare()
        assert self._decoder is not None
        language = None if self._settings.language == "auto" else self._settings.language
        yield from recognise(sources, self._decoder.run, language, AHEAD if self.uses_gpu else 0)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError as error:
        raise MissingExtra(
            f"the faster-whisper engine needs the package faster-whisper: run pip install faster-whisper ({error})"
        ) from error


def _device(wanted: str | None) -> str:
    """Return the device to use: `cpu`, `cuda` or `cuda:NUMBER`. Raises EngineError for one that does not exist."""
    return choose_device(wanted, ct2_models.device_count(), "CTranslate2")


def _kind(device: str) -> str:
    """Return the kind of a device: `cpu` or `cuda`."""
    return device.partition(":")[0]


def _index(device: str) -> int:
    """Return the number of a device among those of its kind."""
    return int(device.partition(":")[2] or 0)
