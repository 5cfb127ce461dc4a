"""`pegplan board new`: variants of boards, and boards from device trees; and how a device tree is read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Callable

import pytest

import generator
from harness.cli import pegplan
from harness.device_trees import device_tree_bytes
from pegplan_cli import board_new, board_variant, packages
from pegplan_cli.board_check import board_machine, check_board
from pegplan_cli.board_machine import dump_device_tree
from pegplan_cli.boards import all_boards
from pegplan_cli.board_tree import Block, DeviceTree
from pegplan_cli.errors import PegplanError
from pegplan_cli.project import ROOT

RISCV, ARM = "qemu-riscv64-virt", "qemu-aarch64-virt"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a board file into a board root of the test's own."""

    def of(text: str, name: str = "mine") -> Path:
        path = tmp_path / "boards" / name / "board.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return of


def facts(board: generator.find_board) -> tuple:
    """What a board is, wherever it is written."""
    return (
        board.arch, board.cpu_count, board.cpu_cluster_size, board.cpu_cluster_stride,
        [(one.name, one.kind, one.base, one.size) for one in board.memory],
        board.numa and [([(one.first, one.last) for one in node.cpus], [one.region for one in node.memory]) for node in board.numa.nodes],
        board.numa and [[one.value for one in row] for row in board.numa.distances],
        {device.key: (device.driver.name, {one.name: one.value for one in device.fields},
                      [(one.property, one.device) for one in device.references]) for device in board.devices},
        {role.name: role.device for role in board.roles},
        board.run and (getattr(board.run, "qemu", ""), getattr(board.run, "machine", ""), getattr(board.run, "arguments", ()),
                       getattr(board.run, "command", ()), board.run.exit_status),
    )


# ---- new: variants --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", list(all_boards()))
def test_a_variant_is_its_base_also_without_the_comment_signs(base: str, write: Callable[..., Path]):
    text = board_variant.variant("mine", base, [])
    path = write(text)
    board = generator.find_board(base)
    for beside in board.file.path.parent.iterdir():
        if beside.name != path.name:
            shutil.copy(beside, path.parent)       # what the board file names
    assert facts(generator.find_board("mine", [path.parents[1]])) == facts(board)
    head, *rest = re.split(r"^(?=# cpus:)", text, flags=re.MULTILINE)
    assert len(rest) == 1 and head.count("\n") >= 5
    complete = head + re.sub(r"^# ", "", rest[0], flags=re.MULTILINE)
    write(complete)
    assert facts(generator.find_board("mine", [path.parents[1]])) == facts(board)
    # All is there, with the files that it names: the base is not needed any more.
    for file in (ROOT / "boards" / base).iterdir():
        if file.name != path.name:
            shutil.copy(file, path.parent)
    write(complete.replace(f"extends: {base}\n", f"arch: {board.arch}\n"))
    assert facts(generator.find_board("mine", [path.parents[1]])) == facts(board)


def test_new_from_a_board_overwrites_nothing(tmp_path: Path):
    arguments = ("board", "new", "mine", "--from", RISCV, "--board-root", tmp_path / "boards")
    result = pegplan(*arguments)
    assert result.code == 0 and "board check mine" in result.err, result
    path = tmp_path / "boards/mine/board.yaml"
    text = path.read_text()
    path.write_text("mine")
    result = pegplan(*arguments)
    assert result.code == 125 and "there is already a board mine" in result.err and path.read_text() == "mine"
    path.unlink()
    assert "there is already" in pegplan(*arguments).err and not path.exists(), "a folder alone is somebody's too"
    assert text.startswith(f"# mine: a variant of {RISCV}.")


