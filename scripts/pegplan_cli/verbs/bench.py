"""`pegplan bench`: which image is measured, in which configuration, compared with what."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import packages
from ..errors import PegplanError
from ..project import DEFAULT_PROFILE, ROOT
from .common import Verbs, add_build_options, add_verb, count, counts, need, request

# What `bench` measures in when the user does not say: config/profiles and a fragment that leaves out what the peers leave out.
_PROFILE = "speed"
_FRAGMENT = Path("tests/perf/suite/like_for_like.config")
_CPUS = (1, 2, 4, 8, 16, 32, 64)


def add(verbs: Verbs) -> None:
    """Adds it."""
    parser = add_verb(verbs, "bench", _bench, "measure what threads cost", """
On a board that runs in an emulator: what operations cost in instructions, exactly, and the same in each run. Without --profile and
--config, in the configuration in which other kernels are measured: one CPU, no assertions, no time slices. On a board
whose images are programs of this machine: switches of threads, their creation and more in nanoseconds; where Boost's fibers
are installed, they are measured beside it.""", epilog="""examples:
  pegplan bench --board qemu-riscv64-virt --json now.json
  pegplan bench --board qemu-riscv64-virt --compare tests/perf/baseline/qemu-riscv64-virt.json
  pegplan bench --board qemu-riscv64-virt --profile hardened
  pegplan bench --board qemu-aarch64-virt --scale --cpus 1,4,64""")
    add_build_options(parser)
    parser.add_argument("--runs", type=count, default=5, metavar="N",
                        help="how often nanoseconds are measured (default: 5)")
    parser.add_argument("--json", type=Path, metavar="F", help="also write the figures to a file")
    parser.add_argument("--compare", type=Path, metavar="F",
                        help="show what has changed since such a file was written; fails when a row is more than 2 %% worse")
    parser.add_argument("--update-baseline", action="store_true",
                        help="the figures become those that later ones are compared with; docs/performance.md follows")
    parser.add_argument("--scale", action="store_true", help="several CPUs, one of them at work, then all: an image for each number of them")
    parser.add_argument("--cpus", type=counts, metavar="N,…", help="the numbers of --scale (default: 1,2,4,8,16,32,64)")


def _bench(options: argparse.Namespace) -> int:
    need(packages.GENERATOR_MODULES, "measuring")
    from ..boards import find_board

    board = find_board(options.board, options.board_root)
    if board.is_process:
        return _bench_nanoseconds(options)
    if options.cpus and not options.scale:
        raise PegplanError("--cpus says for which numbers of CPUs --scale measures; give --scale too")
    if options.scale and (options.compare or options.update_baseline):
        raise PegplanError("there are no baselines of --scale: neither --compare nor --update-baseline goes with it")
    usual = not (options.profile or options.config)
    if options.update_baseline and (not usual or options.settings or options.board_root or options.unity):
        raise PegplanError("--update-baseline keeps the figures of the usual configuration: leave out --profile, --config, --set, "
                           "--board-root and --unity")
    if usual:
        options.profile, options.config = _PROFILE, [ROOT / _FRAGMENT]
    fragments = [_FRAGMENT.name] if usual else [fragment.name for fragment in options.config or ()]
    # In one piece the kernel is inlined otherwise: other figures.
    config = " + ".join([options.profile or DEFAULT_PROFILE, *fragments, *(options.settings or ()), *(["unity"] if options.unity else [])])
    options.icount = True
    if options.scale:
        return _bench_scale(options, config)
    options.app = "tests/perf/suite"
    build = request(options, "measuring", emulate=True)
    build.make()
    from ..bench import count_instructions

    return count_instructions(build, config, options.json, options.compare, options.update_baseline)


def _bench_nanoseconds(options: argparse.Namespace) -> int:
    if options.compare or options.update_baseline or options.scale or options.cpus:
        raise PegplanError(f"the images of {options.board} run on this machine, in nanoseconds that no two runs share: --compare, "
                           "--update-baseline, --scale and --cpus are for emulated boards")
    options.app = "tests/perf/host_bench"
    options.icount = False
    build = request(options, "measuring", emulate=True)
    build.make()
    from ..bench import measure_nanoseconds

    return measure_nanoseconds(build, options.runs, options.json)


def _bench_scale(options: argparse.Namespace, config: str) -> int:
    options.app = "tests/qemu/apps/smp_scale"
    settings = options.settings or []
    builds = []
    for cpus in options.cpus or _CPUS:
        options.settings = [*settings, f"CPUS={cpus}", f"MAX_THREADS={2 * cpus + 16}"]
        build = request(options, "measuring", emulate=True)
        build.directory = build.directory / f"cpus-{cpus}"
        build.make()
        builds.append((cpus, build))
    from ..bench import measure_scale

    return measure_scale(builds, config, options.json)
