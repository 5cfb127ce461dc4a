"""A configuration as it came out, right or wrong, with everything that led to it: what explanations are made from."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kconfiglib import Symbol

from ..errors import PegplanError, did_you_mean
from ..load.configuration import Fragment, merge, read_user_config
from ..load.fragments import RawAssignment, parse_setting
from ..load.kconfig import Menu
from ..load.merge import Merge
from ..model import Board
from ..pipeline import fragments_of, open_menu, read_board
from ..request import Request
from ..sources import InputFile, Location
from .statements import Statement, statements


@dataclass
class State:
    """A menu with the assignments of a request in it. Nothing is judged, so that what is wrong can be explained."""

    request: Request
    board: Board
    menu: Menu
    fragments: tuple[Fragment, ...]
    merged: Merge = field(init=False)

    def __post_init__(self) -> None:
        self.merged = merge(self.menu, self.fragments, self.request.settings)

    def symbol(self, name: str) -> Symbol:
        """The option of that name, with or without CONFIG_; an error with the nearest name where there is none."""
        bare = name.removeprefix("CONFIG_")
        symbol = self.menu.find(bare) or self.menu.find(bare.upper())
        if symbol is None:
            names = [one.name for one in self.menu.symbols]
            remedy = did_you_mean(bare, [*names, *self.menu.kconfig.named_choices]) or "`pegplan search WORD` finds options by words"
            raise PegplanError(None, f"there is no option {bare}", remedy=remedy)
        return symbol

    def restore(self) -> None:
        """Puts the request's own values back into the menu."""
        self.merged.apply()

    def attempt(self, settings: Iterable[str]) -> str:
        """Puts the values that came out with further `--set` arguments into the menu. Returns what would be wrong with them, or ""."""
        trial = Merge(self.menu)
        try:
            for fragment in self.fragments:
                trial.add(fragment.assignments)
            for setting in (*self.request.settings, *settings):
                trial.add((parse_setting(setting),))
            trial.apply()
            trial.judge()
        except PegplanError as error:
            return f"{error.where.shown}: {error.problem}" if error.where else error.problem
        return ""

    def assignments_of(self, name: str) -> list[RawAssignment]:
        """All assignments of an option, lowest precedence first."""
        found = [one for fragment in self.fragments for one in fragment.assignments if one.name == name]
        return found + [one for one in map(parse_setting, self.request.settings) if one.name == name]

    @cached_property
    def statements(self) -> dict[InputFile, tuple[Statement, ...]]:
        """The statements of the Kconfig files; those of the board's facts, which the generator wrote, are not among them."""
        found = {}
        for file in self.menu.files.values():
            if file.path != self.menu.board_kconfig:
                found[file] = tuple(statements(self.menu.places.read(file.path, "the Kconfig file")[1]))
        return found

    def statements_of(self, name: str) -> list[tuple[Location, Statement]]:
        """The statements of an option's or a choice's entries."""
        return [(Location(file, one.line), one) for file, group in self.statements.items() for one in group if one.entry == name]

    def is_fact(self, symbol: Symbol) -> bool:
        """Whether the option is a fact of the board."""
        return self.menu.declared(symbol).file.path == self.menu.board_kconfig


def open_state(request: Request, with_user_config: bool = True, fragments: Sequence[Fragment] | None = None) -> State:
    """The state that a request leads to; of the fragments given, or of its own and the build folder's delta."""
    board = read_board(request.places, request.board)
    if fragments is None:
        fragments = fragments_of(request, board)
        user = read_user_config(request.places) if with_user_config else None
        fragments = (*fragments, *((user,) if user else ()))
    return State(request, board, open_menu(request.places, board), tuple(fragments))
