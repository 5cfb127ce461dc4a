"""The list of boards, and what is wrong with one."""
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .check import board_findings
from .errors import PegplanError
from .load.board import BOARD_FILE, board_file, board_folders, read_board_file
from .model import Board, Process
from .pipeline import read_board
from .quantities import format_size
from .request import TREE, make_places
from .sources import Places, real, shown_path


@dataclass(frozen=True)
class BoardSummary:
    """A board in a line. One whose file has a mistake is listed with the message as `error`."""

    name: str
    path: str
    description: str = ""
    arch: str = ""
    cpus: int = 0
    ram_bytes: int = 0
    ram: str = ""
    run: str = ""
    error: str = ""

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


def list_boards(
    board_roots: Sequence[str | os.PathLike[str]] = (), tree: str | os.PathLike[str] = TREE
) -> tuple[BoardSummary, ...]:
    """The boards of the tree and of the roots, by name."""
    places = _places(board_roots, tree)
    return tuple(_summary(places, name, folder) for name, folder in sorted(board_folders(places).items()))


def find_board(
    name: str, board_roots: Sequence[str | os.PathLike[str]] = (), tree: str | os.PathLike[str] = TREE
) -> Board:
    """Loads and checks a board. Raises a PegplanError."""
    return read_board(_places(board_roots, tree), name)


@dataclass(frozen=True)
class Examination:
    """A board file and all that is wrong with it."""

    name: str
    path: Path
    board: Board | None               # None if the file cannot be understood
    mistakes: tuple[PegplanError, ...]


def examine_board(
    name: str, board_roots: Sequence[str | os.PathLike[str]] = (), tree: str | os.PathLike[str] = TREE
) -> Examination:
    """Checks a board, by its name or its file, and goes on after the first mistake. Raises a PegplanError if there is no such
    board."""
    places = _places(board_roots, tree)
    path = Path(name)
    if path.is_dir() and os.sep in name:
        path /= BOARD_FILE
    if path.suffix not in (".yaml", ".yml") and os.sep not in name:
        path = board_file(board_folders(places), name)
    elif not path.is_file():
        raise PegplanError(None, f"there is no board file {shown_path(path)}",
                           remedy=f"name a board, or its file: …/<board>/{BOARD_FILE}")
    path = real(path)
    # The boards beside it are those that it may extend.
    root = path.parent.parent
    if root not in (places.tree / "boards", *places.board_roots) and path.name == BOARD_FILE:
        places = replace(places, board_roots=(*places.board_roots, root))
    try:
        board, mistakes = read_board_file(places, path, board_folders(places))
    except PegplanError as error:
        board, mistakes = None, [error]
    if board is not None:
        mistakes = list(board_findings(board))
    return Examination(path.parent.name, path, board, tuple(mistakes))


def _places(board_roots: Sequence[str | os.PathLike[str]], tree: str | os.PathLike[str]) -> Places:
    # Nothing is built: the build folder only has to be none of the others.
    return make_places(Path(tree) / "build" / "none", board_roots, None, tree)


def _summary(places: Places, name: str, folder: Path) -> BoardSummary:
    try:
        board = read_board(places, name)
    except PegplanError as error:
        return BoardSummary(name, shown_path(folder), error=str(error))
    if isinstance(board.run, Process):
        run = " ".join(board.run.command[:-1]) or "this machine, as a process"
    elif board.run:
        run = f"{board.run.qemu} -machine {board.run.machine} -cpu {board.run.cpu}"
    else:
        run = "not in an emulator"
    return BoardSummary(name, shown_path(folder), board.description, board.arch, board.cpu_count, board.ram_bytes,
                        format_size(board.ram_bytes), run)
