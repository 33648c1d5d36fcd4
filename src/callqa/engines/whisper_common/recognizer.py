"""Transcribing recordings with a decoder of windows: the loop that all engines with a Whisper model share."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing

from callqa.engines.base import Outcome, Source
from callqa.engines.whisper_common.decoding_tasks import Decode, DecodingTask
from callqa.engines.whisper_common.postprocessing import to_segments
from callqa.engines.whisper_common.window_stream import (
    LazyQueue,
    PrefetchQueue,
    RecordingAssembler,
    RecordingEnd,
    window_stream,
)


def recognise(
    sources: Iterable[Source], decode: Decode, language: str | None, ahead: int = 0
) -> Iterator[tuple[int, Outcome]]:
    """Yield the outcome of each source with its index, as soon as all of its windows are decoded.

    `decode` may ask for tasks in any thread. If `ahead` is above 0, sources are read in a thread of their own, up to
    `ahead` windows ahead; otherwise they are read when a window is asked for. A `language` of None is detected.
    """
    assembler = RecordingAssembler()
    lock = threading.Lock()
    windows = window_stream(sources)
    with closing(PrefetchQueue(windows, ahead) if ahead else LazyQueue(windows)) as stream:

        def next_task(wait: bool) -> DecodingTask | None:
            while (item := stream.take(wait)) is not None:
                with lock:
                    if isinstance(item, RecordingEnd):
                        assembler.end(item)
                    elif not assembler.has_failed(item.recording):
                        return DecodingTask(item.recording, item.number, item.window, language)
            return None

        with closing(decode(next_task)) as tasks:
            for task in tasks:
                detected = task.language if language is None else None
                segments = to_segments(task.window, task.segments, detected)
                with lock:
                    assembler.add(task.recording, task.number, segments)
                    complete = list(assembler.take_complete())
                yield from complete
        yield from assembler.take_complete()
