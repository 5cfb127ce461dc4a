"""A flattened device tree as nodes, read with libfdt; and what a driver's schema asks of a node.

Addresses are those that the CPU uses: translated by the `ranges` of the buses on the way. The terms are those of the Devicetree
Specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Iterator, Optional, Union

from .errors import PegplanError

_HEADER_BYTES = 40
_CELL_BYTES = 4
_DEFAULT_ADDRESS_CELLS, _DEFAULT_SIZE_CELLS = 2, 1

# ARM's interrupt controllers number private interrupts from 16 and shared ones from 32 on; a device tree numbers each kind from 0.
_GIC_CELLS = 3
_GIC_FIRST = {0: 32, 1: 16}

Value = Union[int, bool, str]


@dataclass
class Node:
    """A node with its properties as bytes."""

    name: str
    parent: Optional[Node]
    properties: dict[str, bytes] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path from the root: /soc/serial@10000000."""
        if self.parent is None:
            return "/"
        return f"{self.parent.path.rstrip('/')}/{self.name}"

    def strings(self, name: str) -> list[str]:
        """The texts of a property."""
        return [part.decode("utf-8", "replace") for part in self.properties.get(name, b"").split(b"\0") if part]

    def cells(self, name: str) -> list[int]:
        """The 32-bit numbers of a property."""
        data = self.properties.get(name, b"")
        return [int.from_bytes(data[at:at + _CELL_BYTES], "big") for at in range(0, len(data), _CELL_BYTES)]

    def number(self, name: str) -> Optional[int]:
        """A property of one number, whatever its width."""
        data = self.properties.get(name)
        return int.from_bytes(data, "big") if data else None

    @property
    def is_enabled(self) -> bool:
        """Whether the hardware is there and may be used."""
        return self.strings("status") in ([], ["okay"], ["ok"])

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Block:
    """A range of addresses."""

    base: int
    size: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.base + self.size


