"""Checks of what no schema can see: one value against another. Each finds errors at the lines at fault."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from .emit.build_files import IMAGE_MARKER, MARKERS, STATUS_FILE_MARKER
from .emit.names import CPP_KEYWORDS, constant_name, type_name
from .check_numa import numa_findings
from .constraints import Constraint, Sum
from .errors import BoardError, ConfigError, did_you_mean
from .model import MMIO, Board, Configuration, Device, FieldType, MemoryRegion, Model, Option, Process
from .quantities import MAX_UNSIGNED_64, format_size
from .sources import InputFile, Location

# Of a sum that is too large: its largest terms.
_TERMS_SHOWN = 4

PAGE_BYTES = 4096
"""The smallest page of all architectures."""

_MARKER = re.compile(r"\{[a-z_]*\}")


Findings = Iterator[BoardError]


def board_findings(board: Board) -> Findings:
    """All that is wrong with a board, what decides about the rest first."""
    for one_check in (_check_memory, numa_findings, _check_device_names, _check_references, _check_roles, _check_registers,
                      _check_interrupts, _check_run):
        yield from one_check(board)


def check_board(board: Board) -> None:
    """All checks of a board file; raises the first mistake."""
    for error in board_findings(board):
        raise error


def check(model: Model) -> None:
    """All checks of a configuration for its board, whose own checks have passed."""
    _check_names(model.configuration)
    for constraint in model.configuration.constraints:
        _check_constraint(model.configuration, constraint)


# ---- board: memory --------------------------------------------------------------------------------------------------


def _check_memory(board: Board) -> Findings:
    named: dict[str, MemoryRegion] = {}
    for region in board.memory:
        if region.name in named:
            yield BoardError(region.location, f"a second memory region is called `{region.name}`",
                             facts=[("first", named[region.name].location.seen_from(region.location))], remedy="rename one of them")
        named[region.name] = region
        yield from _check_extent(region, f"memory region `{region.name}`")
        yield from _check_pages(region) if region.kind == "ram" else ()
    if not board.ram:
        yield BoardError(board.memory_location, "no memory region is of kind ram",
                         remedy="give the region that the image shall be in `kind: ram`")
    yield from _check_overlaps([(region, f"memory region `{region.name}`") for region in board.memory], board.file)


def _check_extent(region: MemoryRegion, what: str) -> Findings:
    if region.size == 0:
        yield BoardError(region.size_location, f"{what} has size zero", remedy="write its size in bytes, or remove it")
    if region.end - 1 > MAX_UNSIGNED_64:
        yield BoardError(region.size_location, f"{what} ends beyond 64 bits: {_span(region)}",
                         remedy="lower its base or its size")


def _check_pages(region: MemoryRegion) -> Findings:
    """RAM is divided by pages: text, constants and data begin on some of their own."""
    for value, rounded, what, where in (
        (region.base, -(-region.base // PAGE_BYTES) * PAGE_BYTES, "begins at", region.base_location),
        (region.size, region.size // PAGE_BYTES * PAGE_BYTES, "has the size", region.size_location),
    ):
        if value != rounded:
            yield BoardError(where, f"memory region `{region.name}` is RAM and {what} {value:#x}, no multiple of a page",
                             facts=[("page", f"{PAGE_BYTES:#x} bytes")],
                             remedy=f"write {rounded:#x}" if rounded else f"write {PAGE_BYTES:#x} or more, or remove the region")


def _check_overlaps(regions: Iterable[tuple[MemoryRegion, str]], file: InputFile, kind: str = "") -> Findings:
    """Regions that overlap; if `kind` is given, only where one of the two is of that kind."""
    ordered = sorted(regions, key=lambda pair: (pair[0].base, pair[0].end))
    widest, widest_name = ordered[0] if ordered else (None, "")
    for region, name in ordered[1:]:
        assert widest is not None
        if region.base < widest.end and kind in ("", region.kind, widest.kind):
            pair = sorted([(widest, widest_name), (region, name)], key=lambda one: one[0].base_location.line)
            if pair[0][0].base_location.file.path == file.path and pair[1][0].base_location.file.path != file.path:
                pair.reverse()      # a variant's own value is at fault rather than what it extends
            (first, first_name), (second, second_name) = pair
            yield BoardError(
                second.base_location, f"{second_name} overlaps {first_name}",
                facts=[("this", _span(second)), ("other", f"{_span(first)}, {first.base_location.seen_from(second.base_location)}")],
                remedy="move or shrink one of the two",
            )
        if region.end > widest.end:
            widest, widest_name = region, name


def _span(region: MemoryRegion) -> str:
    return f"{region.base:#x} to {region.end - 1:#x} ({format_size(region.size)})"


# ---- board: devices -------------------------------------------------------------------------------------------------


def _check_device_names(board: Board) -> Findings:
    types: dict[str, Device] = {}
    for device in board.devices:
        name = type_name(device.key)
        if name in types:
            other = types[name].key
            yield BoardError(device.location, f"devices `{other}` and `{device.key}` would both be class {name}",
                             remedy="rename one of them")
        types[name] = device


def _check_references(board: Board) -> Findings:
    keys = [device.key for device in board.devices]
    for device in board.devices:
        for reference in device.references:
            path = f"devices.{device.key}.{reference.property}"
            other = board.device(reference.device)
            if other is None:
                yield BoardError(reference.location, f"{path}: there is no device `{reference.device}`",
                                 remedy=did_you_mean(reference.device, keys))
            elif reference.role and reference.role not in other.driver.roles:
                yield BoardError(
                    reference.location, f"{path}: `{other.key}` cannot serve as {_words(reference.role)}",
                    facts=[("driver", f"{other.driver.name} serves as {_list(other.driver.roles)}")],
                    remedy=_candidates(board, reference.role),
                )
    yield from _check_cycles(board)


def _check_cycles(board: Board) -> Findings:
    """A device's class needs the classes that it refers to, so references must not lead back."""
    def circle_from(device: Device, path: tuple[str, ...]) -> tuple[str, ...]:
        if device.key in path:
            return (*path[path.index(device.key):], device.key)
        others = filter(None, (board.device(reference.device) for reference in device.references))
        return next(filter(None, (circle_from(other, (*path, device.key)) for other in others)), ())

    for device in board.devices:
        circle = circle_from(device, ())
        if circle:
            yield BoardError(device.location, f"devices refer to each other in a circle: {' -> '.join(circle)}",
                             remedy="remove one of the references")
            return


