"""`pegplan board check`, and boards that lie outside the tree. (`board new`: test_board_new.py.)"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Callable

import pytest

import generator
from harness.cli import call, pegplan
from harness.device_trees import device_tree_bytes
from pegplan_cli import board_check, packages
from pegplan_cli import build as build_module
from pegplan_cli.board_check import Result, check_board
from pegplan_cli.boards import all_boards
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


@pytest.mark.skipif(not packages.DEVICE_TREE_COMPILER.present(), reason="dtc is not installed")
def test_a_device_tree_that_the_board_brings_is_compared(write: Callable[..., Path], monkeypatch):
    path = write("extends: qemu-riscv64-icicle\ndevices:\n  uart0:\n    size: 0x1000\n")
    (found,) = check_board(str(path)).mistakes
    assert found.line == (f"{path}:4: devices.uart0.size is 0x1000, and the machine has 0x400 (by: /soc/serial@20000000); "
                          "write 0x400")
    monkeypatch.setattr(packages.Need, "present", lambda need: False)
    result = check_board(str(path))
    assert result.mistakes == [] and "dtc, which compiles the board's own device tree, is not installed" in result.not_compared[0]


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


@pytest.mark.parametrize("wrong, expected", [
    ({}, []),
    ({"owners": [0, 0]}, ["numa.nodes: the node of cpu@1 is 1, and the machine has 0"]),
    ({"far": 30}, ["numa.distances[0][1] is 20, and the machine has 30", "numa.distances[1][0] is 20, and the machine has 30"]),
    ({"memory": [1, 0]}, ["numa.nodes: the node of memory region `firmware` is 0, and the machine has 1",
                          "numa.nodes: the node of memory region `ram0` is 0, and the machine has 1",
                          "numa.nodes: the node of memory region `ram1` is 1, and the machine has 0"]),
    ({"reserved": ((0x8400_0000, 0x1000),)}, ["memory region `ram1` is kind ram, and the machine has reserved "
                                             "0x84000000 to 0x84000fff of it"]),
    ({"owners": [0]}, ["cpus.count is 2, and the machine has 1"]),
])
def test_nodes_and_what_is_reserved_are_compared(wrong: dict, expected: list[str], write: Callable[..., Path], monkeypatch):
    """With a tree that no machine of QEMU makes, since QEMU's are made from the board."""
    owners, memory, far = wrong.get("owners", [0, 1]), wrong.get("memory", [0, 1]), wrong.get("far", 20)
    tree = {
        "#address-cells": 1, "#size-cells": 1,
        "cpus": {"#address-cells": 1, "#size-cells": 0,
                 **{f"cpu@{number}": {"reg": number, "numa-node-id": owner} for number, owner in enumerate(owners)}},
        "memory@80000000": {"device_type": "memory", "reg": [0x8000_0000, 64 << 20], "numa-node-id": memory[0]},
        "memory@84000000": {"device_type": "memory", "reg": [0x8400_0000, 64 << 20], "numa-node-id": memory[1]},
        "distance-map": {"compatible": "numa-distance-map-v1", "distance-matrix": [0, 0, 10, 0, 1, far, 1, 0, far, 1, 1, 10]},
    }
    monkeypatch.setattr(board_check, "dump_device_tree", lambda machine: device_tree_bytes(tree, wrong.get("reserved", ())))
    path = write("extends: qemu-riscv64-virt-2s\ncpus: {count: 2}\nnuma:\n  nodes:\n    - {cpus: [0], memory: [firmware, ram0]}\n"
                 "    - {cpus: [1], memory: [ram1]}\n")
    result = check_board(str(path))
    assert [mistake.problem for mistake in result.mistakes] == expected
    assert result.not_compared == ["devices: the machine's device tree describes none"]


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