class DeviceTree:
    """A tree and the questions that are asked of it."""

    def __init__(self, root: Node, reserved: tuple[Block, ...]) -> None:
        self.root = root
        self._reserved = reserved

    @classmethod
    def load(cls, path: Path) -> DeviceTree:
        """Reads a .dtb file."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise PegplanError(f"{path}: cannot read the device tree: {error.strerror}") from error
        return cls.parse(data, str(path))

    @classmethod
    def parse(cls, data: bytes, name: str) -> DeviceTree:
        """Reads the bytes of a file; `name` is it in messages."""
        import libfdt

        wrong = f"{name} is no device tree: {{}}; dtc -O dtb makes one of a source"
        if len(data) < _HEADER_BYTES:
            raise PegplanError(wrong.format(f"it has {len(data)} bytes, its header alone would have {_HEADER_BYTES}"))
        if int.from_bytes(data[4:8], "big") > len(data):
            raise PegplanError(wrong.format(f"it has {len(data)} bytes, and its header says {int.from_bytes(data[4:8], 'big')}"))
        try:
            tree = libfdt.Fdt(data)
            reserved = tuple(Block(*tree.get_mem_rsv(number)[-2:]) for number in range(tree.num_mem_rsv()))
            return cls(_read(libfdt, tree, 0, None), reserved)
        except libfdt.FdtException as error:
            raise PegplanError(wrong.format(f"libfdt says {error}")) from error

    def nodes(self) -> list[Node]:
        """All nodes that are enabled."""
        return [node for node in self.root.walk() if node.is_enabled]

    def find(self, path: str) -> Optional[Node]:
        """A node by its path, or by an alias."""
        if not path.startswith("/"):
            aliases = self.find("/aliases")
            head, _, rest = path.partition("/")
            target = aliases.strings(head) if aliases else []
            return self.find(f"{target[0]}/{rest}".rstrip("/")) if target else None
        node: Optional[Node] = self.root
        for part in filter(None, path.split("/")):
            node = next((child for child in node.children if child.name == part), None) if node else None
        return node

    def compatible(self, names: list[str]) -> list[Node]:
        """The nodes that say to be compatible with one of the names; the best match first."""
        ranked = [(min(names.index(each) for each in node.strings("compatible") if each in names), number, node)
                  for number, node in enumerate(self.nodes()) if set(names) & set(node.strings("compatible"))]
        return [node for _, _, node in sorted(ranked, key=lambda one: one[:2])]

    @cached_property
    def console(self) -> Optional[Node]:
        """The node that /chosen names for output."""
        return self.find(self._stdout[0]) if self._stdout else None

    @cached_property
    def baud(self) -> Optional[int]:
        """Bits per second on the console's line, if the tree says."""
        digits = re.match(r"\d+", self._stdout[1]) if self._stdout else None
        return int(digits[0]) if digits else None

    @cached_property
    def _stdout(self) -> tuple[str, str]:
        chosen = self.find("/chosen")
        path = (chosen.strings("stdout-path") or chosen.strings("linux,stdout-path")) if chosen else []
        head, _, options = path[0].partition(":") if path else ("", "", "")
        return (head, options) if head else ()  # type: ignore[return-value]

    @cached_property
    def cpus(self) -> list[Node]:
        """The CPUs that can be used."""
        folder = self.find("/cpus")
        return [node for node in (folder.children if folder else []) if node.name.split("@")[0] == "cpu" and node.is_enabled]

    @cached_property
    def memory(self) -> list[tuple[Block, Optional[int]]]:
        """RAM by address, with the node (NUMA) that it belongs to, if the tree says."""
        nodes = [node for node in self.nodes() if node.strings("device_type") == ["memory"]]
        found = [(block, node.number("numa-node-id")) for node in nodes for block in self.registers(node)]
        return sorted(found, key=lambda one: one[0].base)

    @cached_property
    def reserved(self) -> list[Block]:
        """Memory that is somebody else's, by address."""
        folder = self.find("/reserved-memory")
        nodes = [block for child in (folder.children if folder else []) for block in self.registers(child)]
        return sorted({*nodes, *self._reserved}, key=lambda block: block.base)

    def distances(self) -> dict[tuple[int, int], int]:
        """How far nodes (NUMA) are from one another, if the tree says."""
        for node in self.compatible(["numa-distance-map-v1"]):
            cells = node.cells("distance-matrix")
            return {(cells[at], cells[at + 1]): cells[at + 2] for at in range(0, len(cells) - 2, 3)}
        return {}

    def registers(self, node: Node) -> list[Block]:
        """The blocks of `reg`, as the CPU addresses them. One that no bus translates is left out."""
        bus = node.parent
        if bus is None:
            return []
        blocks = [Block(base, size) for base, size in _split(node.cells("reg"), _address_cells(bus), _size_cells(bus))]
        while bus is not None and bus.parent is not None:
            blocks = [moved for block in blocks for moved in _translate(bus, block)]
            bus = bus.parent
        return blocks

    def by_phandle(self, phandle: int) -> Optional[Node]:
        """The node that a phandle names."""
        return next((node for node in self.root.walk() if node.number("phandle") == phandle), None)

    def interrupts(self, node: Node) -> list[int]:
        """The numbers of the node's interrupts, as its controller counts them."""
        holder: Optional[Node] = node
        while holder is not None and "interrupt-parent" not in holder.properties:
            holder = holder.parent
        phandle = holder.number("interrupt-parent") if holder else None
        controller = self.by_phandle(phandle) if phandle is not None else None
        width = (controller.number("#interrupt-cells") if controller else None) or 1
        cells = node.cells("interrupts")
        numbers = []
        for at in range(0, len(cells) - width + 1, width):
            numbers.append(cells[at + 1] + _GIC_FIRST.get(cells[at], 0) if width == _GIC_CELLS else cells[at])
        return numbers

    def clock(self, node: Node) -> Optional[int]:
        """The frequency of the node's first clock, in hertz."""
        own = node.number("clock-frequency")
        if own:
            return own
        phandles = node.cells("clocks")
        source = self.by_phandle(phandles[0]) if phandles else None
        return source.number("clock-frequency") if source else None

    def ask(self, node: Node, question: str) -> Optional[Value]:
        """What the tree says, by an expression of a driver's schema (`x-devicetree`); None where it says nothing.

          reg[N].base, reg[N].size   of a block of registers
          reg[N-M].size              from block N to the end of block M
          interrupt[N]               the number at the interrupt controller
          clock                      the frequency of the first clock
          cell(NAME)                 a property of one number
          isa(NAME)                  whether the CPUs have an extension
          PATH:NAME                  a property of one number, of the node with that path
          baud                       the line's rate, of the console
          =WORD                      the word: what follows from being in a device tree
        """
        if question.startswith("="):
            return question[1:]
        if question.startswith("/"):
            path, _, name = question.partition(":")
            other = self.find(path)
            return other.number(name) if other else None
        if question == "clock":
            return self.clock(node)
        if question == "baud":
            return self.baud if node is self.console else None
        if match := re.fullmatch(r"cell\(([\w,#-]+)\)", question):
            return node.number(match[1])
        if match := re.fullmatch(r"isa\((\w+)\)", question):
            return bool(self.cpus) and all(match[1] in extensions(cpu) for cpu in self.cpus)
        if match := re.fullmatch(r"interrupt\[(\d+)\]", question):
            numbers = self.interrupts(node)
            return numbers[int(match[1])] if int(match[1]) < len(numbers) else None
        if match := re.fullmatch(r"reg\[(\d+)(?:-(\d+))?\]\.(base|size)", question):
            blocks = self.registers(node)
            first, last = int(match[1]), int(match[2] or match[1])
            if last >= len(blocks):
                return None
            return blocks[first].base if match[3] == "base" else blocks[last].end - blocks[first].base
        raise PegplanError(f"`{question}` is no question that can be asked of a device tree; see DeviceTree.ask")


