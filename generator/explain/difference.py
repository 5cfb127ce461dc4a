"""Two configurations, option by option."""
from __future__ import annotations

from dataclasses import dataclass

from ..load.configuration import resolve
from ..model import OptionKind
from ..request import Request
from .provenance import shown_value, source_of
from .state import open_state


@dataclass(frozen=True)
class Side:
    """An option in one of the two; `value` is "-" where it is not in effect or not known."""

    value: str
    source: str


@dataclass(frozen=True)
class Difference:
    """An option that is not the same in both."""

    name: str
    before: Side
    after: Side
    follows: bool       # whether nobody set it in either: it follows from others


_ABSENT = Side("-", "there is no such option")


def compare_configurations(before: Request, after: Request) -> tuple[Difference, ...]:
    """The options that differ, in the order of the menu. Both configurations must be right: a mistake in one is an error."""
    first, first_set = _sides(before)
    second, second_set = _sides(after)
    found = []
    for name in dict.fromkeys((*first, *second)):
        one, other = first.get(name, _ABSENT), second.get(name, _ABSENT)
        if one.value != other.value:
            found.append(Difference(name, one, other, name not in first_set | second_set))
    return tuple(found)


def _sides(request: Request) -> tuple[dict[str, Side], frozenset[str]]:
    state = open_state(request)
    configuration = resolve(state.menu, state.fragments, request.settings)
    sides = {}
    for option in configuration.options:
        symbol = state.menu.kconfig.syms[option.name]
        if option.unmet and option.kind is not OptionKind.BOOL:
            sides[option.name] = Side("-", f"not in effect: needs {option.unmet}")
        else:
            sides[option.name] = Side(shown_value(symbol, symbol.str_value), str(source_of(state, symbol)))
    return sides, frozenset(assignment.name for assignment in configuration.merge)
