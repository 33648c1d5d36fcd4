"""Whisper models that come in installed Python packages, found by a table and made ready to load.

Package registries limit the size of a file, so a model may be spread over several packages. Each of its files is joined
from its parts, checked against the checksum in the table, and kept in callqa's own folder of models. Whoever uploaded
the packages, what is loaded is what the table names: a file with another checksum is never kept. Models are data in
CTranslate2's form; the packages themselves are not imported.

callqa's table is `data/packaged_models.toml`. A package of somebody else's can bring its own: it has an entry point in
the group `callqa.models` that names a top-level module, whose folder holds a table named `callqa-models.toml`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from callqa.core.shipped_files import shipped
from callqa.errors import ModelUnavailable

SWITCH = "CALLQA_NO_PACKAGED_MODELS"
"""Environment variable that hides models in packages if it is set to anything."""

ENTRY_POINTS = "callqa.models"
"""Group of entry points by which a package says that it carries models."""

TABLE = "callqa-models.toml"
"""Name of the table in a package of somebody else's."""

_CHUNK = 1 << 20


class _File(BaseModel):
    """A file of a model: the files in packages that it is joined from, as MODULE/PATH, and its SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    parts: tuple[str, ...] = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class _Entry(BaseModel):
    """A model in a table, as the file `data/packaged_models.toml` describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    languages: Literal["en", "many"]
    packages: tuple[str, ...] = Field(min_length=1)
    files: dict[str, _File]


MODEL_TABLE = TypeAdapter(dict[str, _Entry])
"""A table of models in packages: the form of `data/packaged_models.toml`, by the names of the models."""


@dataclass(frozen=True)
class PackagedModel:
    """A model all of whose packages are installed. `parts` are the paths that each of its files is joined from."""

    name: str
    source: str
    languages: Literal["en", "many"]
    packages: tuple[str, ...]
    parts: dict[str, tuple[Path, ...]]
    checksums: dict[str, str]
    official: bool = False
    """True if callqa's own table has the model, and so vouches for what is in it."""

    @property
    def checksum(self) -> str:
        """The SHA-256 of the weights, which identifies the model."""
        return self.checksums["model.bin"]

    @property
    def size(self) -> int:
        """The size of the weights, in bytes."""
        return sum(part.stat().st_size for part in self.parts["model.bin"])

    @property
    def folder(self) -> Path:
        """The folder in which the joined model is kept, whether or not it exists."""
        return models_folder() / f"{self.name}-{self.checksum[:12]}"

    def unpack(self) -> Path:
        """Return the folder of the joined model, joining and checking it the first time.

        Raises ModelUnavailable if a file has another checksum than the table's, or the folder cannot be written.
        """
        folder = self.folder
        if folder.is_dir():
            return folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
                joined = Path(temporary, "model")
                joined.mkdir()
                for name in self.parts:
                    self._join(name, joined / name)
                _move(joined, folder)
        except OSError as error:
            where = error.filename or folder.parent
            raise ModelUnavailable(
                f"the Whisper model {self.name} from the package {self._listed} cannot be kept in {folder.parent}: "
                f"{where}: {error.strerror or error}"
            ) from error
        return folder

    def is_intact(self) -> bool:
        """Return True if the files that are kept have the table's checksums. Raises OSError if one cannot be read."""
        return all(_sha256(self.folder / name) == checksum for name, checksum in self.checksums.items())

    @property
    def _listed(self) -> str:
        return " and ".join(self.packages)

    def _join(self, name: str, target: Path) -> None:
        digest = hashlib.sha256()
        with target.open("wb") as output:
            for part in self.parts[name]:
                with part.open("rb") as source:
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        output.write(chunk)
        if digest.hexdigest() != self.checksums[name]:
            raise ModelUnavailable(
                f"{name} of the Whisper model {self.name} in the package {self._listed} is not the published file: its "
                f"SHA-256 begins with {digest.hexdigest()[:12]} instead of {self.checksums[name][:12]}; install the "
                "package again, or choose another model with --model"
            )


def models_folder() -> Path:
    """Return the folder in which callqa keeps models joined from packages."""
    from platformdirs import user_cache_path

    return user_cache_path("callqa") / "models"


def find_packaged(name: str | None) -> PackagedModel | None:
    """Return the installed model of this name, None if there is none."""
    return next((model for model in installed_models() if model.name == name), None)


def preferred_packaged(language: str) -> PackagedModel | None:
    """Return the largest installed model that knows the language, None if none does. `auto` needs several languages."""
    suitable = [model for model in installed_models() if model.languages == "many" or language == "en"]
    return max(suitable, key=lambda model: model.size, default=None)


def installed_models() -> tuple[PackagedModel, ...]:
    """Return the models whose packages are all installed, callqa's own table first.

    Raises ModelUnavailable if a package brings a table that cannot be read.
    """
    return () if os.environ.get(SWITCH) else _installed_models()


@cache
def _installed_models() -> tuple[PackagedModel, ...]:
    models: dict[str, PackagedModel] = {}
    own = shipped("packaged_models.toml")
    for table in (own, *_other_tables()):
        for name, entry in _read(table).items():
            parts = {file: tuple(_locate(part) for part in spec.parts) for file, spec in entry.files.items()}
            found = {file: tuple(path for path in paths if path) for file, paths in parts.items()}
            if found == parts:
                checksums = {file: spec.sha256 for file, spec in entry.files.items()}
                model = PackagedModel(name, entry.source, entry.languages, entry.packages, found, checksums)
                models.setdefault(name, replace(model, official=table == own))
    return tuple(models.values())


def _other_tables() -> Iterator[Path]:
    for point in entry_points(group=ENTRY_POINTS):
        table = _locate(f"{point.value}/{TABLE}")
        if table is None:
            raise ModelUnavailable(
                f"the package of the entry point {point.name!r} in {ENTRY_POINTS} has no {TABLE} in the folder of its "
                f"module {point.value}; fix or uninstall it"
            )
        yield table


def _read(table: Path) -> dict[str, _Entry]:
    try:
        entries = MODEL_TABLE.validate_python(tomllib.loads(table.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelUnavailable(f"{table} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ModelUnavailable(f"{table} is not a table of models: {place}: {first['msg']}") from error
    for name, entry in entries.items():
        if lacking := {"model.bin", "config.json"} - set(entry.files):
            raise ModelUnavailable(f"{table} is not a table of models: {name} has no {min(lacking)}")
        if Path(name).name != name or any(Path(file).name != file for file in entry.files):
            raise ModelUnavailable(f"{table} is not a table of models: a name holds a path")
    return entries


def _locate(part: str) -> Path | None:
    """Return the path of a file given as MODULE/PATH, None if the module or the file is not installed."""
    module, _, inner = part.partition("/")
    try:
        spec = importlib.util.find_spec(module)  # finds a top-level module without importing it
    except (ImportError, ValueError):
        return None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder, inner)).is_file():
            return path
    return None


def _move(joined: Path, folder: Path) -> None:
    """Move a joined model into place, unless another process was quicker."""
    try:
        joined.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(joined, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
