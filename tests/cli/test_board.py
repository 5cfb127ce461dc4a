"""`pegplan board check` and `pegplan board new`, and boards that lie outside the tree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable

import pytest

import generator
from harness.cli import call, pegplan
from pegplan_cli import board_new, packages
from pegplan_cli import build as build_module
from pegplan_cli.board_check import Result, board_machine, check_board
from pegplan_cli.board_machine import dump_device_tree
from pegplan_cli.boards import all_boards
from pegplan_cli.device_tree import Block, DeviceTree
from pegplan_cli.errors import PegplanError
from pegplan_cli.project import ROOT

RISCV, ARM, X86 = "qemu-riscv64-virt", "qemu-aarch64-virt", "qemu-x86_64-q35"


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


# ---- check ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(all_boards()))
def test_a_board_of_the_tree_has_no_mistakes(name: str):
    result = check_board(name)
    assert result.mistakes == []
    board = generator.find_board(name)
    described = board.arch in packages.EMULATORS and not any(
        reason in text for text in result.not_compared for reason in ("no device tree", "the machine's device tree describes none"))
    # Count, and for each CPU its id; two values of each region; devices besides.
    assert (result.compared > 1 + board.cpu_count + 2 * len(board.memory)) == described
    assert described or not {RISCV, ARM}.intersection(part for part in (name, name.rsplit("-", 1)[0]))


# What a variant says, the text of the line at fault, and what is said about it.
MISTAKES = {
    "address": (RISCV, "devices:\n  uart0:\n    base: 0x10001000\n", "base",
                "devices.uart0.base is 0x10001000, and the machine has 0x10000000 (by: /soc/serial@10000000); write 0x10000000"),
    "size": (RISCV, "devices:\n  power:\n    size: 0x2000\n", "size",
             "devices.power.size is 0x2000, and the machine has 0x1000 (by: /soc/test@100000); write 0x1000"),
    "clock": (RISCV, "devices:\n  uart0:\n    clock: 1843200 Hz\n", "clock",
              "devices.uart0.clock is 1843200 Hz, and the machine has 3686400 Hz (by: /soc/serial@10000000); write 3686400 Hz"),
    "register shift": (RISCV, "devices:\n  uart0:\n    reg_shift: 2\n", "reg_shift",
                       "devices.uart0.reg_shift is 2, and the machine has 0 (by: /soc/serial@10000000); write 0"),
    "timebase": (RISCV, "devices:\n  timer:\n    frequency: 24 MHz\n", "frequency",
                 "devices.timer.frequency is 24 MHz, and the machine has 10 MHz (by: /cpus); write 10 MHz"),
    "interrupt": (ARM, "devices:\n  timer:\n    irq: 30\n", "irq",
                  "devices.timer.irq is 30, and the machine has 27 (by: /timer); write 27"),
    "counter": (ARM, "devices:\n  timer:\n    frequency: 24 MHz\n", "frequency",
                "devices.timer.frequency is 24 MHz, and the machine has 62500 kHz (by: property cntfrq of QEMU's CPU); write 62500 kHz"),
    "second block": (ARM, "devices:\n  gic:\n    redistributor: 0x080b0000\n", "redistributor",
                     "devices.gic.redistributor is 0x080b0000, and the machine has 0x080a0000 (by: /intc@8000000); write 0x080a0000"),
    "several blocks": (ARM, "devices:\n  gic:\n    size: 0x20000\n", "size",
                       "devices.gic.size is 0x20000, and the machine has 16 MiB (by: /intc@8000000); write 16 MiB"),
    "memory": (RISCV, "memory:\n  - name: ram\n    base: 0x90000000\n", "base",
               "memory region `ram`, 0x90000000 to 0x97dfffff, is not in the machine's memory, 0x80000000 to 0x87ffffff; move it there"),
    "hardware ids": (ARM, "cpus:\n  count: 17\n  cluster_size: 17\n", "cpus:",
                     "cpus: the hardware id of CPU 16 is 0x10, and the machine has 0x100 (by: /cpus/cpu@16); "
                     "set cpus.cluster_size and cpus.cluster_stride so that it is 0x100"),
    "extension": (RISCV, "devices:\n  timer:\n    sstc: true\nrun:\n  cpu: rv64,sstc=off\n", "sstc: true",
                  "devices.timer.sstc is true, and the machine has false (by: /cpus); write false"),
    "no such device": (RISCV, "devices:\n  uart0: {driver: pl011, access: null}\n", "uart0:",
                       "devices.uart0: the machine has no pl011, by its device tree (looked for: arm,pl011); "
                       "choose another driver, or another machine in `run:`"),
    "no such machine": (RISCV, "run:\n  machine: vrt\n", "machine",
                        "qemu-system-riscv64 does not take this machine: unsupported machine type; "
                        "change run.machine, run.cpu, run.arguments, cpus or memory"),
    "no such CPU": (ARM, "run:\n  cpu: maximal\n", None, "qemu-system-aarch64 does not take this machine: "),
    "more CPUs than it has": (ARM, "cpus:\n  count: 1000\n", None, "qemu-system-aarch64 does not take this machine: "),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_differs_from_the_machine_is_found(name: str, write: Callable[..., Path]):
    base, text, line, expected = MISTAKES[name]
    path = write(f"extends: {base}\n{text}")
    result = check_board("mine", [path.parents[1]])
    (found,) = (mistake.line for mistake in result.mistakes)
    if line is None:
        assert expected in found
    else:
        number = next(number for number, each in enumerate(path.read_text().splitlines(), 1) if line in each)
        assert found == f"{path}:{number}: {expected}"


def test_what_is_there_may_be_left_unused(write: Callable[..., Path]):
    """That QEMU's CPUs have Sstc does not mean that the firmware lets the kernel use it; a board may say either."""
    path = write(f"extends: {RISCV}\ndevices:\n  timer:\n    sstc: true\n")
    assert check_board("mine", [path.parents[1]]).mistakes == [] == check_board(RISCV).mistakes


