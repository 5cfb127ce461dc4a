"""Relations between options that no `range` of Kconfig can express: sums of products of options and numbers, compared."""
from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import ConfigError
from .sources import Location

RELATIONS: dict[str, Callable[[object, object], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}

_FACTOR = r"(?:[A-Z][A-Z0-9_]*|[0-9]+)"
_TERM = rf"{_FACTOR}(?: \* {_FACTOR})*"
_SUM = rf"{_TERM}(?: \+ {_TERM})*"
_RELATION = re.compile(rf"({_SUM}) (<|<=|>|>=|==|!=) ({_SUM})")


@dataclass(frozen=True)
class Sum:
    """One side of a relation: terms, each of factors, each an option or a number. A truth value counts as 1 or 0, and an
    option that is not in effect as 0."""

    terms: tuple[tuple[str, ...], ...]

    @staticmethod
    def parse(text: str) -> "Sum":
        """`A * 4 + B`."""
        return Sum(tuple(tuple(term.split(" * ")) for term in text.split(" + ")))

    def __str__(self) -> str:
        return " + ".join(" * ".join(term) for term in self.terms)

    @property
    def names(self) -> tuple[str, ...]:
        """The options in it, each once."""
        return tuple(dict.fromkeys(factor for term in self.terms for factor in term if not factor.isdigit()))

    @property
    def is_name(self) -> bool:
        """Whether it is an option and nothing else."""
        return len(self.terms) == len(self.terms[0]) == len(self.names) == 1

    def value(self, values: Mapping[str, int]) -> int:
        """What it comes to."""
        return sum(math.prod(int(factor) if factor.isdigit() else values[factor] for factor in term) for term in self.terms)


@dataclass(frozen=True)
class Constraint:
    """A relation, why it must hold, and what to do when it does not."""

    left: Sum
    relation: str
    right: Sum
    is_estimate: bool     # whether more is needed than the left side says: random configurations keep away from the limit
    reason: str
    remedy: str
    location: Location

    @property
    def names(self) -> tuple[str, ...]:
        """All options in it."""
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"

    def concerns(self, in_effect: Callable[[str], bool]) -> bool:
        """Whether it is about anything: not when a side has options, and none of them is in effect."""
        return all(not side.names or any(map(in_effect, side.names)) for side in (self.left, self.right))

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it does for these values."""
        return RELATIONS[self.relation](self.left.value(values), self.right.value(values))


def parse_constraint(texts: Mapping[str, str], location: Location) -> Constraint:
    """An entry of config/schema/constraints.yaml."""
    match = _RELATION.fullmatch(" ".join(texts.get("check", "").split()))
    is_known = set(texts) - {"estimate"} == {"check", "reason", "remedy"} and texts.get("estimate", "yes") == "yes"
    if not match or not is_known:
        raise ConfigError(location, "not a constraint",
                          remedy="write `check: OPTION < OPTION` (or sums, with + and * between options and numbers), "
                                 "`reason: …` and `remedy: …`")
    return Constraint(Sum.parse(match.group(1)), match.group(2), Sum.parse(match.group(3)), "estimate" in texts,
                      " ".join(texts["reason"].split()), " ".join(texts["remedy"].split()), location)
