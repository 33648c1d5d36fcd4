"""Messages of a command on stderr, next to its result on stdout."""

from __future__ import annotations

from rich.console import Console

from callqa.core.text import printable


class Messages:
    """Prints messages on stderr, as many as the user wants."""

    def __init__(self, *, quiet: bool, verbose: bool = False):
        self.quiet, self.verbose = quiet, verbose
        self.console = Console(stderr=True, highlight=False, emoji=False)

    def note(self, message: str) -> None:
        """Print something the user should know, unless asked to be quiet."""
        if not self.quiet:
            self._print(message)

    def warn(self, message: str) -> None:
        """Print something that makes the results less reliable, unless asked to be quiet."""
        if not self.quiet:
            self._print(message, "bold yellow")

    def error(self, message: str) -> None:
        """Print something that went wrong, even when asked to be quiet."""
        self._print(message)

    def say(self, message: str) -> None:
        """Print something that was asked for, even when asked to be quiet."""
        self._print(message, "bold")

    def detail(self, message: str) -> None:
        """Print something for the curious."""
        if self.verbose and not self.quiet:
            self._print(message, "dim")

    def _print(self, message: str, style: str | None = None) -> None:
        self.console.print(printable(message), style=style, markup=False, soft_wrap=True)
