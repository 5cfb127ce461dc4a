"""The host port for aarch64, in QEMU's emulation of programs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness import qemu
from pegplan_cli import machine
from pegplan_cli.boards import find_board
from pegplan_cli.build import Build, Request

pytestmark = [pytest.mark.arch("host"), pytest.mark.slow, pytest.mark.uncounted]

BOARDS = Path(__file__).resolve().parent / "boards"
NAME = "host-aarch64"
APPS = ("spawn", "join", "scheduling", "suspend", "sleep", "slices", "mutex", "cxx", "fp", "tiny_stacks")
REAL_TIME_APPS = ("cxx", "fp", "tiny_stacks")
LIMIT_S = 60.0


@pytest.fixture(scope="module")
def run(bench):
    """Builds and runs one of the applications of the boards: run(app, icount)."""
    board = find_board(NAME, BOARDS)
    assert shutil.which(board.emulator), f"{board.emulator} is not installed; scripts/pegplan setup installs it"

    def build_and_run(app: str, icount: bool) -> tuple[list[str], int]:
        apps = tuple(qemu.TEST_APPS / name for name in APPS)
        request = Request(NAME, apps[0], settings=board.settings(icount), board_root=BOARDS, more_apps=apps[1:])
        build = Build(request, bench.folder / NAME / ("icount" if icount else "realtime"))
        target = "pegplan" if app == APPS[0] else app
        build.make(target)
        shown = bytearray()
        outcome = machine.boot(machine.Description.load(build.generated / "run.json"), build.directory / f"{target}.elf",
                               LIMIT_S, shown.extend)
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
