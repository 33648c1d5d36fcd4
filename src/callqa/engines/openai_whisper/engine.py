"""openai-whisper behind the engine contract.

Each window of packed clips is recognised for itself: nothing said before is carried over, no prompt is ever given, for
what is put into a prompt is heard where nobody said it, and the random numbers of the temperature fallback start from
the window's own samples. So the words of a recording depend on nothing but the recording, the model and the settings,
though windows of several recordings are decoded at a time.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from callqa.core.optional_imports import require
from callqa.engines.base import DownloadProgress, EngineInfo, Outcome, Segment, Source
from callqa.engines.openai_whisper import precision
from callqa.engines.openai_whisper.decoder import LEAST_STEP, SPARE_TOKENS, SPOKEN_TOKENS, TEMPERATURES, Decode, Decoder
from callqa.engines.openai_whisper.network import DECODED_ROWS, Network
from callqa.engines.openai_whisper.parallel import together
from callqa.engines.whisper_common import weights
from callqa.engines.whisper_common.decoding_options import check_language, check_settings
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.postprocessing import COMPRESSION_LIMIT, LOGPROB_LIMIT, NO_SPEECH_LIMIT
from callqa.engines.whisper_common.recognizer import recognise
from callqa.engines.whisper_common.windows import JOIN_SECONDS, WINDOW_SECONDS
from callqa.errors import EngineError, EngineStopped, ModelUnavailable, RecordingError
from callqa.settings import EngineSettings

if TYPE_CHECKING:
    from whisper.model import Whisper

DECODING: dict[str, Any] = {
    "temperature": TEMPERATURES,
    "compression_ratio_threshold": COMPRESSION_LIMIT,
    "logprob_threshold": LOGPROB_LIMIT,
    "no_speech_threshold": NO_SPEECH_LIMIT,
    "longest": (SPOKEN_TOKENS, SPARE_TOKENS),
    "step": LEAST_STEP,
    "method": 3,
}
"""How Whisper decodes. `method` counts the changes to it that these figures do not tell."""

ROWS = DECODED_ROWS
"""Windows a decoder has at work at once on a CPU: twice as many are hardly quicker and take twice the memory.

