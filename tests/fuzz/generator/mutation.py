"""Changes to cases: of the text (lines, words, bytes), of the tree behind a board file, of options by their names."""
from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache
from typing import Any, Callable, Optional, Sequence

import yaml

from cases import ROOT, Case

_TEXT_LIMIT = 6000
"""Characters of one text; longer ones only take longer."""

_WORDS = (
    "", "0", "1", "-1", "00", "007", "1e9", "0x0", "0x1", "0xffffffff", "0xffffffffffffffff", "0x10000000000000000",
    "4294967296", "18446744073709551615", "18446744073709551616", "9" * 70, "1.5", ".inf", "0b11", "0o17", "1_000",
    "12:30:45", "2024-01-01", "true", "false", "yes", "no", "y", "n", "m", "null", "~", "[]", "{}", "[a, b]",
    "{a: b}", "''", '""', '"a\\nb"', "'it''s'", "&a", "*a", "!!str 1", "!x y", "<<", "---", "...", "# comment", "|",
    ">", "%YAML 1.2", "@", "`", "\t", " ", "\n", "\r", "\x00", "\x1b[31m", "\x7f", "\u0085", "\u2028", "\ufeff",
    "\ufffe", "é", "中", "😀", "\udcff", "\udc80", "*/", "/*", "//", "\\", '"', "'", "${HOME}", "$(shell,id)",
    "$ENV{HOME}", "@@", ";", "a;b", "]]", "{image}", "{status_file}", "{other}", "{{ 1 }}", "{% if %}", "ram",
    "reserved", "console", "timer", "exit", "uart0", "driver", "int", "class", "operator", "_", "__x", "0 B", "1 B",
    "1 TiB", "16777216 TiB", "1 kb", "1 MHz", "0 Hz", "4 KiB", "126 MiB", "status-file", "process", "x" * 200,
    "CONFIG_", "CONFIG_X=y",
)


def _lines_changed(dice: random.Random, text: str, other: str) -> str:
    lines = text.split("\n")
    place = dice.randrange(len(lines))
    kind = dice.randrange(7)
    if kind == 0:
        del lines[place]
    elif kind == 1:
        lines.insert(place, lines[dice.randrange(len(lines))])
    elif kind == 2:
        second = dice.randrange(len(lines))
        lines[place], lines[second] = lines[second], lines[place]
    elif kind == 3:
        lines[place] = dice.choice((" ", "  ", "\t", "- ")) + lines[place]
    elif kind == 4:
        lines[place] = lines[place][dice.randint(1, 3):]
    elif kind == 5:
        lines.insert(place, dice.choice(other.split("\n")))
    else:
        lines[place:] = other.split("\n")[dice.randrange(other.count("\n") + 1):]
    return "\n".join(lines)


def _words_changed(dice: random.Random, text: str) -> str:
    places = [0, len(text)] + [place for place, character in enumerate(text) if character in " :=\n,[]\"'"]
    begin, end = sorted((dice.choice(places), dice.choice(places)))
    if end - begin > 40:
        end = begin + dice.randint(0, 10)
    return text[:begin + 1] + dice.choice(_WORDS) + text[end:]


def _characters_changed(dice: random.Random, text: str) -> str:
    place = dice.randrange(len(text) + 1)
    new = chr(dice.choice((dice.randrange(0x20, 0x7f), dice.randrange(0x100), dice.randrange(0xdc80, 0xdd00))))
    return text[:place] + dice.choice(("", new, new * 3)) + text[place + dice.randint(0, 2):]


def mutate_text(dice: random.Random, text: str, other: str) -> str:
    """A text with a change or several."""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        kind = dice.randrange(3)
        if kind == 0:
            text = _lines_changed(dice, text, other)
        elif kind == 1:
            text = _words_changed(dice, text)
        else:
            text = _characters_changed(dice, text)
    return text[:_TEXT_LIMIT]


