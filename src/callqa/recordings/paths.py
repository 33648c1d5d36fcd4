"""Paths as people gave them: shown so that a terminal survives them, and walked for the files they hold."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from callqa.errors import UsageError

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, marks that turn the direction of text, and half characters."""


def shown(path: PurePath | str) -> str:
    r"""The path for a terminal, a report or a log: what cannot be printed is escaped (`\xff`, `\u202e`)."""
    return _UNPRINTABLE.sub(_escaped, str(path))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte that is not UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


@dataclass(frozen=True)
class WalkedPath:
    """A file, or a folder that could not be walked, as met on the way.

    `relative` is its place below the folder given, with `/`; for a path given directly, its name. `folders` are
    the names of the folders it lies in, or is, outermost first, from the folder given on. `problem` says why it
    cannot be used; None means nothing known.
    """

    path: Path
    relative: str
    folders: tuple[str, ...]
    given: bool
    """Whether the path itself was asked for, and not only a folder above it."""
    problem: str | None = None
    is_folder: bool = False


def walk(paths: Sequence[Path]) -> Iterator[WalkedPath]:
    """Every file in the paths given, folders with all below them, each real file once, in the order of their names.

    Hidden files and folders are left out; so are pipes and devices that were not asked for. Links are followed.
    Raises UsageError, naming all of them, where paths do not exist.
    """
    if missing := [shown(path) for path in paths if not os.path.lexists(path)]:
        raise UsageError(f"there is no {', no '.join(missing)}; check the spelling")
    walker = _Walker()
    for path in paths:
        yield from walker.walk(path)


class _Walker:
    """Walks several paths, remembering what it met."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def walk(self, given: Path) -> Iterator[WalkedPath]:
        """What is at and below one path."""
        top = _folder_names(given)
        waiting: list[tuple[Path, frozenset[str]]] = [(given, frozenset())]
        while waiting:
            path, above = waiting.pop()
            try:
                mode = path.stat().st_mode
            except OSError as error:
                yield _seen(given, path, top, _stat_problem(path, error))
                continue
            real = os.path.realpath(path)
            if not stat.S_ISDIR(mode):
                if real not in self._files and (stat.S_ISREG(mode) or path == given):
                    self._files.add(real)
                    problem = None if stat.S_ISREG(mode) else "is neither a file nor a folder; name a recording"
                    yield _seen(given, path, top, problem)
            elif real in above:
                problem = "is a link to a folder it lies in, which would never end; remove the link"
                yield _seen(given, path, top, problem, is_folder=True)
            elif real not in self._folders:
                self._folders.add(real)
                try:
                    names = sorted(os.listdir(path), reverse=True)
                except OSError as error:
                    yield _seen(given, path, top, _stat_problem(path, error), is_folder=True)
                    continue
                below = above | {real}
                waiting += [(path / name, below) for name in names if not name.startswith(".")]


def _seen(given: Path, path: Path, top: tuple[str, ...], problem: str | None, *, is_folder: bool = False) -> WalkedPath:
    if path == given:
        return WalkedPath(path, path.name or shown(path), top, True, problem, is_folder)
    relative = path.relative_to(given)
    folders = relative if is_folder else relative.parent
    return WalkedPath(path, relative.as_posix(), (*top, *folders.parts), False, problem, is_folder)


def _folder_names(given: Path) -> tuple[str, ...]:
    """The names of folders a path is given with: a folder's own name, or those before a file's name.

    Only what was typed counts, but the name of the working folder where nothing else was, and the one folder a
    file lies in where its path is absolute: names further up were chosen for other reasons.
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
        return "may not be read by you; change its permissions"
    if path.is_symlink():
        return "is a link to a file that does not exist; restore the file or remove the link"
    return f"cannot be read ({error.strerror or error}); check the disk it is on"
