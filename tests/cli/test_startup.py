"""`--help` and `--version` answer at once: nothing heavy is loaded for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "jinja2", "whisper", "av", "numpy", "silero_vad", "pocketsphinx", "re2", "rapidfuzz", "yaml")

PROBE = """
import sys
from callqa.cli import main
sys.argv = ["callqa", *{arguments!r}]
try:
    main()
except SystemExit as stop:
    status = stop.code
print("LOADED", sorted(set({heavy!r}) & set(sys.modules)), status)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["score", "--help"], ["rubric", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments, heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "LOADED [] 0"


def test_version_is_the_packages() -> None:
    from callqa import __version__

    done = subprocess.run([sys.executable, "-m", "callqa", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"callqa, version {__version__}"