# ---- board files ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=None)
def board_texts() -> tuple[str, ...]:
    """The board files of the tree."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted((ROOT / "boards").glob("*/board.yaml")))


def _as_text(key: Any, value: Any) -> Any:
    """Numbers that are written in hexadecimal in board files."""
    if isinstance(value, dict):
        return {name: _as_text(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_text(key, item) for item in value]
    return hex(value) if key in ("base", "size") and isinstance(value, int) and not isinstance(value, bool) else value


class _Hexadecimal(str):
    """A number that the dumper must not put in quotes."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Hexadecimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:int", str(value)))


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Container and key of each value."""
    items = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    return [(tree, key) for key, _ in items] + [place for _, value in items for place in _places(value)]


def _value(dice: random.Random, old: Any) -> Any:
    if isinstance(old, int) and not isinstance(old, bool) and dice.random() < 0.5:
        return max(0, old + dice.choice((-1, 1, 0x1000, -0x1000, old, 1 << 32)))
    return dice.choice((
        dice.choice(_WORDS), dice.randrange(1 << dice.choice((1, 8, 32, 64))), True, False, None, [], {}, ["a"], {"a": 1},
        f"{dice.randrange(2000)} {dice.choice(('B', 'KiB', 'MiB', 'GiB', 'Hz', 'kHz', 'MHz'))}", "uart0", "timer", "ram",
    ))


def mutate_board_tree(dice: random.Random, text: str) -> Optional[str]:
    """A board file with values, keys or whole parts changed; None for a text that is no YAML."""
    try:
        tree, donor = yaml.safe_load(text), yaml.safe_load(dice.choice(board_texts()))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    for _ in range(dice.choice((1, 1, 2, 3))):
        places = _places(tree)
        if not places:
            return None
        container, key = dice.choice(places)
        kind = dice.randrange(7)
        if kind <= 2:
            container[key] = _value(dice, container[key])
        elif kind == 3:
            del container[key]
        elif kind == 4:
            given_container, given_key = dice.choice(_places(donor))
            container[key] = given_container[given_key]
        elif isinstance(container, list):
            container.insert(key, container[key])
        elif kind == 5:
            container[dice.choice(("uart1", "x", "irq", "base", "size", "role", *map(str, container)))] = container[key]
        else:
            container[str(_value(dice, key))[:40]] = container.pop(key)
    tree = _hexadecimal(_as_text("", tree))
    try:
        return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)[:_TEXT_LIMIT]
    except (yaml.YAMLError, RecursionError, UnicodeError):
        return None


def _hexadecimal(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _hexadecimal(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_hexadecimal(item) for item in tree]
    return _Hexadecimal(tree) if isinstance(tree, str) and tree.startswith("0x") else tree


# ---- options --------------------------------------------------------------------------------------------------------


_APP_NAMES = ("APP_SWITCH", "APP_LEVEL", "APP_MASK", "APP_TEXT", "APP_KIND", "APP_KIND_A", "APP_KIND_B")
_APP_WEIGHT = 3
"""As often as so many options of the tree."""


@lru_cache(maxsize=None)
def option_names() -> tuple[str, ...]:
    """The options of all Kconfig files of the tree, and of the applications' among them."""
    files = [path for folder in ("core", "arch", "tests/fuzz") for path in sorted((ROOT / folder).glob("**/Kconfig"))]
    texts = [path.read_text(encoding="utf-8") for path in [ROOT / "Kconfig", *files]]
    words = [line.split() for text in texts for line in text.splitlines()]
    names = dict.fromkeys(line[1] for line in words if len(line) == 2 and line[0] in ("config", "choice"))
    return (*names, *_APP_NAMES * _APP_WEIGHT)


def _option_value(dice: random.Random) -> str:
    return dice.choice((
        "y", "n", "y", "n", str(dice.randrange(1 << dice.choice((2, 5, 8, 12, 16, 20, 32)))),
        str(dice.choice((2, 8, 16, 32, 64, 256, 1000, 4096, 65536))), hex(dice.randrange(1 << 32)), '"g++"', '"text"',
        dice.choice(_WORDS), f'"{dice.choice(_WORDS)}"',
    ))


def assignment(dice: random.Random) -> str:
    """SYMBOL=VALUE, most often of a symbol that exists."""
    name = dice.choice(option_names())
    if dice.random() < 0.05:
        name = dice.choice((name.lower(), name[:-1], name + "S", "CONFIG_" + name, dice.choice(_WORDS)))
    return f"{name}={_option_value(dice)}"


def _fragment_line(dice: random.Random) -> str:
    if dice.random() < 0.2:
        return f"# CONFIG_{dice.choice(option_names())} is not set"
    return f"CONFIG_{assignment(dice)}"


def profiles() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (ROOT / "config" / "profiles").glob("*.config")))


_APP_KCONFIG = """\
config APP_SWITCH
	bool "A switch"
	default y

config APP_LEVEL
	int "A level"
	depends on APP_SWITCH
	range 1 MAX_THREADS
	default 3

config APP_MASK
	hex "A mask"
	range 0x10 0xffff0000
	default 0x40

config APP_TEXT
	string "A text"
	default "some \\"text\\""

choice APP_KIND
	prompt "A kind"

config APP_KIND_A
	bool "A"

config APP_KIND_B
	bool "B"
	select APP_SWITCH

endchoice
"""

_KCONFIG_LINES = (
    "config X", "config APP_SWITCH", "config CLASS", "config MAX_THREADS", "menuconfig Y", "\tbool", '\tbool "x"',
    "\tint", '\tint "x"', "\thex", "\tstring", "\ttristate", "\tdepends on X", "\tdepends on APP_SWITCH && !X",
    "\tselect APP_SWITCH", "\tselect NOPE", "\timply X", "\trange 1 0", "\trange 0 X", "\tdefault 0", '\tdefault ""',
    "\tdefault y if X", "\tdefault 99999999999999999999", "\tdefault -5", "\tdef_bool y", "\tvisible if X", "\thelp", "\t  text", "choice", "endchoice", "if X", "endif", "menu \"m\"",
    "endmenu", "comment \"c\"", "source \"nope\"", "osource \"nope*\"", "rsource \"Kconfig\"", "mainmenu \"m\"", "\toptional",
    "X := $(shell,echo)", "$(error,boo)", "$(warning,boo)", "\tdefault $(X)", "\tmodules", "\toption env=\"HOME\"",
)


