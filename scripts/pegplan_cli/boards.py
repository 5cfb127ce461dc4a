"""The boards there are."""

from __future__ import annotations

import difflib
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
        """What the board file says, unchecked: checking is the generator's part."""
        import yaml

        try:
            facts = yaml.load((self.directory / BOARD_FILE).read_text(encoding="utf-8"),
                              Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except (OSError, yaml.YAMLError) as error:
            raise PegplanError(f"{self.directory / BOARD_FILE}: {error}") from error
        return facts if isinstance(facts, dict) else {}

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


def find_board(name: str, board_root: Optional[Path] = None) -> Board:
    """The board of that name."""
    boards = all_boards(board_root)
    if name in boards:
        return boards[name]
    near = difflib.get_close_matches(name, boards, n=1)
    remedy = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(boards)
    where = "" if board_root is None else f" in boards/ and {board_root}"
    raise PegplanError(f"there is no board {name}{where}; {remedy}")
