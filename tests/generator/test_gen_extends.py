"""Boards that extend others: what is merged, where its values are said to stand, and what cannot be extended."""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import generator
from generator.model import Board, Run

RISCV, ARM = "qemu-riscv64-virt", "qemu-aarch64-virt"


class Boards:
    """A board root of the test's own."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name / "board.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def find(self, name: str = "mine") -> Board:
        return generator.find_board(name, [self.folder])


@pytest.fixture
def boards(tmp_path: Path) -> Boards:
    return Boards(tmp_path / "boards")


def _line(path: Path, text: str) -> int:
    """The number of the one line in which `text` stands."""
    (line,) = (number for number, line in enumerate(path.read_text().splitlines(), 1) if text in line)
    return line


def test_a_variant_is_its_base_but_for_what_it_says(boards: Boards, root: Path) -> None:
    boards.write("mine", f"extends: {RISCV}\ncpus:\n  count: 2\ndevices:\n  uart0:\n    baud: 9600\n")
    base, board = generator.find_board(RISCV), boards.find()
    assert (board.cpu_count, base.cpu_count) == (2, 64)
    assert (board.name, board.description, board.arch, board.run) == ("mine", base.description, base.arch, base.run)
    assert [(one.name, one.base, one.size) for one in board.memory] == [(one.name, one.base, one.size) for one in base.memory]
    fields = {field.name: field.value for field in board.device("uart0").fields}
    assert fields == {field.name: field.value for field in base.device("uart0").fields} | {"baud": 9600}
    assert [role.name for role in board.roles] == [role.name for role in base.roles]


@pytest.mark.parametrize("base", ["host", RISCV, ARM, "qemu-x86_64-q35"])
def test_a_board_that_nothing_ends_has_an_exit_that_returns(boards: Boards, build, tmp_path: Path, base: str) -> None:
    boards.write("mine", f"extends: {base}\nroles:\n  exit: null\n")
    build("mine", board_roots=[boards.folder])
    devices = (tmp_path / "build/generated/pegplan/board/devices.hpp").read_text()
    assert "using Exit = arch::devices::NoExit;" in devices and '#include "arch/devices/no_exit.hpp"' in devices


def test_each_value_has_the_place_where_it_was_written(boards: Boards, root: Path, build, tmp_path: Path) -> None:
    path = boards.write("mine", f"# A variant.\nextends: {RISCV}\ncpus: {{count: 2}}\n"
                                "memory:\n  - name: ram\n    size: 4 MiB\n")
    build("mine", board_roots=[boards.folder])
    base = root / "boards" / RISCV / "board.yaml"
    headers = {name: (tmp_path / "build/generated/pegplan/board" / name).read_text() for name in ("cpus.hpp", "memory_map.hpp")}
    assert f"cpu_count = 2; " in headers["cpus.hpp"].replace(";  ", "; ")
    assert f"// boards/mine/board.yaml:{_line(path, 'count')}" in headers["cpus.hpp"]
    assert f"boards/{RISCV}/board.yaml:{_line(base, 'base: 0x10000000')}" in headers["memory_map.hpp"]
    script = (tmp_path / "build/generated/linker.ld").read_text()
    assert f"boards/{RISCV}/board.yaml:{_line(base, 'base: 0x80200000')} */" in script
    assert f"boards/mine/board.yaml:{_line(path, 'size: 4 MiB')}: 4 MiB" in script


def test_all_files_are_inputs(boards: Boards, root: Path, build, tmp_path: Path) -> None:
    boards.write("middle", f"extends: {RISCV}\ncpus: {{count: 4}}\n")
    boards.write("mine", "extends: middle\ndescription: The end of a chain\n")
    result = build("mine", board_roots=[boards.folder])
    assert result.model.board.cpu_count == 4
    names = ["boards/mine/board.yaml", "boards/middle/board.yaml", f"boards/{RISCV}/board.yaml"]
    assert [file.name for file in result.model.board.files] == names
    cmake = (tmp_path / "build/generated/pegplan.cmake").read_text()
    for name in names:
        assert re.search(rf'^    ".*{re.escape(name)}"$', cmake, re.MULTILINE), name
    assert set(names) <= set(json.loads((tmp_path / "build/generated/manifest.json").read_text())["inputs"])


def test_a_change_of_the_base_changes_the_headers(boards: Boards, root: Path, build) -> None:
    text = (root / "boards" / RISCV / "board.yaml").read_text()
    boards.write("base", text)
    boards.write("mine", "extends: base\ndescription: mine\n")
    build("mine", board_roots=[boards.folder])
    assert build("mine", board_roots=[boards.folder]).report.written == ()
    boards.write("base", text.replace("126 MiB", "62 MiB"))
    result = build("mine", board_roots=[boards.folder])
    assert result.model.board.ram_bytes == 62 << 20 and "linker.ld" in result.report.written


def test_lists_merge_by_name(boards: Boards) -> None:
    boards.write("mine", f"""\
