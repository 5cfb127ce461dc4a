"""Options of the suite, and the boards that tests run on."""

from __future__ import annotations

import fnmatch
import os
import zlib
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
_WHOLE_BOARDS = pytest.StashKey[list[Board]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pegplan")
    group.addoption("--quick", action="store_true", help="leave out tests that are marked slow, and on emulated boards all that are not marked smoke")
    group.addoption("--everywhere", action="store_true", help="leave nothing out because another board shows it: all on every board")
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
    if config.getoption("--everywhere"):
        return False
    return is_on_variant(config, item) and (slow or not is_smoke(item)) or is_shown_elsewhere(config, item)


def board_of(item: pytest.Item) -> Optional[Board]:
    """The board that a test runs on, if it is of one."""
    callspec = getattr(item, "callspec", None)
    board = callspec.params.get("board") if callspec else None
    return board if isinstance(board, Board) else None  # a test for none of the boards has a mark for "nothing" there


def is_on_variant(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether a test runs on another board of an architecture than the first, and nobody has asked for that board."""
    board = board_of(item)
    if board is None or config.getoption("--board") or named_by(item, board) or board.tests != "all":
        return False
    return board not in whole_boards(config)


def whole_boards(config: pytest.Config) -> list[Board]:
    """The first board of each architecture."""
    if _WHOLE_BOARDS not in config.stash:
        first: dict[str, Board] = {}
        for board in boards_of(config):
            if board.tests == "all":
                first.setdefault(board.arch, board)
        config.stash[_WHOLE_BOARDS] = list(first.values())
    return config.stash[_WHOLE_BOARDS]


def is_smoke(item: pytest.Item) -> bool:
    """Whether a test belongs to the few that show that a board works."""
    return item.get_closest_marker("smoke") is not None


def is_shown_elsewhere(config: pytest.Config, item: pytest.Item) -> bool:
    """Whether a test is about core alone (`core`), and its emulated board is not the one that its name chooses; and nobody has asked
    for that board. So each of these tests runs on the host and on one emulated board, and all of them together on all."""
    board = board_of(item)
    if board is None or board.is_process or config.getoption("--board") or item.get_closest_marker("core") is None:
        return False
    emulated = sorted(other.name for other in whole_boards(config) if not other.is_process)
    return board.name != emulated[zlib.crc32(item.originalname.encode()) % len(emulated)]


def is_on_quick_board(config: pytest.Config, item: pytest.Item) -> bool:
    """A quick run takes what is marked `smoke` to each architecture; all the rest runs as a process, or where asked."""
    board = board_of(item)
    if board is None or board.is_process or config.getoption("--board"):
        return True
    return is_smoke(item)


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
    """The boards that a test runs on, of those that the run is about: those that it names; those whose board files ask for smoke
    tests, if it is one; or else those for the whole suite, of the architectures that it is for. On a board that is asked for by
    `--board` all run but those that name others."""
    boards = boards_of(config)
    if definition.get_closest_marker("boards"):
        return [board for board in boards if named_by(definition, board)]
    marker = definition.get_closest_marker("arch")
    part = "smoke" if definition.get_closest_marker("smoke_boards") else "all"
    asked = bool(config.getoption("--board"))
    return [board for board in boards
            if (marker is None or board.arch in marker.args) and (asked or board.tests == part)]


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
