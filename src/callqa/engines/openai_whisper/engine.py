"""The engine `whisper`: openai-whisper's models.

Each window of packed clips is recognised on its own. Nothing said before is carried over, no prompt is ever given,
because the words of a prompt are recognised where nobody said them, and the random numbers of the temperature fallback
are seeded from the window's own samples. So the words of a recording depend on nothing but the recording, the model and
the settings, although windows of several recordings are decoded at a time.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from callqa.core.optional_imports import require
from callqa.engines import packaged_models
from callqa.engines.base import DownloadProgress, EngineInfo, Outcome, Segment, Source, transcribe_one
from callqa.engines.openai_whisper import precision, weights
from callqa.engines.openai_whisper.decoder import Decoder
from callqa.engines.openai_whisper.network import DECODED_ROWS, Network
from callqa.engines.openai_whisper.parallel import decode_in_parallel
from callqa.engines.whisper_common.decoding_options import check_language, check_settings, choose_device
from callqa.engines.whisper_common.decoding_tasks import Decode
from callqa.engines.whisper_common.device_errors import device_failure
from callqa.engines.whisper_common.fingerprint import whisper_fingerprint
from callqa.engines.whisper_common.model_names import OFFICIAL_MODELS, model_name
from callqa.engines.whisper_common.recognizer import recognise
from callqa.errors import EngineError, EngineStopped, ModelUnavailable
from callqa.settings import EngineSettings

if TYPE_CHECKING:
    from whisper.model import Whisper

METHOD = 3
"""Number of this engine's way of decoding; part of the fingerprint, see `whisper_fingerprint`."""

ROWS = DECODED_ROWS
"""Windows that a decoder works on at once on a CPU: with twice as many it is hardly faster and needs twice the memory.

In float32 it works on half as many, because a window needs twice the memory there."""

CPU_DECODERS = 2
"""Decoders that work in parallel on a CPU with at least as many cores, each on its share of them."""

MOST_ROWS = 64
MEMORY_SHARE = 0.6
"""On a GPU, a decoder works on as many windows at once as fit into this share of the free memory, up to MOST_ROWS; its
products then keep the GPU busy."""

AHEAD = 64
"""Windows that are prepared for a GPU while it decodes."""

_UNREADABLE = (pickle.UnpicklingError, RuntimeError, EOFError, LookupError, TypeError, ValueError, AttributeError)
"""Exceptions of reading a file that is not a checkpoint, is damaged, or has more than weights in it."""


