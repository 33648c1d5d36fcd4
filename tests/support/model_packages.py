"""Installed packages that carry a model, with a table of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

CONFIG = b"{}"


def install_model_package(folder: Path, name: str, weights: bytes, *, languages: str = "en") -> Path:
    """Write a package with the weights in two parts into a folder on the path, and return its module's folder."""
    module = folder / f"callqa_{name.replace('-', '_')}"
    module.mkdir()
    (module / "__init__.py").touch()
    half = len(weights) // 2
    (module / "part1").write_bytes(weights[:half])
    (module / "part2").write_bytes(weights[half:])
    (module / "config.json").write_bytes(CONFIG)
    (module / "callqa-models.toml").write_text(
        f"""
        [{name}]
        source = "a model of our own"
        languages = "{languages}"
        packages = ["callqa-{name}"]
        [{name}.files."model.bin"]
        parts = ["{module.name}/part1", "{module.name}/part2"]
        sha256 = "{hashlib.sha256(weights).hexdigest()}"
        [{name}.files."config.json"]
        parts = ["{module.name}/config.json"]
        sha256 = "{hashlib.sha256(CONFIG).hexdigest()}"
        """
    )
    metadata = folder / f"callqa_{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: callqa-{name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[callqa.models]\n{name} = {module.name}\n")
    return module
