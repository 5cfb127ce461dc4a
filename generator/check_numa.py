"""Checks of a board's nodes: each CPU and each memory region in one of them, and distances that make sense."""
from __future__ import annotations

from collections.abc import Iterator

from .errors import BoardError, did_you_mean
from .model import Board, CpuRange, NodeMemory, Numa, Run

# As in ACPI's System Locality Information Table.
OWN_DISTANCE = 10


def numa_findings(board: Board) -> Iterator[BoardError]:
    """All checks of `numa:`."""
    if board.numa is None:
        return
    for number, node in enumerate(board.numa.nodes):
        if not node.cpus and not node.memory:
            yield BoardError(node.location, f"numa.nodes[{number}] has neither CPUs nor memory",
                             remedy="give it `cpus: […]` or `memory: […]`, or remove it")
    yield from _check_cpus(board, board.numa)
    yield from _check_memory(board, board.numa)
    yield from _check_distances(board.numa)


def _check_cpus(board: Board, numa: Numa) -> Iterator[BoardError]:
    last = board.cpu_count - 1
    taken: list[tuple[CpuRange, int]] = []
    for number, node in enumerate(numa.nodes):
        for cpus in node.cpus:
            if cpus.last > last:
                yield BoardError(
                    cpus.location, f"numa.nodes[{number}].cpus: there is no CPU {max(cpus.first, last + 1)}",
                    facts=[("board", f"CPUs 0 to {last}, {board.cpu_count_location.seen_from(cpus.location)}")],
                    remedy="name CPUs that the board has, or raise cpus.count",
                )
            for other, owner in taken:
                if cpus.first <= other.last and other.first <= cpus.last:
                    where = "a second time" if owner == number else f"and in numa.nodes[{owner}]"
                    yield BoardError(
                        cpus.location, f"CPU {max(cpus.first, other.first)} is in numa.nodes[{number}] {where}",
                        facts=[("first", other.location.seen_from(cpus.location))], remedy="name each CPU once",
                    )
            taken.append((cpus, number))
    free = 0
    for cpus, _ in sorted(taken, key=lambda pair: pair[0].first):
        if cpus.first > free:
            break
        free = cpus.last + 1
    if free <= last:
        yield BoardError(numa.nodes_location, f"CPU {free} is in no node",
                         facts=[("board", f"CPUs 0 to {last}, {board.cpu_count_location.seen_from(numa.nodes_location)}")],
                         remedy="name it in the `cpus:` of a node")


def _check_memory(board: Board, numa: Numa) -> Iterator[BoardError]:
    names = [region.name for region in board.memory]
    taken: dict[str, tuple[NodeMemory, int]] = {}
    for number, node in enumerate(numa.nodes):
        for memory in node.memory:
            if memory.region not in names:
                yield BoardError(memory.location,
                                 f"numa.nodes[{number}].memory: there is no memory region `{memory.region}`",
                                 remedy=did_you_mean(memory.region, names))
            if memory.region in taken:
                other, owner = taken[memory.region]
                where = "a second time" if owner == number else f"and in numa.nodes[{owner}]"
                yield BoardError(
                    memory.location, f"memory region `{memory.region}` is in numa.nodes[{number}] {where}",
                    facts=[("first", other.location.seen_from(memory.location))],
                    remedy="name each region once; divide it into two regions if it belongs to two nodes",
                )
            taken[memory.region] = (memory, number)
    for region in board.memory:
        if region.name not in taken:
            yield BoardError(region.location, f"memory region `{region.name}` is in no node",
                             facts=[("nodes", numa.nodes_location.seen_from(region.location))],
                             remedy="name it in the `memory:` of a node, reserved memory too")
    if isinstance(board.run, Run) and set(taken) == set(names):
        yield from _check_order(board, {name: owner for name, (_, owner) in taken.items()})


def _check_order(board: Board, owners: dict[str, int]) -> Iterator[BoardError]:
    """QEMU's memory begins with that of node 0, and that of each node is in one piece."""
    ordered = sorted(board.memory, key=lambda region: region.base)
    for before, region in zip(ordered, ordered[1:]):
        if owners[region.name] < owners[before.name]:
            yield BoardError(
                region.base_location,
                f"memory region `{region.name}` of numa.nodes[{owners[region.name]}] lies behind `{before.name}` of "
                f"numa.nodes[{owners[before.name]}]",
                facts=[("reason", "QEMU puts the memory of its nodes into the address space in the order of their numbers")],
                remedy="exchange the regions, or the nodes",
            )


def _check_distances(numa: Numa) -> Iterator[BoardError]:
    count = len(numa.nodes)
    shape = [("expected", f"a row for each of the {count} nodes, and in it a distance for each")]
    if len(numa.distances) != count:
        yield BoardError(numa.distances_location, f"numa.distances has {_count(len(numa.distances), 'row')} for {_count(count, 'node')}",
                         facts=shape, remedy="add or remove rows")
        return
    for number, (row, location) in enumerate(zip(numa.distances, numa.row_locations)):
        if len(row) != count:
            yield BoardError(location, f"numa.distances[{number}] has {_count(len(row), 'entry')} for {_count(count, 'node')}",
                             facts=shape, remedy="add or remove entries")
    if any(len(row) != count for row in numa.distances):
        return
    for one, row in enumerate(numa.distances):
        for other, distance in enumerate(row):
            place = f"numa.distances[{one}][{other}]"
            if one == other and distance.value != OWN_DISTANCE:
                yield BoardError(distance.location, f"{place} is {distance.value}, and a node's distance from itself is {OWN_DISTANCE}",
                                 remedy=f"write {OWN_DISTANCE}, and the others in proportion to it")
            elif distance.value < OWN_DISTANCE:
                yield BoardError(distance.location, f"{place} is {distance.value}, less than a node's distance from itself, {OWN_DISTANCE}",
                                 remedy=f"write {OWN_DISTANCE} or more: twice as slow as a node's own memory is 20")
            mirrored = numa.distances[other][one]
            if one < other and mirrored.value != distance.value:
                yield BoardError(
                    mirrored.location,
                    f"numa.distances is not symmetric: [{other}][{one}] is {mirrored.value}, [{one}][{other}] is {distance.value}",
                    facts=[("first", distance.location.seen_from(mirrored.location))], remedy="write the same distance in both places",
                )


def _count(number: int, noun: str) -> str:
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number} {noun if number == 1 else plural}"