@pytest.mark.parametrize("arguments, expected", [
    (("a/b", "--from", RISCV), "`a/b` cannot be a board's name"),
    ((RISCV, "--from", RISCV), f"there is already a board {RISCV}"),
    (("mine", "--from", "qemu-riscv64-vrt"), "did you mean `qemu-riscv64-virt`?"),
    (("mine", "--from", RISCV, "--cpu", "max"), "go with --from-qemu"),
    (("mine", "--from-qemu", "virt"), "--from-qemu needs --arch, one of aarch64, riscv64, x86_64"),
    (("mine", "--from-qemu", "vrt", "--arch", "riscv64"), "qemu-system-riscv64 has no machine vrt; `qemu-system-riscv64 -machine help`"),
    (("mine", "--from-qemu", "virt", "--arch", "riscv64", "--cpu", "six"), "qemu-system-riscv64 does not take the machine: "),
    (("mine", "--from-qemu", "q35", "--arch", "x86_64"), "QEMU's q35 for x86_64 has no device tree; make a variant"),
    (("mine", "--from-dtb", "no-such.dtb"), "no-such.dtb: cannot read the device tree: No such file"),
    (("mine", "--from-dtb", "/dev/null"), "/dev/null is no device tree: it has 0 bytes"),
    (("mine", "--from-dtb", str(ROOT / "README.md")), "README.md is no device tree: "),
])
def test_new_that_cannot_be(arguments: tuple[str, ...], expected: str, tmp_path: Path):
    result = pegplan("board", "new", *arguments, "--board-root", tmp_path)
    assert result.code == 125 and expected in result.err and "Traceback" not in result.err, result
    assert list(tmp_path.iterdir()) == []


# ---- new: device trees ----------------------------------------------------------------------------------------------


def dump(name: str) -> bytes:
    """The device tree of the machine of a board of the tree."""
    data = dump_device_tree(board_machine(generator.find_board(name)))
    assert data is not None
    return data


@pytest.mark.parametrize("name", [RISCV, ARM, "qemu-riscv64-virt-2s", "qemu-aarch64-virt-2s", "qemu-aarch64-virt-gicv2"])
def test_a_device_tree_gives_the_board_back(name: str, tmp_path: Path, write: Callable[..., Path]):
    """All of the board that a device tree has is read from it; what it has not is named by the check, and nothing else."""
    file = tmp_path / "machine.dtb"
    file.write_bytes(dump(name))
    path = write(board_new.from_dtb("mine", file))
    mistakes = check_board(str(path)).mistakes
    known = generator.find_board(name)
    if known.arch == "aarch64":
        assert [mistake.problem for mistake in mistakes] == ["TODO: devices.timer.frequency is not filled in yet"]
        todo = {"frequency: TODO": "frequency: 62500 kHz"}
    else:
        first = known.memory[0]
        ram = next(region for region in known.memory if region.kind == "ram")
        assert [mistake.problem for mistake in mistakes] == [
            f"TODO: memory[{place} is not filled in yet" for place in ("0].size", "1].base", "1].size")]
        todo = {"size: TODO                 # how": f"size: {first.size:#x} # how", "base: TODO": f"base: {ram.base:#x}",
                "size: TODO": f"size: {ram.size:#x}"}
    text = path.read_text()
    for old, new in todo.items():
        assert text.count(old) >= 1
        text = text.replace(old, new, 1)
    path.write_text(text)
    assert check_board(str(path)).mistakes == []
    board = generator.find_board("mine", [path.parents[1]])
    for mine, theirs in zip(facts(board)[:7], facts(known)[:7]):
        assert mine == theirs
    for role, other in zip(board.roles, (one for one in known.roles if one.name in {role.name for role in board.roles})):
        mine, theirs = board.device(role.device), known.device(other.device)
        assert (role.name, mine.driver.name) == (other.name, theirs.driver.name)
        assert {one.name: one.value for one in mine.fields} == {one.name: one.value for one in theirs.fields}


def device_tree(**nodes: dict) -> DeviceTree:
    """A tree of nodes with properties: numbers, lists of them, or texts; of nodes within nodes."""
    return DeviceTree.parse(device_tree_bytes(nodes), "test.dtb")


CELLS = {"#address-cells": 1, "#size-cells": 1}


