"""Where the value of an option comes from, in data and in words."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import kconfiglib
from kconfiglib import AND, BOOL, HEX, INT, OR, STRING, Choice, Symbol

from ..load.configuration import APP_CONFIG, BOARD_CONFIG, USER_CONFIG
from ..load.fragments import quote
from ..load.merge import holds
from ..sources import CommandLine, Location, Origin
from .state import State


class Cause(Enum):
    """Why an option has its value."""

    COMMAND_LINE = "the command line"
    USER_CONFIG = "the menu"
    APP_CONFIG = "the application's configuration"
    BOARD_CONFIG = "the board's configuration"
    PROFILE = "the profile"
    FRAGMENT = "a fragment"
    SELECT = "selected"
    IMPLY = "implied"
    CHOICE = "its choice"
    DEFAULT = "the default"
    NOTHING = "no default"
    UNMET = "not in effect"
    FACT = "the board file"


@dataclass(frozen=True)
class Source:
    """Why an option has its value, and where that is written."""

    cause: Cause
    places: tuple[str, ...] = ()     # file:line, or an argument
    condition: str = ""              # of a default: under which it holds
    note: str = ""

    def __str__(self) -> str:
        text = self.cause.value
        if self.condition:
            text += f" if {self.condition}"
        if self.places:
            text += (" by " if self.cause in (Cause.SELECT, Cause.IMPLY) else ", ") + ", ".join(self.places)
        return text + (f"; {self.note}" if self.note else "")


def shown_value(symbol: Symbol, value: str) -> str:
    """A value as a fragment has it."""
    return quote(value) if symbol.orig_type == STRING else value


def cause_of(state: State, origin: Origin) -> Cause:
    """What kind of source an assignment stands in."""
    if isinstance(origin, CommandLine):
        return Cause.COMMAND_LINE
    path, places = origin.file.path, state.menu.places
    if path == places.build_dir / USER_CONFIG:
        return Cause.USER_CONFIG
    if places.app_dir and path == places.app_dir / APP_CONFIG:
        return Cause.APP_CONFIG
    if path == state.board.file.path.parent / BOARD_CONFIG:
        return Cause.BOARD_CONFIG
    profiles = places.tree / "config" / "profiles"
    return Cause.PROFILE if path.parent == profiles else Cause.FRAGMENT


def source_of(state: State, symbol: Symbol) -> Source:
    """Where the present value comes from."""
    if state.is_fact(symbol):
        return Source(Cause.FACT, (state.board.file.shown,))
    assignment = state.merged.winners.get(symbol.name)
    if assignment and assignment.value is not None and symbol.visibility and holds(symbol, assignment.value) \
            and not (symbol.choice and assignment.value == "n"):
        return Source(cause_of(state, assignment.origin), (assignment.origin.shown,))
    forced = kconfiglib.expr_value(symbol.rev_dep)
    if forced and symbol.str_value == "y" and not symbol.choice:
        return Source(Cause.SELECT, tuple(_supporters(state, symbol, symbol.rev_dep, "select")))
    if not kconfiglib.expr_value(symbol.direct_dep) and symbol.str_value in ("", "n"):
        return Source(Cause.UNMET)
    if symbol.choice:
        return _of_choice(state, symbol.choice)
    return _of_default(state, symbol)


def _of_choice(state: State, choice: Choice) -> Source:
    chosen = choice.selection
    if chosen is None:
        return Source(Cause.UNMET)
    name = f"{state.menu.show(choice)} is {chosen.name}"
    assignment = state.merged.winners.get(chosen.name)
    if assignment and assignment.value == "y":
        return Source(Cause.CHOICE, (f"{name}: {cause_of(state, assignment.origin).value}, {assignment.origin.shown}",))
    for index, (member, condition) in enumerate(choice.defaults):
        if kconfiglib.expr_value(condition) and member.visibility:
            place = _place_of_default(state, choice.name or "", choice.nodes[0].linenr, index)
            return Source(Cause.CHOICE, (f"{name}: the default" + (f", {place.shown}" if place else ""),),)
    return Source(Cause.CHOICE, (f"{name}: the first member that can be chosen",))


def _of_default(state: State, symbol: Symbol) -> Source:
    own = [pair for node in symbol.nodes for pair in node.orig_defaults]
    for index, (value, condition) in enumerate(symbol.defaults):
        if not kconfiglib.expr_value(condition):
            continue
        place = _place_of_default(state, symbol.name, None, index)
        shown = "" if own[index][1] is state.menu.kconfig.y else state.menu.show(own[index][1])
        if isinstance(value, tuple) or (isinstance(value, Symbol) and value.nodes):
            shown_default = state.menu.show(value)
            note = f"it is what {shown_default} is"
        else:
            note = ""
        if symbol.orig_type in (INT, HEX) and isinstance(value, Symbol) and not holds(symbol, value.str_value or None):
            limits = state.menu.range_of(symbol)
            note = f"{value.str_value} moved into the range {limits[2] if limits else ''}".rstrip()
        implied = symbol.orig_type == BOOL and symbol.str_value == "y" and not kconfiglib.expr_value(value)
        if not implied:
            return Source(Cause.DEFAULT, (place.shown,) if place else (), shown, note)
        break
    if kconfiglib.expr_value(symbol.weak_rev_dep) and symbol.str_value == "y":
        return Source(Cause.IMPLY, tuple(_supporters(state, symbol, symbol.weak_rev_dep, "imply")))
    return Source(Cause.NOTHING)


def _supporters(state: State, symbol: Symbol, expression: object, keyword: str) -> list[str]:
    """Who selects or implies the option at present, with the line that says so."""
    found = []
    for operand in kconfiglib.split_expr(expression, OR):
        if not kconfiglib.expr_value(operand):
            continue
        supporter = kconfiglib.split_expr(operand, AND)[0]
        if not isinstance(supporter, (Symbol, Choice)) or not supporter.nodes:
            continue
        place = next((place for place, one in state.statements_of(supporter.name)
                      if one.keyword == keyword and one.text.split()[:1] == [symbol.name]), state.menu.declared(supporter))
        found.append(f"{supporter.name} ({place.shown})")
    return list(dict.fromkeys(found))


def _place_of_default(state: State, entry: str, opened: int | None, index: int) -> Location | None:
    """The line of an entry's default, by its number."""
    places = [place for place, one in state.statements_of(entry) if one.is_default and opened in (None, one.opened)]
    return places[index] if index < len(places) else None


@dataclass(frozen=True)
class Leaf:
    """An option that a condition depends on."""

    name: str
    value: str          # "" for a number that has none
    source: str

    def __str__(self) -> str:
        return f"{self.name} = {self.value or 'no value'} ({self.source})"


@dataclass(frozen=True)
class Condition:
    """A condition, whether it holds, and what it depends on."""

    text: str
    holds: bool
    leaves: tuple[Leaf, ...]


def condition_of(state: State, expression: object) -> Condition | None:
    """A condition in words and values; None for one that always holds."""
    if expression is state.menu.kconfig.y:
        return None
    leaves = []
    for term in state.menu.terms(expression):
        leaves.append(Leaf(term.name, shown_value(term, term.str_value) if term.str_value or term.orig_type == STRING else "",
                           str(source_of(state, term))))
    return Condition(state.menu.show(expression), bool(kconfiglib.expr_value(expression)), tuple(leaves))
