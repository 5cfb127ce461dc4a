"""Checks of what no schema can see: one value against another. Each raises an error at the line at fault."""
from __future__ import annotations

import re
from collections.abc import Iterable

from .emit.build_files import IMAGE_MARKER, MARKERS, STATUS_FILE_MARKER
from .emit.names import CPP_KEYWORDS, constant_name, type_name
from .check_numa import check_numa
from .constraints import Constraint, Sum
from .errors import BoardError, ConfigError, did_you_mean
from .model import Board, Configuration, Device, FieldType, MemoryRegion, Model, Option, Process
from .quantities import MAX_UNSIGNED_64, format_size

# Of a sum that is too large: its largest terms.
_TERMS_SHOWN = 4

_MARKER = re.compile(r"\{[a-z_]*\}")


def check_board(board: Board) -> None:
    """All checks of a board file."""
    _check_memory(board)
    check_numa(board)
    _check_device_names(board)
    _check_references(board)
    _check_roles(board)
    _check_registers(board)
    _check_interrupts(board)
    _check_run(board)


def check(model: Model) -> None:
    """All checks of a configuration for its board, whose own checks have passed."""
    _check_names(model.configuration)
    for constraint in model.configuration.constraints:
        _check_constraint(model.configuration, constraint)


# ---- board: memory --------------------------------------------------------------------------------------------------


def _check_memory(board: Board) -> None:
    named: dict[str, MemoryRegion] = {}
    for region in board.memory:
        if region.name in named:
            raise BoardError(region.location, f"a second memory region is called `{region.name}`",
                             facts=[("first", f"line {named[region.name].location.line}")], remedy="rename one of them")
        named[region.name] = region
        _check_extent(region, f"memory region `{region.name}`")
    if not board.ram:
        raise BoardError(board.memory_location, "no memory region is of kind ram",
                         remedy="give the region that the image shall be in `kind: ram`")
    _check_overlaps([(region, f"memory region `{region.name}`") for region in board.memory])


def _check_extent(region: MemoryRegion, what: str) -> None:
    if region.size == 0:
        raise BoardError(region.size_location, f"{what} has size zero", remedy="write its size in bytes, or remove it")
    if region.end - 1 > MAX_UNSIGNED_64:
        raise BoardError(region.size_location, f"{what} ends beyond 64 bits: {_span(region)}",
                         remedy="lower its base or its size")


def _check_overlaps(regions: Iterable[tuple[MemoryRegion, str]]) -> None:
    ordered = sorted(regions, key=lambda pair: (pair[0].base, pair[0].end))
    widest, widest_name = ordered[0] if ordered else (None, "")
    for region, name in ordered[1:]:
        assert widest is not None
        if region.base < widest.end:
            pair = sorted([(widest, widest_name), (region, name)], key=lambda one: one[0].base_location.line)
            (first, first_name), (second, second_name) = pair
            raise BoardError(
                second.base_location, f"{second_name} overlaps {first_name}",
                facts=[("this", _span(second)), ("other", f"{_span(first)}, line {first.base_location.line}")],
                remedy="move or shrink one of the two",
            )
        if region.end > widest.end:
            widest, widest_name = region, name


def _span(region: MemoryRegion) -> str:
    return f"{region.base:#x} to {region.end - 1:#x} ({format_size(region.size)})"


# ---- board: devices -------------------------------------------------------------------------------------------------


def _check_device_names(board: Board) -> None:
    types: dict[str, Device] = {}
    for device in board.devices:
        name = type_name(device.key)
        if name in types:
            other = types[name].key
            raise BoardError(device.location, f"devices `{other}` and `{device.key}` would both be class {name}",
                             remedy="rename one of them")
        types[name] = device


def _check_references(board: Board) -> None:
    keys = [device.key for device in board.devices]
    for device in board.devices:
        for reference in device.references:
            path = f"devices.{device.key}.{reference.property}"
            other = board.device(reference.device)
            if other is None:
                raise BoardError(reference.location, f"{path}: there is no device `{reference.device}`",
                                 remedy=did_you_mean(reference.device, keys))
            if reference.role and reference.role not in other.driver.roles:
                raise BoardError(
                    reference.location, f"{path}: `{other.key}` cannot serve as {_words(reference.role)}",
                    facts=[("driver", f"{other.driver.name} serves as {_list(other.driver.roles)}")],
                    remedy=_candidates(board, reference.role),
                )
    _check_cycles(board)


def _check_cycles(board: Board) -> None:
    """A device's class needs the classes that it refers to, so references must not lead back."""
    def visit(device: Device, path: tuple[str, ...]) -> None:
        if device.key in path:
            circle = " -> ".join((*path[path.index(device.key):], device.key))
            raise BoardError(device.location, f"devices refer to each other in a circle: {circle}",
                             remedy="remove one of the references")
        for reference in device.references:
            other = board.device(reference.device)
            assert other is not None
            visit(other, (*path, device.key))

    for device in board.devices:
        visit(device, ())


def _check_roles(board: Board) -> None:
    keys = [device.key for device in board.devices]
    for role in board.roles:
        device = board.device(role.device)
        if device is None:
            raise BoardError(role.location, f"roles.{role.name}: there is no device `{role.device}`",
                             remedy=did_you_mean(role.device, keys) or "add the device under `devices:`")
        if role.name not in device.driver.roles:
            raise BoardError(
                role.location, f"roles.{role.name}: `{device.key}` cannot serve as {_words(role.name)}",
                facts=[("driver", f"{device.driver.name} serves as {_list(device.driver.roles)}")],
                remedy=_candidates(board, role.name),
            )


def _candidates(board: Board, role: str) -> str:
    able = [device.key for device in board.devices if role in device.driver.roles]
    return f"name one that can: {', '.join(able)}" if able else "add a device whose driver can"


