"""The command line of `scripts/pegplan`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Optional, Sequence

from . import terminal
from .errors import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED, PegplanError
from .verbs import MODULES
from .verbs.common import FORMAT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pegplan", formatter_class=FORMAT,
        description="Configures, builds and runs Pegplan, a threading kernel that is configured before it is compiled.",
        epilog="""examples:
  pegplan run                                          two threads on the default board
  pegplan run basic_threading --board qemu-riscv64-virt
  pegplan run ~/my-app --set TIME_SLICE_US=500         an application of your own: a folder with a main.cpp
  pegplan test --quick                                 the quick part of the test suite

`pegplan VERB --help` tells more about each verb.""",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for module in MODULES:
        module.add(verbs)
    return parser


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs a verb; returns the exit code."""
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if others and not options.pass_on:
        parser.error("unrecognized arguments: " + " ".join(others))
    try:
        return options.function(options, others) if options.pass_on else options.function(options)
    except PegplanError as error:
        if str(error):
            terminal.say(str(error))
        return error.code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Who reads stdout has gone, as `head` does; Python must not try to write there at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
