"""docs/options.md: the reference of all options, from the Kconfig files."""
from __future__ import annotations

from collections.abc import Iterable

import kconfiglib
from kconfiglib import HEX, INT, MENU, Choice, MenuNode, Symbol

from ..load.kconfig import KINDS
from ..model import Configuration, OptionKind
from ..request import Request
from .state import State, open_state
from .uses import configuration_of, header_of

_OPENING = """\
# Options

<!-- Made of the Kconfig files by `scripts/pegplan options --write`; do not edit. -->

What the menu has, in its order. A default or a range may depend on other options, and on the facts of the board at the end of this page:
the first line whose condition holds counts. Options under "needs" must have these values, or the option is not in effect.

`scripts/pegplan why OPTION` tells the value in a configuration, where it comes from and what would change it;
`scripts/pegplan search WORD` finds options; [configuration.md](configuration.md) goes through both.
"""


def options_page(request: Request) -> str:
    """The text of the page. It is the same for each board and application's configuration; the request names any."""
    state = open_state(Request(request.board, request.places), fragments=())
    configuration = configuration_of(state)
    lines = [_OPENING]
    facts: list[Symbol] = []
    for node in _nodes(state.menu.kconfig.top_node.list):
        if node.item == MENU:
            lines += [f"## {node.prompt[0]}", ""]
            if node.visibility is not state.menu.kconfig.y:
                lines += [f"Shown if `{state.menu.show(node.visibility)}`.", ""]
        elif isinstance(node.item, Choice):
            lines += _of_choice(state, node)
        elif isinstance(node.item, Symbol):
            if state.is_fact(node.item):
                facts.append(node.item)
            else:
                lines += _of_symbol(state, configuration, node)
    lines += _of_constraints(configuration)
    lines += ["## Facts of the board", "", "Computed from the board file; options can depend on them, and nobody can set them.", ""]
    lines += [f"- `{symbol.name}` ({KINDS[symbol.orig_type].value})" for symbol in facts]
    return "\n".join(lines).rstrip() + "\n"


def _nodes(node: MenuNode | None) -> Iterable[MenuNode]:
    """The nodes in the menu's order, a menu in front of what is in it."""
    while node:
        yield node
        yield from _nodes(node.list)
        node = node.next


def _of_choice(state: State, node: MenuNode) -> list[str]:
    choice = node.item
    members = ", ".join(f"`{one.name}`" for one in choice.syms)
    lines = [f"### {choice.name or node.prompt[0]}", "", f"**{node.prompt[0]}**: one of {members}.", ""]
    rows = [("default", _conditional(state, f"`{member.name}`", condition)) for member, condition in node.orig_defaults]
    return [*lines, *_table([*rows, *_needs(state, node)]), *_help(node)]


def _of_symbol(state: State, configuration: Configuration, node: MenuNode) -> list[str]:
    symbol, menu = node.item, state.menu
    option = configuration.option(symbol.name)
    assert option is not None
    lines = [f"### {symbol.name}", ""]
    lines += [f"**{node.prompt[0]}**", ""] if node.prompt else ["Computed; nobody can set it.", ""]
    rows = [("type", KINDS[symbol.orig_type].value + (f", of {menu.show(symbol.choice)}" if symbol.choice else ""))]
    for low, high, condition in node.orig_ranges:
        rows.append(("range", _conditional(state, f"{_bound(low)} to {_bound(high)}", condition)))
    if not symbol.choice:
        for value, condition in node.orig_defaults:
            rows.append(("default", _conditional(state, f"`{menu.show(value)}`", condition)))
        if not node.orig_defaults and option.kind is OptionKind.BOOL:
            rows.append(("default", "`n`"))
    rows += _needs(state, node)
    of_menu = menu.show(node.parent.visibility) if node.parent.item == MENU else ""
    if node.prompt and menu.show(node.orig_prompt[1]) not in ("y", of_menu):
        rows.append(("can be set if", f"`{menu.show(node.orig_prompt[1])}`"))
    for keyword, pairs in (("selects", node.orig_selects), ("implies", node.orig_implies)):
        rows += [(keyword, _conditional(state, f"`{target.name}`", condition)) for target, condition in pairs]
    header, constant = header_of(option, configuration)
    rows.append(("in C++", f"`{constant}` of `<{header}>`"))
    rows.append(("declared in", f"[{node.filename}](../{node.filename})"))
    return [*lines, *_table(rows), *_help(node)]


def _needs(state: State, node: MenuNode) -> list[tuple[str, str]]:
    parts = [part for part in kconfiglib.split_expr(node.dep, kconfiglib.AND) if not isinstance(part, Choice)]
    parts = [part for part in parts if part is not state.menu.kconfig.y]
    return [("needs", "`" + " && ".join(_in_conjunction(state, part) for part in parts) + "`")] if parts else []


def _in_conjunction(state: State, part: object) -> str:
    text = state.menu.show(part)
    return f"({text})" if isinstance(part, tuple) and part[0] == kconfiglib.OR else text


def _bound(symbol: Symbol) -> str:
    """The end of a range: a number with spaces between its thousands, or another option."""
    if symbol.nodes or symbol.orig_type == HEX or not symbol.name.lstrip("-").isdigit():
        return f"`{symbol.name}`"
    return f"{int(symbol.name):,}".replace(",", "\u00a0") if symbol.orig_type in (INT, kconfiglib.UNKNOWN) else symbol.name


def _conditional(state: State, text: str, condition: object) -> str:
    return text if condition is state.menu.kconfig.y else f"{text} if `{state.menu.show(condition)}`"


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Facts as a list: a table would break where an expression has `||`."""
    return [*(f"- {label}: {text}" for label, text in rows), ""]


def _help(node: MenuNode) -> list[str]:
    return [node.help, ""] if node.help else []


def _of_constraints(configuration: Configuration) -> list[str]:
    rows = [f"- `{one}`: {one.reason}" for one in configuration.constraints]
    return ["## Between options", "", "What a range cannot say and the generator checks ([constraints.yaml](../config/schema/constraints.yaml)).",
            "", *rows, ""] if rows else []