def _check_roles(board: Board) -> Findings:
    keys = [device.key for device in board.devices]
    for role in board.roles:
        device = board.device(role.device)
        if device is None:
            yield BoardError(role.location, f"roles.{role.name}: there is no device `{role.device}`",
                             remedy=did_you_mean(role.device, keys) or "add the device under `devices:`")
        elif role.name not in device.driver.roles:
            yield BoardError(
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


def _check_registers(board: Board) -> Findings:
    blocks = [(block, f"register block of device `{device.key}`")
              for device in board.devices for block in device.registers]
    for block, what in blocks:
        yield from _check_extent(block, what)
    yield from _check_overlaps([*((region, f"memory region `{region.name}`") for region in board.memory), *blocks], board.file, MMIO)


def _check_interrupts(board: Board) -> Findings:
    users: dict[object, tuple[Device, Location]] = {}
    for device in board.devices:
        for field in device.fields:
            if field.type is not FieldType.IRQ:
                continue
            if field.value in users:
                other, where = users[field.value]
                yield BoardError(
                    field.location, f"devices.{device.key}.{field.name}: interrupt {field.value} is taken",
                    facts=[("by", f"device `{other.key}`, {where.seen_from(field.location)}")], remedy="give each device its own interrupt",
                )
            users.setdefault(field.value, (device, field.location))


def _check_run(board: Board) -> Findings:
    """The markers in the command line are those that the runner fills in."""
    run = board.run
    if run is None:
        return
    if isinstance(run, Process):
        key, arguments, locations = "command", run.command, run.command_locations
        if not any(IMAGE_MARKER in argument for argument in arguments):
            yield BoardError(locations[0], "run.command does not name the image",
                             remedy=f"add {IMAGE_MARKER}, in quotes, where the image's file belongs")
    else:
        key, arguments, locations = "arguments", run.arguments, run.argument_locations
        regions = sum(region.size for region in board.memory)
        if run.memory is not None and run.memory < regions:
            raise BoardError(run.memory_location, f"run.memory is {format_size(run.memory)}, less than all regions together",
                             facts=[("regions", format_size(regions))], remedy="raise it, or leave it out: then it is their sum")
    for argument, location in zip(arguments, locations):
        for marker in _MARKER.findall(argument):
            if marker not in MARKERS:
                yield BoardError(location, f"run.{key}: nobody fills in the marker `{marker}`",
                                 remedy=did_you_mean(marker, MARKERS))
    takes_status = any(STATUS_FILE_MARKER in argument for argument in arguments)
    if run.exit_status == "status-file" and not takes_status:
        yield BoardError(run.exit_status_location, "run.exit_status is `status-file`, but no argument names that file",
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
