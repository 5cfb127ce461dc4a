"""The host port for aarch64, in QEMU's emulation of programs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Union

import pytest

from harness import qemu
from harness.report import DISTANCE, PANIC_CODE, Report, symbol
from pegplan_cli import machine
from pegplan_cli.boards import find_board
from pegplan_cli.build import Build, Request
from tests.host import test_smp
from tests.qemu import test_endings

pytestmark = [pytest.mark.arch("host"), pytest.mark.slow, pytest.mark.uncounted]

BOARDS = Path(__file__).resolve().parent / "boards"
NAME = "host-aarch64"
APPS = ("spawn", "join", "scheduling", "suspend", "sleep", "slices", "mutex", "cxx", "fp", "tiny_stacks")
REAL_TIME_APPS = ("cxx", "fp", "tiny_stacks")
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def run(bench):
    """Builds and runs one of the applications: run(app, icount, scenario of "endings" or number of another's, CPUs)."""
    board = find_board(NAME, BOARDS)
    assert shutil.which(board.emulator), f"{board.emulator} is not installed; scripts/pegplan setup installs it"

    def build_and_run(app: str, icount: bool, scenario: Union[str, int, None] = None, cpus: int = 1) -> tuple[list[str], int]:
        apps = (*(qemu.TEST_APPS / name for name in (*APPS, "endings")), qemu.HOST_APPS / "smp")
        settings = (*board.settings(icount), f"CPUS={cpus}")
        request = Request(NAME, apps[0], settings=settings, board_root=BOARDS, more_apps=apps[1:], unity=bench.unity, precompile=True)
        kind = ("icount" if icount else "realtime") + (f"-{cpus}" if cpus != 1 else "")
        build = Build(request, bench.folder / NAME / kind)
        target = "pegplan" if app == APPS[0] else app
        build.make(target)
        image = build.directory / f"{target}.elf"
        arguments = []
        if scenario is not None:
            place = symbol(image, "__arena_end") - DISTANCE
            number = test_endings.SCENARIOS.index(scenario) if isinstance(scenario, str) else scenario
            arguments = qemu.arguments_to_load(board, place, number)
        shown = bytearray()
        outcome = machine.boot(machine.Description.load(build.generated / "run.json"), image, LIMIT_S, shown.extend, arguments)
        return shown.decode().splitlines(), outcome.code

    return build_and_run


def expected(app: str) -> list[str]:
    return (qemu.TEST_APPS / app / "expected.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.xdist_group("host-aarch64")
@pytest.mark.parametrize("app", APPS)
def test_virtual_time(run, board, app):
    assert run(app, True) == (expected(app), 0)


@pytest.mark.xdist_group("host-aarch64")
@pytest.mark.parametrize("app", REAL_TIME_APPS)
def test_real_time(run, board, app):
    assert run(app, False) == (expected(app), 0)


@pytest.mark.xdist_group("host-aarch64")
@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
@pytest.mark.parametrize("number", test_smp.GOES_WELL)
def test_threads_change_cpus(run, board, number, icount):
    assert run("smp", icount, number, cpus=test_smp.CPUS) == ([test_smp.GOES_WELL[number]], 0)


@pytest.mark.xdist_group("host-aarch64")
def test_empty_loops_end(run, board):
    assert run("endings", True, "others_still_run") == (["scenario others_still_run", "main returns"], 7)


@pytest.mark.xdist_group("host-aarch64")
# Linux tells what kind of access it was; QEMU 7.2 does not.
@pytest.mark.parametrize("scenario, message", [
    ("panic_in_a_thread", r"panic: value 42 of a test"),
    ("write_to_text", r"panic: (write|access) to a protected page \(code 0xb\), address 0x[0-9a-f]{16}"),
    ("read_null", r"panic: (read of|access to) an unmapped page \(code 0xb\), address 0x0{16}"),
    ("illegal_instruction", r"panic: illegal instruction \(code 0x4\)"),
], ids=["panic", "write", "read", "illegal"])
def test_panics_and_faults(run, board, scenario, message):
    lines, code = run("endings", True, scenario)
    assert re.fullmatch(message, lines[2]) and code == PANIC_CODE
    report = Report(lines)
    assert report.registers_are_shown() and report.frames
