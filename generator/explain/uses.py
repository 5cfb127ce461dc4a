"""Who uses an option: C++ by its constant, the build by its CMake variable, other options in Kconfig, constraints, board files, scripts."""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..emit.names import constant_name, type_name
from ..load.configuration import APP_SUBSYSTEM, BINDING_CLASS, BINDING_HEADER, resolve
from ..model import Configuration, Option
from ..sources import shown_path
from .state import State

_CODE = (".hpp", ".cpp", ".h", ".S", ".inc", ".in", ".map")
_BUILD = (".cmake", ".txt")
_QUOTING = (".py", ".yaml")
_FOLDERS = ("core", "arch", "examples", "templates", "generator", "scripts", "boards", "CMakeLists.txt")

_CONSTANT = re.compile(r"\bconfig::(\w+)")
_VARIABLE = re.compile(r"\bCONFIG_(\w+)\b(?!=)")
_HEADER = re.compile(r"#include <pegplan/config/(\w+)\.hpp>")
_QUOTED = re.compile(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{3,})\b")


@dataclass(frozen=True)
class Use:
    """A line that uses an option."""

    how: str        # "source", "build", "Kconfig", "constraint", "board", "script"
    path: Path
    line: int
    text: str

    @property
    def shown(self) -> str:
        """file:line for an editor."""
        return f"{shown_path(self.path)}:{self.line}"


@dataclass(frozen=True)
class _Mentions:
    """What a folder mentions: constants, CMake variables and headers of options, and names in scripts and board files."""

    constants: dict[str, list[Use]]
    variables: dict[str, list[Use]]
    headers: dict[str, list[Use]]
    names: dict[str, list[Use]]


@lru_cache(maxsize=16)
def _mentions(folder: Path) -> _Mentions:
    found = _Mentions(*(defaultdict(list) for _ in range(4)))
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        if path.suffix not in (*_CODE, *_BUILD, *_QUOTING) or "build" in path.relative_to(folder).parts[:-1]:
            continue
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines, 1):
            _scan(found, path, number, line)
    return found


def _scan(found: _Mentions, path: Path, number: int, line: str) -> None:
    if path.suffix in _CODE:
        code = line.split("//", 1)[0]
        for match in _CONSTANT.finditer(code):
            found.constants[match[1]].append(Use("source", path, number, line.strip()))
        for match in _HEADER.finditer(code):
            found.headers[match[1]].append(Use("source", path, number, line.strip()))
    elif path.suffix in _BUILD:
        for match in _VARIABLE.finditer(line.split("#", 1)[0]):
            found.variables[match[1]].append(Use("build", path, number, line.strip()))
    else:
        how = "script" if path.suffix == ".py" else "board"
        for match in _QUOTED.finditer(line.split("#", 1)[0]):
            if how == "board" or re.search(rf"""["']{match[1]}(?:=[^=]|["'])""", line):
                found.names[match[1]].append(Use(how, path, number, line.strip()))


def uses_of(state: State, option: Option, configuration: Configuration) -> tuple[Use, ...]:
    """All lines that use the option, sources first. Defining it, and setting it in a fragment, is no use."""
    found: list[Use] = []
    places = state.menu.places
    folders = [places.tree / name for name in _FOLDERS if (places.tree / name).exists()]
    if places.app_dir and not any(places.app_dir.is_relative_to(folder) for folder in folders):
        folders.append(places.app_dir)
    bound = next((one for one in configuration.bindings if option.name in (one.header.name, one.class_name.name)), None)
    for folder in folders:
        mentions = _mentions(folder)
        found += mentions.constants.get(constant_name(option), ())
        found += mentions.variables.get(option.name, ())
        found += mentions.names.get(option.name, ())
        if bound:
            found += mentions.headers.get(bound.name, ())
    return (*sorted(dict.fromkeys(found), key=_rank), *_in_kconfig(state, option.name), *_in_constraints(configuration, option.name))


def _rank(use: Use) -> int:
    return ("source", "build", "board", "script").index(use.how)


def _in_kconfig(state: State, name: str) -> Iterator[Use]:
    """Statements of other entries that name the option."""
    for file, group in state.statements.items():
        for one in group:
            if one.entry != name and one.keyword not in ("config", "menuconfig", "choice") and one.mentions(name):
                owner = f"{one.entry}: " if one.entry else ""
                yield Use("Kconfig", file.path, one.line, f"{owner}{one.keyword} {one.text}")


def _in_constraints(configuration: Configuration, name: str) -> Iterator[Use]:
    for one in configuration.constraints:
        if name in one.names:
            yield Use("constraint", one.location.file.path, one.location.line, str(one))


def configuration_of(state: State) -> Configuration:
    """What there is of options, whatever their values: of the menu's defaults, which are legal."""
    configuration = resolve(state.menu, (), ())
    state.restore()
    return configuration


def header_of(option: Option, configuration: Configuration) -> tuple[str, str]:
    """The generated header that carries the option, and what stands there for it; ("", "") for facts of the board."""
    if option.subsystem is None:
        return "", ""
    for one in configuration.bindings:
        if option.name in (one.header.name, one.class_name.name):
            kind = BINDING_HEADER if option.name.endswith(BINDING_HEADER) else BINDING_CLASS
            what = "#include" if kind == BINDING_HEADER else f"{one.subsystem}::{type_name(one.name)}"
            return f"pegplan/config/{one.name}.hpp", what
    namespace = "config::" if option.subsystem != APP_SUBSYSTEM else "pegplan::config::"
    return f"pegplan/config/{option.subsystem}.hpp", namespace + constant_name(option)
