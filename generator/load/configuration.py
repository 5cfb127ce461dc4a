"""From fragments to a `Configuration`: which sources there are, their merge, and the options that result."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import kconfiglib
from kconfiglib import INT, HEX, Symbol

from ..constraints import Constraint, parse_constraint
from ..errors import ConfigError, PegplanError, did_you_mean, printable
from ..model import Binding, Configuration, Option, OptionKind
from ..quantities import DURATIONS, MAX_UNSIGNED_64
from ..sources import InputFile, Location, Origin, Places
from .fragments import RawAssignment, parse_fragment, parse_setting
from .kconfig import KINDS, Menu
from .merge import Merge
from .yaml_tree import Mapping, Scalar, Sequence as YamlSequence, load_yaml

APP_CONFIG = "app.config"
BOARD_CONFIG = "defaults.config"
USER_CONFIG = "user.config"
APP_SUBSYSTEM = "app"
BINDING_HEADER, BINDING_CLASS = "_HEADER", "_CLASS"

_LEAST, _LARGEST_SIGNED = -(1 << 63), (1 << 63) - 1


@dataclass(frozen=True)
class Fragment:
    """A file of assignments."""

    file: InputFile
    assignments: tuple[RawAssignment, ...]


def read_fragments(
    places: Places, board_folders: Sequence[Path], profile: str, configs: Sequence[str]
) -> tuple[Fragment, ...]:
    """The fragments of a build, lowest precedence first, without the user's own delta."""
    paths = [folder / BOARD_CONFIG for folder in board_folders if (folder / BOARD_CONFIG).is_file()]
    paths.append(_profile(places, profile))
    if places.app_dir and (places.app_dir / APP_CONFIG).is_file():
        paths.append(places.app_dir / APP_CONFIG)
    paths += [_fragment_path(places, config) for config in configs]
    return tuple(_read(places, path) for path in paths)


def read_user_config(places: Places) -> Fragment | None:
    """The delta that a front end left in the build folder."""
    path = places.build_dir / USER_CONFIG
    return _read(places, path) if path.is_file() else None


def _read(places: Places, path: Path) -> Fragment:
    file, text = places.read(path, "the fragment")
    return Fragment(file, parse_fragment(file, text))


def profiles(places: Places) -> tuple[str, ...]:
    """The names of the profiles."""
    return tuple(sorted(path.stem for path in (places.tree / "config" / "profiles").glob("*.config")))


def _profile(places: Places, name: str) -> Path:
    known = profiles(places)
    if name not in known:
        raise PegplanError(None, f"there is no profile `{name}`", remedy=did_you_mean(name, known))
    return places.tree / "config" / "profiles" / f"{name}.config"


def _fragment_path(places: Places, config: str) -> Path:
    """A fragment of the command line: a file, or the name of a profile."""
    if Path(config).is_file():
        return Path(config)
    if "/" not in config and config in profiles(places):
        return _profile(places, config)
    raise PegplanError(None, f"--config {config}: there is no such file, nor a profile of that name",
                       remedy=did_you_mean(Path(config).name, profiles(places)))


def merge(menu: Menu, fragments: Iterable[Fragment], settings: Iterable[str]) -> Merge:
    """Merges fragments and `--set` arguments and puts them into the menu. Nothing is judged."""
    result = Merge(menu)
    for fragment in fragments:
        result.add(fragment.assignments)
    for setting in settings:
        result.add((parse_setting(setting),))
    result.apply()
    return result


def resolve(menu: Menu, fragments: tuple[Fragment, ...], settings: Sequence[str]) -> Configuration:
    """The configuration that fragments and settings ask for. Raises an error if it is not what comes out."""
    merged = merge(menu, fragments, settings)
    merged.judge()
    options = tuple(_option(menu, merged, symbol) for symbol in menu.symbols)
    return Configuration(
        options=options,
        bindings=tuple(_bindings(options)),
        subsystems=_subsystems(menu, options),
        merge=tuple(merged.winners[symbol.name] for symbol in menu.symbols if symbol.name in merged.winners),
        fragments=tuple(fragment.file for fragment in fragments),
        kconfig_files=tuple(file for file in menu.files.values() if file.path != menu.board_kconfig),
        constraints=_constraints(menu),
    )


# ---- options --------------------------------------------------------------------------------------------------------


def _option(menu: Menu, merged: Merge, symbol: Symbol) -> Option:
    declared = menu.declared(symbol)
    kind = KINDS.get(symbol.orig_type)
    if kind is None:
        raise ConfigError(declared, f"{symbol.name} is of type {kconfiglib.TYPE_TO_STR[symbol.orig_type]}",
                          facts=[("expected", "bool, int, hex or string")], remedy="give it one of these types")
    in_effect = kconfiglib.expr_value(symbol.direct_dep) or symbol.str_value not in ("", "n")
    unmet = "" if in_effect else " && ".join(menu.show(part) for part in menu.unmet(symbol.direct_dep))
    assignment = merged.winners.get(symbol.name)
    value = _value(menu, symbol, declared, bool(unmet))
    _check_expressible(symbol, value, assignment.origin if assignment and assignment.value is not None else declared)
    return Option(
        name=symbol.name,
        kind=kind,
        value=value,
        subsystem=_subsystem(menu, declared),
        declared=declared,
        origin=assignment.origin if assignment and assignment.value is not None and not unmet else None,
        unmet=unmet,
        fragment_line=symbol.config_string.rstrip("\n"),
    )