def _app_kconfig(dice: random.Random, text: Optional[str]) -> str:
    lines = (text or _APP_KCONFIG).split("\n")
    for _ in range(dice.choice((1, 1, 2, 3))):
        lines.insert(dice.randrange(len(lines) + 1), dice.choice(_KCONFIG_LINES))
    return "\n".join(lines)[:_TEXT_LIMIT]


# ---- cases ----------------------------------------------------------------------------------------------------------


def _board(dice: random.Random, case: Case, other: Case) -> Case:
    text = case.board_text or dice.choice(board_texts())
    if dice.random() < 0.6 and (changed := mutate_board_tree(dice, text)) is not None:
        return replace(case, board_text=changed)
    return replace(case, board_text=mutate_text(dice, text, other.board_text or dice.choice(board_texts())))


def _fragment(dice: random.Random, case: Case, other: Case) -> Case:
    texts = list(case.fragments)
    kind = dice.randrange(5)
    if not texts or kind == 0:
        lines = [_fragment_line(dice) for _ in range(dice.randint(1, 4))]
        texts.insert(dice.randrange(len(texts) + 1), "".join(f"{line}\n" for line in lines))
    elif kind == 1:
        del texts[dice.randrange(len(texts))]
    elif kind == 2:
        place = dice.randrange(len(texts))
        texts[place] = mutate_text(dice, texts[place], "".join(other.fragments) or texts[place])
    else:
        place = dice.randrange(len(texts))
        lines = texts[place].split("\n")
        lines.insert(dice.randrange(len(lines) + 1), _fragment_line(dice))
        texts[place] = "\n".join(lines)
    return replace(case, fragments=tuple(texts[:4]))


def _settings(dice: random.Random, case: Case, _: Case) -> Case:
    settings = list(case.settings)
    kind = dice.randrange(4)
    if settings and kind == 0:
        del settings[dice.randrange(len(settings))]
    elif settings and kind == 1:
        place = dice.randrange(len(settings))
        settings[place] = mutate_text(dice, settings[place], settings[0])
    else:
        settings.append(assignment(dice))
    return replace(case, settings=tuple(setting.replace("\0", "") for setting in settings[:8]))


def _names(dice: random.Random, case: Case, _: Case) -> Case:
    if dice.random() < 0.5:
        return replace(case, profile=dice.choice((*profiles(), *profiles(), "defualt", "", "../x", "\udcff")))
    boards = [path.parent.name for path in (ROOT / "boards").glob("*/board.yaml")]
    wrong = ("qemu-riscv64", "", "a/b", "\udcff")
    return replace(case, board_text=None, board=dice.choice((*sorted(boards), *sorted(boards), *wrong)))


def _application(dice: random.Random, case: Case, other: Case) -> Case:
    kind = dice.randrange(4)
    if kind == 0:
        lines = [_fragment_line(dice) for _ in range(dice.randint(0, 3))]
        return replace(case, app_config="".join(f"{line}\n" for line in lines))
    if kind == 1 and case.app_kconfig is not None:
        return replace(case, app_kconfig=mutate_text(dice, case.app_kconfig, other.app_kconfig or _APP_KCONFIG))
    if kind == 2 and case.app_kconfig is not None:
        return replace(case, app_kconfig=None, app_config=None)
    return replace(case, app_kconfig=_app_kconfig(dice, case.app_kconfig))


def _defaults(dice: random.Random, case: Case, _: Case) -> Case:
    if case.board_text is None:
        return replace(case, board_text=dice.choice(board_texts()))
    return replace(case, defaults="".join(f"{_fragment_line(dice)}\n" for _ in range(dice.randint(0, 3))))


_CHANGES: Sequence[tuple[Callable[[random.Random, Case, Case], Case], int]] = (
    (_board, 10), (_fragment, 5), (_settings, 5), (_application, 4), (_names, 1), (_defaults, 1),
)


def mutate(dice: random.Random, case: Case, other: Case) -> Case:
    """A case with a change or two; `other` may lend parts."""
    for _ in range(dice.choice((1, 1, 2))):
        (change,) = dice.choices([change for change, _ in _CHANGES], [weight for _, weight in _CHANGES])
        case = change(dice, case, other)
    return case


def first_cases() -> list[Case]:
    """What real users give: each board with each profile."""
    cases = [Case(board_text=text, profile=profile) for text in board_texts() for profile in profiles()]
    return [*cases, Case(app_kconfig=_APP_KCONFIG), Case(settings=("TIME_SLICE_US=500", "MAX_THREADS=8"))]
