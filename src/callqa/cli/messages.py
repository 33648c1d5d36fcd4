"""What a command says on stderr beside its result."""

from __future__ import annotations

from rich.console import Console

from callqa.core.text import printable


class Messages:
    """Says things on stderr, as far as they are wanted."""

    def __init__(self, *, quiet: bool, verbose: bool = False):
        self.quiet, self.verbose = quiet, verbose
        self.console = Console(stderr=True, highlight=False, emoji=False)

    def note(self, message: str) -> None:
        """Say something a user should know, unless asked to be quiet."""
        if not self.quiet:
            self.console.print(printable(message), markup=False, soft_wrap=True)

    def say(self, message: str) -> None:
        """Say something that was asked for, even when asked to be quiet."""
        self.console.print(printable(message), style="bold", markup=False, soft_wrap=True)

    def detail(self, message: str) -> None:
        """Say something for the curious."""
        if self.verbose and not self.quiet:
            self.console.print(printable(message), style="dim", markup=False, soft_wrap=True)
