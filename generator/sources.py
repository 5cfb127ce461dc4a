"""Where inputs lie, what they are called, and how a place in them is named.

Every input has two names. The *stable* name goes into generated files: relative to the source tree for files of the
tree, relative to their root folder's own name (application, board root) for files outside it, so that equal inputs
give equal bytes wherever the folders are. The *shown* name goes into messages: a path that an editor can open from
the current folder.
"""
from __future__ import annotations

import hashlib
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from .errors import PegplanError


@dataclass(frozen=True)
class InputFile:
    """A file that was read, and the hash of what was read."""

    name: str
    path: Path = field(compare=False)
    sha256: str

    @property
    def shown(self) -> str:
        """The path for messages: relative when the file is below the current folder."""
        return shown_path(self.path)


@dataclass(frozen=True)
class Location:
    """A line of an input file."""

    file: InputFile
    line: int

    @property
    def stable(self) -> str:
        return f"{self.file.name}:{self.line}"

    @property
    def shown(self) -> str:
        return f"{self.file.shown}:{self.line}"

    def seen_from(self, other: "Location") -> str:
        """The place as a message about `other` names it: by the line alone where both are in one file."""
        return f"line {self.line}" if self.file.path == other.file.path else self.shown


@dataclass(frozen=True)
class CommandLine:
    """An argument of the command line: an option and its value."""

    text: str

    @property
    def stable(self) -> str:
        """As a shell takes it: in a comment, a value's backslash at the end of the line would not end that line."""
        option, _, value = self.text.partition(" ")
        return f"{option} {shlex.quote(value)}"

    @property
    def shown(self) -> str:
        return self.text


Origin = Union[Location, CommandLine]


def shown_path(path: Path) -> str:
    """`path` relative to the current folder if it lies below it, else as it is."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def real(path: str | os.PathLike[str]) -> Path:
    """The absolute path without symbolic links, so that paths can be compared."""
    return Path(os.path.realpath(path))


@dataclass(frozen=True)
class Places:
    """The folders of one run."""

    tree: Path
    build_dir: Path
    board_roots: tuple[Path, ...] = ()
    app_dir: Path | None = None
    own_kconfig: Path | None = None     # the application's, where it is not Kconfig in its folder

    @property
    def app_kconfig(self) -> Path:
        """The Kconfig file of the application, which need not be there."""
        return self.own_kconfig or (self.app_dir or self.generated / "no-application") / "Kconfig"

    @property
    def app_folders(self) -> tuple[Path, ...]:
        """The folders of the application's files."""
        return tuple(filter(None, (self.app_dir, self.own_kconfig.parent if self.own_kconfig else None)))

    def is_of_app(self, path: Path) -> bool:
        """Whether a file is the application's: in one of its folders, and not in a source tree that lies in there."""
        return any(path.is_relative_to(folder) and (folder.is_relative_to(self.tree) or not path.is_relative_to(self.tree))
                   for folder in self.app_folders)

    @property
    def generated(self) -> Path:
        return self.build_dir / "generated"

    def stable_name(self, path: Path) -> str:
        """The name of `path` in generated files."""
        if path.is_relative_to(self.build_dir):
            return path.relative_to(self.build_dir).as_posix()
        if path.is_relative_to(self.tree):
            return path.relative_to(self.tree).as_posix()
        for root in (*self.app_folders, *self.board_roots):
            if path.is_relative_to(root):
                return (Path(root.name) / path.relative_to(root)).as_posix()
        return path.name

    def read(self, path: Path, what: str) -> tuple[InputFile, str]:
        """Reads `path` as UTF-8. `what` says in errors what the file was to be ("the board file")."""
        path = real(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PegplanError(None, f"{shown_path(path)}: cannot read {what}: {error.strerror}") from None
        file = InputFile(self.stable_name(path), path, hashlib.sha256(data).hexdigest())
        try:
            return file, data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise PegplanError(
                Location(file, line),
                f"byte 0x{data[error.start]:02x} is not valid UTF-8",
                remedy=f"save {what} as UTF-8 text",
            ) from None
