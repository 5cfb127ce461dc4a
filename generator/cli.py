"""The command line: `python3 -m generator <verb>`."""
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from .errors import PegplanError
from .request import DEFAULT_PROFILE, make_request

EXIT_MISTAKE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a verb. A mistake in an input is one message and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.verb_function(options)
    except PegplanError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generator", description="Turns a menu and a board file into C++ headers.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    generate = verbs.add_parser("generate", help="write <build-dir>/generated")
    generate.add_argument("--board", required=True, help="name of the board")
    generate.add_argument("--build-dir", required=True, help="where `generated` goes")
    generate.add_argument("--profile", default=DEFAULT_PROFILE, help="a file of config/profiles (%(default)s)")
    generate.add_argument("--config", action="append", default=[], metavar="FRAGMENT",
                          help="a fragment, or the name of a profile; later ones take precedence")
    generate.add_argument("--set", action="append", default=[], metavar="SYMBOL=VALUE",
                          help="an option; takes precedence over every fragment")
    generate.add_argument("--app", metavar="DIR", help="the application, for its app.config and Kconfig")
    generate.add_argument("--app-kconfig", metavar="FILE", help="a Kconfig file of the application's, if it is not Kconfig in DIR")
    generate.add_argument("-v", "--verbose", action="store_true", help="print the merge and what was written")
    _add_board_root(generate)
    generate.set_defaults(verb_function=_generate)

    boards = verbs.add_parser("boards", help="list the boards")
    boards.add_argument("--json", action="store_true", help="as JSON")
    _add_board_root(boards)
    boards.set_defaults(verb_function=_boards)
    return parser


def _add_board_root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--board-root", action="append", default=[], metavar="DIR",
                        help="a further folder of boards, DIR/<board>/board.yaml")


def _generate(options: argparse.Namespace) -> None:
    from .pipeline import generate
    from .report import merge_report, write_report

    result = generate(make_request(
        options.board, options.build_dir, board_roots=options.board_root, profile=options.profile,
        configs=options.config, settings=options.set, app=options.app, app_kconfig=options.app_kconfig,
    ))
    if options.verbose:
        print("\n".join([*merge_report(result.model.configuration), *write_report(result.report)]))


def _boards(options: argparse.Namespace) -> None:
    from .boards import list_boards
    from .report import board_table

    found = list_boards(options.board_root)
    if options.json:
        print(json.dumps([board.as_dict() for board in found], indent=2, ensure_ascii=False))
    else:
        print("\n".join(board_table(found)))
