"""The `boot` fixture, and what a failed test shows of its boots."""

from __future__ import annotations

from pathlib import Path
from typing import Generator, Mapping, Optional, Sequence, Union

import pytest

from harness import qemu
from pegplan_cli.boards import Board
from pegplan_cli.project import DEFAULT_PROFILE

_BOOTS = pytest.StashKey[list[qemu.Result]]()


class Boot:
    """Builds and boots applications on the board of the test."""

    def __init__(self, bench: qemu.Bench, board: Board, results: list[qemu.Result]) -> None:
        self._bench = bench
        self._results = results
        self.board = board

    def __call__(self, app: Union[str, Path], options: Optional[Mapping[str, qemu.Value]] = None, *,
                 profile: str = DEFAULT_PROFILE, fragments: Sequence[Path] = (), icount: bool = True,
                 limit_s: float = qemu.LIMIT_S, arguments: Sequence[str] = (), may_time_out: bool = False) -> qemu.Result:
        """Boots tests/qemu/apps/<app> (or an example, or any folder) and returns what came of it.

        `options` are Kconfig symbols: {"TIME_SLICE_US": 1000, "SCHED_ROUND_ROBIN": True}. `icount` makes every run the
        same, to the byte. `arguments` are added to QEMU's command line.
        """
        __tracebackhide__ = True
        configuration = qemu.Configuration(self.board, dict(options or {}), profile, tuple(fragments))
        result = self._bench.boot(app, configuration, icount, limit_s, arguments, may_time_out)
        self._results.append(result)
        return result

    def build(self, app: Union[str, Path], options: Optional[Mapping[str, qemu.Value]] = None, *,
              profile: str = DEFAULT_PROFILE, fragments: Sequence[Path] = (), icount: bool = False) -> Path:
        """Builds only, for a run of that kind; returns the ELF file."""
        __tracebackhide__ = True
        configuration = qemu.Configuration(self.board, dict(options or {}), profile, tuple(fragments))
        return self._bench.build(app, configuration.of_run(icount)).image


@pytest.fixture
def boot(request: pytest.FixtureRequest, bench: qemu.Bench, board: Board) -> Boot:
    """Boots images on each board in turn."""
    program = qemu.missing_emulator(board)
    if program is not None:
        pytest.fail(f"{program} is not installed; scripts/pegplan setup installs it")
    if missing := [need.packages[0] for need in board.optional_needs if not need.present()]:
        pytest.skip(f"{', '.join(missing)}: not installed, and not needed otherwise; scripts/pegplan setup installs it")
    return Boot(bench, board, request.node.stash.setdefault(_BOOTS, []))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, object, None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for result in item.stash.get(_BOOTS, []):
            report.sections.append((f"console of {result.app} on {result.board.name}", result.tail()))
