"""Recordings surveyed and cut into clips of speech, one after the other: in this process, or in several others.

Others read where the processor has nothing better to do, as when a GPU recognises: one core reads some 150 times as
fast as a call of two channels takes, which would leave a GPU waiting. Processes and not threads: PyTorch's operations
let go of the interpreter and take it back each time, so threads that read would hold up the one that drives the GPU.
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

SURVEYING = "finding speech"
"""What the stage is called."""

MOST_PROCESSES = 12
"""Enough for a large GPU: each reads some 150 times as fast as calls take."""

ASSIGNED = 2
"""Recordings a process has on its list: the one it reads and the one after that."""

HELD_SECONDS = 600
"""Seconds of speech a process may have ready and not fetched, 38 MB: a call, seldom more."""

KILLED = "the process reading it was killed, perhaps for want of memory; try it again with --jobs 1"
"""What is said of a recording whose process died, twice or in the middle of it."""


Clips = Callable[[], Iterator[Clip]]
"""Gives the clips of a recording from the beginning, in the order they begin. Raises RecordingError."""


class ReadRecording(NamedTuple):
    """The recording at a place of those to read: what was found out about it, or why it cannot be read; its clips."""

    place: int
    found: PreprocessedRecording | RecordingError
    clips: Clips


class RecordingReader(Protocol):
    """What reads recordings."""

    def __iter__(self) -> Iterator[ReadRecording]:
        """Each recording once, in whatever order that comes about. Its clips are to be fetched before the next one."""
        ...

    def close(self) -> None:
        """Read no more. Another thread may wait for a recording meanwhile; it will get none."""
        ...


class InProcessReader:
    """Reads in this process, each recording when it is asked for."""

    def __init__(self, paths: Sequence[Path], stages: StageTimer):
        self._paths = paths
        self._stages = stages

    def __iter__(self) -> Iterator[ReadRecording]:
        for place, path in enumerate(self._paths):
            try:
                with self._stages.stage(SURVEYING):
                    found = preprocess(path)
            except RecordingError as error:
                yield ReadRecording(place, error, _nothing)
            else:
                yield ReadRecording(place, found, partial(found.clips, path))

    def close(self) -> None:
        """Nothing goes on that could be ended."""


class PoolReader:
    """Reads in other processes, which are some recordings ahead, and wait when much is ready and not fetched.

    Where one of them dies, what it had on its list is begun anew.
    """

    def __init__(self, paths: Sequence[Path], stages: StageTimer, processes: int | None = None):
        self._paths = paths
        self._stages = stages
        self._most = processes or max(1, min(MOST_PROCESSES, (os.cpu_count() or 1) - 1))
        self._to_do = deque(range(len(paths)))
        self._readers: list[_Reader] = []
        self._died_at: set[int] = set()
        self._closed = False
        self._hiring = threading.Lock()

    def __iter__(self) -> Iterator[ReadRecording]:
        while not self._closed:
            self._assign()
            busy = {reader.line: reader for reader in self._readers if reader.places}
            if not busy:
                return
            for line in wait(list(busy)):
                yield from self._fetch(busy[line])  # type: ignore[index]

    def close(self) -> None:
        """End all processes."""
        with self._hiring:
            self._closed = True
        for reader in self._readers:
            reader.process.terminate()
        for reader in self._readers:
            reader.process.join()

    def _assign(self) -> None:
        """Give every process something to do, and start those that are missing."""
        for most in range(ASSIGNED):
            for reader in self._readers:
                if self._to_do and len(reader.places) <= most:
                    self._give(reader)
        while self._to_do and len(self._readers) < self._most:
            with self._hiring:
                if self._closed:
                    return
                self._readers.append(_Reader())
            self._give(self._readers[-1])

    def _give(self, reader: _Reader) -> None:
        place = self._to_do[0]
        if reader.places and (place in self._died_at or reader.places[0] in self._died_at):
            return  # alone, so that it is known which recording it dies of
        reader.places.append(self._to_do.popleft())
        with suppress(OSError):  # a dead process is noticed when it is waited for
            reader.line.send(self._paths[place])

    def _fetch(self, reader: _Reader) -> Iterator[ReadRecording]:
        """What a process found out of the first recording on its list; goes on when the clips are fetched or left."""
        place = reader.places[0]
        try:
            found, seconds = reader.line.recv()
        except (EOFError, OSError):
            yield from self._bury(reader)
            return
        self._stages.add(SURVEYING, seconds)
        if isinstance(found, RecordingError):
            yield ReadRecording(place, found, _nothing)
        elif isinstance(found, Exception):
            raise found
        else:
            stream = _Stream(reader.line, partial(found.clips, self._paths[place]))
            yield ReadRecording(place, found, stream)
            stream.drain()
        reader.places.popleft()

    def _bury(self, reader: _Reader) -> Iterator[ReadRecording]:
        """Do without a process that died: put back what was on its list, unless another died there before."""
        if self._closed:
            return
        self._readers.remove(reader)
        reader.process.join()
        for place in reversed(reader.places):
            if place in self._died_at:
                yield ReadRecording(place, RecordingError(KILLED), _nothing)
            else:
                self._died_at.add(place)
                self._to_do.appendleft(place)


def _nothing() -> Iterator[Clip]:
    return iter(())


class _Reader:
    """A process that reads; `places` are those of the recordings on its list, the first of them being read."""

    def __init__(self) -> None:
        # spawn: forking a process that has threads of torch or FFmpeg running can deadlock.
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.places = deque[int]()
        self.process.start()
        theirs.close()


class _Stream:
    """The clips a process sends of one recording; whoever wants them again reads `anew`."""

    def __init__(self, line: Connection, anew: Clips):
        self._line = line
        self._anew = anew
        self._begun = self._over = False

    def __call__(self) -> Iterator[Clip]:
        begun, self._begun = self._begun, True
        return self._anew() if begun else self._fetched()

    def drain(self) -> None:
        """Fetch what nobody wanted."""
        while not self._over:
            with suppress(RecordingError):
                self._next()

    def _fetched(self) -> Iterator[Clip]:
        while (clip := self._next()) is not None:
            yield clip

    def _next(self) -> Clip | None:
        if self._over:
            return None
        try:
            message: object = self._line.recv()
        except (EOFError, OSError):
            message = RecordingError(KILLED)
        self._over = not isinstance(message, Clip)
        if isinstance(message, Exception):
            raise message
        return message if isinstance(message, Clip) else None


class _Outbox:
    """Sends messages in a thread of its own; holds some that nobody has fetched yet. Calls `lost` if nobody can."""

    def __init__(self, line: Connection, lost: Callable[[], None]):
        self._line = line
        self._lost = lost
        self._waiting = deque[tuple[object, int]]()
        self._held = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._send, daemon=True).start()

    def put(self, message: object, samples: int = 0) -> None:
        """Send a message as soon as those before it are fetched; wait while as many samples are held as may be."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + samples <= HELD_SECONDS * SAMPLE_RATE)
            self._held += samples
            self._waiting.append((message, samples))
            self._changed.notify_all()

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                message, samples = self._waiting.popleft()
            try:
                self._line.send(message)
            except OSError:
                return self._lost()
            with self._changed:
                self._held -= samples
                self._changed.notify_all()


def _serve(line: Connection) -> None:
    """The life of a process: read one recording after the other, as paths come in."""
    # Ctrl-C reaches every process of the terminal; the parent alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # There are as many processes as cores. Libraries look this up when they are loaded, which none is yet.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    outbox = _Outbox(line, partial(os._exit, 1))  # it may be reading for minutes
    while True:
        try:
            path = line.recv()
        except (EOFError, OSError):
            return
        began = time.perf_counter()
        try:
            found = preprocess(path)
        except Exception as error:  # raised again in the process that asked for it
            outbox.put((_sendable(error), time.perf_counter() - began))
            continue
        outbox.put((found, time.perf_counter() - began))
        try:
            for clip in found.clips(path):
                outbox.put(clip, len(clip.samples))
        except Exception as error:
            outbox.put(_sendable(error))
        else:
            outbox.put(None)


def _sendable(error: Exception) -> Exception:
    """The error, or a plain one with all that is known of it where nobody foresaw it: that may not survive the way."""
    return error if isinstance(error, RecordingError) else RuntimeError("".join(traceback.format_exception(error)))
