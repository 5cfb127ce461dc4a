"""What the generator knows of one build: frozen, typed, complete. Emitters read this and nothing else."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .constraints import Constraint
from .sources import InputFile, Location, Origin

# ---- configuration --------------------------------------------------------------------------------------------------


class OptionKind(Enum):
    """The type of an option in Kconfig."""

    BOOL = "bool"
    INT = "int"
    HEX = "hex"
    STRING = "string"


@dataclass(frozen=True)
class Option:
    """A Kconfig symbol with its value. One that is not in effect has its type's zero."""

    name: str
    kind: OptionKind
    value: bool | int | str
    subsystem: str | None     # the header that carries it; None for the board's hidden facts
    declared: Location
    origin: Origin | None     # the assignment that it follows; None where its default holds
    unmet: str                # the dependency that keeps it from being in effect; "" when it is in effect
    fragment_line: str        # its line of a .config; "" where Kconfig would not write one


@dataclass(frozen=True)
class Binding:
    """A class chosen by the menu: the symbols <SUBSYSTEM>_<NAME>_HEADER and <SUBSYSTEM>_<NAME>_CLASS."""

    name: str                 # lower case: the header's name
    subsystem: str            # namespace of alias and class
    header: Option
    class_name: Option


@dataclass(frozen=True)
class Assignment:
    """A symbol that somebody set, as the merge saw it."""

    name: str
    value: str | None         # y, n, 128, a text; None where earlier settings were withdrawn
    origin: Origin
    overridden: tuple["Assignment", ...] = ()   # earlier settings that this one replaced, latest first


@dataclass(frozen=True)
class Configuration:
    """The resolved menu."""

    options: tuple[Option, ...]              # in order of definition
    bindings: tuple[Binding, ...]
    subsystems: tuple[tuple[str, tuple[InputFile, ...]], ...]   # header name and the Kconfig files behind it
    merge: tuple[Assignment, ...]            # the assignments that won, in order of definition
    fragments: tuple[InputFile, ...]         # lowest precedence first
    kconfig_files: tuple[InputFile, ...]
    constraints: tuple[Constraint, ...]

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if option.name == name), None)


# ---- board ----------------------------------------------------------------------------------------------------------


MMIO = "mmio"     # the kind of a device's registers


@dataclass(frozen=True)
class MemoryRegion:
    """A range of addresses; of memory, or of a device's registers."""

    name: str
    kind: str                 # an enumerator of arch::MemoryKind
    base: int
    size: int                 # bytes
    location: Location
    base_location: Location
    size_location: Location

    @property
    def end(self) -> int:
        """The first address behind the region."""
        return self.base + self.size


class FieldType(Enum):
    """How a driver's property is written in a board file (`x-field-type` of its schema)."""

    ADDRESS = "address"
    SIZE = "size"
    FREQUENCY = "frequency"
    U32 = "u32"
    IRQ = "irq"
    BOOL = "bool"
    ENUM = "enum"
    DEVICE = "device"
    CPU_RANGE = "cpu_range"   # of the board file alone


@dataclass(frozen=True)
class Driver:
    """A class in arch/devices and what its schema says of it."""

    name: str
    class_name: str
    header: str
    roles: tuple[str, ...]    # what devices of this driver can serve as
    selects: tuple[str, ...]  # the hidden options that are on where a board has such a device
    file: InputFile


@dataclass(frozen=True)
class Field:
    """A property of a device that becomes a member of its driver's configuration."""

    name: str
    type: FieldType
    value: int | bool | str
    enum: str                 # the C++ enumeration of an ENUM
    location: Location


@dataclass(frozen=True)
class DeviceReference:
    """A property that names another device."""

    property: str
    device: str
    role: str                 # what the other device must be able to serve as; "" for anything
    location: Location


@dataclass(frozen=True)
class Device:
    """A device of the board."""

    key: str
    driver: Driver
    fields: tuple[Field, ...]                   # in the schema's order
    references: tuple[DeviceReference, ...]     # in the schema's order
    registers: tuple[MemoryRegion, ...]         # the memory-mapped register blocks
    location: Location


