"""`pegplan fuzz`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import packages
from .common import Verbs, add_verb, need, seconds


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "fuzz", _fuzz, "look for errors by inputs that nobody thought of", """
Runs a target of tests/fuzz with inputs of an engine, and keeps those that reach something new. Exits with 1 when an error
is found; the input is then kept, shown, and the command printed that reproduces it. Without TARGET, lists the targets.""",
                 epilog="""examples:
  pegplan fuzz
  pegplan fuzz api --seconds 300 --jobs 2
  pegplan fuzz api --asan --reproduce build/fuzz/api/findings/crash-0123
  pegplan fuzz generator --minimise            what was found new and adds something is kept in the tree""")
    parser.add_argument("target", nargs="?", metavar="TARGET", help="a folder of tests/fuzz")
    parser.add_argument("--seconds", type=seconds, default=60.0, metavar="N", help="how long (default: 60)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many at once (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="where random choices begin (default: anywhere)")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="the kept inputs (default: tests/fuzz/TARGET/corpus)")
    parser.add_argument("--asan", action="store_true",
                        help="with the sanitizers of addresses and undefined behaviour; several times slower")
    parser.add_argument("--set", metavar="SYMBOL=VALUE", dest="settings", action="append",
                        help="an option of the target; may be given several times")
    parser.add_argument("--input-timeout", type=int, default=10, metavar="S",
                        help="an input that takes longer is a finding (default: 10)")
    parser.add_argument("--build-dir", type=Path, metavar="DIR", help="the work folder (default: build/fuzz/TARGET)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--reproduce", type=Path, metavar="FILE", help="show and run one input, or run all of a folder")
    what.add_argument("--minimise", action="store_true",
                      help="keep the smallest set of kept and new inputs that reaches as much")
    parser.add_argument("-v", "--verbose", action="store_true", help="show each step of the build")


def _fuzz(options: argparse.Namespace) -> int:
    from .. import fuzz

    if options.target is None:
        return fuzz.list_targets()
    target = fuzz.find_target(options.target)
    if target.is_image:
        need(packages.needs_of_build("host", emulate=False), "fuzzing")
        need(packages.FUZZING, "fuzzing")
    else:
        need(packages.GENERATOR_MODULES, "fuzzing")
    wanted = fuzz.Options(options.seconds, max(1, options.jobs), options.seed, options.corpus, options.build_dir, options.asan,
                          tuple(options.settings or ()), max(1, options.input_timeout), options.verbose)
    if options.reproduce is not None:
        return fuzz.reproduce(target, wanted, options.reproduce)
    if options.minimise:
        return fuzz.minimise(target, wanted)
    return fuzz.fuzz(target, wanted)
