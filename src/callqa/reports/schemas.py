"""The JSON Schemas of callqa's file formats (draft 2020-12), made from the models.

The schemas of files that callqa writes are in `callqa/data/schemas/`; those of files that people write are next to the
shipped rubrics, where editors find them by the comment at the top of a rubric.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.core.shipped_files import shipped
from callqa.errors import UsageError
from callqa.reports.calibration_report import CalibrationFile
from callqa.reports.detection_report import DetectFile
from callqa.reports.phrase_audit_report import PhraseAuditFile
from callqa.reports.rubric_diff_report import RubricDiffFile
from callqa.reports.transcript_format import TranscriptFile
from callqa.results.result_format import ResultsFile
from callqa.rubrics import rubric_schema
from callqa.rubrics.folders import shipped_folder

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NAMES = ("behavior", "calibrate", "detect", "rubric", "rubric-audit", "rubric-diff", "score", "transcript")
"""The formats that have a schema; `NAME.schema.json` is the published file."""

_NEXT_TO_RUBRICS = ("behavior", "rubric")

_MODELS: dict[str, tuple[type[BaseModel], str]] = {
    "behavior": (BehaviorFile, "callqa behavior"),
    "calibrate": (CalibrationFile, "callqa calibration"),
    "rubric-audit": (PhraseAuditFile, "callqa rubric audit"),
    "rubric-diff": (RubricDiffFile, "callqa rubric diff"),
    "detect": (DetectFile, "callqa detect"),
    "score": (ResultsFile, "callqa results"),
    "transcript": (TranscriptFile, "callqa transcript"),
}


def generate(name: str) -> dict[str, Any]:
    """Make the schema of one of NAMES from its model."""
    if name == "rubric":
        schema = rubric_schema.json_schema()
    else:
        model, title = _MODELS[name]
        schema = {**_reworded(model.model_json_schema()), "title": title}
    return {"$schema": DRAFT, **schema}


def _reworded(schema: Any) -> Any:
    """Return a schema whose descriptions, which are Python's docstrings, say null for None and have no line breaks."""
    if isinstance(schema, list):
        return [_reworded(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    reworded = {key: _reworded(value) for key, value in schema.items()}
    if isinstance(text := schema.get("description"), str):
        reworded["description"] = " ".join(re.sub(r"\bNone\b", "null", text).split())
    return reworded


def to_text(schema: dict[str, Any]) -> str:
    """Return the text of a schema as it is published."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def published(name: str) -> str:
    """Return the text of a published schema. Raises UsageError for an unknown name."""
    if name not in NAMES:
        raise UsageError(f"there is no schema {name!r}; choose one of {', '.join(NAMES)}")
    return schema_file(name).read_text("utf-8")


def schema_file(name: str) -> Path:
    """Return the path of the published schema of one of NAMES."""
    folder = shipped_folder() if name in _NEXT_TO_RUBRICS else shipped("schemas")
    return folder / f"{name}.schema.json"
