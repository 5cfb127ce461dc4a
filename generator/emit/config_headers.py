"""Headers of options: one for each subsystem, and one for each class that the menu chooses."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ..load.configuration import USER_CONFIG
from ..model import Binding, Configuration, Model, Option, OptionKind
from ..quantities import DURATIONS
from ..sources import InputFile, Location, Origin
from .names import constant_name, decimal, duration_of, string, type_name
from .render import Input, Line, Output, align, banner, render_header

_INT_LIMIT = 1 << 31
_INT64_LIMIT = 1 << 63


def emit_subsystems(model: Model) -> list[Output]:
    """pegplan/config/<subsystem>.hpp"""
    return [_subsystem(model.configuration, name, files) for name, files in model.configuration.subsystems]


def emit_bindings(model: Model) -> list[Output]:
    """pegplan/config/<name>.hpp for each pair of options that names a class and its header."""
    return [_binding(binding) for binding in model.configuration.bindings]


def _subsystem(configuration: Configuration, name: str, files: tuple[InputFile, ...]) -> Output:
    bound = {option.name for binding in configuration.bindings for option in (binding.header, binding.class_name)}
    options = [option for option in configuration.options if option.subsystem == name and option.name not in bound]
    includes = sorted({include for option in options for include in _constant(option)[1]})
    return render_header(
        f"pegplan/config/{name}.hpp", "config/subsystem.hpp.j2",
        banner=banner([f"The options of {', '.join(file.name for file in files)}."], _inputs(files, options)),
        includes=[*(f"#include <{include}>" for include in includes), *([""] if includes else [])],
        constants=align([Line(_constant(option)[0], _provenance(option)) for option in options]),
    )


def _binding(binding: Binding) -> Output:
    header, chosen = binding.header, binding.class_name
    files = dict.fromkeys([header.declared.file, chosen.declared.file])
    return render_header(
        f"pegplan/config/{binding.name}.hpp", "config/binding.hpp.j2",
        banner=banner([f"The class that the menu chose as {binding.subsystem}::{type_name(binding.name)}."],
                      _inputs(files, [header, chosen])),
        include=align([Line(f'#include "{header.value}"', _provenance(header))])[0],
        subsystem=binding.subsystem,
        alias=align([Line(f"using {type_name(binding.name)} = {chosen.value};", _provenance(chosen))])[0],
    )


def _constant(option: Option) -> tuple[str, tuple[str, ...]]:
    """The declaration, and the headers that it needs."""
    name, value = constant_name(option), option.value
    if option.kind is OptionKind.BOOL:
        return f"inline constexpr bool {name} = {str(value).lower()};", ()
    if option.kind is OptionKind.STRING:
        return f"inline constexpr std::string_view {name} = {string(str(value))};", ("string_view",)
    number = int(value)
    if option.kind is OptionKind.HEX:
        return f"inline constexpr std::uintptr_t {name} = {number:#x};", ("cstdint",)
    if suffix := duration_of(option):
        return f"inline constexpr std::chrono::{DURATIONS[suffix]} {name}{{{decimal(number)}}};", ("chrono",)
    if -_INT_LIMIT <= number < _INT_LIMIT:
        return f"inline constexpr int {name} = {decimal(number)};", ()
    wide = "std::int64_t" if number < _INT64_LIMIT else "std::uint64_t"
    suffix = "" if number < _INT64_LIMIT else "U"
    return f"inline constexpr {wide} {name} = {decimal(number)}{suffix};", ("cstdint",)


def _provenance(option: Option) -> str:
    """Which option a constant is, and whose value it has."""
    if option.unmet:
        return f"Kconfig {option.name} (not in effect: needs {option.unmet})"
    return f"Kconfig {option.name}" + (f", {_origin(option.origin)}" if option.origin else "")


def _origin(origin: Origin) -> str:
    """The origin for comments. Lines of the menu's own delta mean nothing to readers, and shift with every use."""
    if isinstance(origin, Location) and origin.file.name == USER_CONFIG:
        return origin.file.name
    return origin.stable


def _inputs(files: Iterable[InputFile], options: Iterable[Option]) -> list[Input]:
    """The Kconfig files, and the assignments that decided these options.

    Of a fragment only those assignments are hashed: another line of it leaves the header, and what includes it, as
    they were.
    """
    assigned: dict[str, list[str]] = {}
    for option in options:
        if isinstance(option.origin, Location):
            assigned.setdefault(option.origin.file.name, []).append(option.fragment_line)
    return [
        *map(Input.of, files),
        *(Input(f"{name} (what it sets here)", hashlib.sha256("\n".join(lines).encode()).hexdigest())
          for name, lines in assigned.items()),
    ]
