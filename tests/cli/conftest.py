"""An application that does what an option of its own says, and helpers around build folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from pegplan_cli.boards import all_boards

KCONFIG = """\
config BEHAVIOUR
\tint "What the application does: 0 ends with EXIT_CODE, 1 never ends, 2 panics"
\trange 0 2
\tdefault 0
\thelp
\t  For tests of the command line.

config EXIT_CODE
\tint "What main() returns"
\trange 0 255
\tdefault 0
\thelp
\t  For tests of the command line.
"""

MAIN = """\
// Does what its options say.
#include <pegplan/config/app.hpp>
#include <pegplan/pegplan.hpp>

using namespace pegplan;

[[gnu::noinline]] void give_up()
{
    panic("on purpose");
}

int main()
{
    print("behaviour {}\\n", config::behaviour);
    if constexpr (config::behaviour == 1) {
        for (int line = 0; line < 50; ++line) {
            print("line {}\\n", line);
        }
        for (;;) {
            asm volatile("");
        }
    }
    if constexpr (config::behaviour == 2) {
        give_up();
    }
    return config::exit_code;
}
"""


@pytest.fixture
def some_board(request: pytest.FixtureRequest) -> str:
    """One board, for what does not depend on the board."""
    named = [name for argument in request.config.getoption("--board") for name in argument.split(",")]
    return named[0] if named else next(name for name, board in all_boards().items() if board.emulator and board.tests == "all")


@pytest.fixture
def behaving_app(tmp_path: Path) -> Path:
    """The folder of the application."""
    folder = tmp_path / "behaving"
    folder.mkdir()
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "main.cpp").write_text(MAIN)
    return folder
