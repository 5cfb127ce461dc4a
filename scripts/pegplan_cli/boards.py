"""The boards there are."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .errors import PegplanError
from .packages import DEVICE_TREE_COMPILER, ISO_NEEDS, Need
from .project import ROOT

BOARD_FILE = "board.yaml"
IMAGE_MARKER = "{image}"
ISO_MARKER = "{iso}"
IN_TREE = ROOT / "boards"


@dataclass(frozen=True)
class Board:
    """A board's description, as far as the command line shows it."""

    name: str
    directory: Path

    def facts(self) -> dict[str, Any]:
        """What the board file says, with what it extends, unchecked: checking is the generator's part."""
        return _facts(self.directory)

    @property
    def arch(self) -> Optional[str]:
        """The architecture; None when the file does not say."""
        arch = self.facts().get("arch")
        return arch if isinstance(arch, str) else None

    @property
    def _run(self) -> dict[str, Any]:
        run = self.facts().get("run")
        return run if isinstance(run, dict) else {}

    @property
    def runs(self) -> bool:
        """Whether its images can be run here: in an emulator, or as processes."""
        return bool(self._run)

    @property
    def tests(self) -> str:
        """Which tests of the suite run on it: `all`, those for `smoke`, or those that are `named`."""
        return str(self.facts().get("tests", "all"))

    @property
    def emulator(self) -> Optional[str]:
        """The program that runs its images; None when they are programs themselves, or nothing runs them."""
        program = self._run.get("qemu") or next(iter(self._run.get("command") or ()), None)
        return None if program is None or IMAGE_MARKER in program else str(program)

    @property
    def optional_needs(self) -> tuple[Need, ...]:
        """What it takes to run its images that other boards do without."""
        from_iso = any(ISO_MARKER in str(argument) for argument in self._run.get("arguments") or ())
        return (*(ISO_NEEDS if from_iso else ()), *((DEVICE_TREE_COMPILER,) if "device_tree" in self._run else ()))

    @property
    def is_process(self) -> bool:
        """Whether its images are programs for an operating system."""
        return "command" in self._run

    def settings(self, deterministic: bool) -> tuple[str, ...]:
        """The options that the board itself needs for a kind of run. In QEMU an argument makes runs deterministic, and a
        process must be built so."""
        return tuple(self._run.get("deterministic_options", ())) if deterministic else ()


def all_boards(board_root: Optional[Path] = None) -> dict[str, Board]:
    """The boards of the tree and of a folder with more, by name."""
    boards: dict[str, Board] = {}
    for folder in (IN_TREE, board_root):
        if folder is not None and folder.is_dir():
            for file in sorted(folder.glob(f"*/{BOARD_FILE}")):
                boards[file.parent.name] = Board(file.parent.name, file.parent)
    return boards


def _stamp(file: Path) -> tuple[int, int]:
    """What changes when a file does."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


# The facts of boards that were read, by folder, with the stamps of the files that they come from: a test run asks often.
_READ: dict[Path, tuple[dict[Path, tuple[int, int]], dict[str, Any]]] = {}


def _facts(directory: Path) -> dict[str, Any]:
    known = _READ.get(directory)
    if known is None or any(_stamp(file) != stamp for file, stamp in known[0].items()):
        known = _READ[directory] = _read_facts(directory)
    return known[1]


def _read_facts(directory: Path) -> tuple[dict[Path, tuple[int, int]], dict[str, Any]]:
    if str(ROOT) not in sys.path:
        sys.path.insert(1, str(ROOT))
    from generator import PegplanError as GeneratorError
    from generator.load.extends import read_board_tree
    from generator.load.yaml_tree import plain
    from generator.request import make_places

    # The boards that it may extend: those beside it, and those of the tree.
    folders = {name: board.directory for name, board in all_boards(directory.parent).items()}
    try:
        tree = read_board_tree(make_places(ROOT / "build" / "none"), directory / BOARD_FILE, folders)
    except GeneratorError as error:
        raise PegplanError(str(error)) from error
    facts = plain(tree.root)
    assert isinstance(facts, dict)
    return {file.path: _stamp(file.path) for file in tree.files}, facts


def find_board(name: str, board_root: Optional[Path] = None) -> Board:
    """The board of that name."""
    boards = all_boards(board_root)
    if name in boards:
        return boards[name]
    near = difflib.get_close_matches(name, boards, n=1)
    remedy = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(boards)
    where = "" if board_root is None else f" in boards/ and {board_root}"
    raise PegplanError(f"there is no board {name}{where}; {remedy}")
