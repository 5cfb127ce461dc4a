"""`pegplan board new`: where a board file goes, and board files from device trees. (Variants of others: board_variant.py.)

Which driver serves a node, and what of the node its properties are, stands in the drivers' schemas; so nothing here knows a
device. What cannot be found is written as TODO, which is a mistake that the checks name.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence

from . import packages
from .board_check import nodes_of, read_schema, written_as
from .board_machine import Machine, Monitor, Refused, Rom, cpu_models, dump_device_tree
from .boards import BOARD_FILE, IN_TREE, all_boards
from .board_tree import Block, DeviceTree, Node, Value
from .board_variant import scalar
from .errors import PegplanError
from .project import ROOT

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TODO = "TODO"

_SCHEMAS = ROOT / "config" / "schema"

# The roles in the order of the file, and what the device of each is called.
_KEYS = {"console": "uart0", "interrupt_controller": "controller", "timer": "timer", "exit": "power"}

_USUAL_CPUS = 8
"""Of a machine of QEMU that can have more."""
_FIRMWARE_STEP = 2 << 20
"""Firmware is given what it occupies up to here: QEMU too loads what comes behind RISC-V's firmware at such a boundary."""
_PAGE = 4096
_USUAL_THREADS = 2
_COMMENT_COLUMN = 30
_OWN_DISTANCE = 10
"""Of a node from itself, as in ACPI."""


def target_file(name: str, roots: Sequence[Path]) -> Path:
    """Where the board `name` goes. Raises an error if the name cannot be, or is taken."""
    if not _NAME.fullmatch(name):
        raise PegplanError(f"`{name}` cannot be a board's name; use letters, digits, `-`, `_` and `.`")
    taken = all_boards(roots[0] if roots else None).get(name)
    folder = (roots[0] if roots else IN_TREE) / name
    if taken is not None or folder.exists():
        raise PegplanError(f"there is already a board {name}: {taken.directory if taken else folder}; nothing was written. "
                           "Choose another name, or remove it")
    return folder / BOARD_FILE