def test_all_mistakes_are_told(write: Callable[..., Path]):
    path = write((ROOT / "boards" / RISCV / "board.yaml").read_text()
                 .replace("arch: riscv64", "arch: riscv46").replace("10 MHz", "10 mhz").replace("  baud:", "  baut:")
                 .replace("count: 64", "count: none").replace("exit_status: process", "exit_status: file"))
    result = pegplan("board", "check", path)
    assert result.code == 1 and result.err == "", result
    lines = [line for line in result.out.splitlines() if line.startswith(str(path))]
    assert [re.sub(r"^.*?:\d+: ", "", line).split(" (")[0] for line in lines] == [
        "cpus.count: `none` is not a number", "run.exit_status is `file`",
        "arch: there is no architecture `riscv46`; did you mean `riscv64`?",
        "unknown key `baut` in devices.uart0; did you mean `baud`?",
        "devices.timer.frequency: `10 mhz` has the unknown unit `mhz`",
    ]
    for line in lines:
        number = int(line[len(str(path)) + 1:].split(":")[0])
        word = {"cpus": "count", "run.": "exit_status", "arch": "arch", "unkn": "baut", "devi": "frequency"}[
            re.sub(r"^.*?:\d+: ", "", line)[:4]]
        assert word in path.read_text().splitlines()[number - 1], line


def test_all_mistakes_between_values_are_told(write: Callable[..., Path]):
    path = write(f"""\
extends: {ARM}
memory:
  - name: more
    kind: ram
    base: 0x41000000
    size: 1 MiB
devices:
  uart1:
    driver: pl011
    base: 0x09000800
    size: 0x1000
    clock: 24 MHz
    baud: 115200
  other:
    driver: arm-generic-timer
    frequency: 1 MHz
    irq: 27
roles:
  exit: uart1
  console: uart9
""")
    result = check_board(str(path))
    assert [(mistake.where.line, mistake.problem) for mistake in result.mistakes] == [
        (5, "memory region `more` overlaps memory region `ram`"),
        (20, "roles.console: there is no device `uart9`"),
        (19, "roles.exit: `uart1` cannot serve as exit"),
        (10, "register block of device `uart1` overlaps register block of device `uart0`"),
        (17, "devices.other.irq: interrupt 27 is taken"),
    ]