extends: {RISCV}
memory:
  - name: ram
    size: 6 MiB
  - name: more
    kind: ram
    base: 0x80800000
    size: 2 MiB
  - firmware: null
""")
    assert [(region.name, region.kind, region.base, region.size >> 20) for region in boards.find().memory] == [
        ("ram", "ram", 0x80200000, 6), ("more", "ram", 0x80800000, 2)]


def test_nodes_merge_by_name(boards: Boards, root: Path) -> None:
    text = (root / "tests/generator/two-sockets.yaml").read_text()
    boards.write("base", text.replace("- cpus: [0-31]", "- name: left\n      cpus: [0-31]")
                 .replace("- cpus: [32-63]", "- name: right\n      cpus: [32-63]"))
    boards.write("mine", "extends: base\nnuma:\n  nodes:\n    - name: left\n      cpus: [0-15]\n"
                         "    - name: right\n      cpus: [16-63]\n")
    nodes = boards.find().numa.nodes
    assert [[(one.first, one.last) for one in node.cpus] for node in nodes] == [[(0, 15)], [(16, 63)]]
    assert [[one.region for one in node.memory] for node in nodes] == [["firmware", "ram0"], ["ram1"]]


def test_other_lists_are_replaced(boards: Boards) -> None:
    boards.write("mine", f'extends: {ARM}\nrun:\n  arguments: [-semihosting]\n')
    run = boards.find().run
    assert isinstance(run, Run) and run.arguments == ("-semihosting",) and run.machine == "virt,gic-version=3"


def test_null_removes(boards: Boards) -> None:
    boards.write("mine", f"extends: {RISCV}\nrun: null\nroles:\n  exit: ~\ndevices:\n  power:\n")
    board = boards.find()
    assert board.run is None and board.device("power") is None and [role.name for role in board.roles] == ["console", "timer"]


def test_what_was_removed_can_come_again(boards: Boards) -> None:
    boards.write("middle", f"extends: {RISCV}\nroles: {{exit: null}}\n")
    boards.write("mine", "extends: middle\nroles: {exit: power}\n")
    assert [role.name for role in boards.find("middle").roles] == ["console", "timer"]
    assert [role.name for role in boards.find().roles] == ["console", "timer", "exit"]


def test_options_of_the_base_hold_too(boards: Boards, build) -> None:
    boards.write("middle", f"extends: {RISCV}\n").with_name("defaults.config").write_text(
        "CONFIG_MAX_THREADS=9\nCONFIG_NUM_PRIORITIES=16\n")
    boards.write("mine", "extends: middle\n").with_name("defaults.config").write_text("CONFIG_MAX_THREADS=11\n")
    configuration = build("mine", board_roots=[boards.folder]).model.configuration
    assert (configuration.option("MAX_THREADS").value, configuration.option("NUM_PRIORITIES").value) == (11, 16)


def test_the_command_line_sees_the_merged_board(boards: Boards) -> None:
    from pegplan_cli.boards import find_board

    path = boards.write("mine", f"extends: {ARM}\ntests: named\nrun: {{qemu: my-qemu}}\n")
    board = find_board("mine", boards.folder)
    assert (board.arch, board.emulator, board.tests, board.runs) == ("aarch64", "my-qemu", "named", True)
    path.write_text(f"extends: {RISCV}\nrun: null\n")
    assert (board.arch, board.runs, board.tests) == ("riscv64", False, "all")


# ---- mistakes -------------------------------------------------------------------------------------------------------

# The variant, the text of the line at fault (of mine unless base is named), and the message.
MISTAKES = {
    "no such board": (f"extends: qemu-riscv64-vrt\n", "mine", "extends", "extends: there is no board `qemu-riscv64-vrt`\n"
                      "  remedy: did you mean `qemu-riscv64-virt`?"),
    "a list": (f"extends: [{RISCV}]\n", "mine", "extends", "extends is not a name\n  expected: the name of another board"),
    "a number": ("extends: 5\n", "mine", "extends", "extends is not a name"),
    "nothing": ("extends:\n", "mine", "extends", "extends is not a name"),
    "itself": ("extends: mine\n", "mine", "extends", "boards extend each other in a circle: mine -> mine\n  remedy: remove one"),
    "wrong value in the variant": (f"extends: {RISCV}\ncpus:\n  count: 0\n", "mine", "count: 0", "cpus.count: `0` is below"),
    "misspelt key in the variant": (f"extends: {RISCV}\nmemry: []\n", "mine", "memry", "unknown key `memry`\n"
                                    "  remedy: did you mean `memory`?"),
    "misspelt removal": (f"extends: {RISCV}\ndevices:\n  pover: null\n", "mine", "pover",
                         f"devices.pover: there is nothing to remove: {RISCV} has no such key\n"
                         "  remedy: did you mean `power`?"),
    "misspelt removal of an item": (f"extends: {RISCV}\nmemory:\n  - rom: null\n", "mine", "rom",
                                    f"memory: there is no `rom` to remove: {RISCV} has no item of that name\n"
                                    "  remedy: did you mean `ram`?"),
    "an item twice": (f"extends: {RISCV}\nmemory:\n  - name: ram\n    size: 4 MiB\n  - ram: null\n", "mine", "ram: null",
                      "memory: a second item is called `ram`\n  first:  line 3\n"),
    "an item without name": (f"extends: {RISCV}\nmemory:\n  - size: 4 MiB\n", "mine", "size", "memory[0] lacks `name`"),
    "needed and removed": (f"extends: {RISCV}\ndevices:\n  uart0:\n    baud: null\n", "mine", "baud",
                           "devices.uart0 lacks `baud`\n  expected: bits per second on the line\n"
                           "  remedy:   write its value, it cannot be removed by `null`"),
    "another driver": (f"extends: {ARM}\ndevices:\n  gic:\n    driver: gicv2\n    cpu_interface: 0x1\n", ARM,
                       "    redistributor:", "unknown key `redistributor` in devices.gic\n"
                       "  remedy: write `redistributor: null` at {mine}:3"),
    "overlap with the base": (f"extends: {RISCV}\nmemory:\n  - name: more\n    kind: ram\n    base: 0x80100000\n"
                              "    size: 1 MiB\n", "mine", "base: 0x80100000",
                              "memory region `more` overlaps memory region `firmware`\n"
                              "  this:   0x80100000 to 0x801fffff (1 MiB)\n"
                              f"  other:  0x80000000 to 0x801fffff (2 MiB), {{base}}:11\n"),
    "interrupt of the base": (f"extends: {ARM}\ndevices:\n  other:\n    driver: arm-generic-timer\n    frequency: 1 MHz\n"
                              "    irq: 27\n", "mine", "irq: 27",
                              "devices.other.irq: interrupt 27 is taken\n  by:     device `timer`, {arm}:"),
    "QEMU and a command": (f"extends: {RISCV}\nrun:\n  command: [\"{{image}}\"]\n", RISCV, "  qemu:",
                           "run.qemu is for boards that QEMU emulates\n  but:    {mine}:3 gives a command"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, boards: Boards, root: Path, mistake: Callable[..., str]) -> None:
    text, at_fault, line, expected = MISTAKES[name]
    mine = boards.write("mine", text)
    files = {"mine": mine, RISCV: root / f"boards/{RISCV}/board.yaml", ARM: root / f"boards/{ARM}/board.yaml"}

    def shown(path: Path) -> str:
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

    message = mistake(boards.find)
    number = _line(files[at_fault], line)
    assert message.startswith(f"{shown(files[at_fault])}:{number}: ")
    expected = expected.replace("{mine}", shown(mine)).replace("{base}", shown(files[RISCV])).replace("{arm}", shown(files[ARM]))
    assert expected in message


def test_a_circle_is_named(boards: Boards, mistake: Callable[..., str]) -> None:
    boards.write("mine", "extends: one\n")
    boards.write("one", "extends: two\n")
    boards.write("two", "description: two\nextends: three\n")
    last = boards.write("three", "extends: one\n")
    assert mistake(boards.find) == (f"{last}:1: boards extend each other in a circle: one -> two -> three -> one\n"
                                    "  remedy: remove one `extends:`, and describe that board completely")


def test_a_mistake_in_the_base_is_the_base_s(boards: Boards, root: Path, mistake: Callable[..., str]) -> None:
    text = (root / "boards" / RISCV / "board.yaml").read_text()
    boards.write("mine", "extends: base\ncpus: {count: 2}\n")
    base = boards.write("base", text.replace("10 MHz", "10 mhz"))
    assert mistake(boards.find).startswith(f"{base}:{_line(base, '10 mhz')}: devices.timer.frequency: `10 mhz` has the unknown")
    base = boards.write("base", text.replace("arch:", "\tarch:"))
    assert mistake(boards.find).startswith(f"{base}:3: a tab")
    base.write_text("")
    assert mistake(boards.find).startswith(f"{base}:1: the file is empty")