In float32 it has half as many, for they take twice the memory there."""

STREAMS = 2
"""Decoders at work at once on a CPU with as many cores, each on its part of them."""

MOST_ROWS = 64
MEMORY_SHARE = 0.6
"""On a GPU: as many windows at once as this part of its free memory holds, up to MOST_ROWS; then the decoder's products
keep it busy."""

AHEAD = 64
"""Windows made ready for a GPU while it decodes."""

_UNREADABLE = (pickle.UnpicklingError, RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError)
"""What reading a file that is no checkpoint, a damaged one or one with more than weights in it ends in."""


class WhisperEngine:
    """Recognises speech with an official Whisper model or a checkpoint file, on the CPU or a CUDA device.

    Raises UsageError for a model, language, device or number of threads Whisper does not have.
    """

    def __init__(self, settings: EngineSettings):
        self._settings = settings
        self._name = weights.model_name(settings.model, settings.language)
        self._decoders: list[Decoder] = []
        self._threads = 1
        self._precision = precision.planned(settings.device)
        weights.check_model(self._name)
        check_settings(settings, self._name)

    @property
    def info(self) -> EngineInfo:
        """The model, and all that shapes what it hears. A checkpoint file is read once, for its checksum.

        The precision is the one planned until the engine is prepared, then the one that is used.
        """
        official = self._name in weights.OFFICIAL_MODELS
        name = self._name if official else weights.weights_path(self._name, self._settings.model_dir).stem
        parts = {
            "openai-whisper": version("openai-whisper"),
            "torch": version("torch"),
            "language": self._settings.language,
            "device": (self._settings.device or "auto").partition(":")[0],
            "weights": "official" if official else self._checksum,
            "precision": self._precision,
            "window": (WINDOW_SECONDS, JOIN_SECONDS),
            **DECODING,
        }
        return EngineInfo("whisper", name, " ".join(f"{key}={value}" for key, value in parts.items()))

    @cached_property
    def _checksum(self) -> str:
        path = weights.weights_path(self._name, self._settings.model_dir)
        try:
            return weights.sha256(path)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper checkpoint {path} cannot be read ({error.strerror})") from error

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the model, fetching the weights where they are not on disk or turn out to be damaged.

        Raises ModelUnavailable where there are no weights to be had, EngineError where they do not fit the memory or
        the device is not there, UsageError where the checkpoint does not know the language.
        """
        if self._decoders:
            return
        torch = require("torch", package="torch", why="the whisper engine")
        device = _device(self._settings.device)
        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        official = self._name in weights.OFFICIAL_MODELS
        if official and not weights.on_disk(self._name, self._settings.model_dir):
            self._fetch(progress)
        try:
            model = self._load()
        except ModelUnavailable:
            if not official:
                raise
            self._fetch(progress)  # nothing is fetched if the file is what it should be
            model = self._load()
        check_language(self._settings.language, self._name, model.num_languages if model.is_multilingual else 0)
        self._decoders = self._put(model, device)

    @property
    def place(self) -> str:
        """Where it computes, and how precisely, in words. Raises EngineError where that device is not there."""
        torch = require("torch", package="torch", why="the whisper engine")
        device = _device(self._settings.device)
        if device == "cpu":
            return f"the processor, in {precision.tried(precision.planned('cpu'))}"
        return f"{torch.cuda.get_device_name(device)} ({device}), in float16"

    @cached_property
    def spares_processor(self) -> bool:
        """Whether a GPU computes. Raises EngineError where it is not there."""
        return _device(self._settings.device) != "cpu"

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

        On a GPU, sources are read in a thread of their own; on a CPU, in those that decode. Raises EngineStopped where
        the memory runs out or the GPU fails.
        """
        self.prepare()
        language = None if self._settings.language == "auto" else self._settings.language
        ahead = AHEAD if self.spares_processor else 0
        # What a channel's first window is spoken in must be known before its next one: one decoder after the other.
        decoders = self._decoders[:1] if language is None else self._decoders
        decode: Decode = partial(together, decoders, self._threads) if len(decoders) > 1 else decoders[0].run
        try:
            yield from recognise(sources, decode, language, ahead)
        except RuntimeError as error:
            why = device_failure(error)
            if why is None:
                raise
            raise EngineStopped(why) from error

    def _fetch(self, progress: DownloadProgress | None) -> None:
        settings = self._settings
        weights.fetch(self._name, progress, folder=settings.model_dir, offline=settings.offline)

    def _load(self) -> Whisper:
        whisper = require("whisper", package="openai-whisper", why="the whisper engine")
        path = weights.weights_path(self._name, self._settings.model_dir).resolve()
        try:
            with warnings.catch_warnings(action="ignore"):
                # openai-whisper reads nothing but tensors and plain values, so a checkpoint cannot run code.
                model: Whisper = whisper.load_model(str(path), device="cpu")
            self._align(whisper, model)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper model {path} cannot be read ({error.strerror})") from error
        except _UNREADABLE as error:
            why = device_failure(error)
            if why is not None:
                raise EngineError(why) from error
            raise ModelUnavailable(
                f"{path} cannot be read as a Whisper model: it is damaged, or something else; name another file or, "
                "for an official model, delete it to have it fetched again"
            ) from error
        return model

    def _align(self, whisper: Any, model: Whisper) -> None:
        """Take the attention heads that tell when a word was said; without them, the times of words are guesses."""
        official: str | None = self._name
        if self._name not in weights.OFFICIAL_MODELS:
            official = weights.official_with(self._checksum)
        if official is not None:
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[official])

    def _put(self, model: Whisper, device: str) -> list[Decoder]:
        """Put the model on its device, in its precision, for one or more decoders to work with.

        Raises EngineError where the device does not take it.
        """
        import torch

        chosen = "float16" if device != "cpu" else precision.tried(precision.planned("cpu"))
        self._precision = chosen
        try:
            network = Network(model.to(device), getattr(torch, chosen))
            languages = model.num_languages if model.is_multilingual else 0
            count = STREAMS if device == "cpu" and torch.get_num_threads() >= STREAMS else 1
            self._threads = torch.get_num_threads() // count
            return [Decoder(network, _rows(network), languages) for _ in range(count)]
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            why = device_failure(error) or f"the Whisper model cannot be put on {device} ({reason}); take --device cpu"
            raise EngineError(why) from error


def _device(wanted: str | None) -> str:
    """Where the model goes. Raises EngineError for a device this machine does not have."""
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted is None:
        return "cuda" if there else "cpu"
    if wanted != "cpu" and int(wanted.partition(":")[2] or 0) >= there:
        raise EngineError(f"PyTorch finds {there or 'no'} CUDA devices here, so {wanted} cannot be used; take cpu")
    return wanted


def _rows(network: Network) -> int:
    """How many windows to decode at once: a power of two, so that halving it leaves nothing over."""
    import torch

    if network.device.type == "cpu":
        return ROWS // 2 if network.dtype == torch.float32 else ROWS
    free, _ = torch.cuda.mem_get_info(network.device)
    fitting = int(free * MEMORY_SHARE) // network.bytes_per_row
    return max(1, min(MOST_ROWS, 1 << max(0, fitting.bit_length() - 1)))
