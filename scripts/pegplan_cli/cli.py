"""The verbs of `scripts/pegplan`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional, Sequence

from . import packages, provision, terminal
from .errors import EXIT_BROKEN_PIPE, EXIT_INTERRUPTED, PegplanError
from .project import DEFAULT_BOARD, DEFAULT_PROFILE, LAUNCHER, ROOT

if TYPE_CHECKING:
    from .build import Build

# Set in the process that takes over after a set-up, so that it does not try again.
_SET_UP = "PEGPLAN_SET_UP"

_FORMAT = argparse.RawDescriptionHelpFormatter


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pegplan", formatter_class=_FORMAT,
        description="Configures, builds and runs Pegplan, a threading kernel that is configured before it is compiled.",
        epilog="""examples:
  pegplan run                                          two threads on the default board
  pegplan run basic_threading --board qemu-riscv64-virt
  pegplan run ~/my-app --set TIME_SLICE_US=500         an application of your own: a folder with a main.cpp
  pegplan test --quick                                 the quick part of the test suite

`pegplan VERB --help` tells more about each verb.""",
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    setup = _verb(verbs, "setup", _setup, "install what is missing on this machine", """
Finds out which compilers, emulators, tools and Python modules are missing. On Debian and Ubuntu it installs them by apt
(with sudo when you are not root), after it has told you what and asked. Elsewhere it tells what is missing.""")
    setup.add_argument("--yes", action="store_true", help="do not ask; neither does it with CI=true or without a terminal")

    build = _verb(verbs, "build", _build, "configure and build an image", """
Configures what is not yet configured so, and builds what is out of date. The image is pegplan.elf in the build folder.""")
    _add_app(build)
    _add_build_options(build)

    run = _verb(verbs, "run", _run, "build an image and boot it in QEMU", """
Sets the machine up if needed, builds, boots, shows the console on stdout, and exits with the image's own exit code; with
124 after a timeout, 130 after Ctrl-C, and 125 when it does not come to a run. Everything but the console goes to stderr.""",
                epilog="""examples:
  pegplan run
  pegplan run examples/basic_threading --board qemu-aarch64-virt --profile debug
  pegplan run ./my-app --config fast.config --set MAX_THREADS=16 --timeout 10""")
    _add_app(run)
    _add_build_options(run)
    run.add_argument("--timeout", type=_seconds, metavar="S",
                     help="end the machine after S seconds, with exit code 124 (default: 600; a day at a terminal)")
    run.add_argument("--icount", action="store_true",
                     help="count instructions instead of time: each run is the same, to the byte")

    for name, text in (
        ("menuconfig", "change the configuration in a menu in the terminal"),
        ("guiconfig", "change the configuration in a menu in a window"),
        ("olddefconfig", "bring the saved changes of a configuration up to date with the menu"),
        ("savedefconfig", "write a configuration as a fragment, without what is the default anyway"),
    ):
        front_end = _verb(verbs, name, _kconfig, text, f"""
