"""Configurations that have between them every pair of values of any two truth values or choices: pairwise, or 2-way, covering.

Most faults of configurations are of one option or of two together, and few rows cover all pairs, where all combinations
are beyond count. The rows are found greedily: each begins with a pair that no row has yet, with what the two need, and
then every option in random order takes the value that makes most new pairs with those that are set.

Which values go together only the menu knows: a pair for which no attempt succeeds counts as impossible. Attempts are all
the ways that generator/explain/changes.py finds to make the two conditions true.
"""
from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import FrozenSet, Tuple

from kconfiglib import AND, BOOL, NOT, Choice, Symbol

from ..explain.changes import ways
from .random_configuration import mended
from .space import Assignments, Space

_WAYS = 12
_ATTEMPTS = 3

Value = Tuple[str, str]
"""An option's or choice's name and its value."""
Pair = FrozenSet[Value]


@dataclass(frozen=True)
class Covering:
    """The rows, and what they cover."""

    rows: tuple[Assignments, ...]
    covered: frozenset[Pair]
    impossible: frozenset[Pair]


class _Search:
    """The search for rows."""

    def __init__(self, space: Space, seed: int):
        self.space = space
        self.source = random.Random(seed)
        self.factors: dict[str, Symbol | Choice] = {self._name(item): item for item in (*space.symbols, *space.choices)
                                                    if isinstance(item, Choice) or item.orig_type == BOOL}
        self.open: set[Pair] = set()
        for (name, item), (other_name, other) in combinations(self.factors.items(), 2):
            self.open |= {frozenset(((name, value), (other_name, other_value)))
                          for value in self._all_values(item) for other_value in self._all_values(other)}
        self.covered: set[Pair] = set()
        self.impossible: set[Pair] = set()

    def _name(self, item: Symbol | Choice) -> str:
        return item.name or self.space.menu.prompt(item)

    @staticmethod
    def _all_values(item: Symbol | Choice) -> list[str]:
        return [member.name for member in item.syms] if isinstance(item, Choice) else ["n", "y"]

    def rows(self) -> Iterator[Assignments]:
        """The rows, until no pair is open."""
        while self.open:
            seed = min(self.open, key=sorted)
            row = self._row(seed)
            if row is None:
                self.open.discard(seed)
                self.impossible.add(seed)
                continue
            new = self._pairs_of(row) & (self.open | self.impossible)
            self.open -= new
            self.impossible -= new
            self.covered |= new
            yield Assignments(row)

    def _row(self, seed: Pair) -> dict[str, str] | None:
        """A configuration with the pair; None when there seems to be none."""
        for begin in self._beginnings(seed):
            for _ in range(_ATTEMPTS):
                values = self._filled(begin)
                if values is not None and seed <= self._values_of(values) and not self.space.complaint(values):
                    return values
            # Nothing but what the pair itself needs.
            values = mended(self.space, self.source, dict(begin))
            if values is not None and seed <= self._values_of(values) and not self.space.complaint(values):
                return values
        return None

    def _beginnings(self, seed: Pair) -> Iterator[dict[str, str]]:
        """Assignments that may give the pair, with what they need."""
        self.space.reset({})
        conditions = []
        for name, value in sorted(seed):
            item = self.factors[name]
            if isinstance(item, Choice):
                conditions.append(self.space.menu.kconfig.syms[value])
            else:
                conditions.append(item if value == "y" else (NOT, item))
        expression = (AND, *conditions)
        found = [dict(way) for way in islice(ways(self.space.state, expression, True), _WAYS)]
        yield from sorted(found, key=len)

    def _filled(self, begin: dict[str, str]) -> dict[str, str] | None:
        """The beginning, and a value for each other option that can be set, the one with most open pairs."""
        values = dict(begin)
        self.space.reset(values)
        waiting = list(self.factors.items())
        self.source.shuffle(waiting)
        progress = True
        while progress:
            progress = False
            for name, item in list(waiting):
                possible = self.space.values_of(item)
                if not possible:
                    continue
                waiting.remove((name, item))
                progress = True
                if name in begin or (isinstance(item, Choice) and any(member.name in begin for member in item.syms)):
                    continue
                best = self._best(name, possible)
                option, value = (best, "y") if isinstance(item, Choice) else (name, best)
                values[option] = value
                self.space.set(option, value)
                if any(self.space.without_effect({key: begin[key]}) for key in begin):
                    del values[option]
                    self.space.reset(values)
        return mended(self.space, self.source, values)

    def _best(self, name: str, possible: list[str]) -> str:
        present = [(other, self.space.value_of(item)) for other, item in self.factors.items() if other != name]

        def gain(value: str) -> int:
            return sum(frozenset(((name, value), other)) in self.open for other in present)

        self.source.shuffle(possible)
        return max(possible, key=gain)

    def _values_of(self, values: dict[str, str]) -> frozenset[Value]:
        """Every option with its value, of those that are in effect."""
        self.space.reset(values)
        return frozenset((name, value) for name, item in self.factors.items() if (value := self.space.value_of(item)))

    def _pairs_of(self, values: dict[str, str]) -> set[Pair]:
        return {frozenset(pair) for pair in combinations(self._values_of(values), 2)}


def cover_pairs(space: Space, seed: int = 0) -> Covering:
    """Rows that cover all pairs that are possible; the same for the same menu, request and seed."""
    search = _Search(space, seed)
    rows = tuple(search.rows())
    return Covering(rows, frozenset(search.covered), frozenset(search.impossible))
