"""The nodes of a board: each mistake in them with its complete message, what is made of them, and properties of that."""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import generator
from generator.check_numa import numa_findings
from generator.load.board import load_board
from generator.model import Board
from generator.numa import machine_nodes, nodes_of_cpus, qemu_arguments, qemu_nodes, shares
from generator.request import make_places

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "tests/generator/two-sockets.yaml").read_text()
TWO_SOCKETS = ("qemu-aarch64-virt-2s", "qemu-riscv64-virt-2s", "qemu-x86_64-q35-2s")

FIRST = "- cpus: [0-31]\n      memory: [firmware, ram0]"
SECOND = "- cpus: [32-63]\n      memory: [ram1]"
ROWS = "    - [10, 20]\n    - [20, 10]\n"


@pytest.fixture
def complaint(tmp_path: Path, mistake: Callable[..., str]) -> Callable[[str, str], str]:
    """The message about the board with a piece replaced, with the board file's path taken out."""

    def of(old: str, new: str) -> str:
        assert TEXT.count(old) == 1, old
        path = tmp_path / "boards/mine/board.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(TEXT.replace(old, new))
        return mistake(generator.find_board, "mine", [tmp_path / "boards"]).replace(str(path), "board.yaml")

    return of


# The board file has `numa:` in line 24; its first node begins in line 26, the second in 28, the rows are 31 and 32.
MISTAKES = {
    "too few rows": (ROWS, "    - [10, 20]\n", """\
board.yaml:30: numa.distances has 1 row for 2 nodes
  expected: a row for each of the 2 nodes, and in it a distance for each
  remedy:   add or remove rows"""),
    "no rows": ("distances:\n" + ROWS, "distances: []\n", """\
board.yaml:30: numa.distances has 0 rows for 2 nodes
  expected: a row for each of the 2 nodes, and in it a distance for each
  remedy:   add or remove rows"""),
    "row too long": ("[20, 10]", "[20, 10, 30]", """\
board.yaml:32: numa.distances[1] has 3 entries for 2 nodes
  expected: a row for each of the 2 nodes, and in it a distance for each
  remedy:   add or remove entries"""),
    "not symmetric": ("[20, 10]", "[21, 10]", """\
board.yaml:32: numa.distances is not symmetric: [1][0] is 21, [0][1] is 20
  first:  line 31
  remedy: write the same distance in both places"""),
    "diagonal": ("[20, 10]", "[20, 11]", """\
board.yaml:32: numa.distances[1][1] is 11, and a node's distance from itself is 10
  remedy: write 10, and the others in proportion to it"""),
    "nearer than itself": (ROWS, "    - [10, 9]\n    - [9, 10]\n", """\
board.yaml:31: numa.distances[0][1] is 9, less than a node's distance from itself, 10
  remedy: write 10 or more: twice as slow as a node's own memory is 20"""),
    "too far": ("[20, 10]", "[255, 10]", """\
board.yaml:32: numa.distances[1][0]: `255` is above the largest value, 254
  expected: a distance: 10 for the node itself, up to 254
  remedy:   write 254 or less"""),
    "distance that is no number": ("[20, 10]", "[far, 10]", """\
board.yaml:32: numa.distances[1][0]: `far` is not a number
  expected: a distance: 10 for the node itself, up to 254
  remedy:   write a whole number, as in `27` or `0x1b`"""),
    "CPU in no node": ("[0-31]", "[0-6, 8-31]", """\
board.yaml:25: CPU 7 is in no node
  board:  CPUs 0 to 63, line 8
  remedy: name it in the `cpus:` of a node"""),
    "last CPU in no node": ("[32-63]", "[32-62]", """\
board.yaml:25: CPU 63 is in no node
  board:  CPUs 0 to 63, line 8
  remedy: name it in the `cpus:` of a node"""),
    "CPU in two nodes": ("[32-63]", "[31-63]", """\
board.yaml:28: CPU 31 is in numa.nodes[1] and in numa.nodes[0]
  first:  line 26
  remedy: name each CPU once"""),
    "CPU twice in a node": ("[0-31]", "[0-31, 5]", """\
board.yaml:26: CPU 5 is in numa.nodes[0] a second time
  first:  line 26
  remedy: name each CPU once"""),
    "CPU that the board does not have": ("[32-63]", "[32-64]", """\
board.yaml:28: numa.nodes[1].cpus: there is no CPU 64
  board:  CPUs 0 to 63, line 8
  remedy: name CPUs that the board has, or raise cpus.count"""),
    "range backwards": ("[32-63]", "[63-32]", """\
board.yaml:28: numa.nodes[1].cpus[0]: `63-32` is a range that ends before it begins
  expected: the number of a CPU, or the first and the last of a range, as in 0-31
  remedy:   write `32-63`"""),
    "no range": ("[32-63]", "[32..63]", """\
board.yaml:28: numa.nodes[1].cpus[0]: `32..63` is not a range of CPUs
  expected: the number of a CPU, or the first and the last of a range, as in 0-31
  remedy:   write a number, or the first and the last one, as in `0-31`"""),
    "range without brackets": ("[32-63]", "32-63", """\
board.yaml:28: numa.nodes[1].cpus is `32-63`
  expected: a list: a list of CPUs and ranges of them, as in [0-3, 8]
  remedy:   write it as a list: `[one, two]`, or a line `- …` for each"""),
    "unknown region": ("[ram1]", "[rom1]", """\
board.yaml:29: numa.nodes[1].memory: there is no memory region `rom1`
  remedy: did you mean `ram1`?"""),
    "region in two nodes": ("[ram1]", "[ram1, ram0]", """\
board.yaml:29: memory region `ram0` is in numa.nodes[1] and in numa.nodes[0]
  first:  line 27
  remedy: name each region once; divide it into two regions if it belongs to two nodes"""),
    "region twice in a node": ("[ram1]", "[ram1, ram1]", """\
board.yaml:29: memory region `ram1` is in numa.nodes[1] a second time
  first:  line 29
  remedy: name each region once; divide it into two regions if it belongs to two nodes"""),
    "region in no node": ("[firmware, ram0]", "[ram0]", """\
board.yaml:11: memory region `firmware` is in no node
  nodes:  line 25
  remedy: name it in the `memory:` of a node, reserved memory too"""),
    "node of nothing": (SECOND, SECOND + "\n    - cpus: []", """\
board.yaml:30: numa.nodes[2] has neither CPUs nor memory
  remedy: give it `cpus: […]` or `memory: […]`, or remove it"""),
    "memory in the wrong order for QEMU": (f"{FIRST}\n    {SECOND}", "- cpus: [0-31]\n      memory: [ram1]\n    - cpus: [32-63]\n      memory: [firmware, ram0]", """\
board.yaml:21: memory region `ram1` of numa.nodes[0] lies behind `ram0` of numa.nodes[1]
  reason: QEMU puts the memory of its nodes into the address space in the order of their numbers
  remedy: exchange the regions, or the nodes"""),
    "no nodes": (f"nodes:\n    {FIRST}\n    {SECOND}", "nodes: []", """\
board.yaml:25: numa.nodes is empty
  expected: a list of 1 to 64 nodes, each with cpus, memory, or both
  remedy:   write at least one"""),
    "no distances": ("  distances:\n" + ROWS, "", """\
board.yaml:24: numa lacks `distances`
  expected: a list with a row for each node: how far its CPUs are from the memory of each node, where 10 is their own (as in ACPI's SLIT)
  remedy:   add a line `distances: …`"""),
    "misspelt key": ("distances:", "distance:", """\
board.yaml:30: unknown key `distance` in numa
  remedy: did you mean `distances`?"""),
    "misspelt kind of tests": ("tests: named", "tests: name", """\
board.yaml:5: tests is `name`
  expected: which tests of the suite run on the board: all (as without it), smoke (the few that show that it boots and \
what rests on its devices), or named (only those that name it)
  remedy:   did you mean `named`?"""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, complaint: Callable[[str, str], str]) -> None:
    old, new, expected = MISTAKES[name]
    assert complaint(old, new) == expected


@pytest.mark.parametrize("name", TWO_SOCKETS)
def test_outputs(name: str, build, compare, read_files, tmp_path: Path) -> None:
    build(name, settings=["CPUS=4"])
    texts = read_files(tmp_path / "build/generated")
    compare(name, {path: texts[path] for path in ("pegplan/board/numa.hpp", "run.json")})


def test_a_board_without_nodes_is_one(build, tmp_path: Path) -> None:
    board = build("qemu-riscv64-virt", settings=["CPUS=3"]).model.board
    assert board.numa is None and nodes_of_cpus(board, 3) == (0, 0, 0)
    header = (tmp_path / "build/generated/pegplan/board/numa.hpp").read_text()
    assert "numa_node_count = 1;" in header and "    0, 0, 0,\n" in header
    assert not any("numa" in argument or "memory-backend" in argument for argument in _command(tmp_path))


def _command(tmp_path: Path) -> list[str]:
    return json.loads((tmp_path / "build/generated/run.json").read_text())["command"]


@pytest.mark.parametrize("cpus, expected", [
    (1, ["cpus=0", "cpus=1"]), (2, ["cpus=0", "cpus=1"]), (3, ["cpus=0-1", "cpus=2"]), (4, ["cpus=0-1", "cpus=2-3"]),
    (64, ["cpus=0-31", "cpus=32-63"]),
])
def test_cpus_that_the_image_does_not_use(cpus: int, expected: list[str], build, tmp_path: Path) -> None:
    """Each node gets its share of them, and one at least."""
    build("qemu-x86_64-q35-2s", settings=[f"CPUS={cpus}"])
    command = _command(tmp_path)
    assert [part for argument in command for part in argument.split(",") if part.startswith("cpus=")] == expected
    assert command[command.index("-smp") + 1] == str(max(cpus, 2))
    assert command[command.index("-m") + 1] == "128M"


def test_a_node_without_memory_has_no_backend(build, tmp_path: Path) -> None:
    boards = tmp_path / "boards"
    text = TEXT.replace("[firmware, ram0]", "[firmware, ram0, ram1]").replace("\n      memory: [ram1]", "")
    (boards / "mine").mkdir(parents=True)
    (boards / "mine/board.yaml").write_text(text)
    build("mine", board_roots=[boards], settings=["CPUS=2"])
    command = _command(tmp_path)
    assert [word for word in command if word.startswith(("node,", "memory-backend"))] == [
        "memory-backend-ram,id=node0,size=128M", "node,nodeid=0,cpus=0,memdev=node0", "node,nodeid=1,cpus=1"]


def test_hardware_has_the_cpus_that_it_has(build, tmp_path: Path) -> None:
    """A board that nothing runs is not made for its image: the first CPUs are all on the first node."""
    boards = tmp_path / "boards"
    (boards / "mine").mkdir(parents=True)
    (boards / "mine/board.yaml").write_text(TEXT[:TEXT.index("run:")])
    board = build("mine", board_roots=[boards], settings=["CPUS=4"]).model.board
    assert nodes_of_cpus(board, 4) == (0, 0, 0, 0) and nodes_of_cpus(board, 34)[30:] == (0, 0, 1, 1)
    # Any of them may be the one that boots.
    header = (tmp_path / "build/generated/pegplan/board/numa.hpp").read_text()
    assert "std::array<std::uint8_t, 64> numa_node_of_cpu{" in header


# ---- properties -----------------------------------------------------------------------------------------------------

_DEVICES = TEXT[TEXT.index("devices:"):]


@st.composite
def board_texts(draw: st.DrawFn) -> str:
    """A board with nodes that pass all checks."""
    count = draw(st.integers(1, 5))
    cpus = [draw(st.integers(0 if number else 1, 6)) for number in range(count)]
    sizes = [draw(st.integers(0 if cpus[number] and number else 1, 3)) for number in range(count)]
    order = draw(st.permutations([number for number, size in enumerate(cpus) for _ in range(size)]))
    distances = [[10] * count for _ in range(count)]
    for one in range(count):
        for other in range(one):
            distances[one][other] = distances[other][one] = draw(st.integers(10, 254))
    lines = ["description: any", "arch: riscv64", "cpus:", f"  count: {len(order)}", "memory:"]
    base, names = 0x8000_0000, [[] for _ in range(count)]
    for number, regions in enumerate(sizes):
        for _ in range(regions):
            names[number].append(f"r{base:x}")
            lines += [f"  - name: r{base:x}", "    kind: ram", f"    base: {base:#x}", "    size: 2 MiB"]
            base += 2 << 20
    lines += ["numa:", "  nodes:"]
    for number in range(count):
        own = [cpu for cpu, owner in enumerate(order) if owner == number]
        lines += [f"    - cpus: {own}", f"      memory: [{', '.join(names[number])}]"]
    lines += ["  distances:", *(f"    - {row}" for row in distances)]
    return "\n".join(lines) + "\n" + _DEVICES


def _load(folder: Path, text: str) -> Board:
    path = folder / "boards/mine/board.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    board = load_board(make_places(folder / "build", [folder / "boards"]), "mine")
    assert not list(numa_findings(board))
    return board


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("numa")


@given(text=board_texts(), data=st.data())
def test_shares_are_fair_and_grow(folder: Path, text: str, data: st.DataObject) -> None:
    board = _load(folder, text)
    assert board.numa is not None
    owned = [sum(one.last - one.first + 1 for one in node.cpus) for node in board.numa.nodes]
    assert shares(board, board.cpu_count) == owned
    cpus = data.draw(st.integers(1, board.cpu_count))
    given_to = shares(board, cpus)
    assert sum(given_to) == cpus
    assert all(abs(one - cpus * size / board.cpu_count) <= len(owned) for one, size in zip(given_to, owned))
    if cpus > 1:
        assert all(less <= more for less, more in zip(shares(board, cpus - 1), given_to))
    if cpus >= sum(size > 0 for size in owned):
        assert all(one > 0 for one, size in zip(given_to, owned) if size)
    nodes = nodes_of_cpus(board, cpus)
    assert Counter(nodes) == Counter({number: share for number, share in enumerate(given_to) if share})
    # Hardware has the first ones.
    assert nodes_of_cpus(replace(board, run=None), cpus) == nodes_of_cpus(board, board.cpu_count)[:cpus]
    assert machine_nodes(replace(board, run=None), cpus) == nodes_of_cpus(board, board.cpu_count)
    assert machine_nodes(board, cpus) == qemu_nodes(board, cpus)


@given(text=board_texts(), data=st.data())
def test_qemu_is_told_all_once(folder: Path, text: str, data: st.DataObject) -> None:
    """Each CPU of the machine is in one node, the image's own first; backends are as large as the memory; each pair of nodes
    has its distance."""
    board = _load(folder, text)
    assert board.numa is not None
    cpus = data.draw(st.integers(1, board.cpu_count))
    machine = qemu_nodes(board, cpus)
    assert machine[:cpus] == nodes_of_cpus(board, cpus)
    assert set(machine) == {number for number, node in enumerate(board.numa.nodes) if node.cpus}
    arguments = qemu_arguments(board, cpus)
    told: dict[int, int] = {}
    pairs: dict[tuple[int, int], int] = {}
    for argument in arguments:
        if match := re.match(r"node,nodeid=(\d+)", argument):
            for first, last in re.findall(r"cpus=(\d+)(?:-(\d+))?", argument):
                for cpu in range(int(first), int(last or first) + 1):
                    assert told.setdefault(cpu, int(match[1])) == int(match[1])
        if match := re.fullmatch(r"dist,src=(\d+),dst=(\d+),val=(\d+)", argument):
            pairs[int(match[1]), int(match[2])] = int(match[3])
    assert tuple(told[cpu] for cpu in range(len(machine))) == machine and len(told) == len(machine)
    count = len(board.numa.nodes)
    assert pairs == {(one, other): board.numa.distances[one][other].value for other in range(count) for one in range(other)}
    backends = [int(size) << 20 for argument in arguments for size in re.findall(r"^memory-backend.*size=(\d+)M$", argument)]
    assert sum(backends) == sum(region.size for region in board.memory)


@given(text=board_texts(), data=st.data())
def test_one_distance_changed_is_noticed(folder: Path, text: str, data: st.DataObject) -> None:
    board = _load(folder, text)
    assert board.numa is not None
    count = len(board.numa.nodes)
    one, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    old = board.numa.distances[one][other]
    value = data.draw(st.integers(0, 254).filter(lambda value: value != old.value))
    row = board.numa.distances[one]
    changed = (*row[:other], replace(old, value=value), *row[other + 1:])
    matrix = (*board.numa.distances[:one], changed, *board.numa.distances[one + 1:])
    (error, *_) = numa_findings(replace(board, numa=replace(board.numa, distances=matrix)))
    assert error.remedy and error.where