def test_what_is_not_compared_is_said(write: Callable[..., Path]):
    path = write(f"extends: {RISCV}\nrun: null\n")
    assert check_board("mine", [path.parents[1]]).lines() == [
        "mine: no mistakes", "mine: not compared: addresses, sizes and interrupts: nothing here runs the board"]
    assert check_board(X86).lines() == [
        f"{X86}: no mistakes", f"{X86}: not compared: addresses, sizes and interrupts: QEMU's q35 has no device tree"]
    write(f"extends: {ARM}\nrun: {{qemu: qemu-system-nothing}}\n")
    assert check_board("mine", [path.parents[1]]).lines()[1:] == [
        "mine: not compared: anything with a device tree: qemu-system-nothing is not installed (pegplan setup installs it)"]


def test_check_by_name_by_file_and_of_all(write: Callable[..., Path]):
    path = write(f"extends: {X86}\n")
    root = path.parents[1]
    by_file, by_folder = check_board(str(path)), check_board(str(path.parent))
    assert check_board("mine", [root]) == by_file == by_folder == Result("mine", [], 0, by_file.not_compared)
    write("extends: nothing\n", "other")
    result = pegplan("board", "check", "--board-root", root)
    assert result.code == 1, result
    assert "mine: no mistakes" in result.out and f"{root}/other/board.yaml:1: extends: there is no board `nothing`" in result.out
    assert all(f"{name}: no mistakes" in result.out for name in all_boards())


def test_a_board_that_is_not_there():
    result = pegplan("board", "check", "qemu-riscv64-vrt")
    assert result.code == 125 and result.out == "" and "did you mean `qemu-riscv64-virt`?" in result.err, result
    result = pegplan("board", "check", "no/such/board.yaml")
    assert result.code == 125 and "there is no board file no/such/board.yaml" in result.err, result


# ---- new: variants --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", list(all_boards()))
def test_a_variant_is_its_base_also_without_the_comment_signs(base: str, write: Callable[..., Path]):
    text = board_new.variant("mine", base, [])
    path = write(text)
    board = generator.find_board(base)
    assert facts(generator.find_board("mine", [path.parents[1]])) == facts(board)
    head, *rest = re.split(r"^(?=# cpus:)", text, flags=re.MULTILINE)
    assert len(rest) == 1 and head.count("\n") >= 5
    complete = head + re.sub(r"^# ", "", rest[0], flags=re.MULTILINE)
    write(complete)
    assert facts(generator.find_board("mine", [path.parents[1]])) == facts(board)
    # All is there: the base is not needed any more.
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


def device_tree_bytes(nodes: dict, reserved: tuple[tuple[int, int], ...] = ()) -> bytes:
    import libfdt

    def cells(numbers: list[int]) -> bytes:
        return b"".join(number.to_bytes(4, "big") for number in numbers)

    def add(contents: dict) -> None:
        for name, value in contents.items():
            if isinstance(value, dict):
                tree.begin_node(name)
                add(value)
                tree.end_node()
            elif isinstance(value, str):
                tree.property_string(name, value)
            else:
                tree.property(name, cells(value if isinstance(value, list) else [value]))

    tree = libfdt.FdtSw()
    for base, size in reserved:
        tree.add_reservemap_entry(base, size)
    tree.finish_reservemap()
    tree.begin_node("")
    add(nodes)
    tree.end_node()
    return bytes(tree.as_fdt().as_bytearray())


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
    assert [tree.ask(node, "interrupt[1]") for node in (arm, riscv, silent)] == [27, 11, None]


