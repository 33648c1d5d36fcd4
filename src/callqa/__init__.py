"""callqa listens to recorded support calls and judges them against a rubric, with evidence.

The names below are the public API; everything else may change between versions. Nothing heavy is loaded before one of
them is used.

    import callqa

    run = callqa.score("calls/", rubric="support")
    for agent in run.agents:
        print(agent.agent, agent.mean_score)
    callqa.write_report(run, "report.html")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from callqa.api import (
        Detections,
        Transcripts,
        detect,
        load_rubric,
        read_results,
        score,
        transcribe,
        write_report,
    )
    from callqa.errors import CallqaError

__version__ = "0.1.0"

__all__ = [
    "CallqaError",
    "Detections",
    "Transcripts",
    "__version__",
    "detect",
    "load_rubric",
    "read_results",
    "score",
    "transcribe",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Load a name of the public API when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module("callqa.errors" if name == "CallqaError" else "callqa.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the names of the public API, loaded or not."""
    return sorted({*globals(), *__all__})
