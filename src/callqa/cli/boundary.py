"""The outermost layer, which turns whatever goes wrong into one message and one exit status."""

from __future__ import annotations

import enum
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from callqa import __version__
from callqa.core.text import printable
from callqa.errors import CallqaError, RubricError


class Status(enum.IntEnum):
    """The exit statuses."""

    DONE = 0
    GATE_NOT_MET = 1
    WRONG_USE = 2
    INCOMPLETE = 3
    BUG = 70
    INTERRUPTED = 130


STATUS_HELP = """\b
Exit status:
  0    done, and the gate (--fail-under, --fail-on), if there is one, is met
  1    the gate is not met
  2    wrong usage, or an error in a rubric or in the configuration: nothing was done
  3    done, but some calls could not be read or scored (takes precedence over 1)
  70   a bug in callqa; the message names a log file
  130  interrupted; everything finished so far is kept
"""


def run(command: click.Command) -> NoReturn:
    """Run a command, and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # In any locale: a terminal shows ? for a character it cannot print.
            reconfigure(errors="replace")
    try:
        status = command.main(standalone_mode=False)
    except click.exceptions.Abort:
        _print_message("interrupted")
        sys.exit(Status.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(Status.WRONG_USE)
    except RubricError as error:
        count = len(error.problems)
        problems = "1 problem" if count == 1 else f"{count} problems"
        _print_message(f"{problems} must be fixed before anything can be scored:\n{error}")
        sys.exit(Status.WRONG_USE)
    except CallqaError as error:
        _print_message(str(error))
        sys.exit(Status.WRONG_USE)
    except KeyboardInterrupt:
        _print_message("interrupted")
        sys.exit(Status.INTERRUPTED)
    except BrokenPipeError:
        # The reader of the output has closed it (`callqa … | head`), so there is nothing more to print.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Status.DONE)
    except Exception:
        _print_message(
            f"this is a bug in callqa, not your fault; please report it together with the log {_write_log()}"
        )
        sys.exit(Status.BUG)
    sys.exit(status if isinstance(status, int) else Status.DONE)


def _print_message(message: str) -> None:
    lines = (printable(line) for line in message.split("\n"))
    click.echo("callqa: " + "\n".join(lines), err=True)


def _write_log() -> str:
    """Log the current exception; return the path of the log, or "above" if the exception was printed instead."""
    from platformdirs import user_log_path

    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    try:
        folder = user_log_path("callqa", ensure_exists=True)
        path = Path(folder) / f"bug-{stamp}-{os.getpid()}.log"
        path.write_text(
            f"callqa {__version__}, Python {platform.python_version()} on {platform.platform()}\n"
            f"{traceback.format_exc()}",
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError:
        traceback.print_exc()
        return "above"
    return str(path)
