"""What `pegplan bench` measures: which image, in which configuration, compared with what."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Callable

from .bench import count_instructions, measure_nanoseconds, measure_scale
from .boards import find_board
from .build import Build
from .errors import PegplanError
from .project import DEFAULT_PROFILE, ROOT

Requester = Callable[[], Build]
"""What the options ask for as they stand, when the machine has what it takes."""

# What `bench` measures in when the user does not say: config/profiles and a fragment that leaves out what the peers leave out.
_PROFILE = "speed"
_FRAGMENT = Path("tests/perf/suite/like_for_like.config")
_CPUS = (1, 2, 4, 8, 16, 32, 64)


def bench(options: argparse.Namespace, request: Requester) -> int:
    """Measures what the options ask for; returns the exit code."""
    board = find_board(options.board, options.board_root)
    if board.is_process:
        return _bench_nanoseconds(options, request)
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
        return _bench_scale(options, config, request)
    options.app = "tests/perf/suite"
    build = request()
    build.make()
    return count_instructions(build, config, options.json, options.compare, options.update_baseline)


def _bench_nanoseconds(options: argparse.Namespace, request: Requester) -> int:
    if options.compare or options.update_baseline or options.scale or options.cpus:
        raise PegplanError(f"the images of {options.board} run on this machine, in nanoseconds that no two runs share: --compare, "
                           "--update-baseline, --scale and --cpus are for emulated boards")
    options.app = "tests/perf/host_bench"
    options.icount = False
    build = request()
    build.make()
    return measure_nanoseconds(build, options.runs, options.json)


def _bench_scale(options: argparse.Namespace, config: str, request: Requester) -> int:
    options.app = "tests/qemu/apps/smp_scale"
    settings = options.settings or []
    builds = []
    for cpus in options.cpus or _CPUS:
        options.settings = [*settings, f"CPUS={cpus}", f"MAX_THREADS={2 * cpus + 16}"]
        build = request()
        build.directory = build.directory / f"cpus-{cpus}"
        build.make()
        builds.append((cpus, build))
    return measure_scale(builds, config, options.json)
