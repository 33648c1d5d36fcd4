"""Where everything that goes wrong becomes one message and one exit status."""

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
  0    done, and the gate (--fail-under, --fail-on), if one was asked for, is met
  1    the gate is not met
  2    wrong use, bad rubric or bad configuration: nothing was done
  3    done, but some inputs could not be read or scored (outranks 1)
  70   a bug in callqa; a log file is named
  130  interrupted; what was finished is kept
"""


def run(command: click.Command) -> NoReturn:
    """Run a command to its end and exit."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # Whatever the locale: a terminal shows ? for what it cannot print.
            reconfigure(errors="replace")
    try:
        status = command.main(standalone_mode=False)
    except click.exceptions.Abort:
        _say("interrupted")
        sys.exit(Status.INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(Status.WRONG_USE)
    except RubricError as error:
        count = len(error.problems)
        _say(f"{'1 problem' if count == 1 else f'{count} problems'} to mend before anything can be judged:\n{error}")
        sys.exit(Status.WRONG_USE)
    except CallqaError as error:
        _say(str(error))
        sys.exit(Status.WRONG_USE)
    except KeyboardInterrupt:
        _say("interrupted")
        sys.exit(Status.INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`callqa … | head`): nothing is left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Status.DONE)
    except Exception:
        _say(f"a bug in callqa, not your fault; please report it with the log {_write_log()}")
        sys.exit(Status.BUG)
    sys.exit(status if isinstance(status, int) else Status.DONE)


def _say(message: str) -> None:
    lines = (printable(line) for line in message.split("\n"))
    click.echo("callqa: " + "\n".join(lines), err=True)


def _write_log() -> str:
    """Write down the exception at hand; returns the path of the log, or the reason there is none."""
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
