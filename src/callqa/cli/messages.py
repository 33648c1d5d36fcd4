"""Messages of a command on stderr, separate from its result on stdout."""

from __future__ import annotations

from rich.console import Console

from callqa.core.text import printable


class Messages:
    """Prints messages on stderr, as many as the options ask for."""

    def __init__(self, *, quiet: bool, verbose: bool = False):
        self.quiet, self.verbose = quiet, verbose
        self.console = Console(stderr=True, highlight=False, emoji=False)

    def note(self, message: str) -> None:
        """Print something the user should know, unless --quiet is set."""
        if not self.quiet:
            self._print(message)

    def warn(self, message: str) -> None:
        """Print something that makes the results less reliable, unless --quiet is set."""
        if not self.quiet:
            self._print(message, "bold yellow")

    def error(self, message: str) -> None:
        """Print an error, even if --quiet is set."""
        self._print(message)

    def say(self, message: str) -> None:
        """Print something the user asked for, even if --quiet is set."""
        self._print(message, "bold")

    def detail(self, message: str) -> None:
        """Print a detail, if --verbose is set."""
        if self.verbose and not self.quiet:
            self._print(message, "dim")

    def _print(self, message: str, style: str | None = None) -> None:
        self.console.print(printable(message), style=style, markup=False, soft_wrap=True)