Works on the configuration of a build folder: {text}.
What you change in a menu is kept in the build folder (user.config), on top of profile and fragments and below --set; the
next build follows it. Options that you do not give are those of the folder's last build.""")
        front_end.set_defaults(front_end=name)
        _add_build_options(front_end)
        front_end.add_argument("--app", dest="app", metavar="APP", help="the application (default: examples/basic_threading)")
        if name == "savedefconfig":
            front_end.add_argument("--out", type=Path, metavar="FILE",
                                   help="where to write (default: defconfig in the build folder)")

    boards = _verb(verbs, "boards", _boards, "list the boards", "\nA table of the boards: architecture, CPUs, RAM, how they run.")
    boards.add_argument("--board-root", type=Path, metavar="DIR", help="a folder with more boards")

    bench = _verb(verbs, "bench", _bench, "measure what threads cost", """
On a board that runs in an emulator: what operations cost in instructions, exactly, and the same in each run. Without --profile and
--config, in the configuration in which other kernels are measured: one CPU, no assertions, no time slices. On a board
whose images are programs of this machine: switches of threads, their creation and more in nanoseconds; where Boost's fibers
are installed, they are measured beside it.""", epilog="""examples:
  pegplan bench --board qemu-riscv64-virt --json now.json
  pegplan bench --board qemu-riscv64-virt --compare tests/perf/baseline/qemu-riscv64-virt.json
  pegplan bench --board qemu-riscv64-virt --profile hardened
  pegplan bench --board qemu-aarch64-virt --scale --cpus 1,4,64""")
    _add_build_options(bench)
    bench.add_argument("--runs", type=_count, default=5, metavar="N",
                       help="how often nanoseconds are measured (default: 5)")
    bench.add_argument("--json", type=Path, metavar="F", help="also write the figures to a file")
    bench.add_argument("--compare", type=Path, metavar="F",
                       help="show what has changed since such a file was written; fails when a row is more than 2 %% worse")
    bench.add_argument("--update-baseline", action="store_true",
                       help="the figures become those that later ones are compared with; docs/performance.md follows")
    bench.add_argument("--scale", action="store_true", help="several CPUs, one of them at work, then all: an image for each number of them")
    bench.add_argument("--cpus", type=_counts, metavar="N,…", help="the numbers of --scale (default: 1,2,4,8,16,32,64)")

    fuzz = _verb(verbs, "fuzz", _fuzz, "look for errors by inputs that nobody thought of", """
Runs a target of tests/fuzz with inputs of an engine, and keeps those that reach something new. Exits with 1 when an error
is found; the input is then kept, shown, and the command printed that reproduces it. Without TARGET, lists the targets.""",
                 epilog="""examples:
  pegplan fuzz
  pegplan fuzz api --seconds 300 --jobs 2
  pegplan fuzz api --asan --reproduce build/fuzz/api/findings/crash-0123
  pegplan fuzz generator --minimise            what was found new and adds something is kept in the tree""")
    fuzz.add_argument("target", nargs="?", metavar="TARGET", help="a folder of tests/fuzz")
    fuzz.add_argument("--seconds", type=_seconds, default=60.0, metavar="N", help="how long (default: 60)")
    fuzz.add_argument("--jobs", type=int, default=1, metavar="N", help="how many at once (default: 1)")
    fuzz.add_argument("--seed", type=int, default=0, metavar="N", help="where random choices begin (default: anywhere)")
    fuzz.add_argument("--corpus", type=Path, metavar="DIR", help="the kept inputs (default: tests/fuzz/TARGET/corpus)")
    fuzz.add_argument("--asan", action="store_true",
                      help="with the sanitizers of addresses and undefined behaviour; several times slower")
    fuzz.add_argument("--set", metavar="SYMBOL=VALUE", dest="settings", action="append",
                      help="an option of the target; may be given several times")
    fuzz.add_argument("--input-timeout", type=int, default=10, metavar="S",
                      help="an input that takes longer is a finding (default: 10)")
    fuzz.add_argument("--build-dir", type=Path, metavar="DIR", help="the work folder (default: build/fuzz/TARGET)")
    what = fuzz.add_mutually_exclusive_group()
    what.add_argument("--reproduce", type=Path, metavar="FILE", help="show and run one input, or run all of a folder")
    what.add_argument("--minimise", action="store_true",
                      help="keep the smallest set of kept and new inputs that reaches as much")
    fuzz.add_argument("-v", "--verbose", action="store_true", help="show each step of the build")
    size = _verb(verbs, "size", _size, "show how large an image is, and whose the bytes are", """
Builds an image and prints its bytes of code, constants (rodata), variables (data, bss) and memory that is not zeroed at boot
(noinit), by subsystem, object or symbol, and what is left of the RAM for stacks; or what has changed since another build.
A header's code counts for the header's subsystem, whoever compiles it. What several sources of the kernel are in one
object with --unity is told apart by debug information, constants without a name excepted.""", epilog="""examples:
  pegplan size --board qemu-riscv64-virt --profile minimal
  pegplan size my-app --by symbol --top 20
  pegplan size my-app --set STACK_CANARIES=y --build-dir /tmp/with --compare build/qemu-x86_64-q35/basic_threading""")
    _add_app(size)
    _add_build_options(size)
    size.add_argument("--by", choices=("subsystem", "object", "symbol"), action="append",
                      help="the table's rows; may be given several times (default: subsystem)")
    size.add_argument("--compare", type=Path, metavar="BUILD", help="what has changed since this build: its folder, or its image")
    size.add_argument("--top", type=_count, metavar="N", help="only the N largest rows, or changes")
    size.add_argument("--json", type=Path, metavar="F", help="also write everything to a file")

    test = _verb(verbs, "test", _test, "run the test suite", """
Sets the machine up if needed and runs the whole suite by pytest, in as many processes as there are CPUs. All other
arguments go to pytest.""", epilog="""examples:
  pegplan test
  pegplan test --quick
  pegplan test tests/qemu -k preempt --board qemu-riscv64-virt
  pegplan test -n 0 -x tests/cli""")
    test.add_argument("--quick", action="store_true", help="leave out what is slow: at most 3 minutes on two CPUs")
    test.set_defaults(pass_on=True)

    coverage = _verb(verbs, "coverage", _coverage, "tell which lines of core the tests execute", """
Runs the behavioural tests of the board host and the unit tests with images that count what they execute, and writes a report
in HTML: lines and branches of core, file by file. Exits with the code of the tests. All other arguments go to pytest.""",
                     epilog="""examples:
  pegplan coverage
  pegplan coverage --output /tmp/report tests/qemu/test_applications.py -k mutex""")
    coverage.add_argument("--output", type=Path, metavar="DIR", help="where the report goes (default: build/coverage)")
    coverage.add_argument("--min-lines", type=float, metavar="PERCENT",
                          help="fail when a smaller part of the lines is executed")
    coverage.set_defaults(pass_on=True)
    return parser


