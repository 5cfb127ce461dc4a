"""What would change an option: sets of `--set` arguments, each tried before it is told.

The search goes backwards through the conditions of Kconfig: to make `A && B` true, both; to make `A || B` true, either; to
make an option true, the conditions of its prompt and then the option itself, or what its defaults depend on. What it finds
are candidates, since an assignment may have further effects; only those count under which the menu does what was wanted.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import kconfiglib
from kconfiglib import AND, BOOL, EQUAL, GREATER, GREATER_EQUAL, HEX, INT, LESS, LESS_EQUAL, NOT, OR, STRING, UNEQUAL, Choice, Symbol

from .provenance import shown_value
from .state import State

_DEPTH = 5
_CANDIDATES = 24

Assignments = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """Arguments that change an option, and what it then is."""

    settings: tuple[str, ...]
    result: str
    conflict: str = ""      # what would be wrong with other assignments

    def __str__(self) -> str:
        arguments = " ".join(f"--set {setting}" for setting in self.settings)
        return f"{arguments}  makes it {self.result}" + (f", but then: {self.conflict}" if self.conflict else "")


def find_change(state: State, expression: object, wanted: bool, goal: Callable[[], bool], result: Callable[[], str],
                further: Assignments | None = None) -> Change | None:
    """The fewest arguments known that make `expression` what is wanted, and with `further` reach `goal`; those that go with
    all other assignments first."""
    found = None
    candidates = {frozenset(way.items()): way for way in islice(ways(state, expression, wanted), _CANDIDATES)}
    for way in sorted(candidates.values(), key=len):
        settings = tuple(f"{name}={value}" for name, value in {**way, **(further or {})}.items())
        if not settings:
            continue
        conflict = state.attempt(settings)
        if goal():
            change = Change(settings, result(), conflict)
            if not conflict:
                found = change
                break
            found = found or change
    state.restore()
    return found


def ways(state: State, expression: object, wanted: bool) -> Iterator[Assignments]:
    """Candidates that might make an expression true or false, as the menu stands now; the caller tries them."""
    return _ways(state, expression, wanted, _DEPTH)


def _ways(state: State, expression: object, wanted: bool, depth: int) -> Iterator[Assignments]:
    """Candidates that might make an expression true or false."""
    if bool(kconfiglib.expr_value(expression)) == wanted:
        yield {}
        return
    if depth == 0:
        return
    if isinstance(expression, tuple):
        operation = expression[0]
        if operation == NOT:
            yield from _ways(state, expression[1], not wanted, depth)
        elif operation in (AND, OR):
            if (operation == AND) == wanted:
                yield from _both(_ways(state, expression[1], wanted, depth), lambda: _ways(state, expression[2], wanted, depth))
            else:
                yield from _ways(state, expression[1], wanted, depth)
                yield from _ways(state, expression[2], wanted, depth)
        else:
            yield from _ways_of_relation(state, expression, wanted, depth)
    elif isinstance(expression, Choice):
        yield from _ways(state, expression.direct_dep, wanted, depth - 1)
    elif isinstance(expression, Symbol) and expression.nodes:
        yield from _ways_of_symbol(state, expression, "y" if wanted else "n", depth)


def _both(first: Iterable[Assignments], second: Callable[[], Iterable[Assignments]]) -> Iterator[Assignments]:
    for one in first:
        for other in second():
            if all(other.get(name, value) == value for name, value in one.items()):
                yield {**one, **other}


def _ways_of_symbol(state: State, symbol: Symbol, value: str, depth: int) -> Iterator[Assignments]:
    if state.menu.prompt(symbol):
        own: list[Assignments] = [{symbol.name: value}]
        if symbol.choice and value == "n":
            own = [{other.name: "y"} for other in symbol.choice.syms if other is not symbol]
        for assignment in own:
            owner = state.menu.kconfig.syms[next(iter(assignment))]
            for way in _ways(state, state.menu.prompt_condition(owner), True, depth - 1):
                yield {**way, **assignment}
    if value == "n" and kconfiglib.expr_value(symbol.rev_dep):
        yield from _ways(state, symbol.rev_dep, False, depth - 1)
    elif symbol.orig_type == BOOL and not state.menu.prompt(symbol):
        for default, condition in symbol.defaults:
            yield from _ways(state, (AND, default, condition), value == "y", depth - 1)
        if value == "y":
            yield from _ways(state, symbol.rev_dep, True, depth - 1)


def _ways_of_relation(state: State, relation: tuple, wanted: bool, depth: int) -> Iterator[Assignments]:
    operation, left, right = relation
    for symbol, other, flipped in ((left, right, False), (right, left, True)):
        if not symbol.nodes or not state.menu.prompt(symbol):
            continue
        for value in _values_for(symbol, other.str_value, operation, flipped, wanted):
            for way in _ways(state, state.menu.prompt_condition(symbol), True, depth - 1):
                yield {**way, symbol.name: value}


_RELATIONS: dict[int, Callable[[int, int], bool]] = {
    EQUAL: lambda a, b: a == b, UNEQUAL: lambda a, b: a != b, LESS: lambda a, b: a < b, LESS_EQUAL: lambda a, b: a <= b,
    GREATER: lambda a, b: a > b, GREATER_EQUAL: lambda a, b: a >= b,
}


def _values_for(symbol: Symbol, other: str, operation: int, flipped: bool, wanted: bool) -> Iterator[str]:
    """Values of an option next to `other` for which the relation is what is wanted."""
    if symbol.orig_type in (INT, HEX):
        try:
            bound = int(other, 0)
        except ValueError:
            return
        for value in (bound, bound + 1, bound - 1):
            pair = (bound, value) if flipped else (value, bound)
            if _RELATIONS[operation](*pair) == wanted:
                yield hex(value) if symbol.orig_type == HEX else str(value)
    elif (operation == EQUAL) == wanted:
        yield shown_value(symbol, other) if symbol.orig_type == STRING else other


def changes_of(state: State, symbol: Symbol) -> list[Change]:
    """What gives the option another value: for a truth value all that is needed for the other one; for a number or a text
    what is needed before it can be set, or what another default depends on."""
    before, menu = symbol.str_value, state.menu

    def changed() -> bool:
        return symbol.str_value != before

    def result() -> str:
        return shown_value(symbol, symbol.str_value) or "without value"

    if symbol.orig_type == BOOL:
        found = [find_change(state, symbol, before != "y", changed, result)] if not symbol.choice or before != "y" else []
        if symbol.choice and before == "y":
            found = [find_change(state, other, True, changed, result) for other in symbol.choice.syms if other is not symbol]
        return [one for one in found if one]
    if menu.prompt(symbol):
        if symbol.visibility:
            return []
        change = find_change(state, menu.prompt_condition(symbol), True, lambda: symbol.visibility != 0, result)
        return [change] if change else []
    found = []
    for default, condition in symbol.defaults:
        if not kconfiglib.expr_value(condition):
            found.append(find_change(state, condition, True, changed, result))
        elif isinstance(default, Symbol) and default.nodes and menu.prompt(default):
            break
    return list({one.settings: one for one in found if one}.values())
