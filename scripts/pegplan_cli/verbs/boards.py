"""`pegplan boards`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import packages, terminal
from ..project import ROOT
from .common import Verbs, add_verb, need


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "boards", _boards, "list the boards", "\nA table of the boards: architecture, CPUs, RAM, how they run.")
    parser.add_argument("--board-root", type=Path, metavar="DIR", help="a folder with more boards")


def _boards(options: argparse.Namespace) -> int:
    need(packages.GENERATOR_MODULES, "reading board files")
    sys.path.insert(1, str(ROOT))
    import generator

    boards = generator.list_boards([options.board_root] if options.board_root else [])
    terminal.table(
        "Boards", ("board", "arch", "CPUs", "RAM", "runs in", "description"),
        [(board.name, board.arch, str(board.cpus), board.ram, board.run, board.description)
         for board in boards if not board.error],
    )
    for board in boards:
        if board.error:
            terminal.say(board.error)
    return 1 if any(board.error for board in boards) else 0