def _verb(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, function: Callable[..., int], text: str,
          description: str, epilog: Optional[str] = None) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=text, description=description.strip(), epilog=epilog, formatter_class=_FORMAT)
    parser.set_defaults(function=function, pass_on=False)
    return parser


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app", nargs="?", metavar="APP",
                        help="folder of the application, or the name of an example (default: examples/basic_threading). All "
                        "its *.cpp are compiled; app.config, Kconfig and CMakeLists.txt in it are used if they are there")


def _add_build_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--board", metavar="B", default=os.environ.get("PEGPLAN_BOARD") or DEFAULT_BOARD,
                        help=f"the board, see `pegplan boards` (default: $PEGPLAN_BOARD, else {DEFAULT_BOARD})")
    parser.add_argument("--profile", metavar="P", help="a file of config/profiles, without its ending (default: default)")
    parser.add_argument("--config", metavar="FRAGMENT", type=Path, action="append",
                        help="a file with CONFIG_… lines on top of the profile, or the name of another profile; may be "
                        "given several times, later ones win")
    parser.add_argument("--set", metavar="SYMBOL=VALUE", dest="settings", action="append",
                        help="a single option on top of all fragments; may be given several times")
    parser.add_argument("--board-root", metavar="DIR", type=Path, help="a folder with more boards")
    parser.add_argument("--unity", action="store_true",
                        help="compile several sources of the kernel in one go: a first build takes half the time")
    parser.add_argument("--build-dir", metavar="DIR", type=Path,
                        help="where the output goes (default: build/<board>/<app> in the tree for examples, with a hash "
                        "of the path for other applications; build/pegplan/<board>/<app>-<hash> in the current folder "
                        "when both the application and you are outside the tree)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show how the configuration came about, and each step")


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


# ---- verbs ------------------------------------------------------------------------------------------------------------


def _setup(options: argparse.Namespace) -> int:
    return provision.setup(options.yes)


def _boards(options: argparse.Namespace) -> int:
    _need(packages.GENERATOR_MODULES, "reading board files")
    sys.path.insert(1, str(ROOT))
    import generator

    boards = generator.list_boards([options.board_root] if options.board_root else [])
    terminal.table(
        "Boards", ("board", "arch", "CPUs", "RAM", "runs in", "description"),
        [(board.name, board.arch, str(board.cpus), board.ram, board.run, board.description)
         for board in boards if not board.error],
    )
    for board in boards:
        if board.error:
            terminal.say(board.error)
    return 1 if any(board.error for board in boards) else 0


