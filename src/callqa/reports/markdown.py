"""Text made safe for Markdown: GitHub's, GitLab's, and that of chats with tables and bold print.

The words of a caller or the name of a file must not become a link, a mention, markup, HTML or a new line. Markup is
escaped with backslashes and HTML with entities (CommonMark 0.31, sections 2.4 and 2.5). Sites look for mentions
(`@name`) and references (`#12`) after the Markdown is rendered, so no escape stops them: an invisible word joiner
(U+2060) does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from callqa.core.text import printable, shortened

_MARKUP = re.compile(r"[\\`*_\[\]|~$#]|^[-+=](?![0-9])|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
"""Characters with a meaning inside a line, and those with a meaning at its beginning."""
_ADDRESS = re.compile(r"(?i):(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.")
_MENTION = re.compile(r"[@#](?=\S)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_JOINER = "\u2060"


def escaped(text: str, most: int | None = None) -> str:
    """Return the text on one line of Markdown, cut to `most` terminal cells.

    >>> print(escaped("a|b <i> www.example.org *x*"))
    a\\|b &lt;i&gt; www\\.example.org \\*x\\*
    """
    text = printable(text).strip()
    if most is not None:
        text = shortened(text, most)
    text = _MARKUP.sub(lambda match: "\\" + match[0], text)
    text = re.sub("[&<>]", lambda match: _HTML[match[0]], text)
    text = _ADDRESS.sub(lambda match: "\\" + match[0], text)
    # Only numbered entities contain "#", and there are none here.
    return _MENTION.sub(lambda match: match[0] + _JOINER, text)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """Return a table of cells that are Markdown; the first `words` columns are aligned left, the others right."""
    marks = ["---" if index < words else "---:" for index in range(len(headers))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (headers, marks, *rows))
