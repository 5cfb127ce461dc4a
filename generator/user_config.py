"""Kconfig's front ends (menuconfig and the like) and the delta that remembers what they changed.

A front end edits `<build>/.config`. Before it starts, that file is made from the assignments in force, without the
values that follow from defaults, so that defaults stay free to follow other options. When it has saved, the
difference to what the fragments say is written as `<build>/user.config`, a fragment like others, in as few lines as
there are. Generating reads it after the fragments and before `--set`.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import kconfiglib
from kconfiglib import Symbol

from .errors import ConfigError
from .load.configuration import USER_CONFIG, merge, read_user_config
from .load.fragments import parse_fragment, quote
from .load.kconfig import Menu, environment
from .load.merge import Merge, holds, parse_value, set_value
from .pipeline import fragments_of, open_menu, read_board
from .request import Request
from .sources import CommandLine
from .write import replace_if_changed

_HEADER = """\
# What menuconfig changed against the fragments: written when it saves, read by the generator after the fragments and
# before --set. Remove this file to take the changes back.
"""


@dataclass(frozen=True)
class Overruled:
    """A change that has no effect as long as an argument of the command line sets the same option."""

    name: str
    wanted: str
    setting: str


@dataclass(frozen=True)
class UserConfig:
    """The delta: its lines, and what `--set` overrules."""

    path: Path
    lines: tuple[str, ...]
    overruled: tuple[Overruled, ...]


def prepare_front_end(request: Request) -> dict[str, str]:
    """Writes what a front end reads, and returns the environment variables to start it with."""
    places = request.places
    board = read_board(places, request.board)
    menu = open_menu(places, board)
    fragments = fragments_of(request, board)
    if user := read_user_config(places):
        fragments += (user,)
    winners = merge(menu, fragments, request.settings).winners
    lines = [_line(symbol, winners[symbol.name].value) for symbol in menu.symbols if symbol.name in winners]
    variables = environment(places, request.board)
    replace_if_changed(Path(variables["KCONFIG_CONFIG"]), "".join(f"{line}\n" for line in lines))
    return variables


def save_user_config(request: Request) -> UserConfig:
    """Compares the `.config` that a front end saved with the fragments, and writes or removes user.config."""
    places = request.places
    board = read_board(places, request.board)
    menu = open_menu(places, board)
    saved_path = Path(environment(places, request.board)["KCONFIG_CONFIG"])
    targets = _saved_values(menu, saved_path)
    baseline = merge(menu, fragments_of(request, board), request.settings)
    delta = _Delta(menu, baseline, targets).minimal()

    lines = tuple(_line(symbol, delta[symbol.name]) for symbol in menu.symbols if symbol.name in delta)
    path = places.build_dir / USER_CONFIG
    if lines:
        replace_if_changed(path, _HEADER + "".join(f"{line}\n" for line in lines))
    else:
        path.unlink(missing_ok=True)
    return UserConfig(path, lines, tuple(_overruled(baseline, delta)))


@dataclass(frozen=True)
class _Target:
    """A symbol under the saved configuration."""

    value: str
    settable: bool


def _saved_values(menu: Menu, path: Path) -> dict[str, _Target]:
    """Each symbol under a saved .config."""
    file, text = menu.places.read(path, "the saved configuration")
    menu.kconfig.unset_values()
    for raw in parse_fragment(file, text):
        symbol = menu.find(raw.name)
        if symbol is None:
            problem, remedy = menu.unknown(raw.name)
            raise ConfigError(raw.origin, problem, remedy=remedy)
        set_value(menu, raw.name, parse_value(menu, symbol, raw))
    return {symbol.name: _Target(symbol.str_value, symbol.visibility != 0) for symbol in menu.symbols}


class _Delta:
    """The search for the fewest assignments that turn the baseline into the target."""

    def __init__(self, menu: Menu, baseline: Merge, targets: dict[str, _Target]):
        self.menu = menu
        self.baseline = baseline
        self.targets = targets
        self.delta: dict[str, str | None] = {}

    def minimal(self) -> dict[str, str | None]:
        while self._extend():
            pass
        self._withdraw_unmet()
        for name in reversed(list(self.delta)):
            value = self.delta.pop(name)
            if not self._reached():
                self.delta[name] = value
        return self.delta

    def _apply(self) -> None:
        self.menu.kconfig.unset_values()
        for name, assignment in self.baseline.winners.items():
            if name not in self.delta:
                set_value(self.menu, name, assignment.value)
        for name, value in self.delta.items():
            set_value(self.menu, name, value)

    def _extend(self) -> bool:
        """Adds assignments for the symbols that differ and can be set at present; tells whether there were any."""
        self._apply()
        added = False
        for symbol in self.menu.symbols:
            target = self.targets[symbol.name]
            if symbol.str_value == target.value or not target.settable or symbol.visibility == 0:
                continue
            if symbol.name in self.delta or (symbol.choice and target.value != "y"):
                continue                            # a member that is n follows from the one that is y
            self.delta[symbol.name] = target.value
            self._apply()
            added = True
        return added

    def _withdraw_unmet(self) -> None:
        """Takes back the fragments' assignments that cannot take effect any more."""
        self._apply()
        for name in self._unmet():
            symbol = self.menu.kconfig.syms[name]
            self.delta[name] = symbol.str_value if symbol.orig_type == kconfiglib.BOOL else None

    def _unmet(self) -> list[str]:
        names = []
        for name, assignment in self.baseline.winners.items():
            symbol = self.menu.kconfig.syms[name]
            displaced = symbol.choice and assignment.value == "y" and any(
                self.delta.get(other.name) == "y" for other in symbol.choice.syms)
            if name not in self.delta and not displaced and not holds(symbol, assignment.value):
                names.append(name)
        return names

    def _reached(self) -> bool:
        self._apply()
        return not self._unmet() and all(
            symbol.str_value == self.targets[symbol.name].value for symbol in self.menu.symbols
        )


def _overruled(baseline: Merge, delta: dict[str, str | None]) -> Iterable[Overruled]:
    for name, value in delta.items():
        assignment = baseline.winners.get(name)
        if assignment and isinstance(assignment.origin, CommandLine) and assignment.value != value:
            yield Overruled(name, value or "", assignment.origin.text)


def _line(symbol: Symbol, value: str | None) -> str:
    """An assignment as a line of a fragment."""
    if value is None or (value == "n" and symbol.orig_type == kconfiglib.BOOL):
        return f"# CONFIG_{symbol.name} is not set"
    return f"CONFIG_{symbol.name}={quote(value) if symbol.orig_type == kconfiglib.STRING else value}"
