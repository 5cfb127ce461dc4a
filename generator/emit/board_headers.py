"""Headers of board facts: architecture, CPUs, memory map, nodes, devices."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..model import Board, Device, Field, FieldType, MemoryRegion, Model
from ..numa import machine_nodes, node_count
from ..quantities import format_frequency, format_size
from .names import decimal, string, type_name
from .render import Input, Line, Output, align, banner, render_header

_NUMBERS_IN_A_LINE = 16


def emit_arch(model: Model) -> list[Output]:
    """pegplan/board/arch.hpp"""
    board = model.board
    return [render_header(
        "pegplan/board/arch.hpp", "board/arch.hpp.j2",
        banner=banner([f"The architecture of {board.name}."], map(Input.of, board.files)),
        arch=board.arch,
        location=board.arch_location.stable,
    )]


def emit_cpus(model: Model) -> list[Output]:
    """pegplan/board/cpus.hpp"""
    board = model.board
    return [render_header(
        "pegplan/board/cpus.hpp", "board/cpus.hpp.j2",
        banner=banner([f"The CPUs of {board.name}."], map(Input.of, board.files)),
        constants=align([
            Line(f"inline constexpr int cpu_count = {decimal(board.cpu_count)};", board.cpu_count_location.stable),
            Line(f"inline constexpr int cpu_first_id = {decimal(board.cpu_first_id)};", board.cpus_location.stable),
            Line(f"inline constexpr int cpu_cluster_size = {decimal(board.cpu_cluster_size)};", board.cpus_location.stable),
            Line(f"inline constexpr int cpu_cluster_stride = {decimal(board.cpu_cluster_stride)};", board.cpus_location.stable),
        ]),
    )]


def emit_memory_map(model: Model) -> list[Output]:
    """pegplan/board/memory_map.hpp"""
    board = model.board
    registers = [block for device in board.devices for block in device.registers]
    return [render_header(
        "pegplan/board/memory_map.hpp", "board/memory_map.hpp.j2",
        banner=banner([f"The memory of {board.name}: {board.description}."], _board_inputs(board)),
        memory_count=len(board.memory),
        memory_regions=_regions(board.memory),
        mmio_count=len(registers),
        mmio_regions=_regions(registers),
    )]


def emit_numa(model: Model) -> list[Output]:
    """pegplan/board/numa.hpp"""
    board = model.board
    nodes = machine_nodes(board, model.image_cpus)
    memory = list(_node_memory(board))
    return [render_header(
        "pegplan/board/numa.hpp", "board/numa.hpp.j2",
        banner=banner([f"The nodes of {board.name}: which CPUs and which memory are near to one another."],
                      map(Input.of, board.files)),
        node_count=node_count(board),
        cpu_count=len(nodes),
        nodes_of_cpus=_rows(nodes),
        distances=_distances(board),
        memory_count=len(memory),
        memory=_node_regions(memory),
    )]


def _node_memory(board: Board) -> Iterable[tuple[int, MemoryRegion]]:
    """The RAM of the nodes, in the order of the board file."""
    owners = {memory.region: number for number, node in enumerate(board.numa.nodes if board.numa else ())
              for memory in node.memory}
    return ((owners.get(region.name, 0), region) for region in board.ram)


def _node_regions(memory: Iterable[tuple[int, MemoryRegion]]) -> list[str]:
    lines = []
    for number, region in memory:
        lines.append(f"    // {region.location.stable}: {format_size(region.size)}")
        lines.append(f"    {{.node = {number}, .base = {region.base:#x}, .size = {region.size:#x}}},")
    return lines


def _rows(numbers: Sequence[int]) -> list[str]:
    """Elements of an array of small numbers, some in each line."""
    return ["    " + " ".join(f"{number}," for number in numbers[start:start + _NUMBERS_IN_A_LINE])
            for start in range(0, len(numbers), _NUMBERS_IN_A_LINE)]


def _distances(board: Board) -> list[str]:
    if board.numa is None:
        return ["    {10},"]
    rows = zip(board.numa.distances, board.numa.row_locations)
    return align([Line("{" + ", ".join(str(entry.value) for entry in row) + "},", location.stable) for row, location in rows],
                 "    ")


def emit_devices(model: Model) -> list[Output]:
    """pegplan/board/devices.hpp"""
    board = model.board
    roles = align([Line(f"using {type_name(role.name)} = device::{type_name(role.device)};", role.location.stable)
                   for role in board.roles])
    headers = {device.driver.header for device in board.devices}
    if not any(role.name == "exit" for role in board.roles):
        roles.append("using Exit = arch::devices::NoExit;")
        headers.add("arch/devices/no_exit.hpp")
    return [render_header(
        "pegplan/board/devices.hpp", "board/devices.hpp.j2",
        banner=banner([f"The devices of {board.name}: {board.description}."], _board_inputs(board)),
        includes=[f'#include "{header}"' for header in sorted(headers)],
        devices=[_device(device) for device in _in_order_of_use(board)],
        roles=roles,
    )]


def _board_inputs(board: Board) -> list[Input]:
    return [*map(Input.of, board.files), *(Input.of(driver.file) for driver in board.drivers)]


def _regions(regions: Iterable[MemoryRegion]) -> list[str]:
    """Elements of an array of arch::MemoryRegion."""
    lines = []
    for region in regions:
        lines.append(f"    // {region.location.stable}: {format_size(region.size)}")
        lines.append(f"    {{.name = {string(region.name)}, .kind = arch::MemoryKind::{region.kind}, "
                     f".base = {region.base:#x}, .size = {region.size:#x}}},")
    return lines


def _in_order_of_use(board: Board) -> list[Device]:
    """The devices, each behind those that it refers to."""
    ordered: dict[str, Device] = {}

    def place(device: Device) -> None:
        for reference in device.references:
            other = board.device(reference.device)
            assert other is not None
            place(other)
        ordered.setdefault(device.key, device)

    for device in board.devices:
        place(device)
    return list(ordered.values())


def _device(device: Device) -> list[str]:
    """The configuration and the class of a device."""
    config = f"{device.key}_config"
    members = align([Line(f".{field.name} = {_literal(field)},", _comment(field)) for field in device.fields], "    ")
    opening = f"inline constexpr arch::devices::{device.driver.class_name}Config {config}{{"
    body = [opening, *members, "};"] if members else [opening + "};"]
    arguments = ", ".join([config, *(type_name(reference.device) for reference in device.references)])
    alias = f"using {type_name(device.key)} = arch::devices::{device.driver.class_name}<{arguments}>;"
    references = [f"// {reference.property}: {reference.device}, {reference.location.stable}"
                  for reference in device.references]
    return [f"// {device.key}, driver {device.driver.name}: {device.location.stable}", *body, *references, alias]


def _literal(field: Field) -> str:
    """The initializer of a member."""
    if field.type is FieldType.BOOL:
        return str(field.value).lower()
    if field.type is FieldType.ENUM:
        return f"arch::devices::{field.enum}::{field.value}"
    if field.type in (FieldType.ADDRESS, FieldType.SIZE):
        return f"{field.value:#x}"
    return decimal(int(field.value))


def _comment(field: Field) -> str:
    """Where a member's value stands, and in words what large numbers mean."""
    place = field.location.stable if field.location.line else f"the default of {field.location.file.name}"
    in_words = format_frequency(int(field.value)) if field.type is FieldType.FREQUENCY else ""
    return place if in_words in ("", f"{field.value} Hz") else f"{place}: {in_words}"
