"""The JSON Schemas of callqa's file formats (draft 2020-12), made from the models.

Schemas of what callqa writes are in `callqa/data/schemas/`; those of what people write are next to the shipped rubrics,
where the rubrics' own comments tell editors to look for them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from callqa.behaviors.behavior_schema import BehaviorFile
from callqa.core.shipped_files import shipped
from callqa.errors import UsageError
from callqa.reports.calibration_report import CalibrationFile
from callqa.reports.detect_format import DetectFile
from callqa.reports.rubric_diff_report import RubricDiffFile
from callqa.reports.transcript_format import TranscriptFile
from callqa.results.result_format import ResultsFile
from callqa.rubrics import rubric_schema
from callqa.rubrics.loader import shipped_folder

DRAFT = "https://json-schema.org/draft/2020-12/schema"

NAMES = ("behavior", "calibrate", "detect", "rubric", "rubric-diff", "score", "transcript")
"""The formats that have a schema; `NAME.schema.json` is the published file."""

_BESIDE_RUBRICS = ("behavior", "rubric")

_MODELS: dict[str, tuple[type[BaseModel], str]] = {
    "behavior": (BehaviorFile, "callqa behavior"),
    "calibrate": (CalibrationFile, "callqa calibration"),
    "rubric-diff": (RubricDiffFile, "callqa rubric diff"),
    "detect": (DetectFile, "callqa detect"),
    "score": (ResultsFile, "callqa results"),
    "transcript": (TranscriptFile, "callqa transcript"),
}


def generate(name: str) -> dict[str, Any]:
    """The schema of one of NAMES, made anew."""
    if name == "rubric":
        schema = rubric_schema.json_schema()
    else:
        model, title = _MODELS[name]
        schema = {**model.model_json_schema(), "title": title}
    return {"$schema": DRAFT, **schema}


def to_text(schema: dict[str, Any]) -> str:
    """A schema as it is published."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def published(name: str) -> str:
    """The text of a published schema. Raises UsageError for a name that has none."""
    if name not in NAMES:
        raise UsageError(f"there is no schema {name!r}; choose one of {', '.join(NAMES)}")
    return schema_file(name).read_text("utf-8")


def schema_file(name: str) -> Path:
    """Where the published schema of one of NAMES lies."""
    folder = shipped_folder() if name in _BESIDE_RUBRICS else shipped("schemas")
    return folder / f"{name}.schema.json"
