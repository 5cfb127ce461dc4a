"""`pegplan board check`: all that is wrong with a board file, also by the device tree of the machine that it describes.

The schemas of drivers say what of a device tree a property is (`x-devicetree`), so that nothing here knows a device.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Optional, Sequence

from .board_machine import Machine, Monitor, Refused, dump_device_tree
from .board_tree import DeviceTree, Node, Value
from .device_tree import compile_device_tree
from .packages import DEVICE_TREE_COMPILER

if TYPE_CHECKING:
    from generator.errors import PegplanError as Mistake
    from generator.model import Board, Device, Field
    from generator.sources import Location


@dataclass
class Result:
    """What came of a check."""

    name: str
    mistakes: list[Mistake] = field(default_factory=list)
    compared: int = 0
    """How many values were compared with the machine's device tree."""
    not_compared: list[str] = field(default_factory=list)
    """What was not, and why."""

    def lines(self) -> list[str]:
        """For people: a line for each mistake, or one that says that there is none, and what was not compared."""
        agreed = f", {self.compared} values agree with QEMU's machine" if self.compared else ""
        lines = [mistake.line for mistake in self.mistakes] or [f"{self.name}: no mistakes{agreed}"]
        return lines + [f"{self.name}: not compared: {text}" for text in self.not_compared]


def check_board(name: str, board_roots: Sequence[Path] = ()) -> Result:
    """Checks a board, by its name or its file."""
    import generator
    from generator.model import Run

    examined = generator.examine_board(name, board_roots)
    result = Result(examined.name, list(examined.mistakes))
    board = examined.board
    if board is None or result.mistakes:
        result.not_compared.append("anything with a machine's device tree, before the above is mended")
    elif isinstance(board.run, Run):
        _Comparison(board, board.run, result).run()
    elif board.run is None:
        result.not_compared.append("addresses, sizes and interrupts: nothing here runs the board")
    return result


@dataclass(frozen=True)
class _AsRun:
    """What QEMU's command line is made from: a build's model, as far as it matters for that."""

    board: Board
    image_cpus: int


def board_machine(board: Board, cpus: Optional[int] = None) -> Machine:
    """The machine that QEMU makes for images of a board that use all its CPUs, or fewer."""
    from generator.emit.build_files import qemu_command

    return Machine.of_command(qemu_command(_AsRun(board, cpus or board.cpu_count)))  # type: ignore[arg-type]