def test_addresses_are_those_of_the_cpu():
    tree = device_tree(**{
        "#address-cells": 2, "#size-cells": 2,
        "bus": {**CELLS, "ranges": [0x1000, 0, 0x9000_0000, 0x1000],
                "inner": {**CELLS, "ranges": [], "uart": {"compatible": "a,uart", "reg": [0x1100, 0x40, 0x1200, 0x10]}}},
        "closed": {**CELLS, "uart": {"compatible": "b,uart", "reg": [0x1100, 0x40]}},
        "off": {"compatible": "a,uart", "status": "disabled", "reg": [0, 1, 0, 1]},
    })
    (uart,) = tree.compatible(["a,uart"])
    assert tree.registers(uart) == [Block(0x9000_0100, 0x40), Block(0x9000_0200, 0x10)]
    assert tree.ask(uart, "reg[0-1].size") == 0x110 and tree.ask(uart, "reg[2].base") is None
    assert tree.registers(tree.compatible(["b,uart"])[0]) == [], "no bus translates it"
    with pytest.raises(PegplanError, match="is no question"):
        tree.ask(uart, "reg[x].base")


def test_interrupts_and_clocks():
    tree = device_tree(**{
        "#address-cells": 1, "#size-cells": 1, "interrupt-parent": 1,
        "gic": {"phandle": 1, "#interrupt-cells": 3}, "plic": {"phandle": 2, "#interrupt-cells": 1},
        "clk": {"phandle": 3, "clock-frequency": 24_000_000, "#clock-cells": 0},
        "arm": {"interrupts": [0, 5, 4, 1, 11, 4], "clocks": [3, 3]},
        "riscv": {"interrupt-parent": 2, "interrupts": [10, 11], "clock-frequency": [0, 7]},
        "silent": {},
    })
    arm, riscv, silent = (tree.find(f"/{name}") for name in ("arm", "riscv", "silent"))
    assert tree.interrupts(arm) == [37, 27] and tree.interrupts(riscv) == [10, 11] and tree.interrupts(silent) == []
    assert [tree.ask(node, "clock") for node in (arm, riscv, silent)] == [24_000_000, 7, None]
    assert tree.ask(silent, "/clk:clock-frequency") == 24_000_000 and tree.ask(silent, "/no:such") is None
    assert [tree.ask(node, "interrupt[1]") for node in (arm, riscv, silent)] == [27, 11, None]


SOC = {
    "#address-cells": 1, "#size-cells": 1, "model": "A chip: of tests",
    "aliases": {"serial0": "/soc/uart@5000"}, "chosen": {"stdout-path": "serial0:9600n8"},
    "cpus": {"#address-cells": 1, "#size-cells": 0, "timebase-frequency": 1_000_000,
             "cpu@0": {"reg": 0, "riscv,isa": "rv64imac"},
             **{f"cpu@{number}": {"reg": number, "riscv,isa": "rv64imafdc_sstc", "mmu-type": "riscv,sv39"}
                for number in (1, 2, 4, 5, 9)}},
    "memory@0": {"device_type": "memory", "reg": [0x4000_0000, 0x10_0000]},
    "reserved-memory": {**CELLS, "ranges": [], "trusted": {"reg": [0x4004_0000, 0x1_8001]}},
    "soc": {**CELLS, "ranges": [],
            "uart@5000": {"compatible": "acme,uart", "reg": [0x5000, 0x100]},
            "uart@6000": {"compatible": "ns16550a", "reg": [0x6000, 0x100], "reg-shift": 2, "clock-frequency": 1_000_000}},
}


