"""`pegplan build` and `pegplan run`."""

from __future__ import annotations

import argparse

from .. import terminal
from .common import Verbs, add_app, add_build_options, add_verb, request, seconds


def add(verbs: Verbs) -> None:
    """Adds them."""
    build = add_verb(verbs, "build", _build, "configure and build an image", """
Configures what is not yet configured so, and builds what is out of date. The image is pegplan.elf in the build folder.""")
    add_app(build)
    add_build_options(build)

    run = add_verb(verbs, "run", _run, "build an image and boot it in QEMU", """
Sets the machine up if needed, builds, boots, shows the console on stdout, and exits with the image's own exit code; with
124 after a timeout, 130 after Ctrl-C, and 125 when it does not come to a run. Everything but the console goes to stderr.""",
                epilog="""examples:
  pegplan run
  pegplan run examples/basic_threading --board qemu-aarch64-virt --profile debug
  pegplan run ./my-app --config fast.config --set MAX_THREADS=16 --timeout 10""")
    add_app(run)
    add_build_options(run)
    run.add_argument("--timeout", type=seconds, metavar="S",
                     help="end the machine after S seconds, with exit code 124 (default: 600; a day at a terminal)")
    run.add_argument("--icount", action="store_true",
                     help="count instructions instead of time: each run is the same, to the byte")


def _build(options: argparse.Namespace) -> int:
    build = request(options, "building")
    build.make()
    terminal.say(f"built {terminal.shown_path(build.image)}")
    return 0


def _run(options: argparse.Namespace) -> int:
    build = request(options, "running", emulate=True)
    build.make()
    from ..run import run_build

    return run_build(build.directory, options.timeout, options.icount, options.verbose)
