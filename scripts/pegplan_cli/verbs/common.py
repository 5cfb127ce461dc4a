"""What verbs share: their parsers' usual options, and what they ask of the machine."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional, Sequence

from .. import packages, provision
from ..errors import PegplanError
from ..project import DEFAULT_BOARD, DEFAULT_PROFILE, LAUNCHER

if TYPE_CHECKING:
    from ..build import Build

FORMAT = argparse.RawDescriptionHelpFormatter

# Set in the process that takes over after a set-up, so that it does not try again.
_SET_UP = "PEGPLAN_SET_UP"

Verbs = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where verbs are added."""


def add_verb(verbs: Verbs, name: str, function: Callable[..., int], text: str, description: str,
             epilog: Optional[str] = None) -> argparse.ArgumentParser:
    """Adds a verb, which `function` does with the parsed options; `text` is its line in the list of verbs."""
    parser = verbs.add_parser(name, help=text, description=description.strip(), epilog=epilog, formatter_class=FORMAT)
    parser.set_defaults(function=function, pass_on=False)
    return parser


def add_app(parser: argparse.ArgumentParser) -> None:
    """The application, as an argument."""
    parser.add_argument("app", nargs="?", metavar="APP",
                        help="folder of the application, or the name of an example (default: examples/basic_threading). All "
                        "its *.cpp are compiled; app.config, Kconfig and CMakeLists.txt in it are used if they are there")


def add_build_options(parser: argparse.ArgumentParser) -> None:
    """What is built, apart from the application."""
    parser.add_argument("--board", metavar="B", default=os.environ.get("PEGPLAN_BOARD") or DEFAULT_BOARD,
                        help=f"the board, see `pegplan boards` (default: $PEGPLAN_BOARD, else {DEFAULT_BOARD})")
    parser.add_argument("--profile", metavar="P", help="a file of config/profiles, without its ending (default: default)")
    parser.add_argument("--config", metavar="FRAGMENT", type=Path, action="append",
                        help="a file with CONFIG_… lines on top of the profile, or the name of another profile; may be "
                        "given several times, later ones win")
    parser.add_argument("--set", metavar="SYMBOL=VALUE", dest="settings", action="append",
                        help="a single option on top of all fragments; may be given several times")
    parser.add_argument("--app-kconfig", metavar="FILE", type=Path,
                        help="a Kconfig file with options of the application's own (default: Kconfig in its folder, if there is one)")
    parser.add_argument("--board-root", metavar="DIR", type=Path, help="a folder with more boards")
    parser.add_argument("--unity", action="store_true",
                        help="compile several sources of the kernel in one go: a first build takes half the time")
    parser.add_argument("--build-dir", metavar="DIR", type=Path,
                        help="where the output goes (default: build/<board>/<app> in the tree for examples, with a hash "
                        "of the path for other applications; build/pegplan/<board>/<app>-<hash> in the current folder "
                        "when both the application and you are outside the tree)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show how the configuration came about, and each step")


def seconds(text: str) -> float:
    """A duration on the command line."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def count(text: str) -> int:
    """A number from 1 on the command line."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def counts(text: str) -> tuple[int, ...]:
    """Such numbers, separated by commas."""
    return tuple(count(part) for part in text.split(","))


def request(options: argparse.Namespace, purpose: str, emulate: bool = False) -> Build:
    """What the options ask for, when the machine has what it takes."""
    build = configured(options, purpose)
    from ..boards import find_board

    need(packages.needs_of_build(find_board(build.request.board, build.request.board_root).arch, emulate), purpose)
    return build


def configured(options: argparse.Namespace, purpose: str) -> Build:
    """What the options ask for, for verbs that look at its configuration and compile nothing."""
    need(packages.GENERATOR_MODULES, purpose)
    from ..boards import find_board
    from ..build import Build, Request, default_build_dir, find_app

    board_root = options.board_root.resolve() if options.board_root else None
    board = find_board(options.board, board_root)
    # What is no file may be the name of a profile; the generator knows.
    fragments = tuple(fragment.resolve() if fragment.is_file() else fragment for fragment in options.config or ())
    app = find_app(options.app)
    settings = (*board.settings(getattr(options, "icount", False)), *(options.settings or ()))
    asked = Request(board.name, app, options.profile or DEFAULT_PROFILE, fragments, settings, board_root,
                    unity=options.unity, app_kconfig=options.app_kconfig.resolve() if options.app_kconfig else None)
    directory = options.build_dir.resolve() if options.build_dir else default_build_dir(app, board.name)
    return Build(asked, directory, options.verbose)


def need(needs: Sequence[packages.Need], purpose: str) -> None:
    """Set-up if needed; then starts anew, since another interpreter may be the right one now."""
    missing = ", ".join(each.packages[-1] for each in needs if not each.present())
    if not missing:
        return
    if os.environ.get(_SET_UP):
        raise PegplanError(f"{purpose} needs what this Python ({sys.executable}) does not find, even after setup: {missing}")
    provision.provide(needs, purpose)
    os.execve(LAUNCHER, [str(LAUNCHER), *sys.argv[1:]], {**os.environ, _SET_UP: "1"})
