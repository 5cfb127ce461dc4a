"""From a request to written files: load, model, check, emit, write."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .check import check, check_board
from .emit import board_kconfig, emit_all
from .load.board import load_board
from .load.configuration import Fragment, read_fragments, read_user_config, resolve
from .load.kconfig import Menu
from .model import Board, Model
from .request import Request
from .sources import InputFile, Places
from .write import WriteReport, write_if_changed, write_outputs

# The files that decide what the generator does; a change of one generates anew.
_OWN_FILES = ("generator/**/*.py", "templates/**/*.j2", "config/schema/*")


@dataclass(frozen=True)
class Result:
    """What `generate` did."""

    model: Model
    report: WriteReport


def read_board(places: Places, name: str) -> Board:
    """A board that has passed its checks."""
    board = load_board(places, name)
    check_board(board)
    return board


def open_menu(places: Places, board: Board) -> Menu:
    """The Kconfig tree for the board, whose facts it can depend on."""
    output = board_kconfig(board)
    write_if_changed(places.generated / output.path, output.text)
    return Menu(places, board.name)


def fragments_of(request: Request, board: Board) -> tuple[Fragment, ...]:
    """The fragments without the user's delta, lowest precedence first. A board has the options of the one that it extends too."""
    folders = [file.path.parent for file in reversed(board.files)]
    return read_fragments(request.places, folders, request.profile, request.configs)


def build_model(request: Request) -> Model:
    """Everything up to the emitters."""
    places = request.places
    board = read_board(places, request.board)
    fragments = fragments_of(request, board)
    if user := read_user_config(places):
        fragments += (user,)
    model = Model(
        board=board,
        configuration=resolve(open_menu(places, board), fragments, request.settings),
        profile=request.profile,
        settings=tuple(request.settings),
        tree=str(places.tree),
        own_files=_own_files(places),
    )
    check(model)
    return model


def generate(request: Request) -> Result:
    """Writes <build>/generated. Raises a PegplanError, and changes nothing but Kconfig.board, if an input is wrong."""
    model = build_model(request)
    return Result(model, write_outputs(request.places.generated, emit_all(model)))


def _own_files(places: Places) -> tuple[InputFile, ...]:
    paths = sorted(path for pattern in _OWN_FILES for path in places.tree.glob(pattern) if path.is_file())
    return tuple(
        InputFile(places.stable_name(path), path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths
    )
