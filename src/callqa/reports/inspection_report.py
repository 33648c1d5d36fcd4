"""The output of `callqa inspect`: the properties of recordings, as JSON or as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from callqa.core.durations import clock
from callqa.core.text import printable
from callqa.inspection import Inspection
from callqa.recordings import escape_unprintable
from callqa.scoring.scorecard import CallResult


def inspections_json(results: Sequence[Inspection | CallResult]) -> str:
    """Return the inspections as JSON; a recording that could not be read has its reason under `error`."""
    recordings = [
        _failed(result) if isinstance(result, CallResult) else _inspected(result) for result in _sorted(results)
    ]
    return json.dumps({"format": 1, "recordings": recordings}, ensure_ascii=False, indent=1) + "\n"


def _failed(result: CallResult) -> dict[str, Any]:
    return {"call_id": result.call_id, "path": result.path, "error": result.reason}


def _inspected(inspection: Inspection) -> dict[str, Any]:
    header, profile = inspection.header, inspection.profile
    return {
        "call_id": inspection.recording.call_id,
        "path": _path(inspection),
        "agent": inspection.recording.agent,
        "container": header.container,
        "codec": header.codec,
        "sample_rate": header.sample_rate,
        "channels": header.channels,
        "duration": round(profile.duration, 3),
        "layout": profile.layout,
        "silent_channel": profile.silent_channel,
        "levels": [
            {
                "peak_dbfs": round(level.peak_dbfs, 1),
                "rms_dbfs": round(level.rms_dbfs, 1),
                "clipped_share": round(level.clipped_share, 6),
                "speech_share": share,
            }
            for level, share in zip(profile.channels, inspection.speech_shares, strict=False)
        ],
        "likely_voicemail": inspection.likely_voicemail,
        "remarks": list(inspection.remarks),
    }


def inspections_text(results: Sequence[Inspection | CallResult]) -> str:
    """Return the inspections as text: the path of each recording, then its properties and remarks."""
    return "".join(line + "\n" for result in _sorted(results) for line in _lines(result))


def _lines(result: Inspection | CallResult) -> Iterator[str]:
    yield printable(_path(result))
    if isinstance(result, CallResult):
        yield f"  {printable(result.reason or '')}"
        return
    header, profile = result.header, result.profile
    levels = ", ".join(
        f"{round(level.rms_dbfs, 1):.0f} dBFS ({share:.0%} speech)"
        for level, share in zip(profile.channels, result.speech_shares, strict=False)
    )
    format_ = f"{header.codec} {header.sample_rate} Hz  {header.channels} ch"
    yield f"  {clock(round(profile.duration, 3))}  {format_}  {levels}"
    for remark in result.remarks:
        yield f"  {printable(remark)}"


def _sorted(results: Sequence[Inspection | CallResult]) -> list[Inspection | CallResult]:
    return sorted(results, key=_path)


def _path(result: Inspection | CallResult) -> str:
    return result.path if isinstance(result, CallResult) else escape_unprintable(result.recording.path)
