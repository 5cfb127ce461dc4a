"""The `boot` fixture for applications of this folder: on the host, and on the host port for another machine."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from harness import qemu
from pegplan_cli.boards import Board

APPS = Path(__file__).resolve().parent / "apps"


@pytest.fixture
def boot(bench: qemu.Bench, board: Board) -> Callable[..., qemu.Result]:
    """Builds and runs tests/host/apps/<app> or an application of the other boards: boot(app, options, icount=…)."""
    def run(app: str, options: dict[str, qemu.Value] | None = None, *, icount: bool = True,
            limit_s: float = qemu.LIMIT_S) -> qemu.Result:
        __tracebackhide__ = True
        folder = APPS / app if (APPS / app).is_dir() else app
        return bench.boot(folder, qemu.Configuration(board, options or {}), icount, limit_s)

    return run
