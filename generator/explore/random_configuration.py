"""Random legal configurations.

Options are set one after the other in random order, each to a value that the menu allows at that moment, until none is
left that can be set; so dependencies and ranges hold by construction. An assignment that a later one makes void is taken
back. Where a constraint does not hold, one of its numbers is drawn anew from what the others allow.
"""
from __future__ import annotations

import random
from collections.abc import Mapping

from kconfiglib import BOOL, HEX, Choice, Symbol

from ..constraints import Constraint
from .space import ROOM, Assignments, Space

_LEAVE_ALONE = 0.35
"""How probably an option keeps its default: with all changed, each configuration would be far from all that anybody uses."""
_AT_A_BOUND = 0.4
"""How probably a number is the first or the last of its range, or the one next to it."""
_ATTEMPTS = 60


def random_configuration(space: Space, seed: int) -> Assignments:
    """A legal configuration; the same for the same menu, request and seed."""
    source = random.Random(seed)
    for _ in range(_ATTEMPTS):
        values = _draw(space, source)
        if values is not None and not space.complaint(values):
            return Assignments(values)
    raise AssertionError(f"no legal configuration was found for the seed {seed}: {space.complaint(values or {})}")


def _draw(space: Space, source: random.Random) -> dict[str, str] | None:
    values: dict[str, str] = {}
    space.reset(values)
    waiting: list[Symbol | Choice] = [*space.symbols, *space.choices]
    source.shuffle(waiting)
    progress = True
    while progress:
        progress = False
        for item in list(waiting):
            assignment = _assignment(space, source, item)
            if assignment is None:
                continue           # cannot be set at present; perhaps later
            waiting.remove(item)
            progress = True
            for name, value in assignment.items():
                values[name] = value
                space.set(name, value)
    return mended(space, source, values)


def _assignment(space: Space, source: random.Random, item: Symbol | Choice) -> Mapping[str, str] | None:
    """What is set: nothing, if the option shall keep its default; None when it cannot be set."""
    if isinstance(item, Choice) or item.orig_type == BOOL:
        possible = space.values_of(item)
        if not possible:
            return None
        if source.random() < _LEAVE_ALONE:
            return {}
        chosen = source.choice(possible)
        return {chosen: "y"} if isinstance(item, Choice) else {item.name: chosen}
    limits = space.range_of(item)
    if limits is None:
        return None
    return {} if source.random() < _LEAVE_ALONE else {item.name: _text(item, _number(source, *limits))}


def _text(symbol: Symbol, number: int) -> str:
    return hex(number) if symbol.orig_type == HEX else str(number)


def _number(source: random.Random, low: int, high: int) -> int:
    """A number of a range: often at its ends; else of any magnitude, and then often a power of two or next to one."""
    if source.random() < _AT_A_BOUND:
        return max(low, min(high, source.choice((low, low + 1, high - 1, high))))
    span = high - low
    value = low + source.randrange(1 << source.randint(0, span.bit_length())) if span else low
    if source.random() < 1 / 3:
        value = (1 << source.randint(0, max(high.bit_length(), 1))) + source.choice((-1, 0, 1))
    return max(low, min(high, value))


def mended(space: Space, source: random.Random, values: dict[str, str]) -> dict[str, str] | None:
    """Takes back what has no effect and makes the constraints hold; None if that does not come to an end."""
    for _ in range(_ATTEMPTS):
        space.reset(values)
        void = [name for name in space.without_effect(values) if name in values]
        if void:
            for name in void:
                del values[name]
            continue
        violated = space.violated()
        if not violated:
            return values
        for constraint in violated:
            _mend(space, source, constraint, values)
    return None


def _mend(space: Space, source: random.Random, constraint: Constraint, values: dict[str, str]) -> None:
    """Draws one of the constraint's numbers anew from what the others allow; where there is nothing, all have their defaults."""
    names = list(constraint.names)
    source.shuffle(names)
    symbols = {symbol.name: symbol for symbol in space.symbols}
    for name in names:
        symbol = symbols.get(name)
        limits = space.range_of(symbol) if symbol else None
        allowed = limits and _allowed(constraint, name, space.numbers(constraint), limits)
        if symbol and allowed:
            values[name] = _text(symbol, _number(source, *allowed))
            return
    for name in names:
        values.pop(name, None)


def _allowed(constraint: Constraint, name: str, numbers: Mapping[str, int], limits: tuple[int, int]) -> tuple[int, int] | None:
    """The part of the number's range in which the constraint holds. Both sides are linear in it, and so is their difference."""
    def excess(number: int) -> int:
        values = {**numbers, name: number}
        right = constraint.right.value(values)
        return constraint.left.value(values) - right + (right // ROOM if constraint.is_estimate else 0)

    low, high = limits
    if constraint.relation in ("<", "<=", ">", ">="):
        sign = 1 if constraint.relation in ("<", "<=") else -1
        strict = constraint.relation in ("<", ">")

        def fits(number: int) -> bool:
            return sign * excess(number) < 0 if strict else sign * excess(number) <= 0

        if fits(low) and fits(high):
            return limits
        if not fits(low) and not fits(high):
            return None
        good, bad = (low, high) if fits(low) else (high, low)
        while abs(good - bad) > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if fits(middle) else (good, middle)
        return (low, good) if good < bad else (good, high)
    return None
