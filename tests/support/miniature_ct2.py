"""The miniature Whisper in CTranslate2's form, converted as the benchmarks' stand-in is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.miniature_whisper import save


def save_ct2(folder: Path, **made: Any) -> Path:
    """Write a model that hears what `support.miniature_whisper.save` says with these settings, and give its folder."""
    from benchmarks.stand_in_ct2 import convert

    checkpoint = folder.with_suffix(".pt")
    convert(save(checkpoint, **made), folder)
    checkpoint.unlink()
    return folder
