"""Readers, which preprocess recordings and cut them into clips of speech: in this process, or in several others.

Other processes are used if the processor is otherwise idle, as when a GPU recognises: one core reads a call of two
channels some 150 times as fast as it took, and a GPU would have to wait for it. They are processes rather than threads
because PyTorch's operations release and take the interpreter lock each time, so that threads would slow down the one
that drives the GPU.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple, Protocol

from callqa.core.stage_timer import StageTimer
from callqa.engines.base import SAMPLE_RATE, Clip
from callqa.errors import RecordingError
from callqa.transcription.preprocessing import PreprocessedRecording, preprocess

PREPROCESSING_STAGE = "finding speech"
"""Name of the stage in the list of times."""

MOST_PROCESSES = 12
"""Enough for a large GPU: each process reads some 150 times as fast as a call took."""

QUEUED_RECORDINGS = 2
"""Recordings assigned to a process: the one it reads and the next one."""

BUFFERED_SECONDS = 600
"""Seconds of speech a process may buffer before they are fetched, 38 MB: a call, seldom more."""

KILLED = "the process reading it was killed, perhaps because memory ran out; try it again with --jobs 1"
"""The error of a recording whose process died twice, or while its clips were being fetched."""


ClipSource = Callable[[], Iterator[Clip]]
"""A function that yields the clips of a recording, in the order they begin. Raises RecordingError."""


class ReadRecording(NamedTuple):
    """A recording: its position in the list to read, the preprocessed recording or its error, and its clips."""

    position: int
    recording: PreprocessedRecording | RecordingError
    clips: ClipSource


class RecordingReader(Protocol):
    """A reader of recordings."""

    def __iter__(self) -> Iterator[ReadRecording]:
        """Yield each recording once, in any order. Its clips must be fetched before the next one."""
        ...

    def close(self) -> None:
        """Stop reading. If another thread is waiting for a recording, it receives none."""
        ...


class InProcessReader:
    """A reader in this process, which reads each recording when it is asked for."""

    def __init__(self, paths: Sequence[Path], stages: StageTimer):
        self._paths = paths
        self._stages = stages

    def __iter__(self) -> Iterator[ReadRecording]:
        for index, path in enumerate(self._paths):
            try:
                with self._stages.stage(PREPROCESSING_STAGE):
                    recording = preprocess(path)
            except RecordingError as error:
                yield ReadRecording(index, error, _no_clips)
            else:
                yield ReadRecording(index, recording, partial(recording.clips, path))

    def close(self) -> None:
        """Nothing to stop."""


class PoolReader:
    """A reader in other processes, which read ahead, and wait while too much speech has not been fetched.

    If one of them dies, the recordings assigned to it are read again.
    """

    def __init__(self, paths: Sequence[Path], stages: StageTimer, processes: int | None = None):
        self._paths = paths
        self._stages = stages
        self._most = processes or max(1, min(MOST_PROCESSES, (os.cpu_count() or 1) - 1))
        self._waiting = deque(range(len(paths)))
        self._workers: list[_Worker] = []
        self._suspects: set[int] = set()
        """Recordings during which a process died."""
        self._closed = False
        self._starting = threading.Lock()

    def __iter__(self) -> Iterator[ReadRecording]:
        while not self._closed:
            self._assign_all()
            busy = {worker.connection: worker for worker in self._workers if worker.assigned}
            if not busy:
                return
            for connection in wait(list(busy)):
                yield from self._fetch(busy[connection])  # type: ignore[index]

    def close(self) -> None:
        """End all processes."""
        with self._starting:
            self._closed = True
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join()

    def _assign_all(self) -> None:
        """Assign recordings to every process, and start processes that are missing."""
        for most in range(QUEUED_RECORDINGS):
            for worker in self._workers:
                if self._waiting and len(worker.assigned) <= most:
                    self._assign(worker)
        while self._waiting and len(self._workers) < self._most:
            with self._starting:
                if self._closed:
                    return
                self._workers.append(_Worker())
            self._assign(self._workers[-1])

    def _assign(self, worker: _Worker) -> None:
        index = self._waiting[0]
        if worker.assigned and (index in self._suspects or worker.assigned[0] in self._suspects):
            return  # a suspect is read alone, so that it is known which recording a process dies of
        worker.assigned.append(self._waiting.popleft())
        with suppress(OSError):  # a dead process is noticed when it is waited for
            worker.connection.send(self._paths[index])

    def _fetch(self, worker: _Worker) -> Iterator[ReadRecording]:
        """Yield the first recording assigned to a process, then skip the clips that were not fetched."""
        index = worker.assigned[0]
        try:
            recording, seconds = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._replace(worker)
            return
        self._stages.add(PREPROCESSING_STAGE, seconds)
        if isinstance(recording, RecordingError):
            yield ReadRecording(index, recording, _no_clips)
        elif isinstance(recording, Exception):
            raise recording
        else:
            stream = _ClipStream(worker.connection, partial(recording.clips, self._paths[index]))
            yield ReadRecording(index, recording, stream)
            stream.drain()
        worker.assigned.popleft()

    def _replace(self, worker: _Worker) -> Iterator[ReadRecording]:
        """Remove a process that died and put its recordings back, unless another process died of them before."""
        if self._closed:
            return
        self._workers.remove(worker)
        worker.process.join()
        for index in reversed(worker.assigned):
            if index in self._suspects:
                yield ReadRecording(index, RecordingError(KILLED), _no_clips)
            else:
                self._suspects.add(index)
                self._waiting.appendleft(index)


def _no_clips() -> Iterator[Clip]:
    return iter(())


class _Worker:
    """A process that reads, with the indexes of the recordings assigned to it; the first is being read."""

    def __init__(self) -> None:
        # spawn: forking a process that has threads of torch or FFmpeg running can deadlock.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.assigned = deque[int]()
        self.process.start()
        theirs.close()


class _ClipStream:
    """The clips of one recording, sent by a process; if they are asked for again, they are read with `reread`."""

    def __init__(self, connection: Connection, reread: ClipSource):
        self._connection = connection
        self._reread = reread
        self._begun = self._ended = False

    def __call__(self) -> Iterator[Clip]:
        begun, self._begun = self._begun, True
        return self._reread() if begun else self._received()

    def drain(self) -> None:
        """Receive the clips that were not fetched."""
        while not self._ended:
            with suppress(RecordingError):
                self._next()

    def _received(self) -> Iterator[Clip]:
        while (clip := self._next()) is not None:
            yield clip

    def _next(self) -> Clip | None:
        if self._ended:
            return None
        try:
            message: object = self._connection.recv()
        except (EOFError, OSError):
            message = RecordingError(KILLED)
        self._ended = not isinstance(message, Clip)
        if isinstance(message, Exception):
            raise message
        return message if isinstance(message, Clip) else None


class _Outbox:
    """A thread that sends messages, with a buffer of those not received yet; calls `on_disconnect` if nobody can."""

    def __init__(self, connection: Connection, on_disconnect: Callable[[], None]):
        self._connection = connection
        self._on_disconnect = on_disconnect
        self._messages = deque[tuple[object, int]]()
        self._buffered = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._send, daemon=True).start()

    def put(self, message: object, samples: int = 0) -> None:
        """Queue a message to be sent; wait while the buffer has no room for its samples."""
        most = BUFFERED_SECONDS * SAMPLE_RATE
        with self._changed:
            self._changed.wait_for(lambda: not self._buffered or self._buffered + samples <= most)
            self._buffered += samples
            self._messages.append((message, samples))
            self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._messages)
                message, samples = self._messages.popleft()
            try:
                self._connection.send(message)
            except OSError:
                return self._on_disconnect()
            with self._changed:
                self._buffered -= samples
                self._changed.notify_all()


def _serve(connection: Connection) -> None:
    """Read recordings in a process, one after the other, as their paths are received."""
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # There are as many processes as cores. Libraries read these variables when they are loaded, which is later.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    outbox = _Outbox(connection, partial(os._exit, 1))  # this thread may be reading for minutes
    while True:
        try:
            path = connection.recv()
        except (EOFError, OSError):
            return
        began = time.perf_counter()
        try:
            recording = preprocess(path)
        except Exception as error:  # raised again in the parent process
            outbox.put((_picklable(error), time.perf_counter() - began))
            continue
        outbox.put((recording, time.perf_counter() - began))
        try:
            for clip in recording.clips(path):
                outbox.put(clip, len(clip.samples))
        except Exception as error:
            outbox.put(_picklable(error))
        else:
            outbox.put(None)


def _picklable(error: Exception) -> Exception:
    """Return a RecordingError as it is, and any other error as a RuntimeError with its traceback, which can be sent."""
    return error if isinstance(error, RecordingError) else RuntimeError("".join(traceback.format_exception(error)))
