"""Runs commands as a user does, and makes small calls for them to work on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callqa.cli import cli
from callqa.cli.boundary import run
from callqa.demo_calls import demo_folder
from support.audio_files import read, silence, voice, write

GOOD = [
    ("agent", "Good morning, you're through to Priya, how can I help?"),
    ("customer", "My kettle never arrived and I am really annoyed, this is the second time."),
    ("agent", "I'm so sorry about that. I'll send you a replacement today."),
    ("customer", "Thank you, that is kind."),
    ("agent", "You're welcome. Have a lovely day, goodbye."),
]
RUDE = [
    ("agent", "Hello, how can I help?"),
    ("customer", "My kettle never arrived and I am really annoyed, this is the second time it happened."),
    ("agent", "Well, that is your own fault."),
    ("customer", "I beg your pardon?"),
]


@dataclass(frozen=True)
class Done:
    """The exit status of a command, and its output."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Calls the entry point with arguments, as the `callqa` script does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str | Path) -> Done:
        self._monkeypatch.setattr("sys.argv", ["callqa", *map(str, arguments)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            run(cli)
        written = self._capsys.readouterr()
        return Done(int(stop.value.code or 0), written.out, written.err)


def transcript(path: Path, lines: Sequence[tuple[str, str]], *, every: float = 6.0) -> Path:
    """Write a callqa transcript with a line every `every` seconds."""
    utterances = [
        {"speaker": speaker, "start": index * every, "end": index * every + every - 1, "text": text}
        for index, (speaker, text) in enumerate(lines)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"format": 1, "utterances": utterances}), encoding="utf-8")
    return path


def scripted(path: Path, lines: Sequence[tuple[str, str]], *, every: float = 6.0, mono: bool = False) -> Path:
    """Write a dual-channel recording with speech on both channels, and the script the scripted engine reads.

    A mono recording holds a single voice that never repeats itself, so that no parties can be separated.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    alone = read(demo_folder() / "tom" / "0932-parcel.ogg")[0] if mono else voice()
    rows: list[str] = []
    channels = np.zeros((1 if mono else 2, round(every * len(lines) * 16_000)), np.float32)
    for index, (speaker, text) in enumerate(lines):
        channel = 0 if mono or speaker == "agent" else 1
        at = round(index * every * 16_000)
        spoken = alone[index * 64_000 : (index + 1) * 64_000] if mono else alone
        channels[channel, at : at + len(spoken)] += spoken
        rows.append(f"{channel}\t{index * every}\t{index * every + 4}\t{text}")
    write(path, channels)
    path.with_name(path.name + ".script").write_text("\n".join(rows), encoding="utf-8")
    return path


__all__ = ["GOOD", "RUDE", "Cli", "Done", "scripted", "silence", "transcript"]
