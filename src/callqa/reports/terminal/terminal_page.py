"""A page of terminal lines: text made safe, fitted to the width and to what the stream can encode.

Everything in the terminal report passes through `Page.text`, so that no name and no quote can act as markup, as an
escape sequence or as a change of writing direction.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from typing import TextIO

from rich.box import Box
from rich.cells import cell_len, chop_cells
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from callqa.core.text import printable

Piece = str | tuple[str, str]
"""A stretch of text, or one with a rich style."""

_LINES = Box("    \n    \n ── \n    \n ── \n    \n    \n    \n")
_ASCII_LINES = Box("    \n    \n -- \n    \n -- \n    \n    \n    \n", ascii=True)

_WORD = re.compile(r"[^ -]*-+ *|[^ -]+ *| +")

_ASCII = {"…": "...", "–": "-", "·": "|", "“": '"', "”": '"', "’": "'"}


PIPE_WIDTH = 100
"""Cells of a line if there is no terminal."""

LONGEST_WORD = 10
"""Words of a name that are longer than this many cells may break, so that one long name does not prevent a table."""

LEAST_WIDTH = 20
"""The narrowest possible layout, in cells; narrower terminals wrap by themselves."""


class Page:
    """Lines on their way to a stream, `width` cells wide."""

    def __init__(self, stream: TextIO, width: int, *, color: bool):
        self.width = width
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._stream = stream
        self._plain = None if color else io.StringIO()
        self._console = Console(
            file=self._plain or stream,
            width=width,
            force_terminal=color,
            force_jupyter=False,
            color_system="auto" if color else None,
            no_color=not color,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.lines = _LINES if self._encoding.lower().replace("_", "-").startswith("utf") else _ASCII_LINES

    def text(self, *pieces: Piece, style: str = "") -> Text:
        """Safe text of these pieces."""
        text = Text(style=style, overflow="fold")
        for piece in pieces:
            content, piece_style = (piece, "") if isinstance(piece, str) else piece
            text.append(self._encodable(printable(content)), piece_style)
        return text

    def words(self, text: str, style: str = "") -> list[Text]:
        """Return the words of a safe text, each with the blank after it; a word may break after a hyphen."""
        return [self.text((word, style)) for word in _WORD.findall(printable(text))]

    def name(self, text: str, style: str = "") -> list[Text]:
        """Return the words of a name; overlong ones may break anywhere."""
        words = _WORD.findall(printable(text))
        return [self.text((part, style)) for word in words for part in chop_cells(word, LONGEST_WORD)]

    def _encodable(self, text: str) -> str:
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return "".join(self._nearest(character) for character in text)
        return text

    def _nearest(self, character: str) -> str:
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return _ASCII.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")
        return character

    def show(self, what: RenderableType, indent: int = 0) -> None:
        """Add a text, wrapped, or a table."""
        self._console.print(Padding(what, (0, 0, 0, indent), expand=False) if indent else what)

    def line(self, *pieces: Piece, style: str = "", indent: int = 0) -> None:
        """Add a paragraph, wrapped between words."""
        self.show(self.text(*pieces, style=style), indent)

    def blank(self) -> None:
        """Add an empty line."""
        self._console.print()

    def heading(self, title: str) -> None:
        """Begin a section."""
        self.blank()
        self.line((title, "bold"))

    def flow(self, items: Sequence[Piece | Text], *, between: str = " · ", indent: int = 0) -> None:
        """Add short items, as many on a line as fit; an item that fits on a line of its own is not broken."""
        joint = Text(self._encodable(between), style="dim")
        row: list[Text] = []
        for item in items:
            text = item if isinstance(item, Text) else self.text(item)
            if row and joint.join([*row, text]).cell_len > self.width - indent:
                self.show(joint.join(row), indent)
                row = []
            row.append(text)
        if row:
            self.show(joint.join(row), indent)

    def barred(self, mark: str, text: Text, style: str) -> None:
        """Add a paragraph with a mark in front of every line, so that nobody overlooks it."""
        for row in text.wrap(self._console, self.width - len(mark) - 1, overflow="fold"):
            self._console.print(Text.assemble((mark, style), " ", row, overflow="fold"))

    def alert(self, title: str, texts: Sequence[str]) -> None:
        """Add a warning that nobody should overlook: a title and its paragraphs."""
        for paragraph in (self.text(title, style="bold yellow"), *map(self.text, texts)):
            self.barred("!", paragraph, "bold yellow")

    def finish(self) -> None:
        """Write the lines that are still buffered; without colour, no line ends with blanks."""
        if self._plain is not None:
            lines = self._plain.getvalue().split("\n")
            self._stream.write("\n".join(line.rstrip(" ") for line in lines))


def page_for(stream: TextIO, width: int | None = None, color: bool | None = None) -> Page:
    """Return a page that fits a stream.

    `width` None means COLUMNS, the terminal's width, or PIPE_WIDTH without a terminal. `color` None colours terminals
    only, and none with NO_COLOR (no-color.org) or TERM=dumb.
    """
    fitting = _width(stream) if width is None else width
    return Page(stream, max(LEAST_WIDTH, fitting), color=_wants_color(stream) if color is None else color)


def _wants_color(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width(stream: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    if stream.isatty():
        try:
            return os.get_terminal_size(stream.fileno()).columns or PIPE_WIDTH
        except (OSError, ValueError):
            return PIPE_WIDTH
    return PIPE_WIDTH


def cells(text: Text) -> int:
    """Return the width of the widest line, in terminal cells: wide characters count two, blanks at the end none."""
    return max(cell_len(line.rstrip(" ")) for line in text.plain.split("\n"))
