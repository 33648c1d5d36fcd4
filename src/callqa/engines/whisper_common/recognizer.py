"""Recordings → what was said in each, by a decoder of windows: what engines of Whisper's family have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing

from callqa.engines.base import Outcome, Source
from callqa.engines.openai_whisper.decoder import Decode, Task
from callqa.engines.whisper_common.postprocessing import segments
from callqa.engines.whisper_common.window_stream import (
    LazyQueue,
    PrefetchQueue,
    RecordingAssembler,
    RecordingEnd,
    packed,
)


def recognise(
    sources: Iterable[Source], decode: Decode, language: str | None, ahead: int = 0
) -> Iterator[tuple[int, Outcome]]:
    """Yield what was said in each source with its place among them, as soon as all of it was decoded.

    `decode` is given what hands out windows, and gives them back decoded; it may ask for them in any thread. Sources
    are read in a thread of their own, `ahead` windows ahead, or as windows are asked for where that is 0. `language`
    None has it found out.
    """
    gathered = RecordingAssembler()
    gathering = threading.Lock()
    windows = packed(sources)
    with closing(PrefetchQueue(windows, ahead) if ahead else LazyQueue(windows)) as stream:

        def take(wait: bool) -> Task | None:
            while (item := stream.take(wait)) is not None:
                with gathering:
                    if isinstance(item, RecordingEnd):
                        gathered.end(item)
                    elif not gathered.failed(item.owner):
                        return Task(item.owner, item.number, item.window, language)
            return None

        with closing(decode(take)) as tasks:
            for task in tasks:
                found_in = task.language if language is None else None
                said = segments(task.window, {"segments": task.found}, found_in)
                with gathering:
                    gathered.hear(task.owner, task.number, said)
                    ready = list(gathered.ready())
                yield from ready
        yield from gathered.ready()
