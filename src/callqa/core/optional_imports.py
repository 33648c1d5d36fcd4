"""Importing packages that are heavy or optional, at the moment they are needed."""

from __future__ import annotations

import importlib
from typing import Any

from callqa.errors import MissingExtra


def require(module: str, *, package: str, why: str) -> Any:
    """Import `module`; where it is missing, raise MissingExtra that names the `package` to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f"{why} needs the package {package}: run pip install {package} ({error})") from error
