"""The statements of a Kconfig file with their lines, which Kconfiglib keeps for entries alone."""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = re.compile(r"(\w+)(.*)", re.DOTALL)
_ENTRIES = frozenset(("config", "menuconfig", "choice", "menu", "comment", "if", "mainmenu", "source", "rsource", "osource", "orsource"))
_ENDS = frozenset(("endchoice", "endmenu", "endif"))
_DEFAULTS = frozenset(("default", "def_bool", "def_int", "def_hex", "def_string"))
_TAB = 8


@dataclass(frozen=True)
class Statement:
    """A line of a Kconfig file outside of help texts, with those that continue it."""

    line: int
    keyword: str
    text: str       # what follows the keyword, without comment
    entry: str      # the option or the named choice that it belongs to; "" for menus and the like
    opened: int     # the line of that entry

    @property
    def is_default(self) -> bool:
        """Whether it gives a default."""
        return self.keyword in _DEFAULTS

    def mentions(self, name: str) -> bool:
        """Whether an expression of the statement names the option; what stands in quotes is text."""
        return re.search(rf"(?<![\w$]){name}(?!\w)", re.sub(r'"(?:\\.|[^"\\])*"', '""', self.text)) is not None


def statements(text: str) -> Iterator[Statement]:
    """All statements of a file, in order."""
    lines = text.split("\n")
    entry, opened, number = "", 0, 0
    while number < len(lines):
        line, start = lines[number], number + 1
        number += 1
        while line.endswith("\\") and number < len(lines):
            line = line[:-1] + " " + lines[number]
            number += 1
        match = _WORDS.match(line.strip())
        if match is None:
            continue
        keyword, rest = match.group(1), _without_comment(match.group(2)).strip()
        if keyword == "help":
            number = _end_of_help(lines, number)
            continue
        if keyword in _ENTRIES:
            entry, opened = rest if keyword in ("config", "menuconfig", "choice") else "", start
        elif keyword in _ENDS:
            entry, opened = "", start
        yield Statement(start, keyword, rest, entry, opened)


def _end_of_help(lines: list[str], number: int) -> int:
    """The first line behind a help text that begins at `number`: one that is indented less than the text's first."""
    depth = None
    while number < len(lines):
        line = lines[number].expandtabs(_TAB)
        if line.strip():
            indent = len(line) - len(line.lstrip())
            depth = indent if depth is None else depth
            if indent < depth or depth == 0:
                break
        number += 1
    return number


def _without_comment(text: str) -> str:
    in_quotes = ""
    for index, character in enumerate(text):
        if in_quotes:
            in_quotes = "" if character == in_quotes else in_quotes
        elif character in "\"'":
            in_quotes = character
        elif character == "#":
            return text[:index]
    return text