def extensions(cpu: Node) -> set[str]:
    """The extensions that a RISC-V CPU says to have: those of many letters, and the letters."""
    listed = cpu.strings("riscv,isa-extensions")
    base, *named = (cpu.strings("riscv,isa") or [""])[0].lower().split("_")
    return {*listed, *named, *base[len("rv64"):]}


def _read(libfdt: Any, tree: Any, offset: int, parent: Optional[Node]) -> Node:
    node = Node(tree.get_name(offset), parent)
    at = tree.first_property_offset(offset, (libfdt.NOTFOUND,))
    while at >= 0:
        one = tree.get_property_by_offset(at)
        node.properties[one.name] = bytes(one)
        at = tree.next_property_offset(at, (libfdt.NOTFOUND,))
    at = tree.first_subnode(offset, (libfdt.NOTFOUND,))
    while at >= 0:
        node.children.append(_read(libfdt, tree, at, node))
        at = tree.next_subnode(at, (libfdt.NOTFOUND,))
    return node


def _address_cells(bus: Node) -> int:
    number = bus.number("#address-cells")
    return _DEFAULT_ADDRESS_CELLS if number is None else number


def _size_cells(bus: Node) -> int:
    number = bus.number("#size-cells")
    return _DEFAULT_SIZE_CELLS if number is None else number


def _join(cells: list[int]) -> int:
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value


def _split(cells: list[int], address: int, size: int) -> list[tuple[int, int]]:
    step = address + size
    return [(_join(cells[at:at + address]), _join(cells[at + address:at + step]))
            for at in range(0, len(cells) - step + 1, step)] if step else []


def _translate(bus: Node, block: Block) -> list[Block]:
    """The block as the bus above sees it; none, if it does not."""
    if "ranges" not in bus.properties:
        return []
    assert bus.parent is not None
    cells = bus.cells("ranges")
    if not cells:
        return [block]
    own, above, size = _address_cells(bus), _address_cells(bus.parent), _size_cells(bus)
    for at in range(0, len(cells), own + above + size):
        child = _join(cells[at:at + own])
        parent = _join(cells[at + own:at + own + above])
        length = _join(cells[at + own + above:at + own + above + size])
        if child <= block.base < child + length:
            return [Block(block.base - child + parent, block.size)]
    return []
