"""Speed of Whisper on dual-channel calls: callqa next to openai-whisper and faster-whisper, in one run.

The model has the dimensions of a real one and says the same number of words in each window (see stand_in_model.py), so
all decode equally much. The calls are spoken by flite's voices, with pauses as people make them. Each program runs in a
process of its own, in turn, several times; what counts is the median of the ratios, by the clock and, since other work
on the machine disturbs that, by the processor's time. No text is carried over between windows, for the model's script
must start again in each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
from stand_in_model import save

from callqa import audio

RATE = 8000
AGENT = (
    "Good morning, this is the lamp shop, my name is Ruth.",
    "I am sorry to hear that. Which lamp is it, and when did you buy it?",
    "Let me look that up for you. One moment please.",
    "We can send you a new one today, and you need not return the broken one.",
    "Is there anything else I can do for you?",
    "I have written down your address, and the driver will ring before he comes.",
)
CUSTOMER = (
    "Hello, my reading lamp went dark on the second evening.",
    "It was the brass one, and I bought it three weeks ago.",
    "I have called twice already, and nobody could tell me anything.",
    "All right, that would be very kind of you.",
    "Can you tell me how long it will take this time?",
    "No, that was all. Thank you for your help.",
)
LIBRARY, ENGINE = "faster-whisper", "callqa, its engine"
"""faster-whisper's own batched pipeline with its own speech filter, and callqa with the engine of that name, which
should not be slower. They compute in int8, and on a GPU in float16."""

LIMITS = {
    "cpu": {"stock, each channel": 7.0, "stock, beam 5, mono": 12.0, LIBRARY: 1.5},
    "cuda": {"stock, each channel": 10.0},
}
"""How many times faster callqa should be than each: where the processor has units for bfloat16, and on a large GPU."""


def main() -> None:
    """Make the calls and the model, let the programs take turns, and print times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=180.0, help="length of a call")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", default="base.en")
    parser.add_argument("--tokens", type=int, default=100, help="tokens a window")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:NUMBER; on a GPU, stock computes in float16")
    parser.add_argument("--rounds", type=int, default=1, help="how often a program goes through the calls in one go")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--avx2", action="store_true", help="hold the libraries to AVX2")
    parser.add_argument("--without", action="append", default=[], choices=PROGRAMS, help="leave a program out")
    parser.add_argument("--program", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        _serve(options)
    else:
        with tempfile.TemporaryDirectory() as folder:
            _compare(options, Path(folder))


def _compare(options: argparse.Namespace, folder: Path) -> None:
    shares = [speak(folder / f"call{number}.wav", options.seconds, number) for number in range(options.calls)]
    save(folder / "model.pt", options.model, options.tokens)
    print(
        f"{options.calls * options.rounds} calls of {options.seconds:.0f} s, each party speaking "
        f"{statistics.fmean(shares):.0%} of it; "
        f"{options.model}, {options.tokens} tokens a window, {_device_name(options.device)}, {options.threads} threads"
        f"{', held to AVX2' if options.avx2 else ''}; load {os.getloadavg()[0]:.1f}"
    )
    names = [name for name in PROGRAMS if name not in options.without]
    if {LIBRARY, ENGINE} & set(names) and not _converted(folder):
        names = [name for name in names if name not in (LIBRARY, ENGINE)]
    seconds: dict[str, list[float]] = {name: [] for name in names}
    busy: dict[str, list[float]] = {name: [] for name in names}
    peaks: dict[str, float] = {}
    processes = {name: _start(name, options, folder) for name in names}
    for _ in range(options.repeats):
        for name, process in processes.items():
            process.stdin.write("\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            seconds[name].append(answer["seconds"])
            busy[name].append(answer["busy"])
            peaks[name] = answer["peak"]
    for process in processes.values():
        process.stdin.close()
        process.wait()
    length = options.calls * options.rounds * options.seconds
    for name, taken in seconds.items():
        middle, work = statistics.median(taken), statistics.median(busy[name])
        line = f"{name:<22} {middle:7.1f} s  {length / middle:6.1f} times real time"
        line += f"  {work:7.1f} s of processor  {peaks[name]:6.0f} MB"
        print(line)
    limits = LIMITS[options.device.partition(":")[0]] if "callqa" in names else {}
    pairs = [("callqa", other, limits[other]) for other in names if other in limits]
    if {LIBRARY, ENGINE} <= set(names):
        pairs.append((ENGINE, LIBRARY, 1.0))
    for own, other, wanted in pairs:
        ratio, work = _ratio(seconds, own, other), _ratio(busy, own, other)
        print(f"{own}: {ratio:.2f} times as fast as {other}, by the processor {work:.2f} (wanted: {wanted:g})")


def _ratio(figures: dict[str, list[float]], own: str, other: str) -> float:
    return statistics.median(theirs / mine for theirs, mine in zip(figures[other], figures[own], strict=True))


def _start(name: str, options: argparse.Namespace, folder: Path) -> Any:
    held = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "CT2_FORCE_CPU_ISA": "AVX2"}
    command = [sys.executable, __file__, "--program", name, "--folder", str(folder), "--threads", str(options.threads)]
    command += ["--device", options.device, "--model", options.model, "--rounds", str(options.rounds)]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(held if options.avx2 else {}), "OMP_NUM_THREADS": str(options.threads)},
    )


