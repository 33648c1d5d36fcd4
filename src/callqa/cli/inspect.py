"""`callqa inspect`: what recordings are like, before any recognition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callqa.cli.boundary import Status
from callqa.cli.options import (
    MessageOptions,
    SearchOptions,
    find_inputs,
    message_options,
    option,
    paths_argument,
    search_options,
    take,
)

if TYPE_CHECKING:
    from callqa.inspection import Inspection


@click.command()
@paths_argument
@option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@option("-o", "--output", "target", default="-", help="File to write.  [default: stdout]")
@search_options
@message_options
def inspect(paths: tuple[Path, ...], form: str, target: str, **options: Any) -> int:
    """Look at recordings before any recognition.

    Tells channels, levels, clipping, length, and likely voicemail.

    \b
    callqa inspect calls/
    callqa inspect calls/ -f json
    """
    from callqa.errors import RecordingError
    from callqa.inspection import inspect_recording
    from callqa.pipeline import unusable_results
    from callqa.recordings import shown
    from callqa.reports.output import check_target, write_text

    check_target(target)
    search, messages = take(SearchOptions, options), take(MessageOptions, options)
    found = find_inputs(paths, search)
    seen: list[dict[str, Any]] = []
    transcripts = 0
    for recording in found.recordings:
        if recording.transcript == recording.path:
            transcripts += 1
            continue
        try:
            seen.append(_row(inspect_recording(recording)))
        except RecordingError as error:
            seen.append({"call_id": recording.call_id, "path": shown(recording.path), "error": str(error)})
    for result in unusable_results(found):
        seen.append({"call_id": result.call_id, "path": result.path, "error": result.reason})
    seen.sort(key=lambda row: str(row["path"]))
    if form == "json":
        write_text(json.dumps({"format": 1, "recordings": seen}, ensure_ascii=False, indent=1) + "\n", target)
    else:
        write_text("".join(_text(row) for row in seen), target)
    if transcripts and not messages.quiet:
        count = "1 transcript has" if transcripts == 1 else f"{transcripts} transcripts have"
        click.echo(f"{count} no sound to look at", err=True)
    return Status.INCOMPLETE if any("error" in row for row in seen) else Status.DONE


def _row(inspection: Inspection) -> dict[str, Any]:
    from callqa.recordings import shown

    header, profile = inspection.header, inspection.profile
    return {
        "call_id": inspection.recording.call_id,
        "path": shown(inspection.recording.path),
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


def _text(row: dict[str, Any]) -> str:
    from callqa.core.durations import clock
    from callqa.core.text import printable

    if "error" in row:
        return f"{printable(row['path'])}\n  {printable(row['error'])}\n"
    levels = ", ".join(f"{level['rms_dbfs']:.0f} dBFS ({level['speech_share']:.0%} speech)" for level in row["levels"])
    facts = f"{clock(row['duration'])}  {row['codec']} {row['sample_rate']} Hz  {row['channels']} ch  {levels}"
    return f"{printable(row['path'])}\n  {facts}\n" + "".join(f"  {printable(remark)}\n" for remark in row["remarks"])
