"""`pegplan debug`."""

from __future__ import annotations

import argparse
import shutil

from .. import packages
from .common import Verbs, add_app, add_build_options, add_verb, need, request, seconds


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "debug", _debug, "debug an image with gdb", """
Builds, starts the board in QEMU stopped before its first instruction (or the process of board host), and gdb with it. gdb knows
Pegplan's threads: `info threads`, `pegplan thread ID`, `pegplan backtrace all` (docs/debugging.md).""", epilog="""examples:
  pegplan debug my-app --batch -ex "break give_up" -ex continue -ex "info threads"
  pegplan debug --board qemu-riscv64-virt --profile debug""")
    add_app(parser)
    add_build_options(parser)
    parser.add_argument("-ex", "--ex", metavar="COMMAND", action="append", default=[],
                        help="a command for gdb once the machine stands; may be given several times")
    parser.add_argument("--batch", action="store_true", help="end after the commands, without a terminal")
    parser.add_argument("--timeout", type=seconds, metavar="S",
                        help="end gdb and the machine after S seconds, with exit code 124 (default: none; 600 with --batch)")


def _debug(options: argparse.Namespace) -> int:
    build = request(options, "debugging", emulate=True)
    from ..boards import find_board

    board = find_board(build.request.board, build.request.board_root)
    if not (board.is_process and shutil.which("gdb")):
        need([packages.DEBUGGER], "debugging")
    build.make()
    from ..debug import run_debug

    return run_debug(build.directory, build.image, options.batch, options.ex, options.timeout, options.verbose)