def _serve(options: argparse.Namespace) -> None:
    """Load the program and the model, then go through the calls each time a line comes in."""
    import torch

    torch.set_num_threads(options.threads)
    calls = sorted(options.folder.glob("call*.wav")) * options.rounds
    run = PROGRAMS[options.program](options)
    for _ in sys.stdin:
        began, worked = time.perf_counter(), time.process_time()
        said = run(calls)
        taken, busy = time.perf_counter() - began, time.process_time() - worked
        assert said > 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if options.device != "cpu":
            peak = torch.cuda.max_memory_allocated() / 2**20  # of the GPU's memory, PyTorch's part
        print(json.dumps({"seconds": taken, "busy": busy, "peak": peak}), flush=True)


def _device_name(device: str) -> str:
    if device == "cpu":
        return "the processor"
    import torch

    if not torch.cuda.is_available():
        sys.exit(f"PyTorch finds no CUDA device here, so {device} cannot be used")
    return str(torch.cuda.get_device_name(device))


def _channels(path: Path) -> np.ndarray:
    return np.concatenate(list(audio.blocks(path)), axis=1)


def _stock(options: argparse.Namespace, mono: bool) -> Callable[[list[Path]], int]:
    import warnings

    import whisper

    warnings.simplefilter("ignore")
    model = whisper.load_model(str(options.folder / "model.pt"), device=options.device)
    half = options.device != "cpu"
    beam = {"beam_size": 5, "best_of": 5} if mono else {}

    def run(calls: list[Path]) -> int:
        said = 0
        for call in calls:
            channels = _channels(call)
            for samples in [channels.mean(axis=0)] if mono else channels:
                result = whisper.transcribe(
                    model,
                    samples,
                    language="en",
                    fp16=half,
                    condition_on_previous_text=False,
                    **beam,
                )
                said += len(result["segments"])
        return said

    return run


def _faster(options: argparse.Namespace) -> Callable[[list[Path]], int]:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    kind, _, number = options.device.partition(":")
    model = WhisperModel(
        str(options.folder / "ct2"),
        device=kind,
        device_index=int(number or 0),
        compute_type="int8" if kind == "cpu" else "float16",
        cpu_threads=options.threads,
    )
    pipeline = BatchedInferencePipeline(model)

    def run(calls: list[Path]) -> int:
        said = 0
        for call in calls:
            for samples in _channels(call):
                found, _ = pipeline.transcribe(
                    samples, language="en", beam_size=1, batch_size=8, vad_filter=True, without_timestamps=False,
                    suppress_tokens=None,
                )  # fmt: skip
                said += sum(1 for _ in found)
        return said

    return run


def _callqa(options: argparse.Namespace) -> Callable[[list[Path]], int]:
    from callqa.engines import make_engine
    from callqa.engines.openai_whisper import weights
    from callqa.settings import EngineSettings
    from callqa.transcription.transcriber import RawTranscript, transcribe_recordings

    # The heads that tell when a word was said are those of the model it stands for; else, half of all are taken.
    weights.official_with = lambda checksum: options.model  # type: ignore[assignment]
    name, model = ("faster-whisper", "ct2") if options.program == ENGINE else ("whisper", "model.pt")
    settings = EngineSettings(name, str(options.folder / model), device=options.device, threads=options.threads)
    engine = make_engine(settings)
    engine.prepare()

    def run(calls: list[Path]) -> int:
        found = [heard for _, heard in transcribe_recordings(calls, engine)]
        return sum(len(heard.segments) for heard in found if isinstance(heard, RawTranscript))

    return run


PROGRAMS: dict[str, Callable[[argparse.Namespace], Callable[[list[Path]], int]]] = {
    "stock, each channel": lambda options: _stock(options, mono=False),
    "stock, beam 5, mono": lambda options: _stock(options, mono=True),
    LIBRARY: _faster,
    "callqa": _callqa,
    ENGINE: _callqa,
}
"""What takes part: made ready with the options, then given the calls."""


def _converted(folder: Path) -> bool:
    """Convert the model for faster-whisper; False where that is not installed."""
    try:
        from stand_in_ct2 import convert
    except ImportError as error:
        print(f"faster-whisper is left out: {error}")
        return False
    convert(folder / "model.pt", folder / "ct2")
    return True


def speak(path: Path, seconds: float, seed: int) -> float:
    """Write a dual-channel call of about this many seconds, and return the mean share of it that a party speaks."""
    rng = random.Random(seed)
    length = round(seconds * RATE)
    channels = np.random.default_rng(seed).normal(0, 18, (2, length + 30 * RATE))
    voices = rng.sample(["slt", "rms", "awb", "kal16"], 2)
    at, spoken, turn = RATE, 0, 0
    while at < length - RATE:
        party = turn % 2
        for _ in range(rng.choice((1, 1, 2))):
            said = _said(voices[party], rng.choice((AGENT, CUSTOMER)[party]))
            channels[party, at : at + len(said)] += said[: channels.shape[1] - at]
            at += len(said) + round(rng.uniform(0.2, 0.6) * RATE)
            spoken += len(said)
            if at > length:
                break
        at += round(rng.uniform(0.1, 1.3) * RATE)
        turn += 1
    pcm = np.clip(channels[:, :length], -32768, 32767).astype(np.int16)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm.T.reshape(1, -1)), format="s16", layout="stereo")
        frame.sample_rate = RATE
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return spoken / length / 2


def _said(voice: str, text: str) -> np.ndarray:
    """A line in one of flite's voices, as int16 values at RATE."""
    if shutil.which("flite") is None:
        sys.exit("flite is not on the PATH; install it to have the calls spoken")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, capture_output=True)
        return np.concatenate(list(audio.blocks(path, RATE)), axis=1)[0] * 20_000


if __name__ == "__main__":
    main()
