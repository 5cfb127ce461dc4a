"""Fragments (`*.config` files) and `--set` arguments as assignments with their origin."""
from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ConfigError
from ..sources import CommandLine, InputFile, Location, Origin

_ASSIGNMENT = re.compile(r"CONFIG_([A-Za-z0-9_]+)=(.*)")
_UNSET = re.compile(r"# CONFIG_([A-Za-z0-9_]+) is not set")
_SETTING = re.compile(r"(?:CONFIG_)?([A-Za-z0-9_]+)=(.*)", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class RawAssignment:
    """An assignment as written. `value` is None for `# CONFIG_X is not set`."""

    name: str
    value: str | None
    origin: Origin

    @property
    def shown(self) -> str:
        """The assignment for messages."""
        return f"# CONFIG_{self.name} is not set" if self.value is None else f"CONFIG_{self.name}={self.value}"


def unquote(text: str) -> str | None:
    """The contents of a string literal of Kconfig, or None when `text` is none."""
    match = _STRING.fullmatch(text)
    return re.sub(r"\\(.)", r"\1", match.group(1)) if match else None


def quote(text: str) -> str:
    """`text` as a string literal of Kconfig."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_fragment(file: InputFile, text: str) -> tuple[RawAssignment, ...]:
    """The assignments of a fragment, in order. Comments and empty lines are skipped; anything else is an error."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        origin = Location(file, number)
        if match := _ASSIGNMENT.fullmatch(line):
            found.append(RawAssignment(match.group(1), match.group(2), origin))
        elif match := _UNSET.fullmatch(line):
            found.append(RawAssignment(match.group(1), None, origin))
        elif line and not line.startswith("#"):
            raise ConfigError(origin, f"`{line}` is not an assignment", remedy=_mend(line))
    return tuple(found)


def parse_setting(text: str) -> RawAssignment:
    """The assignment of a `--set NAME=VALUE` argument; the prefix CONFIG_ may be left out."""
    match = _SETTING.fullmatch(text)
    origin = CommandLine(f"--set {text}")
    if not match:
        raise ConfigError(origin, f"`{text}` is not an assignment", remedy="write --set NAME=VALUE")
    return RawAssignment(match.group(1), match.group(2), origin)


def _mend(line: str) -> str:
    """What the author of a malformed line most likely meant."""
    compact = re.sub(r"\s*=\s*", "=", line.strip(), count=1)
    if _ASSIGNMENT.fullmatch(compact):
        return f"write `{compact}`, without spaces"
    if re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", compact):
        return f"write `CONFIG_{compact}`"
    return "write CONFIG_NAME=value, `# CONFIG_NAME is not set`, or a comment that begins with #"
