"""Merging assignments by precedence, and holding the menu to what was asked.

Later assignments replace earlier ones; only the last for a symbol counts. `=y` for a member of a choice replaces
`=y` for another member. `# CONFIG_X is not set` is `n` for a bool, and withdraws earlier assignments of a number or a
text. When the merged values are in the menu, each must be the one that was asked for: where it is not, an error says
what came out, why, and what to do.
"""
from __future__ import annotations

import re
from collections.abc import Sequence

import kconfiglib
from kconfiglib import BOOL, HEX, INT, STRING, Symbol

from ..errors import ConfigError
from ..model import Assignment
from ..sources import Location
from .fragments import RawAssignment, quote, unquote
from .kconfig import Menu

_INT = re.compile(r"-?[0-9]+")
_HEX = re.compile(r"(?:0[xX])?[0-9a-fA-F]+")
_MAX_DIGITS = 20      # of any number that fits in 64 bits


def parse_value(menu: Menu, symbol: Symbol, raw: RawAssignment) -> str | None:
    """The value asked for: y or n, a number, a text without its quotes; None where earlier settings are withdrawn."""
    text = raw.value
    from_file = isinstance(raw.origin, Location)
    if text is None:
        return "n" if symbol.orig_type == BOOL else None
    expected, remedy = "", ""
    if symbol.orig_type == BOOL:
        if text in ("y", "n"):
            return text
        expected = "y or n"
        meant = {"yes": "y", "true": "y", "1": "y", "on": "y", "m": "y", '"y"': "y",
                 "no": "n", "false": "n", "0": "n", "off": "n", '"n"': "n", "": "n"}.get(text.lower())
        remedy = f"write CONFIG_{symbol.name}={meant}" if meant else ""
    elif symbol.orig_type == INT:
        if _INT.fullmatch(text) and len(text) <= _MAX_DIGITS:
            return str(int(text))
        expected = f"a whole number in decimal, of at most {_MAX_DIGITS} digits"
    elif symbol.orig_type == HEX:
        if _HEX.fullmatch(text) and len(text) <= _MAX_DIGITS:
            return hex(int(text, 16))
        expected = "a hexadecimal number, as in 0x1000"
    else:
        inner = unquote(text)
        if inner is not None:
            return inner
        if not from_file and not text.startswith('"'):
            return text
        expected = "text in double quotes"
        remedy = f"write CONFIG_{symbol.name}={quote(text.strip(chr(34)))}"
    kind = kconfiglib.TYPE_TO_STR[symbol.orig_type]
    raise ConfigError(
        raw.origin, f"`{text}` is no value for {symbol.name}, which is of type {kind}",
        facts=[("expected", expected), ("declared", menu.declared(symbol).shown)], remedy=remedy,
    )