def write(target: Path, text: str) -> None:
    """Writes a new file."""
    try:
        target.parent.mkdir(parents=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise PegplanError(f"{target}: cannot write it: {error.strerror}") from error


# ---- from device trees ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    """A device tree and what is known besides."""

    tree: DeviceTree
    origin: str                               # for people: where the tree comes from
    description: str
    arch: str
    machine: Optional[Machine] = None         # of QEMU
    cpu: str = ""
    firmware: tuple[Rom, ...] = ()


def from_dtb(name: str, path: Path) -> str:
    """The text of a board that a .dtb file describes."""
    tree = DeviceTree.load(path)
    models = tree.root.strings("model") or tree.root.strings("compatible")
    return _Draft(_Source(tree, path.name, models[0] if models else name, _arch_of(tree))).text()


def from_qemu(machine: str, arch: Optional[str], cpu: Optional[str], cpus: Optional[int],
              memory: Optional[str]) -> str:
    """The text of a board that is a machine of QEMU."""
    if arch is None:
        raise PegplanError(f"--from-qemu needs --arch, one of {', '.join(sorted(packages.EMULATORS))}")
    emulator = packages.EMULATORS[arch]
    program = emulator.program
    if program is None or not emulator.present():
        raise PegplanError(f"{program} is not installed; scripts/pegplan setup installs it")
    try:
        with Monitor(Machine(program, "none")) as monitor:
            known = monitor.machines().get(machine.partition(",")[0])
        if known is None:
            raise PegplanError(f"{program} has no machine {machine.partition(',')[0]}; "
                               f"`{program} -machine help` lists those that it has")
        if cpu is None:
            own = re.sub(r"(-[a-z0-9_]+)?-cpu$", "", known.get("default-cpu-type") or "max")
            cpu = "max" if "max" in cpu_models(program) else own
        count = cpus or min(known["cpu-max"], _USUAL_CPUS)
        asked = Machine(program, machine, ("-cpu", cpu, "-smp", str(count), *(("-m", memory) if memory else ())))
        data = dump_device_tree(asked)
        if data is None:
            raise PegplanError(f"QEMU's {machine} for {arch} has no device tree; make a variant of another board with --from, or "
                               "describe the machine by hand (docs/boards.md)")
        with Monitor(asked) as monitor:
            firmware = tuple(monitor.roms())
    except Refused as refusal:
        raise PegplanError(f"{program} does not take the machine: {refusal}") from refusal
    tree = DeviceTree.parse(data, f"the dump of {program}")
    origin, description = f"{program} -machine {machine}", f"QEMU {machine}, {cpu} CPUs"
    return _Draft(_Source(tree, origin, description, arch, asked, cpu, firmware)).text()


def _arch_of(tree: DeviceTree) -> str:
    if any(isa.startswith("rv64") for cpu in tree.cpus for isa in (*cpu.strings("riscv,isa"), *cpu.strings("riscv,isa-base"))):
        return "riscv64"
    if tree.compatible(["arm,armv8-timer"]) or any("arm,armv8" in cpu.strings("compatible") for cpu in tree.cpus):
        return "aarch64"
    return _TODO


@dataclass(frozen=True)
class _Region:
    """A memory region as it is written."""

    name: str
    kind: str
    base: str
    size: str
    comment: str
    node: Optional[int]        # NUMA


class _Draft:
    """A board file in the making."""

    def __init__(self, source: _Source) -> None:
        self.source = source
        self.tree = source.tree
        # Where some have an MMU, those without are no CPUs for a kernel.
        self.cpus = [cpu for cpu in self.tree.cpus if "mmu-type" in cpu.properties] or self.tree.cpus
        self.arguments: list[str] = []
        self.needs_firmware = False

    def text(self) -> str:
        """The file."""
        source = self.source
        devices, roles = self._devices()
        memory, numa = self._memory()
        return "\n".join([
            f"# Made from {source.origin} by `pegplan board new`. What the device tree does not tell stands as {_TODO};",
            "# `pegplan board check` names each, and docs/boards.md describes all keys.",
            f"description: {scalar(source.description)}",
            _line(f"arch: {source.arch}", "a folder of arch/" if source.arch == _TODO else ""),
            "", "cpus:", *self._cpus(),
            "", "# The image, and behind it stacks, go into the first region of kind ram; what others use is reserved.",
            "memory:", *memory, *numa,
            "", "# Each names a driver: a file of config/schema/devices, which describes its properties.", "devices:", *devices,
            "", "# What the kernel uses the devices for.", "roles:", *roles,
            "", *self._run(),
        ]) + "\n"

    # ---- CPUs and memory ---------------------------------------------------------------------------------------------

    def _cpus(self) -> list[str]:
        ids = [cpu.number("reg") or 0 for cpu in self.cpus]
        if not ids:
            return [_line(f"  count: {_TODO}", "the device tree has no CPUs that are enabled")]
        lines = [f"  count: {len(ids)}"]
        first = ids[0]
        if first:
            lines.append(_line(f"  first_id: {first}", "the hardware id of the first one"))
        size = next((number for number, one in enumerate(ids) if one != first + number), len(ids))
        if size == len(ids):
            return lines
        stride = ids[size] - first
        if ids == [first + number // size * stride + number % size for number in range(len(ids))]:
            return [*lines, _line(f"  cluster_size: {size}", f"hardware ids count to {size - 1}, then from {stride:#x} on"),
                    f"  cluster_stride: {stride:#x}"]
        return [*lines, f"  # The hardware ids are {', '.join(map(hex, ids))}, and CPU i must have",
                "  # first_id + i // cluster_size * cluster_stride + i % cluster_size.",
                f"  cluster_size: {_TODO}", f"  cluster_stride: {_TODO}"]

    def _memory(self) -> tuple[list[str], list[str]]:
        """The lines of `memory:`, and those of `numa:` if the tree has nodes."""
        blocks = self.tree.memory
        if not blocks:
            return ["  - name: ram", "    kind: ram", _line(f"    base: {_TODO}", "the device tree has no memory"),
                    f"    size: {_TODO}"], []
        taken = [(Block(rom.base, _up(rom.size, _FIRMWARE_STEP)), f"{rom.name}, up to the next 2 MiB")
                 for rom in self.source.firmware]
        taken += [(_pages(block), "") for block in self.tree.reserved]
        unknown = self.needs_firmware and not taken
        regions: list[_Region] = []
        for number, (block, node) in enumerate(blocks):
            name = "ram" if len(blocks) == 1 else f"ram{number}"
            if unknown and number == 0:
                regions += [
                    _Region("firmware", "reserved", f"{block.base:#010x}", _TODO,
                            "how much the firmware keeps, which lies here as a rule", node),
                    _Region(name, "ram", _TODO, _TODO, f"what is behind it, up to {block.end:#x}", node),
                ]
                continue
            pieces = _without(block, [one for one, _ in taken])
            parts = [(piece, name if len(pieces) == 1 else f"{name}_{count}", "ram", "") for count, piece in enumerate(pieces)]
            parts += [(cut, "firmware" if comment else "reserved", "reserved", comment)
                      for one, comment in taken if (cut := _common(one, block)).size > 0]
            for part, label, kind, comment in sorted(parts, key=lambda part: part[0].base):
                if label == "reserved":
                    label = f"reserved{sum(region.name.startswith(label) for region in regions)}"
                regions.append(_Region(label, kind, f"{part.base:#010x}", written_as("size")(part.size), comment, node))
        lines = []
        for region in regions:
            lines += [f"  - name: {region.name}", f"    kind: {region.kind}", f"    base: {region.base}",
                      _line(f"    size: {region.size}", region.comment)]
        return lines, self._numa([(region.name, region.node) for region in regions])

    def _numa(self, regions: Sequence[tuple[str, Optional[int]]]) -> list[str]:
        owners = [cpu.number("numa-node-id") for cpu in self.cpus]
        count = max([node for node in (*owners, *(node for _, node in regions)) if node is not None], default=0) + 1
        if count == 1:
            return []
        lines = ["", "numa:", "  nodes:"]
        for node in range(count):
            cpus = [number for number, owner in enumerate(owners) if owner == node]
            memory = [name for name, owner in regions if owner == node]
            parts = [f"cpus: [{', '.join(_ranges(cpus))}]"] * bool(cpus) + [f"memory: [{', '.join(memory)}]"] * bool(memory)
            first, *rest = parts or [f"memory: [{_TODO}]"]
            lines += [f"    - {first}", *(f"      {part}" for part in rest)]
        distances = self.tree.distances()
        lines.append(_line("  distances:", "" if distances else "the device tree has no distances between nodes"))
        for one in range(count):
            row = [str(distances.get((one, other), distances.get((other, one), _OWN_DISTANCE if one == other else _TODO)))
                   for other in range(count)]
            lines.append(f"    - [{', '.join(row)}]")
        return lines

    # ---- devices -----------------------------------------------------------------------------------------------------

    def _devices(self) -> tuple[list[str], list[str]]:
        drivers = {path.stem: read_schema(path) for path in sorted((_SCHEMAS / "devices").glob("*.json"))}
        devices: list[str] = []
        roles: list[str] = []
        for role, key in _KEYS.items():
            found = self._find(role, drivers)
            if found is None and role not in self._needed():
                continue
            roles.append(f"  {role}: {key}")
            devices.append(f"  {key}:")
            if found is None:
                devices.append(_line(f"    driver: {_TODO}", self._hint(role)))
                continue
            driver, node = found
            schema = drivers[driver]
            self.needs_firmware = self.needs_firmware or bool(schema.get("x-firmware"))
            devices.append(_line(f"    driver: {driver}", node.path if node else ""))
            if node is None:
                self.arguments += schema["x-qemu"]["arguments"]
                continue
            for name, details in schema.get("properties", {}).items():
                devices += self._property(node, name, details, name in schema.get("required", ()))
        return devices, roles

    def _find(self, role: str, drivers: dict[str, dict[str, Any]]) -> Optional[tuple[str, Optional[Node]]]:
        """The driver for a role, with its node; no node for what only QEMU has. A console is the one that the tree names."""
        # Where firmware can serve, it runs: that of QEMU, and that of boards which have a device tree.
        for name, schema in sorted(drivers.items(), key=lambda one: not one[1].get("x-firmware")):
            if role not in schema["x-roles"]:
                continue
            for node in nodes_of(self.tree, schema.get("x-devicetree", ())):
                if role != "console" or self.tree.console in (None, node):
                    return name, node
        if self.source.machine is not None:
            for name, schema in drivers.items():
                if role in schema["x-roles"] and schema.get("x-qemu", {}).get("arch") == self.source.arch:
                    return name, None
        return None

    def _needed(self) -> set[str]:
        """The roles without which no board is complete, and those that all of the tree's boards of this architecture have."""
        board_schema = read_schema(_SCHEMAS / "board.schema.json")
        needed = set(board_schema["properties"]["roles"]["required"])
        others = [set(board.facts().get("roles", ())) for board in all_boards().values() if board.arch == self.source.arch]
        return needed | (set.intersection(*others) - {"exit"} if others else set())

    def _hint(self, role: str) -> str:
        node = self.tree.console if role == "console" else None
        if node is not None:
            return f"no driver is for {node.path}, {' or '.join(node.strings('compatible'))}"
        return f"nothing in the device tree is what a driver with the role {role} is for"

    def _property(self, node: Node, name: str, details: dict[str, Any], required: bool) -> list[str]:
        kind = details.get("x-field-type", "")
        value: Optional[Value] = self.tree.ask(node, details["x-devicetree"]) if "x-devicetree" in details else None
        if value is None and "x-qemu-cpu" in details and self.source.machine is not None:
            with Monitor(self.source.machine) as monitor:
                value = monitor.cpu_property(details["x-qemu-cpu"])
        if kind == "bool":
            # What is there need not be ours to use: firmware may keep it.
            comment = "the CPUs have it: true, if the firmware lets the kernel use it" if value else ""
            return [_line(f"    {name}: false", comment)]
        if value is not None:
            return [f"    {name}: {written_as(kind)(value)}"] if value != details.get("default") else []
        if "examples" in details:
            return [_line(f"    {name}: {details['examples'][0]}", "not in the device tree: the usual value")]
        return [_line(f"    {name}: {_TODO}", details["description"])] if required else []

    # ---- how it runs -------------------------------------------------------------------------------------------------

    def _run(self) -> list[str]:
        machine = self.source.machine
        if machine is None:
            return ["# run: how `pegplan run` boots it, if QEMU has such a machine: qemu, machine, cpu, arguments, exit_status."]
        lines = ["# How `pegplan run` boots it. Memory and number of CPUs follow from the above.", "run:",
                 f"  qemu: {machine.program}", f"  machine: {scalar(machine.machine)}", f"  cpu: {scalar(self.source.cpu)}"]
        if self.arguments:
            lines += ["  arguments:", *(f"    - {json.dumps(argument)}" for argument in self.arguments)]
        return [*lines, _line(f"  threads: {_USUAL_THREADS}", "more would wait for one another by spinning: then QEMU takes one thread"),
                _line("  exit_status: process", "QEMU's own exit code is the image's")]


def _line(text: str, comment: str) -> str:
    """A line with its comment, if it has one."""
    return f"{text:<{_COMMENT_COLUMN}} # {comment}" if comment else text


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def _pages(block: Block) -> Block:
    """All pages that the block has a part of."""
    base = block.base // _PAGE * _PAGE
    return Block(base, _up(block.end, _PAGE) - base)


def _common(one: Block, other: Block) -> Block:
    """What both have; of no size or less, if there is nothing."""
    base = max(one.base, other.base)
    return Block(base, min(one.end, other.end) - base)


def _without(block: Block, taken: Iterable[Block]) -> list[Block]:
    """What is left of a block."""
    left = [block]
    for one in taken:
        left = [Block(base, end - base) for piece in left
                for base, end in ((piece.base, min(piece.end, one.base)), (max(piece.base, one.end), piece.end)) if base < end]
    return left


def _ranges(numbers: Sequence[int]) -> Iterable[str]:
    """Ascending numbers as ranges: 0-3, 5."""
    first = 0
    for index, number in enumerate(numbers):
        if index + 1 == len(numbers) or numbers[index + 1] != number + 1:
            yield str(number) if numbers[first] == number else f"{numbers[first]}-{number}"
            first = index + 1