def _request(options: argparse.Namespace, purpose: str, emulate: bool = False) -> Build:
    """What the options ask for, when the machine has what it takes."""
    _need(packages.GENERATOR_MODULES, purpose)
    from .boards import find_board
    from .build import Build, Request, default_build_dir, find_app

    board_root = options.board_root.resolve() if options.board_root else None
    board = find_board(options.board, board_root)
    _need(packages.needs_of_build(board.arch, emulate), purpose)
    # What is no file may be the name of a profile; the generator knows.
    fragments = tuple(fragment.resolve() if fragment.is_file() else fragment for fragment in options.config or ())
    app = find_app(options.app)
    settings = (*board.settings(getattr(options, "icount", False)), *(options.settings or ()))
    request = Request(board.name, app, options.profile or DEFAULT_PROFILE, fragments, settings, board_root,
                      unity=options.unity)
    directory = options.build_dir.resolve() if options.build_dir else default_build_dir(app, board.name)
    return Build(request, directory, options.verbose)


def _build(options: argparse.Namespace) -> int:
    build = _request(options, "building")
    build.make()
    terminal.say(f"built {terminal.shown_path(build.image)}")
    return 0


def _run(options: argparse.Namespace) -> int:
    build = _request(options, "running", emulate=True)
    build.make()
    from .run import run_build

    return run_build(build.directory, options.timeout, options.icount, options.verbose)


# What `bench` measures in when the user does not say: config/profiles and a fragment that leaves out what the peers leave out.
_BENCH_PROFILE = "speed"
_BENCH_FRAGMENT = Path("tests/perf/suite/like_for_like.config")
_BENCH_CPUS = (1, 2, 4, 8, 16, 32, 64)


def _bench(options: argparse.Namespace) -> int:
    _need(packages.GENERATOR_MODULES, "measuring")
    from .boards import find_board

    board = find_board(options.board, options.board_root)
    if board.is_process:
        return _bench_nanoseconds(options)
    if options.cpus and not options.scale:
        raise PegplanError("--cpus says for which numbers of CPUs --scale measures; give --scale too")
    if options.scale and (options.compare or options.update_baseline):
        raise PegplanError("there are no baselines of --scale: neither --compare nor --update-baseline goes with it")
    usual = not (options.profile or options.config)
    if options.update_baseline and (not usual or options.settings or options.board_root):
        raise PegplanError("--update-baseline keeps the figures of the usual configuration: leave out --profile, --config, --set "
                           "and --board-root")
    if usual:
        options.profile, options.config = _BENCH_PROFILE, [ROOT / _BENCH_FRAGMENT]
    fragments = [_BENCH_FRAGMENT.name] if usual else [fragment.name for fragment in options.config or ()]
    config = " + ".join([options.profile or DEFAULT_PROFILE, *fragments, *(options.settings or ())])
    options.icount = True
    if options.scale:
        return _bench_scale(options, config)
    options.app = "tests/perf/suite"
    build = _request(options, "measuring", emulate=True)
    build.make()
    from .bench import count_instructions

    return count_instructions(build, config, options.json, options.compare, options.update_baseline)


def _bench_nanoseconds(options: argparse.Namespace) -> int:
    if options.compare or options.update_baseline or options.scale or options.cpus:
        raise PegplanError(f"the images of {options.board} run on this machine, in nanoseconds that no two runs share: --compare, "
                           "--update-baseline, --scale and --cpus are for emulated boards")
    options.app = "tests/perf/host_bench"
    options.icount = False
    build = _request(options, "measuring", emulate=True)
    build.make()
    from .bench import measure_nanoseconds

    return measure_nanoseconds(build, options.runs, options.json)


def _bench_scale(options: argparse.Namespace, config: str) -> int:
    options.app = "tests/qemu/apps/smp_scale"
    settings = options.settings or []
    builds = []
    for cpus in options.cpus or _BENCH_CPUS:
        options.settings = [*settings, f"CPUS={cpus}", f"MAX_THREADS={2 * cpus + 16}"]
        build = _request(options, "measuring", emulate=True)
        build.directory = build.directory / f"cpus-{cpus}"
        build.make()
        builds.append((cpus, build))
    from .bench import measure_scale

    return measure_scale(builds, config, options.json)


