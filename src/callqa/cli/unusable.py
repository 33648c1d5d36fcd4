"""What could not even be tried, as results beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callqa.recordings import FoundRecordings
    from callqa.scoring.scorecard import CallResult


def failed_ones(found: FoundRecordings) -> tuple[CallResult, ...]:
    """A failed result for everything found that cannot be used."""
    from callqa.recordings import shown
    from callqa.scoring.scorecard import CallResult

    return tuple(
        CallResult(
            call_id=unusable.call_id,
            path=shown(unusable.path),
            agent=unusable.agent,
            status="failed",
            reason=unusable.reason,
        )
        for unusable in found.unusable
    )