class Merge:
    """The assignments in force, built up from the lowest precedence to the highest."""

    def __init__(self, menu: Menu):
        self.menu = menu
        self.winners: dict[str, Assignment] = {}

    def add(self, source: Sequence[RawAssignment]) -> None:
        """Adds one fragment, or one argument of the command line."""
        in_source: dict[str, Assignment] = {}
        for raw in source:
            symbol = self.menu.find(raw.name)
            if symbol is None:
                problem, remedy = self.menu.unknown(raw.name)
                raise ConfigError(raw.origin, problem, remedy=remedy)
            value = parse_value(self.menu, symbol, raw)
            first = in_source.get(raw.name)
            if first and first.value != value:
                both = f"{_shown(symbol, first.value)} and {_shown(symbol, value)}"
                raise ConfigError(
                    raw.origin, f"{raw.name} is set twice, to {both}",
                    facts=[("first", first.origin.shown)], remedy="remove one of the two",
                )
            replaced = [self.winners.pop(raw.name)] if raw.name in self.winners else []
            if symbol.choice and value == "y":
                replaced += self._displace(symbol, raw, in_source)
            if first:
                replaced = [assignment for assignment in replaced if assignment is not first]
            earlier = tuple(earlier for one in replaced for earlier in (_bare(one), *one.overridden))
            in_source[raw.name] = self.winners[raw.name] = Assignment(raw.name, value, raw.origin, earlier)

    def _displace(self, symbol: Symbol, raw: RawAssignment, in_source: dict[str, Assignment]) -> list[Assignment]:
        """Takes back the `=y` of other members of the symbol's choice."""
        displaced = []
        for other in symbol.choice.syms:
            current = self.winners.get(other.name)
            if other is symbol or current is None or current.value != "y":
                continue
            if other.name in in_source:
                raise ConfigError(
                    raw.origin, f"{symbol.name} and {other.name} are both set to y, and only one of them can be",
                    facts=[("first", current.origin.shown), ("choice", self.menu.prompt(symbol.choice)),
                           ("declared", self.menu.declared(symbol.choice).shown)],
                    remedy="remove one of the two",
                )
            displaced.append(self.winners.pop(other.name))
        return displaced

    def apply(self) -> None:
        """Puts the values into the menu."""
        self.menu.kconfig.unset_values()
        self.menu.kconfig.warnings.clear()
        for assignment in self.winners.values():
            set_value(self.menu, assignment.name, assignment.value)

    def judge(self) -> None:
        """Raises an error for the first assignment, in order of definition, that did not take effect."""
        for symbol in self.menu.symbols:
            assignment = self.winners.get(symbol.name)
            if assignment and not holds(symbol, assignment.value):
                raise self._refusal(symbol, assignment)
        for symbol in self.menu.symbols:
            symbol.str_value                       # evaluates it: Kconfiglib warns on evaluation
        self.menu.raise_warnings()

    # ---- explanations ------------------------------------------------------------------------------------------

    def _refusal(self, symbol: Symbol, asked: Assignment) -> ConfigError:
        menu = self.menu
        declared = ("declared", menu.declared(symbol).shown)
        result = ("result", _result(symbol))
        limits = menu.range_of(symbol)
        request = f"{symbol.name}={_shown(symbol, asked.value)}"

        if not menu.prompt(symbol):
            return ConfigError(
                asked.origin, f"{request} does not take effect: {symbol.name} is computed, nobody can set it",
                facts=[result, declared], remedy="remove the assignment",
            )
        condition = menu.prompt_condition(symbol)
        if symbol.visibility == 0:
            failing = menu.unmet(condition)
            facts = [result, ("needs", " && ".join(menu.show(part) for part in failing) or menu.show(condition))]
            terms = [self._term(term) for part in failing for term in menu.terms(part)]
            if terms:
                facts.append(("where", "\n".join(dict.fromkeys(terms))))
            return ConfigError(asked.origin, f"{request} does not take effect: a dependency is not met",
                               facts=[*facts, declared], remedy=self._remedy(failing))
        if symbol.orig_type in (INT, HEX) and limits and not limits[0] <= _number(symbol, asked.value) <= limits[1]:
            return ConfigError(asked.origin, f"{request} is out of range",
                               facts=[("allowed", limits[2]), result, declared],
                               remedy=f"choose a value from {limits[2]}")
        if selectors := menu.selectors(symbol):
            return ConfigError(
                asked.origin, f"{request} does not take effect: another option needs {symbol.name}",
                facts=[result, ("selected by", "\n".join(self._term(selector) for selector in selectors)), declared],
                remedy="turn that option off, or remove the assignment",
            )
        if symbol.choice:
            others = ", ".join(other.name for other in symbol.choice.syms if other is not symbol)
            return ConfigError(
                asked.origin, f"{request} does not take effect: {symbol.name} is what its choice falls back on",
                facts=[result, ("choice", menu.prompt(symbol.choice)), declared],
                remedy=f"set another member to y: {others}",
            )
        return ConfigError(asked.origin, f"{request} does not take effect", facts=[result, declared],
                           remedy="remove the assignment")

    def _term(self, symbol: Symbol) -> str:
        """A symbol with its value and where that came from."""
        shown = f"{symbol.name} = {_shown(symbol, symbol.str_value) if symbol.str_value else 'no value'}"
        assignment = self.winners.get(symbol.name)
        if assignment and holds(symbol, assignment.value):
            return f"{shown} ({assignment.origin.shown})"
        if symbol.choice and symbol.choice.selection and symbol.tri_value == 0:
            chosen = symbol.choice.selection
            by = self.winners.get(chosen.name)
            source = by.origin.shown if by else "the default"
            return f"{shown} ({self.menu.prompt(symbol.choice)!r} is {chosen.name}: {source})"
        if not self.menu.prompt(symbol):
            return f"{shown} (computed)"
        return f"{shown} (the default)"

    def _remedy(self, failing: list[object]) -> str:
        simple = [part for part in failing if isinstance(part, Symbol) and self.menu.prompt(part)]
        if failing and len(simple) == len(failing):
            wanted = " and ".join(f"CONFIG_{part.name}=y" for part in simple)
            return f"set {wanted} as well, or remove the assignment"
        return "make that true, or remove the assignment"


def set_value(menu: Menu, name: str, value: str | None) -> None:
    """Sets a symbol as a .config would; a withdrawn or computed one keeps its value."""
    symbol = menu.kconfig.syms[name]
    if value is None or not menu.prompt(symbol):
        return
    symbol.set_value(value)
    if symbol.choice and value == "y":
        symbol.choice.set_value(2)


def holds(symbol: Symbol, value: str | None) -> bool:
    """Whether the symbol has the value."""
    if value is None:
        return True
    if symbol.orig_type in (INT, HEX):
        return symbol.str_value != "" and _number(symbol, symbol.str_value) == _number(symbol, value)
    return symbol.str_value == value


def _number(symbol: Symbol, text: str) -> int:
    return int(text, 16 if symbol.orig_type == HEX else 10)


def _shown(symbol: Symbol, value: str | None) -> str:
    if value is None:
        return "(withdrawn)"
    return quote(value) if symbol.orig_type == STRING else value


def _result(symbol: Symbol) -> str:
    if symbol.str_value == "" and symbol.orig_type != STRING:
        return f"{symbol.name} has no value"
    return f"{symbol.name} is {_shown(symbol, symbol.str_value)}"


def _bare(assignment: Assignment) -> Assignment:
    return Assignment(assignment.name, assignment.value, assignment.origin)
