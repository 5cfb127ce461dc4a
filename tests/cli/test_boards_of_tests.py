"""Which boards the suite runs a test on."""

from __future__ import annotations

import re
import subprocess
import sys

from pegplan_cli.boards import all_boards
from pegplan_cli.project import ROOT

FOR_NUMA_TESTS = {"qemu-aarch64-virt-2s", "qemu-riscv64-virt-2s", "qemu-x86_64-q35-2s"}
FOR_NAMED_TESTS = FOR_NUMA_TESTS | {"qemu-riscv64-virt-small", "qemu-x86_64-pc-iso"}
VARIANTS = {"qemu-aarch64-virt-gicv2"}


def chosen(*arguments: str) -> dict[str, set[str]]:
    """The boards of each test of a few files."""
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *arguments,
         "tests/qemu/test_numa.py", "tests/qemu/test_basic_threading.py", "tests/qemu/test_thread_local.py",
         "tests/qemu/test_smoke_boards.py"],
        cwd=ROOT, capture_output=True, text=True,
    )
    boards: dict[str, set[str]] = {}
    for test, board in re.findall(r"::(\w+)\[([\w-]*?)(?:-icount|-realtime)?\]$", result.stdout, re.MULTILINE):
        boards.setdefault(test, set()).add(board)
    assert boards, result.stdout + result.stderr
    return boards


def test_a_board_for_named_tests_runs_those_that_name_it():
    everywhere = {name for name, board in all_boards().items() if board.runs}
    assert {name for name, board in all_boards().items() if board.tests == "named"} == FOR_NAMED_TESTS
    for_smoke_tests = {name for name, board in all_boards().items() if board.tests == "smoke"}
    boards = chosen()
    assert boards["test_stacks_come_from_the_node_that_is_meant"] == FOR_NUMA_TESTS
    assert boards["test_one_cpu"] == FOR_NUMA_TESTS, "slow tests too: it is no variant"
    assert boards["test_one_node"] == boards["test_two_runs_are_the_same"] == everywhere - FOR_NAMED_TESTS - for_smoke_tests - VARIANTS
    assert boards["test_panic"] == for_smoke_tests, "and nothing else runs on them"
    assert boards["test_64_kib_of_ram"] == {"qemu-riscv64-virt-small"}
    assert boards["test_boot_by_grub"] == {"qemu-x86_64-pc-iso"}


def test_variants_of_a_board_run_smoke_tests():
    assert VARIANTS < chosen()["test_both_workers_iterate_and_are_joined"]
    assert VARIANTS < chosen("--everywhere")["test_one_node"]


def test_what_is_about_core_runs_on_the_host_and_one_emulated_board():
    boards = chosen()
    for test in ("test_too_many_destructors", "test_refused_without_the_option"):
        assert len(boards[test]) == 2 and "host" in boards[test]
    assert len(chosen("--everywhere")["test_too_many_destructors"]) == 4 + len(VARIANTS)
    assert chosen("--board", "qemu-riscv64-virt,qemu-x86_64-q35")["test_too_many_destructors"] == {
        "qemu-riscv64-virt", "qemu-x86_64-q35"}


def test_a_board_that_is_asked_for_runs_all():
    boards = chosen("--board", "qemu-riscv64-virt-2s")
    assert boards["test_one_cpu"] == boards["test_two_runs_are_the_same"] == {"qemu-riscv64-virt-2s"}
    boards = chosen("--board", "qemu-riscv64-virt")
    assert boards["test_two_runs_are_the_same"] == {"qemu-riscv64-virt"}
    assert not boards["test_one_cpu"] & set(all_boards()), "skipped"


def test_the_page_lists_all_boards():
    listed = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "supported-boards.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(all_boards())
    assert f"works on {len(listed)} boards" in (ROOT / "README.md").read_text(encoding="utf-8")
