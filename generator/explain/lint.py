"""What is legal in Kconfig files and fragments, and yet wrong: each finding with its line, its rule and what to do.

| rule | what it finds | why |
|---|---|---|
| select | `select` of an option that has a prompt or dependencies | overrides what the user chose, and dependencies |
| help | an option or choice with a prompt and without help | nobody knows what to answer |
| range | a number with a prompt and without a range | any number is legal, few work |
| default | a number whose default lies outside of its range; a choice whose default is none of its members | says what never is |
| unused | an option that no source, build file or other option uses | changes nothing |
| twice | an option that is defined twice, or assigned twice in one fragment | the second is overlooked when the first is edited |
| prompt | two options of one menu with the same prompt | cannot be told apart |
| assigns-default | a line of a fragment that changes nothing on any board | says what is so anyway, and hides changes of the default |
| no-effect | a line of a fragment that takes no effect, or makes the configuration illegal, on every board | is an error in each build |
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kconfiglib import HEX, INT, Choice, MenuNode, Symbol

from ..errors import PegplanError
from ..load.board import board_folders
from ..load.configuration import Fragment, profiles, read_fragments
from ..load.fragments import RawAssignment
from ..load.merge import Merge
from ..request import DEFAULT_PROFILE, Request
from ..sources import Location
from .state import State, open_state
from .uses import configuration_of, uses_of



@dataclass(frozen=True)
class Finding:
    """Something to mend."""

    place: Location
    rule: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place.shown}: {self.problem} [{self.rule}]\n  remedy: {self.remedy}"


def lint(request: Request, fragments: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Everything that is odd in the Kconfig files of the tree and of the request's application, in the profiles, in the application's
    app.config and in further fragments. A mistake in a Kconfig file is an error, not a finding."""
    bare = Request(request.board, request.places)
    state = open_state(bare, fragments=())
    found = [*_of_menu(state), *_of_fragments(request, fragments)]
    return tuple(dict.fromkeys(sorted(found, key=lambda one: (one.place.file.name, one.place.line, one.rule))))


# ---- the menu -------------------------------------------------------------------------------------------------------


def _of_menu(state: State) -> Iterable[Finding]:
    own = [symbol for symbol in state.menu.symbols if not state.is_fact(symbol)]
    yield from _selects(state, own)
    yield from _helps(state, own)
    yield from _ranges(state, own)
    yield from _defaults(state, own)
    yield from _unused(state, own)
    yield from _defined_twice(state, own)
    yield from _same_prompts(state)


def _place(state: State, node: MenuNode) -> Location:
    file = next(file for file in state.menu.files.values() if file.path == state.menu.path(node.filename))
    return Location(file, node.linenr)


def _line_of(state: State, symbol: Symbol, keyword: str, first_word: str) -> Location:
    places = (place for place, one in state.statements_of(symbol.name)
              if one.keyword == keyword and one.text.split()[:1] == [first_word])
    return next(places, state.menu.declared(symbol))


