"""`pegplan boards` and `pegplan board`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import packages, terminal
from ..errors import PegplanError
from ..project import ROOT
from .common import FORMAT, Verbs, add_verb, count, need

EXIT_MISTAKES = 1
"""Of a check that found some; other failures are of the command itself."""


def add(verbs: Verbs) -> None:
    """Adds them."""
    parser = add_verb(verbs, "boards", _boards, "list the boards", "\nA table of the boards: architecture, CPUs, RAM, how they run.")
    _add_board_root(parser)

    board = verbs.add_parser("board", help="check board files, or make a new one", formatter_class=FORMAT,
                             description="Checks board files, or makes a new one. docs/boards.md goes through it.")
    kinds = board.add_subparsers(metavar="WHAT", required=True)
    check = add_verb(kinds, "check", _check, "find all mistakes in board files", """
Prints a line for each mistake, with file, line and remedy: of the schemas, overlaps, clashes of interrupts, drivers that cannot do
what is asked of them; and for QEMU's machines each CPU, address, size and interrupt that differs from the machine's own device
tree. What has not been compared is said. Exits with 1 if there are mistakes.""", epilog="""examples:
  pegplan board check                              all boards of the tree
  pegplan board check my-board --board-root my-boards
  pegplan board check my-boards/my-board/board.yaml""")
    check.add_argument("boards", nargs="*", metavar="BOARD", help="a board, or its file (default: all)")
    _add_board_root(check)

    new = add_verb(kinds, "new", _new, "make a board", """
Writes DIR/NAME/board.yaml: a variant of another board, or a complete description of what a device tree tells. What the device tree
does not tell stands as TODO in the file, and `pegplan board check` names each. Nothing that is there is overwritten.""",
                   epilog="""examples:
  pegplan board new my-virt --from qemu-aarch64-virt --board-root my-boards
  pegplan board new my-soc --from-dtb soc.dtb --board-root my-boards
  pegplan board new my-virt --from-qemu virt,gic-version=3 --arch aarch64 --board-root my-boards""")
    new.add_argument("name", metavar="NAME", help="the board's name, and its folder's")
    source = new.add_mutually_exclusive_group(required=True)
    source.add_argument("--from", dest="base", metavar="BOARD", help="the board that it is a variant of")
    source.add_argument("--from-dtb", type=Path, metavar="FILE", help="a device tree, as a .dtb file")
    source.add_argument("--from-qemu", metavar="MACHINE", help="a machine of QEMU, as after -machine; needs --arch")
    new.add_argument("--arch", choices=sorted(packages.EMULATORS), help="with --from-qemu: the architecture")
    new.add_argument("--cpu", metavar="C", help="with --from-qemu: the CPU, as after -cpu (default: max where QEMU has it, "
                     "else the machine's own)")
    new.add_argument("--cpus", type=count, metavar="N", help="with --from-qemu: how many (default: up to 8)")
    new.add_argument("--memory", metavar="SIZE", help="with --from-qemu: how much, as after -m (default: the machine's own)")
    _add_board_root(new)


def _add_board_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--board-root", type=Path, metavar="DIR", help="a folder with more boards")


def _roots(options: argparse.Namespace) -> list[Path]:
    if str(ROOT) not in sys.path:
        sys.path.insert(1, str(ROOT))
    return [options.board_root] if options.board_root else []


def _boards(options: argparse.Namespace) -> int:
    need(packages.GENERATOR_MODULES, "reading board files")
    roots = _roots(options)
    import generator

    try:
        boards = generator.list_boards(roots)
    except generator.PegplanError as error:
        raise PegplanError(str(error)) from error
    terminal.table(
        "Boards", ("board", "arch", "CPUs", "RAM", "runs in", "description"),
        [(board.name, board.arch, str(board.cpus), board.ram, board.run, board.description)
         for board in boards if not board.error],
    )
    for board in boards:
        if board.error:
            terminal.say(board.error)
    return 1 if any(board.error for board in boards) else 0


def _check(options: argparse.Namespace) -> int:
    need((*packages.GENERATOR_MODULES, packages.FDT_MODULE), "checking board files")
    roots = _roots(options)
    import generator
    from ..board_check import check_board

    failed = False
    try:
        for name in options.boards or [board.name for board in generator.list_boards(roots)]:
            result = check_board(name, roots)
            print("\n".join(result.lines()), flush=True)
            failed = failed or bool(result.mistakes)
    except generator.PegplanError as error:
        raise PegplanError(str(error)) from error
    return EXIT_MISTAKES if failed else 0


def _new(options: argparse.Namespace) -> int:
    need((*packages.GENERATOR_MODULES, packages.FDT_MODULE), "making a board")
    roots = _roots(options)
    import generator
    from .. import board_new, board_variant

    if not options.from_qemu and (options.arch or options.cpu or options.cpus or options.memory):
        raise PegplanError("--arch, --cpu, --cpus and --memory go with --from-qemu; otherwise change the board file")
    try:
        target = board_new.target_file(options.name, roots)
        if options.base:
            text = board_variant.variant(options.name, options.base, roots)
        elif options.from_dtb:
            text = board_new.from_dtb(options.name, options.from_dtb)
        else:
            text = board_new.from_qemu(options.from_qemu, options.arch, options.cpu, options.cpus, options.memory)
    except generator.PegplanError as error:
        raise PegplanError(str(error)) from error
    board_new.write(target, text)
    root = f" --board-root {options.board_root}" if options.board_root else ""
    if not roots:
        terminal.say("a board of the tree needs its presets in CMakePresets.json, too")
    terminal.say(f"wrote {terminal.shown_path(target)}; look at it, then try: scripts/pegplan board check {options.name}{root}")
    return 0
