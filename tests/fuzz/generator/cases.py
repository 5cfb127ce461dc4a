"""An input of the fuzzer: all that a user gives the generator, as one JSON file that people can read."""
from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parents[3]
FUZZED_BOARD = "fuzzed"
APP_NAME = "application"


@dataclass(frozen=True)
class Case:
    """Texts may hold any bytes: those that are no UTF-8 are lone surrogates, as Python's file names have them."""

    board: str = "qemu-riscv64-virt"
    board_text: Optional[str] = None
    """The board file of a board of its own; None: `board` is one of the tree."""
    defaults: Optional[str] = None
    """The defaults.config beside that board file."""
    profile: str = "default"
    fragments: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    app_config: Optional[str] = None
    app_kconfig: Optional[str] = None

    def encoded(self) -> bytes:
        """The file's bytes: what is as by default is left out."""
        plain = asdict(Case())
        facts = {key: value for key, value in asdict(self).items() if value != plain[key]}
        for key, value in facts.items():
            if isinstance(value, str) and "\n" in value:
                facts[key] = value.split("\n")  # readable, and a change of one line is one in a comparison
        return (json.dumps(facts, indent=1) + "\n").encode("ascii")

    def name(self) -> str:
        """A file name: the hash of the contents."""
        return hashlib.sha1(self.encoded()).hexdigest()


_TEXTS = ("board", "board_text", "defaults", "profile", "app_config", "app_kconfig")
_LISTS = ("fragments", "settings")


def load(path: Path) -> Case:
    """Reads what `encoded` wrote."""
    facts = json.loads(path.read_text(encoding="ascii"))
    given = {key: facts[key] for key in _TEXTS if key in facts}
    texts = {key: "\n".join(text) if isinstance(text, list) else text for key, text in given.items()}
    return replace(Case(), **texts, **{key: tuple(facts[key]) for key in _LISTS if key in facts})


def _write(path: Path, text: Optional[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


@dataclass(frozen=True)
class Arguments:
    """A case as the generator takes it: files of a folder, named relative to it."""

    board: str
    board_roots: tuple[str, ...]
    profile: str
    configs: tuple[str, ...]
    settings: tuple[str, ...]
    app: Optional[str]


def lay_out(case: Case, folder: Path) -> Arguments:
    """Writes the case's files; those of an earlier case go."""
    own = folder / "boards" / FUZZED_BOARD
    _write(own / "board.yaml", case.board_text)
    _write(own / "defaults.config", case.defaults)
    for old in (folder / "fragments").glob("*"):
        old.unlink()
    names = []
    for number, text in enumerate(case.fragments):
        _write(folder / "fragments" / f"{number}.config", text)
        names.append(f"fragments/{number}.config")
    _write(folder / APP_NAME / "app.config", case.app_config)
    _write(folder / APP_NAME / "Kconfig", case.app_kconfig)
    has_board = case.board_text is not None
    has_app = case.app_config is not None or case.app_kconfig is not None
    return Arguments(
        board=FUZZED_BOARD if has_board else case.board, board_roots=("boards",) if has_board else (),
        profile=case.profile, configs=tuple(names), settings=case.settings, app=APP_NAME if has_app else None)