def test_what_a_device_tree_lacks_is_named(tmp_path: Path, write: Callable[..., Path]):
    file = tmp_path / "soc.dtb"
    file.write_bytes(device_tree_bytes(SOC, reserved=((0x4000_0000, 0x8000),)))
    path = write(board_new.from_dtb("mine", file))
    text = path.read_text()
    assert 'description: "A chip: of tests"\narch: riscv64\n\ncpus:\n  count: 5\n' in text, "the hart without an MMU is none"
    assert "hardware ids are 0x1, 0x2, 0x4, 0x5, 0x9," in text
    assert "no driver is for /soc/uart@5000, acme,uart" in text, "not another one: the tree says which the console is"
    assert [mistake.problem for mistake in check_board(str(path)).mistakes] == [
        f"TODO: {key} is not filled in yet" for key in ("cpus.cluster_size", "cpus.cluster_stride", "devices.uart0.driver")]
    path.write_text(text.replace("  cluster_size: TODO\n  cluster_stride: TODO\n", "")
                    .replace("driver: TODO", "driver: ns16550\n    base: 0x6000\n    size: 0x100\n    access: mmio\n"
                             "    clock: 1 MHz\n    baud: 9600\n"))
    board = generator.find_board("mine", [path.parents[1]])
    assert [(one.name, one.kind, one.base, one.size) for one in board.memory] == [
        ("reserved0", "reserved", 0x4000_0000, 0x8000), ("ram_0", "ram", 0x4000_8000, 0x3_8000),
        ("reserved1", "reserved", 0x4004_0000, 0x1_9000), ("ram_1", "ram", 0x4005_9000, 0xA_7000)]


@pytest.mark.parametrize("ids, expected", [
    ([0, 1, 2], ["count: 3"]),
    ([4, 5], ["count: 2", "first_id: 4"]),
    ([0, 1, 0x100, 0x101], ["count: 4", "cluster_size: 2", "cluster_stride: 0x100"]),
    ([1, 2, 5, 6, 9], ["count: 5", "first_id: 1", "cluster_size: 2", "cluster_stride: 0x4"]),
    ([1, 2, 4, 5, 9], ["count: 5", "first_id: 1", "cluster_size: TODO", "cluster_stride: TODO"]),
])
def test_hardware_ids(ids: list[int], expected: list[str], tmp_path: Path):
    file = tmp_path / "soc.dtb"
    cpus = {f"cpu@{number}": {"reg": number, "riscv,isa": "rv64imac"} for number in ids}
    file.write_bytes(device_tree_bytes({**SOC, "cpus": {"#address-cells": 1, "#size-cells": 0, **cpus}}))
    text = board_new.from_dtb("mine", file)
    lines = text[text.index("cpus:\n"):text.index("# The image")].splitlines()[1:]
    assert [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()] == expected


def test_the_console_is_the_one_that_the_tree_names(tmp_path: Path, write: Callable[..., Path]):
    file = tmp_path / "soc.dtb"
    file.write_bytes(device_tree_bytes({**SOC, "chosen": {"stdout-path": "/soc/uart@6000:57600"}}))
    text = board_new.from_dtb("mine", file)
    uart = text[text.index("  uart0:"):text.index("  timer:")]
    assert [line.split("#")[0].strip() for line in uart.splitlines()] == [
        "uart0:", "driver: ns16550", "base: 0x00006000", "size: 0x100", "access: mmio", "reg_shift: 2", "clock: 1 MHz", "baud: 57600"]


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_device_tree_that_ends_too_early(cut: int, tmp_path: Path):
    file = tmp_path / "short.dtb"
    file.write_bytes(device_tree_bytes(SOC)[:cut])
    with pytest.raises(PegplanError, match="short.dtb is no device tree: it has"):
        board_new.from_dtb("mine", file)


def test_every_driver_asks_what_can_be_asked():
    """An expression in a schema that nobody understands would show only on the machine that has the device."""
    tree = device_tree(**SOC)
    node = tree.find("/soc/uart@6000")
    asked = 0
    for path in sorted((ROOT / "config/schema/devices").glob("*.json")):
        schema = board_new.read_schema(path)
        for details in schema["properties"].values():
            if "x-devicetree" in details:
                tree.ask(node, details["x-devicetree"])
                asked += 1
        if any("x-devicetree" in details for details in schema["properties"].values()):
            assert schema["x-devicetree"], path
        assert set(schema.get("x-qemu", {"arch": "aarch64"})) <= {"arch", "arguments"}
        assert schema.get("x-qemu", {"arch": "aarch64"})["arch"] in packages.EMULATORS
    assert asked > 15
