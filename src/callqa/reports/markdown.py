"""Text made safe for Markdown: GitHub's, GitLab's, and that of chats which take a table and bold print.

What a caller said or a file is called must not become a link, a mention, markup, HTML or a new line. Markup is escaped
with backslashes and HTML with entities (CommonMark 0.31, sections 2.4 and 2.5). Mentions (`@name`) and references
(`#12`) are found by sites after the Markdown is read, so no escape stops them: an invisible word joiner (U+2060) does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callqa.core.text import printable, shortened

_MARKUP = re.compile(r"[\\`*_\[\]|~$#]|^[-+=](?![0-9])|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
"""What means something inside a line, and what does at its beginning."""
_ADDRESS = re.compile(r"(?i):(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.")
_MENTION = re.compile(r"[@#](?=\S)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JOINER = "\u2060"


def escaped(text: str, most: int | None = None) -> str:
    """The text on one line of Markdown, cut to `most` cells.

    >>> print(escaped("a|b <i> www.example.org *x*"))
    a\\|b &lt;i&gt; www\\.example.org \\*x\\*
    """
    text = printable(text).strip()
    if most is not None:
        text = shortened(text, most)
    text = _MARKUP.sub(lambda match: "\\" + match[0], text)
    text = re.sub("[&<>]", lambda match: _HTML[match[0]], text)
    text = _ADDRESS.sub(lambda match: "\\" + match[0], text)
    # Entities hold "#" only where they are numbered, and none here is.
    return _MENTION.sub(lambda match: match[0] + _JOINER, text)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table of cells that are Markdown already; the first `words` columns are aligned left, the others right."""
    marks = ["---" if index < words else "---:" for index in range(len(headers))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headers, marks, *rows))