@lru_cache(maxsize=None)
def read_schema(file: Path) -> dict[str, Any]:
    """A driver's schema."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(schema, dict)
    return schema


class _Comparison:
    """A board beside its machine's device tree."""

    def __init__(self, board: Board, run: Any, result: Result) -> None:
        self.board = board
        self.run_facts = run
        self.result = result

    def run(self) -> None:
        """Compares everything."""
        from generator.errors import BoardError

        program = self.run_facts.qemu
        try:
            data = self._own_tree() if self.run_facts.device_tree else dump_device_tree(board_machine(self.board))
        except Refused as refusal:
            self.result.mistakes.append(BoardError(
                self.run_facts.machine_location, f"{program} does not take this machine: {refusal}",
                remedy="change run.machine, run.cpu, run.arguments, cpus or memory"))
            return
        except FileNotFoundError:
            self.result.not_compared.append(
                f"anything with a device tree: {program} is not installed (pegplan setup installs it)")
            return
        if data is None:
            why = ("dtc, which compiles the board's own device tree, is not installed (pegplan setup installs it)"
                   if self.run_facts.device_tree else f"QEMU's {self.run_facts.machine} has no device tree")
            self.result.not_compared.append(f"addresses, sizes and interrupts: {why}")
            return
        tree = DeviceTree.parse(data, f"the dump of {program}")
        self._cpus(tree)
        self._memory(tree)
        self._nodes(tree)
        if tree.console is None:
            self.result.not_compared.append("devices: the machine's device tree describes none")
            return
        for device in self.board.devices:
            self._device(tree, device)

    def _own_tree(self) -> Optional[bytes]:
        """The device tree that the board brings for its firmware; None where it cannot be compiled."""
        if not DEVICE_TREE_COMPILER.present():
            return None
        with tempfile.TemporaryDirectory(prefix="pegplan-") as folder:
            blob = Path(folder) / "board.dtb"
            compile_device_tree(self.run_facts.device_tree.file.path, blob)
            return blob.read_bytes()

    # ---- CPUs and memory ---------------------------------------------------------------------------------------------

    def _cpus(self, tree: DeviceTree) -> None:
        first, size, stride = self.board.cpu_first_id, self.board.cpu_cluster_size, self.board.cpu_cluster_stride
        used = [cpu for cpu in tree.cpus if (cpu.number("reg") or 0) >= first]
        self._same(self.board.cpu_count_location, "cpus.count", self.board.cpu_count, len(used), str, "/cpus")
        for number, cpu in enumerate(used[:self.board.cpu_count]):
            hardware_id = first + number // size * stride + number % size
            if not self._same(self.board.cpus_location, f"cpus: the hardware id of CPU {number}", hardware_id,
                              cpu.number("reg"), hex, cpu.path,
                              "set cpus.cluster_size and cpus.cluster_stride so that it is {}"):
                return

    def _memory(self, tree: DeviceTree) -> None:
        from generator.errors import BoardError

        blocks = _joined(block for block, _ in tree.memory)
        for region in self.board.memory:
            self.result.compared += 2
            if not any(base <= region.base and region.end <= end for base, end in blocks):
                shown = ", ".join(f"{base:#x} to {end - 1:#x}" for base, end in blocks)
                self.result.mistakes.append(BoardError(
                    region.base_location,
                    f"memory region `{region.name}`, {region.base:#x} to {region.end - 1:#x}, is not in the machine's memory, "
                    f"{shown}",
                    remedy="move it there"))
        for block in tree.reserved:
            for region in self.board.ram:
                if region.base < block.end and block.base < region.end:
                    self.result.mistakes.append(BoardError(
                        region.base_location, f"memory region `{region.name}` is kind ram, and the machine has reserved "
                        f"{block.base:#x} to {block.end - 1:#x} of it", remedy="make that a region of kind reserved"))

    def _nodes(self, tree: DeviceTree) -> None:
        from generator.numa import nodes_of_cpus

        numa = self.board.numa
        if numa is None:
            return
        for cpu, owner in zip(tree.cpus, nodes_of_cpus(self.board, self.board.cpu_count)):
            self._same(numa.nodes_location, f"numa.nodes: the node of {cpu.name}", owner, cpu.number("numa-node-id"), str,
                       cpu.path)
        for number, node in enumerate(numa.nodes):
            for memory in node.memory:
                region = self.board.region(memory.region)
                assert region is not None
                owner = next((node_id for block, node_id in tree.memory if block.base <= region.base < block.end), None)
                self._same(memory.location, f"numa.nodes: the node of memory region `{region.name}`", number, owner, str,
                           "/memory")
        for (one, other), distance in tree.distances().items():
            if one < len(numa.distances) and other < len(numa.distances):
                mine = numa.distances[one][other]
                self._same(mine.location, f"numa.distances[{one}][{other}]", mine.value, distance, str, "/distance-map")

    # ---- devices -----------------------------------------------------------------------------------------------------

    def _device(self, tree: DeviceTree, device: Device) -> None:
        from generator.errors import BoardError

        schema = read_schema(device.driver.file.path)
        names = schema.get("x-devicetree")
        if not names:
            if device.registers or device.fields:
                self.result.not_compared.append(
                    f"devices.{device.key}: the schema of {device.driver.name} does not say what a device tree has of it")
            return
        candidates = nodes_of(tree, names)
        if not candidates:
            self.result.mistakes.append(BoardError(
                device.location, f"devices.{device.key}: the machine has no {device.driver.name}, by its device tree",
                facts=[("looked for", ", ".join(names))], remedy="choose another driver, or another machine in `run:`"))
            return
        node = self._closest(tree, device, schema, candidates)
        for one in device.fields:
            self._field(tree, node, device, one, schema["properties"][one.name])

    @staticmethod
    def _closest(tree: DeviceTree, device: Device, schema: dict[str, Any], candidates: list[Node]) -> Node:
        """The node that agrees with most of the device's values."""
        def agreements(node: Node) -> int:
            questions = ((one, schema["properties"][one.name].get("x-devicetree")) for one in device.fields)
            return sum(question is not None and tree.ask(node, question) == one.value for one, question in questions)

        return max(candidates, key=agreements)

    def _field(self, tree: DeviceTree, node: Node, device: Device, one: Field, schema: dict[str, Any]) -> None:
        question = schema.get("x-devicetree")
        name = f"devices.{device.key}.{one.name}"
        actual: Optional[Value] = tree.ask(node, question) if question else None
        place = node.path
        if actual is None and "x-qemu-cpu" in schema:
            with Monitor(board_machine(self.board, cpus=1)) as monitor:
                actual = monitor.cpu_property(schema["x-qemu-cpu"])
            place = f"property {schema['x-qemu-cpu']} of QEMU's CPU"
        if actual is None and question and "default" in schema:
            actual = schema["default"]
        if actual is None:
            # A line's rate and the like are the user's choice; what the tree could have said is worth a word.
            if question and "examples" not in schema:
                self.result.not_compared.append(f"{name}: {node.path} does not say")
            return
        if isinstance(actual, bool) and not one.value:
            actual = False               # what is there may be left unused
        self._same(one.location, name, one.value, actual, written_as(one.type.value), place)

    def _same(self, where: Location, what: str, mine: object, actual: object, shown: Any, place: str,
              remedy: str = "write {}") -> bool:
        from generator.errors import BoardError

        self.result.compared += 1
        if actual is None or mine == actual:
            return True
        self.result.mistakes.append(BoardError(where, f"{what} is {shown(mine)}, and the machine has {shown(actual)}",
                                               facts=[("by", place)], remedy=remedy.format(shown(actual))))
        return False


def nodes_of(tree: DeviceTree, names: Sequence[str]) -> list[Node]:
    """The nodes that a driver is for, by its `x-devicetree`: `compatible` strings, or a path and a property, /cpus:NAME."""
    found = tree.compatible([name for name in names if not name.startswith("/")])
    for path, _, needed in (name.partition(":") for name in names if name.startswith("/")):
        node = tree.find(path)
        found += [node] if node is not None and needed in node.properties else []
    return found


def written_as(kind: str) -> Any:
    """How a value of a field type is written in a board file."""
    from generator.quantities import format_frequency, format_size

    def size(value: int) -> str:
        return format_size(value) if value and value % (1 << 20) == 0 else f"{value:#x}"

    return {"address": lambda value: f"{value:#010x}", "frequency": format_frequency, "size": size,
            "bool": lambda value: str(value).lower()}.get(kind, str)


def _joined(blocks: Iterable[Any]) -> list[tuple[int, int]]:
    """Blocks as ranges, those that touch as one."""
    ranges: list[tuple[int, int]] = []
    for block in sorted(blocks, key=lambda one: one.base):
        if ranges and block.base <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(ranges[-1][1], block.end))
        else:
            ranges.append((block.base, block.end))
    return ranges
