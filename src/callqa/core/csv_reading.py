"""CSV as spreadsheets write it: separated by commas, semicolons or tabs, in UTF-8 or UTF-16, perhaps with `sep=;`."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

_SEPARATORS = ",;\t"


def csv_rows(data: bytes) -> Reader:
    """A strict reader of a file's rows, `line_num` being the line in the file.

    UTF-16 is recognised by its byte order mark. Raises UnicodeDecodeError if the text is neither.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = data.decode(encoding).splitlines(keepends=True)
    # Excel takes its separator from a first line such as sep=; and other programs write it for Excel.
    if lines and (first := lines[0].strip().lower()).startswith("sep=") and first[4:5] in _SEPARATORS:
        lines[0] = "\n"
    header = next((line for line in lines if line.strip()), "")
    return csv.reader(lines, delimiter=max(_SEPARATORS, key=header.count), strict=True)
