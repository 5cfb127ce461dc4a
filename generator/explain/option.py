"""All there is to say about one option, or one choice, in a configuration."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import kconfiglib
from kconfiglib import AND, HEX, INT, OR, Choice, Symbol

from ..load.fragments import RawAssignment
from ..load.merge import holds, parse_value
from ..model import OptionKind
from ..load.kconfig import KINDS
from ..request import Request
from .changes import Change, changes_of
from .provenance import Condition, Source, cause_of, condition_of, shown_value, source_of
from .state import State, open_state
from .uses import Use, configuration_of, header_of, uses_of


@dataclass(frozen=True)
class Asked:
    """An assignment of the option, and whether it is what came out."""

    text: str
    place: str
    cause: str
    in_force: bool
    remark: str         # why it is not in force


@dataclass(frozen=True)
class Selection:
    """An option that selects or implies this one, and whether it does so at present."""

    name: str
    keyword: str
    place: str
    active: bool


@dataclass(frozen=True)
class OptionReport:
    """What `pegplan why` tells of an option."""

    name: str
    kind: OptionKind
    prompt: str
    help: str
    declared: tuple[str, ...]
    value: str                       # as a fragment has it; "" for a number without value
    source: Source
    asked: tuple[Asked, ...]         # lowest precedence first
    settable: bool                   # whether it has a prompt
    visible: bool                    # whether it can be set at present
    allowed: str                     # the range, or the values
    dependency: Condition | None
    prompt_condition: Condition | None   # where it is more than the dependency
    choice: str
    members: tuple[str, ...]         # of its choice
    selections: tuple[Selection, ...]
    changes: tuple[Change, ...]
    header: str
    constant: str
    uses: tuple[Use, ...]


def explain_option(request: Request, name: str) -> tuple[OptionReport, ...]:
    """Explains an option, or each member of a named choice, in the configuration that the request leads to, right or wrong."""
    state = open_state(request)
    choice = state.menu.kconfig.named_choices.get(name.removeprefix("CONFIG_"))
    symbols = choice.syms if choice else [state.symbol(name)]
    return tuple(_report(state, symbol) for symbol in symbols)


def _report(state: State, symbol: Symbol) -> OptionReport:
    menu = state.menu
    configuration = configuration_of(state)
    option = configuration.option(symbol.name)
    assert option is not None
    header, constant = header_of(option, configuration)
    own_prompt = next((node.orig_prompt[1] for node in symbol.nodes if node.prompt), menu.kconfig.y)
    return OptionReport(
        name=symbol.name,
        kind=KINDS[symbol.orig_type],
        prompt=menu.prompt(symbol),
        help="\n".join(node.help for node in symbol.nodes if node.help),
        declared=tuple(_places(state, symbol)),
        value=shown_value(symbol, symbol.str_value) if symbol.str_value or KINDS[symbol.orig_type] is OptionKind.STRING else "",
        source=source_of(state, symbol),
        asked=tuple(_asked(state, symbol)),
        settable=bool(menu.prompt(symbol)),
        visible=symbol.visibility != 0,
        allowed=_allowed(state, symbol),
        dependency=condition_of(state, symbol.direct_dep),
        prompt_condition=condition_of(state, own_prompt),
        choice=menu.show(symbol.choice) if symbol.choice else "",
        members=tuple(other.name for other in symbol.choice.syms) if symbol.choice else (),
        selections=tuple(_selections(state, symbol)),
        changes=tuple(changes_of(state, symbol)),
        header=header,
        constant=constant,
        uses=uses_of(state, option, configuration),
    )


def _places(state: State, symbol: Symbol) -> Iterable[str]:
    if state.is_fact(symbol):
        yield f"{state.menu.declared(symbol).shown}, of {state.board.file.shown}"
        return
    for place, one in state.statements_of(symbol.name):
        if one.keyword in ("config", "menuconfig"):
            yield place.shown


def _asked(state: State, symbol: Symbol) -> Iterable[Asked]:
    winner = state.merged.winners.get(symbol.name)
    for raw in state.assignments_of(symbol.name):
        won = winner is not None and winner.origin == raw.origin
        remark = "" if won else _overridden_by(state, symbol)
        if won and winner.value is not None and not holds(symbol, winner.value):
            remark = _refused(state, symbol, raw)
        yield Asked(raw.shown, raw.origin.shown, cause_of(state, raw.origin).value, won and not remark, remark)


def _overridden_by(state: State, symbol: Symbol) -> str:
    winner = state.merged.winners.get(symbol.name)
    if winner is None and symbol.choice:
        winner = next((state.merged.winners[one.name] for one in symbol.choice.syms if one.name in state.merged.winners
                       and state.merged.winners[one.name].value == "y"), None)
    return f"overridden by {winner.origin.shown}" if winner else "withdrawn"


def _refused(state: State, symbol: Symbol, raw: RawAssignment) -> str:
    """Why an assignment that won has no effect."""
    menu = state.menu
    if not menu.prompt(symbol):
        return "no effect: the option is computed, nobody can set it"
    if symbol.visibility == 0:
        failing = menu.unmet(menu.prompt_condition(symbol))
        return "no effect: needs " + (" && ".join(menu.show(part) for part in failing) or menu.show(menu.prompt_condition(symbol)))
    limits = menu.range_of(symbol) if symbol.orig_type in (INT, HEX) else None
    value = parse_value(menu, symbol, raw)
    if limits and value is not None and not limits[0] <= int(value, 0) <= limits[1]:
        return f"no effect: out of range, {limits[2]}"
    if selectors := menu.selectors(symbol):
        return f"no effect: selected by {', '.join(one.name for one in selectors)}"
    return "no effect"


def _allowed(state: State, symbol: Symbol) -> str:
    if symbol.orig_type in (INT, HEX):
        limits = state.menu.range_of(symbol)
        return limits[2] if limits else ""
    return ""


def _selections(state: State, symbol: Symbol) -> Iterable[Selection]:
    for keyword, expression in (("select", symbol.rev_dep), ("imply", symbol.weak_rev_dep)):
        for operand in kconfiglib.split_expr(expression, OR):
            supporter = kconfiglib.split_expr(operand, AND)[0]
            if isinstance(supporter, (Symbol, Choice)) and supporter.nodes:
                place = next((place for place, one in state.statements_of(supporter.name)
                              if one.keyword == keyword and one.text.split()[:1] == [symbol.name]), state.menu.declared(supporter))
                yield Selection(supporter.name, keyword, place.shown, bool(kconfiglib.expr_value(operand)))