def _size(options: argparse.Namespace) -> int:
    _need((*packages.GENERATOR_MODULES, packages.ELF_MODULE), "reading images")
    from .sizes import find_image, run_size

    if options.compare is not None:
        find_image(options.compare)  # before the build, which takes longer
    build = _request(options, "reading images")
    build.make()
    return run_size(build.image, options.by or ["subsystem"], options.compare, options.json, options.top)


def _kconfig(options: argparse.Namespace) -> int:
    build = _request(options, options.front_end)
    from .kconfig import effective_request, run_front_end

    given = [name for name, value in (("profile", options.profile), ("fragments", options.config),
                                      ("settings", options.settings), ("board_root", options.board_root)) if value]
    request = effective_request(build.request, build.directory, given)
    return run_front_end(options.front_end, request, build.directory, getattr(options, "out", None))


def _fuzz(options: argparse.Namespace) -> int:
    from . import fuzz

    if options.target is None:
        return fuzz.list_targets()
    target = fuzz.find_target(options.target)
    if target.is_image:
        _need(packages.needs_of_build("host", emulate=False), "fuzzing")
        _need(packages.FUZZING, "fuzzing")
    else:
        _need(packages.GENERATOR_MODULES, "fuzzing")
    wanted = fuzz.Options(options.seconds, max(1, options.jobs), options.seed, options.corpus, options.build_dir, options.asan,
                          tuple(options.settings or ()), max(1, options.input_timeout), options.verbose)
    if options.reproduce is not None:
        return fuzz.reproduce(target, wanted, options.reproduce)
    if options.minimise:
        return fuzz.minimise(target, wanted)
    return fuzz.fuzz(target, wanted)


def _test(options: argparse.Namespace, pytest_arguments: Sequence[str]) -> int:
    _need([need for need in packages.ALL_NEEDS if not need.optional], "testing")
    quick = ["--quick"] if options.quick else []
    return subprocess.run(_pytest_command([*quick, *pytest_arguments], ["tests"]), check=False).returncode


def _coverage(options: argparse.Namespace, pytest_arguments: Sequence[str]) -> int:
    _need([need for need in packages.ALL_NEEDS if not need.optional], "measuring coverage")
    from .coverage import TESTS, run_coverage

    return run_coverage(options.output, options.min_lines, _pytest_command(pytest_arguments, TESTS))


def _pytest_command(own: Sequence[str], tests: Sequence[str]) -> list[str]:
    """Runs pytest in parallel; `tests` are folders of the tree, for when the user's own arguments name none."""
    command = [sys.executable, "-m", "pytest"]
    if not any(argument.startswith(("-n", "--numprocesses", "--tx")) for argument in own):
        command += ["-n", str(len(os.sched_getaffinity(0))), "--dist", "loadgroup"]
    command += ["-c", str(ROOT / "pytest.ini"), "--rootdir", str(ROOT), *own]
    if not any(_is_path(argument) for argument in own):
        command += [str(ROOT / folder) for folder in tests]
    return command


def _is_path(argument: str) -> bool:
    """Whether a pytest argument names tests, as a path or `path::test`."""
    return not argument.startswith("-") and Path(argument.split("::")[0]).exists()


# ---- start ------------------------------------------------------------------------------------------------------------


def _need(needs: Sequence[packages.Need], purpose: str) -> None:
    """Set-up if needed; then starts anew, since another interpreter may be the right one now."""
    missing = ", ".join(need.packages[-1] for need in needs if not need.present())
    if not missing:
        return
    if os.environ.get(_SET_UP):
        raise PegplanError(f"{purpose} needs what this Python ({sys.executable}) does not find, even after setup: {missing}")
    provision.provide(needs, purpose)
    os.execve(LAUNCHER, [str(LAUNCHER), *sys.argv[1:]], {**os.environ, _SET_UP: "1"})


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
