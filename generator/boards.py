"""The list of boards."""
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import PegplanError
from .load.board import board_folders
from .model import Board, Process
from .pipeline import read_board
from .quantities import format_size
from .request import TREE, make_places
from .sources import Places, shown_path


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
