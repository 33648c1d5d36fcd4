"""Paths the user names: escaped so that they are safe to print, and walked for the files in them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from callqa.errors import UsageError

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that change the direction of text, and surrogates."""


def escape_unprintable(path: PurePath | str) -> str:
    r"""Return a path or a name for a terminal, a report or a log, with unprintable characters escaped (`\xff`)."""
    return _UNPRINTABLE.sub(_escaped, str(path))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


@dataclass(frozen=True)
class WalkedPath:
    """A file, or a folder that could not be walked.

    `relative` is its path relative to the folder the user named, with `/`; for a path the user named itself, its name.
    `folders` are the names of the folders that contain it, and its own if it is a folder, outermost first, beginning
    with the folder the user named. `problem` is the reason it cannot be used, None if none is known.
    """

    path: Path
    relative: str
    folders: tuple[str, ...]
    given: bool
    """True if the user named this path itself, and not only a folder above it."""
    problem: str | None = None
    is_folder: bool = False


def walk(paths: Sequence[Path]) -> Iterator[WalkedPath]:
    """Yield every file in these paths and in the folders below them, each real file once, in the order of the names.

    Hidden files and folders are left out, and pipes and devices unless they were named themselves. Links are followed.
    Raises UsageError with all paths that do not exist, if there are any.
    """
    if missing := [escape_unprintable(path) for path in paths if not os.path.lexists(path)]:
        raise UsageError(f"there is no {' and no '.join(missing)}; check the spelling")
    walker = _Walker()
    for path in paths:
        yield from walker.walk(path)


class _Walker:
    """A walk through several paths, which visits nothing twice."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def walk(self, given: Path) -> Iterator[WalkedPath]:
        """Yield the files at and below one path."""
        top = _folder_names(given)
        waiting: list[tuple[Path, frozenset[str]]] = [(given, frozenset())]
        while waiting:
            path, above = waiting.pop()
            try:
                mode = path.stat().st_mode
            except OSError as error:
                yield _walked_path(given, path, top, _stat_problem(path, error))
                continue
            real = os.path.realpath(path)
            if not stat.S_ISDIR(mode):
                if real not in self._files and (stat.S_ISREG(mode) or path == given):
                    self._files.add(real)
                    problem = None if stat.S_ISREG(mode) else "is neither a file nor a folder; name a recording"
                    yield _walked_path(given, path, top, problem)
            elif real in above:
                problem = "is a link to a folder that contains it, which would never end; remove the link"
                yield _walked_path(given, path, top, problem, is_folder=True)
            elif real not in self._folders:
                self._folders.add(real)
                try:
                    names = sorted(os.listdir(path), reverse=True)
                except OSError as error:
                    yield _walked_path(given, path, top, _stat_problem(path, error), is_folder=True)
                    continue
                below = above | {real}
                waiting += [(path / name, below) for name in names if not name.startswith(".")]


def _walked_path(
    given: Path, path: Path, top: tuple[str, ...], problem: str | None, *, is_folder: bool = False
) -> WalkedPath:
    if path == given:
        return WalkedPath(path, path.name or escape_unprintable(path), top, True, problem, is_folder)
    relative = path.relative_to(given)
    folders = relative if is_folder else relative.parent
    return WalkedPath(path, relative.as_posix(), (*top, *folders.parts), False, problem, is_folder)


def _folder_names(given: Path) -> tuple[str, ...]:
    """Return the names of the folders in a path the user named: a folder's own name, or those before a file's name.

    Only what was typed counts, with two exceptions: the name of the working folder if nothing else was typed, and only
    the folder of a file if its path is absolute. Names further up were chosen for other reasons.
    """
    if given.is_dir():
        name = given.name
        return (name if name not in ("", "..") else given.resolve().name,)
    folder = given.parent
    parts = folder.parts
    if folder.is_absolute() or not parts or parts[-1] == "..":
        return (Path(os.path.abspath(folder)).name,)
    while ".." in parts:
        parts = parts[parts.index("..") + 1 :]
    return parts


def _stat_problem(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "cannot be read: permission denied; change its permissions"
    if path.is_symlink():
        return "is a link to a file that does not exist; restore the file or remove the link"
    return f"cannot be read ({error.strerror or error}); check the disk it is on"
