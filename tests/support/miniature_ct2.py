"""The miniature Whisper in CTranslate2's form, converted like the stand-in of the benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.miniature_whisper import save


def save_ct2(folder: Path, **options: Any) -> Path:
    """Write a model that recognises what one of `support.miniature_whisper.save` does, and return its folder."""
    from benchmarks.stand_in_ct2 import convert

    checkpoint = folder.with_suffix(".pt")
    convert(save(checkpoint, **options), folder)
    checkpoint.unlink()
    return folder