def _words(role: str) -> str:
    return role.replace("_", " ")


def _list(roles: Iterable[str]) -> str:
    return ", ".join(map(_words, roles)) or "nothing"


def _check_registers(board: Board) -> None:
    blocks = [(block, f"register block of device `{device.key}`")
              for device in board.devices for block in device.registers]
    for block, what in blocks:
        _check_extent(block, what)
    _check_overlaps([*((region, f"memory region `{region.name}`") for region in board.memory), *blocks])


def _check_interrupts(board: Board) -> None:
    users: dict[object, tuple[Device, int]] = {}
    for device in board.devices:
        for field in device.fields:
            if field.type is not FieldType.IRQ:
                continue
            if field.value in users:
                other, line = users[field.value]
                raise BoardError(
                    field.location, f"devices.{device.key}.{field.name}: interrupt {field.value} is taken",
                    facts=[("by", f"device `{other.key}`, line {line}")], remedy="give each device its own interrupt",
                )
            users[field.value] = (device, field.location.line)


def _check_run(board: Board) -> None:
    """The markers in the command line are those that the runner fills in."""
    run = board.run
    if run is None:
        return
    if isinstance(run, Process):
        key, arguments, locations = "command", run.command, run.command_locations
        if not any(IMAGE_MARKER in argument for argument in arguments):
            raise BoardError(locations[0], "run.command does not name the image",
                             remedy=f"add {IMAGE_MARKER}, in quotes, where the image's file belongs")
    else:
        key, arguments, locations = "arguments", run.arguments, run.argument_locations
    for argument, location in zip(arguments, locations):
        for marker in _MARKER.findall(argument):
            if marker not in MARKERS:
                raise BoardError(location, f"run.{key}: nobody fills in the marker `{marker}`",
                                 remedy=did_you_mean(marker, MARKERS))
    takes_status = any(STATUS_FILE_MARKER in argument for argument in arguments)
    if run.exit_status == "status-file" and not takes_status:
        raise BoardError(run.exit_status_location, "run.exit_status is `status-file`, but no argument names that file",
                         remedy=f"add an argument with {STATUS_FILE_MARKER}, or write `process`")


# ---- configuration --------------------------------------------------------------------------------------------------


def _check_names(configuration: Configuration) -> None:
    """Options become C++ constants, and each header's name comes from one folder or binding."""
    seen: dict[str, Option] = {}
    for option in configuration.options:
        if option.subsystem is None:
            continue
        name = constant_name(option)
        if name in CPP_KEYWORDS or not name.isidentifier():
            raise ConfigError(option.declared, f"{option.name} would be the C++ constant `{name}`, which cannot be",
                              remedy="choose another name")
        if name in seen:
            raise ConfigError(option.declared,
                              f"{option.name} would be the C++ constant `{name}`, as {seen[name].name} is",
                              facts=[("first", seen[name].declared.shown)], remedy="rename one of the two")
        seen[name] = option
    headers = dict.fromkeys(name for name, _ in configuration.subsystems)
    for binding in configuration.bindings:
        if binding.name in headers:
            raise ConfigError(binding.class_name.declared,
                              f"the header {binding.name}.hpp is already that of a subsystem",
                              remedy="rename the pair of options")
        headers[binding.name] = None
    for name in headers:
        if not name.isidentifier():
            raise ConfigError(None, f"the folder `{name}` holds a Kconfig file, and its name is no C++ identifier",
                              remedy="rename the folder")


def _check_constraint(configuration: Configuration, constraint: Constraint) -> None:
    options = {name: _option(configuration, name) for name in constraint.names}
    numbers = {name: 0 if one.unmet else int(one.value) for name, one in options.items()}
    if not constraint.concerns(lambda name: not options[name].unmet) or constraint.holds(numbers):
        return
    # What somebody set is at fault: of the left side, which the constraint is about, if any of that was; of several the largest.
    candidates = [[options[name] for name in side.names if options[name].origin] for side in (constraint.left, constraint.right)]
    fault = max(candidates[0] or candidates[1] or [options[constraint.names[0]]], key=lambda one: numbers[one.name])
    place = fault.origin or fault.declared
    if constraint.left.is_name and constraint.right.is_name:
        values = ", ".join(f"{name} is {_shown(one)}" for name, one in options.items())
        others = [f"{one.name} = {_shown(one)} ({_origin(one)})" for one in options.values() if one is not fault]
        raise ConfigError(place, f"{constraint} does not hold: {values}",
                          facts=[("reason", constraint.reason), ("other", "\n".join(others))], remedy=constraint.remedy)
    sides = [side.value(numbers) for side in (constraint.left, constraint.right)]
    terms = sorted(((Sum((term,)), Sum((term,)).value(numbers)) for term in constraint.left.terms), key=lambda pair: -pair[1])
    rows = [f"{term} = {value} ({', '.join(dict.fromkeys(_origin(options[name]) for name in term.names)) or 'always'})"
            for term, value in terms[:_TERMS_SHOWN]]
    raise ConfigError(place, f"{constraint.reason}: {sides[0]} {constraint.relation} {sides[1]} does not hold",
                      facts=[("largest", "\n".join(rows)), ("limit", str(constraint.right)),
                             ("declared", constraint.location.shown)], remedy=constraint.remedy)


def _origin(option: Option) -> str:
    return option.origin.shown if option.origin else "the default"


def _option(configuration: Configuration, name: str) -> Option:
    option = configuration.option(name)
    assert option is not None
    return option


def _shown(option: Option) -> str:
    if option.unmet:
        return "not in effect"
    return {True: "y", False: "n"}[option.value] if isinstance(option.value, bool) else str(option.value)
