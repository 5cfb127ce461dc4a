"""`pegplan randconfig`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .common import Verbs, add_app, add_build_options, add_verb, configured, count, request


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "randconfig", _randconfig, "draw random legal configurations, and build and boot them", """
Writes fragments that are legal on a board: dependencies, ranges, choices and constraints hold, and numbers are often at the ends of their
ranges. What --profile, --config, --set and the application set stays as it is. The same seed gives the same configuration as long as the menu
is the same. Exits with 1 when a configuration does not build without warnings, or does not boot to exit code 0.""", epilog="""examples:
  pegplan randconfig --seed 7 --out /tmp/random
  pegplan randconfig --board host --seed 1 --count 20 --run
  pegplan randconfig --board qemu-riscv64-virt --pairwise --run
  pegplan randconfig --board host --set HOST_COMPILER=clang++-19 --count 5 --run --build-dir /tmp/clang""")
    add_app(parser)
    add_build_options(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first configuration's seed (default: 0)")
    parser.add_argument("--count", type=count, default=1, metavar="N", help="how many configurations, of successive seeds (default: 1)")
    parser.add_argument("--pairwise", action="store_true",
                        help="instead as many as have all pairs of values of two truth values or choices between them")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the fragments go (default: randconfig-fragments in the build folder)")
    parser.add_argument("--build", action="store_true", help="build each (in larger pieces, as with --unity)")
    parser.add_argument("--run", action="store_true", help="build and boot each")


def _randconfig(options: argparse.Namespace) -> int:
    options.app = options.app or "tests/qemu/apps/any_configuration"
    if options.build or options.run:
        build = request(options, "building random configurations", emulate=options.run)
    else:
        build = configured(options, "drawing configurations")
    from ..randconfig import run_randconfig

    return run_randconfig(build, options.seed, options.count, options.pairwise, options.out, options.build, options.run)