def _selects(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    for symbol in symbols:
        for target, _ in symbol.selects:
            place = _line_of(state, symbol, "select", target.name)
            if state.menu.prompt(target):
                yield Finding(place, "select", f"{symbol.name} selects {target.name}, which has a prompt",
                              f"write `depends on {target.name}` or `imply {target.name}`, or take the prompt from {target.name}")
            elif target.direct_dep is not state.menu.kconfig.y:
                needs = state.menu.show(target.direct_dep)
                yield Finding(place, "select", f"{symbol.name} selects {target.name}, which depends on {needs}",
                              f"select an option without dependencies, or let {symbol.name} depend on the same")


def _helps(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    items: list[Symbol | Choice] = [*symbols, *state.menu.kconfig.unique_choices]
    for item in items:
        if state.menu.prompt(item) and not any(node.help for node in item.nodes):
            what = item.name or f"the choice {state.menu.prompt(item)!r}"
            yield Finding(_place(state, item.nodes[0]), "help", f"{what} has a prompt and no help",
                          "say what it does and what it costs, in a `help`")


def _ranges(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    for symbol in symbols:
        if symbol.orig_type in (INT, HEX) and state.menu.prompt(symbol) and not symbol.ranges:
            yield Finding(state.menu.declared(symbol), "range", f"{symbol.name} is a number without a range",
                          "write `range FIRST LAST`")


def _defaults(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    base = {INT: 10, HEX: 16}
    for symbol in symbols:
        if symbol.orig_type not in base or len(symbol.ranges) != 1:
            continue
        low, high, _ = symbol.ranges[0]
        for default, _ in symbol.defaults:
            if not all(isinstance(one, Symbol) and not one.nodes for one in (low, high, default)):
                continue
            first, last, value = (int(one.str_value, base[symbol.orig_type]) for one in (low, high, default))
            if not first <= value <= last:
                yield Finding(_line_of(state, symbol, "default", default.name), "default",
                              f"{symbol.name} has the default {default.name}, outside of its range {low.name} to {high.name}",
                              "mend the default or the range")
    for choice in state.menu.kconfig.unique_choices:
        for member, _ in choice.defaults:
            if member not in choice.syms:
                problem = f"the choice {state.menu.prompt(choice)!r} has the default {member.name}, which is no member"
                yield Finding(_place(state, choice.nodes[0]), "default", problem, "name a member")


def _unused(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    configuration = configuration_of(state)

    def used(symbol: Symbol) -> bool:
        option = configuration.option(symbol.name)
        return option is not None and any(use.how != "constraint" for use in uses_of(state, option, configuration))

    for symbol in symbols:
        # Of a choice one member is what the others are not. Of a pair of header and class both are one header.
        group = symbol.choice.syms if symbol.choice else [symbol]
        if not any(map(used, group)):
            yield Finding(state.menu.declared(symbol), "unused", f"nothing uses {symbol.name}",
                          f"use config::{symbol.name.lower()}, or remove the option")


def _defined_twice(state: State, symbols: Iterable[Symbol]) -> Iterable[Finding]:
    for symbol in symbols:
        for node in symbol.nodes[1:]:
            yield Finding(_place(state, node), "twice", f"{symbol.name} is defined a second time",
                          f"remove this or {state.menu.declared(symbol).shown}, or give the two different names")


def _same_prompts(state: State) -> Iterable[Finding]:
    first: dict[tuple[int, str], str] = {}
    for node in state.menu.kconfig.node_iter():
        if not isinstance(node.item, (Symbol, Choice)) or not node.prompt or node.item.name is None:
            continue
        key = (id(node.parent), node.prompt[0])
        other = first.setdefault(key, node.item.name)
        if other != node.item.name:
            yield Finding(_place(state, node), "prompt", f"{node.item.name} has the prompt of {other}", "tell them apart")


# ---- fragments ------------------------------------------------------------------------------------------------------


def _of_fragments(request: Request, given: Sequence[str]) -> Iterable[Finding]:
    """The profiles and fragments on each board: a line that is of no use on one may be on another."""
    places = request.places
    # Each board's facts go to a folder of their own; the build folder's are those of its own board.
    states = [open_state(Request(name, replace(places, build_dir=places.build_dir / "lint" / name)), fragments=())
              for name in sorted(board_folders(places))]
    layers: dict[str, list[tuple[Fragment, ...]]] = {}
    for state in states:
        # The bases of a board come first.
        folders = [file.path.parent for file in reversed(state.board.files)]
        for profile in profiles(places):
            stack = read_fragments(places, folders, profile, ())
            below = [fragment for fragment in stack if fragment.file.path.parent in folders]
            own = next(fragment for fragment in stack if fragment.file.path.parent == places.tree / "config" / "profiles")
            layers.setdefault(f"profile {profile}", []).append((*below, own))
        usual = read_fragments(places, folders, DEFAULT_PROFILE, ())
        if places.app_dir and usual[-1].file.path.is_relative_to(places.app_dir):
            layers.setdefault("app.config", []).append(usual)
        for name in given:
            layers.setdefault(name, []).append(read_fragments(places, folders, request.profile, [name]))
    for stacks in layers.values():
        yield from _of_fragment(states, stacks)


def _of_fragment(states: Sequence[State], stacks: Sequence[tuple[Fragment, ...]]) -> Iterable[Finding]:
    """The last of each stack, over those below it."""
    fragment = stacks[0][-1]
    seen: dict[str, RawAssignment] = {}
    for raw in fragment.assignments:
        assert isinstance(raw.origin, Location)
        if raw.name in seen:
            yield Finding(raw.origin, "twice", f"{raw.name} is assigned a second time",
                          f"remove this or {seen[raw.name].origin.shown}")
        seen.setdefault(raw.name, raw)
    if len(seen) < len(fragment.assignments):
        return
    outcomes = [_outcome(state, stack) for state, stack in zip(states, stacks)]
    if all(complaint for complaint, _ in outcomes):
        complaint = outcomes[0][0]
        place = complaint.where if isinstance(complaint.where, Location) else Location(fragment.file, 1)
        yield Finding(place, "no-effect", f"on every board: {complaint.problem}", complaint.remedy or "mend it")
        return
    for raw in fragment.assignments:
        rest = tuple(one for one in fragment.assignments if one is not raw)
        shorter = [(*stack[:-1], Fragment(fragment.file, rest)) for stack in stacks]
        legal = [index for index, (complaint, _) in enumerate(outcomes) if not complaint]
        if all(_outcome(states[index], shorter[index]) == outcomes[index] for index in legal):
            assert isinstance(raw.origin, Location)
            yield Finding(raw.origin, "assigns-default", f"{raw.shown} changes nothing: without the line it is so as well",
                          "remove the line")


def _outcome(state: State, fragments: Sequence[Fragment]) -> tuple[PegplanError | None, dict[str, str]]:
    """What a configuration comes to on a board: what is wrong with it, or its values."""
    merged = Merge(state.menu)
    try:
        for fragment in fragments:
            merged.add(fragment.assignments)
        merged.apply()
        merged.judge()
    except PegplanError as error:
        return error, {}
    return None, {symbol.name: symbol.str_value for symbol in state.menu.symbols}


