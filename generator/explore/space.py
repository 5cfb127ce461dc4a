"""What a menu lets one set on a board, and whether a set of assignments is legal.

A configuration is legal when every assignment takes effect and every constraint holds: what the generator accepts.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Union

import kconfiglib
from kconfiglib import BOOL, HEX, INT, Choice, Symbol

from ..check import check
from ..constraints import Constraint
from ..errors import PegplanError
from ..explain.state import State, open_state
from ..load.configuration import Fragment, resolve
from ..load.fragments import parse_fragment, quote
from ..load.kconfig import Menu
from ..load.merge import holds
from ..model import Model
from ..request import Request
from ..sources import InputFile

ROOM = 8
"""Random configurations leave the eighth part of what a constraint allows where that is an estimate."""
Item = Union[Symbol, Choice]


@dataclass(frozen=True)
class Assignments:
    """A configuration as what is set in it, by name: y, n, a number, a text. What is not there has its default."""

    values: Mapping[str, str]

    def fragment(self, menu: Menu, opening: Iterable[str] = ()) -> str:
        """As a fragment, in the order of the menu."""
        lines = [f"# {line}" for line in opening]
        for symbol in menu.symbols:
            if symbol.name in self.values:
                value = self.values[symbol.name]
                lines.append(f"CONFIG_{symbol.name}={quote(value) if symbol.orig_type == kconfiglib.STRING else value}")
        return "".join(f"{line}\n" for line in lines)


class Space:
    """What can be set, on top of what a request sets anyway."""

    def __init__(self, request: Request, keep: Iterable[str] = ()):
        self.state: State = open_state(request, with_user_config=False)
        self.menu = self.state.menu
        configuration = resolve(self.menu, self.state.fragments, request.settings)
        self.constraints: tuple[Constraint, ...] = configuration.constraints
        self.fixed: dict[str, str] = {name: one.value for name, one in self.state.merged.winners.items() if one.value is not None}
        kept = {*keep, *self.fixed}
        self.symbols = [symbol for symbol in self.menu.symbols if not symbol.choice and self.menu.prompt(symbol)
                        and symbol.orig_type in (BOOL, INT, HEX) and symbol.name not in kept]
        self.choices = [choice for choice in self.menu.kconfig.unique_choices
                        if self.menu.prompt(choice) and not any(member.name in kept for member in choice.syms)]

    # ---- the present state of the menu -----------------------------------------------------------------------------

    def reset(self, values: Mapping[str, str]) -> None:
        """Puts the request's own values and these into the menu."""
        self.menu.kconfig.unset_values()
        for name, value in {**self.fixed, **values}.items():
            self.set(name, value)

    def set(self, name: str, value: str) -> None:
        """Sets one more."""
        symbol = self.menu.kconfig.syms[name]
        symbol.set_value(value)
        if symbol.choice and value == "y":
            symbol.choice.set_value(2)

    def values_of(self, item: Item) -> list[str]:
        """What a truth value or a choice can be set to at present: y and n, or the names of members; nothing when it cannot be set."""
        if isinstance(item, Choice):
            return [member.name for member in item.syms if member.visibility] if item.visibility else []
        return [("n", "m", "y")[value] for value in item.assignable]

    def value_of(self, item: Item) -> str:
        """What a truth value or choice is at present; "" for a choice that is not in effect."""
        if isinstance(item, Choice):
            return item.selection.name if item.selection is not None and item.visibility else ""
        return item.str_value

    def range_of(self, symbol: Symbol) -> tuple[int, int] | None:
        """The numbers that it can be set to at present; None when it cannot be set."""
        limits = self.menu.range_of(symbol) if symbol.visibility else None
        return limits[:2] if limits and limits[0] <= limits[1] else None

    # ---- legality ---------------------------------------------------------------------------------------------------

    def without_effect(self, values: Mapping[str, str]) -> list[str]:
        """The assignments that do not hold, of those that are in the menu."""
        return [name for name, value in {**self.fixed, **values}.items()
                if not (self.menu.kconfig.syms[name].visibility and holds(self.menu.kconfig.syms[name], value))]

    def violated(self) -> list[Constraint]:
        """The constraints that do not hold at present; of estimates, those that are near to their limit."""
        return [one for one in self.constraints if not self.holds(one)]

    def holds(self, constraint: Constraint) -> bool:
        """Whether a constraint holds, with room to spare if it is an estimate."""
        if not constraint.concerns(lambda name: self.menu.kconfig.syms[name].str_value not in ("", "n")):
            return True
        values = self.numbers(constraint)
        if not constraint.is_estimate:
            return constraint.holds(values)
        left, right = constraint.left.value(values), constraint.right.value(values)
        return left + right // ROOM <= right

    def numbers(self, constraint: Constraint) -> dict[str, int]:
        """The values of its options; 0 for what is not in effect."""
        texts = {name: self.menu.kconfig.syms[name].str_value for name in constraint.names}
        return {name: int({"y": "1", "n": "0", "": "0"}.get(text, text), 0) for name, text in texts.items()}

    def complaint(self, values: Mapping[str, str]) -> str:
        """What the generator itself says against a configuration; "" when it is legal."""
        text = Assignments(values).fragment(self.menu)
        file = InputFile("random.config", Path("random.config"), "")
        try:
            fragments = (*self.state.fragments, Fragment(file, parse_fragment(file, text)))
            configuration = resolve(self.menu, fragments, self.state.request.settings)
            check(Model(self.state.board, configuration, self.state.request.profile, (), str(self.menu.places.tree), ()))
        except PegplanError as error:
            return str(error)
        return ""