@dataclass(frozen=True)
class Role:
    """What the kernel uses a device for."""

    name: str
    device: str
    location: Location


@dataclass(frozen=True)
class DeviceTree:
    """The source of a device tree: of the machine, for firmware. Nothing here reads it."""

    file: InputFile
    text: str


@dataclass(frozen=True)
class Run:
    """How the board runs in QEMU."""

    qemu: str
    machine: str
    machine_location: Location
    cpu: str
    arguments: tuple[str, ...]
    argument_locations: tuple[Location, ...]
    cpus: int                 # the machine has at least so many
    memory: int | None        # bytes; None: the sum of all regions
    memory_location: Location
    device_tree: DeviceTree | None
    threads: int | None  # with more, QEMU executes all in one thread; None: never
    exit_status: str
    exit_status_location: Location


@dataclass(frozen=True)
class Process:
    """How the board runs as a process of this machine: its images are programs for an operating system."""

    command: tuple[str, ...]
    command_locations: tuple[Location, ...]
    exit_status: str
    exit_status_location: Location


@dataclass(frozen=True)
class CpuRange:
    """CPUs of a node, by number."""

    first: int
    last: int                 # inclusive
    location: Location


@dataclass(frozen=True)
class NodeMemory:
    """A memory region that a node names."""

    region: str
    location: Location


@dataclass(frozen=True)
class NumaNode:
    """CPUs and memory that are near to one another."""

    cpus: tuple[CpuRange, ...]
    memory: tuple[NodeMemory, ...]
    location: Location


@dataclass(frozen=True)
class Distance:
    """An entry of the matrix: how far a node's CPUs are from a node's memory."""

    value: int
    location: Location


@dataclass(frozen=True)
class Numa:
    """The nodes of a board, and the distances between them."""

    nodes: tuple[NumaNode, ...]
    distances: tuple[tuple[Distance, ...], ...]     # a row for each node, in it an entry for each; checked, not by type
    row_locations: tuple[Location, ...]
    nodes_location: Location
    distances_location: Location


@dataclass(frozen=True)
class Board:
    """A board file, read and converted."""

    name: str
    description: str
    arch: str
    cpu_count: int
    cpu_first_id: int         # CPU i has the hardware id first + i // size * stride + i % size
    cpu_cluster_size: int
    cpu_cluster_stride: int
    memory: tuple[MemoryRegion, ...]
    numa: Numa | None         # None: all of it is one node
    devices: tuple[Device, ...]
    roles: tuple[Role, ...]
    run: Run | Process | None
    files: tuple[InputFile, ...]                # the board file, and those of the boards that it extends, nearest first
    description_location: Location
    arch_location: Location
    cpu_count_location: Location
    cpus_location: Location
    memory_location: Location
    roles_location: Location
    known_arches: tuple[str, ...]
    drivers: tuple[Driver, ...]                 # those that the devices use

    @property
    def file(self) -> InputFile:
        """The board file itself."""
        return self.files[0]

    def device(self, key: str) -> Device | None:
        return next((device for device in self.devices if device.key == key), None)

    def region(self, name: str) -> MemoryRegion | None:
        """The memory region of a name."""
        return next((region for region in self.memory if region.name == name), None)

    @property
    def is_process(self) -> bool:
        """Whether an operating system loads the images and gives them their memory."""
        return isinstance(self.run, Process)

    @property
    def ram(self) -> tuple[MemoryRegion, ...]:
        """The regions that are free for the image, stacks and heap."""
        return tuple(region for region in self.memory if region.kind == "ram")

    @property
    def ram_bytes(self) -> int:
        return sum(region.size for region in self.ram)


# ---- all of it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Model:
    """One board with one configuration."""

    board: Board
    configuration: Configuration
    profile: str
    settings: tuple[str, ...]                   # the --set arguments
    tree: str                                   # absolute; for pegplan.cmake alone
    own_files: tuple[InputFile, ...]            # the generator's sources, templates and schemas

    @property
    def image_cpus(self) -> int:
        """How many CPUs the image uses. One, if the menu does not ask."""
        option = self.configuration.option("CPUS")
        return option.value if option is not None and isinstance(option.value, int) else 1