SOC = {
    "#address-cells": 1, "#size-cells": 1, "model": "A chip: of tests",
    "aliases": {"serial0": "/soc/uart@5000"}, "chosen": {"stdout-path": "serial0:9600n8"},
    "cpus": {"#address-cells": 1, "#size-cells": 0, "timebase-frequency": 1_000_000,
             "cpu@0": {"reg": 0, "riscv,isa": "rv64imac"},
             "cpu@1": {"reg": 1, "riscv,isa": "rv64imafdc_sstc", "mmu-type": "riscv,sv39"}},
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
    assert 'description: "A chip: of tests"\narch: riscv64\n' in text
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


# ---- boards outside the tree ----------------------------------------------------------------------------------------


def make_and_check(name: str, machine: str, arch: str, root: Path) -> None:
    """Makes a board of a machine of QEMU, and checks it, by the command line."""
    made = pegplan("board", "new", name, "--from-qemu", machine, "--arch", arch, "--board-root", root)
    assert made.code == 0 and made.out == "", made
    assert "TODO" not in (root / name / "board.yaml").read_text().split("\n", 2)[2]
    checked = pegplan("board", "check", name, "--board-root", root)
    assert checked.code == 0 and checked.out.startswith(f"{name}: no mistakes, ") and "not compared" not in checked.out, checked
    assert name in pegplan("boards", "--board-root", root).out


@pytest.mark.slow
@pytest.mark.uncounted
def test_a_board_made_from_a_machine_boots(tmp_path: Path):
    root = tmp_path / "my boards"
    make_and_check("my-riscv", "virt", "riscv64", root)
    result = pegplan("run", "basic_threading", "--board", "my-riscv", "--board-root", root, "--unity", "--profile", "minimal",
                     "--build-dir", tmp_path / "build", "--timeout", 30)
    assert result.code == 0 and result.out.endswith("basic_threading: done\n"), result


@pytest.mark.slow
@pytest.mark.uncounted
def test_a_board_made_from_a_machine_boots_by_plain_cmake(tmp_path: Path):
    root, folder = tmp_path / "boards", tmp_path / "build"
    make_and_check("my-arm", "virt,gic-version=3", "aarch64", root)
    configured = call(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DBOARD=my-arm", f"-DBOARD_ROOT={root}",
                       "-DPEGPLAN_PROFILE=minimal", "-DPEGPLAN_UNITY=ON"])
    assert configured.code == 0, configured
    result = call(["cmake", "--build", folder, "--target", "run"])
    assert result.code == 0 and "basic_threading: done\n" in result.out, result


def test_a_changed_base_outside_the_tree_configures_again(tmp_path: Path, write: Callable[..., Path]):
    root = write("extends: base\ncpus: {count: 3}\n").parents[1]
    base = write((ROOT / "boards/host/board.yaml").read_text(), "base")
    folder = tmp_path / "build"
    build_module.Build(build_module.Request("mine", board_root=root), folder).configure()
    header = folder / "generated/pegplan/board/memory_map.hpp"
    assert "boards/base/board.yaml:" in header.read_text() and "{0x44000000, 896 MiB" not in header.read_text()
    before = header.read_text()
    base.write_text(base.read_text().replace("896 MiB", "448 MiB"))
    again = call(["cmake", "--build", folder, "--target", "build.ninja"])
    assert again.code == 0 and header.read_text() != before and ": 448 MiB" in header.read_text(), again
    # A mistake in the base is told with its place, and the board by its file.
    base.write_text(base.read_text().replace("448 MiB", "448 MB"))
    wrong = call(["cmake", "--build", folder, "--target", "build.ninja"])
    assert wrong.code != 0 and re.search(r"/base/board\.yaml:\d+: memory\[0\]\.size: `448 MB` has the unknown unit", wrong.out + wrong.err), wrong


def test_a_board_root_that_is_not_there(tmp_path: Path):
    result = call(["cmake", "-S", ROOT, "-B", tmp_path / "build", "-DBOARD=mine", f"-DBOARD_ROOT={tmp_path}/no"])
    assert result.code != 0 and f"there is no folder {tmp_path}/no to look for boards in" in result.out + result.err, result
    for verb in (("boards",), ("board", "check")):
        result = pegplan(*verb, "--board-root", tmp_path / "no")
        assert result.code == 125 and f"there is no folder {tmp_path}/no" in result.err and "Traceback" not in result.err, result