def _value(menu: Menu, symbol: Symbol, declared: Location, not_in_effect: bool) -> bool | int | str:
    text = symbol.str_value
    if symbol.orig_type in (INT, HEX):
        if text == "":
            if not not_in_effect:
                raise ConfigError(declared, f"{symbol.name} is a number without a default",
                                  remedy="add a `default` that holds whenever its dependencies are met")
            return 0
        limits = menu.range_of(symbol)
        if limits and limits[0] > limits[1]:
            raise ConfigError(declared, f"{symbol.name} has an empty range: {limits[2]}", remedy="mend the range")
        return int(text, 16 if symbol.orig_type == HEX else 10)
    return text == "y" if KINDS[symbol.orig_type] is OptionKind.BOOL else text


def _check_expressible(symbol: Symbol, value: bool | int | str, origin: Origin) -> None:
    """That the value can be a C++ constant, and a line of a fragment."""
    if isinstance(value, str):
        text = value.replace("\t", " ")
        if printable(text) != text:
            raise ConfigError(origin, f"`{value}`, the value of {symbol.name}, holds a character that cannot be shown",
                              facts=[("expected", "one line of text")], remedy="remove it")
    elif not isinstance(value, bool):
        signed = symbol.name.endswith(tuple(DURATIONS)) or value < 0
        if not _LEAST <= value <= (_LARGEST_SIGNED if signed else MAX_UNSIGNED_64):
            raise ConfigError(origin, f"{symbol.str_value}, the value of {symbol.name}, does not fit in 64 bits",
                              remedy="choose a smaller number")


def _subsystem(menu: Menu, declared: Location) -> str | None:
    """The header for the symbols of a Kconfig file: the name of its folder."""
    places, path = menu.places, declared.file.path
    if path == menu.board_kconfig:
        return None
    if places.is_of_app(path):
        return APP_SUBSYSTEM
    if path.parent == places.tree:
        raise ConfigError(declared, "an option in the root Kconfig has no header to go to",
                          remedy="declare it in a Kconfig file beside the code that it configures")
    return path.parent.name


def _subsystems(menu: Menu, options: Iterable[Option]) -> tuple[tuple[str, tuple[InputFile, ...]], ...]:
    """The headers in order of their first symbol, with the Kconfig files whose symbols they carry."""
    files: dict[str, dict[str, InputFile]] = {}
    for option in options:
        if option.subsystem is None:
            continue
        group = files.setdefault(option.subsystem, {})
        other = next((file for file in group.values() if file.path.parent != option.declared.file.path.parent), None)
        if other and option.subsystem != APP_SUBSYSTEM:
            raise ConfigError(option.declared,
                              f"a second folder is called `{option.subsystem}`, which names the header",
                              facts=[("first", other.shown)], remedy="rename one of the two folders")
        group[option.declared.file.name] = option.declared.file
    return tuple((name, tuple(group.values())) for name, group in files.items())


def _bindings(options: Sequence[Option]) -> Iterable[Binding]:
    """The pairs <SUBSYSTEM>_<NAME>_HEADER and <SUBSYSTEM>_<NAME>_CLASS of computed texts."""
    by_name = {option.name: option for option in options if option.kind is OptionKind.STRING}
    for option in options:
        stem = option.name.removesuffix(BINDING_CLASS)
        header = by_name.get(stem + BINDING_HEADER)
        prefix = f"{option.subsystem}_".upper()
        if option.name in by_name and stem != option.name and header and option.subsystem and stem.startswith(prefix):
            yield Binding(stem.removeprefix(prefix).lower(), option.subsystem, header, option)


# ---- constraints ----------------------------------------------------------------------------------------------------


def _constraints(menu: Menu) -> tuple[Constraint, ...]:
    """The relations of config/schema/constraints.yaml."""
    file, text = menu.places.read(menu.places.tree / "config" / "schema" / "constraints.yaml", "the constraints")
    root = load_yaml(file, text)
    found = []
    for item in root.items if isinstance(root, YamlSequence) else ():
        texts = {key: entry.value.text for key, entry in item.entries.items() if isinstance(entry.value, Scalar)} \
            if isinstance(item, Mapping) else {}
        constraint = parse_constraint(texts, item.location)
        for name in constraint.names:
            if menu.find(name) is None:
                problem, remedy = menu.unknown(name)
                raise ConfigError(item.location, problem, remedy=remedy)
        found.append(constraint)
    return tuple(found)