class WhisperEngine:
    """Recognises speech with a named Whisper model, a checkpoint file or a folder, on the CPU or a CUDA device.

    Raises UsageError for a model, language, device or number of threads that Whisper does not support.
    """

    def __init__(self, settings: EngineSettings):
        self._settings = settings
        self._name = model_name(settings.model, settings.language)
        self._decoders: list[Decoder] = []
        self._threads = 1
        self._precision = precision.expected_precision(settings.device)
        weights.check_model(self._name)
        check_settings(settings, self._name)

    @property
    def info(self) -> EngineInfo:
        """The model, and everything that affects the recognised words. A checkpoint is read once, for its checksum.

        The precision is the expected one until the engine is prepared, then the one that is used.
        """
        versions = {"openai-whisper": version("openai-whisper"), "torch": version("torch")}
        name = self._name
        if name not in OFFICIAL_MODELS and not packaged_models.find_packaged(name):
            path = weights.weights_path(name, self._settings.model_dir)
            name = path.resolve().name if path.is_dir() else path.stem
        checksum = "official" if weights.is_official(self._name, self._settings.model_dir) else self._checksum
        fingerprint = whisper_fingerprint(self._settings, versions, checksum, self._precision, METHOD)
        return EngineInfo("whisper", name, fingerprint)

    @cached_property
    def _checksum(self) -> str:
        packaged = packaged_models.find_packaged(self._name)
        if packaged is not None:
            return packaged.checksum
        path = weights.weights_path(self._name, self._settings.model_dir)
        try:
            return weights.sha256(path / "model.bin" if path.is_dir() else path)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper checkpoint {path} cannot be read ({error.strerror})") from error

    def prepare(self, progress: DownloadProgress | None = None) -> None:
        """Load the model, downloading the weights first if they are not on disk or turn out to be damaged.

        Raises ModelUnavailable if the weights are not available, EngineError if they do not fit into the memory or the
        device does not exist, UsageError if the checkpoint does not know the language.
        """
        if self._decoders:
            return
        torch = require("torch", package="torch", why="the whisper engine")
        device = _device(self._settings.device)
        if self._settings.threads is not None:
            torch.set_num_threads(self._settings.threads)
        official = self._name in OFFICIAL_MODELS
        if official and not weights.on_disk(self._name, self._settings.model_dir):
            self._fetch(progress)
        try:
            model = self._load()
        except ModelUnavailable:
            if not official:
                raise
            self._fetch(progress)  # does nothing if the file is intact
            model = self._load()
        check_language(self._settings.language, self._name, model.num_languages if model.is_multilingual else 0)
        self._decoders = self._make_decoders(model, device)

    @property
    def device_description(self) -> str:
        """The device that the engine computes on, with the precision. Raises EngineError if it does not exist."""
        torch = require("torch", package="torch", why="the whisper engine")
        device = _device(self._settings.device)
        if device == "cpu":
            return f"the processor, in {precision.verified_precision(precision.expected_precision('cpu'))}"
        return f"{torch.cuda.get_device_name(device)} ({device}), in float16"

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

        With a GPU, sources are read in a thread of their own; on a CPU, in the threads that decode. Raises
        EngineStopped if the memory runs out or the GPU fails.
        """
        self.prepare()
        language = None if self._settings.language == "auto" else self._settings.language
        ahead = AHEAD if self.uses_gpu else 0
        # The language of a channel's first window must be known before the next window: only one decoder detects it.
        decoders = self._decoders[:1] if language is None else self._decoders
        decode: Decode = partial(decode_in_parallel, decoders, self._threads) if len(decoders) > 1 else decoders[0].run
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
        folder = self._settings.model_dir
        path = (weights.find(self._name, folder) or weights.weights_path(self._name, folder)).resolve()
        try:
            if path.is_dir():
                from callqa.engines.openai_whisper.ct2_weights import load_ct2_model

                return load_ct2_model(path)
            with warnings.catch_warnings(action="ignore"):
                # openai-whisper reads nothing but tensors and plain values, so a checkpoint cannot run code.
                model: Whisper = whisper.load_model(str(path), device="cpu")
            self._set_alignment_heads(whisper, model)
        except OSError as error:
            raise ModelUnavailable(f"the Whisper model {path} cannot be read ({error.strerror})") from error
        except _UNREADABLE as error:
            why = device_failure(error)
            if why is not None:
                raise EngineError(why) from error
            raise ModelUnavailable(
                f"{path} cannot be read as a Whisper model: it is damaged, or another kind of file; name another file "
                "or, for an official model, delete it to have it fetched again"
            ) from error
        return model

    def _set_alignment_heads(self, whisper: Any, model: Whisper) -> None:
        """Set the attention heads that show when a word was said; without them, the times of words are guesses."""
        official: str | None = self._name
        if self._name not in OFFICIAL_MODELS:
            official = weights.official_with(self._checksum)
        if official is not None:
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[official])

    def _make_decoders(self, model: Whisper, device: str) -> list[Decoder]:
        """Move the model to its device, in its precision, and make one or more decoders that use it.

        Raises EngineError if that fails.
        """
        import torch

        expected = precision.expected_precision("cpu")
        self._precision = "float16" if device != "cpu" else precision.verified_precision(expected)
        try:
            network = Network(model.to(device), getattr(torch, self._precision))
            languages = model.num_languages if model.is_multilingual else 0
            count = CPU_DECODERS if device == "cpu" and torch.get_num_threads() >= CPU_DECODERS else 1
            self._threads = torch.get_num_threads() // count
            return [Decoder(network, _row_count(network), languages) for _ in range(count)]
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            why = device_failure(error) or f"the Whisper model cannot run on {device} ({reason}); choose --device cpu"
            raise EngineError(why) from error


def _device(wanted: str | None) -> str:
    """Return PyTorch's name of the device to use. Raises EngineError for a device that this machine does not have."""
    import torch

    return choose_device(wanted, torch.cuda.device_count() if torch.cuda.is_available() else 0, "PyTorch")


def _row_count(network: Network) -> int:
    """Return how many windows to decode at once: a power of two, so that it can be halved without a remainder."""
    import torch

    if network.device.type == "cpu":
        return ROWS // 2 if network.dtype == torch.float32 else ROWS
    free, _ = torch.cuda.mem_get_info(network.device)
    fitting = int(free * MEMORY_SHARE) // network.bytes_per_row
    return max(1, min(MOST_ROWS, 1 << max(0, fitting.bit_length() - 1)))
