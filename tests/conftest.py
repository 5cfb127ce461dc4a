"""Options of the suite, and the boards that tests run on."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import Optional

import hypothesis
import pytest

from harness import qemu
from pegplan_cli.boards import Board, all_boards
from pegplan_cli.project import BUILD

# How long an example takes says something about the machine only.
hypothesis.settings.register_profile(
    "pegplan", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("pegplan")


FIGURE = "figure"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pegplan")
    group.addoption("--quick", action="store_true", help="leave out tests that are marked slow, and on emulated boards all that are not marked smoke")
    group.addoption("--board", action="append", default=[], metavar="B",
                    help="only this board; may be given several times, also as a,b (default: all that run)")
    group.addoption("--randconfig", type=int, default=0, metavar="N",
                    help="build and boot N random configurations on each board, instead of the usual sample")
    group.addoption("--coverage", action="store_true",
                    help="count what images and unit tests execute; used by `pegplan coverage`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if is_left_out(config, item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        dropped = set(left_out)
        items[:] = [item for item in items if item not in dropped]


def is_left_out(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether the run leaves a test out."""
    slow = item.get_closest_marker("slow") is not None
    if config.getoption("--coverage") and item.get_closest_marker("uncounted"):
        return True
    if config.getoption("--quick"):
        return slow or is_on_variant(config, item) or not is_on_quick_board(config, item)
    return slow and is_on_variant(config, item)


def board_of(item: pytest.Item) -> Optional[Board]:
    """The board that a test runs on, if it is of one."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("board") if callspec else None


def is_on_variant(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether a test runs on another board of an architecture than the first, and nobody has asked for that board."""
    board = board_of(item)
    if board is None or config.getoption("--board") or named_by(item, board):
        return False
    whole = (other for other in boards_of(config) if not other.only_for_named_tests)
    return board.name != next(other.name for other in whole if other.arch == board.arch)


def is_on_quick_board(config: pytest.Config, item: pytest.Item) -> bool:
    """A quick run takes what is marked `smoke` to each architecture; all the rest runs as a process, or where asked."""
    board = board_of(item)
    if board is None or board.is_process or config.getoption("--board"):
        return True
    return item.get_closest_marker("smoke") is not None


def boards_of(config: pytest.Config) -> list[Board]:
    """The boards that the run is about."""
    boards = {name: board for name, board in all_boards().items() if board.runs}
    wanted = [name for argument in config.getoption("--board") for name in argument.split(",")]
    unknown = [name for name in wanted if name not in boards]
    if unknown:
        raise pytest.UsageError(f"there is no board {unknown[0]}; there are {', '.join(boards)}")
    return [board for name, board in boards.items() if not wanted or name in wanted]


def named_by(item: pytest.Item, board: Board) -> bool:
    """Whether a test names the board: `@pytest.mark.boards("qemu-*-2s")`."""
    marker = item.get_closest_marker("boards")
    return marker is not None and any(fnmatch.fnmatchcase(board.name, pattern) for pattern in marker.args)


def boards_for(config: pytest.Config, definition: pytest.Item) -> list[Board]:
    """The boards that a test runs on, of those that the run is about: those that it names; or else all but the ones that want to
    be named, of the architectures that it is for."""
    boards = boards_of(config)
    if definition.get_closest_marker("boards"):
        return [board for board in boards if named_by(definition, board)]
    marker = definition.get_closest_marker("arch")
    asked = bool(config.getoption("--board"))
    return [board for board in boards
            if (marker is None or board.arch in marker.args) and (asked or not board.only_for_named_tests)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `board` runs on each board that is for it."""
    if "board" in metafunc.fixturenames:
        boards = boards_for(metafunc.config, metafunc.definition)
        metafunc.parametrize("board", boards, ids=lambda board: board.name, scope="session")


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> qemu.Bench:
    """Builds images, and keeps them between runs in build/tests (or $PEGPLAN_TEST_BUILD_DIR)."""
    folder = Path(os.environ.get("PEGPLAN_TEST_BUILD_DIR", BUILD / "tests")).resolve()
    run_id = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}-{id(request.config):x}"
    return qemu.Bench(folder, run_id, unity=True, coverage=request.config.getoption("--coverage"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what tests have recorded as a figure, whatever process they ran in: `record_property("figure", text)`."""
    reports = [report for name in ("passed", "failed") for report in terminalreporter.getreports(name)]
    figures = dict.fromkeys(value for report in reports for name, value in report.user_properties if name == FIGURE)
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(str(figure))
