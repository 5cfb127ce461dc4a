"""Which nodes the CPUs of an image are on, and QEMU's arguments for that."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from .model import Board, Run
from .quantities import SIZE_UNITS


def node_count(board: Board) -> int:
    """How many nodes the board has: one, if it does not say."""
    return len(board.numa.nodes) if board.numa else 1


def nodes_of_cpus(board: Board, cpus: int) -> tuple[int, ...]:
    """The node of each of the first `cpus` CPUs.

    A board of hardware has the CPUs that it has: the first ones are as the board file says. One that runs here, in an
    emulator or as a process, is made for the image: each node gets its share of the CPUs.
    """
    if board.numa is None:
        return (0,) * cpus
    owners = sorted((cpu, number) for number, node in enumerate(board.numa.nodes)
                    for cpus_of_node in node.cpus for cpu in range(cpus_of_node.first, cpus_of_node.last + 1))
    if board.run is None:
        return tuple(owner for _, owner in owners[:cpus])
    left = shares(board, cpus)
    nodes = []
    for _, owner in owners:
        if left[owner]:
            left[owner] -= 1
            nodes.append(owner)
    return tuple(nodes)


def shares(board: Board, cpus: int) -> list[int]:
    """How many of `cpus` CPUs each node gets: each goes where the fewest are, in proportion to what the board has."""
    assert board.numa is not None
    sizes = [sum(one.last - one.first + 1 for one in node.cpus) for node in board.numa.nodes]
    given = [0] * len(sizes)
    for _ in range(cpus):
        node = min((Fraction(given[number], size), number) for number, size in enumerate(sizes) if given[number] < size)[1]
        given[node] += 1
    return given


def qemu_nodes(board: Board, cpus: int) -> tuple[int, ...]:
    """The node of each CPU of QEMU's machine: those of the image, and behind them one for each node that has none.

    QEMU's riscv64 `virt` refuses nodes without CPUs. A CPU that nobody starts waits for ever, on all architectures.
    """
    nodes = nodes_of_cpus(board, cpus)
    if board.numa is None:
        return nodes
    return (*nodes, *(number for number, node in enumerate(board.numa.nodes) if node.cpus and number not in nodes))


def machine_nodes(board: Board, cpus: int) -> tuple[int, ...]:
    """The node of each CPU that the machine has, the image's first: any of them may be the one that boots."""
    if board.numa is None or board.run is not None:
        return qemu_nodes(board, cpus)
    return nodes_of_cpus(board, board.cpu_count)


def qemu_arguments(board: Board, cpus: int) -> list[str]:
    """Backends of the nodes' memory, the nodes, and the distances between them. QEMU wants each CPU and each byte of its
    memory in a node, and each distance in one direction at least."""
    if board.numa is None:
        return []
    assert isinstance(board.run, Run)
    nodes = qemu_nodes(board, cpus)
    arguments: list[str] = []
    for number, node in enumerate(board.numa.nodes):
        size = sum(region.size for memory in node.memory if (region := board.region(memory.region)))
        parts = [f"node,nodeid={number}"]
        parts += [f"cpus={text}" for text in _ranges([cpu for cpu, owner in enumerate(nodes) if owner == number])]
        if size:
            arguments += ["-object", f"memory-backend-ram,id=node{number},size={qemu_size(size)}"]
            parts.append(f"memdev=node{number}")
        arguments += ["-numa", ",".join(parts)]
    for source, row in enumerate(board.numa.distances):
        for target, distance in enumerate(row[:source]):
            arguments += ["-numa", f"dist,src={target},dst={source},val={distance.value}"]
    return arguments


def qemu_size(size: int) -> str:
    """`size` bytes in the largest unit that QEMU has for it."""
    for suffix, unit in (("G", "GiB"), ("M", "MiB"), ("K", "KiB")):
        if size % SIZE_UNITS[unit] == 0:
            return f"{size // SIZE_UNITS[unit]}{suffix}"
    return f"{size}B"


def _ranges(numbers: Sequence[int]) -> Iterable[str]:
    """Ascending numbers as ranges: 0-3, 5."""
    first = 0
    for index, number in enumerate(numbers):
        if index + 1 == len(numbers) or numbers[index + 1] != number + 1:
            yield str(number) if numbers[first] == number else f"{numbers[first]}-{number}"
            first = index + 1
